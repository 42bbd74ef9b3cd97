r"""Pieces: movable workloads cut into their periods.

Where no price or limit hangs on what a movable workload reserves, nothing ties its
periods together:

.. math:: \sum_h x_{wht} + u_{wt} = D_{wt} \quad \text{for every } t \text{ on its own}

so each period is a workload that follows a profile of that one period. Buckets of
pieces are cut where the members of that period differ, not those of any period.
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.aggregate.buckets import FEATURES, Alike
from siting.lookup import first_of, number, repeated
from siting.model.extract import Placed
from siting.model.green import singled_out
from siting.model.instance import FLAT, MOVABLE, Instance
from siting.model.objective import reserves

_OF_VALUES = ("pair_workload", "pair_hub", "billed_rate", "peak_periods")
# Columns that say where a demand comes from, which is in the instance by then.
_TOLD = (
    *("name", "model", "accelerators", "utilisation", "pf_days_per_year", "mfu"),
    *("flops_per_year", "requests_per_day", "wh_per_request"),
)
# Columns of words: each word is kept once, not with every piece.
_WORDS = ("id", "class", "origin", "manner", "profile", "window")


@dataclass(frozen=True, eq=False)
class Pieces:
    """An instance in which movable workloads are cut.

    Attributes
    ----------
    instance, whole : Instance
        Of the pieces, and of the workloads.
    workload : ndarray of int of shape (pieces,)
        Workload of each piece, ascending among those that are whole and among the cut.
    part : ndarray of shape (pieces,)
        Of the workload's mean demand, and so of its dataset.
    cut : int
        Where the pieces of cut workloads begin.
    """

    instance: Instance
    whole: Instance
    workload: np.ndarray
    part: np.ndarray
    cut: int

    def alike(self, whole: Alike) -> Alike:
        """Group pieces as their workloads are, and by what they follow.

        Parameters
        ----------
        whole : Alike
            Groups of the workloads.
        """
        group = number(whole.of_workload[self.workload], self.instance.profile)
        first = first_of(group)
        masks = whole.masks[whole.of_workload[self.workload[first]]]
        features = np.empty((len(group), whole.features.shape[1]), order="F")
        for place, kind in enumerate(whole.kinds.tolist()):
            features[:, place] = whole.features[self.workload, place]
            if FEATURES[kind] == "dataset":
                features[:, place] *= self.part
        return Alike(group, first, masks, features, whole.kinds)

    def joined(self, placed: Placed) -> Placed:
        """Put what the pieces do together.

        Parameters
        ----------
        placed : Placed
            Of the pieces.
        """
        whole, hubs = self.whole, len(self.whole.scenario.hubs)
        head = int(np.searchsorted(placed.workload, self.cut))
        piece, hub = placed.workload[head:], placed.hub[head:]
        owner = self.workload[piece]
        pair = owner * hubs + hub
        used = np.zeros(len(whole.it_mw) * hubs, dtype=bool)
        used[pair] = True
        code, row = np.flatnonzero(used), (np.cumsum(used) - 1)[pair]
        profile = self.instance.profile[piece]
        period = self.instance.profile_period[profile]
        drawn = placed.share[head:] * self.instance.it_mw[piece]
        known = len(placed.schedule_mw)
        every = np.zeros((known + len(code), len(whole.hours)))
        every[:known] = placed.schedule_mw
        schedule = every[known:]
        schedule[row, period] = drawn * self.instance.factor[profile, period]
        mean = schedule @ whole.hours / whole.year_hours
        demand = whole.mean_mw[code // hubs]
        workload = np.concatenate([self.workload[placed.workload[:head]], code // hubs])
        order = np.argsort(workload, kind="stable")
        place = np.empty(len(order), dtype=int)
        place[order] = np.arange(len(order))

        def joined(before: np.ndarray, after: np.ndarray) -> np.ndarray:
            return np.asarray(np.concatenate([before[:head], after])[order])

        share = np.divide(mean, demand, out=np.zeros(len(mean)), where=demand > 0)
        energy = np.bincount(row, placed.energy_mwh[head:], minlength=len(code))
        lost, at = np.unique(
            self.workload[placed.unserved_workload], return_inverse=True
        )
        unserved = np.zeros((len(lost), len(whole.hours)))
        np.add.at(unserved, at, placed.unserved_mw)
        timed = np.concatenate([placed.timed, head + np.arange(len(code))])
        return Placed(
            instance=whole,
            workload=workload[order],
            hub=joined(placed.hub, code % hubs),
            share=joined(placed.share, share),
            mean_mw=joined(placed.mean_mw, mean),
            reserved_mw=joined(placed.reserved_mw, schedule.max(axis=1, initial=0.0)),
            energy_mwh=joined(placed.energy_mwh, energy),
            timed=place[timed],
            schedule_mw=every,
            unserved_workload=lost,
            unserved_mw=unserved,
        )


def pieces(instance: Instance) -> Pieces | None:
    """Cut the movable workloads of an instance; None where there is nothing to cut.

    Parameters
    ----------
    instance : Instance
    """
    frame = instance.scenario.workloads
    # What has a green share or certificates of its own is tied together by them.
    free = (instance.manner == MOVABLE) & ~singled_out(instance.scenario)
    if not free.any() or reserves(instance):
        return None
    profile = instance.profile[free]
    drawn, known = instance.factor > 0, len(instance.profiles)
    of_profile, period = np.nonzero(drawn)
    begin = np.cumsum(drawn.sum(axis=1)) - drawn.sum(axis=1)
    count = drawn.sum(axis=1)[profile]
    owner, within = repeated(count)
    piece_profile = known + begin[profile][owner] + within
    rest = np.flatnonzero(~free)
    workload = np.concatenate([rest, np.flatnonzero(free)[owner]])
    other = copy(instance)
    for name in _OF_VALUES:
        other.__dict__.pop(name, None)
    # Names would take longer to repeat than all columns.
    rows = frame.drop(columns=[*_TOLD, "home_hub"]).reset_index(drop=True)
    rows = rows.astype(dict.fromkeys(_WORDS, "category")).take(workload)
    rows.index = pd.RangeIndex(len(rows))
    rows["home_hub"] = ""
    other.scenario = replace(
        instance.scenario, workloads=rows, current=instance.scenario.current.iloc[:0]
    )
    single = np.zeros((len(period), len(instance.hours)))
    single[np.arange(len(period)), period] = instance.factor[of_profile, period]
    other.factor = np.concatenate([instance.factor, single])
    other.profile_period = np.concatenate([np.full(known, -1), period])
    labels = instance.scenario.periods.index.to_numpy(object)[period]
    names = instance.profiles.to_numpy(object)[of_profile] + "|" + labels
    other.profiles = instance.profiles.append(pd.Index(names))
    other.mean_factor = other.factor @ other.hours / other.year_hours
    other.peak_factor = other.factor.max(axis=1)
    for name in ("it_mw", "origin", "to_rate", "from_rate", "rtt_limit_ms", "burst"):
        setattr(other, name, getattr(instance, name)[workload])
    other.profile = np.concatenate([instance.profile[rest], piece_profile])
    other.manner = np.append(instance.manner[rest], np.full(len(piece_profile), FLAT))
    other.mean_mw = other.it_mw * other.mean_factor[other.profile]
    other.peak_mw = other.it_mw * other.peak_factor[other.profile]
    demand = instance.mean_mw[workload]
    part = np.ones(len(workload))
    np.divide(other.mean_mw, demand, out=part, where=demand > 0)
    rows["dataset_tb"] *= part
    return Pieces(other, instance, workload, part, len(rest))
