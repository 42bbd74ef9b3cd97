"""One sentence for each kind of change."""

import math

from siting.explain.limits import LEAST_ROOM, Key, subject_of
from siting.explain.words import (
    figure,
    green_words,
    names,
    place_words,
    safe,
    scope_words,
)
from siting.model.instance import Instance


def phrase(
    instance: Instance, key: Key, now: float, needed: float, amount: float
) -> str:
    """Word the change of a limit on an amount; shares come in per cent.

    The needed value is rounded to the side on which it suffices.
    """
    kind, place = key
    subject = subject_of(instance, key)
    policy = instance.scenario.policy
    before = figure(now)
    more = safe(needed, amount, up=True)
    less = safe(needed, amount, up=False)
    by = safe(amount, amount, up=True)
    if kind == "room":
        return (
            f"{by} MW more room at {subject}, standing or to be built "
            f"({more} instead of {before} MW standing)"
        )
    if kind in ("ingress", "egress"):
        way = "into" if kind == "ingress" else "out of"
        return (
            f"{by} Gbps more bandwidth {way} {subject} "
            f"({more} instead of {before} Gbps)"
        )
    if kind == "link":
        return (
            f"{by} Gbps more head-room on the link {subject} "
            f"({more} instead of {before} Gbps)"
        )
    if kind == "certificate":
        return (
            f"{by} MWh more certificates of offer {subject} "
            f"({more} instead of {before} MWh)"
        )
    if kind == "green":
        words = green_words(instance, place)
        return f"a green share of {less} instead of {before} % for {words}"
    if kind == "carbon-cap":
        return f"a carbon cap of {more} instead of {before} t ({by} t more)"
    if kind in ("placement-min", "placement-max"):
        least = kind == "placement-min"
        limit = (policy.placement_min if least else policy.placement_max)[place]
        value = f"at least {less}" if least else f"at most {more}"
        words = f"{scope_words(limit)} {place_words(limit)}"
        return f"{value} instead of {before} % of {words}"
    if kind == "churn":
        return f"at most {more} instead of {before} % of the load leaves its hub"
    if kind == LEAST_ROOM:
        return f"{less} instead of {before} MW of room kept open at {subject}"
    if needed <= 0:
        return f"without {subject} ({before} MW less to be served)"
    return f"{by} MW less of {subject} ({less} instead of {before} MW)"


def latency_phrase(workload: str, now: float, needed: float) -> str:
    """Word a longer round trip."""
    if not math.isfinite(needed):
        return f"no latency limit instead of {figure(now)} ms for {workload}"
    more = safe(needed, needed - now, up=True)
    return f"a latency limit of {more} instead of {figure(now)} ms for {workload}"


def regions_phrase(workload: str, hubs: list[str]) -> str:
    """Word hubs that a workload may use as well."""
    return f"{names(hubs)} allowed for {workload} as well"


def closed_phrase(hub: str, room: str) -> str:
    """Word a hub that is opened."""
    return f"{hub} opened ({room} of room)"


def serves_phrase(hub: str, origin: str) -> str:
    """Word a hub that serves one more origin."""
    return f"{hub} serves {origin} as well"
