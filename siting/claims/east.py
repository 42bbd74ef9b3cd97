"""What eastern hubs are said to lack: cheap power, green power, room nearby."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.baselines import AS_PLACED
from siting.breakeven.axes import EAST, WEST, mean_side, side_mask
from siting.claims.accountings import Accounting
from siting.claims.movers import Movers
from siting.energy import hub_energy
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import NoPlanFits, optimise
from siting.scenario import Scenario

TOLERATED = 0.01
STEPS = 14
MOST_GROWTH = 16.0


def power_table(accountings: list[Accounting]) -> pd.DataFrame:
    """Give mean power prices of both sides, by tariff basis.

    Returns
    -------
    DataFrame
        ``tariff, side, price_cny_per_mwh, price_cny_per_it_mwh, least, most`` (of the
        price per MWh of IT energy).
    """
    rows = []
    for tariff in dict.fromkeys(accounting.tariff for accounting in accountings):
        scenario = next(a.scenario for a in accountings if a.tariff == tariff)
        energy = hub_energy(scenario)
        hours = energy.hours / energy.hours.sum()
        price = energy.price_cny_per_mwh @ hours
        it_price = (energy.price_cny_per_mwh * energy.pue) @ hours
        for side in (EAST, WEST):
            inside = mean_side(scenario, side)
            rows.append(
                (
                    tariff,
                    side,
                    float(price[inside].mean()),
                    float(it_price[inside].mean()),
                    float(it_price[inside].min()),
                    float(it_price[inside].max()),
                )
            )
    columns = ["tariff", "side", "price_cny_per_mwh", "price_cny_per_it_mwh"]
    return pd.DataFrame(rows, columns=[*columns, "least", "most"])


def green_table(scenario: Scenario) -> pd.DataFrame:
    """Give contracted green share and carbon factors of both sides.

    Returns
    -------
    DataFrame
        ``side, room_mw, green_share`` (weighted by room), ``location_kg_per_mwh,
        market_kg_per_mwh`` (plain means over hubs; market after contracts), ``hubs``.
    """
    energy = hub_energy(scenario)
    hours = energy.hours / energy.hours.sum()
    location = energy.location_kg_per_mwh @ hours
    green = energy.green_share @ hours
    market = ((1.0 - energy.green_share) * energy.residual_kg_per_mwh) @ hours
    room = scenario.hubs["it_capacity_mw"].to_numpy(float)
    rows = []
    for side in (EAST, WEST):
        inside = mean_side(scenario, side)
        weight = room[inside]
        if not np.isfinite(weight).all() or not weight.any():
            weight = np.ones(len(weight))
        rows.append(
            (
                side,
                float(room[inside].sum()),
                float(np.average(green[inside], weights=weight)),
                float(location[inside].mean()),
                float(market[inside].mean()),
                int(inside.sum()),
            )
        )
    columns = ["side", "room_mw", "green_share", "location_kg_per_mwh"]
    return pd.DataFrame(rows, columns=[*columns, "market_kg_per_mwh", "hubs"])


@dataclass(frozen=True)
class Room:
    """Room for low-latency work in the east.

    Attributes
    ----------
    east_mw, idle_mw : float
        Room of eastern hubs, and what of it stands idle today.
    mover_mw : float
        Room that the movers take there.
    low_latency_mw : float
        Peak demand with a latency limit that reaches an eastern hub.
    growth_with, growth_without : float
        How often that demand fits (99 % of it), with the movers where they are and
        with them gone.
    """

    east_mw: float
    idle_mw: float
    mover_mw: float
    low_latency_mw: float
    growth_with: float
    growth_without: float


def room_of(scenario: Scenario, movers: Movers) -> Room | None:
    """Measure the room; None where no work with a latency limit reaches the east."""
    instance = Instance(scenario)
    east = side_mask(scenario, EAST)
    limited = np.isfinite(instance.rtt_limit_ms) & (instance.mean_mw > 0)
    pair = east[instance.pair_hub] & limited[instance.pair_workload]
    near = np.unique(instance.pair_workload[pair])
    if not len(near):
        return None
    low_latency = np.zeros(len(limited), dtype=bool)
    low_latency[near] = True
    capacity = scenario.hubs["it_capacity_mw"].to_numpy(float)
    peak = instance.peak_mw[:, None] * movers.today
    taken = peak.sum(axis=0)
    mover = peak[movers.mask].sum(axis=0)
    other = peak[~movers.mask & ~low_latency].sum(axis=0)
    own = instance.restricted(pair)
    with_movers = _growth(own, np.maximum(capacity - other - mover, 0.0), low_latency)
    without = _growth(own, np.maximum(capacity - other, 0.0), low_latency)
    return Room(
        east_mw=float(capacity[east].sum()),
        idle_mw=float(np.maximum(capacity - taken, 0.0)[east].sum()),
        mover_mw=float(mover[east].sum()),
        low_latency_mw=float(instance.peak_mw[near].sum()),
        growth_with=with_movers,
        growth_without=without,
    )


def _growth(instance: Instance, room: np.ndarray, mask: np.ndarray) -> float:
    """Find how often the demand of some workloads fits into room, by halving."""
    hubs = instance.scenario.hubs.assign(it_capacity_mw=room, build_max_mw=0.0)
    pooled = replace(instance.scenario.settings, room="dedicated")
    base = object.__new__(Instance)
    base.__dict__.update(instance.__dict__)
    base.scenario = replace(instance.scenario, hubs=hubs, settings=pooled)
    base.limits = replace(AS_PLACED, building=True, links=False)
    low, high = 0.0, MOST_GROWTH
    if _lost(base, mask, high) <= TOLERATED:
        return np.inf
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        if _lost(base, mask, middle) <= TOLERATED:
            low = middle
        else:
            high = middle
    return low


def _lost(instance: Instance, mask: np.ndarray, growth: float) -> float:
    """Share of the grown demand that finds no room."""
    grown = object.__new__(Instance)
    grown.__dict__.update(instance.__dict__)
    factor = np.where(mask, growth, 0.0)
    for name in ("it_mw", "mean_mw", "peak_mw"):
        setattr(grown, name, getattr(instance, name) * factor)
    stages = [Stage({"unserved": 1.0})]
    try:
        result = optimise(grown, stages, unserved=True)
    except NoPlanFits:
        return 1.0
    total = float(grown.mean_mw.sum())
    lost = result.decisions.unserved_mw @ grown.hours / grown.year_hours
    return float(lost.sum()) / total if total else 0.0
