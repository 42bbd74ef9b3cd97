"""Folders of exports: what an export has written in them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.folders import Kind

if TYPE_CHECKING:
    from siting.plan import Plan

MARK = "export.json"
FORMAT = "siting-export"


def write_mark(plan: "Plan", folder: Path, kind: str) -> None:
    """Write where a finished folder of an export comes from, and what is its own."""
    files = sorted(path.name for path in folder.iterdir())
    facts = {"format": FORMAT, "kind": kind, "files": files, "manifest": plan.manifest}
    write_json(facts, folder / MARK)


def write_json(value: Any, path: Path) -> None:
    """Write strict JSON in UTF-8."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _own(folder: Path) -> list[str]:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(mark, dict) or mark.get("format") != FORMAT:
        return []
    files = mark.get("files")
    return [MARK, *map(str, files)] if isinstance(files, list) else [MARK]


EXPORT = Kind(
    _own,
    there="there is an export already",
    foreign="the folder holds files that no export has written: {names}",
)
