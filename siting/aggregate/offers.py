"""Which hubs each bucket is offered, so that the program over buckets stays small.

Nothing is lost by it: the bound asks every workload about every hub, and a hub that a
whole bucket would rather go to is offered before the workloads are asked.
"""

from dataclasses import dataclass

import numpy as np

from siting.aggregate.buckets import Alike
from siting.aggregate.oracle import Answer
from siting.lookup import first_of
from siting.model.build import Model
from siting.model.instance import FLAT, Instance
from siting.model.outcome import Outcome

# A bucket is offered so many of its cheapest hubs, and those that its members use.
CHEAPEST = 2
BETTER = 1e-9


@dataclass(frozen=True)
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

    def costs(self, flat: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Cost of a MW of each bucket (rows) at each hub; inf where inadmissible.

        Parameters
        ----------
        flat : ndarray of shape (cells, hubs, features)
            As in :class:`~siting.aggregate.probes.Prices`.
        cells : ndarray of int of shape (workloads,)
        """
        weight = np.maximum(self.instance.it_mw, 1e-12)
        total = np.bincount(self.bucket, weight)
        per_mw = flat[cells[first_of(self.bucket)]]
        cost = per_mw[:, :, 0].copy()
        for kind, part in zip(self.groups.kinds, self.groups.features.T, strict=True):
            mean = np.bincount(self.bucket, weight * part) / total
            cost += mean[:, None] * per_mw[:, :, kind]
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
            All hubs for those with schedules of their own.
        """
        first, hubs = first_of(self.bucket), used.shape[1]
        offered = used[parent[first]]
        cheapest = np.argsort(cost, axis=1, kind="stable")[:, :CHEAPEST]
        np.put_along_axis(offered, cheapest, values=True, axis=1)
        flat = self.instance.manner == FLAT
        served = flat & (answer.best < hubs)
        offered[self.bucket[served], answer.best[served]] = True
        offered[~flat[first]] = True
        return np.asarray(offered)


def missing(cost: np.ndarray, offered: np.ndarray) -> np.ndarray:
    """Hubs (mask) that buckets would rather go to than to any they are offered."""
    least = np.where(offered, cost, np.inf).min(axis=1, keepdims=True)
    near = BETTER * np.where(np.isfinite(least), np.abs(least), 0.0)
    return np.asarray(~offered & (cost < least - near))


def used_pairs(model: Model, outcome: Outcome) -> np.ndarray:
    """Hubs (mask, by bucket and hub) that the program over buckets uses."""
    instance, draws = model.instance, model.blocks.draws
    used = np.zeros((len(instance.it_mw), len(instance.scenario.hubs)), dtype=bool)
    pair = draws.flat_pair[outcome.values[draws.flat] > 0]
    used[instance.pair_workload[pair], instance.pair_hub[pair]] = True
    return used
