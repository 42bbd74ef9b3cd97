"""The break-even of a plan along one parameter."""

from collections.abc import Callable, Iterator

import numpy as np

from siting.baselines import AS_PLACED, GIVEN, placed_baseline
from siting.breakeven.axes import WEST, Axis, axis_of, is_linear, refused
from siting.breakeven.lines import Sample, envelope
from siting.breakeven.moves import Scope, scope_of
from siting.breakeven.priced import costs_of
from siting.breakeven.rates import rate_track
from siting.breakeven.result import BreakEven, curve_of, points_of
from siting.breakeven.steps import step_track
from siting.breakeven.stretches import (
    Track,
    linear_track,
    pieces_of,
    segments_along,
)
from siting.errors import Infeasible, one_of
from siting.explain import explain_infeasible
from siting.model.instance import Instance
from siting.optimise import Clock, NoPlanFits
from siting.plan import Plan
from siting.savings import NAMES
from siting.scenario import Scenario

SIDE, EAST_OPTIMAL = "side", "east_optimal"
TARGETS = (SIDE, *GIVEN, EAST_OPTIMAL)
EVEN = 1e-9


def break_even(
    plan: Plan | Scenario,
    parameter: str,
    *,
    workload: str | None = None,
    workload_class: str | None = None,
    low: float | None = None,
    high: float | None = None,
    target: str = SIDE,
) -> BreakEven:
    """Find where the cheapest plan changes as one parameter does.

    Parameters
    ----------
    plan : Plan or Scenario
        The scenario is solved anew at every value, for least cost.
    parameter : str
        ``transfer-price``, ``data-rate``, ``power-gap``, ``carbon-price``,
        ``latency-limit``, ``hosting``, ``west-capital`` or ``certificate-price``, as
        ``docs/break-even.md`` defines them.
    workload, workload_class : str, optional
        What must move for a point to be listed; everything, if not given. Data rate and
        latency limit are changed for these workloads alone.
    low, high : float, optional
        Range, in the parameter's unit.
    target : str
        ``side``: where most of the scope changes side; or a baseline (``today``,
        ``nearest``, ``east_nearest``, ``east_optimal``): where the plan stops being
        cheaper.

    Returns
    -------
    BreakEven

    Raises
    ------
    InputError
        For an unknown parameter, scope or target, or one that does not apply.
    Infeasible
        If no plan fits all limits.
    """
    scenario = plan.scenario if isinstance(plan, Plan) else plan
    scope = scope_of(scenario, workload, workload_class)
    if target not in TARGETS:
        raise refused(f"unknown target '{target}'", one_of(target, TARGETS))
    axis = axis_of(scenario, parameter, scope.mask).within(low, high)
    if target != SIDE and not is_linear(parameter):
        raise refused(
            f"{axis.label} is not compared with baselines",
            "Use target 'side', or a parameter that is a price.",
        )
    try:
        axis, track = _track(axis, parameter, scope)
    except NoPlanFits:
        why = explain_infeasible(Instance(scenario), Clock())
        raise Infeasible(why) from None
    points, moved = points_of(axis, track, scope)
    notes = [*track.notes]
    if isinstance(plan, Plan) and not _is_cost(plan):
        notes.append(
            "the plan was made for another objective; the break-even is of the "
            "cheapest plan"
        )
    if target == SIDE:
        flips = tuple(points.loc[points["changes_side"], "value"].tolist())
        sentence = _side_sentence(axis, track, scope, flips)
        if not (scenario.hubs["side"] == WEST).any():
            notes.append("no hub of this scenario is in the west, so nothing flips")
    else:
        flips, first = _against(axis, track, target)
        sentence = _baseline_sentence(axis, target, flips, first)
    return BreakEven(
        parameter=parameter,
        unit=axis.unit,
        base=axis.base,
        low=axis.low,
        high=axis.high,
        scope=scope.name,
        target=target,
        exact=track.exact,
        points=points,
        curve=curve_of(axis, track, scope),
        moves=moved,
        flips=flips,
        notes=tuple(notes),
        sentence=sentence,
        _axis=axis,
        _scope=scope,
        _track=track,
    )


def _is_cost(plan: Plan) -> bool:
    stages = plan.manifest.get("options", {}).get("stages", [])
    return not stages or [s.get("weights") for s in stages] == [{"cost": 1.0}]


def _track(axis: Axis, parameter: str, scope: Scope) -> tuple[Axis, Track]:
    if parameter == "latency-limit":
        return step_track(axis, scope)
    if parameter == "data-rate":
        return axis, rate_track(axis, scope)
    return axis, linear_track(axis)


def _against(axis: Axis, track: Track, target: str) -> tuple[tuple[float, ...], float]:
    """Find where the plan and a baseline cost the same.

    Returns
    -------
    values : tuple of float
    first : float
        What the plan saves at the lower end of the range.
    """
    nodes = {stretch.low for stretch in track.stretches} | {axis.high}
    lines = list(_baseline_lines(axis, target))
    nodes |= {low for low, _, _ in lines}
    at = sorted(nodes)
    saved = [_line(lines, v) - _optimum(track, v) for v in at]
    near = EVEN * max(abs(_optimum(track, v)) for v in at)
    flips = []
    for (left, before), (right, after) in zip(
        list(zip(at, saved, strict=True))[:-1],
        list(zip(at, saved, strict=True))[1:],
        strict=True,
    ):
        if (before > near) != (after > near):
            # From nothing to something the line starts at the node itself.
            part = before / (before - after) if before != after else 0.0
            flips.append(left + min(max(part, 0.0), 1.0) * (right - left))
    return tuple(flips), saved[0]


def _optimum(track: Track, value: float) -> float:
    for stretch in track.stretches:
        if stretch.low <= value <= stretch.high:
            return stretch.at(value)
    return track.stretches[-1].at(value)


def _line(lines: list[tuple[float, float, Sample]], value: float) -> float:
    for low, high, sample in lines:
        if low <= value <= high:
            return sample.at(value)
    return lines[0 if value < lines[0][0] else -1][2].at(value)


def _baseline_lines(axis: Axis, target: str) -> Iterator[tuple[float, float, Sample]]:
    """Pieces of a baseline's cost."""
    if target == EAST_OPTIMAL:
        for _, segment in segments_along(axis, eastern):
            yield segment.low, segment.high, segment.sample
        return
    for low, high in pieces_of(axis):
        solve = _given(axis, target, low, high)
        for segment in envelope(solve, low, high):
            yield segment.low, segment.high, segment.sample


def eastern(instance: Instance) -> Instance:
    """Keep eastern hubs alone, home sites left out, where a workload reaches any.

    Raises
    ------
    InputError
        If no hub is in the east.
    """
    hubs = instance.scenario.hubs
    east = ((hubs["side"] == "east") & (hubs["kind"] != "home")).to_numpy(bool)
    if not east.any():
        raise refused("no hub is in the east", "Use another target.")
    there = east[instance.pair_hub]
    has_east = np.zeros(len(instance.it_mw), dtype=bool)
    has_east[instance.pair_workload[there]] = True
    return instance.restricted(there | ~has_east[instance.pair_workload])


def _given(axis: Axis, name: str, low: float, high: float) -> Callable[[float], Sample]:
    """Give the cost of a baseline whose placement is given, as a line."""
    costs = costs_of(axis.instance)

    def solve(value: float) -> Sample:
        rows = axis.instance(value).relaxed(AS_PLACED)
        found = placed_baseline(rows, name, Clock())
        if found.result is None:
            why = "; ".join(found.notes) or "no placement of the kind exists"
            message = f"there is no baseline '{name}' here: {why}"
            raise refused(message, "Use another target.")
        decisions = found.result.decisions
        values, model = decisions.values, decisions.model
        slope = (costs(high, model) - costs(low, model)) / (high - low)
        objective = float(model.metrics["cost"] @ values)
        return Sample(value, objective, float(slope @ values), None)

    return solve


def _side_sentence(
    axis: Axis, track: Track, scope: Scope, flips: tuple[float, ...]
) -> str:
    shares = [stretch.share(scope) for stretch in track.stretches]
    exactly = "exactly" if track.exact else "as far as solved"
    span = f"between {axis.amount(axis.low)} and {axis.amount(axis.high)}"
    who = scope.name[0].upper() + scope.name[1:]
    if not flips:
        known = [share for share in shares if not np.isnan(share)]
        if not known:
            return f"{who}: no plan meets all limits {span}."
        where = "in the west" if known[0] >= 0.5 else "outside the west"
        low, high = 100 * min(known), 100 * max(known)
        return (
            f"{who} stays for the most part {where} {span} ({exactly}): its western "
            f"share runs from {low:.1f} % to {high:.1f} %."
        )
    parts = []
    for flip in flips:
        at = next(i for i, s in enumerate(track.stretches) if s.low == flip)
        verb = "goes west" if shares[at] >= 0.5 else "leaves the west"
        parts.append(
            f"{verb} for the most part at {axis.amount(flip)} (western share "
            f"{100 * shares[at - 1]:.1f} % below, {100 * shares[at]:.1f} % above)"
        )
    return f"{who} {', '.join(parts)}; looked at {span}, {exactly}.{_now(axis)}"


def _now(axis: Axis) -> str:
    if not np.isfinite(axis.base):
        return ""
    return f" The scenario has {axis.amount(axis.base)}."


def _baseline_sentence(
    axis: Axis, target: str, flips: tuple[float, ...], first: float
) -> str:
    name = NAMES[target]
    span = f"between {axis.amount(axis.low)} and {axis.amount(axis.high)}"
    if not flips:
        word = "cheaper than" if first > 0 else "no cheaper than"
        return f"The plan is {word} '{name}' all the way {span}.{_now(axis)}"
    cheaper, parts = first > 0, []
    for flip in flips:
        verb = "stops being" if cheaper else "begins to be"
        parts.append(f"{verb} cheaper than '{name}' at {axis.amount(flip)}")
        cheaper = not cheaper
    return f"The plan {', '.join(parts)}; looked at {span}.{_now(axis)}"
