r"""The best plan at a value of a parameter, as a line over the parameter.

A plan's objective is :math:`f_1 + v f_2` at the value :math:`v` of a price. With a data
rate times :math:`v` the flows of a placement grow :math:`v`-fold, so that it is such a
line as well, as long as no link, no hub's bandwidth and no carbon cap that counts the
network stands in the way.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.breakeven.parameter import Kind, Parameter
from siting.model.arrays import dot
from siting.model.build import Model, build, weigh
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.model.polish import Decisions
from siting.model.pricing import add_cheapest_paths
from siting.model.routing import network_matters
from siting.model.traffic import Traffic
from siting.optimise import NoPlanFits, Result, optimise
from siting.scenario import Scenario
from siting.sweep.walk import Corner

if TYPE_CHECKING:
    from collections.abc import Callable

MONEY = {"cost": 1.0}
WORTHLESS = 1e-9
# Part of a cost that is rounding where prices take all of it away.
ROUNDING = 1e-12
TRAFFIC = ("link", "ingress", "egress")


class Bound(Exception):
    """A limit on traffic is scarce, so that plans are no lines over a data rate."""


class Follow:
    """The best plans of a scenario over a parameter.

    Parameters
    ----------
    scenario : Scenario
    parameter : Parameter
    stages : list of Stage
        The objective; of a price, cost counts in the last stage only.
    """

    def __init__(
        self, scenario: Scenario, parameter: Parameter, stages: list[Stage]
    ) -> None:
        self.parameter, self.stages = parameter, stages
        third = (parameter.high - parameter.low) / 3.0
        self._near, self._far = parameter.low + third, parameter.high - third
        self.base = Instance(scenario)
        self.straight = True
        self._known: dict[str, np.ndarray] | None = None
        if parameter.kind is Kind.PRICE:
            self.base = self.base.revalued(parameter.quick(self._near))
            self._other = self.base.revalued(parameter.quick(self._far))
        elif parameter.kind is Kind.RATE:
            self.straight = self._straight()
        self.traffic = _traffic(self.base)

    def corner(self, above: float) -> Corner:
        """Find the best plan at a price or data rate, as a line.

        Parameters
        ----------
        above : float
            How far the value is above the lowest one: lines start there, since a walk
            is one over prices that are not negative.

        Raises
        ------
        Bound
            If a limit on traffic is scarce.
        NoPlanFits
            If no plan fits.
        """
        low = self.parameter.low
        value = low + above
        result = self._optimum(value, tie_break=False)
        if self.parameter.kind is Kind.RATE:
            self.require_free(result)
        values = result.outcome.values
        first, second = self._line(result.model, values, value, self.stages[-1].weights)
        return Corner(first + low * second, second, above, above, result.decisions)

    def settled(self, value: float) -> Result | None:
        """Find the plan that ``siting.solve`` finds at a value; None if none fits."""
        try:
            return self._optimum(value, tie_break=True)
        except NoPlanFits:
            return None

    def cost(self, decisions: Decisions, found_at: float, value: float) -> float:
        """Tell what a plan costs at a value; other than where found, of a line only."""
        if self.parameter.kind is Kind.LATENCY:
            return dot(decisions.model.metrics["cost"], decisions.values)
        line = self._line(decisions.model, decisions.values, found_at, MONEY)
        return line[0] + value * line[1]

    def slower_paths_count(self, result: Result | None) -> bool:
        """Whether more paths to the same hubs could make a plan better, or possible."""
        if not network_matters(self.base):
            return False
        base = self.base
        if (
            base.toll_cny_per_gbps_year.any()
            or base.tariff.link_cny_per_gbps_year.any()
        ):
            return True
        return result is None or _scarce(result, "link")

    def _optimum(self, value: float, *, tie_break: bool) -> Result:
        instance, traffic = self.base, self.traffic
        fix: Callable[[Model], Model] | None = None
        tie_break = tie_break and instance.scenario.settings.tie_break == "latency"
        if self.parameter.kind is Kind.PRICE:

            def fix(model: Model) -> Model:
                return self._priced(model, value)

        else:
            scenario = self.parameter.quick(value)
            if self.parameter.kind is Kind.RATE:
                instance = instance.revalued(scenario)
            else:
                instance = instance.adjusted(scenario)
                traffic = _traffic(instance)
        return optimise(
            instance, self.stages, traffic=traffic, fix=fix, tie_break=tie_break
        )

    def _priced(self, model: Model, value: float) -> Model:
        """Put a value's prices into the last stage."""
        last = len(model.program.rows["stage"]) == len(self.stages) - 1
        if not last or "over" in model.program.columns:
            return model
        weights = self.stages[-1].weights
        here = weigh(model.metrics, weights)
        cost = here + (value - self._near) * self._slope(model, weights)
        # Below nothing by rounding, a column would pay without end.
        cost[np.abs(cost) <= ROUNDING * np.abs(here)] = 0.0
        return replace(model, program=replace(model.program, cost=cost))

    def _slope(self, model: Model, weights: dict[str, float]) -> np.ndarray:
        """Change of each column's cost for a unit of a price."""
        columns = len(model.program.lower)
        if self._known is None or len(self._known["cost"]) != columns:
            # Paths are only ever added: as many columns are the same columns.
            self._known = _metrics(model, self._other)
        more = weigh(self._known, weights) - weigh(model.metrics, weights)
        return np.asarray(more / (self._far - self._near))

    def _line(
        self, model: Model, values: np.ndarray, at: float, weights: dict[str, float]
    ) -> tuple[float, float]:
        """Give what of an objective does not, and what does, grow with the value."""
        here = weigh(model.metrics, weights)
        if self.parameter.kind is Kind.PRICE:
            second = dot(self._slope(model, weights), values)
            return dot(here, values) - self._near * second, second
        doubled = model.instance.revalued(self.parameter.quick(2.0 * at))
        grows = dot(weigh(_metrics(model, doubled), weights) - here, values)
        for kind in ("flow", "lit", "widen"):
            if kind in model.program.columns:
                own = model.program.columns[kind].slice
                grows += dot(here[own], values[own])
        return dot(here, values) - grows, grows / at

    def _straight(self) -> bool:
        """Whether a placement's cost is a line over the data rate of all or of some."""
        base = self.base
        doubled = base.revalued(self.parameter.quick(2.0))
        every = np.allclose(doubled.to_rate, 2.0 * base.to_rate)
        every = every and np.allclose(doubled.from_rate, 2.0 * base.from_rate)
        priced = base.toll_cny_per_gbps_year.any()
        priced = priced or base.tariff.link_cny_per_gbps_year.any()
        return len(self.stages) == 1 and bool(every or not priced)

    def require_free(self, result: Result) -> None:
        """Refuse a plan that a limit on traffic keeps from being better.

        Raises
        ------
        Bound
        """
        if not self.straight:
            raise Bound
        settings = result.model.instance.scenario.settings
        kinds = [*TRAFFIC]
        if settings.network_kwh_per_gb * settings.network_co2_kg_per_mwh > 0:
            kinds.append("carbon-cap")
        for kind in kinds:
            if _scarce(result, kind):
                raise Bound


def _traffic(instance: Instance) -> Traffic:
    """Give the traffic with its fastest and its cheapest paths."""
    traffic = Traffic.of(instance)
    if network_matters(instance):
        add_cheapest_paths(instance, traffic)
    return traffic


def _scarce(result: Result, kind: str) -> bool:
    rows = result.model.program.rows
    if kind not in rows:
        return False
    return bool((result.outcome.multipliers(rows[kind]) > WORTHLESS).any())


def _metrics(model: Model, instance: Instance) -> dict[str, np.ndarray]:
    """Every objective of the same columns under other prices or rates."""
    blocks = model.blocks
    if blocks.flows is None:
        return build(instance, None, MONEY, matrix=False).metrics
    # The model may be older than some of the paths that are known by now.
    keys = blocks.flows.columns.keys
    count = np.zeros(len(blocks.traffic), dtype=int)
    np.maximum.at(count, keys["bundle"], keys["path"] + 1)
    return build(instance, blocks.traffic.copied(count), MONEY, matrix=False).metrics
