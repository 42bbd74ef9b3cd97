"""Tests of what a plan saves where costs are below nothing."""

import numpy as np
import pytest

import siting
from siting.report.answer import Answer
from siting.report.money import savings as savings_table
from siting.report.page import whole_page
from siting.savings import measures_of, network_verdict, percent_less, savings


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


def some_unserved(price: float) -> siting.Plan:
    """Ten MW of training in the east at 300 CNY/MWh; at 100 in the west for four.

    What is not served costs a price, in CNY/MWh; a Gbps to the west 24,000 CNY a year.
    """
    given = siting.Scenario.from_tables(
        hubs=[
            {"id": "a", "node": "n", "side": "east", "it_capacity_mw": 20.0},
            {"id": "b", "node": "m", "side": "west", "it_capacity_mw": 4.0},
        ],
        workloads=[
            {"id": "w", "class": "training", "origin": "n", "it_mw": 10.0}
            | {"to_hub_gbps_per_mw": 1.0, "home_hub": "a"}
        ],
        tariffs=[
            {"hub": "a", "price_cny_per_mwh": 300.0},
            {"hub": "b", "price_cny_per_mwh": 100.0},
        ],
        nodes=[{"id": "n"}, {"id": "m"}],
        links=[{"id": "l", "source": "n", "target": "m", "length_km": 100.0}],
        transfer_prices=[{"basis": "lease", "price_cny_per_gbps_month": 2000.0}],
        settings={"hours_per_year": 1000.0, "unserved_cny_per_mwh": price},
    )
    plan = siting.solve(given)
    siting.audit(plan).raise_if_wrong()
    return plan


def test_another_amount_of_work_has_no_verdict() -> None:
    """Proves: work that is not served is no saving on power and room.

    At 1,000 CNY/MWh all is served: 4 MW go west, which saves 800,000 CNY of power for
    96,000 of network, and the answer flips at 8.33 times its price. At 250 the other 6
    MW are not served, which saves 1.8 M more of power and proves nothing.
    """
    whole, part = some_unserved(1000.0), some_unserved(250.0)
    assert part.unserved["it_mw"].tolist() == pytest.approx([6.0])
    told = " ".join(network_verdict(measures_of(whole)))
    assert "even at 8.33 times" in " ".join(told.split())
    told = " ".join(" ".join(network_verdict(measures_of(part))).split())
    assert "'today': cannot be told, as it serves 6.0 MW more than the plan." in told
    assert "pays" not in told
    assert "times the" not in told
    tables = savings_table(whole), savings_table(part)
    assert [table.rows[0].cells[5] for table in tables if table] == ["8.33", "–"]
    cards = [{f.label for f in Answer(plan).figures()} for plan in (whole, part)]
    assert "More for the network" in cards[0]
    assert "More for the network" not in cards[1]
    unlike = "Not like for like: 'today' serves 6.0 MW more."
    assert [Answer(plan).unlike() for plan in (whole, part)] == ["", unlike]
    assert whole_page(part).count("serves 6.0 MW more.") > 1


def test_the_share_in_the_west_is_of_what_is_served() -> None:
    """Tests that 4 of 10 MW in the west are not told as all training.

    The other 6 MW run nowhere; where they run in the east, the share is 40 %.
    """
    whole, part = Answer(some_unserved(1000.0)), Answer(some_unserved(250.0))
    sentence = whole.sentence().replace("\N{NO-BREAK SPACE}", " ")
    assert "; 40 % of training runs in the west." in sentence
    sentence = part.sentence().replace("\N{NO-BREAK SPACE}", " ")
    assert "; 100 % of training that is served runs in the west; 6" in sentence
    (card,) = (f for f in part.figures() if f.label.startswith("In the west"))
    assert card.label == "In the west: training that is served"
    assert card.note.startswith("of all work that is served 100.0 %")


def test_nothing_has_no_percentage() -> None:
    """Tests that the share of nothing is unknown, whichever way it goes."""
    assert np.isnan(percent_less(0.0, 10.0))
    assert percent_less(-200.0, -100.0) == pytest.approx(-50.0)
    assert percent_less(200.0, 100.0) == pytest.approx(50.0)
