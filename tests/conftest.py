"""Fixtures of the mathematical tests: cases of others, and the pipelines of a solve."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import siting

CASES = "SITING_CASES"


@pytest.fixture(scope="session")
def cases() -> Path:
    """Give the folder with published cases; skip where it is absent."""
    folder = os.environ.get(CASES, "")
    if not folder:
        pytest.skip(f"no published cases: set {CASES} to their folder")
    if not Path(folder).is_dir():
        pytest.skip(f"no published cases: {CASES} names no folder ({folder})")
    return Path(folder)


def solved(scenario: siting.Scenario, **options: Any) -> siting.Plan:
    """Solve a scenario as it is."""
    return siting.solve(scenario, baselines=False, **options)


def reloaded(
    scenario: siting.Scenario, folder: Path, **options: Any
) -> siting.Plan:
    """Save a scenario, load it and solve what was loaded."""
    scenario.save(folder / "scenario", overwrite=True)
    return solved(siting.Scenario.load(folder / "scenario"), **options)


@pytest.fixture(params=["solve", "save, load, solve"])
def optimum(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., siting.Plan]:
    """Give a function that solves tables in one of the pipelines and audits the plan.

    It takes what ``Scenario.from_tables`` takes, and ``objective``.
    """

    def solve(**tables: Any) -> siting.Plan:
        options = {k: tables.pop(k) for k in ("objective", "solver") if k in tables}
        scenario = siting.Scenario.from_tables(**tables)
        if request.param == "solve":
            plan = solved(scenario, **options)
        else:
            plan = reloaded(scenario, tmp_path, **options)
        siting.audit(plan).raise_if_wrong()
        return plan

    return solve
