r"""Column generation: paths whose reduced cost is negative.

A path is worth adding where its price is below what one more Gbps is worth,

.. math:: \sum_{a \in p} \Bigl(\mathrm{toll}_a \overline{\varphi} +
          \sum_t \varphi_t (\lambda_{at} + \mu_{at})\Bigr) < \sigma_{kh}

with :math:`\lambda, \mu` the multipliers of capacity and lit bandwidth and
:math:`\sigma` the dual of the balance row. When none is left the optimum over the known
paths is the optimum over all admissible ones.
"""

from dataclasses import dataclass

import numpy as np

from siting.backbone import Path
from siting.model.build import Kept, Model
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


# Price, one-way delay and path to every hub.
Searched = tuple[np.ndarray, np.ndarray, list[Path | None]]


@dataclass(frozen=True)
class Cheapest:
    """The cheapest admissible path of a commodity to every hub.

    Attributes
    ----------
    price : ndarray of shape (hubs, periods)
        Of a Gbps; inf where there is no path. Under fixed timing one period stands for
        all: the price of a Gbps at factor 1.
    paths : list of list of Path or None
        By distinct set of prices, then by hub.
    kind : ndarray of int of shape (periods,)
        Set of prices of each period.
    """

    price: np.ndarray
    paths: list[list[Path | None]]
    kind: np.ndarray

    def path(self, hub: int, period: int) -> Path | None:
        """Give the path to a hub in a period."""
        return self.paths[int(self.kind[period])][hub]


class Tolls:
    """What a Gbps costs under the multipliers of a program; each search is made once.

    Parameters
    ----------
    model : Model
    outcome : Outcome
        With the duals of the program over the known paths.
    cny_weight : float
        What one CNY counts in the objective.
    """

    def __init__(self, model: Model, outcome: Outcome, cny_weight: float) -> None:
        self.model, self.outcome = model, outcome
        instance = model.instance
        self._scarce = arc_prices(model, outcome)
        arc_link = instance.backbone.arc_link
        self._toll = cny_weight * instance.toll_cny_per_gbps_year[arc_link]
        self._costs: list[np.ndarray] = []
        self._number: dict[bytes, int] = {}
        self._kinds: dict[int, tuple[tuple[int, ...], np.ndarray]] = {}
        self._searched: dict[tuple[int, float, bool, int], Searched] = {}
        self._found: dict[tuple[int, float, bool, tuple[int, ...]], Cheapest] = {}

    def cheapest(self, commodity: Commodity) -> Cheapest:
        """Find the cheapest admissible path of a commodity to every hub."""
        profile = commodity.profile
        if profile not in self._kinds:
            self._kinds[profile] = self._kinds_of(profile)
        kinds, kind = self._kinds[profile]
        where = (commodity.origin, commodity.rtt_limit_ms, commodity.to_hub)
        if (*where, kinds) not in self._found:
            searched = [self._search(*where, k) for k in kinds]
            price = np.array([prices for prices, _, _ in searched]).T[:, kind]
            paths = [found for _, _, found in searched]
            self._found[*where, kinds] = Cheapest(price, paths, kind)
        return self._found[*where, kinds]

    def _kinds_of(self, profile: int) -> tuple[tuple[int, ...], np.ndarray]:
        """Distinct costs of the arcs, and which of them each period has."""
        instance = self.model.instance
        rows = instance.backbone.arc_row
        if profile >= 0:
            load = (self._scarce @ instance.factor[profile])[rows]
            costs = (self._toll * instance.mean_factor[profile] + load)[None, :]
        else:
            part = instance.hours / instance.year_hours
            costs = self._toll * part[:, None] + self._scarce[rows].T
        numbers = []
        for cost in costs:
            key = cost.tobytes()
            if key not in self._number:
                self._number[key] = len(self._costs)
                self._costs.append(cost)
            numbers.append(self._number[key])
        distinct, kind = np.unique(numbers, return_inverse=True)
        return tuple(distinct.tolist()), kind

    def _search(self, origin: int, limit: float, to_hub: bool, kind: int) -> Searched:
        """Search under one set of prices; slow paths are replaced where they must."""
        key = (origin, limit, to_hub, kind)
        if key in self._searched:
            return self._searched[key]
        instance = self.model.instance
        most = instance.reach.most_one_way_ms(limit, to_hub=to_hub)[origin]
        found = None
        if np.isfinite(limit):
            found = self._search(origin, np.inf, to_hub, kind)
        if found is None or (found[1] > most).any():
            found = self._cheapest(origin, kind, most, to_hub=to_hub)
        self._searched[key] = found
        return found

    def _cheapest(
        self, origin: int, kind: int, most_ms: np.ndarray, *, to_hub: bool
    ) -> Searched:
        instance, cost = self.model.instance, self._costs[kind]
        paths = instance.backbone.cheapest(
            instance.origin_node[origin],
            cost,
            list(zip(instance.hub_node, most_ms.tolist(), strict=True)),
            inward=not to_hub,
        )
        by_arc = cost.tolist()
        found = [
            (np.inf, -np.inf)
            if path is None
            else (sum([by_arc[arc] for arc in path.arcs]), path.one_way_ms)
            for path in paths
        ]
        price, delay = np.array(found, dtype=float).reshape(-1, 2).T
        return price, delay, paths


def cny_weight(
    model: Model, outcome: Outcome, weights: dict[str, float], kept: tuple[Kept, ...]
) -> float:
    """Tell what one CNY counts in an objective, with the worth of earlier stages."""
    weight = weights.get("cost", 0.0)
    worth = outcome.multipliers(model.program.rows["stage"])
    for earlier, value in zip(kept, worth, strict=True):
        weight += float(value) * earlier.weights.get("cost", 0.0)
    return weight


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
    together = by_commodity([groups[place] for place in paid.tolist()])
    for commodity, members in together.items():
        hubs = [groups[place].hub for place in paid[members].tolist()]
        price[paid[members]] = tolls.cheapest(commodity).price[hubs]
    due = worth[rows]
    least = due - TOLERANCE * np.maximum(1.0, np.abs(due))
    added = 0
    for row in rows[price[bundle[rows], period[rows]] < least].tolist():
        group = groups[bundle[row]]
        best = tolls.cheapest(group.commodity)
        path = best.path(group.hub, max(0, int(period[row])))
        if path is not None:
            added += _add(model.instance, group, path.arcs)
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
