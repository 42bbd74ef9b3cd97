"""Break-even values in a planner's words."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.wording import Money, number, right, wrapped
from siting.words import word

if TYPE_CHECKING:
    from siting.breakeven.result import BreakEven

MOST_ROWS = 16
SAMPLED = (
    "A limit on traffic is scarce somewhere in this range: plans were tried at values "
    "in even ratios, and where a class changes side between two, halved down to a "
    "millionth of the value."
)


def told(found: "BreakEven", workload: str | None = None) -> str:
    """Tell what changes side where, and how cost and shares run."""
    head = word(
        "BREAK-EVEN: {parameter}, {unit}, from {low:,.6g} to {high:,.6g}",
        parameter=found.parameter,
        unit=word(found.unit),
        low=found.low,
        high=found.high,
    )
    lines = [f"{head}{_today(found)}"]
    scopes = [("plan", "all")] if workload is None else [("workload", workload)]
    if workload is None:
        classes = [c for c in found.curve if str(c).startswith("west_share:")]
        scopes += [("class", str(c).removeprefix("west_share:")) for c in classes]
    lines += [wrapped(_sentence(found, *scope), "  ") for scope in scopes]
    lines += _impossible(found)
    lines.append("")
    lines += _curve(found)
    if not found.exact:
        lines.append(wrapped(word(SAMPLED)))
    return "\n".join(lines)


def value_text(value: float, unit: str) -> str:
    """Write a value of a parameter with its unit.

    >>> value_text(78.2534, "times today's")
    "78.25 times today's"
    """
    return f"{value:,.4g} {word(unit)}"


def _today(found: "BreakEven") -> str:
    if np.isnan(found.today):
        return ""
    if not np.isfinite(found.today):
        return word("; today none")
    return word("; today {value:,.6g}", value=found.today)


def _sentence(found: "BreakEven", scope: str, subject: str) -> str:
    """Say where one subject changes side."""
    name = word("all") if scope == "plan" else word(subject)
    rows = found.points
    rows = rows[(rows["scope"] == scope) & (rows["subject"] == subject)]
    flips = rows[rows["flips"].astype(bool)]
    if flips.empty:
        return f"{name}: {_steady(found, scope, subject, rows)}"
    parts = []
    for row in flips.to_dict("records"):
        text = "out of the west from {value} ({before} to {after} % west)"
        if row["west_after"] > row["west_before"]:
            text = "in the west from {value} ({before} to {after} % west)"
        before, after = _percent(row["west_before"]), _percent(row["west_after"])
        value = value_text(row["value"], found.unit)
        parts.append(word(text, value=value, before=before, after=after))
    return word("{message}.", message=f"{name}: {word('; ').join(parts)}")


def _steady(found: "BreakEven", scope: str, subject: str, rows: pd.DataFrame) -> str:
    if scope == "plan":
        shares = found.curve["west_share"].to_numpy(float)
    elif scope == "class":
        shares = found.curve[f"west_share:{subject}"].to_numpy(float)
    else:
        shares = rows[["west_before", "west_after"]].to_numpy(float).ravel()
        shares = np.append(shares, found.lowest[subject])
    shares = shares[np.isfinite(shares)]
    if not len(shares):
        return word("nothing of it is placed.")
    low, high = _percent(shares.min()), _percent(shares.max())
    span = f"{low} %" if low == high else word("{low} to {high} %", low=low, high=high)
    text = "stays out of the west ({span} west)."
    if shares.min() >= 0.5:
        text = "stays in the west ({span} west)."
    return word(text, span=span)


def _impossible(found: "BreakEven") -> list[str]:
    """Say between which values no plan fits."""
    curve = found.curve
    none = curve["cost_cny"].isna().to_numpy()
    starts = curve["value"].to_numpy(float)[0::2][none[0::2]]
    stops = curve["value"].to_numpy(float)[1::2][none[1::2]]
    if not len(starts):
        return []
    text = "From {low:,.6g} to {high:,.6g} {unit} no plan fits all limits."
    ends = {"low": starts.min(), "high": stops.max()}
    return ["  " + word(text, **ends, unit=word(found.unit))]


def _percent(share: float) -> str:
    return number(100.0 * share, 1)


def _curve(found: "BreakEven") -> list[str]:
    """Show cost and shares over the parameter, flips and their neighbours first."""
    curve = found.curve
    classes = [str(c) for c in curve if str(c).startswith("west_share")]
    money = Money(curve["cost_cny"])
    names = [word(c.removeprefix("west_share:"))[:11] for c in classes[1:]]
    unit = word(found.unit).removeprefix("times ")[:14]
    heads = [unit, money.unit, word("west, %"), *names]
    lines = ["".join(right(head, 14) for head in heads).rstrip()]
    for place in _chosen(found):
        row = curve.iloc[place]
        cells = [f"{row['value']:,.6g}", money.text(row["cost_cny"])]
        cells += [_percent(float(row[c])) for c in classes]
        lines.append("".join(f"{cell:>14}" for cell in cells))
    pieces = len(curve) // 2
    text = "({count:,} pieces; the cost is a straight line within each)"
    if not found.exact:
        text = (
            "({count:,} pieces; costs are those of the plans at their ends, and "
            "between them only about as a straight line)"
        )
    lines.append(wrapped(word(text, count=pieces)))
    return lines


def _chosen(found: "BreakEven") -> list[int]:
    """Rows to be shown: both sides of every flip, and some between."""
    count = len(found.curve)
    values = found.curve["value"].to_numpy(float)
    flips = [i for i in range(count) if values[i] in found.flips]
    even = np.linspace(0, count - 1, min(MOST_ROWS, count)).round().astype(int)
    return sorted({*flips, *even.tolist()})
