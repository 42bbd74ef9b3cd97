"""Pareto front: what one aim costs in terms of another."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.plot.axis import axis_of, numeric
from siting.plot.canvas import (
    BLUE,
    RED,
    finish,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import Pen
from siting.plot.refuse import refuse
from siting.sweep.front import COLUMN
from siting.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.scenario import Scenario
    from siting.sweep.front import Front

BREAKS = ("break_point", "breakpoint", "is_break")


def draw_pareto(
    points: "pd.DataFrame | Front",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    x: str = "",
    y: str = "",
    breaks: str = "",
    scenario: "Scenario | None" = None,
) -> "Axes":
    """Draw a front through its points, with the points at which it bends.

    Parameters
    ----------
    points : DataFrame or Front
        One row a plan; or what :func:`siting.pareto` found, every point of which is a
        break-point.
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    x, y : str
        Columns; "": the first two that hold numbers.
    breaks : str
        Column that is true at a break-point; "": ``break_point`` if it is there, else
        the points where the slope changes.
    scenario : Scenario, optional
        Of the plans; the caption names its accounting.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there are no two columns of numbers, or a column is not there.
    """
    dots = "plan on the front"
    if isinstance(points, pd.DataFrame):
        table = points
    else:
        table, dots = points.points.assign(break_point=False), "break-point"
        x, y = x or COLUMN[points.first], y or COLUMN[points.second]
    names = numeric(table, [x, y])
    if len(table) == 0:
        refuse("points", "The front has no points", "Give at least one plan.")
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    ordered = table.sort_values(names[0], kind="stable")
    values = [ordered[name].to_numpy(float) for name in names]
    axes = [axis_of(pen, name, v) for name, v in zip(names, values, strict=True)]
    across, up = (v / axis.divisor for v, axis in zip(values, axes, strict=True))
    ax.plot(
        across,
        up,
        color=BLUE,
        linewidth=0.13 * text_size(ax),
        marker="o",
        markersize=0.28 * text_size(ax),
        label=pen.say(dots),
    )
    bends = _bends(ordered, across, up, breaks)
    if bends.any():
        ax.plot(
            across[bends],
            up[bends],
            linestyle="",
            marker="D",
            markersize=0.6 * text_size(ax),
            markerfacecolor="white",
            markeredgecolor=RED,
            markeredgewidth=0.13 * text_size(ax),
            label=pen.say("break-point"),
        )
    ax.set_xlabel(axes[0].label)
    ax.set_ylabel(axes[1].label)
    ax.margins(0.08)
    plain(ax, grid="both", numbers="xy")
    legend(ax, pen)
    below = "" if scenario is None else pen.counted(scenario)
    title(ax, pen, pen.say("What one aim costs in the other"), below)
    return finish(ax, pen)


def _bends(ordered: Any, across: np.ndarray, up: np.ndarray, breaks: str) -> np.ndarray:
    """Where the front bends: as told, or where its slope changes."""
    column = breaks or next((b for b in BREAKS if b in ordered.columns), "")
    if column:
        if column not in ordered.columns:
            message = word("There is no column '{column}'", column=column)
            refuse("breaks", message, "Name one of the table.")
        return np.asarray(ordered[column].fillna(False).astype(bool))
    bends = np.zeros(len(across), dtype=bool)
    steps = np.diff(across)
    if len(across) < 3 or (steps <= 0).any():
        return bends
    slope = np.diff(up) / steps
    change = np.abs(np.diff(slope))
    bends[1:-1] = change > 1e-6 * np.abs(slope).max(initial=0.0)
    # Where every point bends the front is curved, and none of them stands out.
    return bends if not bends[1:-1].all() else np.zeros_like(bends)
