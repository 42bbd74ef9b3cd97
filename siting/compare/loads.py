"""Running traffic of both placements on links and at hubs, and ways for moving data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.backbone import Path
from siting.compare.ground import Ground, Pairs
from siting.plan import Plan

# What is left beside traffic of a billion times as much is rounding, not head-room.
CLOSED_SHARE = 1e-9
DETOUR_MS = 1e6


@dataclass(frozen=True, eq=False)
class Load:
    """Traffic on some rows.

    Attributes
    ----------
    row : ndarray of int
    gbps : ndarray of shape (rows, periods)
    """

    row: np.ndarray
    gbps: np.ndarray


Split = list[tuple[tuple[int, ...], np.ndarray]]
Key = tuple[str, str, str, float, str]


class Loads:
    """Rows of bandwidth: links by direction, then ingress and egress of hubs.

    Parameters
    ----------
    ground : Ground
    old, new : Pairs

    Attributes
    ----------
    limit_gbps : ndarray
        Of each row: head-room with the new plan's widening, bandwidth of the hubs; at
        least what the old placement sends already.
    old, new : list of Load
        By pair.
    running : ndarray of shape (2, rows, periods)
        Sums of both placements.
    """

    def __init__(self, ground: Ground, old: Pairs, new: Pairs) -> None:
        self.ground = ground
        instance = ground.instance
        backbone, hubs = instance.backbone, instance.scenario.hubs
        self.links = len(backbone.row_link)
        flat = ground.flat.all() and instance.scenario.settings.routing == "fixed"
        flat = flat and ground.old.scenario.settings.routing == "fixed"
        every = np.arange(len(instance.hours))
        self.periods = instance.peak_periods if flat else every
        names = backbone.nodes[backbone.arc_tail]
        links = instance.scenario.links.index[backbone.arc_link]
        pairs = zip(links, names, strict=True)
        self._arc = {key: arc for arc, key in enumerate(pairs)}
        widened = ground.new.links.set_index("link")["widen_gbps"]
        widen = widened.reindex(instance.scenario.links.index).fillna(0.0)
        room = instance.headroom_gbps + widen.to_numpy(float)
        self.limit_gbps = np.concatenate(
            [
                room[backbone.row_link],
                hubs["ingress_gbps"].to_numpy(float),
                hubs["egress_gbps"].to_numpy(float),
            ]
        )
        self.old = self._loads(ground.old, old)
        self.new = self._loads(ground.new, new)
        shape = (len(self.limit_gbps), len(self.periods))
        self.running = np.zeros((2, *shape))
        for side, loads in enumerate((self.old, self.new)):
            for load in loads:
                np.add.at(self.running[side], load.row, load.gbps)
        now = self.running[0].max(axis=1, initial=0.0)
        self.limit_gbps = np.maximum(self.limit_gbps, now)
        busiest = self.running.max(axis=(0, 2), initial=0.0)
        left = self.limit_gbps - busiest
        self.left_gbps = np.where(left > CLOSED_SHARE * busiest, left, 0.0)

    def _loads(self, plan: Plan, pairs: Pairs) -> list[Load]:
        splits = self._splits(plan)
        draw, _ = self.ground.draws(plan, pairs)
        draw = draw[:, self.periods] * pairs.share[:, None]
        frame = plan.scenario.workloads
        place = frame.index.get_indexer(self.ground.workloads[pairs.workload])
        limit = frame["rtt_limit_ms"].to_numpy(float)[place]
        profile = frame["profile"].to_numpy(object)[place]
        origin = frame["origin"].to_numpy(object)[place]
        return [
            self.of_pair(
                int(pairs.workload[i]),
                int(pairs.hub[i]),
                draw[i],
                splits,
                (origin[i], pairs.hub_name[i], limit[i], profile[i]),
            )
            for i in range(len(pairs.share))
        ]

    def of_pair(
        self,
        workload: int,
        hub: int,
        draw: np.ndarray,
        splits: dict[Key, Split] | None = None,
        key: tuple[str, str, float, str] | None = None,
    ) -> Load:
        """Give the traffic of a workload at a hub.

        Parameters
        ----------
        workload, hub : int
        draw : ndarray
            MW in the periods that count.
        splits, key : optional
            How a plan routes it; without them it takes the fastest path.
        """
        rows: list[np.ndarray] = []
        parts: list[np.ndarray] = []
        instance = self.ground.instance
        if hub < 0:
            return Load(np.zeros(0, int), np.zeros((0, len(self.periods))))
        for to_hub, rates in ((True, instance.to_rate), (False, instance.from_rate)):
            rate = float(rates[workload])
            if rate <= 0:
                continue
            traffic = rate * draw
            at = self.links + hub + (0 if to_hub else len(self.ground.hubs))
            rows.append(np.array([at]))
            parts.append(traffic[None, :])
            for crossed, part in self._split(workload, hub, to_hub, splits, key):
                rows.append(np.array(crossed, dtype=int))
                parts.append(np.tile(traffic * part, (len(crossed), 1)))
        if not rows:
            return Load(np.zeros(0, int), np.zeros((0, len(self.periods))))
        row, number = np.unique(np.concatenate(rows), return_inverse=True)
        gbps = np.zeros((len(row), len(self.periods)))
        np.add.at(gbps, number.ravel(), np.concatenate(parts))
        return Load(row, gbps)

    def _split(
        self,
        workload: int,
        hub: int,
        to_hub: bool,
        splits: dict[Key, Split] | None,
        key: tuple[str, str, float, str] | None,
    ) -> Split:
        """Rows crossed by each part of the traffic, with its share by period."""
        if splits is not None and key is not None:
            origin, name, limit, profile = key
            way = "to-hub" if to_hub else "from-hub"
            for last in (profile, "\n"):
                found = splits.get((origin, name, way, limit, last))
                if found is not None:
                    return found
        instance = self.ground.instance
        if not len(instance.scenario.links):
            return []
        ends = [instance.origin_node[instance.origin[workload]], instance.hub_node[hub]]
        path = self.ground.node_path(*(ends if to_hub else ends[::-1]))
        if path is None:
            return []
        return [(self.crossed(path), np.ones(len(self.periods)))]

    def crossed(self, path: Path) -> tuple[int, ...]:
        """Rows of the links of a path."""
        row = self.ground.instance.backbone.arc_row[list(path.arcs)]
        return tuple(int(r) for r in row)

    def _splits(self, plan: Plan) -> dict[Key, Split]:
        """How a plan splits traffic over paths, where all its links are still there."""
        routes = plan.routes
        periods = self.ground.periods
        labels = periods[self.periods]
        timed = (routes["period"] != "").to_numpy()
        if timed.any() and not plan.scenario.periods.index.equals(periods):
            return {}
        profile = np.where(timed, "\n", routes["profile"].to_numpy(object))
        frame = routes.assign(profile=profile)
        keys = ["origin", "hub", "direction", "rtt_limit_ms", "profile"]
        found: dict[Key, Split] = {}
        for key, rows in frame.groupby(keys, sort=False, dropna=False):
            split = self._parts(rows, labels)
            if split is not None:
                found[key] = split  # type: ignore[index]
        return found

    def _parts(self, rows: pd.DataFrame, labels: "pd.Index[str]") -> Split | None:
        total = np.zeros(len(labels))
        gbps: dict[tuple[int, ...], np.ndarray] = {}
        for nodes, links, period, amount in zip(
            rows["nodes"], rows["links"], rows["period"], rows["gbps"], strict=True
        ):
            arcs = self._arcs(nodes, links)
            if arcs is None:
                return None
            row = self.ground.instance.backbone.arc_row[list(arcs)]
            at = np.ones(len(labels), bool) if period == "" else labels == period
            flow = np.where(at, amount, 0.0)
            crossed = tuple(int(r) for r in row)
            gbps[crossed] = gbps.get(crossed, 0.0) + flow
            total += flow
        whole = np.where(total > 0, total, 1.0)
        return [(crossed, flow / whole) for crossed, flow in gbps.items()]

    def _arcs(self, nodes: str, links: str) -> list[int] | None:
        names = links.split(";") if links else []
        stops = nodes.split(">")[: len(names)]
        arcs = [self._arc.get(key) for key in zip(names, stops, strict=True)]
        return None if None in arcs else [arc for arc in arcs if arc is not None]

    def way(self, start: int, end: int) -> Path | None:
        """Fastest path for moving data, round links that are full."""
        path = self.ground.node_path(start, end)
        if path is None or self.path_left(path) > 0:
            return path
        backbone = self.ground.instance.backbone
        full = self.left_gbps[backbone.arc_row] <= 0
        cost = backbone.arc_one_way_ms + np.where(full, DETOUR_MS, 0.0)
        (other,) = backbone.cheapest(start, cost, [(end, np.inf)], inward=False)
        return path if other is None or self.path_left(other) <= 0 else other

    def names(self, start: int, path: Path) -> tuple[str, str]:
        """Nodes and links of a path that starts at a node."""
        backbone = self.ground.instance.backbone
        links = self.ground.instance.scenario.links.index
        crossed = links[backbone.arc_link[list(path.arcs)]]
        return ">".join(backbone.nodes_of(start, path)), ";".join(crossed)

    def path_left(self, path: Path) -> float:
        """Least Gbps left on the links of a path."""
        return float(self.left_gbps[list(self.crossed(path))].min(initial=np.inf))

    @property
    def no_way_gbps(self) -> float:
        """Head-room between hubs without a path: no limit where links are not given."""
        return 0.0 if len(self.ground.instance.scenario.links) else np.inf

    def used_by_move(self, source: int, target: int, path: Path | None) -> list[int]:
        """Rows that data from one hub to another cross."""
        hubs = len(self.ground.hubs)
        rows = list(self.crossed(path)) if path is not None else []
        if source >= 0:
            rows.append(self.links + hubs + source)
        if target >= 0:
            rows.append(self.links + target)
        return rows

    def headroom_gbps(self, source: int, target: int, path: Path) -> float:
        """Least Gbps left on the way, whichever placement runs."""
        rows = self.used_by_move(source, target, path)
        return float(self.left_gbps[rows].min(initial=np.inf))

    def name(self, row: int) -> tuple[str, str, str]:
        """Kind, subject and direction of a row."""
        backbone, hubs = self.ground.instance.backbone, self.ground.hubs
        if row < self.links:
            link = self.ground.instance.scenario.links.index[backbone.row_link[row]]
            return "link", str(link), str(backbone.row_direction[row])
        place = row - self.links
        if place < len(hubs):
            return "ingress", str(hubs[place]), ""
        return "egress", str(hubs[place - len(hubs)]), ""
