"""Tests of the commands for studies: which options go together, and how they end."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeping import scenario
from typer.testing import CliRunner

import siting
from siting import Design
from siting.cli import app
from siting.errors import InputError


def invoke(*words: object) -> Any:
    """Run the command line."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the fewest tables: tariffs have neither basis nor period."""
    folder = tmp_path_factory.mktemp("studies") / "tiny"
    folder.mkdir()
    tables = {
        "hubs": "id,side,it_capacity_mw\na,east,20\nb,west,20\n",
        "workloads": "id,class,origin,it_mw\nw,training,a,5\nv,chat,a,5\n",
        "links": "source,target,length_km\na,b,1000\n",
        "tariffs": "hub,price_cny_per_mwh\na,600\nb,400\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def plan(tiny: Path) -> Path:
    """Give its plan."""
    folder = tiny.parent / "plan"
    assert invoke("solve", tiny, "-o", folder).exit_code == 0
    return folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--grid", "power-price.wst=1,2"), "Did you mean 'west'?"),
        (("--grid", "demand=1,2", "--grid", "demand=3"), "'demand' is varied twice"),
        (("--lhs", "demand=1:2", "--lhs", "demand=1:3"), "'demand' is varied twice"),
        (("--grid", "rtt_factor=1:2:1000000000"), "has 1,000,000,000 runs"),
        (("--grid", "hubz.pue=1"), "Did you mean 'hubs.pue'?"),
        (("--grid", "pue=stock,nw"), "sweep: pue: unknown word 'nw'."),
        (("--grid", "demand=1", "--resume"), "no effect without --output"),
        (("--grid", "demand=1", "--overwrite"), "no effect without --pareto"),
        (("--pareto", "cost,latency", "--overwrite"), "no effect without --output"),
        (("--pareto", "cost,latency", "--objective", "x"), "--objective does not go"),
        (("--pareto", "cost,latency", "--workers", "2"), "--workers does not go"),
        (("--pareto", "cost,latency", "--seed", "0"), "--seed does not go"),
        (("--grid", "demand=1", "--set", "carbon_cap_t=5"), "a key of policy.toml"),
    ],
)
def test_a_sweep_refuses(tiny: Path, words: tuple[str, ...], told: str) -> None:
    """Tests that what would be lost, or have no effect, is refused with its remedy.

    Without the checks the first case ends in a traceback, values of the second are
    dropped, the third fills the memory, and options of sweeps beside a front are
    silently ignored.
    """
    result = invoke("sweep", tiny, *words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_every_option_that_a_front_has_no_use_for(tiny: Path) -> None:
    """Tests that all of them are told at once."""
    words = ("--pareto", "cost,latency", "--hubs", "--baselines", "--grid", "demand=1")
    result = invoke("sweep", tiny, *words)
    assert "3 problems" in result.stderr


def test_a_front_is_not_replaced_unasked(tiny: Path, tmp_path: Path) -> None:
    """Tests that a second front is refused before it is looked for, or replaces."""
    words = ("sweep", tiny, "--pareto", "cost,latency", "-o", tmp_path / "front")
    assert invoke(*words).exit_code == 0
    before = (tmp_path / "front" / "points.csv").stat().st_mtime_ns
    again = invoke(*words)
    assert again.exit_code == 2
    assert "there is a front already" in again.stderr
    assert (tmp_path / "front" / "points.csv").stat().st_mtime_ns == before
    assert invoke(*words, "--overwrite").exit_code == 0
    front = siting.pareto(siting.load(str(tiny)), "cost", "latency")
    with pytest.raises(InputError, match="there is a front"):
        front.save(tmp_path / "front")


@pytest.mark.parametrize(
    ("words", "code", "states"),
    [
        (("--grid", "demand=99,100"), 3, {"infeasible"}),
        (("--grid", "hubs.pue=0.1,0.2"), 2, {"invalid"}),
        (("--grid", "demand=1,2", "--time-limit", "0.000001"), 5, {"failed"}),
        (("--grid", "demand=1,100"), 0, {"optimal", "infeasible"}),
    ],
)
def test_a_sweep_without_any_plan_has_an_exit_code(
    tiny: Path, words: tuple[str, ...], code: int, states: set[str]
) -> None:
    """Tests the exit code by what befell the runs; it would be 0 for all of them."""
    result = invoke("sweep", tiny, *words, "--json")
    facts = json.loads(result.stdout)
    assert set(facts["status"]) == states
    assert (result.exit_code, facts["exit_code"]) == (code, code)
    assert facts["ok"] is (code == 0)


def test_yes_and_no_beside_another_input() -> None:
    """Tests that a run with a yes/no setting can be solved again.

    Beside a number the column's values come back as numpy's, which a setting refused:
    "np.True_ is not true or false".
    """
    design = Design.grid({"accelerators_in_ledger": [True, False], "demand": [1, 1.1]})
    found = siting.sweep(scenario(), design)
    kept = [found.scenario(n).settings.accelerators_in_ledger for n in range(4)]
    assert kept == [True, True, False, False]
    changed = scenario().with_settings(accelerators_in_ledger=np.bool_(True))
    assert changed.settings.accelerators_in_ledger is True


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--break-even", "power-price.wst"), "break-even: power-price.wst: there is"),
        (("--break-even", "trnsfer-price"), "break-even: trnsfer-price: there is no"),
        (("--to", "5"), "--to: there is no range"),
        (("--break-even", "rtt-limit", "--from", "-1"), "the value -1 is not allowed"),
        (("--break-even", "rtt-limit*"), "Write rtt-limit."),
        (("--break-even", "latency-limit"), "Did you mean 'rtt-limit'?"),
    ],
)
def test_an_explanation_refuses(plan: Path, words: tuple[str, ...], told: str) -> None:
    """Tests that one problem names the option or the input that it is about."""
    result = invoke("explain", plan, *words)
    assert result.exit_code == 2
    assert "1 problem in" in result.stderr
    assert told in result.stderr


def test_a_limit_on_the_delay_has_one_name(plan: Path, tiny: Path) -> None:
    """Tests that break-even values and sweeps know the limit by the same name."""
    found = siting.Plan.load(plan).break_even("rtt-limit[class=chat]")
    assert found.unit == "ms"
    assert found.flips_of("chat") == pytest.approx((10.8,))
    assert found.flips_of("training") == ()
    runs = siting.sweep(siting.load(str(tiny)), {"rtt-limit.chat": [10.7, 10.9]}).runs
    assert runs["west_share:chat"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--link-share", "2"), "--link-share: this has no effect without --stages"),
        (("--hours-per-week", "40"), "no effect without --stages"),
        (("--spare", "a=2"), "no effect without --stages"),
        (("--stages", "--hours-per-week", "169"), "hours a week 169 is wrong"),
    ],
)
def test_a_comparison_refuses(plan: Path, words: tuple[str, ...], told: str) -> None:
    """Tests options of stages without stages, and a week of more than 168 hours."""
    result = invoke("compare", plan, plan, *words)
    assert result.exit_code == 2
    assert told in result.stderr
