"""A plan as a page of text that a stranger can read."""

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.savings import comparison, measures_of, network_verdict, savings
from siting.wording import Money, number, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan import Plan

TOP_LIMITS = 10
TOP_UNSERVED = 5


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
    measures = measures_of(plan)
    sections = [
        _title(plan),
        comparison(measures),
        savings(measures),
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
    title = f"{settings.title or settings.name} ({settings.name})"
    money = Money([plan.cost_cny])
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
        figures = (number(used, 1), number(limit, 1), f"{value:,.4g}")
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
        *(wrapped(str(text), indent="  ") for text in texts),
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
        lines.append(wrapped(f"C-graded by table: {where}.", indent="  "))
    return lines
