"""The shipped regions, and loading a scenario by name or directory."""

import shutil
from pathlib import Path
from typing import Any

from siting.errors import InputError, Problem, suggestion
from siting.folders import NEW, new_folder
from siting.scenario import Scenario
from siting.tables.collect import (
    BOUNDARIES_FILE,
    DOCUMENTS,
    POLICY_FILE,
    SETTINGS_FILE,
    check_directory,
    table_files,
)
from siting.tables.datapackage import PACKAGE_FILE, describe_folder
from siting.words import word

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "_regions", _HERE.parent / "regions")


def _packs() -> dict[str, Path]:
    """Return the shipped regions: inside a wheel, else at the top of the tree."""
    for place in _PLACES:
        if place.is_dir():
            folders = sorted(path for path in place.iterdir() if path.is_dir())
            return {p.name: p for p in folders if (p / SETTINGS_FILE).is_file()}
    return {}


def available() -> list[str]:
    """Return the names of the shipped regions."""
    return list(_packs())


def find(name_or_path: str | Path) -> Path:
    """Return the directory of a region or of a scenario.

    Parameters
    ----------
    name_or_path
        Name of a shipped region, or a directory. A directory of this name goes
        before a region if it is written as a path, such as ``./china``.

    Raises
    ------
    InputError
        If there is neither.
    """
    packs = _packs()
    given = str(name_or_path)
    if isinstance(name_or_path, str) and given in packs:
        return packs[given]
    path = Path(name_or_path)
    try:
        # A path of no letters would be the working directory.
        if given and path.exists():
            return path
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = word("the directory cannot be looked at ({reason})", reason=reason)
        raise InputError(
            [Problem(given, None, None, message, "Give another directory.")]
        ) from error
    message = word("there is no region and no directory '{given}'", given=given)
    remedy = suggestion(given, packs, "regions")
    raise InputError([Problem(given, None, None, message, remedy)])


def load(
    name_or_path: str | Path, workloads: str | Path | None = None, **settings: Any
) -> Scenario:
    """Load a shipped region, or a scenario from its directory.

    Parameters
    ----------
    name_or_path
        Name of a region, such as ``china``, or a directory.
    workloads
        A workload set of it, or a CSV, Parquet or GeoPackage file.
    **settings
        Settings that go before those of ``scenario.toml``.

    Raises
    ------
    InputError
        With every problem found.
    """
    return Scenario.load(find(name_or_path), workloads=workloads, **settings)


def new(directory: str | Path, source: str | Path = "china") -> Path:
    """Copy a region or a scenario as the start of another, and return its directory.

    Parameters
    ----------
    directory
        Where to; it may not exist, or be empty.
    source
        Name of a region, or a scenario's directory.

    Raises
    ------
    InputError
        If the place is taken or cannot be written.
    """
    origin, target = find(source), Path(directory)
    check_directory(origin)
    with new_folder(target, NEW, overwrite=False) as part:
        for path in _scenario_files(origin):
            copy = part / path.relative_to(origin)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
        text = describe_folder(part)
        (part / PACKAGE_FILE).write_text(text, encoding="utf-8", newline="\n")
    return target


def _scenario_files(folder: Path) -> list[Path]:
    """Return the files that make up a scenario, without how they were derived."""
    fixed = (SETTINGS_FILE, POLICY_FILE, BOUNDARIES_FILE)
    found = []
    for path in sorted(folder.iterdir()):
        document = path.stem.casefold() in DOCUMENTS
        if path.is_file() and (document or path.name in fixed):
            found.append(path)
    return found + table_files(folder)
