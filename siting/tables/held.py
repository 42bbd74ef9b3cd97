"""Tells whether tables that were handed out have been written to since."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from siting.errors import InputError, Problem


class Held:
    """Tables as they were when they were handed out.

    They are held without a copy. Pandas moves what is shared before it writes to it, so
    that nothing has to be compared but where the cells lie.

    Parameters
    ----------
    tables
        By name.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = {name: table.copy(deep=False) for name, table in tables.items()}

    def check(self, tables: Mapping[str, pd.DataFrame], remedy: str) -> None:
        """Raise an input error for every table that was written to in place."""
        written = _written(self._tables, tables)
        message = "the table was written to in place"
        problems = [Problem(name, None, None, message, remedy) for name in written]
        if problems:
            raise InputError(problems)


def _written(
    old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame]
) -> Iterable[str]:
    for name, table in new.items():
        same = table.index.is_(old[name].index) and table.columns.is_(old[name].columns)
        if not same or _places(table) != _places(old[name]):
            yield name


def _places(table: pd.DataFrame) -> list[object]:
    """Return where the cells of each column lie."""
    return [_place(cells.array) for _, cells in table.items()] if len(table) else []


def _place(cells: Any) -> object:
    if isinstance(cells, pd.arrays.NumpyExtensionArray):
        values = cells.to_numpy()
        return values.ctypes.data, values.strides
    chunks = cells.__arrow_array__().chunks
    return [
        (chunk.offset, [part.address for part in chunk.buffers() if part is not None])
        for chunk in chunks
    ]
