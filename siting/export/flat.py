"""The tables of a plan as CSV for spreadsheets and scripts, or as Parquet."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from siting.export.place import write_mark
from siting.plan_files import TABLES, TEXT, write_table

if TYPE_CHECKING:
    from siting.plan import Plan

_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def write_csv(plan: "Plan", folder: Path, *, exact: bool = False) -> None:
    """Write one CSV file a table.

    Parameters
    ----------
    plan : Plan
    folder : Path
        An empty folder.
    exact : bool
        Every cell as it is, for programs. Otherwise the files are for spreadsheets:
        they start with a byte-order mark, so that Chinese is read as Chinese, and a
        text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    for name, table in plan.tables.items():
        frame = table if exact else guarded(table, name)
        frame.to_csv(
            folder / f"{name}.csv",
            index=False,
            lineterminator="\n",
            encoding="utf-8" if exact else "utf-8-sig",
        )
    write_mark(plan, folder, "csv")


def guarded(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table none of whose texts a spreadsheet takes for a formula."""
    out = frame.copy()
    for column, kind in TABLES[name].items():
        if kind == TEXT:
            told = {text: guard(text) for text in out[column].unique()}
            out[column] = out[column].map(told).astype(str)
    return out


def guard(text: str) -> str:
    """Put an apostrophe before a text that begins like a formula.

    >>> guard("=1+1"), guard("-5"), guard("plan")
    ("'=1+1", '-5', 'plan')
    """
    harmless = not _FORMULA.match(text) or _NUMBER.fullmatch(text)
    return text if harmless else f"'{text}"


def write_parquet(plan: "Plan", folder: Path) -> None:
    """Write one Parquet file a table, exact."""
    for name, table in plan.tables.items():
        write_table(table, folder, name, ".parquet")
    write_mark(plan, folder, "parquet")
