"""The programs of toy scenarios, word for word: one for each family of constraints.

A change of a constraint shows as a change of its file. To write the files anew, set
``SITING_WRITE_GOLDEN`` and look at the difference.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from pipelines import solved

import siting

FOLDER = Path(__file__).parent / "golden"
WRITE = "SITING_WRITE_GOLDEN"

HALVES = [{"id": "day", "hours": 600.0}, {"id": "night", "hours": 400.0}]
HUBS = [
    {"id": "a", "it_capacity_mw": 5.0, "hosting_cny_per_mw_year": 10.0},
    {"id": "b", "it_capacity_mw": 8.0, "hosting_cny_per_mw_year": 20.0},
]
TARIFFS = [
    {"hub": "a", "period": "day", "price_cny_per_mwh": 3.0},
    {"hub": "a", "period": "night", "price_cny_per_mwh": 1.0},
    {"hub": "b", "price_cny_per_mwh": 2.0},
]
SHAPE = [
    {"profile": "p", "period": "day", "factor": 1.0},
    {"profile": "p", "period": "night", "factor": 0.5},
]
YEAR = {"hours_per_year": 1000.0}


def work(name: str, mw: float = 2.0, **columns: Any) -> dict[str, Any]:
    """Give a workload."""
    return {"id": name, "class": "c", "origin": "o", "it_mw": mw} | columns


BASE: dict[str, Any] = {
    "periods": HALVES,
    "hubs": HUBS,
    "tariffs": TARIFFS,
    "profiles": SHAPE,
    "settings": YEAR,
}
LINKS = [
    {"source": "o", "target": "a", "length_km": 100.0, "capacity_gbps": 2.0},
    {"source": "o", "target": "b", "length_km": 300.0, "capacity_gbps": 3.0}
    | {"direction": "shared", "utilisation": 0.5, "toll_cny_per_gbps_year": 7.0},
]
NODES = [{"id": name} for name in "oab"]

CASES: dict[str, dict[str, Any]] = {
    "pinned": {"workloads": [work("w", profile="p")]},
    "movable": {"workloads": [work("w", manner="movable", profile="p")]},
    "deferrable": {"workloads": [work("w", manner="deferrable", burst=2.0)]},
    "unserved": {
        "workloads": [work("w"), work("m", manner="movable")],
        "settings": YEAR | {"unserved_cny_per_mwh": 100.0},
    },
    "room": {
        "hubs": [
            HUBS[0] | {"build_max_mw": 4.0, "capex_cny_per_kw": 0.1},
            HUBS[1] | {"side": "west", "capex_cny_per_kw": 0.2},
        ],
        "workloads": [work("w", profile="p"), work("m", manner="movable")],
        "settings": YEAR | {"new_sides": ["west"]},
        "policy": {"reserved_min": [{"hub": "b", "mw": 1.0}]},
    },
    "pooled": {
        "workloads": [work("w", profile="p"), work("m", manner="movable")],
        "settings": YEAR | {"room": "pooled"},
    },
    "bandwidth": {
        "hubs": [HUBS[0] | {"ingress_gbps": 1.0, "egress_gbps": 0.5}, HUBS[1]],
        "workloads": [
            work("w", profile="p", to_hub_gbps_per_mw=1.0, from_hub_gbps_per_mw=0.25)
        ],
    },
    "routing": {
        "nodes": NODES,
        "links": LINKS,
        "workloads": [
            work("w", profile="p", to_hub_gbps_per_mw=1.0, from_hub_gbps_per_mw=0.25),
            work("m", manner="movable", to_hub_gbps_per_mw=0.5),
        ],
    },
    "widening": {
        "nodes": NODES,
        "links": [
            link | {"widen_max_gbps": 4.0, "widen_cny_per_gbps": 50.0} for link in LINKS
        ],
        "transfer_prices": [
            {"basis": "wave", "link_cny_per_gbps_km_year": 0.1, "fill": 0.5}
        ],
        "workloads": [work("w", profile="p", to_hub_gbps_per_mw=1.0)],
    },
    "transfer": {
        "nodes": NODES,
        "links": LINKS,
        "transfer_prices": [
            {"basis": "b", "price_cny_per_gb": 1e-5, "price_cny_per_gbps_month": 2.0}
            | {"billing": "max"}
        ],
        "workloads": [
            work("w", to_hub_gbps_per_mw=0.5, from_hub_gbps_per_mw=0.25, dataset_tb=3.0)
        ],
    },
    "green": {
        "hubs": [HUBS[0] | {"green_share": 0.5, "grid": "g"}, HUBS[1] | {"grid": "f"}],
        "carbon_factors": [
            {"grid": "g", "location_kg_per_mwh": 500.0},
            {"grid": "f", "location_kg_per_mwh": 300.0},
        ],
        "certificates": [{"id": "c", "price_cny_per_mwh": 1.0, "max_mwh": 900.0}],
        "workloads": [work("w", green_share_min=0.75), work("v", profile="p")],
        "settings": YEAR | {"certificates": "year"},
        "policy": {"green_min": [{"share": 0.25, "every_period": True}]},
    },
    "certificates": {
        "hubs": [HUBS[0] | {"green_share": 0.5, "grid": "g"}],
        "tariffs": TARIFFS[:2],
        "carbon_factors": [{"grid": "g", "location_kg_per_mwh": 500.0}],
        "certificates": [{"id": "c", "grid": "g", "price_cny_per_mwh": 1.0}],
        "workloads": [work("w"), work("v")],
        "settings": YEAR | {"certificates": "period"},
        "policy": {
            "carbon_cap_t": 900.0,
            "carbon_accounting": "market",
            "carbon_price_cny_per_t": 3.0,
            "green_min": [{"share": 0.75, "class": "c", "every_period": True}],
        },
    },
    "policy": {
        "hubs": [HUBS[0] | {"side": "east"}, HUBS[1] | {"side": "west"}],
        "workloads": [work("w", profile="p"), work("v")],
        "policy": {
            "placement_min": [{"share": 0.25, "side": "west"}],
            "placement_max": [{"share": 0.75, "hub": "a", "workload": "w"}],
        },
    },
    "stages": {
        "workloads": [work("w")],
        "rtt": [
            {"origin": "o", "hub": "a", "rtt_ms": 20.0},
            {"origin": "o", "hub": "b", "rtt_ms": 5.0},
        ],
        "objective": ["latency:50%", "cost"],
    },
}


@pytest.mark.parametrize("name", CASES)
def test_program(name: str, tmp_path: Path) -> None:
    """The program of the toy is the one in its file, word for word."""
    tables = BASE | CASES[name]
    objective = tables.pop("objective", "cost")
    scenario = siting.Scenario.from_tables(**tables)
    path = tmp_path / f"{name}.lp"
    plan = solved(scenario, objective=objective, lp_path=path)
    siting.audit(plan).raise_if_wrong()
    golden = FOLDER / path.name
    if os.environ.get(WRITE):
        golden.write_bytes(path.read_bytes())
    found = path.read_text(encoding="utf-8").splitlines()
    assert found == golden.read_text(encoding="utf-8").splitlines()


def test_every_golden_file_has_its_case() -> None:
    """No file is left over from a case that is gone."""
    assert {path.stem for path in FOLDER.glob("*.lp")} == set(CASES)
