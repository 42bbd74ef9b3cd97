"""A comparison as a page of text."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.compare.rows import rows_of
from siting.wording import Money, all_zero, number, row, wrapped

if TYPE_CHECKING:
    from siting.compare.comparison import Comparison
    from siting.compare.stages import Stages
    from siting.plan import Plan

TOP_INPUTS = 10
TOP_MOVES = 10
TOP_LIMITS = 8
HEADS = ("a", "b", "b - a")


def text_of(comparison: "Comparison", stages: "Stages | None") -> str:
    """Describe a comparison.

    Parameters
    ----------
    comparison : Comparison
    stages : Stages or None

    Returns
    -------
    str
        Plain text about ninety columns wide, without an ending line break.
    """
    sections = [
        _title(comparison),
        _inputs(comparison),
        _costs(comparison),
        _places(comparison),
        _moves(comparison),
        _limits(comparison),
        _stages(stages),
        _accounting(comparison),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _title(comparison: "Comparison") -> list[str]:
    title = "Two plans side by side"
    lines = [title, "=" * len(title)]
    for name, plan in (("a", comparison.a), ("b", comparison.b)):
        lines.append(f"{name}: {_name(plan)}")
    return lines


def _name(plan: "Plan") -> str:
    settings = plan.scenario.settings
    money = Money([plan.cost_cny])
    cost = f"{money.text(plan.cost_cny, 3)} {money.unit} a year"
    return f"{settings.title or settings.name} ({plan.status}), {cost}"


def _inputs(comparison: "Comparison") -> list[str]:
    table = comparison.inputs
    if table.empty:
        return ["INPUT: both plans are of the same scenario."]
    lines = [f"INPUT: {len(table):,} differences"]
    for item in rows_of(table.head(TOP_INPUTS)):
        place = " ".join(
            word for word in (item["part"], item["key"], item["column"]) if word
        )
        lines.append(wrapped(f"{place}: {item['a']} -> {item['b']}", indent="  "))
    if len(table) > TOP_INPUTS:
        rest = table.iloc[TOP_INPUTS:]["part"].value_counts()
        told = ", ".join(f"{part} {count:,}" for part, count in rest.items())
        lines.append(f"  ... and {len(table) - TOP_INPUTS:,} more: {told}")
    return lines


def _costs(comparison: "Comparison") -> list[str]:
    ledger = comparison.ledger
    money = Money(ledger[["a", "b"]].to_numpy(float).ravel())
    lines = ["COST AND CARBON, a year", row("", HEADS)]
    terms = pd.concat([ledger.iloc[-1:], ledger.iloc[:-1]])
    for item in rows_of(terms):
        cells = [
            money.text(value) for value in (item["a"], item["b"], item["difference"])
        ]
        label = (
            f"cost, {money.unit}" if item["term"] == "total" else f"  {item['term']}"
        )
        if item["term"] == "total" or not all_zero(cells):
            lines.append(row(label, cells))
    total = rows_of(comparison.emissions)[-1]
    for column, label in (
        ("energy_mwh", "energy, MWh"),
        ("location_t", "CO2 location-based, t"),
        ("market_t", "CO2 market-based, t"),
    ):
        ends = [f"{column}_{end}" for end in ("a", "b", "difference")]
        cells = [number(float(total[end]), 0) for end in ends]
        lines.append(row(label, cells))
    return lines


def _places(comparison: "Comparison") -> list[str]:
    table = comparison.by_place
    if table.empty:
        return []
    lines = ["WHERE THE LOAD IS, mean MW", row("", HEADS)]
    sums = table.groupby("side", sort=True)
    for side, rows in sums:
        cells = [number(float(rows[f"it_mw_{e}"].sum()), 1) for e in ("a", "b")]
        cells.append(number(float(rows["it_mw_difference"].sum()), 1))
        lines.append(row(str(side) or "no side", cells))
        for item in rows_of(rows):
            cells = [
                number(value, 1)
                for value in (
                    item["it_mw_a"],
                    item["it_mw_b"],
                    item["it_mw_difference"],
                )
            ]
            if not all_zero(cells):
                lines.append(row(f"  {item['class']}", cells))
    return lines


def _moves(comparison: "Comparison") -> list[str]:
    moves = comparison.moves
    if moves.empty:
        return ["MOVES: none; every workload stays where it is."]
    mw = float(moves["it_mw"].sum())
    lines = [
        f"MOVES: {len(moves):,} of {moves['workload'].nunique():,} workloads, "
        f"{number(mw, 1)} MW in the mean, {number(moves['dataset_tb'].sum(), 1)} TB"
    ]
    cost = comparison.moving_cny
    benefit = float(moves["benefit_cny_per_year"].sum())
    saved = -float(comparison.ledger["difference"].iloc[-1])
    money = Money([cost, benefit, saved])
    handling = float(moves["handling_cny"].sum())
    parts = [f"moving costs {money.text(cost)} {money.unit} once"]
    if handling:
        parts[0] += f" ({money.text(handling)} of it handling)"
    parts.append(f"what moves runs for {money.text(benefit)} {money.unit} a year less")
    parts.append(f"the ledgers differ by {money.text(saved)}")
    lines.append(wrapped("; ".join(parts) + ".", indent="  "))
    for kind, words in (("start", "start to be served"), ("end", "end to be served")):
        some = moves[moves["kind"] == kind]
        if len(some):
            lines.append(f"  {number(some['it_mw'].sum(), 1)} MW {words}.")
    lines.append(_move_row("largest", "MW", "TB", "weeks", "CNY once", "CNY/year less"))
    top = moves.sort_values("it_mw", ascending=False, kind="stable").head(TOP_MOVES)
    for item in rows_of(top):
        way = f"{item['from_hub'] or 'start'} -> {item['to_hub'] or 'end'}"
        figures = (
            number(item["it_mw"], 1),
            number(item["dataset_tb"], 1),
            f"{item['weeks']:,.2g}",
            number(item["cost_cny"], 0),
            number(item["benefit_cny_per_year"], 0),
        )
        lines.append(_move_row(f"{item['workload']}: {way}", *figures))
    if len(moves) > TOP_MOVES:
        lines.append(f"  ... and {len(moves) - TOP_MOVES:,} more in the table moves")
    return lines


def _move_row(label: str, mw: str, tb: str, weeks: str, cost: str, gain: str) -> str:
    return f"  {label[:41]:<41}{mw:>8}{tb:>9}{weeks:>8}{cost:>11}{gain:>15}"


def _limits(comparison: "Comparison") -> list[str]:
    table = comparison.limits
    worth = table[["worth_a", "worth_b"]].fillna(0.0).to_numpy(float)
    full = np.flatnonzero((worth > 0).any(axis=1))
    if not len(full):
        return []
    size = np.abs(worth[:, 1] - worth[:, 0])[full]
    limit = table[["limit_a", "limit_b"]].max(axis=1).fillna(0.0).to_numpy(float)
    weight = size * np.maximum(np.abs(limit[full]), 1.0)
    order = full[np.argsort(-weight, kind="stable")]
    lines = [
        "LIMITS that have a price in one of the plans, in objective units per unit",
        f"  {'limit':<39}{'used a':>11}{'used b':>11}{'worth a':>15}{'worth b':>15}",
    ]
    for at in order[:TOP_LIMITS].tolist():
        item = table.iloc[at]
        words = [item["kind"], item["subject"], item["direction"]]
        label = " ".join(word for word in words if word) + f", {item['unit']}"
        figures = [number(item[f"used_{end}"], 1) for end in ("a", "b")]
        prices = [f"{item[f'worth_{end}']:,.4g}" for end in ("a", "b")]
        prices = ["-" if price == "nan" else price for price in prices]
        lines.append(
            f"  {label[:38]:<39}"
            + "".join(f"{cell:>11}" for cell in figures)
            + "".join(f"{cell:>15}" for cell in prices)
        )
    if len(order) > TOP_LIMITS:
        lines.append(f"  ... and {len(order) - TOP_LIMITS:,} more in the table limits")
    return lines


def _stages(stages: "Stages | None") -> list[str]:
    if stages is None:
        return []
    lines = ["STAGES", *(wrapped(line, "  ") for line in str(stages).splitlines())]
    if stages.count:
        lines.append(f"  {'stage':<9}{'MW of room':>12}{'TB':>12}{'steps':>8}")
        for stage, steps in stages.table.groupby("stage", sort=True):
            if int(str(stage)) > TOP_MOVES:
                lines.append(f"  ... and {stages.count - TOP_MOVES} more")
                break
            figures = (steps["reserved_mw"].sum(), steps["dataset_tb"].sum())
            cells = "".join(f"{number(value, 1):>12}" for value in figures)
            lines.append(f"  {stage:<9}{cells}{len(steps):>8}")
    return lines


def _accounting(comparison: "Comparison") -> list[str]:
    basis = comparison.transfer_basis or "none: moving data is free"
    policy = comparison.b.scenario.policy
    lines = [
        "HOW IT IS COUNTED",
        f"  transfer basis of moving data: {basis} (as staging is priced)",
    ]
    if policy.move_cny_per_mw:
        lines.append(f"  handling: {policy.move_cny_per_mw:,.0f} CNY for each MW moved")
    notes = (
        "Prices, demand and links are those of b; the placement of a is read under "
        "them.",
        "The benefit of a move is power, room, transfer, carbon and placement cost of "
        "what moves; room that is built, links widened or shared, and certificates "
        "belong to no single move, so benefits need not add up to the ledgers' "
        "difference.",
    )
    return [*lines, *(wrapped(note, indent="  ") for note in notes)]
