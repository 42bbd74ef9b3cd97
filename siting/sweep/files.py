"""The files of a sweep's dataset: parts that are there whole or not at all.

A part is written beside its place, forced to the disk and renamed. Names that start
with ``_`` or ``.`` are no part of the dataset, so any reader of Parquet takes the
directory as one table.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from siting.sweep.distributions import refused
from siting.words import word

HUBS = "_hubs"
# Parts with new numbers, all of them, on the way to their places.
RENUMBERED = "_renumbered"
SAME = "Resume with the same inputs and options, or name a new folder."


def parts(folder: Path) -> list[Path]:
    """Give the parts of a dataset, the renumbered one where there are two."""
    found = {path.name: path for path in folder.glob("part-*.parquet")}
    found |= {path.name: path for path in (folder / RENUMBERED).glob("part-*.parquet")}
    return [found[name] for name in sorted(found)]


def read_part(
    path: Path, schema: pa.Schema | None = None, columns: list[str] | None = None
) -> pa.Table:
    """Read a part.

    Parameters
    ----------
    path : Path
    schema : pyarrow.Schema, optional
        What it must have.
    columns : list of str, optional
        Those that are read; all of them where none are named.

    Raises
    ------
    InputError
        If it is damaged, or of another sweep.
    """
    try:
        with pq.ParquetFile(path) as file:
            own = schema is None or file.schema_arrow.remove_metadata() == schema
            table = file.read(columns) if own else None
    except (pa.ArrowException, OSError) as error:
        message = word(
            "'{path}' cannot be read as Parquet ({reason})", path=path, reason=error
        )
        remedy = (
            "Take the file away, and the one of its name in or outside of _hubs; then "
            "resume: its runs are solved again."
        )
        raise refused(message, remedy) from error
    if table is None:
        message = word("the columns of '{path}' are those of another sweep", path=path)
        raise refused(message, SAME)
    return table


def write_part(table: pa.Table, path: Path) -> None:
    """Write a part, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as stream:
            pq.write_table(table, stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Finish or take away what a killed writer left behind."""
    for beside in (*folder.glob(".*.part"), *folder.glob(f"{HUBS}/.*.part")):
        beside.unlink()
    shutil.rmtree(folder / f".{RENUMBERED}", ignore_errors=True)
    _place(folder)
    names = {path.name for path in parts(folder)}
    for path in folder.glob(f"{HUBS}/part-*.parquet"):
        if path.name not in names:
            path.unlink()


def renumber(folder: Path, numbers: Mapping[str, int]) -> None:
    """Give runs the numbers they have in a design that has grown or is reordered.

    The parts that change are written apart; one rename makes all of them count.

    Parameters
    ----------
    folder : Path
        Tidy.
    numbers : mapping of str to int
        By run.
    """
    beside = folder / f".{RENUMBERED}"
    for path in parts(folder):
        kept = read_part(path, columns=["run", "number"])
        new = pa.array([numbers[run] for run in kept["run"].to_pylist()], pa.int64())
        if kept["number"].to_pylist() == new.to_pylist():
            continue
        beside.mkdir(exist_ok=True)
        table = read_part(path)
        place = table.schema.get_field_index("number")
        write_part(table.set_column(place, "number", new), beside / path.name)
    if beside.exists():
        beside.rename(folder / RENUMBERED)
        _place(folder)


def _place(folder: Path) -> None:
    """Move renumbered parts to where any reader finds them."""
    renumbered = folder / RENUMBERED
    for path in renumbered.glob("part-*.parquet"):
        path.replace(folder / path.name)
    if renumbered.exists():
        renumbered.rmdir()
