r"""What runs where it is: moving it has a price, and its dataset lies there already.

For every row of ``current`` with share :math:`c_{wh}`

.. math::

   \mathrm{moved}_{wh} \ge c_{wh} \bar D_w - \bar x_{wh}, \qquad
   \mathrm{staged}_{wh} \ge \bar x_{wh} - c_{wh} \bar D_w, \qquad
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
        Mean MW that left; mean MW whose part of the dataset has to be staged. Keys
        ``workload``, ``hub``, ``pair`` (-1: not admissible any more) and ``row`` of
        ``current``.
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


def staging_cny_per_mw(instance: Instance) -> np.ndarray:
    """Price of moving the dataset of a mean MW, by pair.

    Placing all of a workload moves its dataset once, however it is spread over hubs,
    and whatever power it reserves.
    """
    dataset_gb = instance.scenario.workloads["dataset_tb"].to_numpy(float) * 1000.0
    mean = instance.mean_mw
    per_mw = np.divide(dataset_gb, mean, out=np.zeros(len(mean)), where=mean > 0)
    workload, hub = instance.pair_workload, instance.pair_hub
    price = instance.staging_cny_per_gb[instance.origin[workload], hub]
    return np.asarray(per_mw[workload] * price)


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
    _add_means(builder, instance, draws, rows, 1.0)
    return columns


def _staged(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    keys: Keys,
    share: np.ndarray,
    label: Callable[[int], str],
) -> Block | None:
    """Mean MW above the current share, for datasets that cost something to move."""
    price = np.append(staging_cny_per_mw(instance), 0.0)[keys["pair"]]
    pick = np.flatnonzero(price > 0)
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
        lower=-share[pick] * instance.mean_mw[chosen["workload"]],
        **chosen,
    )
    builder.add_entries(rows.positions, columns.positions, 1.0)
    _add_means(builder, instance, draws, rows, -1.0)
    return columns


def _add_means(
    builder: Builder, instance: Instance, draws: Draws, rows: Block, sign: float
) -> None:
    """Add the mean MW of the pair of each row."""
    row_of = np.full(len(instance.pair_workload) + 1, -1)
    row_of[rows.keys["pair"]] = rows.positions
    row_of[-1] = -1
    mean = draws.means(builder.column_count)
    for pair, column in (
        (draws.flat_pair, draws.flat),
        (draws.timed_pair, draws.timed),
    ):
        wanted = row_of[pair] >= 0
        at = column[wanted]
        builder.add_entries(row_of[pair[wanted]], at, sign * mean[at])


def settle(
    stay: Stay | None,
    instance: Instance,
    mean_mw: np.ndarray,
    values: np.ndarray,
) -> None:
    """Set the columns to the least that a placement needs.

    Parameters
    ----------
    stay : Stay or None
    instance : Instance
    mean_mw : ndarray, by pair
    values : ndarray, by column
        Changed in place.
    """
    if stay is None:
        return
    for block, sign in ((stay.moved, 1.0), (stay.staged, -1.0)):
        if block is None:
            continue
        pair = block.keys["pair"]
        there = np.where(pair >= 0, np.append(mean_mw, 0.0)[pair], 0.0)
        mean = instance.mean_mw[block.keys["workload"]]
        before = stay.share[block.keys["row"]] * mean
        values[block.slice] = np.maximum(sign * (before - there), 0.0)
