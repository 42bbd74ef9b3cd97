"""Stages: they end at exactly the new placement, and no stage breaks a limit."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import siting
from siting.compare import replay
from siting.compare.replay import WrongStepError
from siting.compare.stages import Stages
from tests.strategies import scenarios

KEYS = ["workload", "hub", "share"]


def same(found: pd.DataFrame, plan: siting.Plan) -> bool:
    """Whether a replay ended at exactly a plan's shares."""
    wanted = plan.placement[KEYS].sort_values(KEYS[:2]).reset_index(drop=True)
    return len(found) == len(wanted) and all(
        (found[key].to_numpy() == wanted[key].to_numpy()).all() for key in KEYS
    )


def check(a: siting.Plan, b: siting.Plan, **options: Any) -> Stages:
    """Stage the moves, audit and replay them; give what was needed where stuck."""
    comparison = siting.compare(a, b)
    stages = comparison.stages(**options)
    comparison.audit(stages).raise_if_wrong()
    if stages.complete:
        assert stages.needed.empty
        assert same(replay(a, stages), b)
        return stages
    needed = stages.needed
    assert not needed.empty
    assert "It needs" in str(stages)
    given_mw = needed[needed["unit"] == "MW"].set_index("name")["amount"]
    given_gbps = needed[needed["unit"] == "Gbps"].set_index("name")["amount"]
    helped = comparison.stages(
        spare_mw=given_mw.to_dict(), spare_gbps=given_gbps.to_dict()
    )
    comparison.audit(helped).raise_if_wrong()
    assert helped.complete
    assert same(replay(a, helped), b)
    return stages


@pytest.fixture(scope="module")
def china() -> siting.Scenario:
    """Give the shipped region."""
    return siting.load("china")


@pytest.fixture(scope="module")
def optimum(china: siting.Scenario) -> siting.Plan:
    """Give its optimum."""
    return siting.solve(china, baselines=False)


@pytest.mark.parametrize("name", ["nearest", "today", "east_nearest"])
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_china(
    china: siting.Scenario, optimum: siting.Plan, name: str, back: bool
) -> None:
    """Tests the way from a baseline to the optimum, and back."""
    given_plan = siting.baseline_plan(china, name)
    pair = (optimum, given_plan) if back else (given_plan, optimum)
    stages = check(*pair)
    assert stages.complete
    assert 1 <= stages.count <= 20
    over = stages.hubs["peak_mw"] - stages.hubs["limit_mw"]
    assert over.max() <= 1e-6
    used = stages.links["running_gbps"] + stages.links["moving_gbps"]
    assert (used <= stages.links["limit_gbps"] * (1 + 1e-9)).all()


def test_little_bandwidth_takes_longer(
    china: siting.Scenario, optimum: siting.Plan
) -> None:
    """Tests that data keep to their part of what is left."""
    today = siting.baseline_plan(china, "today")
    fast = check(today, optimum)
    slow = check(today, optimum, link_share=0.01, hours_per_week=10.0)
    assert slow.complete
    assert slow.count > fast.count
    left = slow.links["limit_gbps"] - slow.links["running_gbps"]
    assert (slow.links["moving_gbps"] <= 0.01 * left * (1 + 1e-9)).all()


def swap(third_mw: float, **more: Any) -> tuple[siting.Plan, siting.Plan]:
    """Give two plans that swap two workloads between two full hubs."""
    nodes = [
        {"id": n, "latitude": 30.0, "longitude": x}
        for n, x in (("p", 100.0), ("q", 101.0), ("r", 102.0))
    ]
    rooms = {"p": 10.0, "q": 10.0, "r": third_mw}
    hubs = [{"id": n, "node": n, "it_capacity_mw": mw} for n, mw in rooms.items() if mw]
    workloads = [
        {
            "id": w,
            "class": "c",
            "origin": "p",
            "it_mw": 10.0,
            "dataset_tb": 100.0,
            "to_hub_gbps_per_mw": 0.1,
        }
        for w in ("one", "two")
    ]
    links = [
        {
            "id": "pq",
            "source": "p",
            "target": "q",
            "length_km": 100.0,
            "capacity_gbps": 10.0,
        },
        {
            "id": "qr",
            "source": "q",
            "target": "r",
            "length_km": 100.0,
            "capacity_gbps": 10.0,
        },
    ]
    tables: dict[str, Any] = {
        "hubs": hubs,
        "workloads": workloads,
        "nodes": nodes,
        "links": links,
        **more,
    }
    plans = []
    for first, second in (("p", "q"), ("q", "p")):
        costs = [
            {"workload": "one", "hub": first, "cny_per_mw_year": -1e3},
            {"workload": "two", "hub": second, "cny_per_mw_year": -1e3},
        ]
        scenario = siting.Scenario.from_tables(**tables, placement_costs=costs)
        plans.append(siting.solve(scenario, baselines=False))
    return plans[0], plans[1]


def test_full_hubs_wait_for_each_other() -> None:
    """Tests that a deadlock names the temporary room that ends it."""
    a, b = swap(0.0)
    stages = check(a, b)
    assert not stages.complete
    assert stages.count == 0
    assert replay(a, stages)["share"].tolist() == [1.0, 1.0]
    (row,) = stages.needed.to_dict("records")
    assert row["unit"] == "MW"
    assert row["amount"] == pytest.approx(10.0)
    helped = siting.compare(a, b).stages(spare_mw={row["name"]: 5.0})
    assert helped.complete, "half the room takes more weeks, no more"
    assert helped.count > 2


def test_spare_room_elsewhere_is_used() -> None:
    """Tests that a part goes by way of a third hub, and that its data move twice."""
    a, b = swap(6.0)
    stages = check(a, b)
    assert stages.complete
    assert {"move", "park"} == set(stages.table["kind"])
    assert stages.table["dataset_tb"].sum() > 200.0
    assert set(stages.table.loc[stages.table["kind"] == "park", "to_hub"]) == {"r"}


def test_a_link_without_room() -> None:
    """Tests that a full link is named with the Gbps that are missing."""
    links = [
        {"id": "pq", "source": "p", "target": "q", "capacity_gbps": 0.0},
        {"id": "qr", "source": "q", "target": "r", "capacity_gbps": 0.0},
    ]
    quiet = [
        {"id": w, "class": "c", "origin": "p", "it_mw": 10.0, "dataset_tb": 100.0}
        for w in ("one", "two")
    ]
    a, b = swap(20.0, links=links, workloads=quiet)
    stages = check(a, b)
    assert not stages.complete
    assert "pq" in set(stages.needed["name"])


def test_rounding_leaves_no_head_room() -> None:
    """Tests that a link is full though a sum of its traffic falls short by rounding.

    Eight times 0.1 Gbps are 0.7999999999999999 in floating point: 1e-16 of 0.8 Gbps
    would be left to move 100 TB, in 1e16 weeks.
    """
    busy = [
        {"id": f"w{i}", "class": "c", "origin": "p", "it_mw": 1.0, "allowed_hubs": "q"}
        | {"to_hub_gbps_per_mw": 0.1}
        for i in range(8)
    ]
    moved = {"id": "one", "class": "c", "origin": "p", "it_mw": 1.0}
    moved["dataset_tb"] = 100.0
    link = {"id": "pq", "source": "p", "target": "q", "length_km": 100.0}
    plans = []
    for cheap in ("p", "q"):
        scenario = siting.Scenario.from_tables(
            hubs=[{"id": n, "node": n, "it_capacity_mw": 20.0} for n in ("p", "q")],
            nodes=[{"id": "p"}, {"id": "q"}],
            links=[link | {"capacity_gbps": 0.8}],
            workloads=[*busy, moved],
            placement_costs=[
                {"workload": "one", "hub": cheap, "cny_per_mw_year": -1e3},
            ],
        )
        plans.append(siting.solve(scenario, baselines=False))
    assert 0.0 < 0.8 - plans[0].links["forward_peak_gbps"].iloc[0] < 1e-15
    comparison = siting.compare(*plans)
    assert comparison.moves["headroom_gbps"].tolist() == [0.0]
    assert comparison.moves["weeks"].tolist() == [float("inf")]
    assert comparison.audit().ok
    assert " inf " in comparison.summary()


def test_a_link_that_ends_up_full() -> None:
    """Tests that data make way for the traffic that comes with them."""
    links = [
        {"id": "pq", "source": "p", "target": "q", "capacity_gbps": 1.0},
        {"id": "qr", "source": "q", "target": "r", "capacity_gbps": 1.0},
    ]
    a, b = swap(20.0, links=links)
    assert not check(a, b).complete


def test_pooled_room() -> None:
    """Tests stages where room is what is drawn together."""
    a, b = swap(3.0, settings={"room": "pooled"})
    assert check(a, b).complete


def test_too_many_weeks() -> None:
    """Tests that the stages end where asked, and say so."""
    a, b = swap(0.0)
    stages = siting.compare(a, b).stages(spare_mw={"p": 0.5}, most_weeks=3)
    assert not stages.complete
    assert stages.count == 3
    assert "more stages than were allowed" in str(stages)


def changed(stages: Stages, column: str, value: float) -> Stages:
    """Give stages with one figure changed."""
    table = stages.table.copy()
    table.loc[0, column] = value
    return replace(stages, table=table)


@pytest.mark.parametrize(
    ("column", "value"),
    [("share", 0.5), ("from_share_after", 0.3), ("to_share_after", -0.1)],
)
def test_replay_refuses_a_wrong_step(column: str, value: float) -> None:
    """Tests that shares must follow from each other."""
    a, b = swap(6.0)
    comparison = siting.compare(a, b)
    wrong = changed(comparison.stages(), column, value)
    with pytest.raises(WrongStepError, match="stage 1"):
        replay(a, wrong)
    assert not comparison.audit(wrong).ok


def test_the_audit_sees_a_stage_that_takes_too_much(
    china: siting.Scenario, optimum: siting.Plan
) -> None:
    """Tests that all moves at once break room, and that lost steps are seen."""
    comparison = siting.compare(siting.baseline_plan(china, "nearest"), optimum)
    stages = comparison.stages()
    at_once = replace(stages, table=stages.table.assign(stage=1))
    assert any("More room" in str(f) for f in comparison.audit(at_once).findings)
    less = replace(stages, table=stages.table.iloc[:-1])
    assert not comparison.audit(less).ok


def test_the_audit_sees_too_much_data() -> None:
    """Tests that data beyond the bandwidth of the week are seen."""
    a, b = swap(6.0)
    comparison = siting.compare(a, b)
    stages = comparison.stages()
    table = stages.table.assign(dataset_tb=stages.table["dataset_tb"] * 1e4)
    report = comparison.audit(replace(stages, table=table))
    assert any("More bandwidth" in str(f) for f in report.findings)


RANDOM = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@RANDOM
@given(tables=scenarios())
def test_random_scenarios(tables: dict[str, Any]) -> None:
    """Tests the ways between the cheapest plan, the nearest one and the fastest."""
    scenario = siting.Scenario.from_tables(**tables)
    try:
        best = siting.solve(scenario, baselines=False)
    except siting.Infeasible:
        return
    others = [siting.solve(scenario, baselines=False, objective="latency")]
    for name in ("nearest", "today"):
        try:
            others.append(siting.baseline_plan(scenario, name))
        except siting.Infeasible:
            continue
    for other in others:
        check(best, other)
        check(other, best)


@RANDOM
@given(tables=scenarios(), grown=st.sampled_from([0.5, 1.5]), data=st.data())
def test_other_demand(
    tables: dict[str, Any], grown: float, data: st.DataObject
) -> None:
    """Tests plans of different scenarios: demand changes, workloads come and go."""
    plans = []
    lost = data.draw(st.integers(0, len(tables["workloads"]) - 1))
    rows = [dict(row) for row in tables["workloads"]]
    for row in rows:
        if "it_mw" in row:
            row["it_mw"] *= grown
    if lost:
        gone = rows.pop(0)["id"]
        for name in ("placement_costs", "current"):
            kept = [r for r in tables.get(name) or [] if r["workload"] != gone]
            tables = {k: v for k, v in tables.items() if k != name}
            tables |= {name: kept} if kept else {}
        if gone in str(tables.get("policy")):
            return
    for workloads in (tables["workloads"], rows):
        scenario = siting.Scenario.from_tables(**(tables | {"workloads": workloads}))
        try:
            plans.append(siting.solve(scenario, baselines=False))
        except siting.Infeasible:
            return
    check(plans[0], plans[1])
    check(plans[1], plans[0])
