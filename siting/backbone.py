"""The backbone: a networkx multigraph, fastest paths and cheapest admissible paths.

A path is a tuple of arcs; an arc is a link in one direction. Paths pass through transit
nodes only. Delays are one-way and optical; round-trip times are derived in
:mod:`siting.latency`.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from siting.lookup import positions
from siting.scenario import Scenario

if TYPE_CHECKING:
    import networkx as nx

FORWARD, BACKWARD, SHARED = "forward", "backward", "shared"
# Trees of cheapest paths are remembered, for the same prices are asked for often; up to
# so many nodes in all.
MOST_REMEMBERED = 2_000_000
ROUND = 12


@dataclass(frozen=True)
class Path:
    """A simple path from sender to receiver.

    Attributes
    ----------
    arcs : tuple of int
        Arc numbers of the backbone; empty where both ends are one node.
    one_way_ms, length_km : float
    """

    arcs: tuple[int, ...]
    one_way_ms: float
    length_km: float


class Tree(Mapping[int, Path]):
    """Paths from (or to) one node, by their other end; traced when asked for.

    Parameters
    ----------
    via : dict
        Node and arc before each node reached.
    trace : callable
        Gives the path to a node that is reached.
    """

    def __init__(
        self, node: int, via: dict[int, tuple[int, int]], trace: Callable[[int], Path]
    ) -> None:
        self._ends = {node: None, **dict.fromkeys(via)}
        self._trace = trace
        self._paths: dict[int, Path] = {}

    def __getitem__(self, end: int) -> Path:
        """Give the path to a node; a KeyError if it is not reached."""
        if end not in self._paths:
            self._paths[end] = self._trace(end)
        return self._paths[end]

    def __contains__(self, end: object) -> bool:
        """Whether a node is reached."""
        return end in self._ends

    def __iter__(self) -> Iterator[int]:
        """Go through the nodes reached."""
        return iter(self._ends)

    def __len__(self) -> int:
        """Count the nodes reached."""
        return len(self._ends)


class Backbone:
    """Nodes, arcs and capacity rows of a scenario's backbone.

    Attributes
    ----------
    arc_link, arc_tail, arc_head : ndarray of int
        Link and end nodes (positions) of each arc.
    arc_row : ndarray of int
        Capacity row of each arc; the two arcs of a ``shared`` link have one row.
    row_link, row_direction
        Link position and direction of each capacity row.
    """

    def __init__(self, scenario: Scenario) -> None:
        links = scenario.links
        self.nodes = scenario.nodes.index
        self.transit = scenario.nodes["transit"].to_numpy(bool)
        source = positions(self.nodes, links["source"])
        target = positions(self.nodes, links["target"])
        way = links["direction"].to_numpy(object)
        number = np.arange(len(links))
        back = number[way != "forward"]
        self.arc_link = np.concatenate([number, back]).astype(int)
        self.arc_tail = np.concatenate([source, target[back]]).astype(int)
        self.arc_head = np.concatenate([target, source[back]]).astype(int)
        self.arc_backward = np.arange(len(self.arc_link)) >= len(links)
        self.arc_one_way_ms = links["one_way_ms"].to_numpy(float)[self.arc_link]
        self.arc_km = links["length_km"].to_numpy(float)[self.arc_link]
        duplex = number[way == "duplex"]
        self.row_link = np.concatenate([number, duplex]).astype(int)
        self.row_direction = np.array(
            [SHARED if w == "shared" else FORWARD for w in way]
            + [BACKWARD] * len(duplex),
            dtype=object,
        )
        row_of_back = np.full(len(links), -1)
        row_of_back[duplex] = len(links) + np.arange(len(duplex))
        row_of_back[way == "shared"] = number[way == "shared"]
        self.arc_row = np.concatenate([number, row_of_back[back]]).astype(int)
        self._names = self.nodes.tolist()
        self._is_transit = self.transit.tolist()
        self._delays = self.arc_one_way_ms.tolist()
        self._lengths = self.arc_km.tolist()
        self._out = self._adjacency(self.arc_tail, self.arc_head)
        self._in = self._adjacency(self.arc_head, self.arc_tail)
        self._ways_on = [{there for _, there in arcs} for arcs in self._out]
        self._ways_in = [{there for _, there in arcs} for arcs in self._in]
        self._fastest: dict[tuple[int, bool], Tree] = {}
        self._trees: dict[tuple[int, bool, bytes], Tree] = {}
        self._crossed: dict[
            tuple[tuple[int, ...], tuple[int, ...], bool],
            tuple[np.ndarray, np.ndarray, np.ndarray],
        ] = {}

    def _adjacency(
        self, tail: np.ndarray, head: np.ndarray
    ) -> list[list[tuple[int, int]]]:
        lists: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for arc, (u, v) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
            lists[u].append((arc, v))
        return lists

    def graph(self) -> "nx.MultiDiGraph[str]":
        """Give the backbone as a networkx multigraph.

        Returns
        -------
        networkx.MultiDiGraph
            Edges keyed by arc number, with ``link`` (position), ``one_way_ms`` and
            ``length_km``; nodes are ids with ``transit``.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node, transit in zip(self.nodes, self.transit, strict=True):
            graph.add_node(node, transit=bool(transit))
        for arc in range(len(self.arc_link)):
            graph.add_edge(
                self.nodes[self.arc_tail[arc]],
                self.nodes[self.arc_head[arc]],
                key=arc,
                link=int(self.arc_link[arc]),
                one_way_ms=float(self.arc_one_way_ms[arc]),
                length_km=float(self.arc_km[arc]),
            )
        return graph

    def path(self, arcs: tuple[int, ...]) -> Path:
        """Give the path of these arcs with its delay and length."""
        delay = sum(self._delays[arc] for arc in arcs)
        return Path(arcs, delay, sum(self._lengths[arc] for arc in arcs))

    def nodes_of(self, start: int, path: Path) -> list[str]:
        """Node ids along a path that starts at node ``start``."""
        heads = self.arc_head[list(path.arcs)].tolist()
        return [self._names[node] for node in (start, *heads)]

    def fastest(self, node: int, *, inward: bool = False) -> Mapping[int, Path]:
        """Find the fastest path from (or, ``inward``, to) a node.

        Parameters
        ----------
        node : int
            Position of the node.
        inward : bool
            Paths that end at the node rather than start there.

        Returns
        -------
        Mapping
            From the other end's position to its path.
        """
        key = (node, inward)
        if key not in self._fastest:
            self._fastest[key] = self._grow(node, self._delays, inward=inward)
        return self._fastest[key]

    def cheapest(
        self,
        node: int,
        cost: np.ndarray,
        wanted: list[tuple[int, float]],
        *,
        inward: bool,
    ) -> list[Path | None]:
        """Find the cheapest path to each wanted node within its delay limit.

        Parameters
        ----------
        node : int
            The one end of all paths.
        cost : ndarray of shape (arcs,)
            Cost of each arc, at least 0.
        wanted : list of (int, float)
            Other ends, each with its largest one-way delay.
        inward : bool
            Paths that end at ``node`` rather than start there.

        Returns
        -------
        list of Path or None
            None for an end that is out of reach.
        """
        tree = self._tree(node, cost, inward=inward)
        fastest = self.fastest(node, inward=inward)
        found: list[Path | None] = []
        for end, limit in wanted:
            if end not in fastest or fastest[end].one_way_ms > limit:
                found.append(None)
                continue
            path: Path = tree[end]
            if path.one_way_ms > limit:
                path = self._constrained(node, end, cost.tolist(), limit, inward=inward)
            found.append(path)
        return found

    def least_costs(
        self, starts: list[int], cost: np.ndarray, *, inward: bool
    ) -> np.ndarray:
        """Cost of the cheapest path from (or, ``inward``, to) some nodes.

        Parameters
        ----------
        starts : list of int
        cost : ndarray of shape (..., arcs)
            Cost of each arc, at least 0.
        inward : bool

        Returns
        -------
        ndarray of shape (..., starts, nodes)
            Whatever the delay; inf where there is no path.
        """
        tail, head = self.arc_tail, self.arc_head
        if inward:
            tail, head = head, tail
        least = np.full((*cost.shape[:-1], len(starts), len(self.nodes)), np.inf)
        least[..., np.arange(len(starts)), starts] = 0.0
        # At first on every arc, for a start need not be open to transit itself.
        order = np.argsort(head, kind="stable")
        for _ in self.nodes:
            if not len(order):
                break
            ends, begin = np.unique(head[order], return_index=True)
            through = least[..., tail[order]] + cost[..., None, order]
            found = np.minimum.reduceat(through, begin, axis=-1)
            found = np.minimum(found, least[..., ends])
            if np.array_equal(found, least[..., ends]):
                break
            least[..., ends] = found
            order = order[self.transit[tail[order]]]
        return least

    def fastest_costs(
        self, starts: list[int], ends: list[int], cost: np.ndarray, *, inward: bool
    ) -> np.ndarray:
        """Cost of the fastest path between nodes; inf where there is none.

        Returns
        -------
        ndarray of shape (starts, ends)
        """
        key = (tuple(starts), tuple(ends), inward)
        if key not in self._crossed:
            paths = [
                self.fastest(start, inward=inward).get(end)
                for start in starts
                for end in ends
            ]
            length = [len(path.arcs) if path else 0 for path in paths]
            arcs = [arc for path in paths if path for arc in path.arcs]
            reached = np.array([path is not None for path in paths], dtype=bool)
            row = np.repeat(np.arange(len(paths)), length)
            self._crossed[key] = row, np.array(arcs, dtype=int), reached
        row, arcs_, reached = self._crossed[key]
        total = np.bincount(row, cost[arcs_], minlength=len(reached))
        total = np.where(reached, total, np.inf)
        return total.reshape(len(starts), len(ends))

    def _tree(self, node: int, cost: np.ndarray, *, inward: bool) -> Tree:
        # The scale of the costs does not matter, nor do differences that are rounding.
        scaled = np.round(cost / (cost.max(initial=0.0) or 1.0), ROUND)
        key = (node, inward, scaled.tobytes())
        if key not in self._trees:
            if len(self._trees) * len(self.nodes) >= MOST_REMEMBERED:
                self._trees.clear()
            self._trees[key] = self._grow(node, cost.tolist(), inward=inward)
        return self._trees[key]

    def _grow(self, node: int, costs: list[float], *, inward: bool) -> Tree:
        via = self._search(node, costs, inward=inward)
        return Tree(node, via, partial(self._trace, node, via=via, inward=inward))

    def _search(
        self, node: int, costs: list[float], *, inward: bool
    ) -> dict[int, tuple[int, int]]:
        """Dijkstra by (cost, delay, hops, km) over transit nodes.

        Returns the node and the arc before each node reached.
        """
        neighbours = self._in if inward else self._out
        ways = self._ways_in if inward else self._ways_on
        delays, lengths = self._delays, self._lengths
        best: dict[int, tuple[float, float, int, float]] = {node: (0.0, 0.0, 0, 0.0)}
        via: dict[int, tuple[int, int]] = {}
        done: set[int] = set()
        heap: list[tuple[float, float, int, float, int]] = [(0.0, 0.0, 0, 0.0, node)]
        while heap:
            spent, delay, hops, km, here = heapq.heappop(heap)
            if here in done:
                continue
            done.add(here)
            for arc, there in neighbours[here]:
                if there in done:
                    continue
                label = (
                    *(spent + costs[arc], delay + delays[arc]),
                    *(hops + 1, km + lengths[arc]),
                )
                if there not in best or label < best[there]:
                    best[there] = label
                    via[there] = (here, arc)
                    # What leads nowhere else is never gone on from.
                    if self._is_transit[there] and ways[there] != {here}:
                        heapq.heappush(heap, (*label, there))
        return via

    def _trace(
        self, node: int, end: int, via: dict[int, tuple[int, int]], *, inward: bool
    ) -> Path:
        arcs: list[int] = []
        while end != node:
            end, arc = via[end]
            arcs.append(arc)
        return self.path(tuple(arcs if inward else arcs[::-1]))

    def _constrained(
        self, node: int, end: int, costs: list[float], limit: float, *, inward: bool
    ) -> Path:
        """Exact resource-constrained shortest path by label setting.

        Labels are popped in order of cost; one is dropped if an earlier label at its
        node was no slower, or if even the fastest way on would break the limit.
        """
        neighbours = self._in if inward else self._out
        remaining = self.fastest(end, inward=not inward)
        delays = self._delays
        quickest: dict[int, float] = {}
        tick = count()
        heap: list[tuple[float, float, int, int, tuple[int, ...]]] = [
            (0.0, 0.0, next(tick), node, ())
        ]
        while heap:
            spent, delay, _, here, arcs = heapq.heappop(heap)
            if here == end:
                return self.path(arcs[::-1] if inward else arcs)
            if quickest.get(here, np.inf) <= delay:
                continue
            quickest[here] = delay
            if here != node and not self._is_transit[here]:
                continue
            for arc, there in neighbours[here]:
                later = delay + delays[arc]
                onward = remaining.get(there)
                if onward is None or later + onward.one_way_ms > limit:
                    continue
                step = (spent + costs[arc], later, next(tick), there, (*arcs, arc))
                heapq.heappush(heap, step)
        # The caller made sure that the fastest path is within the limit; only the
        # order of additions can differ.
        return self.fastest(node, inward=inward)[end]
