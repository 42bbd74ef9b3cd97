"""Which changes would make a plan possible: single ones first, else some together."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from siting.errors import SolverFailed
from siting.explain.amounts import made, soft_change
from siting.explain.causes import unreachable
from siting.explain.change import Change, drafted
from siting.explain.conflict import irreducible
from siting.explain.limits import LEAST_ROOM, REACH, Key, Limits, size_of, subject_of
from siting.explain.missing import Missing
from siting.explain.phrases import latency_phrase
from siting.explain.probe import Probe, Verdict
from siting.explain.reaching import reach_change, serves_changes
from siting.explain.words import MOST_NAMES, who
from siting.lookup import position, positions
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import Clock, NoPlanFits, optimise
from siting.words import word

MARGINS = (1e-9, 1e-7, 1e-6, 1e-5)
MOST_CLASHES = 12
MOST_CUTS = 12
# More clashes or changes than so many are told class by class.
FEW = 3
# Of one kind; of hundreds of workloads each could be made smaller.
MOST_ALIKE = 12

# Kinds in the order in which they are looked at, and given way where several must.
ADDED = (
    *("room", "ingress", "egress", "link", "certificate", "closed", "latency"),
    *("regions", LEAST_ROOM, "placement-min", "placement-max", "churn"),
    *("green", "carbon-cap", "demand"),
)
RELAXED = (
    *("latency", "regions", "closed", LEAST_ROOM, "placement-min", "placement-max"),
    *("churn", "green", "carbon-cap", "room", "ingress", "egress", "link"),
    *("certificate", "demand"),
)


def single_changes(
    probe: Probe, conflict: tuple[Key, ...], found: list[Change]
) -> None:
    """Find the single changes of limits that suffice.

    Only a limit of the conflict can: without touching it the conflict would stay.

    Parameters
    ----------
    probe : Probe
    conflict : tuple of Key
    found : list of Change
        Filled one by one, so that what is found stays when the time is over.
    """
    rank = {kind: number for number, kind in enumerate(ADDED)}
    for key in sorted(
        conflict, key=lambda k: (rank[k[0]], -size_of(probe.instance, k), k)
    ):
        known = sum(change.kind == key[0] for change in found)
        if known >= MOST_ALIKE or not probe.may_suffice(key):
            continue
        change = _sure(probe, key, probe.limits)
        if change is not None:
            found.append(change)
    missing = unreachable(probe.instance)
    if len(missing) == 1:
        for change in serves_changes(probe.instance, missing[0]):
            if possible(probe, change):
                found.append(change)


def _sure(probe: Probe, key: Key, kept: Limits, *, alone: bool = True) -> Change | None:
    """Find the change of one limit and make sure of it by solving anew."""
    for margin in MARGINS:
        change = _change(probe, key, kept, margin)
        if change is None or not alone or possible(probe, change):
            return change
        if key[0] in REACH:
            return None
    return None


def _change(probe: Probe, key: Key, kept: Limits, margin: float) -> Change | None:
    if key[0] in REACH:
        return reach_change(probe, key, kept)
    return soft_change(probe, key, kept, margin)


def possible(probe: Probe, change: Change) -> bool:
    """Whether the scenario with a change has a plan, solved as any scenario is."""
    clock = Clock(probe.timer.left())
    scenario = drafted(probe.instance.scenario, (change,)).unchecked()
    if scenario.workloads.empty:
        return False
    try:
        optimise(Instance(scenario), [Stage({"cost": 1.0})], clock=clock)
    except NoPlanFits:
        return False
    except SolverFailed:
        probe.timer.left()
        return False
    return True


def changes_together(
    probe: Probe, verdict: Verdict, order: tuple[str, ...]
) -> tuple[Change | None, list[tuple[Key, ...]]]:
    """Find changes of several limits that suffice together, and the clashes.

    Clash after clash, the first limit in the order gives way; then each by no more
    than it must.

    Parameters
    ----------
    probe : Probe
    verdict : Verdict
        That all limits contradict each other.
    order : tuple of str
        Kinds of limit, those that should give way first.
    """
    rank = {kind: number for number, kind in enumerate(order)}
    kept, lifted = probe.limits, []
    clashes: list[tuple[Key, ...]] = []
    while not verdict.fits:
        if len(clashes) == MOST_CLASHES:
            return None, clashes
        clash, _ = irreducible(probe, verdict)
        clashes.append(clash)
        key = min(clash, key=lambda k: (rank[k[0]], -size_of(probe.instance, k), k))
        # Where clash follows clash, a latency limit is one of a whole class.
        many = len(clashes) > FEW and key[0] == "latency"
        given = _of_class(probe.instance, key) & kept if many else {key}
        lifted += sorted(given)
        kept = kept - given
        verdict = probe.test(kept, probe.situation(kept))
    return _together(probe, lifted), clashes


def _of_class(instance: Instance, key: Key) -> frozenset[Key]:
    """Give the equal latency limits of all workloads of a class."""
    classes = instance.scenario.workloads["class"].to_numpy(object)
    limits = instance.rtt_limit_ms
    alike = (classes == classes[key[1]]) & (limits == limits[key[1]])
    return frozenset(("latency", int(place)) for place in np.flatnonzero(alike))


def _by_class(instance: Instance, parts: list[Change]) -> list[Change]:
    """Make one change of many of equal latency limits of a class: the longest."""
    frame = instance.scenario.workloads
    families: dict[tuple[str, object], list[Change]] = {}
    for part in parts:
        if part.kind == "latency":
            name = str(frame.at[part.subject, "class"])
            families.setdefault((name, part.now), []).append(part)
    found = [part for part in parts if part.kind != "latency"]
    for family in families.values():
        if len(family) <= FEW:
            found += family
            continue
        longest = max(family, key=lambda part: part.amount)
        ids = tuple(part.subject for part in family)
        whose = who(instance, positions(frame.index, ids).tolist(), MOST_NAMES)
        now, needed = float(longest.now), float(longest.needed)
        sentence = latency_phrase(whose, now, needed)
        found.append(dataclasses.replace(longest, sentence=sentence, members=ids))
    return found


def _together(probe: Probe, lifted: list[Key]) -> Change | None:
    """Make each change as small as can be while those after it are not yet bounded."""
    # Leaving a workload out moves the places of others: demands come last, by name.
    lifted = sorted(lifted, key=lambda key: key[0] == "demand")
    subjects = [subject_of(probe.instance, key) for key in lifted]
    for margin in MARGINS:
        here, parts = probe, list[Change]()
        for number in range(len(lifted)):
            workloads = here.instance.scenario.workloads.index
            key, *later = (
                (kind, position(workloads, subject)) if kind == "demand" else (kind, at)
                for (kind, at), subject in zip(
                    lifted[number:], subjects[number:], strict=True
                )
            )
            kept = here.limits - frozenset(later)
            if here.test(kept, here.situation(kept)).fits:
                continue
            change = _change(here, key, kept, margin)
            if change is None:
                continue
            parts.append(change)
            scenario = drafted(here.instance.scenario, (change,)).unchecked()
            here = Probe(Instance(scenario), here.timer)
        if not parts:
            return None
        whole = joined(_by_class(probe.instance, parts))
        if possible(probe, whole):
            return whole
    return None


def less_demand(probe: Probe, missing: Missing) -> Change | None:
    """Leave out the demand that is missing, if it is of a few workloads only."""
    if len(missing.workloads) > MOST_CUTS:
        return None
    instance = probe.instance
    index = instance.scenario.workloads.index
    for margin in MARGINS:
        parts = [
            made(instance, ("demand", position(index, name)), it_mw, margin)
            for name, it_mw in missing.workloads.items()
        ]
        whole = joined(part for part in parts if part is not None)
        if possible(probe, whole):
            return whole
    return None


def joined(parts: Iterable[Change]) -> Change:
    """Make one change of several."""
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    sentence = word("; and ").join(part.sentence for part in parts)
    return Change("together", "", "", "", "", float(len(parts)), sentence, parts)


def smallest_first(changes: list[Change]) -> tuple[Change, ...]:
    """Sort changes by their size relative to the limit that they change."""

    def relative(change: Change) -> float:
        if change.parts:
            return max(relative(part) for part in change.parts)
        if isinstance(change.now, str):
            return 0.5
        return change.amount / max(abs(change.now), 1e-9)

    distinct = {dataclasses.replace(change, sentence=""): change for change in changes}
    return tuple(sorted(distinct.values(), key=relative))
