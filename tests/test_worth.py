"""Tests of what a limit is worth: by hand, and by solving with the limit moved."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moved_limits import changed, faults
from pipelines import solved
from random_scenario import draw

import siting
from siting.model.outcome import Status
from siting.reasons.limits import Limit
from siting.reasons.overview import worth_text
from siting.reasons.pieces import Point, first_piece
from siting.reasons.probe import NotMoved, Rates
from siting.reasons.rebuild import Study
from siting.reasons.worth import rates_of, worth
from siting.report.reasons import limits
from siting.solver import status_of

HOURS = 8760.0
Optimum = Callable[..., siting.Plan]


def two_hubs(**more: Any) -> dict[str, Any]:
    """Ten MW that may run cheaply where there is room for six, or dear next door."""
    hubs = [
        {"id": "cheap", "node": "n", "it_capacity_mw": 6.0},
        {"id": "dear", "node": "n", "it_capacity_mw": 20.0},
    ]
    return {
        "hubs": hubs,
        "workloads": [{"id": "w", "class": "c", "origin": "n", "it_mw": 10.0}],
        "tariffs": [
            {"hub": "cheap", "price_cny_per_mwh": 300.0},
            {"hub": "dear", "price_cny_per_mwh": 400.0},
        ],
        **more,
    }


def row(table: pd.DataFrame, kind: str, subject: str) -> dict[str, Any]:
    """Give the one row of a limit."""
    mine = table[(table["kind"] == kind) & (table["subject"] == subject)]
    (found,) = mine.to_dict("records")
    return found


def test_room_is_worth_the_difference_of_two_prices(optimum: Optimum) -> None:
    """One more MW saves 100 CNY/MWh all year, until all ten MW are there.

    Below 6 MW the other hub takes what is left, down to nothing at all.
    """
    table = optimum(**two_hubs()).worth()
    found = row(table, "room", "cheap")
    assert found["worth"] == pytest.approx(100.0 * HOURS)
    assert found["worth_of_less"] == pytest.approx(100.0 * HOURS)
    assert found["unique"]
    assert (found["from"], found["to"]) == pytest.approx((0.0, 10.0))
    assert found["text"] == (
        "One more MW of room at cheap is worth 876,000 CNY a year, up to 10 MW; "
        "one less costs as much, down to 0 MW."
    )


def test_what_is_not_scarce_is_worth_nothing_from_what_is_needed_on(
    optimum: Optimum,
) -> None:
    """The dear hub has 20 MW; the plan needs 4, and 3 would not do."""
    found = row(optimum(**two_hubs()).worth(), "room", "dear")
    assert (found["worth"], found["worth_of_less"]) == (0.0, 0.0)
    assert (found["from"], found["to"]) == (pytest.approx(4.0), np.inf)
    assert found["text"] == (
        "One more MW of room at dear is worth nothing; 4 MW would do."
    )


def test_a_kink_has_two_rates(optimum: Optimum) -> None:
    """With room for just the demand, more is worth nothing and less costs."""
    tables = two_hubs()
    tables["hubs"][0]["it_capacity_mw"] = 10.0
    found = row(optimum(**tables).worth(), "room", "cheap")
    assert found["worth"] == 0.0
    assert found["worth_of_less"] == pytest.approx(100.0 * HOURS)
    assert not found["unique"]
    assert found["from"] == pytest.approx(0.0)
    assert "one less costs 876,000 CNY a year" in found["text"]


def test_where_nothing_else_fits_there_can_be_none_less(optimum: Optimum) -> None:
    """With one hub that is just large enough no plan has less room."""
    tables = two_hubs()
    del tables["hubs"][1], tables["tariffs"][1]
    tables["hubs"][0]["it_capacity_mw"] = 10.0
    found = row(optimum(**tables).worth(), "room", "cheap")
    assert (found["worth"], found["worth_of_less"]) == (0.0, np.inf)
    assert found["from"] == 10.0
    assert "with any less no plan would fit" in found["text"]


def test_unserved_demand_would_save_what_the_dearest_hub_costs(
    optimum: Optimum,
) -> None:
    """Each MWh left out saves 400 CNY, until the dear hub is empty (4 MW)."""
    found = row(optimum(**two_hubs()).worth(["unserved"]), "unserved", "w")
    assert found["worth"] == pytest.approx(400.0)
    assert found["to"] == pytest.approx(4.0 * HOURS)


def test_a_kind_may_stand_alone_and_is_known(optimum: Optimum) -> None:
    """One kind is not a list of letters, and a kind that there is not is refused.

    Without it both gave a table without rows, as if nothing were worth anything.
    """
    plan = optimum(**two_hubs())
    pd.testing.assert_frame_equal(plan.worth("room"), plan.worth(["room"]))
    assert len(plan.worth("room")) == 2
    with pytest.raises(siting.InputError, match=r"'rom'. Did you mean 'room'"):
        plan.worth(["rom"])


@pytest.mark.parametrize("kind", ["unserved", "green"])
def test_single_workloads_are_left_out_where_there_are_many(
    kind: str, optimum: Optimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default no program is solved for each of very many workloads.

    Without it 4,000 workloads took half a minute, and 100,000 hours.
    """
    tables = two_hubs()
    for hub in tables["hubs"]:
        hub["green_share"] = 0.5
    for workload in tables["workloads"]:
        workload["green_share_min"] = 0.1
    plan = optimum(**tables)
    assert kind in set(plan.worth()["kind"])
    monkeypatch.setattr(sys.modules["siting.reasons.worth"], "MOST_SINGLE", 0)
    assert set(plan.worth(["room", kind])["kind"]) == {"room"}
    assert kind not in set(plan.worth()["kind"])
    assert set(plan.worth(kind)["kind"]) == {kind}


def test_unserved_movable_demand_is_spread_as_it_is_asked_for(
    optimum: Optimum,
) -> None:
    """Proves: half of a MWh is left out by day, at 800, and half at night, at 200.

    Without it: the sentence promises 500 for any MWh, where one by day saves 800.
    """
    tables = two_hubs()
    del tables["hubs"][1]
    tables["hubs"][0]["it_capacity_mw"] = 10.0
    tables["workloads"][0]["manner"] = "movable"
    tables["periods"] = [{"id": p, "hours": 4380.0} for p in ("day", "night")]
    tables["tariffs"] = [
        {"hub": "cheap", "period": period, "price_cny_per_mwh": price}
        for period, price in (("day", 800.0), ("night", 200.0))
    ]
    found = row(optimum(**tables).worth(["unserved"]), "unserved", "w")
    assert found["worth"] == pytest.approx(500.0)
    assert found["text"] == (
        "Leaving one MWh of w unserved, spread over the year as its demand, would save "
        "500 CNY, up to 87,600 MWh."
    )


def test_a_link_is_worth_both_directions_and_all_periods(optimum: Optimum) -> None:
    """A Gbps of the one way to the cheap hub carries half a MW, all year.

    Traffic is 2 Gbps a MW each way in two periods, so the link limits in four places;
    as a whole a Gbps more is worth 0.5 MW x 100 CNY/MWh.
    """
    tables = two_hubs()
    tables["hubs"][0] |= {"node": "far", "it_capacity_mw": 20.0}
    tables["workloads"][0] |= {"to_hub_gbps_per_mw": 2.0, "from_hub_gbps_per_mw": 2.0}
    tables["periods"] = [
        {"id": "day", "hours": 4380.0},
        {"id": "night", "hours": 4380.0},
    ]
    tables["nodes"] = [{"id": "n", "name": "Near"}, {"id": "far", "name": "Far"}]
    tables["links"] = [
        {"id": "l", "source": "n", "target": "far", "capacity_gbps": 8.0}
    ]
    found = row(optimum(**tables).worth(), "link", "l")
    assert found["direction"] == "both"
    assert found["worth"] == pytest.approx(50.0 * HOURS)
    assert (found["from"], found["to"]) == pytest.approx((0.0, 20.0))
    # Under a heading "per unit and year" the sentence once gave a month.
    assert found["text"].startswith(
        "One more Gbps Near-Far is worth 438,000 CNY a year"
    )


def test_bounds_and_policy_have_a_worth(optimum: Optimum) -> None:
    """What may be built, a site kept open, and a share asked for, each by hand.

    4 of the 10 MW are over the cheap room; 2 of them may be built there at an annuity
    of 1/15 of 1,500 CNY/kW, 100,000 CNY a MW. 3 MW are to be kept open at the dear hub,
    for 50,000 CNY a MW: it has 2 in use. 40 % must run in the west, 1 MW more than do.
    """
    tables = two_hubs()
    tables["hubs"][0] |= {"build_max_mw": 2.0, "capex_cny_per_kw": 1500.0}
    tables["hubs"][1]["hosting_cny_per_mw_year"] = 50_000.0
    tables["settings"] = {"discount_rate": 0.0}
    tables["policy"] = {"reserved_min": [{"hub": "dear", "mw": 3.0}]}
    table = optimum(**tables).worth()
    build = row(table, "build", "cheap")
    assert build["worth"] == pytest.approx(100.0 * HOURS - 100_000.0)
    assert (build["from"], build["to"]) == pytest.approx((1.0, 4.0))
    least = row(table, "reserved-min", "dear")
    assert least["worth"] == pytest.approx(50_000.0)
    assert (least["from"], least["to"]) == pytest.approx((2.0, 20.0))


def test_green_and_carbon_limits(optimum: Optimum) -> None:
    """The dear hub is all green: half the energy must be, and a cap says it again.

    At half green 5 MW run there: the share is worth 100 CNY for a MWh. The cap of
    21,900 t (5 MW at 500 kg/MWh) is worth 200 CNY a tonne by itself.
    """
    tables = two_hubs()
    tables["hubs"][0] |= {"it_capacity_mw": 20.0, "grid": "g"}
    tables["hubs"][1] |= {"green_share": 1.0}
    tables["carbon_factors"] = [{"grid": "g", "location_kg_per_mwh": 500.0}]
    green = optimum(**tables, policy={"green_min": [{"share": 0.5}]}).worth()
    assert row(green, "green", "0")["worth"] == pytest.approx(100.0)
    cap = optimum(**tables, policy={"carbon_cap_t": 21_900.0}).worth()
    found = row(cap, "carbon-cap", "")
    assert found["worth"] == pytest.approx(200.0)
    assert (found["from"], found["to"]) == pytest.approx((0.0, 43_800.0))


def test_the_deciding_stage_gives_the_unit(optimum: Optimum) -> None:
    """Where carbon goes first, room at the clean hub is worth tonnes."""
    tables = two_hubs()
    tables["hubs"][1] |= {"grid": "g"}
    tables["carbon_factors"] = [{"grid": "g", "location_kg_per_mwh": 500.0}]
    plan = optimum(**tables, objective="carbon-location")
    found = row(plan.worth(), "room", "cheap")
    assert found["worth"] == pytest.approx(0.5 * HOURS)
    assert "t CO2 a year" in found["text"]
    traded = optimum(**tables, objective=["carbon-location:5%", "cost"])
    assert row(traded.worth(), "stage", "0")["unit"] == "t"


@pytest.mark.parametrize("false", [Status.UNBOUNDED, Status.INFEASIBLE])
def test_a_false_answer_from_the_last_basis_is_asked_again(
    optimum: Optimum, monkeypatch: pytest.MonkeyPatch, false: Status
) -> None:
    """Where a plan is known, the solver's "none" and "no least" are not believed.

    Without it: HiGHS, asked from its last basis to loosen a carbon cap without end,
    found the cost unbounded, and the whole report was lost.
    """
    plan = optimum(**two_hubs())
    right = plan.worth()
    live = sys.modules["siting.reasons.live"]
    warm = [False]

    def run(highs: Any) -> None:
        warm[0] = highs.getBasis().valid
        highs.run()

    def status(highs: Any) -> Status:
        program = highs.getLp()
        own = np.count_nonzero(program.col_cost_) > 1
        loose = program.col_lower_[-1] <= 0.0 <= program.col_upper_[-1]
        wrong = own if false is Status.UNBOUNDED else loose
        return false if warm[0] and wrong else status_of(highs)

    monkeypatch.setattr(live, "run_highs", run)
    monkeypatch.setattr(live, "status_of", status)
    pd.testing.assert_frame_equal(plan.worth(), right)


def test_one_limit_without_an_answer_leaves_all_others_theirs(
    optimum: Optimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the solver cannot move a limit, its row is blank and says so.

    Without it: neither the table nor the page nor the report came out.
    """
    plan = optimum(**two_hubs())
    module = sys.modules["siting.reasons.worth"]

    def refused(held: Study, limit: Limit) -> Rates:
        if limit.subject == "dear":
            raise NotMoved
        return rates_of(held, limit)

    monkeypatch.setattr(module, "rates_of", refused)
    table = plan.worth(["room"])
    assert row(table, "room", "cheap")["worth"] == pytest.approx(100.0 * HOURS)
    found = row(table, "room", "dear")
    assert np.isnan([found[name] for name in ("worth", "worth_of_less", "to")]).all()
    assert found["limit"] == 20.0
    text = "What one MW of room at dear is worth is not known"
    assert found["text"].startswith(text)
    assert text in worth_text(table, plan)
    assert "worth nothing" not in worth_text(table, plan)
    tables = two_hubs()
    tables["hubs"][1]["it_capacity_mw"] = 4.0
    shown = limits(optimum(**tables))
    rows = [line.cells for line in shown.rows]
    assert [cells[1] for cells in rows] == ["cheap", "dear"]
    assert rows[1][-3:] == ("–", "–", "– … –")
    assert shown.notes == ("–: not known, the solver gives no answer",)


def test_a_loaded_plan_has_the_same_worths(tmp_path: Any) -> None:
    """The program is rebuilt from what a saved plan holds."""
    plan = solved(siting.Scenario.from_tables(**two_hubs()))
    plan.save(tmp_path / "plan")
    loaded = siting.Plan.load(tmp_path / "plan")
    pd.testing.assert_frame_equal(plan.worth(), loaded.worth())


@pytest.mark.parametrize("seed", range(0, 24))
def test_random_limits_move_the_objective_as_told(seed: int) -> None:
    """Inside the range the rate holds to 1e-6, the first step outside differs."""
    scenario, stages = draw(seed)
    try:
        plan = solved(scenario, objective=stages)
    except siting.Infeasible:
        return
    if abs(plan.manifest["stages"][0]["value"]) < 1e-6 and len(stages) == 1:
        return
    assert faults(plan, plan.worth()) == []


@pytest.fixture(scope="module")
def china() -> siting.Plan:
    """Give the plan of the shipped region."""
    return solved(siting.load("china"))


def test_the_scarce_rooms_of_china(china: siting.Plan) -> None:
    """Every limit of china that is worth anything moves the objective as told."""
    table = china.worth(["room", "build", "ingress", "egress"])
    worth = table[table["worth"] > 0]
    assert {"guian", "horinger", "zhongwei", "qingyang"} <= set(worth["subject"])
    assert faults(china, worth) == []


def test_an_audited_plan_of_china_costs_what_was_told(china: siting.Plan) -> None:
    """Solved and audited with a MW more at Gui'an, the plan saves its worth."""
    found = row(china.worth(["room"]), "room", "guian")
    scenario = changed(china.scenario, "room", "guian", 500.0, 501.0)
    assert scenario is not None
    hubs = scenario.hubs.reset_index(drop=True)
    other = solved(china.scenario.replace(hubs=hubs))
    siting.audit(other).raise_if_wrong()
    saved = china.cost_cny - other.cost_cny
    assert saved == pytest.approx(found["worth"], rel=1e-6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    slopes=st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True),
    lengths=st.lists(st.integers(1, 9), min_size=8, max_size=8),
    guess=st.booleans(),
    near=st.floats(1e-3, 1.0),
)
def test_first_piece_of_any_convex_function(
    slopes: list[int], lengths: list[int], guess: bool, near: float
) -> None:
    """The first piece is found whatever tangents are met on the way."""
    ordered = sorted(slopes)
    ends = np.cumsum(lengths[: len(ordered)]).astype(float)
    knots = np.concatenate([[0.0], ends])
    values = np.concatenate([[5.0], 5.0 + np.cumsum(np.diff(knots) * ordered)])

    def evaluate(at: float) -> Point:
        piece = min(int(np.searchsorted(ends, at)), len(ordered) - 1)
        slope = float(ordered[piece])
        return Point(at, float(values[piece] + slope * (at - knots[piece])), slope)

    start = Point(0.0, 5.0, float(ordered[0]) if guess else 0.0)
    farther = map(evaluate, [near, float(ends[-1])])
    found = first_piece(evaluate, start, farther, 1.0, 1e-12)
    assert found.slope == pytest.approx(ordered[0])
    assert found.to == pytest.approx(ends[0])


@pytest.mark.parametrize("seed", [1, 2, 7, 9, 10, 14])
def test_what_does_not_bind_is_worth_nothing(seed: int) -> None:
    """Tests that a page about limits that bind leaves out only what is worth nothing.

    All of them are asked for on the other side, which takes as many programs more.
    """
    scenario, objective = draw(seed)
    try:
        plan = solved(scenario, objective=objective)
    except siting.Infeasible:
        pytest.skip("no plan fits the limits")
    kinds = set(plan.limits["kind"])
    whole = plan.worth(kinds).set_index(["kind", "subject"])
    some = worth(plan, kinds, binding=True).set_index(["kind", "subject"])
    pd.testing.assert_frame_equal(some, whole.loc[some.index])
    rest = whole.drop(index=some.index)
    assert (rest[["worth", "worth_of_less"]] == 0.0).all(axis=None)


def test_limits_of_single_workloads_are_counted_where_they_bind(
    optimum: Optimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that those that do not bind leave the page to the one that does.

    Counted before, two of them were too many, and the one with a worth was left out. A
    hub may be called as they are.
    """
    dear, cheap = "workload:dear", "cheap"
    works = {"free": ("", 0.5), "bound": (dear, 0.5)}
    plan = optimum(
        hubs=[
            {"id": dear, "it_capacity_mw": 1.5, "green_share": 1.0},
            {"id": cheap, "it_capacity_mw": 9.0, "green_share": 0.0},
        ],
        tariffs=[
            {"hub": dear, "price_cny_per_mwh": 500.0},
            {"hub": cheap, "price_cny_per_mwh": 300.0},
        ],
        workloads=[
            {"id": name, "class": "c", "origin": cheap, "it_mw": 1.0}
            | {"allowed_hubs": hub, "green_share_min": share}
            for name, (hub, share) in works.items()
        ],
    )
    monkeypatch.setattr(sys.modules["siting.reasons.worth"], "MOST_SINGLE", 1)
    found = worth(plan, {"room", "green"}, binding=True)
    assert set(found["subject"]) == {dear, "workload:free"}
    assert set(worth(plan, {"room", "green"})["subject"]) == {dear, cheap}
