"""Tests of the values of a sweep: which may be, and what is solved with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeping import scenario, tables
from typer.testing import CliRunner

import siting
from siting import Design
from siting.cli import app
from siting.errors import InputError


@pytest.mark.parametrize(
    ("name", "values", "held"),
    [
        ("carbon-price", [1, 10**20], [1.0, 1e20]),
        ("carbon-price", [2**53 + 1, 0.5], [2.0**53, 0.5]),
        ("carbon-price", [1, 2], [1, 2]),
        ("demand", [1, 0.5], [1.0, 0.5]),
        ("new_sides", [("west",), ("east", "west")], ["west", "east;west"]),
        ("policy.closed_hubs", [["far"], []], ["far", ""]),
        ("transfer_basis", np.array(["lease", "volume"]), ["lease", "volume"]),
        ("unserved_cny_per_mwh", [None, 10**20], [None, 1e20]),
    ],
)
def test_a_run_is_solved_with_what_its_row_tells(
    name: str, values: Any, held: list[Any], tmp_path: Path
) -> None:
    """Tests odd values: one type a column, and the cost of the row's own scenario.

    Without it the first three broke the sweep when it had been solved.
    """
    found = siting.sweep(scenario(), Design.grid({name: values}), tmp_path / "o")
    column = found.runs[name].astype(object)
    assert column.where(column.notna(), None).tolist() == held
    kinds = {type(value) for value in held if value is not None}
    assert {type(value) for value in column.dropna()} == kinds
    for number, row in found.runs.iterrows():
        plan = siting.solve(found.scenario(number))
        assert row["cost_cny"] == pytest.approx(plan.cost_cny, rel=1e-9)


def test_an_endless_factor_over_nothing() -> None:
    """Tests that inf times 0 is told, rather than taken for a blank cell.

    Blank, the capacity of the hub would be no limit.
    """
    parts = tables()
    parts["hubs"]["it_capacity_mw"] = [60.0, 0.0, 90.0]
    case = siting.Scenario.from_tables(**parts)
    found = siting.sweep(case, {"capacity": [1.0, float("inf")]})
    assert found.runs["status"].tolist() == ["optimal", "invalid"]
    assert "leaves no number" in found.runs["reason"][1]
    with pytest.raises(InputError, match="leaves no number"):
        found.scenario(1)


CALLS: dict[str, Callable[[], object]] = {
    "not a list": lambda: Design.grid({"demand": 1.0}),
    "is not a list": lambda: Design.grid({"demand": {"a": 1}}),
    "neither a number": lambda: siting.sweep(scenario(), {"demand": [{"a": 1}]}),
    "nor a word": lambda: siting.sweep(scenario(), {"demand": [[1, 2]]}),
    "larger than any": lambda: siting.sweep(scenario(), {"demand": [1, 10**400]}),
    "seed = -1": lambda: siting.sweep(scenario(), {"demand": "0:1"}, seed=-1),
    "seed = 0.5": lambda: Design.monte_carlo({"demand": "0:1"}, seed=0.5),  # type: ignore[arg-type]
    "samples = 2.5": lambda: Design.latin_hypercube({"demand": "0:1"}, 2.5),  # type: ignore[arg-type]
    "'all' is no number": lambda: siting.sweep(
        scenario(),
        {"demand": [1]},
        workers="all",  # type: ignore[arg-type]
    ),
    "'1.5' is no number": lambda: siting.sweep(
        scenario(),
        {"demand": [1]},
        workers=1.5,  # type: ignore[arg-type]
    ),
    "'foo' is no address": lambda: siting.sweep(
        scenario(), {"demand": [1]}, dask="foo"
    ),
    "99999' is no address": lambda: siting.sweep(
        scenario(), {"demand": [1]}, dask="tcp://a:99999"
    ),
}


@pytest.mark.parametrize("text", CALLS)
def test_an_argument_of_another_kind_is_refused_in_words(text: str) -> None:
    """Tests that each is bad input, not an error of Python's, and told at once."""
    with pytest.raises(InputError, match=text):
        CALLS[text]()


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("[grid]\ndemand = 1\n", 2, "not a list of values"),
        ('[grid]\nnew_sides = [["west"], ["east", "west"]]\n', 0, "2"),
        ('[sample]\n"policy.closed_hubs" = [["far"], ["west"]]\n', 0, "optimal"),
    ],
)
def test_lists_in_a_file(text: str, code: int, told: str, tmp_path: Path) -> None:
    """Tests what a file may give where a list stands, with one JSON at all events."""
    path = tmp_path / "vary.toml"
    path.write_text(text)
    folder = str(scenario().save(tmp_path / "case"))
    done = CliRunner().invoke(app, ["sweep", folder, "--vary", str(path), "--json"])
    assert done.exit_code == code
    assert told in done.stdout
