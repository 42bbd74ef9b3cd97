"""The answers to "why there?" and "why not there?", as text and figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.model.instance import FLAT
from siting.reasons.forced import forced_rate
from siting.reasons.parts import NUMBER, PARTS, PLAIN
from siting.reasons.why import (
    CHOSEN,
    PRICE,
    TIE,
    UNDECIDED,
    Reasons,
    Why,
    WhyNot,
    class_table,
    find_hub,
    find_workload,
    reason_table,
    reasons_of,
)
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

WORDS = {
    "power": "power",
    "hosting": "hosting",
    "capital": "capital of room",
    "transfer": "transfer",
    "staging": "staging of data",
    "moving": "moving there",
    "carbon": "carbon price",
    "accelerators": "accelerators",
    "placement": "placement costs",
    "unserved": "not served",
    "other": "other objectives",
    "room": "worth of scarce room",
    "bandwidth": "worth of hub bandwidth",
    "links": "worth of links",
    "green": "worth of green power",
    "cap": "worth of the carbon cap",
    "policy": "worth of policy shares",
}
SHOWN = 6
LEAST = 5e-5


def why(plan: "Plan", workload: str) -> Why:
    """Tell where a workload runs and why there.

    Parameters
    ----------
    plan : Plan
    workload : str

    Returns
    -------
    Why
        With the admissible hubs ordered by what one more MW would cost there.
    """
    at = find_workload(plan, workload)
    reasons = reasons_of(plan, at)
    at = int(reasons.study.placed.crowd[at])
    instance, prices = reasons.study.instance, reasons.prices
    pairs = reasons.pair[at]
    hubs = np.flatnonzero(pairs >= 0)
    mine = pairs[hubs]
    table = pd.DataFrame({"hub": instance.scenario.hubs.index.to_numpy(object)[hubs]})
    table["reason"] = reasons.reason[at, hubs]
    table["share"] = prices.share[mine]
    table["rtt_ms"] = instance.reach.rtt_ms[instance.origin[at], hubs]
    table["price"] = prices.here[:, mine].sum(axis=0) / reasons.kwh
    table["too_dear"] = prices.excess[mine] / reasons.kwh
    table.loc[table["reason"] == CHOSEN, "too_dear"] = 0.0
    for part in PARTS:
        table[part] = prices.here[NUMBER[part], mine] / reasons.kwh
    order = ["too_dear", "rtt_ms"]
    table = table.sort_values(order, ignore_index=True, kind="stable")
    return Why(workload, _why_text(reasons, at, table), table)


def _why_text(reasons: Reasons, at: int, table: pd.DataFrame) -> str:
    instance = reasons.study.instance
    row = instance.scenario.workloads.iloc[at]
    limit = instance.rtt_limit_ms[at]
    text = "{id} ({name}): {mw:,.2f} MW in the mean, from {origin}."
    if np.isfinite(limit):
        text = (
            "{id} ({name}): {mw:,.2f} MW in the mean, from {origin} within {ms:g} ms."
        )
    facts = {"id": row["id"], "name": row["name"], "origin": row["origin"]}
    lines = [word(text, **facts, mw=instance.mean_mw[at], ms=limit)]
    for place in table[table["share"] > 0].to_dict("records"):
        text = (
            "{percent:.1f} % runs at {hub}, {rtt_ms:.1f} ms away; one more MW there "
            "costs {price:.4f} {unit} of IT energy: {parts}."
        )
        if instance.manner[at] != FLAT:
            text = (
                "{percent:.1f} % runs at {hub}, {rtt_ms:.1f} ms away; one more MW "
                "there, in the hours that suit best, costs {price:.4f} {unit} of IT "
                "energy: {parts}."
            )
        runs = word(
            text,
            percent=100 * place["share"],
            hub=place["hub"],
            rtt_ms=place["rtt_ms"],
            price=_unsigned(place["price"]),
            unit=word(reasons.unit),
            parts=_split(place, PARTS),
        )
        lines.append(f"  {runs}")
    served = float(table["share"].sum()) if len(table) else 0.0
    if served < 1.0 - 1e-9 and instance.mean_mw[at] > 0:
        text = "{percent:.1f} % is not served."
        lines.append("  " + word(text, percent=100 * (1 - served)))
    others = table[table["share"] <= 0]
    if len(others):
        text = "Next, dearer by (of IT energy; per MW at the margin):"
        lines.append("  " + word(text))
    for place in others.head(SHOWN).to_dict("records"):
        lines.append(
            f"    {place['hub']:<20}{_unsigned(place['too_dear']):>10.4f}"
            f" {word(reasons.unit)}"
            f"{place['rtt_ms']:>8.1f} ms  {word(place['reason'])}"
        )
    barred = pd.Series(reasons.reason[at][reasons.pair[at] < 0]).value_counts()
    if len(barred):
        told = word(", ").join(
            word("{count} by {reason}", count=count, reason=word(str(reason)))
            for reason, count in barred.items()
        )
        lines.append("  " + word("Out of the question: {told}.", told=told))
    return "\n".join(lines)


def _unsigned(price: float) -> float:
    """Round a price to what is shown of it, a zero without a sign."""
    return round(float(price), 4) + 0.0


def _split(amounts: Mapping[Any, Any], parts: tuple[str, ...]) -> str:
    shown = [
        f"{word(WORDS[part])} {amounts[part]:+.4f}".replace("+", "")
        for part in parts
        if abs(amounts[part]) >= LEAST
    ]
    return word(", ").join(shown) or word("nothing")


def why_not(
    plan: "Plan",
    workload: str | None = None,
    hub: str | None = None,
    *,
    by: str = "pair",
    exact: bool | None = None,
) -> "pd.DataFrame | WhyNot":
    """Tell why workloads do not run at hubs.

    Parameters
    ----------
    plan : Plan
    workload, hub : str, optional
        With both, the answer is about that one pair; else a table of all there are.
    by : {"pair", "class"}
        Rows of the table: workload and hub, or class and hub with the reason that holds
        for most MW of the class.
    exact : bool, optional
        Whether to find rates by solving again: prices at the margin may understate
        them where the plan is not the only optimum. By default for one pair only.

    Returns
    -------
    WhyNot or DataFrame
        Columns as in ``docs/reasons.md``.
    """
    index = plan.scenario.workloads.index
    of_hub = None if hub is None else find_hub(plan, hub)
    at = None if workload is None else find_workload(plan, workload)
    if by == "class" and (at is None or of_hub is None):
        return class_table(reasons_of(plan))
    reasons = reasons_of(plan, at)
    crowd = reasons.study.placed.crowd
    if at is not None and of_hub is not None:
        return _answer(reasons, int(crowd[at]), of_hub, exact=exact is not False)
    rows = np.arange(len(index)) if at is None else np.array([at])
    hubs = np.arange(len(plan.scenario.hubs)) if of_hub is None else np.array([of_hub])
    table = reason_table(reasons, index[rows], crowd[rows], hubs)
    if exact:
        pair = reasons.pair[np.ix_(crowd[rows], hubs)].ravel()
        table["too_dear"] = _exact_rates(reasons, table, pair)
    return table


def _exact_rates(reasons: Reasons, table: pd.DataFrame, pair: np.ndarray) -> np.ndarray:
    """Find the rate of each pair that has one by solving again."""
    rates = table["too_dear"].to_numpy(float).copy()
    rows = np.flatnonzero(~np.isnan(rates) & (table["reason"] != CHOSEN).to_numpy())
    pairs, place = np.unique(pair[rows], return_inverse=True)
    found = [forced_rate(reasons.study, number)[0] for number in pairs.tolist()]
    rates[rows] = np.array(found, dtype=float)[place] / reasons.kwh
    return rates


def _answer(reasons: Reasons, workload: int, hub: int, *, exact: bool) -> WhyNot:
    instance, prices = reasons.study.instance, reasons.prices
    scenario = instance.scenario
    reason = str(reasons.reason[workload, hub])
    pair = int(reasons.pair[workload, hub])
    per_mw, holds, split = np.nan, np.nan, {}
    if pair >= 0 and reason != "no demand":
        per_mw = 0.0 if reason == CHOSEN else float(prices.excess[pair])
        more = (prices.here - prices.now)[:, pair] / reasons.kwh
        split = {part: float(more[NUMBER[part]]) for part in PARTS}
        if exact and reason != CHOSEN:
            per_mw, holds = forced_rate(reasons.study, pair)
    rtt = float(instance.reach.rtt_ms[instance.origin[workload], hub])
    limit = float(instance.rtt_limit_ms[workload])
    names = str(scenario.workloads.index[workload]), str(scenario.hubs.index[hub])
    found = WhyNot(
        *names,
        reason,
        per_mw / reasons.kwh,
        per_mw,
        split,
        exact and pair >= 0,
        holds,
        rtt,
        limit,
        "",
    )
    text = word("{workload} at {hub}: ", workload=names[0], hub=names[1])
    text += _sentence(reasons, found, workload, hub)
    return WhyNot(**{**found.__dict__, "text": text})


def _sentence(reasons: Reasons, found: WhyNot, workload: int, hub: int) -> str:
    scenario = reasons.study.instance.scenario
    reason = found.reason
    if reason == "latency":
        if np.isnan(found.rtt_ms):
            return word("there is no path.")
        if found.rtt_ms <= found.rtt_limit_ms:
            return word("one direction of its traffic has no path within its limit.")
        text = "{rtt_ms:.1f} ms away, and its limit is {limit_ms:g} ms."
        return word(text, rtt_ms=found.rtt_ms, limit_ms=found.rtt_limit_ms)
    row, place = scenario.workloads.iloc[workload], scenario.hubs.iloc[hub]
    if reason in _FIXED:
        return word(_FIXED[reason], origin=row["origin"])
    if np.isinf(found.per_mw):
        if place["it_capacity_mw"] <= 0:
            return word("there is no room: no plan would keep all limits.")
        return word("nothing fits: no plan would keep all limits.")
    if reason == TIE:
        return word("it would cost the same there; the plan is one of several.")
    if reason == UNDECIDED and found.too_dear < LEAST:
        text = "prices at the margin make it no dearer, which alone does not prove it."
        return word(text)
    facts = {"dear": _unsigned(found.too_dear), "unit": word(reasons.unit)}
    text = word("{dear:.4f} {unit} of IT energy too dear", **facts)
    if reason not in (PRICE, UNDECIDED):
        text = word(
            "kept out by {limit}: by itself it would be {plain:.4f} {unit} cheaper "
            "there, but {dear:.4f} {unit} of IT energy is lost elsewhere",
            limit=word(_LIMITS[reason]),
            plain=_unsigned(-sum(found.split[part] for part in PLAIN)),
            **facts,
        )
    text = word("{text} ({parts}).", text=text, parts=_split(found.split, PARTS))
    gap = found.too_dear - sum(found.split.values())
    if found.exact and abs(gap) > max(LEAST, 1e-6 * abs(found.too_dear)):
        open_ = " The parts leave {gap:.4f} open: prices at the margin are not unique."
        text += word(open_, gap=gap)
    if np.isfinite(found.holds_to_mw):
        holds = " That holds for the first {mw:,.2f} MW."
        text += word(holds, mw=found.holds_to_mw)
    return text


_FIXED = {
    CHOSEN: "it runs there.",
    "closed": "the hub is closed.",
    "serves": "the hub serves other origins than {origin}.",
    "region": "the workload may not go to this hub, side or province.",
    "no demand": "there is no demand to place.",
}
_LIMITS = {
    "room": "the room there",
    "bandwidth": "the bandwidth on the way",
    "green": "the green share asked for",
    "carbon": "the carbon cap",
    "policy": "policy shares",
}
