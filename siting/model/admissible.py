"""Which hubs a workload may use, decided once for workloads that are alike."""

from typing import TYPE_CHECKING

import numpy as np

from siting.lookup import first_of, number

if TYPE_CHECKING:
    from siting.model.instance import Instance

COLUMNS = ("allowed_hubs", "allowed_sides", "allowed_provinces", "excluded_hubs")


def admissible(instance: "Instance") -> tuple[np.ndarray, np.ndarray]:
    """Find the hubs open to every workload.

    Parameters
    ----------
    instance : Instance
        Its limits say whether latency and regions count.

    Returns
    -------
    group : ndarray of int of shape (workloads,)
        Workloads that are alike.
    masks : ndarray of bool of shape (groups, hubs)
    """
    scenario, workloads = instance.scenario, instance.scenario.workloads
    limit = np.broadcast_to(
        instance.rtt_limit_ms if instance.limits.latency else np.inf,
        instance.rtt_limit_ms.shape,
    )
    lists = [workloads[name].to_numpy(object) for name in COLUMNS]
    group = number(
        instance.origin, limit, instance.to_rate > 0, instance.from_rate > 0, *lists
    )
    hubs = scenario.hubs
    names, side = hubs.index, hubs["side"]
    regions = instance.limits.regions
    closed = names.isin(scenario.policy.closed_hubs) & regions
    usable = hubs["open"].to_numpy(bool) & ~closed
    serves = [
        np.array([not only or origin in only for only in hubs["serves"]], dtype=bool)
        for origin in instance.reach.origins
    ]
    first = first_of(group)
    masks = np.zeros((len(first), len(hubs)), dtype=bool)
    for row, member in enumerate(first.tolist()):
        origin = int(instance.origin[member])
        mask = usable & serves[origin]
        most = float(limit[member])
        inward = instance.from_rate[member] > 0
        if instance.to_rate[member] > 0 or not inward:
            mask &= instance.reach.within(most, to_hub=True)[origin]
        if inward:
            mask &= instance.reach.within(most, to_hub=False)[origin]
        if regions:
            only, sides, provinces, never = (values[member] for values in lists)
            if only:
                mask &= names.isin(only)
            if sides:
                mask &= side.isin(sides).to_numpy()
            if provinces:
                mask &= hubs["province"].isin(provinces).to_numpy()
            mask &= ~names.isin(never)
        masks[row] = mask
    if instance.preferred is not None:
        rather = masks & instance.preferred
        masks = np.where(rather.any(axis=1)[:, None], rather, masks)
    return group, masks
