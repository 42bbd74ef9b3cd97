"""Scenarios without a plan, one cause at a time and several together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import siting

Row = dict[str, Any]
INFINITE = float("inf")

HUBS: dict[str, Row] = {
    "amber": {"node": "a", "side": "east", "it_capacity_mw": 20.0, "green_share": 0.1},
    "basalt": {"node": "b", "side": "west", "it_capacity_mw": 30.0, "green_share": 0.5},
    "cobalt": {"node": "c", "side": "west", "it_capacity_mw": 12.0, "green_share": 0.9},
}
GRIDS = {"amber": "coal", "basalt": "mixed", "cobalt": "hydro"}
WORKLOADS: dict[str, Row] = {
    "chat": {
        "class": "interactive",
        "it_mw": 6.0,
        "rtt_limit_ms": 5.0,
        "profile": "day",
        "to_hub_gbps_per_mw": 1.0,
        "from_hub_gbps_per_mw": 0.5,
    },
    "train": {"class": "training", "it_mw": 12.0, "to_hub_gbps_per_mw": 0.1},
    "store": {"class": "batch", "it_mw": 8.0, "to_hub_gbps_per_mw": 2.0},
}
LINKS: dict[str, Row] = {
    "oa": {"source": "o", "target": "a", "length_km": 100.0, "capacity_gbps": 60.0},
    "ob": {"source": "o", "target": "b", "length_km": 800.0, "capacity_gbps": 40.0},
    "ab": {"source": "a", "target": "b", "length_km": 900.0, "capacity_gbps": 20.0},
    "bc": {"source": "b", "target": "c", "length_km": 300.0, "capacity_gbps": 20.0},
}
PERIODS = [
    {"id": "night", "hours": 4380.0, "hour": "0"},
    {"id": "evening", "hours": 4380.0, "hour": "12"},
]
FACTORS = {"night": 0.5, "evening": 1.5}
CARBON = {"coal": (800.0, 850.0), "mixed": (500.0, 600.0), "hydro": (50.0, 400.0)}


@dataclass(frozen=True)
class Case:
    """A scenario and what its explanation has to say.

    Attributes
    ----------
    kinds : set of str
        Kinds of limit that the conflicts have.
    words : tuple of str
        Words of the explanation.
    """

    name: str
    make: Callable[[], siting.Scenario]
    kinds: frozenset[str]
    words: tuple[str, ...]


def scenario(
    *,
    hubs: dict[str, Row] | None = None,
    workloads: dict[str, Row] | None = None,
    links: dict[str, Row] | None = None,
    policy: Row | None = None,
    settings: Row | None = None,
    **tables: Any,
) -> siting.Scenario:
    """Make the common scenario with some cells changed."""

    def rows(base: dict[str, Row], changes: dict[str, Row] | None) -> list[Row]:
        changes = changes or {}
        names = [*base, *(name for name in changes if name not in base)]
        return [{"id": n, **base.get(n, {}), **changes.get(n, {})} for n in names]

    hub_rows = [
        {"grid": GRIDS.get(row["id"], ""), "pue": 1.2, **row}
        for row in rows(HUBS, hubs)
    ]
    workload_rows = [{"origin": "o", **row} for row in rows(WORKLOADS, workloads)]
    if tables.pop("linkless", False):
        tables["nodes"] = [{"id": n} for n in "oabc"]
    else:
        tables["links"] = rows(LINKS, links)
        tables["nodes"] = [{"id": n} for n in "oabcn"]
    return siting.Scenario.from_tables(
        settings={"rtt_access_ms": 1.0, **(settings or {})},
        policy=policy,
        hubs=hub_rows,
        workloads=workload_rows,
        periods=PERIODS,
        profiles=[
            {"profile": "day", "period": period, "factor": factor}
            for period, factor in FACTORS.items()
        ],
        carbon_factors=[
            {"grid": g, "location_kg_per_mwh": at, "residual_kg_per_mwh": rest}
            for g, (at, rest) in CARBON.items()
        ],
        **tables,
    )


def _case(name: str, kinds: str, words: str, **changes: Any) -> Case:
    return Case(
        name,
        lambda: scenario(**changes),
        frozenset(kinds.split()),
        tuple(words.split(",")),
    )


ONLY_CHAT: dict[str, Row] = {"train": {"it_mw": 0.5}, "store": {"it_mw": 0.5}}
GREEN_90 = {"green_share_min": 0.95}
OFFER = [{"id": "bundle", "price_cny_per_mwh": 20.0, "max_mwh": 9000.0}]

CASES = [
    _case(
        "latency out of reach",
        "demand latency",
        "chat,amber,1.5 ms,1.98 ms",
        workloads={"chat": {"rtt_limit_ms": 1.5}},
    ),
    _case(
        "latency and room",
        "demand latency room",
        "chat,amber,5 ms,9 MW,MW more room at amber",
        hubs={"amber": {"it_capacity_mw": 4.0}},
    ),
    _case(
        "latency and region",
        "demand latency regions",
        "chat,cobalt,5 ms,only at cobalt",
        workloads={"chat": {"allowed_hubs": "cobalt"}},
    ),
    _case(
        "side",
        "demand latency regions",
        "chat,west",
        workloads={"chat": {"allowed_sides": "west"}},
    ),
    _case(
        "excluded",
        "demand latency regions",
        "chat,amber,not at amber",
        workloads={"chat": {"excluded_hubs": "amber"}},
    ),
    _case(
        "closed by policy",
        "demand latency closed",
        "amber is closed,amber opened,chat",
        policy={"closed_hubs": ["amber"]},
    ),
    _case(
        "closed in its table",
        "demand latency closed",
        "amber is closed,chat",
        hubs={"amber": {"open": False}},
    ),
    _case(
        "serves others",
        "demand latency",
        "amber serves other origins only,chat,amber serves o as well",
        hubs={"amber": {"serves": "b"}},
    ),
    _case(
        "green out of reach",
        "demand green",
        "95 %,90 %,train",
        policy={"green_min": [{"share": 0.95, "class": "training"}]},
    ),
    _case(
        "own green share out of reach",
        "demand green",
        "95 %,90 %,train",
        workloads={"train": GREEN_90},
    ),
    _case(
        "green in every period",
        "demand green",
        "80 %,train,every period",
        policy={
            "green_min": [{"share": 0.8, "class": "training", "every_period": True}]
        },
        hub_periods=[{"hub": "cobalt", "period": "night", "green_share": 0.6}],
    ),
    _case(
        "green short of room",
        "demand green room",
        "85 %,cobalt,train,store",
        policy={"green_min": [{"share": 0.85}]},
        workloads={"chat": {"it_mw": 0.5}},
    ),
    _case(
        "green short of certificates",
        "certificate",
        "bundle,MWh,85 %",
        policy={"green_min": [{"share": 0.85}]},
        settings={"certificates": "year"},
        certificates=OFFER,
    ),
    _case(
        "carbon cap",
        "demand carbon-cap",
        "carbon cap,20 000 t".replace(" 000", ",000").replace("cap,", "cap of "),
        policy={"carbon_cap_t": 20_000.0},
    ),
    _case(
        "market-based carbon cap",
        "demand carbon-cap",
        "market-based, t",
        policy={"carbon_cap_t": 10_000.0, "carbon_accounting": "market"},
    ),
    _case(
        "carbon cap short of clean room",
        "carbon-cap room",
        "cobalt,MW,carbon cap",
        policy={"carbon_cap_t": 75_000.0},
        hubs={"cobalt": {"it_capacity_mw": 4.0}},
    ),
    _case(
        "room in all",
        "demand room",
        "amber,basalt,cobalt,train,MW are missing",
        workloads={"train": {"it_mw": 60.0}},
    ),
    _case(
        "room with building",
        "demand room",
        "more at most built,train",
        workloads={"train": {"it_mw": 60.0}},
        hubs={"basalt": {"build_max_mw": 5.0, "capex_cny_per_kw": 20000.0}},
    ),
    _case(
        "pooled room in one period",
        "demand room latency",
        "amber,chat,evening",
        settings={"room": "pooled"},
        hubs={"amber": {"it_capacity_mw": 8.0}},
    ),
    _case(
        "ingress",
        "demand latency ingress",
        "into amber,Gbps,chat,evening",
        hubs={"amber": {"ingress_gbps": 5.0}},
    ),
    _case(
        "egress",
        "demand latency egress",
        "out of amber,Gbps,chat",
        hubs={"amber": {"egress_gbps": 3.0}},
    ),
    _case(
        "link",
        "demand latency link",
        "link oa,Gbps,chat",
        links={"oa": {"capacity_gbps": 7.0}},
    ),
    _case(
        "link in use by others",
        "demand latency link",
        "link oa,Gbps,chat",
        links={"oa": {"capacity_gbps": 60.0, "utilisation": 0.9}},
    ),
    _case(
        "link wholly in use",
        "demand latency link",
        "link oa,Gbps,chat",
        links={"oa": {"utilisation": 1.0}},
    ),
    _case(
        "shared link",
        "demand latency link",
        "link oa,Gbps,chat",
        links={"oa": {"capacity_gbps": 10.0, "direction": "shared"}},
    ),
    _case(
        "links by period, with widening",
        "demand link",
        "Gbps,store,by widening",
        workloads={"store": {"it_mw": 20.0, "to_hub_gbps_per_mw": 8.0}},
        links={"ob": {"widen_max_gbps": 10.0, "widen_cny_per_gbps": 1000.0}},
        settings={"routing": "by-period"},
    ),
    _case(
        "slower path needed",
        "demand latency link",
        "chat,link oa,Gbps",
        workloads={"chat": {"rtt_limit_ms": 3.0}},
        links={
            "oa": {"capacity_gbps": 6.0},
            "on": {"source": "o", "target": "n", "length_km": 210.0},
            "na": {"source": "n", "target": "a", "length_km": 100.0},
        },
    ),
    _case(
        "least share out of reach",
        "latency placement-min",
        "at least 50 %,class interactive,west",
        policy={
            "placement_min": [{"share": 0.5, "side": "west", "class": "interactive"}]
        },
    ),
    _case(
        "least share short of room",
        "room placement-min",
        "at least 70 %,cobalt,MW",
        policy={"placement_min": [{"share": 0.7, "hub": "cobalt"}]},
    ),
    _case(
        "most share forced",
        "demand latency placement-max",
        "at most 10 %,east,chat",
        policy={
            "placement_max": [{"share": 0.1, "side": "east", "class": "interactive"}]
        },
    ),
    _case(
        "least and most share",
        "placement-min placement-max",
        "at least 60 %,at most 40 %,west,train",
        policy={
            "placement_min": [{"share": 0.6, "side": "west", "class": "training"}],
            "placement_max": [{"share": 0.4, "side": "west", "class": "training"}],
        },
    ),
    _case(
        "least shares of more than all",
        "placement-min",
        "60 %,50 %,amber,basalt",
        policy={
            "placement_min": [
                {"share": 0.6, "hub": "amber", "class": "training"},
                {"share": 0.5, "hub": "basalt", "class": "training"},
            ]
        },
    ),
    _case(
        "room kept open",
        "room reserved-min",
        "50 MW of room kept open at amber,20 MW",
        policy={"reserved_min": [{"hub": "amber", "mw": 50.0}]},
    ),
    _case(
        "churn",
        "demand churn room",
        "leave,train,amber",
        workloads={"train": {"it_mw": 18.0}},
        policy={"churn_max_share": 0.1},
        current=[{"workload": "train", "hub": "amber", "share": 1.0}],
    ),
    _case(
        "churn, demand may go unserved",
        "churn room",
        "leave,what is not served has left,9.4 instead of 4 MW,30.77",
        hubs={"amber": {"it_capacity_mw": 4.0}},
        settings={"unserved_cny_per_mwh": 1500.0},
        policy={"churn_max_share": 0.1},
        current=[{"workload": "train", "hub": "amber", "share": 1.0}],
    ),
    _case(
        "share without room, demand may go unserved",
        "room placement-min",
        "at least 70 %,cobalt",
        settings={"unserved_cny_per_mwh": 5000.0},
        policy={"placement_min": [{"share": 0.7, "hub": "cobalt"}]},
    ),
    _case(
        "measured round trip, no links",
        "demand latency",
        "chat,5 ms,6.5 ms,amber",
        linkless=True,
        rtt=[
            {"origin": "o", "hub": "amber", "rtt_ms": 6.5},
            {"origin": "o", "hub": "basalt", "rtt_ms": 11.0},
        ],
    ),
    _case(
        "unknown round trip, no links",
        "demand latency",
        "chat,amber,no latency limit,an unknown time",
        linkless=True,
        rtt=[{"origin": "o", "hub": "basalt", "rtt_ms": 11.0}],
        workloads={"chat": {"allowed_hubs": "amber"}},
    ),
    _case(
        "movable at its peak",
        "demand room latency",
        "amber,chat,MW",
        workloads={"chat": {"manner": "movable"}},
        hubs={"amber": {"it_capacity_mw": 7.0}},
    ),
    _case(
        "deferrable",
        "demand room",
        "train,MW,basalt",
        workloads={"train": {"manner": "deferrable", "burst": 1.5, "it_mw": 70.0}},
    ),
    _case(
        "demand given in cards",
        "demand room latency",
        "chat,amber,MW",
        workloads={
            "chat": {
                **{"it_mw": None, "model": "a100", "accelerators": 40000.0},
            }
        },
        accelerators=[{"model": "a100", "tflops": 312.0, "tdp_w": 500.0}],
    ),
    _case(
        "two causes: latency and carbon",
        "demand latency carbon-cap",
        "chat,1.5 ms,carbon cap",
        workloads={"chat": {"rtt_limit_ms": 1.5}},
        policy={"carbon_cap_t": 20_000.0},
    ),
    _case(
        "two causes: room kept open and green share",
        "reserved-min green",
        "amber,95 %",
        policy={
            "reserved_min": [{"hub": "amber", "mw": 50.0}],
            "green_min": [{"share": 0.95, "class": "training"}],
        },
    ),
    _case(
        "three causes: link, closed hub, shares",
        "link closed placement-min placement-max",
        "link ob,cobalt,at most 40 %",
        workloads={
            "store": {"allowed_hubs": "basalt"},
            "train": {"allowed_hubs": "cobalt"},
        },
        links={"ob": {"capacity_gbps": 4.0}, "ab": {"capacity_gbps": 4.0}},
        policy={
            "closed_hubs": ["cobalt"],
            "placement_min": [{"share": 0.6, "hub": "basalt", "class": "interactive"}],
            "placement_max": [{"share": 0.4, "side": "west", "class": "interactive"}],
        },
    ),
    _case(
        "three causes: workloads behind a one-way link",
        "demand",
        "links lead from n to none,without one,without two,without three",
        workloads={
            name: {"class": f"batch {name}", "origin": "n", "it_mw": it_mw}
            | {"to_hub_gbps_per_mw": 1.0}
            for name, it_mw in {"one": 3.0, "two": 1.0, "three": 2.0}.items()
        },
        links={
            "an": {"source": "a", "target": "n", "length_km": 100.0}
            | {"capacity_gbps": 50.0, "direction": "forward"}
        },
    ),
]
