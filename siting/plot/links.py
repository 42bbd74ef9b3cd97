"""The most loaded links of the backbone."""

from typing import TYPE_CHECKING

import numpy as np

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
from siting.plot.pen import Pen, amount
from siting.plot.refuse import refuse
from siting.words import names_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from siting.plan import Plan


def draw_links(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    top: int = 12,
) -> "Axes":
    """Draw the peak load of the busiest links in both directions.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    top : int
        How many links.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If no link carries anything.
    """
    links = plan.links.copy()
    links["peak"] = links[["forward_peak_gbps", "backward_peak_gbps"]].max(axis=1)
    links = links[links["peak"] > 0]
    if links.empty:
        refuse("links", "No link carries anything", "Draw a plan with a backbone.")
    shown = links.nlargest(top, "peak")
    ax = new_axes(ax, size, height=1.15)
    pen = Pen.of(lang)
    rows = np.arange(len(shown))
    for column, offset, colour, text in (
        ("forward_peak_gbps", -0.19, BLUE, "in the direction named"),
        ("backward_peak_gbps", 0.19, ORANGE, "the other way"),
    ):
        ax.barh(rows + offset, shown[column], 0.36, color=colour, label=pen.say(text))
    for row, (peak, use) in enumerate(zip(shown["peak"], shown["use"], strict=True)):
        text = f"{amount(100 * use)} %" if np.isfinite(use) else pen.say("unlimited")
        ax.annotate(
            text,
            (peak, row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            color=GREY,
            fontsize=0.82 * text_size(ax),
        )
    ax.set_yticks(rows, _names(plan, pen, shown, 34 if is_wide(ax) else 24))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.14 * float(shown["peak"].max()))
    ax.set_xlabel(pen.say("peak load, Gbps; beside it the share of the head-room used"))
    plain(ax, grid="x", numbers="x")
    legend(ax, pen)
    below = pen.say(
        "{shown} of {count} links that carry anything",
        shown=len(shown),
        count=len(links),
    )
    title(ax, pen, pen.say("The most loaded links"), below)
    return finish(ax, pen)


def _names(plan: "Plan", pen: Pen, shown: "pd.DataFrame", most: int) -> list[str]:
    names = names_of(plan.scenario.nodes, pen.lang)
    half = (most - 3) // 2
    ends = zip(shown["source"], shown["target"], strict=True)
    return [
        f"{pen.clean(names[a], half)} → {pen.clean(names[b], half)}" for a, b in ends
    ]
