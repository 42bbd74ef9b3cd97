r"""Schedules are generated until none is missing (Dantzig and Wolfe, 1960).

With :math:`\pi` the duals of the shared rows and :math:`\sigma_w` that of
:math:`\sum_s \theta_{ws} = 1`, the cheapest schedule of a workload costs
:math:`v_w(\pi)`, and

.. math:: z + \sum_w \min(0, v_w(\pi) - \sigma_w)

is a lower bound on the optimum of the whole program, of which :math:`z` is an upper.
Duals of the best bound and of the last program are blended (Wentges, 1997).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.decompose.blocks import Blocks, Rest
from siting.decompose.master import Chosen, Master, columns_of
from siting.decompose.pool import Pool
from siting.decompose.schedule import Schedule
from siting.model.arrays import dot
from siting.model.build import Model
from siting.model.outcome import Outcome, Status

logger = logging.getLogger(__name__)

# With so many rows of their own, movable workloads are taken out of the program.
MANY_ROWS = 10_000
# Relative gap at most if no schedule is missing.
LARGEST_GAP = 1e-7
MOST_TURNS = 300
# Schedules are sought at duals between the last ones and the best: those of a program
# over few schedules swing.
NEAR_BEST = 0.6
ROUNDING = 1e-10
# Excess, in parts of the limits, within the solver's accuracy; and beyond doubt.
KEPT, BROKEN = 1e-7, 1e-5
TimeLeft = Callable[[], float | None]


def solve_by_schedules(model: Model, pool: Pool, left: TimeLeft) -> Outcome | None:
    """Solve a program of movable workloads that reserve what they draw most.

    Parameters
    ----------
    model : Model
    pool : Pool
        Schedules to start from; left with those that were chosen.
    left : callable
        Seconds left, or None.

    Returns
    -------
    Outcome or None
        Without a basis. None where the program is small or of another form, and where
        it is not clear whether it can be solved.
    """
    started = time.perf_counter()
    blocks = Blocks.of(model)
    if blocks is None or blocks.reserve.size < MANY_ROWS:
        return None
    rest = Rest.of(model.program, blocks)
    if rest is None:
        return None
    search = _Search(model, rest, pool, left)
    outcome = search.run()
    if outcome is None:
        return None
    return replace(outcome, seconds=time.perf_counter() - started)


@dataclass(frozen=True, eq=False)
class _Point:
    """Duals of the shared rows, the cheapest schedules there, and the bound."""

    row_duals: np.ndarray
    reduced_costs: np.ndarray
    schedules: list[Schedule]
    bound: float


class _Search:
    """One program on its way to the optimum."""

    def __init__(self, model: Model, rest: Rest, pool: Pool, left: TimeLeft) -> None:
        self.model, self.pool, self.left = model, pool, left
        self.rest, self.blocks = rest, rest.blocks
        self.schedulers = pool.schedulers(self.blocks)
        self.master = Master(rest)

    def run(self) -> Outcome | None:
        """Find the optimum; None where it is not clear that there is one."""
        best = self.begin()
        outcome = self.master.solve(self.left())
        if outcome.status is Status.INFEASIBLE:
            status = self.keep_limits()
            if status is not Status.OPTIMAL:
                return _nothing(self.rest, status) if status else None
            outcome = self.master.solve(self.left())
        for turn in range(MOST_TURNS):
            if outcome.status is Status.TIME_LIMIT:
                return _nothing(self.rest, outcome.status)
            if outcome.status is not Status.OPTIMAL:
                return None
            best, found = self.ask(best, outcome)
            gap = (outcome.objective - best.bound) / max(1.0, abs(best.bound))
            logger.debug("turn %d: %.10g, gap %.1e", turn, outcome.objective, gap)
            if gap <= self.pool.target or (gap <= LARGEST_GAP and not found):
                return self.finish(outcome, best)
            if not found:
                return None
            self.master.add(found)
            outcome = self.master.solve(self.left())
        return None

    def begin(self) -> _Point | None:
        """Give every block a schedule, or its share is nowhere.

        Returns
        -------
        _Point or None
            What is proven by duals that are known from another program.
        """
        known, cost = self.pool.of(self.blocks), self.rest.program.cost
        self.master.add(known)
        duals = self.pool.duals(self.model, self.blocks)
        if duals is not None:
            duals, sound = self.rest.guessed(duals)
            here = self.point(cost, duals)
            self.master.add(list(enumerate(here.schedules)))
            return here if sound else None
        there = {block for block, _ in known}
        fresh = [block for block in range(len(self.blocks)) if block not in there]
        self.master.add([(block, self.cheapest(block, cost)) for block in fresh])
        return None

    def ask(self, best: _Point | None, outcome: Outcome) -> tuple[_Point, list[Chosen]]:
        """Find the best bound so far, and the schedules that are missing."""
        cost = self.rest.program.cost
        last = outcome.row_duals[: self.rest.program.shape[0]]
        if best is not None:
            blend = NEAR_BEST * best.row_duals + (1.0 - NEAR_BEST) * last
            here = self.point(cost, blend)
            best = max(best, here, key=lambda point: point.bound)
            found = self.better(here.schedules, cost, outcome)
            if found:
                return best, found
        here = self.point(cost, last)
        if best is None or here.bound > best.bound:
            best = here
        return best, self.better(here.schedules, cost, outcome)

    def keep_limits(self) -> Status | None:
        """Add schedules until all limits are kept.

        Returns
        -------
        Status or None
            Optimal where they are, infeasible where they cannot be, None where it is
            not clear.
        """
        rows, columns = self.rest.program.shape
        nothing = np.zeros(columns)
        for _ in range(MOST_TURNS):
            outcome = self.master.least_excess(self.left())
            if outcome.status is not Status.OPTIMAL:
                return None if outcome.status is Status.FAILED else outcome.status
            if outcome.objective <= KEPT:
                return Status.OPTIMAL
            here = self.point(nothing, outcome.row_duals[:rows])
            if here.bound > BROKEN:
                return Status.INFEASIBLE
            found = self.better(here.schedules, nothing, outcome)
            if not found:
                return None
            self.master.add(found)
        return None

    def cheapest(self, block: int, reduced: np.ndarray) -> Schedule:
        """Find the cheapest schedule of a MW of a block at reduced costs."""
        blocks, pairs = self.blocks, self.blocks.pairs(block)
        held = np.maximum(reduced[blocks.reserved[pairs]], 0.0)
        lost = None
        if blocks.unserved is not None:
            lost = reduced[blocks.unserved[block]]
        drawn = reduced[blocks.draw[pairs]]
        return self.schedulers[block].cheapest(drawn, held, lost)

    def point(self, cost: np.ndarray, row_duals: np.ndarray) -> _Point:
        """Find what the duals of the shared rows prove."""
        rest = self.rest
        row_duals = rest.tightened(cost, row_duals)
        reduced = rest.priced(cost, row_duals)
        schedules = [self.cheapest(block, reduced) for block in range(len(self.blocks))]
        # Columns of the blocks have no upper limit: they add nothing to the rest.
        bound = rest.program.proven(row_duals, reduced)
        bound += float(self.blocks.it_mw @ [s.cost for s in schedules])
        return _Point(row_duals, reduced, schedules, bound)

    def better(
        self, schedules: list[Schedule], cost: np.ndarray, outcome: Outcome
    ) -> list[Chosen]:
        """Choose the schedules that are cheaper than those known, one of each block."""
        blocks, rows = self.blocks, self.rest.program.shape[0]
        row_duals = self.rest.tightened(cost, outcome.row_duals[:rows])
        reduced = self.rest.priced(cost, row_duals)
        worth = outcome.row_duals[rows:]
        columns, amounts = columns_of(blocks, list(enumerate(schedules)))
        price = np.array(
            [dot(reduced[c], a) for c, a in zip(columns, amounts, strict=True)]
        )
        least = ROUNDING * np.maximum(np.abs(worth), np.abs(price))
        some = np.flatnonzero(price < worth - least)
        return [(block, schedules[block]) for block in some.tolist()]

    def finish(self, outcome: Outcome, best: _Point) -> Outcome:
        """Give the optimum of the whole program."""
        rest, blocks, master = self.rest, self.blocks, self.master
        own = np.zeros(rest.whole.shape[0])
        for block, schedule in enumerate(best.schedules):
            pairs = blocks.pairs(block)
            own[blocks.demand[block]] = schedule.worth
            cost = best.reduced_costs[blocks.draw[pairs]]
            own[blocks.reserve[pairs]] = np.maximum(schedule.worth - cost, 0.0)
        values, duals, reduced = rest.restored(
            master.values(outcome), best.row_duals, own
        )
        used = master.used(outcome)
        self.pool.keep(self.model, blocks, self.schedulers, used, duals)
        values = np.clip(values, rest.whole.lower, rest.whole.upper)
        objective = dot(rest.whole.cost, values)
        return Outcome(Status.OPTIMAL, objective, values, duals, reduced, 0.0)


def _nothing(rest: Rest, status: Status) -> Outcome:
    """Say how it ended without an optimum."""
    rows, columns = rest.whole.shape
    empty = np.zeros(columns)
    return Outcome(status, np.nan, empty, np.zeros(rows), empty, 0.0)
