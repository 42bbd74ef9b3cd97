"""Break-even values in a planner's words."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.wording import Money, number, wrapped

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
    span = f"from {found.low:,.6g} to {found.high:,.6g}"
    head = f"BREAK-EVEN: {found.parameter}, {found.unit}, {span}"
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
        lines.append(wrapped(SAMPLED))
    return "\n".join(lines)


def value_text(value: float, unit: str) -> str:
    """Write a value of a parameter with its unit.

    >>> value_text(78.2534, "times today's")
    "78.25 times today's"
    """
    return f"{value:,.4g} {unit}"


def _today(found: "BreakEven") -> str:
    if np.isnan(found.today):
        return ""
    return f"; today {found.today:,.6g}" if np.isfinite(found.today) else "; today none"


def _sentence(found: "BreakEven", scope: str, subject: str) -> str:
    """Say where one subject changes side."""
    name = "all" if scope == "plan" else subject
    rows = found.points
    rows = rows[(rows["scope"] == scope) & (rows["subject"] == subject)]
    flips = rows[rows["flips"].astype(bool)]
    if flips.empty:
        return f"{name}: {_steady(found, scope, subject, rows)}"
    parts = []
    for row in flips.to_dict("records"):
        side = "west" if row["west_after"] > row["west_before"] else "east"
        share = (
            f"{_percent(row['west_before'])} to {_percent(row['west_after'])} % west"
        )
        parts.append(f"{side} from {value_text(row['value'], found.unit)} ({share})")
    return f"{name}: " + "; ".join(parts) + "."


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
        return "nothing of it is placed."
    low, high = _percent(shares.min()), _percent(shares.max())
    span = f"{low} %" if low == high else f"{low} to {high} %"
    side = "west" if shares.min() >= 0.5 else "east"
    return f"stays {side} ({span} west)."


def _impossible(found: "BreakEven") -> list[str]:
    """Say between which values no plan fits."""
    curve = found.curve
    none = curve["cost_cny"].isna().to_numpy()
    starts = curve["value"].to_numpy(float)[0::2][none[0::2]]
    stops = curve["value"].to_numpy(float)[1::2][none[1::2]]
    if not len(starts):
        return []
    at = f"{starts.min():,.6g} to {stops.max():,.6g} {found.unit}"
    return [f"  From {at} no plan fits all limits."]


def _percent(share: float) -> str:
    return number(100.0 * share, 1)


def _curve(found: "BreakEven") -> list[str]:
    """Show cost and shares over the parameter, flips and their neighbours first."""
    curve = found.curve
    classes = [str(c) for c in curve if str(c).startswith("west_share")]
    money = Money(curve["cost_cny"])
    names = ["west, %", *(c.removeprefix("west_share:")[:11] for c in classes[1:])]
    heads = [found.unit.removeprefix("times ")[:14], money.unit, *names]
    lines = ["".join(f"{head:>14}" for head in heads).rstrip()]
    for place in _chosen(found):
        row = curve.iloc[place]
        cells = [f"{row['value']:,.6g}", money.text(row["cost_cny"])]
        cells += [_percent(float(row[c])) for c in classes]
        lines.append("".join(f"{cell:>14}" for cell in cells))
    pieces = len(curve) // 2
    lines.append(f"({pieces:,} pieces; the cost is a straight line within each)")
    return lines


def _chosen(found: "BreakEven") -> list[int]:
    """Rows to be shown: both sides of every flip, and some between."""
    count = len(found.curve)
    values = found.curve["value"].to_numpy(float)
    flips = [i for i in range(count) if values[i] in found.flips]
    even = np.linspace(0, count - 1, min(MOST_ROWS, count)).round().astype(int)
    return sorted({*flips, *even.tolist()})
