r"""Limits that are a choice: shares by place, and the carbon cap.

.. math::

   \sum_{w \in S, h \in \mathrm{place}} \bar x_{wh} \ge (\le)\; q \sum_{w \in S}
   \bar D_w, \qquad \sum \mathrm{emissions} \le \mathrm{cap}
"""

import numpy as np

from siting.model.arrays import Builder
from siting.model.green import scope
from siting.model.instance import Instance
from siting.model.objective import Blocks, emissions
from siting.model.placement import Draws
from siting.scenario import Scenario
from siting.settings import PlacementLimit


def share_place(scenario: Scenario, limit: PlacementLimit) -> np.ndarray:
    """Hubs (mask) that a placement limit names."""
    hubs = scenario.hubs
    mask = np.ones(len(hubs), dtype=bool)
    if limit.hub:
        mask &= hubs.index == limit.hub
    if limit.side:
        mask &= (hubs["side"] == limit.side).to_numpy()
    if limit.province:
        mask &= (hubs["province"] == limit.province).to_numpy()
    return mask


def add_shares(builder: Builder, instance: Instance, draws: Draws) -> None:
    """Add least and most shares placed in a side, province or hub."""
    policy = instance.scenario.policy
    _shares(builder, instance, draws, "placement-min", policy.placement_min)
    _shares(builder, instance, draws, "placement-max", policy.placement_max)


def _shares(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    kind: str,
    limits: tuple[PlacementLimit, ...],
) -> None:
    scenario = instance.scenario
    members = [
        scope(scenario, limit.workload_class, limit.origin, limit.workload)
        for limit in limits
    ]
    amount = np.array(
        [
            limit.share * instance.mean_mw[mask].sum()
            for limit, mask in zip(limits, members, strict=True)
        ]
    )
    bound = {"lower": amount} if kind == "placement-min" else {"upper": amount}
    rows = builder.add_rows(
        kind, len(limits), lambda i: str(i), **bound, number=np.arange(len(limits))
    )
    for number, (limit, mask) in enumerate(zip(limits, members, strict=True)):
        place = share_place(scenario, limit)[instance.pair_hub]
        counted = (place & mask[instance.pair_workload]).astype(float)
        weight = draws.means(builder.column_count, counted)
        column = np.flatnonzero(weight)
        builder.add_entries(rows.start + number, column, weight[column])


def add_carbon_cap(builder: Builder, instance: Instance, blocks: Blocks) -> None:
    """Add the cap on the plan's emissions, if there is one."""
    policy = instance.scenario.policy
    if policy.carbon_cap_t is None:
        return
    weight = emissions(builder, instance, blocks, policy.carbon_accounting)
    rows = builder.add_rows(
        "carbon-cap", 1, lambda _: policy.carbon_accounting, upper=policy.carbon_cap_t
    )
    column = np.flatnonzero(weight)
    builder.add_entries(rows.positions[:1], column, weight[column])
