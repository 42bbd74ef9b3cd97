"""The audit of green limits of single workloads, which are told apart all at once."""

from typing import Any

import numpy as np
import pytest

from siting.audit import AuditReport, audit
from siting.plan import Plan
from siting.scenario import Scenario
from siting.solve import solve

SHARES = (0.0, 0.2, 0.3, 0.5)


def case(mode: str, manner: str, *, every_period: bool) -> Scenario:
    """Make forty workloads, alike but for their size and the green share they ask for.

    Of those that ask for one, every second asks for it in every period, or none does.
    """
    workloads = [
        {
            "id": f"w{number}",
            "class": "batch",
            "origin": "grey",
            "it_mw": 1.0 + 0.01 * number,
            "manner": manner,
            "green_share_min": SHARES[number % 4],
            "green_every_period": every_period and number % 2 == 0,
        }
        for number in range(40)
    ]
    tables: dict[str, Any] = {
        "hubs": [
            {"id": "green", "it_capacity_mw": 40, "grid": "g", "green_share": 0.8},
            {"id": "grey", "it_capacity_mw": 100, "grid": "g", "green_share": 0.1},
        ],
        "workloads": workloads,
        "periods": [{"id": "day", "hours": 5000}, {"id": "night", "hours": 3760}],
        "tariffs": [
            {"hub": "green", "price_cny_per_mwh": 500},
            {"hub": "grey", "price_cny_per_mwh": 300},
        ],
        "hub_periods": [{"hub": "green", "period": "night", "green_share": 0.6}],
        "carbon_factors": [
            {"grid": "g", "location_kg_per_mwh": 500, "residual_kg_per_mwh": 600}
        ],
    }
    if mode != "off":
        offer = {"id": "c", "grid": "g", "price_cny_per_mwh": 30.0, "max_mwh": 2e4}
        tables["certificates"] = [offer]
    return Scenario.from_tables(**tables, settings={"certificates": mode})


def changed(plan: Plan, **tables: Any) -> AuditReport:
    """Audit the plan with other tables."""
    parts = {"scenario": plan.scenario, "manifest": plan.manifest, **plan.tables}
    return audit(Plan(**(parts | tables)))


@pytest.mark.parametrize("every_period", [False, True])
@pytest.mark.parametrize("manner", ["pinned", "movable"])
@pytest.mark.parametrize("mode", ["off", "year", "period"])
def test_each_workload_counts_by_its_own_multipliers(
    mode: str, manner: str, every_period: bool
) -> None:
    """Tests that the bound meets the optimum, and falls without one multiplier.

    The optimum is the model's, written apart. Were workloads of one kind given each
    other's multipliers, the bound would lie below it.
    """
    plan = solve(case(mode, manner, every_period=every_period), baselines=False)
    report = audit(plan)
    assert report.ok, str(report)
    assert abs(report.gap) < 1e-9
    table = plan.duals
    of_one = (table["kind"] == "green") & (table["subject"] == "workload:w37")
    assert of_one.any()
    less = changed(plan, duals=table[~of_one].reset_index(drop=True))
    assert less.gap > 1e-4


def test_rows_of_single_limits_are_compared_each_with_its_own() -> None:
    """Tests that a figure, a row too many and one too few are found at their place."""
    plan = solve(case("period", "pinned", every_period=True), baselines=False)
    table = plan.limits
    own = np.flatnonzero(table["subject"] == "workload:w38")
    row = int(own[0])
    spoilt = table.copy()
    spoilt.loc[row, "used"] += 1.0
    at = {(f.row, f.column) for f in changed(plan, limits=spoilt).findings}
    period = table["period"][row]
    name = f"green/workload:w38//{period}"
    assert at == {(name, "used"), (name, "slack")}
    missing = table.drop(index=own).reset_index(drop=True)
    (finding,) = changed(plan, limits=missing).findings
    assert (finding.row, finding.message) == (
        "green/workload:w38",
        "The row is missing",
    )
    more = table.copy()
    more.loc[row, "subject"] = "workload:w40"
    words = {f.message for f in changed(plan, limits=more).findings}
    assert "There is no such limit" in words


@pytest.mark.parametrize("mode", ["year", "period"])
def test_no_owner_certifies_more_than_it_draws(mode: str) -> None:
    """Tests that certificates of one owner do not cover what another one draws."""
    plan = solve(case(mode, "pinned", every_period=False), baselines=False)
    table = plan.certificates
    first = table["owner"] == table["owner"].iloc[0]
    assert not first.all()
    # What all retire goes to one owner, which draws far less than that.
    moved = table.assign(owner=table["owner"].iloc[0])
    keys = ["certificate", "hub", "owner", "period"]
    moved = moved.groupby(keys, sort=False, as_index=False).sum()
    words = {f.message for f in changed(plan, certificates=moved).findings}
    assert "More is certified than the owner's energy that is not green" in words
