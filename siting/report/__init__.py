"""A report that one can send: one page of HTML that needs nothing else."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from siting.folders import check_file, new_file, refuse
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

SUFFIXES = (".html", ".htm")


def write_report(
    plan: "Plan", path: str | Path, *, lang: str | None = None, overwrite: bool = False
) -> None:
    """Write the report of a plan, whole or not at all.

    Parameters
    ----------
    plan : Plan
    path : str or Path
        The HTML file.
    lang : {"en", "zh"}, optional
    overwrite : bool
        Replace the file that is there.

    Raises
    ------
    InputError
        For an unknown language, a place that is taken or cannot be written, or if
        Jinja2 is not installed.
    """
    from siting.report.page import whole_page

    check_report(path, overwrite=overwrite)
    with new_file(path, overwrite=overwrite) as beside:
        text = whole_page(plan, lang)
        beside.write_text(text, encoding="utf-8", newline="\n")


def check_report(path: str | Path, *, overwrite: bool) -> None:
    """Refuse a place where a report cannot be written, or would not be known as one.

    Parameters
    ----------
    path : str or Path
        The HTML file.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If it cannot, or the name does not end as that of an HTML file.
    """
    check_file(path, overwrite=overwrite)
    if Path(path).suffix.lower() not in SUFFIXES:
        message = word("a report is no '{suffix}' file", suffix=Path(path).suffix)
        remedy = "Let its name end with .html, and print it as PDF in a browser."
        refuse(message, path, remedy)


@dataclass(frozen=True)
class Explorer:
    """An interactive map for notebooks: the report's, in a frame of its own.

    Attributes
    ----------
    page : str
        The map as a page of HTML.
    """

    page: str
    height_px: int = 720

    def _repr_html_(self) -> str:
        from siting.report.page import rendered

        return rendered("frame.html", page=self.page, height_px=self.height_px)


def explore(plan: "Plan", lang: str | None = None) -> Explorer:
    """Return the map of a plan for a notebook.

    Parameters
    ----------
    plan : Plan
    lang : {"en", "zh"}, optional

    Raises
    ------
    InputError
        For an unknown language, if Jinja2 is not installed, or if no hub has
        coordinates.
    """
    from siting.report.page import map_page

    return Explorer(map_page(plan, lang))
