"""Tests of exact Pareto fronts."""

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

PAIRS = [
    ("cost", "carbon-location"),
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
