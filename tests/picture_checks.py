"""Finds what is wrong with a picture: texts cut off or running over each other."""

from itertools import combinations
from typing import Any

SLACK_PX = 1.5


def texts(figure: Any) -> list[Any]:
    """All texts of a figure that are seen."""
    found = []
    for ax in figure.axes:
        found += [ax.title, ax._left_title, ax._right_title, *ax.texts]
        for axis, view in (
            (ax.xaxis, ax.viewLim.intervalx),
            (ax.yaxis, ax.viewLim.intervaly),
        ):
            low, high = sorted(view)
            room = 1e-9 * (high - low)
            found.append(axis.label)
            for tick in axis.get_major_ticks():
                if low - room <= tick.get_loc() <= high + room:
                    found += [tick.label1, tick.label2]
        if ax.get_legend():
            found += ax.get_legend().get_texts()
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def faults(figure: Any) -> list[str]:
    """Say which texts are cut off by the edge or overlap."""
    figure.draw_without_rendering()
    width, height = figure.bbox.size
    boxes = [
        (text.get_text(), text.get_window_extent().extents) for text in texts(figure)
    ]
    found = []
    for text, (left, low, right, high) in boxes:
        if min(left, low, width - right, height - high) < -SLACK_PX:
            found.append(f"cut off: {text!r}")
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        up = min(a[3], b[3]) - max(a[1], b[1])
        if across > SLACK_PX and up > SLACK_PX:
            found.append(f"overlap: {one!r} and {other!r}")
    return found
