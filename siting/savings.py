"""The plan beside its baselines: what it saves, and whether the network eats it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.names import Names
from siting.plan_files import PLANS
from siting.wording import Money, all_zero, number, row, wrapped
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

NAMES = {
    "plan": "plan",
    "today": "today",
    "nearest": "nearest",
    "east_nearest": "east nearest",
    "east_optimal": "east optimal",
    "upper_bound": "upper bound",
}
# A smaller difference of what is served is rounding.
LEAST_MW = 1e-6
NETWORK = ("transfer", "widening", "staging")
POWER_AND_ROOM = ("electricity", "hosting", "capacity")

# measure, label, factor on the value, decimals
ROWS: tuple[tuple[str, str, float, int], ...] = (
    ("energy_mwh", "facility energy, MWh", 1, 0),
    ("location_t", "CO2 location-based, t", 1, 0),
    ("market_t", "CO2 market-based, t", 1, 0),
    ("green_share", "green power, %", 100, 1),
    ("unserved_mw", "not served, MW", 1, 1),
    ("mean_rtt_ms", "mean RTT, ms", 1, 2),
    ("west_share", "in the west, % of served", 100, 1),
    ("west_share:", "  {}, %", 100, 1),
    ("east_it_mw", "east: drawn, MW", 1, 1),
    ("east_reserved_mw", "east: room paid for, MW", 1, 1),
    ("east_idle_mw", "east: room set free, MW", 1, 1),
)


def measures_of(plan: "Plan") -> pd.DataFrame:
    """Return measures by plan, of the ledger alone where there are no baselines."""
    frame = plan.baselines.set_index("measure")[list(PLANS)]
    if frame.empty:
        ledger = plan.ledger.set_index("term")[list(PLANS)]
        named = {term: f"ledger:{term}" for term in ledger.index}
        frame = ledger.rename(index=named | {"total": "cost_cny"})
    return frame.loc[:, frame.notna().any()]


def _heads(label: str, columns: Iterable[str]) -> list[str]:
    """Two lines of column heads: names of two words stand one above the other."""
    words = [word(NAMES[column]).split() for column in columns]
    upper = ["" if len(pair) == 1 else pair[0] for pair in words]
    lines = [row("", upper), row(label, [pair[-1] for pair in words])]
    return [line.rstrip() for line in lines if line.strip()]


def comparison(measures: pd.DataFrame) -> list[str]:
    """Show every measure of the plan beside those of its baselines, line by line."""
    columns = list(measures.columns)
    costs = measures[measures.index.str.startswith(("cost_cny", "ledger:"))]
    money = Money(costs.to_numpy().ravel())
    title = word("THE PLAN, a year")
    if columns[1:]:
        title = word("THE PLAN AND ITS BASELINES, a year")
    lines = [title, *_heads("", columns)]
    for measure, values in costs.iterrows():
        name = str(measure).removeprefix("ledger:")
        is_total = name in ("cost_cny", "total")
        cells = [money.text(value) for value in values]
        if name == "total" or all_zero(cells):
            continue
        cost = word("cost, {unit}", unit=money.unit)
        lines.append(row(cost if is_total else f"  {word(name)}", cells))
    for measure, label, factor, decimals in ROWS:
        if measure.endswith(":"):
            rows = measures[measures.index.str.startswith(measure)]
        else:
            rows = measures[measures.index == measure]
        for subject, values in rows.iterrows():
            cells = [number(factor * value, decimals) for value in values]
            if all_zero(cells):
                continue
            text = word(label).format(word(str(subject).removeprefix(measure)))
            lines.append(row(text, cells))
    return lines


def _bases(measures: pd.DataFrame) -> list[str]:
    return [name for name in measures.columns if name not in ("plan", "upper_bound")]


def _values(measures: pd.DataFrame, *names: str) -> dict[str, float]:
    """Sum of some measures, by plan; zeros where a measure is not told."""
    rows = measures[measures.index.isin(names)].sum()
    return {str(plan): float(value) for plan, value in rows.items()}


def more_unserved_mw(one_mw: float, other_mw: float) -> float:
    """Tell how much more one plan leaves unserved than another; 0 for rounding.

    Plans that serve another amount of work are not like for like.

    >>> more_unserved_mw(2.5, 0.0)
    2.5
    >>> more_unserved_mw(1e-9, 0.0)
    0.0
    """
    more_mw = one_mw - other_mw
    return more_mw if abs(more_mw) > LEAST_MW else 0.0


def savings(measures: pd.DataFrame) -> list[str]:
    """Show what the plan saves in money and carbon, and the most any plan could."""
    bases = _bases(measures)
    if not bases:
        return []
    cost = _values(measures, "cost_cny")
    money = Money(value - cost["plan"] for value in cost.values())
    unserved_mw = _values(measures, "unserved_mw")
    lines = [word("WHAT THE PLAN SAVES (less than zero: what it costs more)")]
    lines.append(row("", [word("cost"), "", word("location"), "", word("market")]))
    heads = [money.unit, "%", word("t CO2"), "%", word("t CO2"), "%"]
    lines.append(row(word("against"), heads))
    notes = []
    for base in bases:
        cells = [money.text(cost[base] - cost["plan"]), _percent(cost, base)]
        for measure in ("location_t", "market_t"):
            carbon_t = _values(measures, measure)
            cells.append(number(carbon_t[base] - carbon_t["plan"], 0))
            cells.append(_percent(carbon_t, base))
        lines.append(row(f"  {word(NAMES[base])}", cells))
        more_mw = more_unserved_mw(unserved_mw[base], unserved_mw["plan"])
        if more_mw:
            note = "'{base}' serves {mw:,.1f} MW more"
            if more_mw > 0:
                note = "'{base}' serves {mw:,.1f} MW less"
            notes.append(word(note, base=word(NAMES[base]), mw=abs(more_mw)))
    if notes:
        told = word("; ").join(notes)
        lines.append(
            wrapped(word("Not like for like: {told} than the plan.", told=told))
        )
    if "upper_bound" in measures:
        lines.append(wrapped(_upper_bound(cost, bases[0], money)))
    return lines


def percent_less(before: float, after: float) -> float:
    """Tell how much less an amount is, in per cent of the size of the one before.

    >>> percent_less(-200.0, -300.0)
    50.0
    """
    return 100.0 * (before - after) / abs(before) if before else np.nan


def _percent(values: dict[str, float], base: str, other: str = "plan") -> str:
    return number(percent_less(values[base], values[other]), 1)


def _upper_bound(cost: dict[str, float], base: str, money: Money) -> str:
    most, saved = cost[base] - cost["upper_bound"], cost[base] - cost["plan"]
    text = word(
        "No plan, with all limits taken off, saves more than {most} {unit} ({percent} "
        "%) against '{base}'.",
        most=money.text(most),
        unit=money.unit,
        percent=_percent(cost, base, "upper_bound"),
        base=word(NAMES[base]),
    )
    if most > 0:
        reached = f"{100 * saved / most:.1f}"
        text += word(" This plan reaches {reached} % of that.", reached=reached)
    return text


def network_verdict(measures: pd.DataFrame) -> list[str]:
    """Set what the network costs against what power and room save."""
    bases = _bases(measures)
    if not bases:
        return []
    network = _values(measures, *(f"ledger:{term}" for term in NETWORK))
    room = _values(measures, *(f"ledger:{term}" for term in POWER_AND_ROOM))
    extra = {base: network["plan"] - network[base] for base in bases}
    saved = {base: room[base] - room["plan"] for base in bases}
    money = Money([*extra.values(), *saved.values()])
    lines = [word("DOES THE NETWORK EAT THE SAVING? The plan against each baseline")]
    lines += _heads(money.unit, bases)
    lost_mw = _values(measures, "unserved_mw")
    more_mw = {b: more_unserved_mw(lost_mw[b], lost_mw["plan"]) for b in bases}
    left = [np.nan if more_mw[b] else saved[b] - extra[b] for b in bases]
    lines.append(row(word("network, more"), map(money.text, extra.values())))
    lines.append(row(word("power and room, less"), map(money.text, saved.values())))
    lines.append(row(word("net saving"), map(money.text, left)))
    for base in bases:
        text = _unlike(base, more_mw[base])
        text = text or _verdict(base, extra[base], saved[base], money)
        lines.append(wrapped(text))
    lines.append(
        word(
            "(network: transfer, widening, staging; power and room: electricity, "
            "hosting, capacity)"
        )
    )
    return lines


def _unlike(base: str, more_mw: float) -> str:
    """Say why there is no verdict on plans that are not like for like."""
    if not more_mw:
        return ""
    text = (
        "Against '{base}': cannot be told, as it serves {mw:,.1f} MW more than the "
        "plan."
    )
    if more_mw > 0:
        text = (
            "Against '{base}': cannot be told, as it serves {mw:,.1f} MW less than the "
            "plan."
        )
    return word(text, base=word(NAMES[base]), mw=abs(more_mw))


def _verdict(base: str, extra: float, saved: float, money: Money) -> str:
    """Say whether moving pays, and at which network price the answer flips."""
    if money.text(saved) == money.text(extra) == money.text(0.0):
        text = "Against '{base}': no difference."
    elif saved > 0 and extra > 0:
        text = (
            "Against '{base}': the network takes {taken:.1f} % of what power and room "
            "save, so it does not pay by itself; it would be even at {flip:.3g} times "
            "the network's price, with the placement as it is."
        )
        if saved > extra:
            text = (
                "Against '{base}': the network takes {taken:.1f} % of what power and "
                "room save, so it pays; it would be even at {flip:.3g} times the "
                "network's price, with the placement as it is."
            )
    elif saved > 0:
        text = (
            "Against '{base}': saves {less} {unit} on power and room, {more} on "
            "network."
        )
    elif extra < 0:
        text = (
            "Against '{base}': {more} {unit} less network for {less} more power and "
            "room: it does not pay by itself."
        )
        if saved > extra:
            text = (
                "Against '{base}': {more} {unit} less network for {less} more power "
                "and room: it pays."
            )
    else:
        text = (
            "Against '{base}': power and room are not cheaper, so a network is not "
            "worth it."
        )
    return word(
        text,
        base=word(NAMES[base]),
        unit=money.unit,
        less=money.text(abs(saved)),
        more=money.text(abs(extra)),
        taken=100 * extra / saved if saved else 0.0,
        flip=saved / extra if extra else 0.0,
    )


def baseline_notes(plan: "Plan") -> list[str]:
    """Say what is odd about the baselines of a plan, from its manifest."""
    names = Names(plan.scenario)
    return [
        f"{word(NAMES[note['baseline']])}: {note_text(note, names)}"
        for note in plan.manifest.get("baseline_notes", [])
    ]


def note_text(note: Mapping[str, Any], names: Names) -> str:
    """Say a note about a baseline, with names in place of ids."""
    values = dict(note["values"])
    for key, kind in (("hub", "hubs"), ("link", "links")):
        if key in values:
            values[key] = names.of(kind, values[key])
    if "workloads" in values:
        called = [names.of("workloads", key) for key in values["workloads"]]
        values["workloads"] = word(", ").join(called)
    return word(note["text"], **values)
