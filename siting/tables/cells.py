"""Turns the cells of one column into numbers, words, flags or lists of ids."""

import math
import re
import unicodedata
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import one_of
from siting.tables.findings import Findings, Origin
from siting.tables.letters import letters, text_of
from siting.tables.schema import Field, Kind
from siting.words import word

Objects = NDArray[np.object_]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_CONTROL_BYTES = np.isin(np.arange(256), [*range(9), *range(11, 32), 127])
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([, \u00a0']\d{3})+(\.\d+)?")
_LONGEST_SHOWN = 60
_NO_VALUE = {"na", "n/a", "null", "none", "-", "--", "?", "无", "nil", "#n/a"}

LEAST_PERCENT = 2.0


@dataclass(frozen=True)
class _Cells:
    """Cells of one column: distinct values, and which of them each row holds.

    The value after the last distinct one stands for a missing cell (code -1). A million
    sound numbers or words are not worth telling apart: all are kept, as they are.
    """

    codes: Codes
    uniques: Any
    empty: Mask
    field: Field
    origin: Origin
    findings: Findings

    def each(self, of_unique: Any, of_missing: object, dtype: Any) -> Any:
        """Return for each row what was found for its distinct value."""
        found = np.empty(len(of_unique) + 1, dtype=dtype)
        found[:-1] = of_unique
        found[-1] = of_missing
        return found[self.codes]

    def shown(self, position: int) -> str:
        """Return the cell of a row as text, cut if long."""
        given = str(self.uniques[self.codes[position]]).strip()
        return given if len(given) <= _LONGEST_SHOWN else f"{given[:_LONGEST_SHOWN]}..."

    def report(self, bad: Mask, describe: Callable[[int], tuple[str, str]]) -> None:
        """Add a problem for each bad row."""
        self.findings.rows(self.origin, bad, self.field.name, describe)


def convert(
    column: "pd.Series[Any]", field: Field, origin: Origin, findings: Findings
) -> Any:
    """Return cells with the dtype of their field; add what is wrong to the findings.

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
    uniques = _sound(column, field.kind)
    if uniques is not None:
        codes = np.where(pd.isna(uniques), -1, np.arange(len(column)))
        blank = np.append(uniques == "", True)
    else:
        codes, uniques = _factorize(column)
        blank = np.array([_is_blank(value) for value in uniques] + [True], dtype=bool)
    cells = _Cells(codes, uniques, blank[codes], field, origin, findings)
    if field.required:
        cells.report(cells.empty, lambda _: ("the cell is blank", _needed(field)))
    match field.kind:
        case Kind.NUMBER:
            return _numbers(cells)
        case Kind.FLAG:
            return _flags(cells)
        case Kind.LIST:
            return _lists(cells)
        case Kind.TEXT:
            return _texts(cells)


def _sound(column: "pd.Series[Any]", kind: Kind) -> Any:
    """Return the values of a column of numbers, or of words; ``None`` if it is neither.

    Words are stripped, and "" where there are none.
    """
    dtype = column.dtype
    if kind is Kind.NUMBER and isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        return column.to_numpy(np.float64)
    if kind is not Kind.TEXT or dtype == "category":
        return None
    if not pd.api.types.is_string_dtype(column):
        return None
    try:
        words = column.fillna("").astype("str")
    except UnicodeEncodeError:
        return None
    if any(_CONTROL_BYTES[part].any() for part in letters(text_of(words))):
        return None
    return words.str.strip().array


def _factorize(column: "pd.Series[Any]") -> tuple[Codes, Objects]:
    """Return codes and distinct cells; missing cells have code -1."""
    cells = column.to_numpy(dtype=object)
    try:
        codes, uniques = pd.factorize(cells)
    except TypeError:
        plain = np.empty(len(cells), dtype=object)
        plain[:] = [_hashable(value) for value in cells]
        codes, uniques = pd.factorize(plain)
    values = np.asarray(uniques, dtype=object)
    if pd.api.types.infer_dtype(values, skipna=False) == "string":
        values[:] = [value.strip() for value in values]
    return codes, values


def _hashable(value: object) -> Hashable:
    if isinstance(value, list | set | tuple | np.ndarray):
        return tuple(str(part) for part in value)
    return value if isinstance(value, Hashable) else repr(value)


def _needed(field: Field) -> str:
    told = word(field.description)
    told = told[0].lower() + told[1:]
    return word("Give a value{unit}: {told}", unit=_in_unit(field), told=told)


def _in_unit(field: Field) -> str:
    if field.unit in ("", "share", "ratio"):
        return ""
    return word(" in {unit}", unit=word(field.unit))


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, tuple):
        return len(value) == 0
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _numbers(cells: _Cells) -> NDArray[np.float64]:
    field = cells.field
    fallback = float(field.blank) if isinstance(field.blank, float | int) else math.nan
    values: NDArray[np.float64]
    values = cells.each(_floats(cells.uniques), math.nan, np.float64)
    odd = np.isnan(values) & ~cells.empty
    cells.report(odd, lambda position: _not_a_number(cells.shown(position), field))
    values[cells.empty] = fallback
    _bounds(values, cells.empty | odd, cells)
    return values


def _floats(uniques: Objects) -> Any:
    """Return distinct cells as numbers, NaN where they are none."""
    if uniques.dtype == np.float64:
        return uniques
    kind = pd.api.types.infer_dtype(uniques, skipna=False)
    if kind in ("floating", "integer", "string"):
        try:
            filled = np.where(uniques == "", "nan", uniques)
            if kind != "string" or "_" not in "".join(filled):
                return filled.astype(np.float64)
        except (ValueError, OverflowError):
            pass
    return [_float(value) for value in uniques]


def _float(value: object) -> float:
    if isinstance(value, bool | np.bool_) or "_" in str(value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _not_a_number(given: str, field: Field) -> tuple[str, str]:
    message = word("'{given}' is not a number", given=given)
    unit = _in_unit(field)
    narrow = unicodedata.normalize("NFKC", given)
    number = re.match(r"[+-]?[\d.,]*\d", narrow)
    if given.casefold() == "nan" or given.casefold() in _NO_VALUE:
        if field.required:
            return message, word(
                "Give a number{unit}; this cell may not be blank.", unit=unit
            )
        return message, "Leave the cell blank if there is no value."
    if narrow.endswith("%") and _PLAIN.fullmatch(narrow[:-1].strip()):
        share = float(narrow[:-1]) / 100.0
        return message, word(
            "Write {share:.10g} in place of {given}.", share=share, given=given
        )
    if _GROUPED.fullmatch(narrow):
        plain = re.sub(r"[, \u00a0']", "", narrow)
        return message, word(
            "Write {number}, without separators of thousands.", number=plain
        )
    if re.fullmatch(r"[+-]?\d+,\d+", narrow):
        return message, word(
            "Write {number}, with a decimal point.", number=narrow.replace(",", ".")
        )
    if narrow != given and _PLAIN.fullmatch(narrow):
        return message, word(
            "Write {number} in plain (half-width) digits.", number=narrow
        )
    if number and number.end() < len(narrow):
        return message, word(
            "Write the number alone{unit}, without a unit or words.", unit=unit
        )
    return message, word("Give a number{unit}, with a decimal point.", unit=unit)


def _bounds(values: NDArray[np.float64], skip: Mask, cells: _Cells) -> None:
    field = cells.field
    tested = ~skip
    if not field.infinite:
        endless = np.isinf(values) & tested
        remedy = "Give a finite number."
        cells.report(endless, lambda _: ("the value is infinite", remedy))
        tested &= ~endless
    low = np.zeros(len(values), dtype=bool)
    if field.least is not None:
        low = tested & (values < field.least)
    if field.above is not None:
        low |= tested & (values <= field.above)
    cells.report(low, lambda position: _too_low(values[position], field))
    if field.most is not None:
        high = tested & (values > field.most)
        cells.report(high, lambda position: _too_high(values[position], field))
    if field.whole:
        cells.report(
            tested & (values != np.round(values)),
            lambda position: (
                word("{value:.10g} is not a whole number", value=values[position]),
                "Give a whole number.",
            ),
        )


def _too_low(value: float, field: Field) -> tuple[str, str]:
    if field.above is not None:
        bound = f"{field.above:.10g}"
        message = word("{value:.10g} is not above {bound}", value=value, bound=bound)
        return message, word("Give a number above {bound}.", bound=bound)
    least = 0.0 if field.least is None else field.least
    remedy = word("Give {least:.10g} or more.", least=least)
    if field.name.startswith("pue"):
        remedy = word(
            "PUE is facility energy over IT energy: give {least:.10g} or more.",
            least=least,
        )
    if least == 0.0:
        return word("{value:.10g} is negative", value=value), remedy
    return word("{value:.10g} is below {least:.10g}", value=value, least=least), remedy


def share_remedy(value: float) -> str:
    """Say what a share above 1 may have meant; one just above 1 is no per cent."""
    if value < LEAST_PERCENT:
        return word("A share lies from 0 to 1.")
    return word("A share lies from 0 to 1: give {value:.10g}.", value=value / 100.0)


def _too_high(value: float, field: Field) -> tuple[str, str]:
    most = math.inf if field.most is None else field.most
    message = word("{value:.10g} is above {most:.10g}", value=value, most=most)
    if field.unit == "share" and value <= 100.0:
        return message, share_remedy(value)
    if field.name == "latitude" and value <= 180.0:
        return message, "Latitude and longitude may have been exchanged."
    return message, word("Give {most:.10g} or less.", most=most)


def _flags(cells: _Cells) -> Mask:
    found = [_FLAGS.get(_flag_word(value)) for value in cells.uniques]
    unknown: Mask = cells.each([value is None for value in found], False, bool)
    cells.report(
        unknown & ~cells.empty,
        lambda position: (
            word("'{value}' is neither true nor false", value=cells.shown(position)),
            "Write true or false (or yes or no, 1 or 0).",
        ),
    )
    values: Mask = cells.each([bool(value) for value in found], False, bool)
    values[cells.empty] = bool(cells.field.default)
    return values


def _flag_word(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip().casefold()


def _word(value: object) -> str:
    """Return a cell as text; a whole number keeps no decimal point."""
    if isinstance(value, str):
        return value.strip().replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return ";".join(str(part).strip() for part in value)
    return str(value).strip()


def _words(cells: _Cells) -> list[str]:
    """Return the distinct cells as text; control characters are reported."""
    words = [_word(value) for value in cells.uniques]
    bad = [_CONTROL.search(given) is not None for given in words]
    if any(bad):
        cells.report(
            cells.each(bad, False, bool),
            lambda position: (
                word(
                    "{value!r} holds a control character",
                    value=words[cells.codes[position]],
                ),
                "Type the text anew.",
            ),
        )
        return ["" if odd else given for odd, given in zip(bad, words, strict=True)]
    return words


def _texts(cells: _Cells) -> Any:
    field, words = cells.field, cells.uniques
    if words.dtype == object:
        words = pd.Series([*_words(cells), ""], dtype="str").array.take(cells.codes)
    values = pd.Series(words)
    if cells.empty.any():
        values[cells.empty] = str(field.blank)
    if field.options:
        cells.report(
            ~values.isin(["", *field.options]).to_numpy(),
            lambda position: (
                word("unknown word '{given}'", given=values[position]),
                one_of(values[position], field.options),
            ),
        )
    return values.array


def _lists(cells: _Cells) -> Objects:
    lists = []
    for given in _words(cells):
        parts = (part.strip() for part in given.split(";"))
        lists.append(tuple(dict.fromkeys(part for part in parts if part)))
    table = np.empty(len(lists) + 1, dtype=object)
    for place, names in enumerate([*lists, ()]):
        table[place] = names
    return np.asarray(table[cells.codes], dtype=object)
