r"""Exact Pareto fronts: every break-point of the convex front of two objectives.

The objectives of a linear programme that can be had together form a convex front,
piecewise linear between corners. Between two corners :math:`A` and :math:`B` the price

.. math:: \mu = \frac{f_1(B) - f_1(A)}{f_2(A) - f_2(B)}

makes both equally good. Minimising :math:`f_1 + \mu f_2` either proves that the
straight line between them is the front, or gives a corner below it: then both halves
are asked. It ends when every line is proven, so no corner is missing.
"""

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from siting.aggregate.run import optimise_large
from siting.errors import Infeasible, one_of
from siting.explain import explain_infeasible
from siting.model.instance import Instance
from siting.model.objective import METRICS, Stage
from siting.model.routing import Bundle, bundles
from siting.optimise import Clock, NoPlanFits, optimise
from siting.scenario import Scenario
from siting.solve import aggregates
from siting.sweep.distributions import refused
from siting.sweep.front import Corner, Front, make_front
from siting.words import word

TOLERANCE = 1e-9
# A large instance is proven to a gap of this share.
LARGE_TOLERANCE = 1e-6
NOTHING_UNSERVED_MWH = 1e-6

Progress = Callable[[int, int], None]


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
        search.run(ended, progress)
    except NoPlanFits:
        report = explain_infeasible(search.instance, Clock())
        raise Infeasible(report) from None
    return make_front(scenario, first, second, search.corners(), search.open_gap())


@dataclass(order=True)
class Line:
    """Two neighbours whose line is not yet proven to be the front.

    Attributes
    ----------
    rank : float
        Least first: minus the largest possible error.
    left, right : Corner
        ``left`` has the better first objective.
    """

    rank: float
    number: int
    left: Corner = field(compare=False)
    right: Corner = field(compare=False)

    @property
    def price(self) -> float:
        """What a unit of the second objective costs along the line."""
        return (self.right.first - self.left.first) / (
            self.left.second - self.right.second
        )


@dataclass
class Search:
    """The search for the corners of one front."""

    instance: Instance
    first: str
    second: str
    found: list[Corner] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    paths: list[Bundle] | None = None
    solved: int = 0

    def __post_init__(self) -> None:
        scenario = self.instance.scenario
        self.large = aggregates(self.instance, "auto")
        self.tolerance = LARGE_TOLERANCE if self.large else TOLERANCE
        self.before: list[Stage] = []
        self.unserved = scenario.settings.unserved_cny_per_mwh is not None
        self._numbers = itertools.count()
        if len(scenario.links) and not self.large:
            self.paths = bundles(self.instance)

    def run(self, ended: float | None, progress: Progress | None) -> None:
        """Ask line after line, the one that may hide most first."""
        self._serve()
        left = self.corner({self.first: 1.0}, 0.0)
        right = self.corner({self.second: 1.0}, np.inf)
        self.found = [left, right]
        self._ask_later(left, right)
        while self.lines:
            if ended is not None and time.perf_counter() > ended:
                return
            line = heapq.heappop(self.lines)
            left, right = line.left, line.right
            corner = self.corner({self.first: 1.0, self.second: line.price}, line.price)
            value = left.first + line.price * left.second
            below = value - (corner.first + line.price * corner.second)
            if below > self.tolerance * max(1.0, abs(value)):
                self.found.append(corner)
                self._ask_later(left, corner)
                self._ask_later(corner, right)
            else:
                left.most = right.least = line.price
            if progress is not None:
                progress(len(self.found), len(self.lines))

    def _serve(self) -> None:
        """Where demand may go unserved, make sure that least does."""
        if not self.unserved:
            return
        stage = Stage({"unserved": 1.0}, slack=TOLERANCE)
        corner = self.corner(stage.weights, 0.0)
        model = corner.decisions.model
        mwh = float(model.metrics["unserved"] @ corner.decisions.values)
        if mwh <= NOTHING_UNSERVED_MWH:
            self.unserved = False
        else:
            self.before = [stage]

    def corner(self, weights: dict[str, float], price: float) -> Corner:
        """Find the best plan under a weighted sum of both objectives."""
        stages = [*self.before, Stage(weights)]
        if self.large:
            result = optimise_large(
                self.instance, stages, clock=Clock(), tie_break=False
            )[0]
        else:
            result = optimise(
                self.instance, stages, groups=self.paths, unserved=self.unserved
            )
        self.solved += 1
        decisions = result.decisions
        metrics = decisions.model.metrics
        one, other = (
            float(metrics[name] @ decisions.values)
            for name in (self.first, self.second)
        )
        return Corner(one, other, price, price, decisions)

    def _ask_later(self, left: Corner, right: Corner) -> None:
        """Queue the line between two corners, unless they are one."""
        drop = left.second - right.second
        rise = right.first - left.first
        if drop <= self.tolerance * max(1.0, abs(left.second)):
            return
        if rise <= self.tolerance * max(1.0, abs(left.first)):
            return
        gap = hidden(left, right)
        heapq.heappush(self.lines, Line(-gap, next(self._numbers), left, right))

    def corners(self) -> list[Corner]:
        """Give the corners that no other makes pointless, by the first objective."""
        ordered = sorted(self.found, key=lambda c: (c.first, c.second))
        kept: list[Corner] = []
        for corner in ordered:
            small = self.tolerance * max(1.0, abs(corner.first))
            if kept and corner.first - kept[-1].first <= small:
                if corner.second < kept[-1].second:
                    kept[-1] = corner
                continue
            small = self.tolerance * max(1.0, abs(corner.second))
            if kept and kept[-1].second - corner.second <= small:
                continue
            kept.append(corner)
        return kept

    def open_gap(self) -> float:
        """Most by which the front may lie below a line that is not proven."""
        return max((-line.rank for line in self.lines), default=0.0)


def hidden(left: Corner, right: Corner) -> float:
    """Most by which the first objective may be below the line between two corners.

    Each corner was best under some price, so nothing lies below its line of that
    price; the front is above the point where both meet.
    """
    low, high = left.most, right.least
    price = (right.first - left.first) / (left.second - right.second)
    if np.isinf(high):
        return (price - low) * (left.second - right.second)
    if high <= low:
        return 0.0
    run = left.second - right.second
    # Distance from the left corner, in the second objective, where the lines meet.
    along = (right.first - left.first - high * run) / (low - high)
    return max(0.0, (price - low) * float(np.clip(along, 0.0, run)))
