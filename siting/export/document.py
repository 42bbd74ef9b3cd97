"""A plan with its scenario as one JSON document, and the schema of it."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.export.place import write_json
from siting.plan_files import TABLES, TEXT
from siting.tables.dictionary import TABLES as SCENARIO_TABLES
from siting.tables.schema import Field, Kind

if TYPE_CHECKING:
    from siting.plan import Plan

FORMAT, FORMAT_VERSION = "siting-plan-document", 1
SCHEMA_FILE = Path(__file__).with_name("plan.schema.json")


def write_document(plan: "Plan", path: Path) -> None:
    """Write the document that ``plan.schema.json`` describes."""
    write_json(document(plan), path)


def document(plan: "Plan") -> dict[str, Any]:
    """Return a plan and its scenario as plain values.

    Unknown numbers are null and unlimited ones the text ``inf``.
    """
    scenario = plan.scenario
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "manifest": plan.manifest,
        "tables": {name: _records(table) for name, table in plan.tables.items()},
        "scenario": {
            "settings": _plain(asdict(scenario.settings)),
            "policy": _plain(asdict(scenario.policy)),
            "tables": {
                name: _records(getattr(scenario, name)) for name in SCENARIO_TABLES
            },
        },
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {str(name): _cells(table[name]) for name in table.columns}
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _cells(column: "pd.Series[Any]") -> list[Any]:
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of the document, from the dictionaries."""
    own = {
        name: _rows(
            {c: _TEXT if kind == TEXT else _NUMBER for c, kind in kinds.items()}
        )
        for name, kinds in TABLES.items()
    }
    given = {
        name: _rows({f.name: _field(f) for f in table.fields}, closed=False)
        for name, table in SCENARIO_TABLES.items()
    }
    whole = {
        "format": {"const": FORMAT},
        "format_version": {"const": FORMAT_VERSION},
        "manifest": _MANIFEST,
        "tables": _object(own),
        "scenario": _object(
            {
                "settings": {"type": "object", "required": ["name"]},
                "policy": {"type": "object"},
                "tables": _object(given),
            }
        ),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:siting:plan-document:1",
        "title": "A plan of siting with its scenario",
        "description": "Columns and units are those of docs/plan.md and docs/data.md. "
        "A number that is unknown is null, one that is unlimited the text inf.",
        **_object(whole),
        "$defs": {
            "number": {"anyOf": [{"type": "number"}, {"enum": [None, "inf", "-inf"]}]}
        },
    }


_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"$ref": "#/$defs/number"}
_MANIFEST = {
    "type": "object",
    "required": ["format", "format_version"],
    "properties": {
        "format": {"const": "siting-plan"},
        "format_version": {"const": 1},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "options": {"type": "object"},
        "stages": {"type": "array", "items": {"type": "object"}},
        "objective": {"type": ["number", "null"]},
        "bound": {"type": ["number", "null"]},
        "gap": {"type": ["number", "null"]},
        "status": {"type": "string"},
        "seconds": {"type": "object"},
    },
}


def _object(properties: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    found["required"] = list(properties)
    if closed:
        found["additionalProperties"] = False
    return found


def _rows(properties: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties, closed=closed)}


def _field(field: Field) -> dict[str, Any]:
    kinds: dict[Kind, dict[str, Any]] = {
        Kind.TEXT: _TEXT,
        Kind.NUMBER: _NUMBER,
        Kind.FLAG: {"type": "boolean"},
        Kind.LIST: {"type": "array", "items": _TEXT},
    }
    unit = f" ({field.unit})" if field.unit else ""
    return {**kinds[field.kind], "description": f"{field.description}{unit}"}
