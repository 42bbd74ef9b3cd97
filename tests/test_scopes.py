"""Limits that tables call by a number, told by what they are about."""

from pathlib import Path

import pytest
from pipelines import solved
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.plot.fonts import chinese_family
from siting.report.subjects import limit_words


def sent_west() -> siting.Plan:
    """Two workloads that would stay in the east, where power is cheaper.

    Policy sends half of the training west, and wants green power, which only the west
    has, for a quarter of the rest.
    """
    workloads = [
        {"id": name, "class": kind, "origin": "n", "it_mw": 4.0}
        for name, kind in (("train", "training"), ("chat", "interactive"))
    ]
    hubs = [
        {"id": "harbour", "node": "n", "side": "east", "it_capacity_mw": 9.0},
        {"id": "steppe", "node": "n", "side": "west", "it_capacity_mw": 9.0}
        | {"green_share": 1.0},
    ]
    tariffs = [
        {"hub": "harbour", "price_cny_per_mwh": 600.0},
        {"hub": "steppe", "price_cny_per_mwh": 700.0},
    ]
    policy = {
        "placement_min": [
            {"share": 0.1, "side": "west", "class": "interactive"},
            {"share": 0.5, "side": "west", "class": "training"},
        ],
        "green_min": [{"share": 0.25, "class": "interactive"}],
    }
    tables = {"workloads": workloads, "hubs": hubs, "tariffs": tariffs}
    scenario = siting.Scenario.from_tables(**tables, policy=policy)
    plan = solved(scenario)
    siting.audit(plan).raise_if_wrong()
    return plan


def test_limits_of_the_policy_are_told_in_words() -> None:
    """Tests the summary, the figure and the report; "placement-min 1" said nothing."""
    plan = sent_west()
    training = "class training on side west"
    told = [training, "class interactive"]
    kinds = ["placement-min", "green"]
    bound = plan.limits[plan.limits["worth"] > 0].set_index("kind").loc[kinds]
    assert bound["subject"].tolist() == ["1", "0"]
    reported = [limit_words(plan, *of) for of in bound["subject"].items()]
    assert reported == told
    ax = plan.plot.prices()
    assert [label.get_text() for label in ax.get_yticklabels()] == told
    text = plan.summary()
    assert f"placement-min {training}, MW" in text
    assert "green class interactive, MWh" in text


def test_limits_of_the_policy_are_told_in_the_language_of_the_figure() -> None:
    """Tests that a figure in Chinese does not mix languages."""
    ax = sent_west().plot.prices(lang="zh")
    label = ax.get_yticklabels()[0].get_text()
    assert ("class" in label) == (chinese_family() is None)


def test_stages_are_told_by_what_they_optimise() -> None:
    """Tests that an earlier stage that is kept is no number either."""
    scenario = sent_west().scenario
    plan = solved(scenario, objective=["green", "cost"])
    siting.audit(plan).raise_if_wrong()
    assert "  stage green" in plan.summary()


@pytest.mark.parametrize("command", ["solve", "sweep"])
def test_an_address_is_told_by_its_option(command: str, tmp_path: Path) -> None:
    """Tests that a wrong address is that of --dask, not of an argument in Python."""
    folder = str(sent_west().scenario.save(tmp_path / "case"))
    more = ["--grid", "demand=0.9,1.1"] if command == "sweep" else []
    places = ["--dask", "foo", "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [command, folder, *more, *places])
    assert done.exit_code == 2
    assert "--dask: 'foo' is no address of a scheduler" in done.stderr
