"""The linear programme of a case as plain arrays, read by every peer the same way.

Place ``x[w, h, t]`` MW of workload ``w`` at hub ``h`` in period ``t``: all demand is
met, hubs and the arcs of the backbone hold what they can, emissions stay under the cap,
and power and carriage cost least. Money is in thousands of CNY, emissions in thousands
of tonnes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

YEAR_HOURS = 8760.0
THOUSAND = 1000.0


@dataclass(frozen=True)
class Program:
    """Arrays of a case; a *cell* is a workload at a hub where it may be.

    Attributes
    ----------
    workload, hub, route : ndarray of int of shape (cells,)
        Of each cell; its route is the pair of origin and hub.
    demand_mw : ndarray of shape (workloads, periods)
    rate_gbps : ndarray of shape (workloads,)
        Data to the hub per MW.
    cost : ndarray of shape (cells, periods)
        Per MW, in thousands of CNY.
    room_mw : ndarray of shape (hubs,)
    carbon_kt : ndarray of shape (hubs, periods)
        Per MW.
    cap_kt : float
    crosses : list of ndarray of int
        Limited arcs that each route crosses.
    arc_gbps : ndarray of shape (arcs,)
    """

    workload: np.ndarray
    hub: np.ndarray
    route: np.ndarray
    demand_mw: np.ndarray
    rate_gbps: np.ndarray
    cost: np.ndarray
    room_mw: np.ndarray
    carbon_kt: np.ndarray
    cap_kt: float
    crosses: list[np.ndarray]
    arc_gbps: np.ndarray

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.cost.shape[1]

    def arcs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give cell and arc of everything that crosses a limited arc."""
        count = np.array([len(arcs) for arcs in self.crosses], dtype=int)
        each = count[self.route]
        cell = np.repeat(np.arange(len(self.route)), each)
        flat = np.concatenate([np.zeros(0, dtype=int), *self.crosses])
        start = (np.cumsum(count) - count)[self.route]
        offset = np.arange(len(cell)) - np.repeat(np.cumsum(each) - each, each)
        return cell, flat[np.repeat(start, each) + offset]

    def matrix(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Give row, column and value of the entries, and the right sides.

        Rows: demand (equal), room, arcs, carbon (at most); columns: cells by period.
        """
        periods, cells = self.periods, len(self.workload)
        workloads, hubs, arcs = map(len, (self.demand_mw, self.room_mw, self.arc_gbps))
        t = np.arange(periods)
        column = np.arange(cells * periods).reshape(cells, periods)
        cell, arc = self.arcs()
        rate = self.rate_gbps[self.workload[cell]]
        first_arc = (workloads + hubs) * periods
        last = first_arc + arcs * periods
        parts = [
            (self.workload[:, None] * periods + t, column, np.ones(column.shape)),
            (
                (workloads + self.hub[:, None]) * periods + t,
                column,
                np.ones(column.shape),
            ),
            (
                first_arc + arc[:, None] * periods + t,
                column[cell],
                np.repeat(rate[:, None], periods, axis=1),
            ),
            (np.full(column.shape, last), column, self.carbon_kt[self.hub]),
        ]
        row, place, value = (
            np.concatenate([part[i].ravel() for part in parts]) for i in range(3)
        )
        right = np.concatenate(
            [
                self.demand_mw.ravel(),
                np.repeat(self.room_mw, periods),
                np.repeat(self.arc_gbps, periods),
                [self.cap_kt],
            ]
        )
        return row, place, value, right


def read(folder: "Path") -> Program:
    """Read a case from its files."""
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
        for name in ("hubs", "links", "tariffs", "periods", "profiles")
    }
    factors = pd.read_csv(folder / "carbon_factors.csv")
    workloads = pd.read_parquet(folder / "workloads.parquet")
    hubs, periods = tables["hubs"], tables["periods"]
    names = pd.Index(hubs["id"])
    origins = pd.Index(workloads["origin"].unique())
    origin = origins.get_indexer(workloads["origin"])
    rtt, toll, crosses, arc_gbps = _routes(tables["links"], origins, names)
    allowed = rtt[origin] <= workloads["rtt_limit_ms"].to_numpy()[:, None] + 1e-9
    workload, hub = np.nonzero(allowed)
    shape = (len(hubs), len(periods))
    hours = periods["hours"].to_numpy(float)
    price = np.zeros(shape)
    tariffs = tables["tariffs"]
    at = (
        names.get_indexer(tariffs["hub"]),
        pd.Index(periods["id"]).get_indexer(tariffs["period"]),
    )
    price[at] = tariffs["price_cny_per_mwh"]
    pue = hubs["pue"].to_numpy(float)
    energy = pue[:, None] * hours
    factor = factors.set_index("grid")["location_kg_per_mwh"].reindex(hubs["grid"])
    rate = workloads["to_hub_gbps_per_mw"].to_numpy(float)
    carriage = rate[workload] * toll[origin[workload], hub]
    cost = (energy * price)[hub] + carriage[:, None] * hours / YEAR_HOURS
    shapes = tables["profiles"].pivot(
        index="profile", columns="period", values="factor"
    )
    shapes = shapes[list(periods["id"])]
    each = shapes.to_numpy(float)[shapes.index.get_indexer(workloads["profile"])]
    return Program(
        workload,
        hub,
        origin[workload] * len(hubs) + hub,
        workloads["it_mw"].to_numpy(float)[:, None] * each,
        rate,
        cost / THOUSAND,
        hubs["it_capacity_mw"].to_numpy(float),
        energy * factor.to_numpy(float)[:, None] / THOUSAND / THOUSAND,
        _cap_t(folder) / THOUSAND,
        crosses,
        arc_gbps,
    )


def _cap_t(folder: "Path") -> float:
    import tomllib

    policy = tomllib.loads((folder / "policy.toml").read_text(encoding="utf-8"))
    return float(policy["carbon_cap_t"])


def _routes(
    links: pd.DataFrame, origins: pd.Index, hubs: pd.Index
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
    """RTT and toll of the one path of each pair, and the limited arcs it crosses."""
    import networkx as nx

    graph = nx.DiGraph()
    capacity = links["capacity_gbps"].astype(float)
    arc_gbps: list[float] = []
    for (near, far, km, toll), gbps in zip(
        links[["source", "target", "length_km", "toll_cny_per_gbps_year"]].itertuples(
            index=False
        ),
        capacity,
        strict=True,
    ):
        for tail, head in ((near, far), (far, near)):
            arc = len(arc_gbps) if np.isfinite(gbps) else -1
            if arc >= 0:
                arc_gbps.append(gbps)
            graph.add_edge(tail, head, km=km, toll=toll, arc=arc)
    shape = (len(origins), len(hubs))
    rtt, price = np.zeros(shape), np.zeros(shape)
    crosses = []
    for o, origin in enumerate(origins):
        paths = nx.single_source_shortest_path(graph, origin)
        for h, hub in enumerate(hubs):
            steps = [graph.edges[step] for step in nx.utils.pairwise(paths[hub])]
            rtt[o, h] = 1.0 + 2 * 0.0049 * sum(float(step["km"]) for step in steps)
            price[o, h] = sum(float(step["toll"]) for step in steps)
            arcs = [step["arc"] for step in steps if step["arc"] >= 0]
            crosses.append(np.array(arcs, dtype=int))
    return rtt, price, crosses, np.array(arc_gbps)
