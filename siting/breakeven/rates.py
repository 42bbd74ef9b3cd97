"""The data rate: a price as long as no bandwidth binds, searched for where it does.

With bandwidth to spare, traffic at a multiple of the rate is traffic at the rate on
dearer paths, so the optimum is exact as under a price. A placement found so holds where
its traffic fits at the upper end of its stretch, for less traffic fits as well. From
the first stretch that does not fit on, the optimum is sampled, and a change of side is
bracketed and halved.
"""

from dataclasses import replace

import numpy as np

from siting.breakeven.axes import Axis
from siting.breakeven.lines import Segment, envelope
from siting.breakeven.moves import Placed, Scope
from siting.breakeven.priced import COST, Fix, Priced, costs_of
from siting.breakeven.stretches import Of, Stretch, Track
from siting.model.build import Model
from siting.model.instance import MOVABLE, Instance
from siting.model.objective import Stage
from siting.optimise import NoPlanFits, optimise

SAMPLES = 24
NARROW = 1e-9
SLACK = 1e-7
STAGES = [Stage(COST)]


def rate_track(axis: Axis, scope: Scope) -> Track:
    """Find the stretches of the data rate of the workloads in scope."""
    exact: list[Stretch] = []
    start = axis.low
    if scope.whole or not route_has_price(axis.instance(axis.high)):
        exact = _as_price(axis)
        start = exact[-1].high if exact else axis.low
    if exact and start >= axis.high:
        return Track(tuple(exact))
    sampled = _sampled(axis, scope, start)
    note = (
        f"exact up to {axis.amount(start)}; beyond, links or hub bandwidth fill up "
        if exact
        else "links fill up or their price hangs on other traffic: "
    )
    note += (
        f"and {SAMPLES} values were solved; a change of side between two of them is "
        "found to 1e-9, a pair of changes may be missed"
    )
    return Track((*exact, *sampled), (note,))


def route_has_price(instance: Instance) -> bool:
    """Whether the price of traffic depends on its path."""
    if not len(instance.scenario.links):
        return False
    toll = bool((instance.toll_cny_per_gbps_year > 0).any())
    return toll or bool((instance.tariff.link_cny_per_gbps_year > 0).any())


def _as_price(axis: Axis) -> list[Stretch]:
    """Stretches of the optimum without limits of bandwidth, as far as they keep them.

    The traffic columns stand for traffic at the scenario's own rate.
    """
    try:
        priced = priced_rate(axis)
    except NoPlanFits:
        return []
    stretches: list[Stretch] = []
    for segment in envelope(priced.solve, priced.low, priced.high):
        stretch = _kept(axis, priced, segment)
        if stretch is None:
            break
        stretches.append(stretch)
    return stretches


def priced_rate(axis: Axis, of: Of | None = None, fix: Fix | None = None) -> Priced:
    """Give the optimum along a data rate, without limits of bandwidth.

    Parameters
    ----------
    axis : Axis
    of : callable, optional
        What is kept of the scenario's pairs.
    fix : callable, optional
        Changes bounds of the program.
    """
    unit = axis.instance(1.0)
    free = unit.relaxed(replace(unit.limits, links=False, bandwidth=False))
    ledger = costs_of(axis.instance)

    def costs(value: float, model: Model) -> np.ndarray:
        cost = ledger(value, model)
        for kind in ("flow", "lit"):
            if kind in model.program.columns:
                cost[model.program.columns[kind].slice] *= value
        return cost

    low = max(axis.low, axis.least)
    return Priced(of(free) if of else free, costs, low, axis.high, fix=fix)


def _kept(axis: Axis, priced: Priced, segment: Segment) -> Stretch | None:
    """Give a segment as a stretch if its placement fits up to its end."""
    mean = priced.placement(segment.sample)
    at_end = segment.sample.at(segment.high)
    held = axis.instance(segment.high)
    keep = mean > 0
    fixed = held.restricted(keep)
    shares = _shares(priced.instance, mean)[keep]
    try:
        result = optimise(fixed, STAGES, fix=lambda model: _with_least(model, shares))
    except NoPlanFits:
        return None
    if result.outcome.objective > at_end + SLACK * max(1.0, abs(at_end)):
        return None
    low = axis.low if segment.low == axis.least else segment.low
    placed = Placed(priced.instance, mean)
    return Stretch(low, segment.high, segment.sample.at(low), at_end, placed)


def _shares(instance: Instance, mean: np.ndarray) -> np.ndarray:
    demand = instance.mean_mw[instance.pair_workload]
    return np.divide(mean, demand, out=np.zeros(len(mean)), where=demand > 0)


def _with_least(model: Model, share: np.ndarray) -> Model:
    """Hold the shares of pinned and deferrable workloads, up to rounding."""
    block = model.program.columns["share"]
    pair = block.keys["pair"]
    whole = model.instance.manner[model.instance.pair_workload[pair]] != MOVABLE
    lower = model.program.lower.copy()
    upper = model.program.upper.copy()
    at = block.positions[whole]
    lower[at] = np.maximum(share[pair[whole]] - NARROW, 0.0)
    upper[at] = share[pair[whole]] + NARROW
    return replace(model, program=replace(model.program, lower=lower, upper=upper))


def _solved(axis: Axis, value: float) -> tuple[float, Placed | None]:
    try:
        result = optimise(axis.instance(value), STAGES, tie_break=True)
    except NoPlanFits:
        return np.inf, None
    decisions = result.decisions
    return result.outcome.objective, Placed(decisions.model.instance, decisions.mean_mw)


def _side(placed: Placed | None, scope: Scope) -> bool | None:
    return None if placed is None else bool(placed.share(scope) >= 0.5)


def _sampled(axis: Axis, scope: Scope, start: float) -> list[Stretch]:
    """Solve at values spread over a range, and halve where the side changes."""
    first = max(start, axis.least)
    values = np.geomspace(first, axis.high, SAMPLES).tolist()
    values = [start, *values[1:-1], axis.high]
    found = [(value, *_solved(axis, value)) for value in values]
    stretches = []
    for (low, at_low, before), (high, at_high, after) in zip(
        found[:-1], found[1:], strict=True
    ):
        if _side(before, scope) == _side(after, scope):
            stretches.append(Stretch(low, high, at_low, at_high, before, exact=False))
            continue
        left, right = (low, at_low, before), (high, at_high, after)
        while right[0] - left[0] > NARROW * abs(right[0]):
            value = 0.5 * (left[0] + right[0])
            middle = (value, *_solved(axis, value))
            if _side(middle[2], scope) == _side(before, scope):
                left = middle
            else:
                right = middle
        stretches += [
            Stretch(low, right[0], at_low, left[1], left[2], exact=False),
            Stretch(right[0], high, right[1], at_high, right[2], exact=False),
        ]
    return stretches
