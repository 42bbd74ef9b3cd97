r"""Room and bandwidth of the hubs.

.. math::

   \mathrm{room}_h \ge \sum_w r_{wh} \quad (\text{dedicated}) \qquad
   \mathrm{room}_h \ge \sum_w x_{wht}\ \forall t \quad (\text{pooled})

   \mathrm{room}_h - \mathrm{build}_h \le \mathrm{capacity}_h, \qquad
   \sum_w \mathrm{rate}_w x_{wht} \le \mathrm{bandwidth}_h
"""

from dataclasses import dataclass

import numpy as np

from siting.lookup import position
from siting.model.arrays import Block, Builder
from siting.model.instance import Instance
from siting.model.placement import Draws


@dataclass(frozen=True, eq=False)
class Rooms:
    """Columns of room and of what is built, one for each hub."""

    room: Block
    build: Block


def add_hubs(builder: Builder, instance: Instance, draws: Draws) -> Rooms:
    """Add room, build-out and bandwidth of every hub."""
    hubs = instance.scenario.hubs
    limits = instance.limits
    names = hubs.index
    least = np.zeros(len(hubs))
    if limits.reserved:
        for floor in instance.scenario.policy.reserved_min:
            place = position(names, floor.hub)
            least[place] = max(least[place], floor.mw)
    room = builder.add_columns("room", len(hubs), lambda i: str(names[i]), lower=least)
    most = hubs["build_max_mw"].to_numpy(float) if limits.building else np.inf
    build = builder.add_columns("build", len(hubs), lambda i: str(names[i]), upper=most)
    capacity = hubs["it_capacity_mw"].to_numpy(float)
    bound = np.flatnonzero(np.isfinite(capacity)) if limits.room else np.zeros(0, int)
    rows = builder.add_rows(
        "room",
        len(bound),
        lambda i: str(names[bound[i]]),
        upper=capacity[bound],
        hub=bound,
    )
    builder.add_entries(rows.positions, room.positions[bound], 1.0)
    builder.add_entries(rows.positions, build.positions[bound], -1.0)
    if instance.scenario.settings.room == "pooled":
        _pooled(builder, instance, draws, room)
    else:
        _dedicated(builder, instance, draws, room)
    if limits.bandwidth:
        for kind, rate in (
            ("ingress", instance.to_rate),
            ("egress", instance.from_rate),
        ):
            _bandwidth(builder, instance, draws, kind, rate)
    return Rooms(room, build)


def _dedicated(builder: Builder, instance: Instance, draws: Draws, room: Block) -> None:
    names = instance.scenario.hubs.index
    rows = builder.add_rows(
        "room-use",
        len(names),
        lambda i: str(names[i]),
        lower=0.0,
        hub=np.arange(len(names)),
        period=np.full(len(names), -1),
    )
    builder.add_entries(rows.positions, room.positions, 1.0)
    builder.add_entries(
        rows.start + instance.pair_hub, draws.reserve_column, -draws.reserve_mw
    )


def _pooled(builder: Builder, instance: Instance, draws: Draws, room: Block) -> None:
    names = instance.scenario.hubs.index
    labels = instance.scenario.periods.index
    periods = draws.periods
    count = len(periods)
    hub = np.repeat(np.arange(len(names)), count)
    rows = builder.add_rows(
        "room-use",
        len(hub),
        lambda i: f"{names[hub[i]]}|{labels[periods[i % count]]}",
        lower=0.0,
        hub=hub,
        period=np.tile(periods, len(names)),
    )
    builder.add_entries(rows.positions, room.positions[hub], 1.0)
    position, pair, column, value = draws.entries(
        periods, np.ones(len(instance.pair_workload))
    )
    row = rows.start + instance.pair_hub[pair] * count + position
    builder.add_entries(row, column, -value)


def _bandwidth(
    builder: Builder, instance: Instance, draws: Draws, kind: str, rate: np.ndarray
) -> None:
    hubs = instance.scenario.hubs
    labels = instance.scenario.periods.index
    most = hubs[f"{kind}_gbps"].to_numpy(float)
    bound = np.flatnonzero(np.isfinite(most))
    periods = draws.periods
    count = len(periods)
    hub = np.repeat(bound, count)
    rows = builder.add_rows(
        kind,
        len(hub),
        lambda i: f"{hubs.index[hub[i]]}|{labels[periods[i % count]]}",
        upper=most[hub],
        hub=hub,
        period=np.tile(periods, len(bound)),
    )
    place = np.full(len(hubs), -1)
    place[bound] = np.arange(len(bound))
    at = place[instance.pair_hub]
    factor = np.where(at >= 0, rate[instance.pair_workload], 0.0)
    position, pair, column, value = draws.entries(periods, factor)
    builder.add_entries(rows.start + at[pair] * count + position, column, value)
