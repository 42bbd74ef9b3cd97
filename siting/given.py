"""Plans that are given by a rule rather than found: today, nearest, east nearest."""

from dataclasses import replace

import pandas as pd

from siting.aggregate.buckets import alike
from siting.arguments import check_arguments
from siting.baselines import AS_PLACED, COST, GIVEN, placed_baseline
from siting.errors import Infeasible, InputError, Problem, one_of
from siting.model.instance import Instance
from siting.model.worth import DUAL_COLUMNS
from siting.names import Names
from siting.optimise import Clock
from siting.plan import Plan
from siting.savings import note_text
from siting.scenario import Scenario
from siting.solve import aggregates, plan_of
from siting.solver import DEFAULT_SOLVER
from siting.words import word

STATUS = "given"


def baseline_plan(scenario: Scenario, name: str = "nearest") -> Plan:
    """Give a baseline as a plan, with every table but the proof.

    Shares are those of the rule; routes and schedules are the cheapest for them. Limits
    that the rule does not know of may be broken: the audit lists them, and
    ``manifest["baseline_notes"]`` counts them and names the worst.

    Parameters
    ----------
    scenario : Scenario
    name : {"nearest", "today", "east_nearest"}
        As in the ledger. ``today`` is the table ``current``, else the home hub.

    Returns
    -------
    Plan
        Its status is ``given``.

    Raises
    ------
    InputError
        If the name is unknown.
    Infeasible
        If there is no placement of the kind.
    """
    check_arguments(scenario, baseline=name)
    if name not in GIVEN:
        message = word(
            "there is no baseline '{name}' that is given by a rule", name=name
        )
        raise InputError(
            [Problem("baseline", None, None, message, one_of(name, GIVEN))]
        )
    clock, rows = Clock(), Instance(scenario).relaxed(AS_PLACED)
    groups = alike(rows) if aggregates(rows, "auto") else None
    found = placed_baseline(rows, name, clock, groups)
    if found.result is None:
        names = Names(scenario)
        raise Infeasible("; ".join(note_text(note, names) for note in found.notes))
    duals = pd.DataFrame(columns=DUAL_COLUMNS)
    options = {"solver": DEFAULT_SOLVER, "rule": name}
    plan = plan_of(
        *(scenario, COST, options, found.result, duals, [], clock, found.expansion)
    )
    manifest = plan.manifest | {
        "status": STATUS,
        "bound": None,
        "gap": None,
        "baseline_notes": [{"baseline": name, **note} for note in found.notes],
    }
    return replace(plan, manifest=manifest)
