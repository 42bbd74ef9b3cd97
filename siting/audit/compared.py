"""The columns of baselines: held against themselves, the plan and the scenario.

Their placements, routes and schedules are not saved, so that they cannot be recomputed.
What a column says must fit together and be possible: sums, prices of carbon and of
demand that is not served, ranges, and what no plan can be below.
"""

from typing import Any

import numpy as np
import pandas as pd

from siting.audit.manifest import OPTIMAL
from siting.audit.report import Findings
from siting.audit.world import GB_PER_GBPS_HOUR, World
from siting.ledger import PLANS
from siting.plan import Plan

BASELINES = tuple(PLANS[1:])
LEAST = "upper_bound"
TABLE = "baselines"
Column = dict[str, float]


def check_compared(
    plan: Plan, world: World, measures: list[str], findings: Findings
) -> tuple[str, ...]:
    """Check the columns of baselines.

    Parameters
    ----------
    plan : Plan
    world : World
    measures : list of str
        What the table ``baselines`` says of every plan.
    findings : Findings

    Returns
    -------
    tuple of str
        The columns that are there.
    """
    totals = plan.ledger.drop_duplicates("term").set_index("term")
    if "total" not in totals.index:
        return ()
    table = plan.baselines.drop_duplicates("measure").set_index("measure")
    there = tuple(n for n in BASELINES if totals[n].notna().loc["total"])
    noted = _noted(plan)
    for name in BASELINES:
        if name not in there:
            if table[name].notna().any() or totals[name].notna().any():
                findings.add(TABLE, "", name, "The column is blank in part")
            elif there and name not in noted:
                fault = "The column is blank, and no note says why"
                findings.add(TABLE, "", name, fault)
    for name in there:
        # The gap is that of the plan.
        wanted = [measure for measure in measures if measure != "gap"]
        blank = table[name].reindex(wanted).isna()
        for measure in blank.index[blank]:
            findings.add(TABLE, measure, name, "The measure is missing")
        if not blank.any():
            column = dict(zip(map(str, table.index), table[name].tolist(), strict=True))
            _possible(world, column, name, findings)
    _order(plan, table, there, noted, findings)
    return there


def _noted(plan: Plan) -> set[str]:
    notes: Any = plan.manifest.get("baseline_notes")
    listed = notes if isinstance(notes, list) else []
    return {str(note.get("baseline")) for note in listed if isinstance(note, dict)}


def _possible(world: World, column: Column, name: str, findings: Findings) -> None:
    """Check that the figures of a column fit together, and each may be so."""
    policy, hours = world.policy, world.year_hours
    penalty = world.settings.unserved_cny_per_mwh or 0.0
    carbon = policy.carbon_price_cny_per_t * column[f"{policy.carbon_accounting}_t"]
    exact = {
        "ledger:carbon": carbon,
        "ledger:unserved": penalty * hours * column["unserved_mw"],
    }
    keys = list(exact)
    findings.close(
        TABLE,
        keys,
        name,
        np.array([column[key] for key in keys]),
        np.array([exact[key] for key in keys]),
        "Not what follows from the column's other figures",
        max(1.0, abs(column["cost_cny"])),
    )
    for measure, (least, most) in _ranges(world, column).items():
        value = column[measure]
        size = max(1.0, *(abs(end) for end in (least, most) if np.isfinite(end)))
        spare = findings.tolerance * size
        if not least - spare <= value <= most + spare:
            fault = "No placement has such a value"
            end = least if value < least else most
            findings.add(TABLE, measure, name, fault, value, end)


def _ranges(world: World, column: Column) -> dict[str, tuple[float, float]]:
    """Give what each figure may be, whatever is placed where."""
    demand, hours = float(world.mean_mw.sum()), world.year_hours
    served = demand - column["unserved_mw"]
    pue = world.energy / world.hours
    energy, grey = column["energy_mwh"], 1.0 - world.green
    rate = world.mean_mw @ (world.to_rate + world.from_rate)
    settings = world.settings
    kwh, kg = settings.network_kwh_per_gb, settings.network_co2_kg_per_mwh
    network = float(rate) * GB_PER_GBPS_HOUR * hours * kwh * kg / 1e6
    emitted, residual = energy * world.location, grey * world.residual
    rtt = np.nan_to_num(world.rtt_ms)
    share = (0.0, 1.0)
    return {
        "unserved_mw": (0.0, demand),
        "energy_mwh": (served * hours * pue.min(), served * hours * pue.max()),
        "ledger:electricity": (energy * world.price.min(), energy * world.price.max()),
        "location_t": (float(emitted.min()), float(emitted.max()) + network),
        "market_t": (-np.inf, energy * float(residual.max()) + network),
        "mean_rtt_ms": (0.0, float(rtt.max(initial=0.0))),
        "east_it_mw": (0.0, served),
        "east_reserved_mw": (0.0, np.inf),
        "green_share": share,
        **{key: share for key in column if key.startswith("west_share")},
    }


def _order(
    plan: Plan,
    table: pd.DataFrame,
    there: tuple[str, ...],
    noted: set[str],
    findings: Findings,
) -> None:
    """No limits, no dearer; and nothing that keeps all limits is cheaper than least."""
    if "cost_cny" not in table.index or "unserved_mw" not in table.index:
        return
    cost, lost = (
        {name: float(table[name].loc[measure]) for name in PLANS}
        for measure in ("cost_cny", "unserved_mw")
    )
    all_served = plan.scenario.settings.unserved_cny_per_mwh is None
    fair = [
        name
        for name in ("plan", *there)
        if not (all_served and lost[name] > findings.tolerance)
    ]
    if LEAST in there:
        for name in fair:
            spare = findings.tolerance * max(1.0, abs(cost[name]))
            if cost[LEAST] > cost[name] + spare:
                fault = "The least cost without limits is above that of a plan"
                told = fault, cost[LEAST], cost[name]
                findings.add(TABLE, "cost_cny", LEAST, *told)
    if not _least_cost(plan):
        return
    for name in fair:
        spare = findings.tolerance * max(1.0, abs(cost["plan"]))
        rival = name not in ("plan", LEAST) and name not in noted
        if rival and cost[name] < cost["plan"] - spare:
            fault = "Cheaper than a plan of least cost, and no note says why"
            findings.add(TABLE, "cost_cny", name, fault, cost[name], cost["plan"])


def _least_cost(plan: Plan) -> bool:
    """Whether the plan says that no other costs less."""
    options = plan.manifest.get("options")
    stages: Any = options.get("stages") if isinstance(options, dict) else None
    if not isinstance(stages, list) or len(stages) != 1:
        return False
    only = stages[0]
    weights = only.get("weights") if isinstance(only, dict) else None
    return (
        plan.status == OPTIMAL and isinstance(weights, dict) and {*weights} == {"cost"}
    )
