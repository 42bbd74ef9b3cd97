"""Tests of what a plan saves where costs are below nothing."""

import numpy as np
import pytest

import siting
from siting.report.answer import Answer
from siting.report.money import savings as savings_table
from siting.savings import measures_of, percent_less, savings


def paid_for_power(west: float) -> siting.Plan:
    """Ten MW that earn 100 CNY/MWh in the east and another price in the west."""
    given = siting.Scenario.from_tables(
        hubs=[
            {"id": "a", "node": "n", "side": "east", "it_capacity_mw": 20.0},
            {"id": "b", "node": "m", "side": "west", "it_capacity_mw": 20.0},
        ],
        workloads=[{"id": "w", "class": "c", "origin": "n", "it_mw": 10.0}],
        tariffs=[
            {"hub": "a", "price_cny_per_mwh": -100.0},
            {"hub": "b", "price_cny_per_mwh": west},
        ],
        nodes=[{"id": "n"}, {"id": "m"}],
        links=[{"id": "l", "source": "n", "target": "m", "length_km": 100.0}],
        settings={"hours_per_year": 1000.0},
    )
    return siting.solve(given)


def test_a_saving_has_the_sign_of_the_money() -> None:
    """Tests that a plan that earns 1.5 M CNY in place of 1 M saves 50 %, not -50 %."""
    plan = paid_for_power(-150.0)
    assert siting.audit(plan).ok
    measures = measures_of(plan)
    (line,) = (x for x in savings(measures) if x.startswith("  today"))
    assert line.split()[1:3] == ["500.0", "50.0"]
    answer = Answer(plan)
    assert "50.0\N{NO-BREAK SPACE}% less than with everything where it is" in (
        answer.sentence()
    )
    table = savings_table(plan)
    assert table is not None
    assert table.rows[0].cells[1:3] == ("500.0", "50.0")


def test_nothing_has_no_percentage() -> None:
    """Tests that the share of nothing is unknown, whichever way it goes."""
    assert np.isnan(percent_less(0.0, 10.0))
    assert percent_less(-200.0, -100.0) == pytest.approx(-50.0)
    assert percent_less(200.0, 100.0) == pytest.approx(50.0)
