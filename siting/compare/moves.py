"""The moves from one placement to another: what, where to, and what it costs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.compare.ground import SAME_SHARE, Ground, Pairs
from siting.compare.loads import Loads
from siting.compare.running import yearly_cny
from siting.compare.transport import transport
from siting.units import GB_PER_GBPS_HOUR

HOURS_PER_WEEK = 168.0
FAR = 1e9
MOVE, START, END = "move", "start", "end"
COLUMNS = [
    "kind",
    "workload",
    "class",
    "origin",
    "from_hub",
    "to_hub",
    "share",
    "it_mw",
    "reserved_mw",
    "dataset_tb",
    "nodes",
    "links",
    "length_km",
    "one_way_ms",
    "headroom_gbps",
    "weeks",
    "cny_per_gb",
    "transfer_cny",
    "handling_cny",
    "cost_cny",
    "benefit_cny_per_year",
    "payback_years",
]


@dataclass(frozen=True, eq=False)
class Shifts:
    """Shares on the move, by workload and hubs (-1: not a hub of the scenario).

    Attributes
    ----------
    workload, source, target : ndarray of int
    source_name, target_name : ndarray of str
        "" where a share starts to be served, or ends.
    share : ndarray
    """

    workload: np.ndarray
    source: np.ndarray
    target: np.ndarray
    source_name: np.ndarray
    target_name: np.ndarray
    share: np.ndarray


def shifts(ground: Ground, old: Pairs, new: Pairs) -> Shifts:
    """Find the least moving of each workload, shares times delay, hub to hub."""
    frames = [
        pd.DataFrame({"workload": p.workload, "hub": p.hub_name, side: p.share})
        for p, side in ((old, "old"), (new, "new"))
    ]
    both = frames[0].merge(frames[1], on=["workload", "hub"], how="outer").fillna(0.0)
    both["change"] = both["new"] - both["old"]
    both = both[both["change"].abs() > SAME_SHARE]
    places = ground.hubs.get_indexer(pd.Index(both["hub"].astype(object)))
    # A hub that the scenario lacks comes last.
    both["place"] = np.where(places >= 0, places, len(ground.hubs))
    both = both.sort_values(["workload", "place", "hub"], kind="stable")
    found: list[tuple[int, int, int, str, str, float]] = []
    for workload, rows in both.groupby("workload", sort=True):
        hub = np.where(rows["place"] < len(ground.hubs), rows["place"], -1)
        change, name = rows["change"].to_numpy(float), rows["hub"].to_numpy(object)
        for i, j, share in _matched(ground, hub, change):
            source, target = (int(hub[k]) if k >= 0 else -1 for k in (i, j))
            before, after = (str(name[k]) if k >= 0 else "" for k in (i, j))
            row = (int(str(workload)), source, target, before, after, share)
            found.append(row)
    columns = ["workload", "source", "target", "from_hub", "to_hub", "share"]
    table = pd.DataFrame(found, columns=columns)
    return Shifts(
        workload=table["workload"].to_numpy(int),
        source=table["source"].to_numpy(int),
        target=table["target"].to_numpy(int),
        source_name=table["from_hub"].to_numpy(object),
        target_name=table["to_hub"].to_numpy(object),
        share=table["share"].to_numpy(float),
    )


def _matched(
    ground: Ground, hub: np.ndarray, change: np.ndarray
) -> list[tuple[int, int, float]]:
    """Match leaving with arriving shares; -1 stands for not being served."""
    leaving, arriving = np.flatnonzero(change < 0), np.flatnonzero(change > 0)
    supply, demand = -change[leaving], change[arriving]
    rest = float(demand.sum() - supply.sum())
    if rest > SAME_SHARE or not len(leaving):
        leaving, supply = np.append(leaving, -1), np.append(supply, rest)
    elif rest < -SAME_SHARE or not len(arriving):
        arriving, demand = np.append(arriving, -1), np.append(demand, -rest)
    cost = np.zeros((len(leaving), len(arriving)))
    for row, i in enumerate(leaving.tolist()):
        for column, j in enumerate(arriving.tolist()):
            if i >= 0 and j >= 0:
                cost[row, column] = distance_ms(ground, int(hub[i]), int(hub[j]))
    flow = transport(supply, demand, cost)
    return [
        (int(leaving[i]), int(arriving[j]), float(flow[i, j]))
        for i, j in np.argwhere(flow > SAME_SHARE * 1e-3).tolist()
    ]


def distance_ms(ground: Ground, start: int, end: int) -> float:
    """One-way delay of the fastest path between hubs; very far where there is none."""
    if start < 0 or end < 0:
        return FAR
    if not len(ground.instance.scenario.links):
        return 0.0 if start == end else 1.0
    path = ground.hub_path(start, end)
    return FAR if path is None else path.one_way_ms


def moves_table(
    ground: Ground, old: Pairs, new: Pairs, loads: Loads, found: Shifts
) -> pd.DataFrame:
    """Describe every move; see ``docs/compare.md`` for the columns."""
    instance, w = ground.instance, found.workload
    frame = instance.scenario.workloads
    kind = np.where(
        found.source_name == "", START, np.where(found.target_name == "", END, MOVE)
    )
    table = pd.DataFrame(
        {
            "kind": kind,
            "workload": frame.index.to_numpy(object)[w],
            "class": frame["class"].to_numpy(object)[w],
            "origin": frame["origin"].to_numpy(object)[w],
            "from_hub": found.source_name,
            "to_hub": found.target_name,
            "share": found.share,
            "it_mw": found.share * instance.mean_mw[w],
            "reserved_mw": found.share * instance.peak_mw[w],
        }
    )
    arrives = kind != END
    table["dataset_tb"] = np.where(arrives, found.share * ground.dataset_tb[w], 0.0)
    table = table.join(_ways(ground, found, kind, loads))
    gb = table["dataset_tb"] * 1000.0
    weekly = table["headroom_gbps"] * GB_PER_GBPS_HOUR * HOURS_PER_WEEK
    table["weeks"] = np.divide(
        gb, weekly, out=np.where(gb > 0, np.inf, 0.0), where=(weekly > 0).to_numpy()
    )
    table["transfer_cny"] = gb * table["cny_per_gb"]
    price = instance.scenario.policy.move_cny_per_mw
    table["handling_cny"] = np.where(kind == MOVE, price * table["it_mw"], 0.0)
    table["cost_cny"] = table["transfer_cny"] + table["handling_cny"]
    before = yearly_cny(ground, ground.old, old, w, found.source)
    after = yearly_cny(ground, ground.new, new, w, found.target)
    benefit = np.where(kind == MOVE, found.share * (before - after), np.nan)
    table["benefit_cny_per_year"] = benefit
    gains = benefit > 0
    never = np.where(np.isnan(benefit), np.nan, np.inf)
    table["payback_years"] = np.divide(
        table["cost_cny"].to_numpy(float), benefit, out=never, where=gains
    )
    return table[COLUMNS]


def _ways(
    ground: Ground, found: Shifts, kind: np.ndarray, loads: Loads
) -> pd.DataFrame:
    """Path, price and head-room of every move."""
    rows = []
    for number, w in enumerate(found.workload.tolist()):
        source, target = int(found.source[number]), int(found.target[number])
        if kind[number] == END or target < 0:
            rows.append(("", "", np.nan, np.nan, np.inf, 0.0))
            continue
        end = ground.instance.hub_node[target]
        if source >= 0:
            start = ground.instance.hub_node[source]
        else:
            # What starts, or leaves a hub that is gone, comes from its origin.
            start = ground.instance.origin_node[ground.instance.origin[w]]
        path = loads.way(start, end)
        price = ground.path_price_cny_per_gb(path, same_node=start == end)
        if path is None:
            rows.append(("", "", np.nan, np.nan, loads.no_way_gbps, price))
            continue
        rows.append(
            (
                *loads.names(start, path),
                path.length_km,
                path.one_way_ms,
                loads.headroom_gbps(source, target, path),
                price,
            )
        )
    names = ["nodes", "links", "length_km", "one_way_ms", "headroom_gbps", "cny_per_gb"]
    return pd.DataFrame(rows, columns=names)
