"""Energy that green limits are about, and how much of it is green."""

import numpy as np

from siting.audit.draws import Draws
from siting.audit.green import GreenBook, GreenRule, Retired

Floats = np.ndarray
ByRule = list[Floats]


def green_energy(
    book: GreenBook, draws: Draws, retired: Retired
) -> tuple[ByRule, ByRule]:
    """Give the facility energy of each rule, and its green part, in MWh.

    Parameters
    ----------
    book : GreenBook
    draws : Draws
    retired : Retired
        Certificates count in the year; in each period, where they are matched there.

    Returns
    -------
    energy, green : list of ndarray of shape (1,) or (periods,)
        By rule: over the year, or in each period.
    """
    policy = zip(book.scopes, book.rules, strict=False)
    pairs = [_of_policy(book, draws, retired, *limit) for limit in policy]
    whole, part = _of_single(book, draws, retired)
    return [one for one, _ in pairs] + whole, [one for _, one in pairs] + part


def _of_policy(
    book: GreenBook,
    draws: Draws,
    retired: Retired,
    scope: np.ndarray,
    rule: GreenRule,
) -> tuple[Floats, Floats]:
    world = book.world
    by_hub = draws.by_hub_period(scope.astype(float)) * world.energy
    energy, green = by_hub.sum(axis=0), (by_hub * world.green).sum(axis=0)
    counts = np.isin(retired.owner, rule.owners)
    mwh = retired.mwh[counts]
    if not rule.every_period:
        return energy.sum(keepdims=True), green.sum(keepdims=True) + mwh.sum()
    if book.mode == "period":
        green = green + np.bincount(retired.period[counts], mwh, len(green))
    return energy, green


def _of_single(
    book: GreenBook, draws: Draws, retired: Retired
) -> tuple[ByRule, ByRule]:
    """Give those of workloads with a rule of their own, all at once."""
    count = len(book.single)
    if not count:
        return [], []
    group = _turn(book.single, len(book.owner))[draws.workload]
    # Such a workload owns its certificates alone.
    owner = _turn(book.owner[book.single], len(book.owners))[retired.owner]
    energy, green = _yearly(book, draws, retired, group, owner)
    found = list(energy[:, None]), list(green[:, None])
    rules = book.rules[len(book.scopes) :]
    always = np.flatnonzero([rule.every_period for rule in rules])
    if len(always):
        # One place more, so that -1 stays -1.
        turn = _turn(always, count + 1)
        hourly = _hourly(book, draws, retired, turn[group], turn[owner], len(always))
        for values, rows in zip(found, hourly, strict=True):
            for place, row in zip(always.tolist(), rows, strict=True):
                values[place] = row
    return found


def _turn(places: np.ndarray, count: int) -> np.ndarray:
    """Turn of each place among all; -1 for others."""
    turn = np.full(count, -1)
    turn[places] = np.arange(len(places))
    return turn


def _yearly(
    book: GreenBook,
    draws: Draws,
    retired: Retired,
    group: np.ndarray,
    owner: np.ndarray,
) -> tuple[Floats, Floats]:
    world, count = book.world, len(book.single)
    energy = draws.by_group(world.energy, group, count)
    green = draws.by_group(world.energy * world.green, group, count)
    mine = owner >= 0
    return energy, green + np.bincount(owner[mine], retired.mwh[mine], count)


def _hourly(
    book: GreenBook,
    draws: Draws,
    retired: Retired,
    group: np.ndarray,
    owner: np.ndarray,
    count: int,
) -> tuple[Floats, Floats]:
    world = book.world
    energy = draws.by_group_period(world.energy, group, count)
    green = draws.by_group_period(world.energy * world.green, group, count)
    if book.mode == "period":
        mine = owner >= 0
        np.add.at(green, (owner[mine], retired.period[mine]), retired.mwh[mine])
    return energy, green
