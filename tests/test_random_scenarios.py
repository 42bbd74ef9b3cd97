"""Random scenarios with every feature: the optimum is the reference program's.

``reference_lp`` writes the mathematics down once more, naively, and CBC solves it.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pipelines import reloaded, solved
from reference_lp import Reference, ReferenceInfeasible
from strategies import OBJECTIVES, scenarios

import siting

TOLERANCE = 1e-6
MEASURED = {"seconds", "scenario_sha256"}
# A counterexample is made small for those who wait for it, not where nobody does.
UNATTENDED = (Phase.explicit, Phase.generate)
PHASES = UNATTENDED if os.environ.get("CI") else tuple(Phase)


def least(reference: Reference, weights: dict[str, float]) -> tuple[float, float]:
    """Give the reference's optimum and what an objective may differ from it.

    A sum of large figures that cancel out is known no better than the figures are.
    """
    best = reference.solve(weights)
    return best, TOLERANCE * max(1.0, abs(best), reference.gross(weights))


def without_workloads(policy: dict[str, Any]) -> dict[str, Any]:
    """Give a policy without the limits that name a single workload."""
    return {
        key: [limit for limit in value if "workload" not in limit]
        if key in ("placement_min", "placement_max", "green_min")
        else value
        for key, value in policy.items()
    }


def drawn(check: Callable[..., None], part: int, count: int, **drawn_from: Any) -> None:
    """Try a check on so many random scenarios; each part draws others."""
    settled = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=PHASES,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    seed(part)(settled(given(**drawn_from)(check)))()


def compare_with_the_reference(
    tables: dict[str, Any], objective: tuple[str, ...]
) -> None:
    """Reach the reference's optimum in each stage, or find no plan in both.

    The bound in the manifest meets the optimum and the audit finds nothing. The limit
    that a stage leaves to later ones is taken from the plan: it is the plan's choice
    within the solver's tolerance.
    """
    scenario = siting.Scenario.from_tables(**tables)
    reference = Reference(scenario)
    try:
        plan = solved(scenario, objective=objective)
    except siting.Infeasible:
        with pytest.raises(ReferenceInfeasible):
            reference.solve({"cost": 1.0})
        return
    stages = plan.manifest["options"]["stages"]
    best = room = 0.0
    for stage, reached in zip(stages, plan.manifest["stages"], strict=True):
        best, room = least(reference, stage["weights"])
        assert abs(reached["value"] - best) <= room
        if reached["limit"] is not None:
            reference.keep(stage["weights"], reached["limit"])
    assert abs(plan.manifest["objective"] - best) <= room
    assert abs(plan.manifest["bound"] - best) <= room
    siting.audit(plan).raise_if_wrong()


@pytest.mark.parametrize("part", range(8))
def test_optimum_is_that_of_the_reference(part: int) -> None:
    """Tests it on 200 random scenarios in all."""
    drawn(
        compare_with_the_reference,
        part,
        25,
        tables=scenarios(),
        objective=st.sampled_from(OBJECTIVES),
    )


def compare_buckets_with_the_reference(tables: dict[str, Any]) -> None:
    """Reach the same optimum over buckets, as large scenarios are solved.

    Every workload is there three times, so that there is something to put together.
    """
    copies = [
        row | {"id": f"{row['id']}-{number}"}
        for row in tables["workloads"]
        for number in range(3)
    ]
    many = {key: rows for key, rows in tables.items() if key != "placement_costs"}
    many |= {"workloads": copies, "policy": without_workloads(tables["policy"])}
    scenario = siting.Scenario.from_tables(**many)
    reference = Reference(scenario)
    try:
        plan = solved(scenario, method="aggregated")
    except siting.Infeasible:
        with pytest.raises(ReferenceInfeasible):
            reference.solve({"cost": 1.0})
        return
    best, room = least(reference, {"cost": 1.0})
    assert abs(plan.cost_cny - best) <= room
    siting.audit(plan).raise_if_wrong()


@pytest.mark.parametrize("part", range(2))
def test_buckets_reach_the_same_optimum(part: int) -> None:
    """Tests it on 40 random scenarios in all."""
    drawn(compare_buckets_with_the_reference, part, 20, tables=scenarios())


def compare_after_saving(tables: dict[str, Any], objective: tuple[str, ...]) -> None:
    """Find the same plan, table by table, for a scenario saved and loaded."""
    scenario = siting.Scenario.from_tables(**tables)
    with tempfile.TemporaryDirectory() as folder:
        try:
            plan = solved(scenario, objective=objective)
        except siting.Infeasible:
            with pytest.raises(siting.Infeasible):
                reloaded(scenario, Path(folder), objective=objective)
            return
        again = reloaded(scenario, Path(folder), objective=objective)
    for name, table in plan.tables.items():
        assert table.equals(again.tables[name]), name
    for key in plan.manifest.keys() - MEASURED:
        assert plan.manifest[key] == again.manifest[key]


@pytest.mark.parametrize("part", range(2))
def test_saved_scenario_has_the_same_plan(part: int) -> None:
    """Tests it on 30 random scenarios in all."""
    drawn(
        compare_after_saving,
        part,
        15,
        tables=scenarios(),
        objective=st.sampled_from(OBJECTIVES),
    )
