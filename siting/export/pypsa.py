"""A plan as a folder of CSV files that PyPSA reads.

The mapping is described in ``docs/exports.md``: power and IT load in MW on one part of
the network, data in Gbps on another.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.curves import link_gbps, placement_mw
from siting.energy import hub_energy
from siting.export.layers import hub_places, node_places
from siting.export.place import write_mark
from siting.lookup import positions

if TYPE_CHECKING:
    from siting.plan import Plan

Frames = dict[str, pd.DataFrame]
NO_GRID = "electricity"
VERSION = "1.0.0"


def write_pypsa(plan: "Plan", folder: Path) -> None:
    """Write the network into an empty folder."""
    for name, frame in network(plan).items():
        frame.to_csv(folder / f"{name}.csv", lineterminator="\n", encoding="utf-8")
    write_mark(plan, folder, "pypsa")


def network(plan: "Plan") -> Frames:
    """Return the files of the network by name, each with its index."""
    power, power_series = _power(plan)
    data, data_series = _data(plan)
    static = {
        name: pd.concat([power[name], data[name]]).rename_axis("name")
        for name in ("buses", "links", "loads")
    }
    series = {
        name: pd.concat([power_series[name], data_series[name]], axis=1)
        for name in ("links-p0", "loads-p_set")
    }
    settings = plan.scenario.settings
    title = pd.DataFrame(
        {"pypsa_version": [VERSION], "srid": [4326]},
        pd.Index([settings.name], name="name"),
    )
    hours = plan.scenario.periods["hours"].to_numpy(float)
    weights = dict.fromkeys(("objective", "stores", "generators"), hours)
    when = plan.scenario.periods.index.rename("snapshot")
    return {
        "network": title,
        "snapshots": pd.DataFrame(weights, when),
        "carriers": _carriers(plan),
        **static,
        "generators": power["generators"].rename_axis("name"),
        **{name: frame.rename_axis("snapshot") for name, frame in series.items()},
        **{
            name: power_series[name].rename_axis("snapshot")
            for name in ("links-efficiency", "generators-marginal_cost", "generators-p")
        },
    }


def _carriers(plan: "Plan") -> pd.DataFrame:
    """Grids with their mean location-based factor, t of CO2 a MWh."""
    energy, hubs = hub_energy(plan.scenario), plan.scenario.hubs
    mean = energy.location_kg_per_mwh @ energy.hours / energy.hours.sum() / 1000.0
    grids = pd.Series(mean, index=_grids(hubs)).groupby(level=0).first()
    others = pd.Series(0.0, index=["AC", "facility", "IT", "data"])
    found = pd.concat([grids, others[~others.index.isin(grids.index)]])
    return pd.Series(found, name="co2_emissions").to_frame().rename_axis("name")


def _grids(hubs: pd.DataFrame) -> pd.Index:
    return pd.Index([grid or NO_GRID for grid in hubs["grid"]])


def _power(plan: "Plan") -> tuple[Frames, Frames]:
    """Power, room and work of hubs in MW."""
    scenario, placed = plan.scenario, plan.placement
    hubs, periods = scenario.hubs, scenario.periods.index
    energy = hub_energy(scenario)
    drawn = placement_mw(plan)
    place = positions(hubs.index, placed["hub"])
    it_mw = np.zeros((len(hubs), len(periods)))
    np.add.at(it_mw, place, drawn)
    facility_mw = it_mw * energy.pue
    room_mw = plan.hubs.set_index("hub")["room_mw"].reindex(hubs.index).to_numpy(float)
    # Rounding must not leave less than what is drawn.
    inflow_mw = np.maximum(room_mw * energy.pue.max(axis=1), facility_mw.max(axis=1))
    owned_mw = placed["reserved_mw"].to_numpy(float)
    grid, room = "power:" + hubs.index, "room:" + hubs.index
    work = "work:" + pd.Index(placed["workload"].unique())
    xy = hub_places(scenario)
    buses = pd.concat(
        [
            _buses(grid, "AC", "MW", xy),
            _buses(room, "IT", "MW", xy),
            _buses(work, "IT", "MW", None),
        ]
    )
    facility = pd.DataFrame(
        {
            "bus0": grid,
            "bus1": room,
            "carrier": "facility",
            "p_nom": inflow_mw,
            "efficiency": 1.0 / energy.pue[:, 0],
        },
        index="facility:" + hubs.index,
    )
    names = pd.Index("placement:" + placed["workload"] + ":" + placed["hub"])
    placement = pd.DataFrame(
        {
            "bus0": ("room:" + placed["hub"]).to_numpy(),
            "bus1": ("work:" + placed["workload"]).to_numpy(),
            "carrier": "IT",
            "p_nom": np.maximum(owned_mw, drawn.max(axis=1, initial=0.0)),
            "efficiency": 1.0,
        },
        index=names,
    )
    demand = pd.DataFrame(drawn, index="work:" + placed["workload"]).groupby(level=0)
    demand_mw = demand.sum().reindex(work)
    generators = pd.DataFrame(
        {
            "bus": grid,
            "carrier": _grids(hubs),
            "p_nom": inflow_mw,
            "marginal_cost": energy.price_cny_per_mwh[:, 0],
        },
        index=grid,
    )
    loads = pd.DataFrame({"bus": work, "carrier": "IT"}, index=work)
    series = {
        "links-efficiency": _series(1.0 / energy.pue, facility.index, periods),
        "links-p0": _series(
            np.vstack([facility_mw, drawn]), facility.index.append(names), periods
        ),
        "loads-p_set": _series(demand_mw.to_numpy(float), work, periods),
        "generators-marginal_cost": _series(energy.price_cny_per_mwh, grid, periods),
        "generators-p": _series(facility_mw, grid, periods),
    }
    links = pd.concat([facility, placement])
    parts = {"buses": buses, "links": links, "loads": loads, "generators": generators}
    return parts, series


def _data(plan: "Plan") -> tuple[Frames, Frames]:
    """Nodes and links of the backbone in Gbps; both directions of a link apart."""
    scenario = plan.scenario
    periods = scenario.periods.index
    load = link_gbps(plan)
    way = scenario.links["direction"]
    there = load.index.get_level_values("direction") == "forward"
    two_way = way.reindex(load.index.get_level_values("link")).to_numpy() != "forward"
    load = load[there | two_way]
    link, direction = (load.index.get_level_values(n) for n in ("link", "direction"))
    forward = direction == "forward"
    results = plan.links.set_index("link").reindex(link)
    source, target = (results[c].to_numpy(object) for c in ("source", "target"))
    room = results["headroom_gbps"] + results["widen_gbps"]
    names = pd.Index(link + ":" + direction)
    node = "node:" + scenario.nodes.index if len(names) else pd.Index([], dtype=str)
    start = np.where(forward, source, target)
    end = np.where(forward, target, source)
    links = pd.DataFrame(
        {
            "bus0": [f"node:{name}" for name in start],
            "bus1": [f"node:{name}" for name in end],
            "carrier": "data",
            "p_nom": room.to_numpy(float),
            "efficiency": 1.0,
            "length": scenario.links["length_km"].reindex(link).to_numpy(float),
        },
        index=names,
    )
    net = np.zeros((len(scenario.nodes), len(periods)))
    amounts = load.to_numpy(float)
    np.add.at(net, positions(scenario.nodes.index, end), amounts)
    np.subtract.at(net, positions(scenario.nodes.index, start), amounts)
    traffic = pd.Index(node.str.replace("node:", "traffic:", n=1))
    loads = pd.DataFrame({"bus": node, "carrier": "data"}, index=traffic)
    buses = _buses(node, "data", "Gbps", node_places(scenario))
    series = {
        "links-p0": _series(amounts, names, periods),
        "loads-p_set": _series(net[: len(node)], traffic, periods),
    }
    return {"buses": buses, "links": links, "loads": loads}, series


def _buses(
    names: pd.Index, carrier: str, unit: str, places: pd.DataFrame | None
) -> pd.DataFrame:
    frame = pd.DataFrame({"carrier": carrier, "unit": unit}, index=names)
    if places is not None:
        frame[["x", "y"]] = places.to_numpy(float)[: len(names)]
    return frame


def _series(values: np.ndarray, names: pd.Index, periods: pd.Index) -> pd.DataFrame:
    """Values by name (rows) and period, turned to snapshots by name."""
    return pd.DataFrame(values.T, periods, names)
