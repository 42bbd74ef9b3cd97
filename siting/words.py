"""Every text of figures and table heads, in English and Chinese.

English is the key; ``catalogue/zh.json`` maps it to Chinese. A text that is not in the
catalogue stays English.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import InputError, Problem, one_of

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("en", "zh")
CATALOGUE = Path(__file__).parent / "catalogue"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Return the texts of a language by their English; English has none.

    Parameters
    ----------
    lang : {"en", "zh"}

    Raises
    ------
    InputError
        For an unknown language.
    """
    if lang not in LANGUAGES:
        message = f"'{lang}' is not a language of this release"
        raise InputError(
            [Problem("lang", None, None, message, one_of(lang, LANGUAGES))]
        )
    if lang == "en":
        return {}
    found = json.loads((CATALOGUE / f"{lang}.json").read_text(encoding="utf-8"))
    return {str(english): str(text) for english, text in found.items()}


def word(english: str, lang: str = "en", **values: object) -> str:
    """Say a text in a language.

    Parameters
    ----------
    english : str
        The text in English, which is its key.
    lang : {"en", "zh"}
    **values
        What to put in place of ``{name}`` in the text.

    Examples
    --------
    >>> word("{count} more", count=3)
    '3 more'
    >>> word("plan", "zh")
    '方案'
    """
    text = catalogue(lang).get(english, english)
    return text.format(**values) if values else text


def names_of(frame: "pd.DataFrame", lang: str = "en") -> "pd.Series[str]":
    """Return the names of hubs or nodes in a language, by id.

    Parameters
    ----------
    frame : DataFrame
        A table with ``name`` and ``name_zh`` whose index is the id.
    lang : {"en", "zh"}
        Where a row has no Chinese name (it repeats the id), its name serves.
    """
    names = frame["name"]
    if lang != "zh" or frame.empty:
        return names
    unnamed = (frame["name_zh"] == frame["id"]) | (frame["name_zh"] == "")
    return frame["name_zh"].mask(unnamed, names)
