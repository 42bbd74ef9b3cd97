"""Tests of what decided a plan: derivatives by hand and by solving again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pipelines import solved
from random_scenario import draw

import siting
from siting.model.objective import Stage
from siting.optimise import optimise
from siting.reasons.inputs import input_moves
from siting.reasons.rebuild import Study, study
from siting.reasons.slopes import Change, Slopes
from siting.scenario import Scenario

HOURS = 8760.0
STEP = 1e-4
Optimum = Callable[..., siting.Plan]


def tables() -> dict[str, Any]:
    """Ten MW: six at a cheap hub that is full, four at a dear one; data both ways."""
    return {
        "hubs": [
            {
                "id": "cheap",
                "node": "m",
                "it_capacity_mw": 6.0,
                "pue": 1.2,
                "hosting_cny_per_mw_year": 1000.0,
            },
            {"id": "dear", "node": "n", "it_capacity_mw": 20.0, "pue": 1.5},
        ],
        "workloads": [
            {
                "id": "w",
                "class": "c",
                "origin": "n",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": 0.1,
            }
        ],
        "tariffs": [
            {"hub": "cheap", "price_cny_per_mwh": 300.0},
            {"hub": "dear", "price_cny_per_mwh": 400.0},
        ],
        "transfer_prices": [{"basis": "b", "price_cny_per_gb": 0.1}],
        "sources": [
            {"table": "tariffs", "key": "*", "column": "*", "grade": "B"},
            {
                "table": "tariffs",
                "key": "dear|other",
                "column": "price_cny_per_mwh",
                "grade": "C",
                "source": "a guess",
            },
            {"table": "hubs", "key": "*", "column": "pue", "grade": "C"},
        ],
    }


def test_each_value_by_hand(optimum: Optimum) -> None:
    """What one per cent more of each value costs, worked out with pen and paper.

    A MW at the cheap hub costs 360 CNY/MWh of power, 4.5 of transfer and its hosting;
    at the dear one 600. The cheap room is worth the difference.
    """
    plan = optimum(**tables())
    found = plan.decided_by()
    moves = found.set_index(["table", "key", "column"])["per_percent"].to_dict()
    percent = HOURS / 100.0
    cheap, dear, moving = 6.0 * 360.0, 4.0 * 600.0, 6.0 * 4.5
    hosting = 1000.0 / HOURS
    worth = 600.0 - 360.0 - 4.5 - hosting
    assert moves == {
        ("tariffs", "cheap", "price_cny_per_mwh"): pytest.approx(cheap * percent),
        ("tariffs", "dear", "price_cny_per_mwh"): pytest.approx(dear * percent),
        ("hubs", "cheap", "pue"): pytest.approx(cheap * percent),
        ("hubs", "dear", "pue"): pytest.approx(dear * percent),
        ("hubs", "cheap", "hosting_cny_per_mw_year"): pytest.approx(60.0),
        ("hubs", "cheap", "it_capacity_mw"): pytest.approx(-6.0 * worth * percent),
        # A MW more runs at the dear hub.
        ("workloads", "w", "it_mw"): pytest.approx(6000.0 * percent),
        ("workloads", "w", "to_hub_gbps_per_mw"): pytest.approx(moving * percent),
        ("transfer_prices", "b", "price_cny_per_gb"): pytest.approx(moving * percent),
    }
    assert found["per_percent"].abs().is_monotonic_decreasing


def test_grades_are_those_of_the_most_exact_statement(optimum: Optimum) -> None:
    """A statement about this hub goes before one about all."""
    plan = optimum(**tables())
    prices = plan.decided_by().query("table == 'tariffs'").set_index("key")
    assert prices["grade"].to_dict() == {"dear": "C", "cheap": "B"}
    assert prices["source"]["dear"] == "a guess"
    assert set(plan.decided_by(grade="C")["grade"]) == {"C"}
    assert len(plan.decided_by(3)) == 3


def test_list_prices_of_china_are_estimates() -> None:
    """Proves: the grade of a quoted contract price is not that of the list price."""
    plan = solved(siting.load("china", tariff_basis="list"))
    found = plan.decided_by().query("table == 'tariffs'")
    assert {"horinger", "zhongwei", "guian"} <= set(found["key"])
    assert set(found["grade"]) == {"C"}


def test_values_of_one_statement_move_together(optimum: Optimum) -> None:
    """One statement about the PUE of all hubs: both move at once."""
    found = optimum(**tables()).decided_by(by="source")
    pue = found[found["column"] == "pue"]
    assert pue["key"].tolist() == ["*"]
    total = (6.0 * 360.0 + 4.0 * 600.0) * HOURS / 100.0
    assert pue["per_percent"].tolist() == pytest.approx([total])


def test_values_by_period_are_those_of_their_own_rows(optimum: Optimum) -> None:
    """Of two rows that hold for 1 and 3 parts of 8 the mean, weighted by hours.

    Without it: the mean of the year, with the half that has the hub's own value.
    """
    given = tables()
    hours = {"a": HOURS / 8, "b": 3 * HOURS / 8, "c": HOURS / 2}
    given["periods"] = [{"id": name, "hours": long} for name, long in hours.items()]
    given["hub_periods"] = [
        {"hub": "dear", "period": "a", "pue": 2.0},
        {"hub": "dear", "period": "b", "pue": 1.2},
        {"hub": "cheap", "period": "c", "pue": 1.3},
    ]
    found = optimum(**given).decided_by().query("table == 'hub_periods'")
    values = found.set_index("key")["value"].to_dict()
    assert values == {"dear": pytest.approx(1.4), "cheap": pytest.approx(1.3)}


def test_demand_is_laid_on_what_it_was_worked_out_from(optimum: Optimum) -> None:
    """Cards, their power and use move the cost alike; MFU the other way."""
    given = tables()
    base = {key: given["workloads"][0][key] for key in ("class", "origin")}
    given["workloads"] = [
        {**base, "id": "a", "accelerators": 1000.0, "model": "x"},
        {**base, "id": "b", "pf_days_per_year": 5e5, "model": "x", "mfu": 0.4},
    ]
    given["accelerators"] = [{"model": "x", "tflops": 300.0, "tdp_w": 500.0}]
    found = optimum(**given).decided_by()
    moves = found.set_index(["key", "column"])["per_percent"]
    cards, work = moves["a", "accelerators"], moves["b", "pf_days_per_year"]
    assert moves["a", "utilisation"] == pytest.approx(cards)
    assert moves["b", "mfu"] == pytest.approx(-work)
    assert moves["x", "tflops"] == pytest.approx(-work)
    assert moves["x", "tdp_w"] == pytest.approx(cards + work)


class Watched(Slopes):
    """Remembers what was asked, and what it answered in all."""

    def __init__(self, held: Study) -> None:
        super().__init__(held)
        self.asked: list[tuple[Change, float]] = []

    def along(self, change: Change, about: str, count: int) -> np.ndarray:
        """Remember the sum over all values."""
        found = super().along(change, about, count)
        self.asked.append((change, float(found.sum())))
        return found


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12])
def test_derivatives_agree_with_solving_again(seed: int) -> None:
    """A little more, and a little less, of all values of a kind, solved anew.

    At a kink the derivative lies between the two sides.
    """
    scenario, stages = draw(seed)
    try:
        plan = solved(scenario, objective=stages)
    except siting.Infeasible:
        return
    held = study(plan)
    slopes = Watched(held)
    assert all(np.isfinite(found.move).all() for found in input_moves(slopes))
    listed = plan.manifest["options"]["stages"][: held.number + 1]
    again = [Stage(stage["weights"], stage["slack"]) for stage in listed]

    def best(changed: Scenario) -> float:
        values = optimise(held.instance.revalued(changed), again).stage_values
        return values[-1]

    base = best(scenario)
    for change, told in slopes.asked:
        more = (best(change(scenario, 1.0 + STEP)) - base) / STEP
        less = (base - best(change(scenario, 1.0 - STEP))) / STEP
        room = 1e-4 * max(abs(more), abs(less)) + 1e-7 * abs(base) + 1e-9
        assert min(more, less) - room <= told <= max(more, less) + room


def test_china_names_its_estimates() -> None:
    """Power is 83 % of the cost; the first estimates to check are graded C."""
    plan = solved(siting.load("china"))
    found = plan.decided_by()
    power = found[found["table"] == "tariffs"]["per_percent"].sum()
    ledger = plan.ledger.set_index("term")["plan"]
    assert power == pytest.approx(ledger["electricity"] / 100.0)
    pue = found[(found["table"] == "hubs") & (found["column"] == "pue")]
    assert pue["per_percent"].sum() == pytest.approx(power)
    hosting = found[found["column"] == "hosting_cny_per_mw_year"]["per_percent"].sum()
    assert hosting == pytest.approx(ledger["hosting"] / 100.0)
    first = plan.decided_by(1, by="source").iloc[0]
    assert (first["table"], first["column"], first["grade"]) == (
        "workloads",
        "it_mw",
        "C",
    )
    assert isinstance(plan.decided_by(5), pd.DataFrame)


def test_what_was_asked_before_changes_nothing() -> None:
    """Proves: derivatives start from the plan's paths, whatever was asked before.

    Two optima of this scenario cost the same. Without it: the worth of limits calls for
    paths that lead to the other one, and a data rate moved by 171 CNY for one per cent.
    """
    scenario, _ = draw(15)
    plan, asked = (
        siting.solve(scenario, objective="cost", baselines=False) for _ in range(2)
    )
    siting.audit(plan).raise_if_wrong()
    asked.worth()
    pd.testing.assert_frame_equal(plan.decided_by(), asked.decided_by())
