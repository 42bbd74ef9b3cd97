"""For one workload: which hubs are ruled out, and by what."""

from dataclasses import dataclass

import numpy as np

from siting.explain.limits import closed
from siting.model.instance import Instance


@dataclass(frozen=True, eq=False)
class Ways:
    """Masks over the hubs; a hub is admissible where all are true.

    Attributes
    ----------
    open, serves, regions, path, latency : ndarray of bool
    rtt_ms : ndarray of float
        Shortest limit under which a hub is reached; nan where unknown.
    """

    open: np.ndarray
    serves: np.ndarray
    regions: np.ndarray
    path: np.ndarray
    latency: np.ndarray
    rtt_ms: np.ndarray


def ways_of(instance: Instance, workload: int) -> Ways:
    """Find which hubs a workload may use, limit by limit."""
    scenario, reach = instance.scenario, instance.reach
    hubs = scenario.hubs
    row = scenario.workloads.iloc[workload]
    origin = int(instance.origin[workload])
    regions = np.ones(len(hubs), dtype=bool)
    if row["allowed_hubs"]:
        regions &= hubs.index.isin(row["allowed_hubs"])
    if row["allowed_sides"]:
        regions &= hubs["side"].isin(row["allowed_sides"]).to_numpy()
    if row["allowed_provinces"]:
        regions &= hubs["province"].isin(row["allowed_provinces"]).to_numpy()
    if row["excluded_hubs"]:
        regions &= ~hubs.index.isin(row["excluded_hubs"])
    serves = [not only or row["origin"] in only for only in hubs["serves"]]
    path = np.ones(len(hubs), dtype=bool)
    latency = np.ones(len(hubs), dtype=bool)
    rtt = np.full(len(hubs), -np.inf)
    limit = float(instance.rtt_limit_ms[workload])
    to_rate, from_rate = instance.to_rate[workload], instance.from_rate[workload]
    directions = [True] if to_rate > 0 or from_rate <= 0 else []
    directions += [False] if from_rate > 0 else []
    for to_hub in directions:
        path &= reach.within(np.inf, to_hub=to_hub)[origin]
        latency &= reach.within(limit, to_hub=to_hub)[origin]
        rtt = np.maximum(rtt, _fastest_ms(instance, origin, to_hub=to_hub))
    return Ways(
        open=~closed(instance),
        serves=np.array(serves, dtype=bool),
        regions=regions,
        path=path,
        latency=latency,
        rtt_ms=rtt,
    )


def _fastest_ms(instance: Instance, origin: int, *, to_hub: bool) -> np.ndarray:
    """Round trip of the fastest path in one direction."""
    reach = instance.reach
    measured = reach.measured_ms[origin]
    if not reach.has_links:
        return np.asarray(reach.rtt_ms[origin])
    one_way = (reach.to_ms if to_hub else reach.from_ms)[origin]
    one_way = np.where(np.isfinite(one_way), one_way, np.nan)
    modelled = 2.0 * one_way * reach.rtt_factor + reach.rtt_access_ms
    return np.where(np.isnan(measured), modelled, measured + 0.0 * one_way)
