"""Gives a table its columns: names checked, cells converted, defaults filled."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import nearest, quoted
from siting.tables.cells import convert
from siting.tables.csvfile import Records
from siting.tables.findings import Findings, Origin
from siting.tables.schema import Field, Kind, Table
from siting.words import word

_MOST_COLUMNS = 20
# A word that stands in every row is held so many times, whatever the rows.
_RUN = 65_536
_MOST_ROWS = 2**40


def typed(records: Records, table: Table, findings: Findings) -> pd.DataFrame:
    """Return the columns that were given with the dtypes of the table.

    Blank cells hold the default, or nothing where the default hangs on other columns.

    Parameters
    ----------
    records
        Cells as read.
    table
        What they should be.
    findings
        Takes the problems; a table without its columns is marked as broken.
    """
    names = [str(name) for name in records.frame.columns]
    origin = records.origin
    if not _known_header(names, table, origin, findings):
        findings.broken.add(table.name)
        if not set(names) & set(table.names):
            return pd.DataFrame(index=range(0))
    columns = {}
    for place, name in enumerate(names):
        if names.count(name) > 1 or not table.accepts(name):
            continue
        cells = records.frame.iloc[:, place]
        columns[name] = convert(cells, table.field(name), origin, findings)
    if table.required and len(records.frame) == 0:
        findings.broken.add(table.name)
        remedy = word("Give at least one row of {name}.", name=table.name)
        findings.add(origin.file, "the table has no rows", remedy)
    return pd.DataFrame(columns, index=range(len(records.frame)))


def _known_header(
    names: list[str], table: Table, origin: Origin, findings: Findings
) -> bool:
    """Report unknown, missing and duplicated columns; whether all needed are there."""
    unknown = [name for name in dict.fromkeys(names) if not table.accepts(name)]
    needed = [field.name for field in table.fields if field.required]
    missing = [name for name in needed if name not in names]
    if missing and not set(names) & set(table.names):
        findings.add(
            origin.file,
            word("none of the columns belongs to the table {name}", name=table.name),
            word(
                "The first line holds the column names; needed: {needed}.",
                needed=quoted(needed),
            ),
            row=1,
        )
        return False
    for name in [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        message = word("the column is there {count} times", count=names.count(name))
        findings.add(
            origin.file, message, "Keep one of them.", row=1, column=name or None
        )
    for name in unknown[:_MOST_COLUMNS]:
        match = nearest(name, table.names)
        remedy = word("Delete the column, or let its name start with 'note'.")
        if match:
            remedy = word("Did you mean '{match}'?", match=match) + " "
            remedy += word("Else delete the column, or let its name start with 'note'.")
        message = "a column has no name"
        if name:
            message = word("unknown column '{name}'", name=name)
        findings.add(origin.file, message, remedy, row=1, column=name or None)
    if len(unknown) > _MOST_COLUMNS:
        rest = len(unknown) - _MOST_COLUMNS
        message = word("{rest} more unknown columns", rest=rest)
        findings.add(origin.file, message, "Delete them.", row=1)
    for name in missing:
        match = nearest(name, unknown)
        field = table.field(name)
        remedy = word("Rename '{match}'", match=match) if match else word("Add it")
        if field.unit not in ("", "share"):
            remedy += word(" (in {unit})", unit=word(field.unit))
        told = word(field.description)
        findings.add(
            origin.file,
            word("the column '{name}' is missing", name=name),
            f"{remedy}: {told[0].lower()}{told[1:]}",
            row=1,
            column=name,
        )
    return not missing and len(set(names)) == len(names)


def complete(given: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a typed frame with every column of the table and its defaults."""
    columns = {
        field.name: given[field.name]
        if field.name in given
        else _constant(field, given.index)
        for field in table.fields
    }
    for field in table.fields:
        if field.copies:
            column, other = columns[field.name], columns[field.copies]
            blank = column.isna() if field.kind is Kind.NUMBER else column == ""
            columns[field.name] = other if blank.all() else column.mask(blank, other)
    columns |= {name: given[name] for name in given.columns if name not in table.names}
    return pd.DataFrame(columns, index=given.index, copy=False)


def _constant(field: Field, index: pd.Index) -> "pd.Series[Any]":
    """Return a column of blank cells that takes no memory for each row."""
    count = len(index)
    if field.kind is Kind.TEXT:
        cells = pd.Series(field.blank, index=range(min(count, _RUN)), dtype="str")
        if count > _RUN:
            # Arrow keeps each run as what it is: the same one.
            runs = [cells] * (count // _RUN) + [cells[: count % _RUN]]
            cells = pd.concat(runs, ignore_index=True)
        return cells.set_axis(index)
    return _blank(field)[:count].set_axis(index)


@cache
def _blank(field: Field) -> "pd.Series[Any]":
    """Return one cell that is seen as many; as it is kept, who writes gets a copy."""
    dtype = {Kind.NUMBER: float, Kind.FLAG: bool}.get(field.kind, object)
    cell = np.empty((), dtype=dtype)
    cell[()] = field.blank
    cells = np.broadcast_to(cell, (_MOST_ROWS,))
    return pd.Series(cells, dtype=dtype, copy=False)


def keyed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a frame indexed by its key, which also stays a column.

    The index has no name, so that ``sort_values`` and ``groupby`` on the column work.
    """
    if not table.indexed:
        return frame.reset_index(drop=True)
    return frame.set_axis(pd.Index(frame[table.key[0]]).rename(None), axis=0)
