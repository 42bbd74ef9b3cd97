"""What an audit found, and the comparison of columns that finds it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.errors import AuditFailed
from siting.words import word

MOST_PER_COLUMN = 20
# Sums of a column's size lose about this much of a rounding error in small entries.
FLOOR = 1e-3
# Differences are taken of the very figures of the row.
LAST_DIGITS = 1e-6

Cell = float | str | None
# Of the rows of a table: names, or the columns that make them, joined when told.
Keys = pd.DataFrame | pd.Series | Sequence[str]


@dataclass(frozen=True)
class Finding:
    """One place where a plan differs from what the audit computes.

    Attributes
    ----------
    table : str
        Table or file of the plan.
    row : str
        Key of the row, its parts joined by ``/``; "" for the whole table.
    column : str
        "" for the whole row.
    found, expected : float, str or None
        What the plan says, and what the audit computed.
    message : str
    """

    table: str
    row: str
    column: str
    found: Cell
    expected: Cell
    message: str

    def __str__(self) -> str:
        """Give the finding on one line."""
        place = " ".join(part for part in (self.table, self.row, self.column) if part)
        values = ""
        if self.found is not None or self.expected is not None:
            values = " " + word(
                "(found {found}, expected {expected})",
                found=_text(self.found),
                expected=_text(self.expected),
            )
        return f"{place}: {self.message}{values}"


@dataclass(frozen=True)
class AuditReport:
    """Outcome of an audit.

    Attributes
    ----------
    findings : tuple of Finding
    objective : float
        Of the last stage, from the tables.
    bound : float
        Lower bound on that objective over all plans, from the saved multipliers.
    gap : float
        ``(objective - bound) / max(1, |objective|)``.
    compared : tuple of str
        Baselines whose columns fit together; they are not recomputed.
    """

    findings: tuple[Finding, ...]
    objective: float = np.nan
    bound: float = np.nan
    gap: float = np.nan
    compared: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    @property
    def remarks(self) -> list[str]:
        """What is not recomputed, in sentences."""
        if not self.compared:
            return []
        text = "Baselines are consistent; they are not recomputed."
        return [word(text)]

    def raise_if_wrong(self) -> None:
        """Raise if anything differs.

        Raises
        ------
        AuditFailed
            With every finding.
        """
        if self.findings:
            raise AuditFailed(str(self))

    def __str__(self) -> str:
        """Give the outcome, and each finding on a line."""
        figures = word(
            "objective {objective:.9g}, proven bound {bound:.9g}, gap {gap:.3g}",
            objective=self.objective,
            bound=self.bound,
            gap=self.gap,
        )
        if self.ok:
            text = word("The audit agrees with the plan: {figures}.", figures=figures)
            return " ".join([text, *self.remarks])
        count = len(self.findings)
        head = word(
            "The audit differs from the plan in {count} places: {figures}.",
            count=count,
            figures=figures,
        )
        return "\n".join([head, *map(str, self.findings)])


@dataclass
class Findings:
    """Collects findings.

    Attributes
    ----------
    tolerance : float
        Relative tolerance of every comparison.
    """

    tolerance: float
    items: list[Finding] = field(default_factory=list)

    def add(
        self,
        table: str,
        row: str = "",
        column: str = "",
        message: str = "",
        found: Cell = None,
        expected: Cell = None,
    ) -> None:
        """Note one finding."""
        fault = word(message)
        self.items.append(Finding(table, row, column, found, expected, fault))

    def rows(
        self,
        table: str,
        keys: Keys,
        wrong: "np.ndarray | pd.Series",
        column: str,
        message: str,
    ) -> None:
        """Note a finding for every row marked wrong, the first few of them."""
        places = np.flatnonzero(np.asarray(wrong, dtype=bool))
        if not len(places):
            return
        for name in _names(keys, places[:MOST_PER_COLUMN]):
            self.add(table, name, column, message)
        self._rest(table, column, len(places))

    def close(
        self,
        table: str,
        keys: Keys,
        column: str,
        found: "np.ndarray | pd.Series",
        expected: "np.ndarray | pd.Series",
        message: str,
        size: "np.ndarray | float | None" = None,
        part: "np.ndarray | None" = None,
    ) -> None:
        """Note rows whose value differs from the expected one.

        Parameters
        ----------
        table, column : str
        keys : sequence of str
            Key of each row.
        found, expected : array
            Blank (nan) and infinite values must agree.
        message : str
        size : array or float, optional
            Size of the figures that the value is made of; default: the expected
            value's own, and a thousandth of the largest in the column.
        part : ndarray of int, optional
            Number of the part of the column that a row belongs to, from 0; the largest
            is then that of its part.
        """
        found = np.asarray(found, dtype=float)
        expected = np.asarray(expected, dtype=float)
        finite = np.isfinite(expected) & np.isfinite(found)
        scale = np.abs(np.where(finite, expected, 0.0))
        largest = scale.max(initial=0.0)
        if part is not None:
            by_part = np.zeros(part.max(initial=-1) + 1)
            np.maximum.at(by_part, part, scale)
            largest = by_part[part]
        scale = np.maximum(scale, FLOOR * largest)
        if size is not None:
            scale = np.maximum(scale, size)
        with np.errstate(invalid="ignore"):
            wrong = np.abs(found - expected) > self.tolerance * scale
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        wrong = np.where(finite, wrong, ~same)
        self.differ(table, keys, column, found, expected, wrong, message)

    def exact(
        self,
        table: str,
        keys: Keys,
        column: str,
        found: "pd.Series",
        expected: "pd.Series",
    ) -> None:
        """Note rows whose own columns do not add up to the last digits."""
        got, want = found.to_numpy(float), expected.to_numpy(float)
        with np.errstate(invalid="ignore"):
            near = np.abs(got - want) <= LAST_DIGITS
        same = near | (got == want) | (np.isnan(got) & np.isnan(want))
        fault = "Not the difference of the row's own figures"
        self.differ(table, keys, column, got, want, ~same, fault)

    def differ(
        self,
        table: str,
        keys: Keys,
        column: str,
        found: np.ndarray,
        expected: np.ndarray,
        wrong: np.ndarray,
        message: str,
    ) -> None:
        """Note both values of every row marked wrong, the first few of them."""
        places = np.flatnonzero(wrong)
        if not len(places):
            return
        shown = places[:MOST_PER_COLUMN]
        for place, name in zip(shown, _names(keys, shown), strict=True):
            self.add(
                table,
                name,
                column,
                message,
                float(found[place]),
                float(expected[place]),
            )
        self._rest(table, column, len(places))

    def most(
        self,
        table: str,
        keys: Keys,
        column: str,
        used: "np.ndarray | pd.Series",
        limit: "np.ndarray | pd.Series",
        message: str,
    ) -> None:
        """Note rows that use more than their limit."""
        used = np.asarray(used, dtype=float)
        limit = np.asarray(limit, dtype=float)
        room = np.maximum(1.0, np.abs(np.where(np.isfinite(limit), limit, 0.0)))
        wrong = ~(used <= limit + self.tolerance * room)
        self.differ(table, keys, column, used, limit, wrong, message)

    def _rest(self, table: str, column: str, count: int) -> None:
        if count > MOST_PER_COLUMN:
            more = word("and {count} more rows", count=count - MOST_PER_COLUMN)
            self.add(table, "", column, more)


def _names(keys: Keys, places: np.ndarray) -> list[str]:
    """Give the keys of some rows, their parts joined."""
    if isinstance(keys, pd.DataFrame):
        return ["/".join(map(str, row)) for row in keys.iloc[places].to_numpy(object)]
    return [str(name) for name in pd.Series(keys, dtype=object).iloc[places]]


def _text(value: Cell) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
