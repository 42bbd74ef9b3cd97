"""Claims, verdicts and figures as text."""

from typing import Any

import numpy as np
import pandas as pd
from rich.cells import cell_len

from siting.claims.verdict import Claim, Claims
from siting.wording import left, number, right, wrapped
from siting.words import word

MILLION = 1e6
# column: head, factor on the value, decimals
HEADS: dict[str, tuple[str, float, int]] = {
    "west_share": ("west, %", 100.0, 1),
    "saving_alone_cny": ("alone, M CNY", 1 / MILLION, 1),
    "saving_margin_cny": ("margin, M CNY", 1 / MILLION, 1),
    "east": ("east", 1.0, 1),
    "west": ("west", 1.0, 1),
    "east_it": ("east, IT", 1.0, 1),
    "west_it": ("west, IT", 1.0, 1),
    "east_green": ("east green, %", 100.0, 1),
    "west_green": ("west green, %", 100.0, 1),
    "training_mw": ("training, MW", 1.0, 1),
    "low_latency_mw": ("low-lat., MW", 1.0, 1),
    "idle_with_mw": ("idle with it", 1.0, 1),
    "idle_without_mw": ("idle without", 1.0, 1),
    "network_more_cny": ("network more", 1 / MILLION, 1),
    "room_less_cny": ("saved, M CNY", 1 / MILLION, 1),
    "ratio": ("network, %", 100.0, 1),
    "east_t": ("east, kt", 1e-3, 0),
    "plan_t": ("plan, kt", 1e-3, 0),
    "training_moved_t": ("training, kt", 1e-3, 0),
    "unserved_mw": ("unserved, MW", 1.0, 1),
}
WORDS = ("moved",)
CELL, NAME, MARK = 14, 46, 4


def told(claims: Claims) -> str:
    """Tell every claim with verdict, figures and break-even."""
    title = word("THE CLAIMS, PUT TO THE TEST: {title}", title=claims.title)
    parts = [title, *(_claim(n, claim) for n, claim in enumerate(claims.claims, 1))]
    return "\n\n".join(parts)


def _claim(place: int, claim: Claim) -> str:
    verdict = word(str(claim.verdict)).upper()
    lines = [f"{place}. {word(claim.statement)}  {verdict}"]
    lines += [wrapped(word(note), "   ") for note in claim.notes]
    lines += _figures(claim.figures)
    lines += _break_even(claim.break_even)
    lines += _examples(claim.examples)
    return "\n".join(lines)


def _figures(figures: pd.DataFrame) -> list[str]:
    if figures.empty:
        return ["   " + word("There are no such plans to compare.")]
    unserved = float(figures["unserved_mw"].max()) if "unserved_mw" in figures else 0.0
    columns = [str(name) for name in figures if name in HEADS]
    columns = [name for name in columns if name != "unserved_mw" or unserved]
    words = [str(name) for name in figures if name in WORDS]
    heads = "".join(right(word(HEADS[name][0]), CELL) for name in columns)
    rows = figures.to_dict("records")
    names = [
        ", ".join([str(row["accounting"]), *(word(str(row[w])) for w in words)])
        for row in rows
    ]
    wide = max(NAME, MARK + max(map(cell_len, names)))
    lines = [f"   {'':<{wide}}{heads}"]
    for name, row in zip(names, rows, strict=True):
        mark = "-"
        if row["holds"] is not None:
            mark = word("yes") if row["holds"] else word("no")
        cells = "".join(right(_cell(c, row[c]), CELL) for c in columns)
        lines.append(f"   {left(left(mark, MARK) + name, wide)}{cells}")
    if unserved:
        text = (
            "Of the placements compared, one leaves up to {mw} MW unserved that "
            "another serves; what hangs on such a comparison cannot be told (-)."
        )
        lines.append(wrapped(word(text, mw=number(unserved, 1)), "   "))
    return lines


def _cell(column: str, value: Any) -> str:
    _, factor, decimals = HEADS[column]
    if column == "ratio" and value < 0:
        return word("saves")
    return number(factor * float(value), decimals)


def _break_even(rows: pd.DataFrame) -> list[str]:
    if rows.empty:
        return ["   " + word("Break-even: none in the range looked at.")]
    lines = []
    for (what, unit), group in rows.groupby(["input", "unit"], sort=False):
        values = zip(group["value"], group["accounting"], strict=True)
        text = word(
            "Break-even, {what}, {unit}: {values}.",
            what=word(str(what)),
            unit=word(str(unit)),
            values="; ".join(f"{value:,.4g} ({name})" for value, name in values),
        )
        lines.append(wrapped(text, "   "))
    return lines


def _examples(routes: pd.DataFrame) -> list[str]:
    if routes.empty:
        return []
    head = word("Routes that raise emissions most, and that lower them most:")
    lines = [f"   {head}"]
    for row in routes.to_dict("records"):
        text = word(
            "{start} to {end}: location-based {location}, market-based {market}",
            start=row["from_hub"],
            end=row["to_hub"],
            location=_change(float(row["location_change"])),
            market=_change(float(row["market_change"])),
        )
        lines.append(f"     {text}")
    return lines


def _change(share: float) -> str:
    return "-" if np.isnan(share) else f"{100.0 * share:+.1f} %"
