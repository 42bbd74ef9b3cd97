"""The one place that knows PuLP and HiGHS.

A :class:`ArrayProblem` is a PuLP problem held as arrays. HiGHS takes the arrays in one
hand-over; for any other solver, and for writing LP and MPS files, PuLP's variables and
constraints are made from them.
"""

import difflib
import logging
import re
import time
import warnings
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp

from siting.errors import InputError, Problem, SolverFailed
from siting.folders import new_file
from siting.interrupt import signals_attended
from siting.model.arrays import LinearProgram, dot
from siting.model.condense import condense
from siting.model.outcome import Basis, Outcome, Status
from siting.words import word

logger = logging.getLogger(__name__)

DEFAULT_SOLVER = "HiGHS"
# What the readers of LP and MPS files do not take in a name.
_UNFIT = re.compile(r"[^A-Za-z0-9_.|]")
_LONGEST_LABEL = 120
_value_of = attrgetter("value")
_STATUS = [highspy.HighsBasisStatus(i) for i in range(5)]
# From a vertex that keeps all limits: the primal simplex. HiGHS moves the limits apart
# against ties, by so much that the way back took minutes where the rest takes a second;
# a hundredth of that helps as well.
FROM_BASIS = {
    "simplex_strategy": 4,
    "primal_simplex_bound_perturbation_multiplier": 0.01,
    # Rows and costs are scaled already.
    "simplex_scale_strategy": 0,
}
_BY_COLUMN = int(highspy.MatrixFormat.kColwise)
_MINIMISE = int(highspy.ObjSense.kMinimize)
# With so many rows of schedules, a program is solved by interior point.
INTERIOR_ROWS = 20_000
# HiGHS drops smaller coefficients without a word: what presolve leaves of differences,
# but also a certificate beside the rent of accelerators. Where there are such, it is
# told the least that it takes.
_SMALL, _LEAST = 1e-9, 1e-12
_HIGHS: Any = highspy.Highs
_THREADS: int | None = None


def use_threads(count: int | None) -> None:
    """Set how many threads HiGHS may use in this process from now on.

    Parameters
    ----------
    count : int or None
        None: as HiGHS thinks best.
    """
    global _THREADS
    if count != _THREADS:
        # HiGHS refuses another count while the threads of an earlier solve are there.
        highspy.Highs.resetGlobalScheduler(True)
        _THREADS = count


def quiet_highs() -> Any:
    """Give an instance of HiGHS of its own, with the threads of this process."""
    highs = _HIGHS()
    highs.setOptionValue("output_flag", False)
    if _THREADS is not None:
        highs.setOptionValue("threads", _THREADS)
    return highs


def run_highs(highs: Any) -> None:
    """Run HiGHS, so that Ctrl-C ends it."""
    with signals_attended() as attend:
        if attend is None:
            highs.run()
            return

        def ask(event: Any) -> None:
            event.data_in.user_interrupt = attend()

        asking = (highs.cbSimplexInterrupt, highs.cbIpmInterrupt)
        for when in asking:
            when.subscribe(ask)
        try:
            highs.run()
        finally:
            for when in asking:
                when.unsubscribe(ask)


def keep_small(highs: Any, values: np.ndarray) -> None:
    """Have HiGHS keep coefficients that it is given next, where some are small."""
    size = np.abs(values)
    if ((size > 0) & (size <= _SMALL)).any():
        highs.setOptionValue("small_matrix_value", _LEAST)


class ArrayProblem(pulp.LpProblem):  # type: ignore[misc]
    """A PuLP minimisation problem whose content is a :class:`LinearProgram`."""

    def __init__(
        self,
        program: LinearProgram,
        name: str = "siting",
        start: Basis | None = None,
    ) -> None:
        super().__init__(name, pulp.LpMinimize)
        self.program, self.start = program, start
        self.outcome: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        # PuLP sorts its own lists by name; these keep the program's order.
        self.columns: list[Any] = []
        self.rows: list[Any] = []

    def materialise(self) -> None:
        """Make PuLP's variables and constraints from the arrays."""
        program = self.program
        names = _names(program.columns.values(), len(program.lower))
        variables = [
            pulp.LpVariable(
                name,
                None if np.isinf(lower) else float(lower),
                None if np.isinf(upper) else float(upper),
            )
            for name, lower, upper in zip(
                names, program.lower, program.upper, strict=True
            )
        ]
        self.columns = variables
        self.addVariables(variables)
        self.setObjective(
            pulp.LpAffineExpression(
                [(variables[j], float(program.cost[j])) for j in range(len(names))]
            )
        )
        members: list[list[tuple[Any, float]]] = [[] for _ in program.row_lower]
        for j, i, value in zip(
            program.owner.tolist(),
            program.index.tolist(),
            program.value.tolist(),
            strict=True,
        ):
            members[i].append((variables[j], value))
        rows = _names(program.rows.values(), len(program.row_lower))
        for i, name in enumerate(rows):
            lower, upper = program.row_lower[i], program.row_upper[i]
            sense, bound = pulp.LpConstraintLE, upper
            if lower == upper:
                sense = pulp.LpConstraintEQ
            elif np.isinf(upper):
                sense, bound = pulp.LpConstraintGE, lower
            row = pulp.LpConstraint(
                pulp.LpAffineExpression(members[i]), sense, name, float(bound)
            )
            self.addConstraint(row)
            self.rows.append(row)


def _names(blocks: Any, count: int) -> list[str]:
    names = [""] * count
    for block in blocks:
        for i in range(len(block)):
            # The number keeps names apart that are cut or differ in odd characters.
            place = block.start + i
            label = _UNFIT.sub("_", block.label(i))[:_LONGEST_LABEL]
            names[place] = f"{block.kind}_{place}_{label}"
    return names


class ArrayHiGHS(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS interface with one hand-over of arrays each way.

    Parameters
    ----------
    options
        As PuLP or HiGHS name them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(msg=False, **options)

    def buildSolverModel(self, lp: ArrayProblem) -> None:  # noqa: N802
        """Hand the whole program to HiGHS."""
        program = lp.program
        rows, columns = program.shape
        keep_small(lp.solverModel, program.value)
        lp.solverModel.passModel(
            *(columns, rows, len(program.value), _BY_COLUMN, _MINIMISE, 0.0),
            *(program.cost, program.lower, program.upper),
            *(program.row_lower, program.row_upper),
            *(program.start, program.index, program.value),
            np.zeros(columns, dtype=np.int32),
        )
        if lp.start is not None:
            basis = highspy.HighsBasis()
            basis.valid, basis.alien = True, True
            basis.col_status = [_STATUS[i] for i in lp.start.columns.tolist()]
            basis.row_status = [_STATUS[i] for i in lp.start.rows.tolist()]
            lp.solverModel.setBasis(basis)

    def callSolver(self, lp: ArrayProblem) -> None:  # noqa: N802
        """Run HiGHS on what it was handed."""
        run_highs(lp.solverModel)

    def actualResolve(self, lp: ArrayProblem, **_: Any) -> int:  # noqa: N802
        """Go on from the last optimum, after columns were added."""
        highs = lp.solverModel
        for name, value in FROM_BASIS.items():
            highs.setOptionValue(name, value)
        if self.timeLimit is not None:
            # HiGHS counts from the first run on.
            highs.setOptionValue("time_limit", highs.getRunTime() + self.timeLimit)
        self.callSolver(lp)
        return self.findSolutionValues(lp)[0]

    def findSolutionValues(self, lp: ArrayProblem) -> tuple[int, int]:  # noqa: N802
        """Read values and duals back as arrays."""
        solution = lp.solverModel.getSolution()
        lp.outcome = (
            np.asarray(solution.col_value, dtype=float),
            np.asarray(solution.row_dual, dtype=float),
            np.asarray(solution.col_dual, dtype=float),
        )
        optimal = lp.solverModel.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if optimal:
            return pulp.LpStatusOptimal, pulp.LpSolutionOptimal
        return pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound


def basis_of(highs: Any) -> Basis | None:
    """Give the basis that HiGHS ended with; None where it has none."""
    return in_arrays(highs.getBasis())


def in_arrays(basis: Any) -> Basis | None:
    """Give a basis of HiGHS as arrays; None where it is none."""
    if not basis.valid:
        return None
    columns, rows = (
        np.fromiter(map(_value_of, part), dtype=np.int8, count=len(part))
        for part in (basis.col_status, basis.row_status)
    )
    return Basis(columns, rows)


def by_interior(program: LinearProgram) -> bool:
    """Whether a program has so many schedules that it is solved by interior point."""
    hourly = sum(len(program.rows.get(kind, ())) for kind in ("burst", "reserve"))
    return hourly >= INTERIOR_ROWS


def solve_program(
    program: LinearProgram,
    solver: str = DEFAULT_SOLVER,
    time_limit_s: float | None = None,
    *,
    start: Basis | None = None,
    basis: bool = False,
    wide: bool = True,
) -> Outcome:
    """Solve a program.

    Parameters
    ----------
    program : LinearProgram
    solver : str
        ``HiGHS`` or a name that PuLP lists.
    time_limit_s : float, optional
    start : Basis, optional
        Where HiGHS starts: a basis that keeps all limits, or nearly.
    basis : bool
        Whether the basis of the optimum is wanted, which only HiGHS gives.
    wide : bool
        Whether workloads are offered all the hubs they may go to, and not a few.

    Returns
    -------
    Outcome
        In the program's own units.

    Raises
    ------
    InputError
        If PuLP does not know the solver or cannot find it.
    SolverFailed
        If the solver broke down.
    """
    own = solver == DEFAULT_SOLVER
    less = condense(program) if own else None
    if less and start:
        start = less.basis(start)
    scaled, cost_scale, row_scale = scaled_program(less.program if less else program)
    problem = ArrayProblem(scaled, start=start)
    started = time.perf_counter()
    if own:
        interior = wide and by_interior(program)
        found = with_highs(problem, time_limit_s, interior=interior)
    else:
        found = _with_other(problem, solver, time_limit_s)
    status, values, row_duals, reduced = found
    seconds = time.perf_counter() - started
    optimum = None
    objective = np.nan
    if status is Status.OPTIMAL and len(program.lower):
        row_duals, reduced = row_duals * row_scale * cost_scale, reduced * cost_scale
        if basis and own:
            optimum = basis_of(problem.solverModel)
        if less:
            values, row_duals, reduced = less.restored(values, row_duals, reduced)
            optimum = less.restored_basis(optimum) if optimum else None
        # A value may lie beyond its bound by the solver's tolerance.
        values = np.clip(values, program.lower, program.upper)
        objective = dot(program.cost, values)
    return Outcome(status, objective, values, row_duals, reduced, seconds, optimum)


def scaled_program(program: LinearProgram) -> tuple[LinearProgram, float, np.ndarray]:
    """Scale rows to a largest coefficient near 1, and the cost to middling size.

    Powers of two, so that nothing is rounded.
    """
    rows = program.shape[0]
    largest = np.zeros(rows)
    np.maximum.at(largest, program.index, np.abs(program.value))
    largest[largest == 0] = 1.0
    row_scale = np.exp2(-np.round(np.log2(largest)))
    sizes = np.abs(program.cost[program.cost != 0])
    middle = np.exp(np.mean(np.log(sizes))) if len(sizes) else 1.0
    cost_scale = float(np.exp2(np.round(np.log2(middle))))
    scaled = replace(
        program,
        cost=program.cost / cost_scale,
        row_lower=program.row_lower * row_scale,
        row_upper=program.row_upper * row_scale,
        value=program.value * row_scale[program.index],
    )
    return scaled, cost_scale, row_scale


Solved = tuple[Status, np.ndarray, np.ndarray, np.ndarray]

_HIGHS_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
}


def status_of(highs: Any) -> Status:
    """How a solve by HiGHS ended."""
    return _HIGHS_STATUS.get(highs.getModelStatus(), Status.FAILED)


def with_highs(
    problem: ArrayProblem,
    time_limit_s: float | None,
    *,
    interior: bool,
) -> Solved:
    """Solve a problem, in more ways than one where HiGHS gives no answer.

    Parameters
    ----------
    problem : ArrayProblem
    time_limit_s : float or None
        For all of them together.
    interior : bool
        Whether to begin with the interior point method.
    """
    # Presolve can lose its way on badly conditioned data, the plain simplex rarely;
    # what neither can prove infeasible the interior point method often can.
    tries: list[dict[str, Any]] = [{}, {"presolve": "off"}, {"solver": "ipm"}]
    if problem.start is not None:
        tries.insert(0, FROM_BASIS)
    elif interior:
        tries.insert(0, tries.pop())
    started = time.perf_counter()
    for options in tries:
        left = time_limit_s
        if left is not None:
            left = max(0.0, left - (time.perf_counter() - started))
        solver = ArrayHiGHS(threads=_THREADS, timeLimit=left, **options)
        problem.solve(solver)
        status = status_of(problem.solverModel)
        if status is not Status.FAILED:
            break
        logger.info("HiGHS ended without an answer with %s", options)
        problem.start = None
    assert problem.outcome is not None
    return status, *problem.outcome


def available_solvers() -> list[str]:
    """Names of the solvers that PuLP finds on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return sorted(pulp.listSolvers(onlyAvailable=True))


def find_solver(name: str) -> str:
    """Return the name of a solver that can be used, in whatever case it is given.

    Raises
    ------
    InputError
        With the nearest name, or the solvers that are there.
    """
    if name.casefold() == DEFAULT_SOLVER.casefold():
        # It comes with this package; to look for the others takes time.
        return DEFAULT_SOLVER
    known = available_solvers()
    folded = {found.casefold(): found for found in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.4)
    hint = word("Did you mean '{match}'?", match=folded[near[0]]) + " " if near else ""
    message = word("no solver '{name}' was found", name=name)
    remedy = hint + word("Available: {known}.", known=", ".join(known))
    raise InputError([Problem("solver", None, None, message, remedy)])


def _with_other(problem: ArrayProblem, name: str, time_limit_s: float | None) -> Solved:
    problem.materialise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        solver = pulp.getSolver(find_solver(name), msg=False, timeLimit=time_limit_s)
        started = time.perf_counter()
        try:
            problem.solve(solver)
        except pulp.PulpError as error:
            message = word("{name} failed: {error}", name=name, error=error)
            raise SolverFailed(message) from error
    spent = time.perf_counter() - started
    late = time_limit_s is not None and spent >= time_limit_s
    status = {
        pulp.LpStatusOptimal: Status.OPTIMAL,
        pulp.LpStatusInfeasible: Status.INFEASIBLE,
        pulp.LpStatusUnbounded: Status.UNBOUNDED,
    }.get(problem.status, Status.FAILED)
    if late and status is not Status.INFEASIBLE:
        status = Status.TIME_LIMIT
    values = np.array([column.varValue or 0.0 for column in problem.columns])
    reduced = np.array([column.dj or 0.0 for column in problem.columns])
    duals = np.array([row.pi or 0.0 for row in problem.rows])
    return status, values, duals, reduced


def write_model(program: LinearProgram, path: Path, kind: str) -> None:
    """Write a program, in CNY, MW and Gbps, as an LP or MPS file.

    Parameters
    ----------
    program : LinearProgram
    path : Path
    kind : {"lp", "mps"}
    """
    problem = ArrayProblem(program)
    problem.materialise()
    with new_file(path, overwrite=True) as beside:
        if kind == "lp":
            problem.writeLP(str(beside), max_length=255)
        else:
            problem.writeMPS(str(beside))
