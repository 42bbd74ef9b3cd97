"""The files of a saved plan: schemas, exact reading and writing, checksums."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from siting.errors import Problem
from siting.folders import CHECKSUMS, Kind, foreign, is_plan
from siting.ledger import PLANS as PLANS
from siting.tables.collect import (
    BOUNDARIES_FILE,
    POLICY_FILE,
    SETTINGS_FILE,
    table_files,
)
from siting.tables.read import parts_of
from siting.tables.write import write_parquet
from siting.words import word

TEXT, NUMBER = "text", "number"
SCENARIO = "scenario"
SUFFIXES = (".csv", ".parquet")


def _columns(text: str, numbers: str) -> dict[str, str]:
    names = dict.fromkeys(text.split(), TEXT)
    return names | dict.fromkeys(numbers.split(), NUMBER)


TABLES: dict[str, dict[str, str]] = {
    "placement": _columns(
        "workload class origin hub",
        "share it_mw reserved_mw energy_mwh rtt_ms",
    ),
    "schedule": _columns("workload hub period", "it_mw"),
    "unserved": _columns("workload period", "it_mw"),
    "routes": {
        **_columns("origin hub direction", "rtt_limit_ms"),
        **_columns("profile period nodes links", "length_km rtt_ms"),
        **_columns("", "gbps gbps_mean gbps_peak"),
    },
    "hubs": _columns(
        "hub side",
        "it_capacity_mw room_mw build_mw idle_mw it_mw energy_mwh green_mwh"
        " electricity_cny ingress_peak_gbps egress_peak_gbps",
    ),
    "links": _columns(
        "link source target",
        "headroom_gbps widen_gbps lit_gbps forward_peak_gbps backward_peak_gbps use",
    ),
    "certificates": _columns("certificate hub owner period", "mwh"),
    "ledger": _columns("term", " ".join(PLANS)),
    "emissions": _columns(
        "subject", "energy_mwh green_mwh certificate_mwh location_t market_t"
    ),
    "limits": _columns("kind subject direction period unit", "limit used slack worth"),
    "duals": _columns("kind subject hub direction period", "value"),
    "baselines": _columns("measure unit", " ".join(PLANS)),
}
"""Columns of every table of a plan, in order, with their kind."""


def normalise(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table the columns, order and dtypes that a plan's table has.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : DataFrame
        With all columns of the table, in any order.

    Returns
    -------
    DataFrame
        A copy with text and float columns and a plain range as its index.

    Raises
    ------
    ValueError
        If columns are missing or unknown.
    """
    columns = TABLES[name]
    missing = [column for column in columns if column not in frame.columns]
    unknown = [str(column) for column in frame.columns if column not in columns]
    if missing or unknown:
        message = word(
            "Table {name}: missing columns {missing}, unknown {unknown}.",
            name=name,
            missing=missing,
            unknown=unknown,
        )
        raise ValueError(message)
    data = {
        column: _texts(frame[column]) if kind == TEXT else frame[column].to_numpy(float)
        for column, kind in columns.items()
    }
    return pd.DataFrame(data)


def _texts(column: "pd.Series[Any]") -> ExtensionArray:
    """Give the cells of a column as text, "" where there is none."""
    if column.dtype != "str" or column.hasnans:
        column = column.astype(object).fillna("").astype(str)
    cells: ExtensionArray = column.array
    return cells


def write_table(frame: pd.DataFrame, folder: Path, name: str, suffix: str) -> None:
    """Write one table, floats in full."""
    file = folder / f"{name}{suffix}"
    if suffix == ".parquet":
        write_parquet(frame, file)
    else:
        frame.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")


def read_table(folder: Path, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read one table of a saved plan.

    Parameters
    ----------
    folder : Path
        The plan's directory.
    name : str
        Name of the table.

    Returns
    -------
    DataFrame
        Empty if the table could not be read.
    list of Problem
    """
    empty = pd.DataFrame(columns=list(TABLES[name]))
    files = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    found = [file for file in files if file.exists()]
    if len(found) != 1:
        fault = "The table is there twice" if found else "The table is missing"
        return normalise(name, empty), [
            Problem(
                f"{name}.csv",
                None,
                None,
                fault,
                "Save the plan again, or restore the directory.",
            )
        ]
    file = found[0]
    try:
        if file.suffix == ".parquet":
            parts = parts_of(file) if file.is_dir() else [file]
            frame = pd.concat(map(pd.read_parquet, parts), ignore_index=True)
        else:
            frame, problems = _read_csv(file, TABLES[name])
            if problems:
                return normalise(name, empty), problems
        return normalise(name, frame), []
    except (ValueError, TypeError, OSError, csv.Error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return normalise(name, empty), [
            Problem(
                file.name,
                None,
                None,
                word("The table cannot be read: {reason}", reason=reason),
                "Save the plan again, or restore the file.",
            )
        ]


def _read_csv(
    file: Path, columns: dict[str, str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read cells as they stand: no text is taken for a number or for missing."""
    remedy = "Save the plan again, or restore the file."
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, strict=True))
    if not rows:
        return pd.DataFrame(), [
            Problem(file.name, None, None, "The file is empty", remedy)
        ]
    header = rows[0]
    if header != list(columns):
        fault = word("The columns are {header}", header=", ".join(header))
        advice = word("They must be {columns}.", columns=", ".join(columns))
        return pd.DataFrame(), [Problem(file.name, 1, None, fault, advice)]
    problems = [
        Problem(
            file.name,
            line,
            None,
            word("The row has {count} cells", count=len(row)),
            remedy,
        )
        for line, row in enumerate(rows[1:], 2)
        if len(row) != len(columns)
    ]
    if problems:
        return pd.DataFrame(), problems
    cells = list(zip(*rows[1:], strict=True)) or [()] * len(columns)
    data: dict[str, object] = {}
    for (column, kind), texts in zip(columns.items(), cells, strict=True):
        if kind == TEXT:
            data[column] = list(texts)
            continue
        data[column], faults = _floats(texts)
        problems += [
            Problem(
                file.name,
                row + 2,
                column,
                word("{value!r} is not a number", value=texts[row]),
                remedy,
            )
            for row in faults
        ]
    return pd.DataFrame(data), problems


def _floats(texts: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    try:
        return np.array([float(t) if t else np.nan for t in texts], float), []
    except ValueError:
        values, faults = np.full(len(texts), np.nan), []
        for row, text in enumerate(texts):
            try:
                values[row] = float(text) if text else np.nan
            except ValueError:
                faults.append(row)
        return values, faults


def relative_files(folder: Path) -> list[str]:
    """List every file of a directory but the checksums, as sorted POSIX paths."""
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.relative_to(folder).as_posix() != CHECKSUMS
    )


def sha256(file: Path) -> str:
    """Give the SHA-256 of a file as hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Write ``checksums.txt``: the SHA-256 of every other file, sorted by path."""
    lines = [f"{sha256(folder / name)}  {name}\n" for name in relative_files(folder)]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def check_files(folder: Path) -> list[Problem]:
    """Compare the files of a saved plan with its checksums.

    Parameters
    ----------
    folder : Path
        The plan's directory.

    Returns
    -------
    list of Problem
        One for every listed file that differs or is missing, and for every file that
        would be read though it is not listed. Other files are of no concern.
    """
    remedy = "Save the plan again, or restore the file."
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        fault = "The file is missing or unreadable"
        return [Problem(CHECKSUMS, None, None, fault, remedy)]
    problems, listed = [], {}
    for number, line in enumerate(lines, 1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or name in listed:
            fault = "The line is not a checksum and a file"
            problems.append(Problem(CHECKSUMS, number, None, fault, remedy))
        listed[name] = (number, digest)
    for name in sorted(set(_read_files(folder)).difference(listed)):
        fault = word("The file is not listed in {file}", file=CHECKSUMS)
        problems.append(Problem(name, None, None, fault, "Take it out of the folder."))
    for name, (number, digest) in sorted(listed.items()):
        if not (folder / name).is_file():
            fault = word(
                "The file is missing ({file}, line {number})",
                file=CHECKSUMS,
                number=number,
            )
            problems.append(Problem(name, None, None, fault, remedy))
        elif sha256(folder / name) != digest:
            fault = word(
                "The file differs from its checksum ({file}, line {number})",
                file=CHECKSUMS,
                number=number,
            )
            problems.append(Problem(name, None, None, fault, remedy))
    return problems


def _read_files(folder: Path) -> list[str]:
    """List the files that a plan is read from."""
    scenario = folder / SCENARIO
    found = [scenario / name for name in (SETTINGS_FILE, POLICY_FILE, BOUNDARIES_FILE)]
    found += table_files(scenario) if scenario.is_dir() else []
    found += [folder / f"{name}{suffix}" for name in TABLES for suffix in SUFFIXES]
    parts = [part for p in found for part in (parts_of(p) if p.is_dir() else [p])]
    return [p.relative_to(folder).as_posix() for p in parts if p.is_file()]


def unlisted(folder: Path) -> list[str]:
    """List what lies in a plan's directory and is no part of the plan.

    Parameters
    ----------
    folder : Path
        The plan's directory.

    Returns
    -------
    list of str
        Relative POSIX paths; hidden files are left out.
    """
    found = foreign(folder, _own(folder))
    return [name for name in found if "/." not in f"/{name}"]


def _own(folder: Path) -> list[str]:
    if not is_plan(folder):
        return []
    text = (folder / CHECKSUMS).read_text(encoding="utf-8", errors="replace")
    return [CHECKSUMS, *(line.partition("  ")[2] for line in text.splitlines())]


PLAN = Kind(
    _own,
    there="there is a plan already",
    foreign="the folder holds files that are no part of a saved plan: {names}",
)
