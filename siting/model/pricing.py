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
from siting.model.tolls import ROUNDING, Tolls
from siting.model.traffic import Traffic

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
    model, traffic = tolls.model, tolls.model.blocks.traffic
    if model.blocks.flows is None:
        return 0
    balance = model.blocks.flows.balance
    bundle, period = balance.keys["bundle"], balance.keys["period"]
    worth = tolls.outcome.row_duals[balance.slice]
    # Nothing is gained by a path where another Gbps is worth nothing.
    rows = np.flatnonzero(worth > 0)
    paid = np.unique(bundle[rows])
    price = np.full((len(traffic), 1 + int(period.max(initial=0))), np.inf)
    for kind, members in traffic.by_kind(paid):
        found = tolls.cheapest(*kind)
        price[members] = found[traffic.origin[members], traffic.hub[members]]
    due, least = worth[rows], price[bundle[rows], period[rows]]
    cheaper = least < due - TOLERANCE * np.maximum(1.0, np.abs(due))
    spared = np.zeros(len(worth))
    spared[rows[cheaper]] = (due - least)[cheaper]
    added = 0
    for row in np.flatnonzero(_wanted(tolls, spared)).tolist():
        place = int(bundle[row])
        commodity, hub = traffic.commodity(place), int(traffic.hub[place])
        path = tolls.path(commodity, hub, max(0, int(period[row])))
        if path is not None:
            added += traffic.add(place, model.instance.backbone.path(path.arcs))
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


def add_cheapest_paths(instance: Instance, traffic: Traffic) -> None:
    """Start every bundle with its cheapest path by price beside the fastest."""
    price = instance.toll_cny_per_gbps_year + instance.tariff.link_cny_per_gbps_year
    if not (price > 0).any():
        return
    backbone, starts, ends = instance.backbone, instance.origin_node, instance.hub_node
    cost = price[backbone.arc_link]
    cheaper = np.zeros(len(traffic), dtype=bool)
    for to_hub in (True, False):
        mine = np.flatnonzero(traffic.to_hub == to_hub)
        least = backbone.least_costs(starts, cost, inward=not to_hub)[:, ends]
        fastest = backbone.fastest_costs(starts, ends, cost, inward=not to_hub)
        less = least < fastest * (1.0 - ROUNDING)
        cheaper[mine] = less[traffic.origin[mine], traffic.hub[mine]]
    for commodity, members in traffic.by_commodity(np.flatnonzero(cheaper)):
        some = [traffic[member] for member in members.tolist()]
        wanted = [(ends[bundle.hub], bundle.most_one_way_ms) for bundle in some]
        node, inward = starts[commodity.origin], not commodity.to_hub
        paths = backbone.cheapest(node, cost, wanted, inward=inward)
        for member, path in zip(members.tolist(), paths, strict=True):
            if path is not None:
                traffic.add(member, backbone.path(path.arcs))
