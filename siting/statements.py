"""Which statement of the sources is about which value, and how sure figures are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.curves import hub_it_mw
from siting.energy import factors_in_use, hub_energy, tariffs_in_use
from siting.lookup import positions
from siting.tables.bases import bases_of
from siting.tables.dictionary import TABLES
from siting.tables.schema import Kind, Table
from siting.words import names_of, word

if TYPE_CHECKING:
    from siting.plan import Plan
    from siting.scenario import Scenario

ANY = "*"
IDENTITY = ["table", "key", "column", "basis"]
NOT_SUMMED = ("memory_gb", "memory_gb_per_s")
COORDINATES = ("latitude", "longitude")


def statements_about(scenario: "Scenario", values: pd.DataFrame) -> np.ndarray:
    """Find the most exact statement about each value.

    One about a basis counts for values of that basis, and there goes before one about
    every basis.

    Parameters
    ----------
    scenario : Scenario
    values : DataFrame
        With the columns ``table``, ``key`` and ``column``.

    Returns
    -------
    ndarray of int
        Position in ``sources``; -1 where nothing is said.
    """
    named = scenario.sources[IDENTITY].copy()
    named["row"] = np.arange(len(named))
    named["key"] = named["key"].astype(object).map(lambda text: str(text).split("|"))
    named = named.explode("key").drop_duplicates(IDENTITY)
    rows = dict(zip(_records(named), named["row"], strict=True))
    bases = _bases_of_values(scenario)
    found = np.full(len(values), -1)
    for at, (name, key, column) in enumerate(
        zip(values["table"], values["key"], values["column"], strict=True)
    ):
        of_value = [*bases.get((name, key), ()), ""]
        asked = [(key, column), (key, ANY), (ANY, column), (ANY, ANY)]
        wanted = ((name, *row, basis) for row in asked for basis in of_value)
        found[at] = next((rows[row] for row in wanted if row in rows), -1)
    return found


def _bases_of_values(scenario: "Scenario") -> dict[tuple[str, str], list[str]]:
    """Give the bases in use by table and name of a row."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, table in TABLES.items():
        if table.basis:
            rows = _rows(scenario, name)[[table.called_by, table.basis]]
            rows = rows.drop_duplicates()
            keys = rows[table.called_by]
            for key, basis in zip(keys, bases_of(table, rows), strict=True):
                if basis:
                    found.setdefault((name, key), []).append(basis)
    return found


def _records(sources: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    columns = (sources[column].astype(object) for column in IDENTITY)
    return zip(*columns, strict=True)


def in_use(scenario: "Scenario") -> pd.DataFrame:
    """Return the statements about numbers that the model reads.

    Left out are names and labels, tables and rows that the scenario does not have,
    accelerators that no workload counts in, tariffs and transfer prices of other bases,
    carbon factors of other years, and coordinates where links or measured round trips
    give the delays.

    Parameters
    ----------
    scenario : Scenario
    """
    sources = scenario.sources
    told = set(sources["table"]) & set(TABLES)
    read = {name: _rows(scenario, name) for name in told}
    keep = []
    for name, key, column, basis in _records(sources):
        # Settings and policy have no rows.
        counts = not basis
        if name in TABLES:
            timed = column in COORDINATES and _timed(scenario)
            counts = not timed and _counts(TABLES[name], read[name], key, column, basis)
        keep.append(counts)
    return sources[np.array(keep, bool)]


def _counts(
    table: Table, rows: pd.DataFrame, key: str, column: str, basis: str
) -> bool:
    fields = {field.name: field for field in table.fields}
    if column in fields and fields[column].kind is not Kind.NUMBER:
        return False
    if column in NOT_SUMMED:
        return False
    if basis:
        rows = rows[bases_of(table, rows) == basis]
    if key != ANY:
        rows = rows[rows[table.called_by].isin(key.split("|"))]
    if not len(rows):
        return False
    return column not in rows or bool(rows[column].notna().any())


def _timed(scenario: "Scenario") -> bool:
    return bool(len(scenario.links) or len(scenario.rtt))


def _rows(scenario: "Scenario", name: str) -> pd.DataFrame:
    """Rows of a table that this scenario reads."""
    frame: pd.DataFrame = getattr(scenario, name)
    if name == "tariffs":
        return tariffs_in_use(scenario)
    if name == "carbon_factors":
        return factors_in_use(scenario)
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
    if scenario.sources.empty or not (plan.hubs["green_mwh"] > 0.0).any():
        return None
    values = _green_by_table(plan)
    at = statements_about(scenario, values)
    grades = scenario.sources["grade"].to_numpy(object)
    weak = values[(at >= 0) & (grades[at] == "C")]
    if weak.empty:
        return None
    by_hub = weak.groupby("key", sort=False)["mwh"].sum()
    by_hub = by_hub.sort_values(ascending=False, kind="stable")
    share = float(by_hub.sum() / values["mwh"].sum())
    return WeakGreen(share, tuple(str(hub) for hub in by_hub.index))


def _green_by_table(plan: "Plan") -> pd.DataFrame:
    """Split each hub's contracted green energy by the table that has its share."""
    scenario, energy = plan.scenario, hub_energy(plan.scenario)
    it_mw = hub_it_mw(plan)
    hubs, periods = it_mw.index, it_mw.columns
    mwh = it_mw.to_numpy(float) * energy.facility_mwh_per_mw * energy.green_share
    single = scenario.hub_periods
    single = single[single["green_share"].notna()]
    own = np.zeros(mwh.shape, bool)
    own[positions(hubs, single["hub"]), positions(periods, single["period"])] = True
    parts = {"hubs": np.where(own, 0.0, mwh), "hub_periods": np.where(own, mwh, 0.0)}
    frames = [
        pd.DataFrame({"key": hubs, "table": table, "mwh": part.sum(axis=1)})
        for table, part in parts.items()
    ]
    split = pd.concat(frames, ignore_index=True).assign(column="green_share")
    return split[split["mwh"] > 0.0]


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
