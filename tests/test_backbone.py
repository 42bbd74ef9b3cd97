"""Paths on the backbone, against networkx and against trying all of them."""

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from reference_lp import Reference

import siting
from siting.backbone import BACKWARD, FORWARD, SHARED, Backbone

NODES = "abcdef"


def scenario(links: list[dict[str, Any]], **nodes: bool) -> siting.Scenario:
    """Scenario with these links; ``nodes`` says which are without transit."""
    return siting.Scenario.from_tables(
        nodes=[{"id": name, "transit": nodes.get(name, True)} for name in NODES],
        links=links,
        hubs=[
            {"id": f"h{name}", "node": name, "it_capacity_mw": 1.0} for name in NODES
        ],
        workloads=[
            {"id": f"w{name}", "class": "c", "origin": name, "it_mw": 1.0}
            for name in NODES
        ],
    )


def random_links(dice: np.random.Generator) -> list[dict[str, Any]]:
    """Draw a ring that joins all nodes, and chords; some one way, some parallel."""
    ends = list(zip(NODES, NODES[1:] + NODES[:1], strict=True))
    pairs = list(itertools.permutations(NODES, 2))
    ends += [pairs[i] for i in dice.integers(0, len(pairs), 5)]
    return [
        {
            "source": source,
            "target": target,
            "length_km": float(dice.integers(50, 2000)) + number / 64,
            "direction": str(dice.choice(["duplex", "shared", "forward"])),
        }
        for number, (source, target) in enumerate(ends)
    ]


LINE = [
    {"source": "a", "target": "b", "length_km": 100.0},
    {"source": "b", "target": "c", "length_km": 100.0, "direction": "forward"},
    {"source": "c", "target": "d", "length_km": 100.0, "direction": "shared"},
    {"source": "a", "target": "d", "length_km": 900.0},
    {"source": "d", "target": "e", "length_km": 10.0},
    {"source": "e", "target": "f", "length_km": 10.0},
]


def test_rows_of_capacity() -> None:
    """A duplex link has two capacity rows, a shared or one-way link has one."""
    backbone = Backbone(scenario(LINE))
    by_link: dict[int, list[str]] = {}
    for link, direction in zip(backbone.row_link, backbone.row_direction, strict=True):
        by_link.setdefault(int(link), []).append(str(direction))
    assert by_link[0] == [FORWARD, BACKWARD]
    assert by_link[1] == [FORWARD]
    assert by_link[2] == [SHARED]
    arcs = np.bincount(backbone.arc_link)
    assert arcs.tolist() == [2, 1, 2, 2, 2, 2]
    shared = backbone.arc_row[backbone.arc_link == 2]
    assert len(set(shared.tolist())) == 1


def test_fastest_paths_by_direction() -> None:
    """The way back avoids a link that is one way, and nodes are named in order."""
    backbone = Backbone(scenario(LINE))
    a, d = 0, 3
    there = backbone.fastest(a)[d]
    assert backbone.nodes_of(a, there) == ["a", "b", "c", "d"]
    assert there.length_km == pytest.approx(300.0)
    assert there.one_way_ms == pytest.approx(300.0 * 0.0049)
    back = backbone.fastest(a, inward=True)[d]
    assert backbone.nodes_of(d, back) == ["d", "a"]
    assert backbone.fastest(a)[a].arcs == ()


def test_nodes_without_transit_end_paths() -> None:
    """A node without transit may be an end of a path, not a stop on it."""
    backbone = Backbone(scenario(LINE, b=False))
    assert backbone.nodes_of(0, backbone.fastest(0)[3]) == ["a", "d"]
    assert backbone.nodes_of(0, backbone.fastest(0)[1]) == ["a", "b"]
    assert backbone.nodes_of(1, backbone.fastest(1)[3]) == ["b", "c", "d"]


@pytest.mark.parametrize("seed", range(8))
def test_fastest_paths_are_those_of_networkx(seed: int) -> None:
    """Delays of the fastest paths are Dijkstra's, in both directions."""
    backbone = Backbone(scenario(random_links(np.random.default_rng(seed))))
    graph = backbone.graph()
    assert graph.number_of_edges() == len(backbone.arc_link)
    for place, name in enumerate(NODES):
        there = nx.single_source_dijkstra_path_length(graph, name, weight="one_way_ms")
        found = {
            NODES[end]: path.one_way_ms for end, path in backbone.fastest(place).items()
        }
        assert found == pytest.approx(there)
        back = nx.single_source_dijkstra_path_length(
            graph.reverse(), name, weight="one_way_ms"
        )
        paths = backbone.fastest(place, inward=True)
        found = {NODES[end]: path.one_way_ms for end, path in paths.items()}
        assert found == pytest.approx(back)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("inward", [False, True])
def test_least_costs_are_those_of_the_cheapest_paths(seed: int, inward: bool) -> None:
    """Costs from whole arrays are those of paths that were searched one by one.

    Several costs at once give what each gives alone: a search that ended where the
    first of them is found would leave the others dear. Some nodes may have no transit:
    with it, half of the seeds would have lower costs.
    """
    dice = np.random.default_rng(seed)
    shut = {name: bool(dice.random() < 0.5) for name in "bde"}
    backbone = Backbone(scenario(random_links(dice), **shut))
    arcs = len(backbone.arc_link)
    cost = np.where(dice.random(arcs) < 0.2, 0.0, dice.integers(1, 50, arcs))
    every = list(range(len(NODES)))
    least = backbone.least_costs(every, cost, inward=inward)
    fast = backbone.fastest_costs(every, every, cost, inward=inward)
    for node in every:
        wanted = [(end, np.inf) for end in every]
        paths = backbone.cheapest(node, cost, wanted, inward=inward)
        found = [cost[list(p.arcs)].sum() if p else np.inf for p in paths]
        assert least[node].tolist() == pytest.approx(found)
        for end, path in backbone.fastest(node, inward=inward).items():
            assert fast[node, end] == pytest.approx(cost[list(path.arcs)].sum())
    assert np.all(least <= fast)
    several = np.stack([cost, cost[::-1], np.zeros(arcs)])
    together = backbone.least_costs(every, several, inward=inward)
    for one, found_together in zip(several, together, strict=True):
        alone = backbone.least_costs(every, one, inward=inward)
        assert found_together.tolist() == alone.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_cheapest_paths_within_a_delay(seed: int) -> None:
    """The cheapest path within a delay is the best of all simple paths.

    Prices are random, some 0; nodes b and d may be without transit; limits run from
    out of reach to none.
    """
    dice = np.random.default_rng(seed)
    shut = {name: bool(dice.random() < 0.5) for name in "bd"}
    world = scenario(random_links(dice), **shut)
    backbone = Backbone(world)
    price = np.where(
        dice.random(len(backbone.arc_link)) < 0.2,
        0.0,
        dice.integers(1, 50, len(backbone.arc_link)),
    )
    cost = {}
    for arc, link in enumerate(backbone.arc_link):
        direction = "backward" if backbone.arc_backward[arc] else "forward"
        cost[world.links.index[link], direction] = float(price[arc])
    every = Reference(world).ways
    for start, end in itertools.permutations(range(len(NODES)), 2):
        for inward in (False, True):
            key = (NODES[start], f"h{NODES[end]}", "from-hub" if inward else "to-hub")
            delays = [way.one_way_ms for way in every[key]] or [1.0]
            limits = [0.9 * min(delays), np.median(delays), max(delays), np.inf]
            for limit in limits:
                within = [
                    sum(cost[arc] for arc in way.arcs)
                    for way in every[key]
                    if way.one_way_ms <= limit
                ]
                (path,) = backbone.cheapest(start, price, [(end, limit)], inward=inward)
                if not within:
                    assert path is None
                    continue
                assert path is not None
                assert path.one_way_ms <= limit
                assert price[list(path.arcs)].sum() == pytest.approx(min(within))
                ends = (NODES[end], NODES[start])
                first = end if inward else start
                names = backbone.nodes_of(first, path)
                assert (names[0], names[-1]) == (ends if inward else ends[::-1])
                assert len(set(names)) == len(names)
                assert not [n for n in names[1:-1] if not world.nodes["transit"][n]]


def test_a_price_of_zero_takes_the_fastest_path() -> None:
    """Among paths of one price the fastest is given."""
    backbone = Backbone(scenario(LINE))
    price = np.zeros(len(backbone.arc_link))
    (path,) = backbone.cheapest(0, price, [(3, np.inf)], inward=False)
    assert path is not None
    assert backbone.nodes_of(0, path) == ["a", "b", "c", "d"]
