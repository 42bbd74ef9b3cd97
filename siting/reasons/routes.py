"""Price of a Gbps to and from every hub: over all admissible paths, by its parts."""

from dataclasses import dataclass

import numpy as np

from siting.backbone import SHARED
from siting.model.outcome import Outcome
from siting.model.tolls import arc_prices
from siting.reasons.rebuild import Study


@dataclass(frozen=True, eq=False)
class PathPrices:
    """Least price of a Gbps of each bundle of traffic, in units of the objective.

    Attributes
    ----------
    owner : dict of bool to ndarray of int
        By direction (to the hub or from it), the bundle of each pair; -1 without.
    transfer, links : ndarray of shape (bundles, periods)
        Tolls and lit bandwidth; worth of scarce links and their widening. A bundle of
        fixed timing has its price at factor 1 of the profile in the first column.
    """

    owner: dict[bool, np.ndarray]
    transfer: np.ndarray
    links: np.ndarray


def path_prices(
    study: Study, outcome: Outcome, money: float, *, to_hub_pays: bool
) -> PathPrices:
    """Search the cheapest admissible path of every bundle.

    Parameters
    ----------
    study : Study
    outcome : Outcome
    money : float
        What one CNY counts in the objective.
    to_hub_pays : bool
        Which direction of traffic pays for bandwidth that would have to be lit: what
        is lit serves both ways, and the larger flow decides.
    """
    instance, traffic = study.instance, study.traffic
    owner = traffic.of_pairs(len(instance.pair_workload))
    shape = (len(traffic), len(instance.hours))
    found = PathPrices(owner, np.zeros(shape), np.zeros(shape))
    if not len(traffic):
        return found
    scarce, lit = (arc_prices(study.model, outcome, kind) for kind in ("link", "lit"))
    backbone = instance.backbone
    rows = backbone.arc_row
    # Lit bandwidth that nobody uses has a price all the same.
    full = money * instance.tariff.link_cny_per_gbps_year / instance.tariff.fill
    paid = np.bincount(backbone.row_link, lit.sum(axis=1), minlength=len(full))
    unpaid = np.maximum(full - paid, 0.0)[backbone.arc_link]
    common = unpaid * (backbone.row_direction[rows] == SHARED)
    toll = money * instance.toll_cny_per_gbps_year[backbone.arc_link]
    part = instance.hours / instance.year_hours
    wide = traffic.wide_area(instance)
    for kind, members in traffic.by_commodity(np.arange(len(traffic))):
        profile = kind.profile
        due = unpaid if kind.to_hub == to_hub_pays else common
        if profile >= 0:
            factor = instance.factor[profile]
            fees = (toll * instance.mean_factor[profile])[None, :]
            waves = (due * factor.max() + (lit @ factor)[rows])[None, :]
            worth = (scarce @ factor)[rows][None, :]
        else:
            fees = toll * part[:, None]
            waves = due * part[:, None] + lit[rows].T
            worth = scarce[rows].T
        far = members[wide[members]].tolist()
        near = members[~wide[members]].tolist()
        _search(study, far, fees + waves, worth, found)
        _search(study, near, fees, worth, found)
    return found


def _search(
    study: Study,
    members: list[int],
    fees: np.ndarray,
    worth: np.ndarray,
    found: PathPrices,
) -> None:
    """Search once for each distinct set of prices (rows of ``fees`` and ``worth``)."""
    if not members:
        return
    instance = study.instance
    bundles = [study.traffic[member] for member in members]
    commodity = bundles[0].commodity
    node = instance.origin_node[commodity.origin]
    wanted = [(instance.hub_node[b.hub], b.most_one_way_ms) for b in bundles]
    both = np.hstack([fees, worth])
    kinds, kind = np.unique(both, axis=0, return_inverse=True)
    kind = np.asarray(kind).ravel()
    count = fees.shape[1]
    for number, prices in enumerate(kinds):
        if not prices.any():
            continue
        fee, scarce = prices[:count], prices[count:]
        paths = instance.backbone.cheapest(
            node, fee + scarce, wanted, inward=not commodity.to_hub
        )
        when = np.flatnonzero(kind == number)
        for member, path in zip(members, paths, strict=True):
            if path is not None:
                arcs = list(path.arcs)
                found.transfer[member, when] = fee[arcs].sum()
                found.links[member, when] = scarce[arcs].sum()
