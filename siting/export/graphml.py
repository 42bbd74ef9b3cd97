"""The backbone with its loads as GraphML."""

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pandas as pd

from siting.export.layers import node_places

if TYPE_CHECKING:
    from siting.plan import Plan

UNFIT = dict.fromkeys([*range(32), 0xFFFE, 0xFFFF], "\ufffd")
UNFIT.pop(9)
UNFIT.pop(10)


def write_graphml(plan: "Plan", path: Path) -> None:
    """Write the backbone as a directed multigraph, an edge a direction.

    Parameters
    ----------
    plan : Plan
    path : Path
        The file.
    """
    with path.open("wb") as stream:
        nx.write_graphml_xml(backbone(plan), stream, encoding="utf-8", prettyprint=True)


def backbone(plan: "Plan") -> "nx.MultiDiGraph[str]":
    """Return the backbone as a graph.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes with names, place and the IT load of hubs there; edges keyed by link and
        direction. What is unknown or unlimited is left out.
    """
    scenario = plan.scenario
    nodes = scenario.nodes[["name", "name_zh", "side", "province", "transit"]].copy()
    nodes[["longitude", "latitude"]] = node_places(scenario)
    at_node = plan.hubs.assign(node=plan.hubs["hub"].map(scenario.hubs["node"]))
    sums = at_node.groupby("node")[["it_mw", "room_mw"]].sum().reindex(nodes.index)
    nodes[["hub_it_mw", "hub_room_mw"]] = sums
    ids = at_node.groupby("node")["hub"].agg(";".join).reindex(nodes.index)
    nodes["hubs"] = ids.fillna("")
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node, values in zip(nodes.index, nodes.to_dict("records"), strict=True):
        graph.add_node(_text(node), **_plain(values))
    for edge in _edges(plan).to_dict("records"):
        source, target = _text(edge.pop("source")), _text(edge.pop("target"))
        graph.add_edge(source, target, key=_text(edge.pop("key")), **_plain(edge))
    return graph


def _edges(plan: "Plan") -> pd.DataFrame:
    """One row a direction of a link."""
    given = ["length_km", "one_way_ms", "direction"]
    links = plan.links.join(plan.scenario.links[given], on="link")
    links = links.rename(columns={"direction": "capacity_kind"})
    forward = links.rename(columns={"forward_peak_gbps": "peak_gbps"})
    backward = links[links["capacity_kind"] != "forward"].rename(
        columns={"source": "target", "target": "source"}
    )
    backward = backward.rename(columns={"backward_peak_gbps": "peak_gbps"})
    both = pd.concat(
        [forward.assign(direction="forward"), backward.assign(direction="backward")]
    )
    both["key"] = both["link"] + ":" + both["direction"]
    columns = "key source target link direction capacity_kind length_km one_way_ms"
    loads = "headroom_gbps widen_gbps lit_gbps peak_gbps use"
    return both[[*columns.split(), *loads.split()]]


def _plain(values: Mapping[Hashable, object]) -> dict[str, object]:
    """Values that GraphML can hold."""
    found: dict[str, object] = {}
    for key, value in values.items():
        name = str(key)
        if isinstance(value, str):
            found[name] = _text(value)
        elif isinstance(value, bool):
            found[name] = value
        elif isinstance(value, int | float) and math.isfinite(value):
            found[name] = float(value)
    return found


def _text(value: object) -> str:
    """Replace characters that no XML document may hold."""
    return str(value).translate(UNFIT)
