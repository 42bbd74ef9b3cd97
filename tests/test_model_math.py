"""Cases small enough to be worked out by hand, one for each feature of the model.

Each runs through the pipelines of the fixture ``optimum`` and is audited. The year has
1,000 hours unless said otherwise, so a MW of IT load at 100 CNY/MWh costs 100,000 CNY
and a Gbps moves 450,000 GB.
"""

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

import siting

Optimum = Callable[..., siting.Plan]
Row = dict[str, Any]

HALVES = [{"id": "day", "hours": 500.0}, {"id": "night", "hours": 500.0}]
ANNUITY_15 = 0.08 / (1 - 1.08**-15)
ANNUITY_10 = 0.08 / (1 - 1.08**-10)


def world(*hubs: Row, **tables: Any) -> dict[str, Any]:
    """Tables with 1,000 hours; a hub's ``price`` is its tariff in every period."""
    prices = [
        {"hub": hub["id"], "price_cny_per_mwh": hub["price"]}
        for hub in hubs
        if "price" in hub
    ]
    settings = {"hours_per_year": 1000.0} | tables.pop("settings", {})
    plain = [
        {"it_capacity_mw": inf} | {k: v for k, v in hub.items() if k != "price"}
        for hub in hubs
    ]
    return {
        **({"tariffs": prices} if prices else {}),
        "hubs": plain,
        "settings": settings,
        **tables,
    }


def work(name: str = "w", **columns: Any) -> Row:
    """Give a workload of 1 MW at node ``o``."""
    return {"id": name, "class": "batch", "origin": "o", "it_mw": 1.0} | columns


def at_hubs(plan: siting.Plan) -> dict[str, float]:
    """Mean MW placed at each hub."""
    return plan.placement.groupby("hub")["it_mw"].sum().to_dict()


def ledger(plan: siting.Plan) -> dict[str, float]:
    """Terms of the ledger that are not 0."""
    terms = plan.ledger.set_index("term")["plan"].drop("total")
    return terms[terms != 0].to_dict()


def worth(plan: siting.Plan, kind: str, subject: str) -> float:
    """Largest shadow price of a limit."""
    found = plan.limits.query("kind == @kind and subject == @subject")
    return float(found["worth"].max())


# -- manners of running ---------------------------------------------------------------

SWING = [
    {"hub": "a", "period": "day", "price_cny_per_mwh": 100.0},
    {"hub": "a", "period": "night", "price_cny_per_mwh": 300.0},
    {"hub": "b", "period": "day", "price_cny_per_mwh": 300.0},
    {"hub": "b", "period": "night", "price_cny_per_mwh": 100.0},
]


@pytest.mark.parametrize(
    ("manner", "hosting", "expected"),
    [
        ("pinned", 0.0, 200_000.0),
        ("movable", 0.0, 100_000.0),
        # Moving reserves a MW at both hubs: worth it below 100,000 a MW, not above.
        ("movable", 40_000.0, 180_000.0),
        ("movable", 120_000.0, 320_000.0),
        ("pinned", 40_000.0, 240_000.0),
    ],
)
def test_pinned_and_movable(
    optimum: Optimum, manner: str, hosting: float, expected: float
) -> None:
    """Proves: pinned work keeps one split, movable work follows the price.

    Without it: pinned work would cost 100,000 too, or movable work would not pay for
    the MW it reserves at both hubs.
    """
    hubs = [{"id": name, "hosting_cny_per_mw_year": hosting} for name in "ab"]
    tables = world(*hubs, periods=HALVES, tariffs=SWING)
    plan = optimum(**tables, workloads=[work(manner=manner)])
    assert plan.cost_cny == pytest.approx(expected)


@pytest.mark.parametrize(
    ("burst", "expected"), [(1.0, 200_000.0), (1.5, 150_000.0), (2.0, 100_000.0)]
)
def test_burst(optimum: Optimum, burst: float, expected: float) -> None:
    """Proves: deferrable work draws at most ``burst`` times its mean, and reserves it.

    Without it: any burst would move all energy to the cheap half for 100,000.
    """
    tables = world({"id": "a"}, periods=HALVES, tariffs=SWING[:2])
    plan = optimum(**tables, workloads=[work(manner="deferrable", burst=burst)])
    assert plan.cost_cny == pytest.approx(expected)
    assert plan.placement["reserved_mw"].tolist() == pytest.approx([burst])
    assert plan.placement["it_mw"].tolist() == pytest.approx([1.0])


@pytest.mark.parametrize(("window", "expected"), [("year", 150e3), ("date", 200e3)])
def test_window(optimum: Optimum, window: str, expected: float) -> None:
    """Proves: energy is fixed in each window; the window may be any label column.

    Four quarters cost 100, 200 (first date), 300 and 400 (second date). Over the year
    the work runs in the first two at 2 MW; by date in the first and the third.
    Without it: both windows would cost 150,000.
    """
    periods = [
        {"id": f"q{i}", "hours": 250.0, "date": "first" if i < 2 else "second"}
        for i in range(4)
    ]
    tariffs = [
        {"hub": "a", "period": f"q{i}", "price_cny_per_mwh": 100.0 * (i + 1)}
        for i in range(4)
    ]
    job = work(manner="deferrable", burst=2.0, window=window)
    plan = optimum(
        **world({"id": "a"}, periods=periods, tariffs=tariffs, workloads=[job])
    )
    assert plan.cost_cny == pytest.approx(expected)


def test_negative_prices(optimum: Optimum) -> None:
    """Proves: deferrable work earns where the price is negative.

    Without it: a lower bound of 0 on cost would hide the 50,000 earned.
    """
    tariffs = [
        {"hub": "a", "period": "day", "price_cny_per_mwh": 100.0},
        {"hub": "a", "period": "night", "price_cny_per_mwh": -50.0},
    ]
    job = work(manner="deferrable", burst=2.0)
    plan = optimum(
        **world({"id": "a"}, periods=HALVES, tariffs=tariffs, workloads=[job])
    )
    assert plan.cost_cny == pytest.approx(-50_000.0)


# -- room -----------------------------------------------------------------------------

OPPOSITE = [
    {"profile": "day", "period": "day", "factor": 1.0},
    {"profile": "day", "period": "night", "factor": 0.0},
    {"profile": "night", "period": "day", "factor": 0.0},
    {"profile": "night", "period": "night", "factor": 1.0},
]


def opposite(**hub: Any) -> dict[str, Any]:
    """Two workloads of 1 MW, one by day, one by night, and one hub."""
    return world(
        {"id": "a", "hosting_cny_per_mw_year": 1000.0} | hub,
        periods=HALVES,
        profiles=OPPOSITE,
        workloads=[
            work("d", profile="day"),
            work("n", profile="night", manner="movable"),
        ],
    )


@pytest.mark.parametrize(("room", "expected"), [("dedicated", 2e3), ("pooled", 1e3)])
def test_room_dedicated_or_pooled(optimum: Optimum, room: str, expected: float) -> None:
    """Proves: dedicated room is the sum of peaks, pooled room the peak of the sum.

    Without it: both would pay for 1 MW, or both for 2.
    """
    tables = opposite()
    tables["settings"]["room"] = room
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(expected)
    assert plan.hubs["room_mw"].tolist() == pytest.approx([expected / 1000.0])


def test_room_that_only_pooling_makes_do(optimum: Optimum) -> None:
    """Proves: 1 MW of room holds both workloads pooled, and not dedicated.

    Without it: the limit would count the wrong MW.
    """
    tables = opposite(it_capacity_mw=1.0)
    with pytest.raises(siting.Infeasible):
        optimum(**tables)
    tables["settings"]["room"] = "pooled"
    assert optimum(**tables).cost_cny == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("rate", "expected", "place"),
    [
        # The annuity of 10,000 CNY/MW is 1,168 a year at 8 %, 667 without interest.
        (0.08, 1000.0 + 0.0, "b"),
        (0.0, 10_000.0 / 15.0, "a"),
    ],
)
def test_building_at_its_annuity(
    optimum: Optimum, rate: float, expected: float, place: str
) -> None:
    """Proves: new room costs its annuity, and is built where that is the cheapest.

    Hub b asks 1,000 a MW for hosting. Without it: capital would be free (0), or paid
    in full in one year (10,000).
    """
    tables = world(
        {"id": "a", "it_capacity_mw": 0.0, "build_max_mw": 5.0, "capex_cny_per_kw": 10},
        {"id": "b", "hosting_cny_per_mw_year": 1000.0},
        workloads=[work()],
        settings={"discount_rate": rate},
    )
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(expected)
    assert at_hubs(plan) == pytest.approx({place: 1.0})


def test_most_that_may_be_built(optimum: Optimum) -> None:
    """Proves: building stops at ``build_max_mw``, and one MW more has its worth.

    3 MW at hub a (1 standing, 1 built at 1,168.3), 1 MW at hub b for 5,000. Without
    it: 2 MW would be built.
    """
    tables = world(
        {"id": "a", "it_capacity_mw": 1.0, "build_max_mw": 1.0, "capex_cny_per_kw": 10},
        {"id": "b", "hosting_cny_per_mw_year": 5000.0},
        workloads=[work(it_mw=3.0)],
    )
    plan = optimum(**tables)
    annuity = 10_000.0 * ANNUITY_15
    assert ledger(plan) == pytest.approx({"hosting": 5000.0, "capacity": annuity})
    assert worth(plan, "room", "a") == pytest.approx(5000.0)
    assert worth(plan, "build", "a") == pytest.approx(5000.0 - annuity)


def test_capital_new_on_a_side(optimum: Optimum) -> None:
    """Proves: on ``new_sides`` standing room carries its annuity, and once only.

    Without it: standing room would be free (0), or new room be paid twice.
    """
    hub = {
        "id": "a",
        "side": "west",
        "it_capacity_mw": 1.0,
        "build_max_mw": 1.0,
        "capex_cny_per_kw": 10.0,
    }
    tables = world(hub, workloads=[work(it_mw=2.0)], settings={"new_sides": ["west"]})
    plan = optimum(**tables)
    assert ledger(plan) == pytest.approx({"capacity": 20_000.0 * ANNUITY_15})
    assert plan.hubs["build_mw"].tolist() == pytest.approx([1.0])


def test_site_kept_open(optimum: Optimum) -> None:
    """Proves: ``reserved_min`` pays for room that nothing uses.

    Without it: the ledger would be empty. Its worth is what a MW costs.
    """
    tables = world(
        {"id": "a"},
        {"id": "b", "hosting_cny_per_mw_year": 1000.0},
        workloads=[work()],
        policy={"reserved_min": [{"hub": "b", "mw": 5.0}]},
    )
    plan = optimum(**tables)
    assert ledger(plan) == pytest.approx({"hosting": 5000.0})
    assert worth(plan, "reserved-min", "b") == pytest.approx(1000.0)


@pytest.mark.parametrize(("pue", "expected"), [("stock", 150e3), ("new", 120e3)])
def test_pue_stock_or_new(optimum: Optimum, pue: str, expected: float) -> None:
    """Proves: the setting decides which PUE the bill is multiplied by.

    Without it: IT energy alone would cost 100,000.
    """
    hub = {"id": "a", "price": 100.0, "pue": 1.5, "pue_new": 1.2}
    plan = optimum(**world(hub, workloads=[work()], settings={"pue": pue}))
    assert plan.cost_cny == pytest.approx(expected)


def test_pue_of_a_period(optimum: Optimum) -> None:
    """Proves: ``hub_periods`` replaces the PUE in its period alone.

    500 h at 1.2 and 500 h at 1.5. Without it: 120,000.
    """
    tables = world(
        {"id": "a", "price": 100.0, "pue": 1.2},
        periods=HALVES,
        hub_periods=[{"hub": "a", "period": "day", "pue": 1.5}],
        workloads=[work()],
    )
    assert optimum(**tables).cost_cny == pytest.approx(135_000.0)


# -- where work may go ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("hub", "job", "policy"),
    [
        ({}, {}, {"closed_hubs": ["a"]}),
        ({"open": False}, {}, {}),
        ({"serves": "elsewhere"}, {}, {}),
        ({}, {"allowed_hubs": "b"}, {}),
        ({}, {"excluded_hubs": "a"}, {}),
        ({"side": "west"}, {"allowed_sides": "east"}, {}),
        ({"province": "GS"}, {"allowed_provinces": "SH"}, {}),
    ],
)
def test_hubs_that_are_barred(
    optimum: Optimum, hub: Row, job: Row, policy: Row
) -> None:
    """Proves: each way to bar the cheap hub a sends the work to hub b.

    Without it: hub a would take it for 100,000.
    """
    tables = world(
        {"id": "a", "price": 100.0} | hub,
        {"id": "b", "price": 200.0, "side": "east", "province": "SH"},
        nodes=[{"id": name} for name in ("a", "b", "o", "elsewhere")],
        workloads=[work(**job)],
        policy=policy,
    )
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(200_000.0)
    assert at_hubs(plan) == {"b": 1.0}


def test_least_and_most_shares(optimum: Optimum) -> None:
    """Proves: placement limits count the mean MW of their scope.

    Of 4 MW of training at least 30 % go west (100 dearer), of everything (10 MW) at
    most 25 % to hub a; the rest goes to hub b (50 dearer). Without it: all 10 MW
    would go to hub a for 1,000,000.
    """
    tables = world(
        {"id": "a", "price": 100.0, "side": "east"},
        {"id": "b", "price": 150.0, "side": "east"},
        {"id": "c", "price": 200.0, "side": "west"},
        workloads=[
            work("t", it_mw=4.0) | {"class": "training"},
            work("r", it_mw=6.0),
        ],
        policy={
            "placement_min": [{"share": 0.3, "side": "west", "class": "training"}],
            "placement_max": [{"share": 0.25, "hub": "a"}],
        },
    )
    plan = optimum(**tables)
    assert at_hubs(plan) == pytest.approx({"a": 2.5, "b": 6.3, "c": 1.2})
    assert plan.cost_cny == pytest.approx(1000.0 * (250.0 + 945.0 + 240.0))
    assert worth(plan, "placement-min", "0") == pytest.approx(50_000.0)
    assert worth(plan, "placement-max", "0") == pytest.approx(50_000.0)


@pytest.mark.parametrize(
    ("extra", "place", "expected"),
    [(-120_000.0, "b", 80_000.0), (-80_000.0, "a", 100_000.0)],
)
def test_placement_costs(
    optimum: Optimum, extra: float, place: str, expected: float
) -> None:
    """Proves: a quote below zero attracts work where it beats the price.

    Without it: the work would stay at hub a.
    """
    rows = [{"workload": "w", "hub": "b", "cny_per_mw_year": extra}]
    tables = world(
        {"id": "a", "price": 100.0},
        {"id": "b", "price": 200.0},
        workloads=[work()],
        placement_costs=rows,
    )
    plan = optimum(**tables)
    assert at_hubs(plan) == {place: 1.0}
    assert plan.cost_cny == pytest.approx(expected)


# -- demand that is not served --------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "unserved", "expected"),
    [(500.0, 4.0, 600e3 + 2000e3), (50.0, 10.0, 500e3)],
)
def test_unserved(
    optimum: Optimum, price: float, unserved: float, expected: float
) -> None:
    """Proves: unserved demand costs its price, and is chosen where that is cheaper.

    10 MW, room for 6 at 100 CNY/MWh. Without it: no plan.
    """
    tables = world(
        {"id": "a", "price": 100.0, "it_capacity_mw": 6.0},
        workloads=[work(it_mw=10.0)],
        settings={"unserved_cny_per_mwh": price},
    )
    plan = optimum(**tables)
    assert plan.unserved["it_mw"].sum() == pytest.approx(unserved)
    assert plan.cost_cny == pytest.approx(expected)


@pytest.mark.parametrize(
    ("manner", "by_period"),
    [("pinned", {"day": 4.0, "night": 2.0}), ("movable", {"day": 4.0})],
)
def test_unserved_by_manner(
    optimum: Optimum, manner: str, by_period: dict[str, float]
) -> None:
    """Proves: pinned work loses one share of the whole year, movable work only hours.

    10 MW by day, 5 by night, room for 6. Without it: pinned work would be served in
    full by night.
    """
    tables = world(
        {"id": "a", "it_capacity_mw": 6.0},
        periods=HALVES,
        profiles=[
            {"profile": "p", "period": "day", "factor": 1.0},
            {"profile": "p", "period": "night", "factor": 0.5},
        ],
        workloads=[work(it_mw=10.0, manner=manner, profile="p")],
        settings={"unserved_cny_per_mwh": 500.0},
    )
    plan = optimum(**tables)
    found = plan.unserved.set_index("period")["it_mw"].to_dict()
    assert found == pytest.approx(by_period)
    assert plan.cost_cny == pytest.approx(500.0 * 500.0 * sum(by_period.values()))


# -- green power and carbon -----------------------------------------------------------


@pytest.mark.parametrize(("every", "expected"), [(False, 100e3), (True, 200e3)])
def test_green_share_over_the_year_or_in_every_period(
    optimum: Optimum, every: bool, expected: float
) -> None:
    """Proves: hub a, green by day only, is half green over the year, not by night.

    Without it: the strict limit would cost 100,000 as the other does.
    """
    job = work(green_share_min=0.5, green_every_period=every)
    tables = world(
        {"id": "a", "price": 100.0, "green_share": 1.0},
        {"id": "b", "price": 200.0, "green_share": 0.5},
        periods=HALVES,
        hub_periods=[{"hub": "a", "period": "night", "green_share": 0.0}],
        workloads=[job],
    )
    assert optimum(**tables).cost_cny == pytest.approx(expected)


def test_green_share_of_a_class(optimum: Optimum) -> None:
    """Proves: a limit of the policy holds for its scope as a whole.

    Of 2 MW of training half the energy is green: 1 MW at hub b. Batch stays at hub a.
    Without it: all 3 MW would cost 300,000.
    """
    tables = world(
        {"id": "a", "price": 100.0},
        {"id": "b", "price": 200.0, "green_share": 1.0},
        workloads=[
            work("t1") | {"class": "training"},
            work("t2") | {"class": "training"},
            work("r"),
        ],
        policy={"green_min": [{"share": 0.5, "class": "training"}]},
    )
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(400_000.0)
    # A MWh more of green power moves a MWh from hub a to hub b.
    assert worth(plan, "green", "0") == pytest.approx(100.0)


CERTIFIED = world(
    {"id": "a", "pue": 1.0, "green_share": 1.0, "grid": "g"},
    periods=HALVES,
    hub_periods=[{"hub": "a", "period": "night", "green_share": 0.0}],
    carbon_factors=[{"grid": "g", "location_kg_per_mwh": 500.0}],
    certificates=[{"id": "c", "price_cny_per_mwh": 10.0}],
)


@pytest.mark.parametrize(
    ("mode", "every", "expected"),
    [
        # Half the year is green by contract; 750 MWh need 250 more.
        ("year", False, 2500.0),
        ("period", False, 2500.0),
        # By night 375 of 500 MWh.
        ("period", True, 3750.0),
    ],
)
def test_certificates(
    optimum: Optimum, mode: str, every: bool, expected: float
) -> None:
    """Proves: certificates fill what contracts leave open, matched as the mode says.

    Without it: there would be no plan with 75 % green power.
    """
    job = work(green_share_min=0.75, green_every_period=every)
    settings = {"hours_per_year": 1000.0, "certificates": mode}
    plan = optimum(**CERTIFIED | {"workloads": [job], "settings": settings})
    assert ledger(plan) == pytest.approx({"certificates": expected})
    retired = plan.certificates
    assert retired["period"].tolist() == (["night"] if mode == "period" else [""])
    total = plan.emissions.set_index("subject").loc["total"]
    # Each certificate takes away 500 kg; those of the year at the mean residual mix.
    assert total["market_t"] == pytest.approx(250.0 - expected / 10.0 * 0.5)


@pytest.mark.parametrize(
    ("mode", "job"),
    [
        ("off", {"green_share_min": 0.75}),
        # Yearly certificates say nothing about a single period.
        ("year", {"green_share_min": 0.75, "green_every_period": True}),
    ],
)
def test_certificates_that_do_not_count(optimum: Optimum, mode: str, job: Row) -> None:
    """Proves: certificates count only in a mode that matches the limit.

    Without it: there would be a plan for 2,500.
    """
    settings = {"hours_per_year": 1000.0, "certificates": mode}
    with pytest.raises(siting.Infeasible):
        optimum(**CERTIFIED | {"workloads": [work(**job)], "settings": settings})


def test_certificates_of_a_grid_and_their_amount(optimum: Optimum) -> None:
    """Proves: an offer serves its grid up to its amount, the dearer one the rest.

    1 MW at hub a (grid g) must be all green: 600 MWh at 10, 400 at 25. The offer of
    grid f, at 1, serves no hub. Without it: 1,000 or 10,000.
    """
    tables = world(
        {"id": "a", "grid": "g"},
        {"id": "b", "grid": "f", "price": 900.0},
        carbon_factors=[
            {"grid": grid, "location_kg_per_mwh": 500.0} for grid in ("g", "f")
        ],
        tariffs=[
            {"hub": "a", "price_cny_per_mwh": 0.0},
            {"hub": "b", "price_cny_per_mwh": 900.0},
        ],
        certificates=[
            {"id": "c", "grid": "g", "price_cny_per_mwh": 10.0, "max_mwh": 600.0},
            {"id": "d", "price_cny_per_mwh": 25.0},
            {"id": "e", "grid": "f", "price_cny_per_mwh": 1.0},
        ],
        workloads=[work(green_share_min=1.0)],
        settings={"certificates": "year"},
    )
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(16_000.0)
    assert worth(plan, "certificate", "c") == pytest.approx(15.0)


def test_cheap_things_beside_dear_ones_are_paid_for(optimum: Optimum) -> None:
    """Proves: a later stage buys no more certificates than it has money for.

    1,000 MW rent accelerators for 133 bn CNY, of which 0.001 % may be given up: it buys
    166,250 of 1,000,000 MWh at 8 CNY. Without it: a certificate is less than 1e-9 of
    what else is in the row of the cost, and HiGHS would take all of them for nothing.
    """
    tables = world(
        {"id": "a", "grid": "g", "price": 0.0},
        {"id": "b", "grid": "g", "price": 900.0},
        carbon_factors=[{"grid": "g", "location_kg_per_mwh": 500.0}],
        certificates=[{"id": "c", "price_cny_per_mwh": 8.0}],
        workloads=[work(it_mw=1000.0, accelerator_cny_per_mw_year=1.33e8)],
        settings={"certificates": "year", "accelerators_in_ledger": True},
        objective=("cost:0.001%", "carbon-market"),
    )
    plan = optimum(**tables)
    assert plan.certificates["mwh"].tolist() == pytest.approx([166_250.0])
    total = plan.emissions.set_index("subject").loc["total"]
    assert total["market_t"] == pytest.approx(416_875.0)


# Hub a: 1,000 kg/MWh by location, half contracted, residual mix 1,200. Hub b: 100.
CARBON = world(
    {"id": "a", "price": 100.0, "grid": "dirty", "green_share": 0.5},
    {"id": "b", "price": 300.0, "grid": "clean"},
    carbon_factors=[
        {"grid": "dirty", "location_kg_per_mwh": 1000.0, "residual_kg_per_mwh": 1200.0},
        {"grid": "clean", "location_kg_per_mwh": 100.0},
    ],
    workloads=[work()],
)


@pytest.mark.parametrize(
    ("accounting", "cap", "share"),
    [
        # a · 1000 + (1 − a) · 100 = 550
        ("location", 550.0, 0.5),
        # a · 600 + (1 − a) · 100 = 550 and = 350
        ("market", 550.0, 0.9),
        ("market", 350.0, 0.5),
    ],
)
def test_carbon_cap(
    optimum: Optimum, accounting: str, cap: float, share: float
) -> None:
    """Proves: the cap holds under its accounting; contracts count under market alone.

    Without it: hub a would take everything for 100,000.
    """
    policy = {"carbon_cap_t": cap, "carbon_accounting": accounting}
    plan = optimum(**CARBON, policy=policy)
    assert at_hubs(plan) == pytest.approx({"a": share, "b": 1 - share})
    assert plan.cost_cny == pytest.approx(100e3 * share + 300e3 * (1 - share))
    per_t = 200e3 / (900.0 if accounting == "location" else 500.0)
    assert worth(plan, "carbon-cap", "") == pytest.approx(per_t)


@pytest.mark.parametrize(
    ("accounting", "price", "place", "carbon"),
    [
        # By location a costs 100 + 1.0 p, b 300 + 0.1 p a MWh; by market 100 + 0.6 p.
        ("location", 200.0, "a", 200e3),
        ("location", 250.0, "b", 25e3),
        ("market", 250.0, "a", 150e3),
        ("market", 450.0, "b", 45e3),
    ],
)
def test_carbon_price(
    optimum: Optimum, accounting: str, price: float, place: str, carbon: float
) -> None:
    """Proves: a price of carbon moves work once it outweighs the power price.

    Without it: hub a would take the work at any price.
    """
    policy = {"carbon_price_cny_per_t": price, "carbon_accounting": accounting}
    plan = optimum(**CARBON, policy=policy)
    assert at_hubs(plan) == {place: 1.0}
    assert ledger(plan)["carbon"] == pytest.approx(carbon)


# -- transfer -------------------------------------------------------------------------


def linked(*links: Row, **tables: Any) -> dict[str, Any]:
    """Hub ``far`` at 100 CNY/MWh and hub ``home`` at 300, both reached from ``o``."""
    return world(
        {"id": "far", "price": 100.0, "node": "f"},
        {"id": "home", "price": 300.0, "node": "o"},
        nodes=[{"id": name} for name in ("o", "f", "x", "y", "z")],
        links=[{"source": "o", "target": "f", "length_km": 10.0} | k for k in links],
        **tables,
    )


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        # 450,000 GB a Gbps at 0.01: 3 Gbps both ways, 2 Gbps the larger way.
        ({"price_cny_per_gb": 0.01}, 13_500.0),
        ({"price_cny_per_gb": 0.01, "billing": "max"}, 9_000.0),
        # 12 months at 100, reserved 3 (or 2) Gbps over a fill of one half.
        ({"price_cny_per_gbps_month": 100.0, "fill": 0.5}, 7_200.0),
        (
            {"price_cny_per_gbps_month": 100.0, "fill": 0.5, "billing": "max"},
            4_800.0,
        ),
        # Own waves: 20 and 0.1 a km of 100 km for 2 / 0.5 lit Gbps.
        (
            {
                "link_cny_per_gbps_year": 20.0,
                "link_cny_per_gbps_km_year": 0.1,
                "fill": 0.5,
            },
            120.0,
        ),
    ],
)
def test_transfer_bases(optimum: Optimum, basis: Row, expected: float) -> None:
    """Proves: each basis bills volume, reserved bandwidth or lit waves as it says.

    1 MW sends 2 Gbps to the hub and gets 1 back. Without it: the wrong direction, the
    fill or the months would show in the bill.
    """
    tables = linked(
        {"length_km": 100.0},
        transfer_prices=[{"basis": "b"} | basis],
        workloads=[work(to_hub_gbps_per_mw=2.0, from_hub_gbps_per_mw=1.0)],
    )
    plan = optimum(**tables)
    assert ledger(plan)["transfer"] == pytest.approx(expected)
    assert at_hubs(plan) == {"far": 1.0}


def test_reserved_bandwidth_is_that_of_the_peak(optimum: Optimum) -> None:
    """Proves: reserved bandwidth is paid at the peak rate, volume at the mean.

    Peak 2 MW, mean 1.5 MW, 1 Gbps a MW: 2 · 12 · 100 + 1.5 · 450,000 · 0.01. Without
    it: 1,800 for the reserved part.
    """
    tables = linked(
        {},
        periods=HALVES,
        profiles=[
            {"profile": "p", "period": "day", "factor": 2.0},
            {"profile": "p", "period": "night", "factor": 1.0},
        ],
        transfer_prices=[
            {"basis": "b", "price_cny_per_gb": 0.01, "price_cny_per_gbps_month": 100.0}
        ],
        workloads=[work(profile="p", to_hub_gbps_per_mw=1.0)],
    )
    assert ledger(optimum(**tables))["transfer"] == pytest.approx(2400.0 + 6750.0)


@pytest.mark.parametrize(("metro_km", "transfer"), [(100.0, None), (50.0, 4500.0)])
@pytest.mark.parametrize(
    "basis",
    [
        {"price_cny_per_gb": 0.01},
        {"price_cny_per_gbps_month": 375.0},
        {"link_cny_per_gbps_year": 4500.0},
    ],
)
def test_transfer_inside_a_metro(
    optimum: Optimum, basis: Row, metro_km: float, transfer: float | None
) -> None:
    """Proves: a path of 80 km within ``metro_km`` pays neither price nor network power.

    450,000 GB at 0.01, a Gbps leased or lit cost 4,500; at 0.01 kWh a GB they are
    4.5 MWh, at 500 kg/MWh 2.25 t. Without it: the metro would pay like the wide area,
    and own waves were lit for it.
    """
    tables = linked(
        {"length_km": 80.0},
        transfer_prices=[{"basis": "b"} | basis],
        workloads=[work(to_hub_gbps_per_mw=1.0)],
        settings={
            "metro_km": metro_km,
            "network_kwh_per_gb": 0.01,
            "network_co2_kg_per_mwh": 500.0,
        },
    )
    plan = optimum(**tables)
    assert ledger(plan).get("transfer") == transfer
    network = plan.emissions.set_index("subject").loc["network"]
    assert network["energy_mwh"] == pytest.approx(4.5 if transfer else 0.0)
    assert network["location_t"] == pytest.approx(2.25 if transfer else 0.0)


def test_own_waves_are_lit_for_the_wide_area_alone(optimum: Optimum) -> None:
    """Proves: local traffic takes room on a link, and nothing that has to be lit.

    o is 50 km from the hub, p 50 km behind o: 1 Gbps each. Of the 2 Gbps on the last
    link one is lit (10 a Gbps and km, 500), and one on the first (500). Without it: the
    2 Gbps of o and p would cost 1,500 in all.
    """
    length = {"length_km": 50.0, "capacity_gbps": 2.0}
    tables = world(
        {"id": "far", "price": 100.0, "node": "f"},
        nodes=[{"id": name} for name in "ofp"],
        links=[
            {"source": "o", "target": "f"} | length,
            {"source": "p", "target": "o"} | length,
        ],
        transfer_prices=[{"basis": "b", "link_cny_per_gbps_km_year": 10.0}],
        workloads=[
            work(origin, origin=origin, to_hub_gbps_per_mw=1.0) for origin in "op"
        ],
        settings={"metro_km": 60.0},
    )
    plan = optimum(**tables)
    assert ledger(plan)["transfer"] == pytest.approx(1000.0)
    assert plan.links["lit_gbps"].tolist() == pytest.approx([1.0, 1.0])
    assert plan.links["forward_peak_gbps"].tolist() == pytest.approx([2.0, 1.0])


@pytest.mark.parametrize(
    ("basis", "link", "expected"),
    [
        # 10 TB are 10,000 GB.
        ({"price_cny_per_gb": 0.01}, {}, 100.0),
        # A Gbps moves 450,000 GB a year: a toll of 45,000 is 0.1 a GB.
        ({}, {"toll_cny_per_gbps_year": 45_000.0}, 1000.0),
        # 12 · 375 / 0.5 and 20 / 0.5 a Gbps and year: 0.02 and 0.0000889 a GB.
        (
            {"price_cny_per_gbps_month": 375.0, "fill": 0.5},
            {},
            200.0,
        ),
        (
            {"link_cny_per_gbps_year": 9000.0, "fill": 0.5},
            {},
            400.0,
        ),
    ],
)
def test_staging(optimum: Optimum, basis: Row, link: Row, expected: float) -> None:
    """Proves: a dataset is moved once, at the price of a GB on the fastest path.

    Without it: staging would be free, or billed as a yearly rate.
    """
    tables = linked(
        link,
        transfer_prices=[{"basis": "b"} | basis],
        workloads=[work(dataset_tb=10.0)],
    )
    plan = optimum(**tables)
    assert ledger(plan)["staging"] == pytest.approx(expected)
    assert at_hubs(plan) == {"far": 1.0}


@pytest.mark.parametrize("room", ["dedicated", "pooled"])
@pytest.mark.parametrize("burst", [1.0, 2.0])
def test_a_dataset_is_moved_once_for_bursting_work(
    optimum: Optimum, burst: float, room: str
) -> None:
    """Proves: what is reserved to burst needs no second copy of the dataset.

    Bursting to 2 MW at night saves 200,000 of power; 10 TB at 30 a GB cost 300,000
    either way. Without it: they would cost 600,000, and the work would not burst.
    """
    tariffs = [
        {"hub": "far", "period": "day", "price_cny_per_mwh": 500.0},
        {"hub": "far", "period": "night", "price_cny_per_mwh": 100.0},
    ]
    tables = linked(
        {},
        periods=HALVES,
        hubs=[{"id": "far", "node": "f", "it_capacity_mw": inf}],
        tariffs=tariffs,
        transfer_prices=[{"basis": "b", "price_cny_per_gb": 30.0}],
        workloads=[work(manner="deferrable", burst=burst, dataset_tb=10.0)],
    )
    plan = optimum(**(tables | {"settings": tables["settings"] | {"room": room}}))
    assert ledger(plan)["staging"] == pytest.approx(300_000.0)
    power = 300_000.0 if burst == 1.0 else 100_000.0
    assert ledger(plan)["electricity"] == pytest.approx(power)


def test_a_dataset_is_moved_once_for_work_that_takes_turns(optimum: Optimum) -> None:
    """Proves: the parts of a dataset add up to one, wherever hubs take turns.

    A hub by day and one by night have half the year each: 10 TB at 1 a GB cost 10,000.
    Without it: each would get all of it for what it reserves, 20,000.
    """
    tables = linked(
        {},
        periods=HALVES,
        hubs=[{"id": hub, "node": "f", "it_capacity_mw": inf} for hub in "ab"],
        tariffs=[
            {"hub": hub, "period": period, "price_cny_per_mwh": price}
            for hub, prices in (("a", (100.0, 500.0)), ("b", (500.0, 100.0)))
            for period, price in zip(("day", "night"), prices, strict=True)
        ],
        transfer_prices=[{"basis": "b", "price_cny_per_gb": 1.0}],
        workloads=[work(manner="movable", dataset_tb=10.0)],
    )
    plan = optimum(**tables)
    assert ledger(plan)["staging"] == pytest.approx(10_000.0)
    assert at_hubs(plan) == pytest.approx({"a": 0.5, "b": 0.5})


def test_staging_keeps_a_dataset_home(optimum: Optimum) -> None:
    """Proves: data too dear to move stays at the origin, where moving it is free.

    30,000 GB at 10 cost 300,000, power at home 200,000 more. Without it: the work
    would go far for 100,000.
    """
    tables = linked(
        {},
        transfer_prices=[{"basis": "b", "price_cny_per_gb": 10.0}],
        workloads=[work(dataset_tb=30.0)],
    )
    plan = optimum(**tables)
    assert at_hubs(plan) == {"home": 1.0}
    assert plan.cost_cny == pytest.approx(300_000.0)


@pytest.mark.parametrize(("charged", "expected"), [(False, 0.0), (True, 2e6)])
def test_accelerators_in_the_ledger(
    optimum: Optimum, charged: bool, expected: float
) -> None:
    """Proves: accelerators are charged on reserved MW, and only if asked for.

    Bursting to 2 MW saves 200,000 a year and needs cards for 1 MW more. Without it:
    they would be charged on the mean (1,000,000).
    """
    job = work(manner="deferrable", burst=2.0, accelerator_cny_per_mw_year=1e6)
    tariffs = [
        {"hub": "a", "period": "day", "price_cny_per_mwh": 100.0},
        {"hub": "a", "period": "night", "price_cny_per_mwh": 4100.0},
    ]
    plan = optimum(
        **world(
            {"id": "a"},
            periods=HALVES,
            tariffs=tariffs,
            workloads=[job],
            settings={"accelerators_in_ledger": charged},
        )
    )
    assert ledger(plan).get("accelerators", 0.0) == pytest.approx(expected)
    assert plan.placement["reserved_mw"].tolist() == pytest.approx([2.0])


# -- latency --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "settings", "place"),
    [
        # 1,000 km are 4.9 ms one way: 2 · 4.9 + 1 ms.
        (10.8, {}, "far"),
        (10.7, {}, "home"),
        # 1.5 · 9.8 + 1
        (10.8, {"rtt_factor": 1.5}, "home"),
        (15.7, {"rtt_factor": 1.5}, "far"),
        (10.7, {"rtt_access_ms": 0.5}, "far"),
        (11.3, {"hop_ms": 0.3}, "home"),
        (11.4, {"hop_ms": 0.3}, "far"),
    ],
)
def test_latency_limit(
    optimum: Optimum, limit: float, settings: Row, place: str
) -> None:
    """Proves: a limit below the RTT sends the work to the dearer hub at home.

    Without it: the cheap hub would take it under any limit.
    """
    tables = linked(
        {"length_km": 1000.0}, workloads=[work(rtt_limit_ms=limit)], settings=settings
    )
    assert at_hubs(optimum(**tables)) == {place: 1.0}


@pytest.mark.parametrize(("measured", "place"), [(4.0, "far"), (20.0, "home")])
def test_measured_rtt_goes_before(
    optimum: Optimum, measured: float, place: str
) -> None:
    """Proves: a measured RTT replaces the modelled 10.8 ms, in both directions.

    Without it: a limit of 12 ms would always allow the far hub, and one of 5 ms never.
    """
    tables = linked(
        {"length_km": 1000.0},
        rtt=[{"origin": "o", "hub": "far", "rtt_ms": measured}],
        workloads=[work(rtt_limit_ms=5.0 if measured < 5 else 12.0)],
    )
    plan = optimum(**tables)
    assert at_hubs(plan) == {place: 1.0}
    if place == "far":
        assert plan.placement["rtt_ms"].tolist() == [4.0]


@pytest.mark.parametrize(("limit", "far_mw"), [(8.8, 1.0), (9.0, 2.0)])
def test_slower_path_on_top_of_a_measured_rtt(
    optimum: Optimum, limit: float, far_mw: float
) -> None:
    """Proves: a path 500 km longer than the fastest adds 4.9 ms to the measured 4.

    Each path carries 1 Gbps. Without it: the longer path would have the measured RTT
    (2 MW at either limit) or its modelled one of 15.7 ms (1 MW at either).
    """
    tables = linked(
        {"length_km": 1000.0, "capacity_gbps": 1.0},
        {"length_km": 1500.0, "capacity_gbps": 1.0},
        rtt=[{"origin": "o", "hub": "far", "rtt_ms": 4.0}],
        workloads=[work(it_mw=2.0, rtt_limit_ms=limit, to_hub_gbps_per_mw=1.0)],
    )
    plan = optimum(**tables)
    assert at_hubs(plan)["far"] == pytest.approx(far_mw)
    assert plan.routes.query("hub == 'far'")["rtt_ms"].max() <= limit


# -- links ----------------------------------------------------------------------------


def test_bandwidth_of_a_hub(optimum: Optimum) -> None:
    """Proves: a hub takes what its bandwidth lets in, and a Gbps more has its worth.

    2 MW at 2 Gbps a MW, 3 Gbps into the hub: 1.5 MW. Without it: 200,000.
    """
    tables = world(
        {"id": "a", "price": 100.0, "ingress_gbps": 3.0},
        {"id": "b", "price": 200.0},
        workloads=[work(it_mw=2.0, to_hub_gbps_per_mw=2.0)],
    )
    plan = optimum(**tables)
    assert plan.cost_cny == pytest.approx(250_000.0)
    assert worth(plan, "ingress", "a") == pytest.approx(50_000.0)


@pytest.mark.parametrize(
    ("widening", "far_mw", "price"),
    [
        ({}, 5.0, 0.0),
        # 100,000 a Gbps are 14,903 a year, less than the 200,000 that power saves.
        ({"widen_max_gbps": inf, "widen_cny_per_gbps": 1e5}, 8.0, 3e5 * ANNUITY_10),
        ({"widen_max_gbps": 1.0, "widen_cny_per_gbps": 1e5}, 6.0, 1e5 * ANNUITY_10),
        # 2,000,000 a Gbps are 298,059 a year.
        ({"widen_max_gbps": inf, "widen_cny_per_gbps": 2e6}, 5.0, 0.0),
    ],
)
def test_head_room_and_widening(
    optimum: Optimum, widening: Row, far_mw: float, price: float
) -> None:
    """Proves: a half-used link of 10 Gbps carries 5, and is widened where that pays.

    Without it: all 8 MW would go far at no price.
    """
    tables = linked(
        {"capacity_gbps": 10.0, "utilisation": 0.5} | widening,
        workloads=[work(it_mw=8.0, to_hub_gbps_per_mw=1.0)],
    )
    plan = optimum(**tables)
    assert at_hubs(plan)["far"] == pytest.approx(far_mw)
    power = 1000.0 * (100.0 * far_mw + 300.0 * (8.0 - far_mw))
    assert plan.cost_cny == pytest.approx(power + price)
    if far_mw == 5.0:
        cap = 298_059.0 if widening else inf
        assert worth(plan, "link", "o-f") == pytest.approx(min(200_000.0, cap))


def test_rounding_widens_no_link(optimum: Optimum) -> None:
    """Proves: a link that its traffic just fills is not widened, nor is that charged.

    Three times 0.1 Gbps are 0.30000000000000004 in floating point. Without it: 6e-17
    Gbps would be built at 1e9 a Gbps.
    """
    tables = linked(
        {"capacity_gbps": 0.3, "widen_max_gbps": inf, "widen_cny_per_gbps": 1e9},
        workloads=[work(name, to_hub_gbps_per_mw=0.1) for name in ("w", "x", "y")],
    )
    plan = optimum(**tables)
    assert at_hubs(plan) == pytest.approx({"far": 3.0})
    assert plan.links["forward_peak_gbps"].max() > 0.3
    assert plan.links["widen_gbps"].tolist() == [0.0]
    assert ledger(plan) == pytest.approx({"electricity": 300_000.0})
    assert siting.audit(plan).ok


def test_widening_that_the_price_includes(optimum: Optimum) -> None:
    """Proves: where own waves include widening it is not charged again.

    8 lit Gbps at 20 are 160. Without it: 44,709 more for widening by 3 Gbps.
    """
    tables = linked(
        {"capacity_gbps": 5.0, "widen_max_gbps": inf, "widen_cny_per_gbps": 1e5},
        transfer_prices=[
            {"basis": "b", "link_cny_per_gbps_year": 20.0, "includes_widening": True}
        ],
        workloads=[work(it_mw=8.0, to_hub_gbps_per_mw=1.0)],
    )
    plan = optimum(**tables)
    expected = {"electricity": 800_000.0, "transfer": 160.0}
    assert ledger(plan) == pytest.approx(expected)
    assert plan.links["widen_gbps"].tolist() == pytest.approx([3.0])


@pytest.mark.parametrize(
    ("direction", "far_mw"), [("duplex", 1.0), ("shared", 0.5), ("forward", 0.0)]
)
def test_directions_of_a_link(optimum: Optimum, direction: str, far_mw: float) -> None:
    """Proves: duplex has 1 Gbps each way, shared 1 Gbps in all, forward no way back.

    2 MW with 1 Gbps each way. Without it: all directions would carry the same.
    """
    tables = linked(
        {"capacity_gbps": 1.0, "direction": direction},
        workloads=[work(it_mw=2.0, to_hub_gbps_per_mw=1.0, from_hub_gbps_per_mw=1.0)],
    )
    plan = optimum(**tables)
    assert at_hubs(plan).get("far", 0.0) == pytest.approx(far_mw)


def test_paths_pass_through_transit_nodes_only(optimum: Optimum) -> None:
    """Proves: a free way through a node without transit is not taken.

    Without it: the flow would avoid the toll of 30.
    """
    tables = linked(
        {"toll_cny_per_gbps_year": 30.0},
        {"target": "x"},
        {"source": "x"},
        workloads=[work(to_hub_gbps_per_mw=1.0)],
    )
    assert optimum(**tables).cost_cny == pytest.approx(100_000.0)
    tables["nodes"][2]["transit"] = False
    assert optimum(**tables).cost_cny == pytest.approx(100_030.0)


@pytest.mark.parametrize(("routing", "toll"), [("fixed", 22.5), ("by-period", 20.0)])
def test_routing_fixed_or_by_period(
    optimum: Optimum, routing: str, toll: float
) -> None:
    """Proves: under fixed routing the split over paths is one for the year.

    2 Gbps by day, 1 by night; the cheap path (10) carries 1, the other (20) the rest.
    Fixed: half each, 0.75 · 10 + 0.75 · 20. By period: the night fits the cheap path,
    1 · 10 + 0.5 · 20. Without it: both would pay 20.
    """
    tables = linked(
        {"toll_cny_per_gbps_year": 10.0, "capacity_gbps": 1.0},
        {"toll_cny_per_gbps_year": 20.0},
        periods=HALVES,
        profiles=[
            {"profile": "p", "period": "day", "factor": 2.0},
            {"profile": "p", "period": "night", "factor": 1.0},
        ],
        workloads=[work(profile="p", to_hub_gbps_per_mw=1.0)],
        settings={"routing": routing},
    )
    assert ledger(optimum(**tables))["transfer"] == pytest.approx(toll)


# -- column generation ----------------------------------------------------------------


def three_ways(gbps: float, **columns: Any) -> dict[str, Any]:
    """Paths of 2 Gbps over x (fastest, toll 30), y (cheapest, 10) and z (20)."""
    ways = [("x", 100.0, 30.0), ("y", 300.0, 10.0), ("z", 200.0, 20.0)]
    links = [
        {"source": "o", "target": node, "length_km": km, "capacity_gbps": 2.0}
        | {"toll_cny_per_gbps_year": toll}
        for node, km, toll in ways
    ]
    links += [{"source": node, "target": "f"} for node, _, _ in ways]
    return world(
        {"id": "far", "node": "f"},
        nodes=[{"id": name} for name in ("o", "f", "x", "y", "z")],
        links=links,
        workloads=[work(it_mw=gbps, to_hub_gbps_per_mw=1.0, **columns)],
    )


def test_a_third_path_is_generated(optimum: Optimum) -> None:
    """Proves: a path that is neither the fastest nor the cheapest is found.

    3 Gbps: 2 · 10 + 1 · 20. Without it: the fastest path would take the third Gbps,
    for 50.
    """
    plan = optimum(**three_ways(3.0))
    assert plan.cost_cny == pytest.approx(40.0)
    assert sorted(plan.routes["nodes"]) == ["o>y>f", "o>z>f"]


def test_a_start_without_a_solution_is_opened(optimum: Optimum) -> None:
    """Proves: where the first paths cannot carry the traffic others are looked for.

    5 Gbps, of which the fastest and the cheapest path carry 4: 2 · 10 + 2 · 20 + 30.
    Without it: the scenario would be called infeasible.
    """
    plan = optimum(**three_ways(5.0))
    assert plan.cost_cny == pytest.approx(90.0)
    assert len(plan.routes) == 3


def test_paths_that_are_too_slow_are_not_opened(optimum: Optimum) -> None:
    """Proves: only paths within the limit are generated.

    300 km have an RTT of 3.94 ms; within 3 ms two paths carry 4 Gbps: 2 · 20 + 2 · 30.
    Without it: 3 Gbps would cost 40 as without a limit, and 5 Gbps have a plan.
    """
    plan = optimum(**three_ways(4.0, rtt_limit_ms=3.0))
    assert plan.cost_cny == pytest.approx(100.0)
    with pytest.raises(siting.Infeasible):
        optimum(**three_ways(5.0, rtt_limit_ms=3.0))


def test_nothing_is_demanded(optimum: Optimum) -> None:
    """Proves: a workload of 0 MW costs nothing and has no rows.

    Without it: its shares would show as placements.
    """
    tables = world({"id": "a", "price": 100.0}, workloads=[work(it_mw=0.0)])
    plan = optimum(**tables)
    assert plan.cost_cny == 0.0
    assert plan.placement.empty


@pytest.mark.parametrize("method", ["plain", "aggregated"])
def test_with_one_period_there_is_nothing_to_move_between(method: str) -> None:
    """Tests that every manner gives the same plan, without a schedule.

    A schedule of one period would say what the share says, and would have to be sought
    for every workload.
    """
    found = []
    for manner in ("pinned", "movable", "deferrable"):
        workloads = [
            {"id": f"w{number}", "class": "c", "origin": "a", "it_mw": 1.0}
            | {"manner": manner, "burst": 2.0 if manner == "deferrable" else 1.0}
            for number in range(3)
        ]
        scenario = siting.Scenario.from_tables(
            hubs=[
                {"id": "a", "it_capacity_mw": 9.0},
                {"id": "b", "it_capacity_mw": 1.5},
            ],
            tariffs=[
                {"hub": "a", "price_cny_per_mwh": 500.0},
                {"hub": "b", "price_cny_per_mwh": 300.0},
            ],
            workloads=workloads,
        )
        plan = siting.solve(scenario, method=method, baselines=False)
        siting.audit(plan).raise_if_wrong()
        assert plan.schedule.empty
        found.append(plan.cost_cny)
    # Half of the work at either price: a MW runs 8,760 hours.
    assert found == pytest.approx([8760.0 * 1.5 * (500.0 + 300.0)] * 3)
