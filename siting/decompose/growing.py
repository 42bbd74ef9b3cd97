"""A program that stays in HiGHS while columns are added to it."""

import numpy as np

from siting.model.arrays import LinearProgram, dot
from siting.model.outcome import Basis, Outcome, Status
from siting.solver import (
    ArrayHiGHS,
    ArrayProblem,
    basis_of,
    keep_small,
    scaled_program,
    status_of,
    with_highs,
)


class Growing:
    """Solves a program again and again, each time from the last optimum on.

    Parameters
    ----------
    program : LinearProgram
        As it begins.
    start : Basis or None
        Where it starts.
    """

    def __init__(self, program: LinearProgram, start: Basis | None) -> None:
        scaled, self._cost_scale, self._row_scale = scaled_program(program)
        self._problem = ArrayProblem(scaled, start=start)
        self._known = 0

    def solve(self, program: LinearProgram, time_limit_s: float | None) -> Outcome:
        """Solve what it has grown to.

        Parameters
        ----------
        program : LinearProgram
            New columns follow those that there were.
        time_limit_s : float or None
        """
        problem = self._problem
        if self._known:
            self._add(program)
            ArrayHiGHS(timeLimit=time_limit_s).actualResolve(problem)
        else:
            with_highs(problem, time_limit_s, interior=False)
        self._known = program.shape[1]
        status, objective = status_of(problem.solverModel), np.nan
        assert problem.outcome is not None
        values, row_duals, reduced = problem.outcome
        if status is Status.OPTIMAL:
            row_duals = row_duals * self._row_scale * self._cost_scale
            reduced = reduced * self._cost_scale
            # A value may lie beyond its bound by the solver's tolerance.
            values = np.clip(values, program.lower, program.upper)
            objective = dot(program.cost, values)
        return Outcome(status, objective, values, row_duals, reduced, 0.0)

    @property
    def basis(self) -> Basis | None:
        """Where the last solve ended."""
        return basis_of(self._problem.solverModel)

    def _add(self, program: LinearProgram) -> None:
        """Hand over the columns that are new."""
        first, highs = self._known, self._problem.solverModel
        begin = int(program.start[first])
        index = program.index[begin:]
        value = program.value[begin:] * self._row_scale[index]
        keep_small(highs, value)
        highs.addCols(
            program.shape[1] - first,
            program.cost[first:] / self._cost_scale,
            program.lower[first:],
            program.upper[first:],
            len(index),
            program.start[first:-1] - begin,
            index,
            value,
        )
