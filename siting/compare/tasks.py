"""What has to be done between two placements, in pieces that can be done in part.

A piece is one move of a workload that keeps its split all year; all moves of one with a
schedule, which changes as a whole; or a share that stays and only changes its paths.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.compare.ground import Ground, Pairs
from siting.compare.loads import Load, Loads
from siting.compare.moves import Shifts
from siting.units import GB_PER_GBPS_HOUR

PARK, RETIME, REROUTE = "park", "retime", "reroute"
NOTHING = 1e-12


@dataclass
class Leg:
    """One share on its way.

    Attributes
    ----------
    source, target : int
        Hubs; -1: nowhere, or a hub that is gone.
    source_name, target_name : str
    gb : float
        Of its dataset.
    rows : list of int
        Rows of bandwidth that the dataset crosses.
    nodes, links : str
        Its path, as in the table of moves.
    cny_per_gb : float
        Price of moving it.
    """

    kind: str
    source: int
    target: int
    source_name: str
    target_name: str
    share: float
    gb: float = 0.0
    rows: list[int] = field(default_factory=list)
    nodes: str = ""
    links: str = ""
    cny_per_gb: float = 0.0

    def route(self, ground: Ground, loads: Loads, workload: int) -> None:
        """Take the way for the leg's data, if it has any."""
        instance = ground.instance
        if self.target < 0 or not self.gb:
            return
        start = (
            instance.hub_node[self.source]
            if self.source >= 0
            else instance.origin_node[instance.origin[workload]]
        )
        end = instance.hub_node[self.target]
        path = loads.way(start, end)
        price = ground.path_price_cny_per_gb(path, same_node=start == end)
        self.cny_per_gb = price
        self.rows = loads.used_by_move(self.source, self.target, path)
        if path is not None:
            self.nodes, self.links = loads.names(start, path)


@dataclass(eq=False)
class Task:
    """A piece with its effects when it is done as a whole.

    Attributes
    ----------
    legs : list of Leg
    arrive, leave : dict of int to ndarray
        Room taken and set free by hub: one figure, or one for each period (pooled).
    grow, shrink : Load
        Running traffic that comes and goes.
    priority : tuple of float
        Lowest first.
    left : float
        Part that is still to be done.
    mw : float
        Peak MW that move.
    """

    workload: int
    legs: list[Leg]
    arrive: dict[int, np.ndarray]
    leave: dict[int, np.ndarray]
    grow: Load
    shrink: Load
    priority: tuple[float, ...]
    mw: float
    left: float = 1.0

    @property
    def gb(self) -> float:
        """Data to be moved."""
        return sum(leg.gb for leg in self.legs)


@dataclass(frozen=True, eq=False)
class Work:
    """All pieces, and the room that both placements take.

    Attributes
    ----------
    rooms : ndarray of shape (hubs, figures)
        Taken at the start.
    limit_mw : ndarray of shape (hubs,)
    """

    tasks: list[Task]
    rooms: np.ndarray
    limit_mw: np.ndarray


def rooms_of(
    ground: Ground, pairs: Pairs, draw: np.ndarray, reserved: np.ndarray
) -> np.ndarray:
    """Room that each pair takes: its reserved MW, or pooled its draw by period."""
    if ground.instance.scenario.settings.room == "pooled":
        return np.asarray(draw * pairs.share[:, None])
    return np.asarray((reserved * pairs.share)[:, None])


def work_of(
    ground: Ground,
    sides: tuple[Pairs, Pairs],
    loads: Loads,
    found: Shifts,
    moves: pd.DataFrame,
) -> Work:
    """Cut the way from the old to the new placement into pieces."""
    rooms = [
        rooms_of(ground, pairs, *ground.draws(plan, pairs))
        for plan, pairs in zip((ground.old, ground.new), sides, strict=True)
    ]
    hubs = ground.instance.scenario.hubs
    total = np.zeros((2, len(hubs), rooms[0].shape[1]))
    for side, pairs in enumerate(sides):
        known = pairs.hub >= 0
        np.add.at(total[side], pairs.hub[known], rooms[side][known])
    built = ground.new.hubs.set_index("hub")["build_mw"].reindex(hubs.index)
    limit = hubs["it_capacity_mw"].to_numpy(float) + built.fillna(0.0).to_numpy(float)
    # Nothing has to make room for what runs already.
    limit = np.maximum(limit, total[0].max(axis=1, initial=0.0))
    rows = [
        {
            (int(w), str(name)): row
            for row, (w, name) in enumerate(
                zip(pairs.workload, pairs.hub_name, strict=True)
            )
        }
        for pairs in sides
    ]
    maker = _Maker(ground, sides, loads, rooms, *rows)
    tasks = maker.tasks(found, moves)
    return Work(tasks, total[0], limit)


@dataclass(frozen=True, eq=False)
class _Maker:
    ground: Ground
    sides: tuple[Pairs, Pairs]
    loads: Loads
    rooms: list[np.ndarray]
    old: dict[tuple[int, str], int]
    new: dict[tuple[int, str], int]

    def tasks(self, found: Shifts, moves: pd.DataFrame) -> list[Task]:
        """Give all pieces, the most worth a TB first."""
        legs = [
            Leg(
                str(moves["kind"].iloc[i]),
                int(found.source[i]),
                int(found.target[i]),
                str(found.source_name[i]),
                str(found.target_name[i]),
                float(found.share[i]),
                float(moves["dataset_tb"].iloc[i]) * 1000.0,
            )
            for i in range(len(found.share))
        ]
        changed: set[tuple[int, str]] = set()
        together: dict[int, list[int]] = {}
        tasks = []
        for i, leg in enumerate(legs):
            w = int(found.workload[i])
            leg.route(self.ground, self.loads, w)
            for name in (leg.source_name, leg.target_name):
                changed.add((w, name))
            if self.ground.flat[w]:
                tasks.append(self.task(w, [leg], self.pairs(w, leg), i, moves))
            else:
                together.setdefault(w, []).append(i)
        timed: dict[int, set[str]] = {}
        for w, name in {*self.old, *self.new}:
            if not self.ground.flat[w]:
                timed.setdefault(w, set()).add(name)
        for w in sorted(timed):
            mine = [legs[i] for i in together.get(w, [])]
            names = sorted(timed[w])
            parts = dict.fromkeys(names, 1.0)
            task = self.task(w, mine, parts, None, moves, together.get(w, []))
            changed.update((w, name) for name in names)
            if mine or self.matters(task):
                if not mine:
                    task.legs = [Leg(RETIME, -1, -1, "", "", 0.0)]
                tasks.append(task)
        for w, name in sorted({*self.old} & {*self.new} - changed):
            task = self.task(w, [], {name: 1.0}, None, moves)
            if self.matters(task):
                hub = int(self.sides[1].hub[self.new[w, name]])
                task.legs = [Leg(REROUTE, hub, hub, name, name, 0.0)]
                tasks.append(task)
        return sorted(tasks, key=lambda task: task.priority)

    def matters(self, task: Task) -> bool:
        """Whether doing the piece changes anything."""
        figures = [*task.arrive.values(), *task.leave.values()]
        flows = [task.grow.gbps, task.shrink.gbps]
        return any((np.abs(each) > 1e-9).any() for each in (*figures, *flows))

    def pairs(self, w: int, leg: Leg) -> dict[str, float]:
        """Part of the change of each of its hubs that a move makes."""
        parts = {}
        for name in (leg.source_name, leg.target_name):
            if name:
                before, after = self.share(0, w, name), self.share(1, w, name)
                parts[name] = leg.share / abs(after - before)
        return parts

    def share(self, side: int, w: int, name: str) -> float:
        """Share of a workload at a hub in one placement."""
        at = (self.old, self.new)[side].get((w, name))
        return 0.0 if at is None else float(self.sides[side].share[at])

    def task(
        self,
        w: int,
        legs: list[Leg],
        parts: dict[str, float],
        place: int | None,
        moves: pd.DataFrame,
        places: list[int] | None = None,
    ) -> Task:
        """Make a piece from the hubs whose change it makes, and to what part."""
        arrive: dict[int, np.ndarray] = {}
        leave: dict[int, np.ndarray] = {}
        growth: list[Load] = []
        decline: list[Load] = []
        for name, part in parts.items():
            room, load, hub = self.change(w, name)
            if hub >= 0:
                arrive[hub] = np.maximum(room * part, 0.0)
                leave[hub] = np.maximum(-room * part, 0.0)
            growth.append(Load(load.row, np.maximum(load.gbps * part, 0.0)))
            decline.append(Load(load.row, np.maximum(-load.gbps * part, 0.0)))
        rows = places if places is not None else [] if place is None else [place]
        benefit = float(moves["benefit_cny_per_year"].iloc[rows].fillna(np.inf).sum())
        mw = float(moves["reserved_mw"].iloc[rows].sum())
        gb = sum(leg.gb for leg in legs)
        first = 0.0 if not legs else 1.0
        endless = np.copysign(np.inf, benefit) if benefit else 0.0
        per_tb = benefit / gb if gb > 0 else endless
        per_mw = benefit / mw if mw > 0 else benefit
        priority = (first, -per_tb, -per_mw, float(w), float(place or 0))
        return Task(w, legs, arrive, leave, _sum(growth), _sum(decline), priority, mw)

    def change(self, w: int, name: str) -> tuple[np.ndarray, Load, int]:
        """Room and traffic of a pair in the new placement, less the old one's."""
        width = self.rooms[0].shape[1]
        room, hub = np.zeros(width), -1
        loads = []
        for side, sign in ((0, -1.0), (1, 1.0)):
            at = (self.old, self.new)[side].get((w, name))
            if at is None:
                continue
            hub = max(hub, int(self.sides[side].hub[at]))
            room = room + sign * self.rooms[side][at]
            load = (self.loads.old, self.loads.new)[side][at]
            loads.append(Load(load.row, sign * load.gbps))
        return room, _sum(loads), hub


def _sum(loads: list[Load]) -> Load:
    """Add up traffic row by row."""
    if len(loads) == 1:
        return loads[0]
    if not loads:
        return Load(np.zeros(0, int), np.zeros((0, 0)))
    row, number = np.unique(
        np.concatenate([load.row for load in loads]), return_inverse=True
    )
    gbps = np.zeros((len(row), loads[0].gbps.shape[1]))
    np.add.at(gbps, number.ravel(), np.concatenate([load.gbps for load in loads]))
    return Load(row, gbps)


def gbps_of(gb: float, hours: float) -> float:
    """Mean rate of moving some data within some hours."""
    return gb / (GB_PER_GBPS_HOUR * hours)
