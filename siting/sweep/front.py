"""A Pareto front: its corners, what a step along it costs, and what it moves."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from siting.folders import Kind, new_folder
from siting.model import extract
from siting.model.polish import Decisions
from siting.scenario import Scenario
from siting.solve import measures
from siting.sweep.distributions import refused
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
MOST_MOVES = 4
LEAST_MOVE_MW = 0.05
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
        Most by which the front may lie below the line between neighbours, in units of
        the first objective: 0 where every line is proven.
    """

    first: str
    second: str
    points: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    tolerance: float

    @property
    def complete(self) -> bool:
        """Whether every break-point was found."""
        return self.tolerance == 0.0

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
            facts = {
                "format": "siting-front",
                "format_version": 1,
                "objectives": [self.first, self.second],
                "complete": self.complete,
                "tolerance": self.tolerance,
            }
            text = json.dumps(facts, indent=2) + "\n"
            (beside / MANIFEST).write_text(text, encoding="utf-8")
        return Path(folder)

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
                state=word("all there are" if self.complete else "more may be missing"),
            )
        ]
        one, two = points[COLUMN[self.first]], points[COLUMN[self.second]]
        money = Money(one) if self.first == "cost" else None
        shown = money.unit if money else unit
        head = (
            word("{what}, {unit}", what=self.first, unit=shown),
            word("{what}, {unit}", what=self.second, unit=other),
            word("{unit} per {other}", unit=unit, other=other),
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
        if not self.complete:
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
        return "\n".join(lines)


def make_front(
    scenario: Scenario,
    first: str,
    second: str,
    corners: Sequence[Corner],
    tolerance: float,
) -> Front:
    """Write the tables of a front.

    Parameters
    ----------
    scenario : Scenario
    first, second : str
    corners : sequence of Corner
        By the first objective.
    tolerance : float
    """
    prices = [
        (b.first - a.first) / (a.second - b.second)
        for a, b in itertools.pairwise(corners)
    ]
    moves = [
        _moved(scenario, a.decisions, b.decisions)
        for a, b in itertools.pairwise(corners)
    ]
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
            "change": _told(moves[place]) if place < len(moves) else "",
        }
        row |= {"cost_cny": float(ledger["total"])} | found
        rows.append({**row, COLUMN[first]: corner.first, COLUMN[second]: corner.second})
    changes = [frame.assign(point=place) for place, frame in enumerate(moves)]
    columns = ["point", "workload", "class", "hub", "it_mw"]
    table = pd.concat(changes)[columns] if changes else pd.DataFrame(columns=columns)
    return Front(
        first, second, pd.DataFrame(rows), table.reset_index(drop=True), tolerance
    )


def _weight(price: float) -> float:
    """Weight of the second objective where both weights sum to 1."""
    return 1.0 if np.isinf(price) else price / (1.0 + price)


def _moved(scenario: Scenario, before: Decisions, after: Decisions) -> pd.DataFrame:
    """MW that one plan has more than the other, by workload and hub."""
    instance = after.model.instance
    change = after.mean_mw - before.mean_mw
    pick = np.flatnonzero(np.abs(change) > 1e-6)
    workload, hub = instance.pair_workload[pick], instance.pair_hub[pick]
    return pd.DataFrame(
        {
            "workload": scenario.workloads.index.to_numpy(object)[workload],
            "class": scenario.workloads["class"].to_numpy(object)[workload],
            "hub": scenario.hubs.index.to_numpy(object)[hub],
            "it_mw": change[pick],
        }
    )


def _told(moved: pd.DataFrame) -> str:
    """Name the hubs that gain and lose most, and the classes that move."""
    by_hub = moved.groupby("hub")["it_mw"].sum()
    by_hub = by_hub[by_hub.abs() >= LEAST_MOVE_MW]
    order = by_hub.abs().sort_values(ascending=False, kind="stable").index
    if not len(order):
        return word("routes, rooms or hours only")
    parts = [f"{hub} {by_hub[hub]:+,.1f} MW" for hub in order[:MOST_MOVES]]
    rest = len(order) - MOST_MOVES
    more = word(" and {rest} more", rest=rest) if rest > 0 else ""
    classes = ", ".join(sorted(moved["class"].unique()))
    return f"{', '.join(parts)}{more} ({classes})"
