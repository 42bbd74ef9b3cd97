"""Money, carbon and the other measures of a plan, from its tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.audit.draws import Decisions
from siting.audit.green import Retired
from siting.audit.stay import moved_mw, not_there, stay_of
from siting.audit.traffic import Traffic
from siting.audit.world import GB_PER_GBPS_HOUR, World, positions
from siting.ledger import TERMS

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Accounts:
    """Sums of a year.

    Attributes
    ----------
    ledger : dict of str to float
        CNY by term.
    emissions : DataFrame
        As the table ``emissions``.
    gross_t : ndarray
        Market-based emissions before certificates, in the rows of ``emissions``.
    measures : dict of str to float
        Value of each objective.
    sizes : dict of str to float
        Size of the figures that each value is the sum or difference of.
    """

    ledger: dict[str, float]
    emissions: pd.DataFrame
    gross_t: Floats
    measures: dict[str, float]
    sizes: dict[str, float]


def keep_accounts(
    world: World, decisions: Decisions, traffic: Traffic, retired: Retired
) -> Accounts:
    """Add up everything that a plan costs and emits."""
    emissions = _emissions(world, decisions, retired)
    total = {column: emissions[column].to_numpy()[-1] for column in emissions}
    ledger = _ledger(world, decisions, traffic, retired)
    policy = world.policy
    carbon = total[f"{policy.carbon_accounting}_t"]
    ledger["carbon"] = policy.carbon_price_cny_per_t * float(carbon)
    ledger = {term: ledger[term] for term in TERMS}
    draws = decisions.draws
    rtt = np.nan_to_num(world.rtt_ms)[world.origin[draws.workload], draws.hub]
    grey = draws.year(world.energy * (1.0 - world.green)).sum()
    measures = {
        "cost": sum(ledger.values()),
        "carbon-location": float(total["location_t"]),
        "carbon-market": float(total["market_t"]),
        "green": float(grey - retired.mwh.sum()),
        "latency": float(draws.mean_mw @ rtt),
        "unserved": decisions.unserved_mwh,
    }
    gross = emissions.pop("gross_t").to_numpy(float)
    sizes = {name: abs(value) for name, value in measures.items()} | {
        "cost": sum(map(abs, ledger.values())),
        "carbon-market": float(np.abs(gross).sum()),
        "green": float(grey),
    }
    return Accounts(ledger, emissions, gross, measures, sizes)


def _moved_gb(world: World, decisions: Decisions, rate: Floats) -> float:
    """Volume of a year over the wide area, at a rate per MW of each workload, GB."""
    draws = decisions.draws
    hours = np.tile(world.hours, (len(world.hubs), 1))
    wan = world.wan[world.origin[draws.workload], draws.hub]
    gb_per_gbps = draws.year(hours) * GB_PER_GBPS_HOUR
    return float((wan * rate[draws.workload]) @ gb_per_gbps)


def _emissions(world: World, decisions: Decisions, retired: Retired) -> pd.DataFrame:
    draws, count = decisions.draws, len(world.hubs)
    settings = world.settings
    power = draws.by_hub_period()
    energy = power * world.energy
    grey = energy * (1.0 - world.green)
    certified = np.bincount(retired.hub, retired.mwh, count)
    taken = np.bincount(retired.hub, retired.market_t, count)
    gross = (grey * world.residual).sum(axis=1)
    hubs = pd.DataFrame(
        {
            "subject": world.hubs,
            "energy_mwh": energy.sum(axis=1),
            "green_mwh": (energy * world.green).sum(axis=1),
            "certificate_mwh": certified,
            "location_t": (energy * world.location).sum(axis=1),
            "market_t": gross - taken,
            "gross_t": gross,
        }
    )
    moved = _moved_gb(world, decisions, world.to_rate + world.from_rate)
    network_mwh = moved * settings.network_kwh_per_gb / 1000.0
    network_t = network_mwh * settings.network_co2_kg_per_mwh / 1000.0
    figures = (network_mwh, 0.0, 0.0, network_t, network_t, network_t)
    network = pd.DataFrame([("network", *figures)], columns=hubs.columns)
    parts = pd.concat([hubs, network], ignore_index=True)
    total = parts.drop(columns="subject").sum().to_frame().T
    return pd.concat([parts, total.assign(subject="total")], ignore_index=True)


def _ledger(
    world: World, decisions: Decisions, traffic: Traffic, retired: Retired
) -> dict[str, float]:
    scenario, settings = world.scenario, world.settings
    draws = decisions.draws
    hubs = scenario.hubs
    workload, hub = decisions.pair_workload, decisions.pair_hub
    reserved, pair_origin = decisions.reserved_mw, world.origin[workload]
    wan = world.wan[pair_origin, hub]
    demand = world.mean_mw[workload]
    mean = draws.by_pair(draws.mean_mw, len(workload))
    part = np.divide(mean, demand, out=np.zeros(len(mean)), where=demand > 0)
    fresh = not_there(world, workload, hub, part)
    dataset_gb = scenario.workloads["dataset_tb"].to_numpy(float)[workload] * 1000.0
    hosting = hubs["hosting_cny_per_mw_year"].to_numpy(float)
    new = world.on_new_side
    ledger = {
        "electricity": float(draws.year(world.energy * world.price).sum()),
        "hosting": float(hosting @ decisions.room_mw),
        "capacity": float(
            world.hub_annuity @ np.where(new, decisions.room_mw, decisions.build_mw)
        ),
        "staging": float((dataset_gb * fresh) @ world.staging_per_gb[pair_origin, hub]),
        "moving": stay_of(world).price * moved_mw(world, decisions),
        "widening": float(world.link_annuity @ decisions.widen_gbps),
    }
    volume = _moved_gb(world, decisions, world.billed) * world.per_gb
    leased = world.per_gbps_year * float((wan * world.billed[workload]) @ reserved)
    waves = float(world.wave @ decisions.lit_gbps) if world.wave_priced else 0.0
    link = world.network.arcs["link"].to_numpy(int)
    tolls = float(world.toll[link] @ traffic.arc_mean) if world.has_links else 0.0
    ledger["transfer"] = volume + leased + waves + tolls
    price = scenario.certificates["price_cny_per_mwh"].to_numpy(float)
    ledger["certificates"] = float(price[retired.offer] @ retired.mwh)
    rent = scenario.workloads["accelerator_cny_per_mw_year"].to_numpy(float)
    ledger["accelerators"] = (
        float(rent[workload] @ reserved) if settings.accelerators_in_ledger else 0.0
    )
    extra = placement_cost(world)
    if len(extra):
        pair = draws.workload * len(world.hubs) + draws.hub
        cost = extra.reindex(pair).fillna(0.0).to_numpy(float)
        ledger["placement"] = float(cost @ draws.mean_mw)
    else:
        ledger["placement"] = 0.0
    unserved = settings.unserved_cny_per_mwh or 0.0
    ledger["unserved"] = unserved * decisions.unserved_mwh
    return ledger


def placement_cost(world: World) -> pd.Series:
    """Extra cost per mean MW placed, by workload × number of hubs + hub."""
    table = world.scenario.placement_costs
    workload = positions(world.workloads, table["workload"])
    hub = positions(world.hubs, table["hub"])
    cost = pd.Series(
        table["cny_per_mw_year"].to_numpy(float), workload * len(world.hubs) + hub
    )
    cost = cost[(workload >= 0) & (hub >= 0)]
    once: pd.Series = cost[~cost.index.duplicated(keep="last")]
    return once
