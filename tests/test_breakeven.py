"""Tests of break-evens: worked by hand, on random scenarios, and of what is refused."""

from typing import Any

import hypothesis
import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

import siting
from siting.breakeven import PARAMETERS, break_even
from siting.breakeven.lines import Sample, crossing, envelope
from siting.errors import Infeasible, InputError
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import NoPlanFits, optimise
from strategies import scenarios

HOURS = 8760.0
GB_PER_GBPS_YEAR = 450.0 * HOURS
ANNUITY = 0.08 / (1 - 1.08**-15)


def two_hubs(**changes: Any) -> siting.Scenario:
    """10 MW of training in the east, power at 600 CNY/MWh there and 300 in the west.

    Moving a MW's data costs 0.01 CNY/GB times 1 Gbps: 39,420 CNY a year.
    """
    hubs = [
        {"id": "e", "node": "E", "side": "east", "it_capacity_mw": 100.0, "grid": "e"},
        {"id": "w", "node": "W", "side": "west", "it_capacity_mw": 100.0, "grid": "w"},
    ]
    for hub in hubs:
        hub |= {"hosting_cny_per_mw_year": 5e5, "capex_cny_per_kw": 20000.0}
    tables: dict[str, Any] = {
        "hubs": hubs,
        "workloads": [
            {
                "id": "job",
                "class": "training",
                "origin": "E",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": 0.5,
                "from_hub_gbps_per_mw": 0.5,
                "home_hub": "e",
            }
        ],
        "tariffs": [
            {"hub": "e", "price_cny_per_mwh": 600.0},
            {"hub": "w", "price_cny_per_mwh": 300.0},
        ],
        "links": [{"source": "E", "target": "W", "length_km": 1000.0}],
        "transfer_prices": [{"basis": "volume", "price_cny_per_gb": 0.01}],
        "carbon_factors": [
            {"grid": "e", "location_kg_per_mwh": 600.0},
            {"grid": "w", "location_kg_per_mwh": 100.0},
        ],
    }
    return siting.Scenario.from_tables(**(tables | changes))


DEARER_WEST = [
    {"hub": "e", "price_cny_per_mwh": 300.0},
    {"hub": "w", "price_cny_per_mwh": 320.0},
]
SAVING = 300.0 * HOURS - 0.01 * GB_PER_GBPS_YEAR


@pytest.mark.parametrize(
    ("parameter", "expected", "goes_west"),
    [
        # 300 CNY/MWh over a year pay for 0.6667 CNY/GB.
        ("transfer-price", 300.0 * HOURS / (0.01 * GB_PER_GBPS_YEAR), False),
        # Data for 39,420 CNY a year is worth 4.5 CNY/MWh.
        ("power-gap", 0.01 * GB_PER_GBPS_YEAR / HOURS, True),
        ("hosting", 1.0 + SAVING / 5e5, False),
        ("west-capital", SAVING / (20e6 * ANNUITY), False),
        ("data-rate", 300.0 * HOURS / (0.01 * GB_PER_GBPS_YEAR), False),
        # 2 x 4.9 ms and 1 ms of access.
        ("latency-limit", 10.8, True),
    ],
)
def test_by_hand(parameter: str, expected: float, goes_west: bool) -> None:
    """Tests the one break-point of two hubs, its sides and what moves there."""
    high = 100.0 if parameter == "data-rate" else None
    found = break_even(two_hubs(), parameter, high=high)
    assert found.exact
    assert found.flips == (pytest.approx(expected, rel=1e-9),)
    points = found.points[found.points["changes_side"]]
    (point,) = points.to_dict("records")
    # Besides, no limit below the access constant of 1 ms can be met.
    others = found.points.loc[~found.points["changes_side"], "value"].tolist()
    assert others == ([1.0] if parameter == "latency-limit" else [])
    assert point["value"] == found.flips[0]
    shares = (point["west_share_before"], point["west_share_after"])
    assert shares == ((0.0, 1.0) if goes_west else (1.0, 0.0))
    hubs = ("e", "w") if goes_west else ("w", "e")
    assert point["what_moves"] == f"training 10 MW from {hubs[0]} to {hubs[1]}"
    assert "training" in found.text() or "whole plan" in found.text()
    for scope in ({"workload": "job"}, {"workload_class": "training"}):
        again = break_even(two_hubs(), parameter, high=high, **scope)
        assert again.flips == found.flips


def test_carbon_price_by_hand() -> None:
    """Tests the price at which 0.5 t/MWh pay for dearer power and data."""
    found = break_even(two_hubs(tariffs=DEARER_WEST), "carbon-price")
    expected = (20.0 * HOURS + 0.01 * GB_PER_GBPS_YEAR) / (0.5 * HOURS)
    assert expected == pytest.approx(49.0)
    assert found.flips == (pytest.approx(49.0, rel=1e-9),)
    assert found.points["objective"].item() == pytest.approx(
        10.0 * (5e5 + 300.0 * HOURS + 49.0 * 0.6 * HOURS)
    )


def test_certificate_price_by_hand() -> None:
    """Tests certificates that pay for the west's green contract."""
    scenario = two_hubs(
        hubs=[
            {"id": "e", "node": "E", "side": "east", "it_capacity_mw": 100.0},
            {
                "id": "w",
                "node": "W",
                "side": "west",
                "it_capacity_mw": 100.0,
                "green_share": 1.0,
            },
        ],
        tariffs=DEARER_WEST,
        certificates=[{"id": "c", "price_cny_per_mwh": 5.0}],
        settings={"certificates": "year"},
        policy={"green_min": [{"share": 1.0}]},
    )
    found = break_even(scenario, "certificate-price")
    # 20 CNY/MWh of power and 4.5 of data, over 5 CNY/MWh.
    assert found.flips == (pytest.approx(24.5 / 5.0, rel=1e-9),)


@pytest.mark.parametrize("target", ["today", "east_optimal", "east_nearest"])
def test_against_a_baseline(target: str) -> None:
    """Tests where the plan stops being cheaper than everything in the east."""
    found = break_even(two_hubs(), "transfer-price", target=target)
    expected = 300.0 * HOURS / (0.01 * GB_PER_GBPS_YEAR)
    assert found.flips == (pytest.approx(expected, rel=1e-9),)
    assert "stops being cheaper" in found.sentence
    found = break_even(two_hubs(), "transfer-price", target=target, high=2.0)
    assert found.flips == ()
    assert "cheaper" in found.sentence


def test_west_capital_meets_both_accountings() -> None:
    """Tests that 0 is sunk capital and 1 new capital, room that is built included."""
    hubs = two_hubs().hubs.drop(columns="id").reset_index()
    hubs.loc[hubs["id"] == "w", ["it_capacity_mw", "build_max_mw"]] = [4.0, 50.0]
    hubs["capex_cny_per_kw"] = 5000.0
    sunk = two_hubs(hubs=hubs)
    new = sunk.with_settings(new_sides=["west"])
    found = break_even(sunk, "west-capital", high=1.0)
    nodes = found.curve.set_index("value")["objective"]
    for value, scenario in ((0.0, sunk), (1.0, new)):
        cost = siting.solve(scenario, baselines=False).cost_cny
        assert nodes[value] == pytest.approx(cost, rel=1e-9)
    assert break_even(new, "west-capital").base == 1.0
    assert found.base == 0.0


def test_a_full_link_is_searched_and_said() -> None:
    """Tests the data rate where a link of 20 Gbps fills up: sampled, and honest."""
    scenario = two_hubs(
        links=[
            {"source": "E", "target": "W", "length_km": 1000.0, "capacity_gbps": 20.0}
        ]
    )
    found = break_even(scenario, "data-rate", low=0.5, high=50.0)
    assert not found.exact
    # At 4 times the rate 10 MW fill 20 Gbps; at 8 times half of it has to stay.
    assert found.flips == (pytest.approx(8.0, rel=1e-6),)
    assert any("exact up to" in note for note in found.notes)


def test_latency_without_any_plan() -> None:
    """Tests that a limit that nothing meets is a point of its own."""
    hub = {"id": "w", "node": "W", "side": "west", "it_capacity_mw": 100.0}
    scenario = two_hubs(
        hubs=[hub],
        tariffs=[],
        carbon_factors=[],
        workloads=[{"id": "job", "class": "a", "origin": "E", "it_mw": 1.0}],
        nodes=[{"id": "E"}, {"id": "W"}],
    )
    found = break_even(scenario, "latency-limit")
    assert found.points["value"].tolist() == [pytest.approx(10.8)]
    assert "no plan" in found.points["what_moves"].item()
    assert found.flips == ()


def test_scopes_tell_apart() -> None:
    """Tests that a class lists its own points and not those of another."""
    first = {"id": "job", "class": "training", "origin": "E", "it_mw": 10.0}
    jobs = [
        first | {"to_hub_gbps_per_mw": 1.0},
        first | {"id": "heavy", "class": "backup", "to_hub_gbps_per_mw": 5.0},
    ]
    scenario = two_hubs(workloads=jobs)
    training = break_even(scenario, "transfer-price", workload_class="training")
    backup = break_even(scenario, "transfer-price", workload="heavy")
    both = break_even(scenario, "transfer-price")
    assert training.flips[0] == pytest.approx(5.0 * backup.flips[0], rel=1e-9)
    assert both.points["value"].tolist() == [*backup.flips, *training.flips]
    assert both.moves["workload"].tolist() == ["heavy", "job"]
    assert both.points["west_share_after"].tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"parameter": "transfer-prise"}, "Did you mean 'transfer-price'"),
        ({"parameter": "transfer-price", "workload": "jobb"}, "Did you mean 'job'"),
        ({"parameter": "transfer-price", "workload_class": "batch"}, "no class"),
        ({"parameter": "transfer-price", "target": "todai"}, "Did you mean 'today'"),
        ({"parameter": "transfer-price", "low": 2.0, "high": 1.0}, "is empty"),
        ({"parameter": "carbon-price", "low": -1.0}, "Give 0 or more"),
        ({"parameter": "certificate-price"}, "no certificates"),
        ({"parameter": "latency-limit", "target": "today"}, "not compared"),
    ],
)
def test_refused(options: dict[str, Any], words: str) -> None:
    """Tests that what cannot be asked is said, with a remedy."""
    parameter = options.pop("parameter")
    with pytest.raises(InputError, match=words):
        break_even(two_hubs(), parameter, **options)


def test_no_west_no_gap_no_transfer() -> None:
    """Tests parameters that a scenario does not have."""
    plain = siting.Scenario.from_tables(
        hubs=[{"id": "h", "it_capacity_mw": 10.0}],
        workloads=[{"id": "a", "class": "x", "origin": "h", "it_mw": 1.0}],
    )
    for parameter in ("power-gap", "hosting", "west-capital"):
        with pytest.raises(InputError, match="no hub of this scenario is in the west"):
            break_even(plain, parameter)
    for parameter in ("transfer-price", "data-rate"):
        with pytest.raises(InputError, match="there is no"):
            break_even(plain, parameter)
    found = break_even(plain, "carbon-price")
    assert found.points.empty
    assert found.flips == ()
    assert any("in the west" in note for note in found.notes)


def test_infeasible_is_explained() -> None:
    """Tests that a scenario without any plan says why."""
    scenario = two_hubs(policy={"closed_hubs": ["e", "w"]})
    with pytest.raises(Infeasible, match="job"):
        break_even(scenario, "transfer-price")


def test_json_and_confirmation() -> None:
    """Tests plain values, and that both sides of a point are confirmed."""
    import json

    found = break_even(siting.solve(two_hubs(), baselines=False), "transfer-price")
    facts = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert facts["flips"] == list(found.flips)
    assert facts["points"][0]["unit"] == "times volume"
    checked = found.confirm(1e-6)
    for side in ("below", "above"):
        solved, predicted = checked[f"{side}_solved"], checked[f"{side}_predicted"]
        assert solved.to_numpy() == pytest.approx(predicted.to_numpy(), rel=1e-10)
    assert checked["differs_mw"].tolist() == [pytest.approx(10.0)]


def test_envelope_of_lines() -> None:
    """Tests the search on lines that are known, one touching in a point only."""
    lines = [(0.0, 3.0), (2.0, 1.0), (4.0, 0.0), (3.0, 0.5), (9.0, -2.0)]

    def solve(value: float) -> Sample:
        best = min(lines, key=lambda line: (line[0] + line[1] * value, line))
        return Sample(value, best[0] + best[1] * value, best[1], best)

    segments = envelope(solve, 0.0, 10.0)
    assert [segment.sample.found for segment in segments] == [
        (0.0, 3.0),
        (2.0, 1.0),
        (4.0, 0.0),
        (9.0, -2.0),
    ]
    assert [segment.low for segment in segments] == pytest.approx([0.0, 1.0, 2.0, 2.5])


def test_crossing_of_lines() -> None:
    """Tests the exact crossing of two concave functions, and that there may be none."""

    def of(*lines: tuple[float, float]) -> Any:
        def solve(value: float) -> Sample:
            best = min(lines, key=lambda line: line[0] + line[1] * value)
            return Sample(value, best[0] + best[1] * value, best[1], None)

        return solve

    upper, lower = of((5.0, 0.1), (6.0, 0.0)), of((0.0, 2.0), (1.0, 1.0))
    value, first = crossing(upper, lower, 0.0, 100.0) or (0.0, 0.0)
    assert (value, first) == (pytest.approx(4.0 / 0.9, rel=1e-12), 5.0)
    assert crossing(upper, lower, 0.0, 1.0) is None


@hypothesis.given(st.data())
@hypothesis.settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_random_scenarios_are_concave_and_exact(data: st.DataObject) -> None:
    """Tests, on random scenarios, that the curve is concave and what a solve gives."""
    tables = data.draw(scenarios())
    parameter = data.draw(st.sampled_from(sorted({*PARAMETERS} - {"latency-limit"})))
    try:
        scenario = siting.Scenario.from_tables(**tables)
        found = break_even(scenario, parameter)
    except (InputError, Infeasible):
        hypothesis.reject()
    if not found.exact:
        return
    curve = found.curve
    slopes = _slopes(curve)
    scale = max(1.0, float(curve["objective"].abs().max()))
    if parameter != "west-capital":
        width = found.high - found.low
        assert (np.diff(slopes) <= 1e-6 * scale / width).all()
    for _, piece in list(curve.groupby("piece"))[:6]:
        low, high = piece["value"]
        value = float(0.37 * low + 0.63 * high)
        line = np.interp(value, piece["value"], piece["objective"])
        try:
            solved = optimise(Instance(found.scenario(value)), [Stage({"cost": 1.0})])
        except NoPlanFits:
            pytest.fail("no plan where the curve has one")
        assert solved.outcome.objective == pytest.approx(line, rel=1e-7, abs=1e-3)


def _slopes(curve: pd.DataFrame) -> np.ndarray:
    rows = [part for _, part in curve.groupby("piece")]
    return np.array(
        [np.diff(r["objective"]).item() / np.diff(r["value"]).item() for r in rows]
    )
