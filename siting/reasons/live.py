"""A program that stays in the solver, to be solved again after small changes."""

from typing import Any

import highspy
import numpy as np

from siting.errors import SolverFailed
from siting.model.arrays import LinearProgram, dot
from siting.model.outcome import Basis, Outcome, Status
from siting.solver import (
    FROM_BASIS,
    ArrayHiGHS,
    ArrayProblem,
    in_arrays,
    keep_small,
    quiet_highs,
    run_highs,
    scaled_program,
    status_of,
)
from siting.words import word

TOLERANCE, NOISE = 1e-9, 1e-12
# A program over so many MW of single periods is solved by interior point at first: 9 s
# where the simplex took 110.
MANY_SCHEDULES = 20_000
Weights = tuple[np.ndarray, np.ndarray]


class LiveProgram:
    """A solved program, and one more column, the *handle*, that moves its limits.

    Parameters
    ----------
    program : LinearProgram
        It must have an optimum.
    start : Basis, optional
        A vertex of the program.

    Attributes
    ----------
    outcome : Outcome
        The optimum of the program as it was given.
    spare : ndarray of shape (rows,)
        How far each row is from a bound there.
    """

    def __init__(self, program: LinearProgram, start: Basis | None = None) -> None:
        self.program = program
        scaled, self._cost_scale, self._row_scale = scaled_program(program)
        self._highs = _solved(scaled, start)
        self._place = len(program.lower)
        self._cost = scaled.cost
        self._size, self._more_rows = 0.0, 0
        self._aim = 0.0
        self.outcome = self._outcome()
        if self.outcome.status is not Status.OPTIMAL:
            message = word(
                "the program could not be solved again ({status})",
                status=self.outcome.status,
            )
            raise SolverFailed(message)
        self._basis = self._highs.getBasis()
        value = np.array(self._highs.getSolution().row_value) / self._row_scale
        spare = np.minimum(program.row_upper - value, value - program.row_lower)
        self.spare = np.maximum(spare, 0.0)

    @property
    def basis(self) -> Basis | None:
        """The vertex of the optimum of the program as it was given."""
        return in_arrays(self._basis)

    @property
    def noise(self) -> float:
        """Difference of the objective that is within the solver's accuracy."""
        return NOISE * abs(self.outcome.objective) + TOLERANCE * self._cost_scale

    def hold(
        self, rows: np.ndarray, amounts: np.ndarray, least: Weights | None = None
    ) -> None:
        """Add the handle: a unit of it raises the bounds of rows by these amounts.

        An earlier handle is taken away, and the first optimum is the start again.

        Parameters
        ----------
        rows : ndarray of int
        amounts : ndarray
        least : tuple of ndarray, optional
            Columns and weights of one more row: their sum is at least the handle.
        """
        self.release()
        if least is not None:
            columns, weights = least
            count = len(columns)
            keep_small(self._highs, weights)
            self._highs.addRow(
                0.0, highspy.kHighsInf, count, columns.astype(np.int32), weights
            )
            rows = np.append(rows, len(self._row_scale))
            amounts = np.append(amounts, 1.0)
            self._more_rows = 1
        scale = np.append(self._row_scale, 1.0)
        values = -amounts * scale[rows]
        # The column's largest coefficient is 1, whatever the unit of the limit.
        self._size = 1.0 / float(np.abs(values).max())
        index, values = rows.astype(np.int32), values * self._size
        keep_small(self._highs, values)
        self._highs.addCol(0.0, 0.0, 0.0, len(index), index, values)

    def release(self) -> None:
        """Take the handle away and go back to the first optimum."""
        self._goal(0.0)
        if self._size:
            self._highs.deleteCols(1, np.array([self._place], dtype=np.int32))
        if self._more_rows:
            last = len(self._row_scale)
            self._highs.deleteRows(1, np.array([last], dtype=np.int32))
        self._size, self._more_rows = 0.0, 0
        self._highs.setBasis(self._basis)

    def solve(self, lower: float, upper: float, *, aim: float = 0.0) -> Outcome:
        """Solve with the handle between two values.

        Parameters
        ----------
        lower, upper : float
        aim : float
            0: the program's own objective; 1 or -1: the least or largest value of
            the handle, whatever it costs.

        Returns
        -------
        Outcome
            With the handle as its last column.
        """
        self._highs.changeColBounds(self._place, lower / self._size, upper / self._size)
        self._goal(aim)
        run_highs(self._highs)
        outcome = self._outcome()
        wrong = {Status.FAILED}
        if not aim:
            # Bounds that move leave the multipliers that bound the objective.
            wrong.add(Status.UNBOUNDED)
        if lower <= 0.0 <= upper:
            # The first optimum is among the plans.
            wrong.add(Status.INFEASIBLE)
        if outcome.status in wrong:
            # So it says from the last basis, by rounding; it may not from none.
            self._highs.clearSolver()
            run_highs(self._highs)
            outcome = self._outcome()
        return outcome

    def _goal(self, aim: float) -> None:
        """Set the costs of all columns, if they are to change."""
        if aim == self._aim:
            return
        count = self._place
        cost = np.zeros(count) if aim else self._cost
        self._highs.changeColsCost(count, np.arange(count, dtype=np.int32), cost)
        if self._size:
            self._highs.changeColCost(count, aim)
        self._aim = aim

    def _outcome(self) -> Outcome:
        solution = self._highs.getSolution()
        values = np.array(solution.col_value, dtype=float)
        reduced = np.array(solution.col_dual, dtype=float)
        duals = np.array(solution.row_dual, dtype=float)
        scale = 1.0 if self._aim else self._cost_scale
        if self._size and len(values):
            values[-1] *= self._size
            reduced[-1] /= self._size
        objective = np.nan
        if len(values):
            objective = dot(self.program.cost, values[: self._place])
        return Outcome(
            status_of(self._highs),
            objective,
            values,
            duals[: len(self._row_scale)] * self._row_scale * scale,
            reduced * scale,
            0.0,
        )


def _solved(scaled: LinearProgram, start: Basis | None) -> Any:
    """Solve a program, and give the solver ready for changes of it.

    Where a first way gives no answer the plain simplex may, which is also what goes on
    from the optimum.
    """
    problem = ArrayProblem(scaled, start=start)
    ways: list[dict[str, Any]] = [{}]
    if start is not None:
        ways.insert(0, FROM_BASIS)
    elif len(scaled.columns.get("draw", ())) >= MANY_SCHEDULES:
        ways.insert(0, {"solver": "ipm"})
    for options in ways:
        solver = ArrayHiGHS(
            primal_feasibility_tolerance=TOLERANCE,
            dual_feasibility_tolerance=TOLERANCE,
            **options,
        )
        problem.solve(solver)
        if status_of(problem.solverModel) is Status.OPTIMAL:
            break
        problem.start = None
    highs: Any = problem.solverModel
    if ways[0]:
        usual = quiet_highs()
        for name in ways[0]:
            highs.setOptionValue(name, usual.getOptionValue(name)[1])
    return highs
