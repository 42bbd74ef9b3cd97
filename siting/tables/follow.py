"""Tells cells that still follow from others from those that were given."""

import numpy as np
import pandas as pd

from siting.tables.schema import Field, Kind, Table
from siting.tables.shape import complete

# Filled by rules of its own; see derive.py.
_DELAY = ("links", "one_way_ms")


def left_blank(given: pd.DataFrame | None, field: Field, count: int) -> np.ndarray:
    """Rows of a table whose cell was left blank, so that it follows from others."""
    if given is None or field.name not in given.columns:
        return np.ones(count, dtype=bool)
    cells = given[field.name]
    blank = cells.isna() if field.kind is Kind.NUMBER else cells == ""
    return blank.to_numpy(bool)


def following(
    table: Table, new: pd.DataFrame, full: pd.DataFrame, given: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Blank the cells that are what followed from others, so that they do so again.

    Parameters
    ----------
    table
        The schema.
    new
        The table that takes the place of the old one, typed.
    full
        The old one with every cell filled, rows in the order in which it was given.
    given
        The old one as it was given, if it was.

    Returns
    -------
    DataFrame or None
        None where the whole table is what it was without being given.
    """
    full = full.reset_index(drop=True)
    if given is None:
        return None if new.equals(full) else new
    fields = [
        field
        for field in table.fields
        if (field.copies or (table.name, field.name) == _DELAY) and field.name in new
    ]
    if not fields or not len(full):
        return new
    rows = _rows(new, full, list(table.key), table)
    new = new.copy(deep=False)
    for field in fields:
        was = full[field.name].take(rows).set_axis(new.index)
        blank = left_blank(given, field, len(full))[rows] & (rows >= 0)
        blank &= (new[field.name] == was).to_numpy(bool)
        if blank.all():
            new = new.drop(columns=field.name)
        elif blank.any():
            new[field.name] = new[field.name].mask(blank, field.blank)
    return new


def _rows(
    new: pd.DataFrame, full: pd.DataFrame, key: list[str], table: Table
) -> np.ndarray:
    """Place of each row among the old ones, -1 where its key is new."""
    names = complete(new, table)[key]
    if names.equals(full[key]):
        return np.arange(len(full))
    old = pd.MultiIndex.from_frame(full[key])
    return np.asarray(old.get_indexer(pd.MultiIndex.from_frame(names)))
