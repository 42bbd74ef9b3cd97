"""Every text that people read, in English and Chinese.

English is the key; the files of ``catalogue/zh/`` map it to Chinese. A text that is not
in the catalogue (a name, a text already said) stays as it is.
"""

import json
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("en", "zh")
CATALOGUE = Path(__file__).parent / "catalogue"

spoken: ContextVar[str] = ContextVar("spoken", default="en")
"""The language of a text that asks for none; set by :class:`siting.language`."""


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Return the texts of a language by their English; English has none.

    Parameters
    ----------
    lang : {"en", "zh"}
    """
    found: dict[str, str] = {}
    for path in sorted((CATALOGUE / lang).glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def word(english: str, lang: str | None = None, /, **values: object) -> str:
    """Say a text in a language.

    Parameters
    ----------
    english : str
        The text in English, which is its key.
    lang : {"en", "zh"}, optional
        The language being spoken where none is given.
    **values
        What to put in place of ``{name}`` in the text.

    Examples
    --------
    >>> word("{count} more", count=3)
    '3 more'
    >>> word("plan", "zh")
    '方案'
    """
    text = catalogue(lang or spoken.get()).get(english, english)
    return text.format(**values) if values else text


def names_of(frame: "pd.DataFrame", lang: str | None = None) -> "pd.Series[str]":
    """Return the names of hubs or nodes in a language, by id.

    Parameters
    ----------
    frame : DataFrame
        A table with ``name`` and ``name_zh`` whose index is the id.
    lang : {"en", "zh"}, optional
        Where a row has no Chinese name (it repeats the id), its name serves.
    """
    names = frame["name"]
    if (lang or spoken.get()) != "zh" or frame.empty:
        return names
    unnamed = (frame["name_zh"] == frame["id"]) | (frame["name_zh"] == "")
    return frame["name_zh"].mask(unnamed, names)
