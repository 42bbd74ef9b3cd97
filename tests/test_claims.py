"""Tests of the claims: verdicts that flip as they should, figures by hand."""

import json
from typing import Any

import pytest
from test_breakeven import HOURS, MOVED, SAVED, two_sides
from typer.testing import CliRunner

import siting
from siting.claims import Claims
from siting.cli import app
from siting.errors import InputError

MW = 10.0


def judged(**changes: Any) -> Claims:
    """Judge the case of two sides, changed."""
    return siting.claims(two_sides(**changes))


def verdicts(found: Claims) -> dict[str, str]:
    """Give the verdict of every claim."""
    return dict(zip(found.table["name"], found.table["verdict"], strict=True))


def test_every_claim_by_hand() -> None:
    """Tests figures and break-even of the case of two sides.

    Training saves 200,000 and moves data for 45,000 CNY a MW: 22.5 %, below a third.
    Western power is cheaper by 200 CNY/MWh, and dirtier by 900 / 500.
    """
    found = judged()
    assert verdicts(found) == {
        "training-west": "holds",
        "power-dearer": "holds",
        "power-less-green": "fails",
        "less-room": "fails",
        "network-costs-less": "holds",
        "greener": "fails",
    }
    west = found["training-west"].figures.iloc[0]
    saved = (SAVED - MOVED) * MW
    assert west["saving_alone_cny"] == pytest.approx(saved)
    assert west["saving_margin_cny"] == pytest.approx(saved)
    flips = found["training-west"].break_even.groupby("input")["value"].first()
    assert flips["transfer-price"] == pytest.approx(SAVED / MOVED)
    assert flips["power-price-gap"] == pytest.approx(MOVED / SAVED)
    network = found["network-costs-less"]
    row = network.figures.iloc[0]
    assert row["network_more_cny"] == pytest.approx(MOVED * MW)
    assert row["room_less_cny"] == pytest.approx(SAVED * MW)
    times = network.break_even.groupby("input")["value"].first()
    assert sorted(times) == pytest.approx([SAVED / MOVED / 3.0, SAVED / MOVED])
    room = found["less-room"].figures.iloc[0]
    assert (room["training_mw"], room["low_latency_mw"]) == (10.0, 0.0)
    assert (room["idle_with_mw"], room["idle_without_mw"]) == (30.0, 40.0)
    # Twice 10 MW would have to be all that is left, where 40 MW are.
    assert found["less-room"].break_even["value"].tolist() == pytest.approx([-20.0])
    greener = found["greener"].figures.iloc[0]
    assert greener["plan_t"] - greener["east_t"] == pytest.approx(0.4 * HOURS * MW)
    factor = found["power-less-green"].break_even["value"].iloc[0]
    assert factor == pytest.approx(500.0 / 900.0)
    route = found["greener"].examples.iloc[0]
    assert (route["from_hub"], route["to_hub"]) == ("bay", "plain")
    assert route["location_change"] == pytest.approx(0.8)


def test_no_gap_no_west() -> None:
    """With equal prices power is not dearer, training stays and nothing is saved."""
    equal = [{"hub": h, "price_cny_per_mwh": 500.0} for h in ("bay", "plain")]
    found = verdicts(judged(tariffs=equal))
    assert found["power-dearer"] == "fails"
    assert found["training-west"] == "fails"
    assert found["network-costs-less"] == "fails"


def test_transfer_a_thousandfold() -> None:
    """At a thousand times the price of data training stays; power is as dear as before.

    The claim about the network would hold of an optimal plan, which then moves nothing:
    it is judged by moving training whatever it costs.
    """
    prices = [{"basis": "volume", "price_cny_per_gb": 100.0}]
    found = verdicts(judged(transfer_prices=prices))
    assert found["power-dearer"] == "holds"
    assert found["training-west"] == "fails"
    assert found["network-costs-less"] == "fails"


def test_the_basis_may_decide() -> None:
    """Where one transfer basis is cheap and one dear the answer depends on it."""
    prices = [
        {"basis": "volume", "price_cny_per_gb": 0.1},
        {"basis": "list", "price_cny_per_gb": 0.48},
    ]
    found = judged(transfer_prices=prices)
    assert verdicts(found)["training-west"] == "depends on the accounting"
    assert found["training-west"].figures["holds"].tolist() == [True, True, False]


def test_room_that_is_short() -> None:
    """With 25 MW in the east training takes 10 of the 15 that chat leaves."""
    hubs = [
        {"id": "bay", "side": "east", "grid": "b", "it_capacity_mw": 25.0},
        {"id": "plain", "side": "west", "grid": "p", "it_capacity_mw": 50.0},
    ]
    found = judged(hubs=hubs)["less-room"]
    assert str(found.verdict) == "holds"
    assert found.break_even["value"].tolist() == pytest.approx([5.0])


def test_a_case_without_sides_is_refused() -> None:
    """Without a hub in the west there is nothing to claim."""
    hubs = [{"id": "bay", "side": "east", "grid": "b", "it_capacity_mw": 50.0}]
    with pytest.raises(InputError, match="east and west"):
        judged(hubs=hubs, tariffs=[{"hub": "bay", "price_cny_per_mwh": 600.0}])


def test_what_cannot_be_told() -> None:
    """Without training and without carbon factors two claims have no answer."""
    chat = [{"id": "chat", "class": "chat", "origin": "bay", "it_mw": 10.0}]
    hubs = [
        {"id": "bay", "side": "east", "it_capacity_mw": 50.0},
        {"id": "plain", "side": "west", "it_capacity_mw": 50.0},
    ]
    found = verdicts(judged(workloads=chat, carbon_factors=None, hubs=hubs))
    assert found["training-west"] == "cannot be told"
    assert found["power-less-green"] == "cannot be told"
    assert found["greener"] == "cannot be told"


def short_of(side: str, mw: float) -> dict[str, Any]:
    """Give the hubs of the case, one side with so much room only."""
    hubs = [
        {"id": "bay", "side": "east", "grid": "b", "it_capacity_mw": 50.0},
        {"id": "plain", "side": "west", "grid": "p", "it_capacity_mw": 50.0},
    ]
    hubs[("east", "west").index(side)]["it_capacity_mw"] = mw
    return {"hubs": hubs}


def test_what_the_west_has_no_room_for() -> None:
    """Tests that training that half fits into the west is not compared with all of it.

    Western power costs 50 CNY more a MWh, so that moving saves nothing. 5 of 10 MW fit;
    compared without a word, the 5 MW that are not served would look like a saving of
    3 M CNY of power, for which the network costs a fourteenth: the claim would hold.
    """
    dear = [
        {"hub": "bay", "price_cny_per_mwh": 600.0},
        {"hub": "plain", "price_cny_per_mwh": 650.0},
    ]
    found = judged(**short_of("west", 5.0), tariffs=dear)
    network = found["network-costs-less"]
    assert str(network.verdict) == "cannot be told"
    moved = network.figures[network.figures["moved"] == "training"]
    assert moved["holds"].tolist() == [None, None]
    assert moved["unserved_mw"].tolist() == pytest.approx([5.0, 5.0])
    assert moved["ratio"].isna().all()
    assert network.break_even.empty
    greener = found["greener"].figures
    assert not greener["holds"].any()
    assert greener["training_moved_t"].isna().all()
    text = found.summary()
    assert "leaves up to 5.0 MW unserved" in text
    assert "-   volume, capital sunk, training" in text
    enough = judged(**short_of("west", 10.0), tariffs=dear)
    assert verdicts(enough)["network-costs-less"] == "fails"
    assert "unserved" not in enough.summary()


def test_what_the_east_has_no_room_for() -> None:
    """Tests that an east that takes 15 of 20 MW is no measure of emissions or savings.

    The plan serves all and emits 20 x 900 = 18 kt where 15 MW in the east emit 7.5 kt;
    training still takes at least half of the room that chat leaves.
    """
    found = judged(**short_of("east", 15.0))
    assert verdicts(found) | {"power-dearer": "", "power-less-green": ""} == {
        "training-west": "holds",
        "power-dearer": "",
        "power-less-green": "",
        "less-room": "holds",
        "network-costs-less": "cannot be told",
        "greener": "cannot be told",
    }
    training = found["training-west"].figures
    assert training["unserved_mw"].tolist() == pytest.approx([5.0, 5.0])
    assert training["saving_alone_cny"].isna().all()
    assert found["greener"].break_even.empty
    assert found["less-room"].break_even.empty


def test_without_any_demand() -> None:
    """Tests that claims about placements have no answer where nothing is placed."""
    none = [
        {"id": "training", "class": "training", "origin": "bay", "it_mw": 0.0},
    ]
    found = verdicts(judged(workloads=none))
    del found["power-dearer"], found["power-less-green"]
    assert set(found.values()) == {"cannot be told"}


def test_green_shares_are_weighted_by_hours() -> None:
    """Tests a green share of a fourth of the year: 0.25 x 0.8, not half of 0.8."""
    found = judged(
        periods=[{"id": "sunny", "hours": 250.0}, {"id": "dull", "hours": 750.0}],
        hub_periods=[{"hub": "plain", "period": "sunny", "green_share": 0.8}],
    )
    figures = found["power-less-green"].figures
    assert figures["west_green"].tolist() == pytest.approx([0.2, 0.2])


def test_room_without_end() -> None:
    """Tests that unlimited eastern room is said so, and has no break-even of -inf."""
    found = judged(**short_of("east", float("inf")))
    room = found["less-room"]
    assert str(room.verdict) == "fails"
    assert room.break_even.empty
    assert "Eastern room has no end here" in found.summary()
    assert "inf" not in found.summary()


def test_a_network_that_gets_cheaper() -> None:
    """Tests that a network that costs less is said to save, and not -100 %.

    The data of training are in the west: moving it there saves the transfer too.
    """
    there = {"id": "t", "class": "training", "origin": "plain", "it_mw": 10.0}
    found = judged(workloads=[{**there, "to_hub_gbps_per_mw": 1.0}])
    network = found["network-costs-less"]
    assert str(network.verdict) == "holds"
    assert network.figures["ratio"].tolist() == pytest.approx([-MOVED / SAVED] * 4)
    assert "saves" in network_lines(found)[0]
    assert "-22.5" not in found.summary()


def network_lines(found: Claims) -> list[str]:
    """Give the rows of the claim about the network."""
    return [x for x in found.summary().splitlines() if ", capital sunk, training" in x]


def test_the_command(tmp_path: Any) -> None:
    """The command prints every claim, or one JSON object with all figures."""
    two_sides().save(tmp_path / "case")
    result = CliRunner().invoke(app, ["claims", str(tmp_path / "case")])
    assert result.exit_code == 0
    assert "1. Training belongs in the west.  HOLDS" in result.stdout
    assert "bay to plain: location-based +80.0 %" in result.stdout
    result = CliRunner().invoke(app, ["claims", str(tmp_path / "case"), "--json"])
    facts = json.loads(result.stdout)
    assert facts["ok"] is True
    assert len(facts["claims"]) == 6
    assert facts["claims"][0]["break_even"][0]["input"] == "transfer-price"
    wrong = CliRunner().invoke(app, ["claims", str(tmp_path / "cas")])
    assert wrong.exit_code == 2


def test_the_basis_of_power_prices_may_decide() -> None:
    """Proves: claims are put to the test at every price of power, not at the set one.

    At list prices power costs the same on both sides and training stays; at contract
    prices alone the claim would hold.
    """
    tariffs = [
        {"hub": hub, "basis": basis, "price_cny_per_mwh": price}
        for hub, basis, price in (
            ("bay", "contract", 600.0),
            ("plain", "contract", 400.0),
            ("bay", "list", 600.0),
            ("plain", "list", 600.0),
        )
    ]
    settings = {"hours_per_year": HOURS, "transfer_basis": "volume"}
    found = judged(tariffs=tariffs, settings=settings | {"tariff_basis": "contract"})
    west = found["training-west"]
    assert str(west.verdict) == "depends on the accounting"
    rows = west.figures.set_index("accounting")["holds"]
    listed = rows.index.str.endswith("prices: list")
    assert rows[~listed].all()
    assert not rows[listed].any()


def test_emissions_that_are_nearly_the_same_are_no_greener() -> None:
    """Proves: a thousandth decides. By rounding alone half of it would hold.

    10 of 20 MW go west, where a MWh emits 0.1 or 0.4 % less: 0.05 or 0.2 % in all.
    """
    for less, expected in ((0.001, "fails"), (0.004, "holds")):
        factors = [
            {"grid": "b", "location_kg_per_mwh": 500.0},
            {"grid": "p", "location_kg_per_mwh": 500.0 * (1.0 - less)},
        ]
        assert verdicts(judged(carbon_factors=factors))["greener"] == expected
