"""Both ways to solve a scenario give the same optimum: a script for many of them.

``python tests/agreement.py 500`` draws that many and prints what differs.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

import numpy as np
import pandas as pd
from random_scenario import draw

import siting

COPIES = 6
# What workloads that are otherwise alike may differ in.
VARIED = ("to_hub_gbps_per_mw", "from_hub_gbps_per_mw", "accelerator_cny_per_mw_year")
SAME = 1e-6
# One scenario in so many has little room; most of these have no plan.
SHORT_OF_ROOM = 6
# The one before has narrow links, and must serve all: many fit only where workloads
# that are alike but for their rates go to different hubs.
SHORT_OF_LINKS = 5


@dataclass(frozen=True)
class Verdict:
    """How two solves of a scenario compare.

    Attributes
    ----------
    status : str
        ``optimal``, ``infeasible`` or what differs.
    difference : float
        Of the objectives, relative.
    """

    status: str
    difference: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether both found the same."""
        return self.status != "differs" and self.difference <= SAME


def multiplied(scenario: siting.Scenario, seed: int) -> siting.Scenario:
    """Make several workloads of each, alike but for their size, rates and rent."""
    random = np.random.default_rng(seed)
    frame = scenario.workloads.reset_index(drop=True)
    parts = []
    for copy in range(COPIES):
        part = frame.copy()
        if copy:
            part["id"] += f"-{copy}"
            part["home_hub"] = ""
        size = random.uniform(0.2, 1.8, len(part)) / COPIES
        part["it_mw"] *= size
        part["dataset_tb"] *= size
        for name in VARIED:
            part[name] *= random.lognormal(0.0, 0.5, len(part))
        parts.append(part)
    return scenario.replace(workloads=pd.concat(parts, ignore_index=True))


def movable(scenario: siting.Scenario) -> siting.Scenario:
    """Let all workloads move from period to period, with nothing that ties these."""
    frame = scenario.workloads.reset_index(drop=True)
    free = frame.assign(manner="movable", green_share_min=0.0, dataset_tb=0.0)
    # A profile of its own is what only deferrable workloads may lack.
    least = free["profile"].where(free["profile"] != "", frame["profile"].max())
    freed = scenario.replace(workloads=free.assign(profile=least, burst=1.0))
    basis = {"transfer_basis": "volume"} if len(scenario.transfer_prices) else {}
    return freed.with_settings(room="pooled", accelerators_in_ledger=False, **basis)


def verdict(
    seed: int, change: Callable[[siting.Scenario], siting.Scenario] | None = None
) -> Verdict:
    """Solve a random scenario both ways, and audit both plans."""
    scenario, objective = draw(seed)
    if len(scenario.current):
        # What stays is solved over all workloads only.
        scenario = scenario.replace(current=scenario.current.iloc[:0])
    scenario = multiplied(scenario, seed)
    if change is not None:
        scenario = change(scenario)
    if seed % SHORT_OF_ROOM == 0:
        room = scenario.hubs.reset_index(drop=True)
        less = room["it_capacity_mw"] * 0.3
        scenario = scenario.replace(hubs=room.assign(it_capacity_mw=less))
    if seed % SHORT_OF_ROOM == SHORT_OF_LINKS and len(scenario.links):
        links = scenario.links.reset_index(drop=True)
        less = links["capacity_gbps"] * 0.3
        narrow = links.assign(capacity_gbps=less, widen_max_gbps=0.0)
        scenario = scenario.replace(links=narrow)
        scenario = scenario.with_settings(unserved_cny_per_mwh=None)
    found: list[float | None] = []
    for method in ("plain", "aggregated"):
        try:
            with mock.patch("siting.explain.explain_infeasible", return_value=""):
                plan = siting.solve(
                    scenario, objective=objective, method=method, baselines=False
                )
        except siting.Infeasible:
            found.append(None)
            continue
        siting.audit(plan).raise_if_wrong()
        found.append(float(plan.manifest["objective"]))
    one, two = found
    if one is None or two is None:
        return Verdict("infeasible" if one is two else "differs")
    return Verdict("optimal", abs(one - two) / max(1.0, abs(one)))


def main(first: int, count: int) -> int:
    """Compare many scenarios; give how many differ."""
    wrong, statuses, worst = 0, dict.fromkeys(("optimal", "infeasible"), 0), 0.0
    for seed in range(first, first + count):
        try:
            found = verdict(seed)
        except siting.SitingError as error:
            found = Verdict("differs")
            print(f"seed {seed}: {error}", flush=True)
        statuses[found.status] = statuses.get(found.status, 0) + 1
        worst = max(worst, found.difference)
        if not found.agrees:
            wrong += 1
            print(f"seed {seed}: {found}", flush=True)
    print(f"{count} scenarios: {statuses}, {wrong} differ, worst {worst:.1e}")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main(0, int(sys.argv[1])) > 0)
