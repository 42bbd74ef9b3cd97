"""How the summary writes figures: numbers, money, rows of a table, wrapped lines."""

from collections.abc import Iterable
from textwrap import fill

import numpy as np

WIDTH = 91
LABEL, COLUMN = 25, 11
MILLION_FROM, THOUSAND_FROM = 1e7, 1e4


class Money:
    """A unit of money in which the largest of some amounts is easy to read."""

    def __init__(self, amounts_cny: Iterable[float]) -> None:
        amounts = np.abs(np.fromiter(amounts_cny, float))
        largest = np.nanmax(amounts, initial=0.0)
        if largest >= MILLION_FROM:
            self.unit, self.divisor = "M CNY", 1e6
        elif largest >= THOUSAND_FROM:
            self.unit, self.divisor = "k CNY", 1e3
        else:
            self.unit, self.divisor = "CNY", 1.0

    def text(self, amount_cny: float, decimals: int = 1) -> str:
        """Write an amount without its unit."""
        return number(amount_cny / self.divisor, decimals)


def number(value: float, decimals: int) -> str:
    """Write a number with thousands apart, without the sign of a rounded zero."""
    if not np.isfinite(value):
        return "-" if np.isnan(value) else "unlimited"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def all_zero(cells: Iterable[str]) -> bool:
    """Whether no cell shows anything but zeros and blanks."""
    return not "".join(cells).strip("-0.")


def row(label: str, cells: Iterable[str]) -> str:
    """Write a label and right-aligned cells."""
    return f"{label:<{LABEL}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells)


def wrapped(text: str, indent: str = "") -> str:
    """Break a sentence into lines of the summary's width."""
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
