"""Break-even: where a saving turns into a loss as a price or a size grows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.plot.axis import axis_of, numeric
from siting.plot.canvas import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    finish,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.flips import SHARE, draw_flips
from siting.plot.pen import Pen, amount
from siting.plot.refuse import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.breakeven import BreakEven

LINES = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY)
APART = 0.12
MOST_NAMED = 4
STYLES = ("-", "--", "-.", ":")


def draw_break_even(
    points: "pd.DataFrame | BreakEven",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    x: str = "",
    y: str | Sequence[str] = "",
    marks: Sequence[float] | None = None,
    x_label: str = "",
) -> "Axes":
    """Draw lines over a parameter and mark where the answer changes.

    Parameters
    ----------
    points : DataFrame or BreakEven
        One row a value of the parameter; or what ``plan.break_even`` found: drawn by
        :func:`siting.plot.flips.draw_flips` unless columns or marks are given.
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    x : str
        The parameter; "": the first column of numbers.
    y : str or sequence of str
        Columns, each a line; "": the second column of numbers.
    marks : sequence of float, optional
        Values of the parameter to be marked; where the lines cross zero if not given.
    x_label : str
        Of the parameter, in place of what its column's name says.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there are no such columns.
    """
    if isinstance(points, pd.DataFrame):
        table = points
    elif not (x or y or marks):
        return draw_flips(points, ax, lang, size=size, x_label=x_label)
    else:
        table, x, y = points.curve, x or "value", y or SHARE
        marks = points.flips if marks is None else marks
        x_label = x_label or f"{points.parameter}, {points.unit}"
    asked = [y] if isinstance(y, str) else list(y)
    parameter, *lines = numeric(table, [x, *asked])
    if len(table) == 0:
        refuse("points", "The curve has no points", "Give at least one value.")
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    ordered = table.sort_values(parameter, kind="stable")
    across_axis = axis_of(pen, parameter, ordered[parameter])
    across = ordered[parameter].to_numpy(float) / across_axis.divisor
    everything = ordered[lines].to_numpy(float)
    up_axis = axis_of(pen, lines[0], everything)
    crossings = []
    for number, name in enumerate(lines):
        up = ordered[name].to_numpy(float) / up_axis.divisor
        ax.plot(
            across,
            up,
            color=LINES[number % len(LINES)],
            linestyle=STYLES[number % len(STYLES)],
            linewidth=0.13 * text_size(ax),
            label=axis_of(pen, name, everything).words,
        )
        crossings += crossing(across, up)
    if marks is None:
        ax.axhline(0.0, color=BLACK, linewidth=0.8)
    else:
        crossings = sorted(float(mark) / across_axis.divisor for mark in marks)
    _mark(ax, crossings, at_zero=marks is None)
    ax.set_xlabel(pen.clean(x_label, 60) if x_label else across_axis.label)
    ax.set_ylabel(up_axis.label)
    ax.margins(0.08)
    plain(ax, grid="y", numbers="xy")
    if len(lines) > 1:
        legend(ax, pen)
    words = pen.clean(x_label, 60) if x_label else across_axis.label
    title(ax, pen, _heading(pen, crossings, words))
    return finish(ax, pen)


def _mark(ax: "Axes", places: list[float], *, at_zero: bool) -> None:
    """Mark values of the parameter; those too near to a marked one go unnamed."""
    from matplotlib.patheffects import withStroke

    low, high = ax.get_xlim()
    named: list[float] = []
    for place in places:
        if at_zero:
            ax.plot(
                [place],
                [0.0],
                marker="D",
                markersize=0.5 * text_size(ax),
                markerfacecolor="white",
                markeredgecolor=BLACK,
                linestyle="",
            )
        else:
            ax.axvline(place, color=BLACK, linewidth=0.9, linestyle=":")
        if any(abs(place - other) < APART * (high - low) for other in named):
            continue
        named.append(place)
        ax.annotate(
            amount(place),
            (place, 0.0 if at_zero else 1.0),
            xycoords="data" if at_zero else ("data", "axes fraction"),
            xytext=(3, 6 if at_zero else -3),
            textcoords="offset points",
            ha="left",
            va="bottom" if at_zero else "top",
            fontsize=0.9 * text_size(ax),
            fontweight="bold",
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )


def crossing(across: np.ndarray, up: np.ndarray) -> list[float]:
    """Return where a line through points crosses zero.

    >>> crossing(np.array([0.0, 2.0]), np.array([1.0, -1.0]))
    [1.0]
    """
    exact = across[up == 0]
    change = np.flatnonzero(up[:-1] * up[1:] < 0)
    step = across[change + 1] - across[change]
    inner = across[change] - up[change] * step / (up[change + 1] - up[change])
    return sorted({float(place) for place in [*exact, *inner]})


def _heading(pen: Pen, crossings: list[float], words: str) -> str:
    if not crossings:
        return pen.say("No break-even in this range of: {parameter}", parameter=words)
    places = ", ".join(map(amount, crossings[:MOST_NAMED]))
    places += ", …" if len(crossings) > MOST_NAMED else ""
    return pen.say("Even at {places}: {parameter}", places=places, parameter=words)
