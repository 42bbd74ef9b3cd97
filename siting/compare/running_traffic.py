"""Running traffic of both plans, read from their routes, for the check of stages."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.audit.world import FLAT, World
from siting.compare.rows import rows_of
from siting.curves import scheduled
from siting.lookup import position
from siting.plan import Plan

Key = tuple[str, str]


class RunningTraffic:
    """Rows: links by direction, then ingress and egress of hubs; periods by columns.

    Parameters
    ----------
    a, b : Plan
    world : World
        Of the new plan's scenario.
    """

    def __init__(self, a: Plan, b: Plan, world: World) -> None:
        self.plans, self.world = (a, b), world
        limits = world.network.limits
        names = world.network.links[limits["link"].to_numpy(int)]
        rows = [
            f"{link} {way}"
            for link, way in zip(names, limits["direction"], strict=True)
        ]
        self.names = [*rows]
        self.names += [f"ingress {hub}" for hub in world.hubs]
        self.names += [f"egress {hub}" for hub in world.hubs]
        self._place = {name: row for row, name in enumerate(self.names)}
        self.nothing = np.zeros((len(self.names), len(world.periods)))
        self._number = {str(w): i for i, w in enumerate(world.workloads)}
        self._node = dict(zip(world.hubs, world.scenario.hubs["node"], strict=True))
        self._known: dict[tuple[int, Key], np.ndarray] = {}
        self._routes = [self._by_key(plan) for plan in self.plans]
        self._scheduled = [scheduled(plan.scenario) for plan in self.plans]
        self._schedule = [
            plan.schedule.groupby(["workload", "hub"]).indices for plan in self.plans
        ]

    def _by_key(self, plan: Plan) -> dict[tuple[object, ...], list[dict[str, Any]]]:
        found: dict[tuple[object, ...], list[dict[str, Any]]] = defaultdict(list)
        for plain in rows_of(plan.routes):
            key = tuple(
                plain[k] for k in ("origin", "hub", "direction", "rtt_limit_ms")
            )
            form = "timed" if plain["period"] else f"profile {plain['profile']}"
            found[(*key, form)].append(plain)
        return found

    def draw(self, side: int, key: Key, share: float) -> np.ndarray:
        """MW that a workload draws at a hub, period by period."""
        world, w = self.world, self._number[key[0]]
        demand = world.it_mw[w] * world.factor[world.profile[w]]
        if side > 1 or world.manner[w] == FLAT:
            return np.asarray(share * demand)
        plan = self.plans[side]
        rows = self._schedule[side].get(key)
        same = list(plan.scenario.periods["id"]) == list(world.periods)
        if rows is None or not same or not share:
            return np.asarray(share * demand)
        table = plan.schedule.iloc[rows]
        mw = np.zeros(len(world.periods))
        mw[world.periods.get_indexer(table["period"].astype(object))] = table["it_mw"]
        before = float(plan.scenario.it_mw.loc[key[0]])
        return mw * (world.it_mw[w] / before if before > 0 else 1.0)

    def of(self, side: int, key: Key, share: float) -> np.ndarray:
        """Traffic of a workload at a hub in one plan; 2: on the fastest path."""
        if not share or key[1] not in self._node:
            return self.nothing
        if side > 1:
            return self._traffic(side, key, share)
        if (side, key) not in self._known:
            self._known[side, key] = self._traffic(side, key, share)
        return self._known[side, key]

    def _traffic(self, side: int, key: Key, share: float) -> np.ndarray:
        world, w = self.world, self._number[key[0]]
        draw, total = self.draw(side, key, share), self.nothing.copy()
        for way, rate, end in (
            ("to-hub", world.to_rate[w], "ingress"),
            ("from-hub", world.from_rate[w], "egress"),
        ):
            if rate <= 0:
                continue
            gbps = rate * draw
            total[self._place[f"{end} {key[1]}"]] += gbps
            for rows, part in self._parts(side, key, way):
                total[rows] += gbps * part
        return total

    def _parts(
        self, side: int, key: Key, way: str
    ) -> list[tuple[list[int], np.ndarray]]:
        world, periods = self.world, self.world.periods
        if not world.has_links:
            return []
        ones = np.ones(len(periods))
        routes = self._planned(side, key, way) if side < 2 else []
        flows: list[tuple[list[int], np.ndarray]] = []
        for route in routes:
            rows = self._rows(str(route["nodes"]), str(route["links"]))
            if rows is None:
                flows = []
                break
            here = ones if not route["period"] else periods == route["period"]
            flows.append((rows, float(str(route["gbps"])) * np.asarray(here, float)))
        if flows:
            sums = sum((flow for _, flow in flows), np.zeros(len(periods)))
            return [
                (rows, flow / np.where(sums > 0, sums, 1.0)) for rows, flow in flows
            ]
        origin = world.origin_node[world.origin[self._number[key[0]]]]
        hub = world.hub_node[world.hubs.get_indexer([key[1]])[0]]
        ends = (origin, hub) if way == "to-hub" else (hub, origin)
        trip = world.network.fastest(int(ends[0]), int(ends[1]))
        if trip is None:
            return []
        limit = world.network.arcs["limit"].to_numpy(int)[list(trip.arcs)]
        return [([int(row) for row in limit], ones)]

    def _planned(self, side: int, key: Key, way: str) -> list[dict[str, Any]]:
        plan = self.plans[side]
        row = plan.scenario.workloads.loc[key[0]].to_dict()
        start = (row["origin"], key[1], way, row["rtt_limit_ms"])
        fixed = self._routes[side].get((*start, f"profile {row['profile']}"))
        if fixed and (plan.scenario.settings.routing == "fixed"):
            at = position(plan.scenario.workloads.index, key[0])
            if not self._scheduled[side][at]:
                return fixed
        timed = self._routes[side].get((*start, "timed"), [])
        same = list(plan.scenario.periods["id"]) == list(self.world.periods)
        return timed if same else []

    def _rows(self, nodes: str, links: str) -> list[int] | None:
        """Rows of a path; None if a link is not there any more."""
        if not links:
            return []
        stops, table = nodes.split(">"), self.world.scenario.links
        found = []
        for name, stop in zip(links.split(";"), stops, strict=False):
            if name not in table.index:
                return None
            link = table.loc[name].to_dict()
            way = "forward" if link["source"] == stop else "backward"
            way = "shared" if link["direction"] == "shared" else way
            if f"{name} {way}" not in self._place:
                return None
            found.append(self._place[f"{name} {way}"])
        return found

    def crossed(self, step: Mapping[str, object]) -> list[int]:
        """Rows that the data of a step cross."""
        rows = self._rows(str(step["nodes"]), str(step["links"])) or []
        for end, hub in (("egress", step["from_hub"]), ("ingress", step["to_hub"])):
            if hub in self._node:
                rows = [*rows, self._place[f"{end} {hub}"]]
        return rows

    def limit(self, spare: Mapping[str, float], running: np.ndarray) -> np.ndarray:
        """Head-room of links with the new plan's widening, bandwidth of hubs."""
        world, hubs = self.world, self.world.scenario.hubs
        widened = self.plans[1].links.set_index("link")["widen_gbps"]
        widen = widened.reindex(world.network.links).fillna(0.0).to_numpy(float)
        link = world.network.limits["link"].to_numpy(int)
        rows = [
            (world.headroom + widen)[link],
            hubs["ingress_gbps"].to_numpy(float),
            hubs["egress_gbps"].to_numpy(float),
        ]
        limit = np.concatenate(rows)
        limit = np.maximum(limit, running.max(axis=1, initial=0.0))
        for row, name in enumerate(self.names):
            limit[row] += spare.get(name, 0.0)
            limit[row] += spare.get(name.rsplit(" ", 1)[0], 0.0)
        return np.asarray(limit)
