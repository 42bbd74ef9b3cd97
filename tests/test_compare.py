"""Two plans side by side: tables, inputs, text, command line, audit."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.compare import Comparison
from siting.compare.transport import transport
from siting.wording import row

DIFFERENCES = ("ledger", "emissions", "limits", "placement", "by_place")


@pytest.fixture(scope="module")
def scenario() -> siting.Scenario:
    """Give the shipped region."""
    return siting.load("china")


@pytest.fixture(scope="module")
def plan(scenario: siting.Scenario) -> siting.Plan:
    """Give its optimum."""
    return siting.solve(scenario, baselines=False)


@pytest.fixture(scope="module")
def nearest(scenario: siting.Scenario) -> siting.Plan:
    """Give its baseline *nearest* as a plan."""
    return siting.baseline_plan(scenario, "nearest")


def test_equal_plans_do_not_differ(plan: siting.Plan) -> None:
    """Tests that a plan beside itself has no difference, no move and no stage."""
    comparison = siting.compare(plan, plan)
    assert comparison.inputs.empty
    assert comparison.moves.empty
    assert comparison.moving_cny == 0.0
    for name in DIFFERENCES:
        table = getattr(comparison, name)
        columns = [c for c in table if str(c).endswith("difference")]
        assert (table[columns].fillna(0.0) == 0.0).all(axis=None)
    stages = comparison.stages()
    assert stages.complete
    assert stages.count == 0
    assert "none; every workload stays" in comparison.summary(stages)
    assert comparison.audit(stages).ok


def test_differences_are_antisymmetric(plan: siting.Plan, nearest: siting.Plan) -> None:
    """Tests that b - a is the opposite of a - b, moves included."""
    there, back = siting.compare(nearest, plan), siting.compare(plan, nearest)
    for name in DIFFERENCES:
        one, other = getattr(there, name), getattr(back, name)
        numbers = [c for c in one if str(c).endswith("difference")]
        keys = [c for c in one if one[c].dtype == object or one[c].dtype == "str"]
        one = one.sort_values(keys).reset_index(drop=True)
        other = other.sort_values(keys).reset_index(drop=True)
        for column in numbers:
            pd.testing.assert_series_equal(one[column], -other[column])
    keys = ["workload", "from_hub", "to_hub"]
    turned = {"from_hub": "to_hub", "to_hub": "from_hub"}
    one = there.moves.set_index(keys).sort_index()
    other = back.moves.rename(columns=turned).set_index(keys).sort_index()
    np.testing.assert_allclose(one["share"], other["share"])
    gain = "benefit_cny_per_year"
    np.testing.assert_allclose(one[gain], -other[gain], atol=1e-3)


def test_the_ledger_is_that_of_the_plans(
    plan: siting.Plan, nearest: siting.Plan
) -> None:
    """Tests totals, shares and the benefit of the moves against the plans."""
    comparison = siting.compare(nearest, plan)
    total = comparison.ledger.set_index("term").loc["total"]
    assert total["a"] == nearest.cost_cny
    assert total["b"] == plan.cost_cny
    shares = comparison.placement[["share_a", "share_b"]].sum()
    assert shares["share_a"] == pytest.approx(nearest.placement["share"].sum())
    assert shares["share_b"] == pytest.approx(plan.placement["share"].sum())
    # Without widening, build-out and staging the benefits are the ledgers' difference.
    terms = comparison.ledger.set_index("term")["difference"]
    saved = -(terms["electricity"] + terms["hosting"] + terms["transfer"])
    assert comparison.moves["benefit_cny_per_year"].sum() == pytest.approx(saved)


def test_text_and_json(plan: siting.Plan, nearest: siting.Plan) -> None:
    """Tests that the summary names basis and moves, and that JSON holds everything."""
    comparison = siting.compare(nearest, plan)
    stages = comparison.stages()
    text = comparison.summary(stages)
    for words in (
        "leased-wave",
        "MOVES: 151 moves of 143 workloads",
        "STAGES",
        "7,864.1",
        "zhongwei",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100
    found = json.loads(json.dumps(comparison.to_dict(stages), allow_nan=False))
    assert len(found["moves"]) == len(comparison.moves)
    assert found["stages"]["complete"] is True


def hubs_of(*names: str, **changes: Any) -> siting.Scenario:
    """Ten MW of a year of 1,000 hours at the first of some hubs, and what else is."""
    tables: dict[str, Any] = {
        "hubs": [{"id": name, "node": name, "grid": "g"} for name in names],
        "workloads": [{"id": "w", "class": "c", "origin": "o", "it_mw": 10.0}],
        "tariffs": [
            {"hub": name, "price_cny_per_mwh": 300.0 * (place + 1)}
            for place, name in enumerate(names)
        ],
        "carbon_factors": [{"grid": "g", "location_kg_per_mwh": 500.0}],
        "settings": {"hours_per_year": 1000.0},
    }
    for hub in tables["hubs"]:
        hub["it_capacity_mw"] = 50.0
    return siting.Scenario.from_tables(**{**tables, **changes})


def test_totals_where_hubs_come_and_go() -> None:
    """Tests that energy and CO2 are the totals where a hub is new and one is gone.

    10 MW draw 10,000 MWh and emit 5,000 t wherever they are. The last row is that of
    the new hub: told instead of the total, b alone would draw anything.
    """
    old, new = (
        siting.solve(hubs_of("gone", "stays")),
        siting.solve(hubs_of("new", "stays")),
    )
    assert siting.audit(new).ok
    comparison = siting.compare(old, new)
    assert comparison.emissions["subject"].iloc[-1] == "new"
    text = comparison.summary()
    rows = {line[:25].strip(): line[25:].split() for line in text.splitlines()}
    assert rows["energy with network, MWh"] == ["10,000", "10,000", "0"]
    assert rows["CO2 location-based, t"] == ["5,000", "5,000", "0"]


def test_one_of_each_and_large_numbers() -> None:
    """Tests the words for one move and one difference, and that columns stay apart.

    3 GW in place of 10 MW change the energy by 26 TWh, whose eleven signs fill the
    column: without a blank before them two numbers would read as one.
    """
    old = siting.solve(hubs_of("a", "b", settings={}), baselines=False)
    dear = [{"hub": h, "price_cny_per_mwh": p} for h, p in (("a", 900.0), ("b", 1.0))]
    new = siting.solve(hubs_of("a", "b", settings={}, tariffs=dear), baselines=False)
    text = siting.compare(old, new).summary()
    assert "MOVES: 1 move of 1 workload," in text
    assert row("", ["620,381", "-24,677,487", "1,000,000,000"]).endswith(
        "620,381 -24,677,487 1,000,000,000"
    )
    same = hubs_of("a", "b", settings={"hours_per_year": 1000.0, "pue": "new"})
    other = siting.solve(same, baselines=False)
    one = siting.solve(hubs_of("a", "b"), baselines=False)
    assert "INPUT: 1 difference\n" in siting.compare(one, other).summary()


@pytest.mark.parametrize(("direction", "gbps"), [("duplex", 20.0), ("shared", 40.0)])
def test_the_benefit_of_a_move_on_own_waves(direction: str, gbps: float) -> None:
    """Tests the benefit of one move against the difference of the ledgers, by hand.

    Moving 10 MW saves 300 CNY/MWh x 10,000 MWh; 20 Gbps each way light 20 Gbps of a
    duplex link and 40 of a shared one, at half fill, 10 CNY a Gbps and km, 990 km more.
    Had the shared link counted its larger direction, the benefit would be 396,000 CNY
    more than the ledgers say.
    """
    links = [
        {"id": f"o{hub}", "source": "o", "target": hub, "length_km": km}
        | {"direction": direction}
        for hub, km in (("far", 1000.0), ("near", 10.0))
    ]
    workload = {"id": "w", "class": "c", "origin": "o", "it_mw": 10.0}
    wave = {"basis": "wave", "link_cny_per_gbps_km_year": 10.0, "fill": 0.5}
    given = hubs_of(
        "far",
        "near",
        nodes=[{"id": name} for name in ("o", "far", "near")],
        links=links,
        workloads=[
            {**workload, "to_hub_gbps_per_mw": 2.0, "from_hub_gbps_per_mw": 2.0}
        ],
        transfer_prices=[{**wave, "includes_widening": True}],
        settings={"hours_per_year": 1000.0, "transfer_basis": "wave"},
    )
    old, new = siting.baseline_plan(given, "nearest"), siting.solve(given)
    assert siting.audit(new).ok
    comparison = siting.compare(old, new)
    expected = 300.0 * 10_000.0 - gbps * 2.0 * 10.0 * 990.0
    benefit = comparison.moves["benefit_cny_per_year"].tolist()
    assert benefit == pytest.approx([expected])
    assert comparison.ledger["difference"].iloc[-1] == pytest.approx(-expected)


def test_inputs_that_differ(plan: siting.Plan, scenario: siting.Scenario) -> None:
    """Tests that every changed setting, policy, cell and row is named."""
    hubs = scenario.hubs.copy()
    hubs.loc["guian", "it_capacity_mw"] = 400.0
    workloads = scenario.workloads.iloc[1:]
    other = scenario.replace(
        hubs=hubs, workloads=workloads, policy={"closed_hubs": ["tianfu"]}
    ).with_settings(transfer_basis="cloud-list")
    changed = siting.solve(other, baselines=False, objective="latency")
    table = siting.compare(plan, changed).inputs
    named = {tuple(row) for row in table[["part", "key", "column"]].to_numpy()}
    assert named == {
        ("settings", "", "transfer_basis"),
        ("policy", "", "closed_hubs"),
        ("objective", "", ""),
        ("hubs", "guian", "it_capacity_mw"),
        ("workloads", "training-beijing", ""),
    }
    cell = table[table["part"] == "hubs"].iloc[0]
    assert (cell["a"], cell["b"]) == ("500.0", "400.0")


def test_ledgers_of_two_accountings_are_not_called_like_for_like() -> None:
    """Tests what is said where one plan's room carries its annuity and the other's not.

    The placement is the same, so that nothing moves; its 10 MW at 5,000 CNY a kW for
    one year at no interest are 50 M CNY that only the first ledger counts.
    """
    hubs = [{"id": "h", "node": "h", "grid": "g", "it_capacity_mw": 50.0}]
    hubs[0] |= {"side": "west", "capex_cny_per_kw": 5000.0}
    sunk = hubs_of("h", hubs=hubs).with_settings(discount_rate=0.0, life_years=1.0)
    carried = sunk.with_settings(new_sides=("west",))
    a, b = (siting.solve(s, baselines=False) for s in (carried, sunk))
    comparison = siting.compare(a, b)
    assert comparison.moves.empty
    total = comparison.ledger.set_index("term").loc["total"]
    assert total["difference"] == pytest.approx(-50e6)
    named = comparison.accounting[["part", "column", "a", "b"]].to_numpy().tolist()
    assert named == [["settings", "new_sides", "('west',)", "()"]]
    text = " ".join(comparison.summary().split())
    assert "like for like only where their inputs agree" in text
    assert "Counted differently: new_sides ('west',) -> ()." in text
    assert "Cost, carbon, load and limits are each plan's own." in text
    assert comparison.to_dict()["accounting"][0]["column"] == "new_sides"
    # Under one scenario, whatever the objective, there is nothing of this to say.
    dear = siting.solve(sunk, baselines=False, objective="latency")
    alike = siting.compare(b, dear)
    assert alike.inputs["part"].tolist() == ["objective"]
    assert alike.accounting.empty
    assert "like for like" not in alike.summary()


@pytest.mark.parametrize("seed", range(40))
def test_transport_is_the_cheapest(seed: int) -> None:
    """Tests the moving of shares against a linear programme, ties included."""
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 7, 2)
    supply, demand = random.random(rows) + 0.01, random.random(columns) + 0.01
    demand *= supply.sum() / demand.sum()
    cost = random.integers(0, 6, (rows, columns)).astype(float)
    flow = transport(supply, demand, cost)
    np.testing.assert_allclose(flow.sum(axis=1), supply)
    np.testing.assert_allclose(flow.sum(axis=0), demand)
    equal = [np.eye(rows)[[i]].T * np.ones(columns) for i in range(rows)]
    equal += [np.ones((rows, 1)) * np.eye(columns)[[j]] for j in range(columns)]
    best = linprog(
        cost.ravel(),
        A_eq=np.array([each.ravel() for each in equal]),
        b_eq=np.concatenate([supply, demand]),
    )
    assert (flow * cost).sum() == pytest.approx(best.fun, abs=1e-9)


class Changed(Comparison):
    """A comparison whose moves were tampered with."""


@pytest.mark.parametrize(
    ("column", "factor"),
    [
        ("share", 1.01),
        ("dataset_tb", 1.01),
        ("cny_per_gb", 0.5),
        ("transfer_cny", 2.0),
        ("cost_cny", 1.001),
        ("one_way_ms", 0.9),
        ("weeks", 3.0),
        ("payback_years", 1.1),
    ],
)
def test_the_audit_sees_a_wrong_figure(
    plan: siting.Plan, nearest: siting.Plan, column: str, factor: float
) -> None:
    """Tests that no figure of a move can be changed unseen."""
    comparison = siting.compare(nearest, plan)
    moves = comparison.moves.copy()
    moves.loc[0, column] *= factor
    changed = Changed(nearest, plan)
    changed.__dict__["moves"] = moves
    report = changed.audit()
    assert not report.ok
    with pytest.raises(siting.SitingError, match="moves"):
        report.raise_if_wrong()


def test_the_audit_sees_a_detour(plan: siting.Plan, nearest: siting.Plan) -> None:
    """Tests that a path must join the hubs, and be the fastest with room."""
    comparison = siting.compare(nearest, plan)
    moves = comparison.moves.copy()
    moves.loc[0, ["nodes", "links"]] = moves.loc[1, ["nodes", "links"]].to_numpy()
    changed = Changed(nearest, plan)
    changed.__dict__["moves"] = moves
    assert any("join" in str(f) for f in changed.audit().findings)


RUN = CliRunner()


@pytest.fixture(scope="module")
def saved(
    tmp_path_factory: pytest.TempPathFactory, plan: siting.Plan, nearest: siting.Plan
) -> tuple[Path, Path]:
    """Give both plans as folders."""
    folder = tmp_path_factory.mktemp("plans")
    nearest.save(folder / "a")
    plan.save(folder / "b")
    return folder / "a", folder / "b"


def run(*words: object) -> Any:
    """Run the command line."""
    return RUN.invoke(app, ["compare", *map(str, words)])


def test_command(saved: tuple[Path, Path], tmp_path: Path) -> None:
    """Tests text, files and their protection."""
    result = run(*saved, "--stages", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "audited" in result.stdout
    assert "The new placement is" in result.stdout
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["moves.csv", "stages.csv"]
    assert len(pd.read_csv(tmp_path / "out" / "moves.csv")) == 151
    again = run(*saved, "-o", tmp_path / "out")
    assert again.exit_code == 2
    assert "a file already" in again.stderr
    assert run(*saved, "-o", tmp_path / "out", "--overwrite").exit_code == 0
    # Stages of an older comparison would belong to other moves.
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["moves.csv"]


def test_command_json(saved: tuple[Path, Path]) -> None:
    """Tests that standard output is one JSON object."""
    result = run(*saved, "--json", "--stages", "--spare", "guian=10")
    found = json.loads(result.stdout)
    assert found["ok"]
    assert found["transfer_basis"] == "leased-wave"
    assert found["stages"]["steps"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--stages", "--spare", "guian"], "HUB=MW"),
        (["--stages", "--spare", "gujan=3"], "guian"),
        (["--stages", "--link-share", "0"], "share"),
    ],
)
def test_command_refuses(saved: tuple[Path, Path], words: list[str], text: str) -> None:
    """Tests bad options."""
    result = run(*saved, *words)
    assert result.exit_code == 2
    assert text in result.stderr


def test_command_needs_two_plans(saved: tuple[Path, Path], tmp_path: Path) -> None:
    """Tests that a folder that is no plan is bad input."""
    assert run(saved[0], tmp_path).exit_code == 2


def test_baseline_plans(scenario: siting.Scenario, nearest: siting.Plan) -> None:
    """Tests that a baseline as a plan is audited and has the baseline's cost."""
    assert nearest.status == "given"
    report = siting.audit(nearest)
    assert report.ok
    beside = siting.solve(scenario).ledger.set_index("term").loc["total"]
    for name in ("nearest", "today", "east_nearest"):
        given = siting.baseline_plan(scenario, name)
        assert given.cost_cny == pytest.approx(beside[name])
    with pytest.raises(siting.InputError, match="nearest"):
        siting.baseline_plan(scenario, "nearst")


def test_another_basis_prices_the_moves(
    plan: siting.Plan, nearest: siting.Plan, scenario: siting.Scenario
) -> None:
    """Tests the cost of moving under a price by volume, and with handling."""
    other = scenario.with_settings(transfer_basis="cloud-list")
    dear = replace(plan, scenario=other.replace(policy={"move_cny_per_mw": 1000.0}))
    moves = siting.compare(nearest, dear).moves
    wide = moves["length_km"] > 100.0
    assert (moves.loc[wide, "cny_per_gb"] == 0.48).all()
    assert moves.loc[wide, "transfer_cny"].sum() == pytest.approx(
        480.0 * moves.loc[wide, "dataset_tb"].sum()
    )
    np.testing.assert_allclose(moves["handling_cny"], 1000.0 * moves["it_mw"])
