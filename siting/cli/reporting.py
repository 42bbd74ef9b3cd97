"""The command ``report``."""

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.door import guard, write_json
from siting.cli.exporting import load
from siting.cli.options import AsJson, SavedPlan
from siting.cli.waiting import Tell, Waiting
from siting.words import word


def report(
    plan: SavedPlan,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The HTML file; without it the plan's name with -report.html.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a saved plan as one page that can be sent, read offline and printed."""
    with guard(as_json):
        from siting.extras import require
        from siting.report import check_report

        require("jinja2", "report")
        absolute = plan.absolute()
        place = output or absolute.with_name(f"{absolute.name}-report.html")
        check_report(place, overwrite=overwrite)

        def write(tell: Tell) -> None:
            found = load(plan)
            tell("writing the report")
            found.report(place, overwrite=overwrite)

        Waiting(quiet=as_json).run("reading the plan", write)
        if as_json:
            write_json({"ok": True, "written": str(place)})
        else:
            typer.echo(word("written: {path}", path=place))
