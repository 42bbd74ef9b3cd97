r"""The movable workloads of a program, each with the rows that are its own.

A workload that may move, and reserves what it draws most, is a block:

.. math:: \sum_h x_{ht} + u_t = D_t, \quad r_h \ge x_{ht}, \quad x, u, r \ge 0

All other rows couple it to the rest.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.model.build import Model
from siting.model.instance import MOVABLE


@dataclass(frozen=True, eq=False)
class Blocks:
    """Where the blocks of a program lie.

    Attributes
    ----------
    workload : ndarray of int of shape (blocks,)
    begin : ndarray of int of shape (blocks + 1,)
        Where the pairs of each block begin.
    hub : ndarray of int of shape (pairs,)
    draw, reserve : ndarray of int of shape (pairs, periods)
        Columns of MW drawn, and the rows that keep them below what is reserved.
    reserved : ndarray of int of shape (pairs,)
        Columns of MW reserved.
    demand : ndarray of int of shape (blocks, periods)
        Rows of the demand.
    unserved : ndarray of int of shape (blocks, periods) or None
        Columns of MW not served, where they may be.
    it_mw : ndarray of shape (blocks,)
    factor : ndarray of shape (blocks, periods)
        Demand of each period, per MW.
    """

    workload: np.ndarray
    begin: np.ndarray
    hub: np.ndarray
    draw: np.ndarray
    reserve: np.ndarray
    reserved: np.ndarray
    demand: np.ndarray
    unserved: np.ndarray | None
    it_mw: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(cls, model: Model) -> Self:
        """Find the blocks of a program.

        Parameters
        ----------
        model : Model
        """
        program, instance = model.program, model.instance
        draws, periods = model.blocks.draws, len(instance.hours)
        timed = draws.timed_pair[::periods]
        # One without a hub or without demand has nothing to choose.
        able = (instance.manner == MOVABLE) & (instance.it_mw > 0)
        moves = np.flatnonzero(able[instance.pair_workload[timed]])
        if "reserved" not in program.columns:
            moves = moves[:0]
        found = cls._at(model, moves)
        own = found.own_columns
        free = (program.lower[own] == 0) & np.isinf(program.upper[own])
        return found if free.all() else cls._at(model, moves[:0])

    @classmethod
    def _at(cls, model: Model, moves: np.ndarray) -> Self:
        """Find the blocks of some timed pairs."""
        program, instance = model.program, model.instance
        draws, periods = model.blocks.draws, len(instance.hours)
        pair = draws.timed_pair[::periods][moves]
        owner = instance.pair_workload[pair]
        movable = np.flatnonzero(instance.manner == MOVABLE)
        workload, begin = np.unique(owner, return_index=True)
        turn = np.searchsorted(movable, workload)[:, None] * periods
        each = turn + np.arange(periods)
        missing = draws.unserved_mw
        kept = program.rows.get("reserve")
        rows = np.zeros(0, dtype=int) if kept is None else kept.positions
        return cls(
            workload=workload,
            begin=np.append(begin, len(owner)),
            hub=instance.pair_hub[pair],
            draw=draws.timed.reshape(-1, periods)[moves],
            reserve=rows.reshape(-1, periods)[moves],
            reserved=draws.reserve_column[pair],
            demand=program.rows["demand-period"].start + each,
            unserved=None if missing is None else missing.start + each,
            it_mw=instance.it_mw[workload],
            factor=instance.factor[instance.profile[workload]],
        )

    @property
    def own_columns(self) -> np.ndarray:
        """Columns of the blocks."""
        parts = [self.draw.ravel(), self.reserved]
        if self.unserved is not None:
            parts.append(self.unserved.ravel())
        return np.concatenate(parts)

    @property
    def own_rows(self) -> np.ndarray:
        """Rows that only concern one block each."""
        return np.concatenate([self.reserve.ravel(), self.demand.ravel()])

    def moved(self, place: np.ndarray) -> Self:
        """Give the same where columns have other places."""
        unserved = self.unserved
        return replace(
            self,
            draw=place[self.draw],
            reserved=place[self.reserved],
            unserved=None if unserved is None else place[unserved],
        )

    def __len__(self) -> int:
        """Give the number of blocks."""
        return len(self.workload)

    def pairs(self, block: int) -> slice:
        """Pairs of a block."""
        return slice(int(self.begin[block]), int(self.begin[block + 1]))

    def pairs_at(self, block: int, hub: np.ndarray) -> np.ndarray:
        """Pairs of a block at some hubs."""
        pairs = self.pairs(block)
        return np.asarray(pairs.start + np.searchsorted(self.hub[pairs], hub))
