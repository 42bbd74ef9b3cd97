"""The latency limit: the optimum steps where a hub comes within reach.

Between the round-trip times of two pairs of origin and hub the same hubs are within
reach, so there is one solve between two steps; and since a looser limit never costs
more, equal cost at both ends of a range leaves nothing inside it to look for.
"""

from dataclasses import replace

import numpy as np

from siting.breakeven.axes import Axis
from siting.breakeven.moves import Placed, Scope
from siting.breakeven.priced import COST
from siting.breakeven.stretches import Stretch, Track
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import NoPlanFits, Result, optimise

STAGES = [Stage(COST)]
MOST_SOLVES = 200
SAME = 1e-9
APART_MS = 1e-7
WIDE_MS = 1e9


def thresholds_ms(axis: Axis, scope: Scope) -> np.ndarray:
    """Round-trip times at which a hub comes within reach of a workload in scope."""
    open_ = axis.instance(WIDE_MS)
    limit = open_.rtt_limit_ms
    moved = scope.mask & (limit == WIDE_MS)
    pick = moved[open_.pair_workload]
    workload, hub = open_.pair_workload[pick], open_.pair_hub[pick]
    origin = open_.origin[workload]
    reach = open_.reach
    known = reach.measured_ms[origin, hub]
    needed = np.zeros(len(workload))
    to, from_ = open_.to_rate[workload] > 0, open_.from_rate[workload] > 0
    for used, one_way in ((to | ~from_, reach.to_ms), (from_, reach.from_ms)):
        modelled = 2.0 * one_way[origin, hub] * reach.rtt_factor + reach.rtt_access_ms
        if not reach.has_links:
            modelled = reach.rtt_ms[origin, hub]
        times = np.where(np.isnan(known), modelled, known)
        needed = np.where(used, np.maximum(needed, times), needed)
    times = np.unique(needed[np.isfinite(needed)])
    return times[np.append(True, np.diff(times) > APART_MS)] if len(times) else times


class _Solver:
    """Solves at the lower ends of the intervals, each once."""

    def __init__(self, axis: Axis, values: np.ndarray) -> None:
        self.axis, self.values = axis, values
        self.found: dict[int, tuple[float, Placed | None]] = {}
        self.routes_count = False

    def __call__(self, number: int) -> tuple[float, Placed | None]:
        if number not in self.found:
            self.found[number] = self._solve(float(self.values[number]))
        return self.found[number]

    def _solve(self, value: float) -> tuple[float, Placed | None]:
        instance = self.axis.instance(value)
        try:
            result = optimise(instance, STAGES, tie_break=True)
        except NoPlanFits:
            return np.inf, None
        self.routes_count |= _routes_count(instance, result)
        decisions = result.decisions
        return result.outcome.objective, Placed(
            decisions.model.instance, decisions.mean_mw
        )


def _routes_count(instance: Instance, result: Result) -> bool:
    """Whether the cost hangs on which paths are within the limit."""
    if not len(instance.scenario.links):
        return False
    priced = (instance.toll_cny_per_gbps_year > 0).any()
    priced |= (instance.tariff.link_cny_per_gbps_year > 0).any()
    rows = result.model.program.rows.get("link")
    tight = rows is not None and (result.outcome.multipliers(rows) > 0).any()
    return bool(priced or tight or (result.decisions.widen_gbps > 0).any())


def step_track(axis: Axis, scope: Scope) -> tuple[Axis, Track]:
    """Find the stretches of the latency limit of the workloads in scope.

    Returns
    -------
    axis : Axis
        With the range from nothing to where every hub is within reach, if not given.
    track : Track
    """
    times = thresholds_ms(axis, scope)
    if not np.isfinite(axis.high):
        top = float(times[-1]) if len(times) else 1.0
        axis = replace(axis, high=max(np.ceil(1.05 * top), axis.low + 1.0))
    inside = times[(times > axis.low) & (times < axis.high)]
    values = np.array([axis.low, *inside])
    solve = _Solver(axis, values)
    unresolved = _refine(solve, len(values) - 1, scope)
    known = sorted(solve.found)
    stretches = []
    for number, after in zip(known, [*known[1:], None], strict=True):
        objective, placed = solve(number)
        high = axis.high if after is None else float(values[after])
        exact = number not in unresolved
        stretches.append(
            Stretch(float(values[number]), high, objective, objective, placed, exact)
        )
    notes = []
    if unresolved:
        notes.append(
            f"{len(inside):,} round-trip times lie in the range and {MOST_SOLVES} were "
            "solved: steps between these are not listed; where the majority changes "
            "side was searched to the very step"
        )
    if solve.routes_count:
        notes.append(
            "links are priced or full, so slower paths count too: the cost may also "
            "step between the values listed"
        )
        stretches = [replace(stretch, exact=False) for stretch in stretches]
    return axis, Track(_merged(stretches), tuple(notes))


def _same(one: float, other: float) -> bool:
    if np.isinf(one) or np.isinf(other):
        return one == other
    return abs(one - other) <= SAME * max(1.0, abs(one))


def _refine(solve: _Solver, last: int, scope: Scope) -> set[int]:
    """Solve where the cost changes; give the steps after which some may be missed."""
    open_ = [(0, last)]
    unresolved = set()
    while open_:
        # The widest range first, so that a budget is spread evenly.
        open_.sort(key=lambda ends: ends[1] - ends[0])
        low, high = open_.pop()
        if high - low <= 1 or _same(solve(low)[0], solve(high)[0]):
            solve(low), solve(high)
            continue
        if len(solve.found) < MOST_SOLVES:
            middle = (low + high) // 2
            solve(middle)
            open_ += [(low, middle), (middle, high)]
            continue
        unresolved.add(_halve(solve, low, high, scope))
    return unresolved


def _halve(solve: _Solver, low: int, high: int, scope: Scope) -> int:
    """Halve on the side of the majority alone."""

    def side(number: int) -> bool | None:
        placed = solve(number)[1]
        return None if placed is None else bool(placed.share(scope) >= 0.5)

    first = low
    while high - low > 1 and side(low) != side(high):
        middle = (low + high) // 2
        low, high = (middle, high) if side(middle) == side(low) else (low, middle)
    return first


def _merged(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Join neighbours of equal cost: one placement serves both."""
    merged: list[Stretch] = []
    for stretch in stretches:
        if merged and _same(merged[-1].at_low, stretch.at_low):
            merged[-1] = replace(merged[-1], high=stretch.high)
        else:
            merged.append(stretch)
    return tuple(merged)
