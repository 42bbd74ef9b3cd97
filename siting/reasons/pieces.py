r"""The pieces of a convex, piecewise-linear function, found exactly.

A tangent at a farther point and the line through the start cross at a point; if the
function meets the line there, the piece ends there, else there is a new tangent nearer
by. Where the two are one, a point farther still is asked for.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LINE = 1e-8
STEP = 1e-9


@dataclass(frozen=True)
class Point:
    """A point of the function, with the slope of a tangent there."""

    at: float
    value: float
    slope: float


@dataclass(frozen=True)
class Piece:
    """The first piece: its slope, and where it ends."""

    slope: float
    to: float


def first_piece(
    evaluate: Callable[[float], Point],
    start: Point,
    farther: Iterator[Point],
    size: float,
    noise: float,
) -> Piece:
    """Find the slope to the right of a point, and how far it holds.

    Parameters
    ----------
    evaluate : callable
        Gives the function at a place between the start and a point known.
    start : Point
        With the slope of any tangent.
    farther : iterator of Point
        Points farther and farther away, as they are asked for. The last is the end of
        the function, or, infinitely far away, its least value and slope; there is none
        where it ends at its start.
    size : float
        What counts as a small distance is measured by it.
    noise : float
        Difference of values that is none.
    """
    ends = _Ends(start, size, noise)
    slope, nothing = start.slope, Piece(math.inf, start.at)
    tangents: list[Point] = []
    while True:
        steeper = [t for t in tangents if t.slope > slope + ends.noise(slope)]
        if not steeper:
            point = next(farther, None)
            if point is None:
                # Nothing is steeper up to the very end.
                return Piece(slope, tangents[-1].at) if tangents else nothing
            if point.slope > slope + ends.noise(slope) and ends.meets(point, slope):
                return Piece(slope, point.at)
            tangents.append(point)
            continue
        crossing = min(ends.crossing(t, slope) for t in steeper)
        if crossing <= ends.step:
            slope = max(
                t.slope for t in steeper if ends.crossing(t, slope) <= ends.step
            )
            continue
        point = evaluate(start.at + crossing)
        if ends.meets(point, slope):
            return Piece(slope, point.at)
        tangents.append(point)
        if not point.slope > slope + ends.noise(slope):
            # Only rounding is left between the line and the function.
            return Piece(slope, point.at)


@dataclass(frozen=True)
class _Ends:
    """Comparisons with the line through the start."""

    start: Point
    size: float
    value_noise: float

    @property
    def step(self) -> float:
        """Largest distance that is none."""
        return STEP * self.size

    def noise(self, slope: float) -> float:
        """Largest difference of slopes that is none."""
        return LINE * abs(slope) + self.value_noise / self.size

    def meets(self, point: Point, slope: float) -> bool:
        """Whether the line goes through a point of the function."""
        if point.at == float("inf"):
            return abs(point.slope - slope) <= self.noise(slope)
        far = point.at - self.start.at
        above = point.value - (self.start.value + slope * far)
        return above <= self.value_noise + LINE * abs(slope) * far

    def crossing(self, tangent: Point, slope: float) -> float:
        """Distance from the start at which a tangent crosses the line."""
        far = tangent.at - self.start.at
        at_start = tangent.value
        if far != float("inf"):
            at_start -= tangent.slope * far
        return max(self.start.value - at_start, 0.0) / (tangent.slope - slope)
