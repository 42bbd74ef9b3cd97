r"""The cheapest schedules of workloads that may burst: the cheapest hours are full.

With :math:`\rho` MW reserved for a mean MW, the least cost of a window is convex and
piecewise linear in :math:`\rho`: where its :math:`k` cheapest hours are just full
(:math:`\rho \sum_{j \le k} \tau_j = \sum_{t \in W} \tau_t`), its slope steps up by
:math:`(r_{k+1} - r_k) \sum_{j \le k} \tau_j`, with :math:`r` the cost of an hour. So
the best :math:`\rho` is the largest at which these steps add up to what reserving
costs.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

# Hours that are full to so much are full.
FULL = 1e-12


@dataclass(frozen=True, eq=False)
class Window:
    """Hours of one window, from the cheapest on.

    Attributes
    ----------
    inside : ndarray of int
        Its periods.
    order : ndarray of int of shape (..., periods)
        From the cheapest on, among ``inside``.
    rate : ndarray of shape (..., periods)
        Cost of a MW for an hour.
    spent : ndarray of shape (..., periods)
        Hours up to the end of each.
    """

    inside: np.ndarray
    order: np.ndarray
    rate: np.ndarray
    spent: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Hours of the window."""
        return self.spent[..., -1:]

    def energy(self, level: np.ndarray) -> np.ndarray:
        """MWh of a mean MW in each period, from the cheapest on."""
        done = np.minimum(self.spent * level[..., None], self.total)
        return np.diff(done, axis=-1, prepend=0.0)


@dataclass(frozen=True, eq=False)
class Filling:
    """The cheapest schedule of a mean MW, of each of many.

    Attributes
    ----------
    hours : ndarray of shape (periods,)
    held : ndarray of shape (...)
        Cost of a MW reserved.
    level : ndarray of shape (...)
        MW reserved: the most that is drawn.
    windows : tuple of Window
    """

    hours: np.ndarray
    held: np.ndarray
    level: np.ndarray
    windows: tuple[Window, ...]

    @classmethod
    def of(
        cls,
        cost: np.ndarray,
        held: np.ndarray,
        hours: np.ndarray,
        window: np.ndarray,
        burst: np.ndarray | float,
    ) -> Self:
        """Find them.

        Parameters
        ----------
        cost : ndarray of shape (..., periods)
            Per MW drawn in a period.
        held : ndarray of shape (...)
            Per MW reserved, at least 0.
        hours : ndarray of shape (periods,)
        window : ndarray of int of shape (periods,)
            Number of each period's window.
        burst : ndarray of shape (...) or float
            MW at most, beside the mean.
        """
        found = []
        for number in range(int(window.max()) + 1):
            inside = np.flatnonzero(window == number)
            rate = cost[..., inside] / hours[inside]
            order = np.argsort(rate, axis=-1, kind="stable")
            spent = np.cumsum(hours[inside][order], axis=-1)
            rate = np.take_along_axis(rate, order, axis=-1)
            found.append(Window(inside, order, rate, spent))
        level = np.empty(held.shape)
        level[...] = burst
        if held.any():
            level = np.clip(_best_level(found, held), 1.0, level)
        return cls(hours, held, level, tuple(found))

    @property
    def total(self) -> np.ndarray:
        """Cost of each."""
        found = self.held * self.level
        for window in self.windows:
            found += (window.rate * window.energy(self.level)).sum(axis=-1)
        return np.asarray(found)

    @property
    def drawn(self) -> np.ndarray:
        """MW of each in every period; shape (..., periods)."""
        draw = np.empty((*self.level.shape, len(self.hours)))
        for window in self.windows:
            energy = np.empty(window.order.shape)
            np.put_along_axis(energy, window.order, window.energy(self.level), axis=-1)
            draw[..., window.inside] = energy / self.hours[window.inside]
        return draw

    @property
    def worth(self) -> np.ndarray:
        r"""What a MWh more of a period's window costs; shape (..., periods).

        It is the cost of its last hour. Where that hour is just full, anything up to
        the cost of the next one is right, and it is so much that what it leaves in
        cheaper hours pays for what is reserved,
        :math:`\sum_t (\tau_t \sigma - c_t)^+ = R`.
        """
        low, high, ends = [], [], []
        for window in self.windows:
            done = window.spent * self.level[..., None]
            last = (done < window.total * (1.0 - FULL)).sum(axis=-1)[..., None]
            full = np.take_along_axis(done, last, axis=-1) <= window.total * (
                1.0 + FULL
            )
            far = np.append(
                window.rate, np.full((*last.shape[:-1], 1), np.inf), axis=-1
            )
            low.append(np.take_along_axis(window.rate, last, axis=-1))
            beyond = np.take_along_axis(far, last + 1, axis=-1)
            high.append(np.where(full, beyond, low[-1]))
            ends.append(np.take_along_axis(window.spent, last, axis=-1))
        least, most = np.concatenate(low, axis=-1), np.concatenate(high, axis=-1)
        raised = _raised(
            least, most, np.concatenate(ends, axis=-1), self._unpaid(least)
        )
        worth = np.empty((*self.level.shape, len(self.hours)))
        for number, window in enumerate(self.windows):
            worth[..., window.inside] = raised[..., [number]]
        return worth

    def _unpaid(self, worth: np.ndarray) -> np.ndarray:
        """Find what of the reserved MW is not paid yet by a worth of each window."""
        left = self.held.copy()
        for number, window in enumerate(self.windows):
            length = np.diff(window.spent, axis=-1, prepend=0.0)
            over = np.maximum(worth[..., [number]] - window.rate, 0.0)
            left -= (over * length).sum(axis=-1)
        return left


def _raised(
    low: np.ndarray, high: np.ndarray, hours: np.ndarray, left: np.ndarray
) -> np.ndarray:
    """Raise what windows are worth, each within its limits, by so much in all."""
    left = np.maximum(left, 0.0)[..., None]
    open_ = np.isinf(high)
    length = np.where(open_, hours, 0.0).sum(axis=-1, keepdims=True)
    room = np.where(open_, 0.0, high - low)
    space = (room * hours).sum(axis=-1, keepdims=True)
    # Windows that are full throughout can be worth anything.
    equal = np.divide(left, length, out=np.zeros(left.shape), where=length > 0)
    part = np.divide(left, space, out=np.zeros(left.shape), where=space > 0)
    part = np.where(length > 0, 0.0, np.minimum(part, 1.0))
    return np.asarray(low + np.where(open_, equal, 0.0) + part * room)


def _best_level(windows: list[Window], held: np.ndarray) -> np.ndarray:
    """MW to reserve per mean MW."""
    full, steps = [], []
    for window in windows:
        full.append(window.total / window.spent)
        last = np.full((*held.shape, 1), np.inf)
        step = window.spent[..., :-1] * np.diff(window.rate, axis=-1)
        steps.append(np.append(step, last, axis=-1))
    level, step = np.concatenate(full, axis=-1), np.concatenate(steps, axis=-1)
    order = np.argsort(-level, axis=-1, kind="stable")
    slope = np.cumsum(np.take_along_axis(step, order, axis=-1), axis=-1)
    place = (slope < held[..., None]).sum(axis=-1)[..., None]
    at = np.take_along_axis(order, place, axis=-1)
    return np.asarray(np.take_along_axis(level, at, axis=-1)[..., 0])
