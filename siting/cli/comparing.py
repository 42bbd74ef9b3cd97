"""The command ``compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.auditing import AUDIT_DIFFERS, SHOWN_FINDINGS
from siting.cli.door import guard, heading, input_error, write_json
from siting.cli.exporting import load
from siting.cli.options import AsJson
from siting.cli.values import refuse_without
from siting.cli.waiting import Tell, Waiting
from siting.words import word

if TYPE_CHECKING:
    from siting.compare.checking import MovesAudit
    from siting.compare.comparison import Comparison
    from siting.compare.stages import Stages

MOVES, STAGES = "moves.csv", "stages.csv"
Found = tuple["Comparison", "Stages | None", "MovesAudit"]


def compare(
    a: Annotated[Path, typer.Argument(help="Folder of the old plan.")],
    b: Annotated[Path, typer.Argument(help="Folder of the new plan.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for moves.csv and, with --stages, stages.csv.",
        ),
    ] = None,
    stages: Annotated[
        bool, typer.Option("--stages", help="Put the moves into weeks.")
    ] = False,
    link_share: Annotated[
        float | None,
        typer.Option(
            help="With --stages: part of the bandwidth left that moving data may take; "
            "1 by default.",
            metavar="SHARE",
            show_default=False,
        ),
    ] = None,
    hours_per_week: Annotated[
        float | None,
        typer.Option(
            help="With --stages: hours a week in which data are moved; 168 by default.",
            metavar="HOURS",
            show_default=False,
        ),
    ] = None,
    spare: Annotated[
        list[str] | None,
        typer.Option(
            help="With --stages: temporary room at a hub during the move; may be "
            "repeated.",
            metavar="HUB=MW",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the files that are there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two saved plans, and say how to get from one to the other."""

    def work(tell: Tell) -> Found:
        from siting.compare import compare as side_by_side
        from siting.compare.moves import HOURS_PER_WEEK

        comparison = side_by_side(load(a), load(b))
        found = None
        if stages:
            tell("putting moves into stages")
            found = comparison.stages(
                spare_mw=spare_mw,
                link_share=1.0 if link_share is None else link_share,
                hours_per_week=(
                    HOURS_PER_WEEK if hours_per_week is None else hours_per_week
                ),
            )
        tell("auditing the moves")
        return comparison, found, comparison.audit(found)

    with guard(as_json):
        spare_mw = dict(_spare(text) for text in spare or [])
        if not stages:
            given = {"--link-share": link_share, "--hours-per-week": hours_per_week}
            refuse_without("--stages", {**given, "--spare": spare})
        if output is not None:
            _check_place(output, overwrite=overwrite)
        waiting = Waiting(quiet=as_json)
        comparison, found, report = waiting.run("comparing", work)
        if output is not None:
            _write(output, comparison, found)
        if as_json:
            findings = [str(finding) for finding in report.findings]
            head = {"ok": report.ok, "output": None if output is None else str(output)}
            audit = {"ok": report.ok, "findings": findings}
            write_json(head | {"audit": audit} | comparison.to_dict(found))
        else:
            typer.echo(comparison.summary(found))
            typer.echo()
            if report.ok:
                typer.echo(word("audited: {report}", report=report))
            if output is not None:
                typer.echo(word("saved: {folder}", folder=output))
        if not report.ok:
            if not as_json:
                count = len(report.findings)
                plural = "s" * (count > 1)
                told = word("{count} finding{plural}", count=count, plural=plural)
                heading("audit differs", f"{told}.")
                for finding in report.findings[:SHOWN_FINDINGS]:
                    typer.echo(f"  {finding}", err=True)
            raise typer.Exit(AUDIT_DIFFERS)


def _spare(text: str) -> tuple[str, float]:
    hub, equals, amount = (part.strip() for part in text.partition("="))
    try:
        mw = float(amount)
    except ValueError:
        mw = -1.0
    if not (hub and equals and 0 <= mw < float("inf")):
        message = word("'{text}' is not of the form HUB=MW", text=text)
        raise input_error(message, "For example --spare guian=20.", where="--spare")
    return hub, mw


def _check_place(folder: Path, *, overwrite: bool) -> None:
    """Check, before anything is compared, that the files can be written."""
    from siting.folders import check_file

    if folder.exists() and not folder.is_dir():
        message = word("'{folder}' is a file", folder=folder)
        raise input_error(message, "Name a folder.", where="--output")
    for name in (MOVES, STAGES):
        check_file(folder / name, overwrite=overwrite)


def _write(folder: Path, comparison: "Comparison", stages: "Stages | None") -> None:
    """Write the tables; stages of an older comparison would belong to other moves."""
    from siting.folders import new_file

    with new_file(folder / MOVES, overwrite=True) as beside:
        comparison.moves.to_csv(beside, index=False, lineterminator="\n")
    if stages is None:
        (folder / STAGES).unlink(missing_ok=True)
        return
    with new_file(folder / STAGES, overwrite=True) as beside:
        stages.table.to_csv(beside, index=False, lineterminator="\n")
