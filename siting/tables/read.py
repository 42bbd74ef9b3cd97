"""Reads one table from a file or a data frame, without judging its cells."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import suggestion
from siting.tables.csvfile import Records, read_csv
from siting.tables.findings import Findings, Origin
from siting.tables.schema import Table
from siting.words import word

logger = logging.getLogger(__name__)

SUFFIXES = (".csv", ".parquet", ".gpkg")


def read_bytes(path: Path, file: str, findings: Findings) -> bytes | None:
    """Return the content of a file; what stands in the way is a problem."""
    try:
        if not path.is_file():
            message = _kind(path) if _there(path) else "there is no file"
            findings.add(file, message, "Put a file in its place.")
            return None
        return path.read_bytes()
    except PermissionError:
        remedy = "Give yourself the right to read it."
        findings.add(file, "the file may not be read", remedy)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        remedy = "See that the file and the disk are sound."
        findings.add(
            file, word("the file cannot be read ({reason})", reason=reason), remedy
        )
    return None


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _kind(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return "this is a link to nowhere"
    return "this is a directory" if path.is_dir() else "this is not a file"


def read_file(
    path: Path, file: str, table: Table, findings: Findings
) -> Records | None:
    """Return the records of one file, by its suffix; ``None`` if unreadable."""
    suffix = path.suffix.lower()
    if suffix == ".parquet" and path.is_dir():
        return _read_parts(path, file, table, findings)
    if suffix == ".csv":
        data = read_bytes(path, file, findings)
        return None if data is None else read_csv(data, file, findings)
    if read_bytes_start(path, file, findings) is None:
        return None
    if suffix == ".parquet":
        return _read_parquet(path, file, table, findings)
    return _read_geopackage(path, file, table, findings)


def read_bytes_start(path: Path, file: str, findings: Findings) -> bytes | None:
    """Return the first bytes of a file, once it is clear that it can be read."""
    try:
        if path.is_file():
            with path.open("rb") as stream:
                return stream.read(16)
    except OSError:
        logger.debug("cannot open %s", path)
    return read_bytes(path, file, findings)


def parts_of(folder: Path) -> list[Path]:
    """Return the Parquet files of a table in parts, by name."""
    found = (path for path in folder.glob("*.parquet") if path.name[0] not in "._")
    return sorted(path for path in found if path.is_file())


def _read_parts(
    folder: Path, file: str, table: Table, findings: Findings
) -> Records | None:
    """Read a folder of Parquet files as one table, as Dask and Spark write it."""
    paths = parts_of(folder)
    if not paths:
        remedy = "Put the parts of the table in it, or remove it."
        findings.add(file, "the folder holds no Parquet files", remedy)
    frames, starts, rows = [], [], 0
    for path in paths:
        name = f"{file}/{path.name}"
        if read_bytes_start(path, name, findings) is not None:
            records = _read_parquet(path, name, table, findings)
            if records is not None:
                frames.append(records.frame)
                starts.append((rows, name))
                rows += len(records.frame)
    if not paths or len(frames) < len(paths):
        return None
    joined = pd.concat(frames, ignore_index=True)
    return Records(joined, Origin(file, parts=tuple(starts)))


def _read_parquet(
    path: Path, file: str, table: Table, findings: Findings
) -> Records | None:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError, TypeError) as error:
        logger.debug("cannot read %s: %s", path, error)
        remedy = "Write it anew, for instance with pandas `to_parquet`."
        findings.add(file, "the file is not sound Parquet", remedy)
        return None
    return Records(_plain(frame, table), Origin(file))


def _read_geopackage(
    path: Path, file: str, table: Table, findings: Findings
) -> Records | None:
    import geopandas
    import pyogrio

    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        layer = table.name if table.name in layers or not layers else layers[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = geopandas.read_file(path, layer=layer)
    except (OSError, ValueError, RuntimeError) as error:
        logger.debug("cannot read %s: %s", path, error)
        remedy = "Write it anew, for instance with geopandas `to_file`."
        findings.add(file, "the file is not a sound GeoPackage", remedy)
        return None
    if len(layers) > 1 and table.name not in layers:
        names = suggestion(table.name, layers, "layers")
        findings.add(file, word("there is no layer '{name}'", name=table.name), names)
        return None
    return Records(_plain(frame, table), Origin(file))


def read_frame(value: object, table: Table, findings: Findings) -> Records | None:
    """Return the records of a data frame, a list of dicts or a dict of lists."""
    if not isinstance(value, pd.DataFrame):
        kinds = isinstance(value, Mapping) or (
            isinstance(value, Sequence)
            and not isinstance(value, str | bytes)
            and all(isinstance(row, Mapping) for row in value)
        )
        remedy = "Give a pandas data frame, a list of dicts or a dict of lists."
        if not kinds:
            kind = type(value).__name__
            findings.add(
                table.name, word("a table may not be of type {kind}", kind=kind), remedy
            )
            return None
        rows: Any = value
        try:
            value = pd.DataFrame(rows)
        except (TypeError, ValueError) as error:
            findings.add(
                table.name, word("this is no table ({error})", error=error), remedy
            )
            return None
    frame: pd.DataFrame = value
    if frame.empty and not len(frame.columns):
        frame = pd.DataFrame(columns=[f.name for f in table.fields if f.required])
    return Records(_plain(frame, table), Origin(table.name))


def _plain(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a frame without index or geometry.

    Levels of the index that are columns of the table become columns, and points give
    the coordinates where the table has them.
    """
    levels = [
        name
        for name in frame.index.names
        if name in table.names and name not in frame.columns
    ]
    if levels:
        frame = frame.reset_index(level=levels)
    frame = frame.reset_index(drop=True)
    geometry = [name for name, kind in frame.dtypes.items() if str(kind) == "geometry"]
    for name in geometry:
        frame = _coordinates(frame, name, table)
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    return frame


def _coordinates(frame: pd.DataFrame, name: Any, table: Table) -> pd.DataFrame:
    import geopandas

    if "latitude" not in table.names:
        return pd.DataFrame(frame.drop(columns=name))
    shapes = geopandas.GeoSeries(frame[name])
    if shapes.crs is not None:
        shapes = shapes.to_crs(4326)
    plain = pd.DataFrame(frame.drop(columns=name))
    points = shapes.geom_type == "Point"
    if points.any() and not {"latitude", "longitude"} & set(plain.columns):
        plain["latitude"] = shapes[points].y.reindex(plain.index)
        plain["longitude"] = shapes[points].x.reindex(plain.index)
    return plain
