"""Least cost of a path within an RTT limit, over all admissible paths of the graph."""

import heapq
from functools import cached_property

import numpy as np

from siting.audit.network import FROM_HUB, TO_HUB
from siting.audit.world import RTT_TOLERANCE_MS, World

Floats = np.ndarray


class Cheapest:
    """Least path cost from one origin to (or from) each hub.

    Parameters
    ----------
    world : World
    cost : ndarray of shape (arcs, columns)
        Cost of each arc, at least 0; columns are periods or profiles.
    """

    def __init__(self, world: World, cost: Floats) -> None:
        self.world = world
        self.cost, inverse = np.unique(cost, axis=1, return_inverse=True)
        self.column = np.asarray(inverse).reshape(-1)
        arcs = world.network.arcs
        self.delay = arcs["one_way_ms"].to_numpy(float)
        self.tail = arcs["tail"].to_numpy(int)
        self.head = arcs["head"].to_numpy(int)
        self._swept: dict[tuple[int, str], tuple[Floats, Floats]] = {}
        self._found: dict[tuple[int, float, str], Floats] = {}

    def to_hubs(self, origin: int, limit_ms: float, way: str) -> Floats:
        """Least cost to each hub, in each column; inf where no path is admissible.

        Parameters
        ----------
        origin : int
            Position of the origin.
        limit_ms : float
            RTT limit of the paths.
        way : str
            Direction of the traffic.

        Returns
        -------
        ndarray of shape (hubs, columns)
        """
        key = (origin, limit_ms, way)
        if key not in self._found:
            self._found[key] = self._within(origin, limit_ms, way)[:, self.column]
        return self._found[key]

    def _within(self, origin: int, limit_ms: float, way: str) -> Floats:
        world = self.world
        cost, delay = self._sweep(origin, way)
        node = world.hub_node
        best, taken = cost[node].copy(), delay[node]
        longest = self._longest(origin, limit_ms, way)
        fastest = world.fastest[way][origin]
        best[~np.isfinite(fastest) | (fastest > longest)] = np.inf
        late = np.isfinite(best) & (taken > longest[:, None])
        for hub, column in zip(*np.nonzero(late), strict=True):
            best[hub, column] = self._constrained(
                origin, int(node[hub]), float(longest[hub]), int(column), way
            )
        return np.asarray(best)

    def _longest(self, origin: int, limit_ms: float, way: str) -> Floats:
        """Largest one-way delay of a path that keeps within the RTT limit."""
        world = self.world
        twice = 2.0 * world.settings.rtt_factor
        fastest = world.fastest[way][origin]
        measured = world.measured[origin]
        known = ~np.isnan(measured)
        start = np.where(known, measured, world.settings.rtt_access_ms)
        spare = limit_ms + RTT_TOLERANCE_MS - start
        if twice == 0.0:
            return np.where(spare >= 0.0, np.inf, -np.inf)
        return np.where(known, fastest, 0.0) + spare / twice

    @cached_property
    def _arcs_at(self) -> dict[str, list[list[tuple[int, int]]]]:
        """Arcs that leave each node, seen from the origin, by direction."""
        found = {}
        for way, near, far in (
            (TO_HUB, self.tail, self.head),
            (FROM_HUB, self.head, self.tail),
        ):
            at: list[list[tuple[int, int]]] = [[] for _ in self.world.network.nodes]
            for arc, (here, there) in enumerate(
                zip(near.tolist(), far.tolist(), strict=True)
            ):
                at[here].append((arc, there))
            found[way] = at
        return found

    def _sweep(self, origin: int, way: str) -> tuple[Floats, Floats]:
        """Least cost to every node, all columns at once, and the least delay at it."""
        key = (origin, way)
        if key in self._swept:
            return self._swept[key]
        start = int(self.world.origin_node[origin])
        shape = (len(self.world.network.nodes), self.cost.shape[1])
        cost, delay = np.full(shape, np.inf), np.full(shape, np.inf)
        cost[start] = delay[start] = 0.0
        fresh = {start}
        while fresh:
            later = set()
            for node in fresh:
                if node != start and not self.world.network.transit[node]:
                    continue
                for arc, there in self._arcs_at[way][node]:
                    step = cost[node] + self.cost[arc]
                    time = delay[node] + self.delay[arc]
                    better = (step < cost[there]) | (
                        (step == cost[there]) & (time < delay[there])
                    )
                    if better.any():
                        cost[there][better] = step[better]
                        delay[there][better] = time[better]
                        later.add(there)
            fresh = later
        self._swept[key] = (cost, delay)
        return cost, delay

    def _onward(self, end: int, way: str) -> list[float]:
        """Least delay from every node on to the hub, as a bound of what is left."""
        if (end, way) not in self._rests:
            back = FROM_HUB if way == TO_HUB else TO_HUB
            rest = [np.inf] * len(self.world.network.nodes)
            rest[end] = 0.0
            heap = [(0.0, end)]
            while heap:
                spent, node = heapq.heappop(heap)
                if spent > rest[node]:
                    continue
                for arc, there in self._arcs_at[back][node]:
                    time = spent + float(self.delay[arc])
                    if time < rest[there]:
                        rest[there] = time
                        heapq.heappush(heap, (time, there))
            self._rests[end, way] = rest
        return self._rests[end, way]

    @cached_property
    def _rests(self) -> dict[tuple[int, str], list[float]]:
        return {}

    def _constrained(
        self, origin: int, end: int, longest: float, column: int, way: str
    ) -> float:
        """Least cost within a delay: labels in order of cost, slower ones dropped."""
        start = int(self.world.origin_node[origin])
        transit, rest = self.world.network.transit, self._onward(end, way)
        price, time = self.cost[:, column], self.delay
        # Sums in another order may differ in the last digit.
        longest += 1e-12 * max(1.0, abs(longest))
        quickest: dict[int, float] = {}
        heap = [(0.0, 0.0, start)]
        while heap:
            spent, delay, node = heapq.heappop(heap)
            if node == end:
                return spent
            if quickest.get(node, np.inf) <= delay:
                continue
            quickest[node] = delay
            if node != start and not transit[node]:
                continue
            for arc, there in self._arcs_at[way][node]:
                later = delay + float(time[arc])
                if later + rest[there] <= longest:
                    heapq.heappush(heap, (spent + float(price[arc]), later, there))
        return np.inf
