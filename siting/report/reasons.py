"""Why the plan is as it is: limits and their worth, rejected hubs, what decided it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.reasons.phrases import amount, objective_unit
from siting.reasons.rebuild import study
from siting.report.table import Head, Row, Table, few, figure, heads
from siting.words import names_of, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.plan import Plan

TOP_LIMITS, TOP_DECIDED = 12, 12
MOST_WORKLOADS = 5000
BINDS = 1e-6
REASONS = {
    "chosen": "some of it runs there",
    "tie": "it would cost the same there",
    "price": "dearer even if no limit had a price",
    "room": "its room is worth more to other work",
    "bandwidth": "the bandwidth on the way is worth more to other work",
    "latency": "no path within the round trip allowed",
    "green": "kept out by the green share asked for",
    "carbon": "kept out by the carbon cap",
    "policy": "kept out by policy shares",
    "closed": "the hub is closed",
    "serves": "the hub serves other origins only",
    "region": "the work may not go there",
    "no demand": "there is no demand to place",
}
SHORT = {"chosen": "runs here", "price": "too dear", "carbon": "carbon cap"}
"""Words for a reason whose own word means something else elsewhere."""
NO_PRICE = ("chosen", "latency", "closed", "serves", "region")
INPUTS = {
    ("workloads", "it_mw"): "IT load demanded",
    ("profiles", "factor"): "shape of demand over the day",
    ("tariffs", "price_cny_per_mwh"): "power price",
    ("hubs", "pue"): "PUE",
    ("hubs", "pue_new"): "PUE of new rooms",
    ("hubs", "hosting_cny_per_mw_year"): "hosting",
    ("hubs", "it_capacity_mw"): "standing room",
    ("hubs", "capex_cny_per_kw"): "capital of new room",
    ("hubs", "green_share"): "contracted green power",
    ("settings", "discount_rate"): "discount rate",
    ("settings", "life_years"): "life of rooms",
    ("workloads", "to_hub_gbps_per_mw"): "data rate to the hub",
    ("workloads", "from_hub_gbps_per_mw"): "data rate from the hub",
}


def explained(plan: "Plan") -> bool:
    """Whether reasons can be given within a minute: a solved plan, not too large."""
    return plan.status != "given" and len(plan.scenario.workloads) <= MOST_WORKLOADS


@dataclass(frozen=True)
class Names:
    """Names of hubs, nodes and links for people."""

    plan: "Plan"
    lang: str

    def of(self, kind: str, subject: str) -> str:
        """Name the subject of a limit or the key of an input."""
        scenario = self.plan.scenario
        for frame in (scenario.hubs, scenario.nodes):
            if subject in frame.index:
                return str(names_of(frame, self.lang)[subject])
        if kind in ("link", "widen", "links") and subject in scenario.links.index:
            ends = names_of(scenario.nodes, self.lang)
            row = scenario.links.loc[subject]
            return f"{ends[row['source']]} – {ends[row['target']]}"
        if subject == "*":
            return word("all", self.lang)
        return word(subject, self.lang) if subject else "–"

    def keys(self, table: str, text: str) -> str:
        """Name the first few of the keys that a statement is about."""
        return few([self.of(table, key) for key in text.split("|")], self.lang)


def limits(plan: "Plan", lang: str) -> Table:
    """Return the limits that are worth anything, and over which values that holds."""
    found = plan.limits
    binding = found["slack"].abs() <= BINDS * found["limit"].abs().clip(lower=1.0)
    kinds = set(found.loc[(found["worth"] > 0) | binding, "kind"])
    table = plan.worth(kinds)
    rate = table["worth"].where(table["worth"] > 0, table["worth_of_less"])
    weight = rate.replace(np.inf, 0.0) * table["limit"].abs().clip(lower=1.0)
    table = table.loc[weight.sort_values(ascending=False, kind="stable").index]
    table = table[(table["worth"] > 0) | (table["worth_of_less"] > 0)]
    names = Names(plan, lang)
    rows = []
    for limit in table.head(TOP_LIMITS).to_dict("records"):
        held = [figure(limit[end], 1, lang) for end in ("from", "to")]
        subject = names.of(limit["kind"], limit["subject"])
        cells = (
            subject,
            figure(limit["limit"], 1, lang),
            word(limit["unit"], lang) or "–",
            figure(limit["worth"], 0, lang),
            figure(limit["worth_of_less"], 0, lang),
            f"{held[0]} … {held[1]}",
        )
        rows.append(Row((word(limit["kind"], lang), *cells)))
    unit = word(objective_unit(study(plan).weights), lang)
    texts = [
        word("limit", lang),
        word("of", lang),
        word("value", lang),
        word("unit", lang),
        word("one unit more is worth, {unit} a year", lang, unit=unit),
        word("one unit less costs, {unit} a year", lang, unit=unit),
        word("holds over these values", lang),
    ]
    notes = []
    if table.empty:
        text = "No limit is worth anything: none keeps the plan from its best."
        notes.append(word(text, lang))
    if len(table) > TOP_LIMITS:
        rest = len(table) - TOP_LIMITS
        notes.append(word("{count} more limits have a worth", lang, count=rest))
    caption = word("Limits and what they are worth", lang)
    return Table(caption, heads(texts, "short", ""), tuple(rows), tuple(notes))


def rejected(plan: "Plan", lang: str) -> list[Table]:
    """Return the reason of every hub and class: shared hubs, and home sites apart."""
    found = plan.why_not(by="class")
    assert isinstance(found, pd.DataFrame)
    home = plan.scenario.hubs["kind"] == "home"
    names = names_of(plan.scenario.hubs, lang)
    classes = list(dict.fromkeys(found["class"]))
    texts = [word("hub", lang), *(word(str(name), lang) for name in classes)]
    mark = word("runs here", lang)
    is_home = found["hub"].map(home)
    tables = []
    for caption, part in (
        ("Reasons, hub by hub", found[~is_home]),
        ("Reasons, home sites", found[is_home]),
    ):
        rows = []
        for hub in dict.fromkeys(part["hub"]):
            cells = part[part["hub"] == hub].set_index("class")
            told = [_reason(cells, name, lang) for name in classes]
            rows.append(Row((str(names[hub]), *told)))
        if rows:
            notes = _legend(part["reason"], lang)
            left = heads(texts, "", *["short"] * len(classes))
            tables.append(Table(word(caption, lang), left, tuple(rows), notes, mark))
    return tables


def _reason(cells: pd.DataFrame, name: str, lang: str) -> str:
    if name not in cells.index:
        return "–"
    reason = str(cells["reason"][name])
    dear = float(cells["too_dear"][name])
    text = word(SHORT.get(reason, reason), lang)
    if reason not in NO_PRICE and np.isfinite(dear) and dear >= 5e-4:
        return f"{text} +{dear:.3f}"
    return text


def _legend(reasons: "Iterable[str]", lang: str) -> tuple[str, ...]:
    there = set(reasons)
    told = [
        word("{reason}: {meaning}", lang, reason=name, meaning=text)
        for reason, meaning in REASONS.items()
        if reason in there and reason != "chosen"
        for name in [word(SHORT.get(reason, reason), lang)]
        for text in [word(meaning, lang)]
    ]
    more = (
        "The reason is that of most MW of the class. The number: by how much the "
        "cheapest of it would be too dear there, CNY per kWh of IT energy."
    )
    stop = "；" if lang == "zh" else "; "
    return (stop.join(told), word(more, lang)) if told else (word(more, lang),)


def decided(plan: "Plan", lang: str) -> Table:
    """Return the inputs on which most of the objective hangs, with their grades."""
    table = plan.decided_by(TOP_DECIDED, by="source")
    names = Names(plan, lang)
    unit = word(objective_unit(study(plan).weights), lang)
    scale = 1e6 if unit == word("CNY", lang) else 1.0
    rows = []
    for row in table.to_dict("records"):
        place = (row["table"], row["column"])
        what = word(INPUTS[place], lang) if place in INPUTS else " ".join(place)
        value = "–" if np.isnan(row["value"]) else amount(row["value"])
        cells = (
            names.keys(row["table"], row["key"]),
            value.replace("-", "−"),
            word(row["unit"], lang),
            figure(row["per_percent"] / scale, 1, lang),
            figure(row["elasticity"], 3, lang),
            row["grade"] or "–",
            row["source"] or "–",
        )
        rows.append(Row((what, *cells)))
    money = word("M CNY", lang) if scale != 1.0 else unit
    texts = (
        Head(word("input", lang)),
        Head(word("of", lang)),
        Head(word("value", lang), "right"),
        Head(word("unit", lang), "short"),
        Head(word("1 % more of it, {unit} a year", lang, unit=money), "right"),
        Head(word("… in % of the total", lang), "right"),
        Head(word("grade", lang), "short"),
        Head(word("source", lang), "long"),
    )
    caption = word("Inputs on which most hangs", lang)
    return Table(caption, texts, tuple(rows))
