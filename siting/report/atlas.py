"""What the interactive map draws: outlines, hubs and flows by class and period."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from siting.curves import placement_mw
from siting.export.layers import hub_places, node_places
from siting.plot.earth import (
    BEND,
    OUTLINE_STATUS,
    extent,
    flows_away,
    outlines,
    projection,
)
from siting.plot.pen import shorten
from siting.report.table import figure
from siting.words import names_of, word

if TYPE_CHECKING:
    from siting.plan import Plan

Floats = np.ndarray

WIDTH, TALLEST, FLATTEST = 1000.0, 0.85, 0.45
MARGIN, LEAST_KM = 0.03, 5.0
MOST_SLOTS, MOST_CELLS, MOST_SHAPES = 400, 20_000_000, 400_000
MOST_POINTS, COARSE = 20_000, 0.3
LONGEST_LABEL = 24
SAID = {
    "shown": "{what}: {mw} MW",
    "west": "{share} % of it in the west",
    "lines": "Lines: {drawn} of {total} MW that run away from their origin, in the "
    "colour of the side they run on; the widest is {most} MW.",
    "stays": "All work stays where it comes from.",
    "all": "All work",
    "year": "mean of the year",
    "load": "IT load {mw} MW",
    "flow": "{origin} → {hub}",
    "trip": "round trip {ms} ms",
    "only": "only the flows of {hub} (Escape or a second click: all)",
}


@dataclass(frozen=True)
class Atlas:
    """A map that the page's script draws.

    Attributes
    ----------
    outline : str
        Path of the outlines, in the units of the picture.
    width, height : float
    sides : list of str
        Those of the hubs with any load.
    classes, slots : list of str
        What can be chosen; slots are periods, or hours where there are too many.
    status : str
        What is to be said about the outlines.
    data : dict
        Hubs, flows and words for the script.
    """

    outline: str
    width: float
    height: float
    sides: list[str]
    classes: list[str]
    slots: list[str]
    status: str
    data: dict[str, Any]


def atlas(plan: "Plan") -> Atlas | None:
    """Lay a plan out on a map; None where no hub has coordinates.

    Parameters
    ----------
    plan : Plan
    """
    scenario = plan.scenario
    places, origins = hub_places(scenario), node_places(scenario)
    known = np.isfinite(places.to_numpy(float)).all(axis=1)
    if not known.any():
        return None
    shapes = outlines(scenario.boundaries)
    project = projection(extent(places, shapes))
    flows, mw, slots = _flows(plan)
    away, start, _ = flows_away(flows, (origins, places), scenario)
    rings = [project(shapely.get_coordinates(shape.exterior)) for shape in shapes]
    points = [project(places[known].to_numpy(float)), project(start[away]), *rings]
    place, width, height = _frame(np.vstack(points))
    shown = [hub for hub, there in zip(places.index, known, strict=True) if there]
    number = {str(hub): at for at, hub in enumerate(shown)}
    classes = list(dict.fromkeys(flows["class"]))
    shapes_of, factors = np.unique(
        np.round(mw / flows["it_mw"].to_numpy(float)[:, None], 4),
        axis=0,
        return_inverse=True,
    )
    if not slots:
        shapes_of, factors = np.empty((0, 0)), np.zeros(len(flows), int)
    pairs, pair_of = _pairs(flows, away, place(project(start)), number, plan)
    told = [
        [pair_of[row], number[hub], classes.index(name), round(load, 4), int(factor)]
        for row, (hub, name, load, factor) in enumerate(
            zip(flows["hub"], flows["class"], flows["it_mw"], factors, strict=True)
        )
        if hub in number
    ]
    where = places.loc[shown].to_numpy(float)
    data = {
        "hubs": _hubs(plan, shown, place(project(where))),
        "pairs": pairs,
        "flows": told,
        "shapes": shapes_of.tolist(),
        "bend": BEND,
        "words": {key: word(text) for key, text in SAID.items()},
        "classes": [word(name) for name in classes],
        "slots": slots,
    }
    return Atlas(
        _path([place(ring) for ring in rings]),
        width,
        height,
        _sides(plan),
        data["classes"],
        slots,
        word(OUTLINE_STATUS) if shapes else "",
        data,
    )


def _flows(plan: "Plan") -> tuple[pd.DataFrame, Floats, list[str]]:
    """Work by origin, hub and class; its MW in each slot of time; the slots' names."""
    keys = ["origin", "hub", "class"]
    placed = plan.placement[plan.placement["it_mw"] > 0]
    groups = placed.groupby(keys, sort=False)
    flows = groups.agg(it_mw=("it_mw", "sum"), rtt_ms=("rtt_ms", "max")).reset_index()
    slots, slot = _slots(plan)
    few = len(flows) * len(slots) <= MOST_SHAPES
    if not slots or len(placed) * len(slot) > MOST_CELLS or not few:
        return flows, np.empty((len(flows), 0)), []
    hours = plan.scenario.periods["hours"].to_numpy(float)
    fold = np.zeros((len(slot), len(slots)))
    fold[np.arange(len(slot)), slot] = hours
    fold /= fold.sum(axis=0)
    drawn = placement_mw(plan)[plan.placement["it_mw"].to_numpy(float) > 0] @ fold
    mw = np.zeros((len(flows), len(slots)))
    np.add.at(mw, groups.ngroup().to_numpy(int), drawn)
    return flows, mw, slots


def _slots(plan: "Plan") -> tuple[list[str], np.ndarray]:
    """Name the slots of time that can be chosen, and give that of every period."""
    periods = plan.scenario.periods
    if len(periods) < 2:
        return [], np.zeros(len(periods), int)
    blank = pd.Series(np.nan, index=periods.index)
    hour = pd.to_numeric(periods.get("hour", blank), "coerce")
    day = periods.get("day", blank).astype(object).fillna("")
    if len(periods) > MOST_SLOTS:
        if hour.isna().any():
            return [], np.zeros(len(periods), int)
        slot, hours = pd.factorize(hour, sort=True)
        return [_clock(value) for value in hours], slot
    names = [
        " ".join([word(str(d)), _clock(h)]) if d and np.isfinite(h) else str(name)
        for d, h, name in zip(day, hour, periods.index, strict=True)
    ]
    return names, np.arange(len(periods))


def _sides(plan: "Plan") -> list[str]:
    used = set(plan.hubs.loc[plan.hubs["it_mw"] > 0, "side"])
    return [side for side in ("west", "central", "east", "") if side in used]


def _clock(hour: float) -> str:
    return f"{int(hour):02d}:{round(60 * (hour % 1)):02d}"


def _frame(points: Floats) -> tuple[Any, float, float]:
    """Return the way from km to the picture, whose height suits a page."""
    low, high = points.min(axis=0) - LEAST_KM, points.max(axis=0) + LEAST_KM
    size = (high - low) * (1.0 + 2.0 * MARGIN)
    size[0] = max(size[0], size[1] / TALLEST)
    size[1] = max(size[1], size[0] * FLATTEST)
    scale, middle = WIDTH / size[0], (low + high) / 2.0

    def place(xy: Floats) -> Floats:
        moved = (xy - middle) * scale * [1.0, -1.0] + size * scale / 2.0
        return np.asarray(np.round(moved, 1))

    return place, WIDTH, round(float(size[1] * scale), 1)


def _path(rings: list[Floats]) -> str:
    """Write rings as one path of whole tenths, without points that fall together."""
    if sum(map(len, rings)) > MOST_POINTS:
        coarse = [shapely.LineString(ring).simplify(COARSE) for ring in rings]
        rings = [shapely.get_coordinates(line) for line in coarse]
    parts = []
    for ring in rings:
        steps = np.diff(ring, axis=0)
        steps = steps[np.abs(steps).max(axis=1) > 0]
        if len(steps) > 1:
            told = " ".join(f"{x:.1f} {y:.1f}" for x, y in steps)
            parts.append(f"M{ring[0][0]:.1f} {ring[0][1]:.1f}l{told}z")
    return "".join(parts)


def _pairs(
    flows: pd.DataFrame,
    away: np.ndarray,
    start: Floats,
    number: dict[str, int],
    plan: "Plan",
) -> tuple[list[list[Any]], list[int]]:
    """Lines of the map: name and place of the origin, hub, round trip; rows' lines."""
    names = names_of(plan.scenario.nodes)
    known: dict[tuple[str, str], int] = {}
    pairs: list[list[Any]] = []
    found = []
    for row, (origin, hub, rtt) in enumerate(
        zip(flows["origin"], flows["hub"], flows["rtt_ms"], strict=True)
    ):
        if not away[row]:
            found.append(-1)
            continue
        if (origin, hub) not in known:
            known[origin, hub] = len(pairs)
            where = [float(value) for value in start[row]]
            trip = figure(rtt, 1)
            pairs.append([str(names[origin]), *where, number[hub], trip])
        found.append(known[origin, hub])
    return pairs, found


def _hubs(plan: "Plan", shown: list[str], where: Floats) -> list[dict[str, Any]]:
    """Give name, place, side and facts of every hub."""
    hubs = plan.scenario.hubs
    names = names_of(hubs)
    facts = plan.hubs.set_index("hub")
    numbers = facts.drop(columns="side")
    sides = facts["side"]
    found = []
    for hub, (x, y) in zip(shown, where, strict=True):
        row = {name: float(numbers[name][hub]) for name in numbers}
        room = word(
            "room {room} of {capacity} MW",
            room=figure(row["room_mw"], 1),
            capacity=figure(row["it_capacity_mw"] + row["build_mw"], 1),
        )
        side = str(sides[hub])
        told = [word(side)] if side else []
        told.append(room)
        if row["energy_mwh"] > 0:
            price = figure(row["electricity_cny"] / row["energy_mwh"], 0)
            green = figure(100 * row["green_mwh"] / row["energy_mwh"], 0)
            told.append(word("power {price} CNY/MWh", price=price))
            told.append(word("{share} % green", share=green))
        name = str(names[hub])
        found.append(
            {
                "name": name,
                "label": shorten(" ".join(name.split()), LONGEST_LABEL),
                "side": side,
                "x": float(x),
                "y": float(y),
                "home": hubs["kind"][hub] == "home",
                "facts": told,
            }
        )
    return found
