"""Deals runs out in chunks that take about a second, and deals lost ones again."""

import math
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

from siting.sweep.records import FAILED, Figures, Record

CHUNK_S = 1.0
MOST_IN_CHUNK = 500
FIRST_CHUNK = 2
# First runs are slow; how much the last chunk's mean still hangs on those before.
MEMORY = 0.5
# A run that was in flight in so many losses is dealt alone, to learn whether it is
# the one that kills its worker.
LOSSES_TOGETHER = 2

Job = list[tuple[int, tuple[Any, ...]]]
Finished = list[tuple[int, Record]]


class Deal:
    """Runs that are still to be done.

    Parameters
    ----------
    rows : sequence of tuple
        Values of every run of the design.
    todo : sequence of int
        Numbers of the runs to be done.
    """

    def __init__(self, rows: Sequence[tuple[Any, ...]], todo: Sequence[int]) -> None:
        self._rows = rows
        self._waiting = deque(todo)
        self._alone: deque[int] = deque()
        self._losses: Counter[int] = Counter()
        self._out_alone: int | None = None
        self._runs = 0.0
        self._seconds = 0.0

    @property
    def left(self) -> bool:
        """Whether runs wait to be dealt."""
        return bool(self._waiting or self._alone)

    def next(self, workers: int, in_flight: int) -> Job:
        """Give the next chunk; nothing if it has to wait for those in flight.

        Parameters
        ----------
        workers : int
            How many share what is left.
        in_flight : int
            Chunks that are out.
        """
        if self._waiting:
            size = min(self._size(workers), len(self._waiting))
            numbers = [self._waiting.popleft() for _ in range(size)]
            self._out_alone = None
        elif self._alone and not in_flight:
            numbers = [self._alone.popleft()]
            self._out_alone = numbers[0]
        else:
            numbers = []
        return [(number, self._rows[number]) for number in numbers]

    def _size(self, workers: int) -> int:
        if not self._runs:
            return FIRST_CHUNK
        mean = max(self._seconds / self._runs, 1e-6)
        size = min(int(CHUNK_S / mean), MOST_IN_CHUNK)
        if workers > 1:
            size = min(size, math.ceil(len(self._waiting) / (3 * workers)))
        return max(1, size)

    def done(self, finished: Finished) -> None:
        """Learn from finished runs how long one takes."""
        self._runs = MEMORY * self._runs + len(finished)
        seconds = sum(figures["seconds"] for _, (figures, _) in finished)
        self._seconds = MEMORY * self._seconds + seconds

    def back(self, job: Job) -> None:
        """Take back a chunk that was never started."""
        queue = self._alone if self._is_alone(job) else self._waiting
        queue.extendleft(number for number, _ in reversed(job))

    def lost(self, job: Job, why: str) -> Finished:
        """Take back a chunk whose worker was lost.

        Parameters
        ----------
        job : list
            The chunk.
        why : str
            What is known about the loss.

        Returns
        -------
        list
            The run as failed, if it was dealt alone and lost again.
        """
        if self._is_alone(job):
            figures: Figures = {"status": FAILED, "reason": why, "seconds": math.nan}
            return [(job[0][0], (figures, []))]
        for number, _ in job:
            self._losses[number] += 1
            together = self._losses[number] < LOSSES_TOGETHER
            (self._waiting if together else self._alone).append(number)
        return []

    def _is_alone(self, job: Job) -> bool:
        return job[0][0] == self._out_alone
