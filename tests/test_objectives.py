"""Objectives: stages, slack, weights, ties, and what an unreadable one is told."""

from collections.abc import Callable
from typing import Any

import pytest
from pipelines import solved

import siting

Optimum = Callable[..., siting.Plan]

# 1 MW for 1,000 hours. Hub a: 100 CNY and 1 t a MWh, 11 ms away; hub b: 300 CNY, 0.1 t,
# 2 ms.
TABLES: dict[str, Any] = {
    "hubs": [
        {"id": "a", "it_capacity_mw": 10.0, "grid": "dirty", "green_share": 0.25},
        {"id": "b", "it_capacity_mw": 10.0, "grid": "clean", "green_share": 0.75},
    ],
    "tariffs": [
        {"hub": "a", "price_cny_per_mwh": 100.0},
        {"hub": "b", "price_cny_per_mwh": 300.0},
    ],
    "carbon_factors": [
        {"grid": "dirty", "location_kg_per_mwh": 1000.0, "residual_kg_per_mwh": 800.0},
        {"grid": "clean", "location_kg_per_mwh": 100.0},
    ],
    "rtt": [
        {"origin": "o", "hub": "a", "rtt_ms": 11.0},
        {"origin": "o", "hub": "b", "rtt_ms": 2.0},
    ],
    "workloads": [{"id": "w", "class": "batch", "origin": "o", "it_mw": 1.0}],
    "settings": {"hours_per_year": 1000.0},
}


def at_a(plan: siting.Plan) -> float:
    """Mean MW at hub a."""
    return float(plan.placement.query("hub == 'a'")["it_mw"].sum())


@pytest.mark.parametrize(
    ("objective", "value", "place"),
    [
        ("cost", 100_000.0, "a"),
        ("carbon-location", 100.0, "b"),
        # 0.75 · 1,000 · 0.8 t at hub a, 0.25 · 1,000 · 0.1 t at hub b
        ("carbon-market", 25.0, "b"),
        ("green", 250.0, "b"),
        ("latency", 2.0, "b"),
        ("cost=1+carbon-location=100", 200_000.0, "a"),
        ("cost=1+carbon-location=250", 325_000.0, "b"),
        ("cost=1e-3+latency=20", 320.0, "a"),
        ("cost=1e-3+latency=25", 350.0, "b"),
    ],
)
def test_first_stage(
    optimum: Optimum, objective: str, value: float, place: str
) -> None:
    """Proves: each metric and weighted sum has its own optimum in its own unit.

    Without it: every objective would end at the cheap hub a.
    """
    plan = optimum(**TABLES, objective=objective)
    assert plan.manifest["stages"][0]["value"] == pytest.approx(value)
    assert at_a(plan) == pytest.approx(1.0 if place == "a" else 0.0, abs=1e-5)


def test_weights_do_not_enter_the_ledger(optimum: Optimum) -> None:
    """Proves: a weight of carbon steers the plan, but is no cost of it.

    Without it: the ledger would show 325,000.
    """
    plan = optimum(**TABLES, objective="cost=1+carbon-location=250")
    assert plan.cost_cny == pytest.approx(300_000.0)
    assert plan.manifest["objective"] == pytest.approx(325_000.0)


@pytest.mark.parametrize("slack", ["10%", "0.1"])
def test_slack_of_a_stage(optimum: Optimum, slack: str) -> None:
    """Proves: later stages give up the stated share, no more.

    Least carbon is 100 t; 110 t allow 900 · a = 10, a = 1/90 MW at hub a. Without it:
    300,000 with no slack at all, 100,000 with any.
    """
    plan = optimum(**TABLES, objective=[f"carbon-location:{slack}", "cost"])
    assert at_a(plan) == pytest.approx(1 / 90)
    assert plan.cost_cny == pytest.approx(300_000.0 - 200_000.0 / 90)
    first, last = plan.manifest["stages"]
    assert first["value"] == pytest.approx(100.0)
    assert first["limit"] == pytest.approx(110.0)
    assert last["limit"] is None
    kept = plan.limits.query("kind == 'stage'")
    assert kept["used"].tolist() == pytest.approx([110.0])
    # A ton more moves 1/900 MW, worth 200,000 a MW.
    assert kept["worth"].tolist() == pytest.approx([200_000.0 / 900])


def test_three_stages(optimum: Optimum) -> None:
    """Proves: every earlier stage is kept, not the last one alone.

    Cost within 50 % of 100,000 allows 0.25 MW at hub b. Carbon is then 775 t; 10 %
    more is 852.5 t and needs 0.1639 MW at hub b. Least latency takes 0.25 MW there.
    Without it: latency would move everything to hub b.
    """
    plan = optimum(**TABLES, objective=["cost:50%", "carbon-location:10%", "latency"])
    assert at_a(plan) == pytest.approx(0.75)
    values = [stage["value"] for stage in plan.manifest["stages"]]
    assert values == pytest.approx([100_000.0, 775.0, 0.75 * 11 + 0.25 * 2])


def test_cost_comes_last_where_it_is_not_named(optimum: Optimum) -> None:
    """Proves: among plans of least latency the cheapest is taken.

    Hub c is as near as hub b and cheaper. Without it: any split over b and c would do.
    """
    tables = dict(TABLES)
    tables["hubs"] = [*TABLES["hubs"], {"id": "c", "it_capacity_mw": 0.5}]
    tables["tariffs"] = [*TABLES["tariffs"], {"hub": "c", "price_cny_per_mwh": 250.0}]
    tables["rtt"] = [*TABLES["rtt"], {"origin": "o", "hub": "c", "rtt_ms": 2.0}]
    plan = optimum(**tables, objective="latency")
    placed = plan.placement.set_index("hub")["it_mw"]
    assert placed[["b", "c"]].tolist() == pytest.approx([0.5, 0.5], abs=1e-5)


def test_unserved_is_least_before_carbon(optimum: Optimum) -> None:
    """Proves: least carbon does not mean serving nobody.

    Room for 0.4 MW at each hub: 0.2 MW stay unserved. Without it: all would.
    """
    tables = dict(TABLES)
    tables["hubs"] = [hub | {"it_capacity_mw": 0.4} for hub in TABLES["hubs"]]
    tables["settings"] = TABLES["settings"] | {"unserved_cny_per_mwh": 1000.0}
    plan = optimum(**tables, objective="carbon-location")
    assert plan.unserved["it_mw"].sum() == pytest.approx(0.2, abs=1e-5)
    assert list(plan.manifest["options"]["stages"][0]["weights"]) == ["unserved"]


@pytest.mark.parametrize("tie_break", ["latency", "none"])
def test_ties_are_broken_by_latency(optimum: Optimum, tie_break: str) -> None:
    """Proves: of two hubs at one price the nearer is taken, at no cost.

    Without it: the order of the table would decide.
    """
    tables = dict(TABLES)
    tables["tariffs"] = [
        row | {"price_cny_per_mwh": 100.0} for row in TABLES["tariffs"]
    ]
    tables["settings"] = TABLES["settings"] | {"tie_break": tie_break}
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(100_000.0)
    if tie_break == "latency":
        assert at_a(plan) == 0.0


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("costs", "unknown objective 'costs'"),
        ("cost=x", "'x' is not a weight of cost"),
        ("cost=0", "'0' is not a weight of cost"),
        ("cost:-1%", "'-1%' is not a slack"),
        ("cost:1%,latency", "'cost:1%,latency' is more than one stage"),
        ("cost:much", "'much' is not a slack"),
        ([], "the objective is empty"),
    ],
)
def test_unreadable_objectives(objective: Any, message: str) -> None:
    """An objective that cannot be read is an input error that says why."""
    with pytest.raises(siting.InputError, match=message):
        solved(siting.Scenario.from_tables(**TABLES), objective=objective)


def test_all_faults_of_an_objective_at_once() -> None:
    """Every fault of every stage is reported."""
    with pytest.raises(siting.InputError) as caught:
        solved(siting.Scenario.from_tables(**TABLES), objective=["costs", "green=-1"])
    assert len(caught.value.problems) == 2
