"""Placements by a rule: whole runs of workloads against one after the other."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import siting
from siting import rules
from siting.model.instance import Instance
from siting.rules import Shares, nearest, today

HUBS = ("a", "b", "c", "d")


def drawn(seed: int, workloads: int) -> Instance:
    """Draw workloads at two cities, and four hubs with little room."""
    random = np.random.default_rng(seed)
    places = [*HUBS, "x", "y"]
    return Instance(
        siting.Scenario.from_tables(
            hubs=[
                {"id": hub, "node": hub, "it_capacity_mw": random.integers(0, 12)}
                | {"build_max_mw": random.choice([0.0, 4.0, np.inf])}
                | {"kind": "home" if hub == "d" else ""}
                for hub in HUBS
            ],
            nodes=[
                {"id": place, "latitude": 30.0, "longitude": 100.0 + random.random()}
                for place in places
            ],
            tariffs=[{"hub": hub, "price_cny_per_mwh": 100.0} for hub in HUBS],
            workloads=[
                {"id": f"w{number}", "class": "c", "origin": random.choice(["x", "y"])}
                | {"it_mw": random.choice([0.0, 0.5, 1.0, 3.0, 7.0])}
                | {"rtt_limit_ms": random.choice([5.0, 50.0, np.inf])}
                | {"excluded_hubs": random.choice(["", "a", "b;c"])}
                for number in range(workloads)
            ],
        )
    )


def one_after_the_other(instance: Instance, later: np.ndarray) -> np.ndarray:
    """Do what the rule says, workload by workload; shares by workload and hub."""
    hubs = instance.scenario.hubs
    rtt = instance.reach.rtt_ms
    rooms = [hubs[name].to_numpy(float).copy() for name in ("it_capacity_mw",)]
    rooms.append(hubs["build_max_mw"].to_numpy(float).copy())
    share = np.zeros((len(instance.it_mw), len(hubs)))
    peak = instance.peak_mw.tolist()
    order = sorted(
        range(len(peak)), key=lambda w: (instance.rtt_limit_ms[w], -peak[w], w)
    )
    for workload in order:
        mine = instance.pair_hub[instance.pair_workload == workload].tolist()
        origin = int(instance.origin[workload])
        mine.sort(key=lambda hub: (later[hub], rtt[origin, hub], hub))
        left = 1.0
        for room in rooms:
            for hub in mine:
                free = room[hub] / peak[workload] if peak[workload] else np.inf
                part = min(left, free)
                share[workload, hub] += part
                room[hub] -= part * peak[workload]
                left -= part
    return share


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([1, 3, 100]))
def test_runs_are_as_one_after_the_other(seed: int, count: int, at_once: int) -> None:
    """Proves: placing whole runs until a room is full is the rule, word for word.

    If a workload that finds its room full did not choose anew, or runs went over the
    end of a block, shares would differ.
    """
    instance = drawn(seed, count)
    later = np.array([False, seed % 2 == 0, False, True])
    expected = one_after_the_other(instance, later)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "AT_ONCE", at_once)
        found = nearest(instance, later)
    share = np.zeros_like(expected)
    share[found.workload, found.hub] = found.share
    np.testing.assert_allclose(share, expected, atol=1e-9)


def around(**changes: Any) -> Instance:
    """Make a user of 2 MW at ``x`` and hubs near, far and who knows where."""
    tables: dict[str, Any] = {
        "hubs": [
            {"id": "nowhere", "it_capacity_mw": 9.0},
            {"id": "far", "node": "far", "it_capacity_mw": 9.0},
            {"id": "near", "node": "near", "it_capacity_mw": 9.0},
        ],
        "nodes": [
            {"id": "x", "latitude": 30.0, "longitude": 100.0},
            {"id": "near", "latitude": 30.0, "longitude": 100.1},
            {"id": "far", "latitude": 30.0, "longitude": 110.0},
            {"id": "nowhere"},
        ],
        "tariffs": [
            {"hub": hub, "price_cny_per_mwh": 1.0} for hub in ("nowhere", "far", "near")
        ],
        "workloads": [{"id": "w", "class": "c", "origin": "x", "it_mw": 2.0}],
    }
    return Instance(siting.Scenario.from_tables(**tables | changes))


def placed(instance: Instance, shares: Shares) -> dict[str, float]:
    """Share at each hub of a single workload."""
    names = instance.scenario.hubs.index[shares.hub]
    return dict(zip(names, shares.share.round(9).tolist(), strict=True))


def test_an_unknown_delay_is_not_the_shortest() -> None:
    """Proves: a hub that no delay is known to comes last. As 0 ms it would be first."""
    instance = around()
    assert placed(instance, nearest(instance, np.zeros(3, dtype=bool))) == {"near": 1.0}


def test_of_several_home_sites_it_is_the_nearest() -> None:
    """Proves: the nearer home site is taken, not the first one of the table."""
    hubs = [
        {"id": hub, "node": hub, "kind": "home", "it_capacity_mw": 9.0}
        for hub in ("far", "near")
    ]
    instance = around(
        hubs=hubs, tariffs=[{"hub": h["id"], "price_cny_per_mwh": 1.0} for h in hubs]
    )
    shares, lost = today(instance)
    assert placed(instance, shares) == {"near": 1.0}
    assert lost == []


def test_what_current_leaves_out_is_at_the_nearest_hub() -> None:
    """Proves: the rest of shares that sum to 0.6 is placed; 0.4 would be unserved."""
    current = [{"workload": "w", "hub": "far", "share": 0.6}]
    instance = around(current=current)
    shares, _ = today(instance)
    assert placed(instance, shares) == {"far": 0.6, "near": 0.4}


def test_a_share_of_nothing_does_not_count() -> None:
    """Proves: a row of share 0 says nothing; it would leave the workload nowhere."""
    current = [{"workload": "w", "hub": "far", "share": 0.0}]
    instance = around(current=current)
    shares, _ = today(instance)
    assert placed(instance, shares) == {"near": 1.0}
