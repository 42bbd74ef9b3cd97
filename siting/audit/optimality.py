"""The objective of the last stage, its proven bound, and what the manifest says."""

import math
from typing import Any

import numpy as np

from siting.audit.bound import constants, set_prices, usable
from siting.audit.limits import Facts
from siting.audit.manifest import OPTIMAL
from siting.audit.multipliers import weights_of
from siting.audit.report import Findings
from siting.audit.workloads import workload_value
from siting.plan import Plan

ROUNDING = 1e-12


def check_optimality(
    plan: Plan, facts: Facts, findings: Findings
) -> tuple[float, float, float]:
    """Compute objective, bound and gap, and compare them with the manifest.

    Parameters
    ----------
    plan : Plan
    facts : Facts
    findings : Findings

    Returns
    -------
    tuple of float
        Objective, bound, gap.
    """
    objective = facts.stages[-1].value(facts.accounts.measures)
    bound = lagrangian_bound(facts)
    size = max(1.0, abs(objective))
    gap = (objective - bound) / size
    if -ROUNDING < gap < 0.0:
        gap = 0.0
    manifest = plan.manifest
    _number(manifest, "objective", objective, size, findings)
    stages: Any = manifest.get("stages")
    if isinstance(stages, list) and stages and isinstance(stages[-1], dict):
        last = {"value": stages[-1].get("value")}
        _number(last, "value", objective, size, findings, "stages")
    claimed = manifest.get("bound")
    if claimed is not None:
        said = float(claimed)
        if said > bound + findings.tolerance * size:
            fault = "The bound is above what the multipliers prove"
            findings.add("manifest.json", "", "bound", fault, said, bound)
        if said > objective + findings.tolerance * size:
            fault = "The bound is above the objective"
            findings.add("manifest.json", "", "bound", fault, said, objective)
        stated = manifest.get("objective")
        if isinstance(stated, int | float):
            implied = (stated - said) / max(1.0, abs(stated))
            _number(manifest, "gap", implied, 1.0, findings)
    elif plan.status == OPTIMAL:
        findings.add("manifest.json", "", "bound", "There is no bound")
    if plan.status == OPTIMAL and not abs(gap) <= findings.tolerance:
        fault = "The plan says optimal, but its multipliers do not prove it"
        findings.add("duals", "", "value", fault, bound, objective)
    return objective, bound, gap


def lagrangian_bound(facts: Facts) -> float:
    """Lower bound on the last stage's objective, over all admissible plans."""
    world, book, stages = facts.world, facts.book, facts.stages
    multipliers = usable(world, stages, facts.multipliers)
    weights = weights_of(world, stages, multipliers)
    if weights.cost < 0:
        # Every kind of room could be bought without end.
        return -math.inf
    fixed = constants(world, stages, multipliers)
    prices, settled = set_prices(world, book, weights, multipliers)
    return fixed + settled + workload_value(prices)


def _number(
    manifest: dict[str, Any],
    key: str,
    expected: float,
    size: float,
    findings: Findings,
    row: str = "",
) -> None:
    found = manifest.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool):
        findings.add("manifest.json", row, key, "There is no number")
        return
    findings.close(
        "manifest.json",
        [row],
        key,
        np.array([float(found)]),
        np.array([expected]),
        "Not what follows from the tables",
        size,
    )
