"""How an explanation words limits and amounts."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from siting.explain.limits import Key, size_of, subject_of
from siting.model.green import green_rules
from siting.model.instance import Instance
from siting.scopes import ONE_WORKLOAD, scope_words, share_words
from siting.words import word

MOST_NAMES = 6
# Of workloads that are told as one.
FEW_NAMES = 3
# Column with the ids of workloads that are alike, where they are explained as one.
MEMBERS = "members"
DIGITS = 4
UNITS = {
    "room": "MW",
    "ingress": "Gbps",
    "egress": "Gbps",
    "link": "Gbps",
    "certificate": "MWh",
    "green": "%",
    "carbon-cap": "t",
    "placement-min": "%",
    "placement-max": "%",
    "churn": "%",
    "reserved-min": "MW",
    "demand": "MW",
    "latency": "ms",
    "regions": "",
    "closed": "",
    "serves": "",
}


def names(words: Iterable[str], most: int = MOST_NAMES) -> str:
    """List names: ``a, b and c``, or the first of them and a count."""
    found = list(dict.fromkeys(words))
    if len(found) > most:
        some = word(", ").join(found[: most - 1])
        rest = len(found) - most + 1
        return word("{text} and {rest} more", text=some, rest=rest)
    if len(found) < 2:
        return "".join(found)
    some = word(", ").join(found[:-1])
    return word("{some} and {last}", some=some, last=found[-1])


def members(instance: Instance, places: Iterable[int]) -> list[str]:
    """Give the ids of some workloads, and of those alike that they stand for."""
    frame = instance.scenario.workloads
    if MEMBERS not in frame:
        return [str(frame.index[place]) for place in places]
    cells = frame[MEMBERS]
    return list(chain.from_iterable(cells.iloc[place] for place in places))


def who(instance: Instance, places: Sequence[int], most: int = FEW_NAMES) -> str:
    """Name a workload, or say how many workloads there are, and whose."""
    ids = members(instance, places)
    if len(ids) == 1:
        return ids[0]
    rows = instance.scenario.workloads.iloc[list(places)]
    classes = list(dict.fromkeys(rows["class"]))
    text = "{count} workloads of class {classes} from {origins} ({ids})"
    if len(classes) > 1:
        text = "{count} workloads of classes {classes} from {origins} ({ids})"
    return word(
        text,
        count=f"{len(ids):,}",
        classes=names(classes),
        origins=names(rows["origin"]),
        ids=names(ids, most),
    )


def figure(value: float) -> str:
    """Write an amount with at most four digits that matter, or all whole ones."""
    if not math.isfinite(value):
        return word("unlimited" if value > 0 else "nothing")
    if value == 0:
        return "0"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def safe(value: float, amount: float, *, up: bool) -> str:
    """Write a value rounded to the side on which it suffices.

    Parameters
    ----------
    value : float
    amount : float
        The change; its first digits decide how finely the value is written.
    up : bool
        Whether more is enough.
    """
    if not math.isfinite(value) or amount <= 0:
        return figure(value)
    decimals = max(0, DIGITS - 1 - math.floor(math.log10(amount)))
    steps = value * 10.0**decimals
    # Less than a billionth is the solver's noise, not a step.
    noise = 1e-9 * max(1.0, abs(steps))
    whole = math.ceil(steps - noise) if up else math.floor(steps + noise)
    text = f"{whole / 10.0**decimals:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """Write a share in per cent."""
    return f"{figure(100.0 * share)} %"


def green_words(instance: Instance, number: int) -> str:
    """Say which workloads a green share is about."""
    rule = green_rules(instance.scenario)[number]
    if rule.subject.startswith(ONE_WORKLOAD):
        words = who(instance, [int(rule.members[0])])
    else:
        words = scope_words(instance.scenario.policy.green_min[int(rule.subject)])
    return word("{words} in every period", words=words) if rule.every_period else words


def region_words(instance: Instance, workload: int) -> str:
    """Say where a workload may go."""
    row = instance.scenario.workloads.iloc[workload]
    parts = []
    if row["allowed_hubs"]:
        parts.append(word("only at {hubs}", hubs=names(row["allowed_hubs"])))
    if row["allowed_sides"]:
        sides = names(map(word, row["allowed_sides"]))
        parts.append(word("only on side {sides}", sides=sides))
    if row["allowed_provinces"]:
        provinces = names(row["allowed_provinces"])
        parts.append(word("only in province {provinces}", provinces=provinces))
    if row["excluded_hubs"]:
        parts.append(word("not at {hubs}", hubs=names(row["excluded_hubs"])))
    return word(" and ").join(parts)


def room_words(instance: Instance, hub: int) -> str:
    """Say how much room a hub has."""
    row = instance.scenario.hubs.iloc[hub]
    text = f"{figure(float(row['it_capacity_mw']))} MW"
    if row["build_max_mw"] > 0:
        more = figure(float(row["build_max_mw"]))
        text += word(" standing, {more} MW more at most built", more=more)
    return text


def limit_words(instance: Instance, key: Key) -> str:
    """Say what a limit demands, with its amount."""
    kind, place = key
    policy = instance.scenario.policy
    subject, size = subject_of(instance, key), size_of(instance, key)
    if kind == "room":
        return word(
            "room at {subject}: {room}",
            subject=subject,
            room=room_words(instance, place),
        )
    if kind in ("ingress", "egress"):
        text = "bandwidth out of {subject}: {size} Gbps"
        if kind == "ingress":
            text = "bandwidth into {subject}: {size} Gbps"
        return word(text, subject=subject, size=figure(size))
    if kind == "link":
        widen = float(instance.scenario.links["widen_max_gbps"].iloc[place])
        text = "head-room of the link {subject}: {size} Gbps"
        text = word(text, subject=subject, size=figure(size))
        if widen > 0:
            more = figure(widen)
            text += word(", {more} Gbps more at most by widening", more=more)
        return text
    if kind == "certificate":
        return word(
            "certificates of offer {subject}: {size} MWh",
            subject=subject,
            size=figure(size),
        )
    if kind == "green":
        words = green_words(instance, place)
        return word(
            "green share of at least {size} for {words}",
            size=percent(size),
            words=words,
        )
    if kind == "carbon-cap":
        return word(
            "carbon cap of {size} t ({basis})",
            size=figure(size),
            basis=word(f"{policy.carbon_accounting}-based"),
        )
    if kind in ("placement-min", "placement-max"):
        least = kind == "placement-min"
        limit = (policy.placement_min if least else policy.placement_max)[place]
        words = share_words(limit)
        text = "at least {size} of {words}" if least else "at most {size} of {words}"
        return word(text, size=percent(size), words=words)
    if kind == "churn":
        text = "at most {size} of the load may leave its current hub"
        if instance.scenario.settings.unserved_cny_per_mwh is not None:
            text = (
                "at most {size} of the load may leave its current hub, and what is not "
                "served has left, too"
            )
        return word(text, size=percent(size))
    if kind == "reserved-min":
        return word(
            "{size} MW of room kept open at {subject}",
            size=figure(size),
            subject=subject,
        )
    if kind == "latency":
        return word(
            "{subject} within {limit} ms",
            subject=who(instance, [place]),
            limit=figure(instance.rtt_limit_ms[place]),
        )
    if kind == "regions":
        return f"{who(instance, [place])} {region_words(instance, place)}"
    if kind == "closed":
        return word("{subject} is closed", subject=subject)
    return word("{subject} must be served", subject=who_and_load(instance, place))


def who_and_load(instance: Instance, workload: int) -> str:
    """Name a workload, with how much it draws and where it comes from."""
    origin = instance.scenario.workloads["origin"].iloc[workload]
    peak, it_mw = instance.peak_mw[workload], instance.it_mw[workload]
    varies = abs(peak - it_mw) > 1e-9
    if len(members(instance, [workload])) > 1:
        text = "{who}, {mw} MW, {peak} MW at the peak," if varies else "{who}, {mw} MW,"
    else:
        text = "{who} ({mw} MW from {origin})"
        if varies:
            text = "{who} ({mw} MW, {peak} MW at its peak from {origin})"
    name = who(instance, [workload])
    return word(text, who=name, mw=figure(it_mw), peak=figure(peak), origin=origin)


def periods_words(instance: Instance, periods: np.ndarray) -> str:
    """Name periods, by their hours where they have one; "" for the whole year."""
    frame = instance.scenario.periods
    if not len(periods) or len(frame) == 1:
        return ""
    if len(periods) == len(frame):
        return word("in all periods")
    hours = pd.to_numeric(frame.get("hour", pd.Series()), errors="coerce")
    if len(hours) != len(frame) or hours.isna().any() or len(periods) <= 3:
        text = "in period {periods}" if len(periods) == 1 else "in periods {periods}"
        return word(text, periods=names(map(str, frame.index[periods])))
    clock = sorted({int(hour) for hour in hours.iloc[periods]})
    runs: list[list[int]] = []
    for hour in clock:
        if runs and hour == runs[-1][-1] + 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    spans = [f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs]
    text = "in hour {hours}" if len(clock) == 1 else "in hours {hours}"
    return word(text, hours=names(spans))
