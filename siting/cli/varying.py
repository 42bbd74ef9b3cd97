"""The options of ``sweep`` that say what varies, and which of them go together."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from siting.cli.door import input_error
from siting.cli.values import those_given
from siting.errors import InputError, Problem
from siting.words import word

if TYPE_CHECKING:
    from siting.sweep.design import Design


def two_objectives(text: str, others: Mapping[str, object]) -> tuple[str, str]:
    """Read the objectives of a front.

    Parameters
    ----------
    text
        The value of ``--pareto``.
    others
        Options of a sweep and their values: nothing varies beside a front.

    Raises
    ------
    InputError
        With every option that a front has no use for, or for a wrong text.
    """
    problems = [
        Problem(
            option,
            None,
            None,
            word("{option} does not go with --pareto", option=option),
            "Leave one of them out.",
        )
        for option in those_given(others)
    ]
    if problems:
        raise InputError(problems)
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2:
        message = word("'{text}' is not two objectives", text=text)
        remedy = "For example --pareto cost,carbon-location."
        raise input_error(message, remedy, where="--pareto")
    return names[0], names[1]


def design_of(
    grid: list[str],
    lhs: list[str],
    samples: int | None,
    vary: list[str],
    draws: int | None,
    seed: int | None,
) -> "Design":
    """Put the options of a design together.

    Parameters
    ----------
    grid, lhs, vary
        Values of ``--grid``, ``--lhs`` and ``--vary``.
    samples, draws, seed
        Values of ``--samples``, ``--monte-carlo`` and ``--seed``.

    Raises
    ------
    InputError
        If nothing varies, an input varies twice, or options do not go together.
    """
    from siting.sweep.design import SAMPLES, Design

    files = [text for text in vary if text.endswith(".toml")]
    spreads = [text for text in vary if text not in files]
    if not (grid or lhs or vary):
        message = "nothing varies"
        remedy = "Give --grid, --lhs, --vary or --pareto; see siting sweep --help."
        raise input_error(message, remedy, where="sweep")
    if lhs and spreads:
        message = "--lhs and --vary are two ways to draw"
        raise input_error(message, "Use one of them for all inputs.", where="--lhs")
    for number, option, needed in (
        (samples, "--samples", lhs),
        (draws, "--monte-carlo", vary),
    ):
        if number is not None and not needed:
            other = "--lhs" if option == "--samples" else "--vary"
            message = word(
                "{option} draws nothing without {other}", option=option, other=other
            )
            remedy = word(
                "Add {other} NAME=LOW:HIGH, or leave {option} out.",
                other=other,
                option=option,
            )
            raise input_error(message, remedy, where=option)
    found = Design.grid(_by_name(grid, "--grid"))
    if lhs:
        drawn = _by_name(lhs, "--lhs")
        found = found * Design.latin_hypercube(drawn, samples or SAMPLES, seed or 0)
    if spreads:
        drawn = _by_name(spreads, "--vary")
        found = found * Design.monte_carlo(drawn, draws or SAMPLES, seed or 0)
    for path in files:
        found = found * Design.from_toml(path, draws, seed)
    return found


def _by_name(texts: list[str], option: str) -> dict[str, str]:
    """Split every ``NAME=VALUES``; a name given twice would lose its first values."""
    from siting.sweep.names import assignment

    found: dict[str, str] = {}
    for text in texts:
        name, values = assignment(text, option)
        if name in found:
            message = word("the input '{name}' is varied twice", name=name)
            raise input_error(message, "Name it once.", where=option)
        found[name] = values
    return found


def processes(text: str | None) -> int:
    """Read the value of ``--workers``; one where it is not given.

    Raises
    ------
    InputError
        If it is neither a number nor ``all``.
    """
    if text is None:
        return 1
    if text == "all":
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        message = word("'{text}' is no number of workers", text=text)
        raise input_error(message, "Give 1 or more, or all.", where="--workers")
    return int(text)
