"""Why no plan fits: what is out of reach, what lacks room, which limits clash."""

from dataclasses import replace

import numpy as np

from siting.model.instance import Instance, Limits
from siting.model.objective import Stage
from siting.optimise import Clock, NoPlanFits, optimise

MOST_NAMES = 5
LEAST_MW = 1e-6
LIMIT_WORDS = {
    "room": "room at the hubs",
    "bandwidth": "bandwidth of the hubs",
    "links": "head-room of the links",
    "latency": "latency limits",
    "regions": "regions and hubs that workloads may use",
    "green": "green shares",
    "carbon": "the carbon cap",
    "shares": "policy shares",
}


def explain_infeasible(instance: Instance, clock: Clock) -> str:
    """Say in a planner's words why a scenario has no plan.

    Parameters
    ----------
    instance : Instance
        All limits kept.
    clock : Clock

    Returns
    -------
    str
        Causes found before solving first; then the demand that cannot be placed; then
        the limits that, lifted alone, would make a plan possible.
    """
    lines = _out_of_reach(instance)
    if not lines:
        lines = _short_of_room(instance, clock)
    lines += _single_releases(instance, clock)
    return "\n".join(lines)


def _names(names: list[str]) -> str:
    some = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{some} and {more} more" if more > 0 else some


def _out_of_reach(instance: Instance) -> list[str]:
    """Workloads without any admissible hub, and the nearest RTT they could have."""
    frame = instance.scenario.workloads
    reached = np.zeros(len(frame), dtype=bool)
    reached[instance.pair_workload] = True
    lines = []
    for place in np.flatnonzero(~reached & (instance.mean_mw > 0)).tolist():
        rtt = instance.reach.rtt_ms[instance.origin[place]]
        limit = instance.rtt_limit_ms[place]
        why = "no hub is open to it"
        if np.isfinite(limit) and np.isfinite(rtt).any():
            hub = int(np.nanargmin(rtt))
            name = instance.scenario.hubs.index[hub]
            why = (
                f"within {limit:g} ms; the nearest hub, {name}, is "
                f"{rtt[hub]:.1f} ms away"
            )
        lines.append(
            f"{frame.index[place]} ({instance.mean_mw[place]:,.1f} MW from "
            f"{frame['origin'].iloc[place]}) can reach no admissible hub: {why}."
        )
    if len(lines) > MOST_NAMES:
        rest = len(lines) - MOST_NAMES
        lines = [*lines[:MOST_NAMES], f"... and {rest} more workloads likewise."]
    return lines


def _short_of_room(instance: Instance, clock: Clock) -> list[str]:
    """Demand that cannot be placed when everything else is kept."""
    try:
        result = optimise(
            instance, [Stage({"unserved": 1.0})], clock=clock, unserved=True
        )
    except NoPlanFits:
        return []
    decisions = result.decisions
    lost = decisions.unserved_mw.max(axis=1, initial=0.0)
    if not (lost > LEAST_MW).any():
        return []
    names = instance.scenario.workloads.index[decisions.unserved_workload]
    order = np.argsort(-lost)
    worst = [f"{names[i]} ({lost[i]:,.2f} MW)" for i in order if lost[i] > LEAST_MW]
    peak = decisions.unserved_mw.sum(axis=0)
    when = instance.scenario.periods.index[int(np.argmax(peak))]
    place = f" in period {when}" if len(peak) > 1 else ""
    return [
        f"{peak.max():,.2f} MW of IT load cannot be placed{place}: {_names(worst)}."
    ]


def _single_releases(instance: Instance, clock: Clock) -> list[str]:
    """Kinds of limit that, lifted alone, would make a plan possible."""
    releases = []
    for kind, words in LIMIT_WORDS.items():
        other = instance.relaxed(replace(Limits(), **{kind: False}))
        try:
            optimise(other, [Stage({"cost": 1.0})], clock=clock)
        except NoPlanFits:
            continue
        releases.append(words)
    if releases:
        return [f"A plan would exist without any one of: {'; '.join(releases)}."]
    return ["No single kind of limit is to blame: several clash at once."]
