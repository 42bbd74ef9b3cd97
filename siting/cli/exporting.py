"""The command ``export``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.door import guard, heading, input_error, write_json
from siting.cli.options import AsJson, SavedPlan
from siting.cli.values import check_plan
from siting.cli.waiting import Tell, Waiting
from siting.errors import InputError
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

ALL = "all"


def export(
    plan: SavedPlan,
    to: Annotated[
        list[str],
        typer.Option(
            help="xlsx, csv, parquet, gpkg, geojson, graphml, pypsa, json, lp, mps or "
            "all; may be repeated.",
            metavar="FORMAT",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the exports; by default the plan's with -export.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace exports that are there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a saved plan in the formats of other tools."""
    with guard(as_json):
        formats, left_out = wanted(to)
        place = output or plan.absolute().with_name(f"{plan.absolute().name}-export")

        def write(tell: Tell) -> list[str]:
            return write_exports(load(plan), place, formats, overwrite, tell)

        written = Waiting(quiet=as_json).run("reading the plan", write)
        if as_json:
            facts = {"ok": True, "written": written, "left_out": left_out}
            write_json(facts)
            return
        for path in written:
            typer.echo(word("written: {path}", path=path))
        for name, remedy in left_out.items():
            heading("left out", f"{name}. {remedy}", colour="yellow")


def wanted(to: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the formats asked for; of ``all`` those that cannot be written here too.

    Returns
    -------
    list of str
    dict of str to str
        From a format that is left out to what would bring it.

    Raises
    ------
    InputError
        For an unknown format, or one asked for by name whose library is missing.
    """
    from siting.errors import one_of
    from siting.export import FORMATS
    from siting.extras import require

    known = [*FORMATS, ALL]
    for name in to:
        if name not in known:
            message = word("there is no format '{name}'", name=name)
            raise input_error(message, one_of(name, known), where="--to")
    chosen = [name for name in FORMATS if name in to or ALL in to]
    left_out: dict[str, str] = {}
    for name in chosen:
        needs = FORMATS[name].needs
        if needs is None:
            continue
        try:
            require(*needs)
        except InputError as error:
            if name in to:
                raise
            left_out[name] = error.problems[0].remedy
    return [name for name in chosen if name not in left_out], left_out


def load(folder: Path) -> "Plan":
    """Load a saved plan; what is wrong with a file names the plan, too."""
    from siting.plan import Plan

    check_plan(folder)
    try:
        return Plan.load(folder)
    except InputError as error:
        raise InputError(
            replace(problem, file=str(folder / problem.file))
            for problem in error.problems
        ) from None


def write_exports(
    plan: "Plan",
    place: Path,
    formats: list[str],
    overwrite: bool,
    tell: Tell,
) -> list[str]:
    """Write the formats into a folder; return the paths in order.

    Whether each place is free is looked at before the first is written.
    """
    from siting.export import FORMATS
    from siting.export import export as write

    for name in formats:
        form = FORMATS[name]
        form.check_place(place / form.place, overwrite=overwrite)
    written = []
    for name in formats:
        tell(word("writing {name}", name=name))
        path = place / FORMATS[name].place
        write(plan, path, name, overwrite=overwrite)
        written.append(str(path))
    return written
