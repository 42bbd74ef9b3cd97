"""A plan as a page of text that a stranger can read."""

from collections.abc import Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.plan_files import PLANS

if TYPE_CHECKING:
    from siting.plan import Plan

WIDTH = 91
LABEL, COLUMN = 25, 11
TOP_LIMITS = 10
TOP_UNSERVED = 5

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
MILLION_FROM, THOUSAND_FROM = 1e7, 1e4

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


def text_summary(plan: "Plan") -> str:
    """Describe a plan: baselines, savings, verdict, accounting, limits and grades.

    Parameters
    ----------
    plan
        The plan, with or without baselines.

    Returns
    -------
    str
        Plain text about ninety columns wide, without an ending line break.
    """
    measures = _measures(plan)
    sections = [
        _title(plan),
        _comparison(measures),
        _savings(measures),
        _network_verdict(measures),
        _not_served(plan),
        _binding_limits(plan),
        _accounting(plan),
        _grades(plan),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _measures(plan: "Plan") -> pd.DataFrame:
    """Measures by plan; from the ledger alone where no baselines were asked for."""
    frame = plan.baselines.set_index("measure")[list(PLANS)]
    if frame.empty:
        ledger = plan.ledger.set_index("term")[list(PLANS)]
        named = {term: f"ledger:{term}" for term in ledger.index}
        frame = ledger.rename(index=named | {"total": "cost_cny"})
    return frame.loc[:, frame.notna().any()]


def _title(plan: "Plan") -> list[str]:
    manifest, scenario = plan.manifest, plan.scenario
    settings = scenario.settings
    title = f"{settings.title or settings.name} ({settings.name})"
    money = _Money([plan.cost_cny])
    state = f"{plan.status}: {money.text(plan.cost_cny, 3)} {money.unit} a year"
    if np.isfinite(plan.gap):
        state += f", proven to a gap of {round(100 * plan.gap, 9) + 0.0:.2g} %"
    library = manifest.get("versions", {}).get("siting", "")
    how = [f"objective {' then '.join(_stage_names(manifest))}"]
    objective, bound = manifest.get("objective"), manifest.get("bound")
    if objective is not None and bound is not None:
        how.append(f"value {objective:,.2f}, bound {bound:,.2f}")
    how.append(f"{sum(manifest.get('seconds', {}).values()):.1f} s")
    if library:
        how.append(f"siting {library}")
    size = (
        f"{scenario.it_mw.sum():,.1f} MW of IT load at profile factor 1, "
        f"{len(scenario.workloads):,} workloads, {len(scenario.hubs):,} hubs, "
        f"{len(scenario.periods):,} period{'s' * (len(scenario.periods) != 1)}"
    )
    return [title, "=" * len(title), state, "; ".join(how), size]


def _stage_names(manifest: dict[str, Any]) -> list[str]:
    stages = manifest.get("options", {}).get("stages", [])
    return [_stage_name(stage) for stage in stages] or ["cost"]


def _stage_name(stage: object) -> str:
    if not isinstance(stage, dict):
        return str(stage)
    weights = stage.get("weights", {})
    return " + ".join(
        str(metric) if weight == 1 else f"{weight:g} {metric}"
        for metric, weight in weights.items()
    )


class _Money:
    """A unit of money in which the largest of some amounts is easy to read."""

    def __init__(self, amounts_cny: Iterable[float]) -> None:
        amounts = np.abs(np.fromiter(amounts_cny, float))
        largest = np.nanmax(amounts, initial=0.0)
        if largest >= MILLION_FROM:
            self.unit, self.divisor = "M CNY", 1e6
        elif largest >= THOUSAND_FROM:
            self.unit, self.divisor = "k CNY", 1e3
        else:
            self.unit, self.divisor = "CNY", 1.0

    def text(self, amount_cny: float, decimals: int = 1) -> str:
        """Write an amount without its unit."""
        return _number(amount_cny / self.divisor, decimals)


def _number(value: float, decimals: int) -> str:
    if not np.isfinite(value):
        return "-" if np.isnan(value) else "unlimited"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def _all_zero(cells: Iterable[str]) -> bool:
    return not "".join(cells).strip("-0.")


def _row(label: str, cells: Iterable[str]) -> str:
    return f"{label:<{LABEL}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells)


def _heads(label: str, columns: Iterable[str]) -> list[str]:
    """Two lines of column heads: names of two words stand one above the other."""
    words = [NAMES[column].split() for column in columns]
    upper = ["" if len(pair) == 1 else pair[0] for pair in words]
    lines = [_row("", upper), _row(label, [pair[-1] for pair in words])]
    return [line.rstrip() for line in lines if line.strip()]


def _comparison(measures: pd.DataFrame) -> list[str]:
    columns = list(measures.columns)
    costs = measures[measures.index.str.startswith(("cost_cny", "ledger:"))]
    money = _Money(costs.to_numpy().ravel())
    beside = " AND ITS BASELINES" if columns[1:] else ""
    lines = [f"THE PLAN{beside}, a year", *_heads("", columns)]
    for measure, values in costs.iterrows():
        name = str(measure).removeprefix("ledger:")
        is_total = name in ("cost_cny", "total")
        cells = [money.text(value) for value in values]
        if name == "total" or _all_zero(cells):
            continue
        lines.append(_row(f"cost, {money.unit}" if is_total else f"  {name}", cells))
    for measure, label, factor, decimals in ROWS:
        if measure.endswith(":"):
            rows = measures[measures.index.str.startswith(measure)]
        else:
            rows = measures[measures.index == measure]
        for subject, values in rows.iterrows():
            cells = [_number(factor * value, decimals) for value in values]
            if _all_zero(cells):
                continue
            text = label.format(str(subject).removeprefix(measure))
            lines.append(_row(text, cells))
    return lines


def _bases(measures: pd.DataFrame) -> list[str]:
    return [name for name in measures.columns if name not in ("plan", "upper_bound")]


def _values(measures: pd.DataFrame, *names: str) -> dict[str, float]:
    """Sum of some measures, by plan; zeros where a measure is not told."""
    rows = measures[measures.index.isin(names)].sum()
    return {str(plan): float(value) for plan, value in rows.items()}


def _savings(measures: pd.DataFrame) -> list[str]:
    bases = _bases(measures)
    if not bases:
        return []
    cost = _values(measures, "cost_cny")
    money = _Money(value - cost["plan"] for value in cost.values())
    unserved_mw = _values(measures, "unserved_mw")
    lines = ["WHAT THE PLAN SAVES (less than zero: what it costs more)"]
    lines.append(_row("", ["cost", "", "location", "", "market"]))
    heads = [money.unit, "%", "t CO2", "%", "t CO2", "%"]
    lines.append(_row("against", heads))
    notes = []
    for base in bases:
        cells = [money.text(cost[base] - cost["plan"]), _percent(cost, base)]
        for measure in ("location_t", "market_t"):
            carbon_t = _values(measures, measure)
            cells.append(_number(carbon_t[base] - carbon_t["plan"], 0))
            cells.append(_percent(carbon_t, base))
        lines.append(_row(f"  {NAMES[base]}", cells))
        more_mw = unserved_mw[base] - unserved_mw["plan"]
        if abs(more_mw) > 1e-6:
            word = "less" if more_mw > 0 else "more"
            notes.append(f"'{NAMES[base]}' serves {abs(more_mw):,.1f} MW {word}")
    if notes:
        lines.append(_wrapped(f"Not like for like: {'; '.join(notes)} than the plan."))
    if "upper_bound" in measures:
        lines.append(_wrapped(_upper_bound(cost, bases[0], money)))
    return lines


def _percent(values: dict[str, float], base: str, other: str = "plan") -> str:
    if not values[base]:
        return "-"
    return _number(100 * (1 - values[other] / values[base]), 1)


def _upper_bound(cost: dict[str, float], base: str, money: _Money) -> str:
    most, saved = cost[base] - cost["upper_bound"], cost[base] - cost["plan"]
    text = (
        f"No plan, with all limits taken off, saves more than {money.text(most)} "
        f"{money.unit} ({_percent(cost, base, 'upper_bound')} %) against "
        f"'{NAMES[base]}'"
    )
    if most > 0:
        text += f"; this plan reaches {100 * saved / most:.1f} % of that"
    return f"{text}."


def _network_verdict(measures: pd.DataFrame) -> list[str]:
    bases = _bases(measures)
    if not bases:
        return []
    network = _values(measures, *(f"ledger:{term}" for term in NETWORK))
    room = _values(measures, *(f"ledger:{term}" for term in POWER_AND_ROOM))
    extra = {base: network["plan"] - network[base] for base in bases}
    saved = {base: room[base] - room["plan"] for base in bases}
    money = _Money([*extra.values(), *saved.values()])
    lines = ["DOES THE NETWORK EAT THE SAVING? The plan against each baseline"]
    lines += _heads(money.unit, bases)
    left = [saved[base] - extra[base] for base in bases]
    lines.append(_row("network, more", map(money.text, extra.values())))
    lines.append(_row("power and room, less", map(money.text, saved.values())))
    lines.append(_row("left", map(money.text, left)))
    lines += [_wrapped(_verdict(b, extra[b], saved[b], money)) for b in bases]
    lines.append(
        "(network: transfer, widening, staging; power and room: electricity, hosting, "
        "capacity)"
    )
    return lines


def _verdict(base: str, extra: float, saved: float, money: _Money) -> str:
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


def _not_served(plan: "Plan") -> list[str]:
    if plan.unserved.empty:
        return []
    hours = plan.scenario.periods["hours"]
    rows = plan.unserved
    mean_mw = rows["it_mw"] * rows["period"].map(hours) / hours.sum()
    by_workload = mean_mw.groupby(rows["workload"]).sum().nlargest(len(rows))
    placed = set(plan.placement["workload"])
    nowhere = [name for name in by_workload.index if name not in placed]
    lines = [
        f"NOT SERVED: {by_workload.sum():,.2f} MW in the mean, "
        f"{len(by_workload)} workloads, {len(nowhere)} of them not at all"
    ]
    for name, value in by_workload.head(TOP_UNSERVED).items():
        why = " (none of it is placed)" if name in nowhere else ""
        lines.append(f"  {name}: {value:,.2f} MW{why}")
    if len(by_workload) > TOP_UNSERVED:
        lines.append(f"  ... and {len(by_workload) - TOP_UNSERVED} more")
    return lines


def _binding_limits(plan: "Plan") -> list[str]:
    worth = plan.limits[plan.limits["worth"] > 0]
    if worth.empty:
        return ["WHAT LIMITS THE PLAN: nothing has a price."]
    stage = _stage_names(plan.manifest)[-1]
    lines = [
        f"WHAT LIMITS THE PLAN: shadow prices in objective units ({stage}) per unit",
        f"  {'limit':<50}{'used':>13}{'of':>13}{'worth':>13}",
    ]
    weight = worth["worth"] * worth["limit"].abs().clip(lower=1.0)
    top = worth.loc[weight.nlargest(TOP_LIMITS).index]
    names = top[["kind", "subject", "direction", "period"]].agg(_joined, axis=1)
    for name, unit, used, limit, value in zip(
        names, top["unit"], top["used"], top["limit"], top["worth"], strict=True
    ):
        label = f"{name}, {unit}"[:49]
        figures = (_number(used, 1), _number(limit, 1), f"{value:,.4g}")
        lines.append(f"  {label:<50}" + "".join(f"{cell:>13}" for cell in figures))
    if len(worth) > TOP_LIMITS:
        lines.append(f"  ... and {len(worth) - TOP_LIMITS} more in the table limits")
    return lines


def _joined(words: "pd.Series[str]") -> str:
    return " ".join(word for word in words if word)


def _accounting(plan: "Plan") -> list[str]:
    scenario, settings, policy = (
        plan.scenario,
        plan.scenario.settings,
        plan.scenario.policy,
    )
    new = ", ".join(settings.new_sides)
    capital = f"carried by standing room in: {new}; sunk elsewhere" if new else "sunk"
    unserved = settings.unserved_cny_per_mwh
    price = policy.carbon_price_cny_per_t
    lines = {
        "transfer": settings.transfer_basis or "free",
        "power price": settings.tariff_basis or "the only basis given",
        "capital": f"{capital}; {100 * settings.discount_rate:g} % over "
        f"{settings.life_years:g} years",
        "carbon": f"factors of {settings.carbon_year or 'no stated year'}; location- "
        "and market-based side by side"
        + (f"; {price:g} CNY/t, {policy.carbon_accounting}-based" if price else ""),
        "certificates": settings.certificates,
        "PUE": f"{settings.pue} (as the hub {_pue_words(settings.pue)})",
        "room": f"{settings.room} ({_room_words(settings.room)})",
        "RTT": f"2 x one-way x {settings.rtt_factor:g} + "
        f"{settings.rtt_access_ms:g} ms on the fastest path"
        + (f"; measured for {len(scenario.rtt):,} pairs" if len(scenario.rtt) else ""),
        "not served": "not allowed"
        if unserved is None
        else f"{unserved:,.0f} CNY per MWh",
    }
    notes = plan.manifest.get("baseline_notes") or []
    texts = notes.values() if isinstance(notes, dict) else notes
    return [
        "HOW IT IS COUNTED",
        *(f"  {name + ':':<14}{text}" for name, text in lines.items()),
        *(_wrapped(str(text), indent="  ") for text in texts),
    ]


def _pue_words(pue: str) -> str:
    return "stands" if pue == "stock" else "would be built"


def _room_words(room: str) -> str:
    if room == "pooled":
        return "what is drawn together counts, period by period"
    return "every workload owns its peak"


def _grades(plan: "Plan") -> list[str]:
    sources = plan.scenario.sources
    if sources.empty:
        return ["HOW SURE THE FIGURES ARE: the scenario names no sources."]
    counts = sources["grade"].value_counts()
    told = ", ".join(
        f"{counts.get(grade, 0):,} {grade} ({words})"
        for grade, words in (("A", "read"), ("B", "well known"), ("C", "estimate"))
    )
    estimates = sources[sources["grade"] == "C"]
    tables = estimates["table"].value_counts()
    lines = ["HOW SURE THE FIGURES ARE", f"  statements in sources: {told}"]
    if len(tables):
        where = ", ".join(f"{table} {count:,}" for table, count in tables.items())
        lines.append(_wrapped(f"C-graded by table: {where}.", indent="  "))
    return lines


def _wrapped(text: str, indent: str = "") -> str:
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
