"""Stages again: that they replay to the new plan and break no limit on the way."""

from collections import defaultdict

import numpy as np
import pandas as pd

from siting.audit.report import Findings
from siting.audit.world import FLAT, GB_PER_GBPS_HOUR, World
from siting.compare.replay import WrongStepError, replay
from siting.compare.rows import rows_of
from siting.compare.running_traffic import RunningTraffic
from siting.compare.stages import Stages
from siting.plan import Plan

Key = tuple[str, str]
ROOM_TOLERANCE = 1e-6


def check_stages(
    a: Plan, b: Plan, world: World, stages: Stages, findings: Findings
) -> None:
    """Replay stages and check room and bandwidth of each.

    Parameters
    ----------
    a, b : Plan
    world : World
        Of the new plan's scenario.
    stages : Stages
    findings : Findings
        Takes what is wrong.
    """
    try:
        end = replay(a, stages)
    except WrongStepError as error:
        findings.add("stages", "", "share", str(error))
        return
    wanted = b.placement[["workload", "hub", "share"]]
    wanted = wanted.sort_values(["workload", "hub"]).reset_index(drop=True)
    same = len(end) == len(wanted) and all(
        np.array_equal(end[column].to_numpy(object), wanted[column].to_numpy(object))
        for column in wanted
    )
    if stages.complete and not same:
        findings.add("stages", "", "share", "The stages do not end at the new plan")
    _Walk(a, b, world, stages, findings).go()


class _Walk:
    """Goes from stage to stage with all that runs."""

    def __init__(
        self, a: Plan, b: Plan, world: World, stages: Stages, findings: Findings
    ) -> None:
        self.a, self.b, self.world = a, b, world
        self.stages, self.findings = stages, findings
        self.number = {str(w): i for i, w in enumerate(world.workloads)}
        self.shares = [self._shares(plan) for plan in (a, b)]
        self.now = dict(self.shares[0])
        self.done: dict[str, float] = defaultdict(float)
        self.rerouted: dict[Key, float] = defaultdict(float)
        self.traffic = RunningTraffic(a, b, world)

    def _shares(self, plan: Plan) -> dict[Key, float]:
        rows = plan.placement[["workload", "hub", "share"]]
        return {
            (str(row["workload"]), str(row["hub"])): float(row["share"])
            for row in rows_of(rows)
            if row["workload"] in self.number
        }

    def go(self) -> None:
        """Check every stage."""
        world, hubs = self.world, self.world.scenario.hubs
        built = self.b.hubs.set_index("hub")["build_mw"].reindex(world.hubs).fillna(0.0)
        capacity = hubs["it_capacity_mw"].to_numpy(float) + built.to_numpy(float)
        spare = [self.stages.spare_mw.get(str(h), 0.0) for h in world.hubs]
        start = self.room()
        room_limit = np.maximum(capacity, start.max(axis=1, initial=0.0)) + spare
        running = self.running()
        band_limit = self.traffic.limit(self.stages.spare_gbps, running)
        for stage, steps in self.stages.table.groupby("stage", sort=True):
            before = self.state()
            room = self.room()
            loads = self.loads()
            self.apply(steps)
            arrived = self.grown(before)
            peak = room + arrived
            over = peak.max(axis=1, initial=0.0)
            names = [f"{stage}/{hub}" for hub in world.hubs]
            slack = ROOM_TOLERANCE * np.maximum(1.0, np.abs(over))
            wrong = over > room_limit + slack
            fault = "More room is taken than there is"
            self.findings.differ("stages", names, "hub", over, room_limit, wrong, fault)
            self.bands(str(stage), steps, loads, band_limit)

    def state(self) -> tuple[dict[Key, float], dict[str, float]]:
        """Give shares and progress as they are."""
        return dict(self.now), dict(self.done)

    def apply(self, steps: pd.DataFrame) -> None:
        """Do the steps of one stage."""
        seen = set()
        for step in rows_of(steps):
            w = str(step["workload"])
            if step["kind"] == "reroute":
                self.rerouted[w, str(step["from_hub"])] += float(step["part"])
                continue
            for hub, after in (
                (str(step["from_hub"]), step["from_share_after"]),
                (str(step["to_hub"]), step["to_share_after"]),
            ):
                if hub:
                    self.now[w, hub] = float(after)
            if w not in seen and self._timed(w) and step["kind"] != "rounding":
                self.done[w] = min(1.0, self.done[w] + float(step["part"]))
                seen.add(w)

    def _timed(self, w: str) -> bool:
        return bool(self.world.manner[self.number[w]] != FLAT)

    def need(self, key: Key, share: float, done: float) -> np.ndarray:
        """Room that a workload takes at a hub: one figure, or one for each period."""
        w, world = self.number[key[0]], self.world
        pooled = world.settings.room == "pooled"
        if not self._timed(key[0]):
            if pooled:
                factor = world.factor[world.profile[w]]
                return np.asarray(share * world.it_mw[w] * factor)
            return np.array([share * world.peak_mw[w]])
        figures = []
        for side in (0, 1):
            draw = self.traffic.draw(side, key, self.shares[side].get(key, 0.0))
            figures.append(draw if pooled else np.array([draw.max(initial=0.0)]))
        return np.asarray((1.0 - done) * figures[0] + done * figures[1])

    def keys(self) -> set[Key]:
        """Every pair of workload and hub that counts."""
        return {*self.now, *self.shares[0], *self.shares[1]}

    def room(self) -> np.ndarray:
        """Room taken now, by hub."""
        world = self.world
        width = len(world.periods) if world.settings.room == "pooled" else 1
        total = np.zeros((len(world.hubs), width))
        for key in self.keys():
            hub = world.hubs.get_indexer([key[1]])[0]
            if hub >= 0:
                total[hub] += self.need(key, self.now.get(key, 0.0), self.done[key[0]])
        return total

    def grown(self, before: tuple[dict[Key, float], dict[str, float]]) -> np.ndarray:
        """Room that arrived since, without what left."""
        world, (shares, done) = self.world, before
        width = len(world.periods) if world.settings.room == "pooled" else 1
        total = np.zeros((len(world.hubs), width))
        for key in self.keys():
            hub = world.hubs.get_indexer([key[1]])[0]
            old = self.need(key, shares.get(key, 0.0), done.get(key[0], 0.0))
            new = self.need(key, self.now.get(key, 0.0), self.done[key[0]])
            if hub >= 0:
                total[hub] += np.maximum(new - old, 0.0)
        return total

    def progress(self, key: Key) -> float:
        """Part of the way from the old to the new share of a pair."""
        if self._timed(key[0]):
            return self.done[key[0]]
        before, after = (side.get(key, 0.0) for side in self.shares)
        if abs(after - before) > 1e-9:
            return (self.now.get(key, 0.0) - before) / (after - before)
        return self.rerouted[key]

    def loads(self) -> dict[Key, np.ndarray]:
        """Give the running traffic of every pair, by row and period."""
        found = {}
        for key in self.keys():
            if key in self.shares[0] or key in self.shares[1]:
                part = self.progress(key)
                ends = [
                    self.traffic.of(side, key, self.shares[side].get(key, 0.0))
                    for side in (0, 1)
                ]
                found[key] = (1.0 - part) * ends[0] + part * ends[1]
            else:
                found[key] = self.traffic.of(2, key, self.now.get(key, 0.0))
        return found

    def running(self) -> np.ndarray:
        """Sum of the running traffic now."""
        return np.asarray(sum(self.loads().values(), self.traffic.nothing))

    def bands(
        self,
        stage: str,
        steps: pd.DataFrame,
        before: dict[Key, np.ndarray],
        limit: np.ndarray,
    ) -> None:
        """Check what runs with what comes before what goes, and with moving data."""
        after = self.loads()
        total = sum(before.values(), self.traffic.nothing)
        for key, load in after.items():
            total = total + np.maximum(load - before.get(key, 0.0 * load), 0.0)
        moving = np.zeros(len(total))
        hours = GB_PER_GBPS_HOUR * self.stages.hours_per_week
        for step in rows_of(steps):
            rate = float(step["dataset_tb"]) * 1000.0 / hours
            if rate > 0:
                moving[self.traffic.crossed(step)] += rate
        start = sum(before.values(), self.traffic.nothing).max(axis=1, initial=0.0)
        copied = start + moving / self.stages.link_share
        used = np.maximum(total.max(axis=1, initial=0.0), copied)
        names = [f"{stage}/{name}" for name in self.traffic.names]
        slack = ROOM_TOLERANCE * np.maximum(1.0, used)
        wrong = used > limit + slack
        fault = "More bandwidth is taken than there is"
        self.findings.differ("stages", names, "link", used, limit, wrong, fault)
