"""Exact Pareto fronts: every break-point of the convex front of two objectives.

The objectives of a linear programme that can be had together form a convex front,
piecewise linear between corners, which :mod:`siting.sweep.walk` finds.
"""

import time
from dataclasses import dataclass

import numpy as np

from siting.aggregate.run import optimise_large
from siting.arguments import check_arguments
from siting.errors import Infeasible, one_of
from siting.explain import explain_infeasible
from siting.model.arrays import dot
from siting.model.extract import Placed
from siting.model.instance import Instance
from siting.model.objective import METRICS, Stage
from siting.model.traffic import Traffic
from siting.optimise import Clock, NoPlanFits, optimise, value_of
from siting.scenario import Scenario
from siting.solve import aggregates
from siting.sweep.distributions import refused
from siting.sweep.front import Front, make_front
from siting.sweep.moves import Running
from siting.sweep.walk import Corner, Progress, Walk
from siting.words import word

TOLERANCE = 1e-9
# A large instance is proven to a gap of this share.
LARGE_TOLERANCE = 1e-6
NOTHING_UNSERVED_MWH = 1e-6


def pareto(
    scenario: Scenario,
    first: str = "cost",
    second: str = "carbon-location",
    *,
    time_limit_s: float | None = None,
    progress: Progress | None = None,
) -> Front:
    """Find the front of two objectives, with all its break-points.

    Where demand may go unserved, every plan of the front serves as much as can be
    served; it would otherwise serve less for a better second objective.

    Parameters
    ----------
    scenario : Scenario
    first, second : str
        ``cost``, ``carbon-location``, ``carbon-market``, ``green`` or ``latency``.
    time_limit_s : float, optional
        When it is over, what is found so far is returned, with what may be missing in
        ``front.tolerance``.
    progress : callable, optional
        Told the number of corners, and of lines still to be proven.

    Returns
    -------
    Front

    Raises
    ------
    InputError
        For an unknown objective.
    Infeasible
        If no plan fits all limits.
    """
    check_arguments(scenario, time_limit_s=time_limit_s, first=first, second=second)
    known = [name for name in METRICS if name != "unserved"]
    for name in (first, second):
        if name not in known:
            message = word("there is no objective '{name}'", name=name)
            raise refused(message, one_of(name, known), "pareto")
    if first == second:
        message = word("'{first}' is named twice", first=first)
        raise refused(message, "Name two objectives.", "pareto")
    search = Search(Instance(scenario), first, second)
    ended = None if time_limit_s is None else time.perf_counter() + time_limit_s
    try:
        walk = search.run(ended, progress)
    except NoPlanFits:
        report = explain_infeasible(search.instance, Clock())
        raise Infeasible(report) from None
    return make_front(
        *(scenario, first, second, walk.corners()),
        complete=walk.complete,
        tolerance=walk.unproven(),
    )


@dataclass
class Search:
    """The search for the corners of one front."""

    instance: Instance
    first: str
    second: str
    traffic: Traffic | None = None
    solved: int = 0

    def __post_init__(self) -> None:
        scenario = self.instance.scenario
        self.large = aggregates(self.instance, "auto")
        self.tolerance = LARGE_TOLERANCE if self.large else TOLERANCE
        self.before: list[Stage] = []
        self.unserved = scenario.settings.unserved_cny_per_mwh is not None
        if not self.large:
            self.traffic = Traffic.of(self.instance)

    def run(self, ended: float | None, progress: Progress | None) -> Walk:
        """Find the corners from the best first objective to the best second one."""
        self._serve()
        left = self.corner({self.first: 1.0}, 0.0)
        right = self.corner({self.second: 1.0}, np.inf)
        walk = Walk(self.between, self.tolerance)
        walk.run(left, right, ended=ended, progress=progress)
        return walk

    def between(self, price: float) -> Corner:
        """Find the best plan where the second objective has a price."""
        return self.corner({self.first: 1.0, self.second: price}, price)

    def _serve(self) -> None:
        """Where demand may go unserved, make sure that least does."""
        if not self.unserved:
            return
        stage = Stage({"unserved": 1.0}, slack=TOLERANCE)
        corner = self.corner(stage.weights, 0.0)
        model = corner.decisions.model
        mwh = dot(model.metrics["unserved"], corner.decisions.values)
        if mwh <= NOTHING_UNSERVED_MWH:
            self.unserved = False
        else:
            self.before = [stage]

    def corner(self, weights: dict[str, float], price: float) -> Corner:
        """Find the best plan under a weighted sum of both objectives."""
        stages = [*self.before, Stage(weights)]
        gap, running = 0.0, None
        if self.large:
            result, expansion = optimise_large(
                self.instance, stages, clock=Clock(), unserved=self.unserved
            )
            gap = max(0.0, value_of(result) - result.bound)
            placed = expansion.placed(Placed.of(result.decisions))
            running = Running.of(placed)
        else:
            result = optimise(
                self.instance, stages, traffic=self.traffic, unserved=self.unserved
            )
        self.solved += 1
        decisions = result.decisions
        metrics = decisions.model.metrics
        one, other = (
            dot(metrics[name], decisions.values) for name in (self.first, self.second)
        )
        return Corner(one, other, price, price, decisions, gap, running)
