"""Reasons of large plans: workloads alike and placed alike are gathered into crowds."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from agreement import multiplied
from pipelines import solved
from random_scenario import draw

import siting
from siting.reasons import gather, rebuild
from siting.reasons.rebuild import study
from siting.reasons.worth import worth
from siting.report.reasons import explained

HOURS = 8760.0
SAVED_CNY = 200.0 * HOURS
STEP_CNY = 0.05 * 3600.0 / 8.0 * HOURS


def of_eight(**more: Any) -> siting.Scenario:
    """Eight workloads of 1 MW of which the cheap hub has room for four.

    Each needs 0.05 Gbps more than the one before, at 1 CNY/GB.
    """
    workloads = [
        {"id": f"w{rate}", "class": "training", "origin": "n", "it_mw": 1.0}
        | {"to_hub_gbps_per_mw": 0.05 * rate}
        for rate in range(1, 9)
    ]
    tables: dict[str, Any] = {
        "hubs": [
            {"id": "near", "node": "n", "side": "east", "it_capacity_mw": 20.0},
            {"id": "cheap", "node": "m", "side": "west", "it_capacity_mw": 4.0},
        ],
        "workloads": workloads,
        "tariffs": [
            {"hub": "near", "price_cny_per_mwh": 500.0},
            {"hub": "cheap", "price_cny_per_mwh": 300.0},
        ],
        "links": [{"source": "n", "target": "m", "length_km": 800.0}],
        "transfer_prices": [{"basis": "b", "price_cny_per_gb": 1.0}],
    }
    return siting.Scenario.from_tables(**{**tables, **more})


def audited(scenario: siting.Scenario, **options: Any) -> siting.Plan:
    """Solve and audit."""
    plan = solved(scenario, **options)
    siting.audit(plan).raise_if_wrong()
    return plan


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gather the workloads of small plans as well."""
    monkeypatch.setattr(gather, "LEAST_GATHERED", 2)


def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gather nothing from here on."""
    monkeypatch.setattr(gather, "LEAST_GATHERED", 10**9)
    rebuild._STUDIES.clear()


@pytest.mark.usefixtures("few")
def test_the_next_mw_is_that_of_the_next_workload() -> None:
    """One more MW of room is for w5, one less is missed by w4.

    By the means of those that run here and there it would be worth what w6.5 and w2.5
    save: where a crowd is full to the brim, only its extremes tell.
    """
    plan = audited(of_eight())
    found = plan.worth("room").set_index("subject").loc["cheap"]
    assert found["worth"] == pytest.approx(SAVED_CNY - 5 * STEP_CNY)
    assert found["worth_of_less"] == pytest.approx(SAVED_CNY - 4 * STEP_CNY)
    assert (found["from"], found["to"]) == pytest.approx((3.0, 5.0))
    assert sorted(study(plan).placed.size) == [1, 1, 1, 1, 2, 2]


@pytest.mark.usefixtures("few")
def test_a_workload_asked_about_stands_alone() -> None:
    """Tests that w3 is forced out at its own rate, not at the mean of w2 and w3."""
    plan = audited(of_eight())
    found = plan.why_not("w3", "near")
    # In its place w5 comes in.
    assert found.per_mw == pytest.approx(2 * STEP_CNY)
    assert found.holds_to_mw == pytest.approx(1.0)
    table = plan.why("w3").table.set_index("hub")
    assert table["share"]["cheap"] == pytest.approx(1.0)
    assert "w3" in plan.why("w3").text


@pytest.mark.usefixtures("few")
def test_every_workload_has_its_rows() -> None:
    """Tables name all workloads; those of a crowd have the figures of its mean."""
    plan = audited(of_eight())
    table = plan.why_not()
    pairs = [(f"w{i}", hub) for i in range(1, 9) for hub in ("near", "cheap")]
    assert list(zip(table["workload"], table["hub"], strict=True)) == pairs
    chosen = table[table["reason"] == "chosen"].set_index("workload")["hub"]
    placed = plan.placement.set_index("workload")["hub"]
    assert chosen.to_dict() == placed.to_dict()
    dear = table[table["hub"] == "cheap"].set_index("workload")["too_dear"]
    assert dear["w6"] == dear["w7"] > dear["w5"]
    only = plan.why_not(hub="cheap")
    pd.testing.assert_frame_equal(
        only, table[table["hub"] == "cheap"].reset_index(drop=True)
    )
    classes = plan.why_not(by="class").set_index("hub")
    assert set(classes["reason"]) == {"chosen"}
    assert classes["part"].to_dict() == {"near": 0.5, "cheap": 0.5}


@pytest.mark.usefixtures("few")
def test_exact_rates_are_found_once_for_a_crowd() -> None:
    """Tests that tables with exact rates name each workload with that of its crowd."""
    plan = audited(of_eight())
    table = plan.why_not(hub="cheap", exact=True).set_index("workload")["too_dear"]
    kwh = 1000.0 * HOURS
    # Forced in, each drives w4 out.
    steps = {"w5": 1.0, "w6": 2.5, "w7": 2.5, "w8": 4.0}
    for name, more in steps.items():
        assert table[name] * kwh == pytest.approx(more * STEP_CNY)


@pytest.mark.usefixtures("few")
def test_values_of_a_crowd_are_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that they move as much as those of its members together."""
    plan = audited(of_eight())
    together = plan.decided_by()
    mine = together[together["table"] == "workloads"]
    two = mine[mine["key"] == "w2 and 1 alike"]
    assert two["value"].isna().all()
    assert set(two["column"]) == {"it_mw", "to_hub_gbps_per_mw"}
    whole(monkeypatch)
    single = plan.decided_by()
    keys = ["table", "column"]
    sums = [found.groupby(keys)["per_percent"].sum() for found in (together, single)]
    pd.testing.assert_series_equal(*sums)


@pytest.mark.usefixtures("few")
def test_what_is_told_apart_is_not_gathered() -> None:
    """Statements, moves and policy limits that name a workload keep it apart."""
    sources = [
        {"table": "workloads", "key": "w2", "column": "it_mw", "grade": "A"},
        {"table": "workloads", "key": "*", "column": "it_mw", "grade": "C"},
    ]
    current = [{"workload": "w7", "hub": "near", "share": 1.0}]
    policy = {"move_cny_per_mw": 1.0, "move_life_years": 1.0}
    scenario = of_eight(sources=sources, current=current, policy=policy)
    placed = study(audited(scenario)).placed
    alone = {1: "w2", 6: "w7"}
    assert {place: name for place, name in alone.items() if placed.is_apart(place)} == (
        alone
    )
    limit = {"workload": "w3", "hub": "near", "share": 0.25}
    named = study(audited(of_eight(policy={"placement_min": [limit]}))).placed
    assert named.is_apart(2)


@pytest.mark.usefixtures("few")
def test_limits_of_a_crowd_say_so() -> None:
    """Tests that a green share of each is one limit, named after the first of them."""
    rows = [
        {"id": f"w{i}", "class": "c", "origin": "n", "it_mw": 1.0}
        | {"green_share_min": 0.5}
        for i in range(5)
    ]
    hubs = [
        {"id": "near", "node": "n", "it_capacity_mw": 9.0, "green_share": 0.4},
        {"id": "green", "node": "m", "it_capacity_mw": 9.0, "green_share": 1.0},
    ]
    prices = [
        {"hub": "near", "price_cny_per_mwh": 300.0},
        {"hub": "green", "price_cny_per_mwh": 360.0},
    ]
    scenario = of_eight(workloads=rows, hubs=hubs, tariffs=prices)
    plan = audited(scenario)
    (found,) = plan.worth("green").to_dict("records")
    assert found["subject"] == "workload:w0 and 4 alike"
    # A MWh more of green power moves a MWh / 0.6 to the hub 60 CNY dearer.
    assert found["worth"] == pytest.approx(100.0)
    assert "w0 and 4 alike" in found["text"]
    served = plan.worth("unserved").to_dict("records")
    assert [row["subject"] for row in served] == ["w0 and 4 alike"]
    assert "w0 and 4 alike" in served[0]["text"]


@pytest.mark.parametrize("seed", [2, 4, 10, 11, 16, 19, 20, 21, 22, 27, 31, 33])
def test_crowds_give_the_reasons_of_all_workloads(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What limits are worth, and exact rates, are those of the whole program."""
    scenario, objective = draw(seed)
    try:
        plan = audited(multiplied(scenario, seed), objective=objective)
    except siting.Infeasible:
        pytest.skip("no plan fits the limits")
    kinds = set(plan.limits["kind"])
    asked = [
        (str(name), str(hub))
        for name in plan.scenario.workloads.index[::7]
        for hub in plan.scenario.hubs.index
    ]
    monkeypatch.setattr(gather, "LEAST_GATHERED", 2)
    some = worth(plan, kinds).set_index(["kind", "subject"])
    gathers = study(plan).placed.gathers
    rates = [plan.why_not(*pair) for pair in asked]
    whole(monkeypatch)
    every = worth(plan, kinds).set_index(["kind", "subject"])
    # Those of single workloads have other names.
    both = some.index.intersection(every.index)
    assert len(both)
    assert gathers
    size = abs(plan.manifest["objective"])
    for name in ("worth", "worth_of_less"):
        scale = size / every.loc[both, "limit"].abs().clip(lower=1.0)
        np.testing.assert_allclose(
            some.loc[both, name] / scale, every.loc[both, name] / scale, atol=1e-7
        )
    for pair, found in zip(asked, rates, strict=True):
        known = plan.why_not(*pair)
        atol = 1e-7 * size
        np.testing.assert_allclose(found.per_mw, known.per_mw, rtol=1e-6, atol=atol)


def test_large_plans_are_explained(tmp_path: Path) -> None:
    """A thousand workloads and more are reported on with their reasons."""
    count = 1200
    random = np.random.default_rng(1)
    workloads = pd.DataFrame(
        {
            "id": [f"w{i}" for i in range(count)],
            "class": random.choice(["training", "batch"], count),
            "origin": "n",
            "it_mw": random.lognormal(0.0, 1.0, count),
            "to_hub_gbps_per_mw": random.lognormal(-2.0, 1.0, count),
        }
    )
    hubs = [
        {"id": "near", "node": "n", "side": "east", "it_capacity_mw": 9000.0},
        {"id": "cheap", "node": "m", "side": "west", "it_capacity_mw": 500.0},
    ]
    plan = audited(of_eight(workloads=workloads, hubs=hubs))
    assert explained(plan)
    held = study(plan)
    assert len(held.placed.size) < 20
    assert held.outcome.objective == pytest.approx(plan.cost_cny, rel=1e-6)
    page = tmp_path / "report.html"
    plan.report(page)
    assert "Inputs on which most hangs" in page.read_text(encoding="utf-8")
    assert plan.worth("room").set_index("subject")["worth"]["cheap"] > 0


def test_a_program_out_of_reach_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that it is not begun, and what is said instead."""
    plan = audited(of_eight())
    monkeypatch.setattr(rebuild, "MOST_COLUMNS", 1)
    with pytest.raises(siting.InputError, match="16 columns are too many") as caught:
        plan.why_not(by="class")
    assert "table limits" in caught.value.problems[0].remedy
