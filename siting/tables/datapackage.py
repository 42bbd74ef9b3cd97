"""The Frictionless descriptor of a scenario's directory, made from the schema."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import InputError
from siting.tables.collect import SETTINGS_FILE, table_files
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings
from siting.tables.read import parts_of, read_file
from siting.tables.schema import Field, Kind, Table
from siting.tables.toml import read_toml

PACKAGE_FILE = "datapackage.json"
_TYPES = {
    Kind.TEXT: "string",
    Kind.LIST: "string",
    Kind.NUMBER: "number",
    Kind.FLAG: "boolean",
}
_MEDIA = {
    ".csv": ("csv", "text/csv"),
    ".parquet": ("parquet", "application/vnd.apache.parquet"),
    ".gpkg": ("gpkg", "application/geopackage+sqlite3"),
}
_TRUE = ["true", "True", "TRUE", "yes", "1"]
_FALSE = ["false", "False", "FALSE", "no", "0"]


def package_json(
    folder: Path,
    columns: Mapping[Path, Sequence[str]],
    name: str,
    title: str,
    sources: pd.DataFrame | None,
) -> str:
    """Return the text of ``datapackage.json``.

    Parameters
    ----------
    folder
        The scenario's directory, for the licence.
    columns
        Columns of each table file, in order; the file's stem, or its folder, names
        the table.
    name, title
        Of the scenario.
    sources
        The table of sources, if any.
    """
    tables = {path: _table_of(path, folder) for path in columns}
    there = {table.name for path, table in tables.items() if path.parent == folder}
    package: dict[str, Any] = {
        "profile": "data-package",
        "name": _slug(name) or "scenario",
        "title": title or name or "Scenario",
        "licenses": _licences(folder),
        "sources": _sources(sources),
        "resources": [
            _resource(path, folder, tables[path], names, there)
            for path, names in columns.items()
        ],
    }
    kept = {key: value for key, value in package.items() if value != []}
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def _table_of(path: Path, folder: Path) -> Table:
    return TABLES[path.stem if path.parent == folder else path.parent.name]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.casefold()).strip("-")


def _licences(folder: Path) -> list[dict[str, str]]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.stem.casefold() in ("licence", "license") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            lines = [line.strip("# ").strip() for line in text.splitlines()]
            title = next((line for line in lines if line), path.name)
            found.append({"path": path.name, "title": title})
    return found


def _sources(sources: pd.DataFrame | None) -> list[dict[str, str]]:
    if sources is None or "source" not in sources.columns:
        return []
    named = sources.loc[sources["source"] != "", "source"].unique().tolist()
    return [{"title": str(title)} for title in named]


def _resource(
    path: Path, folder: Path, table: Table, names: Sequence[str], there: set[str]
) -> dict[str, Any]:
    place = path.relative_to(folder)
    form, media = _MEDIA[path.suffix.lower()]
    schema: dict[str, Any] = {
        "fields": [_field(table.field(name), table) for name in names],
        "missingValues": [""],
    }
    if table.indexed and all(name in names for name in table.key):
        blank_ids = not table.field(table.key[0]).required
        if not blank_ids:
            schema["primaryKey"] = list(table.key)
    foreign = [
        {
            "fields": [name],
            "reference": {
                "resource": table.field(name).refers,
                "fields": [TABLES[table.field(name).refers].key[0]],
            },
        }
        for name in names
        if table.field(name).refers in there and table.field(name).kind is Kind.TEXT
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": _slug("-".join(place.with_suffix("").parts)),
        "path": [part.relative_to(folder).as_posix() for part in parts_of(path)]
        if path.is_dir()
        else place.as_posix(),
        "title": table.description,
        "profile": "tabular-data-resource" if form == "csv" else "data-resource",
        "format": form,
        "mediatype": media,
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(field: Field, table: Table) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": field.name,
        "type": _TYPES[field.kind],
        "description": field.description,
    }
    if field.unit:
        entry["unit"] = field.unit
    if field.kind is Kind.FLAG:
        entry["trueValues"], entry["falseValues"] = _TRUE, _FALSE
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if field.least is not None:
        constraints["minimum"] = field.least
    if field.most is not None:
        constraints["maximum"] = field.most
    if field.options:
        constraints["enum"] = list(field.options)
    if constraints:
        entry["constraints"] = constraints
    return entry


def describe_folder(folder: Path) -> str:
    """Return the text of ``datapackage.json`` for a scenario's directory as it is.

    Raises
    ------
    InputError
        If a table or the settings cannot be read.
    """
    from pyarrow.parquet import read_schema

    findings = Findings()
    settings = read_toml(folder / SETTINGS_FILE, SETTINGS_FILE, findings).values
    columns: dict[Path, list[str]] = {}
    sources = None
    for path in table_files(folder):
        table = _table_of(path, folder)
        file = path.relative_to(folder).as_posix()
        if path.is_dir() and parts_of(path):
            # Too large to be read for its names.
            columns[path] = read_schema(parts_of(path)[0]).names
            continue
        records = read_file(path, file, table, findings)
        if records is not None:
            columns[path] = [str(name) for name in records.frame.columns]
            if table.name == "sources":
                sources = records.frame
    if findings.problems:
        raise InputError(findings.problems)
    name = str(settings.get("name", folder.name))
    return package_json(folder, columns, name, str(settings.get("title", "")), sources)
