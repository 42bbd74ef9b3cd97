"""Claims, verdicts and figures as text."""

from typing import Any

import numpy as np
import pandas as pd

from siting.claims.verdict import Claim, Claims
from siting.wording import number, wrapped

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
}
WORDS = ("moved",)
CELL, NAME = 14, 46


def told(claims: Claims) -> str:
    """Tell every claim with verdict, figures and break-even."""
    title = f"THE CLAIMS, PUT TO THE TEST: {claims.title}"
    parts = [title, *(_claim(n, claim) for n, claim in enumerate(claims.claims, 1))]
    return "\n\n".join(parts)


def _claim(place: int, claim: Claim) -> str:
    lines = [f"{place}. {claim.statement}  {str(claim.verdict).upper()}"]
    lines += [wrapped(note, "   ") for note in claim.notes]
    lines += _figures(claim.figures)
    lines += _break_even(claim.break_even)
    lines += _examples(claim.examples)
    return "\n".join(lines)


def _figures(figures: pd.DataFrame) -> list[str]:
    if figures.empty:
        return ["   There are no such plans to compare."]
    columns = [name for name in figures if name in HEADS]
    words = [name for name in figures if name in WORDS]
    heads = "".join(f"{HEADS[str(name)][0]:>{CELL}}" for name in columns)
    lines = [f"   {'':<{NAME}}{heads}"]
    for row in figures.to_dict("records"):
        mark = "yes" if row["holds"] else "no"
        name = ", ".join([str(row["accounting"]), *(str(row[w]) for w in words)])
        cells = "".join(f"{_cell(str(c), row[c]):>{CELL}}" for c in columns)
        lines.append(f"   {f'{mark:<4}{name}'[: NAME - 1]:<{NAME}}{cells}")
    return lines


def _cell(column: str, value: Any) -> str:
    _, factor, decimals = HEADS[column]
    return number(factor * float(value), decimals)


def _break_even(rows: pd.DataFrame) -> list[str]:
    if rows.empty:
        return ["   Break-even: none in the range looked at."]
    lines = []
    for (what, unit), group in rows.groupby(["input", "unit"], sort=False):
        told = [
            f"{r['value']:,.4g} ({r['accounting']})" for r in group.to_dict("records")
        ]
        lines.append(wrapped(f"Break-even, {what}, {unit}: {'; '.join(told)}.", "   "))
    return lines


def _examples(routes: pd.DataFrame) -> list[str]:
    if routes.empty:
        return []
    lines = ["   Routes that raise emissions most, and that lower them most:"]
    for row in routes.to_dict("records"):
        location, market = (
            _change(float(row[name])) for name in ("location_change", "market_change")
        )
        lines.append(
            f"     {row['from_hub']} to {row['to_hub']}: location-based {location}, "
            f"market-based {market}"
        )
    return lines


def _change(share: float) -> str:
    return "-" if np.isnan(share) else f"{100.0 * share:+.1f} %"
