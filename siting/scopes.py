"""Which work a limit of the policy is about, and where, in words."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from siting.names import Names
from siting.words import word

if TYPE_CHECKING:
    from siting.settings import GreenLimit, PlacementLimit

# Attributes of limits of the policy that have names, and of what.
CALLED = (
    ("workload", "workloads"),
    ("workload_class", "classes"),
    ("origin", "nodes"),
    ("hub", "hubs"),
)
# Begins the subject of the green share that one workload asks for.
ONE_WORKLOAD = "workload:"
# Limits of the policy that the table of limits calls by their number.
NUMBERED = ("placement-min", "placement-max", "green")


def scope_words(limit: "GreenLimit | PlacementLimit") -> str:
    """Say which workloads a limit of the policy is about."""
    if limit.workload:
        return limit.workload
    words = []
    if limit.workload_class:
        words.append(word("class {name}", name=limit.workload_class))
    if limit.origin:
        words.append(word("from {origin}", origin=limit.origin))
    return " ".join(words) or word("all workloads")


def place_words(limit: "PlacementLimit") -> str:
    """Say where a placement limit puts workloads."""
    if limit.hub:
        return word("at {hub}", hub=limit.hub)
    if limit.province:
        return word("in province {province}", province=limit.province)
    return word("on side {side}", side=word(limit.side))


def share_words(limit: "PlacementLimit") -> str:
    """Say which workloads a placement limit puts where."""
    return f"{scope_words(limit)} {place_words(limit)}"


def about(names: Names, section: str, number: int) -> str:
    """Say which work, and where, a limit of the policy is about, by its names.

    Parameters
    ----------
    names : Names
    section : {"placement_min", "placement_max", "green_min"}
    number : int
        From 0.
    """
    limit = getattr(names.scenario.policy, section)[number]
    called: dict[str, Any] = {
        attribute: names.of(kind, key)
        for attribute, kind in CALLED
        if (key := getattr(limit, attribute, ""))
    }
    named = replace(limit, **called)
    if section != "green_min":
        return share_words(named)
    words = scope_words(named)
    return word("{words} in every period", words=words) if named.every_period else words


def policy_words(names: Names, kind: str, subject: str) -> str:
    """Say what a limit of the policy applies to, which the table of limits numbers.

    Parameters
    ----------
    names : Names
    kind : str
        One of :data:`NUMBERED`.
    subject : str
        Its number; of green power also the workload that asks for it.
    """
    if kind != "green":
        return about(names, kind.replace("-", "_"), int(subject))
    if subject.isdecimal():
        return about(names, "green_min", int(subject))
    return names.of("workloads", subject.removeprefix(ONE_WORKLOAD))
