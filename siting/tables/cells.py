"""Turns the cells of one column into numbers, words, flags or lists of ids."""

import math
import re
import unicodedata
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import one_of
from siting.tables.findings import Findings, Origin
from siting.tables.schema import Field, Kind

Objects = NDArray[np.object_]
Mask = NDArray[np.bool_]

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([, \u00a0']\d{3})+(\.\d+)?")
_NO_VALUE = {"na", "n/a", "null", "none", "-", "--", "?", "无", "nil", "#n/a"}


def convert(
    column: "pd.Series[Any]", field: Field, origin: Origin, findings: Findings
) -> "pd.Series[Any]":
    """Return a column with the dtype of its field; add what is wrong to the findings.

    Parameters
    ----------
    column
        Cells as read: text from CSV, any type from Parquet or a data frame.
    field
        What the column should be.
    origin
        Where it was read.
    findings
        Takes the problems.
    """
    cells = column.to_numpy(dtype=object)
    empty = _empty(column, cells)
    if field.required:
        findings.rows(
            origin,
            empty,
            field.name,
            lambda _: ("the cell is blank", _needed(field)),
        )
    match field.kind:
        case Kind.NUMBER:
            values: Any = _numbers(column, cells, empty, field, origin, findings)
        case Kind.FLAG:
            values = _flags(cells, empty, field, origin, findings)
        case Kind.LIST:
            values = _lists(cells, empty, field, origin, findings)
        case Kind.TEXT:
            values = _texts(column, cells, empty, field, origin, findings)
    if field.kind is Kind.TEXT:
        return pd.Series(values, index=column.index, name=field.name, dtype="str")
    return pd.Series(values, index=column.index, name=field.name)


def _needed(field: Field) -> str:
    unit = _in_unit(field)
    return f"Give a value{unit}: {field.description[0].lower()}{field.description[1:]}"


def _in_unit(field: Field) -> str:
    return f" in {field.unit}" if field.unit not in ("", "share", "ratio") else ""


def _empty(column: "pd.Series[Any]", cells: Objects) -> Mask:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.isna(), dtype=bool)
    codes, uniques = _factorize(cells)
    blank = np.array([_is_blank(value) for value in uniques] + [True], dtype=bool)
    return np.asarray(blank[codes], dtype=bool)


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, tuple):
        return len(value) == 0
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _factorize(cells: Objects) -> tuple[NDArray[np.intp], Objects]:
    """Return codes and distinct cells; missing cells have code -1."""
    safe = cells
    if not all(map(_hashable, cells)):
        safe = np.empty(len(cells), dtype=object)
        safe[:] = [
            value if _hashable(value) else _plain_sequence(value) for value in cells
        ]
    codes, uniques = pd.factorize(safe)
    return codes, np.asarray(uniques, dtype=object)


def _hashable(value: object) -> bool:
    return isinstance(value, Hashable)


def _plain_sequence(value: object) -> object:
    if isinstance(value, list | set | np.ndarray):
        return tuple(str(part) for part in value)
    return repr(value)


def _numbers(
    column: "pd.Series[Any]",
    cells: Objects,
    empty: Mask,
    field: Field,
    origin: Origin,
    findings: Findings,
) -> NDArray[np.float64]:
    fallback = float(field.blank) if isinstance(field.blank, float | int) else math.nan
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool:
        values = column.to_numpy(dtype=float, na_value=math.nan).copy()
    else:
        values = _parsed(cells, empty, field, origin, findings)
    bad = np.isnan(values) & ~empty
    values[empty] = fallback
    _bounds(values, empty | bad, field, origin, findings)
    return values


def _parsed(
    cells: Objects, empty: Mask, field: Field, origin: Origin, findings: Findings
) -> NDArray[np.float64]:
    values = np.full(len(cells), math.nan)
    present = ~empty
    try:
        values[present] = cells[present].astype(float)
    except (TypeError, ValueError):
        codes, uniques = _factorize(cells)
        floats = np.array([_float(value) for value in uniques] + [math.nan])
        values = floats[codes]
    odd = np.isnan(values) & present
    findings.rows(
        origin, odd, field.name, lambda position: _not_a_number(cells[position], field)
    )
    return values


def _float(value: object) -> float:
    if isinstance(value, str) and "_" in value:
        return math.nan
    if isinstance(value, bool | np.bool_):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _not_a_number(value: object, field: Field) -> tuple[str, str]:
    word = str(value).strip()
    shown = word if len(word) <= 60 else f"{word[:57]}..."
    message = f"'{shown}' is not a number"
    unit = _in_unit(field)
    narrow = unicodedata.normalize("NFKC", word)
    number = re.match(r"[+-]?[\d.,]*\d", narrow)
    if word.casefold() == "nan" or word.casefold() in _NO_VALUE:
        if field.required:
            return message, f"Give a number{unit}; this cell may not be blank."
        return message, "Leave the cell blank if there is no value."
    if narrow.endswith("%") and _PLAIN.fullmatch(narrow[:-1].strip()):
        given = float(narrow[:-1])
        return message, f"Write {given / 100.0:.10g} in place of {shown}."
    if _GROUPED.fullmatch(narrow):
        plain = re.sub(r"[, \u00a0']", "", narrow)
        return message, f"Write {plain}, without separators of thousands."
    if re.fullmatch(r"[+-]?\d+,\d+", narrow):
        return message, f"Write {narrow.replace(',', '.')}, with a decimal point."
    if narrow != word and _PLAIN.fullmatch(narrow):
        return message, f"Write {narrow} in plain (half-width) digits."
    if number and number.end() < len(narrow):
        return message, f"Write the number alone{unit}, without a unit or words."
    return message, f"Give a number{unit}, with a decimal point."


def _bounds(
    values: NDArray[np.float64],
    skip: Mask,
    field: Field,
    origin: Origin,
    findings: Findings,
) -> None:
    finite = np.isfinite(values) & ~skip
    endless = np.isinf(values) & ~skip
    least, most, above = field.least, field.most, field.above
    if not field.infinite:
        findings.rows(
            origin,
            endless,
            field.name,
            lambda _: ("the value is infinite", "Give a finite number."),
        )
    tested = finite | (endless if field.infinite else False)
    low = np.zeros(len(values), dtype=bool)
    if least is not None:
        low = tested & (values < least)
    if above is not None:
        low |= tested & (values <= above)
    high = tested & (values > most) if most is not None else np.zeros_like(low)
    findings.rows(
        origin, low, field.name, lambda position: _too_low(values[position], field)
    )
    findings.rows(
        origin, high, field.name, lambda position: _too_high(values[position], field)
    )
    if field.whole:
        findings.rows(
            origin,
            finite & (values != np.round(values)),
            field.name,
            lambda position: (
                f"{values[position]:.10g} is not a whole number",
                "Give a whole number.",
            ),
        )


def _too_low(value: float, field: Field) -> tuple[str, str]:
    if field.above is not None:
        bound = f"{field.above:.10g}"
        message = f"{value:.10g} is not above {bound}"
        return message, f"Give a number above {bound}."
    least = 0.0 if field.least is None else field.least
    remedy = f"Give {least:.10g} or more."
    if field.name.startswith("pue"):
        remedy = f"PUE is facility energy over IT energy: give {least:.10g} or more."
    if least == 0.0:
        return f"{value:.10g} is negative", remedy
    return f"{value:.10g} is below {least:.10g}", remedy


def _too_high(value: float, field: Field) -> tuple[str, str]:
    most = math.inf if field.most is None else field.most
    message = f"{value:.10g} is above {most:.10g}"
    if field.unit == "share" and value <= 100.0:
        return message, f"A share lies from 0 to 1: give {value / 100.0:.10g}."
    if field.name == "latitude" and value <= 180.0:
        return message, "Latitude and longitude may have been exchanged."
    return message, f"Give {most:.10g} or less."


def _flags(
    cells: Objects, empty: Mask, field: Field, origin: Origin, findings: Findings
) -> NDArray[np.bool_]:
    codes, uniques = _factorize(cells)
    found = [_FLAGS.get(_flag_word(value)) for value in uniques]
    values = np.array([bool(value) for value in found] + [False])[codes]
    odd = np.array([value is None for value in found] + [False])[codes] & ~empty
    findings.rows(
        origin,
        odd,
        field.name,
        lambda position: (
            f"'{cells[position]}' is neither true nor false",
            "Write true or false (or yes or no, 1 or 0).",
        ),
    )
    values[empty] = bool(field.default)
    return np.asarray(values, dtype=bool)


def _flag_word(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip().casefold()


def _words(cells: Objects, uniques: Objects) -> Objects:
    words = np.empty(len(uniques), dtype=object)
    words[:] = [_word(value) for value in uniques]
    return words


def _word(value: object) -> str:
    """Return a cell as text; a whole number keeps no decimal point."""
    if isinstance(value, str):
        return value.strip().replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return ";".join(str(part).strip() for part in value)
    return str(value).strip()


def _texts(
    column: "pd.Series[Any]",
    cells: Objects,
    empty: Mask,
    field: Field,
    origin: Origin,
    findings: Findings,
) -> Objects:
    codes, uniques = _factorize(cells)
    words = _words(cells, uniques)
    _no_control(words, codes, field, origin, findings)
    values = np.append(words, "")[codes]
    values[empty] = str(field.blank)
    if field.options:
        allowed = {"", *field.options}
        known = np.array([word in allowed for word in words] + [True])
        findings.rows(
            origin,
            ~known[codes] & ~empty,
            field.name,
            lambda position: (
                f"unknown word '{values[position]}'",
                one_of(values[position], field.options),
            ),
        )
    return values


def _no_control(
    words: Objects,
    codes: NDArray[np.intp],
    field: Field,
    origin: Origin,
    findings: Findings,
) -> None:
    bad = np.array([bool(_CONTROL.search(word)) for word in words] + [False])
    if not bad.any():
        return
    findings.rows(
        origin,
        bad[codes],
        field.name,
        lambda position: (
            f"{words[codes[position]]!r} holds a control character",
            "Type the text anew.",
        ),
    )
    words[bad[:-1]] = ""


def _lists(
    cells: Objects, empty: Mask, field: Field, origin: Origin, findings: Findings
) -> Objects:
    codes, uniques = _factorize(cells)
    words = _words(cells, uniques)
    _no_control(words, codes, field, origin, findings)
    parsed = np.empty(len(words) + 1, dtype=object)
    for place, word in enumerate(words):
        parts = (part.strip() for part in word.split(";"))
        parsed[place] = tuple(dict.fromkeys(part for part in parts if part))
    parsed[-1] = ()
    values = parsed[codes]
    for position in np.flatnonzero(empty).tolist():
        values[position] = ()
    return np.asarray(values, dtype=object)
