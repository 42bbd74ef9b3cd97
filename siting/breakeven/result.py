"""Break-points as tables, a sentence and text."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from siting.breakeven.axes import Axis
from siting.breakeven.moves import Placed, Scope, moves, net_moves, told
from siting.breakeven.priced import COST
from siting.breakeven.stretches import Stretch, Track
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import optimise
from siting.wording import number, wrapped

POINT_COLUMNS = [
    "value",
    "unit",
    "factor",
    "objective",
    "west_share_before",
    "west_share_after",
    "what_moves",
    "moved_mw",
    "changes_side",
    "exact",
]
SHOWN = 25
WIDE = 100
NOWHERE = "below this no plan meets all limits"


@dataclass(frozen=True)
class BreakEven:
    """Where the optimum changes along one parameter.

    Attributes
    ----------
    parameter, unit : str
    base : float
        Value in the scenario; NaN where it has no single one.
    low, high : float
        Range looked at.
    scope : str
    target : str
        ``side`` or the baseline compared with.
    exact : bool
        Whether every break-point of the range is listed, at its exact value.
    points : DataFrame
        Break-points at which something in scope moves.
    curve : DataFrame
        Ends of the pieces of the optimum; straight lines in between.
    moves : DataFrame
        What moves at each point, by workload and hubs.
    flips : tuple of float
        Values at which most of the scope changes side, or at which the plan stops (or
        begins) to be cheaper than the baseline.
    notes : tuple of str
    """

    parameter: str
    unit: str
    base: float
    low: float
    high: float
    scope: str
    target: str
    exact: bool
    points: pd.DataFrame
    curve: pd.DataFrame
    moves: pd.DataFrame
    flips: tuple[float, ...]
    notes: tuple[str, ...]
    sentence: str
    _axis: Axis = field(repr=False)
    _scope: Scope = field(repr=False)
    _track: Track = field(repr=False)

    def scenario(self, value: float) -> Any:
        """Give the scenario with the parameter at a value, ready to be solved."""
        return self._axis.at(value)

    def confirm(self, step: float = 1e-6) -> pd.DataFrame:
        """Solve again on both sides of every point, from the scenario itself.

        Parameters
        ----------
        step : float
            Distance from the point, relative to it.

        Returns
        -------
        DataFrame
            ``value, below_predicted, below_solved, above_predicted, above_solved,
            differs_mw``: objectives, and the MW in scope that are placed differently.
        """
        rows = []
        for value in self.points["value"]:
            away = step * max(abs(value), 1e-3 * (self.high - self.low))
            row: list[float] = [value]
            sides = []
            for at in (value - away, value + away):
                solved = optimise(
                    Instance(self._axis.at(at)), [Stage(COST)], tie_break=True
                )
                decisions = solved.decisions
                row += [self._at(at), solved.outcome.objective]
                sides.append(Placed(decisions.model.instance, decisions.mean_mw))
            moved = moves(sides[0], sides[1], self._scope)
            rows.append([*row, float(moved["it_mw"].sum())])
        columns = ["value", "below_predicted", "below_solved"]
        columns += ["above_predicted", "above_solved", "differs_mw"]
        return pd.DataFrame(rows, columns=columns)

    def _at(self, value: float) -> float:
        for stretch in self._track.stretches:
            if stretch.low <= value <= stretch.high:
                return stretch.at(value)
        return np.nan

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values, for JSON."""
        return {
            "parameter": self.parameter,
            "unit": self.unit,
            "base": _plain(self.base),
            "low": self.low,
            "high": self.high,
            "scope": self.scope,
            "target": self.target,
            "exact": self.exact,
            "sentence": self.sentence,
            "flips": list(self.flips),
            "points": _records(self.points),
            "curve": _records(self.curve),
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Write sentence, points and notes for a reader."""
        lines = [f"BREAK-EVEN: {self.parameter}, {self.scope}", wrapped(self.sentence)]
        if len(self.points):
            lines += ["", *_table(self)]
        lines += [wrapped(f"Note: {note}.") for note in self.notes]
        return "\n".join(lines)

    __str__ = text


def _table(found: BreakEven) -> list[str]:
    lines = [
        f"{found.unit:>26}{'cost, M CNY':>14}{'in the west, %':>16}  what moves",
    ]
    for row in _shown(found).to_dict("records"):
        mark = "*" if row["changes_side"] else " "
        before, after = (
            number(100 * row[f"west_share_{word}"], 1) for word in ("before", "after")
        )
        head = (
            f"{mark}{row['value']:>25.9g}{number(row['objective'] / 1e6, 2):>14}"
            f"{f'{before} > {after}':>16}  "
        )
        text = row["what_moves"]
        space = WIDE - len(head)
        lines.append(head + (text if len(text) <= space else text[: space - 3] + "..."))
    hidden = len(found.points) - min(len(found.points), SHOWN)
    if hidden > 0:
        lines.append(f"  ... and {hidden} more break-points of less weight")
    if found.points["changes_side"].any():
        lines.append("  * most of the scope changes side")
    return lines


def _shown(found: BreakEven) -> pd.DataFrame:
    """Points that tell most: changes of side, then those that move most."""
    points = found.points
    weight = points["moved_mw"].fillna(np.inf).mask(points["changes_side"], np.inf)
    return points[weight.rank(method="first", ascending=False) <= SHOWN]


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): (_plain(value) if isinstance(value, float) else value)
            for key, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def points_of(
    axis: Axis, track: Track, scope: Scope
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the break-points of a scope, and what moves at each."""
    rows, moved = [], []
    for before, after in zip(track.stretches[:-1], track.stretches[1:], strict=True):
        value = after.low
        shares = before.share(scope), after.share(scope)
        changes = _changes_side(*shares)
        exact = before.exact and after.exact
        if before.placed is None or after.placed is None:
            if before.placed is after.placed:
                continue
            table, what = pd.DataFrame(), NOWHERE
        else:
            table = moves(before.placed, after.placed, scope)
            if table.empty or not (exact or changes):
                continue
            moved.append(table.assign(value=value))
            table = net_moves(table)
            what = told(table)
        mw = float(table["it_mw"].sum()) if len(table) else np.nan
        rows.append(
            (
                value,
                axis.unit,
                axis.factor(value),
                after.at_low,
                *shares,
                what,
                mw,
                changes,
                exact,
            )
        )
    points = pd.DataFrame(rows, columns=POINT_COLUMNS)
    columns = ["value", "workload", "class", "from_hub", "to_hub", "it_mw"]
    table = pd.concat(moved)[columns] if moved else pd.DataFrame(columns=columns)
    return points, table.reset_index(drop=True)


def _changes_side(before: float, after: float) -> bool:
    if np.isnan(before) or np.isnan(after):
        return False
    return (before >= 0.5) != (after >= 0.5)


def curve_of(axis: Axis, track: Track, scope: Scope) -> pd.DataFrame:
    """Give both ends of every stretch, with the share of the scope in the west."""
    rows = [
        (value, axis.factor(value), objective, stretch.share(scope), piece)
        for piece, stretch in enumerate(track.stretches)
        for value, objective in _ends(stretch)
    ]
    columns = ["value", "factor", "objective", "west_share", "piece"]
    return pd.DataFrame(rows, columns=columns)


def _ends(stretch: Stretch) -> list[tuple[float, float]]:
    return [(stretch.low, stretch.at_low), (stretch.high, stretch.at_high)]
