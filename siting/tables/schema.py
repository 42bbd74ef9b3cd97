"""What a table is: its fields with unit, default and bounds, and its key."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"


@dataclass(frozen=True)
class Field:
    """One column.

    Parameters
    ----------
    name, description, unit
        As in the data dictionary.
    kind
        How cells are read.
    required
        Whether the column must be there and its cells may not be blank.
    default
        Value of a blank cell; ``None`` leaves a number unknown (NaN).
    copies
        Column whose value a blank cell takes.
    least, most, above
        Bounds of a number: ``>= least``, ``<= most``, ``> above``.
    infinite
        Whether ``inf`` is a value.
    whole
        Whether a number must be whole.
    options
        The words allowed in a text cell.
    refers
        Table (its key) or ``table.column`` that must hold the value.
    """

    name: str
    description: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    required: bool = False
    default: str | float | bool | None = None
    copies: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    infinite: bool = False
    whole: bool = False
    options: tuple[str, ...] = ()
    refers: str = ""

    @property
    def blank(self) -> str | float | bool | tuple[str, ...]:
        """The value of a blank cell, before other columns fill it."""
        if self.kind is Kind.LIST:
            return ()
        if self.default is not None:
            return self.default
        return math.nan if self.kind is Kind.NUMBER else ""


@dataclass(frozen=True)
class Table:
    """One table.

    Parameters
    ----------
    name, description
        As in the data dictionary.
    fields
        The columns, in order.
    key
        Columns whose values together may occur once.
    indexed
        Whether the (single) key becomes the index.
    required
        Whether a scenario needs the table.
    open_columns
        Whether columns that are not listed are kept as text.
    subject
        Column that a row is called by where one name is given; blank: the first one.
    basis
        Column of the basis, or of the year, under which a row counts, if any.
    """

    name: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    indexed: bool = False
    required: bool = False
    open_columns: bool = False
    subject: str = ""
    basis: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(field.name for field in self.fields)

    @property
    def called_by(self) -> str:
        """Column that a row is called by where one name is given."""
        return self.subject or self.names[0]

    def field(self, name: str) -> Field:
        """Return the field of a name; other columns are free text."""
        for field in self.fields:
            if field.name == name:
                return field
        return Field(name, "Free text.")

    def accepts(self, name: str) -> bool:
        """Whether a column may be there."""
        free = self.open_columns or name.startswith("note")
        return name in self.names or free


def text(name: str, description: str, **traits: str | bool | tuple[str, ...]) -> Field:
    """Return a text field."""
    return Field(name, description, Kind.TEXT, **traits)  # type: ignore[arg-type]


def number(
    name: str, unit: str, description: str, **traits: float | bool | str | None
) -> Field:
    """Return a number field, at least 0 unless its traits say otherwise."""
    if "least" not in traits and "above" not in traits:
        traits["least"] = 0.0
    return Field(name, description, Kind.NUMBER, unit, **traits)  # type: ignore[arg-type]


def share(name: str, description: str, **traits: float | bool | str | None) -> Field:
    """Return a field for a share, 0 to 1."""
    return number(name, "share", description, most=1.0, **traits)


def flag(name: str, description: str, *, default: bool) -> Field:
    """Return a yes/no field."""
    return Field(name, description, Kind.FLAG, default=default)


def ids(name: str, description: str, refers: str) -> Field:
    """Return a field whose cells list ids, separated by ``;``."""
    return Field(name, description, Kind.LIST, refers=refers)


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    """Return tables under their names."""
    return {table.name: table for table in tables}
