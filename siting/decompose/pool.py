"""What is known from one program that the next one can start from."""

from collections.abc import Iterator

import numpy as np

from siting.decompose.blocks import Blocks
from siting.decompose.schedule import Schedule, Scheduler
from siting.model.basis import carried, keys_of
from siting.model.build import Model

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
        self._schedules: dict[int, list[Schedule]] = {}
        self._schedulers: dict[int, Scheduler] = {}
        self._duals: dict[str, tuple[Keys, np.ndarray]] = {}

    def descend(self, parent: np.ndarray) -> None:
        """Say of which workload each of the next program's was part.

        Parameters
        ----------
        parent : ndarray of int of shape (workloads,)
        """
        self._parent = parent if self._parent is None else self._parent[parent]

    def keep(
        self,
        model: Model,
        blocks: Blocks,
        schedulers: list[Scheduler],
        used: list[tuple[int, Schedule]],
        duals: np.ndarray,
    ) -> None:
        """Remember schedules, each with the number of its block, and duals."""
        self._parent, self._schedules = None, {}
        self._duals = {
            kind: (keys, duals[rows]) for kind, rows, keys in _shared(model, blocks)
        }
        workloads = blocks.workload.tolist()
        self._schedulers = dict(zip(workloads, schedulers, strict=True))
        for block, schedule in used:
            workload = int(blocks.workload[block])
            self._schedules.setdefault(workload, []).append(schedule)

    def schedulers(self, blocks: Blocks) -> list[Scheduler]:
        """Give each block of the next program a scheduler.

        Those that were part of one workload all start where its scheduler was.
        """
        found, left = [], dict(self._schedulers)
        for block, workload in enumerate(blocks.workload.tolist()):
            was = workload if self._parent is None else int(self._parent[workload])
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

    def of(self, blocks: Blocks) -> list[tuple[int, Schedule]]:
        """Give what is known of the blocks of the next program."""
        found = []
        for block, workload in enumerate(blocks.workload.tolist()):
            was = workload if self._parent is None else int(self._parent[workload])
            hubs = blocks.hub[blocks.pairs(block)]
            for schedule in self._schedules.get(was, []):
                if np.isin(schedule.hub, hubs).all():
                    found.append((block, schedule))
        return found

    def duals(self, model: Model, blocks: Blocks) -> np.ndarray | None:
        """Give the next program the duals of the rows that it shares with the last.

        They may prove nothing there, but tell what schedules will be worth.
        """
        if not self._duals:
            return None
        found = np.zeros(model.program.shape[0])
        for kind, rows, keys in _shared(model, blocks, self._parent):
            if kind in self._duals:
                before, known = self._duals[kind]
                found[rows] = carried(known, 0.0, before, keys)
        return found


def _shared(
    model: Model, blocks: Blocks, parent: np.ndarray | None = None
) -> Iterator[tuple[str, np.ndarray, Keys]]:
    """Rows that are not of single blocks, by kind, and what each is about."""
    shared = blocks.shared_rows(model.program.shape[0])
    for kind, block in model.program.rows.items():
        some = np.flatnonzero(shared[block.slice])
        if len(some):
            keys = [key[some] for key in keys_of(model, block, parent)]
            yield kind, block.start + some, keys
