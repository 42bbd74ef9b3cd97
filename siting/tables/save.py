"""Writes a scenario's directory."""

from collections.abc import Collection, Mapping
from pathlib import Path

from siting.errors import one_of
from siting.folders import Kind, new_folder, refuse
from siting.tables.collect import (
    BOUNDARIES_FILE,
    POLICY_FILE,
    SETTINGS_FILE,
    WORKLOADS_FOLDER,
    Given,
    table_files,
)
from siting.tables.datapackage import PACKAGE_FILE, package_json
from siting.tables.dictionary import TABLES
from siting.tables.read import parts_of
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
        message = word("unknown format '{kind}'", kind=kind)
        refuse(message, target, one_of(kind, FORMATS))
    with new_folder(target, scenario_of(given.documents), overwrite=overwrite) as part:
        _write(part, given, texts, title, kind)
    return target


def scenario_of(documents: Collection[str]) -> Kind:
    """Return what a scenario's directory is, and what in it may be replaced.

    Parameters
    ----------
    documents
        Names of README and LICENCE that are written in place of those there.
    """

    def own(folder: Path) -> list[str]:
        if not (folder / SETTINGS_FILE).is_file():
            return []
        found = [SETTINGS_FILE, POLICY_FILE, BOUNDARIES_FILE, PACKAGE_FILE, *documents]
        for path in table_files(folder):
            # Only one set is kept in memory, and no other layers of a GeoPackage.
            if path.parent.name == WORKLOADS_FOLDER or path.suffix[1:] not in FORMATS:
                continue
            parts = parts_of(path) if path.is_dir() else [path]
            found += [part.relative_to(folder).as_posix() for part in parts]
        return found

    return Kind(
        own,
        there="there is a scenario already",
        foreign="the folder holds files that are no part of a saved scenario: {names}",
    )


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
