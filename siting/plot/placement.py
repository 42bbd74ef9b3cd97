"""Placement of each class, from the easternmost hub to the westernmost."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.export.layers import hub_places
from siting.plot.canvas import (
    GREY,
    SIDES,
    finish,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import Pen, amount
from siting.plot.refuse import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan

ORDER = ("east", "central", "west", "")
NAMES = {"east": "east", "central": "central", "west": "west", "": "no side"}
MOST_CLASSES = 12
HALF = 0.33
THIN = 0.01
"""Pieces below this part of the longest bar are not set apart."""


def draw_placement(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
) -> "Axes":
    """Draw a bar a class, cut into hubs from east to west.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If nothing is placed.
    """
    if plan.placement.empty:
        refuse("placement", "Nothing is placed", "Draw a plan that places something.")
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    scenario = plan.scenario
    wide = plan.placement.pivot_table(
        index="class", columns="hub", values="it_mw", aggfunc="sum", fill_value=0.0
    )
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    kept = wide.iloc[:MOST_CLASSES]
    order = _east_to_west(scenario, list(wide.columns))
    pieces = kept[order]
    lefts = pieces.cumsum(axis=1) - pieces
    sides = scenario.hubs["side"].reindex(order).to_numpy(object)
    rows = np.arange(len(pieces))
    longest = float(pieces.sum(axis=1).max())
    for number, hub in enumerate(order):
        ax.barh(
            rows,
            pieces[hub],
            left=lefts[hub],
            height=2 * HALF,
            color=SIDES.get(sides[number], GREY),
            linewidth=0,
        )
    row, column = np.nonzero(pieces.to_numpy(float) > THIN * longest)
    for ends in (lefts, lefts + pieces):
        places = ends.to_numpy(float)[row, column]
        ax.vlines(places, row - HALF, row + HALF, colors="white", linewidths=0.5)
    totals = pieces.sum(axis=1)
    _totals(ax, totals)
    ax.set_yticks(rows, [pen.clean(pen.say(str(name)), 16) for name in pieces.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.13 * float(totals.max()))
    ax.set_xlabel(pen.say("mean IT load, MW; hubs from east (left) to west (right)"))
    plain(ax, grid="x", numbers="x")
    legend(ax, pen, _handles(pen, set(sides)))
    below = ""
    if len(wide) > len(kept):
        below = pen.say("{count} smaller classes left out", count=len(wide) - len(kept))
    title(ax, pen, pen.say("What runs where, by class"), below)
    finish(ax, pen)
    _name_pieces(ax, pen, scenario, pieces, lefts)
    return ax


def _east_to_west(scenario: Any, hubs: list[str]) -> list[str]:
    """Sides from east to west, and in each the hubs by longitude."""
    longitude = hub_places(scenario)["longitude"].reindex(hubs)
    side = scenario.hubs["side"].reindex(hubs).map(ORDER.index)
    keys = pd.DataFrame({"side": side, "west": -longitude.fillna(0.0)})
    return list(keys.sort_values(["side", "west"], kind="stable").index)


def _totals(ax: "Axes", totals: "pd.Series[float]") -> None:
    for row, value in enumerate(totals):
        ax.annotate(
            f"{amount(value)} MW",
            (value, row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=0.85 * text_size(ax),
        )


def _handles(pen: Pen, sides: set[str]) -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(color=SIDES[side], label=pen.say(NAMES[side]))
        for side in ORDER
        if side in sides
    ]


def _name_pieces(
    ax: "Axes", pen: Pen, scenario: Any, pieces: pd.DataFrame, lefts: pd.DataFrame
) -> None:
    """Name the pieces that are long enough for their name."""
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    names = pen.names(scenario.hubs.loc[list(pieces.columns)], 18)
    start = ax.transData.transform((0.0, 0.0))[0]
    scale = ax.transData.transform((1.0, 0.0))[0] - start
    for row, (values, left) in enumerate(
        zip(pieces.to_numpy(float), lefts.to_numpy(float), strict=True)
    ):
        for number in np.flatnonzero(values * scale > text_size(ax)):
            text = ax.text(
                left[number] + values[number] / 2,
                row,
                names[str(pieces.columns[int(number)])],
                ha="center",
                va="center",
                color="white",
                fontsize=0.78 * text_size(ax),
                fontfamily=list(pen.families),
            )
            text.set_in_layout(False)
            if text.get_window_extent().width > values[number] * scale - 4:
                text.remove()
