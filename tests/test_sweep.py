"""Tests of sweeps: inputs by name, designs, results, workers."""

import itertools
import json
import os
import signal
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scenario import draw
from scipy.stats import truncnorm
from sweeping import PATIENCE_S, local_cluster, repeatable, scenario
from typer.testing import CliRunner

import siting
from siting import Design
from siting.cli import app
from siting.errors import InputError, SolverFailed
from siting.sweep import processes
from siting.sweep.change import quickly, wholly
from siting.sweep.deal import CHUNK_S, Deal
from siting.sweep.distributions import distribution
from siting.sweep.inputs import find_input
from siting.sweep.names import assignment
from siting.sweep.processes import in_processes
from siting.sweep.records import Record
from siting.sweep.result import Sweep
from siting.sweep.run import Progress, study_of

QUICK = {
    "tariffs.price_cny_per_mwh[side=west]*": 1.1,
    "tariffs.price_cny_per_mwh[season=high,province=B]+": 20.0,
    "power-price.far": 0.9,
    "workloads.it_mw[class=training]*": 1.2,
    "demand": 0.9,
    "demand.chat": 1.1,
    "data-rate.interactive": 1.3,
    "hubs.it_capacity_mw[west]=": 35.0,
    "hubs.it_capacity_mw[west|far]+": 5.0,
    "hubs.pue*": 1.05,
    "hubs.pue_new[east]": 1.2,
    "hubs.green_share[far]": 0.9,
    "capacity.west": 0.9,
    "carbon-factor.g": 0.5,
    "carbon_factors.location_kg_per_mwh*": 0.8,
    "policy.carbon_price_cny_per_t=": 80.0,
    "carbon-price": 50.0,
    "policy.placement_max[0].share": 0.9,
    "transfer-price": 2.0,
    "transfer-price.lease": 0.5,
    "links.capacity_gbps[trunk]": 15.0,
    "link-capacity": 0.9,
    "rtt-limit.interactive": 24.0,
    "rtt-limit.interactive*": 1.2,
    "discount_rate": 0.05,
    "discount_rate*": 1.5,
    "rtt_factor": 1.1,
    "room": "pooled",
    "new_sides": "west;east",
    "unserved_cny_per_mwh": 5000.0,
    "unserved-cny-per-mwh": None,
}
ENTWINED = {
    "transfer_basis": "volume",
    "links.length_km*": 0.9,
    "links.one_way_ms[trunk]": 9.0,
    "hubs.open[far]": False,
    "hop_ms": 0.2,
}
MAX_WEST = {"placement_max": [{"share": 0.95, "side": "west"}]}


def base() -> siting.Scenario:
    """Give the scenario in which every name of these tests is something."""
    return scenario(policy=MAX_WEST)


@pytest.mark.parametrize("name", QUICK)
def test_the_quick_way_changes_what_the_whole_way_does(name: str) -> None:
    """Tests that changing numbers alone gives the scenario that reading anew gives."""
    item = find_input(base(), name)
    assert item.quick
    found = quickly(base(), [(item, QUICK[name])])
    assert found.equals(wholly(base(), [(item, QUICK[name])]))
    changed = name != "unserved-cny-per-mwh"
    assert found.equals(base()) != changed


@pytest.mark.parametrize("name", ENTWINED)
def test_what_others_hang_on_is_checked_as_a_whole(name: str) -> None:
    """Tests that such inputs are found, are not quick, and change the scenario."""
    item = find_input(base(), name)
    assert not item.quick
    assert not wholly(base(), [(item, ENTWINED[name])]).equals(base())


def test_a_longer_link_is_slower() -> None:
    """Tests that a delay that was left blank follows from the varied length."""
    longer = wholly(base(), [(find_input(base(), "links.length_km*"), 2.0)])
    assert longer.links["one_way_ms"].to_list() == pytest.approx(
        2 * base().links["one_way_ms"]
    )


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_changes_together(data: st.DataObject) -> None:
    """Tests that both ways agree for any inputs in any order."""
    names = data.draw(st.lists(st.sampled_from(sorted(QUICK)), unique=True, max_size=6))
    pairs = [(find_input(base(), name), QUICK[name]) for name in names]
    assert quickly(base(), pairs).equals(wholly(base(), pairs))


def test_an_input_changes_the_cells_it_names() -> None:
    """Tests scaling with a condition on another table."""
    item = find_input(base(), "tariffs.price_cny_per_mwh[side=west,period=noon]*")
    found = quickly(base(), [(item, 2.0)]).tariffs["price_cny_per_mwh"].tolist()
    assert found == [500.0, 800.0, 350.0, 900.0, 300.0, 1000.0]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("power-pric", "power-price"),
        ("transfer_bassis", "transfer_basis"),
        ("tarifs.price_cny_per_mwh", "tariffs"),
        ("tariffs.price_cny_per_mw", "price_cny_per_mwh"),
        ("hubs.it_capacity_mw[wset]", "west"),
        ("hubs.it_capacity_mw[sid=west]", "side"),
        ("demand.trainin", "training"),
        ("capacity.wset", "west"),
        ("policy.carbon_prize_cny_per_t", "carbon_price_cny_per_t"),
        ("policy.placement_max[0].shar", "share"),
        ("policy.placement_max[1].share", "numbered from 0"),
        ("policy.green_min[0].share", "numbered from 0"),
        ("transfer-price=", "can only be scaled"),
        ("transfer-price+", "can only be scaled"),
        ("room*", "Give the values themselves"),
        ("hubs.open*", "true and false"),
        ("certificates.price_cny_per_mwh*", "Add certificates"),
        ("hubs.it_capacity_mw[east,side=west]", "Take a condition away"),
        ("carbon-price.west", "Write carbon-price"),
        ("a b", "is not the name of an input"),
        ("title", "there is no input 'title'"),
    ],
)
def test_a_misspelt_name_comes_with_the_nearest(name: str, remedy: str) -> None:
    """Tests that names that are not there are refused before anything is solved."""
    with pytest.raises(InputError, match=remedy.replace("(", r"\(")):
        siting.sweep(base(), Design.of_table(pd.DataFrame({name: [1.0]})))


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("transfer_basis", "leese", "lease"),
        ("room", "poold", "pooled"),
        ("room", 1, "word"),
        ("new_sides", "west;eest", "east"),
        ("policy.closed_hubs", "west;fra", "far"),
        ("power-price", "dear", "Give numbers"),
        ("hubs.open[far]", 2, "true and false"),
        ("carbon_year", 2022, "choices"),
        ("policy.placement_max[0].share", "half", "number"),
    ],
)
def test_a_wrong_word_is_refused(name: str, value: Any, remedy: str) -> None:
    """Tests that values of the wrong kind are refused before anything is solved."""
    with pytest.raises(InputError, match=remedy):
        siting.sweep(base(), {name: [value]})


def test_the_same_input_twice() -> None:
    """Tests that an input cannot be varied in two parts of a design."""
    with pytest.raises(InputError, match="twice"):
        Design.grid({"demand": [1]}) * Design.monte_carlo({"demand": "1:2"}, 3)


def test_every_combination_of_a_grid() -> None:
    """Tests that the runs of a grid are what solving each scenario gives."""
    grid = {"power-price.west": [0.5, 1.0, 3.0], "transfer_basis": ["lease", "volume"]}
    found = siting.sweep(base(), grid)
    assert found.runs["number"].tolist() == list(range(6))
    columns = found.runs[list(grid)]
    assert [tuple(row) for row in columns.to_numpy()] == list(
        itertools.product(*grid.values())
    )
    for number in (0, 3, 5):
        plan = siting.solve(found.scenario(number))
        row = found.runs.loc[number]
        assert row["status"] == "optimal"
        assert row["cost_cny"] == pytest.approx(plan.cost_cny, rel=1e-9)
        ledger = plan.ledger.set_index("term")["plan"].drop("total")
        terms = row[[f"{term}_cny" for term in ledger.index]]
        assert terms.tolist() == pytest.approx(ledger.tolist(), rel=1e-6, abs=1e-3)
        measures = plan.baselines.set_index("measure")["plan"]
        for name in ("location_t", "green_share", "west_share:training"):
            assert row[name] == pytest.approx(measures[name], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_warm_start_does_not_change_the_optimum(seed: int) -> None:
    """Tests runs against plain solves on scenarios with every part of the model."""
    drawn, objective = draw(seed)
    spreads = {"demand": "0.8:1.1", "capacity": "0.9:1.3", "hubs.pue*": "1:1.1"}
    if len(drawn.links):
        spreads |= {"link-capacity": "0.7:1.2", "data-rate": "0.9:1.2"}
    design = Design.monte_carlo(spreads, 5, seed)
    found = siting.sweep(drawn, design, objective=objective)
    assert study_of(drawn, design).shared
    for number, row in found.runs.iterrows():
        try:
            plan = siting.solve(
                found.scenario(number), objective=objective, baselines=False
            )
        except siting.Infeasible:
            assert row["status"] == "infeasible"
            assert row["reason"]
            continue
        assert row["status"] == "optimal"
        value = plan.manifest["objective"]
        assert row["objective"] == pytest.approx(value, rel=1e-6, abs=1e-6)


def test_what_goes_wrong_is_recorded() -> None:
    """Tests that runs without a plan tell why, and do not stop the others."""
    found = siting.sweep(base(), {"demand": [1.0, 9.0, -1.0, 1.1]})
    assert found.runs["status"].tolist() == [
        "optimal",
        "infeasible",
        "invalid",
        "optimal",
    ]
    reasons = found.runs["reason"].tolist()
    assert reasons[0] == reasons[3] == ""
    assert "MW" in reasons[1]
    assert "negative" in reasons[2]
    assert found.runs["cost_cny"].isna().tolist() == [False, True, True, False]
    assert len(found.solved) == 2
    text = found.summary()
    assert "4 runs (2 optimal, 1 infeasible, 1 invalid)" in text
    assert "RUNS WITHOUT A PLAN" in text


def test_a_sweep_where_nothing_fits() -> None:
    """Tests that a sweep without any plan is a result all the same."""
    found = siting.sweep(base(), {"demand": [9.0, 8.0]})
    assert found.solved.empty
    assert "2 infeasible" in found.summary()


def test_a_run_out_of_time() -> None:
    """Tests that a time limit fails runs, with the reason."""
    found = siting.sweep(base(), {"demand": [1.0, 1.1]}, time_limit_s=1e-9)
    assert found.runs["status"].tolist() == ["failed", "failed"]
    assert "time limit" in found.runs["reason"].iloc[0]


def test_figures_by_hub_and_of_the_baselines(tmp_path: Path) -> None:
    """Tests the optional table and the optional columns."""
    folder = tmp_path / "out"
    grid = {"demand": [0.9, 9.0, 1.0]}
    found = siting.sweep(base(), grid, folder, hubs=True, baselines=True)
    assert found.hubs is not None
    energy = found.hubs.groupby("run")["energy_mwh"].sum()
    rows = found.solved.set_index("run")
    assert energy[rows.index].tolist() == pytest.approx(rows["energy_mwh"].tolist())
    assert (rows["nearest:cost_cny"] >= rows["cost_cny"]).all()
    again = Sweep.load(folder)
    assert again.hubs is not None
    assert again.hubs.equals(found.hubs)
    assert again.runs.equals(found.runs)
    assert again.names == ("demand",)
    assert len(pd.read_parquet(folder)) == 3
    with pytest.raises(InputError, match="does not know its scenario"):
        again.scenario(0)
    with pytest.raises(InputError, match="no run 7"):
        found.scenario(7)


def test_no_sweep_to_load(tmp_path: Path) -> None:
    """Tests that a folder without a sweep is refused."""
    with pytest.raises(InputError, match="no sweep"):
        Sweep.load(tmp_path)


def test_a_latin_hypercube_covers_every_part() -> None:
    """Tests that each of n parts of a range holds one of n points."""
    design = Design.latin_hypercube({"demand": "2:4", "rtt_factor": "0:1"}, 20, 3)
    for column, (low, high) in zip(design.table(), ((2, 4), (0, 1)), strict=True):
        part = (design.table()[column] - low) / (high - low) * 20
        assert sorted(part.astype(int)) == list(range(20))
    assert design == Design.latin_hypercube(
        {"demand": "2:4", "rtt_factor": "0:1"}, 20, 3
    )
    assert design != Design.latin_hypercube(
        {"demand": "2:4", "rtt_factor": "0:1"}, 20, 4
    )


def test_monte_carlo_draws_hang_on_seed_and_name() -> None:
    """Tests that more runs or inputs leave draws and run ids as they are."""
    few = Design.monte_carlo({"demand": "1:2"}, 5, 7)
    many = Design.monte_carlo({"capacity": "1:2", "demand": "1:2"}, 50, 7).table()
    assert many["demand"].tolist()[:5] == few.table()["demand"].tolist()
    assert few.ids("x") == Design.monte_carlo({"demand": "1:2"}, 9, 7).ids("x")[:5]
    assert few.ids("x") != few.ids("y")
    assert few != Design.monte_carlo({"demand": "1:2"}, 5, 8)


def test_equal_runs_have_ids_of_their_own() -> None:
    """Tests that runs with the same values are told apart."""
    design = Design.monte_carlo({"transfer_basis": "choice(lease)"}, 4)
    assert len(set(design.ids(""))) == 4


@pytest.mark.parametrize(
    ("text", "low", "high", "median"),
    [
        ("2:6", 2.0, 6.0, 4.0),
        ("uniform(2, 6)", 2.0, 6.0, 4.0),
        ("normal(1, 0.1)", 0.7, 1.3, 1.0),
        ("normal(1, 0.1, 0.95, 1.05)", 0.95, 1.05, 1.0),
        ("lognormal(2, 0.5)", 2 * np.exp(-1.5), 2 * np.exp(1.5), 2.0),
        ("triangular(1, 3, 5)", 1.0, 5.0, 3.0),
        ("triangular(1, 1, 2)", 1.0, 2.0, 2 - np.sqrt(0.5)),
    ],
)
def test_distributions(text: str, low: float, high: float, median: float) -> None:
    """Tests ends, middle and order of the quantiles."""
    found = distribution("demand", text).at(np.linspace(0, 1, 101))
    assert found[0] == pytest.approx(low)
    assert found[-1] == pytest.approx(high)
    assert found[50] == pytest.approx(median)
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("low", "high"), [(2, 3), (1.8, 3), (-6, -5), (5, 6), (0.9, 1.2)]
)
def test_a_normal_distribution_far_from_its_mean(low: float, high: float) -> None:
    """Tests the tails, where a share rounds to 0 or 1, against scipy's quantiles.

    From 2 to 3, ten deviations above the mean, all draws would be 3.
    """
    shares = np.linspace(0, 1, 101)
    found = distribution("demand", f"normal(1, 0.1, {low}, {high})").at(shares)
    ends = (low - 1) / 0.1, (high - 1) / 0.1
    wanted = truncnorm.ppf(shares, *ends, loc=1, scale=0.1)
    assert found == pytest.approx(wanted.tolist(), rel=1e-12)


def test_a_choice() -> None:
    """Tests that a choice takes each of its values equally often."""
    found = distribution("x", "choice(a, 2, true, none)").at(np.arange(8) / 8)
    assert found == ["a", "a", 2, 2, True, True, None, None]
    assert distribution("x", ["a", "b"]).values == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "beta(1, 2)",
        "unifrom(1, 2)",
        "2:1",
        "a:b",
        "normal(1)",
        "normal(1, 0)",
        "normal(1, 0.1, 2, 1)",
        "triangular(1, 5, 2)",
        "lognormal(0, 1)",
        "choice",
        "uniform(1, inf)",
        "",
    ],
)
def test_a_distribution_that_is_none(text: str) -> None:
    """Tests that unreadable distributions are refused with the form to write."""
    with pytest.raises(InputError):
        distribution("demand", text)


def test_values_of_a_grid_as_text() -> None:
    """Tests lists and even steps, as the command line takes them."""
    design = Design.grid({"demand": "0.8:1.2:3", "room": "pooled,dedicated"})
    assert design.table()["demand"].drop_duplicates().tolist() == [0.8, 1.0, 1.2]
    assert len(design) == 6
    for text in ("1:2:x", "1:2:1", ","):
        with pytest.raises(InputError):
            Design.grid({"demand": text})


def test_an_assignment_may_hold_a_condition() -> None:
    """Tests that the equals sign of a filter does not end a name."""
    name = "tariffs.price_cny_per_mwh[side=west]*"
    assert assignment(f"{name}=1,2", "--grid") == (name, "1,2")
    with pytest.raises(InputError, match="NAME=VALUES"):
        assignment("demand", "--grid")


def test_a_design_from_a_file(tmp_path: Path) -> None:
    """Tests the TOML form, and what is wrong in it."""
    path = tmp_path / "vary.toml"
    text = (
        'seed = 3\nsamples = 4\nmethod = "{}"\n[grid]\nroom = ["pooled", "dedicated"]\n'
        '[sample]\n"power-price.west" = "0.8:1.2"\ndemand = "normal(1, 0.1)"\n'
    )
    path.write_text(text.format("latin-hypercube"))
    found = Design.from_toml(path)
    spreads = {"power-price.west": "0.8:1.2", "demand": "normal(1, 0.1)"}
    drawn = Design.latin_hypercube(spreads, 4, 3)
    assert found == Design.grid({"room": ["pooled", "dedicated"]}) * drawn
    assert len(Design.from_toml(path, samples=7)) == 14
    path.write_text(text.format("monte-carlo"))
    assert (
        Design.from_toml(path).rows[0][1:] == Design.monte_carlo(spreads, 4, 3).rows[0]
    )
    for bad in (text.format("guess"), "sed = 3", "grid = 3", "seed = -1", "[[["):
        path.write_text(bad + ("\n[sample]\ndemand = '1:2'" if "seed" in bad else ""))
        with pytest.raises(InputError):
            Design.from_toml(path)
    with pytest.raises(InputError):
        Design.from_toml(tmp_path / "none.toml")


def test_designs_of_other_kinds(tmp_path: Path) -> None:
    """Tests what a sweep takes as a design."""
    assert len(siting.sweep(base(), {"demand": "0.9:1.1"}, samples=3).runs) == 3
    path = tmp_path / "vary.toml"
    path.write_text("[grid]\ndemand = [1, 0.9]\n")
    assert siting.sweep(base(), path).runs["demand"].tolist() == [1.0, 0.9]
    with pytest.raises(InputError, match="type int"):
        siting.sweep(base(), 3)
    with pytest.raises(InputError, match="0 runs"):
        siting.sweep(base(), pd.DataFrame({"demand": []}))


def test_figures_do_not_hang_on_the_number_of_workers(tmp_path: Path) -> None:
    """Tests that two processes give, bit by bit, what one does."""
    design = Design.monte_carlo(
        {"demand": "0.8:4", "transfer_basis": "choice(lease, volume)"}, 40, 5
    )
    seen: list[Progress] = []
    one = siting.sweep(base(), design)
    two = siting.sweep(base(), design, tmp_path / "o", workers=2, progress=seen.append)
    assert one.runs["status"].nunique() == 2
    pd.testing.assert_frame_equal(
        repeatable(one.runs), repeatable(two.runs), check_exact=True
    )
    assert [state.done for state in seen] == sorted(state.done for state in seen)
    assert (seen[-1].done, seen[-1].total, seen[-1].seconds_left) == (40, 40, 0.0)
    assert seen[-1].faults == (one.runs["status"] != "optimal").sum()


@dataclass
class Deadly:
    """A study of which some runs kill their worker, always or the first time."""

    always: int
    once: int
    mark: Path

    def run(self, values: tuple[int, ...]) -> Record:
        """Die, or give the value back."""
        if values[0] == self.always:
            # The other one first, lest it is alone before it was ever tried.
            end = time.monotonic() + PATIENCE_S
            while not self.mark.exists() and time.monotonic() < end:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
        if values[0] == self.once and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"status": "optimal", "value": values[0], "seconds": CHUNK_S / 4}, []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_lost_worker_loses_nothing(tmp_path: Path) -> None:
    """Tests that runs of dead workers are done again, and a deadly one is recorded."""
    study: Any = Deadly(always=5, once=11, mark=tmp_path / "mark")
    rows = [(number,) for number in range(30)]
    found = dict(
        itertools.chain.from_iterable(
            in_processes(study, Deal(rows, range(30)), workers=2)
        )
    )
    assert sorted(found) == list(range(30))
    failed = [
        number for number, (figures, _) in found.items() if "value" not in figures
    ]
    assert failed == [5]
    assert found[5][0]["status"] == "failed"
    assert "killed" in found[5][0]["reason"]


def test_only_a_run_that_was_alone_is_given_up() -> None:
    """Tests that a small chunk lost beside a deadly one is not taken for it."""
    deal = Deal([(0,), (1,)], range(2))
    for _ in range(2):
        job = deal.next(1, 0)
        for number in (0, 1):
            assert deal.lost([job[number]], "killed") == []
    first = deal.next(1, 0)
    assert [number for number, _ in first] == [0]
    assert deal.next(1, 1) == []
    assert [number for number, _ in deal.lost(first, "killed")] == [0]
    last = deal.next(1, 0)
    assert [number for number, _ in last] == [1]
    assert not deal.left


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_pool_that_never_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that runs whose worker is gone are not waited for; without it, for ever."""
    deal = Deal([(0,)], range(1))
    pool = ProcessPoolExecutor(1)
    assert pool.submit(int).result(timeout=PATIENCE_S) == 0
    (worker,) = pool._processes.values()
    monkeypatch.setattr(pool, "submit", lambda *_: Future())
    monkeypatch.setattr(processes, "LOOK_S", 0.01)
    worker.kill()
    worker.join(PATIENCE_S)
    assert list(processes._drained(pool, deal, 1)) == [[]]
    assert deal.left


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same(tmp_path: Path) -> None:
    """Tests two Dask workers, one of which is killed on the way."""
    reason = "distributed (the extra siting[dask]) is not installed"
    distributed = pytest.importorskip("distributed", reason=reason)
    design = Design.monte_carlo({"demand": "0.8:4", "power-price": "0.5:2"}, 30, 2)
    pids: list[int] = []

    def kill(_: Progress) -> None:
        if not pids:
            pids.extend(client.run(os.getpid).values())
            os.kill(pids[0], signal.SIGKILL)

    with local_cluster(distributed) as (address, client):
        found = siting.sweep(
            base(), design, tmp_path / "o", dask=address, progress=kill
        )
        few = siting.sweep(base(), {"demand": [1.0]}, dask=client)
    assert len(pids) == 2
    plain = siting.sweep(base(), design)
    pd.testing.assert_frame_equal(
        repeatable(found.runs), repeatable(plain.runs), check_exact=True
    )
    assert few.runs["status"].tolist() == ["optimal"]


@pytest.mark.filterwarnings("ignore")
def test_no_dask_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a cluster that is not there is told in one sentence."""
    reason = "distributed (the extra siting[dask]) is not installed"
    pytest.importorskip("distributed", reason=reason)
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(SolverFailed, match="no Dask cluster"),
    ):
        siting.sweep(base(), {"demand": [1.0]}, dask="tcp://127.0.0.1:9")


def test_dask_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that without the library there is one message that says how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(InputError, match=r"siting\[dask\]"):
        siting.sweep(base(), {"demand": [1.0]}, dask="tcp://127.0.0.1:9")


def invoke(*words: str) -> Any:
    """Run the command line."""
    return CliRunner().invoke(app, ["sweep", *words])


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Give the small scenario as a folder."""
    return str(base().save(tmp_path / "scenario"))


def test_the_command(folder: str, tmp_path: Path) -> None:
    """Tests a sweep from the command line, and how it is taken up."""
    out = str(tmp_path / "out")
    words = (folder, "--grid", "transfer-basis=lease,volume", "--lhs")
    words = (*words, "tariffs.price_cny_per_mwh[side=west]*=0.8:1.2", "-o", out)
    done = invoke(*words, "--samples", "4", "--seed", "2", "--hubs")
    assert done.exit_code == 0
    assert "8 runs (8 optimal)" in done.stdout
    assert "WHAT MOVES THE COST" in done.stdout
    again = invoke(*words, "--samples", "4", "--seed", "2", "--hubs")
    assert again.exit_code == 2
    assert "--resume" in again.stderr
    more = invoke(
        *words, "--samples", "4", "--seed", "2", "--hubs", "--resume", "--json"
    )
    facts = json.loads(more.stdout)
    assert facts["status"] == {"optimal": 8}
    assert facts["runs"] == 8
    other = invoke(*words, "--samples", "4", "--seed", "3", "--hubs", "--resume")
    assert other.exit_code == 2
    assert "not in this design" in other.stderr


def test_the_command_draws_at_random(folder: str, tmp_path: Path) -> None:
    """Tests Monte Carlo of inputs and of a file."""
    drawn = invoke(
        folder, "--vary", "demand=0.9:1.1", "--monte-carlo", "3", "--workers", "all"
    )
    assert "3 runs (3 optimal)" in drawn.stdout
    path = tmp_path / "vary.toml"
    path.write_text("samples = 2\n[sample]\ndemand = '0.9:1.1'\n")
    assert "2 runs" in invoke(folder, "--vary", str(path)).stdout
    quiet = invoke(folder, "--vary", str(path), "--monte-carlo", "1", "-q")
    assert (quiet.exit_code, quiet.stdout) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--grid", "demand"),
        ("--lhs", "demand=0.9:1.1", "--vary", "capacity=1:2"),
        ("--grid", "demand=1", "--samples", "3"),
        ("--grid", "demand=1", "--monte-carlo", "3"),
        ("--grid", "demand=1", "--workers", "many"),
        ("--grid", "demand=1", "--objective", "csot"),
        ("--pareto", "cost"),
        ("--pareto", "cost,carbn"),
        ("--pareto", "cost,latency", "--grid", "demand=1"),
    ],
)
def test_options_that_do_not_go_together(folder: str, words: tuple[str, ...]) -> None:
    """Tests that they are bad input."""
    assert invoke(folder, *words).exit_code == 2
