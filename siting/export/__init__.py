"""A plan in the formats of those who carry it out: one file here a format."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import InputError, Problem, one_of
from siting.export.place import EXPORT
from siting.extras import require
from siting.folders import check_file, check_folder, new_file, new_folder
from siting.language import language
from siting.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.plan import Plan


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    place : str
        Name of the file or folder among all exports.
    home, writer : str
        Module and function that write it.
    folder : bool
    needs : tuple of (str, str) or None
        Library that has to be there, and the extra that brings it.
    """

    place: str
    home: str
    writer: str
    folder: bool = False
    needs: tuple[str, str] | None = None

    def check_place(self, path: Path, *, overwrite: bool) -> None:
        """Refuse a path at which it cannot be written without a loss."""
        if self.folder:
            check_folder(path, EXPORT, overwrite=overwrite)
        else:
            check_file(path, overwrite=overwrite)


FORMATS = {
    "xlsx": Format("plan.xlsx", "excel", "write_excel", needs=("openpyxl", "xlsx")),
    "csv": Format("csv", "flat", "write_csv", folder=True),
    "parquet": Format("parquet", "flat", "write_parquet", folder=True),
    "gpkg": Format("plan.gpkg", "geopackage", "write_geopackage"),
    "geojson": Format("geojson", "geojson", "write_geojson", folder=True),
    "graphml": Format("backbone.graphml", "graphml", "write_graphml"),
    "pypsa": Format("pypsa", "pypsa", "write_pypsa", folder=True),
    "json": Format("plan.json", "document", "write_document"),
    "lp": Format("plan.lp", "program", "write_lp"),
    "mps": Format("plan.mps", "program", "write_mps"),
}


def export(
    plan: "Plan",
    path: str | Path,
    to: str,
    *,
    lang: str | None = None,
    overwrite: bool = False,
    exact: bool = False,
) -> None:
    """Write a plan in a format, whole or not at all.

    Parameters
    ----------
    plan : Plan
    path : str or Path
        The file, or for ``csv``, ``parquet``, ``geojson`` and ``pypsa`` the folder.
    to : str
        One of ``FORMATS``.
    lang : {"en", "zh"}, optional
        Of the workbook's heads and names; other formats keep the names of the files.
    overwrite : bool
        Replace the file, or the folder that an export has made.
    exact : bool
        Of ``csv``: every cell as it is, for programs.

    Raises
    ------
    InputError
        For an unknown format, ``exact`` of another one than ``csv``, a place that is
        taken or cannot be written, or a library that is not installed.
    """
    if to not in FORMATS:
        message = word("'{to}' is not a format", to=to)
        problem = Problem("to", None, None, message, one_of(to, list(FORMATS)))
        raise InputError([problem])
    if exact and to != "csv":
        message = word("there is no exact form of {to}", to=to)
        remedy = "Leave exact away, or write csv."
        raise InputError([Problem("exact", None, None, message, remedy)])
    form = FORMATS[to]
    if form.needs:
        require(*form.needs)
    home = import_module(f"siting.export.{form.home}")
    write: Callable[..., None] = getattr(home, form.writer)
    place = (
        new_folder(path, EXPORT, overwrite=overwrite)
        if form.folder
        else new_file(path, overwrite=overwrite)
    )
    with language(lang), place as beside:
        write(plan, beside, **({"exact": True} if exact else {}))
