r"""Columns that a row says everything about, put in where they are used.

A workload that is offered one hub goes there, and a traffic with one path has one flow,
which its balance row defines:

.. math:: p x = b, \qquad y = b + \sum_j r_j x_j, \quad b, r, x \ge 0

so :math:`y \ge 0` needs no saying, and both can be replaced wherever they stand. The
multiplier of such a row is what its column costs, :math:`(c_y - \lambda^\top A_y) / p`.
HiGHS finds such rows as well, but is faster if they are not there, and leaves them
where it starts from a basis.
"""

from dataclasses import dataclass

import numpy as np

from siting.model.arrays import LinearProgram
from siting.model.boxes import Limits, Pairs
from siting.model.outcome import Basis
from siting.model.step import Step

# A column is replaced where that makes so many times as many entries at most.
MOST_FILL = 2


@dataclass(frozen=True, eq=False)
class Condensed:
    """A program without the rows and columns that others say everything about.

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
        for step in reversed(self.steps):
            reduced = step.restored_reduced(reduced)
        return self.restored_values(values), self.restored_duals(row_duals), reduced

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

    def basis(self, basis: Basis) -> Basis:
        """Give what is left of a basis of the whole program."""
        for step in self.steps:
            basis = step.basis(basis)
        return basis

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program."""
        for step in reversed(self.steps):
            basis = step.restored_basis(basis)
        return basis


def condense(program: LinearProgram) -> Condensed | None:
    """Replace the columns and rows that others say everything about.

    Parameters
    ----------
    program : LinearProgram

    Returns
    -------
    Condensed or None
        None where there are none.
    """
    steps: list[Step] = []
    rows = np.ones(program.shape[0], dtype=bool)
    columns = np.ones(program.shape[1], dtype=bool)
    for among in (_settled, _defined, Limits.among, Pairs.among):
        step = among(program)
        if step:
            steps.append(step)
            rows[rows], columns[columns] = step.rows, step.columns
            program = step.program
    return Condensed(tuple(steps), rows, columns) if steps else None


def _replaced(program: LinearProgram, entry: np.ndarray) -> Step | None:
    """Replace columns where there are any."""
    # HiGHS calls a program without columns solved, whatever its rows say.
    entry = entry[: program.shape[1] - 1]
    return Step.of(program, entry) if len(entry) else None


def _settled(program: LinearProgram) -> Step | None:
    """Replace columns that their only row leaves one value."""
    size = np.bincount(program.index, minlength=program.shape[0])
    alone = (size == 1) & (program.row_lower == program.row_upper)
    entry = np.flatnonzero(alone[program.index])
    column = program.owner[entry]
    value = program.row_lower[program.index[entry]] / program.value[entry]
    fits = (value >= program.lower[column]) & (value <= program.upper[column])
    entry, column = entry[fits], column[fits]
    return _replaced(program, entry[np.unique(column, return_index=True)[1]])


def _defined(program: LinearProgram) -> Step | None:
    """Replace columns that a row defines."""
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
    return _replaced(program, entry[(uses[owner[entry]] == 1) & fits])
