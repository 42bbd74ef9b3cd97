"""What a solver gives back."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from siting.model.arrays import Block


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time-limit"
    FAILED = "failed"


# As HiGHS numbers the statuses of a basis.
AT_LOWER, BASIC, AT_UPPER = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Basis:
    """Status of every column and row at a vertex.

    Attributes
    ----------
    columns, rows : ndarray of int8
        :data:`AT_LOWER`, :data:`BASIC`, :data:`AT_UPPER` or another of HiGHS's numbers.
    """

    columns: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Outcome:
    """Values and duals of a solved program.

    Attributes
    ----------
    values, reduced_costs : ndarray of shape (columns,)
    row_duals : ndarray of shape (rows,)
        Change of the objective for each unit that a row's bound rises.
    basis : Basis or None
        None where the solver gave no vertex.
    """

    status: Status
    objective: float
    values: np.ndarray
    row_duals: np.ndarray
    reduced_costs: np.ndarray
    seconds: float
    basis: Basis | None = None

    def multipliers(self, block: Block) -> np.ndarray:
        """Lagrange multipliers (at least 0) of a block of inequality rows."""
        return np.maximum(-block.sign * self.row_duals[block.slice], 0.0)
