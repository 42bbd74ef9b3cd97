"""Solving the stages of an objective, with paths generated until none is missing."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from siting.decompose import Pool, solve_by_schedules
from siting.errors import SolverFailed
from siting.model.arrays import dot
from siting.model.basis import Warmth
from siting.model.build import Kept, Model, build, weigh
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.model.outcome import Outcome, Status
from siting.model.polish import Decisions, polish
from siting.model.pricing import add_cheapest_paths, add_paths
from siting.model.routing import network_matters
from siting.model.tolls import Tolls, cny_weight
from siting.model.traffic import Traffic
from siting.solver import DEFAULT_SOLVER, by_interior, solve_program
from siting.words import word

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]

FIX_TOLERANCE = 1e-7
OVERLOAD_GBPS = 1e-6
# Of another solver's duals: the audit makes them valid first, which costs some proof.
PROOF_TOLERANCE = 1e-9


class NoPlanFits(Exception):
    """The limits contradict each other; explained by the caller."""


@dataclass
class Clock:
    """Counts what the phases take, against an optional limit."""

    limit_s: float | None = None
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def left(self) -> float | None:
        """Give the seconds left.

        Raises
        ------
        SolverFailed
            If there are none.
        """
        if self.limit_s is None:
            return None
        left = self.limit_s - (time.perf_counter() - self.started)
        if left <= 0:
            message = word(
                "no proven plan within the time limit of {limit_s:g} s",
                limit_s=self.limit_s,
            )
            raise SolverFailed(message)
        return left

    def add(self, phase: str, started: float) -> None:
        """Add the time since ``started`` to a phase."""
        spent = time.perf_counter() - started
        self.seconds[phase] = self.seconds.get(phase, 0.0) + spent


@dataclass(frozen=True, eq=False)
class Result:
    """An optimum with its proof.

    Attributes
    ----------
    decisions : Decisions
    model : Model
        The program of the last stage; of a large instance that over buckets.
    outcome : Outcome
        Values and duals of the last stage.
    kept : tuple of Kept
        Earlier stages.
    stage_values : tuple of float
        Best value of each stage.
    bound : float
        Dual objective of the last stage.
    """

    decisions: Decisions
    model: Model
    outcome: Outcome
    weights: dict[str, float]
    kept: tuple[Kept, ...]
    stage_values: tuple[float, ...]
    bound: float


def optimise(
    instance: Instance,
    stages: list[Stage],
    *,
    clock: Clock | None = None,
    solver: str = DEFAULT_SOLVER,
    tie_break: bool = False,
    unserved: bool | None = None,
    fix: Callable[[Model], Model] | None = None,
    traffic: Traffic | None = None,
) -> Result:
    """Solve stage after stage.

    Parameters
    ----------
    instance : Instance
    stages : list of Stage
    clock : Clock, optional
    solver : str
        Solves the last program of each stage; paths are always generated with HiGHS.
    tie_break : bool
        Whether to take the optimum of least latency.
    unserved : bool, optional
        Whether demand may go unserved; by default where the scenario prices it.
    fix : callable, optional
        Changes a program's bounds before it is solved.
    traffic : Traffic, optional
        That of the instance with paths known from elsewhere; new ones are added to
        it.

    Raises
    ------
    NoPlanFits
        If the limits contradict each other.
    SolverFailed
        If the solver breaks down or the time is over.
    """
    clock = clock or Clock()
    matters = network_matters(instance)
    if traffic is None:
        traffic = Traffic.of(instance)
        if matters:
            add_cheapest_paths(instance, traffic)
    run = Run(instance, traffic, matters, clock, unserved, fix)
    kept: list[Kept] = []
    values: list[float] = []
    model, outcome = run.stage(stages[0].weights, ())
    for number, stage in enumerate(stages):
        if number:
            if by_interior(model.program):
                # Faster from scratch than from the vertex of another stage.
                run.warmth = Warmth()
            model, outcome = run.stage(stage.weights, tuple(kept))
        if solver != DEFAULT_SOLVER:
            reference = outcome
            outcome = _with_proof(model, run.solve(model, solver), reference)
            # A value below the optimum keeps limits by the solver's accuracy alone:
            # later stages could not keep to it.
            outcome = replace(
                outcome, objective=max(outcome.objective, reference.objective)
            )
        values.append(outcome.objective)
        if number < len(stages) - 1:
            limit = outcome.objective + stage.slack * abs(outcome.objective)
            kept.append(Kept(stage.weights, limit))
    chosen = outcome.values
    if tie_break:
        started = time.perf_counter()
        chosen = least_latency(model, outcome, clock)
        clock.add("tie_break", started)
    decisions = polish(model, chosen, traffic)
    return Result(
        decisions,
        model,
        outcome,
        stages[-1].weights,
        tuple(kept),
        tuple(values),
        dual_objective(model, outcome),
    )


@dataclass(eq=False)
class Run:
    """What the stages of one solve share.

    Attributes
    ----------
    warmth : Warmth
        Where each program starts: where the one before ended.
    pool : Pool
        Schedules of movable workloads that are known.
    tolls : Tolls or None
        Prices of paths under the program that was priced last.
    """

    instance: Instance
    traffic: Traffic
    matters: bool
    clock: Clock
    unserved: bool | None
    fix: Callable[[Model], Model] | None
    warmth: Warmth = field(default_factory=Warmth)
    pool: Pool = field(default_factory=Pool)
    tolls: Tolls | None = None

    def stage(
        self, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> tuple[Model, Outcome]:
        """Solve one stage over all admissible paths."""
        while True:
            model = self.build(weights, kept)
            outcome = self.solve(model)
            if outcome.status is Status.INFEASIBLE:
                if not self.open_paths(weights, kept):
                    raise NoPlanFits
                continue
            if not self.price(
                model, outcome, cny_weight(model, outcome, weights, kept)
            ):
                return model, outcome

    def build(
        self,
        weights: dict[str, float],
        kept: tuple[Kept, ...],
        *,
        elastic_links: bool = False,
    ) -> Model:
        """Build the program over the paths known so far."""
        started = time.perf_counter()
        model = build(
            self.instance,
            self.traffic if self.matters else None,
            weights,
            kept,
            elastic_links=elastic_links,
            unserved=self.unserved,
        )
        self.clock.add("build", started)
        return self.fix(model) if self.fix else model

    def solve(self, model: Model, solver: str = DEFAULT_SOLVER) -> Outcome:
        """Solve a program; only an optimum or infeasibility comes back."""
        started = time.perf_counter()
        outcome = None
        if solver == DEFAULT_SOLVER:
            outcome = solve_by_schedules(model, self.pool, self.clock.left)
        if outcome is None:
            outcome = solve_program(
                model.program,
                solver,
                self.clock.left(),
                start=self.warmth.start(model),
                basis=True,
                wide=not self.instance.narrowed,
            )
            self.warmth.keep(model, outcome)
        self.clock.add("solve", started)
        if outcome.status is Status.TIME_LIMIT:
            message = word(
                "{solver} found no proven plan within the time limit", solver=solver
            )
            raise SolverFailed(message)
        if outcome.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            message = word(
                "{solver} ended without an answer ({status})",
                solver=solver,
                status=outcome.status,
            )
            raise SolverFailed(message)
        if outcome.status is Status.INFEASIBLE and solver != DEFAULT_SOLVER:
            message = word(
                "{solver} calls infeasible what HiGHS has solved", solver=solver
            )
            raise SolverFailed(message)
        return outcome

    def price(self, model: Model, outcome: Outcome, money: float) -> int:
        """Add the paths that are missing."""
        started = time.perf_counter()
        self.tolls = Tolls(model, outcome, money)
        added = add_paths(self.tolls)
        self.clock.add("paths", started)
        logger.debug("%d paths added", added)
        return added

    def open_paths(self, weights: dict[str, float], kept: tuple[Kept, ...]) -> int:
        """Add paths until the links can carry the traffic, and count them.

        None were missing if the links can carry it by less than the solver's accuracy.

        Raises
        ------
        NoPlanFits
            If no path is missing and they still cannot, or if links are not at fault.
        """
        added = 0
        while True:
            if not self.matters:
                raise NoPlanFits
            model = self.build(weights, kept, elastic_links=True)
            if "over" not in model.program.columns:
                raise NoPlanFits
            outcome = self.solve(model)
            if outcome.status is Status.INFEASIBLE:
                raise NoPlanFits
            if outcome.objective <= OVERLOAD_GBPS:
                return added
            more = self.price(model, outcome, 0.0)
            if not more:
                raise NoPlanFits
            added += more


def _with_proof(model: Model, outcome: Outcome, reference: Outcome) -> Outcome:
    """Take HiGHS's duals where another solver gives none that prove its values."""
    gap = outcome.objective - dual_objective(model, outcome)
    if abs(gap) <= PROOF_TOLERANCE * max(1.0, abs(outcome.objective)):
        return outcome
    return replace(
        outcome,
        row_duals=reference.row_duals,
        reduced_costs=reference.reduced_costs,
    )


def dual_objective(model: Model, outcome: Outcome) -> float:
    """Dual objective of a solved program, from its duals alone."""
    return model.program.proven(outcome.row_duals, outcome.reduced_costs)


def least_latency(model: Model, outcome: Outcome, clock: Clock) -> np.ndarray:
    """Move to the point of least latency on the optimal face.

    By complementary slackness the face is where columns with a reduced cost stay at
    their bound and rows with a dual stay tight.
    """
    program, latency = model.program, model.metrics["latency"]
    if not latency.any() or not len(outcome.values):
        return outcome.values
    sizes = np.abs(program.cost[program.cost != 0])
    scale = float(np.exp(np.mean(np.log(sizes)))) if len(sizes) else 1.0
    fixed = np.abs(outcome.reduced_costs) > FIX_TOLERANCE * scale
    tight = np.abs(outcome.row_duals) > FIX_TOLERANCE * scale
    # Where the program ended, so that this point is surely on the face.
    here = program.activity(outcome.values)
    face = replace(
        program,
        cost=latency,
        row_lower=np.where(tight, here, np.minimum(program.row_lower, here)),
        row_upper=np.where(tight, here, np.maximum(program.row_upper, here)),
    )
    better = solve_program(
        face.without(fixed, outcome.values), time_limit_s=clock.left()
    )
    if better.status is not Status.OPTIMAL:
        logger.info("the tie-break gave no answer (%s)", better.status)
        return outcome.values
    chosen = outcome.values.copy()
    chosen[~fixed] = better.values
    given_up = dot(program.cost, chosen) - outcome.objective
    if given_up > 1e-8 * max(1.0, abs(outcome.objective)):
        logger.info("the tie-break would give up %g; left out", given_up)
        return outcome.values
    return chosen


def value_of(result: Result) -> float:
    """Value of the last stage at the polished decisions."""
    weighed = weigh(result.decisions.model.metrics, result.weights)
    return dot(weighed, result.decisions.values)
