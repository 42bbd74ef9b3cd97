"""What a worker needs for every run of a sweep, and one run."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from siting.aggregate.run import optimise_large
from siting.baselines import baselines
from siting.errors import Infeasible, SitingError
from siting.language import language
from siting.model.instance import Instance
from siting.model.objective import Stage, has_costs, parse_stages
from siting.model.traffic import Traffic
from siting.optimise import Clock, NoPlanFits, Result, optimise
from siting.scenario import Scenario
from siting.solve import aggregates
from siting.sweep.change import quickly, wholly
from siting.sweep.inputs import Input
from siting.sweep.reason import why_none
from siting.sweep.records import Record, fault, hub_rows, measured
from siting.words import spoken

MOST_KEPT = 8
# A fault of one run, whatever it is, is recorded and the others go on.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SitingError,
    TypeError,
    ValueError,
)
# Numbers that decide neither delays nor who may go where.
AMOUNTS = {
    "tariffs": {"price_cny_per_mwh"},
    "hubs": {
        "it_capacity_mw",
        "build_max_mw",
        "capex_cny_per_kw",
        "hosting_cny_per_mw_year",
        "pue",
        "pue_new",
        "green_share",
        "ingress_gbps",
        "egress_gbps",
    },
    "hub_periods": {"pue", "green_share"},
    "carbon_factors": {"location_kg_per_mwh", "residual_kg_per_mwh"},
    "certificates": {"price_cny_per_mwh", "max_mwh"},
    "links": {
        "capacity_gbps",
        "utilisation",
        "toll_cny_per_gbps_year",
        "widen_max_gbps",
        "widen_cny_per_gbps",
    },
    "transfer_prices": {
        "price_cny_per_gb",
        "price_cny_per_gbps_month",
        "fill",
        "link_cny_per_gbps_year",
        "link_cny_per_gbps_km_year",
    },
    "placement_costs": {"cny_per_mw_year"},
    "workloads": {
        "it_mw",
        "accelerators",
        "utilisation",
        "pf_days_per_year",
        "mfu",
        "flops_per_year",
        "requests_per_day",
        "wh_per_request",
        "to_hub_gbps_per_mw",
        "from_hub_gbps_per_mw",
        "green_share_min",
        "accelerator_cny_per_mw_year",
    },
    "accelerators": {"tflops", "tdp_w", "server_overhead"},
    "setting": {
        "discount_rate",
        "life_years",
        "link_life_years",
        "unserved_cny_per_mwh",
        "accelerators_in_ledger",
        "network_kwh_per_gb",
        "network_co2_kg_per_mwh",
        "pue",
        "room",
        "certificates",
        "new_sides",
    },
    "policy": {
        "carbon_price_cny_per_t",
        "carbon_accounting",
        "carbon_cap_t",
        "placement_min",
        "placement_max",
        "green_min",
        "reserved_min",
    },
}


@dataclass(frozen=True)
class Start:
    """A scenario with the entwined inputs put in, from which runs start.

    Attributes
    ----------
    scenario : Scenario
    instance : Instance or None
        None where every run needs one of its own.
    traffic : Traffic
        With the paths of the start's optimum.
    """

    scenario: Scenario
    instance: Instance | None
    traffic: Traffic


@dataclass
class Study:
    """A scenario, the inputs that vary, and how every run is solved.

    Attributes
    ----------
    scenario : Scenario
    inputs : tuple of Input
    objective : str or tuple of str
    baselines, hubs : bool
        Whether to work out the baselines, and to keep figures of every hub.
    time_limit_s : float or None
        Of one run.
    shared : bool
        Whether many runs share a start.
    lang : {"en", "zh"}
        Of the reasons why runs have no plan.
    """

    scenario: Scenario
    inputs: tuple[Input, ...]
    objective: str | tuple[str, ...] = "cost"
    baselines: bool = False
    hubs: bool = False
    time_limit_s: float | None = None
    shared: bool = True
    lang: str = field(default_factory=spoken.get)
    starts: dict[str, Start] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Travel without the starts: every worker makes its own."""
        return {**self.__dict__, "starts": {}}

    def scenario_at(self, values: Sequence[Any]) -> Scenario:
        """Give the scenario of a run, checked as a whole."""
        return wholly(self.scenario, list(zip(self.inputs, values, strict=True)))

    def run(self, values: Sequence[Any]) -> Record:
        """Solve one run; whatever goes wrong is told in the record."""
        began = time.perf_counter()
        with language(self.lang):
            try:
                figures, rows = self._solved(values)
            except FAULTS as error:
                figures, rows = fault(error), []
        figures["seconds"] = time.perf_counter() - began
        return figures, rows

    def _solved(self, values: Sequence[Any]) -> Record:
        clock = Clock(self.time_limit_s)
        pairs = list(zip(self.inputs, values, strict=True))
        start = self._start([(i, v) for i, v in pairs if not i.quick])
        scenario = quickly(start.scenario, [(i, v) for i, v in pairs if i.quick])
        instance, traffic = self._numbers(start, scenario)
        unserved = scenario.settings.unserved_cny_per_mwh is not None
        costs = has_costs(instance)
        stages = parse_stages(self.objective, unserved=unserved, costs=costs)
        try:
            result = self._optimum(instance, stages, traffic, clock)
        except NoPlanFits:
            raise Infeasible(why_none(instance)) from None
        compared = []
        if self.baselines:
            large = aggregates(instance, "auto")
            compared = list(baselines(instance, clock, large=large))
        return measured(result, compared), hub_rows(result) if self.hubs else []

    def _optimum(
        self,
        instance: Instance,
        stages: list[Stage],
        traffic: Traffic | None,
        clock: Clock,
    ) -> Result:
        tie_break = instance.scenario.settings.tie_break == "latency"
        if aggregates(instance, "auto"):
            return optimise_large(instance, stages, clock=clock, tie_break=tie_break)[0]
        return optimise(
            instance, stages, clock=clock, tie_break=tie_break, traffic=traffic
        )

    def _start(self, pairs: list[tuple[Input, Any]]) -> Start:
        """Give the start for values of the entwined inputs, made once for many runs.

        It depends on these values alone, so that a run gives the same figures
        whichever worker it falls to and whatever that worker did before.
        """
        key = repr([value for _, value in pairs])
        if key not in self.starts:
            while len(self.starts) >= MOST_KEPT:
                del self.starts[next(iter(self.starts))]
            self.starts[key] = self._made(wholly(self.scenario, pairs))
        return self.starts[key]

    def _made(self, scenario: Scenario) -> Start:
        quick = [item for item in self.inputs if item.quick]
        amounts = all(_is_amount(touched) for i in quick for touched in i.touches)
        if not (self.shared and amounts):
            return Start(scenario, None, Traffic.nothing())
        instance = Instance(scenario)
        traffic = Traffic.of(instance)
        if not aggregates(instance, "auto"):
            try:
                optimise(instance, [Stage({"cost": 1.0})], traffic=traffic)
            except (NoPlanFits, SitingError):
                traffic = Traffic.of(instance)
        return Start(scenario, instance, traffic)

    def _numbers(
        self, start: Start, scenario: Scenario
    ) -> tuple[Instance, Traffic | None]:
        """Give the numbers of a run, and the traffic it starts from."""
        if start.instance is None:
            return Instance(scenario), None
        instance = start.instance.revalued(scenario)
        rates = (
            (instance.to_rate, start.instance.to_rate),
            (instance.from_rate, start.instance.from_rate),
        )
        if any(((now > 0) != (then > 0)).any() for now, then in rates):
            return Instance(scenario), None
        return instance, start.traffic.copied()


def _is_amount(touched: str) -> bool:
    table, _, column = touched.partition(".")
    return column in AMOUNTS.get(table, set())
