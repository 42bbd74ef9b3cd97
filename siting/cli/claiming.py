"""The command ``claims``: the claims about moving west, on a scenario's data."""

from typing import TYPE_CHECKING

import typer

from siting.cli.door import guard, write_json
from siting.cli.explaining import plain
from siting.cli.options import AsJson, Assignments, Region, WorkloadSet
from siting.cli.values import gather_settings, read_scenario
from siting.cli.waiting import Tell, Waiting

if TYPE_CHECKING:
    from siting.claims import Claims


def claims(
    region: Region = "china",
    workloads: WorkloadSet = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Test the claims about moving computing west: verdict, figures, break-even."""

    def work(tell: Tell) -> "Claims":
        from siting.claims import claims as judge

        scenario = read_scenario(region, workloads, settings, assignments or [])
        return judge(scenario, progress=tell)

    with guard(as_json):
        settings = gather_settings({}, None, assignments or [])
        found = Waiting(quiet=as_json).run("reading the scenario", work)
        if as_json:
            write_json({"ok": True, **plain(found.to_dict())})
        else:
            typer.echo(found.summary())
