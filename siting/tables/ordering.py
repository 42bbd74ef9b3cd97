"""Problems in the order in which they are told, and under the names that were used."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

from siting.errors import Problem


def of_arguments(
    problems: Iterable[Problem], file: str, given: Mapping[str, Any]
) -> list[Problem]:
    """Say of settings given in the call that they are, not that the file has them."""
    return [
        dataclasses.replace(found, file=str(found.column), row=None, column=None)
        if found.file == file and found.column in given
        else found
        for found in problems
    ]


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return problems by file, in the order the files were first at fault, and line."""
    files = list(dict.fromkeys(problem.file for problem in problems))
    distinct = dict.fromkeys(problems)
    return sorted(distinct, key=lambda p: (files.index(p.file), _line(p)))


def _line(problem: Problem) -> float:
    return math.inf if problem.row is None else problem.row
