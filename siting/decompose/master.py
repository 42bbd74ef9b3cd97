r"""The program over schedules.

A schedule :math:`s` of a workload stands for its columns; how much of each is chosen is
one column, and one row more is all that is left of the block:

.. math:: x_{wht} = m_w \sum_s \theta_{ws} \, x^s_{ht}, \quad \sum_s \theta_{ws} = 1

The MW reserved may be more than the schedules' own, so what reserving costs is never
below 0.
"""

import numpy as np

from siting.decompose.blocks import Blocks, Rest, entries_of
from siting.decompose.schedule import Schedule
from siting.model.arrays import LinearProgram, compressed
from siting.model.outcome import AT_LOWER, Basis, Outcome, Status
from siting.solver import scaled_program, solve_program

Chosen = tuple[int, Schedule]


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

    def add(self, found: list[Chosen]) -> None:
        """Add schedules, each with the number of its block."""
        if not found:
            return
        blocks, program = self.rest.blocks, self.rest.program
        columns, amounts = columns_of(blocks, found)
        turn = np.repeat(np.arange(len(found)), [len(part) for part in columns])
        column, amount = np.concatenate(columns), np.concatenate(amounts)
        which, row, value = entries_of(program, column)
        block = np.array([number for number, _ in found])
        rows = program.shape[0]
        start, index, value = compressed(
            np.append(row, rows + block),
            np.append(turn[which], np.arange(len(found))),
            np.append(value * amount[which], np.ones(len(found))),
            len(found),
        )
        paid = program.cost[column] * amount
        self._cost.append(np.bincount(turn, paid, minlength=len(found)))
        self._start.append(self._start[-1][-1] + start[1:])
        self._index.append(index)
        self._value.append(value)
        self.schedules += found

    def solve(self, time_limit_s: float | None) -> Outcome:
        """Solve it, from the last optimum on."""
        start = None
        if self._basis is not None:
            more = self._count - len(self._basis.columns)
            new = np.full(more, AT_LOWER, dtype=np.int8)
            columns = np.append(self._basis.columns, new)
            start = Basis(columns, self._basis.rows)
        outcome = solve_program(
            self._program(np.concatenate(self._cost)),
            time_limit_s=time_limit_s,
            start=start,
            basis=True,
        )
        if outcome.status is Status.OPTIMAL:
            self._basis = outcome.basis
        return outcome

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

    def used(self, outcome: Outcome) -> list[Chosen]:
        """Give the schedules that are chosen."""
        part = outcome.values[len(self.kept) :]
        return [self.schedules[place] for place in np.flatnonzero(part > 0).tolist()]

    def values(self, outcome: Outcome) -> np.ndarray:
        """Give the columns of what is left their values."""
        found = np.zeros(self.rest.program.shape[1])
        found[self.kept] = outcome.values[: len(self.kept)]
        part = outcome.values[len(self.kept) :]
        some = np.flatnonzero(part > 0)
        chosen = [self.schedules[place] for place in some.tolist()]
        for share, columns, amounts in zip(
            part[some].tolist(), *columns_of(self.rest.blocks, chosen), strict=True
        ):
            found[columns] += share * amounts
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


def columns_of(
    blocks: Blocks, found: list[Chosen]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Columns that each schedule stands for, and their amounts."""
    columns, amounts = [], []
    for block, schedule in found:
        pair = blocks.pairs_at(block, schedule.hub)
        column = [blocks.draw[pair].ravel(), blocks.reserved[pair]]
        amount = [schedule.draw.ravel(), schedule.reserved]
        if blocks.unserved is not None:
            column.append(blocks.unserved[block])
            amount.append(schedule.unserved)
        size = np.concatenate(amount) * blocks.it_mw[block]
        drawn = np.flatnonzero(size)
        columns.append(np.concatenate(column)[drawn])
        amounts.append(size[drawn])
    return columns, amounts
