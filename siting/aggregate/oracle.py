r"""The Lagrangian over all workloads, exactly, under the multipliers of the buckets.

.. math:: L(\lambda) = \mathrm{rest}(\lambda) + \sum_w m_w \min_o f_w^\top c_{g(w), o}

with :math:`f_w` the features of a workload (1, its rates, datasets, rent) and :math:`c`
the cost of an option by feature. It is a lower bound whatever the multipliers are.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from siting.aggregate.blend import Blend
from siting.aggregate.buckets import Alike
from siting.aggregate.probes import Prices
from siting.decompose import Filling
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
        Its cheapest hub; the number of hubs stands for not being served. Of movable
        workloads that reserve, the knot of the cheapest schedule; of others 0.
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
    blends: dict[int, Blend],
    known: Collection[int] = (),
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
    blends : dict of int to Blend
        Multipliers of the reserved MW of movable cells.
    known : collection of int
        Cells that are not asked.
    """
    features, kinds = groups.features, groups.kinds
    count = len(features)
    value, margin = np.zeros(count), np.zeros(count)
    best = np.zeros(count, dtype=np.int64)
    for cell in range(len(members.ends)):
        who = members[cell]
        if not len(who) or cell in known:
            continue
        part = _chunk(instance, cell, prices)
        for start in range(0, len(who), part):
            some = who[start : start + part]
            if cell in prices.timed:
                blend = blends.get(cell)
                found = _timed(
                    instance, cell, some, features[some], kinds, prices, blend
                )
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
    blend: Blend | None,
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
    held = held_costs(features, kinds, prices.reserved[cell][open_])
    if instance.manner[who[0]] == BURST:
        total = burst_costs(instance, int(who[0]), cost, held)
        missing = float(prices.unserved[cell].sum())
        if np.isfinite(missing):
            total = np.concatenate([total, np.full((len(who), 1), missing)], axis=1)
            open_ = np.append(open_, len(per_mw))
        return _two_best(total, open_)
    best = np.zeros(len(who), dtype=int)
    if blend is not None:
        cost = with_reserve(cost, held, blend.at(features)[:, open_])
        best = blend.knot(features)
    factor = instance.factor[instance.profile[who[0]]]
    least = movable_worth(cost, prices.unserved[cell], factor)
    return least, best, np.zeros(len(who))


def with_reserve(cost: np.ndarray, held: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Add multipliers of reserved MW to what a MW drawn costs.

    Parameters
    ----------
    cost, worth : ndarray of shape (members, hubs, periods)
    held : ndarray of shape (members, hubs)
        Cost of a MW reserved: the multipliers are scaled down to it.
    """
    spent = worth.sum(axis=2)
    scale = np.ones(held.shape)
    np.divide(held, spent, out=scale, where=spent > held)
    return np.asarray(cost + scale[:, :, None] * worth)


def movable_worth(
    cost: np.ndarray, missing: np.ndarray, factor: np.ndarray
) -> np.ndarray:
    """Least cost of a MW of each member that may be split anew in every period.

    Parameters
    ----------
    cost : ndarray of shape (members, hubs, periods)
    missing : ndarray of shape (periods,)
        Per MW not served.
    factor : ndarray of shape (periods,)
        Demand.
    """
    return np.asarray(np.minimum(cost.min(axis=1), missing) @ factor)


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


def held_costs(
    features: np.ndarray, kinds: np.ndarray, per_mw: np.ndarray
) -> np.ndarray:
    """Cost of a MW reserved, by member and hub.

    Parameters
    ----------
    features : ndarray of shape (members, kinds)
    kinds : ndarray of int
        Which features they are.
    per_mw : ndarray of shape (hubs, features)
    """
    return np.asarray(np.maximum(per_mw[:, 0] + features @ per_mw[:, kinds].T, 0.0))


def burst_costs(
    instance: Instance, workload: int, cost: np.ndarray, held: np.ndarray
) -> np.ndarray:
    """Cost of a mean MW whose schedule may burst.

    Parameters
    ----------
    instance : Instance
    workload : int
        Whose windows and burst they are.
    cost : ndarray of shape (members, hubs, periods)
        Per MW drawn in a period.
    held : ndarray of shape (members, hubs)
        Per MW reserved, at least 0.

    Returns
    -------
    ndarray of shape (members, hubs)
    """
    window, burst = instance.windows_of(workload), float(instance.burst[workload])
    return Filling.of(cost, held, instance.hours, window, burst).total
