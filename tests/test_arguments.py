"""Tests of arguments that are of another kind than a function takes."""

from collections.abc import Callable
from typing import Any

import pytest
from pipelines import ONE_HUB

import siting
from siting.errors import InputError

SCENARIO = siting.Scenario.from_tables(**ONE_HUB)
OF_A_SCENARIO: dict[str, Callable[[Any], object]] = {
    "solve": siting.solve,
    "claims": siting.claims,
    "pareto": siting.pareto,
    "baseline_plan": siting.baseline_plan,
    "sweep": lambda scenario: siting.sweep(scenario, {"power-price": [1.0]}),
}


@pytest.mark.parametrize("name", OF_A_SCENARIO)
@pytest.mark.parametrize("given", ["china", None])
def test_what_is_no_scenario_is_refused(name: str, given: object) -> None:
    """Tests that the name of a region says what to do, and is no AttributeError."""
    with pytest.raises(
        InputError, match=r"^scenario: this is no scenario.*siting.load"
    ):
        OF_A_SCENARIO[name](given)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": None}, "^objective: None is no objective"),
        ({"objective": ["cost", 1]}, "is no objective"),
        ({"solver": None}, "^solver: None is not a text"),
        ({"solver": "HIGS"}, "^solver: no solver 'HIGS'"),
        ({"method": None}, "^method: None is not a text"),
        ({"time_limit_s": "5"}, "^time_limit_s: '5' is no number of seconds"),
        ({"time_limit_s": float("nan")}, "nan is no number of seconds"),
        ({"time_limit_s": -1}, "-1 is no number of seconds"),
        ({"time_limit_s": True}, "True is no number of seconds"),
    ],
)
def test_options_of_another_kind_are_refused(
    options: dict[str, Any], message: str
) -> None:
    """Tests that they are named as in Python, and are input errors as is promised."""
    with pytest.raises(InputError, match=message):
        siting.solve(SCENARIO, **options)


def test_an_objective_may_be_given_once_through() -> None:
    """Tests that to look at the stages does not use up an iterator over them."""
    plan = siting.solve(SCENARIO, objective=iter(["carbon-location", "cost"]))
    assert len(plan.manifest["options"]["stages"]) >= 2


def test_numbers_that_mean_nothing_are_refused() -> None:
    """No workers are not all of them, and fewer than no rows not all but some."""
    with pytest.raises(InputError, match="'0' is no number of workers"):
        siting.sweep(SCENARIO, {"power-price": [1.0]}, workers=0)
    with pytest.raises(InputError, match="-1 is no number of rows"):
        siting.solve(SCENARIO).decided_by(-1)


def test_no_place_is_not_the_working_directory() -> None:
    """Tests that an empty name, of a variable not set, does not load what lies here."""
    with pytest.raises(InputError, match="no region and no directory ''"):
        siting.load("")


def test_a_locale_is_told_its_language() -> None:
    """Tests that ``zh_CN`` is told to be zh."""
    with pytest.raises(InputError, match="Did you mean 'zh'"):
        siting.language("zh_CN")


def test_a_scenario_without_a_name_is_called_unnamed() -> None:
    """Tests that the first line of a summary is never ``()``."""
    plan = siting.solve(SCENARIO.with_settings(name="", title=""))
    assert plan.summary().splitlines()[0] == "unnamed"
    assert repr(plan).startswith("Plan(unnamed: ")
