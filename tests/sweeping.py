"""A small scenario for sweeps and fronts, a cluster, and what must be repeatable."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

import siting

PATIENCE_S = 120.0


def tables() -> dict[str, Any]:
    """Give a scenario of three hubs, two sides, two classes and four links."""
    return {
        "hubs": pd.DataFrame(
            {
                "id": ["east", "west", "far"],
                "side": ["east", "west", "west"],
                "province": ["A", "B", "B"],
                "it_capacity_mw": [60.0, 40.0, 30.0],
                "hosting_cny_per_mw_year": [600000.0, 500000.0, 400000.0],
                "capex_cny_per_kw": [20000.0, 15000.0, 10000.0],
                "build_max_mw": [20.0, 0.0, 10.0],
                "pue": [1.3, 1.2, 1.15],
                "grid": ["g", "h", "h"],
                "green_share": [0.1, 0.4, 0.6],
            }
        ),
        "workloads": pd.DataFrame(
            {
                "id": ["learn", "chat", "mail"],
                "class": ["training", "interactive", "batch"],
                "origin": ["east", "east", "city"],
                "manner": ["deferrable", "pinned", "movable"],
                "it_mw": [30.0, 20.0, 10.0],
                "profile": ["", "busy", "busy"],
                "rtt_limit_ms": [float("inf"), 25.0, 60.0],
                "to_hub_gbps_per_mw": [0.1, 0.5, 0.2],
                "from_hub_gbps_per_mw": [0.05, 0.5, 0.2],
            }
        ),
        "periods": pd.DataFrame(
            {
                "id": ["night", "noon"],
                "hours": [4760.0, 4000.0],
                "season": ["low", "high"],
            }
        ),
        "profiles": pd.DataFrame(
            {
                "profile": ["busy", "busy"],
                "period": ["night", "noon"],
                "factor": [0.8, 1.2],
            }
        ),
        "tariffs": pd.DataFrame(
            [
                (hub, period, price)
                for hub, prices in {
                    "east": (500.0, 800.0),
                    "west": (350.0, 450.0),
                    "far": (300.0, 500.0),
                }.items()
                for period, price in zip(("night", "noon"), prices, strict=True)
            ],
            columns=["hub", "period", "price_cny_per_mwh"],
        ),
        "carbon_factors": pd.DataFrame(
            {"grid": ["g", "h"], "location_kg_per_mwh": [500.0, 650.0]}
        ),
        "nodes": pd.DataFrame({"id": ["east", "west", "far", "city"]}),
        "links": pd.DataFrame(
            {
                "id": ["coast", "trunk", "ridge", "by"],
                "source": ["city", "east", "west", "east"],
                "target": ["east", "west", "far", "far"],
                "length_km": [100.0, 1500.0, 500.0, 2600.0],
                "capacity_gbps": [100.0, 12.0, 10.0, 20.0],
                "widen_max_gbps": [0.0, 20.0, 20.0, 0.0],
                "widen_cny_per_gbps": [0.0, 50000.0, 40000.0, 0.0],
            }
        ),
        "transfer_prices": pd.DataFrame(
            {"basis": ["lease", "volume"], "price_cny_per_gb": [0.0, 0.05]}
            | {"price_cny_per_gbps_month": [9000.0, 0.0]}
        ),
        "settings": {"transfer_basis": "lease"},
    }


def scenario(**changes: Any) -> siting.Scenario:
    """Give the small scenario, some of its tables or settings changed."""
    return siting.Scenario.from_tables(**{**tables(), **changes})


def repeatable(runs: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of a sweep as a set, timing left out."""
    rows = runs.drop(columns="seconds").sort_values("run", ignore_index=True)
    assert rows["run"].is_unique
    return rows


@contextmanager
def local_cluster(distributed: Any) -> Iterator[tuple[str, Any]]:
    """Give the address of a cluster of two workers and a client; nothing is left."""
    before = set(multiprocessing.active_children())
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    )
    client = distributed.Client(cluster)
    try:
        yield cluster.scheduler_address, client
    finally:
        try:
            client.close(timeout=PATIENCE_S)
            cluster.close(timeout=PATIENCE_S)
        finally:
            for child in set(multiprocessing.active_children()) - before:
                child.kill()
