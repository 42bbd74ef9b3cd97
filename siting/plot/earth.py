"""Where things stand on a map: outlines, equal-area projection, work that moves."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from siting.scenario import Scenario

Floats = np.ndarray
Project = Callable[[Floats], Floats]

# Longitudes and latitudes in which the usual projection of maps of China is taken.
CHINA = (70.0, 140.0, 3.0, 56.0)
CHINA_ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105"
OUTLINE_STATUS = (
    "Outlines: those that came with the scenario, a visual aid and not an official map."
)
BEND = 0.12
"""How far a flow bends aside, as a part of its length."""


def outlines(text: str | None) -> list[Any]:
    """Return the polygons of a GeoJSON text; what is not a polygon is left out."""
    if not text:
        return []
    found = shapely.from_geojson(text, on_invalid="ignore")
    if found is None:
        return []
    parts = [found]
    while any(hasattr(part, "geoms") for part in parts):
        parts = [one for part in parts for one in getattr(part, "geoms", [part])]
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def extent(places: pd.DataFrame, shapes: list[Any]) -> tuple[float, ...]:
    """Return west, east, south and north of places and polygons."""
    xy = places.to_numpy(float)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if shapes:
        boxes = shapely.bounds(np.array(shapes, dtype=object))
        xy = np.vstack([xy, boxes[:, :2], boxes[:, 2:]])
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    return float(west), float(east), float(south), float(north)


def projection(within: tuple[float, ...]) -> Project:
    """Return an equal-area projection for a region, from degrees to km.

    China takes the Albers cone of its maps; any other region Lambert's azimuthal
    projection about its middle, which has equal area everywhere.
    """
    from pyproj import Transformer

    west, east, south, north = within
    inside = west >= CHINA[0] and east <= CHINA[1]
    if inside and south >= CHINA[2] and north <= CHINA[3] and east - west > 30:
        target = CHINA_ALBERS
    else:
        middle = f"+lat_0={(south + north) / 2:.3f} +lon_0={(west + east) / 2:.3f}"
        target = f"+proj=laea {middle}"
    transformer = Transformer.from_crs(
        "EPSG:4326", f"{target} +units=km", always_xy=True
    )

    def project(xy: Floats) -> Floats:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return project


def flows_away(
    flows: pd.DataFrame, ends: tuple[pd.DataFrame, pd.DataFrame], scenario: "Scenario"
) -> tuple[Floats, Floats, Floats]:
    """Tell which flows can be drawn as lines: they leave their origin's node.

    Parameters
    ----------
    flows : DataFrame
        With ``origin`` and ``hub``.
    ends : tuple of DataFrame
        Longitude and latitude of nodes and of hubs.
    scenario : Scenario

    Returns
    -------
    ndarray of bool
    ndarray of shape (flows, 2)
        Longitude and latitude where each flow starts.
    ndarray of shape (flows, 2)
        And where it ends.
    """
    start = ends[0].reindex(flows["origin"]).to_numpy(float)
    end = ends[1].reindex(flows["hub"]).to_numpy(float)
    away = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    away[away] = np.abs(start[away] - end[away]).max(axis=1) > 1e-6
    home = scenario.hubs["node"].reindex(flows["hub"]).to_numpy(object)
    away &= home != flows["origin"].to_numpy(object)
    return away, start, end
