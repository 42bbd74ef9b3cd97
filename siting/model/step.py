"""Rows left out of a program, with the columns that they say everything about."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import LinearProgram, compressed
from siting.model.outcome import AT_LOWER, BASIC, Basis


@dataclass(frozen=True, eq=False)
class Step:
    """Rows left out, with the column that each says everything about.

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

    def restored_reduced(self, reduced: np.ndarray) -> np.ndarray:
        """Give reduced costs of the whole program: what is replaced has none."""
        everything = np.zeros(len(self.columns))
        everything[self.columns] = reduced
        return everything

    def basis(self, whole: Basis) -> Basis:
        """Give what is left of a basis of the whole program."""
        return Basis(whole.columns[self.columns], whole.rows[self.rows])

    def restored_basis(self, basis: Basis) -> Basis:
        """Give a basis of the whole program: what is replaced is basic."""
        columns = np.full(len(self.columns), BASIC, dtype=np.int8)
        rows = np.full(len(self.rows), AT_LOWER, dtype=np.int8)
        columns[self.columns], rows[self.rows] = basis.columns, basis.rows
        return Basis(columns, rows)
