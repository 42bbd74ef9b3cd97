"""Peers that take the programme as a sparse matrix: HiGHS, SciPy, PDLP."""

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from benchmarks.clock import Clock
from benchmarks.program import Program

Found = tuple[float, np.ndarray]


def _sparse(program: Program) -> tuple[csc_matrix, np.ndarray, int]:
    row, column, value, right = program.matrix()
    shape = (len(right), program.cost.size)
    return csc_matrix((value, (row, column)), shape), right, program.demand_mw.size


def highs(program: Program, clock: Clock, limit_s: float, method: str) -> Found:
    """Solve by bare HiGHS: ``choose``, ``simplex``, ``ipm`` or ``hipo``."""
    import highspy

    with clock.phase("build"):
        matrix, right, equal = _sparse(program)
        lower = np.full(len(right), -np.inf)
        lower[:equal] = right[:equal]
    with clock.phase("hand_over"):
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = matrix.shape
        model.col_cost_ = program.cost.ravel()
        model.col_lower_ = np.zeros(matrix.shape[1])
        model.col_upper_ = np.full(matrix.shape[1], np.inf)
        model.row_lower_, model.row_upper_ = lower, right
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = matrix.indptr
        model.a_matrix_.index_ = matrix.indices
        model.a_matrix_.value_ = matrix.data
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("solver", method)
        solver.setOptionValue("time_limit", limit_s)
        solver.passModel(model)
    with clock.phase("solve"):
        solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise TimeoutError(solver.modelStatusToString(status))
    with clock.phase("read_back"):
        values = np.array(solver.getSolution().col_value)
    return solver.getInfo().objective_function_value, values


def linprog(program: Program, clock: Clock, limit_s: float) -> Found:
    """Solve by ``scipy.optimize.linprog``."""
    from scipy.optimize import linprog as solve

    with clock.phase("build"):
        matrix, right, equal = _sparse(program)
        rows = csr_matrix(matrix)
    with clock.phase("solve"):
        found = solve(
            program.cost.ravel(),
            A_ub=rows[equal:],
            b_ub=right[equal:],
            A_eq=rows[:equal],
            b_eq=right[:equal],
            method="highs",
            options={"time_limit": limit_s},
        )
    if found.status != 0:
        raise TimeoutError(found.message)
    return float(found.fun), np.asarray(found.x)


def pdlp(program: Program, clock: Clock, limit_s: float) -> Found:
    """Solve by OR-Tools' first-order method, to a relative gap of 1e-6."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp as engine

    with clock.phase("build"):
        matrix, right, equal = _sparse(program)
        lower = np.full(len(right), -np.inf)
        lower[:equal] = right[:equal]
    with clock.phase("hand_over"):
        model = engine.QuadraticProgram()
        model.objective_vector = program.cost.ravel()
        model.constraint_matrix = matrix
        model.constraint_lower_bounds = lower
        model.constraint_upper_bounds = right
        model.variable_lower_bounds = np.zeros(matrix.shape[1])
        model.variable_upper_bounds = np.full(matrix.shape[1], np.inf)
        options = solvers_pb2.PrimalDualHybridGradientParams()
        criteria = options.termination_criteria
        criteria.time_sec_limit = limit_s
        wanted = criteria.simple_optimality_criteria
        wanted.eps_optimal_relative = wanted.eps_optimal_absolute = 1e-6
        options.num_threads = 2
    with clock.phase("solve"):
        found = engine.primal_dual_hybrid_gradient(model, options)
    reason = found.solve_log.termination_reason
    if reason != solve_log_pb2.TERMINATION_REASON_OPTIMAL:
        raise TimeoutError(solve_log_pb2.TerminationReason.Name(reason))
    with clock.phase("read_back"):
        values = np.asarray(found.primal_solution)
    return float(program.cost.ravel() @ values), values
