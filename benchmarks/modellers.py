"""Peers that build the programme in a modelling language: PuLP, linopy, PyPSA."""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clock import Clock
from benchmarks.program import Program

Found = tuple[float, np.ndarray]


def pulp(program: Program, clock: Clock, limit_s: float, solver: str) -> Found:
    """Solve by PuLP, with ``cbc`` or with ``highs`` as PuLP hands it over."""
    import pulp as library

    with clock.phase("build"):
        problem, variables = _problem(library, program)
    if solver == "cbc":
        engine = library.PULP_CBC_CMD(msg=False, timeLimit=limit_s)
        _count(problem, clock, "writeMPS", "hand_over")
        _run(engine, problem, clock, {"readsol_MPS": "read_back"})
    else:
        engine = library.HiGHS(msg=False, timeLimit=limit_s)
        steps = {"buildSolverModel": "hand_over", "findSolutionValues": "read_back"}
        _run(engine, problem, clock, steps)
    if problem.status != library.LpStatusOptimal or problem.sol_status != 1:
        raise TimeoutError(library.LpStatus[problem.status])
    with clock.phase("read_back"):
        values = np.array([variable.value() for variable in variables])
    return float(program.cost.ravel() @ values), values


def _problem(library: Any, program: Program) -> tuple[Any, list[Any]]:
    row, column, value, right = program.matrix()
    problem = library.LpProblem("case", library.LpMinimize)
    variables = [library.LpVariable(f"x{j}", 0) for j in range(program.cost.size)]
    cost = zip(variables, program.cost.ravel().tolist(), strict=True)
    problem.setObjective(library.LpAffineExpression(list(cost)))
    members: list[list[tuple[Any, float]]] = [[] for _ in right]
    for i, j, a in zip(row.tolist(), column.tolist(), value.tolist(), strict=True):
        members[i].append((variables[j], a))
    equal = program.demand_mw.size
    for i, limit in enumerate(right.tolist()):
        sense = library.LpConstraintEQ if i < equal else library.LpConstraintLE
        total = library.LpAffineExpression(members[i])
        problem.addConstraint(library.LpConstraint(total, sense, f"r{i}", limit))
    return problem, variables


def _run(engine: Any, problem: Any, clock: Clock, steps: dict[str, str]) -> None:
    """Solve; what PuLP does before and after the solver counts to other phases."""
    kept = (clock.seconds, clock.cpu_seconds)
    before = [sum(seconds.values()) for seconds in kept]
    for method, phase in steps.items():
        _count(engine, clock, method, phase)
    with clock.phase("solve"):
        problem.solve(engine)
    for seconds, earlier in zip(kept, before, strict=True):
        others = sum(seconds.values()) - seconds["solve"] - earlier
        seconds["solve"] -= others


def _count(owner: Any, clock: Clock, method: str, phase: str) -> None:
    original = getattr(owner, method)

    def counted(*given: Any, **named: Any) -> Any:
        with clock.phase(phase):
            return original(*given, **named)

    setattr(owner, method, counted)


def linopy(program: Program, clock: Clock, limit_s: float) -> Found:
    """Solve by linopy, with its direct hand-over to HiGHS."""
    import linopy as library

    with clock.phase("build"):
        model, x = _linopy_model(library, program)
    with clock.phase("hand_over"):
        native = model.to_highspy()
        native.silent()
        native.setOptionValue("time_limit", limit_s)
    with clock.phase("solve"):
        native.run()
    status = native.modelStatusToString(native.getModelStatus())
    if status != "Optimal":
        raise TimeoutError(status)
    with clock.phase("read_back"):
        values = np.array(native.getSolution().col_value)
    del x
    return native.getInfo().objective_function_value, values


def _linopy_model(library: Any, program: Program) -> tuple[Any, Any]:
    import xarray as xr

    cells = pd.RangeIndex(len(program.workload), name="cell")
    periods = pd.RangeIndex(program.periods, name="period")
    model = library.Model()
    x = model.add_variables(lower=0, coords=[cells, periods], name="x")

    def each(values: np.ndarray) -> Any:
        return xr.DataArray(values, coords=[cells, periods])

    def grouped(what: Any, key: np.ndarray, name: str) -> Any:
        return what.groupby(pd.Series(key, index=cells, name=name)).sum()

    def limit(values: np.ndarray, name: str) -> Any:
        index = pd.RangeIndex(len(values), name=name)
        return xr.DataArray(values, coords=[index, periods])

    wide = (1, program.periods)
    demand = limit(program.demand_mw, "workload")
    model.add_constraints(grouped(1 * x, program.workload, "workload") == demand)
    room = limit(np.tile(program.room_mw[:, None], wide), "hub")
    model.add_constraints(grouped(1 * x, program.hub, "hub") <= room)
    cell, arc = program.arcs()
    rate = program.rate_gbps[program.workload]
    for number, gbps in enumerate(program.arc_gbps.tolist()):
        mine = cell[arc == number]
        if len(mine):
            load = x.isel(cell=mine) * xr.DataArray(
                rate[mine], coords=[cells[mine]], dims=["cell"]
            )
            model.add_constraints(load.sum("cell") <= gbps)
    carbon = (x * each(program.carbon_kt[program.hub])).sum()
    model.add_constraints(carbon <= program.cap_kt)
    model.add_objective((x * each(program.cost)).sum())
    return model, x


def pypsa(program: Program, clock: Clock, limit_s: float) -> Found:
    """Solve by PyPSA: workloads are loads, cells are links with several ends.

    Arcs and the carbon cap are buses with a generator of that size. One period only:
    its stores over a horizon would need equations of our own.
    """
    import pypsa as library

    if program.periods > 1:
        message = "several periods with one carbon cap need equations of our own"
        raise LookupError(message)
    with clock.phase("build"):
        network = _network(library, program)
        network.optimize.create_model()
    with clock.phase("hand_over"):
        native = network.model.to_highspy()
        native.silent()
        native.setOptionValue("time_limit", limit_s)
    with clock.phase("solve"):
        native.run()
    status = native.modelStatusToString(native.getModelStatus())
    if status != "Optimal":
        raise TimeoutError(status)
    with clock.phase("read_back"):
        values = np.array(native.getSolution().col_value)
    return native.getInfo().objective_function_value, values


def _network(library: Any, program: Program) -> Any:
    network = library.Network()
    workloads = [f"w{w}" for w in range(len(program.demand_mw))]
    hubs = [f"h{h}" for h in range(len(program.room_mw))]
    arcs = [f"a{a}" for a in range(len(program.arc_gbps))]
    network.add("Bus", [*workloads, *hubs, *arcs, "carbon"])
    demand = program.demand_mw[:, 0]
    network.add("Load", workloads, bus=workloads, p_set=demand)
    network.add("Generator", hubs, bus=hubs, p_nom=program.room_mw)
    network.add("Generator", arcs, bus=arcs, p_nom=program.arc_gbps)
    network.add("Generator", "carbon", bus="carbon", p_nom=program.cap_kt)
    cells = [f"c{c}" for c in range(len(program.workload))]
    most = max((len(route) for route in program.crosses), default=0)
    ends: dict[str, Any] = {
        "bus2": "carbon",
        "efficiency2": -program.carbon_kt[program.hub, 0],
    }
    rate = program.rate_gbps[program.workload]
    for place in range(most):
        at = np.array([r[place] if len(r) > place else -1 for r in program.crosses])
        arc = at[program.route]
        ends[f"bus{3 + place}"] = [arcs[a] if a >= 0 else "" for a in arc]
        ends[f"efficiency{3 + place}"] = np.where(arc >= 0, -rate, 0.0)
    network.add(
        "Link",
        cells,
        bus0=np.array(hubs, dtype=object)[program.hub],
        bus1=np.array(workloads, dtype=object)[program.workload],
        p_nom=demand[program.workload],
        marginal_cost=program.cost[:, 0],
        **ends,
    )
    return network
