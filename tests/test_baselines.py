"""What a plan is compared with, on cases worked out by hand."""

from math import inf
from typing import Any

import pytest
from agreement import multiplied
from random_scenario import draw

import siting
from siting.savings import baseline_notes

PLACES = {"home": 0.0, "west": 80.0, "near": 100.0, "far": 500.0}
PRICES = {"home": 400.0, "west": 100.0, "near": 300.0, "far": 200.0}


def tables(**changes: Any) -> dict[str, Any]:
    """3 MW at node ``o`` for 1,000 h: a home site, one western and two eastern hubs.

    The western hub is nearest and cheapest, for 1 MW; the near eastern one has room
    for 2.
    """
    room = {"home": inf, "west": 1.0, "near": 2.0, "far": inf} | changes.pop("room", {})
    hubs = [
        {
            "id": name,
            "node": "o" if name == "home" else name,
            "side": "west" if name == "west" else "east",
            "kind": "home" if name == "home" else "",
            "it_capacity_mw": room[name],
        }
        for name in PLACES
    ]
    return {
        "hubs": hubs,
        "nodes": [{"id": name} for name in ("o", "west", "near", "far")],
        "links": [
            {"source": "o", "target": name, "length_km": km}
            for name, km in PLACES.items()
            if km
        ],
        "tariffs": [
            {"hub": name, "price_cny_per_mwh": price} for name, price in PRICES.items()
        ],
        "workloads": [{"id": "w", "class": "batch", "origin": "o", "it_mw": 3.0}],
        "settings": {"hours_per_year": 1000.0},
    } | changes


def compared(**changes: Any) -> siting.Plan:
    """Solve with baselines and audit."""
    plan = siting.solve(siting.Scenario.from_tables(**tables(**changes)))
    siting.audit(plan).raise_if_wrong()
    return plan


def totals(plan: siting.Plan) -> dict[str, float]:
    """Total of each plan in thousands of CNY."""
    row = plan.ledger.set_index("term").loc["total"]
    return (row / 1000.0).to_dict()


def test_every_baseline() -> None:
    """Each rule places the work as it says, and is costed in the same ledger.

    Plan: 1 MW west, 2 far (100 + 400). Today: at the home site (1,200). Nearest: 1
    west, 2 near (100 + 600). East nearest: 2 near, 1 far (600 + 200). East optimal: 3
    far (600). Upper bound: 3 west without limits (300).
    """
    plan = compared()
    assert totals(plan) == pytest.approx(
        {
            "plan": 500.0,
            "today": 1200.0,
            "nearest": 700.0,
            "east_nearest": 800.0,
            "east_optimal": 600.0,
            "upper_bound": 300.0,
        }
    )
    west = plan.baselines.set_index("measure").loc["west_share"]
    names = ["plan", "today", "nearest", "east_nearest", "upper_bound"]
    assert west[names].tolist() == pytest.approx([1 / 3, 0.0, 1 / 3, 0.0, 1.0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"current": [{"workload": "w", "hub": "far", "share": 1.0}]}, 600.0),
        (
            {
                "current": [
                    {"workload": "w", "hub": "far", "share": 0.5},
                    {"workload": "w", "hub": "near", "share": 0.5},
                ]
            },
            750.0,
        ),
    ],
)
def test_today_is_where_things_run(changes: dict[str, Any], expected: float) -> None:
    """The table ``current`` goes before the home site."""
    assert totals(compared(**changes))["today"] == pytest.approx(expected)


def test_today_at_the_named_home() -> None:
    """``home_hub`` goes before the home site at the origin."""
    work = tables()["workloads"][0] | {"home_hub": "far"}
    assert totals(compared(workloads=[work]))["today"] == pytest.approx(600.0)


def test_today_without_home_is_the_nearest() -> None:
    """Without any home the work is at the nearest hub with room."""
    plan = compared(
        hubs=[hub for hub in tables()["hubs"] if hub["id"] != "home"],
        tariffs=[row for row in tables()["tariffs"] if row["hub"] != "home"],
    )
    assert totals(plan)["today"] == pytest.approx(700.0)


def test_strictest_limit_first_then_the_larger() -> None:
    """The workload with the strictest limit takes the nearest room.

    ``tight`` (1 MW, 3 ms) takes the western hub though ``large`` (2 MW) stands before
    it; of the two without a limit the larger takes the near hub and ``small`` the far
    one: 100 + 600 + 200.
    """
    work = [
        {"id": "small", "it_mw": 1.0},
        {"id": "large", "it_mw": 2.0},
        {"id": "tight", "it_mw": 1.0, "rtt_limit_ms": 3.0},
    ]
    plan = compared(workloads=[{"class": "c", "origin": "o"} | row for row in work])
    assert totals(plan)["nearest"] == pytest.approx(900.0)


def test_limits_that_a_baseline_breaks_are_named() -> None:
    """A home site too small for its load counts new room, and the notes say so.

    3 MW at a home site of 1 MW: 2 MW at 8 % over 15 years on 1,000 CNY/MW.
    """
    hubs = [
        hub | {"capex_cny_per_kw": 1.0} if hub["id"] == "home" else hub
        for hub in tables(room={"home": 1.0})["hubs"]
    ]
    plan = compared(hubs=hubs)
    annuity = 1000.0 * 0.08 / (1 - 1.08**-15)
    assert totals(plan)["today"] == pytest.approx(1200.0 + 2 * annuity / 1000)
    assert baseline_notes(plan) == [
        "today: is 2.0 MW over the room of hubs, counted as new room (1 in all, most "
        "of all home by 2.0 MW)"
    ]


def test_all_that_a_baseline_breaks_is_counted() -> None:
    """Proves: every hub that is over its limit counts, not the worst alone.

    Of 3 MW at home, 2 are over the room, at no price; of 4 MW that run in the near hub,
    where 1 MW may be built, 1 is over, at 1,000 CNY/MW. Data: 2 Gbps per MW to where 3
    and 2 Gbps come in at most, and 5 go out.
    """
    given = tables(room={"home": 1.0})
    limits = {
        "home": {"ingress_gbps": 3.0},
        "near": {"ingress_gbps": 2.0, "egress_gbps": 5.0, "build_max_mw": 1.0}
        | {"capex_cny_per_kw": 1.0, "name": "Near park", "name_zh": "近园"},
    }
    rates = {"to_hub_gbps_per_mw": 2.0, "from_hub_gbps_per_mw": 2.0}
    plan = compared(
        hubs=[hub | limits.get(hub["id"], {}) for hub in given["hubs"]],
        workloads=[
            {"id": "w", "class": "batch", "origin": "o", "it_mw": 3.0, **rates},
            {"id": "v", "class": "batch", "origin": "o", "it_mw": 4.0, **rates},
        ],
        current=[{"workload": "v", "hub": "near", "share": 1.0}],
    )
    with siting.language("zh"):
        (said, *_) = baseline_notes(plan)
    assert said.endswith("机房计（共 2 个，最多的是 home，超出 2.0 MW）")
    assert [n for n in baseline_notes(plan) if n.startswith("today")] == [
        "today: is 3.0 MW over the room of hubs, counted as new room (2 in all, most "
        "of all home by 2.0 MW)",
        "today: is given 2.0 MW of this new room for nothing, where capex_cny_per_kw "
        "is 0",
        "today: sends 9.0 Gbps more into hubs than they can take (2 in all, most of "
        "all Near park by 6.0 Gbps)",
        "today: sends 3.0 Gbps more out of hubs than they can give (1 in all, most of "
        "all Near park by 3.0 Gbps)",
    ]


def test_work_that_cannot_run_where_it_is_is_named() -> None:
    """Tests that a note names workloads as people do, and keeps their ids."""
    work = tables()["workloads"][0] | {"name": "Batch of o", "allowed_sides": "west"}
    here = [{"workload": "w", "hub": "far", "share": 1.0}]
    plan = compared(room={"west": inf}, workloads=[work], current=here)
    note = next(n for n in plan.manifest["baseline_notes"] if n["baseline"] == "today")
    assert note["values"] == {"count": 1, "workloads": ["w"]}
    told = "today: 1 workloads cannot run where they are said to: Batch of o"
    assert told in baseline_notes(plan)


def test_no_hub_in_the_east() -> None:
    """Baselines that need an eastern hub are blank, and the notes say why."""
    hubs = [hub | {"side": "west"} for hub in tables()["hubs"]]
    plan = compared(hubs=hubs)
    blank = plan.ledger[["east_nearest", "east_optimal"]]
    assert blank.isna().all(axis=None)
    assert "east optimal: no hub is in the east" in baseline_notes(plan)


def test_an_east_that_is_too_small() -> None:
    """Where the east cannot take all demand, as little as possible stays unserved."""
    plan = compared(room={"near": 1.0, "far": 1.0})
    lost = plan.baselines.set_index("measure").loc["unserved_mw"]
    assert lost["east_optimal"] == pytest.approx(1.0)
    assert lost["plan"] == 0.0
    notes = "\n".join(baseline_notes(plan))
    assert "east optimal: the east cannot take all demand within the limits" in notes


def test_work_that_reaches_no_eastern_hub_stays() -> None:
    """All-east plans leave work where it can run, and say how much."""
    work = [
        {"id": "w", "class": "c", "origin": "o", "it_mw": 1.0},
        {"id": "bound", "class": "c", "origin": "o", "it_mw": 1.0}
        | {"allowed_sides": "west"},
    ]
    plan = compared(workloads=work)
    share = plan.baselines.set_index("measure").loc["west_share"]
    assert share["east_optimal"] == pytest.approx(0.5)
    notes = "\n".join(baseline_notes(plan))
    assert "1 workloads reach no eastern hub" in notes


def test_no_plan_could_save_more_than_the_upper_bound() -> None:
    """The upper bound lifts every limit and keeps the price of transfer."""
    work = [
        {"id": "w", "class": "c", "origin": "o", "it_mw": 3.0, "rtt_limit_ms": 1.0}
        | {"to_hub_gbps_per_mw": 1.0, "green_share_min": 0.0}
    ]
    price = [{"basis": "b", "price_cny_per_gb": 0.001}]
    plan = compared(workloads=work, transfer_prices=price)
    assert totals(plan)["plan"] == pytest.approx(1200.0)
    # 3 Gbps for 1,000 h are 1.35 million GB.
    assert totals(plan)["upper_bound"] == pytest.approx(300.0 + 1.35)


def test_limits_that_do_not_count_for_a_baseline_are_named() -> None:
    """Proves: what a rule does not know of is told. It would look like a plan.

    3 MW at home for 1,000 h emit 3,000 t where 1,000 t are allowed; a third of the
    energy has to be green, 1,000 MWh, and none is; no more than 1 MW may be in the
    east; and 30 Gbps come to a hub that takes 10.
    """
    hubs = [
        hub | {"grid": "g", "green_share": 1.0 if hub["id"] == "west" else 0.0}
        for hub in tables(room={"west": inf})["hubs"]
    ]
    hubs[0] |= {"ingress_gbps": 10.0}
    work = tables()["workloads"][0] | {"to_hub_gbps_per_mw": 10.0}
    plan = compared(
        hubs=hubs,
        workloads=[work],
        carbon_factors=[{"grid": "g", "location_kg_per_mwh": 1000.0}],
        policy={
            "carbon_cap_t": 1000.0,
            "carbon_accounting": "market",
            "green_min": [{"class": "batch", "share": 1 / 3}],
            "placement_max": [{"class": "batch", "side": "east", "share": 1 / 3}],
        },
    )
    notes = [n for n in baseline_notes(plan) if n.startswith("today")]
    assert notes == [
        "today: sends 20.0 Gbps more into hubs than they can take (1 in all, most of "
        "all home by 20.0 Gbps)",
        "today: emits 2,000 t more than the carbon cap",
        "today: is 1,000 MWh short of the least green shares",
        "today: is 2.0 MW over the largest shares of placement",
    ]


def test_room_that_must_be_kept_is_paid_for_by_all() -> None:
    """Proves: room to be kept costs every column alike; given ones were spared it.

    1 MW at 500 CNY has to be kept in the far hub, which nobody needs.
    """
    hubs = [
        hub | {"hosting_cny_per_mw_year": 500.0 if hub["id"] == "far" else 0.0}
        for hub in tables()["hubs"]
    ]
    policy = {"reserved_min": [{"hub": "far", "mw": 1.0}]}
    found, free = totals(compared(hubs=hubs, policy=policy)), totals(compared())
    for name in ("today", "nearest"):
        assert found[name] - free[name] == pytest.approx(0.5)


def large(**changes: Any) -> siting.Scenario:
    """1,200 workloads in the east, half of them with much data; power is west."""
    numbers = range(1200)
    return siting.Scenario.from_tables(
        workloads=[
            {"id": f"w{n}", "class": "batch", "origin": "n", "it_mw": 1.0}
            | {"to_hub_gbps_per_mw": 10.0 if n % 2 else 0.01}
            | changes
            for n in numbers
        ],
        hubs=[
            {"id": "e", "node": "n", "side": "east", "it_capacity_mw": 1300.0},
            {"id": "k", "node": "k", "side": "east", "it_capacity_mw": 5000.0},
            {"id": "w", "node": "m", "side": "west", "it_capacity_mw": 5000.0},
        ],
        nodes=[
            {"id": "n", "latitude": 30.0, "longitude": 120.0},
            {"id": "k", "latitude": 32.0, "longitude": 118.0},
            {"id": "m", "latitude": 35.0, "longitude": 105.0},
        ],
        tariffs=[
            {"hub": hub, "price_cny_per_mwh": price}
            for hub, price in (("e", 600.0), ("k", 500.0), ("w", 100.0))
        ],
        transfer_prices=[{"basis": "gb", "price_cny_per_gb": 0.12}],
    )


def test_the_upper_bound_of_many_workloads() -> None:
    """Proves: without limits workloads that are alike may part.

    All are held at the eastern hub by 2 ms, for 600 CNY/MWh. Without the limit the half
    with little data goes west, for 100 CNY and 0.01 Gbps of 450 GB an hour; for the
    other half that would be 100 + 540. As one bucket they would go to one hub.
    """
    plan = siting.solve(large(rtt_limit_ms=2.0))
    siting.audit(plan).raise_if_wrong()
    assert plan.manifest["options"]["method"] == "aggregated"
    total = plan.ledger.set_index("term").loc["total"]
    mwh = 600.0 * 8760.0
    assert total["plan"] == pytest.approx(2 * 600.0 * mwh)
    moved = 100.0 + 0.01 * 450.0 * 0.12
    assert total["upper_bound"] == pytest.approx((moved + 600.0) * mwh)


@pytest.mark.parametrize("seed", [600, 603, 606, 611, 615, 618])
def test_many_workloads_are_compared_as_few_are(seed: int) -> None:
    """Proves: every column is the same whether workloads are put together or not.

    Over the buckets of the plan, today's unserved demand differed twofold, and what is
    optimised by more.
    """
    scenario, objective = draw(seed)
    scenario = multiplied(scenario.replace(current=scenario.current.iloc[:0]), seed)
    found: list[dict[str, float] | None] = []
    for method in ("plain", "aggregated"):
        try:
            plan = siting.solve(scenario, objective=objective, method=method)
        except siting.Infeasible:
            found.append(None)
            continue
        siting.audit(plan).raise_if_wrong()
        found.append(totals(plan))
    one, two = found
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert two == pytest.approx(one, rel=3e-6, abs=1e-3, nan_ok=True)


def test_a_rule_gives_a_plan_of_many_workloads() -> None:
    """Proves: what is put together to be costed comes apart again.

    900 of 1,200 MW fit the near hub; those of no smaller size that stand behind them in
    the table go to the other eastern one.
    """
    hubs = large().hubs.reset_index(drop=True)
    scenario = large().replace(hubs=hubs.assign(it_capacity_mw=[900.0, 500.0, 500.0]))
    plan = siting.baseline_plan(scenario, "nearest")
    assert len(plan.placement) == 1200
    where = plan.placement.set_index("workload")["hub"]
    assert (where.iloc[:900] == "e").all()
    assert (where.iloc[900:] == "k").all()
    solved = siting.solve(scenario)
    assert plan.cost_cny == pytest.approx(totals(solved)["nearest"] * 1000.0)
