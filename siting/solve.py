"""From a scenario to a proven plan."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.allocator import give_back, memory_given_back
from siting.arguments import check_arguments
from siting.baselines import Baseline, baselines
from siting.collector import collected_seldom
from siting.errors import Infeasible, InputError, Problem, one_of
from siting.fingerprint import fingerprint
from siting.folders import check_file, refuse
from siting.ledger import PLANS, TERMS
from siting.model import extract
from siting.model.arrays import dot
from siting.model.build import build
from siting.model.instance import Instance
from siting.model.objective import Stage, has_costs, parse_stages
from siting.model.polish import Decisions
from siting.model.routing import network_matters
from siting.model.traffic import Traffic
from siting.model.worth import duals_table, limits_table
from siting.optimise import Clock, NoPlanFits, Result, optimise, value_of
from siting.plan import Plan
from siting.savings import NAMES
from siting.scenario import Scenario
from siting.solver import DEFAULT_SOLVER, find_solver, write_model
from siting.versions import versions
from siting.words import word

if TYPE_CHECKING:
    from siting.aggregate.expand import Expansion

Progress = Callable[[str], None]
METHODS = ("auto", "plain", "aggregated")
# From about here on the program over buckets is the faster one.
LEAST_AGGREGATED = 1000
ROUNDING = 1e-12


@memory_given_back()
@collected_seldom()
def solve(
    scenario: Scenario,
    *,
    objective: str | Iterable[str] = "cost",
    solver: str = DEFAULT_SOLVER,
    method: str = "auto",
    time_limit_s: float | None = None,
    baselines: bool = True,
    lp_path: str | Path | None = None,
    mps_path: str | Path | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Find the optimal plan of a scenario, with its proof.

    Parameters
    ----------
    scenario : Scenario
    objective : str or iterable of str
        A stage (``cost``, ``carbon-location``, ``carbon-market``, ``green``,
        ``latency``, or a weighted sum ``cost=1+carbon-location=300``) or several, most
        important first; ``:1%`` behind a stage says how much later ones may give up.
    solver : str
        ``HiGHS``, or any solver that PuLP can find.
    method : {"auto", "plain", "aggregated"}
        ``plain``: one program over all workloads; ``aggregated``: buckets of workloads
        that are alike, refined until proven to 1e-6; ``auto``: by size.
    time_limit_s : float, optional
        For everything, baselines included.
    baselines : bool
        Whether to work out what the plan is compared with.
    lp_path, mps_path : path, optional
        Where to write the last program for other tools; a file there is replaced.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        For an unknown objective, solver or method, an argument of another kind, or a
        path that cannot be written.
    Infeasible
        If no plan fits all limits; the error carries the explanation.
    SolverFailed
        If the solver breaks down or the time is over.
    """
    tell = progress or (lambda _: None)
    if not isinstance(objective, str) and isinstance(objective, Iterable):
        objective = list(objective)
    check_arguments(
        scenario,
        objective=objective,
        time_limit_s=time_limit_s,
        solver=solver,
        method=method,
    )
    solver = find_solver(solver)
    _check_places(lp_path, mps_path)
    unserved = scenario.settings.unserved_cny_per_mwh is not None
    parse_stages(objective, unserved=unserved)
    clock = Clock(time_limit_s)
    tell("reading the scenario")
    instance = Instance(scenario)
    stages = parse_stages(objective, unserved=unserved, costs=has_costs(instance))
    tell("finding the optimum")
    tie_break = scenario.settings.tie_break == "latency"
    aggregated = aggregates(instance, method, solver)
    expansion: Expansion | None = None
    try:
        if aggregated:
            from siting.aggregate.run import optimise_large

            result, expansion = optimise_large(
                instance, stages, clock=clock, tie_break=tie_break
            )
        else:
            result = optimise(
                instance, stages, clock=clock, solver=solver, tie_break=tie_break
            )
    except NoPlanFits:
        _write_models(instance, stages, lp_path, mps_path)
        tell("asking why no plan fits")
        from siting.explain import explain_infeasible

        raise Infeasible(explain_infeasible(instance, clock)) from None
    duals = duals_table(result.decisions, result.outcome, reserve=expansion is None)
    _write(result.model.program, lp_path, mps_path)
    compared: list[Baseline] = []
    if baselines:
        compared = compared_with(instance, clock, tell, large=aggregated)
    tell("writing the tables")
    give_back()
    started = time.perf_counter()
    options = {
        "solver": solver,
        "method": "aggregated" if aggregated else "plain",
        "time_limit_s": time_limit_s,
        "tie_break": scenario.settings.tie_break,
    }
    plan = plan_of(scenario, stages, options, result, duals, compared, clock, expansion)
    clock.add("tables", started)
    return plan


def aggregates(instance: Instance, method: str, solver: str = DEFAULT_SOLVER) -> bool:
    """Whether to solve over buckets of workloads that are alike.

    Parameters
    ----------
    instance : Instance
    method : str
        One of :data:`METHODS`.
    solver : str

    Raises
    ------
    InputError
        For an unknown method, or one that does not go with the solver.
    """
    if method not in METHODS:
        message = word("unknown method '{method}'", method=method)
        remedy = one_of(method, METHODS)
        raise InputError([Problem("method", None, None, message, remedy)])
    if solver != DEFAULT_SOLVER:
        if method == "aggregated":
            message = word(
                "method aggregated does not go with solver {solver}", solver=solver
            )
            remedy = word("Use {solver}, or method plain.", solver=DEFAULT_SOLVER)
            raise InputError([Problem("method", None, None, message, remedy)])
        return False
    if len(instance.settled):
        if method == "aggregated":
            message = "method aggregated does not go with the table current"
            remedy = "Use method plain, or take the table away."
            raise InputError([Problem("method", None, None, message, remedy)])
        return False
    if method == "auto":
        return len(instance.it_mw) >= LEAST_AGGREGATED
    return method == "aggregated"


def _check_places(*paths: str | Path | None) -> None:
    """Refuse, before anything is solved, places where no model can be written."""
    places = [Path(path).absolute() for path in paths if path is not None]
    for place in places:
        check_file(place, overwrite=True)
    if len(set(places)) < len(places):
        message = "the LP file and the MPS file would have the same place"
        refuse(message, places[0], "Give each its own name.")


def _write(program: Any, lp_path: Any, mps_path: Any) -> None:
    for path, kind in ((lp_path, "lp"), (mps_path, "mps")):
        if path is not None:
            write_model(program, Path(path), kind)


def _write_models(
    instance: Instance, stages: list[Stage], lp_path: Any, mps_path: Any
) -> None:
    """Write the program that has no solution."""
    if lp_path is None and mps_path is None:
        return
    traffic = Traffic.of(instance) if network_matters(instance) else None
    model = build(instance, traffic, stages[0].weights)
    _write(model.program, lp_path, mps_path)


def compared_with(
    instance: Instance, clock: Clock, tell: Progress, *, large: bool
) -> list[Baseline]:
    """Work out what a plan is compared with."""
    started = time.perf_counter()
    found = []
    watch = Clock(clock.limit_s, clock.started)
    for baseline in baselines(instance, watch, large=large):
        tell(word("comparing with {name}", name=word(NAMES[baseline.name])))
        found.append(baseline)
    clock.add("baselines", started)
    return found


def plan_of(
    scenario: Scenario,
    stages: list[Stage],
    options: dict[str, Any],
    result: Result,
    duals: pd.DataFrame,
    compared: list[Baseline],
    clock: Clock,
    expansion: "Expansion | None" = None,
) -> Plan:
    """Write the tables of an optimum and of what it is compared with."""
    decisions = result.decisions
    columns: dict[str, Decisions | None] = dict.fromkeys(PLANS)
    columns["plan"] = decisions
    for baseline in compared:
        if baseline.result is not None:
            columns[baseline.name] = baseline.result.decisions
    ledgers = {
        name: extract.ledger_column(found) if found is not None else None
        for name, found in columns.items()
    }
    ledger = pd.DataFrame({"term": [*TERMS, "total"]})
    for name, column in ledgers.items():
        ledger[name] = np.nan if column is None else column.to_numpy()
    objective = value_of(result)
    gap = (objective - result.bound) / max(1.0, abs(objective))
    if -ROUNDING < gap < 0.0:
        gap = 0.0
    placed = extract.Placed.of(decisions)
    limits = limits_table(decisions, duals, result.weights, result.kept)
    certificates = extract.certificates_table(decisions)
    if expansion is not None:
        placed = expansion.placed(placed)
        duals = expansion.members("duals", duals)
        limits = expansion.members("limits", limits)
        certificates = expansion.members("certificates", certificates)
    return Plan(
        scenario=scenario,
        manifest={
            "versions": versions(),
            "options": {
                "stages": [
                    {"weights": s.weights, "slack": s.slack, "slack_absolute": 0.0}
                    for s in stages
                ],
            }
            | options,
            "stages": _stage_record(result),
            "objective": objective,
            "bound": result.bound,
            "gap": gap,
            "status": str(result.outcome.status),
            "seconds": {name: round(s, 3) for name, s in clock.seconds.items()},
            "scenario_sha256": fingerprint(scenario),
            "baseline_notes": [
                {"baseline": b.name, **note} for b in compared for note in b.notes
            ],
        },
        placement=extract.placement_table(placed),
        schedule=extract.schedule_table(placed),
        unserved=extract.unserved_table(placed),
        routes=extract.routes_table(decisions),
        hubs=extract.hubs_table(decisions),
        links=extract.links_table(decisions),
        certificates=certificates,
        ledger=ledger,
        emissions=extract.emissions_table(decisions),
        limits=limits,
        duals=duals,
        baselines=_baselines_table(columns, ledgers, gap),
    )


def _stage_record(result: Result) -> list[dict[str, float | None]]:
    limits: list[float | None] = [kept.limit for kept in result.kept]
    return [
        {"value": value, "limit": limit}
        for value, limit in zip(result.stage_values, [*limits, None], strict=True)
    ]


def _baselines_table(
    columns: dict[str, Decisions | None],
    ledgers: dict[str, pd.Series | None],
    gap: float,
) -> pd.DataFrame:
    """Measures of every plan side by side."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    for name, decisions in columns.items():
        ledger = ledgers[name]
        if decisions is None or ledger is None:
            found[name] = {}
            continue
        money = {("cost_cny", "CNY"): float(ledger["total"])}
        money |= {(f"ledger:{term}", "CNY"): float(ledger[term]) for term in TERMS}
        found[name] = money | measures(decisions)
    found["plan"]["gap", "share"] = gap
    keys = list(found["plan"])
    table = pd.DataFrame(keys, columns=["measure", "unit"])
    for name in PLANS:
        table[name] = [found[name].get(key, np.nan) for key in keys]
    return table


def measures(decisions: Decisions) -> dict[tuple[str, str], float]:
    """Measure one placement for the summary."""
    instance = decisions.model.instance
    scenario = instance.scenario
    emissions = extract.emissions_table(decisions)
    total = emissions.iloc[-1]
    hubs = emissions.iloc[:-2]
    energy = float(hubs["energy_mwh"].sum())
    green = float(total["green_mwh"] + total["certificate_mwh"])
    side = scenario.hubs["side"].to_numpy(object)
    mean = decisions.mean_mw
    placed = float(mean.sum())
    rtt = np.nan_to_num(
        instance.reach.rtt_ms[
            instance.origin[instance.pair_workload], instance.pair_hub
        ]
    )
    west = side[instance.pair_hub] == "west"
    unserved = decisions.unserved_mw @ instance.hours / instance.year_hours
    east = side == "east"
    capacity = scenario.hubs["it_capacity_mw"].to_numpy(float) + decisions.build_mw
    measures = {
        ("energy_mwh", "MWh"): energy,
        ("location_t", "t"): float(total["location_t"]),
        ("market_t", "t"): float(total["market_t"]),
        ("green_share", "share"): green / energy if energy else 0.0,
        ("unserved_mw", "MW"): float(unserved.sum()),
        ("mean_rtt_ms", "ms"): dot(mean, rtt) / placed if placed else 0.0,
        ("west_share", "share"): float(mean[west].sum()) / placed if placed else 0.0,
    }
    codes, names = pd.factorize(scenario.workloads["class"])
    inside = codes[instance.pair_workload]
    placed_mw = np.bincount(inside, mean, len(names))
    west_mw = np.bincount(inside, mean * west, len(names))
    for name, mw, part in zip(names, placed_mw, west_mw, strict=True):
        measures[f"west_share:{name}", "share"] = float(part / mw) if mw else 0.0
    drawn = np.bincount(instance.pair_hub, mean, minlength=len(east))
    idle = capacity - decisions.room_mw
    measures["east_it_mw", "MW"] = float(drawn[east].sum())
    measures["east_reserved_mw", "MW"] = float(decisions.room_mw[east].sum())
    measures["east_idle_mw", "MW"] = float(idle[east].sum())
    return measures
