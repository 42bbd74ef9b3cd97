"""From a plan and the name of an input to its break-even values."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.breakeven.follow import Follow
from siting.breakeven.parameter import Kind, find_parameter, refused
from siting.breakeven.pieces import HALF, TOLERANCE, find_pieces, west_share
from siting.breakeven.result import BreakEven, make_result
from siting.model.objective import Stage
from siting.sweep.walk import Corner, Walk

if TYPE_CHECKING:
    from siting.plan import Plan
    from siting.scenario import Scenario


def break_even(
    plan: "Plan",
    parameter: str,
    low: float | None = None,
    high: float | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> BreakEven:
    """Find the values of an input at which workloads, classes or the plan change side.

    Parameters
    ----------
    plan : Plan
    parameter : str
        ``power-price-gap``, ``rtt-limit``, ``rtt-limit.CLASS``, or a price or
        data rate as a sweep names it: ``transfer-price``, ``carbon-price``,
        ``data-rate.training``, ``power-price.west``, ...
    low, high : float, optional
        The range, in the parameter's unit.
    progress : callable, optional
        Told how far it is.

    Returns
    -------
    BreakEven

    Raises
    ------
    InputError
        For an unknown parameter, an impossible range, or a plan in whose objective
        money does not come last.
    """
    found = find_parameter(plan.scenario, parameter, low, high)
    stages = stages_of(plan)
    if found.kind is Kind.PRICE:
        _check_money(stages, found.name)
    follow = Follow(plan.scenario, found, stages)
    pieces, exact = find_pieces(follow, progress or (lambda _: None))
    return make_result(found, pieces, exact=exact)


def stages_of(plan: "Plan") -> list[Stage]:
    """Give the objective of a plan."""
    listed: list[dict[str, Any]] = plan.manifest["options"]["stages"]
    return [Stage(stage["weights"], stage["slack"]) for stage in listed]


def _check_money(stages: list[Stage], name: str) -> None:
    if "cost" not in stages[-1].weights:
        message = "the plan's objective does not count money"
        raise refused(name, message, "Solve with --objective cost.")
    if any("cost" in stage.weights for stage in stages[:-1]):
        message = "the plan counts money before its last objective"
        raise refused(name, message, "Solve with cost as the last objective.")


def class_flips(
    scenario: "Scenario",
    parameter: str,
    workloads: np.ndarray,
    low: float | None = None,
    high: float | None = None,
) -> tuple[float, ...]:
    """Find where most of some workloads changes side, as a price moves; cost is least.

    Only what lies between plans of different sides is looked into: of two flips with
    the same side before and after, none is found.

    Parameters
    ----------
    scenario : Scenario
    parameter : str
        A price.
    workloads : ndarray of bool
    low, high : float, optional
    """
    found = find_parameter(scenario, parameter, low, high)
    follow = Follow(scenario, found, [Stage({"cost": 1.0})])

    def western(corner: Corner) -> bool:
        return west_share(corner.decisions, workloads) >= HALF

    def differ(one: Corner, other: Corner) -> bool:
        return western(one) != western(other)

    walk = Walk(follow.corner, TOLERANCE)
    walk.run(follow.corner(0.0), follow.corner(found.high - found.low), wanted=differ)
    return tuple(
        found.low + (b.first - a.first) / (a.second - b.second)
        for a, b in itertools.pairwise(walk.corners())
        if differ(a, b)
    )
