"""The least change of who may go where: latency limits, regions, closed hubs."""

import math
from collections.abc import Callable

import numpy as np

from siting.explain.change import Change
from siting.explain.limits import Key, Limits, subject_of
from siting.explain.phrases import (
    closed_phrase,
    latency_phrase,
    regions_phrase,
    serves_phrase,
)
from siting.explain.probe import Probe, Verdict, placed_mw
from siting.explain.ways import Ways, ways_of
from siting.explain.words import room_words, who
from siting.model.instance import Instance

TRIES = 6
NARROW = 1e-5
FLOW_GBPS = 1e-9
LEAST_MW = 1e-9


def reach_change(probe: Probe, key: Key, kept: Limits) -> Change | None:
    """Find the smallest change of one limit on who may go where that suffices.

    Parameters
    ----------
    probe : Probe
    key : Key
    kept : frozenset of Key
        All limits that are kept, this one or not.
    """
    others = kept - {key}
    free = probe.test(others, probe.situation(others))
    if not free.fits:
        return None
    if key[0] == "latency":
        return _latency(probe, key, others, free)
    if key[0] == "regions":
        return _regions(probe, key, others, free)
    return _closed(probe.instance, key)


def _closed(instance: Instance, key: Key) -> Change:
    hub = subject_of(instance, key)
    room = float(instance.scenario.hubs["it_capacity_mw"].iloc[key[1]])
    return Change(
        *("closed", hub, "MW", "closed", "open", room),
        closed_phrase(hub, room_words(instance, key[1])),
    )


def _latency(probe: Probe, key: Key, others: Limits, free: Verdict) -> Change:
    """Find the shortest round trip that suffices, among those of paths."""
    instance, workload = probe.instance, key[1]
    now = float(instance.rtt_limit_ms[workload])
    name = subject_of(instance, key)

    def trial(limit_ms: float) -> Change:
        sentence = latency_phrase(who(instance, [workload]), now, limit_ms)
        amount = limit_ms - now
        return Change("latency", name, "ms", now, limit_ms, amount, sentence)

    def fits(limit_ms: float) -> Verdict | None:
        kept = others | {key}
        verdict = probe.test(kept, probe.situation(kept, (trial(limit_ms),)))
        return verdict if verdict.fits else None

    ways = ways_of(instance, workload)
    steps = _round_trips(instance, ways, now)
    low, high = now, _better(free, workload, now, math.inf)
    first, last = 0, int(np.searchsorted(steps, high))
    while first < last:
        middle = (first + last) // 2
        limit_ms = float(steps[middle])
        verdict = fits(limit_ms)
        if verdict is None:
            first, low = middle + 1, limit_ms
        else:
            high = _better(verdict, workload, now, limit_ms)
            last = min(middle, int(np.searchsorted(steps, high)))
    if any(kind == "link" for kind, _ in others) and math.isfinite(high):
        high = _between(fits, workload, now, low, high)
    return trial(high)


def _between(
    fits: Callable[[float], Verdict | None],
    workload: int,
    now: float,
    low: float,
    high: float,
) -> float:
    """Narrow down a limit that fits and one that does not: slower paths lie between."""
    while high - low > NARROW * (high - now):
        # Most often the upper one is right: ask just below it first.
        for part in (1.0 - NARROW / 2.0, 0.5):
            middle = low + part * (high - low)
            verdict = fits(middle)
            if verdict is None:
                low = middle
                break
            high = _better(verdict, workload, now, middle)
    return high


def _better(verdict: Verdict, workload: int, now: float, limit_ms: float) -> float:
    """Give the round trip that is really used under a limit that fits."""
    used = _slowest(verdict, workload)
    return used if now < used < limit_ms else limit_ms


def _round_trips(instance: Instance, ways: Ways, now: float) -> np.ndarray:
    """Round trips to hubs that only latency forbids, sorted."""
    rest = ways.open & ways.serves & ways.regions & ways.path
    trips = np.unique(ways.rtt_ms[rest & np.isfinite(ways.rtt_ms)])
    return trips[trips > now]


def _slowest(verdict: Verdict, workload: int) -> float:
    """Longest round trip that a workload uses; inf if one is not known."""
    model, values = verdict.model, verdict.outcome.values
    instance = model.instance
    reach = instance.reach
    origin = int(instance.origin[workload])
    mean = placed_mw(model, values)
    mine = (instance.pair_workload == workload) & (mean > LEAST_MW)
    trips = ways_of(instance, workload).rtt_ms[instance.pair_hub[mine]].tolist()
    block = None if model.blocks.flows is None else model.blocks.flows.columns
    if block is not None:
        flow = values[block.slice]
        for at in np.flatnonzero(flow > FLOW_GBPS).tolist():
            bundle = model.blocks.traffic[int(block.keys["bundle"][at])]
            if workload in instance.pair_workload[bundle.pairs]:
                path, hub = bundle.paths[int(block.keys["path"][at])], bundle.hub
                to_hub = bundle.commodity.to_hub
                trips.append(reach.path_rtt_ms(origin, hub, path, to_hub=to_hub))
    slowest = max(trips, default=math.inf)
    return math.inf if math.isnan(slowest) else slowest


def _regions(probe: Probe, key: Key, others: Limits, free: Verdict) -> Change | None:
    """Find one more hub that suffices, or those that are used without the limit."""
    instance, workload = probe.instance, key[1]
    scenario = instance.scenario
    ways = ways_of(instance, workload)
    mean = placed_mw(free.model, free.outcome.values)
    there = free.model.instance
    used = np.bincount(
        there.pair_hub,
        np.where(there.pair_workload == workload, mean, 0.0),
        minlength=len(scenario.hubs),
    )
    outside = ways.open & ways.serves & ways.path & ways.latency & ~ways.regions
    order = [int(h) for h in np.argsort(-used, kind="stable") if outside[h]]
    allowed = scenario.hubs.index[ways.regions]
    name = subject_of(instance, key)

    def trial(more: list[int]) -> Change:
        hubs = [str(scenario.hubs.index[h]) for h in more]
        return Change(
            kind="regions",
            subject=name,
            unit="hubs",
            now=";".join(allowed),
            needed=";".join([*allowed, *hubs]),
            amount=float(len(more)),
            sentence=regions_phrase(who(instance, [workload]), hubs),
        )

    kept = others | {key}
    for hub in order[:TRIES]:
        if probe.test(kept, probe.situation(kept, (trial([hub]),))).fits:
            return trial([hub])
    return trial([h for h in order if used[h] > LEAST_MW] or order)


def serves_changes(instance: Instance, workload: int) -> list[Change]:
    """Hubs that would do for a workload if they served its origin."""
    ways = ways_of(instance, workload)
    hubs = instance.scenario.hubs
    fit = ways.open & ways.regions & ways.path & ways.latency & ~ways.serves
    origin = str(instance.scenario.workloads["origin"].iloc[workload])
    found = []
    for hub in sorted(np.flatnonzero(fit).tolist(), key=lambda h: ways.rtt_ms[h]):
        name, now = str(hubs.index[hub]), hubs["serves"].iloc[hub]
        found.append(
            Change(
                *("serves", name, "origins", ";".join(now)),
                ";".join([*now, origin]),
                *(1.0, serves_phrase(name, origin)),
            )
        )
    return found[:TRIES]
