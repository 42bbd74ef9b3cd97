"""What is known from one program that the next one can start from."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from siting.decompose.blocks import Blocks
from siting.decompose.master import Burst, Chosen, Master
from siting.decompose.rest import Rest, Taken
from siting.decompose.schedule import Schedule, Scheduler
from siting.lookup import first_of
from siting.model.basis import Warmth, carried, keys_of
from siting.model.build import Model
from siting.model.outcome import BASIC, Basis, Outcome

# Programs of single workloads that stay in memory, some 0.3 MB each.
MOST_KEPT = 5_000
# Relative gap at which no schedule is missing.
EXACT = 1e-9
Keys = list[np.ndarray]


class Pool:
    """Schedules per MW, by workload, and duals of the program solved last.

    Attributes
    ----------
    target : float
        Relative gap at which the next program counts as solved.
    """

    def __init__(self) -> None:
        self.target = EXACT
        self._parent: np.ndarray | None = None
        self._schedules: dict[int, list[tuple[Schedule, int]]] = {}
        self._bursts: dict[tuple[int, int, int], list[tuple[Burst, int]]] = {}
        self._schedulers: dict[int, Scheduler] = {}
        self._duals: dict[str, tuple[Keys, np.ndarray]] = {}
        self._warmth = Warmth()

    def descend(self, parent: np.ndarray) -> None:
        """Say of which workload each of the next program's was part.

        Parameters
        ----------
        parent : ndarray of int of shape (workloads,)
        """
        self._parent = parent if self._parent is None else self._parent[parent]
        self._warmth = Warmth()

    def keep(
        self,
        model: Model,
        master: Master,
        schedulers: list[Scheduler],
        outcome: Outcome,
        duals: np.ndarray,
    ) -> None:
        """Remember the schedules of a program's optimum, and duals of all its rows."""
        rest, blocks = master.rest, master.rest.blocks
        self._parent, self._schedules, self._bursts = None, {}, {}
        self._duals = {
            kind: (keys, duals[rows]) for kind, rows, keys in _shared(model, rest.taken)
        }
        workloads = blocks.workload.tolist()
        self._schedulers = dict(zip(workloads, schedulers, strict=True))
        whole, status = master.ended()
        self._warmth.keep(model, replace(outcome, basis=whole))
        labels = _labels(rest)
        chosen = outcome.values[len(master.kept) :] > 0
        for turn in np.flatnonzero(chosen | (status == BASIC)).tolist():
            place, schedule = master.schedules[turn]
            was = int(status[turn])
            if isinstance(schedule, Burst):
                label = labels[place - len(blocks)]
                self._bursts.setdefault(label, []).append((schedule, was))
            else:
                workload = int(blocks.workload[place])
                self._schedules.setdefault(workload, []).append((schedule, was))

    def schedulers(self, blocks: Blocks) -> list[Scheduler]:
        """Give each block of the next program a scheduler.

        Those that were part of one workload all start where its scheduler was.
        """
        found, left = [], dict(self._schedulers)
        for block, workload in enumerate(blocks.workload.tolist()):
            was = self._was(workload)
            hubs, factor = blocks.hub[blocks.pairs(block)], blocks.factor[block]
            known = self._schedulers.get(was)
            keeps = block < MOST_KEPT
            if known is None or not known.fits(hubs, factor):
                found.append(Scheduler(hubs, factor, keeps=keeps))
            elif was in left:
                found.append(left.pop(was))
            else:
                found.append(known.copy(keeps=keeps))
        return found

    def of(self, rest: Rest) -> tuple[list[Chosen], np.ndarray]:
        """Give what is known of the workloads of the next program.

        Returns
        -------
        list of (int, Schedule or Burst)
        ndarray of int8
            Where each was in the basis of the last program.
        """
        found: list[Chosen] = []
        status: list[int] = []
        blocks = rest.blocks
        for block, workload in enumerate(blocks.workload.tolist()):
            hubs = blocks.hub[blocks.pairs(block)]
            for schedule, was in self._schedules.get(self._was(workload), []):
                if np.isin(schedule.hub, hubs).all():
                    found.append((block, schedule))
                    status.append(was)
        for turn, (workload, hub, first) in enumerate(_labels(rest)):
            for burst, was in self._bursts.get((self._was(workload), hub, first), []):
                found.append((len(blocks) + turn, burst))
                status.append(was)
        return found, np.array(status, dtype=np.int8)

    def start(self, model: Model) -> Basis | None:
        """Give the basis that the next program starts from; None where it is new."""
        return self._warmth.start(model)

    def _was(self, workload: int) -> int:
        """Workload of the last program that one of the next was part of."""
        return workload if self._parent is None else int(self._parent[workload])

    def duals(self, model: Model, taken: Taken) -> np.ndarray | None:
        """Give the next program the duals of the rows that it shares with the last.

        They may prove nothing there, but tell what schedules will be worth.
        """
        if not self._duals:
            return None
        found = np.zeros(model.program.shape[0])
        for kind, rows, keys in _shared(model, taken, self._parent):
            if kind in self._duals:
                before, known = self._duals[kind]
                found[rows] = carried(known, 0.0, before, keys)
        return found


def _labels(rest: Rest) -> list[tuple[int, int, int]]:
    """Workload, hub and first period of each schedule of those that may burst."""
    bursts = rest.bursts
    first = first_of(bursts.part.ravel()) % max(1, bursts.part.shape[1])
    who = bursts.workload[bursts.pair], bursts.hub[bursts.pair]
    return list(zip(*(values.tolist() for values in (*who, first)), strict=True))


def _shared(
    model: Model, taken: Taken, parent: np.ndarray | None = None
) -> Iterator[tuple[str, np.ndarray, Keys]]:
    """Rows that are left, by kind, and what each is about."""
    shared = taken.shared_rows(model.program.shape[0])
    for kind, block in model.program.rows.items():
        some = np.flatnonzero(shared[block.slice])
        if len(some):
            keys = [key[some] for key in keys_of(model, block, parent)]
            yield kind, block.start + some, keys
