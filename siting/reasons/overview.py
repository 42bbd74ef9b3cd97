"""The reasons of a plan on one page."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.cells import cell_len

from siting.reasons.phrases import amount, objective_unit
from siting.reasons.rebuild import study
from siting.reasons.why import price_unit
from siting.wording import left, number, right, wrapped
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

TOP, MOST = 10, 50
CELL = 18
NOT_SHOWN = ("unserved",)


def worth_text(
    table: pd.DataFrame, plan: "Plan", top: int | None = None, loose: int = 0
) -> str:
    """Say what the limits are worth, those whose use is worth most first.

    Parameters
    ----------
    table : DataFrame
        Of ``plan.worth()``.
    plan : Plan
    top : int, optional
        How many are told; by default all with a worth.
    loose : int
        How many are not in the table because they do not bind.
    """
    table = table[~table["kind"].isin(NOT_SHOWN)]
    unknown = table[table["worth"].isna()]
    shown = table[(table["worth"] > 0) | (table["worth_of_less"] > 0)]
    rate = shown["worth"].where(shown["worth"] > 0, shown["worth_of_less"])
    weight = rate.replace(np.inf, 0.0) * shown["limit"].abs().clip(lower=1.0)
    shown = shown.loc[weight.sort_values(ascending=False, kind="stable").index]
    unit = objective_unit(study(plan).weights)
    lines = [word("WHAT A LIMIT IS WORTH ({unit} per unit and year)", unit=unit)]
    if shown.empty and unknown.empty:
        none = "No limit is worth anything: none keeps the plan from its best."
        lines.append("  " + word(none))
    for text in [*shown["text"].head(top or len(shown)), *unknown["text"]]:
        lines.append(wrapped(str(text), indent="  "))
    if top is not None and len(shown) > top:
        more = word("... and {count} more limits with a worth", count=len(shown) - top)
        lines.append(f"  {more}")
    rest = loose + len(table) - len(shown) - len(unknown)
    if rest:
        lines.append("  " + word("{count} limits are worth nothing.", count=rest))
    return "\n".join(lines)


def classes_text(table: pd.DataFrame) -> str:
    """Show the reason of every hub and class as a grid."""
    grid = table.pivot(index="hub", columns="class", values="reason")
    grid = grid.reindex(list(dict.fromkeys(table["hub"])))
    grid = grid[list(dict.fromkeys(table["class"]))]
    width = max([cell_len(str(hub)) for hub in grid.index], default=0) + 2
    lines = [
        word("WHY NOT THERE (reason for most MW of the class; chosen: some runs there)")
    ]
    head = "".join(left(word(str(name))[:13], 14) for name in grid.columns)
    lines.append(f"  {left(word('hub'), width)}{head}".rstrip())
    for hub, row in grid.iterrows():
        cells = "".join(left(word(str(cell)), 14) for cell in row)
        lines.append(f"  {left(str(hub), width)}{cells}".rstrip())
    return "\n".join(lines)


def hub_text(table: pd.DataFrame, plan: "Plan", hub: str) -> str:
    """Show the workloads that run at a hub, and count the others by their reason.

    Parameters
    ----------
    table : DataFrame
        Of ``plan.why_not(hub=hub)``.
    plan : Plan
    hub : str
    """
    placed = plan.placement[plan.placement["hub"] == hub].set_index("workload")
    mw = table["workload"].map(placed["it_mw"])
    here = table.assign(it_mw=mw)[table["share"] > 0]
    here = here.sort_values("it_mw", ascending=False, kind="stable")
    title = "WHAT RUNS AT {hub}: {mw:,.2f} MW in the mean"
    lines = [word(title, hub=hub, mw=here["it_mw"].sum())]
    price = word("price, {unit}", unit=word(price_unit(study(plan))))
    heads = (word("mean MW"), word("share, %"), word("RTT, ms"), price)
    shown = here.head(MOST).to_dict("records")
    names = [str(row["workload"]) for row in shown]
    width = max(cell_len(name) for name in [word("workload"), *names]) + 2
    if shown:
        cells = "".join(right(head, CELL) for head in heads)
        lines.append(f"  {left(word('workload'), width)}{cells}")
    for name, row in zip(names, shown, strict=True):
        figures = (
            number(row["it_mw"], 2),
            number(100 * row["share"], 1),
            number(row["rtt_ms"], 1),
            number(row["price"], 4),
        )
        cells = "".join(right(figure, CELL) for figure in figures)
        lines.append(f"  {left(name, width)}{cells}")
    if len(here) > MOST:
        more = word("... and {count} more (--json: all)", count=len(here) - MOST)
        lines.append(f"  {more}")
    others = table.loc[table["share"] <= 0, "reason"].value_counts()
    if len(others):
        told = word(", ").join(
            word("{count} by {reason}", count=count, reason=word(str(reason)))
            for reason, count in others.items()
        )
        lines.append("  " + word("Not there: {told}.", told=told))
    return "\n".join(lines)


def decided_text(table: pd.DataFrame, plan: "Plan") -> str:
    """Show the input values on which most hangs."""
    unit = objective_unit(study(plan).weights)
    lines = [
        word(
            "WHAT DECIDED IT ({unit} a year for one per cent more of the value)",
            unit=unit,
        ),
        f"  {left(word('value'), 64)}{right(word('for 1 %'), 14)}  {word('grade')}",
    ]
    for row in table.to_dict("records"):
        key = str(row["key"])
        name = f"{row['table']} {key if len(key) < 20 else key[:17] + '...'}"
        name = f"{name} {row['column']}"[:47]
        value = "" if np.isnan(row["value"]) else amount(row["value"])
        figures = f"{value:>16}{row['per_percent']:>14,.0f}"
        lines.append(f"  {left(name, 48)}{figures}  {row['grade'] or '-'}")
    return "\n".join(lines)
