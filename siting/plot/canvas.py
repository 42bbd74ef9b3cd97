"""Axes for a figure: made here or given, and finished alike."""

from typing import TYPE_CHECKING, Any, cast

from siting.errors import InputError, Problem, one_of
from siting.extras import require
from siting.plot.pen import Pen
from siting.wording import pieces
from siting.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito: told apart with every kind of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE, LAND = "#767676", "#D9D9D9", "#F2F0EB"
SIDES = {"east": RED, "west": BLUE, "central": ORANGE, "": GREY}

MM_PER_INCH = 25.4
SIZES = {"slide": (254.0, 142.875), "column": (85.0, 80.0)}
"""Width and height in mm: a slide of 16:9, a column of a page."""
DPI = 200
LINES_APART = 1.3
MOST_COLUMNS = 5
SAFE = 0.85


def new_axes(ax: "Axes | None", size: str, height: float = 1.0) -> "Axes":
    """Return the axes given, or those of a new picture that pyplot knows nothing of.

    Parameters
    ----------
    ax : Axes or None
    size : {"slide", "column"}
        Of a new picture.
    height : float
        Factor on the height of a column.

    Raises
    ------
    InputError
        If matplotlib is not installed, or the size is unknown.
    """
    require("matplotlib", "plot")
    if ax is not None:
        return ax
    if size not in SIZES:
        remedy = one_of(size, list(SIZES))
        message = word("'{size}' is not a size", size=size)
        raise InputError([Problem("size", None, None, message, remedy)])
    from siting.plot.picture import Picture

    width_mm, height_mm = SIZES[size]
    tall = height if size == "column" else 1.0
    picture = Picture(
        figsize=(width_mm / MM_PER_INCH, tall * height_mm / MM_PER_INCH),
        dpi=DPI,
        layout="constrained",
    )
    return picture.add_subplot()


def inches(ax: "Axes") -> float:
    """Width of the axes' part of the figure in inches."""
    figure = ax.figure
    spec = ax.get_subplotspec()
    share = spec.get_gridspec().ncols if spec is not None else 1
    columns = (spec.colspan.stop - spec.colspan.start) if spec is not None else 1
    return float(figure.get_figwidth() * columns / share)  # type: ignore[union-attr]


def text_size(ax: "Axes") -> float:
    """Size of text in points: 7 in a column, 12 on a slide."""
    return min(max(7.0 + (inches(ax) - 3.35) * 0.75, 6.0), 12.0)


def is_wide(ax: "Axes") -> bool:
    """Whether there is room beside the axes."""
    return inches(ax) > 5.0


def broken(ax: "Axes", pen: Pen, text: str, room: float, **font: Any) -> str:
    """Break a text into lines that fit, by measuring them.

    Parameters
    ----------
    ax : Axes
    pen : Pen
    text : str
    room : float
        Width in pixels.
    **font
        Size and weight.
    """
    ruler = ax.text(0, 0, "", fontfamily=list(pen.families), **font)
    lines, line = [], ""
    for piece in pieces(text):
        ruler.set_text((line + piece).rstrip())
        if line and ruler.get_window_extent().width > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    ruler.remove()
    return "\n".join([*lines, line.rstrip()])


def title(ax: "Axes", pen: Pen, text: str, *below: str) -> None:
    """Set the title, and below the axes their label and notes, broken into lines."""
    size = text_size(ax)
    figure = ax.figure
    room = _room(ax, pen)
    pad = 6.0
    above = ax.get_legend()
    if above is not None and above.get_window_extent().y0 >= ax.get_window_extent().y1:
        pad += above.get_window_extent().height * 72 / figure.dpi
    font: dict[str, Any] = {"fontsize": 1.05 * size, "fontweight": "bold"}
    ax.set_title(
        broken(ax, pen, text, room, **font),
        loc="left",
        pad=pad,
        linespacing=LINES_APART,
        **font,
    )
    notes = [ax.get_xlabel(), *below, pen.say(pen.note) if pen.note else ""]
    lines = [broken(ax, pen, n, room, fontsize=0.9 * size) for n in notes if n]
    ax.set_xlabel("\n".join(lines), loc="left", linespacing=LINES_APART)


def break_ticks(ax: "Axes", pen: Pen, names: list[str]) -> None:
    """Break the names along the horizontal axis so that they stand apart."""
    size = 0.9 * text_size(ax)
    places = ax.transData.transform([(place, 0.0) for place in ax.get_xticks()])[:, 0]
    room = 0.92 * float(min(abs(places[1:] - places[:-1]), default=places.max()))
    told = [broken(ax, pen, name, room, fontsize=size) for name in names]
    ax.set_xticks(ax.get_xticks(), told, linespacing=LINES_APART)


def _room(ax: "Axes", pen: Pen) -> float:
    """Pixels from the left of the axes to the end of their part of the figure."""
    _speak(ax, pen)
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    spec = ax.get_subplotspec()
    share = spec.colspan.stop / spec.get_gridspec().ncols if spec is not None else 1.0
    width, left = float(ax.figure.bbox.width), float(ax.get_window_extent().x0)
    room = width * share - 4.0 - left
    # Axes beside others may still be moved by what is drawn there.
    alone = len(ax.figure.axes) == len(_twins(ax))
    return float(room if alone else SAFE * room)


def finish(ax: "Axes", pen: Pen) -> "Axes":
    """Give every text of the axes and their twins size and fonts."""
    _speak(ax, pen)
    return ax


def _speak(ax: "Axes", pen: Pen) -> None:
    from matplotlib.text import Text

    size = text_size(ax)
    families = list(pen.families)
    for one in _twins(ax):
        one.tick_params(labelsize=0.9 * size, labelfontfamily=families)
        for axis in (one.xaxis, one.yaxis):
            axis.label.set_fontsize(0.9 * size)
        for found in one.findobj(Text):
            found.set_fontfamily(families)


def _twins(ax: "Axes") -> list["Axes"]:
    """Return the axes and those that lie over them."""
    siblings = ax.get_shared_x_axes().get_siblings(ax)
    return [one for one in siblings if one.bbox.bounds == ax.bbox.bounds]


def plain(ax: "Axes", *, grid: str = "", numbers: str = "") -> None:
    """Take off the frame; draw lines across some axes, write numbers as elsewhere.

    Parameters
    ----------
    ax : Axes
    grid : {"", "x", "y", "both"}
    numbers : str
        The axes of numbers: ``x``, ``y`` or ``xy``.
    """
    from matplotlib.ticker import FuncFormatter

    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    if grid:
        ax.grid(axis=cast("Any", grid), color=PALE, linewidth=0.6)
        ax.set_axisbelow(True)
    for axis in numbers:
        found = ax.xaxis if axis == "x" else ax.yaxis
        found.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
        )


def legend(
    ax: "Axes", pen: Pen, handles: list[Any] | None = None, *, beside: bool = False
) -> None:
    """Put the legend above the axes, or beside those of a slide.

    It is set before the title, which makes room for it, and after the ticks.
    """
    given: dict[str, Any] = {} if handles is None else {"handles": handles}
    prop: dict[str, Any] = {"size": 0.88 * text_size(ax), "family": list(pen.families)}
    if beside and is_wide(ax):
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
        ax.legend(prop=prop, frameon=False, **place, **given)
        return
    room = _room(ax, pen)
    for columns in range(MOST_COLUMNS, 0, -1):
        found = ax.legend(
            prop=prop,
            frameon=False,
            ncols=columns,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            columnspacing=1.2,
            handlelength=1.6,
            handletextpad=0.5,
            borderaxespad=0.1,
            **given,
        )
        if found.get_window_extent().width <= room:
            return
