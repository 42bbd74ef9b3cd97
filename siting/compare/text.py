"""A comparison as a page of text."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.cells import cell_len, set_cell_size

from siting.compare.difference import OBJECTIVE
from siting.compare.rows import rows_of
from siting.wording import Money, all_zero, left, number, right, row, wrapped
from siting.words import word

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
    title = word("Two plans side by side")
    lines = [title, "=" * cell_len(title)]
    for name, plan in (("a", comparison.a), ("b", comparison.b)):
        lines.append(f"{name}: {_name(plan)}")
    return lines


def _name(plan: "Plan") -> str:
    money = Money([plan.cost_cny])
    return word(
        "{name} ({status}), {cost} {unit} a year",
        name=plan.scenario.settings.heading,
        status=word(plan.status),
        cost=money.text(plan.cost_cny, 3),
        unit=money.unit,
    )


def _inputs(comparison: "Comparison") -> list[str]:
    table = comparison.inputs
    if table.empty:
        return [word("INPUT: both plans are of the same scenario.")]
    lines = [_counted("INPUT: {count:,} difference{plural}", len(table))]
    for item in rows_of(table.head(TOP_INPUTS)):
        place = " ".join(
            name for name in (item["part"], item["key"], item["column"]) if name
        )
        lines.append(wrapped(f"{place}: {item['a']} -> {item['b']}", indent="  "))
    if len(table) > TOP_INPUTS:
        rest = table.iloc[TOP_INPUTS:]["part"].value_counts()
        told = word(", ").join(f"{part} {count:,}" for part, count in rest.items())
        more = word("... and {count:,} more: {told}", count=int(rest.sum()), told=told)
        lines.append(f"  {more}")
    return lines


def _costs(comparison: "Comparison") -> list[str]:
    ledger = comparison.ledger
    money = Money(ledger[["a", "b"]].to_numpy(float).ravel())
    lines = [word("COST AND CARBON, a year"), row("", HEADS)]
    terms = pd.concat([ledger.iloc[-1:], ledger.iloc[:-1]])
    for item in rows_of(terms):
        cells = [
            money.text(value) for value in (item["a"], item["b"], item["difference"])
        ]
        label = f"  {word(item['term'])}"
        if item["term"] == "total":
            label = word("cost, {unit}", unit=money.unit)
        if item["term"] == "total" or not all_zero(cells):
            lines.append(row(label, cells))
    emissions = comparison.emissions
    (total,) = rows_of(emissions[emissions["subject"] == "total"])
    for column, label in (
        ("energy_mwh", "energy with network, MWh"),
        ("location_t", "CO2 location-based, t"),
        ("market_t", "CO2 market-based, t"),
    ):
        ends = [f"{column}_{end}" for end in ("a", "b", "difference")]
        cells = [number(float(total[end]), 0) for end in ends]
        lines.append(row(word(label), cells))
    return [*lines, *_own_accounting(comparison)]


def _own_accounting(comparison: "Comparison") -> list[str]:
    """Say that ledgers of different scenarios are not like for like."""
    inputs = comparison.inputs
    if (inputs["part"] == OBJECTIVE).all():
        return []
    lines = [
        word(
            "Each plan is counted under its own scenario; the two are like for like "
            "only where their inputs agree."
        )
    ]
    told = [
        f"{item['column']} {item['a']} -> {item['b']}"
        for item in rows_of(comparison.accounting)
    ]
    if told:
        lines.append(word("Counted differently: {told}.", told=word("; ").join(told)))
    return [wrapped(line, indent="  ") for line in lines]


def _places(comparison: "Comparison") -> list[str]:
    table = comparison.by_place
    if table.empty:
        return []
    lines = [word("WHERE THE LOAD IS, mean MW"), row("", HEADS)]
    sums = table.groupby("side", sort=True)
    for side, rows in sums:
        cells = [number(float(rows[f"it_mw_{e}"].sum()), 1) for e in ("a", "b")]
        cells.append(number(float(rows["it_mw_difference"].sum()), 1))
        lines.append(row(word(str(side) or "no side"), cells))
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
                lines.append(row(f"  {word(item['class'])}", cells))
    return lines


def _moves(comparison: "Comparison") -> list[str]:
    moves = comparison.moves
    if moves.empty:
        return [word("MOVES: none; every workload stays where it is.")]
    mw = float(moves["it_mw"].sum())
    movers = moves["workload"].nunique()
    lines = [
        word(
            "MOVES: {moves} of {workloads}, {mw} MW in the mean, {tb} TB",
            moves=_counted("{count:,} move{plural}", len(moves)),
            workloads=_counted("{count:,} workload{plural}", movers),
            mw=number(mw, 1),
            tb=number(moves["dataset_tb"].sum(), 1),
        )
    ]
    cost = comparison.moving_cny
    benefit = float(moves["benefit_cny_per_year"].sum())
    saved = -float(comparison.ledger["difference"].iloc[-1])
    money = Money([cost, benefit, saved])
    handling = float(moves["handling_cny"].sum())
    told = word(
        "moving costs {cost} {unit} once", cost=money.text(cost), unit=money.unit
    )
    if handling:
        told += word(" ({cost} of it handling)", cost=money.text(handling))
    told += word(
        "; what moves runs for {benefit} {unit} a year less; the plans' own ledgers "
        "differ by {saved}.",
        benefit=money.text(benefit),
        unit=money.unit,
        saved=money.text(saved),
    )
    lines.append(wrapped(told, indent="  "))
    ends = {
        "start": "{mw} MW start to be served.",
        "end": "{mw} MW end to be served.",
    }
    for kind, text in ends.items():
        some = moves[moves["kind"] == kind]
        if len(some):
            lines.append("  " + word(text, mw=number(some["it_mw"].sum(), 1)))
    heads = ("weeks", "CNY once", "CNY/year less")
    lines.append(_move_row(word("largest"), "MW", "TB", *map(word, heads)))
    top = moves.sort_values("it_mw", ascending=False, kind="stable").head(TOP_MOVES)
    for item in rows_of(top):
        way = f"{item['from_hub'] or word('start')} -> {item['to_hub'] or word('end')}"
        figures = (
            number(item["it_mw"], 1),
            number(item["dataset_tb"], 1),
            f"{item['weeks']:,.2g}",
            number(item["cost_cny"], 0),
            number(item["benefit_cny_per_year"], 0),
        )
        lines.append(_move_row(f"{item['workload']}: {way}", *figures))
    if len(moves) > TOP_MOVES:
        more = word(
            "... and {count:,} more in the table moves", count=len(moves) - TOP_MOVES
        )
        lines.append(f"  {more}")
    return lines


def _counted(text: str, count: int) -> str:
    return word(text, count=count, plural="s" * (count > 1))


def _move_row(label: str, mw: str, tb: str, weeks: str, cost: str, gain: str) -> str:
    cells = zip((mw, tb, weeks, cost, gain), (8, 9, 8, 11, 15), strict=True)
    return f"  {set_cell_size(label, 41)}" + "".join(right(*cell) for cell in cells)


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
        word(
            "LIMITS that have a price in one of the plans, in objective units per unit"
        ),
        _limit_row(*map(word, ("limit", "used a", "used b", "worth a", "worth b"))),
    ]
    for at in order[:TOP_LIMITS].tolist():
        item = table.iloc[at]
        names = [word(item["kind"]), item["subject"], word(item["direction"])]
        label = " ".join(name for name in names if name) + f", {item['unit']}"
        figures = [number(item[f"used_{end}"], 1) for end in ("a", "b")]
        prices = [f"{item[f'worth_{end}']:,.4g}" for end in ("a", "b")]
        prices = ["-" if price == "nan" else price for price in prices]
        lines.append(_limit_row(label, *figures, *prices))
    rest = len(order) - TOP_LIMITS
    if rest > 0:
        more = word("... and {count} more in the table limits", count=rest)
        lines.append(f"  {more}")
    return lines


def _limit_row(label: str, *cells: str) -> str:
    wide = zip(cells, (11, 11, 15, 15), strict=True)
    name = set_cell_size(label, min(38, cell_len(label)))
    return f"  {left(name, 39)}" + "".join(right(*cell) for cell in wide)


def _stages(stages: "Stages | None") -> list[str]:
    if stages is None:
        return []
    lines = [
        word("STAGES"),
        *(wrapped(line, "  ") for line in str(stages).splitlines()),
    ]
    if stages.count:
        heads = (
            right(word("MW of room"), 12) + right("TB", 12) + right(word("steps"), 8)
        )
        lines.append(f"  {left(word('stage'), 9)}{heads}")
        for stage, steps in stages.table.groupby("stage", sort=True):
            if int(str(stage)) > TOP_MOVES:
                more = word("... and {count} more", count=stages.count - TOP_MOVES)
                lines.append(f"  {more}")
                break
            figures = (steps["reserved_mw"].sum(), steps["dataset_tb"].sum())
            cells = "".join(right(number(value, 1), 12) for value in figures)
            lines.append(f"  {stage:<9}{cells}{right(str(len(steps)), 8)}")
    return lines


def _accounting(comparison: "Comparison") -> list[str]:
    basis = comparison.transfer_basis or word("none: moving data is free")
    policy = comparison.b.scenario.policy
    lines = [
        word("HOW IT IS COUNTED"),
        "  "
        + word(
            "transfer basis of moving data: {basis} (as staging is priced)", basis=basis
        ),
    ]
    if policy.move_cny_per_mw:
        text = "handling: {cny:,.0f} CNY for each MW moved"
        lines.append("  " + word(text, cny=policy.move_cny_per_mw))
    notes = (
        "Moves are priced by prices, demand and links of b, under which the placement "
        "of a is read. Cost, carbon, load and limits are each plan's own.",
        "The benefit of a move is power, room, transfer, carbon and placement cost of "
        "what moves; room that is built, links widened or shared, and certificates "
        "belong to no single move, so benefits need not add up to the ledgers' "
        "difference.",
    )
    return [*lines, *(wrapped(word(note), indent="  ") for note in notes)]
