"""What is left of a program when schedules stand for what workloads do by period."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from siting.decompose.blocks import Blocks
from siting.decompose.bursts import Bursts, Filled
from siting.lookup import repeated
from siting.model.arrays import LinearProgram
from siting.model.build import Model
from siting.model.condense import Condensed, condense

ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Taken:
    """What is taken out of a program: the workloads that have schedules."""

    blocks: Blocks
    bursts: Bursts

    @classmethod
    def of(cls, model: Model) -> Self:
        """Find what can be taken out.

        Parameters
        ----------
        model : Model
        """
        return cls(Blocks.of(model), Bursts.of(model))

    @property
    def columns(self) -> np.ndarray:
        """Columns that schedules stand for, or may stand for."""
        return np.append(self.blocks.own_columns, self.bursts.own_columns)

    @property
    def rows(self) -> np.ndarray:
        """Rows that every schedule keeps."""
        return np.append(self.blocks.own_rows, self.bursts.own_rows)

    def shared_rows(self, count: int) -> np.ndarray:
        """Tell which of all rows (mask) are left."""
        shared = np.ones(count, dtype=bool)
        shared[self.rows] = False
        return shared


@dataclass(frozen=True, eq=False)
class Rest:
    """A program without the rows that every schedule keeps.

    Attributes
    ----------
    program : LinearProgram
        What is left, columns that rows define put in where they are used.
    taken : Taken
        With places in the whole program.
    blocks : Blocks
        With columns as they are numbered in what is left; rows of the whole program.
    bursts : Bursts
        With columns, links and demands as they are numbered in what is left.
    fed_row, feeding : ndarray of int
        Rows that others only draw on, such as the balance of a traffic, and each column
        that feeds one.
    """

    whole: LinearProgram
    taken: Taken
    less: Condensed | None
    program: LinearProgram
    blocks: Blocks
    bursts: Bursts
    fed_row: np.ndarray
    feeding: np.ndarray

    @classmethod
    def of(cls, whole: LinearProgram, taken: Taken) -> Self | None:
        """Leave rows out; None where that cannot be done.

        Parameters
        ----------
        whole : LinearProgram
        taken : Taken
        """
        rows, columns = whole.shape
        kept = taken.shared_rows(rows)
        shared = whole.part(kept, np.ones(columns, dtype=bool))
        less = condense(shared)
        program = less.program if less else shared
        column, row = np.arange(columns), np.where(kept, np.cumsum(kept) - 1, -1)
        if less:
            column = np.where(less.columns, np.cumsum(less.columns) - 1, -1)
            row[kept] = np.where(less.rows, np.cumsum(less.rows) - 1, -1)
        bursts = taken.bursts.moved(column, row)
        if (column[taken.columns] < 0).any() or (bursts.link < 0).any():
            return None
        blocks = taken.blocks.moved(column)
        own = np.append(blocks.own_columns, bursts.own_columns)
        fed = _fed_rows(program, own)
        return cls(whole, taken, less, program, blocks, bursts, *fed)

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
        duals = whole_duals[self.taken.shared_rows(len(whole_duals))]
        if self.less:
            duals = duals[self.less.rows]
        program = self.program
        duals[self._demand] = 0.0
        duals = self.tightened(program.cost, duals)
        duals, _ = self.linked(program.cost, duals)
        duals = self.served(program.cost, duals, self._demand)
        over = self.priced(program.cost, duals)
        free = np.isinf(program.upper)
        free[np.append(self.blocks.own_columns, self.bursts.own_columns)] = False
        sound = over[free].min(initial=0.0) >= -ROUNDING * np.abs(program.cost).max()
        return duals, bool(sound)

    def linked(
        self, cost: np.ndarray, row_duals: np.ndarray
    ) -> tuple[np.ndarray, Filled]:
        """Let links be worth what the cheapest schedules cost.

        Returns
        -------
        row_duals : ndarray
        filled : Filled
            These schedules.
        """
        bursts, duals = self.bursts, row_duals.copy()
        duals[bursts.link] = 0.0
        filled = bursts.filled(self.priced(cost, duals))
        duals[bursts.link] = filled.cost / bursts.lasts
        return duals, filled

    def served(
        self, cost: np.ndarray, row_duals: np.ndarray, demand: np.ndarray
    ) -> np.ndarray:
        """Let some demands be worth the cheapest of their columns."""
        if not len(demand):
            return row_duals
        duals, program = row_duals.copy(), self.program
        duals[demand] = 0.0
        which = np.zeros(len(duals), dtype=bool)
        which[demand] = True
        entry = self._demanded[which[program.index[self._demanded]]]
        over = self.priced(cost, duals)[program.owner[entry]] / program.value[entry]
        least = np.full(len(duals), np.inf)
        np.minimum.at(least, program.index[entry], over)
        duals[demand] = np.where(np.isfinite(least[demand]), least[demand], 0.0)
        return duals

    @cached_property
    def tied(self) -> np.ndarray:
        """Rows of the demands of workloads that may burst."""
        return np.unique(self.bursts.demand[self.bursts.demand >= 0])

    @cached_property
    def _demand(self) -> np.ndarray:
        """Rows of demands that are left."""
        block = self.whole.rows.get("demand")
        if block is None:
            return np.zeros(0, dtype=int)
        kept = np.flatnonzero(self.taken.shared_rows(self.whole.shape[0]))
        if self.less:
            kept = kept[self.less.rows]
        return np.flatnonzero((kept >= block.start) & (kept < block.stop))

    @cached_property
    def _demanded(self) -> np.ndarray:
        """Entries of these rows."""
        which = np.zeros(self.program.shape[0], dtype=bool)
        which[self._demand] = True
        return np.flatnonzero(which[self.program.index])

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
            Of the whole program: those of rows that are left out, and of links.
        """
        if self.less:
            values = self.less.restored_values(values)
            row_duals = self.less.restored_duals(row_duals)
        whole, duals = self.whole, own_duals.copy()
        shared = self.taken.shared_rows(len(duals))
        duals[shared] = row_duals
        link = self.taken.bursts.link
        duals[link] = own_duals[link]
        return values, duals, whole.cost - whole.paid(duals)


def _fed_rows(program: LinearProgram, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that some columns feed and all others draw on, and those columns."""
    owner = program.owner
    nothing = (program.row_lower == 0) & (program.row_upper == 0)
    fixed = ~((program.lower == 0) & np.isinf(program.upper))
    fixed[own] = True
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
