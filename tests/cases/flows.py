"""Network flows: sources are origins, sinks are hubs, arcs are links with tolls."""

import re
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any

Tables = dict[str, Any]
Arc = tuple[str, str, float, float]
RATE = {"class": "batch", "to_hub_gbps_per_mw": 1.0}


def links_of(arcs: Iterable[Arc], direction: str = "forward") -> list[dict[str, Any]]:
    """Links of arcs ``(source, target, cost, capacity)``."""
    return [
        {
            "source": source,
            "target": target,
            "toll_cny_per_gbps_year": cost,
            "capacity_gbps": capacity,
            "direction": direction,
        }
        for source, target, cost, capacity in arcs
    ]


def nodes_of(arcs: Iterable[Arc]) -> list[dict[str, str]]:
    """Nodes that arcs name."""
    names = dict.fromkeys(name for arc in arcs for name in arc[:2])
    return [{"id": name} for name in names]


def flow_tables(demand: Mapping[str, float], arcs: list[Arc]) -> Tables:
    """Tables of a flow with one good; nodes of negative demand send.

    A megawatt placed moves one Gbps, so that the ledger is the cost of the flow.
    """
    return {
        "nodes": nodes_of(arcs),
        "links": links_of(arcs),
        "hubs": [
            {"id": name, "it_capacity_mw": amount}
            for name, amount in demand.items()
            if amount > 0
        ],
        "workloads": [
            {"id": name, "origin": name, "it_mw": -amount, **RATE}
            for name, amount in demand.items()
            if amount < 0
        ],
    }


def commodity_tables(
    goods: Iterable[tuple[str, str, float]], arcs: list[Arc], direction: str
) -> Tables:
    """Tables of a flow with several goods ``(source, target, amount)``."""
    goods = list(goods)
    return {
        "nodes": nodes_of(arcs),
        "links": links_of(arcs, direction),
        "hubs": [
            {"id": f"hub {name}", "node": name, "it_capacity_mw": inf}
            for name in dict.fromkeys(target for _, target, _ in goods)
        ],
        "workloads": [
            {
                "id": f"k{number}",
                "origin": source,
                "it_mw": amount,
                "allowed_hubs": f"hub {target}",
                **RATE,
            }
            for number, (source, target, amount) in enumerate(goods)
        ],
    }


def read_canad(path: Path) -> Tables:
    """Read a multicommodity network design instance, fixed costs left out."""
    lines = path.read_text(encoding="ascii").splitlines()[1:]
    _, arc_count, _ = (int(word) for word in lines[0].split())
    rows = [line.split() for line in lines[1:] if line.strip()]
    arcs = [(r[0], r[1], float(r[2]), float(r[3])) for r in rows[:arc_count]]
    goods = [(r[0], r[1], float(r[2])) for r in rows[arc_count:]]
    return commodity_tables(goods, arcs, "forward")


def read_sndlib(path: Path, factor: float) -> Tables:
    """Read a network of SNDlib; every link costs 1, capacity is the largest module.

    A link is ``shared``: the demands of SNDlib are undirected, and all of them
    together load a link.

    Parameters
    ----------
    path
        In SNDlib's native format.
    factor
        Multiplies every capacity.
    """
    text = path.read_text(encoding="ascii")
    arcs = []
    for source, target, installed, modules in re.findall(
        r"^ +\S+ \( (\S+) (\S+) \) (\S+) \S+ \S+ \S+ \(([^)]*)\)", text, re.MULTILINE
    ):
        sizes = [float(word) for word in modules.split()[::2]]
        capacity = float(installed) or max(sizes)
        arcs.append((source, target, 1.0, factor * capacity))
    goods = [
        (source, target, float(amount))
        for source, target, amount in re.findall(
            r"^ +\S+ \( (\S+) (\S+) \) 1 (\S+) UNLIMITED", text, re.MULTILINE
        )
    ]
    return commodity_tables(goods, arcs, "shared")
