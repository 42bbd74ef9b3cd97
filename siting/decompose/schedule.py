r"""The cheapest schedule of one movable workload under given prices.

.. math::

   \min \sum_{h,t} c_{ht} x_{ht} + \sum_h R_h r_h + \sum_t M_t u_t, \quad
   \sum_h x_{ht} + u_t = f_t, \quad r_h \ge x_{ht}

with :math:`f` the demand of a MW. Its dual is to choose what each period is worth,

.. math::

   \max_\lambda \sum_t f_t \lambda_t, \quad
   \sum_t (\lambda_t - c_{ht})^+ \le R_h, \quad \lambda_t \le M_t

so a hub that is left out is not missed if it keeps its row.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from siting.errors import SolverFailed
from siting.model.outcome import Status
from siting.solver import quiet_highs, status_of
from siting.words import word

# Hubs that a workload is first offered.
FIRST = 4
MORE = 3
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Schedule:
    """What one MW of a workload does.

    Attributes
    ----------
    cost : float
    worth : ndarray of shape (periods,)
        What a MW is worth in each period.
    hub : ndarray of int of shape (used,)
    draw : ndarray of shape (used, periods)
        MW.
    reserved : ndarray of shape (used,)
        MW.
    unserved : ndarray of shape (periods,)
        MW.
    """

    cost: float
    worth: np.ndarray
    hub: np.ndarray
    draw: np.ndarray
    reserved: np.ndarray
    unserved: np.ndarray


class Scheduler:
    """Finds the cheapest schedule again and again, from the last one on.

    Parameters
    ----------
    hubs : ndarray of int
        Where the workload may be.
    factor : ndarray of shape (periods,)
        Demand of each period, per MW.
    keeps : bool
        Whether its program stays in HiGHS, which takes a third of the time, but memory.
    """

    def __init__(
        self, hubs: np.ndarray, factor: np.ndarray, *, keeps: bool = True
    ) -> None:
        self._hubs, self._factor, self._keeps = hubs, factor, keeps
        # Positions of the hubs that are worth while.
        self._offered = np.zeros(0, dtype=int)
        self._highs: Any = None
        self._basis: Any = None

    def fits(self, hubs: np.ndarray, factor: np.ndarray) -> bool:
        """Whether it is for workloads that may be there and have this demand."""
        same = np.array_equal(self._hubs, hubs)
        return same and np.array_equal(self._factor, factor)

    def copy(self, *, keeps: bool) -> "Scheduler":
        """Make another one, which starts where this one is."""
        other = Scheduler(self._hubs, self._factor, keeps=keeps)
        other._offered = self._offered
        if self._highs is not None:
            other._basis = self._highs.getBasis()
        return other

    def cheapest(
        self, cost: np.ndarray, held: np.ndarray, missing: np.ndarray | None
    ) -> Schedule:
        """Find the cheapest schedule.

        Parameters
        ----------
        cost : ndarray of shape (hubs, periods)
            Of a MW drawn.
        held : ndarray of shape (hubs,)
            Of a MW reserved, at least 0.
        missing : ndarray of shape (periods,) or None
            Of a MW not served; None where all has to be.

        Raises
        ------
        SolverFailed
            If HiGHS gives no optimum, which always exists.
        """
        factor = self._factor
        if not len(self._offered):
            alone = cost @ factor + held * factor.max()
            self._offer(np.argsort(alone, kind="stable")[:FIRST])
        scale = float(np.abs(cost).mean()) or 1.0
        while True:
            values, worth = self._solve(cost / scale, held / scale, missing, scale)
            over = np.maximum(worth - cost / scale, 0.0).sum(axis=1) - held / scale
            over[self._offered] = -np.inf
            worst = np.argsort(-over, kind="stable")[:MORE]
            more = worst[over[worst] > ROUNDING * (1.0 + held[worst] / scale)]
            if not len(more):
                if not self._keeps:
                    self._highs = None
                return self._read(cost, held, missing, values, worth * scale)
            self._offer(more)

    def _offer(self, hubs: np.ndarray) -> None:
        self._offered = np.append(self._offered, hubs)
        self._highs = self._basis = None

    def _solve(
        self,
        cost: np.ndarray,
        held: np.ndarray,
        missing: np.ndarray | None,
        scale: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values of all columns, and duals of the demand rows."""
        priced = [cost[self._offered].ravel(), held[self._offered]]
        if missing is not None:
            priced.append(missing / scale)
        objective = np.concatenate(priced)
        if self._highs is None:
            self._highs = _program(
                self._factor, len(self._offered), missing is not None
            )
            if self._basis is not None:
                self._highs.setBasis(self._basis)
                self._basis = None
        highs = self._highs
        count = len(objective)
        highs.changeColsCost(count, np.arange(count, dtype=np.int32), objective)
        highs.run()
        if status_of(highs) is not Status.OPTIMAL:
            # From the last optimum HiGHS may lose its way, from scratch it does not.
            highs.clearSolver()
            highs.run()
        if status_of(highs) is not Status.OPTIMAL:
            message = word("HiGHS found no schedule of a movable workload")
            raise SolverFailed(message)
        solution = highs.getSolution()
        values = np.asarray(solution.col_value, dtype=float)
        duals = np.asarray(solution.row_dual, dtype=float)
        return values, duals[: len(self._factor)]

    def _read(
        self,
        cost: np.ndarray,
        held: np.ndarray,
        missing: np.ndarray | None,
        values: np.ndarray,
        worth: np.ndarray,
    ) -> Schedule:
        hubs, periods = len(self._offered), len(self._factor)
        values = np.maximum(values, 0.0)
        draw = values[: hubs * periods].reshape(hubs, periods)
        unserved = np.zeros(periods)
        if missing is not None:
            unserved = values[hubs * (periods + 1) :]
        reserved = draw.max(axis=1)
        used = np.flatnonzero(reserved > 0)
        hub = self._offered[used]
        total = float((cost[hub] * draw[used]).sum() + held[hub] @ reserved[used])
        if missing is not None:
            total += float(missing @ unserved)
        return Schedule(
            total, worth, self._hubs[hub], draw[used], reserved[used], unserved
        )


def _program(factor: np.ndarray, hubs: int, drops: bool) -> Any:
    """Make the program of a schedule over some hubs; costs are set later."""
    periods = len(factor)
    drawn = hubs * periods
    columns = drawn + hubs + (periods if drops else 0)
    each = np.arange(drawn)
    # A MW drawn counts for the demand of its period, and below what is reserved.
    index = [np.column_stack([each % periods, periods + each]).ravel(), periods + each]
    value = [np.tile([1.0, -1.0], drawn), np.ones(drawn)]
    count = [np.full(drawn, 2), np.full(hubs, periods)]
    if drops:
        index.append(np.arange(periods))
        value.append(np.ones(periods))
        count.append(np.ones(periods, dtype=int))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns, periods + drawn
    program.col_cost_ = np.zeros(columns)
    program.col_lower_ = np.zeros(columns)
    program.col_upper_ = np.full(columns, np.inf)
    program.row_lower_ = np.append(factor, np.zeros(drawn))
    program.row_upper_ = np.append(factor, np.full(drawn, np.inf))
    matrix = program.a_matrix_
    matrix.start_ = np.append(0, np.cumsum(np.concatenate(count)))
    matrix.index_, matrix.value_ = np.concatenate(index), np.concatenate(value)
    highs = quiet_highs()
    for side in ("primal", "dual"):
        highs.setOptionValue(f"{side}_feasibility_tolerance", ROUNDING)
    highs.passModel(program)
    return highs
