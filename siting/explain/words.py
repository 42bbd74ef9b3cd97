"""How an explanation words limits and amounts."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from siting.explain.limits import Key, size_of, subject_of
from siting.model.green import green_rules
from siting.model.instance import Instance
from siting.settings import GreenLimit, PlacementLimit

MOST_NAMES = 6
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
        return f"{', '.join(found[: most - 1])} and {len(found) - most + 1} more"
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"


def figure(value: float) -> str:
    """Write an amount with at most four digits that matter, or all whole ones."""
    if not math.isfinite(value):
        return "unlimited" if value > 0 else "nothing"
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


def scope_words(limit: GreenLimit | PlacementLimit) -> str:
    """Say which workloads a limit of the policy is about."""
    if limit.workload:
        return limit.workload
    words = []
    if limit.workload_class:
        words.append(f"class {limit.workload_class}")
    if limit.origin:
        words.append(f"from {limit.origin}")
    return " ".join(words) or "all workloads"


def place_words(limit: PlacementLimit) -> str:
    """Say where a placement limit puts workloads."""
    if limit.hub:
        return f"at {limit.hub}"
    if limit.province:
        return f"in province {limit.province}"
    return f"on side {limit.side}"


def green_words(instance: Instance, number: int) -> str:
    """Say which workloads a green share is about."""
    rule = green_rules(instance.scenario)[number]
    if rule.subject.startswith("workload:"):
        words = rule.subject.removeprefix("workload:")
    else:
        words = scope_words(instance.scenario.policy.green_min[int(rule.subject)])
    return f"{words} in every period" if rule.every_period else words


def region_words(instance: Instance, workload: int) -> str:
    """Say where a workload may go."""
    row = instance.scenario.workloads.iloc[workload]
    parts = []
    if row["allowed_hubs"]:
        parts.append(f"only at {names(row['allowed_hubs'])}")
    if row["allowed_sides"]:
        parts.append(f"only on side {names(row['allowed_sides'])}")
    if row["allowed_provinces"]:
        parts.append(f"only in province {names(row['allowed_provinces'])}")
    if row["excluded_hubs"]:
        parts.append(f"not at {names(row['excluded_hubs'])}")
    return " and ".join(parts)


def room_words(instance: Instance, hub: int) -> str:
    """Say how much room a hub has."""
    row = instance.scenario.hubs.iloc[hub]
    text = f"{figure(float(row['it_capacity_mw']))} MW"
    if row["build_max_mw"] > 0:
        text += f" standing, {figure(float(row['build_max_mw']))} MW more at most built"
    return text


def limit_words(instance: Instance, key: Key) -> str:
    """Say what a limit demands, with its amount."""
    kind, place = key
    policy = instance.scenario.policy
    subject, size = subject_of(instance, key), size_of(instance, key)
    if kind == "room":
        return f"room at {subject}: {room_words(instance, place)}"
    if kind in ("ingress", "egress"):
        way = "into" if kind == "ingress" else "out of"
        return f"bandwidth {way} {subject}: {figure(size)} Gbps"
    if kind == "link":
        widen = float(instance.scenario.links["widen_max_gbps"].iloc[place])
        more = f", {figure(widen)} Gbps more at most by widening" if widen > 0 else ""
        return f"head-room of the link {subject}: {figure(size)} Gbps{more}"
    if kind == "certificate":
        return f"certificates of offer {subject}: {figure(size)} MWh"
    if kind == "green":
        words = green_words(instance, place)
        return f"green share of at least {percent(size)} for {words}"
    if kind == "carbon-cap":
        return f"carbon cap of {figure(size)} t ({policy.carbon_accounting}-based)"
    if kind in ("placement-min", "placement-max"):
        least = kind == "placement-min"
        limit = (policy.placement_min if least else policy.placement_max)[place]
        side = "at least" if least else "at most"
        words = f"{scope_words(limit)} {place_words(limit)}"
        return f"{side} {percent(size)} of {words}"
    if kind == "churn":
        return f"at most {percent(size)} of the load may leave its current hub"
    if kind == "reserved-min":
        return f"{figure(size)} MW of room kept open at {subject}"
    if kind == "latency":
        return f"{subject} within {figure(instance.rtt_limit_ms[place])} ms"
    if kind == "regions":
        return f"{subject} {region_words(instance, place)}"
    if kind == "closed":
        return f"{subject} is closed"
    return f"{subject} ({load(instance, place)}) must be served"


def load(instance: Instance, workload: int) -> str:
    """Say how much a workload draws, and where it comes from."""
    origin = instance.scenario.workloads["origin"].iloc[workload]
    peak, it_mw = instance.peak_mw[workload], instance.it_mw[workload]
    at_peak = f", {figure(peak)} MW at its peak" if abs(peak - it_mw) > 1e-9 else ""
    return f"{figure(it_mw)} MW{at_peak} from {origin}"


def periods_words(instance: Instance, periods: np.ndarray) -> str:
    """Name periods, by their hours where they have one; "" for the whole year."""
    frame = instance.scenario.periods
    if not len(periods) or len(frame) == 1:
        return ""
    if len(periods) == len(frame):
        return "in all periods"
    hours = pd.to_numeric(frame.get("hour", pd.Series()), errors="coerce")
    if len(hours) != len(frame) or hours.isna().any() or len(periods) <= 3:
        word = "period" if len(periods) == 1 else "periods"
        return f"in {word} {names(map(str, frame.index[periods]))}"
    clock = sorted({int(hour) for hour in hours.iloc[periods]})
    runs: list[list[int]] = []
    for hour in clock:
        if runs and hour == runs[-1][-1] + 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    spans = [f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs]
    word = "hour" if len(clock) == 1 else "hours"
    return f"in {word} {names(spans)}"
