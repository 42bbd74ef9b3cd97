"""Why the plan is as it is: limits and their worth, rejected hubs, what decided it."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.instance import Instance
from siting.names import Names
from siting.reasons.gather import gathered, is_large
from siting.reasons.phrases import amount, objective_unit
from siting.reasons.rebuild import size_of, study
from siting.reasons.worth import worth
from siting.report.subjects import input_words, limit_words
from siting.report.table import Head, Row, Table, figure, heads
from siting.words import names_of, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siting.plan import Plan

TOP_LIMITS, TOP_DECIDED = 12, 12
# A program with more columns takes more than a minute in all.
MOST_COLUMNS = 50_000
KWH_PER_MWH = 1000.0
LEAST_DEAR = 0.005
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
    "nothing fits": "no plan keeps all limits with some of it there",
    "undecided": "no dearer at the margin; prices alone do not tell",
    "no demand": "there is no demand to place",
}
SHORT = {"chosen": "runs here", "price": "too dear", "carbon": "carbon cap"}
"""Words for a reason whose own word means something else elsewhere."""
NO_PRICE = ("chosen", "latency", "closed", "serves", "region")


def explained(plan: "Plan") -> bool:
    """Whether reasons can be given within a minute: a solved plan, not too large."""
    if plan.status == "given":
        return False
    if not is_large(plan):
        return True
    return size_of(Instance(gathered(plan).scenario)) <= MOST_COLUMNS


def limits(plan: "Plan") -> Table:
    """Return the limits that are worth anything, and over which values that holds."""
    table = worth(plan, set(plan.limits["kind"]), binding=True)
    rate = table["worth"].where(table["worth"] > 0, table["worth_of_less"])
    weight = rate.replace(np.inf, 0.0) * table["limit"].abs().clip(lower=1.0)
    table = table.loc[weight.sort_values(ascending=False, kind="stable").index]
    unknown = table[table["worth"].isna()]
    table = table[(table["worth"] > 0) | (table["worth_of_less"] > 0)]
    rows = []
    shown = pd.concat([table.head(TOP_LIMITS), unknown])
    for limit in shown.to_dict("records"):
        held = [figure(limit[end], 1) for end in ("from", "to")]
        subject = limit_words(plan, limit["kind"], limit["subject"])
        cells = (
            subject,
            figure(limit["limit"], 1),
            word(limit["unit"]) or "–",
            figure(limit["worth"], 0),
            figure(limit["worth_of_less"], 0),
            f"{held[0]} … {held[1]}",
        )
        rows.append(Row((word(limit["kind"]), *cells)))
    unit = word(objective_unit(study(plan).weights))
    texts = [
        word("limit"),
        word("applies to"),
        word("value"),
        word("unit"),
        word("one unit more is worth, {unit} a year", unit=unit),
        word("one unit less costs, {unit} a year", unit=unit),
        word("holds over these values"),
    ]
    notes = []
    if shown.empty:
        text = "No limit is worth anything: none keeps the plan from its best."
        notes.append(word(text))
    if len(table) > TOP_LIMITS:
        rest = len(table) - TOP_LIMITS
        notes.append(word("{count} more limits have a worth", count=rest))
    if len(unknown):
        notes.append(word("–: not known, the solver gives no answer"))
    caption = word("Limits and what they are worth")
    return Table(caption, heads(texts, "short", ""), tuple(rows), tuple(notes))


def rejected(plan: "Plan") -> list[Table]:
    """Return the reason of every hub and class: shared hubs, and home sites apart."""
    found = plan.why_not(by="class")
    assert isinstance(found, pd.DataFrame)
    home = plan.scenario.hubs["kind"] == "home"
    names = names_of(plan.scenario.hubs)
    classes = list(dict.fromkeys(found["class"]))
    texts = [word("hub"), *(word(str(name)) for name in classes)]
    mark = word("runs here")
    unit = word(objective_unit(study(plan).weights))
    is_home = found["hub"].map(home)
    tables = []
    for caption, part in (
        ("Reasons, hub by hub", found[~is_home]),
        ("Reasons, home sites", found[is_home]),
    ):
        rows = []
        for hub in dict.fromkeys(part["hub"]):
            cells = part[part["hub"] == hub].set_index("class")
            told = [_reason(cells, name) for name in classes]
            rows.append(Row((str(names[hub]), *told)))
        if rows:
            notes = _legend(part["reason"], unit)
            left = heads(texts, "", *["short"] * len(classes))
            tables.append(Table(word(caption), left, tuple(rows), notes, mark))
    return tables


def _reason(cells: pd.DataFrame, name: str) -> str:
    if name not in cells.index:
        return "–"
    reason = str(cells["reason"][name])
    dear = float(cells["too_dear"][name])
    text = word(SHORT.get(reason, reason))
    per_mwh = KWH_PER_MWH * dear
    if reason not in NO_PRICE and np.isfinite(dear) and per_mwh >= LEAST_DEAR:
        return f"{text} +{figure(per_mwh, 0 if per_mwh >= 10 else 2)}"
    return text


def _legend(reasons: "Iterable[str]", unit: str) -> tuple[str, ...]:
    there = set(reasons)
    told = [
        word("{reason}: {meaning}", reason=name, meaning=text)
        for reason, meaning in REASONS.items()
        if reason in there and reason != "chosen"
        for name in [word(SHORT.get(reason, reason))]
        for text in [word(meaning)]
    ]
    more = (
        "The reason is that of most MW of the class. The number: by how much the "
        "cheapest of it would be too dear there, {unit} per MWh of IT energy."
    )
    return tuple(
        text for text in (word("; ").join(told), word(more, unit=unit)) if text
    )


def decided(plan: "Plan") -> Table:
    """Return the inputs on which most of the objective hangs, with their grades."""
    table = plan.decided_by(TOP_DECIDED, by="source")
    names = Names(plan.scenario)
    unit = word(objective_unit(study(plan).weights))
    scale = 1e6 if unit == word("CNY") else 1.0
    rows = []
    for row in table.to_dict("records"):
        what, about = input_words(names, row["table"], row["column"], row["key"])
        value = "–" if np.isnan(row["value"]) else amount(row["value"])
        cells = (
            about,
            value.replace("-", "−"),
            word(row["unit"]),
            figure(row["per_percent"] / scale, 1),
            figure(row["elasticity"], 3),
            row["grade"] or "–",
            row["source"] or "–",
        )
        rows.append(Row((what, *cells)))
    money = word("M CNY") if scale != 1.0 else unit
    texts = (
        Head(word("input")),
        Head(word("applies to")),
        Head(word("value"), "right"),
        Head(word("unit"), "short"),
        Head(word("1 % more of it, {unit} a year", unit=money), "right"),
        Head(word("… in % of the total"), "right"),
        Head(word("grade"), "short"),
        Head(word("source"), "long"),
    )
    caption = word("Inputs on which most hangs")
    return Table(caption, texts, tuple(rows))
