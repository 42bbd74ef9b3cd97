"""The rounds: solve over buckets, ask every workload, cut, until the bounds meet."""

import logging
import time
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.aggregate.atoms import MANY, atoms
from siting.aggregate.buckets import Alike, alike, offering, small
from siting.aggregate.expand import Expansion
from siting.aggregate.fit import fit
from siting.aggregate.offers import Buckets, chooses_hub, missing, used_pairs
from siting.aggregate.oracle import Answer, Members, ask
from siting.aggregate.pieces import pieces
from siting.aggregate.probes import Prices, Prober
from siting.decompose import Pool
from siting.lookup import first_of, number
from siting.model.basis import Descent, Warmth
from siting.model.build import Kept, Model
from siting.model.green import singled_out
from siting.model.instance import FLAT, MOVABLE, Instance
from siting.model.objective import Stage
from siting.model.outcome import Outcome
from siting.model.polish import polish
from siting.model.routing import Bundle, Known, bundles, network_matters
from siting.model.tolls import Tolls
from siting.optimise import (
    Clock,
    NoPlanFits,
    Result,
    Run,
    dual_objective,
    least_latency,
)

logger = logging.getLogger(__name__)

TARGET_GAP = 2e-7
MOST_ROUNDS = 40
LOOSER = 1e-7
CUTS = np.array([0.0, 0.2, 1.0])
HALVES = np.array([0.0, 0.5, 1.0])


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
        Relative gap at which a stage is proven.
    tolls : Tolls or None
        Prices of paths under the program solved last.
    made : tuple or None
        The buckets, and the instance last made of them.
    """

    instance: Instance
    groups: Alike
    bucket: np.ndarray
    clock: Clock
    unserved: bool
    paths: list[Bundle]
    known: Known = field(default_factory=dict)
    offered: np.ndarray | None = None
    warmth: Warmth = field(default_factory=Warmth)
    pool: Pool = field(default_factory=Pool)
    target: float = TARGET_GAP
    tolls: Tolls | None = None
    made: tuple[np.ndarray, Instance] | None = None

    def prepare(self, weights: dict[str, float]) -> None:
        """Find the buckets of a first stage over atoms, where that is the faster."""
        if len(self.bucket) < MANY:
            return
        atom = atoms(self.groups)
        instance = small(self.instance, self.groups, atom)
        groups = alike(instance)
        rough = Aggregation(
            *(instance, groups, groups.of_workload.copy(), self.clock),
            *(self.unserved, []),
            target=TARGET_GAP / 4,
        )
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
            if number_ < len(stages) - 1:
                limit = outcome.objective + stage.slack * abs(outcome.objective)
                kept.append(Kept(stage.weights, limit))
        chosen = outcome.values
        if tie_break:
            started = time.perf_counter()
            chosen = least_latency(model, outcome, self.clock)
            self.clock.add("tie_break", started)
        started = time.perf_counter()
        decisions = polish(model, chosen, self.paths)
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
        prober: Prober | None = None
        cells = np.zeros(0, dtype=int)
        for turn in range(MOST_ROUNDS):
            model, outcome = self.solve(weights, kept)
            started = time.perf_counter()
            wanted = self.cells()
            if prober is None or not np.array_equal(wanted, cells):
                cells = wanted
                prober = self.prober(cells, weights, kept)
                members = Members.of(cells, len(prober.members))
            prices = self.prices(prober, model, outcome)
            while self.offer_more(prices, cells):
                self.clock.add("oracle", started)
                model, outcome = self.solve(weights, kept)
                started = time.perf_counter()
                prices = self.prices(prober, model, outcome)
            reserve = self.reserve(prober, model, outcome)
            answer = ask(self.instance, self.groups, members, prices, reserve)
            bound, gaps = self.bound(model, outcome, answer)
            # Not the best bound so far: the multipliers of this program are kept.
            gap = (outcome.objective - bound) / max(1.0, abs(outcome.objective))
            count = int(self.bucket.max()) + 1
            logger.info("round %d: %d buckets, gap %.2e", turn, count, gap)
            if gap <= self.target or turn == MOST_ROUNDS - 1:
                self.clock.add("oracle", started)
                break
            parent, used = self.bucket, used_pairs(model, outcome)
            before = self.offered
            finer = self.refine(answer, gaps, outcome)
            cost = self.buckets.costs(prices, cells)
            self.offered = self.buckets.offered(cost, answer, used, parent)
            self.clock.add("oracle", started)
            if not finer and (before is None or not (self.offered & ~before).any()):
                break
            former = parent[first_of(self.bucket)]
            self.warmth.descent = Descent(former, cost)
            self.pool.descend(former)
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
            paths=[],
            known={},
            offered=None,
            warmth=Warmth(),
            pool=Pool(),
        )

    def follow(self, other: "Aggregation", bucket: np.ndarray) -> None:
        """Go on from buckets that another one was at."""
        self.bucket, self.offered = bucket, None
        self.warmth, self.pool = Warmth(), Pool()

    def offer_more(self, prices: Prices, cells: np.ndarray) -> bool:
        """Offer hubs that whole buckets would rather go to; tell whether any were."""
        if self.offered is None:
            return False
        more = missing(self.buckets.costs(prices, cells), self.offered)
        self.offered |= more
        return bool(more.any())

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
        linked = len(instance.scenario.links) > 0
        groups = bundles(instance, self.known) if linked else []
        self.clock.add("buckets", started)
        run = Run(
            *(instance, groups, matters, self.clock, self.unserved, None),
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
        self.paths, self.tolls = groups, run.tolls
        return found

    def cells(self) -> np.ndarray:
        """Cell of each workload: its bucket where multipliers of its own count."""
        own = singled_out(self.instance.scenario)
        single = own | ~chooses_hub(self.instance)
        code = np.where(single, self.bucket, -1)
        return number(self.groups.of_workload, code)

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

    def reserve(
        self, prober: Prober, model: Model, outcome: Outcome
    ) -> dict[int, np.ndarray]:
        """Multipliers of the reserved MW of movable cells."""
        block = model.program.rows.get("reserve")
        if block is None:
            return {}
        small_instance = model.instance
        owner = small_instance.pair_workload[block.keys["pair"]]
        moves = np.flatnonzero(small_instance.manner[owner] == MOVABLE)
        if not len(moves):
            return {}
        hubs, periods = len(small_instance.scenario.hubs), len(self.instance.hours)
        hub = small_instance.pair_hub[block.keys["pair"][moves]]
        rows, place = np.unique(owner[moves], return_inverse=True)
        dense = np.zeros((len(rows), hubs, periods))
        value = outcome.multipliers(block)[moves]
        dense[place, hub, block.keys["period"][moves]] = value
        found = {}
        for cell, member in enumerate(prober.members.tolist()):
            if self.instance.manner[member] == MOVABLE:
                at = int(np.searchsorted(rows, self.bucket[member]))
                if at < len(rows) and rows[at] == self.bucket[member]:
                    found[cell] = dense[at]
        return found

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

    def refine(self, answer: Answer, gaps: np.ndarray, outcome: Outcome) -> bool:
        """Cut the buckets whose members want different things."""
        allowed = self.target * max(1.0, abs(outcome.objective)) / (2 * len(gaps))
        loose = (gaps > allowed)[self.bucket]
        if not loose.any():
            return False
        before = int(self.bucket.max())
        self.bucket = cut(self.instance, self.groups, self.bucket, answer, loose)
        return int(self.bucket.max()) > before


def cut(
    instance: Instance,
    groups: Alike,
    bucket: np.ndarray,
    answer: Answer,
    loose: np.ndarray,
) -> np.ndarray:
    """Cut buckets by what their members would do.

    Parameters
    ----------
    instance : Instance
    groups : Alike
    bucket : ndarray of int of shape (workloads,)
    answer : Answer
    loose : ndarray of bool of shape (workloads,)
        Members of the buckets to be cut.

    Returns
    -------
    ndarray of int of shape (workloads,)
        Numbers in the order of first appearance.
    """
    flat, told = instance.manner == FLAT, chooses_hub(instance)
    parts = number(bucket, np.where(loose & told, answer.best + 1, 0))
    # Near the break-point finer than far from it, for it will still move.
    near = np.where(loose & flat, answer.margin, 0.0)
    slices = _slices(parts, near, instance.it_mw, loose & flat)
    moved = groups.features.sum(axis=1)
    # By count, so that a bucket of two always falls apart.
    halves = _slices(parts, moved, np.ones(len(parts)), loose & ~flat, HALVES)
    return number(parts, slices, halves)


def _slices(
    bucket: np.ndarray,
    key: np.ndarray,
    weight: np.ndarray,
    which: np.ndarray,
    cuts: np.ndarray = CUTS,
) -> np.ndarray:
    """Give the slice of each member when its bucket is cut by a key.

    Members of one key value stay together.
    """
    result = np.zeros(len(bucket), dtype=int)
    some = np.flatnonzero(which)
    if not len(some):
        return result
    order = some[np.lexsort((key[some], bucket[some]))]
    group, value, mass = bucket[order], key[order], weight[order]
    change = np.flatnonzero(np.diff(group)) + 1
    begin = np.concatenate([[0], change])
    total = np.add.reduceat(mass, begin)
    size = np.diff(np.concatenate([begin, [len(group)]]))
    before = np.cumsum(mass) - mass
    before -= np.repeat(before[begin], size)
    part = before / np.maximum(np.repeat(total, size), 1e-300)
    same = np.concatenate([[False], (np.diff(value) == 0) & (np.diff(group) == 0)])
    lead = np.maximum.accumulate(np.where(same, 0, np.arange(len(part))))
    result[order] = np.searchsorted(cuts, part[lead], side="right")
    return result


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
    parts = pieces(instance)
    if parts is not None:
        instance = parts.instance
    groups = alike(instance)
    clock.add("groups", started)
    work = Aggregation(instance, groups, groups.of_workload.copy(), clock, unserved, [])
    result = work.optimise(stages, tie_break=tie_break)
    return result, Expansion.of(instance, result.model.instance, work.bucket, parts)
