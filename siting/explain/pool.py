r"""Workloads that are alike are explained as one.

Workloads of one set have the same class, origin, limits, manner and shape of demand;
one that a limit names is a set of its own. For each let :math:`x_w` be all that a plan
decides about it: its draws by hub and period, MW kept for it, its flows and
certificates, what is left out. One workload of demand :math:`D = \sum_w D_w` and rate
:math:`b = \sum_w b_w D_w / D` stands for the set, with the translations

.. math:: x = \sum_w x_w, \qquad x_w = \frac{D_w}{D} x.

The second always keeps what the one keeps: limits on one workload (demand, windows and
bursts, MW kept, its own green share, hubs and paths open to it) are homogeneous in
:math:`(x_w, D_w)`, limits on many (room, green shares, certificates, carbon, shares by
place) are sums, and the traffic :math:`\sum_w b_w D_w x / D = b x` is the same. So a
change that suffices for the sets suffices for the workloads.

The first keeps all but the traffic, for members of other rates may go to other hubs.
So limits that clash for the sets clash for the workloads if the rates in a set are the
same, or if no limit among them counts traffic. Where a million rates differ, the sets
are those over which the least demand left out is proven over all workloads
(:mod:`siting.aggregate.fit`), and a clash that does count traffic is asked for once
more with every rate taken as the least of a finer set: what clashes with less traffic
clashes with more (:meth:`Pool.proves`).
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.aggregate.buckets import Alike, alike, small
from siting.aggregate.fit import fit, halved, rates_matter
from siting.aggregate.run import Aggregation
from siting.errors import SolverFailed
from siting.explain.limits import WORKLOAD_KINDS, Key
from siting.explain.probe import Probe, Timer
from siting.explain.words import MEMBERS
from siting.lookup import first_of, number
from siting.model.green import green_rules
from siting.model.instance import Instance
from siting.optimise import Clock, NoPlanFits
from siting.scopes import ONE_WORKLOAD

# Up to so many sets, workloads of different rates are told apart.
MOST_SETS = 200
# How often the sets of a proof are cut in two.
HALVINGS = 4
TRAFFIC = ("link", "ingress", "egress", "carbon-cap")


@dataclass(frozen=True, eq=False)
class Pool:
    """The sets of workloads that are alike.

    Attributes
    ----------
    whole : Instance
        All workloads.
    instance : Instance
        One workload for each set; its table of workloads has the ids of the members in
        one column more. The whole one if no two are alike.
    bucket : ndarray of int of shape (workloads,)
    exact : bool
        Whether the rates in every set are the same, or do not matter.
    """

    whole: Instance
    instance: Instance
    bucket: np.ndarray
    exact: bool

    @classmethod
    def of(cls, instance: Instance, clock: Clock) -> "Pool":
        """Find the sets.

        Parameters
        ----------
        instance : Instance
        clock : Clock
            Of the search.
        """
        groups = alike(instance)
        bucket, exact = groups.of_workload, True
        if len(instance.settled):
            # What stays in place is counted workload by workload.
            bucket = np.arange(len(bucket))
        elif rates_matter(instance):
            bucket = number(bucket, instance.to_rate, instance.from_rate)
            exact = int(bucket.max(initial=0)) < MOST_SETS
            if not exact:
                bucket = _cut_to_fit(instance, groups, clock)
        if int(bucket.max(initial=-1)) + 1 == len(bucket):
            return cls(instance, instance, bucket, exact=True)
        return cls(instance, _one_for_each(instance, groups, bucket), bucket, exact)

    def proves(self, clash: tuple[Key, ...], timer: Timer) -> bool:
        """Whether limits that clash for the sets do so for the workloads, provenly.

        Parameters
        ----------
        clash : tuple of Key
            Limits of the instance of the sets.
        timer : Timer
        """
        if self.exact or not any(kind in TRAFFIC for kind, _ in clash):
            return True
        fine = self.bucket
        for _ in range(HALVINGS):
            fine = halved(self.whole, fine)
        least = copy(self.whole)
        least.to_rate = _least(self.whole.to_rate, fine)
        least.from_rate = _least(self.whole.from_rate, fine)
        finer = _one_for_each(least, alike(self.whole), fine)
        parent = self.bucket[first_of(fine)]
        kept = _translated(clash, self.instance, finer, parent)
        return not Probe(finer, timer).test(kept).fits


def alike_of(instance: Instance) -> dict[str, tuple[str, ...]]:
    """Give the ids of all workloads alike by that of the first, where several are."""
    frame = instance.scenario.workloads
    if MEMBERS not in frame:
        return {}
    return {str(n): ids for n, ids in frame[MEMBERS].items() if len(ids) > 1}


def _cut_to_fit(instance: Instance, groups: Alike, clock: Clock) -> np.ndarray:
    work = Aggregation(instance, groups, groups.of_workload, clock, unserved=True)
    try:
        fit(work)
    except (NoPlanFits, SolverFailed):
        return groups.of_workload
    return work.bucket


def _one_for_each(instance: Instance, groups: Alike, bucket: np.ndarray) -> Instance:
    found = small(instance, groups, bucket)
    ids = instance.scenario.workloads.index.to_numpy(object)
    order = np.argsort(bucket, kind="stable")
    ends = np.cumsum(np.bincount(bucket))
    parts = [tuple(part) for part in np.split(ids[order], ends[:-1])]
    rows = found.scenario.workloads
    rows[MEMBERS] = pd.Series(parts, index=rows.index, dtype=object)
    nowhere = found.scenario.current.iloc[:0]
    found.scenario = replace(found.scenario, workloads=rows, current=nowhere)
    return found


def _least(rate: np.ndarray, bucket: np.ndarray) -> np.ndarray:
    least = np.full(int(bucket.max()) + 1, np.inf)
    np.minimum.at(least, bucket, rate)
    return np.asarray(least[bucket])


def _translated(
    clash: tuple[Key, ...], coarse: Instance, fine: Instance, parent: np.ndarray
) -> frozenset[Key]:
    """Give the limits of the fine sets that those of the coarse ones stand for."""
    rules, finer = green_rules(coarse.scenario), green_rules(fine.scenario)
    own = [r for r in rules if r.subject.startswith(ONE_WORKLOAD)]
    finer_own = [r for r in finer if r.subject.startswith(ONE_WORKLOAD)]
    found: set[Key] = set()
    for kind, place in clash:
        if kind in WORKLOAD_KINDS:
            found |= {(kind, int(at)) for at in np.flatnonzero(parent == place)}
        elif kind == "green" and place < len(own):
            mine = parent == int(rules[place].members[0])
            found |= {
                (kind, at) for at, r in enumerate(finer_own) if mine[r.members[0]]
            }
        elif kind == "green":
            found.add((kind, place - len(own) + len(finer_own)))
        else:
            found.add((kind, place))
    return frozenset(found)
