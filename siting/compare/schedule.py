"""Putting the pieces into weeks, so that no week takes more than there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from siting.audit.world import World
from siting.compare.ground import Ground
from siting.compare.loads import Load, Loads
from siting.compare.moves import MOVE
from siting.compare.tasks import PARK, Leg, Task, Work, gbps_of

DONE = 1e-12
# A week that moves less than this part of what is left gets help.
SLOW = 0.1
STUCK = 1e-7
SLACK_MW = 1e-9
SLACK_GBPS = 1e-9
# So small a part of a piece is done at once: no meter would see it.
DUST = 1e-8


@dataclass(frozen=True)
class Step:
    """A part of a piece, done in one week."""

    stage: int
    task: Task
    part: float
    last: bool


@dataclass(eq=False)
class Week:
    """Room and bandwidth of one week."""

    stage: int
    room_before: np.ndarray
    room_peak: np.ndarray
    running: np.ndarray
    moving: np.ndarray


@dataclass(eq=False)
class Run:
    """The state on the way from one placement to the other.

    Attributes
    ----------
    room : ndarray of shape (hubs, figures)
    traffic : ndarray of shape (rows, periods)
    limit_mw, limit_gbps : ndarray
    stuck : list of (str, int, float)
        ``room`` or ``row``, its number, and what is missing, of every piece that waits.
    """

    ground: Ground
    loads: Loads
    link_share: float
    hours: float
    limit_mw: np.ndarray
    limit_gbps: np.ndarray
    room: np.ndarray
    traffic: np.ndarray
    tasks: list[Task]
    steps: list[Step] = field(default_factory=list)
    weeks: list[Week] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        ground: Ground,
        loads: Loads,
        work: Work,
        *,
        link_share: float,
        hours: float,
        spare_mw: Mapping[int, float],
        spare_gbps: Mapping[int, float],
    ) -> "Run":
        """Start at the old placement."""
        limit_mw, limit_gbps = work.limit_mw.copy(), loads.limit_gbps.copy()
        for hub, mw in spare_mw.items():
            limit_mw[hub] += mw
        for row, gbps in spare_gbps.items():
            limit_gbps[row] += gbps
        return cls(
            ground,
            loads,
            link_share,
            hours,
            limit_mw,
            limit_gbps,
            work.rooms.copy(),
            loads.running[0].copy(),
            [replace(task) for task in work.tasks],
        )

    def run(self, most_weeks: int) -> bool:
        """Go on until all is done, nothing moves, or the time is over."""
        while self.tasks and len(self.weeks) < most_weeks:
            if not self.week():
                return False
        return not self.tasks

    def week(self) -> bool:
        """Do what fits into one week; tells whether anything did."""
        stage = len(self.weeks) + 1
        room, load = self.room.copy(), self.traffic.copy()
        moving = np.zeros(len(load))
        done: list[tuple[Task, float]] = []
        remaining = sum(task.left * max(task.mw, DONE) for task in self.tasks)
        moved = 0.0
        for task in list(self.tasks):
            part = self._fit(task, room, load, moving)
            if part > 0:
                self._take(task, part, room, load, moving)
                done.append((task, part))
                moved += part * max(task.mw, DONE)
        if moved < SLOW * remaining:
            away = self._park(self._waiting(room), room, load, moving)
            done += [(task, 1.0) for task in away]
            moved += sum(max(task.mw, remaining) for task in away)
        if moved <= STUCK * remaining and not self._finishes(done):
            for task, part in done:
                task.left += part
            self.tasks = [task for task in self.tasks if task.left > DONE]
            return False
        before = self.room.copy(), room, self.traffic.copy(), moving
        self.weeks.append(Week(stage, *before))
        self._settle(stage, done)
        return True

    def _finishes(self, done: list[tuple[Task, float]]) -> bool:
        return any(task.left <= DONE for task, _ in done)

    def _settle(self, stage: int, done: list[tuple[Task, float]]) -> None:
        """End the week: what has left sets its room free."""
        for task, part in done:
            for hub, mw in task.arrive.items():
                self.room[hub] += part * mw
            for hub, mw in task.leave.items():
                self.room[hub] -= part * mw
            for flow, sign in ((task.grow, 1.0), (task.shrink, -1.0)):
                np.add.at(self.traffic, flow.row, sign * part * flow.gbps)
            self.steps.append(Step(stage, task, part, task.left <= DONE))
        self.tasks = [task for task in self.tasks if task.left > DONE]

    def _fit(
        self, task: Task, room: np.ndarray, load: np.ndarray, moving: np.ndarray
    ) -> float:
        """Give the largest part of a piece that still fits this week."""
        if task.left <= DUST:
            return task.left
        part = task.left
        for hub, mw in task.arrive.items():
            part = min(part, _ratio(self.limit_mw[hub] - room[hub], mw, SLACK_MW))
        row = task.grow.row
        if len(row):
            left = self.limit_gbps[row][:, None] - load[row]
            part = min(part, _ratio(left, task.grow.gbps, SLACK_GBPS))
        row, rate = self._rates(task)
        if len(row):
            left = self.limit_gbps[row] - self._busiest(row) - moving[row]
            part = min(part, _ratio(left, rate, SLACK_GBPS))
        if part >= task.left - DONE:
            return task.left
        return part if part > STUCK * task.left else 0.0

    def _busiest(self, row: np.ndarray) -> np.ndarray:
        """Give the traffic at the start of the week, in the busiest period."""
        return np.asarray(self.traffic[row].max(axis=1, initial=0.0))

    def _rates(self, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Bandwidth by row that the data of a whole piece take in its week."""
        rows, rates = [np.zeros(0, int)], [np.zeros(0)]
        for leg in task.legs:
            if leg.gb > 0 and leg.rows:
                rate = gbps_of(leg.gb, self.hours) / self.link_share
                rows.append(np.array(leg.rows))
                rates.append(np.full(len(leg.rows), rate))
        row, number = np.unique(np.concatenate(rows), return_inverse=True)
        return row, np.bincount(number.ravel(), np.concatenate(rates), len(row))

    def _take(
        self,
        task: Task,
        part: float,
        room: np.ndarray,
        load: np.ndarray,
        moving: np.ndarray,
    ) -> None:
        """Book a part of a piece."""
        for hub, mw in task.arrive.items():
            room[hub] += part * mw
        np.add.at(load, task.grow.row, part * task.grow.gbps)
        row, rate = self._rates(task)
        moving[row] += part * rate
        task.left = 0.0 if part >= task.left - DONE else task.left - part

    def _waiting(self, room: np.ndarray) -> list[Task]:
        """Give the moves that their target has no room for."""
        return [
            task
            for task in self.tasks
            if task.left > DONE
            and task.legs[0].kind == MOVE
            and any(
                (room[hub] + task.left * mw - self.limit_mw[hub] > SLACK_MW).any()
                for hub, mw in task.arrive.items()
            )
        ]

    def _park(
        self,
        blocked: list[Task],
        room: np.ndarray,
        load: np.ndarray,
        moving: np.ndarray,
    ) -> list[Task]:
        """Take shares out of full hubs that others wait for, to hubs with room."""
        wanted: dict[int, float] = {}
        for task in blocked:
            for hub, mw in task.arrive.items():
                wanted[hub] = wanted.get(hub, 0.0) + task.left * float(np.max(mw))
        parked = []
        for task in blocked:
            leg = task.legs[0]
            whole = float(np.max(task.leave.get(leg.source, np.zeros(1))))
            mw_left = task.left * whole
            need = wanted.get(leg.source, 0.0)
            if len(task.legs) > 1 or leg.source < 0 or need <= 0 or mw_left <= 0:
                continue
            stop = self._stop(task, room, wanted)
            if stop is None:
                continue
            free = float((self.limit_mw[stop] - room[stop]).min())
            part = task.left * min(1.0, need / mw_left, free / mw_left)
            away, back = self._detour(task, part, stop)
            fits = min(self._fit(away, room, load, moving), 1.0)
            if fits * part <= STUCK:
                continue
            if fits < 1.0:
                part *= fits
                away, back = self._detour(task, part, stop)
            task.left -= part
            if task.left <= DONE:
                task.left = 0.0
            self._take(away, 1.0, room, load, moving)
            wanted[leg.source] = need - part * whole
            self.tasks += [back]
            parked.append(away)
        return parked

    def _stop(
        self, task: Task, room: np.ndarray, wanted: Mapping[int, float]
    ) -> int | None:
        """Nearest hub with room that may take the workload and nobody waits for."""
        open_ = self._world.admissible(np.array([task.workload]))[0]
        leg, known = task.legs[0], self._known.get(task.workload, set())
        best, found = np.inf, None
        for hub in np.flatnonzero(open_).tolist():
            free = float((self.limit_mw[hub] - room[hub]).min())
            if hub in known or hub in wanted or free <= SLACK_MW:
                continue
            nodes = self.ground.instance.hub_node
            path = self.loads.way(nodes[leg.source], nodes[hub])
            far = 0.0 if path is None else path.one_way_ms
            if far < best:
                best, found = far, hub
        return found

    @cached_property
    def _world(self) -> World:
        return World(self.ground.new.scenario)

    @cached_property
    def _known(self) -> dict[int, set[int]]:
        """Hubs that either placement has for each workload."""
        found: dict[int, set[int]] = {}
        for plan in (self.ground.old, self.ground.new):
            pairs = self.ground.pairs(plan)
            for w, hub in zip(pairs.workload.tolist(), pairs.hub.tolist(), strict=True):
                found.setdefault(w, set()).add(hub)
        return found

    def _detour(self, task: Task, part: float, stop: int) -> tuple[Task, Task]:
        """Cut a part of a move into a move to a stop and one from there."""
        leg, name = task.legs[0], str(self.ground.hubs[stop])
        instance, w = self.ground.instance, task.workload
        share = leg.share * part
        gb = self.ground.dataset_tb[w] * 1000.0 * share
        draw = instance.it_mw[w] * instance.factor[instance.profile[w]]
        at_stop = self.loads.of_pair(w, stop, share * draw[self.loads.periods])
        room = (
            share * draw
            if instance.scenario.settings.room == "pooled"
            else np.array([share * instance.peak_mw[w]])
        )
        nothing = Load(np.zeros(0, int), np.zeros((0, self.traffic.shape[1])))
        there = Leg(PARK, leg.source, stop, leg.source_name, name, share, gb)
        onward = Leg(MOVE, stop, leg.target, name, leg.target_name, share, gb)
        for one in (there, onward):
            one.route(self.ground, self.loads, w)
        mw = task.mw * part
        away = Task(
            w,
            [there],
            {stop: room},
            {leg.source: task.leave[leg.source] * part},
            at_stop,
            Load(task.shrink.row, task.shrink.gbps * part) if part else nothing,
            task.priority,
            mw,
        )
        back = Task(
            w,
            [onward],
            {h: mw_ * part for h, mw_ in task.arrive.items() if h == leg.target},
            {stop: room},
            Load(task.grow.row, task.grow.gbps * part),
            at_stop,
            task.priority,
            mw,
        )
        return away, back

    def missing(self) -> tuple[str, int, float] | None:
        """Say what the piece that lacks least lacks: what, where and how much."""
        best: tuple[float, str, int, float] | None = None
        for task in self.tasks:
            found: list[tuple[str, int, float]] = []
            for hub, mw in task.arrive.items():
                short = (
                    float((self.room[hub] + task.left * mw).max()) - self.limit_mw[hub]
                )
                if short > SLACK_MW:
                    found.append(("room", hub, short))
            row, rate = self._rates(task)
            grow = task.grow
            most = self.traffic[grow.row] + task.left * grow.gbps
            for rows, used in (
                (row, self._busiest(row) + task.left * rate),
                (grow.row, most.max(axis=1, initial=0.0)),
            ):
                over = used - self.limit_gbps[rows]
                for at in np.flatnonzero(over > SLACK_GBPS).tolist():
                    found.append(("row", int(rows[at]), float(over[at])))
            if not found:
                continue
            kind, place, amount = found[0]
            rank = amount if kind == "room" else 1e6 + amount
            if best is None or rank < best[0]:
                best = (rank, kind, place, amount)
        return None if best is None else best[1:]


def _ratio(left: np.ndarray, need: np.ndarray, slack: float) -> float:
    """Give the largest multiple of a need that fits."""
    left, need = np.broadcast_arrays(left, need)
    takes = need > 0
    if not takes.any():
        return np.inf
    room = left[takes]
    room = np.where(room < slack, 0.0, room)
    return float((room / need[takes]).min())
