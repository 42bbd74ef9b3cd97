"""Round-trip times of origins and hubs: modelled, measured, unknown."""

from typing import Any

import numpy as np
import pytest

import siting
from siting.backbone import Backbone
from siting.latency import Reach, reach

# Beijing and Shanghai, 1067.3 km on a sphere of 6371.0088 km.
BEIJING = {"latitude": 39.9042, "longitude": 116.4074}
SHANGHAI = {"latitude": 31.2304, "longitude": 121.4737}


def reach_of(**tables: Any) -> Reach:
    """Delays of a scenario with one workload from ``o`` unless others are given."""
    tables.setdefault(
        "workloads", [{"id": "w", "class": "c", "origin": "o", "it_mw": 1.0}]
    )
    scenario = siting.Scenario.from_tables(**tables)
    return reach(scenario, Backbone(scenario))


def hub(name: str, **columns: Any) -> dict[str, Any]:
    """Give a hub."""
    return {"id": name, "it_capacity_mw": 1.0} | columns


LINKS = [
    {"source": "o", "target": "h", "length_km": 1000.0},
    {"source": "o", "target": "x", "length_km": 100.0},
    {"source": "x", "target": "h", "length_km": 600.0, "direction": "forward"},
]


def test_modelled_by_direction() -> None:
    """The way to the hub is 700 km, the way back 1,000; the RTT is of the former."""
    found = reach_of(
        hubs=[hub("h")],
        nodes=[{"id": name} for name in "ohx"],
        links=LINKS,
        settings={"rtt_factor": 1.5, "hop_ms": 0.1},
    )
    assert found.to_ms[0, 0] == pytest.approx(0.0049 * 700 + 0.2)
    assert found.from_ms[0, 0] == pytest.approx(0.0049 * 1000 + 0.1)
    assert found.rtt_ms[0, 0] == pytest.approx(3.0 * (0.0049 * 700 + 0.2) + 1.0)
    assert found.km[0, 0] == pytest.approx(700.0)


def test_a_limit_holds_for_each_direction() -> None:
    """10 ms allow the way to the hub (7.86 ms), not the way back (10.8 ms)."""
    found = reach_of(
        hubs=[hub("h")], nodes=[{"id": name} for name in "ohx"], links=LINKS
    )
    assert found.within(10.0, to_hub=True).tolist() == [[True]]
    assert found.within(10.0, to_hub=False).tolist() == [[False]]
    assert found.within(10.8, to_hub=False).tolist() == [[True]]


def test_measured_replaces_the_fastest_path() -> None:
    """A measured value counts as it is; slower paths take the difference on top."""
    tables = {
        "hubs": [hub("h")],
        "nodes": [{"id": name} for name in "ohx"],
        "links": LINKS,
        "rtt": [{"origin": "o", "hub": "h", "rtt_ms": 5.0}],
        "settings": {"rtt_factor": 2.0},
    }
    found = reach_of(**tables)
    backbone = Backbone(
        siting.Scenario.from_tables(
            **tables, workloads=[{"id": "w", "class": "c", "origin": "o", "it_mw": 1.0}]
        )
    )
    assert found.rtt_ms[0, 0] == 5.0
    direct = backbone.path((0,))
    extra = 2 * 2.0 * 0.0049 * 300
    assert found.path_rtt_ms(0, 0, direct, to_hub=True) == pytest.approx(5.0 + extra)
    back = backbone.fastest(0, inward=True)[1]
    assert found.path_rtt_ms(0, 0, back, to_hub=False) == pytest.approx(5.0)
    most = found.most_one_way_ms(5.0 + extra, to_hub=True)[0, 0]
    assert most == pytest.approx(direct.one_way_ms)


def test_no_network_factor() -> None:
    """With a factor of 0 every path has the access constant, or what was measured."""
    found = reach_of(
        hubs=[hub("h")],
        nodes=[{"id": name} for name in "ohx"],
        links=LINKS,
        settings={"rtt_factor": 0.0},
    )
    assert found.within(1.0, to_hub=True).all()
    assert not found.within(0.9, to_hub=True).any()


def test_without_links_the_great_circle() -> None:
    """Coordinates of the hub, else of its node, give the distance."""
    found = reach_of(
        hubs=[
            hub("own", node="n1", **SHANGHAI),
            hub("node", node="n2"),
            hub("home", node="o"),
            hub("nowhere", node="n1"),
        ],
        nodes=[
            {"id": "o", **BEIJING},
            {"id": "n1"},
            {"id": "n2", **SHANGHAI},
        ],
    )
    km = 1067.3
    assert found.km[0].tolist() == pytest.approx(
        [km, km, 0.0, np.nan], rel=1e-4, nan_ok=True
    )
    expected = [2 * km * 0.0049 + 1, 2 * km * 0.0049 + 1, 1.0, np.nan]
    assert found.rtt_ms[0].tolist() == pytest.approx(expected, rel=1e-4, nan_ok=True)
    assert found.within(12.0, to_hub=True)[0].tolist() == [True, True, True, False]
    assert found.within(np.inf, to_hub=True).all()


def test_without_links_measured_values_alone() -> None:
    """A pair that was not measured is out of reach of a limit, not of no limit."""
    found = reach_of(
        hubs=[hub("a"), hub("b")], rtt=[{"origin": "o", "hub": "a", "rtt_ms": 3.0}]
    )
    assert found.within(3.0, to_hub=True)[0].tolist() == [True, False]
    assert found.within(2.9, to_hub=True)[0].tolist() == [False, False]
    assert found.within(np.inf, to_hub=True)[0].tolist() == [True, True]


def test_wide_area() -> None:
    """A pair is local at one node, and within ``metro_km`` of the fastest path."""
    found = reach_of(
        hubs=[hub("h"), hub("at", node="o"), hub("x")],
        nodes=[{"id": name} for name in "ohx"],
        links=LINKS,
        settings={"metro_km": 100.0},
    )
    assert found.wide_area[0].tolist() == [True, False, False]


def test_a_path_without_length_is_no_metro() -> None:
    """Links whose length was left out are paid for, unless ``metro_km`` is above 0."""
    tables = {
        "hubs": [hub("h"), hub("at", node="o")],
        "nodes": [{"id": name} for name in "oh"],
        "links": [{"source": "o", "target": "h", "one_way_ms": 5.0}],
    }
    assert reach_of(**tables).wide_area[0].tolist() == [True, False]
    near = reach_of(**tables, settings={"metro_km": 1.0})
    assert near.wide_area[0].tolist() == [False, False]
