"""What every step shares: facts, assumptions, provinces, the register of sources."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
FACTS = HERE.parent / "facts"
GRADES = {"high": "A", "medium": "B", "low": "C"}

# The official three-region convention of the National Bureau of Statistics.
EAST = ("BJ", "TJ", "HE", "LN", "SH", "JS", "ZJ", "FJ", "SD", "GD", "HI")
CENTRAL = ("SX", "JL", "HL", "AH", "JX", "HA", "HB", "HN")


def side_of(province: str) -> str:
    if province in EAST:
        return "east"
    return "central" if province in CENTRAL else "west"


def facts(name: str) -> pd.DataFrame:
    return pd.read_csv(FACTS / f"{name}.csv", keep_default_na=False, dtype=str)


def variable(table: pd.DataFrame, name: str, year: str = "") -> pd.Series:
    """One variable of a long facts table as numbers, by id."""
    rows = table[table["variable"] == name]
    if year:
        rows = rows[rows["year"] == year]
    rows = rows.drop_duplicates("id")
    return rows.set_index("id")["value"].astype(float)


@dataclass(frozen=True)
class Assumption:
    name: str
    value: Any
    unit: str
    source: str
    year: str
    grade: str
    enters: str
    low: float | None = None
    high: float | None = None
    note: str = ""


def read_assumptions() -> dict[str, Assumption]:
    with (HERE / "assumptions.toml").open("rb") as file:
        entries = tomllib.load(file)
    return {name: Assumption(name=name, **entry) for name, entry in entries.items()}


ASSUMPTIONS = read_assumptions()


def value(name: str) -> Any:
    return ASSUMPTIONS[name].value


@dataclass
class Sources:
    """Where each shipped value comes from; becomes sources.csv."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(
        self,
        table: str,
        column: str,
        source: str,
        grade: str,
        *,
        key: str = "*",
        basis: str = "",
        value: object = "",
        unit: str = "",
        year: object = "",
        note: str = "",
    ) -> None:
        self.rows.append(
            {
                "table": table,
                "key": key,
                "basis": basis,
                "column": column,
                "value": str(value),
                "unit": unit,
                "source": source,
                "year": str(year),
                "grade": grade,
                "note": note,
            }
        )

    def assumed(self, table: str, column: str, name: str, **more: Any) -> None:
        """Register an entry of assumptions.toml as the source of a column."""
        entry = ASSUMPTIONS[name]
        span = "" if entry.low is None else f"range {entry.low:g} to {entry.high:g}"
        note = "; ".join(text for text in (entry.note, span) if text)
        shown = entry.value if isinstance(entry.value, (int, float)) else ""
        self.add(
            table,
            column,
            more.pop("source", entry.source),
            more.pop("grade", entry.grade),
            value=more.pop("value", shown),
            unit=more.pop("unit", entry.unit),
            year=entry.year,
            note=more.pop("note", note),
            **more,
        )

    def fact(self, table: str, column: str, row: pd.Series, **more: Any) -> None:
        """Register a row of a facts file as the source of a value."""
        note = "; ".join(text for text in (more.pop("note", ""), row["note"]) if text)
        self.add(
            table,
            column,
            row["source"],
            more.pop("grade", GRADES[row["confidence"]]),
            value=more.pop("value", row["value"]),
            unit=more.pop("unit", row["unit"]),
            year=row["year"],
            note=note,
            **more,
        )

    def frame(self) -> pd.DataFrame:
        """The register, rows that differ only in the key joined into one."""
        table = pd.DataFrame(self.rows)
        others = [column for column in table.columns if column != "key"]
        joined = table.groupby(others, sort=False, as_index=False)["key"].agg("|".join)
        return joined[list(table.columns)]


def write(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
