"""Tests of exact Pareto fronts."""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from random_scenario import draw
from sweeping import scenario, tables
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.errors import Infeasible, InputError
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import optimise
from siting.sweep.front import COLUMN, Front
from siting.sweep.moves import told
from siting.sweep.proof import Bound, distance

CARBON = "carbon-location"
PAIRS = [
    ("cost", CARBON),
    ("cost", "latency"),
    ("carbon-market", "cost"),
    ("cost", "green"),
]


def two_hubs(**settings: Any) -> siting.Scenario:
    """Give a case to reckon by hand: 10 MW, cheap and dirty or dear and clean.

    Hub ``coal`` costs 100 CNY/MWh and emits 1 t/MWh, ``gas`` 200 and 0.5, ``wind`` 500
    and 0; gas and wind hold 4 MW each. All emissions in a year of 1,000 hours.
    """
    return siting.Scenario.from_tables(
        hubs=pd.DataFrame(
            {
                "id": ["coal", "gas", "wind"],
                "side": ["east", "west", "west"],
                "it_capacity_mw": [10.0, 4.0, 4.0],
                "grid": ["coal", "gas", "wind"],
            }
        ),
        workloads=pd.DataFrame(
            {"id": ["w"], "class": ["batch"], "origin": ["coal"], "it_mw": [10.0]}
        ),
        nodes=pd.DataFrame({"id": ["coal", "gas", "wind"]}),
        tariffs=pd.DataFrame(
            {"hub": ["coal", "gas", "wind"], "price_cny_per_mwh": [100.0, 200.0, 500.0]}
        ),
        carbon_factors=pd.DataFrame(
            {
                "grid": ["coal", "gas", "wind"],
                "location_kg_per_mwh": [1000.0, 500.0, 0.0],
            }
        ),
        settings={"hours_per_year": 1000.0, **settings},
    )


def test_a_front_reckoned_by_hand() -> None:
    """Tests every corner, price, weight and change.

    Proves: first gas replaces coal at (200 - 100) / 0.5 = 200 CNY/t, then wind coal at
    (500 - 100) / 1 = 400. Sensitivity: with more gas, wind would replace gas as well,
    at (500 - 200) / 0.5 = 600.
    """
    front = siting.pareto(two_hubs())
    points = front.points
    assert points["cost_cny"].tolist() == pytest.approx([1.0e6, 1.4e6, 3.0e6])
    assert points["location_t"].tolist() == pytest.approx([10000.0, 8000.0, 4000.0])
    assert points["price_from"].tolist() == pytest.approx([0.0, 200.0, 400.0])
    assert points["price_to"].tolist() == pytest.approx([200.0, 400.0, np.inf])
    assert points["weight_to"].tolist() == pytest.approx([200 / 201, 400 / 401, 1.0])
    assert points["west_share"].tolist() == pytest.approx([0.0, 0.4, 0.8])
    assert points["change"].tolist()[0] == "coal -4.0 MW, gas +4.0 MW (batch)"
    assert front.complete
    assert front.at(9000.0) == pytest.approx(1.2e6)
    assert front.at(99999.0) == pytest.approx(1.0e6)
    with pytest.raises(InputError, match="4,000 t"):
        front.at(3000.0)
    step = front.between(1).set_index("hub")["it_mw"].to_dict()
    assert step == pytest.approx({"coal": -4.0, "wind": 4.0})
    curve = front.curve
    assert curve["cost_cny"].iloc[[0, -1]].tolist() == pytest.approx([3.0e6, 1.0e6])
    assert "3 corners, all there are" in front.summary()


@pytest.mark.parametrize("objectives", [("cost", CARBON), (CARBON, "cost")])
def test_prices_are_on_top_of_the_policys(
    objectives: tuple[str, str], tmp_path: Path
) -> None:
    """Tests that the plan changes at the policy's carbon price and a front's together.

    Gas replaces coal at 200 CNY/t and wind at 400; under a policy of 150 the front says
    50 and 250. Solved anew at a little less and more than the sums, the plans are those
    on both sides.
    """
    case = two_hubs().replace(policy={"carbon_price_cny_per_t": 150.0})
    front = siting.pareto(case, *objectives)
    prices = front.points["price_to"].to_numpy(float)[:-1]
    added = prices if objectives[0] == "cost" else 1.0 / prices[::-1]
    assert added.tolist() == pytest.approx([50.0, 250.0])
    emitted = sorted(front.points["location_t"], reverse=True)
    for place, price in enumerate(added.tolist()):
        for side in (0, 1):
            total = front.carbon_price_cny_per_t + price + 2.0 * side - 1.0
            policy = {"carbon_price_cny_per_t": total}
            plan = siting.solve(two_hubs().replace(policy=policy), baselines=False)
            tonnes = plan.emissions.set_index("subject").loc["total", "location_t"]
            assert tonnes == pytest.approx(emitted[place + side])
    text = front.summary()
    assert "on top of" in text
    assert "150 CNY/t (location-based)" in text
    front.save(tmp_path / "front")
    facts = json.loads((tmp_path / "front" / "front.json").read_text())
    assert facts["carbon_price_cny_per_t"] == 150.0
    assert facts["carbon_accounting"] == "location"
    # Where cost counts no carbon there is nothing to be on top of.
    assert "on top of" not in siting.pareto(two_hubs(), *objectives).summary()
    assert "on top of" not in siting.pareto(case, "cost", "green").summary()


def test_one_plan_is_best_for_both() -> None:
    """Tests that objectives that agree have a front of one corner."""
    case = two_hubs().replace(
        tariffs=pd.DataFrame(
            {"hub": ["coal", "gas", "wind"], "price_cny_per_mwh": [900.0, 500.0, 100.0]}
        )
    )
    front = siting.pareto(case)
    assert len(front.points) == 1
    assert front.complete
    assert front.changes.empty
    assert front.points["change"].tolist() == [""]


def best(case: siting.Scenario, first: str, second: str, price: float) -> float:
    """Give the least weighted sum, by a solve of its own."""
    stage = Stage({first: 1.0, second: price})
    unserved = False if case.settings.unserved_cny_per_mwh is not None else None
    result = optimise(Instance(case), [stage], unserved=unserved)
    metrics, values = result.decisions.model.metrics, result.decisions.values
    return float((metrics[first] + price * metrics[second]) @ values)


def check(case: siting.Scenario, front: Front) -> None:
    """Check that a front is convex, and confirm each corner by solving beside it."""
    one = front.points[COLUMN[front.first]].to_numpy()
    two = front.points[COLUMN[front.second]].to_numpy()
    assert (np.diff(one) > 0).all()
    assert (np.diff(two) < 0).all()
    prices = front.points["price_to"].to_numpy()[:-1]
    assert (np.diff(prices) > 0).all()
    assert (prices > 0).all()
    assert front.points["price_from"].tolist() == [0.0, *prices]
    for place, price in enumerate(prices.tolist()):
        low = prices[place - 1] if place else 0.0
        high = prices[place + 1] if place + 1 < len(prices) else 2 * price
        for corner, beside in (
            (place, max(0.999 * price, (price + low) / 2)),
            (place, price),
            (place + 1, price),
            (place + 1, min(1.001 * price, (price + high) / 2)),
        ):
            value = one[corner] + beside * two[corner]
            found = best(case, front.first, front.second, beside)
            assert value == pytest.approx(found, rel=1e-8, abs=1e-6)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_break_points_hold_on_both_sides(first: str, second: str) -> None:
    """Tests convexity and every break-point of the small scenario."""
    case = scenario()
    front = siting.pareto(case, first, second)
    assert front.complete
    assert len(front.points) > 1
    check(case, front)


@pytest.mark.parametrize("seed", range(8))
def test_fronts_of_random_scenarios(seed: int) -> None:
    """Tests the same on scenarios that use every part of the model."""
    case, _ = draw(seed)
    if case.settings.unserved_cny_per_mwh is not None:
        case = case.with_settings(unserved_cny_per_mwh=None)
    first, second = PAIRS[seed % len(PAIRS)]
    try:
        front = siting.pareto(case, first, second)
    except Infeasible:
        with pytest.raises(Infeasible):
            siting.solve(case)
        return
    assert front.complete
    check(case, front)


@pytest.mark.parametrize("price", [0.0, 3.0, 70.0, 450.0, 2000.0, 1e6])
def test_no_plan_lies_below_the_front(price: float) -> None:
    """Tests that no weighted sum has a better plan than the best corner."""
    front = siting.pareto(scenario())
    values = front.points["cost_cny"] + price * front.points["location_t"]
    found = best(scenario(), "cost", "carbon-location", price)
    assert values.min() == pytest.approx(found, rel=1e-8)


def test_ends_are_the_plans_of_single_objectives() -> None:
    """Tests both ends against plans."""
    front = siting.pareto(scenario())
    cheapest = siting.solve(scenario(), baselines=False)
    cleanest = siting.solve(scenario(), objective="carbon-location", baselines=False)
    first, last = front.points.iloc[0], front.points.iloc[-1]
    assert first["cost_cny"] == pytest.approx(cheapest.cost_cny)
    assert last["location_t"] == pytest.approx(cleanest.manifest["stages"][0]["value"])
    # The plan in stages may give up a millionth of the carbon for a lower cost.
    assert last["cost_cny"] >= cleanest.cost_cny * (1 - 1e-9)


def test_demand_stays_served() -> None:
    """Tests that a price of unserved demand does not buy carbon by serving less."""
    case = two_hubs(unserved_cny_per_mwh=5000.0)
    front = siting.pareto(case)
    assert front.points["unserved_mw"].tolist() == [0.0] * 3
    hubs = case.hubs.assign(it_capacity_mw=[2.0, 4.0, 1.0]).reset_index(drop=True)
    tight = siting.pareto(case.replace(hubs=hubs))
    assert tight.points["unserved_mw"].tolist() == pytest.approx([3.0])


def test_a_front_of_nothing() -> None:
    """Tests that a scenario without a plan is explained."""
    rows = tables()
    rows["workloads"]["it_mw"] *= 9.0
    with pytest.raises(Infeasible) as caught:
        siting.pareto(siting.Scenario.from_tables(**rows))
    assert "MW" in caught.value.explanation


@pytest.mark.parametrize("pair", [("cost", "cost"), ("cst", "green"), ("cost", "x")])
def test_objectives_that_are_none(pair: tuple[str, str]) -> None:
    """Tests that unknown or equal objectives are refused."""
    with pytest.raises(InputError):
        siting.pareto(scenario(), *pair)


def test_out_of_time_the_front_says_what_may_be_missing() -> None:
    """Tests that an unfinished front bounds its error."""
    whole = siting.pareto(scenario())
    part = siting.pareto(scenario(), time_limit_s=0.0)
    assert not part.complete
    assert len(part.points) == 2
    assert part.points["cost_cny"].tolist() == pytest.approx(
        whole.points["cost_cny"].iloc[[0, -1]].tolist(), rel=1e-3
    )
    for carbon in np.linspace(*whole.points["location_t"].iloc[[-1, 0]], 9):
        error = part.at(carbon) - whole.at(carbon)
        assert -1e-3 <= error <= part.tolerance * (1 + 1e-9)
    assert "more may be missing" in part.summary()


def test_the_command(tmp_path: Path) -> None:
    """Tests the front from the command line, and what it saves."""
    folder, out = str(scenario().save(tmp_path / "case")), tmp_path / "front"
    words = ["sweep", folder, "--pareto", "cost,carbon-location"]
    done = CliRunner().invoke(app, [*words, "-o", str(out)])
    assert done.exit_code == 0
    assert "all there are" in done.stdout
    points = pd.read_csv(out / "points.csv")
    facts = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert facts["complete"]
    found = [row["cost_cny"] for row in facts["points"]]
    assert found == pytest.approx(points["cost_cny"].tolist())
    assert json.loads((out / "front.json").read_text())["complete"]
    again = CliRunner().invoke(app, [*words, "-o", str(out), "--overwrite"])
    assert again.exit_code == 0
    other = CliRunner().invoke(app, [*words, "-o", folder])
    assert other.exit_code == 2


@pytest.fixture
def over_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solve small scenarios as the large ones are."""
    monkeypatch.setattr(importlib.import_module("siting.solve"), "LEAST_AGGREGATED", 1)


def many(each: int) -> siting.Scenario:
    """Give the small scenario, every workload in parts that differ in their rates."""
    rows = tables()
    workloads = pd.concat([rows["workloads"]] * each, ignore_index=True)
    workloads["id"] = [f"w{number}" for number in range(len(workloads))]
    workloads["it_mw"] /= each
    rates = np.random.default_rng(0).uniform(0.5, 1.5, len(workloads)).round(2)
    workloads["to_hub_gbps_per_mw"] *= rates
    return siting.Scenario.from_tables(**{**rows, "workloads": workloads})


def check_changes(case: siting.Scenario, front: Front) -> None:
    """Check that changes are of the right class, and add up to no workload twice."""
    rows = front.changes
    workloads = case.workloads.loc[rows["workload"]]
    assert rows["class"].tolist() == workloads["class"].tolist()
    most = case.workloads["it_mw"] * 1.2  # The factor of the profile is below.
    moves = rows.assign(it_mw=rows["it_mw"].clip(lower=0.0))
    for _, step in moves.groupby("point"):
        gained = step.groupby("workload")["it_mw"].sum()
        assert (gained <= most[gained.index]).all()


@pytest.mark.usefixtures("over_buckets")
def test_a_front_over_buckets_reckoned_by_hand() -> None:
    """Tests that a bucket's changes are told of its members, each with its own class.

    Proves: 4 of 10 MW move from coal to gas, then 4 to wind, as with one workload.
    Sensitivity: bucket numbers taken for those of workloads would name the first two
    workloads, with all MW of the buckets.
    """
    case = two_hubs()
    rows = {
        "id": [f"w{number}" for number in range(20)],
        "class": ["batch"] * 10 + ["training"] * 10,
        "origin": ["coal"] * 20,
        "it_mw": [0.5] * 20,
    }
    case = case.replace(workloads=pd.DataFrame(rows))
    front = siting.pareto(case)
    points = front.points
    assert points["cost_cny"].tolist() == pytest.approx([1.0e6, 1.4e6, 3.0e6])
    assert points["location_t"].tolist() == pytest.approx([10000.0, 8000.0, 4000.0])
    assert front.complete
    check_changes(case, front)
    for point, hub in enumerate(("gas", "wind")):
        step = front.between(point)
        assert step["it_mw"].abs().max() <= 0.5 + 1e-9
        found = step.groupby("hub")["it_mw"].sum().to_dict()
        assert found == pytest.approx({"coal": -4.0, hub: 4.0})
        assert points["change"][point].startswith(f"coal -4.0 MW, {hub} +4.0 MW (")


def test_a_front_over_buckets_is_the_plain_one(
    request: pytest.FixtureRequest,
) -> None:
    """Tests break-points and changes where buckets are cut anew for every corner."""
    case = many(4)
    plain = siting.pareto(case, "cost", "latency")
    request.getfixturevalue("over_buckets")
    front = siting.pareto(case, "cost", "latency")
    assert front.complete
    columns = ["cost_cny", "latency_mw_ms", "price_to"]
    assert len(front.points) == len(plain.points)
    for column in columns:
        assert front.points[column].tolist() == pytest.approx(
            plain.points[column].tolist(), rel=1e-6
        )
    check_changes(case, front)
    # At first batch and training may trade places for nothing.
    for keys, since in ((["point", "hub"], 0), (["point", "class", "hub"], 2)):
        one, other = (
            found.changes[found.changes["point"] >= since].groupby(keys)["it_mw"].sum()
            for found in (plain, front)
        )
        differ = one.sub(other, fill_value=0.0)
        assert differ.abs().max() < 1e-5


@pytest.mark.parametrize("time_limit_s", [None, 0.0])
def test_a_front_over_buckets_says_how_far_it_is_proven(
    request: pytest.FixtureRequest, time_limit_s: float | None
) -> None:
    """Tests the tolerance of a front whose corners are proven to a gap themselves.

    Sensitivity: of the lines alone the tolerance would be 0 where all were asked.
    """
    case = many(4)
    plain = siting.pareto(case)
    request.getfixturevalue("over_buckets")
    front = siting.pareto(case, time_limit_s=time_limit_s)
    low, high = front.points["location_t"].iloc[[-1, 0]]
    values = np.linspace(max(low, plain.points["location_t"].min()), high, 200)
    errors = np.array([front.at(value) - plain.at(value) for value in values])
    assert errors.max() <= front.tolerance * (1 + 1e-9)
    assert front.complete == (time_limit_s is None)
    # Tight enough to be of use: only a time limit leaves more open than is so.
    assert errors.max() > (0.5 if front.complete else 0.1) * front.tolerance > 0
    state = "all that can be told apart" if front.complete else "more may be missing"
    assert state in front.summary()
    assert f"up to {front.tolerance:,.6g} CNY below" in front.summary()


@pytest.mark.usefixtures("over_buckets")
def test_demand_stays_served_over_buckets() -> None:
    """Tests that large fronts do not serve less for a better second objective."""
    test_demand_stays_served()


LEVEL = (0.0, 0.0)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        # Only that no plan costs less than nothing.
        ([LEVEL], 10.0),
        # The line of 8 - x is 2 below that of 10 - x.
        ([LEVEL, (1.0, 8.0)], 2.0),
        # Those of 4 - x / 2 and 9 - 2 x meet at 10 / 3.
        ([LEVEL, (2.0, 9.0), (0.5, 4.0)], 13.0 / 3.0),
        # One that is nowhere the best, and one at the same price that is worse.
        ([LEVEL, (2.0, 9.0), (1.0, 3.0), (0.5, 4.0), (0.5, 3.0)], 13.0 / 3.0),
        # The cheapest plan may be cheaper than the first corner.
        ([(0.0, -3.0), (1.0, 10.0)], 3.0),
        ([LEVEL, (1.0, 10.0)], 0.0),
        ([LEVEL, (1.0, 10.0 - 1e-10)], 0.0),
    ],
)
def test_distance_of_two_lines(bounds: list[Bound], expected: float) -> None:
    """Tests the proof of the corners (0, 10) and (10, 0), reckoned by hand."""
    found = distance(np.array([0.0, 10.0]), np.array([10.0, 0.0]), bounds)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "routes, rooms or hours only"),
        (
            [("a", "x", "h", 0.01), ("a", "x", "g", -0.01)],
            "routes, rooms or hours only",
        ),
        # Two hubs, none of which gains.
        (
            [
                *(("a", "x", "h", 1), ("a", "x", "g", -1)),
                *(("b", "y", "h", -1), ("b", "y", "g", 1)),
            ],
            "workloads trade places (x, y)",
        ),
        # A class that hardly moves is not named.
        (
            [("a", "x", "h", 1), ("a", "x", "g", -1), ("b", "y", "h", 0.01)],
            "h +1.0 MW, g -1.0 MW (x)",
        ),
        # Each class moves little, both together do not.
        (
            [("a", "x", "h", 0.04), ("b", "y", "h", 0.04)],
            "h +0.1 MW (x, y)",
        ),
    ],
)
def test_what_moves_in_words(
    rows: list[tuple[str, str, str, float]], expected: str
) -> None:
    """Tests the sentence on a step."""
    moves = pd.DataFrame(rows, columns=["workload", "class", "hub", "it_mw"])
    assert told(moves.astype({"it_mw": float})) == expected
