"""Writes tables so that they read back exactly."""

from pathlib import Path

import pandas as pd

from siting.tables.schema import Kind, Table


def plain(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a frame whose lists are text and whose flags are words."""
    out = frame.reset_index(drop=True)
    for name in out.columns:
        kind = table.field(name).kind
        if kind is Kind.LIST:
            out[name] = pd.Series([";".join(cell) for cell in out[name]], dtype="str")
    return out


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index as Parquet."""
    # Dictionaries of numbers cost more time than they save room.
    texts = [str(name) for name, kind in frame.dtypes.items() if kind.kind == "O"]
    frame.to_parquet(path, index=False, use_dictionary=texts)


def write_table(frame: pd.DataFrame, table: Table, stem: Path, kind: str) -> Path:
    """Write one table and return the path.

    Parameters
    ----------
    frame
        Typed columns.
    table
        Their schema.
    stem
        Path without a suffix.
    kind
        ``csv`` or ``parquet``.
    """
    out = plain(frame, table)
    path = stem.with_name(f"{stem.name}.{kind}")
    if kind == "parquet":
        write_parquet(out, path)
        return path
    for name in out.columns:
        if table.field(name).kind is Kind.FLAG:
            out[name] = out[name].map({True: "true", False: "false"})
    out.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path
