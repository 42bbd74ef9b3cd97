r"""Schedules are generated until none is missing (Dantzig and Wolfe, 1960).

With :math:`\pi` the duals of the shared rows and :math:`\sigma_w` that of
:math:`\sum_s \theta_{ws} = 1`, the cheapest schedule of a workload costs
:math:`v_w(\pi)`, and

.. math:: z + \sum_w \min(0, v_w(\pi) - \sigma_w)

is a lower bound on the optimum of the whole program, of which :math:`z` is an upper.
Of workloads that may burst, the cheapest schedules at a hub say what a share there
costs, and the cheapest share what their demand is worth.
Duals of the best bound and of the last program are blended (Wentges, 1997).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.decompose.bursts import Filled
from siting.decompose.master import Burst, Chosen, Master, columns_of
from siting.decompose.pool import Pool
from siting.decompose.rest import Rest, Taken
from siting.decompose.schedule import Schedule
from siting.model.arrays import dot
from siting.model.build import Model
from siting.model.outcome import Outcome, Status

logger = logging.getLogger(__name__)

# With so many rows that schedules keep, workloads are taken out of the program.
MANY_ROWS = 2_000
# Relative gap at most if no schedule is missing.
LARGEST_GAP = 1e-7
MOST_TURNS = 300
# Schedules are sought at the last duals, which swing while schedules are few, and
# between them and the best: the part that the best ones have.
TOWARDS_BEST = (0.6, 0.3, 0.0)
ROUNDING = 1e-10
# Excess, in parts of the limits, within the solver's accuracy; and beyond doubt.
KEPT, BROKEN = 1e-7, 1e-5
TimeLeft = Callable[[], float | None]


def solve_by_schedules(model: Model, pool: Pool, left: TimeLeft) -> Outcome | None:
    """Solve a program by the schedules of its workloads that have any.

    These are movable ones that reserve what they draw most, and those that may burst.

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
    taken = Taken.of(model)
    rest = None
    if len(taken.columns) and len(taken.rows) >= MANY_ROWS:
        rest = Rest.of(model.program, taken)
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
    filled: Filled
    bound: float


class _Search:
    """One program on its way to the optimum."""

    def __init__(self, model: Model, rest: Rest, pool: Pool, left: TimeLeft) -> None:
        self.model, self.pool, self.left = model, pool, left
        self.rest, self.blocks, self.bursts = rest, rest.blocks, rest.bursts
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
        known, status = self.pool.of(self.rest)
        cost, count = self.rest.program.cost, len(self.blocks)
        self.master.add(known)
        basis = self.pool.start(self.model)
        if basis is not None:
            self.master.begin(basis, status)
        fresh = np.ones(count + len(self.bursts), dtype=bool)
        fresh[[place for place, _ in known]] = False
        self.master.add(self.filling(self.even(), fresh[count:]))
        duals = self.pool.duals(self.model, self.rest.taken)
        if duals is not None:
            duals, sound = self.rest.guessed(duals)
            here = self.point(cost, duals)
            self.master.add(list(enumerate(here.schedules)))
            self.master.add(self.filling(here.filled))
            return here if sound else None
        blocks = np.flatnonzero(fresh[:count]).tolist()
        self.master.add([(block, self.cheapest(block, cost)) for block in blocks])
        self.master.add(self.filling(self.bursts.filled(cost), fresh[count:]))
        return None

    def even(self) -> Filled:
        """Give schedules that do not burst."""
        draw = np.ones(self.bursts.draw.shape)
        cost = np.zeros(len(self.bursts))
        return Filled(draw, np.ones(len(draw)), np.zeros(draw.shape), cost)

    def filling(self, filled: Filled, which: np.ndarray | None = None) -> list[Chosen]:
        """Give schedules of workloads that may burst their numbers; some (mask)."""
        bursts, count = self.bursts, len(self.blocks)
        some = np.arange(len(bursts)) if which is None else np.flatnonzero(which)
        pair = bursts.pair[some]
        draw = np.where(bursts.part[pair] == some[:, None], filled.draw[pair], 0.0)
        level = filled.level[pair].tolist()
        return [
            (count + place, Burst(row, most))
            for place, row, most in zip(some.tolist(), draw, level, strict=True)
        ]

    def ask(self, best: _Point | None, outcome: Outcome) -> tuple[_Point, list[Chosen]]:
        """Find the best bound so far, and the schedules that are missing."""
        cost = self.rest.program.cost
        last = outcome.row_duals[: self.rest.program.shape[0]]
        charges = self.charges(cost, outcome)
        center, found = best, []
        for part in TOWARDS_BEST if center is not None else (0.0,):
            duals = last
            if center is not None:
                duals = part * center.row_duals + (1.0 - part) * last
            here = self.point(cost, duals)
            if best is None or here.bound > best.bound:
                best = here
            found += self.better(here, charges, outcome)
            # Those of movable workloads take long to find.
            if found and len(self.blocks):
                break
        assert best is not None
        return best, _distinct(found)

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
            found = self.better(here, self.charges(nothing, outcome), outcome)
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
        row_duals, filled = rest.linked(cost, rest.tightened(cost, row_duals))
        row_duals = rest.served(cost, row_duals, rest.tied)
        reduced = rest.priced(cost, row_duals)
        schedules = [self.cheapest(block, reduced) for block in range(len(self.blocks))]
        # Columns that schedules stand for have no upper limit: they add nothing.
        bound = rest.program.proven(row_duals, reduced)
        bound += float(self.blocks.it_mw @ [s.cost for s in schedules])
        return _Point(row_duals, reduced, schedules, filled, bound)

    def charges(self, cost: np.ndarray, outcome: Outcome) -> np.ndarray:
        """Reduced costs as if what ties schedules to shares were worth nothing."""
        rest = self.rest
        rows = rest.program.shape[0]
        row_duals = rest.tightened(cost, outcome.row_duals[:rows])
        row_duals[self.bursts.link] = 0.0
        return rest.priced(cost, row_duals)

    def better(
        self, there: _Point, reduced: np.ndarray, outcome: Outcome
    ) -> list[Chosen]:
        """Choose the schedules that are cheaper than those known, by charges."""
        rest, bursts = self.rest, self.bursts
        rows = rest.program.shape[0]
        turn, column, amount = columns_of(rest, list(enumerate(there.schedules)))
        price = np.bincount(turn, reduced[column] * amount, len(there.schedules))
        some = _cheaper(price, outcome.row_duals[rows:])
        found: list[Chosen] = [
            (block, there.schedules[block]) for block in np.flatnonzero(some).tolist()
        ]
        filled = there.filled
        price = bursts.charged(filled.draw, filled.level, *bursts.costs(reduced))
        some = _cheaper(price, outcome.row_duals[bursts.link] * bursts.lasts)
        return found + self.filling(filled, some)

    def finish(self, outcome: Outcome, best: _Point) -> Outcome:
        """Give the optimum of the whole program."""
        rest, blocks, master = self.rest, self.blocks, self.master
        own = np.zeros(rest.whole.shape[0])
        for block, schedule in enumerate(best.schedules):
            pairs = blocks.pairs(block)
            own[blocks.demand[block]] = schedule.worth
            cost = best.reduced_costs[blocks.draw[pairs]]
            own[blocks.reserve[pairs]] = np.maximum(schedule.worth - cost, 0.0)
        duals = best.row_duals.copy()
        duals[self.bursts.link] = 0.0
        reduced = rest.priced(rest.program.cost, duals)
        self.bursts.write_duals(own, best.filled, reduced)
        values, duals, reduced = rest.restored(
            master.values(outcome), best.row_duals, own
        )
        self.pool.keep(self.model, master, self.schedulers, outcome, duals)
        values = np.clip(values, rest.whole.lower, rest.whole.upper)
        objective = dot(rest.whole.cost, values)
        return Outcome(Status.OPTIMAL, objective, values, duals, reduced, 0.0)


def _cheaper(price: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Tell which are cheaper (mask), beyond rounding."""
    least = ROUNDING * np.maximum(np.abs(worth), np.abs(price))
    return np.asarray(price < worth - least)


def _distinct(found: list[Chosen]) -> list[Chosen]:
    """Leave out schedules that were found before, of those that may burst."""
    kept: dict[object, Chosen] = {}
    for turn, (place, one) in enumerate(found):
        key = (place, one.level, one.draw.tobytes()) if isinstance(one, Burst) else turn
        kept[key] = place, one
    return list(kept.values())


def _nothing(rest: Rest, status: Status) -> Outcome:
    """Say how it ended without an optimum."""
    rows, columns = rest.whole.shape
    empty = np.zeros(columns)
    return Outcome(status, np.nan, empty, np.zeros(rows), empty, 0.0)
