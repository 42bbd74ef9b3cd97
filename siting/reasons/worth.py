"""What a limit is worth: the gain for a unit more, and how far that holds."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem, one_of
from siting.reasons.limits import KINDS, Limit, limits_of, must_serve
from siting.reasons.phrases import untold_sentence, worth_sentence
from siting.reasons.probe import EDGE, NotMoved, Probe, Rates
from siting.reasons.rebuild import Study, study
from siting.scopes import ONE_WORKLOAD
from siting.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.plan import Plan

COLUMNS = [
    "kind",
    "subject",
    "direction",
    "unit",
    "limit",
    "used",
    "worth",
    "worth_of_less",
    "unique",
    "from",
    "to",
    "text",
]
SAME = 1e-7
# Slack of a limit that binds, relative to it.
BINDS = 1e-6
# Each limit of a single workload takes a program of its own to solve.
MOST_SINGLE = 500


def worth(
    plan: "Plan", kinds: "str | Iterable[str] | None" = None, *, binding: bool = False
) -> pd.DataFrame:
    """Tell what every limit of a plan is worth, and over which values of the limit.

    Parameters
    ----------
    plan : Plan
    kinds : str or iterable of str, optional
        A kind of limits, or several, as in the table ``limits``; ``unserved``: that all
        demand must be served. All of them by default. Limits of single workloads, these
        and green shares of their own, are left out where there are more than 500 of a
        kind, as each is a program to solve, unless their kind is asked for alone.
    binding : bool
        Only limits that bind or have a multiplier; no other is worth anything.

    Returns
    -------
    DataFrame
        Columns as in ``docs/reasons.md``.

    Raises
    ------
    InputError
        For a kind that there is not.
    """
    wanted = _wanted(kinds)
    alone = len(wanted) == 1
    held = study(plan)
    found = [
        limit for limit in limits_of(held, held.placed.limits) if limit.kind in wanted
    ]
    if binding:
        bound = _binding(held.placed.limits)
        found = [limit for limit in found if (limit.kind, limit.subject) in bound]
    if sum(limit.of_one for limit in found) > MOST_SINGLE and not alone:
        found = [limit for limit in found if not limit.of_one]
    few = len(held.placed.size) <= MOST_SINGLE
    if "unserved" in wanted and (few or alone):
        found += must_serve(held)
    return pd.DataFrame([_row(held, limit) for limit in found], columns=COLUMNS)


def _binding(limits: pd.DataFrame) -> set[tuple[str, str]]:
    """Kind and subject of the limits that bind in some period, or have a multiplier."""
    bound = limits["slack"].abs() <= BINDS * limits["limit"].abs().clip(lower=1.0)
    some = limits[bound | (limits["worth"] > 0)]
    return set(zip(some["kind"], some["subject"], strict=True))


def count_loose(plan: "Plan") -> int:
    """Count the limits that neither bind nor have a multiplier."""
    named = plan.limits[["kind", "subject"]].drop_duplicates()
    return len(named) - len(_binding(plan.limits))


def _wanted(kinds: "str | Iterable[str] | None") -> set[str]:
    if kinds is None:
        return set(KINDS)
    given = [kinds] if isinstance(kinds, str) else list(kinds)
    unknown = [kind for kind in given if kind not in KINDS]
    message = "unknown kind of limit '{kind}'"
    problems = [
        Problem("kinds", None, None, word(message, kind=kind), one_of(kind, KINDS))
        for kind in unknown
    ]
    if problems:
        raise InputError(problems)
    return set(given)


def _row(held: Study, limit: Limit) -> tuple[object, ...]:
    names = (limit.kind, _subject(held, limit), limit.direction, limit.unit)
    try:
        rates = rates_of(held, limit)
    except NotMoved:
        # All others have their worth all the same.
        unknown = (np.nan, np.nan, False, np.nan, np.nan)
        text = untold_sentence(held, limit)
        return (*names, limit.value, limit.used, *unknown, text)
    unique = bool(
        np.isclose(rates.more, rates.less, rtol=SAME, atol=SAME * _small(held, limit))
    )
    ends = (
        limit.value - limit.sense * rates.down,
        limit.value + limit.sense * rates.up,
    )
    least, most = max(min(ends), limit.low), min(max(ends), limit.high)
    if least - limit.low <= EDGE * max(1.0, abs(limit.value)):
        least = limit.low
    figures = (limit.value, limit.used, rates.more, rates.less, unique, least, most)
    text = worth_sentence(held, limit, rates, unique, least, most)
    return (*names, *figures, text)


def _subject(held: Study, limit: Limit) -> str:
    """Name what a limit is of, and how many are like it."""
    if limit.kind == "unserved":
        return held.placed.called(limit.subject)
    if limit.of_one:
        return ONE_WORKLOAD + held.placed.called(
            limit.subject.removeprefix(ONE_WORKLOAD)
        )
    return limit.subject


def _small(held: Study, limit: Limit) -> float:
    """Worth of a unit that is nothing beside the objective."""
    objective = abs(held.outcome.objective)
    return 1e-6 * objective / max(1.0, abs(limit.value))


def rates_of(held: Study, limit: Limit) -> Rates:
    """Find what a limit is worth, and how far; nothing is solved where none is used."""
    up = limit.high - limit.value if limit.sense > 0 else limit.value - limit.low
    down = limit.value - limit.low if limit.sense > 0 else limit.high - limit.value
    size = max(1.0, abs(limit.value))
    unused = limit.sense > 0 and limit.used <= limit.low + EDGE * size and held.is_last
    rows, _ = limit.rows(held.model)
    if not len(rows) or (unused and limit.value > limit.low):
        return Rates(0.0, 0.0, up, down)
    # Only in the last stage is the plan itself an optimum.
    spare = limit.spare if held.is_last else float(held.live.spare[rows].min())
    probe = Probe(held, limit.rows, limit.sense, -down, up, size)
    try:
        return probe.rates(min(spare, down))
    finally:
        probe.close()
