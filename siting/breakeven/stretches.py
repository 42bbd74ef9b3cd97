"""A parameter's range as stretches over which one placement is the best."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from siting.breakeven.axes import Axis
from siting.breakeven.lines import Segment, envelope
from siting.breakeven.moves import Placed, Scope
from siting.breakeven.priced import Fix, Pool, Priced, costs_of
from siting.model.instance import Instance

Of = Callable[[Instance], Instance]


@dataclass(frozen=True)
class Stretch:
    """Values between which one placement is the best.

    Attributes
    ----------
    low, high : float
    at_low, at_high : float
        Objective at both ends; inf where no plan fits.
    placed : Placed or None
        None where no plan fits.
    exact : bool
        Whether nothing else can happen inside.
    """

    low: float
    high: float
    at_low: float
    at_high: float
    placed: Placed | None
    exact: bool = True

    def share(self, scope: Scope) -> float:
        """West share of a scope."""
        return np.nan if self.placed is None else self.placed.share(scope)

    def at(self, value: float) -> float:
        """Objective at a value inside."""
        if not np.isfinite(self.at_low) or self.high <= self.low:
            return self.at_low
        part = (value - self.low) / (self.high - self.low)
        return self.at_low + part * (self.at_high - self.at_low)


@dataclass(frozen=True)
class Track:
    """All stretches of a range, in order.

    Attributes
    ----------
    stretches : tuple of Stretch
    notes : tuple of str
        What a reader must know about how they were found.
    """

    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def exact(self) -> bool:
        """Whether all stretches are."""
        return all(stretch.exact for stretch in self.stretches)


def pieces_of(axis: Axis) -> list[tuple[float, float]]:
    """Ranges in which the cost of a given plan is linear."""
    inner = sorted(knot for knot in axis.knots if axis.low < knot < axis.high)
    ends = [max(axis.low, axis.least), *inner, axis.high]
    return list(zip(ends[:-1], ends[1:], strict=True))


def priced_along(
    axis: Axis,
    low: float,
    high: float,
    of: Of | None = None,
    *,
    fix: Fix | None = None,
    pool: Pool | None = None,
) -> Priced:
    """Give the optimum along an axis between two values with linear costs.

    Parameters
    ----------
    axis : Axis
    low, high : float
    of : callable, optional
        What is kept of the scenario's pairs and limits.
    fix, pool
        As in :class:`Priced`.
    """
    instance = axis.instance(high)
    return Priced(
        of(instance) if of else instance,
        costs_of(axis.instance),
        low,
        high,
        fix=fix,
        pool=pool,
    )


def segments_along(axis: Axis, of: Of | None = None) -> list[tuple[Priced, Segment]]:
    """Find the segments of the optimum along an axis, knots included."""
    found = []
    for low, high in pieces_of(axis):
        priced = priced_along(axis, low, high, of)
        found += [(priced, segment) for segment in envelope(priced.solve, low, high)]
    return found


def linear_track(axis: Axis) -> Track:
    """Find the stretches of a parameter that changes nothing but prices."""
    stretches = []
    for priced, segment in segments_along(axis):
        placed = Placed(priced.instance, priced.placement(segment.sample))
        low = segment.low
        if low == axis.least > axis.low:
            low = axis.low
        stretches.append(
            Stretch(
                low,
                segment.high,
                segment.sample.at(low),
                segment.sample.at(segment.high),
                placed,
            )
        )
    return Track(tuple(stretches))
