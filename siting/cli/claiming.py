"""The command ``claims``: the claims about moving west, on a scenario's data."""

from typing import TYPE_CHECKING

import typer

from siting.cli.door import guard, noted, tell_warnings, write_json
from siting.cli.explaining import plain
from siting.cli.options import AsJson, Assignments, Region, WorkloadSet
from siting.cli.values import gather_settings, read_scenario
from siting.cli.waiting import Tell, Waiting

if TYPE_CHECKING:
    from siting.claims import Claims
    from siting.scenario import Scenario


def claims(
    region: Region = "china",
    workloads: WorkloadSet = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Test the claims about moving computing west: verdict, figures, break-even."""

    def read(_: object) -> "Scenario":
        return read_scenario(region, workloads, settings, assignments or [])

    with guard(as_json):
        settings = gather_settings({}, None, assignments or [])
        waiting = Waiting(quiet=as_json)
        scenario = waiting.run("reading the scenario", read)
        tell_warnings(scenario.warnings)

        def work(tell: Tell) -> "Claims":
            from siting.claims import claims as judge

            return judge(scenario, progress=tell)

        found = waiting.run("reading the scenario", work)
        if as_json:
            facts = {"ok": True, **plain(found.to_dict())}
            write_json(facts | noted(scenario.warnings))
        else:
            typer.echo(found.summary())
