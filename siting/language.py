"""Which language is spoken: chosen for a while, or taken from the locale."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from siting.errors import InputError, Problem, one_of
from siting.words import LANGUAGES, spoken, word

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType


class language:  # noqa: N801  (it is called like a function)
    """Speak a language from here on; as a context manager, inside it only.

    Parameters
    ----------
    lang : {"en", "zh"}, optional
        Without it the language stays as it is.

    Raises
    ------
    InputError
        For an unknown language.

    Examples
    --------
    >>> from siting.words import word
    >>> with language("zh"):
    ...     word("hub")
    '枢纽'
    """

    def __init__(self, lang: str | None = None) -> None:
        if lang is not None and lang not in LANGUAGES:
            message = word("'{lang}' is not a language of this release", lang=lang)
            # As a locale is written: zh_CN.
            remedy = one_of(str(lang)[:2].lower(), LANGUAGES)
            raise InputError([Problem("lang", None, None, message, remedy)])
        self._token: Token[str] = spoken.set(lang or spoken.get())

    def __enter__(self) -> str:
        """Return the language spoken."""
        return spoken.get()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        """Go back to the language before."""
        spoken.reset(self._token)


def of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of the locale: Chinese where it begins with zh.

    >>> of_locale({"LC_ALL": "", "LANG": "zh_CN.UTF-8"})
    'zh'
    """
    names = (environment.get(key) for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").startswith("zh") else "en"
