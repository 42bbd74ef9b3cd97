"""Ledger from a baseline to the plan, step by step."""

from typing import TYPE_CHECKING

import numpy as np

from siting.export.heads import HEADS
from siting.plan_files import PLANS
from siting.plot.canvas import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    RED,
    break_ticks,
    finish,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import MONEY, Pen, amount, unit_of
from siting.plot.refuse import refuse
from siting.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan

SMALLEST = 0.05
"""Half of the last digit shown, in the unit of the axis."""


def draw_ledger(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    baseline: str = "",
) -> "Axes":
    """Draw a waterfall from what a baseline costs to what the plan costs.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    baseline : str
        A column of the ledger; "": the first that there is.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If the plan has no such baseline.
    """
    ledger = plan.ledger.set_index("term")
    there = [name for name in PLANS if name != "plan" and ledger[name].notna().all()]
    chosen = baseline or next(iter(there), "")
    if chosen not in there:
        remedy = word("There are: {names}.", names=", ".join(there) or word("none"))
        message = word("The plan has no baseline '{name}'", name=chosen)
        refuse("baseline", message, remedy)
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    steps = (ledger["plan"] - ledger[chosen]).drop("total")
    start, end = (float(ledger[name]["total"]) for name in (chosen, "plan"))
    divisor, unit = unit_of([start, end], MONEY)
    steps = steps[steps.abs() >= SMALLEST * divisor]
    tops = (start + np.concatenate([[0.0], steps.cumsum().to_numpy()])) / divisor
    heights = steps.to_numpy(float) / divisor
    rest = (end - start - float(steps.sum())) / divisor
    names = [pen.say(HEADS[chosen][0]), *map(pen.say, steps.index), pen.say("plan")]
    ends = [0, len(steps) + 1]
    ax.bar(ends, [start / divisor, end / divisor], color=[GREY, BLUE], width=0.62)
    ax.bar(
        range(1, len(steps) + 1),
        heights,
        bottom=tops[:-1],
        color=np.where(heights > 0, RED, GREEN),
        width=0.62,
    )
    for place, level in enumerate(tops):
        ax.plot([place + 0.31, place + 0.69], [level] * 2, color=BLACK, linewidth=0.7)
    _values(ax, tops, heights, start / divisor, end / divisor)
    ax.set_xticks(range(len(names)), names)
    ax.set_ylabel(pen.say("{unit} a year", unit=pen.say(unit)))
    low, high = min(0.0, tops.min(), end / divisor), max(0.0, tops.max(), end / divisor)
    ax.set_ylim(1.1 * low, 1.1 * high or 1.0)
    plain(ax, grid="y", numbers="y")
    below = ""
    if abs(rest) >= SMALLEST:
        below = pen.say(
            "Terms too small to show: {rest} {unit}.",
            rest=amount(rest),
            unit=pen.say(unit),
        )
    heading = _heading(pen, start, end, chosen)
    title(ax, pen, heading, below, pen.counted(plan.scenario))
    finish(ax, pen)
    break_ticks(ax, pen, names)
    return ax


def _heading(pen: Pen, start: float, end: float, chosen: str) -> str:
    saved = start - end
    divisor, unit = unit_of([saved], MONEY)
    share = f"{100 * abs(saved) / abs(start):.1f}" if start else "–"
    text = (
        "The plan saves {saved} {unit} a year ({share} %) against: {base}"
        if saved >= 0
        else "The plan costs {saved} {unit} a year ({share} %) more than: {base}"
    )
    return pen.say(
        text,
        saved=amount(abs(saved) / divisor),
        unit=pen.say(unit),
        share=share,
        base=pen.say(HEADS[chosen][0]),
    )


def _values(
    ax: "Axes", tops: np.ndarray, heights: np.ndarray, start: float, end: float
) -> None:
    """Write the value over each bar, with the sign of each step."""
    size = 0.85 * text_size(ax)
    for place, value in ((0, start), (len(tops), end)):
        ax.annotate(
            amount(value),
            (place, max(value, 0.0)),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
        )
    for number, height in enumerate(heights):
        upper = max(tops[number], tops[number + 1])
        sign = "+" if height > 0 else ""
        ax.annotate(
            f"{sign}{amount(height)}",
            (number + 1, upper),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
        )
