"""The results of a sweep: in memory, or in a folder that is one Parquet dataset."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from siting.sweep.distributions import refused
from siting.sweep.files import (
    HUBS,
    SAME,
    parts,
    read_part,
    renumber,
    tidy,
    write_part,
)
from siting.sweep.lock import locked
from siting.words import word

MANIFEST = "_sweep.json"
FORMAT = "siting-sweep"
# What must be as it was when a sweep is taken up.
FIXED = ("inputs", "objective", "baselines", "hubs")


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

    @contextmanager
    def opened(
        self, manifest: dict[str, Any], ids: Sequence[str], *, resume: bool
    ) -> Iterator[dict[str, Any]]:
        """Make the folder, or take up the one of a sweep that was stopped.

        No one else writes in it until the end, when every run is there once.

        Parameters
        ----------
        manifest : dict
            What the sweep is, for a reader.
        ids : sequence of str
            Runs of the design, in its order.
        resume : bool
            Whether a dataset may be there.

        Yields
        ------
        dict
            The manifest; of a sweep that is taken up, with what was settled then.

        Raises
        ------
        InputError
            If something else is there, runs of another sweep, or another writer.
        """
        if self.folder is None:
            yield manifest
            return
        folder = self.folder
        _found(folder, resume=resume)
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            # Another sweep may have come and gone in the meantime.
            there = _found(folder, resume=resume)
            if there is not None:
                _check_fixed(folder, there, manifest)
                manifest = {**manifest, "shared": there["shared"]}
                self._take_up(folder, ids)
            text = json.dumps(manifest, indent=2, ensure_ascii=False)
            beside = folder / f".{MANIFEST}.part"
            beside.write_text(text + "\n", encoding="utf-8")
            beside.replace(folder / MANIFEST)
            if self.hub_schema is not None:
                (folder / HUBS).mkdir(exist_ok=True)
            yield manifest
            _check_once(folder, self._runs_there(folder), ids)

    def _take_up(self, folder: Path, ids: Sequence[str]) -> None:
        """Read which runs are done, and number them as the design does."""
        tidy(folder)
        there = self._runs_there(folder)
        self.done = set(there)
        numbers = {run: number for number, run in enumerate(ids)}
        if self.done - numbers.keys():
            message = word(
                "'{folder}' holds runs that are not in this design", folder=folder
            )
            remedy = (
                "Resume with the same scenario, inputs, objective and seed, or name a "
                "new folder."
            )
            raise refused(message, remedy)
        _check_once(folder, there, self.done)
        renumber(folder, numbers)
        names = [path.stem.removeprefix("part-") for path in parts(folder)]
        self.number = max((int(n) for n in names if n.isdecimal()), default=0)

    def _runs_there(self, folder: Path) -> list[str]:
        """Give the runs of all parts, which must have the columns of this sweep."""
        tables = (read_part(path, self.schema, ["run"]) for path in parts(folder))
        return [run for table in tables for run in table["run"].to_pylist()]

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
                write_part(table, self.folder / HUBS / name)
        table = pa.Table.from_pylist(rows, schema=self.schema)
        if self.folder is None:
            self.parts.append(table)
        else:
            write_part(table, self.folder / name)
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
        raise refused(message, "Name a folder that siting sweep has made.")
    files = parts(folder)
    runs = _frame(_joined(files)) if files else pd.DataFrame()
    # Figures by hub are written first; those without runs were left by a kill.
    kept = (folder / HUBS).is_dir()
    by_hub = [folder / HUBS / path.name for path in files] if kept else []
    hubs = _of_hubs(_frame(_joined(by_hub)), runs) if by_hub else None
    return _sorted(runs) if files else runs, hubs


def _found(folder: Path, *, resume: bool) -> dict[str, Any] | None:
    """Give the manifest of the sweep that is there; None where nothing is."""
    if not folder.exists() or (folder.is_dir() and not _visible(folder)):
        return None
    manifest = _manifest(folder)
    if manifest is None:
        message = word("'{folder}' holds something else than a sweep", folder=folder)
        raise refused(message, "Name a new folder.")
    if not resume:
        message = word("there is a sweep in '{folder}' already", folder=folder)
        remedy = "Resume it (resume=True, or --resume), or name another folder."
        raise refused(message, remedy)
    return manifest


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    return found if "shared" in found else None


def _check_fixed(folder: Path, there: dict[str, Any], asked: dict[str, Any]) -> None:
    for key in FIXED:
        old, new = (json.dumps(one.get(key)) for one in (there, asked))
        if old != new:
            message = word(
                "the sweep in '{folder}' has {key} = {old}, this one has {new}",
                folder=folder,
                key=key,
                old=old,
                new=new,
            )
            raise refused(message, SAME)


def _check_once(folder: Path, runs: list[str], wanted: Collection[str]) -> None:
    """Refuse a dataset in which a run is missing or there twice."""
    there = set(runs)
    if len(runs) == len(wanted) and there.issuperset(wanted):
        return
    message = word(
        "'{folder}' holds {rows:,} rows of {runs:,} runs, and should of {wanted:,}",
        folder=folder,
        rows=len(runs),
        runs=len(there),
        wanted=len(wanted),
    )
    raise refused(message, "Something else wrote in it: sweep anew in a new folder.")


def _visible(folder: Path) -> bool:
    """Whether a folder holds more than what a killed writer left."""
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _joined(paths: list[Path]) -> pa.Table:
    first = read_part(paths[0])
    schema = first.schema.remove_metadata()
    return pa.concat_tables([first, *(read_part(path, schema) for path in paths[1:])])


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _sorted(runs: pd.DataFrame) -> pd.DataFrame:
    return runs.sort_values("number", kind="stable", ignore_index=True)


def _of_hubs(hubs: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    order = runs.set_index("run")["number"].reindex(hubs["run"]).to_numpy()
    return hubs.iloc[order.argsort(kind="stable")].reset_index(drop=True)
