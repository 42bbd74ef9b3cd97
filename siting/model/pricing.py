r"""Column generation: paths whose reduced cost is negative.

A path is worth adding where its price (:mod:`siting.model.tolls`) is below the dual
:math:`\pi_r` of the balance row, which is what one more Gbps is worth. Where nothing is
carried yet, that dual is no more than a guess: it may as well be lowered to the price,

.. math:: \pi'_r = \min(\pi_r, \mathrm{price}_r), \qquad
          d'_j = d_j + \sum_r a_{rj} (\pi_r - \pi'_r)

and no path is missing there if the reduced costs :math:`d'_j` of all traffic stay at 0
or above: the lowered duals then prove the same objective. When none is left the optimum
over the known paths is the optimum over all admissible ones.
"""

import numpy as np

from siting.model.instance import Instance
from siting.model.routing import Bundle, Commodity
from siting.model.tolls import ROUNDING, Tolls

TOLERANCE = 1e-9


def add_paths(tolls: Tolls) -> int:
    """Add the cheapest path of every bundle where it would lower the objective.

    Parameters
    ----------
    tolls : Tolls
        Of the program over the known paths.

    Returns
    -------
    int
        Paths added; 0 proves that none is missing.
    """
    model, groups = tolls.model, tolls.model.blocks.groups
    if model.blocks.flows is None:
        return 0
    balance = model.blocks.flows.balance
    bundle, period = balance.keys["bundle"], balance.keys["period"]
    worth = tolls.outcome.row_duals[balance.slice]
    # Nothing is gained by a path where another Gbps is worth nothing.
    rows = np.flatnonzero(worth > 0)
    paid = np.unique(bundle[rows])
    price = np.full((len(groups), 1 + int(period.max(initial=0))), np.inf)
    some = [groups[place] for place in paid.tolist()]
    origin = np.array([group.commodity.origin for group in some], dtype=int)
    hub = np.array([group.hub for group in some], dtype=int)
    for kind, members in by_kind([group.commodity for group in some]).items():
        found = tolls.cheapest(*kind)
        price[paid[members]] = found[origin[members], hub[members]]
    due, least = worth[rows], price[bundle[rows], period[rows]]
    cheaper = least < due - TOLERANCE * np.maximum(1.0, np.abs(due))
    spared = np.zeros(len(worth))
    spared[rows[cheaper]] = (due - least)[cheaper]
    added = 0
    for row in np.flatnonzero(_wanted(tolls, spared)).tolist():
        group = groups[bundle[row]]
        path = tolls.path(group.commodity, group.hub, max(0, int(period[row])))
        if path is not None:
            added += _add(model.instance, group, path.arcs)
    return added


def _wanted(tolls: Tolls, spared: np.ndarray) -> np.ndarray:
    """Tell where a cheaper path draws traffic, or is there for some that flows.

    Parameters
    ----------
    tolls : Tolls
    spared : ndarray of shape (balance rows,)
        By how much the cheapest path costs less than the dual says.

    Returns
    -------
    ndarray of bool of shape (balance rows,)
    """
    found = spared > 0
    if not found.any():
        return found
    program, flows = tolls.model.program, tolls.model.blocks.flows
    assert flows is not None
    lowered = np.zeros(program.shape[0])
    lowered[flows.balance.slice] = spared
    change = program.paid(lowered)
    # Programs of others may have columns of their own behind these.
    reduced = tolls.outcome.reduced_costs[: len(change)] + change
    draws = (change < 0) & (reduced < -TOLERANCE * np.maximum(1.0, -change))
    draws[flows.columns.slice] = tolls.outcome.values[flows.columns.slice] > 0
    rows = np.zeros(program.shape[0], dtype=bool)
    rows[program.index[draws[program.owner]]] = True
    return np.asarray(found & rows[flows.balance.slice])


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
    backbone, starts, ends = instance.backbone, instance.origin_node, instance.hub_node
    cost = price[backbone.arc_link]
    cheaper = {}
    for to_hub in {group.commodity.to_hub for group in groups}:
        least = backbone.least_costs(starts, cost, inward=not to_hub)[:, ends]
        fastest = backbone.fastest_costs(starts, ends, cost, inward=not to_hub)
        cheaper[to_hub] = least < fastest * (1.0 - ROUNDING)
    some = [g for g in groups if cheaper[g.commodity.to_hub][g.commodity.origin, g.hub]]
    for commodity, members in by_commodity(some).items():
        wanted = [(ends[some[m].hub], some[m].most_one_way_ms) for m in members]
        node, inward = starts[commodity.origin], not commodity.to_hub
        paths = backbone.cheapest(node, cost, wanted, inward=inward)
        for number, path in zip(members, paths, strict=True):
            if path is not None:
                _add(instance, some[number], path.arcs)


def by_kind(commodities: list[Commodity]) -> dict[tuple[float, bool, int], list[int]]:
    """Positions of commodities that differ in their origin alone."""
    together: dict[tuple[float, bool, int], list[int]] = {}
    for place, one in enumerate(commodities):
        kind = (one.rtt_limit_ms, one.to_hub, one.profile)
        together.setdefault(kind, []).append(place)
    return together


def by_commodity(groups: list[Bundle]) -> dict[Commodity, list[int]]:
    """Numbers of the bundles of each commodity."""
    together: dict[Commodity, list[int]] = {}
    for number, group in enumerate(groups):
        together.setdefault(group.commodity, []).append(number)
    return together
