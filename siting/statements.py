"""Which statement of the sources is about which value, and how sure figures are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.tables.dictionary import TABLES
from siting.tables.schema import Kind
from siting.words import names_of, word

if TYPE_CHECKING:
    from siting.plan import Plan
    from siting.scenario import Scenario

ANY = "*"
NOT_SUMMED = ("memory_gb", "memory_gb_per_s")
COORDINATES = ("latitude", "longitude")


def statements_about(sources: pd.DataFrame, values: pd.DataFrame) -> np.ndarray:
    """Find the most exact statement about each value.

    Parameters
    ----------
    sources : DataFrame
    values : DataFrame
        With the columns ``table``, ``key`` and ``column``.

    Returns
    -------
    ndarray of int
        Position in ``sources``; -1 where nothing is said.
    """
    named = sources[["table", "key", "column"]].copy()
    named["row"] = np.arange(len(named))
    named["key"] = named["key"].astype(object).map(lambda text: str(text).split("|"))
    named = named.explode("key").drop_duplicates(["table", "key", "column"])
    rows = {
        (str(r.table), str(r.key), str(r.column)): int(r.row)  # type: ignore[arg-type]
        for r in named.itertuples()
    }
    found = np.full(len(values), -1)
    for at, (name, key, column) in enumerate(
        zip(values["table"], values["key"], values["column"], strict=True)
    ):
        for wanted in ((key, column), (key, ANY), (ANY, column), (ANY, ANY)):
            if (name, *wanted) in rows:
                found[at] = rows[name, *wanted]
                break
    return found


def in_use(scenario: "Scenario") -> pd.DataFrame:
    """Return the statements about numbers that the model reads.

    Left out are names and labels, tables and rows that the scenario does not have,
    accelerators that no workload counts in, other transfer bases, and coordinates where
    links or measured round trips give the delays.

    Parameters
    ----------
    scenario : Scenario
    """
    sources = scenario.sources
    keep = [
        _counts(scenario, str(row["table"]), str(row["key"]), str(row["column"]))
        for row in sources.to_dict("records")
    ]
    return sources[np.array(keep, bool)]


def _counts(scenario: "Scenario", name: str, key: str, column: str) -> bool:
    table = TABLES.get(name)
    if table is None:
        # Settings and policy.
        return True
    frame: pd.DataFrame = getattr(scenario, name)
    if not len(frame):
        return False
    fields = {field.name: field for field in table.fields}
    if column in fields and fields[column].kind is not Kind.NUMBER:
        return False
    if column in NOT_SUMMED or (column in COORDINATES and _timed(scenario)):
        return False
    rows = _rows(scenario, name, frame)
    if key != ANY:
        rows = rows[rows[table.key[0]].astype(str).isin(key.split("|"))]
    if not len(rows):
        return False
    return column not in rows or bool(rows[column].notna().any())


def _timed(scenario: "Scenario") -> bool:
    return bool(len(scenario.links) or len(scenario.rtt))


def _rows(scenario: "Scenario", name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a table that this scenario reads."""
    if name == "transfer_prices":
        return frame[frame["basis"] == scenario.settings.transfer_basis]
    if name == "accelerators":
        loads = scenario.workloads
        forms = loads[["accelerators", "pf_days_per_year", "flops_per_year"]]
        used = loads.loc[forms.notna().any(axis=1), "model"]
        return frame[frame["model"].isin(used.unique())]
    return frame


@dataclass(frozen=True)
class WeakGreen:
    """How much of a plan's contracted green energy is an estimate.

    Attributes
    ----------
    share : float
        Of grade C, in all contracted green energy.
    hubs : tuple of str
        Where.
    """

    share: float
    hubs: tuple[str, ...]


def weak_green(plan: "Plan") -> WeakGreen | None:
    """Find what of the contracted green energy rests on shares of grade C.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    WeakGreen or None
        None where none of it does, or no grade is known.
    """
    scenario = plan.scenario
    green = plan.hubs[plan.hubs["green_mwh"] > 0.0]
    if scenario.sources.empty or green.empty:
        return None
    by_period = scenario.hub_periods
    by_period = by_period[by_period["green_share"].notna()]
    own = green["hub"].isin(by_period["hub"])
    values = pd.DataFrame({"key": green["hub"], "column": "green_share"})
    values["table"] = np.where(own, "hub_periods", "hubs")
    at = statements_about(scenario.sources, values)
    grades = scenario.sources["grade"].to_numpy(object)
    weak = green[(at >= 0) & (grades[at] == "C")]
    if weak.empty:
        return None
    weak = weak.sort_values("green_mwh", ascending=False, kind="stable")
    share = float(weak["green_mwh"].sum() / green["green_mwh"].sum())
    return WeakGreen(share, tuple(weak["hub"]))


def weak_green_text(plan: "Plan") -> str:
    """Say what of the contracted green energy is an estimate; "" for none.

    Parameters
    ----------
    plan : Plan
    """
    found = weak_green(plan)
    if found is None:
        return ""
    names = names_of(plan.scenario.hubs)
    return word(
        "Market-based CO2 is an estimate: {share:.0f} % of the contracted green energy "
        "rests on shares of grade C ({hubs}).",
        share=100.0 * found.share,
        hubs=word(", ").join(str(names[hub]) for hub in found.hubs),
    )
