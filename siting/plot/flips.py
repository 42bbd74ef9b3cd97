"""Where classes change side as an input grows, as ``plan.break_even`` finds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.plot.axis import axis_of
from siting.plot.canvas import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
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
from siting.plot.pen import Pen, amount
from siting.plot.refuse import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.breakeven import BreakEven

SHARE = "west_share"
LINES = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY)
STYLES = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
HALF = 50.0
WIDE = 30.0
"""Flips that lie farther apart than this ratio stand on an axis of powers of ten."""
NEAR = 0.03
MOST_ROWS = 6


@dataclass(frozen=True)
class Flip:
    """A class changes side here, or a few times within a short way.

    Attributes
    ----------
    subject : str
    first, last : float
        Equal where it changes side once.
    """

    subject: str
    first: float
    last: float

    @property
    def text(self) -> str:
        """The value, or the range of values."""
        if self.first == self.last:
            return amount(self.first)
        return f"{amount(self.first)}–{amount(self.last)}"


def draw_flips(
    found: "BreakEven",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    x_label: str = "",
) -> "Axes":
    """Draw the part in the west of all work and of every class that changes side.

    Parameters
    ----------
    found : BreakEven
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    x_label : str
        Of the parameter, in place of its own name and unit.
    """
    curve = found.curve.sort_values("value", kind="stable")
    if curve.empty:
        refuse("points", "The curve has no points", "Give at least one value.")
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    points = found.points[found.points["flips"] & (found.points["scope"] != "workload")]
    heads = [str(name) for name in curve if str(name).startswith(f"{SHARE}:")]
    classes = [name.removeprefix(f"{SHARE}:") for name in heads]
    names = {name: pen.clean(pen.say(name)) for name in classes}
    names["all"] = pen.say("all work")
    turning = set(points["subject"])
    _lines(ax, curve, classes, {n: names[n] for n in names if n in turning | {"all"}})
    log = _limits(ax, points["value"].to_numpy(float), found)
    label = x_label or pen.say(
        "{what}, {unit}", what=pen.say(found.parameter), unit=pen.say(found.unit)
    )
    ax.set_xlabel(pen.clean(label, 60))
    ax.set_ylabel(axis_of(pen, SHARE, curve[SHARE]).label)
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.axhline(HALF, color=GREY, linewidth=0.6)
    plain(ax, grid="y", numbers="xy")
    legend(ax, pen)
    heading = "Where classes change side: {parameter}"
    if points.empty:
        heading = "No class changes side in this range of: {parameter}"
    title(ax, pen, pen.say(heading, parameter=pen.clean(label, 60)))
    _today(ax, pen, found.today)
    _labels(ax, pen, _grouped(ax, points, log=log), names, classes)
    return finish(ax, pen)


def _lines(
    ax: "Axes", curve: pd.DataFrame, classes: list[str], names: dict[str, str]
) -> None:
    width = 0.13 * text_size(ax)
    across = curve["value"].to_numpy(float)
    whole = 100.0 * curve[SHARE].to_numpy(float)
    ax.plot(across, whole, color=BLACK, linewidth=width, label=names["all"])
    for number, name in enumerate(classes):
        if name not in names:
            continue
        ax.plot(
            across,
            100.0 * curve[f"{SHARE}:{name}"].to_numpy(float),
            color=LINES[number % len(LINES)],
            linestyle=STYLES[number % len(STYLES)],
            linewidth=width,
            label=names[name],
        )


def _limits(ax: "Axes", flips: np.ndarray, found: "BreakEven") -> bool:
    """Show the way up to the last flip, by powers of ten where it is long."""
    seen = flips[flips > 0.0]
    if np.isfinite(found.today) and found.today > 0.0:
        seen = np.append(seen, found.today)
    if not len(flips):
        ax.set_xlim(found.low, found.high)
        return False
    low, high = float(seen.min(initial=np.inf)), float(seen.max(initial=-np.inf))
    if found.low >= 0.0 and high > WIDE * low:
        ax.set_xscale("log")
        ax.set_xlim(max(low / 4.0, found.low), min(12.0 * high, found.high))
        return True
    last = max(high, float(flips.max()))
    start = min(found.low, float(flips.min()))
    ax.set_xlim(start, min(last + 0.35 * (last - start), max(found.high, last)))
    return False


def _place(ax: "Axes", value: float) -> float:
    """Part of the axes' width at which a value stands."""
    at = ax.transData.transform((value, 0.0))[0]
    return float(ax.transAxes.inverted().transform((at, 0.0))[0])


def _today(ax: "Axes", pen: Pen, today: float) -> None:
    low, high = ax.get_xlim()
    if not low <= today <= high:
        return
    ax.axvline(today, color=GREY, linewidth=1.0, zorder=1)
    ax.annotate(
        pen.say("today"),
        (today, -2.0),
        xytext=(3, 0),
        textcoords="offset points",
        va="bottom",
        fontsize=0.85 * text_size(ax),
        color=GREY,
        path_effects=_halo(),
    )


def _grouped(ax: "Axes", points: pd.DataFrame, *, log: bool) -> list[Flip]:
    """Join flips of one class that stand too near to each other to be told apart."""
    found: list[Flip] = []
    for subject, rows in points.groupby("subject", sort=False):
        for value in sorted(rows["value"].tolist()):
            last = found[-1] if found else None
            if last is not None and last.subject == subject:
                apart = _place(ax, value) - _place(ax, last.last)
                if apart < NEAR and not (log and value <= 0.0):
                    found[-1] = Flip(last.subject, last.first, value)
                    continue
            found.append(Flip(str(subject), value, value))
    return sorted(found, key=lambda flip: flip.first)


def _labels(
    ax: "Axes", pen: Pen, flips: list[Flip], names: dict[str, str], classes: list[str]
) -> None:
    """Name every flip above the lines, from the right so that none is struck."""
    size = 0.9 * text_size(ax)
    bottom = -4.0
    texts: list[tuple[Flip, Any, float]] = []
    for flip in flips:
        text = ax.text(
            flip.first,
            HALF,
            f" {names[flip.subject]} {flip.text}",
            ha="left",
            va="bottom",
            fontsize=size,
            fontweight="bold",
            fontfamily=list(pen.families),
            color=_colour(flip, classes),
            path_effects=_halo(),
            zorder=5,
        )
        width = text.get_window_extent().width / ax.get_window_extent().width
        texts.append((flip, text, 1.06 * width))
    spans: list[tuple[float, float, int]] = []
    rows = {}
    for flip, text, width in reversed(texts):
        left = _place(ax, flip.first)
        right = left + width
        if right > 1.0:
            text.set_text(text.get_text().strip() + " ")
            text.set_ha("right")
            left, right = left - width, left
        hit = [row for one, other, row in spans if one < right and other > left]
        rows[text] = max(hit, default=-1) + 1
        spans.append((left, right, rows[text]))
    count = min(max(rows.values(), default=-1) + 1, MOST_ROWS)
    high = ax.get_window_extent().height * 72.0 / ax.figure.dpi
    part = min(1.45 * size * count / high, 0.5)
    top = bottom + (104.0 - bottom) / (1.0 - part)
    ax.set_ylim(bottom, top)
    for flip, text, _ in texts:
        colour = _colour(flip, classes)
        ax.plot(
            [flip.first, flip.last],
            [HALF, HALF],
            color="white",
            linestyle="",
            marker="D",
            markersize=0.45 * size,
            markeredgecolor=colour,
            zorder=4,
        )
        if rows[text] >= MOST_ROWS:
            text.remove()
            continue
        height = 104.0 + (top - 104.0) * rows[text] / count
        text.set_y(height)
        ax.plot(
            [flip.first] * 2,
            [HALF, height],
            color=colour,
            linewidth=0.8,
            linestyle=":",
            zorder=2,
        )


def _colour(flip: Flip, classes: list[str]) -> str:
    if flip.subject in classes:
        return LINES[classes.index(flip.subject) % len(LINES)]
    return BLACK


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]
