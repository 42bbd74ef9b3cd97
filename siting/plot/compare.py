"""Two plans: what runs at each hub in the one and in the other."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.plot.canvas import (
    BLUE,
    GREY,
    ORANGE,
    finish,
    is_wide,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import CARBON, MONEY, Pen, amount, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan

SAME = 1e-9
LEAST_MW = 0.005
"""What a difference must be to be shown: half of the last digit of small ones."""


def draw_compare(
    plan: "Plan",
    other: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    top: int = 12,
    names: tuple[str, str] = ("", ""),
) -> "Axes":
    """Draw the load of the hubs that differ most between two plans.

    Parameters
    ----------
    plan, other : Plan
        The first and the second plan; they may differ in their hubs.
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    top : int
        How many hubs.
    names : tuple of str
        What the two are called.

    Returns
    -------
    Axes
    """
    ax = new_axes(ax, size, height=1.15)
    pen = Pen.of(lang)
    both = (plan, other)
    loads = pd.concat([p.hubs.set_index("hub")["it_mw"] for p in both], axis=1).fillna(
        0.0
    )
    loads.columns = pd.Index(["first", "second"])
    change = (loads["second"] - loads["first"]).abs()
    change = change[change >= LEAST_MW]
    shown = loads.loc[change.nlargest(top).index]
    known = pd.concat([plan.scenario.hubs, other.scenario.hubs])
    known = known[~known.index.duplicated()]
    hubs = pen.names(known.loc[shown.index], 30 if is_wide(ax) else 18)
    rows = np.arange(len(shown))
    called = [
        pen.clean(names[0]) or pen.say("first plan"),
        pen.clean(names[1]) or pen.say("second plan"),
    ]
    ax.hlines(rows, shown["first"], shown["second"], color=GREY, linewidth=2)
    for column, colour, marker, text in (
        ("first", ORANGE, "s", called[0]),
        ("second", BLUE, "o", called[1]),
    ):
        ax.plot(
            shown[column],
            rows,
            marker,
            color=colour,
            markersize=0.62 * text_size(ax),
            label=text,
        )
    for row, (first, second) in enumerate(shown.to_numpy(float)):
        sign = "+" if second > first else ""
        ax.annotate(
            f"{sign}{amount(second - first)}",
            (max(first, second), row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=GREY,
            fontsize=0.85 * text_size(ax),
        )
    ax.set_yticks(rows, [hubs[str(hub)] for hub in shown.index])
    ax.invert_yaxis()
    most = max(float(shown.to_numpy().max(initial=0.0)), 1e-9)
    ax.set_xlim(-0.02 * most, 1.15 * most)
    ax.set_xlabel(pen.say("mean IT load, MW"))
    plain(ax, grid="x", numbers="x")
    legend(ax, pen)
    heading = _heading(pen, plan, other)
    title(ax, pen, heading, _carbon(pen, plan, other), *_counted(pen, called, both))
    return finish(ax, pen)


def _counted(pen: Pen, names: list[str], plans: tuple["Plan", "Plan"]) -> list[str]:
    """Name the accounting of both plans, each by itself where they differ."""
    told = [pen.counted(plan.scenario) for plan in plans]
    if told[0] == told[1]:
        return told[:1]
    return [
        pen.say("{name}: {value}", name=name, value=text)
        for name, text in zip(names, told, strict=True)
    ]


def _heading(pen: Pen, plan: "Plan", other: "Plan") -> str:
    more = other.cost_cny - plan.cost_cny
    if abs(more) <= SAME * abs(plan.cost_cny):
        return pen.say("Both plans cost the same")
    divisor, unit = unit_of([more], MONEY)
    text = (
        "The second plan costs {value} {unit} a year more"
        if more > 0
        else "The second plan costs {value} {unit} a year less"
    )
    return pen.say(text, value=amount(abs(more) / divisor), unit=pen.say(unit))


def _carbon(pen: Pen, plan: "Plan", other: "Plan") -> str:
    totals = [p.emissions[p.emissions["subject"] == "total"] for p in (plan, other)]
    texts = []
    for column, words in (
        ("location_t", "CO2, location-based"),
        ("market_t", "CO2, market-based"),
    ):
        more = float(totals[1][column].sum() - totals[0][column].sum())
        divisor, unit = unit_of([more], CARBON)
        sign = "+" if more > 0 else ""
        texts.append(
            f"{pen.say(words)}: {sign}{amount(more / divisor)} {pen.say(unit)}"
        )
    return "; ".join(texts)
