"""A linear program as whole arrays, block by block."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

Floats = np.ndarray
Ints = np.ndarray


def dot(one: Floats, other: Floats) -> float:
    """Sum of the products of two vectors, within this thread.

    For vectors as long as a program, ``@`` wakes the threads of BLAS, which wait for
    more work in a busy loop: that takes a hundred times as long as the sum.
    """
    return float((one * other).sum())


@dataclass(frozen=True, eq=False)
class Block:
    """A run of columns or rows with one meaning.

    Attributes
    ----------
    kind : str
        What it is, e.g. ``room`` or ``link``.
    start, stop : int
        Positions in the program.
    label : callable
        Readable name of the i-th member; called only when names are written.
    keys : dict of str to ndarray
        What each member is about (positions of hubs, periods, ...).
    sign : float
        Of a row block: 1 for ``<=``, -1 for ``>=``; its multiplier is
        ``-sign * dual``.
    """

    kind: str
    start: int
    stop: int
    label: Callable[[int], str]
    keys: dict[str, Ints] = field(default_factory=dict)
    sign: float = 1.0

    @property
    def positions(self) -> Ints:
        """Positions of the block's members."""
        return np.arange(self.start, self.stop)

    @property
    def slice(self) -> slice:
        """The block as a slice."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        """Give the number of members."""
        return self.stop - self.start


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """``min c x`` with ``row_lower <= A x <= row_upper``, ``lower <= x <= upper``.

    The matrix is held by columns (compressed sparse column).
    """

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    start: Ints
    index: Ints
    value: Floats
    columns: dict[str, Block]
    rows: dict[str, Block]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_lower), len(self.lower)

    @cached_property
    def owner(self) -> Ints:
        """Column of each entry."""
        return np.repeat(np.arange(len(self.lower)), np.diff(self.start))

    def paid(self, row_duals: Floats) -> Floats:
        """Charge each column by the duals of its rows."""
        charged = self.value * row_duals[self.index]
        return np.bincount(self.owner, charged, minlength=len(self.lower))

    def activity(self, values: Floats) -> Floats:
        """Sum each row over the columns."""
        spent = self.value * values[self.owner]
        return np.bincount(self.index, spent, minlength=len(self.row_lower))

    def without(self, fixed: Ints, values: Floats) -> "LinearProgram":
        """Leave out columns that stay at a value.

        Parameters
        ----------
        fixed : ndarray of bool of shape (columns,)
        values : ndarray of shape (columns,)
            Those of other columns are not used.

        Returns
        -------
        LinearProgram
            Without blocks, and without rows that no column is left in.
        """
        free = ~fixed
        used = np.zeros(len(self.row_lower), dtype=bool)
        used[self.index[free[self.owner]]] = True
        return self.charged(np.where(fixed, values, 0.0)).part(used, free)

    def charged(self, values: Floats) -> "LinearProgram":
        """Take what columns at these values add to each row off its limits."""
        there = self.activity(values)
        return replace(
            self, row_lower=self.row_lower - there, row_upper=self.row_upper - there
        )

    def part(self, rows: Ints, columns: Ints) -> "LinearProgram":
        """Give some rows and columns (masks) of the program, without blocks."""
        stays = rows[self.index] & columns[self.owner]
        count = np.bincount(self.owner[stays], minlength=len(columns))[columns]
        number = np.cumsum(rows) - 1
        return LinearProgram(
            cost=self.cost[columns],
            lower=self.lower[columns],
            upper=self.upper[columns],
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            start=np.append(0, np.cumsum(count)).astype(np.int32),
            index=number[self.index[stays]].astype(np.int32),
            value=self.value[stays],
            columns={},
            rows={},
        )

    def proven(self, row_duals: Floats, reduced_costs: Floats) -> float:
        """Dual objective: what duals prove, those of the wrong sign left out."""
        side = np.where(row_duals > 0, self.row_lower, self.row_upper)
        bound = np.where(reduced_costs > 0, self.lower, self.upper)
        rows = dot(np.where(np.isfinite(side), side, 0.0), row_duals)
        return rows + dot(np.where(np.isfinite(bound), bound, 0.0), reduced_costs)


class Builder:
    """Collects blocks of columns, rows and entries.

    Parameters
    ----------
    matrix : bool
        Whether entries are kept; without them only the columns have a meaning.
    """

    def __init__(self, *, matrix: bool = True) -> None:
        self.matrix = matrix
        self.columns: dict[str, Block] = {}
        self.rows: dict[str, Block] = {}
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._row_lower: list[Floats] = []
        self._row_upper: list[Floats] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self.column_count = 0
        self.row_count = 0

    def add_columns(
        self,
        kind: str,
        count: int,
        label: Callable[[int], str],
        *,
        lower: Floats | float = 0.0,
        upper: Floats | float = np.inf,
        **keys: Ints,
    ) -> Block:
        """Add ``count`` variables between ``lower`` and ``upper``."""
        block = Block(
            kind, self.column_count, self.column_count + count, label, dict(keys)
        )
        self._lower.append(np.broadcast_to(np.asarray(lower, float), (count,)))
        self._upper.append(np.broadcast_to(np.asarray(upper, float), (count,)))
        self.columns[kind] = block
        self.column_count += count
        return block

    def add_rows(
        self,
        kind: str,
        count: int,
        label: Callable[[int], str],
        *,
        lower: Floats | float = -np.inf,
        upper: Floats | float = np.inf,
        **keys: Ints,
    ) -> Block:
        """Add ``count`` constraints, all of one sense."""
        sign = -1.0 if np.all(np.isinf(np.asarray(upper, float))) else 1.0
        block = Block(
            kind, self.row_count, self.row_count + count, label, dict(keys), sign
        )
        self._row_lower.append(np.broadcast_to(np.asarray(lower, float), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, float), (count,)))
        self.rows[kind] = block
        self.row_count += count
        return block

    def add_entries(
        self, rows: Ints | int, columns: Ints, values: Floats | float
    ) -> None:
        """Add coefficients; those at the same place are summed."""
        if not self.matrix:
            return
        rows, columns, filled = np.broadcast_arrays(
            np.asarray(rows), np.asarray(columns), np.asarray(values, dtype=float)
        )
        keep = filled != 0
        self._entries.append((rows[keep], columns[keep], filled[keep]))

    def finish(self, cost: Floats) -> LinearProgram:
        """Sum the entries by place and give the program."""
        parts = self._entries or [(np.zeros(0, int), np.zeros(0, int), np.zeros(0))]
        row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        start, index, value = compressed(row, column, value, self.column_count)
        return LinearProgram(
            cost=cost,
            lower=_joined(self._lower),
            upper=_joined(self._upper),
            row_lower=_joined(self._row_lower),
            row_upper=_joined(self._row_upper),
            start=start,
            index=index,
            value=value,
            columns=dict(self.columns),
            rows=dict(self.rows),
        )


def compressed(
    row: Ints, column: Ints, value: Floats, columns: int
) -> tuple[Ints, Ints, Floats]:
    """Sort entries by column and row; those at one place are summed.

    Returns
    -------
    start, index : ndarray of int
        Where each column begins, and the row of each entry.
    value : ndarray
    """
    # Entries come in long runs that are sorted already: a merge sort makes use of them.
    key = column.astype(np.int64) * (int(row.max(initial=0)) + 1) + row
    order = np.argsort(key, kind="stable")
    row, column, value, key = row[order], column[order], value[order], key[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    place = np.flatnonzero(first)
    value = np.add.reduceat(value, place) if len(place) else value
    counts = np.bincount(column[place], minlength=columns)
    start = np.concatenate([[0], np.cumsum(counts)])
    return start.astype(np.int32), row[place].astype(np.int32), value


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
