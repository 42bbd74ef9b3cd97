r"""Walking a concave, piecewise-linear function from break-point to break-point.

The least of :math:`f_1 + \mu f_2` over all plans is such a function of :math:`\mu`; a
plan is a straight line, its *corner* the pair :math:`(f_1, f_2)`. Between two corners
:math:`A` and :math:`B` the price

.. math:: \mu = \frac{f_1(B) - f_1(A)}{f_2(A) - f_2(B)}

makes both equally good. The best plan at that price either proves that nothing lies
below the two lines, or gives a corner that does: then both halves are asked. It ends
when every crossing is proven, so no corner is missing.
"""

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from siting.model.polish import Decisions
from siting.sweep.moves import Running
from siting.sweep.proof import Bound, distance

Progress = Callable[[int, int], None]


@dataclass
class Corner:
    """A plan that is best under some prices of the second objective.

    Attributes
    ----------
    first, second : float
        Both objectives.
    least, most : float
        Prices (of the second in units of the first) between which it is known to be
        best.
    decisions : Decisions
    gap : float
        Most by which the weighted sum may be above the least under its price.
    running : Running or None
        Where workloads run, where the decisions are those of buckets.
    """

    first: float
    second: float
    least: float
    most: float
    decisions: Decisions
    gap: float = 0.0
    running: Running | None = None


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
class Walk:
    """The corners between two of them.

    Attributes
    ----------
    evaluate : callable
        Gives the corner that is best at a price.
    tolerance : float
        Share of a value that is no difference.
    bounds : list of tuple of float
        Prices that were asked, and what is proven for all plans under them.
    """

    evaluate: Callable[[float], Corner]
    tolerance: float
    found: list[Corner] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()

    def run(
        self,
        left: Corner,
        right: Corner,
        *,
        ended: float | None = None,
        progress: Progress | None = None,
        wanted: Callable[[Corner, Corner], bool] | None = None,
    ) -> None:
        """Ask crossing after crossing, the one that may hide most first.

        Parameters
        ----------
        left, right : Corner
            Best at the lowest and at the highest price.
        ended : float, optional
            Clock time at which to stop.
        progress : callable, optional
            Told the number of corners, and of lines still to be proven.
        wanted : callable, optional
            Whether what lies between two corners is asked for; all is by default.
        """
        self.found = [left, right]
        for corner in self.found:
            self._prove(corner)
        self._ask_later(left, right)
        while self.lines:
            if ended is not None and time.perf_counter() > ended:
                return
            line = heapq.heappop(self.lines)
            left, right = line.left, line.right
            if wanted is None or wanted(left, right):
                self._ask(line)
            if progress is not None:
                progress(len(self.found), len(self.lines))

    def _ask(self, line: Line) -> None:
        left, right = line.left, line.right
        corner = self.evaluate(line.price)
        self._prove(corner)
        value = left.first + line.price * left.second
        below = value - (corner.first + line.price * corner.second)
        if below > self.tolerance * max(1.0, abs(value)):
            self.found.append(corner)
            self._ask_later(left, corner)
            self._ask_later(corner, right)
        else:
            left.most = right.least = line.price

    def _prove(self, corner: Corner) -> None:
        """Keep what a corner that was just found says of all plans."""
        price = corner.most
        if np.isfinite(price):
            value = corner.first + price * corner.second
            self.bounds.append((price, value - corner.gap))

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

    @property
    def complete(self) -> bool:
        """Whether every line was asked."""
        return not self.lines

    def unproven(self) -> float:
        """Most by which a plan may lie below the lines between the corners."""
        points = np.array([(corner.first, corner.second) for corner in self.corners()])
        return distance(points[:, 0], points[:, 1], self.bounds)


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
