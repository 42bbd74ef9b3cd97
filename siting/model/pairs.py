r"""Demands that have two options each: what one does not serve the other does.

.. math:: p x + q y = b, \quad x, y \ge 0
   \quad\Longleftrightarrow\quad y = (b - p x) / q, \quad 0 \le x \le b / p

so a limit of one column says what a row and a second column said: a workload that
changes sides goes from one limit of its column to the other, which takes the simplex
no change of basis. The multiplier of the row is what the cheaper one of both costs,

.. math:: \min \{(c_x - \lambda^\top A_x) / p, (c_y - \lambda^\top A_y) / q\}
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.model.arrays import LinearProgram
from siting.model.outcome import AT_LOWER, AT_UPPER, BASIC, Basis
from siting.model.step import Step


@dataclass(frozen=True, eq=False)
class Pairs(Step):
    """One column of each pair replaced by what the other one leaves.

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
        whole, row = self.whole, self.whole.index[self.entry]
        duals = np.zeros(len(self.rows))
        duals[self.rows] = row_duals
        reduced = whole.cost - whole.paid(duals)
        one, two = (
            reduced[whole.owner[entry]] / whole.value[entry]
            for entry in (self.entry, self.other)
        )
        duals[row] = np.minimum(one, two)
        return duals

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
