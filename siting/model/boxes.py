r"""Limits of columns in place of rows.

Of two options of a demand, one does what the other does not:

.. math:: p x + q y = b, \quad x, y \ge 0
   \quad\Longleftrightarrow\quad y = (b - p x) / q, \quad 0 \le x \le b / p

and a row with one column, :math:`p x \le b`, says no more than such a limit. A workload
that changes sides then goes from one limit of its column to the other, which takes the
simplex no change of basis. The multiplier of the row of two options is what the cheaper
one costs, that of a limit what is lost by it,

.. math:: \min \{(c_x - \lambda^\top A_x) / p, (c_y - \lambda^\top A_y) / q\}, \qquad
   \min \{(c_x - \lambda^\top A_x) / p, 0\}
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.model.arrays import LinearProgram
from siting.model.outcome import AT_LOWER, AT_UPPER, BASIC, Basis
from siting.model.step import Step


@dataclass(frozen=True, eq=False)
class Pairs(Step):
    """Rows of two columns left out, with the one that does what the other leaves.

    Attributes
    ----------
    other : ndarray of int
        Entry of the whole program where each row meets the column that stays.
    """

    other: np.ndarray

    @classmethod
    def among(cls, whole: LinearProgram) -> Self | None:
        """Replace one of each pair; None where there are none.

        Parameters
        ----------
        whole : LinearProgram
        """
        other, entry = _pairs(whole)
        if not len(entry):
            return None
        upper = whole.upper.copy()
        upper[whole.owner[other]] = whole.row_lower[whole.index[other]]
        upper[whole.owner[other]] /= whole.value[other]
        step = Step.of(whole, entry)
        program = replace(step.program, upper=upper[step.columns])
        return cls(whole, program, entry, step.rows, step.columns, other)

    def restored_duals(self, row_duals: np.ndarray) -> np.ndarray:
        """Give duals of the whole program."""
        whole, duals = self.whole, super().restored_duals(row_duals)
        over = (whole.cost - whole.paid(duals))[whole.owner[self.other]]
        over /= whole.value[self.other]
        duals[whole.index[self.other]] += np.minimum(over, 0.0)
        return duals

    def restored_reduced(self, reduced: np.ndarray) -> np.ndarray:
        """Give reduced costs of the whole program: only the dearer one has any."""
        whole, found = self.whole, super().restored_reduced(reduced)
        stays, gone = (whole.owner[entry] for entry in (self.other, self.entry))
        less = np.minimum(found[stays], 0.0)
        found[gone] = -less * whole.value[self.entry] / whole.value[self.other]
        found[stays] -= less
        return found

    def basis(self, whole: Basis) -> Basis:
        """Give what is left of a basis of the whole program."""
        columns = whole.columns.copy()
        stays, gone = (self.whole.owner[entry] for entry in (self.other, self.entry))
        all_of_it = (columns[stays] == BASIC) & (columns[gone] != BASIC)
        columns[stays[all_of_it]] = AT_UPPER
        return super().basis(replace(whole, columns=columns))

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program: who serves the demand is basic."""
        found = super().restored_basis(basis)
        stays, gone = (self.whole.owner[entry] for entry in (self.other, self.entry))
        all_of_it = found.columns[stays] == AT_UPPER
        found.columns[stays[all_of_it]] = BASIC
        found.columns[gone[all_of_it]] = AT_LOWER
        return found


@dataclass(frozen=True, eq=False)
class Limits(Step):
    """Rows left out for a limit of the one column of each, which stays."""

    @classmethod
    def among(cls, whole: LinearProgram) -> Self | None:
        """Make limits of such rows; None where there are none.

        Parameters
        ----------
        whole : LinearProgram
        """
        entry = _limits(whole)
        if not len(entry):
            return None
        rows, columns = (np.ones(count, dtype=bool) for count in whole.shape)
        rows[whole.index[entry]] = False
        upper = whole.upper.copy()
        most = whole.row_upper[whole.index[entry]] / whole.value[entry]
        upper[whole.owner[entry]] = most
        program = replace(whole.part(rows, columns), upper=upper)
        return cls(whole, program, entry, rows, columns)

    def restored_values(self, values: np.ndarray) -> np.ndarray:
        """Give values of the whole program."""
        return values

    def restored_duals(self, row_duals: np.ndarray) -> np.ndarray:
        """Give duals of the whole program."""
        duals, (row, _) = super().restored_duals(row_duals), self._places
        duals[row] = np.minimum(duals[row], 0.0)
        return duals

    def restored_reduced(self, reduced: np.ndarray) -> np.ndarray:
        """Give reduced costs of the whole program, where rows pay for limits."""
        found, (_, column) = reduced.copy(), self._places
        found[column] = np.maximum(found[column], 0.0)
        return found

    def basis(self, whole: Basis) -> Basis:
        """Give what is left of a basis of the whole program."""
        columns, (row, column) = whole.columns.copy(), self._places
        full = (columns[column] == BASIC) & (whole.rows[row] != BASIC)
        columns[column[full]] = AT_UPPER
        return Basis(columns, whole.rows[self.rows])

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program: a row that is not full is basic."""
        columns, (row, column) = basis.columns.copy(), self._places
        rows = np.full(len(self.rows), BASIC, dtype=np.int8)
        rows[self.rows] = basis.rows
        full = columns[column] == AT_UPPER
        columns[column[full]], rows[row[full]] = BASIC, AT_UPPER
        return Basis(columns, rows)

    @property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        return self.whole.index[self.entry], self.whole.owner[self.entry]


def _limits(program: LinearProgram) -> np.ndarray:
    """Entries of rows that say no more than a limit of their only column."""
    owner, index, count = program.owner, program.index, program.shape[0]
    free = (program.lower == 0) & np.isinf(program.upper)
    row = np.isinf(program.row_lower) & (program.row_upper >= 0)
    row &= np.isfinite(program.row_upper)
    row &= np.bincount(index, minlength=count) == 1
    entry = np.flatnonzero((program.value > 0) & row[index] & free[owner])
    return np.asarray(entry[np.unique(owner[entry], return_index=True)[1]])


def _pairs(program: LinearProgram) -> tuple[np.ndarray, np.ndarray]:
    """Entries of the rows of pairs: at the columns that stay, and at the others."""
    owner, index, count = program.owner, program.index, program.shape[0]
    free = (program.lower == 0) & np.isinf(program.upper)
    fits = (program.value > 0) & free[owner]
    row = (program.row_lower == program.row_upper) & (program.row_lower > 0)
    row &= np.bincount(index, minlength=count) == 2
    row &= np.bincount(index[fits], minlength=count) == 2
    # A column of several such rows is replaced by none.
    times = np.bincount(owner[row[index]], minlength=program.shape[1])
    alone = np.bincount(index[times[owner] == 1], minlength=count) == 2
    entry = np.flatnonzero((row & alone)[index])
    entry = entry[np.argsort(index[entry], kind="stable")]
    return entry[0::2], entry[1::2]
