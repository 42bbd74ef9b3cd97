"""The results on disk: one Parquet dataset, a directory of parts.

A part is written beside its place, forced to the disk and renamed: it is there whole
or not at all. Names that start with ``_`` or ``.`` are no part of the dataset, so any
reader of Parquet takes the directory as one table.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from siting.errors import InputError, Problem
from siting.words import word

MANIFEST = "_sweep.json"
HUBS = "_hubs"
FORMAT = "siting-sweep"


@dataclass
class Dataset:
    """Results of a sweep as they come in; in memory where there is no folder.

    Attributes
    ----------
    folder : Path or None
    schema : pyarrow.Schema
    hub_schema : pyarrow.Schema or None
        None where figures of hubs are not kept.
    done : set of str
        Runs that are in the dataset.
    """

    folder: Path | None
    schema: pa.Schema
    hub_schema: pa.Schema | None
    done: set[str] = field(default_factory=set)
    parts: list[pa.Table] = field(default_factory=list)
    hub_parts: list[pa.Table] = field(default_factory=list)
    number: int = 0

    def open(self, manifest: dict[str, Any], *, resume: bool, known: set[str]) -> None:
        """Make the folder, or take up the one of a sweep that was stopped.

        Parameters
        ----------
        manifest : dict
            What the sweep is, for a reader.
        resume : bool
            Whether a dataset may be there.
        known : set of str
            Runs of the design.

        Raises
        ------
        InputError
            If something else is there, or runs of another sweep.
        """
        if self.folder is None:
            return
        folder = self.folder
        there = folder.exists() and (not folder.is_dir() or _visible(folder))
        if there and not (folder / MANIFEST).is_file():
            message = word(
                "'{folder}' holds something else than a sweep", folder=folder
            )
            raise _refused(message, "Name a new folder.")
        if there and not resume:
            message = word("there is a sweep in '{folder}' already", folder=folder)
            remedy = "Resume it (resume=True, or --resume), or name another folder."
            raise _refused(message, remedy)
        folder.mkdir(parents=True, exist_ok=True)
        if there:
            self._take_up(folder, known)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        beside = folder / f".{MANIFEST}.part"
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(folder / MANIFEST)
        if self.hub_schema is not None:
            (folder / HUBS).mkdir(exist_ok=True)

    def _take_up(self, folder: Path, known: set[str]) -> None:
        """Read which runs are done; what a killed writer left behind goes away."""
        for beside in (*folder.glob(".*.part"), *folder.glob(f"{HUBS}/.*.part")):
            beside.unlink()
        parts = sorted(folder.glob("part-*.parquet"))
        for path in parts:
            if pq.read_schema(path).remove_metadata() != self.schema:
                message = word(
                    "the columns of '{path}' are those of another sweep", path=path
                )
                remedy = (
                    "Resume with the same inputs and options, or name a new folder."
                )
                raise _refused(message, remedy)
            self.done |= set(pq.read_table(path, columns=["run"])["run"].to_pylist())
        if self.done - known:
            message = word(
                "'{folder}' holds runs that are not in this design", folder=folder
            )
            remedy = (
                "Resume with the same scenario, inputs, objective and seed, or name a "
                "new folder."
            )
            raise _refused(message, remedy)
        self.number = max((int(p.stem.split("-")[1]) for p in parts), default=0)
        names = {path.name for path in parts}
        for path in folder.glob(f"{HUBS}/part-*.parquet"):
            if path.name not in names:
                path.unlink()

    def add(self, rows: list[dict[str, Any]], hubs: list[dict[str, Any]]) -> None:
        """Write some runs; their figures by hub first, so that these are never short.

        Parameters
        ----------
        rows : list of dict
            By the columns of the schema; what is missing is blank.
        hubs : list of dict
        """
        if not rows:
            return
        self.number += 1
        name = f"part-{self.number:06}.parquet"
        if self.hub_schema is not None:
            table = pa.Table.from_pylist(hubs, schema=self.hub_schema)
            if self.folder is None:
                self.hub_parts.append(table)
            else:
                _write(table, self.folder / HUBS / name)
        table = pa.Table.from_pylist(rows, schema=self.schema)
        if self.folder is None:
            self.parts.append(table)
        else:
            _write(table, self.folder / name)
        self.done |= {row["run"] for row in rows}

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Give the runs in the order of the design, and the figures by hub."""
        if self.folder is not None:
            return read(self.folder)
        runs = _frame(pa.concat_tables([self.schema.empty_table(), *self.parts]))
        if self.hub_schema is None:
            return _sorted(runs), None
        hubs = pa.concat_tables([self.hub_schema.empty_table(), *self.hub_parts])
        return _sorted(runs), _of_hubs(_frame(hubs), runs)


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Read a dataset: its runs in the order of the design, and the figures by hub.

    Raises
    ------
    InputError
        If there is none.
    """
    if not (folder / MANIFEST).is_file():
        message = word(
            "there is no sweep in '{folder}' (no {file})",
            folder=folder,
            file=MANIFEST,
        )
        raise _refused(message, "Name a folder that siting sweep has made.")
    parts = _tables(folder.glob("part-*.parquet"))
    runs = _frame(pa.concat_tables(parts)) if parts else pd.DataFrame()
    tables = _tables((folder / HUBS).glob("part-*.parquet"))
    hubs = _of_hubs(_frame(pa.concat_tables(tables)), runs) if tables else None
    return _sorted(runs) if parts else runs, hubs


def _visible(folder: Path) -> bool:
    """Whether a folder holds more than what a killed writer left."""
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _tables(paths: Iterable[Path]) -> list[pa.Table]:
    return [pq.read_table(path) for path in sorted(paths)]


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _sorted(runs: pd.DataFrame) -> pd.DataFrame:
    return runs.sort_values("number", kind="stable", ignore_index=True)


def _of_hubs(hubs: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    order = runs.set_index("run")["number"].reindex(hubs["run"]).to_numpy()
    return hubs.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _write(table: pa.Table, path: Path) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as stream:
            pq.write_table(table, stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _refused(message: str, remedy: str) -> InputError:
    return InputError([Problem("sweep", None, None, message, remedy)])
