r"""The Lagrangian over all workloads, exactly, under the multipliers of the buckets.

.. math:: L(\lambda) = \mathrm{rest}(\lambda) + \sum_w m_w \min_o f_w^\top c_{g(w), o}

with :math:`f_w` the features of a workload (1, its rates, its datasets) and :math:`c`
the cost of an option by feature. It is a lower bound whatever the multipliers are.
"""

from dataclasses import dataclass

import numpy as np

from siting.aggregate.buckets import Alike
from siting.aggregate.probes import Prices
from siting.model.instance import BURST, Instance

MOST_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Members:
    """Workloads sorted by cell."""

    order: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, cell: np.ndarray, count: int) -> "Members":
        """Sort workloads by their cell."""
        # Short integers are sorted by radix.
        short = cell.astype(np.int16) if count < 2**15 else cell
        order = np.argsort(short, kind="stable")
        return cls(order, np.cumsum(np.bincount(cell, minlength=count)))

    def __getitem__(self, cell: int) -> np.ndarray:
        """Give the members of a cell."""
        start = self.ends[cell - 1] if cell else 0
        return self.order[start : self.ends[cell]]


@dataclass(frozen=True, eq=False)
class Answer:
    """What every workload would do on its own.

    Attributes
    ----------
    value : ndarray of shape (workloads,)
        Its least cost, in objective units.
    best : ndarray of int
        Its cheapest hub (of schedules: a label of the cheapest hubs); the number of
        hubs stands for not being served.
    margin : ndarray
        What its next best option costs more, per MW.
    """

    value: np.ndarray
    best: np.ndarray
    margin: np.ndarray


def ask(
    instance: Instance,
    groups: Alike,
    members: Members,
    prices: Prices,
    reserve: dict[int, np.ndarray],
) -> Answer:
    """Find the cheapest option of every workload.

    Parameters
    ----------
    instance : Instance
        The full one.
    groups : Alike
    members : Members
        Workloads by cell.
    prices : Prices
    reserve : dict of int to ndarray of shape (hubs, periods)
        Multipliers of the reserved MW of cells with schedules.
    """
    features, kinds = groups.features, groups.kinds
    count = len(features)
    value, margin = np.zeros(count), np.zeros(count)
    best = np.zeros(count, dtype=np.int64)
    for cell in range(len(members.ends)):
        who = members[cell]
        if not len(who):
            continue
        part = _chunk(instance, cell, prices)
        for start in range(0, len(who), part):
            some = who[start : start + part]
            if cell in prices.timed:
                mu = reserve.get(cell)
                found = _timed(instance, cell, some, features[some], kinds, prices, mu)
            else:
                found = _flat(instance, cell, some, features[some], kinds, prices)
            value[some], best[some], margin[some] = found
    value *= instance.it_mw
    return Answer(value, best, margin)


def _chunk(instance: Instance, cell: int, prices: Prices) -> int:
    hubs = int(prices.flat.shape[1])
    width = hubs * (len(instance.hours) if cell in prices.timed else 1)
    return max(1, MOST_CELLS // max(1, width))


Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def _flat(
    instance: Instance,
    cell: int,
    who: np.ndarray,
    features: np.ndarray,
    kinds: np.ndarray,
    prices: Prices,
) -> Found:
    hubs = prices.flat.shape[1]
    open_ = np.flatnonzero(np.isfinite(prices.flat[cell, :, 0]))
    factor = instance.factor[instance.profile[who[0]]]
    missing = _missing(prices.unserved[cell], factor)
    per_mw = prices.flat[cell, open_]
    cost = features @ per_mw[:, kinds].T
    cost += per_mw[:, 0]
    if np.isfinite(missing):
        cost = np.column_stack([cost, np.full(len(who), missing)])
        open_ = np.append(open_, hubs)
    return _two_best(cost, open_)


def _missing(per_mw: np.ndarray, factor: np.ndarray) -> float:
    """Cost of a MW that is never served; periods without demand do not count."""
    return float(per_mw[factor > 0] @ factor[factor > 0])


def _two_best(cost: np.ndarray, option: np.ndarray) -> Found:
    rows = np.arange(len(cost))
    if cost.shape[1] == 0:
        return np.full(len(cost), np.inf), np.zeros(len(cost), int), np.zeros(len(cost))
    place = cost.argmin(axis=1)
    least = cost[rows, place]
    if cost.shape[1] == 1:
        return least, option[place], np.full(len(cost), np.inf)
    cost[rows, place] = np.inf
    return least, option[place], cost.min(axis=1) - least


def _timed(
    instance: Instance,
    cell: int,
    who: np.ndarray,
    features: np.ndarray,
    kinds: np.ndarray,
    prices: Prices,
    reserve: np.ndarray | None,
) -> Found:
    """Cheapest schedule: hour by hour, with the reserved MW priced by multipliers."""
    per_mw = prices.timed[cell]
    open_ = np.flatnonzero(np.isfinite(per_mw[:, 0, 0]))
    if not len(open_):
        factor = instance.factor[instance.profile[who[0]]]
        missing = _missing(prices.unserved[cell], factor)
        nobody = np.zeros(len(who), dtype=int)
        return np.full(len(who), missing), nobody, np.zeros(len(who))
    cost = hourly_costs(features, kinds, per_mw[open_])
    if reserve is not None:
        mu = reserve[open_]
        spent = mu.sum(axis=1)
        own = prices.reserved[cell][open_]
        allowed = own[:, 0] + features @ own[:, kinds].T
        # A member's own MW may be cheaper to reserve than its bucket's: scale down.
        scale = np.ones(allowed.shape)
        np.divide(np.maximum(allowed, 0.0), spent, out=scale, where=spent > 0)
        cost += np.minimum(scale, 1.0)[:, :, None] * mu
    if instance.manner[who[0]] == BURST:
        total = burst_costs(instance, int(who[0]), cost)
        missing = float(prices.unserved[cell].sum())
        if np.isfinite(missing):
            total = np.concatenate([total, np.full((len(who), 1), missing)], axis=1)
            open_ = np.append(open_, len(per_mw))
        return _two_best(total, open_)
    hubs = len(per_mw)
    least = cost.min(axis=1)
    choice = open_[cost.argmin(axis=1)]
    missing = prices.unserved[cell]
    lost = missing < least
    least = np.where(lost, missing, least)
    choice = np.where(lost, hubs, choice)
    factor = instance.factor[instance.profile[who[0]]]
    label = choice @ np.arange(1, choice.shape[1] + 1, dtype=np.int64)
    return least @ factor, label, np.zeros(len(who))


def hourly_costs(
    features: np.ndarray, kinds: np.ndarray, per_mw: np.ndarray
) -> np.ndarray:
    """Cost of a MW drawn in each period, by member, hub and period.

    Parameters
    ----------
    features : ndarray of shape (members, kinds)
    kinds : ndarray of int
        Which features they are.
    per_mw : ndarray of shape (hubs, periods, features)
    """
    cost = np.einsum("nf,htf->nht", features, per_mw[:, :, kinds])
    return np.asarray(cost + per_mw[:, :, 0])


def burst_costs(instance: Instance, workload: int, cost: np.ndarray) -> np.ndarray:
    """Cost of a MW whose schedule may burst: the cheapest hours are filled up.

    Parameters
    ----------
    instance : Instance
    workload : int
        Whose windows and burst they are.
    cost : ndarray of shape (members, hubs, periods)
        Per MW drawn in a period.

    Returns
    -------
    ndarray of shape (members, hubs)
    """
    hours, burst = instance.hours, float(instance.burst[workload])
    window = instance.windows_of(workload)
    total = np.zeros(cost.shape[:2])
    for number in range(int(window.max()) + 1):
        inside = np.flatnonzero(window == number)
        per_mwh = cost[:, :, inside] / hours[inside]
        order = np.argsort(per_mwh, axis=2, kind="stable")
        room = burst * hours[inside][order]
        before = np.cumsum(room, axis=2) - room
        fill = np.clip(hours[inside].sum() - before, 0.0, room)
        total += (np.take_along_axis(per_mwh, order, axis=2) * fill).sum(axis=2)
    return total
