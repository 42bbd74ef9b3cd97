"""Tests of why a workload runs where it runs, and of the command that says so."""

import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from moved_limits import deciding, objective
from pipelines import solved
from random_scenario import draw
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.reasons import WhyNot
from siting.reasons.hours import fill_demand, fill_windows
from siting.reasons.parts import PARTS
from siting.reasons.probe import NotMoved
from siting.settings import PlacementLimit

HOURS = 8760.0
Optimum = Callable[..., siting.Plan]


def three_hubs() -> dict[str, Any]:
    """Give two workloads, and five hubs of which each is wrong somehow."""
    hubs = [
        {"id": "home", "node": "n", "side": "east", "it_capacity_mw": 20.0},
        {"id": "small", "node": "m", "side": "west", "it_capacity_mw": 4.0},
        {"id": "far", "node": "f", "side": "west", "it_capacity_mw": 20.0},
        {"id": "shut", "node": "m", "it_capacity_mw": 20.0, "open": False},
        {"id": "others", "node": "m", "it_capacity_mw": 20.0, "serves": "m"},
        {"id": "full", "node": "m", "it_capacity_mw": 0.0},
    ]
    prices = {"home": 500.0, "small": 300.0, "far": 450.0}
    return {
        "hubs": hubs,
        "workloads": [
            {
                "id": "train",
                "class": "training",
                "origin": "n",
                "it_mw": 10.0,
                "to_hub_gbps_per_mw": 0.1,
            },
            {
                "id": "chat",
                "class": "chat",
                "origin": "n",
                "it_mw": 2.0,
                "rtt_limit_ms": 12.0,
                "allowed_sides": "east;west",
            },
        ],
        "tariffs": [
            {"hub": hub["id"], "price_cny_per_mwh": prices.get(str(hub["id"]), 100.0)}
            for hub in hubs
        ],
        "links": [
            {"source": "n", "target": "m", "length_km": 800.0},
            {"source": "n", "target": "f", "length_km": 2000.0},
        ],
        "transfer_prices": [{"basis": "b", "price_cny_per_gb": 1.0}],
    }


def answer(plan: siting.Plan, workload: str, hub: str, **options: Any) -> WhyNot:
    """Give the answer about one pair."""
    found = plan.why_not(workload, hub, **options)
    assert isinstance(found, WhyNot)
    return found


def test_every_reason_by_hand(optimum: Optimum) -> None:
    """Six hubs, two workloads, and the reason that decides each.

    Moving data costs 0.1 Gbps x 450 GB x 1 CNY = 45 CNY for each MWh away from home, so
    that training would save 155 CNY at the small hub and 5 at the far one; chat moves
    nothing and saves 200 at the small hub, and has 45 CNY less to win there.
    """
    plan = optimum(**three_hubs())
    reasons = plan.why_not()
    assert isinstance(reasons, pd.DataFrame)
    found = reasons.set_index(["workload", "hub"])["reason"].to_dict()
    assert found == {
        ("train", "home"): "price",
        ("train", "small"): "chosen",
        ("train", "far"): "chosen",
        ("train", "shut"): "closed",
        ("train", "others"): "serves",
        ("train", "full"): "room",
        ("chat", "home"): "price",
        ("chat", "small"): "chosen",
        ("chat", "far"): "latency",
        ("chat", "shut"): "closed",
        ("chat", "others"): "serves",
        ("chat", "full"): "region",
    }


def test_the_split_of_a_price(optimum: Optimum) -> None:
    """At home training pays 500, no transfer; elsewhere 450 and 45: 5 CNY too dear."""
    found = answer(optimum(**three_hubs()), "train", "home")
    assert found.reason == "price"
    assert found.exact
    assert found.too_dear == pytest.approx(0.005)
    assert found.per_mw == pytest.approx(5.0 * HOURS)
    assert found.split["power"] == pytest.approx(0.5 - _mean_power(0.45, 0.3))
    assert sum(found.split.values()) == pytest.approx(0.005)
    assert found.holds_to_mw == pytest.approx(8.0)
    assert "too dear" in found.text


def _mean_power(far: float, small: float) -> float:
    """Training runs at the far hub (8 MW) and at the small one (2 MW)."""
    return 0.8 * far + 0.2 * small


def test_kept_out_by_scarce_room() -> None:
    """With the small hub taken by what saves more there, its room is the reason."""
    tables = three_hubs()
    tables["workloads"][1]["it_mw"] = 6.0
    plan = solved(siting.Scenario.from_tables(**tables))
    found = answer(plan, "train", "small")
    assert found.reason == "room"
    # Chat loses 200 CNY for each MWh that makes room; training wins 150 there.
    assert found.too_dear == pytest.approx(0.05)
    assert found.split["room"] == pytest.approx(0.2)
    assert "by itself it would be 0.1500 CNY/kWh cheaper there" in found.text


def full_hub(**more: Any) -> dict[str, Any]:
    """Give a hub that ``near`` fills to the last MW, and that ``far`` would like.

    Away from it near pays 400 CNY/MWh more, and far saves 200 there: its room is worth
    anything from 200 to 400. At either end prices call one of two pairs a tie.
    """
    hubs = {"cheap": 300.0, "dear": 500.0, "dearest": 700.0}
    near, far = ({"id": name, "class": "c", "origin": "n"} for name in ("near", "far"))
    return {
        "hubs": [
            {"id": hub, "node": "n", "it_capacity_mw": 4.0 if hub == "cheap" else 20.0}
            for hub in hubs
        ],
        "workloads": [
            near | {"it_mw": 4.0, "allowed_hubs": "cheap;dearest"} | more,
            far | {"it_mw": 10.0, "allowed_hubs": "cheap;dear"},
        ],
        "tariffs": [
            {"hub": hub, "price_cny_per_mwh": price} for hub, price in hubs.items()
        ],
    }


def test_a_tie_is_proven_by_solving_again(optimum: Optimum) -> None:
    """Prices alone call one of two pairs a tie; a MW of either costs 200 CNY/MWh.

    For the far work at the cheap hub the near one leaves (400 more, 200 saved), and for
    the near work at the dearest hub the far one comes. Without it: "it costs the same;
    the plan is one of several", beside an exact rate of 0.2 CNY/kWh.
    """
    plan = optimum(**full_hub())
    for exact in (False, True):
        table = plan.why_not(exact=exact)
        assert isinstance(table, pd.DataFrame)
        found = table.set_index(["workload", "hub"])
        for pair, reason in (
            (("far", "cheap"), "room"),
            (("near", "dearest"), "price"),
        ):
            assert found["reason"][pair] == reason
            assert found["too_dear"][pair] == pytest.approx(0.2)
            told = answer(plan, *pair)
            assert (told.reason, told.too_dear) == (reason, pytest.approx(0.2))
            assert sum(told.split.values()) == pytest.approx(0.2)
    table = plan.why("far").table.set_index("hub")
    assert table["reason"]["cheap"] == "room"
    assert table["too_dear"]["cheap"] == pytest.approx(0.2)


def test_a_true_tie_is_called_one(optimum: Optimum) -> None:
    """Of three hubs at one price two are not needed: each would cost the same."""
    tables = full_hub(allowed_hubs="cheap")
    del tables["workloads"][1]
    tables["workloads"][0]["allowed_hubs"] = ""
    for row in [*tables["tariffs"], *tables["hubs"]]:
        row |= {"price_cny_per_mwh": 300.0} if "hub" in row else {}
    plan = optimum(**tables)
    table = plan.why_not()
    assert isinstance(table, pd.DataFrame)
    assert sorted(table["reason"]) == ["chosen", "tie", "tie"]
    hub = table.loc[table["reason"] == "tie", "hub"].iloc[0]
    found = answer(plan, "near", hub)
    assert found.per_mw == pytest.approx(0.0, abs=1e-3)
    assert "the plan is one of several" in found.text


def test_where_nothing_fits_there_is_no_tie(optimum: Optimum) -> None:
    """The near work may only go to the hub it fills: nothing else can go there."""
    plan = optimum(**full_hub(allowed_hubs="cheap"))
    found = answer(plan, "far", "cheap")
    assert (found.reason, found.too_dear) == ("nothing fits", np.inf)
    assert "no plan would keep all limits" in found.text


def test_an_open_question_is_told_as_one(
    optimum: Optimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the solver gives no answer, prices are not taken for a proof."""

    def refused(*_: object) -> None:
        raise NotMoved

    monkeypatch.setattr("siting.reasons.ties.forced_together", refused)
    plan = optimum(**full_hub())
    table = plan.why_not()
    assert isinstance(table, pd.DataFrame)
    (row,) = table[table["reason"] == "undecided"].to_dict("records")
    found = answer(plan, row["workload"], row["hub"], exact=False)
    assert "which alone does not prove it" in found.text
    exact = answer(plan, row["workload"], row["hub"])
    assert "0.2000 CNY/kWh of IT energy too dear" in exact.text


def test_a_movable_megawatt_is_priced_in_its_best_hours(optimum: Optimum) -> None:
    """Half runs at each of two hubs, at 100 by day here, and at 200 by night there.

    Those are prices of a MW more in the hours that suit, and the sentence says so.
    Without it the work was said to run there for them.
    """
    tables = full_hub(manner="movable", allowed_hubs="")
    del tables["workloads"][1], tables["hubs"][2]
    for hub in tables["hubs"]:
        hub["it_capacity_mw"] = 20.0
    tables["periods"] = [{"id": part, "hours": 4380.0} for part in ("day", "night")]
    prices = {"cheap": (100.0, 900.0), "dear": (900.0, 200.0)}
    tables["tariffs"] = [
        {"hub": hub, "period": part, "price_cny_per_mwh": price}
        for hub, both in prices.items()
        for part, price in zip(("day", "night"), both, strict=True)
    ]
    plan = optimum(**tables)
    best = " ms away; one more MW there, in the hours that suit best, costs {} CNY/kWh"
    text = str(plan.why("near"))
    assert best.format("0.1000") in text
    assert best.format("0.2000") in text
    flat = str(optimum(**three_hubs()).why("train"))
    assert "ms away; one more MW there costs 0.4950 CNY/kWh" in flat


def test_why_names_the_hubs_and_their_parts(optimum: Optimum) -> None:
    """The table has the admissible hubs, cheapest first, with parts that add up."""
    found = optimum(**three_hubs()).why("train")
    assert found.table["hub"].tolist()[-1] == "full" or len(found.table) == 4
    chosen = found.table[found.table["share"] > 0]
    assert chosen.set_index("hub")["share"].to_dict() == {
        "small": pytest.approx(0.2),
        "far": pytest.approx(0.8),
    }
    # At the margin both cost the same: the small hub's room is worth 150 CNY/MWh.
    assert chosen["price"].tolist() == pytest.approx([0.495, 0.495])
    total = found.table[list(PARTS)].sum(axis=1)
    assert total.tolist() == pytest.approx(found.table["price"].tolist())
    assert "80.0 % runs at far" in str(found)


def test_classes(optimum: Optimum) -> None:
    """A hub and class has the reason of most MW, and says where some runs."""
    table = optimum(**three_hubs()).why_not(by="class")
    assert isinstance(table, pd.DataFrame)
    found = table.set_index(["hub", "class"])["reason"].to_dict()
    assert found["small", "chat"] == "chosen"
    assert found["far", "chat"] == "latency"
    assert found["home", "training"] == "price"


def test_unknown_names_get_the_nearest(optimum: Optimum) -> None:
    """A misspelt workload or hub is bad input, with a suggestion."""
    plan = optimum(**three_hubs())
    with pytest.raises(siting.InputError, match="Did you mean 'train'"):
        plan.why("trian")
    with pytest.raises(siting.InputError, match="Did you mean 'small'"):
        plan.why_not("train", "smal")


@pytest.mark.parametrize("seed", range(0, 24))
def test_forcing_a_rejected_pair_costs_what_it_said(seed: int) -> None:
    """A little of a workload forced to a hub raises the objective at the rate told.

    The rate from prices alone is never above it.
    """
    scenario, stages = draw(seed)
    try:
        plan = solved(scenario, objective=stages)
    except siting.Infeasible:
        return
    kept, weights, base = deciding(plan)
    table = plan.why_not()
    assert isinstance(table, pd.DataFrame)
    kwh = float(scenario.periods["hours"].sum()) * 1000.0
    noise = 1e-9 * max(1.0, abs(base))
    rows = table[table["too_dear"].notna() & (table["share"] == 0.0)]
    for row in rows.head(5).to_dict("records"):
        found = answer(plan, row["workload"], row["hub"])
        if np.isinf(found.per_mw):
            assert row["reason"] != "tie"
            continue
        assert (row["reason"] == "tie") == (found.per_mw <= noise)
        assert row["too_dear"] * kwh <= found.per_mw * (1 + 1e-6) + noise
        mean = float(plan.scenario.it_mw[row["workload"]])
        mean *= _mean_factor(scenario, row["workload"])
        limit = PlacementLimit(
            share=0.5 * found.holds_to_mw / mean,
            hub=row["hub"],
            workload=row["workload"],
        )
        old = scenario.policy
        least = (*old.placement_min, limit)
        policy = dataclasses.replace(old, placement_min=least)
        forced = dataclasses.replace(scenario, policy=policy)
        move = objective(forced, kept, weights) - base
        told = 0.5 * found.holds_to_mw * found.per_mw
        assert move == pytest.approx(told, rel=1e-6, abs=noise)


def _mean_factor(scenario: siting.Scenario, workload: str) -> float:
    profile = scenario.workloads["profile"][workload]
    if not profile:
        return 1.0
    rows = scenario.profiles[scenario.profiles["profile"] == profile]
    hours = scenario.periods["hours"].reindex(rows["period"]).to_numpy(float)
    return float(rows["factor"].to_numpy(float) @ hours / hours.sum())


def test_all_pairs_of_china_in_one_call() -> None:
    """All workloads and hubs of the national set take less than five seconds."""
    plan = solved(siting.load("china"))
    started = time.process_time()
    table = plan.why_not()
    spent = time.process_time() - started
    assert isinstance(table, pd.DataFrame)
    assert len(table) == len(plan.scenario.workloads) * len(plan.scenario.hubs)
    assert spent < 5.0
    assert (table["too_dear"].dropna() > -1e-9).all()
    sample = table[table["reason"].isin(["price", "room"])].sample(5, random_state=3)
    for row in sample.to_dict("records"):
        found = answer(plan, row["workload"], row["hub"])
        assert found.too_dear == pytest.approx(row["too_dear"], rel=1e-6)


def test_hours_of_a_movable_megawatt() -> None:
    """Holding costs 10: four hours at 1, 2, 3, 100 are best taken three of."""
    hours = np.ones(4)
    found = fill_demand(np.array([3.0, 1.0, 100.0, 2.0]), 10.0, hours)
    assert found.held == pytest.approx(4.0 / 3.0)
    assert found.draw == pytest.approx([4 / 3, 4 / 3, 0.0, 4 / 3])


def test_hours_of_a_bursting_megawatt() -> None:
    """Twice the power in half of the hours, if holding it is cheap enough."""
    hours, window = np.ones(4), np.zeros(4, dtype=int)
    price = np.array([1.0, 9.0, 1.0, 9.0])
    cheap = fill_windows(price, 0.1, hours, window, 2.0)
    assert cheap.draw == pytest.approx([2.0, 0.0, 2.0, 0.0])
    dear = fill_windows(price, 100.0, hours, window, 2.0)
    assert dear.draw == pytest.approx([1.0, 1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a saved plan."""
    folder = tmp_path_factory.mktemp("explain") / "plan"
    solved(siting.Scenario.from_tables(**three_hubs())).save(folder)
    return folder


def run(*words: str) -> str:
    """Run the command and return what it writes to standard output."""
    result = CliRunner().invoke(app, ["explain", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_without_options_gives_a_page(saved: Path) -> None:
    """Limits, hubs and classes, and input values, one after the other."""
    page = run(str(saved))
    heads = ("WHAT A LIMIT IS WORTH", "WHY NOT THERE", "WHAT DECIDED IT")
    places = [page.index(head) for head in heads]
    assert places == sorted(places)
    assert "room at small" in page


def test_the_command_about_a_workload(saved: Path) -> None:
    """With a workload and a hub the answer is one sentence."""
    pair = ["--workload", "train", "--hub", "home"]
    assert "0.0050 CNY/kWh" in run(str(saved), *pair)
    assert "runs at far" in run(str(saved), "--workload", "train")
    page = run(str(saved), "--hub", "small")
    # As a raw table it named no unit, and those that are not there as well.
    assert "price, CNY/kWh" in page
    assert "Not there: " in run(str(saved), "--hub", "far")
    assert "e-" not in page.split("price, CNY/kWh")[1]
    assert "-0.0000" not in run(str(saved), "--workload", "train")
    assert "负荷" in run(str(saved), "--hub", "small", "--lang", "zh")
    facts = json.loads(run(str(saved), *pair, "--json"))
    assert facts["about"]["reason"] == "price"


def test_the_command_as_json(saved: Path) -> None:
    """Each part is a list of records; nothing that JSON cannot hold."""
    facts = json.loads(run(str(saved), "--worth", "--decided", "--why-not", "--json"))
    assert facts["ok"]
    assert {"worth", "decided", "why-not"} <= set(facts)
    assert {row["kind"] for row in facts["worth"]} >= {"room"}


def test_the_command_with_a_wrong_name(saved: Path, tmp_path: Path) -> None:
    """An unknown workload, or no plan at all, is bad input."""
    result = CliRunner().invoke(app, ["explain", str(saved), "--workload", "x"])
    assert result.exit_code == 2
    assert CliRunner().invoke(app, ["explain", str(tmp_path)]).exit_code == 2
