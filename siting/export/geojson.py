"""A plan as GeoJSON, one file a layer (RFC 7946)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.export.layers import layers
from siting.export.place import write_json, write_mark

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.plan import Plan

DECIMALS = 7


def write_geojson(plan: "Plan", folder: Path) -> None:
    """Write one feature collection a layer into an empty folder."""
    for name, (frame, _) in layers(plan).items():
        write_json(collection(frame), folder / f"{name}.geojson")
    write_mark(plan, folder, "geojson")


def collection(frame: "gpd.GeoDataFrame") -> dict[str, object]:
    """Return a layer as a feature collection; blanks are null.

    Parameters
    ----------
    frame : GeoDataFrame
        In longitude and latitude.
    """
    table = frame.drop(columns="geometry").astype(object)
    table = table.where(table.notna(), None)
    records = table.to_dict("records")
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": _geometry(shape), "properties": record}
            for shape, record in zip(frame.geometry, records, strict=True)
        ],
    }


def _geometry(shape: object) -> dict[str, object] | None:
    if shape is None:
        return None
    places = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    point = shapely.get_type_id(shape) == 0
    kind = "Point" if point else "LineString"
    return {"type": kind, "coordinates": places[0] if point else places}
