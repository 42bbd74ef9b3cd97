"""Ledger, savings and emissions of a plan beside its baselines, as tables."""

from typing import TYPE_CHECKING

import numpy as np

from siting.export.heads import HEADS
from siting.report.table import Head, Row, Table, figure, heads
from siting.savings import (
    NETWORK,
    POWER_AND_ROOM,
    measures_of,
    more_unserved_mw,
    percent_less,
)
from siting.statements import weak_green_text
from siting.wording import Money, all_zero
from siting.words import word

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan import Plan

# measure, words, unit, factor on the value, decimals
CARBON_ROWS = (
    ("location_t", "CO2, location-based", "t", 1, 0),
    ("market_t", "CO2, market-based", "t", 1, 0),
    ("energy_mwh", "facility energy of the year", "MWh", 1, 0),
    ("green_share", "green power", "%", 100, 1),
)
SERVICE_ROWS = (
    ("west_share", "in the west, of what is served", "%", 100, 1),
    ("mean_rtt_ms", "mean round trip", "ms", 1, 2),
    ("unserved_mw", "IT load not served", "MW", 1, 1),
    ("east_reserved_mw", "room paid for in the east", "MW", 1, 1),
)


def plan_heads(measures: "pd.DataFrame", first: str) -> tuple[Head, ...]:
    """Return the heads of the plan and its baselines after that of the rows."""
    return heads([first, *(word(HEADS[str(c)][0]) for c in measures)], "")


def ledger(plan: "Plan") -> Table:
    """Return every term of the ledger beside those of the baselines."""
    measures = measures_of(plan)
    costs = measures[measures.index.str.startswith(("cost_cny", "ledger:"))]
    money = Money(costs.to_numpy().ravel())
    rows = []
    for measure, values in costs.iterrows():
        term = str(measure).removeprefix("ledger:")
        cells = [money.text(value).replace("-", "−") for value in values]
        if term == "cost_cny":
            rows.append(Row((word("cost of the year"), *cells), "total"))
        elif term != "total" and not all_zero(cells):
            rows.append(Row((word(term), *cells), "part"))
    caption = word("Ledger, {unit} a year", unit=word(money.unit))
    rows += _measured(measures, SERVICE_ROWS)
    return Table(caption, plan_heads(measures, ""), tuple(rows))


def carbon(plan: "Plan") -> Table:
    """Return emissions under both accountings beside those of the baselines."""
    measures = measures_of(plan)
    rows = _measured(measures, CARBON_ROWS)
    year = plan.scenario.settings.carbon_year
    notes = [word("Carbon factors of {year}", year=year)] if year else []
    notes += [text for text in (weak_green_text(plan),) if text]
    caption = word("Carbon under both accountings")
    return Table(caption, plan_heads(measures, ""), tuple(rows), tuple(notes))


def _measured(
    measures: "pd.DataFrame",
    told: tuple[tuple[str, str, str, int, int], ...],
) -> list[Row]:
    rows = []
    for measure, words, unit, factor, decimals in told:
        for _, values in measures[measures.index == measure].iterrows():
            cells = [figure(factor * value, decimals) for value in values]
            what = word(words)
            label = word("{what}, {unit}", what=what, unit=word(unit))
            if not all_zero(cells):
                rows.append(Row((label, *cells)))
    return rows


def savings(plan: "Plan") -> Table | None:
    """Return what the plan saves against each baseline; None without any."""
    measures = measures_of(plan)
    bases = [str(b) for b in measures if b not in ("plan", "upper_bound")]
    if not bases:
        return None
    others = [str(name) for name in measures if name != "plan"]
    less = {name: measures[name] - measures["plan"] for name in others}
    money = Money(float(less[name]["cost_cny"]) for name in less)
    rows = []
    for base in bases:
        saved = float(less[base]["cost_cny"])
        network = -_sum(less[base], NETWORK)
        room = _sum(less[base], POWER_AND_ROOM)
        even = np.nan
        if room > 0 and network > 0 and not _more_unserved_mw(measures, base):
            even = room / network
        cells = [money.text(amount) for amount in (saved, network, room)]
        cells.insert(1, figure(_percent(measures, base), 1))
        more = [figure(even, 2)]
        for measure in ("location_t", "market_t"):
            more.append(figure(_percent(measures, base, measure), 1))
        texts = [cell.replace("-", "−") for cell in (*cells, *more)]
        rows.append(Row((word(HEADS[base][0]), *texts)))
    unit = word(money.unit)
    texts = [
        word("against"),
        word("cost saved, {unit}", unit=unit),
        word("cost saved, %"),
        word("network, more, {unit}", unit=unit),
        word("power and room, less, {unit}", unit=unit),
        word("even at this many times the network's price"),
        word("CO2 saved, location-based, %"),
        word("CO2 saved, market-based, %"),
    ]
    notes = [*(unlike(measures, base) for base in bases), _bound(measures, bases[0])]
    caption = word("What the plan saves (less than zero: costs more)")
    return Table(caption, heads(texts, ""), tuple(rows), tuple(n for n in notes if n))


def _sum(less: "pd.Series[float]", terms: tuple[str, ...]) -> float:
    return float(less[less.index.isin([f"ledger:{term}" for term in terms])].sum())


def _percent(measures: "pd.DataFrame", base: str, measure: str = "cost_cny") -> float:
    if measure not in measures.index:
        return np.nan
    values = measures.T[measure]
    return percent_less(float(values[base]), float(values["plan"]))


def _more_unserved_mw(measures: "pd.DataFrame", base: str) -> float:
    if "unserved_mw" not in measures.index:
        return 0.0
    lost_mw = measures.T["unserved_mw"]
    return more_unserved_mw(float(lost_mw[base]), float(lost_mw["plan"]))


def unlike(measures: "pd.DataFrame", base: str) -> str:
    """Say that a baseline serves another amount of work than the plan; "" if not."""
    more_mw = _more_unserved_mw(measures, base)
    if not more_mw:
        return ""
    text = (
        "Not like for like: '{base}' serves {amount} MW less."
        if more_mw > 0
        else "Not like for like: '{base}' serves {amount} MW more."
    )
    return word(text, base=word(HEADS[base][0]), amount=figure(abs(more_mw), 1))


def _bound(measures: "pd.DataFrame", base: str) -> str:
    if "upper_bound" not in measures:
        return ""
    cost = measures.T["cost_cny"]
    most = float(cost[base] - cost["upper_bound"])
    if most <= 0:
        return ""
    return word(
        "No plan, with all limits taken off, saves more than {most} % against "
        "'{base}'; this plan reaches {part} % of that.",
        most=figure(percent_less(float(cost[base]), float(cost["upper_bound"])), 1),
        base=word(HEADS[base][0]),
        part=figure(100 * float(cost[base] - cost["plan"]) / most, 1),
    )
