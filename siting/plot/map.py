"""Map of hubs and of the work that moves to them, in an equal-area projection."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from siting.export.layers import hub_places, node_places
from siting.plot.canvas import (
    BLACK,
    GREY,
    LAND,
    SIDES,
    finish,
    legend,
    new_axes,
    text_size,
    title,
)
from siting.plot.earth import (
    BEND,
    OUTLINE_STATUS,
    Project,
    extent,
    flows_away,
    outlines,
    projection,
)
from siting.plot.labels import place_labels
from siting.plot.pen import Pen, amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan

Floats = np.ndarray
MOST_FLOWS = 60
CURVE_POINTS = 24
WIDEST_LINE, THINNEST_LINE = 0.45, 0.3
LEAST_HOME = 0.1
ROOM, LEAST_ROOM_KM = 0.02, 5.0


def draw_map(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    workload_class: str = "",
    outline_status: str = "",
    most_flows: int = MOST_FLOWS,
) -> "Axes":
    """Draw hubs, as large as their load, and the work placed away from its origin.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
        Where to draw; a new picture if not given.
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
        Of a new picture.
    workload_class : str
        Only this class; "": all.
    outline_status : str
        What is said about the outlines in place of the usual words.
    most_flows : int
        The largest flows are drawn; the caption says what is left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If no hub has coordinates.
    """
    from siting.plot.refuse import refuse

    scenario = plan.scenario
    places = hub_places(scenario)
    known = np.isfinite(places.to_numpy(float)).all(axis=1)
    if not known.any():
        refuse("hubs", "No hub has coordinates", "Give latitude and longitude.")
    ax = new_axes(ax, size, height=1.05)
    pen = Pen.of(lang)
    shapes = outlines(scenario.boundaries)
    origins = node_places(scenario)
    project = projection(extent(places, shapes))
    _draw_outlines(ax, shapes, project)
    _frame(ax, places[known], shapes, project)
    placed = plan.placement
    if workload_class:
        placed = placed[placed["class"] == workload_class]
    caption = _draw_flows(
        ax, pen, placed, (origins, places), project, scenario, most_flows
    )
    load = placed.groupby("hub")["it_mw"].sum().reindex(places.index).fillna(0.0)
    _draw_hubs(ax, pen, load[known], places[known], project, scenario.hubs)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    status = outline_status or pen.say(OUTLINE_STATUS)
    heading = _heading(pen, load, scenario.hubs["side"], workload_class)
    title(ax, pen, heading, " ".join([caption, status] if shapes else [caption]))
    finish(ax, pen)
    ax.xaxis.label.set_fontsize(0.78 * text_size(ax))
    ax.xaxis.label.set_color(GREY)
    # The limits were stretched to axes that had neither title nor caption yet.
    ax.autoscale_view()
    _label_hubs(ax, pen, load[known], places[known], project, scenario.hubs)
    return ax


def _heading(
    pen: Pen, load: "pd.Series[float]", side: "pd.Series[str]", workload_class: str
) -> str:
    total = float(load.sum())
    what = pen.clean(pen.say(workload_class)) if workload_class else ""
    subject = pen.say("Where {work} runs", work=what) if what else ""
    subject = subject or pen.say("Where the work runs")
    west = float(load[side.reindex(load.index) == "west"].sum())
    if not total or "west" not in set(side):
        return subject
    share = pen.say(
        "{share} % of {total} MW of mean IT load in the west",
        share=f"{100 * west / total:.0f}",
        total=amount(total),
    )
    return pen.say("{subject}: {share}", subject=subject, share=share)


def _draw_outlines(ax: "Axes", shapes: list[Any], project: Project) -> None:
    from matplotlib.collections import PolyCollection

    rings = [project(shapely.get_coordinates(shape.exterior)) for shape in shapes]
    ax.add_collection(
        PolyCollection(
            rings, facecolors=LAND, edgecolors="#BDB8AC", linewidths=0.5, zorder=1
        )
    )


def _frame(
    ax: "Axes", places: pd.DataFrame, shapes: list[Any], project: Project
) -> None:
    """Let the limits follow what is drawn, with a little room around."""
    xy = [project(places.to_numpy(float))]
    xy += [project(shapely.get_coordinates(shape)) for shape in shapes]
    around = np.vstack(xy)
    reach = LEAST_ROOM_KM * np.array([[-1.0, -1.0], [1.0, 1.0]])
    ends = np.vstack([around.min(axis=0), around.max(axis=0)]) + reach
    ax.update_datalim(ends)
    ax.margins(ROOM)
    ax.autoscale_view()


def _draw_flows(
    ax: "Axes",
    pen: Pen,
    placed: pd.DataFrame,
    ends: tuple[pd.DataFrame, pd.DataFrame],
    project: Project,
    scenario: Any,
    most: int,
) -> str:
    """Draw the largest flows as curves; return what is to be said about them."""
    from matplotlib.collections import LineCollection

    flows = placed.groupby(["origin", "hub"])["it_mw"].sum().reset_index()
    away, start, end = flows_away(flows, ends, scenario)
    moved = flows[away].assign(row=np.flatnonzero(away)).nlargest(most, "it_mw")
    total = float(flows.loc[away, "it_mw"].sum())
    drawn = float(moved["it_mw"].sum())
    if moved.empty:
        return pen.say("All work stays where it comes from.")
    rows = moved["row"].to_numpy(int)
    curves = _curves(project(start[rows]), project(end[rows]))
    side = scenario.hubs["side"].reindex(moved["hub"])
    mw = moved["it_mw"].to_numpy(float)
    scale = WIDEST_LINE * text_size(ax) / float(mw.max())
    ax.add_collection(
        LineCollection(
            list(curves),
            linewidths=np.maximum(scale * mw, THINNEST_LINE),
            colors=[SIDES.get(name, GREY) for name in side],
            alpha=0.45,
            capstyle="round",
            zorder=2,
        )
    )
    return pen.say(
        "Lines: {drawn} of {total} MW that run away from their origin, in the colour "
        "of the side they run on; the widest is {most} MW.",
        drawn=amount(drawn),
        total=amount(total),
        most=amount(float(mw.max())),
    )


def _curves(start: Floats, end: Floats) -> Floats:
    """Curves from start to end that bend to one side, as arrays of points."""
    along = end - start
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    middle = (start + end) / 2 + BEND * aside
    t = np.linspace(0.0, 1.0, CURVE_POINTS)[None, :, None]
    first, last = start[:, None, :], end[:, None, :]
    between = middle[:, None, :]
    return np.asarray((1 - t) ** 2 * first + 2 * t * (1 - t) * between + t**2 * last)


def _area(ax: "Axes", load: Floats) -> Floats:
    """Area of circles in square points: the largest about three lines of text wide."""
    largest = max(float(load.max(initial=0.0)), 1e-9)
    return np.asarray((2.3 * text_size(ax)) ** 2 * load / largest)


def _draw_hubs(
    ax: "Axes",
    pen: Pen,
    load: "pd.Series[float]",
    places: pd.DataFrame,
    project: Project,
    hubs: pd.DataFrame,
) -> None:
    xy = project(places.to_numpy(float))
    values = load.to_numpy(float)
    order = np.argsort(-values)
    used = order[values[order] > 0]
    sides = hubs["side"].reindex(load.index).to_numpy(object)
    colours = np.array([SIDES.get(side, GREY) for side in sides], dtype=object)
    empty = values <= 0
    ax.scatter(
        xy[empty, 0],
        xy[empty, 1],
        s=0.5 * text_size(ax),
        c="white",
        edgecolors=GREY,
        linewidths=0.7,
        zorder=3,
    )
    ax.scatter(
        xy[used, 0],
        xy[used, 1],
        s=_area(ax, values)[used],
        c=list(colours[used]),
        edgecolors="white",
        linewidths=0.6,
        alpha=0.9,
        zorder=4,
    )
    legend(ax, pen, _handles(ax, pen, values, sides, bool(empty.any())), beside=True)


def _handles(
    ax: "Axes", pen: Pen, values: Floats, sides: np.ndarray, empty: bool
) -> list[Any]:
    from matplotlib.lines import Line2D

    def dot(area: float, face: str, edge: str, text: str) -> Line2D:
        return Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=float(np.sqrt(area)),
            markerfacecolor=face,
            markeredgecolor=edge,
            label=text,
        )

    names = {"east": "east", "central": "central", "west": "west", "": "no side"}
    base = 0.6 * text_size(ax) ** 2
    found = [
        dot(base, SIDES[side], "white", pen.say(names[side]))
        for side in names
        if side in set(sides[values > 0])
    ]
    if empty:
        text = pen.say("hub without load")
        found.append(dot(0.5 * text_size(ax), "white", GREY, text))
    largest = float(values.max(initial=0.0))
    if largest > 0:
        for part in _round_parts(largest):
            area = float(_area(ax, values).max() * part / largest)
            found.append(dot(area, "none", BLACK, f"{amount(part)} MW"))
    return found


def _round_parts(largest: float) -> list[float]:
    """Two round numbers up to the largest."""
    power = 10.0 ** np.floor(np.log10(largest))
    top = max(step * power for step in (1, 2, 5) if step * power <= largest)
    return [top, top / 5]


def _label_hubs(
    ax: "Axes",
    pen: Pen,
    load: "pd.Series[float]",
    places: pd.DataFrame,
    project: Project,
    hubs: pd.DataFrame,
) -> None:
    """Name the hubs with load, larger ones first, as far as there is room.

    A home site is named if it is large.
    """
    small = load < LEAST_HOME * load.max()
    named = load[(load > 0) & ~(small & (hubs["kind"].reindex(load.index) == "home"))]
    order = named.sort_values(ascending=False, kind="stable").index
    names = pen.names(hubs.loc[order], 22 if pen.lang == "en" else 16)
    seen = order.append(load.index.difference(order))
    xy = project(places.loc[seen].to_numpy(float))
    radii = np.sqrt(_area(ax, load.to_numpy(float)))[load.index.get_indexer(seen)] / 2
    place_labels(ax, pen, xy, radii, [names[str(hub)] for hub in order])
