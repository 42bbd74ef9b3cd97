r"""The pieces of a convex, piecewise-linear function, found exactly.

A tangent at a far point and the line through the start cross at a point; if the
function meets the line there, the piece ends there, else there is a new tangent nearer
by.
"""

from collections.abc import Callable
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
    last: Point,
    size: float,
    noise: float,
    near: float | None = None,
) -> Piece:
    """Find the slope to the right of a point, and how far it holds.

    Parameters
    ----------
    evaluate : callable
        Gives the function at a place between ``start`` and ``last``.
    start : Point
        With the slope of any tangent.
    last : Point
        The end of the function, or, infinitely far away, its least value and slope.
    size : float
        What counts as a small distance is measured by it.
    noise : float
        Difference of values that is none.
    near : float, optional
        A place tried first.
    """
    ends = _Ends(start, size, noise)
    slope = start.slope
    if ends.meets(last, slope):
        return Piece(slope, last.at)
    tangents = [last]
    if near is not None and start.at < near < last.at:
        tangents.append(evaluate(near))
    while True:
        steeper = [t for t in tangents if t.slope > slope + ends.noise(slope)]
        if not steeper:
            # The slope at the very end is no steeper: all is one piece.
            return Piece(slope, last.at)
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
