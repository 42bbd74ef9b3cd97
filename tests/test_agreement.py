"""Tests that buckets and the whole programme have the same optimum."""

import pytest
from agreement import verdict

import siting
from siting.aggregate import fit


@pytest.mark.parametrize("seed", [0, 1, 6, 11, 12, 83, 124, 165, 248, 13073])
def test_both_ways_agree(seed: int) -> None:
    """Tests random scenarios of all features, some short of room or of links.

    In seed 248 certificates could be retired at a hub that no bucket was offered; their
    worth there was left out of the bound. In seed 165 nothing is served, and a stage
    was kept to less than nothing. In seed 13073 hubs are just as green as is asked;
    what rounding left of the difference became a limit, and its multiplier of 1e19
    proved nothing.
    """
    assert verdict(seed).agrees


def test_members_fit_where_their_mean_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a plan is found that needs different hubs for different rates.

    Two workloads of 1 MW, of 0.1 and 10 Gbps, are alike otherwise. One hub has room for
    1 MW, the other a link of 1 Gbps: 10 x + 0.1 (1 - x) <= 1 up to x = 1/11 of the
    faster one. At their mean rate, 5.05 Gbps per MW, half of both would need 5.05 Gbps:
    without a second look no plan would fit.
    """
    rates = {"low": 0.1, "high": 10.0}
    scenario = siting.Scenario.from_tables(
        hubs=[
            {"id": "near", "node": "a", "it_capacity_mw": 1.0},
            {"id": "far", "node": "b", "it_capacity_mw": 1.0},
        ],
        workloads=[
            {"id": name, "origin": "o", "it_mw": 1.0, "to_hub_gbps_per_mw": rate}
            | {"class": "c", "rtt_limit_ms": 99.0}
            for name, rate in rates.items()
        ],
        nodes=[{"id": node} for node in "oab"],
        links=[
            {"id": "oa", "source": "o", "target": "a", "length_km": 10.0},
            {"id": "ob", "source": "o", "target": "b", "length_km": 100.0}
            | {"capacity_gbps": 1.0},
        ],
    )
    plan = siting.solve(scenario, method="aggregated")
    siting.audit(plan).raise_if_wrong()
    far = plan.placement.query("hub == 'far'").set_index("workload")["share"]
    assert far.sum() == pytest.approx(1.0)
    assert far.get("high", 0.0) <= 1.0 / 11.0 + 1e-9
    monkeypatch.setattr(fit, "rates_matter", lambda _: False)
    with pytest.raises(siting.SitingError):
        siting.solve(scenario, method="aggregated")
