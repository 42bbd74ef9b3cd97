"""A scenario with the values of one run put in."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import InputError, suggestion
from siting.scenario import Scenario
from siting.settings import Policy, Settings, as_mapping, parse
from siting.sweep.distributions import refused
from siting.sweep.inputs import POLICY, SETTING, TABLE, Input
from siting.sweep.names import ADD, SCALE, SET
from siting.tables.cells import convert
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings, Origin
from siting.tables.follow import left_blank
from siting.tables.schema import Field, Kind
from siting.tables.toml import Keys
from siting.words import word

Pairs = Sequence[tuple[Input, Any]]
_BASES = {
    "transfer_basis": ("transfer_prices", "basis"),
    "tariff_basis": ("tariffs", "basis"),
    "carbon_year": ("carbon_factors", "year"),
}


def quickly(scenario: Scenario, pairs: Pairs) -> Scenario:
    """Change numbers that only have bounds, and check these bounds alone.

    Parameters
    ----------
    scenario : Scenario
    pairs : sequence of (Input, value)
        Of inputs that are ``quick``.

    Raises
    ------
    InputError
        If a number is out of bounds.
    """
    findings = Findings()
    frames, changed = _frames(scenario, pairs)
    for table, column in changed:
        field = TABLES[table].field(column)
        _check(frames[table][column], field, table, findings)
    settings, policy = scenario.settings, scenario.policy
    if any(item.kind == SETTING for item, _ in pairs):
        keys = Keys(_mapping(settings, pairs, SETTING), "settings")
        settings = parse(Settings, keys, findings)
    if any(item.kind == POLICY for item, _ in pairs):
        policy = parse(
            Policy, Keys(_mapping(policy, pairs, POLICY), "policy"), findings
        )
    if findings.problems:
        raise InputError(findings.problems)
    changes: dict[str, Any] = {**frames, "settings": settings, "policy": policy}
    return dataclasses.replace(scenario, **changes)


def wholly(scenario: Scenario, pairs: Pairs) -> Scenario:
    """Change any input, and check the whole scenario as if it were read anew.

    Parameters
    ----------
    scenario : Scenario
    pairs : sequence of (Input, value)

    Raises
    ------
    InputError
        With every problem found.
    """
    if not pairs:
        return scenario
    frames, changed = _frames(scenario, pairs)
    given = scenario._origin.given.tables
    tables: dict[str, Any] = {}
    for (table, column), rows in changed.items():
        frame = tables.get(table, given.get(table))
        if frame is None:
            tables[table] = frames[table].reset_index(drop=True)
            continue
        values = frames[table][column].to_numpy()
        if values.dtype == float:
            old = frame[column] if column in frame else pd.Series(np.nan, frame.index)
            values = np.where(rows, values, old.to_numpy(float))
        tables[table] = frame.assign(**{column: values})
    settings = _mapping(scenario._origin.settings, pairs, SETTING)
    policy = _mapping(scenario.policy, pairs, POLICY)
    changes = {"settings": settings, "policy": policy, **tables}
    return scenario.replaced(changes, follow=False)


Changed = dict[tuple[str, str], np.ndarray]


def _frames(
    scenario: Scenario, pairs: Pairs
) -> tuple[dict[str, pd.DataFrame], Changed]:
    """Give the tables that change, and which cells of them."""
    frames: dict[str, pd.DataFrame] = {}
    changed: Changed = {}
    for item, value in pairs:
        if item.kind != TABLE:
            continue
        frame = frames.get(item.target, getattr(scenario, item.target))
        columns: dict[str, np.ndarray] = {}
        for column in item.columns:
            place = (item.target, column)
            rows = changed.setdefault(place, np.zeros(len(frame), dtype=bool))
            rows[item.rows] = True
            columns[column] = _put(frame[column].to_numpy(), item, value)
        for field in TABLES[item.target].fields:
            if field.copies in columns:
                old = columns.get(field.name, frame[field.name].to_numpy(float))
                own = changed.get((item.target, field.name), False)
                origin = scenario._origin.given.tables.get(item.target)
                follows = left_blank(origin, field, len(frame)) & ~np.asarray(own)
                columns[field.name] = np.where(follows, columns[field.copies], old)
        frames[item.target] = frame.assign(**columns)
    return frames, changed


def _put(cells: np.ndarray, item: Input, value: Any) -> np.ndarray:
    cells = cells.copy()
    if item.sign == SET:
        cells[item.rows] = value
        return cells
    old = cells[item.rows]
    with np.errstate(invalid="ignore", over="ignore"):
        new = old * value if item.sign == SCALE else old + value
    if (np.isnan(new) & ~np.isnan(old)).any():
        # Left so, the cell would pass for a blank one.
        message = word("{value} leaves no number in some cells", value=value)
        remedy = "Infinity times 0, or less itself, is none: set these cells with =."
        raise refused(message, remedy, item.name)
    cells[item.rows] = new
    return cells


def _check(
    cells: "pd.Series[Any]", field: Field, table: str, findings: Findings
) -> None:
    """Report cells out of bounds, in the words of any other check."""
    if field.kind is not Kind.NUMBER:
        return
    values = cells.to_numpy(float)
    good = np.isfinite(values) | np.isnan(values)
    if field.infinite:
        good |= values == np.inf
    if field.least is not None:
        good &= ~(values < field.least)
    if field.above is not None:
        good &= ~(values <= field.above)
    if field.most is not None:
        good &= ~(values > field.most)
    if not good.all() or field.whole:
        convert(cells.reset_index(drop=True), field, Origin(table), findings)


def _mapping(record: Settings | Policy, pairs: Pairs, kind: str) -> dict[str, Any]:
    """Give settings or policy as keys and values, with the values of a run."""
    mapping = as_mapping(record)
    for item, given in pairs:
        if item.kind != kind:
            continue
        if item.place is not None:
            number, key = item.place
            limits = [dict(limit) for limit in mapping[item.target]]
            old = limits[number].get(key, 0.0)
            limits[number][key] = _number(old, item, given)
            mapping[item.target] = limits
        else:
            old = mapping.get(item.target)
            mapping[item.target] = _number(old, item, as_setting(record, item, given))
    return mapping


def _number(old: Any, item: Input, value: Any) -> Any:
    if item.sign == SCALE:
        return old * value
    return old + value if item.sign == ADD else value


def as_setting(record: Settings | Policy, item: Input, value: Any) -> Any:
    """Give a value the form of its key: lists of words are joined by ``;``."""
    if isinstance(getattr(record, item.target), tuple) and not isinstance(value, tuple):
        words = (word.strip() for word in str(value or "").split(";"))
        return tuple(word for word in words if word)
    return value


def check_values(scenario: Scenario, item: Input, values: Sequence[Any]) -> None:
    """Refuse values of the wrong kind before anything is solved.

    Numbers out of bounds are not refused here: the runs that have them are recorded as
    invalid.

    Raises
    ------
    InputError
        For the first of them.
    """
    flags = item.kind == TABLE and all(
        TABLES[item.target].field(column).kind is Kind.FLAG for column in item.columns
    )
    _check_plain(item, values)
    for one in dict.fromkeys(values):
        number = isinstance(one, int | float) and not isinstance(one, bool)
        if flags and not isinstance(one, bool):
            message = word("'{one}' is neither true nor false", one=one)
            raise refused(message, "Give true and false.", item.name)
        if (item.kind == TABLE or item.sign != SET) and not (number or flags):
            message = word("'{one}' is not a number", one=one)
            raise refused(message, "Give numbers.", item.name)
        if item.kind != TABLE and item.sign == SET:
            _check_word(scenario, item, one, number=number)


def _check_plain(item: Input, values: Sequence[Any]) -> None:
    """Refuse what no column of the results could hold."""
    for one in values:
        if one is not None and not isinstance(one, int | float | str):
            message = word("'{one}' is neither a number nor a word", one=one)
            remedy = "Give numbers, words, lists of words, true, false or none."
            raise refused(message, remedy, item.name)
        if isinstance(one, int) and abs(one) > sys.float_info.max:
            message = "a value is larger than any number of 64 bits"
            raise refused(message, "Give numbers below 1e308.", item.name)


def _check_word(scenario: Scenario, item: Input, one: Any, *, number: bool) -> None:
    """Refuse a value that a setting or the policy does not know."""
    setting = item.kind == SETTING
    record: Settings | Policy = scenario.settings if setting else scenario.policy
    if setting and item.target in _BASES:
        table, column = _BASES[item.target]
        known = [_whole(cell) for cell in getattr(scenario, table)[column].unique()]
        if _whole(one) not in known:
            message = word("'{one}' is not in the table {table}", one=one, table=table)
            remedy = suggestion(_whole(one), known, "choices")
            raise refused(message, remedy, item.name)
    current = getattr(record, item.target)
    bounded = current is None or type(current) in (int, float)
    if not (number and bounded):
        findings = Findings()
        keys = Keys(_mapping(record, [(item, one)], item.kind), item.name)
        parse(type(record), keys, findings)
        if findings.problems:
            problem = findings.problems[0]
            raise refused(problem.message, problem.remedy, item.name)
    if item.target == "closed_hubs":
        for hub in as_setting(record, item, one):
            if hub not in scenario.hubs.index:
                remedy = suggestion(hub, scenario.hubs.index, "hubs")
                message = word("unknown hub '{hub}'", hub=hub)
                raise refused(message, remedy, item.name)


def _whole(cell: Any) -> str:
    """Return a year without a point, anything else as text."""
    number = isinstance(cell, int | float) and np.isfinite(cell)
    return str(int(cell)) if number and cell == int(cell) else str(cell)
