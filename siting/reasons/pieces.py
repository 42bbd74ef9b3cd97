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
# Distances beside the size that are tried first.
NEARBY = (1e-3, 1e-2, 1e-1)


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
    evaluate: Callable[[float], Point | None],
    start: Point,
    last: Callable[[], Point | None],
    size: float,
    noise: float,
) -> Piece:
    """Find the slope to the right of a point, and how far it holds.

    Parameters
    ----------
    evaluate : callable
        Gives the function at a place; None beyond its end.
    start : Point
        With the slope of any tangent.
    last : callable
        Gives the end of the function, or, infinitely far away, its least value and
        slope; None where it ends at the start. Only asked for where the piece does not
        end nearby.
    size : float
        What counts as a small distance is measured by it.
    noise : float
        Difference of values that is none.
    """
    ends = _Ends(start, size, noise)
    slope, nothing = start.slope, Piece(math.inf, start.at)
    farther = _farther(evaluate, start, last, size)
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
        assert point is not None
        if ends.meets(point, slope):
            return Piece(slope, point.at)
        tangents.append(point)
        if not point.slope > slope + ends.noise(slope):
            # Only rounding is left between the line and the function.
            return Piece(slope, point.at)


def _farther(
    evaluate: Callable[[float], Point | None],
    start: Point,
    last: Callable[[], Point | None],
    size: float,
) -> Iterator[Point]:
    """Give points farther and farther away, the end of the function last.

    Those nearby are solved at once from where the start is, while the way to the end
    and back may be long.
    """
    for distance in NEARBY:
        point = evaluate(start.at + distance * size)
        if point is None:
            break
        yield point
    end = last()
    if end is not None:
        yield end


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
