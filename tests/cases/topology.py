"""Backbones of the Internet Topology Zoo as links with great-circle lengths."""

from collections import Counter
from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import Any

import networkx as nx
from reference_lp import haversine_km

KM_PER_MS = 200.0


def read_topology(path: Path) -> nx.MultiGraph:
    """Read a GML file, parallel links kept, places without coordinates left out.

    Nodes are named by their label, and its number where a label occurs twice.
    """
    text = path.read_text(encoding="utf-8")
    graph = nx.parse_gml(text.replace("graph [", "graph [ multigraph 1", 1), label="id")
    graph.remove_nodes_from([n for n in graph if "Latitude" not in graph.nodes[n]])
    labels = Counter(graph.nodes[n]["label"] for n in graph)
    names = {
        n: graph.nodes[n]["label"]
        if labels[graph.nodes[n]["label"]] == 1
        else f"{graph.nodes[n]['label']} {n}"
        for n in graph
    }
    graph = nx.relabel_nodes(graph, names)
    places = {
        name: {"latitude": data["Latitude"], "longitude": data["Longitude"]}
        for name, data in graph.nodes(data=True)
    }
    nx.set_node_attributes(graph, places)
    for source, target, data in graph.edges(data=True):
        data["km"] = haversine_km(places[source], places[target])
    return graph


def path_tables(
    graph: nx.MultiGraph, pairs: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Tables of a scenario with one workload for each pair of origin and hub."""
    pairs = list(pairs)
    return {
        "nodes": [
            {"id": name, "latitude": at["latitude"], "longitude": at["longitude"]}
            for name, at in graph.nodes(data=True)
        ],
        "links": [
            {"source": source, "target": target, "length_km": data["km"]}
            for source, target, data in graph.edges(data=True)
        ],
        "hubs": [
            {"id": f"hub {name}", "node": name, "it_capacity_mw": inf}
            for name in dict.fromkeys(end for _, end in pairs)
        ],
        "workloads": [
            {
                "id": f"{start} to {end}",
                "class": "batch",
                "origin": start,
                "it_mw": 1.0,
                "to_hub_gbps_per_mw": 1.0,
                "allowed_hubs": f"hub {end}",
            }
            for start, end in pairs
        ],
        "settings": {"propagation_ms_per_km": 1 / KM_PER_MS, "rtt_access_ms": 0.0},
    }
