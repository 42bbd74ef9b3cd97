"""The command ``solve``."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.auditing import AUDIT_DIFFERS, audit_facts, finite, tell_audit
from siting.cli.door import guard, input_error, noted, tell_warnings, write_json
from siting.cli.options import (
    COUNTING,
    SOLVING,
    WRITING,
    PanelAsJson,
    PanelAssignments,
    PanelQuiet,
    PanelWorkloadSet,
    Region,
)
from siting.cli.values import (
    chosen_workloads,
    gather_settings,
    options_named,
    read_scenario,
    refuse_for_parts,
)
from siting.cli.waiting import Waiting
from siting.words import word

if TYPE_CHECKING:
    from siting.audit import AuditReport
    from siting.plan import Plan


def solve(
    region: Region = "china",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the plan; without it nothing is saved.",
        ),
    ] = None,
    workloads: PanelWorkloadSet = None,
    transfer_basis: Annotated[
        str | None,
        typer.Option(
            help="A basis of transfer_prices.",
            metavar="BASIS",
            rich_help_panel=COUNTING,
        ),
    ] = None,
    tariff_basis: Annotated[
        str | None,
        typer.Option(
            help="A basis of tariffs.", metavar="BASIS", rich_help_panel=COUNTING
        ),
    ] = None,
    capital: Annotated[
        str | None,
        typer.Option(
            help="Capital of standing room: sunk; new (the west has to be built, the "
            "east stands); or SIDE=new,SIDE=sunk.",
            metavar="sunk|new|SIDE=...",
            rich_help_panel=COUNTING,
        ),
    ] = None,
    carbon_year: Annotated[
        int | None,
        typer.Option(
            help="A year of carbon_factors.",
            metavar="YEAR",
            rich_help_panel=COUNTING,
        ),
    ] = None,
    room: Annotated[
        str | None,
        typer.Option(
            help="dedicated: every workload owns its peak; pooled: what is drawn "
            "together counts.",
            metavar="dedicated|pooled",
            rich_help_panel=COUNTING,
        ),
    ] = None,
    pue: Annotated[
        str | None,
        typer.Option(
            help="PUE of standing rooms or of new ones.",
            metavar="stock|new",
            rich_help_panel=COUNTING,
        ),
    ] = None,
    assignments: PanelAssignments = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            help="A stage: METRIC[+METRIC=WEIGHT...][:SLACK%]; repeat it for later "
            "stages. Metrics: cost, carbon-location, carbon-market, green, latency, "
            "unserved; cost by default.",
            metavar="STAGE",
            rich_help_panel=SOLVING,
            show_default=False,
        ),
    ] = None,
    solver: Annotated[
        str,
        typer.Option(
            help="Any solver that PuLP finds on this machine.", rich_help_panel=SOLVING
        ),
    ] = "HiGHS",
    dask: Annotated[
        str | None,
        typer.Option(
            help="Solve on a Dask cluster: the scenario has a folder workloads.parquet "
            "of Parquet files, and no machine holds them all.",
            metavar="ADDRESS",
            rich_help_panel=SOLVING,
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            help="Stop the solver after so long.",
            metavar="SECONDS",
            min=0.0,
            rich_help_panel=SOLVING,
        ),
    ] = None,
    no_baselines: Annotated[
        bool,
        typer.Option(
            "--no-baselines",
            help="Leave the baselines out.",
            rich_help_panel=SOLVING,
        ),
    ] = False,
    no_audit: Annotated[
        bool,
        typer.Option(
            "--no-audit", help="Leave the audit out.", rich_help_panel=SOLVING
        ),
    ] = False,
    lp: Annotated[
        Path | None,
        typer.Option(
            help="Also write the model as an LP file.",
            metavar="FILE",
            rich_help_panel=WRITING,
        ),
    ] = None,
    mps: Annotated[
        Path | None,
        typer.Option(
            help="Also write the model as an MPS file.",
            metavar="FILE",
            rich_help_panel=WRITING,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the plan or file that is there.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    as_json: PanelAsJson = False,
    quiet: PanelQuiet = False,
) -> None:
    """Find the best plan, show it against its baselines, audit and save it."""
    with guard(as_json):
        settings = gather_settings(
            {
                "transfer_basis": transfer_basis,
                "tariff_basis": tariff_basis,
                "carbon_year": carbon_year,
                "room": room,
                "pue": pue,
            },
            capital,
            assignments or [],
        )
        _check_places(output, lp, mps, overwrite=overwrite)
        if dask is not None:
            refuse_for_parts(
                {
                    "--workloads": chosen_workloads(workloads, settings),
                    "--lp": lp,
                    "--mps": mps,
                },
                solver=solver,
                output=output,
            )

        def find_plan(tell: Callable[[str], None]) -> "Plan":
            from siting.solve import solve as run_solve

            if dask is not None and output is not None:
                from siting.parts.run import solve_parts

                with options_named([*settings, "dask"], assignments or []):
                    return solve_parts(
                        region,
                        output,
                        dask,
                        objective=objective or "cost",
                        time_limit_s=time_limit,
                        baselines=not no_baselines,
                        overwrite=overwrite,
                        progress=tell,
                        **settings,
                    )
            scenario = read_scenario(region, workloads, settings, assignments or [])
            return run_solve(
                scenario,
                objective=objective or "cost",
                solver=solver,
                time_limit_s=time_limit,
                baselines=not no_baselines,
                lp_path=lp,
                mps_path=mps,
                progress=tell,
            )

        waiting = Waiting(quiet=quiet or as_json)
        plan = waiting.run("reading the scenario", find_plan)
        if not quiet:
            tell_warnings(plan.scenario.warnings)
        report = None
        if dask is None and not no_audit:
            report = waiting.run("auditing", _auditor(plan))
        if dask is None and output is not None:
            plan.save(output, overwrite=overwrite)
        if as_json:
            facts = _facts(plan, report, output) | noted(plan.scenario.warnings)
            write_json(facts)
        elif not quiet:
            _tell(plan, report, output, in_parts=dask is not None)
        if report is not None and not report.ok:
            if quiet:
                tell_audit(report)
            raise typer.Exit(AUDIT_DIFFERS)


def _check_places(
    output: Path | None, lp: Path | None, mps: Path | None, *, overwrite: bool
) -> None:
    """Check, before anything is solved, that all results can be written."""
    from siting.folders import check_file, check_folder
    from siting.plan_files import PLAN

    if output is not None:
        check_folder(output, PLAN, overwrite=overwrite)
    for path, option in ((lp, "--lp"), (mps, "--mps")):
        if path is None:
            continue
        check_file(path, overwrite=overwrite)
        place = path.absolute()
        if output is not None and output.absolute() in (place, *place.parents):
            message = word("'{path}' is inside the folder of the plan", path=path)
            raise input_error(message, "Name a place outside of it.", where=option)


def _auditor(plan: "Plan") -> Callable[[object], "AuditReport"]:
    def work(_: object) -> "AuditReport":
        from siting.audit import audit as run_audit

        return run_audit(plan)

    return work


def _tell(
    plan: "Plan", report: "AuditReport | None", output: Path | None, *, in_parts: bool
) -> None:
    typer.echo(plan.summary())
    typer.echo()
    if in_parts:
        text = "not audited: siting audit {folder} needs a machine that holds it all."
        typer.echo(word(text, folder=output))
    elif report is None:
        typer.echo(word("not audited (--no-audit)."))
    else:
        tell_audit(report)
    if output is None:
        typer.echo(word("not saved (--output FOLDER saves the plan)."))
    else:
        typer.echo(word("saved: {folder}", folder=output))


def _facts(
    plan: "Plan", report: "AuditReport | None", output: Path | None
) -> dict[str, object]:
    from siting.statements import weak_green

    manifest, doubt = plan.manifest, weak_green(plan)
    baselines = plan.baselines.set_index("measure").drop(columns="unit")
    return {
        "ok": report is None or report.ok,
        "output": None if output is None else str(output),
        "status": plan.status,
        "objective": manifest.get("objective"),
        "bound": manifest.get("bound"),
        "gap": finite(plan.gap),
        "cost_cny": finite(plan.cost_cny),
        "contracted_green_of_grade_c": doubt and asdict(doubt),
        "audit": None if report is None else audit_facts(report),
        "baselines": {
            str(measure): {str(name): finite(value) for name, value in values.items()}
            for measure, values in baselines.iterrows()
        },
    }
