"""Labels of points that do not run over each other or out of the axes."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from siting.plot.canvas import BLACK, text_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plot.pen import Pen

Floats = np.ndarray

AWAY = 6.0
# Directions from the point, with the alignment of the text there.
AROUND = (
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (0.7, 0.7, "left", "bottom"),
    (0.7, -0.7, "left", "top"),
    (-0.7, 0.7, "right", "bottom"),
    (-0.7, -0.7, "right", "top"),
)


def place_labels(
    ax: "Axes", pen: "Pen", xy: Floats, radii: Floats, names: list[str]
) -> list[str]:
    """Write names beside points, first names first; one without room is left out.

    Parameters
    ----------
    ax : Axes
        With its final limits.
    pen : Pen
    xy : ndarray of shape (points, 2)
    radii : ndarray
        Of the points, in typographic points.
    names : list of str
        Of the first points; the others are only in the way.

    Returns
    -------
    list of str
        The names that were written.
    """
    from matplotlib.patheffects import withStroke

    figure = ax.figure
    figure.draw_without_rendering()  # type: ignore[union-attr]
    scale = figure.dpi / 72
    frame = ax.get_window_extent()
    centres = ax.transData.transform(xy)
    dots = np.column_stack(
        [centres - radii[:, None] * scale, centres + radii[:, None] * scale]
    )
    taken: list[Floats] = []
    written = []
    for number, name in enumerate(names):
        around = np.delete(dots, number, axis=0)
        near = around + AWAY * scale * np.array([-1, -1, 1, 1])
        named = np.delete(dots[: len(names)], number, axis=0)
        # Best away from other points, so that it is clear whose name it is; better over
        # a point without a name than not at all.
        ways = [
            np.reshape([*points, *taken], (-1, 4)) for points in (near, around, named)
        ]
        for others, (right, up, horizontal, vertical) in product(ways, AROUND):
            away = radii[number] + 1.5
            text = ax.annotate(
                name,
                xy[number],
                xytext=(right * away, up * away),
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
                fontsize=0.8 * text_size(ax),
                fontfamily=list(pen.families),
                color=BLACK,
                zorder=6,
                path_effects=[withStroke(linewidth=1.6, foreground="white")],
            )
            text.set_in_layout(False)
            box = text.get_window_extent().padded(1.0)
            corners = np.array([box.x0, box.y0, box.x1, box.y1])
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1
            inside &= frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not _meets(corners, others):
                taken.append(corners)
                written.append(name)
                break
            text.remove()
    return written


def _meets(box: Floats, others: Floats) -> bool:
    left, low, right, high = others.T
    apart = (left >= box[2]) | (right <= box[0]) | (low >= box[3]) | (high <= box[1])
    return bool((~apart).any())
