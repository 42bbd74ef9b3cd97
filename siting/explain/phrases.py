"""One sentence for each kind of change."""

import math

from siting.explain.limits import LEAST_ROOM, Key, subject_of
from siting.explain.words import (
    figure,
    green_words,
    names,
    safe,
    who,
)
from siting.model.instance import Instance
from siting.scopes import share_words
from siting.words import word


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
        return word(
            "{by} MW more room at {subject}, standing or to be built "
            "({more} instead of {before} MW standing)",
            by=by,
            subject=subject,
            more=more,
            before=before,
        )
    if kind in ("ingress", "egress"):
        text = (
            "{by} Gbps more bandwidth out of {subject} ({more} instead of {before} "
            "Gbps)"
        )
        if kind == "ingress":
            text = (
                "{by} Gbps more bandwidth into {subject} ({more} instead of {before} "
                "Gbps)"
            )
        return word(text, by=by, subject=subject, more=more, before=before)
    if kind == "link":
        return word(
            "{by} Gbps more head-room on the link {subject} ({more} "
            "instead of {before} Gbps)",
            by=by,
            subject=subject,
            more=more,
            before=before,
        )
    if kind == "certificate":
        return word(
            "{by} MWh more certificates of offer {subject} ({more} "
            "instead of {before} MWh)",
            by=by,
            subject=subject,
            more=more,
            before=before,
        )
    if kind == "green":
        words = green_words(instance, place)
        return word(
            "a green share of {less} instead of {before} % for {words}",
            less=less,
            before=before,
            words=words,
        )
    if kind == "carbon-cap":
        return word(
            "a carbon cap of {more} instead of {before} t ({by} t more)",
            more=more,
            before=before,
            by=by,
        )
    if kind in ("placement-min", "placement-max"):
        least = kind == "placement-min"
        limit = (policy.placement_min if least else policy.placement_max)[place]
        text = "at most {value} instead of {before} % of {words}"
        if least:
            text = "at least {value} instead of {before} % of {words}"
        words = share_words(limit)
        return word(text, value=less if least else more, before=before, words=words)
    if kind == "churn":
        return word(
            "at most {more} instead of {before} % of the load leaves its hub",
            more=more,
            before=before,
        )
    if kind == LEAST_ROOM:
        return word(
            "{less} instead of {before} MW of room kept open at {subject}",
            less=less,
            before=before,
            subject=subject,
        )
    subject = who(instance, [place])
    if needed <= 0:
        return word(
            "without {subject} ({before} MW less to be served)",
            subject=subject,
            before=before,
        )
    return word(
        "{by} MW less of {subject} ({less} instead of {before} MW)",
        by=by,
        subject=subject,
        less=less,
        before=before,
    )


def latency_phrase(workload: str, now: float, needed: float) -> str:
    """Word a longer round trip."""
    if not math.isfinite(needed):
        return word(
            "no latency limit instead of {now} ms for {workload}",
            now=figure(now),
            workload=workload,
        )
    more = safe(needed, needed - now, up=True)
    return word(
        "a latency limit of {more} instead of {now} ms for {workload}",
        more=more,
        now=figure(now),
        workload=workload,
    )


def regions_phrase(workload: str, hubs: list[str]) -> str:
    """Word hubs that a workload may use as well."""
    return word(
        "{hubs} allowed for {workload} as well", hubs=names(hubs), workload=workload
    )


def closed_phrase(hub: str, room: str) -> str:
    """Word a hub that is opened."""
    return word("{hub} opened ({room} of room)", hub=hub, room=room)


def serves_phrase(hub: str, origin: str) -> str:
    """Word a hub that serves one more origin."""
    return word("{hub} serves {origin} as well", hub=hub, origin=origin)
