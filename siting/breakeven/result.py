"""What a break-even search found: break-points, the curve between them, a text."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from siting.breakeven.parameter import Parameter, refused
from siting.breakeven.phrases import told
from siting.breakeven.pieces import HALF, Piece, west_shares
from siting.errors import suggestion
from siting.scenario import Scenario
from siting.solve import measures
from siting.words import word

POINTS = ["value", "scope", "subject", "west_before", "west_after", "flips"]
CHANGE = 1e-7
MEASURES = ("location_t", "market_t", "green_share", "mean_rtt_ms", "unserved_mw")


@dataclass(frozen=True, eq=False)
class BreakEven:
    """Where plans change side as a parameter grows.

    Attributes
    ----------
    parameter, unit : str
    today : float
        Value in the scenario; NaN where there are several.
    low, high : float
    exact : bool
        Whether every break-point is known and none is bracketed only.
    points : DataFrame
        What changes side, and where; see ``docs/reasons.md``.
    curve : DataFrame
        Cost and western shares at both ends of every piece.
    lowest : Series
        Western share of ``all``, and of every class and workload, at the lowest value
        where there is a plan.
    """

    parameter: str
    unit: str
    today: float
    low: float
    high: float
    exact: bool
    points: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame = field(repr=False)
    lowest: "pd.Series[float]" = field(repr=False)
    _whole: Callable[[float], Scenario] = field(repr=False)

    @property
    def flips(self) -> tuple[float, ...]:
        """Values at which the whole plan or a class changes side."""
        rows = self.points
        rows = rows[rows["flips"] & (rows["scope"] != "workload")]
        return tuple(sorted(set(rows["value"].tolist())))

    def flips_of(self, subject: str) -> tuple[float, ...]:
        """Values at which a class, a workload or ``all`` changes side.

        Raises
        ------
        InputError
            If there is nothing of the name.
        """
        self.check(subject)
        rows = self.points
        rows = rows[rows["flips"] & (rows["subject"] == subject)]
        return tuple(sorted(set(rows["value"].tolist())))

    def check(self, subject: str) -> None:
        """Refuse a name that is neither a class, nor a workload, nor ``all``.

        Raises
        ------
        InputError
        """
        if subject not in self.lowest.index:
            message = word("there is no workload or class '{name}'", name=subject)
            raise refused(
                self.parameter, message, suggestion(subject, self.lowest.index)
            )

    def scenario(self, value: float) -> Scenario:
        """Give the scenario at a value, to be solved, saved or changed further."""
        return self._whole(value)

    def summary(self, workload: str | None = None) -> str:
        """Tell break-points and curve as text, of one workload if it is named."""
        if workload is not None:
            self.check(workload)
        return told(self, workload)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "parameter": self.parameter,
            "unit": self.unit,
            "today": self.today,
            "from": self.low,
            "to": self.high,
            "exact": self.exact,
            "points": self.points.to_dict("records"),
            "curve": self.curve.to_dict("records"),
        }


def make_result(parameter: Parameter, pieces: list[Piece], *, exact: bool) -> BreakEven:
    """Write the tables of a search."""
    return BreakEven(
        parameter.name,
        parameter.unit,
        parameter.today,
        parameter.low,
        parameter.high,
        exact,
        _points(pieces),
        pd.DataFrame([row for piece in pieces for row in _ends(piece)]),
        _lowest(pieces),
        parameter.whole,
    )


def _lowest(pieces: list[Piece]) -> "pd.Series[float]":
    for piece in pieces:
        if piece.first is not None:
            names = [subject for _, subject in _scopes(piece)]
            shares = pd.Series(west_shares(piece.first), names)
            return shares[~shares.index.duplicated()]
    return pd.Series(dtype=float)


def _points(pieces: list[Piece]) -> pd.DataFrame:
    """Compare the plans before and after every break-point."""
    rows = []
    last: np.ndarray | None = None
    for piece in pieces:
        if piece.first is not None:
            scopes = _scopes(piece)
            now = west_shares(piece.first)
            before = np.full(len(now), np.nan) if last is None else last
            changed = ~np.isclose(before, now, rtol=0, atol=CHANGE, equal_nan=True)
            if piece is not pieces[0]:
                rows += _changes(piece.start, scopes, before, now, changed)
        elif last is not None:
            now = np.full(len(last), np.nan)
            rows += _changes(piece.start, scopes, last, now, ~np.isnan(last))
        last = None if piece.last is None else west_shares(piece.last)
    return pd.DataFrame(rows, columns=POINTS)


def _changes(
    value: float,
    scopes: list[tuple[str, str]],
    before: np.ndarray,
    after: np.ndarray,
    changed: np.ndarray,
) -> list[tuple[Any, ...]]:
    found = []
    for place in np.flatnonzero(changed).tolist():
        one, other = float(before[place]), float(after[place])
        known = not (np.isnan(one) or np.isnan(other))
        flips = known and (one >= HALF) != (other >= HALF)
        found.append((value, *scopes[place], one, other, flips))
    return found


def _scopes(piece: Piece) -> list[tuple[str, str]]:
    """Name what shares are told of, in their order."""
    assert piece.first is not None
    workloads = piece.first.model.instance.scenario.workloads
    return [
        ("plan", "all"),
        *(("class", str(name)) for name in dict.fromkeys(workloads["class"])),
        *(("workload", str(name)) for name in workloads.index),
    ]


def _ends(piece: Piece) -> list[dict[str, float]]:
    """Describe the plan at both ends of a piece."""
    rows: list[dict[str, float]] = []
    ends = ((piece.start, piece.first), (piece.stop, piece.last))
    for (value, decisions), cost in zip(ends, piece.costs_cny, strict=True):
        row = {"value": value, "cost_cny": cost, "west_share": np.nan}
        if decisions is not None:
            found = {name: v for (name, _), v in measures(decisions).items()}
            row |= {n: v for n, v in found.items() if n.startswith("west_share")}
            row |= {name: found[name] for name in MEASURES}
        rows.append(row)
    return rows
