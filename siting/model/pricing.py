r"""Column generation: paths whose reduced cost is negative.

A path is worth adding where its price is below what one more Gbps is worth,

.. math:: \sum_{a \in p} \Bigl(\mathrm{toll}_a \overline{\varphi} +
          \sum_t \varphi_t (\lambda_{at} + \mu_{at})\Bigr) < \sigma_{kh}

with :math:`\lambda, \mu` the multipliers of capacity and lit bandwidth and
:math:`\sigma` the dual of the balance row. When none is left the optimum over the known
paths is the optimum over all admissible ones.
"""

import numpy as np

from siting.model.build import Model
from siting.model.instance import Instance
from siting.model.outcome import Outcome
from siting.model.routing import Bundle, Commodity

TOLERANCE = 1e-9


def arc_prices(model: Model, outcome: Outcome) -> np.ndarray:
    """Multipliers of capacity and lit bandwidth, by capacity row and period."""
    instance = model.instance
    prices = np.zeros((len(instance.backbone.row_link), len(instance.hours)))
    for kind in ("link", "lit"):
        block = model.program.rows.get(kind)
        if block is not None:
            at = (block.keys["row"], block.keys["period"])
            prices[at] += outcome.multipliers(block)
    return prices


def add_paths(model: Model, outcome: Outcome, cny_weight: float) -> int:
    """Add the cheapest path of every bundle where it would lower the objective.

    Parameters
    ----------
    model : Model
    outcome : Outcome
        With the duals of the program over the known paths.
    cny_weight : float
        What one CNY counts in the objective.

    Returns
    -------
    int
        Paths added; 0 proves that none is missing.
    """
    instance, groups = model.instance, model.blocks.groups
    if model.blocks.flows is None:
        return 0
    prices = arc_prices(model, outcome)
    balance = model.blocks.flows.balance
    worth: list[list[float]] = [[] for _ in groups]
    for bundle, value in zip(
        balance.keys["bundle"].tolist(),
        outcome.row_duals[balance.slice].tolist(),
        strict=True,
    ):
        worth[bundle].append(value)
    toll = cny_weight * instance.toll_cny_per_gbps_year[instance.backbone.arc_link]
    added = 0
    for members in by_commodity(groups).values():
        commodity = groups[members[0]].commodity
        if commodity.profile >= 0:
            cost = toll * instance.mean_factor[commodity.profile]
            by_row = prices @ instance.factor[commodity.profile]
            cost = cost + by_row[instance.backbone.arc_row]
            value = np.array([[worth[m][0] for m in members]])
            added += _price(model, members, cost[None, :], value)
        else:
            part = instance.hours / instance.year_hours
            costs = toll * part[:, None] + prices[instance.backbone.arc_row].T
            value = np.array([worth[m] for m in members]).T
            added += _price(model, members, costs, value)
    return added


def _price(
    model: Model, members: list[int], costs: np.ndarray, worth: np.ndarray
) -> int:
    """Search once for each distinct set of arc costs (rows of ``costs``)."""
    instance, groups = model.instance, model.blocks.groups
    commodity = groups[members[0]].commodity
    node = instance.origin_node[commodity.origin]
    wanted = [
        (instance.hub_node[groups[m].hub], groups[m].most_one_way_ms) for m in members
    ]
    kinds, kind = costs, np.zeros(1, dtype=int)
    if len(costs) > 1:
        kinds, kind = np.unique(costs, axis=0, return_inverse=True)
    added = 0
    for number, cost in enumerate(kinds):
        best_worth = worth[kind.ravel() == number].max(axis=0)
        if not (best_worth > 0).any():
            continue
        paths = instance.backbone.cheapest(
            node, cost, wanted, inward=not commodity.to_hub
        )
        by_arc = cost.tolist()
        for place, path in enumerate(paths):
            value = float(best_worth[place])
            if path is None:
                continue
            price = sum(by_arc[arc] for arc in path.arcs)
            if price < value - TOLERANCE * max(1.0, abs(value)):
                added += _add(instance, groups[members[place]], path.arcs)
    return added


def _add(instance: Instance, bundle: Bundle, arcs: tuple[int, ...]) -> int:
    if any(known.arcs == arcs for known in bundle.paths):
        return 0
    bundle.paths.append(instance.backbone.path(arcs))
    return 1


def add_cheapest_paths(instance: Instance, groups: list[Bundle]) -> None:
    """Start every bundle with its cheapest path by price beside the fastest."""
    price = instance.toll_cny_per_gbps_year + instance.tariff.link_cny_per_gbps_year
    if not (price > 0).any():
        return
    cost = price[instance.backbone.arc_link]
    for members in by_commodity(groups).values():
        commodity = groups[members[0]].commodity
        wanted = [
            (instance.hub_node[groups[m].hub], groups[m].most_one_way_ms)
            for m in members
        ]
        node = instance.origin_node[commodity.origin]
        inward = not commodity.to_hub
        paths = instance.backbone.cheapest(node, cost, wanted, inward=inward)
        for number, path in zip(members, paths, strict=True):
            if path is not None:
                _add(instance, groups[number], path.arcs)


def by_commodity(groups: list[Bundle]) -> dict[Commodity, list[int]]:
    """Numbers of the bundles of each commodity."""
    together: dict[Commodity, list[int]] = {}
    for number, group in enumerate(groups):
        together.setdefault(group.commodity, []).append(number)
    return together
