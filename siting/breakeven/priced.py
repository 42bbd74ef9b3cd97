"""One program under many prices: solved again from its last optimum each time."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from siting.backbone import Path
from siting.breakeven.lines import Sample
from siting.breakeven.live import Live
from siting.errors import SolverFailed
from siting.model.arrays import Builder
from siting.model.build import Model
from siting.model.instance import Instance
from siting.model.objective import ledger_terms
from siting.model.outcome import Outcome, Status
from siting.model.polish import Decisions, polish
from siting.model.pricing import add_cheapest_paths
from siting.model.routing import Bundle, Commodity, bundles, network_matters
from siting.optimise import Clock, Run, least_latency

COST = {"cost": 1.0}

Costs = Callable[[float, Model], np.ndarray]
Fix = Callable[[Model], Model]


def costs_of(instance_at: Callable[[float], Instance]) -> Costs:
    """Give the ledger by column under the prices of another value."""
    # Asked for the ends of a range again and again.
    instance_at = lru_cache(maxsize=2)(instance_at)

    def costs(value: float, model: Model) -> np.ndarray:
        builder = Builder()
        builder.column_count = len(model.program.cost)
        instance = instance_at(value)
        # Prices do not change which pairs there are, but the model may keep only some.
        instance.pair_workload = model.instance.pair_workload
        instance.pair_hub = model.instance.pair_hub
        terms = ledger_terms(builder, instance, model.blocks)
        return np.asarray(sum(terms.values()))

    return costs


class Pool:
    """Paths found by earlier solves, so that later ones need not look for them."""

    def __init__(self) -> None:
        self._paths: dict[tuple[Commodity, int], list[Path]] = {}

    def fill(self, groups: list[Bundle]) -> None:
        """Add known paths to the bundles of a new program."""
        for group in groups:
            known = {path.arcs for path in group.paths}
            kept = self._paths.get((group.commodity, group.hub), [])
            group.paths += [path for path in kept if path.arcs not in known]

    def keep(self, groups: list[Bundle]) -> None:
        """Remember the paths of the bundles of a solved program."""
        for group in groups:
            self._paths[group.commodity, group.hub] = list(group.paths)


def prepared(instance: Instance, fix: Fix | None, pool: Pool | None) -> Run:
    """Make everything ready for solving an instance for least cost."""
    groups = bundles(instance) if len(instance.scenario.links) else []
    matters = network_matters(instance)
    if matters:
        add_cheapest_paths(instance, groups)
        if pool is not None:
            pool.fill(groups)
    return Run(instance, groups, matters, Clock(), None, fix)


def cheapest(
    instance: Instance, fix: Fix | None = None, pool: Pool | None = None
) -> Decisions:
    """Give the plan of least cost.

    Parameters
    ----------
    instance : Instance
    fix : callable, optional
        Changes bounds of the program.
    pool : Pool, optional
        Paths to start with, and where those that are found are kept.

    Raises
    ------
    NoPlanFits
        If the limits contradict each other.
    """
    run = prepared(instance, fix, pool)
    model, _, outcome = settled(run, lambda model: model.program.cost)
    if pool is not None and run.matters:
        pool.keep(run.groups)
    return polish(model, outcome.values, run.groups)


def settled(
    run: Run,
    costs: Callable[[Model], np.ndarray],
    start: tuple[Model, Live] | None = None,
) -> tuple[Model, Live, Outcome]:
    """Solve over all admissible paths, each program from the optimum of the last.

    Parameters
    ----------
    run : Run
    costs : callable
        Cost of every column of a model.
    start : tuple of Model and Live, optional
        What was solved before.

    Raises
    ------
    NoPlanFits
        If the limits contradict each other.
    SolverFailed
        If the solver breaks down.
    """
    live: Live | None
    model, live = start or (run.build(COST, ()), None)
    while True:
        cost = costs(model)
        priced = replace(model, program=replace(model.program, cost=cost))
        if live is None or live.program.shape != model.program.shape:
            live = Live(priced.program, live)
        outcome = live.solve(cost)
        if outcome.status is Status.INFEASIBLE:
            run.open_paths(COST, ())
            model, live = run.build(COST, ()), None
            continue
        if outcome.status is not Status.OPTIMAL:
            message = f"a plan could not be priced ({outcome.status})"
            raise SolverFailed(message)
        if not run.price(priced, outcome, 1.0):
            return model, live, outcome
        model = run.build(COST, ())


class Priced:
    """The optimum as a function of a value that changes nothing but prices.

    Parameters
    ----------
    instance : Instance
        At any value of the range; its limits and pairs hold at all of them.
    costs : callable
        Cost of every column at a value; linear in it.
    low, high : float
        Ends of the range.
    fix : callable, optional
        Changes bounds of the program.
    pool : Pool, optional
        Paths to start with.

    Raises
    ------
    NoPlanFits
        If the limits contradict each other.
    """

    def __init__(
        self,
        instance: Instance,
        costs: Costs,
        low: float,
        high: float,
        *,
        fix: Fix | None = None,
        pool: Pool | None = None,
    ) -> None:
        self.instance, self._costs = instance, costs
        self.low, self.high = low, high
        self._run = prepared(instance, fix, pool)
        self._model: Model | None = None
        self._live: Live | None = None
        self.solve(high)
        if pool is not None and self._run.matters:
            pool.keep(self._run.groups)

    @property
    def model(self) -> Model:
        """The program over the paths known so far."""
        assert self._model is not None
        return self._model

    def cost(self, value: float) -> np.ndarray:
        """Cost of every column at a value."""
        return np.asarray(self._at_low + (value - self.low) * self._slope)

    def _cost_of(self, model: Model, value: float) -> np.ndarray:
        if model is not self._model:
            self._model = model
            self._at_low = self._costs(self.low, model)
            self._slope = (self._costs(self.high, model) - self._at_low) / (
                self.high - self.low
            )
        return self.cost(value)

    def solve(self, value: float) -> Sample:
        """Give the optimum at a value over all admissible paths.

        Raises
        ------
        SolverFailed
            If the solver breaks down.
        """
        start = None
        if self._model is not None and self._live is not None:
            start = (self._model, self._live)
        _, self._live, outcome = settled(
            self._run, lambda model: self._cost_of(model, value), start
        )
        slope = float(self._slope @ outcome.values)
        return Sample(value, outcome.objective, slope, outcome)

    def placement(self, sample: Sample) -> np.ndarray:
        """Mean MW of every pair at an optimum, that of least latency."""
        outcome: Outcome = sample.found
        if len(outcome.values) != len(self.model.program.cost):
            # Paths were added since.
            outcome = self.solve(sample.value).found
        cost = self.cost(sample.value)
        model = replace(self.model, program=replace(self.model.program, cost=cost))
        return mean_mw(model, least_latency(model, outcome, Clock()))


def mean_mw(model: Model, values: np.ndarray) -> np.ndarray:
    """Hour-weighted mean MW of every pair, from the values of the columns."""
    instance, draws = model.instance, model.blocks.draws
    part = instance.hours / instance.year_hours
    shape = (len(instance.scenario.hubs), len(instance.hours))
    weight = draws.yearly(np.broadcast_to(part, shape), len(values))
    placed = np.maximum(values, 0.0) * weight
    pairs = len(instance.pair_workload)
    mean = np.bincount(draws.flat_pair, placed[draws.flat], minlength=pairs)
    mean += np.bincount(draws.timed_pair, placed[draws.timed], minlength=pairs)
    return np.asarray(mean)
