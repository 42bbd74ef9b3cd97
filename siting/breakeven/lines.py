r"""The optimum as a function of one parameter, exactly.

The cost of a given plan is a straight line in the parameter, so the optimum is the
lower envelope of lines: concave and piecewise linear. Where the lines of two optima
cross, either the optimum lies on both and the crossing is a break-point, or a third
line passes below; each solve gives one or the other (Eisner and Severance, 1976).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from siting.errors import SolverFailed

SAME = 1e-10
MOST_SOLVES = 5000
INSIDE = 1e-3


@dataclass(frozen=True)
class Sample:
    """An optimum: its value, and the line on which its plan's cost lies.

    Attributes
    ----------
    value : float
        Of the parameter.
    objective, slope : float
    found : object
        What the caller keeps of the optimum.
    """

    value: float
    objective: float
    slope: float
    found: Any = field(repr=False)

    def at(self, value: float) -> float:
        """Cost of this plan at another value."""
        return self.objective + self.slope * (value - self.value)

    def like(self, other: "Sample", low: float, high: float) -> bool:
        """Whether two lines are the same between two values."""
        near = SAME * max(1.0, abs(self.objective))
        return all(abs(self.at(v) - other.at(v)) <= near for v in (low, high))


@dataclass(frozen=True)
class Segment:
    """A stretch of the parameter over which one plan stays optimal."""

    low: float
    high: float
    sample: Sample

    @property
    def middle(self) -> float:
        """Value half-way."""
        return 0.5 * (self.low + self.high)


Solve = Callable[[float], Sample]


def envelope(solve: Solve, low: float, high: float) -> list[Segment]:
    """Find all segments between two values.

    Parameters
    ----------
    solve : callable
        Gives the optimum at a value, with its line.
    low, high : float

    Returns
    -------
    list of Segment
        In order, without gaps. Each has a sample from inside it.

    Raises
    ------
    SolverFailed
        If there are more break-points than can be counted.
    """
    samples = [solve(low), solve(high)]
    open_ = [(samples[0], samples[1])]
    span = high - low
    while open_:
        left, right = open_.pop()
        if left.like(right, left.value, right.value):
            continue
        value = _crossing(left, right)
        if not left.value + 1e-12 * span < value < right.value - 1e-12 * span:
            continue
        middle = solve(value)
        samples.append(middle)
        if len(samples) > MOST_SOLVES:
            message = f"more than {MOST_SOLVES} break-points; narrow the range"
            raise SolverFailed(message)
        near = SAME * max(1.0, abs(middle.objective))
        if middle.objective < left.at(value) - near:
            open_ += [(left, middle), (middle, right)]
    segments = _lower(sorted(samples, key=lambda s: s.value), low, high)
    return [_represented(segment, solve) for segment in segments]


def _crossing(left: Sample, right: Sample) -> float:
    """Value at which two lines cross; the right one is less steep upwards."""
    slope = left.slope - right.slope
    if slope <= 0:
        return left.value
    return left.value + (right.at(left.value) - left.objective) / slope


def _lower(samples: list[Sample], low: float, high: float) -> list[Segment]:
    """Join samples to segments; lines that touch in one point only drop out."""
    kept: list[tuple[float, Sample]] = []
    least = 1e-9 * (high - low)
    for sample in samples:
        start = low
        while kept:
            before, line = kept[-1]
            if line.like(sample, before, sample.value) and line.like(
                sample, before, high
            ):
                start = before
                kept.pop()
                continue
            start = min(max(_crossing(line, sample), before), high)
            if start - before > least:
                break
            start = before
            kept.pop()
        if high - start > least or not kept:
            kept.append((start, sample))
    ends = [start for start, _ in kept[1:]] + [high]
    return [
        Segment(start, end, sample)
        for (start, sample), end in zip(kept, ends, strict=True)
    ]


def _represented(segment: Segment, solve: Solve) -> Segment:
    """Give a segment a sample from well inside it, where its plans are all alike."""
    margin = INSIDE * (segment.high - segment.low)
    if segment.low + margin <= segment.sample.value <= segment.high - margin:
        return segment
    return Segment(segment.low, segment.high, solve(segment.middle))


def crossing(
    upper: Solve, lower: Solve, low: float, high: float
) -> tuple[float, float] | None:
    """Find where the difference of two optima changes its sign.

    Parameters
    ----------
    upper, lower : callable
        Both optima have lines, so that a step leads from crossing to crossing and
        ends on the exact one.
    low, high : float

    Returns
    -------
    tuple of float or None
        The value, and ``upper - lower`` at ``low``; None where the sign is the same at
        both ends.
    """
    value, first = low, _difference(upper, lower, low)
    last = _difference(upper, lower, high)
    if first[0] == 0.0 or first[0] * last[0] > 0:
        return None
    ends = {True: low, False: high}
    current = first
    for _ in range(MOST_SOLVES):
        step = value - current[0] / current[1] if current[1] else high
        inside = min(ends.values()) < step < max(ends.values())
        value = step if inside else 0.5 * (ends[True] + ends[False])
        previous, current = current, _difference(upper, lower, value)
        near = SAME * max(1.0, abs(current[2]))
        if abs(current[0]) <= near or abs(ends[True] - ends[False]) <= 1e-13 * abs(
            high - low
        ):
            return value, first[0]
        ends[current[0] * first[0] > 0] = value
        if previous == current:
            return value, first[0]
    message = "the break-even was not found; narrow the range"
    raise SolverFailed(message)


def _difference(upper: Solve, lower: Solve, value: float) -> tuple[float, float, float]:
    above, below = upper(value), lower(value)
    return above.objective - below.objective, above.slope - below.slope, above.objective
