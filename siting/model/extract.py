"""From decisions to the tables of a plan, as ``docs/plan.md`` describes them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.ledger import TERMS
from siting.model.arrays import dot
from siting.model.instance import Instance
from siting.model.polish import Decisions
from siting.units import GB_PER_GBPS_HOUR, KWH_PER_MWH


@dataclass(frozen=True, eq=False)
class Placed:
    """What every workload does.

    Attributes
    ----------
    workload, hub : ndarray of int of shape (pairs,)
        Sorted by workload.
    share, mean_mw, reserved_mw, energy_mwh : ndarray of shape (pairs,)
    timed : ndarray of int
        Pairs with a schedule of their own.
    schedule_mw : ndarray of shape (timed pairs, periods)
    unserved_workload : ndarray of int
    unserved_mw : ndarray of shape (workloads with any, periods)
    """

    instance: Instance
    workload: np.ndarray
    hub: np.ndarray
    share: np.ndarray
    mean_mw: np.ndarray
    reserved_mw: np.ndarray
    energy_mwh: np.ndarray
    timed: np.ndarray
    schedule_mw: np.ndarray
    unserved_workload: np.ndarray
    unserved_mw: np.ndarray

    @classmethod
    def of(cls, decisions: Decisions) -> "Placed":
        """Take them from decisions."""
        instance = decisions.model.instance
        return cls(
            instance=instance,
            workload=instance.pair_workload,
            hub=instance.pair_hub,
            share=decisions.share,
            mean_mw=decisions.mean_mw,
            reserved_mw=decisions.reserved_mw,
            energy_mwh=pair_energy_mwh(decisions),
            timed=decisions.timed_pairs,
            schedule_mw=decisions.schedule_mw,
            unserved_workload=decisions.unserved_workload,
            unserved_mw=decisions.unserved_mw,
        )


def placement_table(placed: Placed) -> pd.DataFrame:
    """One row for each workload and hub with a share."""
    instance = placed.instance
    demanded = instance.mean_mw[placed.workload] > 0
    pick = np.flatnonzero((placed.share > 0) & demanded)
    workload, hub = placed.workload[pick], placed.hub[pick]
    frame = instance.scenario.workloads
    return pd.DataFrame(
        {
            "workload": frame.index.take(workload),
            "class": frame["class"].array.take(workload),
            "origin": frame["origin"].array.take(workload),
            "hub": instance.scenario.hubs.index.take(hub),
            "share": placed.share[pick],
            "it_mw": placed.mean_mw[pick],
            "reserved_mw": placed.reserved_mw[pick],
            "energy_mwh": placed.energy_mwh[pick],
            "rtt_ms": instance.reach.rtt_ms[instance.origin[workload], hub],
        },
        copy=False,
    )


def pair_energy_mwh(decisions: Decisions) -> np.ndarray:
    """Facility energy of each pair over the year."""
    instance = decisions.model.instance
    per_mw = instance.energy.facility_mwh_per_mw
    by_profile = instance.factor @ per_mw.T
    workload = instance.pair_workload
    energy = (
        instance.it_mw[workload]
        * decisions.share
        * by_profile[instance.profile[workload], instance.pair_hub]
    )
    timed = decisions.timed_pairs
    energy[timed] = (decisions.schedule_mw * per_mw[instance.pair_hub[timed]]).sum(1)
    return np.asarray(energy)


def schedule_table(placed: Placed) -> pd.DataFrame:
    """MW by period of the pairs that have a schedule of their own."""
    scenario = placed.instance.scenario
    row, period = np.nonzero(placed.schedule_mw)
    pair = placed.timed[row]
    return pd.DataFrame(
        {
            "workload": scenario.workloads.index.take(placed.workload[pair]),
            "hub": scenario.hubs.index.take(placed.hub[pair]),
            "period": scenario.periods.index.take(period),
            "it_mw": placed.schedule_mw[row, period],
        }
    )


def unserved_table(placed: Placed) -> pd.DataFrame:
    """MW not served, by workload and period."""
    scenario = placed.instance.scenario
    row, period = np.nonzero(placed.unserved_mw)
    return pd.DataFrame(
        {
            "workload": scenario.workloads.index.take(placed.unserved_workload[row]),
            "period": scenario.periods.index.take(period),
            "it_mw": placed.unserved_mw[row, period],
        }
    )


def routes_table(decisions: Decisions) -> pd.DataFrame:
    """Flow of each path."""
    instance = decisions.model.instance
    backbone, reach, scenario = instance.backbone, instance.reach, instance.scenario
    hubs, links, periods = (
        table.index.to_numpy(object)
        for table in (scenario.hubs, scenario.links, scenario.periods)
    )
    origins = reach.origins.to_numpy(object)
    part = instance.hours / instance.year_hours
    rows = []
    for number in np.flatnonzero(decisions.flow_gbps).tolist():
        bundle = decisions.traffic[decisions.flow_bundle[number]]
        path = bundle.paths[decisions.flow_path[number]]
        period = int(decisions.flow_period[number])
        gbps = float(decisions.flow_gbps[number])
        kind = bundle.commodity
        if period < 0 and instance.profile_period[kind.profile] >= 0:
            period = int(instance.profile_period[kind.profile])
            gbps *= float(instance.factor[kind.profile, period])
        fixed = period < 0
        mean = instance.mean_factor[kind.profile] if fixed else part[period]
        peak = instance.peak_factor[kind.profile] if fixed else 1.0
        starts, ends = instance.origin_node, instance.hub_node
        start = starts[kind.origin] if kind.to_hub else ends[bundle.hub]
        nodes = backbone.nodes_of(start, path)
        rows.append(
            (
                origins[kind.origin],
                hubs[bundle.hub],
                "to-hub" if kind.to_hub else "from-hub",
                kind.rtt_limit_ms,
                instance.profiles[kind.profile] if fixed else "",
                "" if fixed else periods[period],
                ">".join(nodes),
                ";".join(links[backbone.arc_link[list(path.arcs)]]),
                path.length_km,
                reach.path_rtt_ms(kind.origin, bundle.hub, path, to_hub=kind.to_hub),
                gbps,
                gbps * mean,
                gbps * peak,
            )
        )
    columns = (
        "origin hub direction rtt_limit_ms profile period nodes links length_km "
        "rtt_ms gbps gbps_mean gbps_peak"
    )
    table = pd.DataFrame(rows, columns=columns.split())
    if (instance.profile_period >= 0).any():
        # Pieces of several profiles share a path in a period.
        amounts = ["gbps", "gbps_mean", "gbps_peak"]
        keys = [name for name in table.columns if name not in amounts]
        table = table.groupby(keys, sort=False, as_index=False)[amounts].sum()
    return table


def hubs_table(decisions: Decisions) -> pd.DataFrame:
    """Use of every hub."""
    instance = decisions.model.instance
    hubs, energy = instance.scenario.hubs, instance.energy
    drawn = decisions.hub_sums(np.ones(len(decisions.share)))
    workload = instance.pair_workload
    inward = decisions.hub_sums(instance.to_rate[workload])
    outward = decisions.hub_sums(instance.from_rate[workload])
    facility = drawn * energy.facility_mwh_per_mw
    capacity = hubs["it_capacity_mw"].to_numpy(float)
    return pd.DataFrame(
        {
            "hub": hubs.index.to_numpy(object),
            "side": hubs["side"].to_numpy(object),
            "it_capacity_mw": capacity,
            "room_mw": decisions.room_mw,
            "build_mw": decisions.build_mw,
            "idle_mw": capacity + decisions.build_mw - decisions.room_mw,
            "it_mw": drawn @ instance.hours / instance.year_hours,
            "energy_mwh": facility.sum(axis=1),
            "green_mwh": (facility * energy.green_share).sum(axis=1),
            "electricity_cny": (facility * energy.price_cny_per_mwh).sum(axis=1),
            "ingress_peak_gbps": inward.max(axis=1, initial=0.0),
            "egress_peak_gbps": outward.max(axis=1, initial=0.0),
        }
    )


def links_table(decisions: Decisions) -> pd.DataFrame:
    """Load of every link."""
    instance = decisions.model.instance
    links, backbone = instance.scenario.links, instance.backbone
    peaks = np.zeros((2, len(links)))
    arc_peak = decisions.arc_gbps.max(axis=1, initial=0.0)
    peaks[backbone.arc_backward.astype(int), backbone.arc_link] = arc_peak
    largest = np.zeros(len(links))
    np.maximum.at(largest, backbone.row_link, decisions.load_gbps.max(1, initial=0.0))
    room = instance.headroom_gbps + decisions.widen_gbps
    sized = np.isfinite(room) & (room > 0)
    use = np.full(len(links), np.nan)
    use[sized] = largest[sized] / room[sized]
    return pd.DataFrame(
        {
            "link": links.index.to_numpy(object),
            "source": links["source"].to_numpy(object),
            "target": links["target"].to_numpy(object),
            "headroom_gbps": instance.headroom_gbps,
            "widen_gbps": decisions.widen_gbps,
            "lit_gbps": decisions.lit_gbps,
            "forward_peak_gbps": peaks[0],
            "backward_peak_gbps": peaks[1],
            "use": use,
        }
    )


def certificates_table(decisions: Decisions) -> pd.DataFrame:
    """Certificates retired."""
    instance, held = decisions.model.instance, decisions.model.blocks.certificates
    scenario = instance.scenario
    if held is None:
        return pd.DataFrame(columns=["certificate", "hub", "owner", "period", "mwh"])
    mwh = decisions.values[held.columns.slice]
    pick = np.flatnonzero(mwh > 0)
    keys = {name: values[pick] for name, values in held.columns.keys.items()}
    labels = np.append(scenario.periods.index.to_numpy(object), "")
    return pd.DataFrame(
        {
            "certificate": scenario.certificates.index.to_numpy(object)[keys["offer"]],
            "hub": scenario.hubs.index.to_numpy(object)[keys["hub"]],
            "owner": np.array(held.owners.names, dtype=object)[keys["owner"]],
            "period": labels[keys["period"]],
            "mwh": mwh[pick],
        }
    )


def ledger_column(decisions: Decisions) -> pd.Series:
    """Terms of the ledger and their total, CNY a year."""
    terms = decisions.model.terms
    amounts = {name: dot(terms[name], decisions.values) for name in TERMS}
    return pd.Series(amounts | {"total": sum(amounts.values())})


def emissions_table(decisions: Decisions) -> pd.DataFrame:
    """Energy and emissions by hub, of the network and in total."""
    instance = decisions.model.instance
    energy, scenario = instance.energy, instance.scenario
    drawn = decisions.hub_sums(np.ones(len(decisions.share)))
    facility = drawn * energy.facility_mwh_per_mw
    green = (facility * energy.green_share).sum(axis=1)
    location = (drawn * energy.location_t_per_mw).sum(axis=1)
    market = (drawn * energy.market_t_per_mw).sum(axis=1)
    retired = np.zeros(len(drawn))
    held = decisions.model.blocks.certificates
    if held is not None:
        keys, mwh = held.columns.keys, decisions.values[held.columns.slice]
        np.add.at(retired, keys["hub"], mwh)
        residual = energy.residual_kg_per_mwh / 1000.0
        mean = residual @ instance.hours / instance.year_hours
        when = np.maximum(keys["period"], 0)
        by_period = residual[keys["hub"], when]
        credit = np.where(keys["period"] >= 0, by_period, mean[keys["hub"]])
        np.add.at(market, keys["hub"], -credit * mwh)
    workload = instance.pair_workload
    rate = (instance.to_rate + instance.from_rate)[workload]
    gbps = decisions.mean_mw * rate * instance.pair_wide_area
    moved_gb = gbps.sum() * GB_PER_GBPS_HOUR * instance.year_hours
    settings = scenario.settings
    network_mwh = moved_gb * settings.network_kwh_per_gb / KWH_PER_MWH
    network_t = network_mwh * settings.network_co2_kg_per_mwh / 1000.0
    amounts = {
        "energy_mwh": np.append(facility.sum(axis=1), network_mwh),
        "green_mwh": np.append(green, 0.0),
        "certificate_mwh": np.append(retired, 0.0),
        "location_t": np.append(location, network_t),
        "market_t": np.append(market, network_t),
    }
    return pd.DataFrame(
        {"subject": [*scenario.hubs.index, "network", "total"]}
        | {name: np.append(cells, cells.sum()) for name, cells in amounts.items()}
    )
