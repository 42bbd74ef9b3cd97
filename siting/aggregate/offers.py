"""Which hubs each bucket is offered, so that the program over buckets stays small.

Nothing is lost by it: the bound asks every workload about every hub, and a hub that a
whole bucket would rather go to is offered before the workloads are asked.
"""

from dataclasses import dataclass

import numpy as np

from siting.aggregate.buckets import Alike
from siting.aggregate.oracle import Answer, burst_costs, held_costs, hourly_costs
from siting.aggregate.probes import Prices
from siting.lookup import first_of
from siting.model.build import Model
from siting.model.instance import BURST, MOVABLE, Instance
from siting.model.outcome import Outcome

BETTER = 1e-9


@dataclass(frozen=True, eq=False)
class Buckets:
    """Buckets, and what their members ask for.

    Parameters
    ----------
    instance : Instance
        The full one.
    groups : Alike
    bucket : ndarray of int of shape (workloads,)
    """

    instance: Instance
    groups: Alike
    bucket: np.ndarray

    @property
    def it_mw(self) -> np.ndarray:
        """Demand of each bucket."""
        return np.bincount(self.bucket, self.instance.it_mw)

    def costs(self, prices: Prices, cells: np.ndarray) -> np.ndarray:
        """Cost of a MW of each bucket (rows) at each hub; inf where inadmissible.

        Parameters
        ----------
        prices : Prices
        cells : ndarray of int of shape (workloads,)
        """
        weight = np.maximum(self.instance.it_mw, 1e-12)
        total = np.bincount(self.bucket, weight)
        first, kinds = first_of(self.bucket), self.groups.kinds
        per_mw = prices.flat[cells[first]]
        cost = per_mw[:, :, 0].copy()
        means = np.empty((len(first), len(kinds)))
        for place, part in enumerate(self.groups.features.T):
            means[:, place] = np.bincount(self.bucket, weight * part) / total
            cost += means[:, [place]] * per_mw[:, :, kinds[place]]
        bursting = np.flatnonzero(self.instance.manner[first] == BURST)
        for cell in np.unique(cells[first[bursting]]).tolist():
            some = bursting[cells[first[bursting]] == cell]
            hourly = prices.timed[cell]
            open_ = np.flatnonzero(np.isfinite(hourly[:, 0, 0]))
            drawn = hourly_costs(means[some], kinds, hourly[open_])
            held = held_costs(means[some], kinds, prices.reserved[cell][open_])
            found = burst_costs(self.instance, int(first[some[0]]), drawn, held)
            cost[np.ix_(some, open_)] = found
        return np.asarray(cost)

    def offered(
        self, cost: np.ndarray, answer: Answer, used: np.ndarray, parent: np.ndarray
    ) -> np.ndarray:
        """Choose hubs for new buckets.

        Parameters
        ----------
        cost : ndarray of shape (buckets, hubs)
        answer : Answer
            What the workloads would do.
        used : ndarray of bool of shape (former buckets, hubs)
        parent : ndarray of int of shape (workloads,)
            Former bucket of each workload.

        Returns
        -------
        ndarray of bool of shape (buckets, hubs)
            All hubs for those that are movable.
        """
        first, hubs = first_of(self.bucket), used.shape[1]
        offered = used[parent[first]]
        offered[np.arange(len(first)), cost.argmin(axis=1)] = True
        told = chooses_hub(self.instance)
        served = told & (answer.best < hubs)
        offered[self.bucket[served], answer.best[served]] = True
        offered[~told[first]] = True
        return np.asarray(offered)


def chooses_hub(instance: Instance) -> np.ndarray:
    """Whether a price by hub tells where each workload would go: not if movable."""
    return np.asarray(instance.manner != MOVABLE)


def missing(cost: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hub that each bucket would rather go to than to any it is offered.

    The best one only, for with these the prices of the others change.

    Returns
    -------
    more : ndarray of bool of shape (buckets, hubs)
    forgone : ndarray of shape (buckets,)
        What a MW of each bucket would spare.
    """
    least = np.where(offered, cost, np.inf).min(axis=1, keepdims=True)
    near = BETTER * np.where(np.isfinite(least), np.abs(least), 0.0)
    wanted = np.where(~offered & (cost < least - near), cost, np.inf)
    best = wanted.argmin(axis=1)[:, None]
    cheapest = np.take_along_axis(wanted, best, axis=1)
    some = np.isfinite(cheapest)
    more = np.zeros_like(offered)
    np.put_along_axis(more, best, some, axis=1)
    forgone = np.where(some, least - np.where(some, cheapest, 0.0), 0.0)
    return more, forgone[:, 0]


def used_pairs(model: Model, outcome: Outcome) -> np.ndarray:
    """Hubs (mask, by bucket and hub) that the program over buckets uses."""
    instance, draws = model.instance, model.blocks.draws
    used = np.zeros((len(instance.it_mw), len(instance.scenario.hubs)), dtype=bool)
    pair = draws.flat_pair[outcome.values[draws.flat] > 0]
    used[instance.pair_workload[pair], instance.pair_hub[pair]] = True
    pair = draws.timed_pair[outcome.values[draws.timed] > 0]
    used[instance.pair_workload[pair], instance.pair_hub[pair]] = True
    return used
