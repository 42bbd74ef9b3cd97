"""Small plans that the tests of exports and figures show."""

from functools import cache

import pandas as pd

import siting

HOSTILE = (
    "comma, \"quote\" and 'tick'",
    "line\nbreak\tand tab",
    "<script>alert(1)</script>&amp;",
    "=HYPERLINK(A1)",
    "@SUM(1)",
    "东数西算：枢纽",
    "😀 emoji 👩‍🚀",
    "שלום مرحبا \u202eoverride",
    "../../etc/passwd\\x",
    "$x^2$ \\frac{1}{2} %s {0} {name}",
    "long " * 40,
    "#N/A",
)
"""Names that break what is written carelessly."""


def tables(names: tuple[str, ...], *, geography: bool = True) -> dict[str, object]:
    """Give the tables of a small scenario with names, and nearly ids, as given."""
    count = len(names)
    # Ids of places may not hold what separates them in lists and paths.
    ids = tuple(name.replace(";", "").replace(">", "").strip() for name in names)
    latitude = [30.0 + 2.0 * (i % 5) for i in range(count)]
    longitude = [100.0 + 3.0 * i for i in range(count)]
    hubs = pd.DataFrame(
        {
            "id": ids,
            "name": names,
            "name_zh": names[::-1],
            "node": ids,
            "side": ["west" if i < count // 2 else "east" for i in range(count)],
            "it_capacity_mw": [6.0 + i for i in range(count)],
            "grid": "grid",
            "green_share": 0.25,
            "pue": 1.2,
            "hosting_cny_per_mw_year": 1000.0,
        }
    )
    nodes = pd.DataFrame({"id": ids, "name": names, "name_zh": names[::-1]})
    if geography:
        hubs["latitude"], hubs["longitude"] = latitude, longitude
        nodes["latitude"], nodes["longitude"] = latitude, longitude
    hub = [name for name in ids for _ in range(2)]
    return {
        "hubs": hubs,
        "nodes": nodes,
        "links": pd.DataFrame(
            {
                "id": [f"{ids[i]}!{i}" for i in range(count - 1)],
                "source": ids[:-1],
                "target": ids[1:],
                "length_km": 300.0,
                "capacity_gbps": 40.0,
            }
        ),
        "workloads": pd.DataFrame(
            {
                "id": names,
                "name": names,
                "class": [names[i % 3] for i in range(count)],
                "origin": ids[::-1],
                "it_mw": 4.0,
                "to_hub_gbps_per_mw": 0.5,
                "profile": ["shape" if i % 2 else "" for i in range(count)],
                "manner": ["movable" if i % 4 == 2 else "pinned" for i in range(count)],
                "home_hub": ids[::-1],
            }
        ),
        "periods": pd.DataFrame(
            {"id": [names[0], names[1]], "hours": [4380.0, 4380.0], "hour": [0, 12]}
        ),
        "profiles": pd.DataFrame(
            {
                "profile": ["shape", "shape"],
                "period": [names[0], names[1]],
                "factor": [0.8, 1.2],
            }
        ),
        "tariffs": pd.DataFrame(
            {
                "hub": hub,
                "period": [names[0], names[1]] * count,
                "price_cny_per_mwh": [300.0 + 7.0 * i for i in range(2 * count)],
            }
        ),
        "carbon_factors": pd.DataFrame(
            {"grid": ["grid"], "location_kg_per_mwh": [600.0]}
        ),
        "sources": pd.DataFrame(
            {
                "table": ["hubs"],
                "key": [names[3]],
                "column": ["pue"],
                "value": [names[3]],
                "source": [names[2]],
                "grade": ["C"],
            }
        ),
        "settings": {"name": names[8], "title": names[2]},
    }


@cache
def hostile_plan() -> siting.Plan:
    """Give a plan every name of which is hostile."""
    return siting.solve(siting.Scenario.from_tables(**tables(HOSTILE)))


@cache
def plain_plan(geography: bool = True) -> siting.Plan:
    """Give a small plan with names as they should be."""
    names = tuple(f"place-{letter}" for letter in "abcdefghijkl")
    given = tables(names, geography=geography)
    return siting.solve(siting.Scenario.from_tables(**given))


@cache
def bare_plan() -> siting.Plan:
    """Give the smallest plan: no links, prices, periods, places or baselines."""
    scenario = siting.Scenario.from_tables(
        hubs=[{"id": "h", "it_capacity_mw": float("inf")}],
        workloads=[{"id": "w", "class": "c", "origin": "o", "it_mw": 1.0}],
    )
    return siting.solve(scenario, baselines=False)


@cache
def china_plan() -> siting.Plan:
    """Give the plan of the shipped region."""
    return siting.solve(siting.load("china"))
