r"""Columns that a row says everything about, put in where they are used.

A workload that is offered one hub goes there, and a traffic with one path has one flow,
which its balance row defines:

.. math:: p x = b, \qquad y = b + \sum_j r_j x_j, \quad b, r, x \ge 0

so :math:`y \ge 0` needs no saying, and both can be replaced wherever they stand. The
multiplier of such a row is what its column costs, :math:`(c_y - \lambda^\top A_y) / p`.
HiGHS finds such rows as well, but is faster if they are not there, and leaves them
where it starts from a basis.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import LinearProgram, compressed
from siting.model.outcome import AT_LOWER, BASIC, Basis

# A column is replaced where that makes so many times as many entries at most.
MOST_FILL = 2


@dataclass(frozen=True, eq=False)
class Step:
    """Columns replaced by what one row each says of them.

    Attributes
    ----------
    whole, program : LinearProgram
        Before and after; afterwards without blocks.
    entry : ndarray of int
        Entry of the whole program where each row meets its column.
    rows, columns : ndarray of bool
        What is left of the whole program.
    """

    whole: LinearProgram
    program: LinearProgram
    entry: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, whole: LinearProgram, entry: np.ndarray) -> Self:
        """Replace columns.

        Parameters
        ----------
        whole : LinearProgram
        entry : ndarray of int
            Where each row meets its column; none of the columns is in another of the
            rows.
        """
        owner, index, value = whole.owner, whole.index, whole.value
        row, column, pivot = index[entry], owner[entry], value[entry]
        rows = np.ones(whole.shape[0], dtype=bool)
        columns = np.ones(whole.shape[1], dtype=bool)
        rows[row], columns[column] = False, False
        # What a column is without the others of its row.
        alone = np.zeros(len(columns))
        alone[column] = whole.row_lower[row] / pivot
        small = whole.charged(alone).part(rows, columns)
        fed = np.flatnonzero(columns[owner] & ~rows[index])
        if not len(fed):
            return cls(whole, small, entry, rows, columns)
        turn_of = np.zeros(len(rows), dtype=int)
        turn_of[row] = np.arange(len(row))
        turn = turn_of[index[fed]]
        rate = value[fed] / pivot[turn]
        place = (np.cumsum(columns) - 1)[owner[fed]]
        # Every use of a column in the rows that stay, for every entry of its row.
        uses = np.flatnonzero(~columns[owner] & rows[index])
        count = np.bincount(owner[uses], minlength=len(columns))
        begin = np.cumsum(count) - count
        which, each = repeated(count[column[turn]])
        use = uses[begin[column[turn[which]]] + each]
        new = (np.cumsum(rows) - 1)[index[use]]
        start, index, value = compressed(
            np.concatenate([small.index, new]),
            np.concatenate([small.owner, place[which]]),
            np.concatenate([small.value, -rate[which] * value[use]]),
            small.shape[1],
        )
        paid = np.bincount(place, rate * whole.cost[column[turn]], len(small.cost))
        cost = small.cost - paid
        small = replace(small, cost=cost, start=start, index=index, value=value)
        return cls(whole, small, entry, rows, columns)

    def restored_values(self, values: np.ndarray) -> np.ndarray:
        """Give values of the whole program."""
        whole, entry = self.whole, self.entry
        everything = np.zeros(len(self.columns))
        everything[self.columns] = values
        row = whole.index[entry]
        rest = whole.row_lower[row] - whole.activity(everything)[row]
        everything[whole.owner[entry]] = rest / whole.value[entry]
        return everything

    def restored_duals(self, row_duals: np.ndarray) -> np.ndarray:
        """Give duals of the whole program."""
        whole, entry = self.whole, self.entry
        duals = np.zeros(len(self.rows))
        duals[self.rows] = row_duals
        reduced = (whole.cost - whole.paid(duals))[whole.owner[entry]]
        duals[whole.index[entry]] = reduced / whole.value[entry]
        return duals


@dataclass(frozen=True, eq=False)
class Condensed:
    """A program without the columns that its rows say everything about.

    Attributes
    ----------
    steps : tuple of Step
        Each starts where the one before ends.
    rows, columns : ndarray of bool
        What is left of the whole program.
    """

    steps: tuple[Step, ...]
    rows: np.ndarray
    columns: np.ndarray

    @property
    def program(self) -> LinearProgram:
        """What is left to be solved; its blocks are left out."""
        return self.steps[-1].program

    def restored(
        self, values: np.ndarray, row_duals: np.ndarray, reduced: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give values, duals and reduced costs of the whole program."""
        all_reduced = np.zeros(len(self.columns))
        all_reduced[self.columns] = reduced
        return self.restored_values(values), self.restored_duals(row_duals), all_reduced

    def restored_values(self, values: np.ndarray) -> np.ndarray:
        """Give values of the whole program."""
        for step in reversed(self.steps):
            values = step.restored_values(values)
        return values

    def restored_duals(self, row_duals: np.ndarray) -> np.ndarray:
        """Give duals of the whole program."""
        for step in reversed(self.steps):
            row_duals = step.restored_duals(row_duals)
        return row_duals

    def basis(self, whole: Basis) -> Basis:
        """Give what is left of a basis of the whole program."""
        return Basis(whole.columns[self.columns], whole.rows[self.rows])

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program: what is replaced is basic."""
        columns = np.full(len(self.columns), BASIC, dtype=np.int8)
        rows = np.full(len(self.rows), AT_LOWER, dtype=np.int8)
        columns[self.columns], rows[self.rows] = basis.columns, basis.rows
        return Basis(columns, rows)


def condense(program: LinearProgram) -> Condensed | None:
    """Replace the columns that rows say everything about; None where there are none.

    Parameters
    ----------
    program : LinearProgram
    """
    steps: list[Step] = []
    rows = np.ones(program.shape[0], dtype=bool)
    columns = np.ones(program.shape[1], dtype=bool)
    for find in (_settled, _definitions):
        # HiGHS calls a program without columns solved, whatever its rows say.
        entry = find(program)[: program.shape[1] - 1]
        if len(entry):
            steps.append(Step.of(program, entry))
            rows[rows], columns[columns] = steps[-1].rows, steps[-1].columns
            program = steps[-1].program
    return Condensed(tuple(steps), rows, columns) if steps else None


def _settled(program: LinearProgram) -> np.ndarray:
    """Entries of rows that leave their only column one value."""
    size = np.bincount(program.index, minlength=program.shape[0])
    alone = (size == 1) & (program.row_lower == program.row_upper)
    entry = np.flatnonzero(alone[program.index])
    column = program.owner[entry]
    value = program.row_lower[program.index[entry]] / program.value[entry]
    fits = (value >= program.lower[column]) & (value <= program.upper[column])
    entry, column = entry[fits], column[fits]
    return np.asarray(entry[np.unique(column, return_index=True)[1]])


def _definitions(program: LinearProgram) -> np.ndarray:
    """Entries of rows that say what a column is, at that column."""
    count, value, index = program.shape[0], program.value, program.index
    owner = program.owner
    free = (program.lower == 0) & np.isinf(program.upper)
    equal = (program.row_lower >= 0) & (program.row_upper == program.row_lower)
    size = np.bincount(index, minlength=count)
    fed = (value < 0) & (program.lower[owner] >= 0)
    others = np.bincount(index[fed], minlength=count)
    row = equal & (size - others == 1)
    entry = np.flatnonzero((value == 1.0) & row[index] & free[owner])
    length = np.diff(program.start)
    # A column that several rows define, or that defines another, stays.
    uses = np.bincount(owner[row[index]], minlength=len(length))
    feeds, used = size[index[entry]] - 1, length[owner[entry]] - 1
    fits = feeds * used <= MOST_FILL * (1 + feeds + used)
    return np.asarray(entry[(uses[owner[entry]] == 1) & fits])
