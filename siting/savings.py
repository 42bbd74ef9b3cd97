"""The plan beside its baselines: what it saves, and whether the network eats it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from siting.plan_files import PLANS
from siting.wording import Money, all_zero, number, row, wrapped

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
    ("west_share", "in the west, %", 100, 1),
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
    words = [NAMES[column].split() for column in columns]
    upper = ["" if len(pair) == 1 else pair[0] for pair in words]
    lines = [row("", upper), row(label, [pair[-1] for pair in words])]
    return [line.rstrip() for line in lines if line.strip()]


def comparison(measures: pd.DataFrame) -> list[str]:
    """Show every measure of the plan beside those of its baselines, line by line."""
    columns = list(measures.columns)
    costs = measures[measures.index.str.startswith(("cost_cny", "ledger:"))]
    money = Money(costs.to_numpy().ravel())
    beside = " AND ITS BASELINES" if columns[1:] else ""
    lines = [f"THE PLAN{beside}, a year", *_heads("", columns)]
    for measure, values in costs.iterrows():
        name = str(measure).removeprefix("ledger:")
        is_total = name in ("cost_cny", "total")
        cells = [money.text(value) for value in values]
        if name == "total" or all_zero(cells):
            continue
        lines.append(row(f"cost, {money.unit}" if is_total else f"  {name}", cells))
    for measure, label, factor, decimals in ROWS:
        if measure.endswith(":"):
            rows = measures[measures.index.str.startswith(measure)]
        else:
            rows = measures[measures.index == measure]
        for subject, values in rows.iterrows():
            cells = [number(factor * value, decimals) for value in values]
            if all_zero(cells):
                continue
            text = label.format(str(subject).removeprefix(measure))
            lines.append(row(text, cells))
    return lines


def _bases(measures: pd.DataFrame) -> list[str]:
    return [name for name in measures.columns if name not in ("plan", "upper_bound")]


def _values(measures: pd.DataFrame, *names: str) -> dict[str, float]:
    """Sum of some measures, by plan; zeros where a measure is not told."""
    rows = measures[measures.index.isin(names)].sum()
    return {str(plan): float(value) for plan, value in rows.items()}


def savings(measures: pd.DataFrame) -> list[str]:
    """Show what the plan saves in money and carbon, and the most any plan could."""
    bases = _bases(measures)
    if not bases:
        return []
    cost = _values(measures, "cost_cny")
    money = Money(value - cost["plan"] for value in cost.values())
    unserved_mw = _values(measures, "unserved_mw")
    lines = ["WHAT THE PLAN SAVES (less than zero: what it costs more)"]
    lines.append(row("", ["cost", "", "location", "", "market"]))
    heads = [money.unit, "%", "t CO2", "%", "t CO2", "%"]
    lines.append(row("against", heads))
    notes = []
    for base in bases:
        cells = [money.text(cost[base] - cost["plan"]), _percent(cost, base)]
        for measure in ("location_t", "market_t"):
            carbon_t = _values(measures, measure)
            cells.append(number(carbon_t[base] - carbon_t["plan"], 0))
            cells.append(_percent(carbon_t, base))
        lines.append(row(f"  {NAMES[base]}", cells))
        more_mw = unserved_mw[base] - unserved_mw["plan"]
        if abs(more_mw) > 1e-6:
            word = "less" if more_mw > 0 else "more"
            notes.append(f"'{NAMES[base]}' serves {abs(more_mw):,.1f} MW {word}")
    if notes:
        lines.append(wrapped(f"Not like for like: {'; '.join(notes)} than the plan."))
    if "upper_bound" in measures:
        lines.append(wrapped(_upper_bound(cost, bases[0], money)))
    return lines


def _percent(values: dict[str, float], base: str, other: str = "plan") -> str:
    if not values[base]:
        return "-"
    return number(100 * (1 - values[other] / values[base]), 1)


def _upper_bound(cost: dict[str, float], base: str, money: Money) -> str:
    most, saved = cost[base] - cost["upper_bound"], cost[base] - cost["plan"]
    text = (
        f"No plan, with all limits taken off, saves more than {money.text(most)} "
        f"{money.unit} ({_percent(cost, base, 'upper_bound')} %) against "
        f"'{NAMES[base]}'"
    )
    if most > 0:
        text += f"; this plan reaches {100 * saved / most:.1f} % of that"
    return f"{text}."


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
    lines = ["DOES THE NETWORK EAT THE SAVING? The plan against each baseline"]
    lines += _heads(money.unit, bases)
    left = [saved[base] - extra[base] for base in bases]
    lines.append(row("network, more", map(money.text, extra.values())))
    lines.append(row("power and room, less", map(money.text, saved.values())))
    lines.append(row("left", map(money.text, left)))
    lines += [wrapped(_verdict(b, extra[b], saved[b], money)) for b in bases]
    lines.append(
        "(network: transfer, widening, staging; power and room: electricity, hosting, "
        "capacity)"
    )
    return lines


def _verdict(base: str, extra: float, saved: float, money: Money) -> str:
    """Say whether moving pays, and at which network price the answer flips."""
    less, more = money.text(abs(saved)), money.text(abs(extra))
    against, unit = f"Against '{NAMES[base]}'", money.unit
    if money.text(saved) == money.text(extra) == money.text(0.0):
        return f"{against}: no difference."
    if saved > 0 and extra > 0:
        share = f"the network takes {100 * extra / saved:.1f} % of what power and room"
        answer = "pays" if saved > extra else "does not pay by itself"
        flip = (
            f"it would be even at {saved / extra:.3g} times the network's price, "
            "with the placement as it is"
        )
        return f"{against}: {share} save, so it {answer}; {flip}."
    if saved > 0:
        return f"{against}: saves {less} {unit} on power and room, {more} on network."
    if extra < 0:
        answer = "pays" if saved > extra else "does not pay by itself"
        return (
            f"{against}: {more} {unit} less network for {less} more power and room: "
            f"it {answer}."
        )
    return f"{against}: power and room are not cheaper, so a network is not worth it."
