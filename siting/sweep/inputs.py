"""Inputs found in a scenario: which cells, setting or limit a value changes."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import nearest, suggestion
from siting.scenario import Scenario
from siting.settings import Policy, Settings
from siting.sweep.distributions import refused
from siting.sweep.names import ADD, ALIASES, SET, Name, split
from siting.tables.dictionary import TABLES
from siting.tables.schema import Kind
from siting.words import word

SETTING, POLICY, TABLE = "setting", "policy", "table"
# Numbers from which others are derived, or which must agree with others: a change is
# checked with the whole scenario. Other numbers only have bounds.
ENTWINED = {
    "links.length_km",
    "links.one_way_ms",
    "periods.hours",
    "current.share",
    "carbon_factors.year",
    "hubs.latitude",
    "hubs.longitude",
    "nodes.latitude",
    "nodes.longitude",
    "workloads.burst",
}
# What a scenario is called changes no plan.
LABELS = {"name", "title", "workloads"}
ENTWINED_SETTINGS = {
    "hours_per_year",
    "propagation_ms_per_km",
    "hop_ms",
    "transfer_basis",
    "tariff_basis",
    "carbon_year",
}
_OTHER = {
    "hub": "hubs",
    "workload": "workloads",
    "period": "periods",
    "origin": "nodes",
}


@dataclass(frozen=True, eq=False)
class Input:
    """What a value changes.

    Attributes
    ----------
    name : str
        As in the design.
    kind : str
        ``setting``, ``policy`` or ``table``.
    target : str
        Key of the setting or of the policy, or the table.
    columns : tuple of str
        Of a table.
    rows : ndarray of int or None
        Positions of its rows.
    place : tuple of (int, str) or None
        Number and key of a limit in a list of the policy.
    sign : str
        ``=``, ``*`` or ``+``.
    quick : bool
        Whether only bounds have to be checked after a change.
    """

    name: str
    kind: str
    target: str
    columns: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    place: tuple[int, str] | None = None
    sign: str = SET
    quick: bool = False

    @property
    def touches(self) -> frozenset[str]:
        """What changes, as ``table.column``, ``setting.key`` or ``policy.key``."""
        columns = self.columns if self.kind == TABLE else (self.target,)
        table = self.target if self.kind == TABLE else self.kind
        return frozenset(f"{table}.{column}" for column in columns)


def find_input(scenario: Scenario, text: str) -> Input:
    """Find what a name stands for in a scenario.

    Parameters
    ----------
    scenario : Scenario
    text : str
        See :mod:`siting.sweep.names`.

    Raises
    ------
    InputError
        If there is nothing of the name, with the nearest one.
    """
    name = split(text)
    if name.base in ALIASES:
        return _alias(scenario, name)
    if name.base == POLICY:
        return _policy(scenario, name)
    if name.base in TABLES:
        return _table(scenario, name)
    return _setting(scenario, name)


def entwined(inputs: Sequence[Input]) -> list[Input]:
    """Give inputs as they are when they vary together.

    One that changes cells of another which is not quick is not quick either: both are
    put in at once, in their order.
    """
    slow = [item for item in inputs if not item.quick]
    others = [item for item in inputs if item.quick]
    for item in slow:
        # The list grows while it is gone through.
        slow += [other for other in others if _meet(item, other) and other not in slow]
    return [dataclasses.replace(item, quick=item not in slow) for item in inputs]


def _meet(one: Input, other: Input) -> bool:
    """Whether two inputs change the same cell, setting or key."""
    if not _changed(one) & _changed(other):
        return False
    if one.rows is None or other.rows is None:
        return True
    return len(np.intersect1d(one.rows, other.rows, assume_unique=True)) > 0


def _changed(item: Input) -> frozenset[str]:
    """Give what an input touches, and what follows that where it was left blank."""
    if item.kind != TABLE:
        return item.touches
    follow = (f.name for f in TABLES[item.target].fields if f.copies in item.columns)
    return item.touches | {f"{item.target}.{name}" for name in follow}


def _setting(scenario: Scenario, name: Name) -> Input:
    names = (field.name for field in dataclasses.fields(Settings))
    keys = [name for name in names if name not in LABELS]
    key = name.base.replace("-", "_")
    if key not in keys or name.part or name.filter:
        message = word("there is no input '{text}'", text=name.text)
        raise refused(message, _meant(name, keys), name.text)
    sign = name.sign or SET
    current = getattr(scenario.settings, key)
    if sign != SET and (isinstance(current, bool | str | tuple) or current is None):
        message = word(
            "the setting {key} has no number that could be changed by {sign}",
            key=key,
            sign=sign,
        )
        raise refused(message, "Give the values themselves.", name.text)
    quick = key not in ENTWINED_SETTINGS
    return Input(name.text, SETTING, key, sign=sign, quick=quick)


def _meant(name: Name, keys: Sequence[str]) -> str:
    """Return the remedy for a name that is none: the nearest one, whole."""
    known = [*ALIASES, *TABLES, POLICY]
    rest = name.text.removeprefix(name.base)
    match = nearest(name.base, known)
    if rest and match:
        return word("Did you mean '{match}'?", match=match + rest)
    return suggestion(name.base, [*keys, *known], "inputs")


def _policy(scenario: Scenario, name: Name) -> Input:
    fields = {field.name: field for field in dataclasses.fields(Policy)}
    if name.part not in fields:
        message = word("there is no key '{part}' in the policy", part=name.part)
        raise refused(message, suggestion(name.part, fields, "keys"), name.text)
    sign, current = name.sign or SET, getattr(scenario.policy, name.part)
    place = None
    if "record" in fields[name.part].metadata:
        place = _place(name, current, fields[name.part].metadata["record"])
        current = getattr(current[place[0]], place[1])
    elif name.filter or name.field:
        message = word(
            "the key {part} of the policy is not a list of limits", part=name.part
        )
        raise refused(message, word("Write policy.{part}.", part=name.part), name.text)
    number = isinstance(current, int | float) and not isinstance(current, bool)
    if sign != SET and not number:
        message = word(
            "'{text}' has no number that could be changed by {sign}",
            text=name.text,
            sign=sign,
        )
        raise refused(message, "Give the values themselves.", name.text)
    return Input(name.text, POLICY, name.part, sign=sign, place=place, quick=True)


def _place(name: Name, limits: Sequence[Any], record: type) -> tuple[int, str]:
    """Give number and key of a limit, as in ``policy.green_min[0].share``."""
    keys = [field.name for field in dataclasses.fields(record)]
    numbers = [
        key for key in keys if isinstance(getattr(record(), key), int | float | bool)
    ]
    example = f"policy.{name.part}[0].{numbers[0]}"
    if not name.filter.isdecimal() or int(name.filter) >= len(limits):
        message = word(
            "the policy has {count} limits {part}", count=len(limits), part=name.part
        )
        raise refused(
            message,
            word("Write {example}, numbered from 0.", example=example),
            name.text,
        )
    if name.field not in numbers:
        message = word(
            "there is no number '{field}' in {part}", field=name.field, part=name.part
        )
        raise refused(message, suggestion(name.field, numbers, "keys"), name.text)
    return int(name.filter), name.field


def _table(scenario: Scenario, name: Name) -> Input:
    table = TABLES[name.base]
    kinds = (Kind.NUMBER, Kind.FLAG)
    columns = [field.name for field in table.fields if field.kind in kinds]
    if name.part not in columns:
        message = word(
            "there is no number '{part}' in the table {base}",
            part=name.part,
            base=name.base,
        )
        raise refused(message, suggestion(name.part, columns, "columns"), name.text)
    flag = table.field(name.part).kind is Kind.FLAG
    if flag and name.sign not in ("", SET):
        message = word("{base}.{part} is yes or no", base=name.base, part=name.part)
        raise refused(message, "Give the values true and false.", name.text)
    rows = _rows(scenario, name, name.base, name.filter)
    return _cells(scenario, name, name.base, (name.part,), rows, name.sign or SET)


def _cells(
    scenario: Scenario,
    name: Name,
    table: str,
    columns: tuple[str, ...],
    rows: np.ndarray,
    sign: str,
) -> Input:
    frame = getattr(scenario, table)
    numbers = all(TABLES[table].field(c).kind is Kind.NUMBER for c in columns)
    quick = numbers and not ENTWINED & {f"{table}.{column}" for column in columns}
    if quick and sign == SET:
        # A blank cell that is filled may contradict others.
        quick = bool(frame[list(columns)].iloc[rows].notna().all(axis=None))
    return Input(name.text, TABLE, table, columns, rows, None, sign, quick)


def _alias(scenario: Scenario, name: Name) -> Input:
    alias = ALIASES[name.base]
    sign = name.sign or alias.sign
    if alias.table == POLICY:
        if name.part or name.filter:
            message = word("{base} is one number of the policy", base=name.base)
            raise refused(message, word("Write {base}.", base=name.base), name.text)
        key = alias.columns[0]
        found = _policy(scenario, dataclasses.replace(name, part=key, sign=sign))
        return dataclasses.replace(found, name=name.text)
    if len(alias.columns) > 1 and sign == SET:
        columns = ", ".join(f"{alias.table}.{column}" for column in alias.columns)
        message = word(
            "{base} stands for several columns and can only be scaled", base=name.base
        )
        raise refused(
            message, word("To set one, name it: {columns}.", columns=columns), name.text
        )
    if len(alias.columns) > 1 and sign == ADD:
        message = word(
            "{base} stands for several columns and can only be scaled", base=name.base
        )
        raise refused(
            message, word("Write {base}, without the sign.", base=name.base), name.text
        )
    rows = _rows(scenario, name, alias.table, name.filter)
    if name.part:
        rows = np.intersect1d(rows, _narrowed(scenario, name, alias.table))
        _some(rows, name)
    return _cells(scenario, name, alias.table, alias.columns, rows, sign)


def _narrowed(scenario: Scenario, name: Name, table: str) -> np.ndarray:
    """Rows that the word behind the point names, in the first column that has it."""
    known: list[str] = []
    for column in ALIASES[name.base].narrow:
        values = _column(scenario, table, column)
        if values is None:
            continue
        found = np.flatnonzero(values.astype(str).to_numpy(object) == name.part)
        if len(found):
            return found
        known += values.dropna().astype(str).unique().tolist()
    message = word(
        "there is no '{part}' to narrow {base} to", part=name.part, base=name.base
    )
    raise refused(message, suggestion(name.part, known, "words"), name.text)


def _rows(scenario: Scenario, name: Name, table: str, where: str) -> np.ndarray:
    """Positions of the rows of a table that meet every condition."""
    frame = getattr(scenario, table)
    if frame.empty:
        message = word("the scenario has no table {table}", table=table)
        raise refused(
            message, word("Add {table}, or vary another input.", table=table), name.text
        )
    keep = np.ones(len(frame), dtype=bool)
    for condition in where.split(","):
        if condition.strip():
            keep &= _condition(scenario, name, table, condition)
    rows = np.flatnonzero(keep)
    _some(rows, name)
    return rows


def _some(rows: np.ndarray, name: Name) -> None:
    if not len(rows):
        message = word("no row meets all conditions of '{text}'", text=name.text)
        raise refused(message, "Take a condition away.", name.text)


def _condition(
    scenario: Scenario, name: Name, table: str, condition: str
) -> np.ndarray:
    """Rows that meet ``COLUMN=A|B``, or whose key is ``A|B``."""
    column, equals, words = (part.strip() for part in condition.partition("="))
    if not equals:
        column, words = TABLES[table].called_by, column
    values = _column(scenario, table, column)
    if values is None:
        known = [*getattr(scenario, table).columns, "side", "class", "season"]
        message = word(
            "there is no column '{column}' to choose rows of {table} by",
            column=column,
            table=table,
        )
        raise refused(message, suggestion(column, known, "columns"), name.text)
    keep = np.zeros(len(values), dtype=bool)
    for given in words.split("|"):
        met = _equal(values, given.strip())
        if not met.any():
            known = [str(value) for value in values.dropna().unique()]
            message = word(
                "no row of {table} has {column} '{given}'",
                table=table,
                column=column,
                given=given.strip(),
            )
            raise refused(
                message, suggestion(given.strip(), known, "values"), name.text
            )
        keep |= met
    return keep


def _equal(values: "pd.Series[Any]", given: str) -> np.ndarray:
    if values.dtype == bool:
        return np.asarray(values.to_numpy() == (given.lower() in ("true", "yes", "1")))
    if pd.api.types.is_numeric_dtype(values):
        try:
            return np.asarray(values.to_numpy(float) == float(given))
        except ValueError:
            return np.zeros(len(values), dtype=bool)
    return np.asarray(values.astype(object).to_numpy() == given)


def _column(scenario: Scenario, table: str, column: str) -> "pd.Series[Any] | None":
    """Give a column of a table, or of the hub, workload or period that a row names."""
    frame = getattr(scenario, table)
    if column in frame.columns:
        return pd.Series(frame[column])
    for key, other in _OTHER.items():
        frame_of = getattr(scenario, other)
        if key in frame.columns and column in frame_of.columns:
            return pd.Series(frame_of[column].reindex(frame[key].to_numpy(object)))
    return None
