"""The linear program of a plan as an LP or MPS file."""

from pathlib import Path
from typing import TYPE_CHECKING

from siting.solve import solve

if TYPE_CHECKING:
    from siting.plan import Plan


def stage_texts(plan: "Plan") -> list[str]:
    """Return the stages of a plan as ``solve`` takes them."""
    stages = list(plan.manifest.get("options", {}).get("stages", []))
    if len(stages) > 1 and stages[0]["weights"] == {"unserved": 1.0}:
        # The solver puts this stage first by itself.
        stages = stages[1:]
    return [
        "+".join(f"{name}={weight!r}" for name, weight in stage["weights"].items())
        + f":{stage['slack']!r}"
        for stage in stages
    ] or ["cost"]


def write_lp(plan: "Plan", path: Path) -> None:
    """Solve the plan's scenario once more and write the last program as LP."""
    solve(plan.scenario, objective=stage_texts(plan), baselines=False, lp_path=path)


def write_mps(plan: "Plan", path: Path) -> None:
    """Solve the plan's scenario once more and write the last program as MPS."""
    solve(plan.scenario, objective=stage_texts(plan), baselines=False, mps_path=path)
