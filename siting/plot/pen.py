"""How a figure writes: language, fonts, lengths, nothing that is not drawable."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.language import language
from siting.plot.fonts import LATIN, characters, chinese_family
from siting.words import names_of, word

if TYPE_CHECKING:
    from siting.scenario import Scenario

UNKNOWN = "?"
LEFT_TO_RIGHT = "\u200e"
NO_FONT = "Chinese text needs a Chinese font: see docs/figures.md"


@dataclass(frozen=True)
class Pen:
    """Writes texts of a figure.

    Attributes
    ----------
    lang : {"en", "zh"}
        The language drawn: English where Chinese is asked for and no font has it.
    families : tuple of str
        Fonts, the first that has a character draws it.
    note : str
        What to say about the language, or "".
    """

    lang: str
    families: tuple[str, ...]
    note: str

    @classmethod
    def of(cls, lang: str | None) -> "Pen":
        """Return the pen of a language; without one, of the language being spoken."""
        with language(lang) as chosen:
            chinese = chinese_family()
            families = (LATIN, chinese) if chinese else (LATIN,)
            if chosen == "zh" and not chinese:
                return cls("en", families, NO_FONT)
            return cls(chosen, families[::-1] if chosen == "zh" else families, "")

    def say(self, english: str, **values: object) -> str:
        """Say one of our own texts; values are words, numbers or cleaned names."""
        return word(english, self.lang, **values)

    def counted(self, scenario: "Scenario") -> str:
        """Say in one line by which accounting figures hold."""
        from siting.summary import counted

        with language(self.lang):
            return counted(scenario)

    def clean(self, text: str, most: int = 28) -> str:
        """Return a name as it can be drawn: one line, not too long, no boxes.

        Parameters
        ----------
        text : str
            Any text.
        most : int
            Largest width in halves of a Chinese character.
        """
        drawable = set().union(*map(characters, self.families))
        flat = " ".join(unicodedata.normalize("NFC", text).split())
        seen = (c for c in flat if not _silent(c))
        shown = "".join(c if ord(c) in drawable else UNKNOWN for c in seen)
        short = shorten(shown, most).replace("$", r"\$")
        leftward = any(unicodedata.bidirectional(c) in ("R", "AL") for c in short)
        if leftward and ord(LEFT_TO_RIGHT) in drawable:
            # Else the name would turn round the words and arrows beside it.
            return f"{LEFT_TO_RIGHT}{short}{LEFT_TO_RIGHT}"
        return short

    def names(self, frame: Any, most: int = 28) -> dict[str, str]:
        """Return drawable names of hubs or nodes by id.

        A name the fonts cannot draw gives way to the English one, then to the id.
        """
        found = {}
        choices = zip(
            frame.index,
            names_of(frame, self.lang),
            frame["name"],
            strict=True,
        )
        for key, name, english in choices:
            options = [name, english, str(key)]
            whole = [o for o in options if self._whole(o)]
            found[str(key)] = self.clean((whole or options)[0], most)
        return found

    def _whole(self, text: str) -> bool:
        """Whether every character that shows can be drawn."""
        drawable = set().union(*map(characters, self.families))
        return all(ord(c) in drawable or _silent(c) or c.isspace() for c in text)


def _silent(character: str) -> bool:
    """Whether a character only steers others: directions, joiners, variants."""
    kind = unicodedata.category(character)
    return kind in ("Cf", "Cc", "Cs") or 0xFE00 <= ord(character) <= 0xFE0F


def width(text: str) -> int:
    """Return the width of a text in halves of a Chinese character."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide


def shorten(text: str, most: int) -> str:
    """Cut a text to a width, with an ellipsis.

    >>> shorten("Inner Mongolia", 9)
    'Inner Mo…'
    """
    if width(text) <= most:
        return text
    while text and width(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def amount(value: float) -> str:
    """Write a number with three figures, thousands apart.

    >>> amount(12345.6), amount(3.14159), amount(0)
    ('12,346', '3.14', '0')
    """
    if not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    text = f"{value:,.{digits}f}"
    if abs(value - round(value)) < 1e-9 and "." in text:
        text = text.partition(".")[0]
    return text.replace("-", "−")


def unit_of(
    values: Any, units: Mapping[float, str], least: float = 10.0
) -> tuple[float, str]:
    """Return divisor and name of the unit in which the largest value reads well.

    That is the largest unit of which there are at least ``least``.
    """
    array = np.abs(np.asarray(values, dtype=float))
    largest = np.nanmax(array[np.isfinite(array)], initial=0.0)
    fitting = [size for size in units if largest >= least * size] or [min(units)]
    return max(fitting), units[max(fitting)]


MONEY = {1.0: "CNY", 1e3: "k CNY", 1e6: "M CNY"}
ENERGY = {1.0: "MWh", 1e3: "GWh", 1e6: "TWh"}
CARBON = {1.0: "t", 1e3: "kt", 1e6: "Mt"}
