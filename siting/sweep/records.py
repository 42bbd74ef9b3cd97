"""The row of a run: its columns, its figures, and what went wrong."""

from typing import Any

import pyarrow as pa

from siting.baselines import Baseline
from siting.errors import Infeasible, InputError, SitingError
from siting.ledger import PLANS, TERMS
from siting.model import extract
from siting.optimise import Result, value_of
from siting.scenario import Scenario
from siting.solve import measures
from siting.sweep.columns import kind_of
from siting.sweep.design import Design
from siting.words import word

Figures = dict[str, Any]
Record = tuple[Figures, list[Figures]]

OPTIMAL, INFEASIBLE, INVALID, FAILED = "optimal", "infeasible", "invalid", "failed"
UNITS = {
    "energy_mwh": "energy_mwh",
    "location_t": "location_t",
    "market_t": "market_t",
    "green_share": "green_share",
    "unserved_mw": "unserved_mw",
    "mean_rtt_ms": "mean_rtt_ms",
    "west_share": "west_share",
    "east_it_mw": "east_it_mw",
    "east_reserved_mw": "east_reserved_mw",
    "east_idle_mw": "east_idle_mw",
}
OF_BASELINES = ("cost_cny", "location_t", "market_t")
HUB_COLUMNS = ("it_mw", "room_mw", "build_mw", "idle_mw", "energy_mwh")


def schema_of(scenario: Scenario, design: Design, *, baselines: bool) -> pa.Schema:
    """Give the columns of the results, fixed before anything is solved.

    Parameters
    ----------
    scenario : Scenario
    design : Design
    baselines : bool
    """
    columns = list(zip(*design.rows, strict=True)) or [()] * len(design.names)
    fields = [("run", pa.string()), ("number", pa.int64())]
    fields += [
        (name, kind_of(column))
        for name, column in zip(design.names, columns, strict=True)
    ]
    fields += [("status", pa.string()), ("reason", pa.string())]
    figures = ["objective", "gap", "cost_cny"]
    figures += [f"{term}_cny" for term in TERMS]
    figures += list(UNITS)
    classes = dict.fromkeys(scenario.workloads["class"])
    figures += [f"west_share:{name}" for name in classes]
    if baselines:
        figures += [f"{plan}:{name}" for plan in PLANS[1:] for name in OF_BASELINES]
    fields += [(name, pa.float64()) for name in [*figures, "seconds"]]
    return pa.schema(fields)


def hub_schema() -> pa.Schema:
    """Give the columns of the figures by run and hub."""
    fields = [("run", pa.string()), ("hub", pa.string())]
    return pa.schema(fields + [(name, pa.float64()) for name in HUB_COLUMNS])


def measured(result: Result, compared: list[Baseline]) -> Figures:
    """Give the figures of an optimum."""
    objective = value_of(result)
    figures: Figures = {"status": OPTIMAL, "reason": "", "objective": objective}
    figures["gap"] = (objective - result.bound) / max(1.0, abs(objective))
    ledger = extract.ledger_column(result.decisions)
    figures["cost_cny"] = float(ledger["total"])
    figures |= {f"{term}_cny": float(ledger[term]) for term in TERMS}
    figures |= {name: value for (name, _), value in measures(result.decisions).items()}
    for baseline in compared:
        if baseline.result is None:
            continue
        decisions = baseline.result.decisions
        total = float(extract.ledger_column(decisions)["total"])
        found = {name: value for (name, _), value in measures(decisions).items()}
        for name in OF_BASELINES:
            value = total if name == "cost_cny" else found[name]
            figures[f"{baseline.name}:{name}"] = value
    return figures


def hub_rows(result: Result) -> list[Figures]:
    """Give the figures of every hub that holds or could hold anything."""
    table = extract.hubs_table(result.decisions)
    rows: list[Any] = table[["hub", *HUB_COLUMNS]].to_dict("records")
    return rows


def fault(error: BaseException) -> Figures:
    """Say what went wrong with a run."""
    if isinstance(error, Infeasible):
        return {"status": INFEASIBLE, "reason": error.explanation}
    if isinstance(error, InputError):
        more = len(error.problems) - 1
        reason = str(error.problems[0]) + word(" And {count} more.", count=more) * (
            more > 0
        )
        return {"status": INVALID, "reason": reason}
    kind = "" if isinstance(error, SitingError) else f"{type(error).__name__}: "
    return {"status": FAILED, "reason": f"{kind}{error}"}
