"""Options and arguments that several commands take, each declared once."""

from pathlib import Path
from typing import Annotated, Any

import typer

# Panels of the help.
COUNTING, SOLVING, WRITING = "How it is counted", "Solving", "Writing"
OBJECT = "One JSON object on standard output, and nothing else."

Region = Annotated[
    str,
    typer.Argument(
        help="A shipped region, or the folder of a scenario.", metavar="REGION|DIR"
    ),
]
SavedPlan = Annotated[Path, typer.Argument(help="Folder of a saved plan.")]
AsJson = Annotated[bool, typer.Option("--json", help=OBJECT)]


def _workloads(panel: str | None = None) -> Any:
    return typer.Option(
        help="A workload set of the scenario, or a file of workloads.",
        metavar="SET|FILE",
        rich_help_panel=panel,
    )


def _assignments(panel: str | None = None) -> Any:
    return typer.Option(
        "--set",
        help="Any setting of scenario.toml; may be repeated.",
        metavar="KEY=VALUE",
        rich_help_panel=panel,
    )


WorkloadSet = Annotated[str | None, _workloads()]
Assignments = Annotated[list[str] | None, _assignments()]

# The same for commands whose help has panels.
PanelWorkloadSet = Annotated[str | None, _workloads(COUNTING)]
PanelAssignments = Annotated[list[str] | None, _assignments(COUNTING)]
PanelAsJson = Annotated[
    bool, typer.Option("--json", help=OBJECT, rich_help_panel=WRITING)
]
PanelQuiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Only errors are shown.", rich_help_panel=WRITING
    ),
]
