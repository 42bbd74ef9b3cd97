"""Writes a scenario's directory: beside its place, then renamed."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from siting.errors import InputError, Problem
from siting.tables.collect import BOUNDARIES_FILE, SETTINGS_FILE, Given
from siting.tables.datapackage import PACKAGE_FILE, package_json
from siting.tables.dictionary import TABLES
from siting.tables.write import write_table
from siting.words import word

FORMATS = ("csv", "parquet")


def save_scenario(
    target: Path,
    given: Given,
    texts: Mapping[str, str],
    title: tuple[str, str],
    kind: str,
    overwrite: bool,
) -> Path:
    """Write tables, settings and descriptor into a directory and return its path.

    Parameters
    ----------
    target
        The directory.
    given
        Tables, boundaries and documents.
    texts
        Other files by name.
    title
        Name and title of the scenario.
    kind
        ``csv`` or ``parquet``.
    overwrite
        Whether a scenario that is there may be replaced.
    """
    if kind not in FORMATS:
        refuse(
            target, word("unknown format '{kind}'", kind=kind), "Give csv or parquet."
        )
    check_target(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            part.chmod(0o755)
            _write(part, given, texts, title, kind)
            put_in_place(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        refuse(
            target,
            word("it cannot be written ({reason})", reason=reason),
            "Choose another place.",
        )
    return target


def refuse(target: Path, message: str, remedy: str) -> None:
    """Raise an input error about a place to write to."""
    raise InputError([Problem(str(target), None, None, message, remedy)])


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a place that is taken by anything but a scenario to be replaced."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        refuse(target, "there is a file in this place", "Choose another directory.")
    if not any(target.iterdir()):
        return
    if not overwrite:
        refuse(target, "the directory is not empty", "Choose another directory.")
    if not (target / SETTINGS_FILE).is_file():
        message = "the directory holds something else than a scenario"
        refuse(target, message, "Choose another directory.")


def put_in_place(part: Path, target: Path) -> None:
    """Rename a finished directory to its place; what was there goes last."""
    if not target.exists():
        part.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    target.rename(old / "old")
    try:
        part.rename(target)
    except OSError:
        (old / "old").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(
    folder: Path,
    given: Given,
    texts: Mapping[str, str],
    title: tuple[str, str],
    kind: str,
) -> None:
    for name, text in {**texts, **given.documents}.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    if given.boundaries is not None:
        path = folder / BOUNDARIES_FILE
        path.write_text(given.boundaries, encoding="utf-8", newline="\n")
    paths = {}
    for name, table in TABLES.items():
        if name in given.tables:
            stem = folder / name
            paths[name] = [write_table(given.tables[name], table, stem, kind)]
    columns = {
        path: [str(column) for column in given.tables[name].columns]
        for name, found in paths.items()
        for path in found
    }
    descriptor = package_json(folder, columns, *title, given.tables.get("sources"))
    (folder / PACKAGE_FILE).write_text(descriptor, encoding="utf-8", newline="\n")
