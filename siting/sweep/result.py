"""What a sweep found."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.scenario import Scenario
from siting.sweep.dataset import read
from siting.sweep.distributions import refused
from siting.sweep.records import OPTIMAL
from siting.sweep.study import Study
from siting.wording import Money, left, number, row, wrapped
from siting.words import word

QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
HEADS = ("least", "5 %", "median", "95 %", "most")
SHOWN = (
    ("location_t", "CO2 location-based, t", 1, 0),
    ("market_t", "CO2 market-based, t", 1, 0),
    ("green_share", "green power, %", 100, 1),
    ("west_share", "in the west, %", 100, 1),
    ("mean_rtt_ms", "mean RTT, ms", 1, 2),
    ("unserved_mw", "not served, MW", 1, 1),
)
MOST_REASONS = 5
MOST_LETTERS = 300
LEAST_FOR_RANKS = 8


@dataclass(frozen=True, eq=False)
class Sweep:
    """Results of a sweep.

    Attributes
    ----------
    names : tuple of str
        Inputs that varied.
    runs : DataFrame
        One row a run, in the order of the design: see ``docs/sweeps.md``.
    hubs : DataFrame or None
        Figures by run and hub, where they were asked for.
    folder : Path or None
        Where the dataset is.
    """

    names: tuple[str, ...]
    runs: pd.DataFrame
    hubs: pd.DataFrame | None
    folder: Path | None
    _study: Study | None = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: str | Path) -> "Sweep":
        """Read the dataset of a sweep, finished or not.

        Raises
        ------
        InputError
            If there is none.
        """
        runs, hubs = read(Path(folder))
        columns = list(runs.columns)
        names = columns[2 : columns.index("status")] if columns else []
        return cls(tuple(names), runs, hubs, Path(folder))

    @property
    def solved(self) -> pd.DataFrame:
        """The runs that have an optimum."""
        if self.runs.empty:
            return self.runs
        return self.runs[self.runs["status"] == OPTIMAL]

    def scenario(self, number: int) -> Scenario:
        """Give the scenario of a run, to solve, audit or explain it as any other.

        Parameters
        ----------
        number : int
            As in the column ``number``.

        Raises
        ------
        InputError
            If the sweep was loaded (call :func:`siting.sweep` with ``resume``
            instead), or the values of the run are not allowed.
        """
        if self._study is None:
            message = "a loaded sweep does not know its scenario"
            remedy = "Resume it: siting.sweep(scenario, design, folder, resume=True)."
            raise refused(message, remedy)
        chosen = self.runs.loc[self.runs["number"] == number, list(self.names)]
        if chosen.empty:
            last = len(self.runs) - 1
            message = word("there is no run {number}", number=number)
            raise refused(
                message, word("Runs are numbered from 0 to {last}.", last=last)
            )
        values = [_plain(value) for value in chosen.iloc[0].tolist()]
        return self._study.scenario_at(values)

    def summary(self) -> str:
        """Return the spread of the results, what moves the cost, and the faults."""
        counts: dict[Any, int] = {}
        if len(self.runs):
            counts = self.runs["status"].value_counts().to_dict()
        told = word(", ").join(f"{n:,} {word(state)}" for state, n in counts.items())
        title = "THE SWEEP: {count:,} runs ({told})"
        lines = [word(title, count=len(self.runs), told=told or word("none"))]
        solved = self.solved
        if len(solved):
            lines += ["", *_spread(solved)]
        if len(solved) >= LEAST_FOR_RANKS:
            lines += ["", *self._movers(solved)]
        if len(solved) < len(self.runs):
            lines += ["", *_reasons(self.runs[self.runs["status"] != OPTIMAL])]
        return "\n".join(lines)

    def _movers(self, solved: pd.DataFrame) -> list[str]:
        """Rank correlation of every input that is a number with the cost."""
        ranks = {}
        for name in self.names:
            values = solved[name]
            if pd.api.types.is_numeric_dtype(values) and values.nunique() > 1:
                ranks[name] = values.rank().corr(solved["cost_cny"].rank())
        found = pd.Series(ranks, dtype=float).dropna()
        if found.empty:
            return []
        lines = [word("WHAT MOVES THE COST: rank correlation, from -1 to 1")]
        order = found.abs().sort_values(ascending=False, kind="stable").index
        lines += [f"  {left(name, 50)}{found[name]:>8.2f}" for name in order]
        return lines


def _plain(value: Any) -> Any:
    """Return a cell as the design had it, no numpy type; what is missing is None."""
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _spread(solved: pd.DataFrame) -> list[str]:
    cost = solved["cost_cny"].quantile(QUANTILES)
    money = Money(cost)
    lines = [word("HOW THE RESULTS SPREAD, a year"), row("", map(word, HEADS))]
    lines.append(row(word("cost, {unit}", unit=money.unit), map(money.text, cost)))
    for name, label, factor, decimals in SHOWN:
        values = solved[name].quantile(QUANTILES).to_numpy(float) * factor
        if np.any(values != 0):
            lines.append(row(word(label), [number(float(v), decimals) for v in values]))
    return lines


def _reasons(faults: pd.DataFrame) -> list[str]:
    lines = [word("RUNS WITHOUT A PLAN")]
    counts = faults.groupby(["status", "reason"]).size().reset_index(name="runs")
    counts = counts.sort_values("runs", ascending=False, kind="stable")
    for _, fault in counts.head(MOST_REASONS).iterrows():
        first = " ".join(str(fault["reason"]).split())[:MOST_LETTERS]
        text = f"{fault['runs']:,} {word(fault['status'])}: {first}"
        lines.append(wrapped(text, indent="  "))
    rest = len(counts) - MOST_REASONS
    if rest > 0:
        more = "... and {count:,} more reasons in the column reason"
        lines.append("  " + word(more, count=rest))
    return lines
