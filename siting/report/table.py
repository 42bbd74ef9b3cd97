"""Tables as a page shows them: texts only, with what stands to the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from siting.wording import number
from siting.words import word


@dataclass(frozen=True)
class Head:
    """Head of a column.

    Attributes
    ----------
    text : str
    kind : {"", "right", "short", "slim", "long"}
        Of its cells: names, numbers, words that are not broken or may be anywhere,
        sentences.
    """

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """One row: the first cell names it.

    Attributes
    ----------
    cells : tuple of str
    kind : {"", "total", "part"}
        A total stands out, a part of one is set in.
    """

    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    caption : str
    heads : tuple of Head
    rows : tuple of Row
    notes : tuple of str
        What is said below.
    mark : str
        Cells with this text stand out.
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    mark: str = ""


def heads(texts: Sequence[str], *kinds: str) -> tuple[Head, ...]:
    """Return heads of columns: kinds of the first ones, the others hold numbers."""
    rest = ["right"] * (len(texts) - len(kinds))
    return tuple(map(Head, texts, [*kinds, *rest]))


def figure(value: float, decimals: int) -> str:
    """Write a number with a true minus; unknown is a dash, unlimited a word."""
    text = number(value, decimals)
    if text in ("-", "unlimited"):
        return "–" if text == "-" else word(text)
    return text.replace("-", "−")
