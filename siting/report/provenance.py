"""How it is counted, where the figures come from, and how the plan came about."""

import hashlib
from typing import TYPE_CHECKING, Any

from siting import summary
from siting.export.cover import GRADES, mapping
from siting.fingerprint import table_hash
from siting.names import Names
from siting.report.table import Row, Table, heads
from siting.savings import baseline_notes
from siting.statements import in_use
from siting.wording import few
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

HASHES = "scenario_sha256"


def accounting(plan: "Plan") -> Table:
    """Return the choices behind every comparison."""
    rows = tuple(map(Row, summary.accounting(plan.scenario).items()))
    notes = tuple(baseline_notes(plan))
    told = heads([word("what"), word("how")], "", "long")
    return Table(word("How it is counted"), told, rows, notes)


def grades(plan: "Plan") -> str:
    """Count the statements about figures in use by grade, in a sentence or two."""
    sources = plan.scenario.sources
    if sources.empty:
        return word("The scenario names no sources.")
    counts = in_use(plan.scenario)["grade"].value_counts()
    told = [
        f"{grade} ({word(words)}) {counts.get(grade, 0):,}"
        for grade, words in GRADES.items()
    ]
    text = word("Statements about figures in use by grade: {told}.", told=few(told))
    if (sources["table"] == "workloads").any():
        return text
    return " ".join([text, word(summary.NO_SOURCE)])


def sources(plan: "Plan") -> Table:
    """Return every statement about where a figure comes from."""
    names = Names(plan.scenario)
    rows = []
    for row in plan.scenario.sources.to_dict("records"):
        year = row["year"]
        cells = (
            str(row["column"]),
            _applies_to(names, *(str(row[part]) for part in ("table", "key", "basis"))),
            _with_unit(_text(row["value"]), _text(row["unit"])),
            str(row["grade"]),
            _text(int(year) if isinstance(year, float) and year == year else year),
            _text(row["source"]),
            _text(row["note"]),
        )
        rows.append(Row((str(row["table"]), *cells)))
    kinds = {
        **{"table": "short", "column": "slim", "applies to": "", "value": "slim"},
        **{"grade": "short", "year": "short", "source": "long", "note": "long"},
    }
    return Table(
        word("Sources"),
        heads([word(text) for text in kinds], *kinds.values()),
        tuple(rows),
    )


def _applies_to(names: Names, table: str, key: str, basis: str) -> str:
    keys = names.keys(table, key)
    return word("{keys} ({basis})", keys=keys, basis=word(basis)) if basis else keys


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}".strip() if value else "–"


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def fingerprints(plan: "Plan") -> dict[str, str]:
    """Hash every table of the plan: equal for equal content."""
    return {name: table_hash(table) for name, table in plan.tables.items()}


def plan_hash(plan: "Plan") -> str:
    """Return one hash for the tables of a plan and its scenario."""
    digest = hashlib.sha256()
    # Both have tables of the same name.
    parts = {"plan": fingerprints(plan), "scenario": plan.manifest.get(HASHES) or {}}
    for part, hashes in parts.items():
        for name, value in hashes.items():
            digest.update(f"{part}.{name}={value}\n".encode())
    return digest.hexdigest()


def manifest(plan: "Plan") -> Table:
    """Return how the plan came about, and hashes of all that it holds."""
    given = {k: v for k, v in plan.manifest.items() if k != "baseline_notes"}
    given |= {"plan_sha256": fingerprints(plan), "sha256": plan_hash(plan)}
    rows = []
    for line in mapping(given):
        key, value = line.cells
        rows.append(Row((str(key), str(value))))
    texts = heads([word("key"), word("value")], "short", "long")
    return Table(word("Manifest"), texts, tuple(rows))
