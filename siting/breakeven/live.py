"""A program that stays in the solver while its costs change and columns are added."""

from typing import Any

import numpy as np

from siting.model.arrays import Block, LinearProgram
from siting.model.outcome import Outcome, Status
from siting.solver import ArrayHiGHS, ArrayProblem, scaled_program, status_of

TOLERANCE = 1e-9


class Live:
    """A solved program, to be solved again from its last optimum.

    Parameters
    ----------
    program : LinearProgram
        It must have an optimum.
    before : Live, optional
        The same program with fewer paths; its optimum is the start.
    """

    def __init__(self, program: LinearProgram, before: "Live | None" = None) -> None:
        self.program = program
        scaled, _, self._row_scale = scaled_program(program)
        problem = ArrayProblem(scaled)
        basis = None if before is None else before.carried(program)
        problem.solve(_Started(basis))
        self._highs: Any = problem.solverModel

    def solve(self, cost: np.ndarray) -> Outcome:
        """Solve with other costs."""
        count = len(cost)
        index = np.arange(count, dtype=np.int32)
        scale = _scale(cost)
        self._highs.changeColsCost(count, index, cost / scale)
        self._highs.run()
        if status_of(self._highs) is not Status.OPTIMAL:
            self._highs.clearSolver()
            self._highs.run()
        solution = self._highs.getSolution()
        values = np.array(solution.col_value, dtype=float)
        return Outcome(
            status_of(self._highs),
            float(cost @ values) if len(values) else np.nan,
            values,
            np.array(solution.row_dual, dtype=float) * self._row_scale * scale,
            np.array(solution.col_dual, dtype=float) * scale,
            0.0,
        )

    def carried(self, program: LinearProgram) -> Any:
        """Give the state of the solver for a program with more paths."""
        basis = self._highs.getBasis()
        if not basis.valid or not len(basis.col_status):
            return None
        kind = type(basis.col_status[0])
        columns = _carried(
            self.program.columns, program.columns, basis.col_status, kind.kLower
        )
        rows = _carried(self.program.rows, program.rows, basis.row_status, kind.kBasic)
        basis.col_status, basis.row_status = columns, rows
        return basis


class _Started(ArrayHiGHS):
    """HiGHS with a given state to start from."""

    def __init__(self, basis: Any) -> None:
        super().__init__(
            msg=False,
            primal_feasibility_tolerance=TOLERANCE,
            dual_feasibility_tolerance=TOLERANCE,
        )
        self._basis = basis

    def buildSolverModel(self, lp: ArrayProblem) -> None:  # noqa: N802
        super().buildSolverModel(lp)
        if self._basis is not None:
            lp.solverModel.setBasis(self._basis)


def _carried(
    old: dict[str, Block], new: dict[str, Block], status: Any, fresh: Any
) -> list[Any]:
    """Give every member of new blocks the state it had, new ones a fresh one."""
    count = max((block.stop for block in new.values()), default=0)
    states = [fresh] * count
    for kind, block in new.items():
        before = old.get(kind)
        if before is None:
            continue
        places = np.arange(len(block))
        if len(before) != len(block):
            place_of = {key: i for i, key in enumerate(_keys(before))}
            places = np.array([place_of.get(key, -1) for key in _keys(block)])
        for member, place in enumerate(places.tolist()):
            if place >= 0:
                states[block.start + member] = status[before.start + place]
    return states


def _keys(block: Block) -> list[tuple[int, ...]]:
    return list(zip(*(values.tolist() for values in block.keys.values()), strict=True))


def _scale(cost: np.ndarray) -> float:
    """A power of two of middling size, as for a program solved once."""
    sizes = np.abs(cost[cost != 0])
    if not len(sizes):
        return 1.0
    return float(np.exp2(np.round(np.log2(np.exp(np.mean(np.log(sizes)))))))
