"""Tables of two plans side by side, and the inputs in which they differ."""

import dataclasses

import numpy as np
import pandas as pd

from siting.plan import Plan
from siting.settings import Policy, Settings
from siting.tables.dictionary import TABLES
from siting.words import word

SUFFIXES = ("_a", "_b")
OBJECTIVE = "objective"
# Settings and policy by which the same placement has another ledger or emissions.
ACCOUNTING = (
    "hours_per_year",
    "metro_km",
    "transfer_basis",
    "network_kwh_per_gb",
    "network_co2_kg_per_mwh",
    "tariff_basis",
    "carbon_year",
    "pue",
    "room",
    "new_sides",
    "discount_rate",
    "life_years",
    "link_life_years",
    "certificates",
    "unserved_cny_per_mwh",
    "accelerators_in_ledger",
    "carbon_price_cny_per_t",
    "carbon_accounting",
    "move_cny_per_mw",
    "move_life_years",
)


def side_by_side(
    a: pd.DataFrame, b: pd.DataFrame, keys: list[str], values: list[str]
) -> pd.DataFrame:
    """Join two tables by their keys; differences are b - a.

    Parameters
    ----------
    a, b : DataFrame
    keys : list of str
    values : list of str
        Each becomes ``VALUE_a``, ``VALUE_b`` and ``VALUE_difference``.

    Returns
    -------
    DataFrame
        Rows in the order of ``a``, then those of ``b`` alone. Blank where a plan has
        no such row.
    """
    left, right = a[keys + values], b[keys + values]
    joined = left.merge(right, on=keys, how="outer", suffixes=SUFFIXES, sort=False)
    order = pd.concat([left[keys], right[keys]]).drop_duplicates()
    joined = order.merge(joined, on=keys, how="left")
    columns = list(keys)
    for value in values:
        joined[f"{value}_difference"] = joined[f"{value}_b"] - joined[f"{value}_a"]
        columns += [f"{value}_{end}" for end in ("a", "b", "difference")]
    return joined[columns].reset_index(drop=True)


def ledger(a: Plan, b: Plan) -> pd.DataFrame:
    """Every term of both ledgers, CNY a year."""
    joined = side_by_side(a.ledger, b.ledger, ["term"], ["plan"])
    joined.columns = pd.Index(["term", "a", "b", "difference"])
    return joined


def emissions(a: Plan, b: Plan) -> pd.DataFrame:
    """Energy and emissions by hub, of the network and in total."""
    values = [column for column in a.emissions.columns if column != "subject"]
    return side_by_side(a.emissions, b.emissions, ["subject"], values)


def limits(a: Plan, b: Plan) -> pd.DataFrame:
    """Limits at their tightest period: limit, use and worth."""
    keys = ["kind", "subject", "direction", "unit"]
    values = ["limit", "used", "slack", "worth"]
    frames = []
    for plan in (a, b):
        table = plan.limits
        worth = table.groupby(keys, sort=False)["worth"].transform("sum")
        tightest = table.assign(worth=worth).sort_values("slack", kind="stable")
        frames.append(tightest.drop_duplicates(keys).sort_index())
    return side_by_side(frames[0], frames[1], keys, values)


def placement(a: Plan, b: Plan) -> pd.DataFrame:
    """Share and MW of every workload and hub; 0 where a plan has none."""
    keys = ["workload", "class", "origin", "hub"]
    values = ["share", "it_mw", "reserved_mw"]
    columns = keys + values
    left, right = a.placement[columns], b.placement[columns]
    joined = side_by_side(left, right, keys, values)
    for value in values:
        both = [f"{value}_a", f"{value}_b"]
        joined[both] = joined[both].fillna(0.0)
        joined[f"{value}_difference"] = joined[both[1]] - joined[both[0]]
    return joined


def by_place(a: Plan, b: Plan) -> pd.DataFrame:
    """Mean MW by class and side."""
    frames = []
    for plan in (a, b):
        side = plan.placement["hub"].map(plan.scenario.hubs["side"].to_dict())
        table = plan.placement.assign(side=side.fillna(""))
        sums = table.groupby(["class", "side"], sort=True)["it_mw"].sum()
        frames.append(sums.rename("it_mw").reset_index())
    joined = side_by_side(frames[0], frames[1], ["class", "side"], ["it_mw"])
    joined = joined.fillna({"it_mw_a": 0.0, "it_mw_b": 0.0})
    joined["it_mw_difference"] = joined["it_mw_b"] - joined["it_mw_a"]
    return joined


def inputs(a: Plan, b: Plan) -> pd.DataFrame:
    """List inputs that differ: settings, policy, objective, cells and rows of tables.

    Returns
    -------
    DataFrame
        ``part`` (settings, policy, objective or a table), ``key`` (of the row),
        ``column``, and the values ``a`` and ``b`` as text; a row that only one has
        says ``absent`` for the other.
    """
    rows: list[tuple[str, str, str, str, str]] = []
    for part in ("settings", "policy"):
        rows += _fields(part, getattr(a.scenario, part), getattr(b.scenario, part))
    stages = [str(_objective(plan)) for plan in (a, b)]
    if stages[0] != stages[1]:
        rows.append((OBJECTIVE, "", "", stages[0], stages[1]))
    for name, table in TABLES.items():
        key = list(table.key)
        rows += _cells(name, getattr(a.scenario, name), getattr(b.scenario, name), key)
    return pd.DataFrame(rows, columns=["part", "key", "column", "a", "b"])


def accounting(inputs: pd.DataFrame) -> pd.DataFrame:
    """Pick the settings and the policy by which two plans count differently."""
    chosen = inputs["part"].isin(["settings", "policy"])
    chosen &= inputs["column"].isin(ACCOUNTING)
    return inputs[chosen].reset_index(drop=True)


def _objective(plan: Plan) -> object:
    options = plan.manifest.get("options")
    return options.get("stages") if isinstance(options, dict) else None


def _fields(
    part: str, a: Settings | Policy, b: Settings | Policy
) -> list[tuple[str, str, str, str, str]]:
    names = [field.name for field in dataclasses.fields(a)]
    values = [(name, getattr(a, name), getattr(b, name)) for name in names]
    return [(part, "", name, str(x), str(y)) for name, x, y in values if x != y]


def _cells(
    name: str, a: pd.DataFrame, b: pd.DataFrame, key: list[str]
) -> list[tuple[str, str, str, str, str]]:
    if a.reset_index(drop=True).equals(b.reset_index(drop=True)):
        return []
    if not key:
        text = "{count} rows"
        return [(name, "", "", word(text, count=len(a)), word(text, count=len(b)))]
    names = [_names(table, key) for table in (a, b)]
    left, right = (t.set_axis(n, axis=0) for t, n in zip((a, b), names, strict=True))
    rows: list[tuple[str, str, str, str, str]] = []
    rows += [
        (name, k, "", "present", "absent") for k in left.index.difference(right.index)
    ]
    rows += [
        (name, k, "", "absent", "present") for k in right.index.difference(left.index)
    ]
    both = left.index.intersection(right.index)
    left, right = left.loc[both], right.loc[both]
    for column in left.columns.union(right.columns, sort=False):
        if column not in left or column not in right:
            marks = ("present", "absent") if column in left else ("absent", "present")
            rows.append((name, "*", str(column), *marks))
            continue
        x, y = left[column], right[column]
        same = (x == y).to_numpy(bool) | (x.isna() & y.isna()).to_numpy(bool)
        rows += [
            (name, str(both[i]), str(column), str(x.iloc[i]), str(y.iloc[i]))
            for i in np.flatnonzero(~same).tolist()
        ]
    return rows


def _names(table: pd.DataFrame, key: list[str]) -> "pd.Index[str]":
    parts = [table[column].astype(str) for column in key]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    names: pd.Index[str] = pd.Index(joined.to_numpy(object))
    return names
