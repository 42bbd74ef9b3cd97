"""Small plans worked out by hand, with every table, and no solver.

Each function gives a plan; its figures are explained where they stand.
"""

from typing import Any

import pandas as pd

from siting.fingerprint import fingerprint
from siting.ledger import PLANS, TERMS
from siting.plan import Plan
from siting.plan_files import TABLES
from siting.scenario import Scenario

HOURS = 1000.0


def table(name: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Make a table of a plan from its rows."""
    return pd.DataFrame(rows, columns=list(TABLES[name]))


def ledger(**terms: float) -> pd.DataFrame:
    """Make the ledger of a plan without baselines."""
    values = [terms.get(term, 0.0) for term in TERMS]
    frame = pd.DataFrame({"term": [*TERMS, "total"], "plan": [*values, sum(values)]})
    for name in PLANS[1:]:
        frame[name] = float("nan")
    return frame


def manifest(objective: float, **changes: Any) -> dict[str, Any]:
    """Make the manifest of a plan of least cost that is proven optimal."""
    stage = {"weights": {"cost": 1.0}, "slack": 0.0, "slack_absolute": 0.0}
    return {
        "versions": {"siting": "0"},
        "options": {"stages": [stage], "solver": "hand"},
        "stages": [{"value": objective, "limit": None}],
        "objective": objective,
        "bound": objective,
        "gap": 0.0,
        "status": "optimal",
        "seconds": {"solve": 0.0},
        "scenario_sha256": {},
    } | changes


def plan(scenario: Scenario, objective: float, **tables: Any) -> Plan:
    """Make a plan; tables that are not given are empty."""
    given = {name: tables.pop(name, table(name)) for name in TABLES}
    said = manifest(objective, **tables.pop("manifest", {}))
    said["scenario_sha256"] = fingerprint(scenario)
    return Plan(scenario=scenario, manifest=said, **given)


def scenario(**tables: Any) -> Scenario:
    """Make a scenario of one period of 1000 hours where nothing else is said."""
    settings = {
        "name": "hand",
        "hours_per_year": HOURS,
        "discount_rate": 0.0,
        "tie_break": "none",
    } | tables.pop("settings", {})
    return Scenario.from_tables(settings=settings, **tables)


def two_hubs() -> Plan:
    """Give two hubs, one pinned workload of 10 MW, room for 6 MW at the cheaper one.

    Cheap: 1.2 × 1000 h × 100 CNY + 1000 CNY hosting = 121,000 CNY a MW.
    Dear: 1.5 × 1000 h × 200 CNY + 0 = 300,000 CNY a MW.
    6 × 121,000 + 4 × 300,000 = 1,926,000; another MW of cheap room is worth 179,000.
    The multiplier of its room, and of its use, is hosting + 179,000 - 1,000 = 179,000
    and 180,000.
    """
    world = scenario(
        hubs=[
            {
                "id": "cheap",
                "side": "west",
                "it_capacity_mw": 6.0,
                "pue": 1.2,
                "hosting_cny_per_mw_year": 1000.0,
                "grid": "coal",
                "green_share": 0.25,
            },
            {"id": "dear", "side": "east", "it_capacity_mw": 20.0, "pue": 1.5},
        ],
        workloads=[{"id": "job", "class": "batch", "origin": "dear", "it_mw": 10.0}],
        tariffs=[
            {"hub": "cheap", "price_cny_per_mwh": 100.0},
            {"hub": "dear", "price_cny_per_mwh": 200.0},
        ],
        carbon_factors=[
            {"grid": "coal", "location_kg_per_mwh": 500, "residual_kg_per_mwh": 800}
        ],
    )
    nan = float("nan")
    # 6 MW × 1.2 × 1000 h = 7200 MWh, a quarter green; 3600 t; 5400 MWh × 0.8 = 4320 t.
    return plan(
        world,
        1_926_000.0,
        placement=table(
            "placement",
            ("job", "batch", "dear", "cheap", 0.6, 6.0, 6.0, 7200.0, nan),
            ("job", "batch", "dear", "dear", 0.4, 4.0, 4.0, 6000.0, 1.0),
        ),
        hubs=table(
            "hubs",
            ("cheap", "west", 6.0, 6.0, 0.0, 0.0, 6.0, 7200.0, 1800.0, 720_000.0, 0, 0),
            ("dear", "east", 20.0, 4.0, 0.0, 16.0, 4.0, 6000.0, 0.0, 1_200_000.0, 0, 0),
        ),
        ledger=ledger(electricity=1_920_000.0, hosting=6000.0),
        emissions=table(
            "emissions",
            ("cheap", 7200.0, 1800.0, 0.0, 3600.0, 4320.0),
            ("dear", 6000.0, 0.0, 0.0, 0.0, 0.0),
            ("network", 0.0, 0.0, 0.0, 0.0, 0.0),
            ("total", 13200.0, 1800.0, 0.0, 3600.0, 4320.0),
        ),
        limits=table(
            "limits",
            ("room", "cheap", "", "", "MW", 6.0, 6.0, 0.0, 179_000.0),
            ("room", "dear", "", "", "MW", 20.0, 4.0, 16.0, 0.0),
        ),
        duals=table(
            "duals",
            ("room", "cheap", "", "", "", 179_000.0),
            ("room-use", "cheap", "", "", "", 180_000.0),
        ),
    )


def three_nodes() -> Plan:
    """Give a narrow direct link and a way round: prices of links decide the split.

    10 MW at `a` go to the only hub at `c`, 2 Gbps a MW: 20 Gbps. The direct link has 8
    Gbps of head-room (10, a fifth in use by others) and can be widened by 5 at 30 CNY a
    Gbps over 10 years: 3 a year. The way round by `b` costs tolls of 1 + 1 CNY, so 12
    Gbps take it and nothing is widened; a Gbps more of the direct link is worth 2.
    RTT: direct 2 × 1 × 1.5 + 1 = 4 ms, round 2 × 4 × 1.5 + 1 = 13 ms.
    """
    link = {"one_way_ms": 2.0, "length_km": 400.0, "toll_cny_per_gbps_year": 1.0}
    world = scenario(
        settings={"rtt_factor": 1.5},
        hubs=[{"id": "hub", "node": "c", "side": "west", "it_capacity_mw": 50.0}],
        workloads=[
            {
                "id": "job",
                "class": "batch",
                "origin": "a",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": 2.0,
                "rtt_limit_ms": 13.0,
            }
        ],
        nodes=[{"id": "a"}, {"id": "b"}, {"id": "c"}],
        links=[
            {
                "id": "direct",
                "source": "a",
                "target": "c",
                "one_way_ms": 1.0,
                "length_km": 200.0,
                "capacity_gbps": 10.0,
                "utilisation": 0.2,
                "widen_max_gbps": 5.0,
                "widen_cny_per_gbps": 30.0,
            },
            {"id": "ab", "source": "a", "target": "b", **link},
            {"id": "bc", "source": "b", "target": "c", **link},
        ],
    )
    inf, nan = float("inf"), float("nan")
    job = ("a", "hub", "to-hub", 13.0, "", "")
    return plan(
        world,
        24.0,
        placement=table(
            "placement", ("job", "batch", "a", "hub", 1.0, 10.0, 10.0, 10_000.0, 4.0)
        ),
        routes=table(
            "routes",
            (*job, "a>c", "direct", 200.0, 4.0, 8.0, 8.0, 8.0),
            (*job, "a>b>c", "ab;bc", 800.0, 13.0, 12.0, 12.0, 12.0),
        ),
        hubs=table(
            "hubs",
            ("hub", "west", 50.0, 10.0, 0.0, 40.0, 10.0, 10_000.0, 0, 0, 20.0, 0.0),
        ),
        links=table(
            "links",
            ("direct", "a", "c", 8.0, 0.0, 0.0, 8.0, 0.0, 1.0),
            ("ab", "a", "b", inf, 0.0, 0.0, 12.0, 0.0, nan),
            ("bc", "b", "c", inf, 0.0, 0.0, 12.0, 0.0, nan),
        ),
        ledger=ledger(transfer=24.0),
        emissions=table(
            "emissions",
            ("hub", 10_000.0, 0.0, 0.0, 0.0, 0.0),
            ("network", 0.0, 0.0, 0.0, 0.0, 0.0),
            ("total", 10_000.0, 0.0, 0.0, 0.0, 0.0),
        ),
        limits=table(
            "limits",
            ("room", "hub", "", "", "MW", 50.0, 10.0, 40.0, 0.0),
            ("link", "direct", "forward", "year", "Gbps", 8.0, 8.0, 0.0, 2.0),
            ("link", "direct", "backward", "year", "Gbps", 8.0, 0.0, 8.0, 0.0),
            ("widen", "direct", "", "", "Gbps", 5.0, 0.0, 5.0, 0.0),
        ),
        duals=table("duals", ("link", "direct", "", "forward", "year", 2.0)),
    )


def two_periods() -> Plan:
    """Give a movable workload that follows the price over two periods.

    Day 400 h at demand 1, night 600 h at demand 0.5; 10 MW. `a` costs 300 by day and
    100 by night, `b` always 200; hosting 2000 CNY a MW at both. Day at `b`: 10 × 400 ×
    200 = 800,000. Night at `a` saves 5 × 600 × 100 = 300,000 for 10,000 of hosting:
    300,000 of power. With room of 10 and 5 MW: 30,000. Sum 1,130,000.
    Reserve: one MW kept at `b` is paid for by the day, at `a` by the night.
    """
    world = scenario(
        hubs=[
            {"id": h, "it_capacity_mw": 50.0, "hosting_cny_per_mw_year": 2000.0}
            for h in "ab"
        ],
        workloads=[
            {
                "id": "web",
                "class": "online",
                "origin": "a",
                "manner": "movable",
                "it_mw": 10.0,
                "profile": "sun",
            }
        ],
        periods=[{"id": "01", "hours": 400.0}, {"id": "02", "hours": 600.0}],
        profiles=[
            {"profile": "sun", "period": "01", "factor": 1.0},
            {"profile": "sun", "period": "02", "factor": 0.5},
        ],
        tariffs=[
            {"hub": "a", "period": "01", "price_cny_per_mwh": 300.0},
            {"hub": "a", "period": "02", "price_cny_per_mwh": 100.0},
            {"hub": "b", "price_cny_per_mwh": 200.0},
        ],
    )
    nan = float("nan")
    # Mean demand: 10 × (0.4 × 1 + 0.6 × 0.5) = 7; day 4 of it, night 3.
    return plan(
        world,
        1_130_000.0,
        placement=table(
            "placement",
            ("web", "online", "a", "a", 3 / 7, 3.0, 5.0, 3000.0, 1.0),
            ("web", "online", "a", "b", 4 / 7, 4.0, 10.0, 4000.0, nan),
        ),
        schedule=table("schedule", ("web", "b", "01", 10.0), ("web", "a", "02", 5.0)),
        hubs=table(
            "hubs",
            ("a", "", 50.0, 5.0, 0.0, 45.0, 3.0, 3000.0, 0.0, 300_000.0, 0.0, 0.0),
            ("b", "", 50.0, 10.0, 0.0, 40.0, 4.0, 4000.0, 0.0, 800_000.0, 0.0, 0.0),
        ),
        ledger=ledger(electricity=1_100_000.0, hosting=30_000.0),
        emissions=table(
            "emissions",
            ("a", 3000.0, 0.0, 0.0, 0.0, 0.0),
            ("b", 4000.0, 0.0, 0.0, 0.0, 0.0),
            ("network", 0.0, 0.0, 0.0, 0.0, 0.0),
            ("total", 7000.0, 0.0, 0.0, 0.0, 0.0),
        ),
        limits=table(
            "limits",
            ("room", "a", "", "", "MW", 50.0, 5.0, 45.0, 0.0),
            ("room", "b", "", "", "MW", 50.0, 10.0, 40.0, 0.0),
        ),
        duals=table(
            "duals",
            ("room-use", "a", "", "", "", 2000.0),
            ("room-use", "b", "", "", "", 2000.0),
            ("reserve", "web", "a", "", "02", 2000.0),
            ("reserve", "web", "b", "", "01", 2000.0),
        ),
    )


def green_half() -> Plan:
    """Demand that half of the energy is green, by a hub or by certificates.

    10 MW, 1000 h. `coal` costs 100 a MWh, `wind` (all contracted) 160 with room for 2
    MW; a certificate 40. A certified MWh at `coal` costs 140, so half green is cheapest
    certified: 10,000 MWh × 100 + 5,000 × 40 = 1,200,000. A carbon price of 50 CNY on
    market-based emissions: (10,000 - 5,000) × 0.8 = 4000 t, 200,000 CNY; with it a
    certificate saves 40 CNY, what it costs.
    """
    world = scenario(
        settings={"certificates": "year"},
        policy={
            "carbon_price_cny_per_t": 50.0,
            "carbon_accounting": "market",
            "carbon_cap_t": 5000.0,
            "green_min": [{"share": 0.5, "class": "batch"}],
        },
        hubs=[
            {"id": "coal", "it_capacity_mw": 50.0, "grid": "north"},
            {"id": "wind", "it_capacity_mw": 2.0, "grid": "north", "green_share": 1.0},
        ],
        workloads=[{"id": "job", "class": "batch", "origin": "coal", "it_mw": 10.0}],
        tariffs=[
            {"hub": "coal", "price_cny_per_mwh": 100.0},
            {"hub": "wind", "price_cny_per_mwh": 160.0},
        ],
        carbon_factors=[
            {"grid": "north", "location_kg_per_mwh": 600, "residual_kg_per_mwh": 800}
        ],
        certificates=[{"id": "offer", "price_cny_per_mwh": 40.0, "max_mwh": 6000.0}],
    )
    # The green limit has no worth: a certificate pays for itself by the carbon price.
    return plan(
        world,
        1_400_000.0,
        placement=table(
            "placement",
            ("job", "batch", "coal", "coal", 1.0, 10.0, 10.0, 10_000.0, 1.0),
        ),
        hubs=table(
            "hubs",
            ("coal", "", 50.0, 10.0, 0, 40.0, 10.0, 10_000.0, 0.0, 1_000_000.0, 0, 0),
            ("wind", "", 2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ),
        certificates=table(
            "certificates", ("offer", "coal", "class:batch", "", 5000.0)
        ),
        ledger=ledger(
            electricity=1_000_000.0, certificates=200_000.0, carbon=200_000.0
        ),
        emissions=table(
            "emissions",
            ("coal", 10_000.0, 0.0, 5000.0, 6000.0, 4000.0),
            ("wind", 0.0, 0.0, 0.0, 0.0, 0.0),
            ("network", 0.0, 0.0, 0.0, 0.0, 0.0),
            ("total", 10_000.0, 0.0, 5000.0, 6000.0, 4000.0),
        ),
        limits=table(
            "limits",
            ("room", "coal", "", "", "MW", 50.0, 10.0, 40.0, 0.0),
            ("room", "wind", "", "", "MW", 2.0, 0.0, 2.0, 0.0),
            ("green", "0", "", "", "MWh", 5000.0, 5000.0, 0.0, 0.0),
            ("certificate", "offer", "", "", "MWh", 6000.0, 5000.0, 1000.0, 0.0),
            ("carbon-cap", "", "", "", "t", 5000.0, 4000.0, 1000.0, 0.0),
        ),
    )


ALL = {
    "two_hubs": two_hubs,
    "three_nodes": three_nodes,
    "two_periods": two_periods,
    "green_half": green_half,
}
