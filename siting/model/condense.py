r"""Columns that a row defines, put in where they are used.

A traffic with one path has one flow, which its balance row defines:

.. math:: y = \sum_j r_j x_j, \quad r \ge 0, \; x \ge 0

so :math:`y \ge 0` needs no saying, and :math:`y` can be replaced wherever it stands.
The multiplier of the row is what :math:`y` costs, :math:`c_y - \lambda^\top A_y`. HiGHS
finds such rows as well, but is faster if they are not there.
"""

from dataclasses import dataclass, replace

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import LinearProgram, compressed
from siting.model.outcome import AT_LOWER, BASIC, Basis

# A column is replaced where that makes so many times as many entries at most.
MOST_FILL = 2


@dataclass(frozen=True, eq=False)
class Condensed:
    """A program without the columns that its rows define.

    Attributes
    ----------
    program : LinearProgram
        Its blocks are left out.
    whole : LinearProgram
    rows, columns : ndarray of bool
        What is left of the whole program.
    row, column : ndarray of int
        Each defining row and the column that it defines.
    """

    program: LinearProgram
    whole: LinearProgram
    rows: np.ndarray
    columns: np.ndarray
    row: np.ndarray
    column: np.ndarray

    def restored(
        self, values: np.ndarray, row_duals: np.ndarray, reduced: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give values, duals and reduced costs of the whole program."""
        all_reduced = np.zeros(len(self.columns))
        all_reduced[self.columns] = reduced
        return self.restored_values(values), self.restored_duals(row_duals), all_reduced

    def restored_values(self, values: np.ndarray) -> np.ndarray:
        """Give values of the whole program."""
        whole, owner = self.whole, self.whole.owner
        all_values = np.zeros(len(self.columns))
        all_values[self.columns] = values
        defined = np.full(len(self.rows), -1)
        defined[self.row] = self.column
        entry = np.flatnonzero(self.columns[owner] & (defined[whole.index] >= 0))
        all_values -= np.bincount(
            defined[whole.index[entry]],
            whole.value[entry] * all_values[owner[entry]],
            minlength=len(all_values),
        )
        return all_values

    def restored_duals(self, row_duals: np.ndarray) -> np.ndarray:
        """Give duals of the whole program."""
        duals = np.zeros(len(self.rows))
        duals[self.rows] = row_duals
        reduced = self.whole.cost - self.whole.paid(duals)
        duals[self.row] = reduced[self.column]
        return duals

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program: what is defined is basic."""
        columns = np.full(len(self.columns), BASIC, dtype=np.int8)
        rows = np.full(len(self.rows), AT_LOWER, dtype=np.int8)
        columns[self.columns], rows[self.rows] = basis.columns, basis.rows
        return Basis(columns, rows, basis.feasible)


def condense(program: LinearProgram) -> Condensed | None:
    """Replace the columns that rows define; None where there are none.

    Parameters
    ----------
    program : LinearProgram
    """
    row, column = _definitions(program)
    if not len(row):
        return None
    rows = np.ones(program.shape[0], dtype=bool)
    columns = np.ones(program.shape[1], dtype=bool)
    rows[row], columns[column] = False, False
    owner, index, value = program.owner, program.index, program.value
    defined = np.full(len(rows), -1)
    defined[row] = column
    cost = program.cost.copy()
    # Every use of a column in the rows that stay, for every entry of its row.
    entry = np.flatnonzero(columns[owner] & ~rows[index])
    source = defined[index[entry]]
    np.subtract.at(cost, owner[entry], value[entry] * program.cost[source])
    uses = np.flatnonzero(~columns[owner] & rows[index])
    count = np.bincount(owner[uses], minlength=len(columns))
    begin = np.cumsum(count) - count
    which, turn = repeated(count[source])
    use = uses[begin[source[which]] + turn]
    stay = np.flatnonzero(columns[owner] & rows[index])
    number = np.cumsum(rows) - 1
    place = np.cumsum(columns) - 1
    start, index, value = compressed(
        number[np.concatenate([index[stay], index[use]])],
        place[np.concatenate([owner[stay], owner[entry][which]])],
        np.concatenate([value[stay], -value[entry][which] * value[use]]),
        int(columns.sum()),
    )
    small = replace(
        program,
        cost=cost[columns],
        lower=program.lower[columns],
        upper=program.upper[columns],
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        start=start,
        index=index,
        value=value,
        columns={},
        rows={},
    )
    return Condensed(small, program, rows, columns, row, column)


def _definitions(program: LinearProgram) -> tuple[np.ndarray, np.ndarray]:
    """Rows that say what a column is, and those columns."""
    count, value, index = program.shape[0], program.value, program.index
    owner = program.owner
    free = (program.lower == 0) & np.isinf(program.upper)
    nothing = (program.row_lower == 0) & (program.row_upper == 0)
    size = np.bincount(index, minlength=count)
    fed = (value < 0) & (program.lower[owner] >= 0)
    others = np.bincount(index[fed], minlength=count)
    row = nothing & (size - others == 1)
    entry = np.flatnonzero((value == 1.0) & row[index] & free[owner])
    length = np.diff(program.start)
    # A column that several rows define, or that defines another, stays.
    uses = np.bincount(owner[row[index]], minlength=len(length))
    feeds, used = size[index[entry]] - 1, length[owner[entry]] - 1
    fits = feeds * used <= MOST_FILL * (1 + feeds + used)
    entry = entry[(uses[owner[entry]] == 1) & fits]
    return index[entry], owner[entry]
