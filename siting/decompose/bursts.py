r"""The workloads of a program that may burst, each with the rows that are its own.

What one does at one hub is tied to its share :math:`s_h` there alone:

.. math:: \sum_{t \in W} \tau_t x_{ht} = s_h m \sum_{t \in W} \tau_t, \quad
   0 \le x_{ht} \le r_h \le \beta m s_h

The windows of a pair are schedules of their own, unless what is reserved ties them
together.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from siting.decompose.filling import Filling
from siting.lookup import first_of, number
from siting.model.build import Model
from siting.model.instance import BURST, MOVABLE


@dataclass(frozen=True, eq=False)
class Filled:
    """The cheapest schedules of workloads that may burst, per MW of demand.

    Attributes
    ----------
    draw : ndarray of shape (pairs, periods)
        MW.
    level : ndarray of shape (pairs,)
        MW reserved.
    worth : ndarray of shape (pairs, periods)
        Of a MWh more of the period's window.
    cost : ndarray of shape (schedules,)
    """

    draw: np.ndarray
    level: np.ndarray
    worth: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Bursts:
    """Where workloads that may burst lie in a program.

    Attributes
    ----------
    workload, hub : ndarray of int of shape (pairs,)
    draw : ndarray of int of shape (pairs, periods)
        Columns of MW drawn.
    reserved : ndarray of int of shape (pairs, 1) or (pairs, 0)
        Columns of MW reserved, where there are any.
    window : ndarray of int of shape (pairs, periods)
        Rows of the energy of each period's window.
    limit : ndarray of int of shape (pairs, 1) or (pairs, periods)
        Rows of the largest power.
    reserve : ndarray of int of shape (pairs, periods) or (pairs, 0)
        Rows that keep what is drawn below what is reserved.
    demand : ndarray of int of shape (pairs,)
        Row of the workload's demand; -1 where that is settled.
    part : ndarray of int of shape (pairs, periods)
        Schedule that each period is in: that of its window, or of its pair.
    link : ndarray of int of shape (parts,)
        Row that ties each schedule to the share: that of its first window.
    lasts : ndarray of shape (parts,)
        Hours of that window.
    it_mw, burst : ndarray of shape (pairs,)
    pattern : ndarray of int of shape (pairs,)
        Pairs of one number have the same windows.
    hours : ndarray of shape (periods,)
    """

    workload: np.ndarray
    hub: np.ndarray
    draw: np.ndarray
    reserved: np.ndarray
    window: np.ndarray
    limit: np.ndarray
    reserve: np.ndarray
    demand: np.ndarray
    part: np.ndarray
    link: np.ndarray
    lasts: np.ndarray
    it_mw: np.ndarray
    burst: np.ndarray
    pattern: np.ndarray
    hours: np.ndarray

    @classmethod
    def of(cls, model: Model) -> Self:
        """Find them in a program.

        Parameters
        ----------
        model : Model
        """
        instance, draws, program = model.instance, model.blocks.draws, model.program
        timed = draws.timed_pair[:: len(instance.hours)]
        able = (instance.manner == BURST) & (instance.it_mw > 0)
        some = np.flatnonzero(able[instance.pair_workload[timed]])
        found = cls._at(model, some)
        own = found.own_columns
        free = (program.lower[own] == 0) & np.isinf(program.upper[own])
        return found if free.all() else cls._at(model, some[:0])

    @classmethod
    def _at(cls, model: Model, some: np.ndarray) -> Self:
        """Find those of some timed pairs."""
        program, instance = model.program, model.instance
        draws, periods = model.blocks.draws, len(instance.hours)
        pair = draws.timed_pair[::periods][some]
        workload = instance.pair_workload[pair]
        nobody = np.zeros((len(pair), 0), dtype=int)
        if not len(pair):
            timed, one = np.zeros((0, periods), dtype=int), np.zeros(0, dtype=int)
            return cls(
                *(one, one, timed, nobody, timed, timed, nobody, one, timed, one),
                *(np.zeros(0), np.zeros(0), np.zeros(0), one, instance.hours),
            )
        manner = instance.manner[instance.pair_workload]
        place = np.searchsorted(np.flatnonzero(manner == BURST), pair)
        inside = instance.windows_of_all(workload)
        rows, limits = program.rows["window"], program.rows["burst"]
        first = np.searchsorted(rows.keys["pair"], pair)
        window = rows.start + first[:, None] + inside
        reserve, reserved = nobody, nobody
        if "reserved" in program.columns:
            reserve = program.rows["reserve"].positions.reshape(-1, periods)[some]
            reserved = draws.reserve_column[pair][:, None]
        kept = window[:, :1] if reserved.size else window
        kept = np.broadcast_to(kept, window.shape).ravel()
        part = number(kept)
        hours = np.where(
            kept == window.ravel(), np.tile(instance.hours, len(pair)), 0.0
        )
        whole = np.flatnonzero(instance.manner != MOVABLE)
        return cls(
            workload=workload,
            hub=instance.pair_hub[pair],
            draw=draws.timed.reshape(-1, periods)[some],
            reserved=reserved,
            window=window,
            limit=limits.positions.reshape(int((manner == BURST).sum()), -1)[place],
            reserve=reserve,
            demand=program.rows["demand"].start + np.searchsorted(whole, workload),
            part=part.reshape(window.shape),
            link=kept[first_of(part)],
            lasts=np.bincount(part, hours),
            it_mw=instance.it_mw[workload],
            burst=instance.burst[workload],
            pattern=number(instance.scenario.workloads["window"].take(workload)),
            hours=instance.hours,
        )

    def __len__(self) -> int:
        """Give the number of schedules."""
        return len(self.link)

    @cached_property
    def pair(self) -> np.ndarray:
        """Pair of each schedule."""
        found = np.empty(len(self), dtype=int)
        found[self.part] = np.arange(len(self.draw))[:, None]
        return found

    @property
    def own_columns(self) -> np.ndarray:
        """Columns that schedules stand for."""
        return np.append(self.draw.ravel(), self.reserved.ravel())

    @property
    def own_rows(self) -> np.ndarray:
        """Rows that every schedule keeps."""
        kept = np.unique(self.window)
        ties = kept[~np.isin(kept, self.link)]
        return np.concatenate([self.limit.ravel(), self.reserve.ravel(), ties])

    def moved(self, column: np.ndarray, row: np.ndarray) -> Self:
        """Give the same where columns, links and demands have other places."""
        return replace(
            self,
            draw=column[self.draw],
            reserved=column[self.reserved],
            link=row[self.link],
            demand=row[self.demand],
        )

    def costs(self, reduced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cost of a MW drawn by pair and period, and of a MW reserved by pair."""
        held = np.maximum(reduced[self.reserved].sum(axis=1), 0.0)
        return reduced[self.draw], held

    def filled(self, reduced: np.ndarray) -> Filled:
        """Find the cheapest schedules at reduced costs without those of the links.

        Parameters
        ----------
        reduced : ndarray of shape (columns,)
        """
        cost, held = self.costs(reduced)
        draw, worth, level = np.empty(cost.shape), np.empty(cost.shape), held.copy()
        for alike in range(int(self.pattern.max(initial=-1)) + 1):
            some = np.flatnonzero(self.pattern == alike)
            window = self.window[some[0]] - self.window[some[0]].min()
            burst = self.burst[some]
            found = Filling.of(cost[some], held[some], self.hours, window, burst)
            draw[some], worth[some], level[some] = found.drawn, found.worth, found.level
        return Filled(draw, level, worth, self.charged(draw, level, cost, held))

    def charged(
        self, draw: np.ndarray, level: np.ndarray, cost: np.ndarray, held: np.ndarray
    ) -> np.ndarray:
        """Cost of each schedule, from that of its MW drawn and reserved."""
        count = len(self)
        drawn = np.bincount(self.part.ravel(), (draw * cost).ravel(), count)
        return np.asarray(drawn + np.bincount(self.part[:, 0], level * held, count))

    def write_duals(
        self, duals: np.ndarray, filled: Filled, reduced: np.ndarray
    ) -> None:
        """Put the duals of the rows that schedules keep, and of links, in their place.

        Parameters
        ----------
        duals : ndarray of shape (rows of the whole program,)
        filled : Filled
            The cheapest schedules.
        reduced : ndarray of shape (columns,)
            Reduced costs without those of the links.
        """
        cost, held = self.costs(reduced)
        over = cost - self.hours * filled.worth
        duals[self.window] = filled.worth
        if self.reserved.size:
            duals[self.reserve] = np.maximum(-over, 0.0)
            over = (held - duals[self.reserve].sum(axis=1))[:, None]
        duals[self.limit] = np.minimum(over, 0.0)
