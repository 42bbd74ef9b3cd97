"""The rounds: solve over buckets, ask every workload, cut, until the bounds meet."""

import itertools
import logging
import time
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.aggregate.atoms import MANY, atoms
from siting.aggregate.blend import Blends
from siting.aggregate.buckets import Alike, alike, offering, small
from siting.aggregate.curves import Curve, add_knots, find_schedules
from siting.aggregate.cut import cut
from siting.aggregate.expand import Expansion
from siting.aggregate.fit import fit
from siting.aggregate.offers import Buckets, missing, used_pairs
from siting.aggregate.oracle import Answer, Members, ask
from siting.aggregate.pieces import pieces
from siting.aggregate.probes import Prices, Prober
from siting.decompose import EXACT, Pool
from siting.lookup import first_of, number
from siting.model.basis import Warmth
from siting.model.build import Kept, Model
from siting.model.green import singled_out
from siting.model.instance import FLAT, MOVABLE, Instance
from siting.model.known import Known
from siting.model.objective import LEAST_SLACK, Stage, reserves
from siting.model.outcome import Outcome
from siting.model.polish import polish
from siting.model.routing import network_matters
from siting.model.tolls import Tolls
from siting.model.traffic import Traffic
from siting.optimise import (
    Clock,
    NoPlanFits,
    Result,
    Run,
    dual_objective,
    least_latency,
)

logger = logging.getLogger(__name__)

TARGET_GAP = 3e-7
# Atoms of so many to a group lose nothing beside that; of fewer, in the second order,
# up to so many times that.
FINE, OF_ATOMS = 150.0, 10.0
# So many times that, where movable workloads reserve at a price.
TIED = 2.5
MOST_ROUNDS = 40
LOOSER = 1e-7
# How exactly schedules are sought: at first, and beside the last gap known.
ROUGH, ROUGHER = 1e-3, 3e-2
# What buckets that are not cut yet may lose together, beside the gap.
LEFT = 0.1
# What hubs that are not offered yet may spare, beside the last gap known.
SPARED = 3e-2
# With a larger gap, a hub that a bucket does not use is no more than a guess, in the
# first few programs of a round.
COARSE, GUESSES = 1e-2, 4
# What knots may lose, beside the last gap known, and beside the gap that is found.
FINER, ENOUGH = 1 / 16, 1 / 4


@dataclass(frozen=True, eq=False)
class Oracle:
    """What all workloads are asked by.

    Attributes
    ----------
    cells : ndarray of int of shape (workloads,)
    prober : Prober
        Of all cells.
    members : Members
        Workloads by cell.
    curves : dict of int to Curve
        Of the cells of movable workloads that reserve at a price.
    """

    cells: np.ndarray
    prober: Prober
    members: Members
    curves: dict[int, Curve]


@dataclass(eq=False)
class Aggregation:
    """A large instance on its way through the rounds.

    Attributes
    ----------
    bucket : ndarray of int of shape (workloads,)
        Refined from stage to stage.
    offered : ndarray of bool of shape (buckets, hubs) or None
        Hubs offered to each bucket in the next program; None: all admissible ones. The
        bound does not rest on it: every workload is asked about every hub.
    target : float
        Relative gap at which the stage is proven.
    tolls : Tolls or None
        Prices of paths under the program solved last.
    blends : Blends or None
        Multipliers of what movable workloads reserve, of the last proof.
    made : tuple or None
        The buckets, and the instance last made of them.
    """

    instance: Instance
    groups: Alike
    bucket: np.ndarray
    clock: Clock
    unserved: bool
    traffic: Traffic = field(default_factory=Traffic.nothing)
    known: Known = field(default_factory=Known)
    offered: np.ndarray | None = None
    warmth: Warmth = field(default_factory=Warmth)
    pool: Pool = field(default_factory=Pool)
    target: float = TARGET_GAP
    tolls: Tolls | None = None
    blends: Blends | None = None
    made: tuple[np.ndarray, Instance] | None = None

    def prepare(self, weights: dict[str, float]) -> None:
        """Find the buckets of a first stage over atoms, where that is the faster."""
        if len(self.bucket) < MANY:
            return
        atom = atoms(self.groups, self.instance.mean_mw)
        instance = small(self.instance, self.groups, atom)
        groups = alike(instance)
        rough = Aggregation(
            *(instance, groups, groups.of_workload.copy(), self.clock),
            self.unserved,
        )
        fewer = FINE * len(self.groups.first) / len(groups.of_workload)
        rough.target = TARGET_GAP * min(max(1.0, fewer**2), OF_ATOMS)
        rough.stage(weights, ())
        self.bucket, self.known = rough.bucket[atom], rough.known
        self.offered, self.warmth, self.pool = rough.offered, rough.warmth, rough.pool

    def optimise(self, stages: list[Stage], *, tie_break: bool) -> Result:
        """Solve stage after stage.

        Parameters
        ----------
        stages : list of Stage
        tie_break : bool
            Whether buckets take the optimum of least latency.

        Returns
        -------
        Result
            Its decisions are those of the buckets.
        """
        try:
            self.prepare(stages[0].weights)
        except NoPlanFits:
            if not fit(self):
                raise
        kept: list[Kept] = []
        values: list[float] = []
        for number_, stage in enumerate(stages):
            last = number_ == len(stages) - 1
            # What an earlier stage misses, later ones take beside its slack.
            slack = max(stage.slack, LEAST_SLACK)
            self.target = TARGET_GAP if last else min(TARGET_GAP, slack)
            try:
                model, outcome, bound = self.stage(stage.weights, tuple(kept))
            except NoPlanFits:
                if not kept and not fit(self):
                    raise
                # Earlier stages were reached over other buckets, to the solver's
                # accuracy.
                kept = [replace(k, limit=k.limit + LOOSER * abs(k.limit)) for k in kept]
                model, outcome, bound = self.stage(stage.weights, tuple(kept))
            values.append(outcome.objective)
            if not last:
                limit = outcome.objective + stage.slack * abs(outcome.objective)
                kept.append(Kept(stage.weights, limit))
        chosen = outcome.values
        if tie_break:
            started = time.perf_counter()
            chosen = least_latency(model, outcome, self.clock)
            self.clock.add("tie_break", started)
        started = time.perf_counter()
        decisions = polish(model, chosen, self.traffic)
        self.clock.add("polish", started)
        weights = stages[-1].weights
        return Result(
            decisions, model, outcome, weights, tuple(kept), tuple(values), bound
        )

    def stage(
        self, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> tuple[Model, Outcome, float]:
        """Refine the buckets until one stage is proven.

        Returns
        -------
        Model, Outcome
            Of the program over buckets.
        float
            The lower bound over all workloads.
        """
        oracle: Oracle | None = None
        gap, exact = 1.0, False
        for turn in range(MOST_ROUNDS):
            # Buckets that will be cut anyway need no exact optimum.
            self.pool.target = EXACT if exact else min(ROUGH, gap * ROUGHER)
            model, outcome = self.solve(weights, kept)
            started = time.perf_counter()
            cells = self.cells()
            if oracle is None or not np.array_equal(cells, oracle.cells):
                oracle = self.oracle(cells, weights, kept)
            prices = self.prices(oracle.prober, model, outcome)
            size = max(1.0, abs(outcome.objective))
            spared = size * max(self.target / 4, gap * SPARED)
            for asked in itertools.count():
                used = used_pairs(model, outcome)
                coarse = gap > COARSE and asked < GUESSES
                idle = ~used if coarse else np.zeros_like(used)
                if not self.offer_more(prices, cells, spared, idle):
                    break
                self.clock.add("oracle", started)
                model, outcome = self.solve(weights, kept)
                started = time.perf_counter()
                prices = self.prices(oracle.prober, model, outcome)
            size = max(1.0, abs(outcome.objective))
            target = self.target * (TIED if oracle.curves else 1.0)
            answer, bound, gaps = self.prove(
                model, outcome, oracle, prices, target, gap
            )
            # Not the best bound so far: the multipliers of this program are kept.
            before_gap, gap = gap, (outcome.objective - bound) / size
            buckets = int(self.bucket.max()) + 1
            logger.info("round %d: %d buckets, gap %.2e", turn, buckets, gap)
            # Nearer than that, cuts may gain nothing over the solver's accuracy.
            stalled = before_gap / 2 < gap <= TARGET_GAP
            if gap <= target or stalled or turn == MOST_ROUNDS - 1:
                self.clock.add("oracle", started)
                break
            parent, before = self.bucket, self.offered
            finer = self.refine(answer, gaps, target * size)
            cost = self.buckets.costs(prices, cells)
            self.offered = self.buckets.offered(cost, answer, used, parent)
            self.clock.add("oracle", started)
            if not finer and (before is None or not (self.offered & ~before).any()):
                if exact or not oracle.curves:
                    break
                exact = True
            self.warmth = Warmth()
            self.pool.descend(parent[first_of(self.bucket)])
        return model, outcome, bound

    @property
    def buckets(self) -> Buckets:
        """The buckets of this round."""
        return Buckets(self.instance, self.groups, self.bucket)

    def loosened(self, bucket: np.ndarray) -> Self:
        """Give the same from some buckets on, where demand may go unserved."""
        return replace(
            self,
            bucket=bucket,
            unserved=True,
            traffic=Traffic.nothing(),
            known=Known(),
            offered=None,
            warmth=Warmth(),
            pool=Pool(),
        )

    def follow(self, other: "Aggregation", bucket: np.ndarray) -> None:
        """Go on from buckets that another one was at."""
        self.bucket, self.offered = bucket, None
        self.warmth, self.pool = Warmth(), Pool()

    def offer_more(
        self, prices: Prices, cells: np.ndarray, spared: float, idle: np.ndarray
    ) -> bool:
        """Offer hubs that whole buckets would rather go to; tell whether any were.

        Parameters
        ----------
        prices : Prices
        cells : ndarray of int of shape (workloads,)
        spared : float
            What all of them together may forgo.
        idle : ndarray of bool of shape (buckets, hubs)
            Hubs that are taken back from buckets that get another one.
        """
        if self.offered is None:
            return False
        buckets = self.buckets
        more, forgone = missing(buckets.costs(prices, cells), self.offered)
        if forgone @ buckets.it_mw <= spared:
            return False
        taken = idle & more.any(axis=1, keepdims=True)
        self.offered = (self.offered & ~taken) | more
        return True

    def solve(
        self, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> tuple[Model, Outcome]:
        """Solve the program over buckets, over all admissible paths."""
        started = time.perf_counter()
        if self.made is None or self.made[0] is not self.bucket:
            self.made = self.bucket, small(self.instance, self.groups, self.bucket)
        instance = self.made[1]
        if self.offered is not None:
            instance = offering(instance, self.offered)
        matters = network_matters(instance)
        traffic = Traffic.of(instance, self.known)
        self.clock.add("buckets", started)
        run = Run(
            *(instance, traffic, matters, self.clock, self.unserved, None),
            warmth=self.warmth,
            pool=self.pool,
        )
        try:
            found = run.stage(weights, kept)
        except NoPlanFits:
            # What is offered may not fit where everything would.
            if self.offered is None:
                raise
            self.offered = None
            return self.solve(weights, kept)
        self.traffic, self.tolls = traffic, run.tolls
        return found

    def cells(self) -> np.ndarray:
        """Cell of each workload: its bucket where multipliers of its own count."""
        own = singled_out(self.instance.scenario)
        if not own.any():
            return self.groups.of_workload
        code = np.where(own, self.bucket, -1)
        return number(self.groups.of_workload, code)

    def oracle(
        self, cells: np.ndarray, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> Oracle:
        """Make what all workloads are asked by."""
        prober = self.prober(cells, weights, kept)
        members = Members.of(cells, len(prober.members))
        tied = np.zeros(len(prober.members), dtype=bool)
        if reserves(self.instance):
            tied = self.instance.manner[prober.members] == MOVABLE
            tied &= prober.masks.any(axis=1)
        curves = {
            cell: Curve(self.instance, self.groups, members[cell])
            for cell in np.flatnonzero(tied).tolist()
        }
        return Oracle(cells, prober, members, curves)

    def prober(
        self, cells: np.ndarray, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> Prober:
        """Make probes for all cells."""
        first_in_bucket = first_of(self.bucket)[self.bucket]
        # Limits know a bucket by its first member.
        member = first_in_bucket[first_of(cells)]
        masks = self.groups.masks[self.groups.of_workload[member]]
        return Prober(
            self.instance, member, masks, weights, kept, unserved=self.unserved
        )

    def prices(self, prober: Prober, model: Model, outcome: Outcome) -> Prices:
        """Price every option of every cell under the multipliers."""
        assert self.tolls is not None
        return prober.prices(model, outcome, self.tolls)

    def prove(
        self,
        model: Model,
        outcome: Outcome,
        oracle: Oracle,
        prices: Prices,
        target: float,
        gap: float,
    ) -> tuple[Answer, float, np.ndarray]:
        """Ask all workloads what they would do, by as many knots as that takes.

        Parameters
        ----------
        model, outcome
            The program over buckets.
        oracle : Oracle
        prices : Prices
        target, gap : float
            Relative gap aimed at, and the one of the round before.

        Returns
        -------
        Answer
        float
            The lower bound over all workloads.
        ndarray of shape (buckets,)
            What each bucket adds to the gap.
        """
        curves, size = oracle.curves, max(1.0, abs(outcome.objective))
        answer = ask(self.instance, self.groups, oracle.members, prices, {}, curves)
        find_schedules(curves, prices)
        while True:
            allowed = max(target / 4, gap * FINER)
            add_knots(curves, size * allowed)
            for curve in curves.values():
                curve.write(answer)
            bound, gaps = self.bound(model, outcome, answer)
            gap = (outcome.objective - bound) / size
            if not curves or allowed <= max(target / 4, gap * ENOUGH):
                break
        self.blends = None
        if curves:
            blends = {cell: curve.blend() for cell, curve in curves.items()}
            self.blends = Blends(oracle.cells, blends, self.groups.features)
        return answer, bound, gaps

    def bound(
        self, model: Model, outcome: Outcome, answer: Answer
    ) -> tuple[float, np.ndarray]:
        """Lower bound over all workloads, and what each bucket adds to the gap."""
        rows = model.program.rows
        count = len(model.instance.it_mw)
        placed = np.zeros(count)
        for kind in ("demand", "demand-period"):
            block = rows[kind]
            paid = outcome.row_duals[block.slice] * model.program.row_lower[block.slice]
            np.add.at(placed, block.keys["workload"], paid)
        members = np.bincount(self.bucket, answer.value, minlength=count)
        rest = dual_objective(model, outcome) - placed.sum()
        return float(rest + members.sum()), placed - members

    def refine(self, answer: Answer, gaps: np.ndarray, allowed: float) -> bool:
        """Cut the buckets whose members want different things.

        Those are left that lose little beside the rows they have in the program: one
        for every period, where they have schedules.
        """
        timed = self.instance.manner[first_of(self.bucket)] != FLAT
        rows = np.where(timed, len(self.instance.hours), 1)
        left = max(allowed / 2, LEFT * gaps.sum())
        loose = (gaps > left * rows / rows.sum())[self.bucket]
        if not loose.any():
            return False
        before = int(self.bucket.max())
        self.bucket = cut(self.instance, self.groups, self.bucket, answer, loose)
        return int(self.bucket.max()) > before


def optimise_large(
    instance: Instance,
    stages: list[Stage],
    *,
    clock: Clock,
    tie_break: bool = False,
    unserved: bool | None = None,
) -> tuple[Result, Expansion]:
    """Solve the stages of an objective by adaptive aggregation.

    Parameters
    ----------
    instance : Instance
        Its pairs are not needed.
    stages : list of Stage
    clock : Clock
    tie_break : bool
        Whether buckets take the optimum of least latency.
    unserved : bool, optional
        Whether demand may go unserved; by default where the scenario prices it.

    Returns
    -------
    Result
        Its decisions are those of the buckets; its bound is proven over all workloads.
    Expansion
        From the buckets to the workloads.

    Raises
    ------
    NoPlanFits, SolverFailed
        As :func:`siting.optimise.optimise`.
    """
    if unserved is None:
        unserved = instance.scenario.settings.unserved_cny_per_mwh is not None
    started = time.perf_counter()
    parts, groups = pieces(instance), alike(instance)
    if parts is not None:
        instance, groups = parts.instance, parts.alike(groups)
    clock.add("groups", started)
    work = Aggregation(instance, groups, groups.of_workload.copy(), clock, unserved)
    result = work.optimise(stages, tie_break=tie_break)
    expansion = Expansion.of(
        instance,
        result.model.instance,
        work.bucket,
        cut=parts,
        blends=work.blends,
    )
    return result, expansion
