"""The commands about scenarios: ``regions``, ``new`` and ``check``."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.door import guard, noted, tell_warnings, write_json
from siting.cli.options import AsJson, WorkloadSet
from siting.cli.values import read_scenario
from siting.cli.waiting import Waiting
from siting.words import word

if TYPE_CHECKING:
    from siting.scenario import Scenario


def regions(as_json: AsJson = False) -> None:
    """List the shipped regions and their workload sets."""
    from siting import regions as shipped

    with guard(as_json):
        found = {name: _describe(shipped.find(name)) for name in shipped.available()}
        if as_json:
            write_json(found)
            return
        for name, facts in found.items():
            typer.echo(f"{name}: {facts['title']}")
            if facts["workloads"]:
                sets = ", ".join(facts["workloads"])
                typer.echo("    " + word("workload sets: {sets}", sets=sets))


def _describe(folder: Path) -> dict[str, Any]:
    settings = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    sets = sorted(path.stem for path in (folder / "workloads").glob("*.*"))
    return {"title": settings.get("title", ""), "workloads": sets}


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to be made.")],
    source: Annotated[
        str, typer.Option("--from", help="Shipped region or scenario folder to copy.")
    ] = "china",
) -> None:
    """Copy a region into a folder of your own, to edit it."""
    from siting import regions as shipped

    with guard():
        shipped.new(folder, source)
        typer.echo(word("made: {folder}", folder=folder))
        typer.echo(word("Edit its tables, then: siting check {folder}", folder=folder))


def check(
    folder: Annotated[str, typer.Argument(help="Scenario folder or shipped region.")],
    workloads: WorkloadSet = None,
    as_json: AsJson = False,
) -> None:
    """Check a scenario and report every problem at once."""

    def read(_: object) -> "Scenario":
        return read_scenario(folder, workloads, {}, [])

    with guard(as_json):
        scenario = Waiting(quiet=as_json).run("reading the scenario", read)
        rows = _row_counts(scenario)
        demand_mw = float(scenario.it_mw.sum())
        if as_json:
            facts = {"ok": True, "rows": rows, "it_mw": demand_mw}
            write_json(facts | noted(scenario.warnings))
            return
        tell_warnings(scenario.warnings)
        typer.echo(word("{folder}: no problem found.", folder=folder))
        tables = ", ".join(f"{name} {count:,}" for name, count in rows.items() if count)
        typer.echo(word("rows: {tables}", tables=tables))
        demand = word(
            "demand: {mw:,.1f} MW of IT load at profile factor 1", mw=demand_mw
        )
        typer.echo(demand)


def _row_counts(scenario: "Scenario") -> dict[str, int]:
    import pandas as pd

    tables = {field.name: getattr(scenario, field.name) for field in fields(scenario)}
    return {
        name: len(table)
        for name, table in tables.items()
        if isinstance(table, pd.DataFrame)
    }
