"""Schedules that one program was solved with, for the next one to start from."""

import numpy as np

from siting.decompose.blocks import Blocks
from siting.decompose.schedule import Schedule


class Pool:
    """Schedules per MW, by workload of the program solved last."""

    def __init__(self) -> None:
        self._parent: np.ndarray | None = None
        self._schedules: dict[int, list[Schedule]] = {}

    def descend(self, parent: np.ndarray) -> None:
        """Say of which workload each of the next program's was part.

        Parameters
        ----------
        parent : ndarray of int of shape (workloads,)
        """
        self._parent = parent if self._parent is None else self._parent[parent]

    def keep(self, blocks: Blocks, used: list[tuple[int, Schedule]]) -> None:
        """Remember schedules, each with the number of its block."""
        self._parent, self._schedules = None, {}
        for block, schedule in used:
            workload = int(blocks.workload[block])
            self._schedules.setdefault(workload, []).append(schedule)

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
