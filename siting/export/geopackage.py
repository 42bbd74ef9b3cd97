"""A plan as one GeoPackage."""

from pathlib import Path
from typing import TYPE_CHECKING

from siting.export.layers import layers

if TYPE_CHECKING:
    from siting.plan import Plan


def write_geopackage(plan: "Plan", path: Path) -> None:
    """Write the layers hubs, origins, links, flows and routes.

    Parameters
    ----------
    plan : Plan
    path : Path
        The file, whose name ends in ``.gpkg``.
    """
    from pyogrio.errors import DataSourceError

    try:
        for name, (frame, kind) in layers(plan).items():
            frame.to_file(
                path,
                layer=name,
                driver="GPKG",
                engine="pyogrio",
                geometry_type=kind,
                promote_to_multi=False,
            )
    except DataSourceError as error:
        raise OSError(str(error)) from error
