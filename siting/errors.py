"""The one family of errors: what is wrong, where, and what to do about it."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.words import word

if TYPE_CHECKING:
    from siting.explain import InfeasibleReport

_MOST_NAMES = 8
_MOST_CANDIDATES = 2000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input, said in the language being spoken.

    Parameters
    ----------
    file
        File name relative to the scenario, or the table's name for a data frame.
    row
        Line number in the file (the header is line 1); ``None`` for the whole file.
    column
        Column or key; ``None`` for the whole row or file.
    message
        What is wrong, without a full stop.
    remedy
        What to do about it, a sentence.
    """

    file: str
    row: int | None
    column: str | None
    message: str
    remedy: str

    def __post_init__(self) -> None:
        """Say texts without values; those with values are said where they are made."""
        object.__setattr__(self, "message", word(self.message))
        object.__setattr__(self, "remedy", word(self.remedy))

    def __str__(self) -> str:
        """Return ``file:row: column: message. remedy`` on one line."""
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        column = "" if self.column is None else f"{self.column}: "
        message = word("{message}.", message=self.message)
        return " ".join(f"{place}: {column}{message} {self.remedy}".split())


class SitingError(Exception):
    """Root of all errors of this package."""

    exit_code = 1


class InputError(SitingError):
    """The input is wrong; carries every problem found.

    Parameters
    ----------
    problems
        All problems, in the order of the files and lines.
    """

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return one line for each problem."""
        return "\n".join(str(problem) for problem in self.problems)


class Infeasible(SitingError):
    """No plan fits all limits; carries the explanation.

    Parameters
    ----------
    explanation
        Which limits contradict each other, and what would make a plan possible; a
        report, or words alone.

    Attributes
    ----------
    explanation : str
    report : InfeasibleReport or None
        The same in parts: causes, conflict, what is missing, changes.
    """

    exit_code = 3

    def __init__(self, explanation: "str | InfeasibleReport") -> None:
        self.report: InfeasibleReport | None = None
        if isinstance(explanation, str):
            self.explanation = explanation
        else:
            self.report = explanation
            self.explanation = explanation.text()
        super().__init__(self.explanation)


class AuditFailed(SitingError):
    """The audit of a plan differs from what the plan says."""

    exit_code = 4


class SolverFailed(SitingError):
    """The solver failed or ran out of time."""

    exit_code = 5


def quoted(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """Return names in quotes, the first few of them and a count of the rest.

    >>> quoted(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    first = [word("'{name}'", name=name) for name in names[:most]]
    return _listed(first, len(names) - most)


def unquoted(numbers: Sequence[str], most: int = _MOST_NAMES) -> str:
    """Return numbers, which are written without quotes, as :func:`quoted` does names.

    >>> unquoted(["2021", "2022"])
    '2021, 2022'
    """
    return _listed(numbers[:most], len(numbers) - most)


def _listed(first: Sequence[str], rest: int) -> str:
    text = word(", ").join(first)
    return word("{text} and {rest} more", text=text, rest=rest) if rest > 0 else text


def nearest(given: str, known: Iterable[str]) -> str:
    """Return the known name most like a word, "" where none is like it.

    >>> nearest("zongwei", ["zhongwei", "horinger"])
    'zhongwei'
    >>> nearest("eest", ["west", "east"])
    'east'
    """
    names = [name for name in dict.fromkeys(known) if name]
    if len(names) > _MOST_CANDIDATES:
        alike = [name for name in names if abs(len(name) - len(given)) <= 1]
        near = [name for name in alike if name[:1] == given[:1]]
        names = near[:_MOST_CANDIDATES]
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    wanted = given.casefold()
    found = difflib.get_close_matches(wanted, list(folded), n=3, cutoff=0.6)

    def likeness(name: str) -> tuple[float, bool]:
        # Of two that are as near, the one that begins alike.
        ratio = difflib.SequenceMatcher(None, name, wanted).ratio()
        return ratio, name[:1] == wanted[:1]

    return folded[max(found, key=likeness)] if found else ""


def one_of(given: str, options: Sequence[str]) -> str:
    """Return the remedy for a word that is none of the options.

    >>> one_of("stok", ["stock", "new"])
    "Did you mean 'stock'? It may be 'stock', 'new'."
    """
    match = nearest(given, options)
    guess = word("Did you mean '{match}'?", match=match) + " " if match else ""
    return guess + word("It may be {options}.", options=quoted(options))


def suggestion(given: str, known: Iterable[str], what: str = "names") -> str:
    """Return the remedy for an unknown name: the nearest match, else what is known.

    >>> suggestion("zongwei", ["zhongwei"])
    "Did you mean 'zhongwei'?"
    """
    names = [name for name in dict.fromkeys(known) if name]
    match = nearest(given, names)
    if match:
        return word("Did you mean '{match}'?", match=match)
    if not names:
        return word("There are no {what} here.", what=word(what))
    return word("Known {what}: {names}.", what=word(what), names=quoted(names))
