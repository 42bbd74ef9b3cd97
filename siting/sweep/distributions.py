"""Distributions of an input, written as text: ``0.8:1.2``, ``normal(1, 0.1)``."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem, suggestion
from siting.words import word

TRUNCATED_AT = 3.0
FORMS = {
    "uniform": "uniform(low, high)",
    "normal": "normal(mean, deviation) or normal(mean, deviation, low, high)",
    "lognormal": "lognormal(median, sigma)",
    "triangular": "triangular(low, mode, high)",
    "choice": "choice(a, b, ...)",
}
_COUNTS = {"uniform": (2,), "normal": (2, 4), "lognormal": (2,), "triangular": (3,)}
_CALL = re.compile(r"\s*([A-Za-z-]+)\s*\((.*)\)\s*")
_RANGE = re.compile(r"\s*([^:()]+):([^:()]+)\s*")


@dataclass(frozen=True)
class Distribution:
    """A distribution of one input.

    Attributes
    ----------
    kind : str
        A key of :data:`FORMS`.
    values : tuple
        Its parameters; of ``choice`` the values it takes.
    """

    kind: str
    values: tuple[Any, ...]

    def at(self, share: np.ndarray) -> list[Any]:
        """Give the quantiles at shares from 0 to 1."""
        if self.kind == "choice":
            count = len(self.values)
            place = np.minimum((share * count).astype(int), count - 1)
            return [self.values[i] for i in place.tolist()]
        return list(_QUANTILES[self.kind](share, *self.values).tolist())


def _uniform(share: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.asarray(low + share * (high - low))


def _normal(
    share: np.ndarray,
    mean: float,
    deviation: float,
    low: float | None = None,
    high: float | None = None,
) -> np.ndarray:
    least = -TRUNCATED_AT if low is None else (low - mean) / deviation
    most = TRUNCATED_AT if high is None else (high - mean) / deviation
    return np.asarray(mean + deviation * _standard(share, least, most))


def _lognormal(share: np.ndarray, median: float, sigma: float) -> np.ndarray:
    found = _standard(share, -TRUNCATED_AT, TRUNCATED_AT)
    return np.asarray(median * np.exp(sigma * found))


def _standard(share: np.ndarray, least: float, most: float) -> np.ndarray:
    """Quantiles of a normal distribution that is cut off, in deviations.

    Far above the mean a share rounds to 1, and far below it to 0: what counts is the
    logarithm of the lower tail, or of its mirror image.
    """
    from scipy.special import log_ndtr, ndtri_exp

    if least > 0:
        return -_standard(1.0 - share, -most, -least)
    below, above = log_ndtr(least), log_ndtr(most)
    with np.errstate(divide="ignore"):
        part = np.log(share + (1.0 - share) * np.exp(below - above))
    return np.asarray(np.clip(ndtri_exp(above + part), least, most))


def _triangular(share: np.ndarray, low: float, mode: float, high: float) -> np.ndarray:
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - share) * (high - low) * (high - mode))
    return np.where(share < turn, rising, falling)


_QUANTILES: dict[str, Callable[..., np.ndarray]] = {
    "uniform": _uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "triangular": _triangular,
}


def distribution(name: str, given: object) -> Distribution:
    """Read the distribution of an input.

    Parameters
    ----------
    name : str
        The input, for the message.
    given : object
        ``LOW:HIGH`` or a call such as ``triangular(1, 2, 4)``; a list is a choice; a
        :class:`Distribution` is returned as it is.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if isinstance(given, Distribution):
        found = given
    elif isinstance(given, list | tuple):
        found = Distribution("choice", plain(given))
    else:
        found = _read(name, str(given))
    fault = _fault(found)
    if fault:
        message = f"'{given}': {word(fault)}"
        form = word(FORMS[found.kind])
        raise refused(message, word("Write {form}.", form=form), name)
    return found


def _read(name: str, text: str) -> Distribution:
    span = _RANGE.fullmatch(text)
    if span:
        return Distribution("uniform", tuple(value(word) for word in span.groups()))
    call = _CALL.fullmatch(text)
    if not call:
        message = word("'{text}' is not a distribution", text=text)
        forms = word("; ").join(map(word, FORMS.values()))
        remedy = word("Write LOW:HIGH, or one of {forms}.", forms=forms)
        raise refused(message, remedy, name)
    kind = call[1].lower()
    if kind not in FORMS:
        message = word("there is no distribution '{name}'", name=call[1])
        raise refused(message, suggestion(kind, FORMS, "distributions"), name)
    return Distribution(kind, tuple(value(word) for word in call[2].split(",")))


def _fault(found: Distribution) -> str:
    """Say what is wrong with the parameters; "" if nothing is."""
    kind, values = found.kind, found.values
    if kind == "choice":
        return "" if values else "there is nothing to choose from"
    if len(values) not in _COUNTS[kind]:
        return word("{kind} does not take {count} values", kind=kind, count=len(values))
    numbers = [v for v in values if isinstance(v, int | float)]
    if len(numbers) < len(values) or not np.all(np.isfinite(numbers)):
        return "these are not all finite numbers"
    low, high = numbers[0], numbers[-1]
    if kind in ("uniform", "triangular") and not low < high:
        return "the low value is not below the high one"
    if kind == "triangular" and not low <= numbers[1] <= high:
        return "the mode is not between low and high"
    if kind in ("normal", "lognormal") and numbers[1] <= 0:
        return "the spread is not above 0"
    if kind == "lognormal" and low <= 0:
        return "the median is not above 0"
    if len(numbers) == 4 and not numbers[2] < numbers[3]:
        return "the low value is not below the high one"
    return ""


def value(word: str) -> Any:
    """Read one value: a number, true or false, none, or a word.

    >>> [value(word) for word in ("2022", "0.5", "true", "none", "leased-wave")]
    [2022, 0.5, True, None, 'leased-wave']
    """
    word = word.strip()
    named = {"true": True, "false": False, "none": None}
    if word.lower() in named:
        return named[word.lower()]
    for read in (int, float):
        try:
            return read(word)
        except ValueError:
            continue
    return word.strip("'\"")


def plain(values: Iterable[Any]) -> tuple[Any, ...]:
    """Give values without numpy's types; what is missing is None.

    >>> plain([np.float64(2.0), float("nan"), ("west", "east")])
    (2.0, None, 'west;east')
    """
    return tuple(_plain(value) for value in values)


def _plain(given: Any) -> Any:
    if isinstance(given, list | tuple | np.ndarray):
        words = list(given)
        return ";".join(words) if all(isinstance(w, str) for w in words) else words
    given = given.item() if isinstance(given, np.generic) else given
    return None if given is pd.NA or given != given else given


def refused(message: str, remedy: str, name: str = "") -> InputError:
    """Build the error of an input that cannot be varied so."""
    return InputError([Problem("sweep", None, name or None, message, remedy)])
