r"""The movable workloads of a program, each with the rows that are its own.

A workload that may move, and reserves what it draws most, is a block:

.. math:: \sum_h x_{ht} + u_t = D_t, \quad r_h \ge x_{ht}, \quad x, u, r \ge 0

All other rows couple it to the rest.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import LinearProgram
from siting.model.build import Model
from siting.model.condense import Condensed, condense
from siting.model.instance import MOVABLE

ROUNDING = 1e-9


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
    def of(cls, model: Model) -> Self | None:
        """Find the blocks of a program; None where there are none.

        Parameters
        ----------
        model : Model
        """
        program, instance = model.program, model.instance
        draws, periods = model.blocks.draws, len(instance.hours)
        if "reserved" not in program.columns:
            return None
        timed = draws.timed_pair[::periods]
        # One without a hub or without demand has nothing to choose.
        able = (instance.manner == MOVABLE) & (instance.it_mw > 0)
        moves = np.flatnonzero(able[instance.pair_workload[timed]])
        if not len(moves):
            return None
        pair = timed[moves]
        owner = instance.pair_workload[pair]
        movable = np.flatnonzero(instance.manner == MOVABLE)
        workload, begin = np.unique(owner, return_index=True)
        turn = np.searchsorted(movable, workload)[:, None] * periods
        each = turn + np.arange(periods)
        missing = draws.unserved_mw
        found = cls(
            workload=workload,
            begin=np.append(begin, len(owner)),
            hub=instance.pair_hub[pair],
            draw=draws.timed.reshape(-1, periods)[moves],
            reserve=program.rows["reserve"].positions.reshape(-1, periods)[moves],
            reserved=draws.reserve_column[pair],
            demand=program.rows["demand-period"].start + each,
            unserved=None if missing is None else missing.start + each,
            it_mw=instance.it_mw[workload],
            factor=instance.factor[instance.profile[workload]],
        )
        own = found.own_columns
        free = (program.lower[own] == 0) & np.isinf(program.upper[own])
        return found if free.all() else None

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

    def shared_rows(self, count: int) -> np.ndarray:
        """Tell which of all rows (mask) concern others than one block."""
        shared = np.ones(count, dtype=bool)
        shared[self.own_rows] = False
        return shared

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


@dataclass(frozen=True, eq=False)
class Rest:
    """A program without the rows of its blocks.

    Attributes
    ----------
    program : LinearProgram
        What is left, columns that rows define put in where they are used.
    blocks : Blocks
        With columns as they are numbered there; rows of the whole program.
    fed_row, feeding : ndarray of int
        Rows that others only draw on, such as the balance of a traffic, and each column
        that feeds one.
    """

    whole: LinearProgram
    less: Condensed | None
    program: LinearProgram
    blocks: Blocks
    fed_row: np.ndarray
    feeding: np.ndarray

    @classmethod
    def of(cls, whole: LinearProgram, blocks: Blocks) -> Self | None:
        """Leave the rows of blocks out; None where that cannot be done.

        Parameters
        ----------
        whole : LinearProgram
        blocks : Blocks
        """
        rows, columns = whole.shape
        shared = whole.part(blocks.shared_rows(rows), np.ones(columns, dtype=bool))
        less = condense(shared)
        program = less.program if less else shared
        place = np.arange(whole.shape[1])
        if less:
            place = np.where(less.columns, np.cumsum(less.columns) - 1, -1)
        if (place[blocks.own_columns] < 0).any():
            return None
        unserved = blocks.unserved
        there = replace(
            blocks,
            draw=place[blocks.draw],
            reserved=place[blocks.reserved],
            unserved=None if unserved is None else place[unserved],
        )
        return cls(whole, less, program, there, *_fed_rows(program, there))

    def priced(self, cost: np.ndarray, row_duals: np.ndarray) -> np.ndarray:
        """Reduced costs of all columns."""
        return np.asarray(cost - self.program.paid(row_duals))

    def guessed(self, whole_duals: np.ndarray) -> tuple[np.ndarray, bool]:
        """Make duals of another program fit this one.

        Parameters
        ----------
        whole_duals : ndarray of shape (rows,)
            Of the whole program.

        Returns
        -------
        row_duals : ndarray
            Of what is left.
        sound : bool
            Whether they prove a bound.
        """
        keep = self.blocks.shared_rows(len(whole_duals))
        place = np.where(keep, np.cumsum(keep) - 1, -1)
        duals = whole_duals[keep]
        if self.less:
            place[keep] = np.where(self.less.rows, np.cumsum(self.less.rows) - 1, -1)
            duals = duals[self.less.rows]
        program, demand = self.program, self.whole.rows.get("demand")
        row = place[demand.slice] if demand is not None else np.zeros(0, dtype=int)
        row = row[row >= 0]
        # What a workload's demand is worth: the cheapest of its columns.
        duals[row] = 0.0
        duals = self.tightened(program.cost, duals)
        over = self.priced(program.cost, duals)
        least = np.full(len(duals), np.inf)
        np.minimum.at(least, program.index, over[program.owner] / program.value)
        duals[row] = np.where(np.isfinite(least[row]), least[row], 0.0)
        free = np.isinf(program.upper)
        free[self.blocks.own_columns] = False
        over = self.priced(program.cost, duals)[free]
        sound = over.min(initial=0.0) >= -ROUNDING * np.abs(program.cost).max()
        return duals, bool(sound)

    def tightened(self, cost: np.ndarray, row_duals: np.ndarray) -> np.ndarray:
        """Raise duals to what feeding a row costs.

        Where nothing draws on a row, the duals of a program leave open what a unit is
        worth, though it cannot be had for less. The bound only gains by it.
        """
        over = self.priced(cost, row_duals)[self.feeding]
        least = np.full(len(row_duals), np.inf)
        np.minimum.at(least, self.fed_row, over)
        return row_duals + np.where(np.isfinite(least), np.maximum(least, 0.0), 0.0)

    def restored(
        self, values: np.ndarray, row_duals: np.ndarray, own_duals: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give values, duals and reduced costs of the whole program.

        Parameters
        ----------
        values, row_duals : ndarray
            Of what is left.
        own_duals : ndarray of shape (rows,)
            Of the whole program: those of the blocks' rows.
        """
        if self.less:
            values = self.less.restored_values(values)
            row_duals = self.less.restored_duals(row_duals)
        whole, duals = self.whole, own_duals.copy()
        duals[self.blocks.shared_rows(len(duals))] = row_duals
        return values, duals, whole.cost - whole.paid(duals)


def _fed_rows(program: LinearProgram, blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Rows that some columns feed and all others draw on, and those columns."""
    owner = program.owner
    nothing = (program.row_lower == 0) & (program.row_upper == 0)
    fixed = ~((program.lower == 0) & np.isinf(program.upper))
    fixed[blocks.own_columns] = True
    feeds = nothing[program.index] & (program.value > 0)
    # A column of two such rows ties their duals together.
    times = np.bincount(owner[feeds], minlength=program.shape[1])
    odd = feeds & (fixed[owner] | (times[owner] > 1) | (program.value != 1.0))
    nothing[program.index[odd]] = False
    draws = (program.value < 0) & (program.lower[owner] < 0)
    nothing[program.index[draws]] = False
    feeds &= nothing[program.index]
    return program.index[feeds], owner[feeds]


def entries_of(
    program: LinearProgram, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries of some columns.

    Returns
    -------
    which : ndarray of int
        Position of the column of each entry among ``columns``.
    row : ndarray of int
    value : ndarray
    """
    first = program.start[columns]
    which, turn = repeated(program.start[columns + 1] - first)
    entry = first[which] + turn
    return which, program.index[entry], program.value[entry]
