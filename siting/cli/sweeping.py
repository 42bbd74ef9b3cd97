"""The command ``sweep``: many scenarios at once, or the front of two objectives."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.auditing import finite
from siting.cli.door import (
    INTERRUPTED,
    guard,
    heading,
    noted,
    tell_warnings,
    write_json,
)
from siting.cli.options import (
    SOLVING,
    WRITING,
    PanelAsJson,
    PanelAssignments,
    PanelQuiet,
    PanelWorkloadSet,
    Region,
)
from siting.cli.values import (
    gather_settings,
    options_named,
    read_scenario,
    refuse_without,
)
from siting.cli.varying import design_of, processes, two_objectives
from siting.cli.waiting import Waiting
from siting.errors import Infeasible, InputError, SolverFailed
from siting.folders import check_around, check_folder
from siting.words import word

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.sweep.front import Front
    from siting.sweep.result import Sweep
    from siting.sweep.run import Progress

VARYING = "What varies"


def sweep(
    region: Region = "china",
    grid: Annotated[
        list[str] | None,
        typer.Option(
            help="Values of an input; all combinations are solved. Repeatable.",
            metavar="NAME=A,B,...",
            rich_help_panel=VARYING,
        ),
    ] = None,
    lhs: Annotated[
        list[str] | None,
        typer.Option(
            help="An input drawn by Latin hypercube; repeatable. A range LOW:HIGH, or "
            "normal(mean, deviation), lognormal(median, sigma), triangular(low, mode, "
            "high), choice(a, b).",
            metavar="NAME=LOW:HIGH",
            rich_help_panel=VARYING,
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            help="Points of the Latin hypercube; 100 by default.",
            min=1,
            metavar="N",
            rich_help_panel=VARYING,
            show_default=False,
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            help="An input drawn at random, as in --lhs; or a TOML file that says what "
            "varies. Repeatable.",
            metavar="NAME=LOW:HIGH|FILE.toml",
            rich_help_panel=VARYING,
        ),
    ] = None,
    monte_carlo: Annotated[
        int | None,
        typer.Option(
            help="Random draws of the inputs in --vary; 100 by default.",
            min=1,
            metavar="N",
            rich_help_panel=VARYING,
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Of everything drawn; 0 by default.",
            min=0,
            rich_help_panel=VARYING,
            show_default=False,
        ),
    ] = None,
    pareto: Annotated[
        str | None,
        typer.Option(
            help="Instead of a sweep, the exact front of two objectives, such as "
            "cost,carbon-location.",
            metavar="A,B",
            rich_help_panel=VARYING,
        ),
    ] = None,
    workloads: PanelWorkloadSet = None,
    assignments: PanelAssignments = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            help="A stage of the objective, as of siting solve; repeatable; cost by "
            "default.",
            metavar="STAGE",
            rich_help_panel=SOLVING,
            show_default=False,
        ),
    ] = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines",
            help="Also what each plan is compared with; several times the work.",
            rich_help_panel=SOLVING,
        ),
    ] = False,
    workers: Annotated[
        str | None,
        typer.Option(
            help="Processes on this machine, 1 by default; all: one a core.",
            metavar="N|all",
            rich_help_panel=SOLVING,
            show_default=False,
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Address of a Dask scheduler to use instead.",
            metavar="tcp://...",
            rich_help_panel=SOLVING,
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            help="Of one run; of the whole front with --pareto.",
            metavar="SECONDS",
            min=0.0,
            rich_help_panel=SOLVING,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the results; without it nothing is saved.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with a sweep that was stopped.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the front that is there.",
            rich_help_panel=WRITING,
        ),
    ] = False,
    hubs: Annotated[
        bool,
        typer.Option(
            "--hubs", help="Also keep figures by hub.", rich_help_panel=WRITING
        ),
    ] = False,
    as_json: PanelAsJson = False,
    quiet: PanelQuiet = False,
) -> None:
    """Solve many scenarios: grids, samples, or the front of two objectives."""
    with guard(as_json):
        settings = gather_settings({}, None, assignments or [])
        waiting = Waiting(quiet=quiet or as_json)

        def read(_: object) -> "Scenario":
            return read_scenario(region, workloads, settings, assignments or [])

        if pareto is not None:
            of_sweeps = {
                "--grid": grid,
                "--lhs": lhs,
                "--samples": samples,
                "--vary": vary,
                "--monte-carlo": monte_carlo,
                "--seed": seed,
                "--objective": objective,
                "--baselines": baselines,
                "--workers": workers,
                "--dask": dask,
                "--resume": resume,
                "--hubs": hubs,
            }
            objectives = two_objectives(pareto, of_sweeps)
            if output is None:
                refuse_without("--output", {"--overwrite": overwrite})
            else:
                from siting.sweep.front import FRONT

                check_folder(output, FRONT, overwrite=overwrite)
            scenario = waiting.run("reading the scenario", read)
            if not quiet:
                tell_warnings(scenario.warnings)
            front = waiting.run(
                "looking for corners", _front(scenario, objectives, time_limit)
            )
            if output is not None:
                front.save(output, overwrite=overwrite)
            if as_json:
                write_json(_front_facts(front, output) | noted(scenario.warnings))
            elif not quiet:
                _tell_front(front, output)
            return
        refuse_without("--pareto", {"--overwrite": overwrite})
        if output is None:
            refuse_without("--output", {"--resume": resume})
        else:
            check_around(output)
        count = processes(workers)
        design = design_of(
            grid or [], lhs or [], samples, vary or [], monte_carlo, seed
        )
        scenario = waiting.run("reading the scenario", read)
        if not quiet:
            tell_warnings(scenario.warnings)
        from siting.sweep.run import sweep as run_sweep

        with (
            options_named(["dask"], []),
            _shown(quiet or as_json) as progress,
            _resumable(output),
        ):
            found = run_sweep(
                scenario,
                design,
                output,
                workers=count,
                dask=dask,
                resume=resume,
                baselines=baselines,
                hubs=hubs,
                objective=objective or "cost",
                time_limit_s=time_limit,
                progress=progress,
            )
        code = _exit_code(found)
        if as_json:
            write_json(_facts(found, code) | noted(scenario.warnings))
        elif not quiet:
            _tell(found)
        if code:
            raise typer.Exit(code)


def _exit_code(found: "Sweep") -> int:
    """Give 0 where any run has a plan, else the code of the worst that befell them."""
    from siting.sweep.records import FAILED, INFEASIBLE

    if len(found.solved):
        return 0
    states = set(found.runs["status"])
    if FAILED in states:
        return SolverFailed.exit_code
    return Infeasible.exit_code if INFEASIBLE in states else InputError.exit_code


def _front(
    scenario: "Scenario", objectives: tuple[str, str], time_limit_s: float | None
) -> Callable[[Callable[[str], None]], "Front"]:
    def work(tell: Callable[[str], None]) -> "Front":
        from siting.sweep.pareto import pareto

        def progress(corners: int, lines: int) -> None:
            counts = {"corners": corners, "lines": lines}
            tell(word("{corners} corners, {lines} lines to be proven", **counts))

        return pareto(
            scenario, *objectives, time_limit_s=time_limit_s, progress=progress
        )

    return work


@contextmanager
def _resumable(output: Path | None) -> Iterator[None]:
    """On Ctrl-C say what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        text = word("what was done is lost: there was no --output.")
        if output is not None:
            text = word(
                "what was done is in '{folder}'; --resume goes on from there.",
                folder=output,
            )
        heading("stopped", text, colour="yellow")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _shown(quiet: bool) -> Iterator["Callable[[Progress], None] | None"]:
    """Show a bar with the time left, on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word("starting"), total=None)

        def progress(state: "Progress") -> None:
            text = word("{duration} left", duration=_duration(state.seconds_left))
            if state.faults:
                text += word(", {faults} without a plan", faults=state.faults)
            bar.update(task, total=state.total, completed=state.done, description=text)

        yield progress


def _duration(seconds: float | None) -> str:
    """Write a span of time.

    >>> _duration(3725)
    '1 h 02 min'
    """
    if seconds is None:
        return word("unknown time")
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return (
        f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
    )


def _facts(found: "Sweep", code: int) -> dict[str, object]:
    runs, folder = found.runs, found.folder
    cost = found.solved["cost_cny"].quantile([0.0, 0.05, 0.5, 0.95, 1.0])
    return {
        "ok": code == 0,
        "exit_code": code,
        "output": None if folder is None else str(folder),
        "inputs": list(found.names),
        "runs": len(runs),
        "status": runs["status"].value_counts().to_dict(),
        "cost_cny": {f"{q:g}": finite(v) for q, v in cost.items()},
    }


def _tell(found: "Sweep") -> None:
    typer.echo(found.summary())
    typer.echo()
    if found.folder is None:
        typer.echo(word("not saved (--output FOLDER saves the results)."))
    else:
        typer.echo(word("saved: {folder}", folder=found.folder))


def _front_facts(front: "Front", output: Path | None) -> dict[str, object]:
    points = [
        {str(k): finite(v) if isinstance(v, float) else v for k, v in row.items()}
        for row in front.points.to_dict("records")
    ]
    return {
        "ok": True,
        "output": None if output is None else str(output),
        **front.facts(),
        "points": points,
    }


def _tell_front(front: "Front", output: Path | None) -> None:
    typer.echo(front.summary())
    typer.echo()
    if output is None:
        typer.echo(word("not saved (--output FOLDER saves the front)."))
    else:
        typer.echo(word("saved: {folder}", folder=output))
