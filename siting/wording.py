"""How the summary writes figures: numbers, money, rows of a table, wrapped lines."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from unicodedata import east_asian_width

import numpy as np
from rich.cells import cell_len

from siting.words import word

WIDTH = 91
LABEL, COLUMN = 25, 11
MILLION_FROM, THOUSAND_FROM = 1e7, 1e4


class Money:
    """A unit of money in which the largest of some amounts is easy to read."""

    def __init__(self, amounts_cny: Iterable[float]) -> None:
        amounts = np.abs(np.fromiter(amounts_cny, float))
        largest = np.nanmax(amounts, initial=0.0)
        if largest >= MILLION_FROM:
            self.unit, self.divisor = word("M CNY"), 1e6
        elif largest >= THOUSAND_FROM:
            self.unit, self.divisor = word("k CNY"), 1e3
        else:
            self.unit, self.divisor = word("CNY"), 1.0

    def text(self, amount_cny: float, decimals: int = 1) -> str:
        """Write an amount without its unit."""
        return number(amount_cny / self.divisor, decimals)


def number(value: float, decimals: int) -> str:
    """Write a number with thousands apart, without the sign of a rounded zero."""
    if not np.isfinite(value):
        return "-" if np.isnan(value) else word("unlimited")
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def all_zero(cells: Iterable[str]) -> bool:
    """Whether no cell shows anything but zeros and blanks."""
    return not "".join(cells).strip("-0.")


def row(label: str, cells: Iterable[str]) -> str:
    """Write a label and right-aligned cells."""
    return left(label, LABEL) + "".join(right(cell, COLUMN) for cell in cells)


def few(names: Sequence[str], most: int = 3) -> str:
    """List some names and count the rest."""
    text = word(", ").join(names[:most])
    rest = len(names) - most
    if rest <= 0:
        return text
    return word("{names} and {count} more", names=text, count=rest)


def left(text: str, width: int) -> str:
    """Fill a text up to a width on the terminal, where Chinese takes two columns."""
    return text + " " * (width - cell_len(text))


def right(text: str, width: int) -> str:
    """Fill a text up to a width on the terminal, from its left; a blank sets it off."""
    return " " * max(1, width - cell_len(text)) + text


def wrapped(text: str, indent: str = "") -> str:
    """Break a sentence into lines of the summary's width."""
    further = f"{indent}  "
    if cell_len(text) == len(text):
        return fill(text, WIDTH, initial_indent=indent, subsequent_indent=further)
    lines, line = [], indent
    for piece in pieces(text):
        if cell_len(line + piece.rstrip()) > WIDTH:
            lines.append(line.rstrip())
            line = further
        line += piece
    return "\n".join([*lines, line.rstrip()])


def pieces(text: str) -> list[str]:
    """Cut a text where a line may end: after a space or a Chinese character."""
    found, start = [], 0
    for place, character in enumerate(text, 1):
        wide = east_asian_width(character) in "WF"
        after = text[place : place + 1]
        closing = bool(after) and after in "，。；：、）”…"
        if (character == " " or (wide and character not in "（“")) and not closing:
            found.append(text[start:place])
            start = place
    return [*found, text[start:]]
