"""From a plan and the name of an input to its break-even values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from siting.breakeven.follow import Follow
from siting.breakeven.parameter import Kind, find_parameter, refused
from siting.breakeven.pieces import find_pieces
from siting.breakeven.result import BreakEven, make_result
from siting.model.objective import Stage

if TYPE_CHECKING:
    from siting.plan import Plan


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
        ``power-price-gap``, ``latency-limit``, ``latency-limit.CLASS``, or a price or
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
