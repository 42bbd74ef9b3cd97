"""Fixtures of the mathematical tests: cases of others, and the pipelines of a solve."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipelines import reloaded, solved

import siting

CASES = "SITING_CASES"


@pytest.fixture(scope="session")
def published() -> Path:
    """Give the folder with published cases; skip where it is absent."""
    folder = os.environ.get(CASES, "")
    if not folder:
        pytest.skip(f"no published cases: {CASES} does not name their folder")
    if not Path(folder).is_dir():
        pytest.skip(f"no published cases: {CASES} names no folder ({folder})")
    return Path(folder)


@pytest.fixture(params=["solve", "save, load, solve"])
def optimum(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., siting.Plan]:
    """Give a function that solves tables in one of the pipelines and audits the plan.

    It takes what ``Scenario.from_tables`` takes, and options of ``siting.solve``.
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
