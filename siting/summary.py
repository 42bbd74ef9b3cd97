"""A plan as a page of text that a stranger can read."""

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.cells import cell_len, set_cell_size

from siting.names import Names
from siting.savings import (
    baseline_notes,
    comparison,
    measures_of,
    network_verdict,
    savings,
)
from siting.scopes import NUMBERED, policy_words
from siting.statements import in_use, weak_green_text
from siting.wording import Money, left, number, right, wrapped
from siting.words import word

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan import Plan
    from siting.scenario import Scenario

TOP_LIMITS = 10
TOP_UNSERVED = 5
# Transfer, power price, capital, CO2: the choices that every saving hangs on.
DECISIVE_CHOICES = 4
NO_SOURCE = "The workloads name no source, so their figures have no grade."


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
    measures, doubt = measures_of(plan), weak_green_text(plan)
    sections = [
        _title(plan),
        comparison(measures),
        savings(measures),
        [wrapped(doubt)] if doubt else [],
        network_verdict(measures),
        _not_served(plan),
        _binding_limits(plan),
        _accounting(plan),
        _grades(plan),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _title(plan: "Plan") -> list[str]:
    manifest, scenario = plan.manifest, plan.scenario
    settings = scenario.settings
    title = settings.heading
    title += f" ({settings.name})" if settings.name else ""
    money = Money([plan.cost_cny])
    state = word(
        "{status}: {cost} {unit} a year",
        status=word(plan.status),
        cost=money.text(plan.cost_cny, 3),
        unit=money.unit,
    )
    if np.isfinite(plan.gap):
        gap_percent = round(100 * plan.gap, 9) + 0.0
        state += word(", proven to a gap of {percent:.2g} %", percent=gap_percent)
    library = manifest.get("versions", {}).get("siting", "")
    stages = word(" then ").join(stage_names(manifest))
    how = [word("objective {stages}", stages=stages)]
    objective, bound = manifest.get("objective"), manifest.get("bound")
    if objective is not None and bound is not None:
        values = {"value": objective, "bound": bound}
        how.append(word("value {value:,.2f}, bound {bound:,.2f}", **values))
    how.append(f"{sum(manifest.get('seconds', {}).values()):.1f} s")
    if library:
        how.append(f"siting {library}")
    size = word(
        "{mw:,.1f} MW of IT load at profile factor 1, {workloads:,} workloads, "
        "{hubs:,} hubs, {periods:,} period{plural}",
        mw=scenario.it_mw.sum(),
        workloads=len(scenario.workloads),
        hubs=len(scenario.hubs),
        periods=len(scenario.periods),
        plural="s" * (len(scenario.periods) != 1),
    )
    return [title, "=" * cell_len(title), state, word("; ").join(how), size]


def stage_names(manifest: dict[str, Any]) -> list[str]:
    """Name the metrics of each stage of the objective, from a manifest."""
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


def numbered_words(plan: "Plan", kind: str, subject: str) -> str | None:
    """Say what a limit is about that the table of limits calls by a number, or None.

    Parameters
    ----------
    plan : Plan
    kind, subject : str
        As in the table.
    """
    if kind == "stage":
        return stage_names(plan.manifest)[int(subject)]
    if kind in NUMBERED:
        return policy_words(Names(plan.scenario), kind, subject)
    return None


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
        word(
            "NOT SERVED: {mw:,.2f} MW in the mean, {count} workloads, {nowhere} of "
            "them not at all",
            mw=by_workload.sum(),
            count=len(by_workload),
            nowhere=len(nowhere),
        )
    ]
    for name, value in by_workload.head(TOP_UNSERVED).items():
        why = word(" (none of it is placed)") if name in nowhere else ""
        lines.append(f"  {name}: {value:,.2f} MW{why}")
    rest = len(by_workload) - TOP_UNSERVED
    if rest > 0:
        lines.append("  " + word("... and {count} more", count=rest))
    return lines


def _binding_limits(plan: "Plan") -> list[str]:
    worth = plan.limits[plan.limits["worth"] > 0]
    if worth.empty:
        return [word("WHAT LIMITS THE PLAN: nothing has a price.")]
    stage = stage_names(plan.manifest)[-1]
    lines = [
        word(
            "WHAT LIMITS THE PLAN: shadow prices in objective units ({stage}) per unit",
            stage=stage,
        ),
        _limit_row(word("limit"), word("used"), word("of"), word("worth")),
    ]
    weight = worth["worth"] * worth["limit"].abs().clip(lower=1.0)
    top = worth.loc[weight.nlargest(TOP_LIMITS).index]
    told = [
        numbered_words(plan, kind, subject) or subject
        for kind, subject in zip(top["kind"], top["subject"], strict=True)
    ]
    top = top.assign(
        kind=top["kind"].map(word), subject=told, direction=top["direction"].map(word)
    )
    names = top[["kind", "subject", "direction", "period"]].agg(_joined, axis=1)
    for name, unit, used, limit, value in zip(
        names, top["unit"], top["used"], top["limit"], top["worth"], strict=True
    ):
        figures = (number(used, 1), number(limit, 1), f"{value:,.4g}")
        lines.append(_limit_row(f"{name}, {unit}", *figures))
    rest = len(worth) - TOP_LIMITS
    if rest > 0:
        more = word("... and {count} more in the table limits", count=rest)
        lines.append(f"  {more}")
    return lines


def _limit_row(label: str, *cells: str) -> str:
    name = set_cell_size(label, min(cell_len(label), 49))
    return f"  {left(name, 50)}" + "".join(right(cell, 13) for cell in cells)


def _joined(words: "pd.Series[str]") -> str:
    return " ".join(word for word in words if word)


def counted(scenario: "Scenario") -> str:
    """Say in one line by which accounting figures hold."""
    chosen = list(accounting(scenario).items())[:DECISIVE_CHOICES]
    told = [word("{name}: {value}", name=name, value=value) for name, value in chosen]
    return word("Counted so: {told}.", told=word("; ").join(told))


def accounting(scenario: "Scenario") -> dict[str, str]:
    """Name the choices behind every comparison, with what was chosen."""
    settings, policy = scenario.settings, scenario.policy
    capital = word("sunk")
    if settings.new_sides:
        new = word(", ").join(map(word, settings.new_sides))
        capital = word("carried by standing room in: {new}; sunk elsewhere", new=new)
    price = policy.carbon_price_cny_per_t
    carbon = word(
        "factors of {year}; location- and market-based side by side",
        year=settings.carbon_year or word("no stated year"),
    )
    if price:
        basis = word(f"{policy.carbon_accounting}-based")
        carbon += word("; {price:g} CNY/t, {basis}", price=price, basis=basis)
    rtt = word(
        "2 x one-way x {factor:g} + {access_ms:g} ms on the fastest path",
        factor=settings.rtt_factor,
        access_ms=settings.rtt_access_ms,
    )
    if len(scenario.rtt):
        rtt += word("; measured for {count:,} pairs", count=len(scenario.rtt))
    unserved = settings.unserved_cny_per_mwh
    found = {
        "transfer": settings.transfer_basis or word("free"),
        "power price": settings.tariff_basis or word("the only basis given"),
        "capital": word(
            "{capital}; {percent:g} % over {years:g} years",
            capital=capital,
            percent=100 * settings.discount_rate,
            years=settings.life_years,
        ),
        "CO2": carbon,
        "certificates": _CERTIFICATES[settings.certificates],
        "PUE": _PUE[settings.pue],
        "room": _ROOM[settings.room],
        "RTT": rtt,
        "not served": word("not allowed")
        if unserved is None
        else f"{unserved:,.0f} {word('CNY/MWh')}",
    }
    return {word(name): word(text) for name, text in found.items()}


def _accounting(plan: "Plan") -> list[str]:
    told = accounting(plan.scenario)
    return [
        word("HOW IT IS COUNTED"),
        *(f"  {left(name + ':', 14)}{text}" for name, text in told.items()),
        *(wrapped(text, indent="  ") for text in baseline_notes(plan)),
    ]


_CERTIFICATES = {
    "off": "off",
    "year": "year (matched over the year)",
    "period": "period (matched period by period)",
}
_PUE = {
    "stock": "stock (as the hub stands)",
    "new": "new (as the hub would be built)",
}
_ROOM = {
    "dedicated": "dedicated (every workload owns its peak)",
    "pooled": "pooled (what is drawn together counts, period by period)",
}


def _grades(plan: "Plan") -> list[str]:
    sources = plan.scenario.sources
    if sources.empty:
        return [word("HOW SURE THE FIGURES ARE: the scenario names no sources.")]
    used = in_use(plan.scenario)
    counts = used["grade"].value_counts()
    told = word(", ").join(
        f"{counts.get(grade, 0):,} {grade} ({word(words)})"
        for grade, words in (("A", "read"), ("B", "well known"), ("C", "estimate"))
    )
    lines = [
        word("HOW SURE THE FIGURES ARE"),
        "  " + word("statements about figures in use: {told}", told=told),
    ]
    tables = used.loc[used["grade"] == "C", "table"].value_counts()
    if len(tables):
        where = ", ".join(f"{table} {count:,}" for table, count in tables.items())
        text = word("C-graded by table: {where}.", where=where)
        lines.append(wrapped(text, indent="  "))
    if not (sources["table"] == "workloads").any():
        lines.append("  " + word(NO_SOURCE))
    return lines
