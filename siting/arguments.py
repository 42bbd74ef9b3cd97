"""Refuses, in words, arguments of another kind than a function takes."""

from collections.abc import Iterable
from numbers import Real

from siting.errors import InputError, Problem
from siting.scenario import Scenario
from siting.words import word


def check_arguments(
    scenario: object,
    *,
    objective: object = "cost",
    time_limit_s: object = None,
    **words: object,
) -> None:
    """Raise an input error for every argument that cannot be what it should be.

    Parameters
    ----------
    scenario
        What should be a scenario whose tables are as they were.
    objective
        What should be a text, or several.
    time_limit_s
        What should be None, or a number from 0 on.
    **words
        What should be texts.
    """
    problems = []
    if not isinstance(scenario, Scenario):
        message = word("this is no scenario but a {kind}", kind=type(scenario).__name__)
        problems.append(_problem("scenario", message, "Give what siting.load returns."))
    texts = [objective] if isinstance(objective, str) else objective
    if not isinstance(texts, Iterable) or not all(isinstance(t, str) for t in texts):
        message = word("{value!r} is no objective", value=objective)
        remedy = "Give a text such as cost, or a list of them."
        problems.append(_problem("objective", message, remedy))
    number = isinstance(time_limit_s, Real) and not isinstance(time_limit_s, bool)
    if time_limit_s is not None and not (number and float(str(time_limit_s)) >= 0):
        message = word("{value!r} is no number of seconds", value=time_limit_s)
        problems.append(_problem("time_limit_s", message, "Give 0 or more, or None."))
    for name, value in words.items():
        if not isinstance(value, str):
            message = word("{value!r} is not a text", value=value)
            problems.append(_problem(name, message, "Give its name."))
    if problems:
        raise InputError(problems)
    if isinstance(scenario, Scenario):
        scenario.check_unwritten()


def _problem(place: str, message: str, remedy: str) -> Problem:
    return Problem(place, None, None, message, remedy)
