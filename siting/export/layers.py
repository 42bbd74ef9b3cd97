"""A plan as layers of a map: hubs, origins, links, flows and routes."""

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.curves import route_nodes
from siting.lookup import positions
from siting.words import names_of

if TYPE_CHECKING:
    from siting.plan import Plan
    from siting.scenario import Scenario

CRS = "EPSG:4326"
Floats = np.ndarray


def hub_places(scenario: "Scenario") -> pd.DataFrame:
    """Longitude and latitude of every hub: its own, else its node's."""
    hubs = scenario.hubs
    own = hubs[["longitude", "latitude"]]
    node = scenario.nodes[["longitude", "latitude"]].reindex(hubs["node"])
    return own.where(own.notna(), node.set_axis(hubs.index, axis=0))


def node_places(scenario: "Scenario") -> pd.DataFrame:
    """Longitude and latitude of every node: its own, else those of a hub there."""
    nodes = scenario.nodes
    own = nodes[["longitude", "latitude"]]
    hubs = scenario.hubs.drop_duplicates("node").set_index("node")
    at_hub = hubs[["longitude", "latitude"]].reindex(nodes.index)
    return own.where(own.notna(), at_hub.set_axis(nodes.index, axis=0))


def _points(places: pd.DataFrame) -> np.ndarray:
    """Points; none where a place is not known."""
    xy = places.to_numpy(float)
    known = np.isfinite(xy).all(axis=1)
    out = np.full(len(xy), None, dtype=object)
    out[known] = shapely.points(xy[known])
    return out


def _lines(paths: list[Floats]) -> np.ndarray:
    """Lines along coordinates; none for a path that is not known or stays in place."""
    out = np.full(len(paths), None, dtype=object)
    for number, path in enumerate(paths):
        known = path[np.isfinite(path).all(axis=1)]
        if len(known) > 1 and len(known) == len(path) and np.ptp(known, axis=0).any():
            out[number] = shapely.linestrings(known)
    return out


def _frame(table: pd.DataFrame, geometry: np.ndarray) -> gpd.GeoDataFrame:
    """Return a layer; unlimited is left blank, as no map format can hold it."""
    numbers = table.select_dtypes("number").columns
    plain = table.reset_index(drop=True)
    plain[numbers] = plain[numbers].replace([np.inf, -np.inf], np.nan)
    return gpd.GeoDataFrame(plain, geometry=geometry, crs=CRS)


def hubs_layer(plan: "Plan") -> gpd.GeoDataFrame:
    """Hubs as points with what the plan does there."""
    scenario = plan.scenario
    named = scenario.hubs[["id", "name", "name_zh", "side", "province", "kind", "node"]]
    results = plan.hubs.set_index("hub").drop(columns="side").reindex(named.index)
    carbon = plan.emissions.set_index("subject")[["location_t", "market_t"]]
    table = pd.concat([named, results, carbon.reindex(named.index)], axis=1)
    table = table.rename(columns={"id": "hub"})
    return _frame(table, _points(hub_places(scenario)))


def origins_layer(plan: "Plan") -> gpd.GeoDataFrame:
    """Nodes that workloads come from, with what they demand."""
    scenario = plan.scenario
    named = scenario.nodes[["id", "name", "name_zh", "side", "province"]]
    origins = pd.unique(scenario.workloads["origin"])
    table = named.reindex(origins).rename(columns={"id": "origin"})
    table["workloads"] = scenario.workloads["origin"].value_counts().reindex(origins)
    placed = plan.placement.groupby("origin")["it_mw"].sum()
    table["placed_it_mw"] = placed.reindex(origins).fillna(0.0)
    hours = scenario.periods["hours"]
    missing = plan.unserved
    part = hours.reindex(missing["period"]).to_numpy(float) / hours.sum()
    lost = missing["it_mw"] * part
    home = missing["workload"].map(scenario.workloads["origin"])
    table["unserved_it_mw"] = lost.groupby(home).sum().reindex(origins).fillna(0.0)
    return _frame(table, _points(node_places(scenario).reindex(origins)))


def links_layer(plan: "Plan") -> gpd.GeoDataFrame:
    """Links of the backbone as lines with their load."""
    links = plan.scenario.links
    given = ["length_km", "one_way_ms", "direction", "capacity_gbps", "utilisation"]
    table = plan.links.join(links[given], on="link")
    places = node_places(plan.scenario)
    ends = zip(table["source"], table["target"], strict=True)
    paths = [places.loc[list(pair)].to_numpy(float) for pair in ends]
    return _frame(table, _lines(paths))


def flows_layer(plan: "Plan") -> gpd.GeoDataFrame:
    """Work placed away from its origin as straight lines, by origin, hub and class."""
    scenario = plan.scenario
    groups = plan.placement.groupby(["origin", "hub", "class"], sort=False)
    table = groups.agg(
        it_mw=("it_mw", "sum"),
        reserved_mw=("reserved_mw", "sum"),
        energy_mwh=("energy_mwh", "sum"),
        rtt_ms=("rtt_ms", "max"),
    ).reset_index()
    for lang, suffix in (("en", "name"), ("zh", "name_zh")):
        for column, frame in (("origin", scenario.nodes), ("hub", scenario.hubs)):
            table[f"{column}_{suffix}"] = table[column].map(names_of(frame, lang))
    start = node_places(scenario).reindex(table["origin"]).to_numpy(float)
    end = hub_places(scenario).reindex(table["hub"]).to_numpy(float)
    return _frame(table, _lines(list(np.stack([start, end], axis=1))))


def routes_layer(plan: "Plan") -> gpd.GeoDataFrame:
    """Flows of data along the links they take."""
    places = node_places(plan.scenario)
    known = places.to_numpy(float)
    paths = [known[positions(places.index, nodes)] for nodes in route_nodes(plan)]
    return _frame(plan.routes, _lines(paths))


def layers(plan: "Plan") -> dict[str, tuple[gpd.GeoDataFrame, str]]:
    """All layers by name, each with the kind of its geometry."""
    return {
        "hubs": (hubs_layer(plan), "Point"),
        "origins": (origins_layer(plan), "Point"),
        "links": (links_layer(plan), "LineString"),
        "flows": (flows_layer(plan), "LineString"),
        "routes": (routes_layer(plan), "LineString"),
    }
