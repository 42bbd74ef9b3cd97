"""Ways from tables to a plan."""

from pathlib import Path
from typing import Any

import siting

# 1 MW at the one hub.
ONE_HUB: dict[str, Any] = {
    "hubs": [{"id": "a", "it_capacity_mw": 10.0}],
    "workloads": [{"id": "w", "class": "batch", "origin": "o", "it_mw": 1.0}],
}


def solved(scenario: siting.Scenario, **options: Any) -> siting.Plan:
    """Solve a scenario as it is."""
    return siting.solve(scenario, baselines=False, **options)


def reloaded(scenario: siting.Scenario, folder: Path, **options: Any) -> siting.Plan:
    """Save a scenario, load it and solve what was loaded."""
    scenario.save(folder / "scenario", overwrite=True)
    return solved(siting.Scenario.load(folder / "scenario"), **options)
