"""The command ``siting``: solve a scenario, audit a plan."""

from typing import Annotated

import typer

from siting.cli.auditing import audit, versions
from siting.cli.claiming import claims
from siting.cli.comparing import compare
from siting.cli.explaining import explain
from siting.cli.exporting import export
from siting.cli.reporting import report
from siting.cli.scenarios import check, new, regions
from siting.cli.solving import solve
from siting.cli.speech import OfLocale, SpokenCommand, SpokenGroup, spoken
from siting.cli.sweeping import sweep
from siting.collector import collected_seldom

app = typer.Typer(
    name="siting",
    cls=SpokenGroup,
    help=(
        "Plan which computing workloads run in which data-centre hub, and prove it.\n\n"
        "Exit codes: 0 fine, 2 bad input, 3 infeasible (explained), 4 the audit "
        "differs, 5 the solver failed or ran out of time, 130 stopped by Ctrl-C."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    regions,
    new,
    check,
    solve,
    sweep,
    audit,
    explain,
    claims,
    compare,
    report,
    export,
    versions,
):
    app.command(cls=SpokenCommand)(spoken(command))


def _show_version(wanted: bool) -> None:
    if wanted:
        from siting import __version__

        typer.echo(f"siting {__version__}")
        raise typer.Exit


@app.callback()
def _speak(
    lang: OfLocale,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Take the language and the version, which their options set and show."""


def main() -> None:
    """Run the command line."""
    with collected_seldom():
        app()
