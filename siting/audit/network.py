"""The backbone as the audit sees it: a graph of its own, routes and fastest paths."""

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd

from siting.scenario import Scenario

TO_HUB, FROM_HUB = "to-hub", "from-hub"


@dataclass(frozen=True)
class Trip:
    """A route checked on the graph.

    Attributes
    ----------
    arcs : tuple of int
        Numbers of the arcs in order; empty if the route is wrong.
    one_way_ms, length_km : float
    fault : str
        What is wrong with the route, or "".
    """

    arcs: tuple[int, ...]
    one_way_ms: float
    length_km: float
    fault: str = ""


class Network:
    """Arcs of the backbone, and paths on it.

    Attributes
    ----------
    arcs : DataFrame
        Columns ``link`` (position), ``tail``, ``head``, ``one_way_ms``, ``km``,
        ``way`` (``forward`` or ``backward``) and ``limit`` (row of ``limits``).
    limits : DataFrame
        Limits of flow: ``link`` (position) and ``direction``.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.nodes = pd.Index(scenario.nodes.index.astype(object))
        self.transit = scenario.nodes["transit"].to_numpy(bool)
        links = scenario.links.reset_index(drop=True)
        self.links = pd.Index(links["id"].astype(object))
        there = pd.DataFrame(
            {
                "link": np.arange(len(links)),
                "tail": self.nodes.get_indexer(links["source"]),
                "head": self.nodes.get_indexer(links["target"]),
                "one_way_ms": links["one_way_ms"].to_numpy(float),
                "km": links["length_km"].to_numpy(float),
                "way": "forward",
                "kind": links["direction"].to_numpy(object),
            }
        )
        back = there[there["kind"] != "forward"].rename(
            columns={"tail": "head", "head": "tail"}
        )
        both = pd.concat([there, back.assign(way="backward")], ignore_index=True)
        shared = both["kind"] == "shared"
        both["direction"] = both["way"].where(~shared, "shared")
        limits = both[["link", "direction"]].drop_duplicates(ignore_index=True)
        limits["limit"] = np.arange(len(limits))
        self.arcs = both.merge(limits, on=["link", "direction"], how="left")
        self.limits = limits[["link", "direction"]]

    @cached_property
    def _graph(self) -> "nx.MultiDiGraph[int]":
        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        graph.add_nodes_from(range(len(self.nodes)))
        columns = ["tail", "head", "one_way_ms", "km", "link"]
        for number, (tail, head, delay, km, link) in enumerate(
            self.arcs[columns].itertuples(index=False)
        ):
            graph.add_edge(tail, head, key=number, ms=delay, km=km, link=link)
        return graph

    @cached_property
    def _steps(self) -> dict[tuple[int, int, int], int]:
        """Arc number of (tail, link, head)."""
        places = self.arcs[["tail", "link", "head"]].itertuples(index=False, name=None)
        return {place: number for number, place in enumerate(places)}

    def fastest(self, start: int, end: int) -> Trip | None:
        """Give the fastest path; of equal ones that of fewest links, then least km."""
        if start == end:
            return Trip((), 0.0, 0.0)
        key = (start, end)
        if key not in self._known:
            self._known.update(self._fastest_from(start))
        return self._known.get(key)

    @cached_property
    def _known(self) -> dict[tuple[int, int], Trip]:
        return {}

    def _fastest_from(self, start: int) -> dict[tuple[int, int], Trip]:
        """Grow paths link by link (Bellman and Ford) until none gets better."""
        best: dict[int, tuple[float, int, float, tuple[int, ...]]] = {
            start: (0.0, 0, 0.0, ())
        }
        fresh = {start}
        while fresh:
            later: set[int] = set()
            for node in fresh:
                if node != start and not self.transit[node]:
                    continue
                delay, hops, km, arcs = best[node]
                for _, head, arc, data in self._graph.out_edges(
                    node, keys=True, data=True
                ):
                    label = (
                        delay + data["ms"],
                        hops + 1,
                        km + data["km"],
                        (*arcs, arc),
                    )
                    if head != start and (
                        head not in best or label[:3] < best[head][:3]
                    ):
                        best[head] = label
                        later.add(head)
            fresh = later
        return {
            (start, node): Trip(arcs, delay, km)
            for node, (delay, _, km, arcs) in best.items()
        }

    def follow(self, nodes: str, links: str, start: int, end: int) -> Trip:
        """Walk a saved route from sender to receiver and say what is wrong with it.

        Parameters
        ----------
        nodes, links : str
            As in the table ``routes``.
        start, end : int
            Where it must start and end.

        Returns
        -------
        Trip
        """
        stops = list(self.nodes.get_indexer(nodes.split(">")))
        crossed = list(self.links.get_indexer(links.split(";"))) if links else []
        fault = ""
        if min(stops) < 0:
            fault = "The route names an unknown node"
        elif crossed and min(crossed) < 0:
            fault = "The route names an unknown link"
        elif len(crossed) != len(stops) - 1:
            fault = "The route has not one link between each two nodes"
        elif stops[0] != start or stops[-1] != end:
            fault = "The route does not lead from the sender to the receiver"
        elif len(set(stops)) < len(stops):
            fault = "The route passes a node twice"
        elif not self.transit[stops[1:-1]].all():
            fault = "The route passes through a node without transit"
        if fault:
            return Trip((), np.nan, np.nan, fault)
        steps = zip(stops[:-1], crossed, stops[1:], strict=True)
        arcs = [self._steps.get(step, -1) for step in steps]
        if -1 in arcs:
            fault = "The route takes a link that does not run this way"
            return Trip((), np.nan, np.nan, fault)
        taken = self.arcs.iloc[arcs]
        return Trip(
            tuple(arcs), float(taken["one_way_ms"].sum()), float(taken["km"].sum())
        )
