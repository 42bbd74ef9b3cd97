"""Staying put: the price of moving, the churn limit, and keeping things in place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import siting
from siting.units import annuity_factor
from tests.strategies import OBJECTIVES, scenarios

Policy = dict[str, Any]


@pytest.fixture(scope="module")
def china() -> siting.Scenario:
    """Give the shipped region."""
    return siting.load("china")


@pytest.fixture(scope="module")
def today(china: siting.Scenario) -> siting.Plan:
    """Give its baseline *today* as a plan."""
    return siting.baseline_plan(china, "today")


@pytest.fixture(scope="module")
def settled(china: siting.Scenario, today: siting.Plan) -> siting.Scenario:
    """Give the region with things running where they run today."""
    return china.with_current(today)


def replan(scenario: siting.Scenario, **policy: Any) -> siting.Plan:
    """Solve under a policy, and audit the plan."""
    plan = siting.solve(scenario.replace(policy=policy), baselines=False)
    siting.audit(plan).raise_if_wrong()
    return plan


def term(plan: siting.Plan, name: str) -> float:
    """Give a term of the ledger."""
    return float(plan.ledger.set_index("term").loc[name, "plan"])


def left_mw(plan: siting.Plan) -> float:
    """Mean MW that are not where ``current`` has them."""
    demand = plan.scenario.it_mw * np.array(
        [_mean_factor(plan.scenario, name) for name in plan.scenario.workloads.index]
    )
    current = plan.scenario.current.merge(
        plan.placement[["workload", "hub", "share"]],
        on=["workload", "hub"],
        how="left",
        suffixes=("", "_now"),
    )
    gone = (current["share"] - current["share_now"].fillna(0.0)).clip(lower=0.0)
    return float((gone * current["workload"].map(demand)).sum())


def _mean_factor(scenario: siting.Scenario, name: str) -> float:
    profile = scenario.workloads.loc[name, "profile"]
    rows = scenario.profiles[scenario.profiles["profile"] == profile]
    if not profile:
        return 1.0
    hours = scenario.periods["hours"]
    factor = rows.set_index("period")["factor"].reindex(hours.index)
    return float((factor * hours).sum() / hours.sum())


def test_without_a_price_the_plan_is_the_free_optimum(
    china: siting.Scenario, settled: siting.Scenario
) -> None:
    """Tests that ``current`` alone changes what is staged, and nothing else."""
    free = siting.solve(china, baselines=False)
    plan = replan(settled)
    assert plan.cost_cny == pytest.approx(free.cost_cny, rel=1e-3)
    assert term(plan, "moving") == 0.0
    bare = settled.replace(workloads=_without_datasets(settled))
    other = siting.solve(china.replace(workloads=_without_datasets(china)))
    same = siting.solve(bare, baselines=False)
    for name in ("placement", "routes", "duals"):
        pd.testing.assert_frame_equal(getattr(same, name), getattr(other, name))


def _without_datasets(scenario: siting.Scenario) -> pd.DataFrame:
    return scenario.workloads.assign(dataset_tb=0.0)


def test_a_price_above_any_saving_moves_nothing(
    settled: siting.Scenario, today: siting.Plan
) -> None:
    """Tests that everything stays where moving costs more than it can save."""
    plan = replan(settled, move_cny_per_mw=1e12)
    assert siting.compare(today, plan).moves.empty
    assert term(plan, "moving") == 0.0
    assert term(plan, "staging") == 0.0
    assert plan.cost_cny == pytest.approx(today.cost_cny - term(today, "staging"))


@pytest.mark.parametrize(
    "manner", [{"manner": "deferrable", "burst": 2.0}, {"manner": "movable"}]
)
def test_what_stays_is_not_staged_again(manner: dict[str, Any]) -> None:
    """Proves: nothing is staged where nothing moves, whatever power is reserved.

    1,000 GB at 1 a GB are staged once, then never. Without it: 1,000 again each year
    for the second MW that is reserved to burst, or to take turns.
    """
    row = {"id": "w", "class": "c", "origin": "o", "it_mw": 1.0, "dataset_tb": 1.0}
    scenario = siting.Scenario.from_tables(
        nodes=[{"id": "o"}, {"id": "m"}],
        hubs=[{"id": hub, "node": "m", "it_capacity_mw": 9.0} for hub in "hk"],
        periods=[{"id": "d", "hours": 4380.0}, {"id": "n", "hours": 4380.0}],
        tariffs=[
            {"hub": hub, "period": period, "price_cny_per_mwh": price}
            for hub, prices in (("h", (600.0, 300.0)), ("k", (350.0, 700.0)))
            for period, price in zip("dn", prices, strict=True)
        ],
        transfer_prices=[{"basis": "gb", "price_cny_per_gb": 1.0}],
        workloads=[row | manner],
    )
    plan = siting.solve(scenario, baselines=False)
    siting.audit(plan).raise_if_wrong()
    assert term(plan, "staging") == pytest.approx(1000.0)
    again = replan(scenario.with_current(plan))
    assert siting.compare(plan, again).moves.empty
    assert term(again, "staging") == pytest.approx(0.0, abs=1e-6)


def test_the_dearer_the_less_moves(settled: siting.Scenario) -> None:
    """Tests that moved MW fall and cost rises with the price, and the annuity."""
    prices = (0.0, 1e6, 4e6, 1e7, 2e7, 1e9)
    plans = [replan(settled, move_cny_per_mw=price) for price in prices]
    moved = [left_mw(plan) for plan in plans]
    costs = [plan.cost_cny for plan in plans]
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > moved[2] > moved[-1]
    assert costs == sorted(costs)
    yearly = annuity_factor(0.08, 5.0)
    for price, plan, mw in zip(prices, plans, moved, strict=True):
        assert term(plan, "moving") == pytest.approx(price * yearly * mw, abs=1.0)


def test_years_spread_the_price(settled: siting.Scenario) -> None:
    """Tests the life of a move: the same yearly price gives the same cost."""
    five = replan(settled, move_cny_per_mw=1e7)
    factor = annuity_factor(0.08, 5.0) / annuity_factor(0.08, 1.0)
    one = replan(settled, move_cny_per_mw=1e7 * factor, move_life_years=1.0)
    assert one.cost_cny == pytest.approx(five.cost_cny)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_the_churn_limit_is_kept(settled: siting.Scenario, share: float) -> None:
    """Tests that no more leaves than may, and what the limit is worth."""
    plan = replan(settled, churn_max_share=share)
    row = plan.limits[plan.limits["kind"] == "churn"].iloc[0]
    demand = row["limit"] / share if share else np.inf
    assert row["used"] == pytest.approx(left_mw(plan), abs=1e-6)
    assert left_mw(plan) <= share * demand + 1e-6 if share else left_mw(plan) < 1e-6
    assert (row["worth"] > 0) == (row["slack"] < 1e-6 and share < 1.0)
    if share == 0.3:
        step = 1e-4
        more = replan(settled, churn_max_share=share + step)
        gain = (plan.cost_cny - more.cost_cny) / (step * demand)
        assert gain == pytest.approx(row["worth"], rel=1e-3)


def test_a_closed_hub_has_to_be_left(settled: siting.Scenario) -> None:
    """Tests that what runs at a closed hub is moved, whatever it costs."""
    hubs = settled.current.groupby("hub")["share"].sum()
    hub = str(hubs.idxmax())
    plan = replan(settled, move_cny_per_mw=1e12, closed_hubs=[hub])
    assert hub not in set(plan.placement["hub"])
    moves = siting.compare(siting.baseline_plan(settled, "today"), plan).moves
    assert set(moves["from_hub"]) == {hub}
    with pytest.raises(siting.Infeasible):
        replan(settled, churn_max_share=0.0, closed_hubs=[hub])


def test_current_of_a_plan(china: siting.Scenario, today: siting.Plan) -> None:
    """Tests that names the scenario does not have are left out."""
    fewer = china.replace(workloads=china.workloads.iloc[5:])
    current = fewer.with_current(today).current
    assert set(current["workload"]) == set(fewer.workloads.index)
    again = siting.baseline_plan(china.with_current(today), "today")
    assert siting.compare(today, again).moves.empty


def test_saved_and_loaded(settled: siting.Scenario, tmp_path: Path) -> None:
    """Tests that the keys of the policy travel with the scenario."""
    policy = {"move_cny_per_mw": 5e5, "move_life_years": 3.0, "churn_max_share": 0.25}
    scenario = settled.replace(policy=policy)
    scenario.save(tmp_path / "scenario")
    found = siting.Scenario.load(tmp_path / "scenario").policy
    assert found == scenario.policy
    assert (found.move_cny_per_mw, found.churn_max_share) == (5e5, 0.25)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"move_cny_per_mw": -1.0}, "negative"),
        ({"move_life_years": 0.0}, "not above 0"),
        ({"churn_max_share": 30.0}, "give 0.3"),
    ],
)
def test_bad_policies(china: siting.Scenario, policy: Policy, words: str) -> None:
    """Tests what is refused, with its remedy."""
    with pytest.raises(siting.InputError, match=words):
        china.replace(policy=policy)


def test_a_key_without_effect_is_odd(china: siting.Scenario) -> None:
    """Tests the warning about a price of moving where nothing runs yet."""
    odd = china.replace(policy={"churn_max_share": 0.1})
    assert any("churn_max_share" in problem.message for problem in odd.warnings)
    assert not china.warnings


def test_buckets_do_not_know_where_things_run(settled: siting.Scenario) -> None:
    """Tests that the method over buckets is refused."""
    with pytest.raises(siting.InputError, match="current"):
        siting.solve(settled, method="aggregated", baselines=False)


@pytest.mark.parametrize("kind", ["stay", "churn"])
def test_the_proof_needs_its_multipliers(settled: siting.Scenario, kind: str) -> None:
    """Tests that the audit misses multipliers, and cuts those that are too large."""
    plan = replan(settled, move_cny_per_mw=2e6, churn_max_share=0.3)
    mine = plan.duals["kind"] == kind
    assert mine.any()
    report = siting.audit(replace(plan, duals=plan.duals[~mine]))
    assert not report.ok
    more = plan.duals.copy()
    more.loc[mine, "value"] *= 10.0
    assert siting.audit(replace(plan, duals=more)).bound <= plan.cost_cny * (1 + 1e-9)


def test_the_audit_sees_a_wrong_term(settled: siting.Scenario) -> None:
    """Tests that ``moving`` in the ledger is recomputed."""
    plan = replan(settled, move_cny_per_mw=2e6)
    ledger = plan.ledger.copy()
    ledger.loc[ledger["term"] == "moving", "plan"] *= 1.001
    assert not siting.audit(replace(plan, ledger=ledger)).ok


@st.composite
def stays(draw: Any) -> dict[str, Any]:
    """Draw a scenario with things running somewhere, admissible or not."""
    tables = draw(scenarios())
    hubs = [hub["id"] for hub in tables["hubs"]]
    rows = []
    for workload in tables["workloads"]:
        count = draw(st.integers(0, min(2, len(hubs))))
        places = st.lists(st.sampled_from(hubs), min_size=count, max_size=count)
        chosen = dict.fromkeys(draw(places))
        part = draw(st.sampled_from([1.0, 0.5])) / max(1, len(chosen))
        row = {"workload": workload["id"], "share": part}
        rows += [{**row, "hub": hub} for hub in chosen]
    if rows:
        tables["current"] = rows
    policy = dict(tables.get("policy") or {})
    policy["move_cny_per_mw"] = draw(st.sampled_from([0.0, 1e4, 1e6, 1e9]))
    if draw(st.booleans()):
        policy["churn_max_share"] = draw(st.sampled_from([0.0, 0.3, 0.8]))
    return tables | {"policy": policy}


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tables=stays(), objective=st.sampled_from(OBJECTIVES))
def test_random_scenarios(tables: dict[str, Any], objective: tuple[str, ...]) -> None:
    """Tests that the audit, which proves the optimum on its own, finds nothing."""
    scenario = siting.Scenario.from_tables(**tables)
    try:
        plan = siting.solve(scenario, objective=objective, baselines=False)
    except siting.Infeasible:
        return
    siting.audit(plan).raise_if_wrong()
    share = scenario.policy.churn_max_share
    if share is not None and len(scenario.current):
        row = plan.limits[plan.limits["kind"] == "churn"].iloc[0]
        assert row["used"] <= row["limit"] * (1 + 1e-6) + 1e-6


KEEP = [
    ({"placement_min": [{"workload": "batch-wuhan", "hub": "beijing", "share": 1.0}]}),
    ({"placement_min": [{"class": "training", "side": "east", "share": 0.5}]}),
    ({"placement_min": [{"origin": "wuhan-pop", "province": "HB", "share": 1.0}]}),
    ({"placement_max": [{"hub": "guian", "share": 0.05}]}),
    ({"closed_hubs": ["horinger", "guian"]}),
    ({"reserved_min": [{"hub": "shanghai", "mw": 50.0}]}),
]


@pytest.mark.parametrize("policy", KEEP, ids=[next(iter(p)) for p in KEEP])
def test_keeping_things_in_place(china: siting.Scenario, policy: Policy) -> None:
    """Tests every way of the page that is a policy."""
    plan = replan(china, **policy)
    placed, scenario = plan.placement, plan.scenario
    for limit in policy.get("placement_min", []):
        mine = placed
        for key, column in (("workload",) * 2, ("class",) * 2, ("origin",) * 2):
            mine = mine[mine[column] == limit[key]] if key in limit else mine
        hubs = scenario.hubs
        for key, column in (("hub", "id"), ("side",) * 2, ("province",) * 2):
            hubs = hubs[hubs[column] == limit[key]] if key in limit else hubs
        there = mine.loc[mine["hub"].isin(hubs.index), "it_mw"].sum()
        assert there >= limit["share"] * mine["it_mw"].sum() * (1 - 1e-9)
    if "closed_hubs" in policy:
        assert not set(policy["closed_hubs"]) & set(placed["hub"])
    if "placement_max" in policy:
        at = placed.loc[placed["hub"] == "guian", "it_mw"].sum()
        assert at <= 0.05 * placed["it_mw"].sum() * (1 + 1e-9)
    if "reserved_min" in policy:
        room = plan.hubs.set_index("hub")["room_mw"]
        assert room["shanghai"] >= 50.0 - 1e-9


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("allowed_hubs", ("shanghai",)),
        ("excluded_hubs", ("guian", "horinger", "zhongwei")),
        ("allowed_provinces", ("SH",)),
        ("allowed_sides", ("east",)),
    ],
)
def test_keeping_one_workload(
    china: siting.Scenario, column: str, value: tuple[str, ...]
) -> None:
    """Tests every way of the page that is a column of ``workloads``."""
    workloads = china.workloads.copy()
    workloads.at["training-shanghai", column] = value
    plan = siting.solve(china.replace(workloads=workloads), baselines=False)
    siting.audit(plan).raise_if_wrong()
    mine = plan.placement[plan.placement["workload"] == "training-shanghai"]
    hubs = plan.scenario.hubs.loc[mine["hub"]]
    field = {"allowed_provinces": "province", "allowed_sides": "side"}.get(column, "id")
    inside = hubs[field].isin(value)
    assert (~inside if column == "excluded_hubs" else inside).all()
