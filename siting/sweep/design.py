"""Designs: which values the inputs take in each run of a sweep."""

import hashlib
import itertools
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem, suggestion
from siting.sweep.distributions import distribution, plain, refused, value
from siting.sweep.names import canonical
from siting.words import word

SAMPLES = 100
MOST_RUNS = 10_000_000
_METHODS = ("latin-hypercube", "monte-carlo")
_KEYS = ("seed", "samples", "method", "grid", "sample")


@dataclass(frozen=True)
class Design:
    """Values of the inputs, run by run.

    Attributes
    ----------
    names : tuple of str
        Inputs that vary, see :mod:`siting.sweep.names`.
    rows : tuple of tuple
        One value for each name.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        _reasonable(len(self.rows))
        twice = [name for name in self.names if self.names.count(name) > 1]
        if twice:
            message = word("the input '{name}' is varied twice", name=twice[0])
            raise refused(message, "Name it once.", twice[0])

    def __len__(self) -> int:
        """Give the number of runs."""
        return len(self.rows)

    def __mul__(self, other: "Design") -> "Design":
        """Combine every run of one design with every run of another."""
        _reasonable(len(self) * len(other))
        pairs = itertools.product(self.rows, other.rows)
        return Design(self.names + other.names, tuple(a + b for a, b in pairs))

    @classmethod
    def grid(cls, values: Mapping[str, Any]) -> "Design":
        """Combine all values of all inputs.

        Parameters
        ----------
        values : mapping of str to sequence or str
            By input: a list, or text as on the command line: ``0.5,1,2`` or
            ``LOW:HIGH:COUNT``.
        """
        names = tuple(canonical(name) for name in values)
        lists = [_list(name, given) for name, given in values.items()]
        _reasonable(int(np.prod([float(len(part)) for part in lists])))
        return cls(names, tuple(itertools.product(*lists)))

    @classmethod
    def latin_hypercube(
        cls, spreads: Mapping[str, Any], samples: int = SAMPLES, seed: int = 0
    ) -> "Design":
        """Draw every input evenly over its distribution, in random combinations.

        Parameters
        ----------
        spreads : mapping of str to str
            By input, its distribution (:mod:`siting.sweep.distributions`).
        samples : int
        seed : int
        """
        from scipy.stats import qmc

        _check_draws(samples, seed)
        found = {name: distribution(name, text) for name, text in spreads.items()}
        if not found:
            return cls((), ((),) * samples)
        shares = qmc.LatinHypercube(d=len(found), seed=np.random.default_rng(seed))
        at = shares.random(samples)
        columns = [spread.at(at[:, i]) for i, spread in enumerate(found.values())]
        names = tuple(canonical(name) for name in found)
        return cls(names, tuple(zip(*columns, strict=True)))

    @classmethod
    def monte_carlo(
        cls, spreads: Mapping[str, Any], samples: int = SAMPLES, seed: int = 0
    ) -> "Design":
        """Draw every input at random, independently.

        An input's draws depend on the seed and its name only: more samples or further
        inputs leave them as they are.

        Parameters
        ----------
        spreads : mapping of str to str
            By input, its distribution (:mod:`siting.sweep.distributions`).
        samples : int
        seed : int
        """
        _check_draws(samples, seed)
        names = tuple(canonical(name) for name in spreads)
        columns = []
        for name, given in zip(names, spreads.values(), strict=True):
            code = hashlib.sha256(name.encode()).digest()[:8]
            random = np.random.default_rng([seed, int.from_bytes(code, "little")])
            columns.append(distribution(name, given).at(random.random(samples)))
        rows = zip(*columns, strict=True) if columns else ((),) * samples
        return cls(names, tuple(rows))

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> "Design":
        """Take the rows of a table as they are, one column an input."""
        names = tuple(canonical(str(name)) for name in table.columns)
        return cls(names, tuple(plain(row) for row in table.itertuples(index=False)))

    @classmethod
    def from_toml(
        cls, path: str | Path, samples: int | None = None, seed: int | None = None
    ) -> "Design":
        """Read a design from a file: ``[grid]``, ``[sample]`` and how to draw.

        Parameters
        ----------
        path : path
        samples, seed : int, optional
            Instead of those of the file.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        keys = _toml(Path(path))
        for key in keys:
            if key not in _KEYS:
                remedy = suggestion(key, _KEYS, "keys")
                message = word("unknown key '{key}' in '{path}'", key=key, path=path)
                raise refused(message, remedy, key)
        method = keys.get("method", "monte-carlo")
        if method not in _METHODS:
            message = word("there is no method '{method}'", method=method)
            remedy = suggestion(str(method), _METHODS, "methods")
            raise refused(message, remedy, "method")
        draw = cls.monte_carlo if method == "monte-carlo" else cls.latin_hypercube
        grid = cls.grid(_section(keys, "grid"))
        spreads = _section(keys, "sample")
        if not spreads:
            return grid
        count = keys.get("samples", SAMPLES) if samples is None else samples
        start = keys.get("seed", 0) if seed is None else seed
        return grid * draw(spreads, count, start)

    def table(self) -> pd.DataFrame:
        """Give the design as a data frame, one column an input."""
        columns: list[Any] = [list(column) for column in zip(*self.rows, strict=True)]
        frame = pd.DataFrame(dict(zip(self.names, columns, strict=False)))
        return frame if len(frame) else pd.DataFrame(index=range(len(self)))

    def ids(self, salt: str) -> list[str]:
        """Give every run an id that depends on its values and on ``salt`` alone.

        Runs with equal values are told apart by their number among them.
        """
        seen: dict[str, int] = {}
        found = []
        for row in self.rows:
            text = json.dumps([salt, dict(zip(self.names, row, strict=True))])
            seen[text] = seen.get(text, -1) + 1
            code = hashlib.sha256(f"{text}{seen[text]}".encode())
            found.append(code.hexdigest()[:16])
        return found


def design_of(given: object, samples: int = SAMPLES, seed: int = 0) -> Design:
    """Make a design of what a caller gives.

    Parameters
    ----------
    given : Design, mapping, DataFrame or path
        Of a mapping, lists are a grid and texts are distributions, drawn by Latin
        hypercube; the two are combined. A path is that of a TOML file.
    samples : int
    seed : int
    """
    if isinstance(given, Design):
        return given
    if isinstance(given, pd.DataFrame):
        return Design.of_table(given)
    if isinstance(given, str | Path):
        return Design.from_toml(given)
    if not isinstance(given, Mapping):
        message = word("a design may not be of type {kind}", kind=type(given).__name__)
        remedy = "Give a dict, a data frame, a siting.Design or a TOML file."
        raise refused(message, remedy)
    grid = {k: v for k, v in given.items() if _is_list(v)}
    spreads = {k: v for k, v in given.items() if not _is_list(v)}
    found = Design.grid(grid)
    if spreads:
        found = found * Design.latin_hypercube(spreads, samples, seed)
    return found


def is_whole(number: object, *, least: int) -> TypeGuard[int]:
    """Whether something is a whole number, and not too small."""
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        return False
    return bool(number >= least)


def _is_list(given: object) -> bool:
    return isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)


def _list(name: str, given: Any) -> list[Any]:
    if isinstance(given, str):
        parts = given.split(":")
        if len(parts) == 3:
            low, high, count = (value(part) for part in parts)
            numbers = isinstance(low, int | float) and isinstance(high, int | float)
            if not numbers or not isinstance(count, int) or count < 2:
                message = word("'{given}' is not LOW:HIGH:COUNT", given=given)
                raise refused(message, "Write for instance 0.8:1.2:5.", name)
            _reasonable(count)
            return [float(number) for number in np.linspace(low, high, count)]
        given = [value(part) for part in given.split(",") if part.strip()]
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        message = word("{given!r} is not a list of values", given=given)
        raise refused(message, "Write for instance [0.8, 1, 1.2].", name)
    found = list(plain(given))
    if not found:
        message = "there are no values"
        raise refused(message, "Give at least one value.", name)
    return found


def _check_draws(samples: object, seed: object) -> None:
    for name, number in (("seed", seed), ("samples", samples)):
        if not is_whole(number, least=0):
            message = word(
                "{name} = {number!r} is not a whole number", name=name, number=number
            )
            raise refused(message, "Give one.", name)
        if name == "samples":
            _reasonable(number)


def _reasonable(count: int) -> None:
    if not 0 < count <= MOST_RUNS:
        message = word("the design has {count:,} runs", count=count)
        raise refused(message, word("Ask for 1 to {most:,}.", most=MOST_RUNS))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = word("the file cannot be read as TOML ({reason})", reason=reason)
        remedy = "See docs/sweeps.md for an example."
        raise InputError([Problem(str(path), None, None, message, remedy)]) from error


def _section(keys: dict[str, Any], name: str) -> dict[str, Any]:
    section = keys.get(name, {})
    if not isinstance(section, dict):
        remedy = word("Write inputs and values under [{name}].", name=name)
        message = word("'{name}' is not a table", name=name)
        raise refused(message, remedy, name)
    return section
