"""Tests of break-even values: by hand, and by solving anew on both sides of each."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pipelines import solved
from random_scenario import draw
from typer.testing import CliRunner

import siting
from siting.breakeven import BreakEven
from siting.cli import app
from siting.errors import InputError
from siting.units import annuity_factor

if TYPE_CHECKING:
    import pandas as pd

HOURS = 1000.0
GB_PER_GBPS = 450.0 * HOURS


def two_sides(**changes: Any) -> siting.Scenario:
    """Ten MW of training and ten of chat beside the eastern hub; west is 1,000 km off.

    A MW saves 200 CNY/MWh in the west, 200,000 CNY in a year of 1,000 hours, emits
    400 t more, and moves 450,000 GB (training; chat tenfold) at 0.1 CNY.
    """
    tables: dict[str, Any] = {
        "hubs": [
            {"id": "bay", "side": "east", "grid": "b", "it_capacity_mw": 50.0},
            {"id": "plain", "side": "west", "grid": "p", "it_capacity_mw": 50.0},
        ],
        "workloads": [
            {
                "id": name,
                "class": name,
                "origin": "bay",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": rate,
            }
            for name, rate in (("training", 1.0), ("chat", 10.0))
        ],
        "nodes": [{"id": "bay"}, {"id": "plain"}],
        "links": [{"id": "trunk", "source": "bay", "target": "plain"}],
        "tariffs": [
            {"hub": "bay", "price_cny_per_mwh": 600.0},
            {"hub": "plain", "price_cny_per_mwh": 400.0},
        ],
        "carbon_factors": [
            {"grid": "b", "location_kg_per_mwh": 500.0},
            {"grid": "p", "location_kg_per_mwh": 900.0},
        ],
        "transfer_prices": [{"basis": "volume", "price_cny_per_gb": 0.1}],
        "settings": {"hours_per_year": HOURS, "transfer_basis": "volume"},
    }
    tables["links"][0]["length_km"] = 1000.0
    return siting.Scenario.from_tables(**{**tables, **changes})


SAVED, MOVED, EMITTED = 200.0 * HOURS, 0.1 * GB_PER_GBPS, 0.4 * HOURS
BY_HAND = [
    ("transfer-price", "training", SAVED / MOVED),
    ("transfer-price", "chat", SAVED / MOVED / 10.0),
    ("data-rate", "training", SAVED / MOVED),
    ("data-rate.chat", "chat", SAVED / MOVED / 10.0),
    ("power-price-gap", "training", MOVED / SAVED),
    ("carbon-price", "training", (SAVED - MOVED) / EMITTED),
    ("power-price.west", "training", 1.0 + (SAVED - MOVED) / HOURS / 400.0),
    ("rtt-limit", "training", 2.0 * 1000.0 * 0.0049 + 1.0),
]


def own_waves() -> siting.Scenario:
    """Ten MW of training beside the eastern hub; waves to both are paid by length."""
    return two_sides(
        hubs=[
            {"id": "bay", "node": "near", "side": "east", "it_capacity_mw": 50.0},
            {"id": "plain", "node": "off", "side": "west", "it_capacity_mw": 50.0},
        ],
        workloads=[
            {
                "id": "learn",
                "class": "training",
                "origin": "town",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": 2.0,
            }
        ],
        nodes=[{"id": "near"}, {"id": "off"}, {"id": "town"}],
        links=[
            {"id": "by", "source": "town", "target": "near", "length_km": 10.0},
            {"id": "trunk", "source": "town", "target": "off", "length_km": 1000.0},
        ],
        carbon_factors=None,
        transfer_prices=[
            {
                "basis": "wave",
                "link_cny_per_gbps_km_year": 10.0,
                "fill": 0.5,
                "includes_widening": True,
            }
        ],
        settings={"hours_per_year": HOURS, "transfer_basis": "wave"},
    )


def test_own_waves_for_nothing() -> None:
    """Tests the range down to a price of nothing with waves that have no limit.

    10 MW save 200,000 CNY each in the west, and 20 Gbps at half fill are 40 on 990 km
    more at 10 CNY. Had rounding left a cost below nothing at the price 0, lit waves
    would pay without end and no plan would be found.
    """
    flip = SAVED * 10.0 / (40.0 * 990.0 * 10.0)
    plan = solved(own_waves())
    assert siting.audit(plan).ok
    assert plan.break_even("transfer-price").flips == pytest.approx((flip,))
    told = siting.claims(own_waves())["training-west"].break_even
    flips = told[told["input"] == "transfer-price"]["value"]
    assert flips.tolist() == pytest.approx([flip] * len(flips))


@pytest.mark.parametrize(("parameter", "subject", "value"), BY_HAND)
def test_break_even_by_hand(parameter: str, subject: str, value: float) -> None:
    """The side changes where what the west saves is what it costs more.

    Without chat's tenfold data both classes would flip at one value; a value that was
    sampled would miss it by a step.
    """
    plan = solved(two_sides())
    found = plan.break_even(parameter)
    assert found.exact
    assert found.flips_of(subject) == pytest.approx([value], rel=1e-9)
    assert value in [pytest.approx(flip, rel=1e-9) for flip in found.flips]
    assert f"{value:,.4g}" in found.summary()
    assert confirmed(found) > 0


def test_what_stays_has_no_break_even() -> None:
    """At any price of data in reach chat stays in the east; no flip is told of it."""
    found = solved(two_sides()).break_even("transfer-price", low=1.0, high=4.0)
    assert found.flips == ()
    assert found.points.empty
    assert "chat: stays out of the west (0.0 % west)." in found.summary()
    assert "training: stays in the west (100.0 % west)." in found.summary("training")


def test_what_is_not_in_the_west_need_not_be_in_the_east() -> None:
    """With a central hub in place of the eastern one, nothing is said to be east."""
    hubs = [
        {"id": "bay", "side": "central", "grid": "b", "it_capacity_mw": 50.0},
        {"id": "plain", "side": "west", "grid": "p", "it_capacity_mw": 50.0},
    ]
    told = solved(two_sides(hubs=hubs)).break_even("transfer-price").summary()
    assert "training: out of the west from 4.444 times today's" in told
    low = solved(two_sides(hubs=hubs)).break_even("transfer-price", low=1.0, high=4.0)
    assert "chat: stays out of the west (0.0 % west)." in low.summary()
    assert "east" not in told + low.summary()


def test_prices_below_nothing_are_walked_as_well() -> None:
    """A price that is added may fall below 0; no break-point there is lost.

    Lines that started at 0 would fall, not rise, with a negative price.
    """
    found = solved(two_sides()).break_even("power-price.west+", low=-390.0, high=400.0)
    training, chat = found.flips_of("training"), found.flips_of("chat")
    assert training == pytest.approx([(SAVED - MOVED) / HOURS])
    assert chat == pytest.approx([(SAVED - 10 * MOVED) / HOURS])


def test_no_plan_below_a_latency() -> None:
    """Below the delay of the only hub with room no plan fits, and that is told."""
    far = [{"id": "plain", "side": "west", "grid": "p", "it_capacity_mw": 50.0}]
    near = {"id": "bay", "side": "east", "grid": "b", "it_capacity_mw": 5.0}
    found = solved(two_sides(hubs=[near, *far])).break_even("rtt-limit")
    delay = 2.0 * 1000.0 * 0.0049 + 1.0
    assert found.curve["cost_cny"].isna().tolist() == [True, True, False, False]
    assert found.curve["value"].tolist() == pytest.approx([1.0, delay, delay, 11.0])
    assert "no plan fits" in found.summary()


def test_a_price_of_moving_that_is_nothing_today() -> None:
    """Tests the price at which training stays where it is, though moving is free today.

    A MW saves SAVED - MOVED a year in the west; moving it costs the annuity of five
    years of the price. Had what is settled today been kept, which is nothing at a price
    of 0, everything would move at any price.
    """
    now = [{"workload": w, "hub": "bay", "share": 1.0} for w in ("training", "chat")]
    found = solved(two_sides(current=now))
    assert siting.audit(found).ok
    even = found.break_even("policy.move_cny_per_mw", low=0.0, high=1e6)
    flip = (SAVED - MOVED) / annuity_factor(0.08, 5.0)
    assert even.flips_of("training") == pytest.approx((flip,))


def test_scarce_links_are_told() -> None:
    """Where a link is full a data rate is bracketed, and not called exact.

    The link carries training (10 Gbps) up to 15 Gbps: from 1.5 times today's rate a
    part comes back, half of it at 3 times. Without the link it would stay to 4.44.
    """
    links = [
        {
            "id": "trunk",
            "source": "bay",
            "target": "plain",
            "length_km": 1000.0,
            "capacity_gbps": 15.0,
        }
    ]
    found = solved(two_sides(links=links)).break_even("data-rate")
    assert not found.exact
    assert found.flips_of("training") == pytest.approx([3.0], rel=1e-5)
    assert "scarce" in found.summary()
    told = " ".join(found.summary().split())
    assert "between them only about as a straight line" in told


def confirmed(found: BreakEven) -> int:
    """Solve anew beside every break-point and compare; give the number of them.

    To either side the cost is that of the curve, and the western shares are
    those that the break-point is told to lie between.
    """
    starts, stops = found.curve.iloc[0::2], found.curve.iloc[1::2]
    count = 0
    for (_, left), (_, right) in zip(
        stops.iloc[:-1].iterrows(), starts.iloc[1:].iterrows(), strict=True
    ):
        assert left["value"] == right["value"]
        count += 1
        for end, other in ((left, starts), (right, stops)):
            at = end["value"]
            ends = other["value"].to_numpy()
            far = ends[ends < at][-1] if other is starts else ends[ends > at][0]
            if abs(far - at) < 1e-6 * abs(at):
                continue
            beside = at + 0.25 * (far - at)
            check(found, beside, end)
    return count


def check(found: BreakEven, value: float, end: "pd.Series[Any]") -> None:
    """Compare the curve at a value with a plan that is solved there."""
    try:
        plan = solved(found.scenario(value))
    except siting.Infeasible:
        assert np.isnan(end["cost_cny"])
        return
    siting.audit(plan).raise_if_wrong()
    curve = found.curve
    cost = np.interp(value, curve["value"], curve["cost_cny"])
    assert plan.cost_cny == pytest.approx(cost, rel=1e-7, abs=1.0), value
    placed = plan.placement
    side = plan.scenario.hubs["side"].reindex(placed["hub"]).to_numpy(object)
    for name in ["west_share", *(f"west_share:{c}" for c in set(placed["class"]))]:
        mine = placed["class"].isin([name.removeprefix("west_share:")])
        mw = placed["it_mw"].where(mine | (name == "west_share"), 0.0)
        if mw.sum() > 0:
            share = mw[side == "west"].sum() / mw.sum()
            assert share == pytest.approx(end[name], abs=1e-6)


@pytest.mark.parametrize(
    ("parameter", "low", "high"),
    [("transfer-price", 81.8, 82.2), ("power-price-gap", 0.152, 0.154)],
)
def test_break_points_of_china(parameter: str, low: float, high: float) -> None:
    """Every break-point round the flips of training is confirmed on both sides."""
    found = solved(siting.load("china")).break_even(parameter, low=low, high=high)
    assert len(found.flips_of("training")) == 1
    assert confirmed(found) >= 1


PARAMETERS = ["transfer-price", "power-price.west", "hosting", "carbon-price"]


@pytest.mark.parametrize("seed", range(8))
def test_break_points_of_random_scenarios(seed: int) -> None:
    """Break-points are confirmed whatever the scenario is made of."""
    scenario, _ = draw(seed)
    try:
        plan = solved(scenario)
    except siting.Infeasible:
        pytest.skip("no plan")
    parameter = PARAMETERS[seed % len(PARAMETERS)]
    try:
        found = plan.break_even(parameter, low=0.5, high=3.0)
    except InputError as error:
        pytest.skip(str(error))
    assert found.exact
    confirmed(found)


@pytest.mark.parametrize(
    ("parameter", "options", "text"),
    [
        ("tranfer-price", {}, "Did you mean 'transfer-price'?"),
        ("power-price-gab", {}, "Did you mean 'power-price-gap'?"),
        ("rtt-limit.trainin", {}, "Did you mean 'training'?"),
        ("demand", {}, "siting sweep varies any other input"),
        ("transfer-price", {"low": 2.0, "high": 1.0}, "not a range"),
        ("transfer-price", {"high": float("nan")}, "not a range"),
        ("power-price.west=", {}, "Give both its ends"),
        ("power-price-gap", {"high": 9.0}, "less than nothing"),
        ("data-rate", {"low": 0.0}, "Start above 0"),
        ("carbon-price", {"low": -1.0}, "negative"),
    ],
)
def test_what_cannot_be_asked(
    parameter: str, options: dict[str, Any], text: str
) -> None:
    """Every question without an answer is refused with its remedy."""
    plan = solved(two_sides())
    with pytest.raises(InputError, match=r".") as caught:
        plan.break_even(parameter, **options)
    assert text in str(caught.value)


def test_money_has_to_come_last() -> None:
    """A plan that keeps to a budget before it counts carbon has no break-even price."""
    plan = solved(two_sides(), objective=["cost:1%", "carbon-location"])
    with pytest.raises(InputError, match="does not count money"):
        plan.break_even("transfer-price")
    plan = solved(two_sides(), objective=["carbon-location:50%", "cost"])
    assert plan.break_even("transfer-price").exact


def test_the_command(tmp_path: Any) -> None:
    """The command tells text and figures, and refuses a range of nothing."""
    solved(two_sides()).save(tmp_path / "plan")
    command = ["explain", str(tmp_path / "plan")]
    asked = [*command, "--break-even", "transfer-price", "--from", "1", "--to", "9"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0
    assert "training: out of the west from 4.444 times today's" in result.stdout
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exit_code == 0
    assert '"flips": true' in result.stdout
    assert CliRunner().invoke(app, [*command, "--from", "1"]).exit_code == 2
    assert CliRunner().invoke(app, [*asked, "--workload", "chad"]).exit_code == 2


def test_the_figure_is_drawn_from_the_search() -> None:
    """The figure of a plan names the class at the flip that was found."""
    axes = solved(two_sides()).plot.break_even("transfer-price", low=1.0, high=9.0)
    assert axes.get_title(loc="left").startswith("Where classes change side")
    told = [text.get_text() for text in axes.texts]
    assert any("4.44" in text for text in told)
