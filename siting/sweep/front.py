"""A Pareto front: its corners, what a step along it costs, and what it moves."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.folders import Kind, new_folder
from siting.model import extract
from siting.model.extract import Placed
from siting.scenario import Scenario
from siting.solve import measures
from siting.sweep.distributions import refused
from siting.sweep.moves import Running, moved, told
from siting.sweep.walk import Corner
from siting.wording import Money, number, right
from siting.words import word

COLUMN = {
    "cost": "cost_cny",
    "carbon-location": "location_t",
    "carbon-market": "market_t",
    "green": "not_green_mwh",
    "latency": "latency_mw_ms",
}
UNIT = {
    "cost": "CNY",
    "carbon-location": "t",
    "carbon-market": "t",
    "green": "MWh",
    "latency": "MW ms",
}
MANIFEST = "front.json"
FILES = ("points.csv", "changes.csv", MANIFEST)
FRONT = Kind(
    lambda folder: FILES if (folder / MANIFEST).is_file() else (),
    there="there is a front already",
    foreign="the folder holds files that are no part of a saved front: {names}",
)
MOST_LINES = 12
CURVE_POINTS = 201


@dataclass(frozen=True, eq=False)
class Front:
    """The front of two objectives.

    Attributes
    ----------
    first, second : str
        The objectives.
    points : DataFrame
        One row a corner, from the best first objective to the best second one. See
        ``docs/sweeps.md``.
    changes : DataFrame
        MW by workload and hub that differ between a point and the next one:
        ``point, workload, class, hub, it_mw``.
    tolerance : float
        Most by which a plan may lie below the lines between the points, in units of
        the first objective: 0 where all lines are proven exactly.
    complete : bool
        Whether every line was asked for a better plan; if not, points may be missing.
    carbon_price_cny_per_t : float
        Of the policy. Cost counts it already: prices of carbon are on top of it.
    carbon_accounting : str
        Of that price.
    """

    first: str
    second: str
    points: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    tolerance: float
    complete: bool
    carbon_price_cny_per_t: float
    carbon_accounting: str

    @property
    def curve(self) -> pd.DataFrame:
        """The front as a dense line: even steps of the second objective."""
        second = self.points[COLUMN[self.second]].to_numpy(float)
        steps = np.linspace(second.min(), second.max(), CURVE_POINTS)
        values = np.array([self.at(step) for step in steps])
        return pd.DataFrame({COLUMN[self.first]: values, COLUMN[self.second]: steps})

    def at(self, second: float) -> float:
        """Give the least first objective with at most so much of the second.

        Raises
        ------
        InputError
            If the second objective cannot be so low.
        """
        points = self.points.iloc[::-1]
        known = points[COLUMN[self.second]].to_numpy(float)
        if second < known[0] - 1e-9 * max(1.0, abs(known[0])):
            unit = word(UNIT[self.second])
            message = word(
                "no plan has {value:,.6g} {unit} or less", value=second, unit=unit
            )
            remedy = word(
                "The least is {value:,.6g} {unit}.", value=known[0], unit=unit
            )
            raise refused(message, remedy, "pareto")
        return float(np.interp(second, known, points[COLUMN[self.first]]))

    def between(self, point: int) -> pd.DataFrame:
        """Give what moves between a point and the next one, most first."""
        rows = self.changes[self.changes["point"] == point].drop(columns="point")
        order = rows["it_mw"].abs().sort_values(ascending=False, kind="stable").index
        return rows.loc[order].reset_index(drop=True)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write ``points.csv``, ``changes.csv`` and ``front.json`` to a folder.

        It is written beside its place and renamed, so it is never half there.

        Parameters
        ----------
        folder : path
        overwrite : bool
            Whether a front that is there may be replaced.

        Raises
        ------
        InputError
            If the place is taken, or cannot be written.
        """
        with new_folder(folder, FRONT, overwrite=overwrite) as beside:
            self.points.to_csv(beside / "points.csv", index=False)
            self.changes.to_csv(beside / "changes.csv", index=False)
            facts = {"format": "siting-front", "format_version": 1, **self.facts()}
            text = json.dumps(facts, indent=2) + "\n"
            (beside / MANIFEST).write_text(text, encoding="utf-8")
        return Path(folder)

    def facts(self) -> dict[str, Any]:
        """Return what holds for the front as a whole."""
        return {
            "objectives": [self.first, self.second],
            "complete": self.complete,
            "tolerance": self.tolerance,
            "carbon_price_cny_per_t": self.carbon_price_cny_per_t,
            "carbon_accounting": self.carbon_accounting,
        }

    def _state(self) -> str:
        """Say whether all corners were found."""
        if not self.complete:
            return word("more may be missing")
        if self.tolerance > 0:
            return word("all that can be told apart")
        return word("all there are")

    def summary(self) -> str:
        """Return the ends of the front and its steps as text."""
        unit, other = word(UNIT[self.first]), word(UNIT[self.second])
        points = self.points
        count = len(points)
        lines = [
            word(
                "THE FRONT OF {first} AND {second}: {count:,} corners, {state}",
                first=self.first,
                second=self.second,
                count=count,
                state=self._state(),
            )
        ]
        one, two = points[COLUMN[self.first]], points[COLUMN[self.second]]
        money = Money(one) if self.first == "cost" else None
        shown = money.unit if money else unit
        head = (
            word("{what}, {unit}", what=self.first, unit=shown),
            word("{what}, {unit}", what=self.second, unit=other),
            word("price, {unit} per {other}", unit=unit, other=other),
        )
        heads = (*head, word("in the west, %"))
        shown_heads = "".join(right(cell, 24) for cell in heads)
        lines.append(right(word("point"), 7) + shown_heads)
        rows = np.unique(np.linspace(0, count - 1, MOST_LINES).round().astype(int))
        for place in rows.tolist():
            row = points.iloc[place]
            cells = (
                money.text(one.iloc[place]) if money else number(one.iloc[place], 1),
                number(two.iloc[place], 0),
                number(row["price_to"], 2),
                number(100 * row["west_share"], 1),
            )
            lines.append(f"{place:>7}" + "".join(f"{cell:>24}" for cell in cells))
        if count > MOST_LINES:
            more = word("({count:,} more corners between)", count=count - len(rows))
            lines.append(f"        {more}")
        if self.tolerance > 0:
            lines.append(
                word(
                    "The front may lie up to {tolerance:,.6g} {unit} below the "
                    "line between neighbours.",
                    tolerance=self.tolerance,
                    unit=unit,
                )
            )
        lines.append(
            word(
                "Between corners the front is straight; a corner stands for "
                "one of the plans with these two values."
            )
        )
        if "cost" in (self.first, self.second) and self.carbon_price_cny_per_t:
            lines += self._on_top()
        return "\n".join(lines)

    def _on_top(self) -> list[str]:
        """Say of a front of cost and carbon that cost counts carbon already."""
        if self.second.startswith("carbon-"):
            text = (
                "Prices are on top of the policy's carbon price of {price:g} CNY/t "
                "({basis}), which cost counts already."
            )
        elif self.first.startswith("carbon-"):
            text = (
                "Cost counts carbon already, at the policy's {price:g} CNY/t "
                "({basis}): 1 over a price is CNY/t on top of that."
            )
        else:
            return []
        basis = word(f"{self.carbon_accounting}-based")
        return [word(text, price=self.carbon_price_cny_per_t, basis=basis)]


def make_front(
    scenario: Scenario,
    first: str,
    second: str,
    corners: Sequence[Corner],
    *,
    complete: bool,
    tolerance: float,
) -> Front:
    """Write the tables of a front.

    Parameters
    ----------
    scenario : Scenario
    first, second : str
    corners : sequence of Corner
        By the first objective.
    complete : bool
    tolerance : float
    """
    prices = [
        (b.first - a.first) / (a.second - b.second)
        for a, b in itertools.pairwise(corners)
    ]
    running = [_running(corner) for corner in corners]
    moves = [moved(scenario, a, b) for a, b in itertools.pairwise(running)]
    rows = []
    for place, corner in enumerate(corners):
        found = {name: v for (name, _), v in measures(corner.decisions).items()}
        ledger = extract.ledger_column(corner.decisions)
        row = {
            "point": place,
            COLUMN[first]: corner.first,
            COLUMN[second]: corner.second,
            "price_from": prices[place - 1] if place else 0.0,
            "price_to": prices[place] if place < len(prices) else np.inf,
            "weight_from": _weight(prices[place - 1] if place else 0.0),
            "weight_to": _weight(prices[place] if place < len(prices) else np.inf),
            "change": told(moves[place]) if place < len(moves) else "",
        }
        row |= {"cost_cny": float(ledger["total"])} | found
        rows.append({**row, COLUMN[first]: corner.first, COLUMN[second]: corner.second})
    changes = [frame.assign(point=place) for place, frame in enumerate(moves)]
    columns = ["point", "workload", "class", "hub", "it_mw"]
    table = pd.concat(changes)[columns] if changes else pd.DataFrame(columns=columns)
    points, table = pd.DataFrame(rows), table.reset_index(drop=True)
    policy = scenario.policy
    priced = (policy.carbon_price_cny_per_t, policy.carbon_accounting)
    return Front(first, second, points, table, tolerance, complete, *priced)


def _weight(price: float) -> float:
    """Weight of the second objective where both weights sum to 1."""
    return 1.0 if np.isinf(price) else price / (1.0 + price)


def _running(corner: Corner) -> Running:
    """Where the workloads of a corner run."""
    return corner.running or Running.of(Placed.of(corner.decisions))
