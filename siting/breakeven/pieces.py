"""The pieces of a parameter's range over which the plan stays what it is."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.breakeven.follow import Bound, Follow
from siting.breakeven.parameter import Kind
from siting.model.polish import Decisions
from siting.optimise import NoPlanFits, Result
from siting.sweep.walk import Walk
from siting.words import word

TOLERANCE = 1e-9
# What counts as one value of a parameter that is not followed exactly.
NARROW = 1e-6
GRID = 25
HALF = 0.5
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """A part of the range, with the plans at its ends; they are one if it is exact.

    Attributes
    ----------
    start, stop : float
    first, last : Decisions or None
        None where no plan fits.
    costs_cny : tuple of float
        At both ends.
    """

    start: float
    stop: float
    first: Decisions | None
    last: Decisions | None
    costs_cny: tuple[float, float]


def find_pieces(follow: Follow, tell: Tell) -> tuple[list[Piece], bool]:
    """Cut the range of a parameter into pieces.

    Returns
    -------
    list of Piece
    bool
        Whether they are exact.
    """
    if follow.parameter.kind is Kind.LATENCY:
        return _steps(follow, tell), True
    try:
        return _walked(follow, tell), True
    except (Bound, NoPlanFits):
        return _sampled(follow, tell), False


def _walked(follow: Follow, tell: Tell) -> list[Piece]:
    """Walk from break-point to break-point, and settle the plan between them."""
    low, high = follow.parameter.low, follow.parameter.high
    walk = Walk(follow.corner, TOLERANCE)
    walk.run(
        follow.corner(0.0),
        follow.corner(high - low),
        progress=lambda done, left: tell(
            word("{done} plans found, {left} to be asked", done=done, left=left)
        ),
    )
    breaks = [
        float(np.clip(low + (b.first - a.first) / (a.second - b.second), low, high))
        for a, b in itertools.pairwise(walk.corners())
    ]
    pieces = []
    for start, stop in itertools.pairwise([low, *sorted(breaks), high]):
        if stop > start:
            at = (start + stop) / 2.0
            if follow.parameter.kind is Kind.RATE:
                # What fits at the highest rate of a piece fits at all lower ones.
                at = stop - NARROW * (stop - start)
            found = follow.settled(at)
            if found is not None and follow.parameter.kind is Kind.RATE:
                follow.require_free(found)
            pieces.append(_piece(follow, start, stop, at, found))
    return pieces


def _piece(
    follow: Follow, start: float, stop: float, at: float, result: Result | None
) -> Piece:
    """Make a piece of the plan at one of its values."""
    if result is None:
        return Piece(start, stop, None, None, (np.nan, np.nan))
    found = result.decisions
    costs = follow.cost(found, at, start), follow.cost(found, at, stop)
    return Piece(start, stop, found, found, costs)


def _steps(follow: Follow, tell: Tell) -> list[Piece]:
    """Find every delay at which a latency limit lets a better plan in."""
    low, high = follow.parameter.low, follow.parameter.high
    places = follow.parameter.places
    ends = [low, *places[(places > low) & (places < high)].tolist(), high]
    known: dict[float, Result | None] = {}

    def at(value: float) -> Result | None:
        if value not in known:
            known[value] = follow.settled(value)
            tell(word("{count} limits tried", count=len(known)))
        return known[value]

    steps: list[float] = []

    def cut(first: int, last: int) -> None:
        if _alike(at(ends[first]), at(ends[last])):
            return
        if last - first > 1:
            middle = (first + last) // 2
            cut(first, middle)
            cut(middle, last)
        elif follow.slower_paths_count(at(ends[first])) and not _alike(
            at(ends[first]), at(ends[last] - NARROW)
        ):
            between(ends[first], ends[last])
        else:
            steps.append(ends[last])

    def between(start: float, stop: float) -> None:
        """Find the delays of slower paths, which count where links are scarce."""
        if _alike(at(start), at(stop)):
            return
        if stop - start <= NARROW:
            steps.append(stop)
            return
        middle = (start + stop) / 2.0
        between(start, middle)
        between(middle, stop)

    cut(0, len(ends) - 1)
    bounds = [low, *sorted(steps), high]
    return [
        _piece(follow, start, stop, start, at(start))
        for start, stop in itertools.pairwise(bounds)
    ]


def _alike(one: Result | None, other: Result | None) -> bool:
    """Whether two limits admit equally good plans; a longer one never a worse one."""
    if one is None or other is None:
        return one is other
    values = zip(one.stage_values, other.stage_values, strict=True)
    return all(abs(a - b) <= TOLERANCE * max(1.0, abs(a)) for a, b in values)


def _sampled(follow: Follow, tell: Tell) -> list[Piece]:
    """Try values, and halve between two as long as something changes side."""
    low, high = follow.parameter.low, follow.parameter.high
    spread = np.geomspace if low > 0 else np.linspace
    tried = {float(v): follow.settled(float(v)) for v in spread(low, high, GRID)}
    waiting = list(itertools.pairwise(sorted(tried)))
    jumps: set[float] = set()
    while waiting:
        start, stop = waiting.pop()
        if _same_sides(tried[start], tried[stop]):
            continue
        if stop - start <= NARROW * max(abs(stop), abs(start)):
            jumps.add(stop)
            continue
        middle = (start + stop) / 2.0
        tried[middle] = follow.settled(middle)
        tell(word("{count} values tried", count=len(tried)))
        waiting += [(start, middle), (middle, stop)]
    pieces = []
    for start, stop in itertools.pairwise(sorted(tried)):
        one, other = tried[start], tried[stop]
        if stop in jumps:
            other = one
        first = one.decisions if one else None
        last = other.decisions if other else None
        costs = (
            follow.cost(first, start, start) if first else np.nan,
            follow.cost(last, stop if other is not one else start, stop)
            if last
            else np.nan,
        )
        pieces.append(Piece(start, stop, first, last, costs))
    return pieces


def _same_sides(one: Result | None, other: Result | None) -> bool:
    if one is None or other is None:
        return one is other
    count = len(one.decisions.model.instance.it_mw)
    west = [west_shares(found.decisions)[:-count] >= HALF for found in (one, other)]
    return bool(np.array_equal(west[0], west[1]))


def west_share(decisions: Decisions, workloads: np.ndarray) -> float:
    """Give the western share of what is placed of some workloads."""
    instance = decisions.model.instance
    west = (instance.scenario.hubs["side"] == "west").to_numpy()[instance.pair_hub]
    mw = decisions.mean_mw * workloads[instance.pair_workload]
    total = float(mw.sum())
    return float(mw[west].sum()) / total if total else np.nan


def west_shares(decisions: Decisions) -> np.ndarray:
    """Give the western share of what is placed: of all, by class, by workload."""
    instance = decisions.model.instance
    workloads = instance.scenario.workloads
    west = (instance.scenario.hubs["side"] == "west").to_numpy()[instance.pair_hub]
    count = len(workloads)
    placed = np.bincount(instance.pair_workload, decisions.mean_mw, minlength=count)
    western = np.bincount(
        instance.pair_workload, decisions.mean_mw * west, minlength=count
    )
    classes = workloads["class"].to_numpy(object)
    inside = [classes == name for name in dict.fromkeys(classes)]
    sums = [
        np.concatenate([[part.sum()], [part[mask].sum() for mask in inside], part])
        for part in (western, placed)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(sums[1] > 0, sums[0] / sums[1], np.nan))
