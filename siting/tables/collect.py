"""The tables of a scenario as they were given, from data frames or a directory."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from siting.errors import InputError, Problem, nearest, quoted, suggestion
from siting.folders import is_plan
from siting.tables.csvfile import Records
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings, Origin
from siting.tables.read import SUFFIXES, read_bytes, read_file, read_frame
from siting.tables.shape import typed
from siting.words import word

SETTINGS_FILE = "scenario.toml"
POLICY_FILE = "policy.toml"
BOUNDARIES_FILE = "boundaries.geojson"
WORKLOADS_FOLDER = "workloads"
DOCUMENTS = ("readme", "licence", "license")
_LIKE_TABLES = (*SUFFIXES, ".xlsx", ".xls", ".tsv", ".json", ".feather")


@dataclass(eq=False)
class Given:
    """What was given: typed tables with only their own columns.

    Parameters
    ----------
    tables
        By name of the table.
    origins
        Where each was read.
    boundaries
        Text of the GeoJSON, if any.
    documents
        Text of README and LICENCE, which travel with the data.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    boundaries: str | None = None
    documents: Mapping[str, str] = field(default_factory=dict)

    def take(self, name: str, records: Records | None, findings: Findings) -> None:
        """Add a table as read; an unreadable one is marked as broken."""
        if records is None:
            findings.broken.add(name)
            return
        if records.origin.slipped:
            findings.broken.add(name)
        self.tables[name] = typed(records, TABLES[name], findings)
        self.origins[name] = records.origin

    def need(self, findings: Findings, suffix: str = "") -> None:
        """Report required tables that are missing."""
        for name, table in TABLES.items():
            absent = name not in self.tables and name not in findings.broken
            if table.required and absent:
                needed = [entry.name for entry in table.fields if entry.required]
                findings.broken.add(name)
                findings.add(
                    f"{name}{suffix}",
                    word("the table {name} is missing", name=name),
                    word(
                        "Add it, with at least the columns {needed}.",
                        needed=quoted(needed),
                    ),
                )


def from_frames(tables: Mapping[str, object], findings: Findings) -> Given:
    """Return the tables given as data frames; ``None`` stands for no table."""
    given = Given()
    for name, value in tables.items():
        if name not in TABLES:
            message = word("unknown table '{name}'", name=name)
            findings.add(name, message, suggestion(name, TABLES, "tables"))
        elif value is not None:
            given.take(name, read_frame(value, TABLES[name], findings), findings)
    given.need(findings)
    return given


def from_folder(
    folder: Path, workloads: str | Path | None, default_set: str, findings: Findings
) -> tuple[Given, str]:
    """Return the tables of a directory and the name of the workload set.

    Parameters
    ----------
    folder
        The scenario's directory.
    workloads
        A workload set or a file; ``None``: the default.
    default_set
        The set that the settings name.
    findings
        Takes the problems.
    """
    given = Given()
    found = _files(folder, findings)
    chosen, set_name = _workloads(folder, found, workloads, default_set, findings)
    for name, table in TABLES.items():
        paths = found.get(name, [])
        if name == "workloads":
            paths = [] if chosen is None else [chosen]
        if len(paths) > 1:
            names = quoted([path.name for path in paths])
            message = word(
                "there are {count} files for the table {name}: {names}",
                count=len(paths),
                name=name,
                names=names,
            )
            findings.add(paths[0].name, message, "Keep one of them.")
            findings.broken.add(name)
        elif paths:
            inside = paths[0].is_relative_to(folder)
            file = paths[0].relative_to(folder).as_posix() if inside else str(paths[0])
            given.take(name, read_file(paths[0], file, table, findings), findings)
    if chosen is not None and not _is_inside(chosen, folder):
        _forget_sources(given)
    given.need(findings, ".csv")
    given.boundaries = _boundaries(folder, findings)
    given.documents = _documents(folder)
    return given, set_name


def check_directory(folder: Path) -> None:
    """Raise the one problem that stands in the way of looking for a scenario's files.

    Raises
    ------
    InputError
        If it is no directory, cannot be read, or is a saved plan.
    """
    message, remedy = "", ""
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:
        message, remedy = "there is no such directory", "Give a scenario's directory."
    except NotADirectoryError:
        message, remedy = "this is not a directory", "Give a scenario's directory."
    except (OSError, ValueError) as error:
        message = word("the directory cannot be read ({error})", error=error)
        remedy = "Give yourself the right to read it, or give another one."
    if not message and is_plan(folder):
        message = "this is a saved plan"
        remedy = word("Its scenario is in {folder}.", folder=folder / "scenario")
    if message:
        raise InputError([Problem(str(folder), None, None, message, remedy)])


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _forget_sources(given: Given) -> None:
    """Leave out where workloads come from: these are not those of the folder."""
    sources = given.tables.get("sources")
    if sources is not None and "table" in sources.columns:
        own = sources[sources["table"] != "workloads"]
        given.tables["sources"] = own.reset_index(drop=True)


def table_files(folder: Path) -> list[Path]:
    """Return the files of a scenario's tables, those of all workload sets too."""
    found = [path for path in sorted(folder.iterdir()) if path.stem in TABLES]
    sets = folder / WORKLOADS_FOLDER
    found += sorted(sets.iterdir()) if sets.is_dir() else []
    shown = (path for path in found if not path.name.startswith("."))
    return [path for path in shown if path.suffix.lower() in SUFFIXES]


def _files(folder: Path, findings: Findings) -> dict[str, list[Path]]:
    """Return the files of each table; unknown files that look like one are wrong."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        stem, suffix = path.stem, path.suffix.lower()
        if path.name.startswith((".", "~")):
            continue
        if suffix in SUFFIXES and stem in TABLES:
            found.setdefault(stem, []).append(path)
        elif suffix in _LIKE_TABLES and suffix not in SUFFIXES and stem in TABLES:
            message = word("a table may not be a {suffix} file", suffix=suffix)
            findings.add(
                path.name, message, word("Save it as {stem}.csv in UTF-8.", stem=stem)
            )
            findings.broken.add(stem)
        elif suffix in SUFFIXES:
            match = nearest(stem, TABLES)
            remedy = (
                word("Did you mean '{match}'?", match=match + suffix)
                if match
                else "Remove it."
            )
            findings.add(
                path.name, word("there is no table '{stem}'", stem=stem), remedy
            )
            if match and TABLES[match].required:
                findings.broken.add(match)
        elif suffix == ".toml" and path.name not in (SETTINGS_FILE, POLICY_FILE):
            known = (SETTINGS_FILE, POLICY_FILE)
            remedy = suggestion(path.name, known, "files")
            findings.add(path.name, "unknown file", remedy)
    return found


def _workloads(
    folder: Path,
    found: dict[str, list[Path]],
    asked: str | Path | None,
    default_set: str,
    findings: Findings,
) -> tuple[Path | None, str]:
    """Return the file of the workloads and the name of the set."""
    inside = folder / WORKLOADS_FOLDER
    sets: dict[str, Path] = {}
    if inside.is_dir():
        for path in sorted(inside.iterdir()):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                sets.setdefault(path.stem, path)
    if asked is not None:
        wanted = str(asked)
        if wanted in sets:
            return sets[wanted], wanted
        if Path(wanted).suffix.lower() in SUFFIXES or Path(wanted).is_file():
            return Path(wanted), Path(wanted).stem
        remedy = suggestion(wanted, sets, "workload sets")
        findings.add(
            "workloads", word("unknown workload set '{wanted}'", wanted=wanted), remedy
        )
        findings.broken.add("workloads")
        return None, ""
    single = found.get("workloads", [])
    if single:
        if sets or len(single) > 1:
            names = quoted(
                [path.name for path in single] + [f"{inside.name}/"] * bool(sets)
            )
            message = word(
                "there is more than one place for workloads: {names}", names=names
            )
            findings.add(single[0].name, message, "Keep one of them.")
            findings.broken.add("workloads")
            return None, ""
        return single[0], default_set
    if default_set in sets or (len(sets) == 1 and not default_set):
        name = default_set or next(iter(sets))
        return sets[name], name
    if sets:
        message = word("unknown workload set '{wanted}'", wanted=default_set)
        remedy = suggestion(default_set, sets, "workload sets")
        if not default_set:
            message = "there are several workload sets and none is the default"
            remedy = word(
                "Set workloads = ..., one of {sets}.", sets=quoted(list(sets))
            )
        findings.add(SETTINGS_FILE, message, remedy, column="workloads")
        findings.broken.add("workloads")
    return None, ""


def _boundaries(folder: Path, findings: Findings) -> str | None:
    path = folder / BOUNDARIES_FILE
    if not path.exists():
        return None
    data = read_bytes(path, BOUNDARIES_FILE, findings)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the file is not text in UTF-8"
        findings.add(BOUNDARIES_FILE, message, "Save it as UTF-8.")
        return None


def _documents(folder: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.stem.casefold() in DOCUMENTS:
            data = read_bytes(path, path.name, Findings())
            with suppress(UnicodeDecodeError):
                # What is no text would come back as another file.
                texts |= {} if data is None else {path.name: data.decode("utf-8")}
    return texts
