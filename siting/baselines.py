"""What a plan is compared with: today, nearest, all east, and no limits at all.

Placements that are given (*today*, *nearest*, *east_nearest*) go through the same
program with their shares fixed, so that every column of a comparison is computed the
same way. Limits they break are lifted and named in the notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from siting.lookup import positions
from siting.model.build import Model
from siting.model.instance import MOVABLE, Instance, Limits
from siting.model.objective import Stage
from siting.model.polish import Decisions
from siting.optimise import Clock, NoPlanFits, Result, optimise

GIVEN = ("today", "nearest", "east_nearest")
COST = [Stage({"cost": 1.0})]
AS_PLACED = Limits(
    building=False,
    bandwidth=False,
    widening=False,
    green=False,
    carbon=False,
    shares=False,
)


class Note(TypedDict):
    """What is odd about a baseline: a text, and what stands in its braces."""

    text: str
    values: dict[str, int | float | str]


def note(text: str, **values: int | float | str) -> Note:
    """Make a note, which is said when it is shown."""
    return {"text": text, "values": values}


@dataclass(frozen=True)
class Baseline:
    """One column of the comparison.

    Attributes
    ----------
    name : str
        A column of the ledger.
    result : Result or None
        None where no placement of the kind exists.
    notes : tuple of Note
    """

    name: str
    result: Result | None
    notes: tuple[Note, ...]


def baselines(instance: Instance, clock: Clock) -> Iterator[Baseline]:
    """Give every baseline of a scenario, one after the other."""
    rows = instance.relaxed(AS_PLACED)
    for name in GIVEN:
        yield placed_baseline(rows, name, clock)
    if not (instance.scenario.hubs["side"] == "east").any():
        yield Baseline("east_optimal", None, (note("no hub is in the east"),))
    else:
        yield east_optimal(instance, clock)
    yield _upper_bound(instance, clock)


def placed_baseline(rows: Instance, name: str, clock: Clock) -> Baseline:
    """Give a baseline that is placed by a rule rather than by optimising.

    Parameters
    ----------
    rows : Instance
        With the limits ``AS_PLACED``.
    name : str
        One of ``GIVEN``.
    clock : Clock
    """
    if name == "today":
        shares, lost = _today(rows)
        return _placed(name, rows, shares, lost, clock)
    hubs = rows.scenario.hubs
    home = (hubs["kind"] == "home").to_numpy()[rows.pair_hub]
    if name == "nearest":
        return _placed(name, rows, _greedy(rows, home), (), clock)
    east = (hubs["side"] == "east").to_numpy()
    if not east.any():
        return Baseline(name, None, (note("no hub is in the east"),))
    outside = ~east[rows.pair_hub] | home
    return _placed(name, rows, _greedy(rows, outside), (), clock)


def _placed(
    name: str,
    instance: Instance,
    share: np.ndarray,
    notes: tuple[Note, ...],
    clock: Clock,
) -> Baseline:
    """Cost a given placement: shares fixed, routes and schedules the cheapest."""
    kept = share > 0
    fixed = instance.restricted(kept)
    shares = share[kept]

    def fix(model: Model) -> Model:
        return _with_shares(model, shares)

    try:
        result = optimise(fixed, COST, clock=clock, unserved=True, fix=fix)
    except NoPlanFits:
        dropped = note("its traffic cannot be carried at all")
        return Baseline(name, None, (*notes, dropped))
    return Baseline(name, result, notes + _broken(result.decisions))


def _with_shares(model: Model, share: np.ndarray) -> Model:
    instance, program = model.instance, model.program
    lower, upper = program.lower.copy(), program.upper.copy()
    block = program.columns["share"]
    fixed = share[block.keys["pair"]]
    lower[block.slice] = upper[block.slice] = fixed
    draw = program.columns["draw"]
    pair, period = draw.keys["pair"], draw.keys["period"]
    workload = instance.pair_workload[pair]
    movable = instance.manner[workload] == MOVABLE
    factor = instance.factor[instance.profile[workload], period]
    amount = share[pair] * instance.it_mw[workload] * factor
    place = draw.positions[movable]
    lower[place] = upper[place] = amount[movable]
    return replace(model, program=replace(program, lower=lower, upper=upper))


def _broken(decisions: Decisions) -> tuple[Note, ...]:
    """Limits that a given placement does not keep."""
    instance = decisions.model.instance
    links = instance.scenario.links
    most = links["widen_max_gbps"].to_numpy(float)
    over = decisions.widen_gbps - most
    notes = []
    if (over > 1e-6).any():
        worst = int(np.argmax(over))
        notes.append(
            note(
                "would need {count} links wider than allowed, most of all {link} by "
                "{gbps:,.1f} Gbps",
                count=int((over > 1e-6).sum()),
                link=str(links.index[worst]),
                gbps=float(over[worst]),
            )
        )
    extra = decisions.build_mw - instance.scenario.hubs["build_max_mw"].to_numpy(float)
    if (extra > 1e-6).any():
        worst = int(np.argmax(extra))
        notes.append(
            note(
                "is {mw:,.1f} MW over the room of {hub}, counted as new room",
                mw=float(extra[worst]),
                hub=str(instance.scenario.hubs.index[worst]),
            )
        )
    return tuple(notes)


def _order(instance: Instance) -> np.ndarray:
    """Strictest limit first, then larger demand, then the table's order."""
    return np.lexsort((-instance.peak_mw, instance.rtt_limit_ms))


def _greedy(
    instance: Instance,
    later: np.ndarray,
    share: np.ndarray | None = None,
    placed: np.ndarray | None = None,
) -> np.ndarray:
    """Place workloads at the nearest hub with room, one after the other.

    Parameters
    ----------
    instance : Instance
    later : ndarray of bool, by pair
        Pairs that are taken only when no other has room.
    share : ndarray, by pair, optional
        Shares placed beforehand.
    placed : ndarray of bool, by workload, optional
        Workloads that are placed already.
    """
    hubs = instance.scenario.hubs
    share = np.zeros(len(later)) if share is None else share
    rtt = instance.reach.rtt_ms[
        instance.origin[instance.pair_workload], instance.pair_hub
    ]
    rank = np.lexsort((instance.pair_hub, np.nan_to_num(rtt), later))
    by_workload: list[list[int]] = [[] for _ in instance.it_mw]
    for pair in rank.tolist():
        by_workload[instance.pair_workload[pair]].append(pair)
    standing = hubs["it_capacity_mw"].to_numpy(float)
    used = np.bincount(
        instance.pair_hub,
        share * instance.peak_mw[instance.pair_workload],
        minlength=len(hubs),
    )
    room = np.maximum(standing - used, 0.0)
    buildable = hubs["build_max_mw"].to_numpy(float).copy()
    for workload in _order(instance).tolist():
        if placed is not None and placed[workload]:
            continue
        need = float(instance.peak_mw[workload])
        left = 1.0
        for space in (room, buildable):
            for pair in by_workload[workload]:
                if left <= 0:
                    break
                hub = instance.pair_hub[pair]
                part = left if need == 0 else min(left, space[hub] / need)
                share[pair] += part
                space[hub] -= part * need if part else 0.0
                left -= part
    return share


def _today(instance: Instance) -> tuple[np.ndarray, tuple[Note, ...]]:
    """Place every workload where it runs now, else at home, else at the nearest hub."""
    scenario = instance.scenario
    pairs, hubs = len(instance.pair_workload), scenario.hubs
    code = instance.pair_workload * len(hubs) + instance.pair_hub
    share = np.zeros(pairs)
    placed = np.zeros(len(instance.it_mw), dtype=bool)
    lost: list[str] = []

    def put(workload: np.ndarray, hub: np.ndarray, part: np.ndarray) -> None:
        at = np.searchsorted(code, workload * len(hubs) + hub)
        at = np.minimum(at, max(pairs - 1, 0))
        there = (code[at] == workload * len(hubs) + hub) if pairs else at < 0
        share[at[there]] += part[there]
        placed[workload[there]] = True
        lost.extend(scenario.workloads.index[workload[~there]])

    current = scenario.current
    put(
        positions(scenario.workloads.index, current["workload"]),
        positions(hubs.index, current["hub"]),
        current["share"].to_numpy(float),
    )
    named = np.flatnonzero((scenario.workloads["home_hub"] != "") & ~placed)
    put(
        named,
        positions(hubs.index, scenario.workloads["home_hub"].iloc[named]),
        np.ones(len(named)),
    )
    at_home = (hubs["kind"] == "home").to_numpy()[instance.pair_hub]
    first = np.flatnonzero(at_home & ~placed[instance.pair_workload])
    _, keep = np.unique(instance.pair_workload[first], return_index=True)
    share[first[keep]] = 1.0
    placed[instance.pair_workload[first[keep]]] = True
    later = np.zeros(pairs, dtype=bool)
    shares = _greedy(instance, later, share, placed)
    notes: tuple[Note, ...] = ()
    if lost:
        some = ", ".join(sorted(set(lost))[:3])
        notes = (
            note(
                "{count} workloads cannot run where they are said to: {some}",
                count=len(set(lost)),
                some=some,
            ),
        )
    return shares, notes


def east_optimal(
    instance: Instance, clock: Clock, *, elsewhere: np.ndarray | None = None
) -> Baseline:
    """Give the best placement in the east.

    Parameters
    ----------
    instance : Instance
    clock : Clock
    elsewhere : ndarray of bool, by pair, optional
        Pairs that are open all the same; their workloads do not count as left over.
    """
    hubs = instance.scenario.hubs
    home = (hubs["kind"] == "home").to_numpy()
    east = ((hubs["side"] == "east").to_numpy() & ~home)[instance.pair_hub]
    if elsewhere is not None:
        east = east | elsewhere
    has_east = np.zeros(len(instance.it_mw), dtype=bool)
    has_east[instance.pair_workload[east]] = True
    keep = east | ~has_east[instance.pair_workload]
    eastern = instance.restricted(keep)
    stays = int((~has_east).sum())
    notes = []
    if stays:
        notes.append(
            note(
                "{count} workloads reach no eastern hub and stay where they can",
                count=stays,
            )
        )
    try:
        return Baseline(
            "east_optimal", optimise(eastern, COST, clock=clock), tuple(notes)
        )
    except NoPlanFits:
        notes.append(note("the east cannot take all demand within the limits"))
    least_unserved = [Stage({"unserved": 1.0}), *COST]
    try:
        result = optimise(eastern, least_unserved, clock=clock, unserved=True)
    except NoPlanFits:
        return Baseline("east_optimal", None, tuple(notes))
    return Baseline("east_optimal", result, tuple(notes))


def _upper_bound(instance: Instance, clock: Clock) -> Baseline:
    free = instance.relaxed(Limits.none())
    try:
        return Baseline("upper_bound", optimise(free, COST, clock=clock), ())
    except NoPlanFits:
        lost = note("some workload has no hub at all")
        return Baseline("upper_bound", None, (lost,))
