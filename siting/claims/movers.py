"""The workloads that the claims would send west, and the plans that do and do not."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.baselines import AS_PLACED, placed_baseline
from siting.breakeven.axes import WEST, side_mask
from siting.breakeven.priced import Pool, cheapest
from siting.model.build import Model
from siting.model.extract import emissions_table, ledger_column
from siting.model.instance import MOVABLE, Instance
from siting.model.polish import Decisions
from siting.optimise import Clock, NoPlanFits
from siting.scenario import Scenario

ALONE, MARGIN = "alone", "at the margin"
TODAY, STAY, GO, FREE = "today", "stay", "go", "free"
IDC = ("electricity", "hosting", "capacity")
NETWORK = ("transfer", "staging", "moving", "widening")


@dataclass(frozen=True)
class Movers:
    """Workloads of a class that run outside the west today.

    Attributes
    ----------
    mask : ndarray of bool, by workload
    today : ndarray of shape (workloads, hubs)
        Share of every workload at every hub today.
    """

    mask: np.ndarray
    today: np.ndarray

    def keep(self, instance: Instance, which: str) -> np.ndarray:
        """Pairs open to a plan: movers outside the west, inside it, or anywhere."""
        west = side_mask(instance.scenario, WEST)[instance.pair_hub]
        mover = self.mask[instance.pair_workload]
        if which == FREE:
            return np.ones(len(mover), dtype=bool)
        wanted = west if which == GO else ~west
        # Whoever has no hub on that side stays free to use the other.
        has = np.zeros(len(self.mask), dtype=bool)
        has[instance.pair_workload[wanted]] = True
        return ~mover | wanted | ~has[instance.pair_workload]

    def limited(self, instance: Instance, which: str, mode: str) -> Instance:
        """Give an instance with only the pairs that a plan may use."""
        keep = self.keep(instance, which)
        if mode == ALONE:
            workload, hub = instance.pair_workload, instance.pair_hub
            keep &= self.mask[workload] | (self.today[workload, hub] > 0)
        return instance.restricted(keep)

    def fix(self, mode: str) -> Callable[[Model], Model] | None:
        """Hold everything but the movers where it is today, in the mode *alone*."""
        return self._hold if mode == ALONE else None

    def _hold(self, model: Model) -> Model:
        instance, program = model.instance, model.program
        lower, upper = program.lower.copy(), program.upper.copy()
        workload = instance.pair_workload
        share = self.today[workload, instance.pair_hub]
        held = ~self.mask[workload]
        block = program.columns["share"]
        pick = held[block.keys["pair"]]
        at = block.positions[pick]
        lower[at] = upper[at] = share[block.keys["pair"][pick]]
        draw = program.columns["draw"]
        pair, period = draw.keys["pair"], draw.keys["period"]
        owner = workload[pair]
        pick = held[pair] & (instance.manner[owner] == MOVABLE)
        factor = instance.factor[instance.profile[owner], period]
        amount = share[pair] * instance.it_mw[owner] * factor
        at = draw.positions[pick]
        lower[at] = upper[at] = amount[pick]
        return replace(model, program=replace(program, lower=lower, upper=upper))


def movers_of(scenario: Scenario, workload_class: str) -> Movers | None:
    """Find the movers; None where today cannot be told."""
    rows = Instance(scenario).relaxed(AS_PLACED)
    found = placed_baseline(rows, "today", Clock()).result
    if found is None:
        return None
    decisions = found.decisions
    instance = decisions.model.instance
    today = np.zeros((len(scenario.workloads), len(scenario.hubs)))
    today[instance.pair_workload, instance.pair_hub] = decisions.share
    west = today[:, side_mask(scenario, WEST)].sum(axis=1)
    mask = (scenario.workloads["class"] == workload_class).to_numpy(bool)
    return Movers(mask & (west < 0.5) & (instance.mean_mw > 0), today)


@dataclass(frozen=True)
class Outcome:
    """What one plan costs and emits.

    Attributes
    ----------
    idc_cny, network_cny, cost_cny : float
    location_t, market_t : float
    west_share : float
        Of the movers.
    power_cny, mover_location_t, mover_mwh : float
        Power bill, location-based emissions and facility energy of the movers alone.
    """

    idc_cny: float
    network_cny: float
    cost_cny: float
    location_t: float
    market_t: float
    west_share: float
    power_cny: float
    mover_location_t: float
    mover_market_t: float


def outcome_of(decisions: Decisions, movers: Movers) -> Outcome:
    """Measure a plan."""
    instance = decisions.model.instance
    ledger = ledger_column(decisions)
    emissions = emissions_table(decisions).iloc[-1]
    mover = movers.mask[instance.pair_workload]
    west = side_mask(instance.scenario, WEST)[instance.pair_hub]
    mean = decisions.mean_mw
    placed = float(mean[mover].sum())
    energy = instance.energy
    factor = mover.astype(float)
    drawn = decisions.hub_sums(factor)
    price = energy.facility_mwh_per_mw * energy.price_cny_per_mwh
    return Outcome(
        idc_cny=float(ledger[list(IDC)].sum()),
        network_cny=float(ledger[list(NETWORK)].sum()),
        cost_cny=float(ledger["total"]),
        location_t=float(emissions["location_t"]),
        market_t=float(emissions["market_t"]),
        west_share=float(mean[mover & west].sum()) / placed if placed else np.nan,
        power_cny=float((drawn * price).sum()),
        mover_location_t=float((drawn * energy.location_t_per_mw).sum()),
        mover_market_t=float((drawn * energy.market_t_per_mw).sum()),
    )


def outcomes(
    scenario: Scenario,
    movers: Movers,
    modes: tuple[str, ...] = (ALONE, MARGIN),
    pool: Pool | None = None,
) -> dict[tuple[str, str], Outcome | None]:
    """Solve the plans that a claim compares, by mode and plan.

    None where no plan of the kind meets all limits.

    Parameters
    ----------
    scenario : Scenario
    movers : Movers
    modes : tuple of str
    pool : Pool, optional
        Paths that solves under the same transfer basis share.
    """
    instance = Instance(scenario)
    found: dict[tuple[str, str], Outcome | None] = {}
    today = placed_baseline(instance.relaxed(AS_PLACED), "today", Clock()).result
    found[ALONE, TODAY] = outcome_of(today.decisions, movers) if today else None
    for mode in modes:
        for which in (STAY, GO, FREE):
            if which == FREE and not _free_counts(found[mode, STAY], found[mode, GO]):
                continue
            limited = movers.limited(instance, which, mode)
            try:
                decisions = cheapest(limited, movers.fix(mode), pool)
            except NoPlanFits:
                found[mode, which] = None
                continue
            found[mode, which] = outcome_of(decisions, movers)
    return found


def _free_counts(stay: Outcome | None, go: Outcome | None) -> bool:
    """Whether it matters what training would do by itself: not if all of it pays."""
    if stay is None or go is None:
        return True
    return stay.cost_cny - go.cost_cny < 0.1 * stay.power_cny
