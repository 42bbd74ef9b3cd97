r"""What a Gbps costs on the cheapest admissible path, under given multipliers.

.. math:: \sum_{a \in p} \Bigl(\mathrm{toll}_a \overline{\varphi} +
          \sum_t \varphi_t (\lambda_{at} + \mu_{at})\Bigr)

with :math:`\lambda, \mu` the multipliers of capacity and lit bandwidth; the latter not
for an origin and a hub that are local to each other. The least costs of all pairs come
from whole arrays; a path is traced, and its delay looked at, where the fastest one
costs more.
"""

import numpy as np

from siting.backbone import Path
from siting.model.build import Kept, Model
from siting.model.instance import FLAT
from siting.model.outcome import Outcome
from siting.model.traffic import Commodity

# Differences of cost that are rounding, relative.
ROUNDING = 1e-12


def arc_prices(model: Model, outcome: Outcome, kind: str) -> np.ndarray:
    """Multipliers of capacity (``link``) or lit bandwidth, by capacity row and period.

    Parameters
    ----------
    model : Model
    outcome : Outcome
    kind : {"link", "lit"}
    """
    instance = model.instance
    prices = np.zeros((len(instance.backbone.row_link), len(instance.hours)))
    block = model.program.rows.get(kind)
    if block is not None:
        at = (block.keys["row"], block.keys["period"])
        prices[at] = outcome.multipliers(block)
    return prices


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
        scarce, lit = (arc_prices(model, outcome, kind) for kind in ("link", "lit"))
        # Of wide-area traffic and, where that makes a difference, of local traffic.
        self._scarce = {True: scarce + lit}
        if lit.any() and not instance.reach.wide_area.all():
            self._scarce[False] = scarce
        arc_link = instance.backbone.arc_link
        self._toll = cny_weight * instance.toll_cny_per_gbps_year[arc_link]
        self._costs: list[np.ndarray] = []
        self._number: dict[bytes, int] = {}
        self._sets: dict[tuple[int, bool], tuple[tuple[int, ...], np.ndarray]] = {}
        self._free: dict[tuple[bool, int], tuple[np.ndarray, np.ndarray]] = {}
        self._price: dict[tuple[float, bool, int], np.ndarray] = {}
        self._found: dict[tuple[float, bool, int], np.ndarray] = {}

    def cheapest(self, rtt_limit_ms: float, to_hub: bool, profile: int) -> np.ndarray:
        """Price the cheapest admissible path of each origin to every hub.

        Parameters
        ----------
        rtt_limit_ms : float
        to_hub : bool
        profile : int
            As of a :class:`Commodity`.

        Returns
        -------
        ndarray of shape (origins, hubs, periods)
            Of a Gbps; inf where there is no path. Under fixed timing one period stands
            for all: the price of a Gbps at factor 1.
        """
        key = (rtt_limit_ms, to_hub, profile)
        if key not in self._found:
            price = self._by_period(*key, wide=True)
            if False in self._scarce:
                local = ~self.model.instance.reach.wide_area
                price[local] = self._by_period(*key, wide=False)[local]
            self._found[key] = price
        return self._found[key]

    def _by_period(
        self, rtt_limit_ms: float, to_hub: bool, profile: int, *, wide: bool
    ) -> np.ndarray:
        """Price all pairs as if none were local, or all."""
        sets, kind = self._sets_of(profile, wide=wide)
        rows = [self._prices(rtt_limit_ms, to_hub, number) for number in sets]
        price = rows[0][:, :, None] if len(rows) == 1 else np.stack(rows, axis=-1)
        return np.asarray(price[:, :, kind])

    def path(self, commodity: Commodity, hub: int, period: int) -> Path | None:
        """Give the cheapest admissible path to a hub in a period."""
        wide = bool(self.model.instance.reach.wide_area[commodity.origin, hub])
        wide = wide or False not in self._scarce
        sets, kind = self._sets_of(commodity.profile, wide=wide)
        number = sets[int(kind[period])]
        where = (commodity.origin, commodity.rtt_limit_ms, commodity.to_hub)
        return self._paths(*where, number)[hub]

    def _sets_of(
        self, profile: int, *, wide: bool
    ) -> tuple[tuple[int, ...], np.ndarray]:
        """Distinct costs of the arcs, and which of them each period has."""
        if (profile, wide) in self._sets:
            return self._sets[profile, wide]
        instance = self.model.instance
        rows = instance.backbone.arc_row
        if profile >= 0:
            load = (self._scarce[wide] @ instance.factor[profile])[rows]
            costs = (self._toll * instance.mean_factor[profile] + load)[None, :]
        else:
            part = instance.hours / instance.year_hours
            costs = self._toll * part[:, None] + self._scarce[wide][rows].T
        numbers = []
        for cost in costs:
            key = cost.tobytes()
            if key not in self._number:
                self._number[key] = len(self._costs)
                self._costs.append(cost)
            numbers.append(self._number[key])
        distinct, kind = np.unique(numbers, return_inverse=True)
        self._sets[profile, wide] = tuple(distinct.tolist()), kind
        return self._sets[profile, wide]

    def _prices(self, limit: float, to_hub: bool, number: int) -> np.ndarray:
        """Price the cheapest path within an RTT limit, by origin and hub."""
        key = (limit, to_hub, number)
        if key not in self._price:
            free, fastest = self._bounds(to_hub, number)
            reach = self.model.instance.reach
            delay = reach.to_ms if to_hub else reach.from_ms
            price = np.where(
                delay <= reach.most_one_way_ms(limit, to_hub=to_hub), free, np.inf
            )
            # A path that costs less than the fastest may be too slow.
            cheaper = np.isfinite(price) & (free < fastest * (1.0 - ROUNDING))
            slow = np.flatnonzero(cheaper.any(axis=1) & np.isfinite(limit))
            by_arc = self._costs[number].tolist()
            for origin in slow.tolist():
                price[origin] = [
                    sum([by_arc[arc] for arc in path.arcs]) if path else np.inf
                    for path in self._paths(origin, *key)
                ]
            self._price[key] = price
        return self._price[key]

    def _bounds(self, to_hub: bool, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Costs of the cheapest and of the fastest path, by origin and hub."""
        key = (to_hub, number)
        if key not in self._free:
            instance = self.model.instance
            starts, ends = instance.origin_node, instance.hub_node
            backbone, inward = instance.backbone, not to_hub
            if instance.scenario.settings.routing == "fixed":
                # All together take hardly longer than one.
                for profile in np.unique(instance.profile[instance.manner == FLAT]):
                    for wide in self._scarce:
                        self._sets_of(int(profile), wide=wide)
            new = [n for n in range(len(self._costs)) if (to_hub, n) not in self._free]
            costs = np.array([self._costs[n] for n in new])
            least = backbone.least_costs(starts, costs, inward=inward)[..., ends]
            for n, free in zip(new, least, strict=True):
                cost = self._costs[n]
                fastest = backbone.fastest_costs(starts, ends, cost, inward=inward)
                self._free[to_hub, n] = free, fastest
        return self._free[key]

    def _paths(
        self, origin: int, limit: float, to_hub: bool, number: int
    ) -> list[Path | None]:
        instance = self.model.instance
        most = instance.reach.most_one_way_ms(limit, to_hub=to_hub)[origin]
        return instance.backbone.cheapest(
            instance.origin_node[origin],
            self._costs[number],
            list(zip(instance.hub_node, most.tolist(), strict=True)),
            inward=not to_hub,
        )


def cny_weight(
    model: Model, outcome: Outcome, weights: dict[str, float], kept: tuple[Kept, ...]
) -> float:
    """Tell what one CNY counts in an objective, with the worth of earlier stages."""
    weight = weights.get("cost", 0.0)
    worth = outcome.multipliers(model.program.rows["stage"])
    for earlier, value in zip(kept, worth, strict=True):
        weight += float(value) * earlier.weights.get("cost", 0.0)
    return weight
