"""Hypothesis strategies for small scenarios that mix every feature of the model.

Numbers are round, so that a scenario is feasible or infeasible by a wide margin and a
counterexample can be read. A scenario is drawn as the keyword arguments of
``Scenario.from_tables``.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Row = dict[str, Any]

INFINITE = float("inf")
SIDES = ("east", "west", "central")
CLASSES = ("training", "batch", "interactive")
GRIDS = ("north", "south")
OBJECTIVES: tuple[tuple[str, ...], ...] = (
    ("cost",),
    ("carbon-location",),
    ("carbon-market:1%", "cost"),
    ("green",),
    ("latency:5%", "cost"),
    ("cost=1+carbon-location=300",),
    ("cost:2%", "latency"),
    ("cost=1+latency=1000:1%", "green:1%", "carbon-market"),
)


def maybe(draw: Draw, chance: int = 2) -> bool:
    """Draw True once in ``chance`` times, False when shrunk."""
    return bool(draw(st.integers(0, chance - 1)) == chance - 1)


def pick(draw: Draw, *values: Any) -> Any:
    """Draw one of some values, the first when shrunk."""
    return draw(st.sampled_from(values))


def some(draw: Draw, values: list[str], least: int = 1) -> str:
    """Draw some of the ids, joined by semicolons."""
    chosen = draw(st.lists(st.sampled_from(values), min_size=least, unique=True))
    return ";".join(sorted(chosen))


@st.composite
def scenarios(draw: Draw) -> dict[str, Any]:
    """Draw the tables, settings and policy of a scenario."""
    nodes = [f"n{i}" for i in range(draw(st.integers(2, 6)))]
    periods = _periods(draw)
    names = [row["id"] for row in periods]
    hubs = _hubs(draw, nodes)
    places = [row["id"] for row in hubs]
    workloads = _workloads(draw, nodes, hubs, periods)
    tables: dict[str, Any] = {
        "hubs": hubs,
        "workloads": workloads,
        "nodes": _nodes(draw, nodes),
        "periods": periods,
        "profiles": [
            {"profile": p, "period": t, "factor": pick(draw, 1.0, 0.5, 1.5, 0.0, 0.75)}
            for p in sorted({row.get("profile", "") for row in workloads} - {""})
            for t in names
        ],
        "accelerators": [
            {"model": "a100", "tflops": 312.0, "tdp_w": 400.0, "server_overhead": 1.5}
        ],
        "carbon_factors": _carbon_factors(draw, names),
    }
    with_links = maybe(draw, 5) is False
    if with_links:
        tables["links"] = _links(draw, nodes)
    if not with_links or maybe(draw, 4):
        tables["rtt"] = _rtt(draw, nodes, places)
    if maybe(draw, 6) is False:
        tables["tariffs"] = _tariffs(draw, places, names)
    if maybe(draw, 3):
        tables["hub_periods"] = _hub_periods(draw, places, names)
    settings = _settings(draw)
    if maybe(draw, 4) is False:
        tables["transfer_prices"] = [_transfer_price(draw)]
    if settings["certificates"] != "off":
        tables["certificates"] = _certificates(draw)
    if maybe(draw, 4):
        tables["placement_costs"] = [
            {
                "workload": row["id"],
                "hub": hub,
                "cny_per_mw_year": pick(draw, 4e5, -3e5, 1e6, -2e6),
            }
            for row in workloads
            for hub in places
            if maybe(draw)
        ]
    tables = {name: rows for name, rows in tables.items() if rows}
    return {
        **tables,
        "settings": settings,
        "policy": _policy(draw, hubs, workloads),
    }


def _periods(draw: Draw) -> list[Row]:
    hours = pick(draw, [8760.0], [4000.0, 4760.0], [8000.0, 260.0, 500.0])
    if maybe(draw, 6):
        hours = [2000.0, 1000.0, 3000.0, 2760.0]
    return [
        {"id": f"t{i}", "hours": h, "day": f"d{i // 2}"} for i, h in enumerate(hours)
    ]


def _nodes(draw: Draw, nodes: list[str]) -> list[Row]:
    return [
        {
            "id": node,
            "latitude": 30.0 + 2.0 * number,
            "longitude": 100.0 + pick(draw, 0.0, 3.0, 11.0),
            "transit": not maybe(draw, 6),
        }
        for number, node in enumerate(nodes)
    ]


def _hubs(draw: Draw, nodes: list[str]) -> list[Row]:
    rows = []
    for number in range(draw(st.integers(1, 4))):
        row: Row = {
            "id": f"h{number}",
            "node": pick(draw, *nodes),
            "side": pick(draw, *SIDES),
            "province": pick(draw, "P", "Q"),
            "it_capacity_mw": pick(draw, INFINITE, 20.0, 8.0, 0.0),
            "hosting_cny_per_mw_year": pick(draw, 0.0, 5e5, 8e5),
            "pue": pick(draw, 1.0, 1.2, 1.5),
            "pue_new": pick(draw, 1.0, 1.15),
            "grid": pick(draw, *GRIDS, ""),
            "green_share": pick(draw, 0.0, 0.5, 1.0, 0.25),
        }
        if maybe(draw):
            row["build_max_mw"] = pick(draw, 5.0, 30.0, INFINITE)
            row["capex_cny_per_kw"] = pick(draw, 0.0, 20000.0, 9000.0)
        if maybe(draw, 4):
            row["ingress_gbps"] = pick(draw, 40.0, 10.0, 3.0)
        if maybe(draw, 4):
            row["egress_gbps"] = pick(draw, 40.0, 10.0, 3.0)
        if maybe(draw, 8):
            row["serves"] = some(draw, nodes)
        if maybe(draw, 12):
            row["open"] = False
        rows.append(row)
    return rows


def _workloads(
    draw: Draw, nodes: list[str], hubs: list[Row], periods: list[Row]
) -> list[Row]:
    places = [row["id"] for row in hubs]
    rows = []
    for number in range(draw(st.integers(1, 6))):
        row: Row = {
            "id": f"w{number}",
            "class": pick(draw, *CLASSES),
            "origin": pick(draw, *nodes),
            "manner": pick(draw, "pinned", "movable", "deferrable"),
            "to_hub_gbps_per_mw": pick(draw, 0.0, 1.0, 0.5, 4.0),
            "from_hub_gbps_per_mw": pick(draw, 0.0, 1.0, 0.25, 2.0),
            **_demand(draw),
        }
        if row["manner"] == "deferrable":
            row["burst"] = pick(draw, 1.0, 1.5, 4.0)
            row["window"] = pick(draw, "year", "day")
        elif maybe(draw):
            row["profile"] = pick(draw, "wave", "evening")
        if maybe(draw, 3):
            row["rtt_limit_ms"] = pick(draw, 30.0, 12.0, 6.0)
        if maybe(draw, 6):
            row["green_share_min"] = pick(draw, 0.25, 0.5)
            row["green_every_period"] = maybe(draw)
        if maybe(draw, 4):
            row["dataset_tb"] = pick(draw, 100.0, 20000.0)
        if maybe(draw, 4):
            row["accelerator_cny_per_mw_year"] = pick(draw, 6e7, 1e6)
        _regions(draw, row, hubs, places)
        rows.append(row)
    return rows


def _demand(draw: Draw) -> Row:
    if not maybe(draw, 6):
        return {"it_mw": pick(draw, 1.0, 2.5, 6.0, 0.5, 0.0)}
    return pick(
        draw,
        {"accelerators": 5000.0, "model": "a100", "utilisation": 0.5},
        {"pf_days_per_year": 40000.0, "model": "a100", "mfu": 0.4},
        {"flops_per_year": 4e24, "model": "a100", "mfu": 0.5},
        {"requests_per_day": 13e6, "wh_per_request": 3.0},
    )


def _regions(draw: Draw, row: Row, hubs: list[Row], places: list[str]) -> None:
    """Confine some workloads to hubs, sides or provinces."""
    if not maybe(draw, 4):
        return
    kind = pick(draw, "allowed_hubs", "allowed_sides", "allowed_provinces", "excluded")
    if kind == "allowed_hubs":
        row["allowed_hubs"] = some(draw, places)
    elif kind == "allowed_sides":
        row["allowed_sides"] = some(draw, sorted({hub["side"] for hub in hubs}))
    elif kind == "allowed_provinces":
        row["allowed_provinces"] = some(draw, sorted({h["province"] for h in hubs}))
    elif len(places) > 1:
        row["excluded_hubs"] = pick(draw, *places)


def _links(draw: Draw, nodes: list[str]) -> list[Row]:
    """Draw a tree that joins all nodes, and some more links, parallel ones too."""
    ends = [(nodes[pick(draw, *range(i))], nodes[i]) for i in range(1, len(nodes))]
    pairs = [(a, b) for a in nodes for b in nodes if a != b]
    ends += draw(st.lists(st.sampled_from(pairs), max_size=5))
    rows = []
    for number, (source, target) in enumerate(ends):
        row: Row = {
            "source": source,
            "target": target,
            # The small part keeps paths from having the same delay.
            "length_km": pick(draw, 100.0, 400.0, 900.0, 1500.0) + 1.37 * number,
            "capacity_gbps": pick(draw, INFINITE, 20.0, 8.0, 2.0),
            "direction": pick(draw, "duplex", "duplex", "shared", "forward"),
        }
        if maybe(draw, 3):
            row["utilisation"] = pick(draw, 0.5, 0.25)
        if maybe(draw, 3):
            row["toll_cny_per_gbps_year"] = pick(draw, 1e4, 3e5)
        if maybe(draw):
            row["widen_max_gbps"] = pick(draw, INFINITE, 4.0)
            row["widen_cny_per_gbps"] = pick(draw, 2e5, 1e6, 0.0)
        if maybe(draw, 6):
            row["one_way_ms"] = pick(draw, 2.0, 0.5) + 0.0037 * number
        rows.append(row)
    return rows


def _rtt(draw: Draw, nodes: list[str], places: list[str]) -> list[Row]:
    return [
        {"origin": node, "hub": hub, "rtt_ms": pick(draw, 5.0, 11.0, 25.0, 60.0)}
        for node in nodes
        for hub in places
        if maybe(draw)
    ]


def _tariffs(draw: Draw, places: list[str], names: list[str]) -> list[Row]:
    rows = []
    for hub in places:
        base = pick(draw, 400.0, 250.0, 700.0)
        rows.append({"hub": hub, "price_cny_per_mwh": base})
        for period in names:
            if maybe(draw, 3):
                price = pick(draw, 300.0, 900.0, -150.0, 0.0)
                rows.append({"hub": hub, "period": period, "price_cny_per_mwh": price})
    return rows


def _hub_periods(draw: Draw, places: list[str], names: list[str]) -> list[Row]:
    rows = []
    for hub in places:
        for period in names:
            if maybe(draw, 3):
                row: Row = {"hub": hub, "period": period}
                if maybe(draw):
                    row["pue"] = pick(draw, 1.1, 1.6)
                if maybe(draw):
                    row["green_share"] = pick(draw, 0.75, 0.1, 0.0)
                rows.append(row)
    return rows


def _carbon_factors(draw: Draw, names: list[str]) -> list[Row]:
    rows: list[Row] = []
    for grid in GRIDS:
        row: Row = {"grid": grid, "location_kg_per_mwh": pick(draw, 600.0, 400.0, 80.0)}
        if maybe(draw):
            row["residual_kg_per_mwh"] = pick(draw, 700.0, 500.0)
        rows.append(row)
        for period in names:
            if maybe(draw, 4):
                factor = pick(draw, 900.0, 100.0)
                rows.append(
                    {"grid": grid, "period": period, "location_kg_per_mwh": factor}
                )
    return rows


def _certificates(draw: Draw) -> list[Row]:
    return [
        {
            "id": f"c{number}",
            "grid": pick(draw, "", *GRIDS),
            "price_cny_per_mwh": pick(draw, 5.0, 30.0, 200.0),
            "max_mwh": pick(draw, INFINITE, 20000.0, 4000.0),
        }
        for number in range(draw(st.integers(1, 2)))
    ]


def _transfer_price(draw: Draw) -> Row:
    """Draw a price by volume, by reserved bandwidth, or of waves of one's own."""
    row: Row = {"basis": "b", "billing": pick(draw, "sum", "max")}
    kind = pick(draw, "volume", "reserved", "wave", "all")
    if kind in ("volume", "all"):
        row["price_cny_per_gb"] = pick(draw, 0.05, 0.48)
    if kind in ("reserved", "all"):
        row["price_cny_per_gbps_month"] = pick(draw, 15000.0, 60000.0)
    if kind in ("wave", "all"):
        row["link_cny_per_gbps_year"] = pick(draw, 20000.0, 0.0)
        row["link_cny_per_gbps_km_year"] = pick(draw, 100.0, 0.0)
        row["includes_widening"] = maybe(draw)
    row["fill"] = pick(draw, 1.0, 0.5)
    return row


def _settings(draw: Draw) -> Row:
    settings: Row = {
        "room": pick(draw, "dedicated", "pooled"),
        "routing": pick(draw, "fixed", "by-period"),
        "certificates": pick(draw, "off", "year", "period"),
        "tie_break": pick(draw, "latency", "none"),
    }
    if maybe(draw):
        settings["unserved_cny_per_mwh"] = pick(draw, 20000.0, 3000.0, 400.0)
    if maybe(draw, 3):
        settings["new_sides"] = [pick(draw, *SIDES)]
    if maybe(draw, 3):
        settings["rtt_factor"] = pick(draw, 1.5, 0.5)
    if maybe(draw, 3):
        settings["metro_km"] = pick(draw, 150.0, 600.0)
    if maybe(draw, 3):
        settings["network_kwh_per_gb"] = 0.06
        settings["network_co2_kg_per_mwh"] = 550.0
    if maybe(draw, 4):
        settings["hop_ms"] = 0.3
    if maybe(draw, 4):
        settings["pue"] = "new"
    if maybe(draw, 4):
        settings["accelerators_in_ledger"] = True
    if maybe(draw, 5):
        settings["discount_rate"] = 0.0
    return settings


def _policy(draw: Draw, hubs: list[Row], workloads: list[Row]) -> Row:
    policy: Row = {}
    if maybe(draw, 3):
        policy["carbon_price_cny_per_t"] = pick(draw, 100.0, 800.0)
    if maybe(draw, 3):
        policy["carbon_accounting"] = "market"
    if maybe(draw, 6):
        policy["carbon_cap_t"] = pick(draw, 60000.0, 20000.0)
    if maybe(draw, 10):
        policy["closed_hubs"] = [hubs[0]["id"]]
    if maybe(draw, 6):
        limit = {"share": pick(draw, 0.2, 0.5)} | _place(draw, hubs)
        policy["placement_min"] = [limit | _scope(draw, workloads)]
    if maybe(draw, 5):
        limit = {"share": pick(draw, 0.6, 0.3)} | _place(draw, hubs)
        policy["placement_max"] = [limit | _scope(draw, workloads)]
    if maybe(draw, 5):
        policy["green_min"] = [
            {"share": pick(draw, 0.2, 0.4, 0.7), "every_period": maybe(draw, 3)}
            | _scope(draw, workloads)
            for _ in range(draw(st.integers(1, 2)))
        ]
    if maybe(draw, 6):
        policy["reserved_min"] = [
            {"hub": pick(draw, *hubs)["id"], "mw": pick(draw, 3.0, 7.0)}
        ]
    return policy


def _place(draw: Draw, hubs: list[Row]) -> Row:
    hub = pick(draw, *hubs)
    key, column = pick(draw, ("hub", "id"), ("side", "side"), ("province", "province"))
    return {key: hub[column]}


def _scope(draw: Draw, workloads: list[Row]) -> Row:
    row = pick(draw, *workloads)
    key, column = pick(
        draw, ("", ""), ("class", "class"), ("origin", "origin"), ("workload", "id")
    )
    return {key: row[column]} if key else {}
