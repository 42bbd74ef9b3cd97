"""Causes that show before anything is solved: places out of reach, rooms too small."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siting.explain.limits import least_room_mw, most_room_mw
from siting.explain.supply import supply_causes
from siting.explain.ways import Ways, ways_of
from siting.explain.words import (
    MOST_NAMES,
    figure,
    members,
    names,
    region_words,
    who,
    who_and_load,
)
from siting.model.instance import BURST, Instance
from siting.words import word

MOST_DETAILS = 50
CLOSE = 1e-9


@dataclass(frozen=True)
class Cause:
    """One reason, found without solving.

    Attributes
    ----------
    kind : str
        ``out-of-reach``, ``room``, ``kept-open``, ``green``, ``carbon`` or ``shares``.
    subjects : tuple of str
        Ids of the workloads (``kept-open``: of the hub) in question.
    sentence : str
    """

    kind: str
    subjects: tuple[str, ...]
    sentence: str


def causes(instance: Instance) -> list[Cause]:
    """Find every such cause of a scenario."""
    found = list(_out_of_reach(instance))
    unserved = instance.scenario.settings.unserved_cny_per_mwh is not None
    if not unserved:
        found += _rooms(instance)
    found += _kept_open(instance)
    found += [Cause(*parts) for parts in supply_causes(instance, unserved=unserved)]
    return found


def unreachable(instance: Instance) -> list[int]:
    """Workloads without any admissible hub."""
    reached = np.zeros(len(instance.it_mw), dtype=bool)
    reached[instance.pair_workload] = True
    return [int(w) for w in np.flatnonzero(~reached)]


def _out_of_reach(instance: Instance) -> Iterator[Cause]:
    if instance.scenario.settings.unserved_cny_per_mwh is not None:
        return
    places = unreachable(instance)
    index = instance.scenario.workloads.index
    for place in places[:MOST_DETAILS]:
        why = word("; ").join(_why_nowhere(instance, place, ways_of(instance, place)))
        sentence = word(
            "{who} can be placed at no hub: {why}.",
            who=who_and_load(instance, place),
            why=why,
        )
        yield Cause("out-of-reach", (str(index[place]),), sentence)
    rest = [str(index[place]) for place in places[MOST_DETAILS:]]
    if rest:
        everyone = members(instance, places[MOST_DETAILS:])
        sentence = word(
            "{count} more workloads can be placed at no hub: {rest}.",
            count=f"{len(everyone):,}",
            rest=names(everyone),
        )
        yield Cause("out-of-reach", tuple(rest), sentence)


def _why_nowhere(instance: Instance, workload: int, ways: Ways) -> list[str]:
    """Say of each limit which hubs would do without it, nearest first."""
    scenario = instance.scenario
    hubs = scenario.hubs.index
    origin = scenario.workloads["origin"].iloc[workload]
    limit = instance.rtt_limit_ms[workload]
    if not ways.path.any():
        return [word("the links lead from {origin} to none", origin=origin)]
    nearest = np.nan_to_num(ways.rtt_ms, nan=np.inf)

    def only(mask: np.ndarray) -> list[int]:
        """Hubs that everything else lets through."""
        everything = (ways.open, ways.serves, ways.regions, ways.latency)
        rest = ways.path & np.all([m for m in everything if m is not mask], axis=0)
        found = np.flatnonzero(rest & ~mask)
        return [int(h) for h in found[np.argsort(nearest[found], kind="stable")]]

    reasons = []
    far = only(ways.latency)
    if far:
        hub = far[0]
        rtt = nearest[hub]
        text = (
            "it needs {ms} ms, and the nearest that it may use, {hub}, is {rtt} ms away"
        )
        if not np.isfinite(rtt):
            text = (
                "it needs {ms} ms, and the nearest that it may use, {hub}, is an "
                "unknown time away"
            )
        reasons.append(word(text, ms=figure(limit), hub=hubs[hub], rtt=figure(rtt)))
    outside = only(ways.regions)
    if outside:
        reasons.append(
            word(
                "it may run {where}, so not at {hubs}",
                where=region_words(instance, workload),
                hubs=names(hubs[outside]),
            )
        )
    shut = only(ways.open)
    if shut:
        verb = "is" if len(shut) == 1 else "are"
        reasons.append(
            word("{hubs} would do but {verb} closed", hubs=names(hubs[shut]), verb=verb)
        )
    others = only(ways.serves)
    if others:
        verb = "serves" if len(others) == 1 else "serve"
        reasons.append(
            word(
                "{hubs} {verb} other origins only", hubs=names(hubs[others]), verb=verb
            )
        )
    return reasons or [_several(instance, workload, ways, nearest)]


def _several(instance: Instance, workload: int, ways: Ways, nearest: np.ndarray) -> str:
    """Say what rules out the hubs where no single limit does."""
    words = []
    if not ways.latency.all():
        hub = int(np.argmin(nearest))
        limit = figure(instance.rtt_limit_ms[workload])
        name = instance.scenario.hubs.index[hub]
        text = f"{limit} ms"
        if np.isfinite(nearest[hub]):
            rtt = figure(nearest[hub])
            text += word(" ({hub}, the nearest, is {rtt} ms away)", hub=name, rtt=rtt)
        words.append(text)
    if not ways.regions.all():
        words.append(
            word("where it may run ({where})", where=region_words(instance, workload))
        )
    if not ways.open.all():
        closed = instance.scenario.hubs.index[~ways.open]
        words.append(word("closed hubs ({closed})", closed=names(closed)))
    if not ways.serves.all():
        words.append(word("hubs that serve other origins only"))
    return word(
        "every hub is ruled out by one of: {words}", words=word("; ").join(words)
    )


def _rooms(instance: Instance) -> Iterator[Cause]:
    """Workloads that together need more room than all hubs open to them have."""
    room = most_room_mw(instance)
    count = len(instance.it_mw)
    masks = np.zeros((count, len(room)), dtype=bool)
    masks[instance.pair_workload, instance.pair_hub] = True
    distinct, group = np.unique(masks, axis=0, return_inverse=True)
    group = group.ravel()
    short: list[tuple[float, np.ndarray, np.ndarray]] = []
    for mask in distinct[distinct.any(axis=1)]:
        inside = ~(distinct & ~mask).any(axis=1) & distinct.any(axis=1)
        together = np.flatnonzero(inside[group])
        need, have = _needed_mw(instance, together), float(room[mask].sum())
        if need > have * (1.0 + CLOSE) + CLOSE:
            short.append((need - have, mask, together))
    told = np.zeros(count, dtype=bool)
    for lack, mask, together in sorted(short, key=lambda found: -found[0]):
        # Of groups with common together the one that lacks most says it all.
        if not told[together].any():
            told[together] = True
            yield _short(instance, together, mask, lack, float(room[mask].sum()))


def _needed_mw(instance: Instance, members: np.ndarray) -> float:
    """Room that workloads need at the least, wherever they are placed."""
    burst = instance.manner[members] == BURST
    if instance.scenario.settings.room == "dedicated":
        sizes = np.where(burst, instance.it_mw[members], instance.peak_mw[members])
        return float(sizes.sum())
    steady = members[~burst]
    drawn = instance.it_mw[steady] @ instance.factor[instance.profile[steady]]
    mean = float(instance.mean_mw[members].sum())
    return max(mean, float(np.max(drawn, initial=0.0)))


def _short(
    instance: Instance, inside: np.ndarray, mask: np.ndarray, lack: float, have: float
) -> Cause:
    scenario = instance.scenario
    ids = tuple(str(name) for name in scenario.workloads.index[inside])
    finite = instance.rtt_limit_ms[inside]
    limits = np.unique(finite[np.isfinite(finite)])
    within = ""
    if len(limits):
        text = ", some within {limits} ms,"
        if np.isfinite(finite).all():
            text = ", within {limits} ms,"
        within = word(text, limits=names(map(figure, limits)))
    hubs = names(scenario.hubs.index[mask])
    where = word("any hub") if mask.all() else word("{hubs} only", hubs=hubs)
    sentence = word(
        "{who}{within} can be placed at {where}, and {verb} {need} MW of room where "
        "{have} MW stand or may be built: {lack} MW are missing.",
        who=who(instance, inside.tolist(), MOST_NAMES),
        within=within,
        where=where,
        verb="needs" if len(members(instance, inside.tolist())) == 1 else "need",
        need=figure(lack + have),
        have=figure(have),
        lack=figure(lack),
    )
    return Cause("room", ids, sentence)


def _kept_open(instance: Instance) -> Iterator[Cause]:
    least, most = least_room_mw(instance), most_room_mw(instance)
    for hub in np.flatnonzero(least > most * (1.0 + CLOSE)).tolist():
        name = str(instance.scenario.hubs.index[hub])
        sentence = word(
            "{least} MW of room are to be kept open at {name}, where "
            "{most} MW stand or may be built.",
            least=figure(least[hub]),
            name=name,
            most=figure(most[hub]),
        )
        yield Cause("kept-open", (name,), sentence)
