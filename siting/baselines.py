"""What a plan is compared with: today, nearest, all east, and no limits at all.

Placements that are given (*today*, *nearest*, *east_nearest*) go through the same
program with their shares fixed, so that every column of a comparison is computed the
same way. Limits they break are lifted and named in the notes. Of large instances the
program holds one workload for all that are alike and placed alike, which changes no
sum; what is optimised is optimised as the plan is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
import pandas as pd

from siting.aggregate.buckets import Alike, alike, small
from siting.aggregate.expand import Expansion
from siting.aggregate.run import optimise_large
from siting.lookup import first_of, number, number_sets
from siting.model.admissible import admissible
from siting.model.build import Model
from siting.model.instance import MOVABLE, Instance, Limits
from siting.model.objective import Stage
from siting.model.polish import Decisions
from siting.model.worth import DUAL_COLUMNS, limits_table
from siting.optimise import Clock, NoPlanFits, Result, optimise
from siting.rules import Shares, nearest, today

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
# What a limit may be exceeded by, in parts of it.
BROKEN = 1e-6


class Note(TypedDict):
    """What is odd about a baseline: a text, and what stands in its braces.

    ``hub``, ``link`` and ``workloads`` are ids, which are named when it is shown.
    """

    text: str
    values: dict[str, int | float | str | list[str]]


def note(text: str, **values: int | float | str | list[str]) -> Note:
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
    expansion : Expansion or None
        Of one placed by a rule, from the workloads of the result to those they stand
        for.
    """

    name: str
    result: Result | None
    notes: tuple[Note, ...]
    expansion: Expansion | None = None


def baselines(instance: Instance, clock: Clock, *, large: bool) -> Iterator[Baseline]:
    """Give every baseline of a scenario, one after the other.

    Parameters
    ----------
    instance : Instance
    clock : Clock
    large : bool
        Whether to solve over buckets of workloads that are alike.
    """
    rows = instance.relaxed(AS_PLACED)
    groups = alike(rows) if large else None
    for name in GIVEN:
        yield placed_baseline(rows, name, clock, groups)
    if not (instance.scenario.hubs["side"] == "east").any():
        yield Baseline("east_optimal", None, (note("no hub is in the east"),))
    elif large:
        yield _east_of_large(instance, clock)
    else:
        yield east_optimal(instance, clock)
    yield _upper_bound(instance, clock, large=large)


def placed_baseline(
    rows: Instance, name: str, clock: Clock, groups: Alike | None
) -> Baseline:
    """Give a baseline that is placed by a rule rather than by optimising.

    Parameters
    ----------
    rows : Instance
        With the limits ``AS_PLACED``.
    name : str
        One of ``GIVEN``.
    clock : Clock
    groups : Alike or None
        Workloads that are put together if they are placed alike.
    """
    hubs = rows.scenario.hubs
    notes: tuple[Note, ...] = ()
    if name == "today":
        shares, lost = today(rows)
        if lost:
            text = "{count} workloads cannot run where they are said to: {workloads}"
            notes = (note(text, count=len(lost), workloads=lost[:3]),)
    elif name == "nearest":
        shares = nearest(rows, (hubs["kind"] == "home").to_numpy())
    elif not (hubs["side"] == "east").any():
        return Baseline(name, None, (note("no hub is in the east"),))
    else:
        shares = nearest(rows, ~_eastern(rows))
    expansion = None
    if groups is not None:
        expansion, shares = _together(rows, groups, shares)
        rows = expansion.small
    result = _costed(rows, shares.of_pairs(rows), clock)
    if result is None:
        dropped = note("its traffic cannot be carried at all")
        return Baseline(name, None, (*notes, dropped))
    return Baseline(name, result, notes + _broken(result.decisions), expansion)


def _together(
    instance: Instance, groups: Alike, shares: Shares
) -> tuple[Expansion, Shares]:
    """Put workloads together that are alike and have the same shares.

    With shares fixed, all that is summed over workloads is linear in their demand and
    rates: one workload of their sum stands for them all.
    """
    count = len(instance.it_mw)
    placed = number_sets(shares.workload, count, shares.hub, shares.share)
    bucket = number(groups.of_workload, placed)
    first = first_of(bucket)
    mine = np.full(count, -1)
    mine[first] = np.arange(len(first))
    rows = np.flatnonzero(mine[shares.workload] >= 0)
    hubs = len(instance.scenario.hubs)
    made = Shares.of(
        mine[shares.workload[rows]], shares.hub[rows], shares.share[rows], hubs
    )
    return Expansion.of(instance, small(instance, groups, bucket), bucket), made


def _costed(instance: Instance, share: np.ndarray, clock: Clock) -> Result | None:
    """Find the cheapest routes and schedules of given shares; None without any."""
    kept = share > 0
    fixed = instance.restricted(kept)
    shares = share[kept]

    def fix(model: Model) -> Model:
        return _with_shares(model, shares)

    try:
        return optimise(fixed, COST, clock=clock, unserved=True, fix=fix)
    except NoPlanFits:
        return None


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
    return (*notes, *_over_the_room(decisions), *_lifted(decisions))


def _over_the_room(decisions: Decisions) -> Iterator[Note]:
    """Count the room that is neither there nor may be built, and what of it is free."""
    hubs = decisions.model.instance.scenario.hubs
    extra = decisions.build_mw - hubs["build_max_mw"].to_numpy(float)
    extra = np.where(extra > 1e-6, extra, 0.0)
    if not extra.any():
        return
    worst = int(np.argmax(extra))
    yield note(
        "is {mw:,.1f} MW over the room of hubs, counted as new room ({count} in all, "
        "most of all {hub} by {most:,.1f} MW)",
        mw=float(extra.sum()),
        count=int(np.count_nonzero(extra)),
        hub=str(hubs.index[worst]),
        most=float(extra[worst]),
    )
    free = extra[hubs["capex_cny_per_kw"].to_numpy(float) == 0.0]
    if free.any():
        yield note(
            "is given {mw:,.1f} MW of this new room for nothing, where "
            "capex_cny_per_kw is 0",
            mw=float(free.sum()),
        )


def _lifted(decisions: Decisions) -> Iterator[Note]:
    """Limits that do not exist in the program of a given placement."""
    none = pd.DataFrame(columns=DUAL_COLUMNS)
    limits = limits_table(decisions, none, COST[0].weights, ())
    size = np.maximum(1.0, np.abs(limits["limit"].to_numpy(float)))
    short = -limits["slack"].to_numpy(float)
    broken = limits.assign(short=short)[short > BROKEN * size]
    for kind, text in (
        (
            "ingress",
            "sends {gbps:,.1f} Gbps more into hubs than they can take ({count} in all, "
            "most of all {hub} by {most:,.1f} Gbps)",
        ),
        (
            "egress",
            "sends {gbps:,.1f} Gbps more out of hubs than they can give ({count} in "
            "all, most of all {hub} by {most:,.1f} Gbps)",
        ),
    ):
        rows = broken[broken["kind"] == kind]
        if len(rows):
            worst = rows.loc[rows["short"].idxmax()]
            yield note(
                text,
                gbps=float(rows["short"].sum()),
                count=len(rows),
                hub=str(worst["subject"]),
                most=float(worst["short"]),
            )
    for kind, text in (
        ("carbon-cap", "emits {amount:,.0f} t more than the carbon cap"),
        ("green", "is {amount:,.0f} MWh short of the least green shares"),
        ("placement-min", "is {amount:,.1f} MW short of the least shares of placement"),
        ("placement-max", "is {amount:,.1f} MW over the largest shares of placement"),
    ):
        amount = float(broken.loc[broken["kind"] == kind, "short"].sum())
        if amount > 0:
            yield note(text, amount=amount)


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
    east = _eastern(instance)[instance.pair_hub]
    if elsewhere is not None:
        east = east | elsewhere
    has_east = np.zeros(len(instance.it_mw), dtype=bool)
    has_east[instance.pair_workload[east]] = True
    keep = east | ~has_east[instance.pair_workload]
    stays = int((~has_east).sum())
    return _best_in_east(instance.restricted(keep), stays, clock, large=False)


def _east_of_large(instance: Instance, clock: Clock) -> Baseline:
    """Give the best placement in the east, without a list of all pairs."""
    east = _eastern(instance)
    group, masks = admissible(instance)
    stays = int((~(masks & east).any(axis=1))[group].sum())
    return _best_in_east(instance.preferring(east), stays, clock, large=True)


def _eastern(instance: Instance) -> np.ndarray:
    """Hubs in the east that are no home sites."""
    hubs = instance.scenario.hubs
    return ((hubs["side"] == "east") & (hubs["kind"] != "home")).to_numpy()


def _best_in_east(
    eastern: Instance, stays: int, clock: Clock, *, large: bool
) -> Baseline:
    """Find the best placement where no other hubs are open."""
    notes = []
    if stays:
        notes.append(
            note(
                "{count} workloads reach no eastern hub and stay where they can",
                count=stays,
            )
        )
    name = "east_optimal"
    try:
        return Baseline(name, _best(eastern, COST, clock, large=large), tuple(notes))
    except NoPlanFits:
        notes.append(note("the east cannot take all demand within the limits"))
    least_unserved = [Stage({"unserved": 1.0}), *COST]
    try:
        result = _best(eastern, least_unserved, clock, large=large, unserved=True)
    except NoPlanFits:
        return Baseline(name, None, tuple(notes))
    return Baseline(name, result, tuple(notes))


def _upper_bound(instance: Instance, clock: Clock, *, large: bool) -> Baseline:
    free = instance.relaxed(Limits.none())
    try:
        return Baseline("upper_bound", _best(free, COST, clock, large=large), ())
    except NoPlanFits:
        lost = note("some workload has no hub at all")
        return Baseline("upper_bound", None, (lost,))


def _best(
    instance: Instance,
    stages: list[Stage],
    clock: Clock,
    *,
    large: bool,
    unserved: bool | None = None,
) -> Result:
    """Find the optimum as that of the plan is found."""
    if large:
        return optimise_large(instance, stages, clock=clock, unserved=unserved)[0]
    return optimise(instance, stages, clock=clock, unserved=unserved)
