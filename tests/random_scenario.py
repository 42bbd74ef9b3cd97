"""Scenarios drawn by a seed that use every part of the model, mostly together."""

from typing import Any

import numpy as np
import pandas as pd

from siting.scenario import Scenario

OBJECTIVES: tuple[list[str], ...] = (
    ["cost"],
    ["carbon-location:5%", "cost"],
    ["carbon-market"],
    ["latency:1%", "green:1%", "cost"],
    ["cost=1+carbon-location=300"],
)
Random = np.random.Generator


def draw(seed: int) -> tuple[Scenario, list[str]]:
    """Draw a scenario and an objective; it may be infeasible."""
    random = np.random.default_rng(seed)
    nodes = [f"n{i}" for i in range(int(random.integers(3, 8)))]
    hubs = _hubs(random, nodes)
    periods = _periods(random)
    workloads = _workloads(random, nodes, hubs)
    settings, tables = _settings(random, periods)
    times = periods["id"]
    tables |= {
        "hubs": hubs,
        "workloads": workloads,
        "periods": periods,
        "profiles": _grid(random, "profile", ["p1", "p2"], times, "factor", 0.2, 1.8),
        "tariffs": _grid(
            random, "hub", hubs["id"], times, "price_cny_per_mwh", 100, 800
        ),
        "carbon_factors": pd.DataFrame(
            [("g1", "", 500, 700), ("g2", "", 200, 300), ("g1", times[0], 300, 350)],
            columns=["grid", "period", "location_kg_per_mwh", "residual_kg_per_mwh"],
        ),
        "nodes": pd.DataFrame(
            {
                "id": nodes,
                "transit": random.random(len(nodes)) < 0.85,
                "latitude": random.uniform(25, 40, len(nodes)),
                "longitude": random.uniform(100, 120, len(nodes)),
            }
        ),
    }
    if random.random() < 0.8:
        tables["links"] = _links(random, nodes)
        settings["metro_km"] = float(random.choice([0.0, 300.0]))
    if random.random() < 0.4:
        measured = {"origin": workloads["origin"][:1], "hub": "h0"}
        tables["rtt"] = pd.DataFrame({**measured, "rtt_ms": random.uniform(3, 20)})
    if random.random() < 0.3:
        extra = {"workload": ["w0"], "hub": ["h0"], "cny_per_mw_year": [500.0]}
        tables["placement_costs"] = pd.DataFrame(extra)
    if random.random() < 0.3:
        special = {"hub": ["h0"], "period": times[:1], "pue": 1.9, "green_share": 0.5}
        tables["hub_periods"] = pd.DataFrame(special)
    policy = _policy(random, hubs, workloads)
    objective = OBJECTIVES[int(random.integers(len(OBJECTIVES)))]
    return Scenario.from_tables(settings=settings, policy=policy, **tables), objective


def _hubs(random: Random, nodes: list[str]) -> pd.DataFrame:
    count = int(random.integers(2, min(len(nodes), 5) + 1))
    hubs = pd.DataFrame(
        {
            "id": [f"h{i}" for i in range(count)],
            "node": random.choice(nodes, count, replace=False),
            "side": random.choice(["east", "west", "central"], count),
            "province": random.choice(["P", "Q"], count),
            "it_capacity_mw": random.choice([5.0, 20.0, 100.0], count),
            "build_max_mw": random.choice([0.0, 50.0, np.inf], count),
            "capex_cny_per_kw": random.uniform(0, 3, count),
            "hosting_cny_per_mw_year": random.uniform(0, 800, count),
            "pue": random.uniform(1.1, 1.6, count),
            "grid": random.choice(["g1", "g2"], count),
            "green_share": random.choice([0.0, 0.3, 0.8], count),
        }
    )
    for column in ("ingress_gbps", "egress_gbps"):
        if random.random() < 0.35:
            hubs[column] = random.uniform(20, 200, count)
    return hubs


def _periods(random: Random) -> pd.DataFrame:
    count = int(random.integers(1, 5))
    return pd.DataFrame(
        {
            "id": [f"t{i}" for i in range(count)],
            "hours": random.integers(1, 50, count).astype(float),
            "day": [f"d{i // 2}" for i in range(count)],
        }
    )


def _workloads(random: Random, nodes: list[str], hubs: pd.DataFrame) -> pd.DataFrame:
    count = int(random.integers(1, 7))
    manner = random.choice(["pinned", "movable", "deferrable"], count)
    later = manner == "deferrable"
    workloads = pd.DataFrame(
        {
            "id": [f"w{i}" for i in range(count)],
            "class": random.choice(["training", "batch"], count),
            "origin": random.choice(nodes, count),
            "manner": manner,
            "it_mw": random.uniform(0.5, 20, count),
            "profile": np.where(later, "", random.choice(["", "p1", "p2"], count)),
            "rtt_limit_ms": random.choice([np.inf, np.inf, 12.0, 25.0], count),
            "to_hub_gbps_per_mw": random.choice([0, 0.4, 2], count),
            "from_hub_gbps_per_mw": random.choice([0, 0.4, 1], count),
            "window": np.where(later, random.choice(["year", "day"], count), "year"),
            "burst": np.where(later, random.choice([1.0, 1.5, 3.0], count), 1.0),
            "dataset_tb": random.choice([0.0, 0.0, 50.0], count),
            "accelerator_cny_per_mw_year": random.uniform(0, 5, count),
        }
    )
    if random.random() < 0.3:
        workloads["green_share_min"] = random.choice([0, 0, 0.3], count)
        workloads["green_every_period"] = random.random(count) < 0.3
    if count > 1 and random.random() < 0.3:
        workloads.loc[0, "allowed_sides"] = hubs["side"][0]
    return workloads


def _links(random: Random, nodes: list[str]) -> pd.DataFrame:
    count = len(nodes)
    tree = [(i, int(random.integers(i))) for i in range(1, count)]
    more = [random.choice(count, 2, replace=False).tolist() for _ in range(count)]
    ends = np.array(nodes)[np.array([*tree, *more])]
    size = len(ends)
    return pd.DataFrame(
        {
            "id": [f"l{i}" for i in range(size)],
            "source": ends[:, 0],
            "target": ends[:, 1],
            "length_km": random.uniform(50, 900, size),
            "direction": random.choice(["duplex", "duplex", "shared", "forward"], size),
            "capacity_gbps": random.choice([np.inf, 2.0, 10.0, 40.0], size),
            "utilisation": random.choice([0.0, 0.2], size),
            "toll_cny_per_gbps_year": random.choice([0.0, 5.0], size),
            "widen_max_gbps": random.choice([0.0, 10.0, np.inf], size),
            "widen_cny_per_gbps": random.uniform(0, 300, size),
        }
    )


def _settings(
    random: Random, periods: pd.DataFrame
) -> tuple[dict[str, Any], dict[str, Any]]:
    settings: dict[str, Any] = {
        "name": "random",
        "hours_per_year": float(periods["hours"].sum()),
        "rtt_factor": float(random.choice([1.0, 1.5])),
        "room": str(random.choice(["dedicated", "pooled"])),
        "routing": str(random.choice(["fixed", "by-period"])),
        "network_kwh_per_gb": float(random.choice([0.0, 0.002])),
        "network_co2_kg_per_mwh": 500.0,
        "accelerators_in_ledger": bool(random.random() < 0.3),
        "tie_break": str(random.choice(["latency", "none"])),
    }
    if random.random() < 0.5:
        settings["new_sides"] = ["west"]
    if random.random() < 0.7:
        settings["unserved_cny_per_mwh"] = float(random.choice([300.0, 5000.0]))
    tables: dict[str, Any] = {}
    if random.random() < 0.7:
        tables["transfer_prices"] = [
            {"basis": "volume", "price_cny_per_gb": 0.01},
            {
                "basis": "lease",
                "price_cny_per_gbps_month": 10.0,
                "billing": "max",
                "fill": 0.5,
                "includes_widening": True,
            },
            {
                "basis": "wave",
                "link_cny_per_gbps_year": 20.0,
                "link_cny_per_gbps_km_year": 0.1,
                "fill": 0.6,
                "includes_widening": True,
            },
        ]
        settings["transfer_basis"] = str(random.choice(["volume", "lease", "wave"]))
    if random.random() < 0.4:
        tables["certificates"] = [
            {"id": "c1", "grid": "", "price_cny_per_mwh": 30.0},
            {"id": "c2", "grid": "g1", "price_cny_per_mwh": 10.0, "max_mwh": 200.0},
        ]
        settings["certificates"] = str(random.choice(["year", "period"]))
    return settings, tables


def _policy(
    random: Random, hubs: pd.DataFrame, workloads: pd.DataFrame
) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if random.random() < 0.4:
        policy["carbon_price_cny_per_t"] = float(random.uniform(0, 500))
        policy["carbon_accounting"] = str(random.choice(["location", "market"]))
    if random.random() < 0.3:
        policy["placement_min"] = [{"share": 0.3, "side": str(hubs["side"][0])}]
    if random.random() < 0.3:
        policy["placement_max"] = [{"share": 0.5, "hub": "h0"}]
    if random.random() < 0.3:
        column = ("", "class", "origin")[int(random.integers(3))]
        scope = {column: workloads[column][0]} if column else {}
        every = bool(random.random() < 0.4)
        policy["green_min"] = [{"share": 0.4, "every_period": every, **scope}]
    if random.random() < 0.3:
        policy["reserved_min"] = [{"hub": "h0", "mw": 3.0}]
    return policy


def _grid(
    random: Random,
    key: str,
    names: Any,
    periods: pd.Series,
    column: str,
    low: float,
    high: float,
) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([list(names), list(periods)])
    frame = index.to_frame(index=False, name=[key, "period"])
    frame[column] = random.uniform(low, high, len(frame))
    return frame
