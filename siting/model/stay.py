r"""What runs where it is: moving it has a price, and its dataset lies there already.

For every row of ``current`` with share :math:`c_{wh}`

.. math::

   \mathrm{moved}_{wh} \ge c_{wh} \bar D_w - \bar x_{wh}, \qquad
   \mathrm{staged}_{wh} \ge r_{wh} - c_{wh} \hat D_w, \qquad
   \sum \mathrm{moved}_{wh} \le \mathrm{churn} \sum_w \bar D_w
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.lookup import positions
from siting.model.arrays import Block, Builder
from siting.model.instance import Instance
from siting.model.placement import Draws
from siting.units import annuity_factor


@dataclass(frozen=True, eq=False)
class Stay:
    """Columns about the rows of ``current``.

    Attributes
    ----------
    moved, staged : Block or None
        MW that left; reserved MW whose dataset has to be staged. Keys ``workload``,
        ``hub``, ``pair`` (-1: not admissible any more) and ``row`` of ``current``.
    share : ndarray
        Current share, by row of ``current``.
    """

    moved: Block | None
    staged: Block | None
    share: np.ndarray


def moving_cny_per_mw_year(instance: Instance) -> float:
    """Yearly price of a MW that leaves its current hub."""
    policy, settings = instance.scenario.policy, instance.scenario.settings
    factor = annuity_factor(settings.discount_rate, policy.move_life_years)
    return policy.move_cny_per_mw * factor


def add_stay(builder: Builder, instance: Instance, draws: Draws) -> Stay | None:
    """Add what leaves its hub and what has to be staged; nothing without ``current``.

    Parameters
    ----------
    builder : Builder
    instance : Instance
    draws : Draws
    """
    scenario = instance.scenario
    current = instance.settled
    if current.empty:
        return None
    workload = positions(scenario.workloads.index, current["workload"])
    hub = positions(scenario.hubs.index, current["hub"])
    share = current["share"].to_numpy(float)
    count = len(scenario.hubs)
    # Pairs are sorted by workload, then hub.
    code = instance.pair_workload * count + instance.pair_hub
    wanted = workload * count + hub
    at = np.minimum(np.searchsorted(code, wanted), max(len(code) - 1, 0))
    pair = np.where(np.append(code, -1)[at] == wanted, at, -1)
    keys = {"workload": workload, "hub": hub, "pair": pair}

    def label(row: int) -> str:
        names = scenario.workloads.index[workload[row]], scenario.hubs.index[hub[row]]
        return "|".join(names)

    policy = scenario.policy
    limited = policy.churn_max_share is not None and instance.limits.shares
    moved = None
    if policy.move_cny_per_mw > 0 or limited:
        moved = _moved(builder, instance, draws, keys, share, label)
    if moved is not None and limited:
        most = float(policy.churn_max_share or 0.0) * float(instance.mean_mw.sum())
        rows = builder.add_rows("churn", 1, lambda _: "moved", upper=most)
        builder.add_entries(rows.start, moved.positions, 1.0)
    return Stay(moved, _staged(builder, instance, draws, keys, share, label), share)


Keys = dict[str, np.ndarray]


def _moved(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    keys: Keys,
    share: np.ndarray,
    label: Callable[[int], str],
) -> Block:
    count = len(share)
    columns = builder.add_columns("moved", count, label, **keys, row=np.arange(count))
    rows = builder.add_rows(
        "stay",
        count,
        label,
        lower=share * instance.mean_mw[keys["workload"]],
        **keys,
    )
    builder.add_entries(rows.positions, columns.positions, 1.0)
    row_of = np.full(len(instance.pair_workload) + 1, -1)
    row_of[keys["pair"]] = rows.positions
    row_of[-1] = -1
    part = instance.hours / instance.year_hours
    shape = (len(instance.scenario.hubs), len(instance.hours))
    mean = draws.yearly(np.broadcast_to(part, shape), builder.column_count)
    for pair, column in (
        (draws.flat_pair, draws.flat),
        (draws.timed_pair, draws.timed),
    ):
        wanted = row_of[pair] >= 0
        at = column[wanted]
        builder.add_entries(row_of[pair[wanted]], at, mean[at])
    return columns


def _staged(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    keys: Keys,
    share: np.ndarray,
    label: Callable[[int], str],
) -> Block | None:
    """Reserved MW above the current share, for datasets that cost something to move."""
    pair, workload, hub = keys["pair"], keys["workload"], keys["hub"]
    dataset = instance.scenario.workloads["dataset_tb"].to_numpy(float)[workload]
    price = instance.staging_cny_per_gb[instance.origin[workload], hub]
    peak = instance.peak_mw[workload]
    pick = np.flatnonzero((pair >= 0) & (dataset > 0) & (price > 0) & (peak > 0))
    if not len(pick):
        return None
    chosen = {name: values[pick] for name, values in keys.items()}
    columns = builder.add_columns(
        "staged", len(pick), lambda i: label(pick[i]), **chosen, row=pick
    )
    rows = builder.add_rows(
        "staged",
        len(pick),
        lambda i: label(pick[i]),
        lower=-share[pick] * peak[pick],
        **chosen,
    )
    builder.add_entries(rows.positions, columns.positions, 1.0)
    reserve = draws.reserve_column[pair[pick]]
    builder.add_entries(rows.positions, reserve, -draws.reserve_mw[pair[pick]])
    return columns


def settle(
    stay: Stay | None,
    instance: Instance,
    mean_mw: np.ndarray,
    reserved_mw: np.ndarray,
    values: np.ndarray,
) -> None:
    """Set the columns to the least that a placement needs.

    Parameters
    ----------
    stay : Stay or None
    instance : Instance
    mean_mw, reserved_mw : ndarray, by pair
    values : ndarray, by column
        Changed in place.
    """
    if stay is None:
        return
    for block, size, placed, sign in (
        (stay.moved, instance.mean_mw, mean_mw, 1.0),
        (stay.staged, instance.peak_mw, reserved_mw, -1.0),
    ):
        if block is None:
            continue
        pair = block.keys["pair"]
        there = np.where(pair >= 0, np.append(placed, 0.0)[pair], 0.0)
        before = stay.share[block.keys["row"]] * size[block.keys["workload"]]
        values[block.slice] = np.maximum(sign * (before - there), 0.0)
