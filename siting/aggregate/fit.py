"""Whether all workloads fit, where buckets at their mean rates do not.

A bucket goes where its mean rate suits; its members may each go where their own rate
suits, and load the links less. That a program over buckets has no solution is thus no
proof. The least energy left unserved, proven over all workloads, is: above 0 no plan
fits, and at 0 its buckets do.
"""

from typing import TYPE_CHECKING

import numpy as np

from siting.lookup import number
from siting.model.basis import Warmth
from siting.model.instance import Instance
from siting.optimise import NoPlanFits

if TYPE_CHECKING:
    from siting.aggregate.run import Aggregation

# Of all energy; less is the solver's accuracy.
NOTHING = 1e-9
MOST_HALVINGS = 5
LEAST = {"unserved": 1.0}


def rates_matter(instance: Instance) -> bool:
    """Whether any limit counts the traffic, so that data rates decide what fits."""
    scenario = instance.scenario
    bandwidth = scenario.hubs[["ingress_gbps", "egress_gbps"]].to_numpy(float)
    emits = scenario.settings.network_kwh_per_gb > 0
    return (
        bool(np.isfinite(instance.headroom_gbps).any())
        or bool(np.isfinite(bandwidth).any())
        or (emits and scenario.policy.carbon_cap_t is not None)
    )


def fit(work: "Aggregation") -> bool:
    """Cut the buckets until they fit, where the workloads do.

    Parameters
    ----------
    work : Aggregation
        Its buckets do not fit.

    Returns
    -------
    bool
        False if it is proven that some demand cannot be served.

    Raises
    ------
    NoPlanFits
        If no demand left out would help, over buckets that are cut finely.
    """
    instance = work.instance
    if not rates_matter(instance):
        return False
    bucket = work.bucket
    for turn in range(MOST_HALVINGS + 1):
        loose = type(work)(
            instance, work.groups, bucket, work.clock, unserved=True, paths=[]
        )
        try:
            if not turn:
                loose.prepare(LEAST)
            _, _, bound = loose.stage(LEAST, ())
            break
        except NoPlanFits:
            halves = halved(instance, bucket)
            if turn == MOST_HALVINGS or np.array_equal(halves, bucket):
                raise
            bucket = halves
    work.bucket, work.offered, work.warmth = loose.bucket, None, Warmth()
    energy_mwh = float(instance.mean_mw.sum()) * instance.year_hours
    return bound <= NOTHING * energy_mwh


def halved(instance: Instance, bucket: np.ndarray) -> np.ndarray:
    """Cut every bucket in two by the data rates of its members."""
    rate = instance.to_rate + instance.from_rate
    mean = np.bincount(bucket, rate) / np.bincount(bucket)
    return number(bucket, rate > mean[bucket])
