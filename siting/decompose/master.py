r"""The program over schedules.

A schedule :math:`s` of a movable workload stands for its columns; how much of each is
chosen is one column, and one row more is all that is left of the block:

.. math:: x_{wht} = m_w \sum_s \theta_{ws} \, x^s_{ht}, \quad \sum_s \theta_{ws} = 1

The MW reserved may be more than the schedules' own, so what reserving costs is never
below 0. Of one that may burst the schedules at a hub add up to its share there, which
the row of their energy says:

.. math:: x_{wht} = m_w \sum_s \theta_{whs} \, x^s_t, \quad
   \sum_s \theta_{whs} = s_{wh}
"""

from dataclasses import dataclass

import numpy as np

from siting.decompose.blocks import Blocks
from siting.decompose.bursts import Bursts
from siting.decompose.growing import Growing
from siting.decompose.rest import Rest, entries_of
from siting.decompose.schedule import Schedule
from siting.model.arrays import LinearProgram, compressed
from siting.model.outcome import AT_LOWER, BASIC, Basis, Outcome, Status
from siting.solver import scaled_program, solve_program


@dataclass(frozen=True, eq=False)
class Burst:
    """What one MW of a workload that may burst does at one hub.

    Attributes
    ----------
    draw : ndarray of shape (periods,)
        MW; 0 outside its window, where windows have schedules of their own.
    level : float
        MW reserved.
    """

    draw: np.ndarray
    level: float


# The number of a block, or of a schedule of those that may burst, after all blocks.
Chosen = tuple[int, Schedule | Burst]
Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


class Master:
    """The program over the schedules known so far.

    Parameters
    ----------
    rest : Rest
    """

    def __init__(self, rest: Rest) -> None:
        self.rest, blocks, program = rest, rest.blocks, rest.program
        stays = np.ones(program.shape[1], dtype=bool)
        stays[blocks.draw.ravel()] = False
        stays[rest.bursts.own_columns] = False
        if blocks.unserved is not None:
            stays[blocks.unserved.ravel()] = False
        self.kept = np.flatnonzero(stays)
        which, row, value = entries_of(program, self.kept)
        count = np.bincount(which, minlength=len(self.kept))
        self._start = [np.append(0, np.cumsum(count))]
        self._index, self._value = [row], [value]
        self._cost = [program.cost[self.kept]]
        self.schedules: list[Chosen] = []
        self._basis: Basis | None = None
        self._growing: Growing | None = None

    def add(self, found: list[Chosen]) -> None:
        """Add schedules, each with its number."""
        if not found:
            return
        program, rows = self.rest.program, self.rest.program.shape[0]
        turn, column, amount = columns_of(self.rest, found)
        which, row, value = entries_of(program, column)
        place = np.array([number for number, _ in found])
        moves = np.flatnonzero(place < len(self.rest.blocks))
        start, index, value = compressed(
            np.append(row, rows + place[moves]),
            np.append(turn[which], moves),
            np.append(value * amount[which], np.ones(len(moves))),
            len(found),
        )
        paid = program.cost[column] * amount
        self._cost.append(np.bincount(turn, paid, minlength=len(found)))
        self._start.append(self._start[-1][-1] + start[1:])
        self._index.append(index)
        self._value.append(value)
        self.schedules += found

    def begin(self, whole: Basis, status: np.ndarray) -> None:
        """Start from where another program ended.

        Parameters
        ----------
        whole : Basis
            Of the whole program; what it says of columns that schedules stand for, and
            of rows that they keep, is not used.
        status : ndarray of int8 of shape (schedules,)
            Of the schedules that there are.
        """
        rest = self.rest
        shared = rest.taken.shared_rows(len(whole.rows))
        left = Basis(whole.columns, whole.rows[shared])
        if rest.less:
            left = rest.less.basis(left)
        blocks = np.full(len(rest.blocks), AT_LOWER, dtype=np.int8)
        columns = np.append(left.columns[self.kept], status)
        self._basis = Basis(columns, np.append(left.rows, blocks))

    def ended(self) -> tuple[Basis, np.ndarray]:
        """Give what another program can begin with, after an optimum.

        Returns
        -------
        whole : Basis
        status : ndarray of int8 of shape (schedules,)
        """
        basis = self._growing.basis if self._growing else None
        assert basis is not None
        rest, kept, rows = self.rest, len(self.kept), self.rest.program.shape[0]
        columns = np.full(rest.program.shape[1], AT_LOWER, dtype=np.int8)
        columns[self.kept] = basis.columns[:kept]
        left = Basis(columns, basis.rows[:rows])
        if rest.less:
            left = rest.less.restored_basis(left)
        whole = np.full(rest.whole.shape[0], BASIC, dtype=np.int8)
        whole[rest.taken.shared_rows(len(whole))] = left.rows
        return Basis(left.columns, whole), basis.columns[kept:]

    def solve(self, time_limit_s: float | None) -> Outcome:
        """Solve it, from the last optimum on."""
        program = self._program(np.concatenate(self._cost))
        if self._growing is None:
            self._growing = Growing(program, self._start_of(program))
        outcome = self._growing.solve(program, time_limit_s)
        if outcome.status is Status.FAILED:
            self._growing = Growing(program, None)
            outcome = self._growing.solve(program, time_limit_s)
        if outcome.status is not Status.OPTIMAL:
            self._growing = self._basis = None
        return outcome

    def _start_of(self, program: LinearProgram) -> Basis | None:
        """Give a basis whose columns are followed by new ones."""
        if self._basis is None:
            return None
        more = program.shape[1] - len(self._basis.columns)
        new = np.full(more, AT_LOWER, dtype=np.int8)
        return Basis(np.append(self._basis.columns, new), self._basis.rows)

    def least_excess(self, time_limit_s: float | None) -> Outcome:
        """Find the least by which shared limits are broken, in parts of their size."""
        program = self._program(np.zeros(self._count))
        rows = self.rest.program.shape[0]
        size = 1.0 / scaled_program(program)[2]
        above = np.flatnonzero(np.isfinite(program.row_upper[:rows]))
        below = np.flatnonzero(np.isfinite(program.row_lower[:rows]))
        row = np.concatenate([above, below])
        value = np.append(-size[above], size[below])
        count = len(row)
        broken = LinearProgram(
            cost=np.append(program.cost, np.ones(count)),
            lower=np.append(program.lower, np.zeros(count)),
            upper=np.append(program.upper, np.full(count, np.inf)),
            row_lower=program.row_lower,
            row_upper=program.row_upper,
            start=np.append(
                program.start, program.start[-1] + 1 + np.arange(count)
            ).astype(np.int32),
            index=np.append(program.index, row).astype(np.int32),
            value=np.append(program.value, value),
            columns={},
            rows={},
        )
        return solve_program(broken, time_limit_s=time_limit_s)

    def values(self, outcome: Outcome) -> np.ndarray:
        """Give the columns of what is left their values."""
        found = np.zeros(self.rest.program.shape[1])
        found[self.kept] = outcome.values[: len(self.kept)]
        part = outcome.values[len(self.kept) :]
        some = np.flatnonzero(part > 0)
        chosen = [self.schedules[place] for place in some.tolist()]
        turn, column, amount = columns_of(self.rest, chosen)
        np.add.at(found, column, part[some][turn] * amount)
        return found

    @property
    def _count(self) -> int:
        return len(self.kept) + len(self.schedules)

    def _program(self, cost: np.ndarray) -> LinearProgram:
        program, whole = self.rest.program, np.ones(len(self.rest.blocks))
        count = len(self.schedules)
        return LinearProgram(
            cost=cost,
            lower=np.append(program.lower[self.kept], np.zeros(count)),
            upper=np.append(program.upper[self.kept], np.full(count, np.inf)),
            row_lower=np.append(program.row_lower, whole),
            row_upper=np.append(program.row_upper, whole),
            start=np.concatenate(self._start).astype(np.int32),
            index=np.concatenate(self._index).astype(np.int32),
            value=np.concatenate(self._value),
            columns={},
            rows={},
        )


def columns_of(rest: Rest, found: list[Chosen]) -> Columns:
    """Columns that schedules stand for.

    Returns
    -------
    turn : ndarray of int
        Position of the schedule of each column among ``found``.
    column : ndarray of int
    amount : ndarray
        MW.
    """
    moving = [
        (turn, place, schedule)
        for turn, (place, schedule) in enumerate(found)
        if isinstance(schedule, Schedule)
    ]
    bursting = [
        (turn, place - len(rest.blocks), schedule)
        for turn, (place, schedule) in enumerate(found)
        if isinstance(schedule, Burst)
    ]
    parts = _moved(rest.blocks, moving), _burst(rest.bursts, bursting)
    turn, column, amount = map(np.concatenate, zip(*parts, strict=True))
    drawn = np.flatnonzero(amount)
    return turn[drawn], column[drawn], amount[drawn]


def _moved(blocks: Blocks, found: list[tuple[int, int, Schedule]]) -> Columns:
    columns, amounts, turns = [np.zeros(0, dtype=int)], [np.zeros(0)], []
    for turn, block, schedule in found:
        pairs = blocks.pairs_at(block, schedule.hub)
        column = [blocks.draw[pairs].ravel(), blocks.reserved[pairs]]
        amount = [schedule.draw.ravel(), schedule.reserved]
        if blocks.unserved is not None:
            column.append(blocks.unserved[block])
            amount.append(schedule.unserved)
        columns += column
        amounts += [part * blocks.it_mw[block] for part in amount]
        turns += [turn] * sum(map(len, column))
    turn_of = np.array(turns, dtype=int)
    return turn_of, np.concatenate(columns), np.concatenate(amounts)


def _burst(bursts: Bursts, found: list[tuple[int, int, Burst]]) -> Columns:
    if not found:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)
    pair = bursts.pair[[place for _, place, _ in found]]
    draw = np.array([burst.draw for _, _, burst in found])
    level = np.array([burst.level for _, _, burst in found])[:, None]
    level = np.repeat(level, bursts.reserved.shape[1], axis=1)
    column = np.hstack([bursts.draw[pair], bursts.reserved[pair]])
    amount = np.hstack([draw, level]) * bursts.it_mw[pair][:, None]
    turn = np.repeat([turn for turn, _, _ in found], column.shape[1])
    return turn, column.ravel(), amount.ravel()
