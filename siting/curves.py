"""What a plan draws and carries in each period, from its tables."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.energy import hub_energy
from siting.lookup import positions
from siting.periods import profile_factors

if TYPE_CHECKING:
    from siting.plan import Plan
    from siting.scenario import Scenario

Floats = np.ndarray


def placement_mw(plan: "Plan") -> Floats:
    """Give the MW of each row of ``placement`` (rows) in each period (columns)."""
    scenario, placed = plan.scenario, plan.placement
    factors = profile_factors(scenario.profiles, scenario.periods)
    profile, at_one = _by_profile(plan, factors)
    drawn = at_one[:, None] * factors.to_numpy(float)[profile]
    pairs = pd.MultiIndex.from_frame(placed[["workload", "hub"]])
    rows = pairs.get_indexer(
        pd.MultiIndex.from_frame(plan.schedule[["workload", "hub"]])
    )
    when = positions(scenario.periods.index, plan.schedule["period"])
    known = (rows >= 0) & (when >= 0)
    drawn[rows[known], when[known]] = plan.schedule["it_mw"].to_numpy(float)[known]
    return np.asarray(drawn)


def _by_profile(plan: "Plan", factors: pd.DataFrame) -> tuple[np.ndarray, Floats]:
    """Give the profile of each row of ``placement``, and its MW at factor 1.

    Rows that have a schedule of their own have no MW here.
    """
    scenario, placed = plan.scenario, plan.placement
    workload = positions(scenario.workloads.index, placed["workload"])
    profile = scenario.workloads["profile"].to_numpy(object)[workload]
    at_one = placed["share"].to_numpy(float) * scenario.it_mw.to_numpy(float)[workload]
    at_one[scheduled(scenario)[workload]] = 0.0
    return positions(factors.index, profile), at_one


def scheduled(scenario: "Scenario") -> np.ndarray:
    """Tell which workloads have a schedule of their own."""
    workloads = scenario.workloads
    if len(scenario.periods) == 1:
        return np.zeros(len(workloads), dtype=bool)
    bursts = (workloads["manner"] == "deferrable") & (workloads["burst"] > 1.0)
    return ((workloads["manner"] == "movable") | bursts).to_numpy(bool)


def hub_it_mw(plan: "Plan") -> pd.DataFrame:
    """Give the IT load of every hub (rows) in every period (columns), MW."""
    scenario, timed = plan.scenario, plan.schedule
    hubs, periods = scenario.hubs.index, scenario.periods.index
    factors = profile_factors(scenario.profiles, scenario.periods)
    profile, at_one = _by_profile(plan, factors)
    by_profile = np.zeros((len(hubs), len(factors)))
    np.add.at(by_profile, (positions(hubs, plan.placement["hub"]), profile), at_one)
    total = by_profile @ factors.to_numpy(float)
    hub, period = positions(hubs, timed["hub"]), positions(periods, timed["period"])
    known = (hub >= 0) & (period >= 0)
    amount = timed["it_mw"].to_numpy(float)[known]
    np.add.at(total, (hub[known], period[known]), amount)
    return pd.DataFrame(total, hubs, periods)


def periods_table(plan: "Plan") -> pd.DataFrame:
    """Load, green supply and price of the whole plan in each period.

    Returns
    -------
    DataFrame
        By period: ``hours``, ``it_mw``, ``facility_mw``, ``green_mw`` (contracted) and
        ``price_cny_per_mwh`` (mean over the power drawn).
    """
    energy = hub_energy(plan.scenario)
    it_mw = hub_it_mw(plan).to_numpy(float)
    facility_mw = it_mw * energy.pue
    total = facility_mw.sum(axis=0)
    paid = (facility_mw * energy.price_cny_per_mwh).sum(axis=0)
    price = np.divide(paid, total, out=np.full(len(total), np.nan), where=total > 0)
    return pd.DataFrame(
        {
            "hours": energy.hours,
            "it_mw": it_mw.sum(axis=0),
            "facility_mw": total,
            "green_mw": (facility_mw * energy.green_share).sum(axis=0),
            "price_cny_per_mwh": price,
        },
        index=plan.scenario.periods.index,
    )


def route_nodes(plan: "Plan") -> list[list[str]]:
    """Nodes along each row of ``routes``, from sender to receiver."""
    links = plan.scenario.links
    ends = {
        link: {source: target, target: source}
        for link, source, target in zip(
            links.index, links["source"], links["target"], strict=True
        )
    }
    homes = plan.scenario.hubs["node"]
    paths: dict[tuple[str, str], list[str]] = {}
    found = []
    for origin, hub, direction, ids in zip(
        *(plan.routes[c] for c in ("origin", "hub", "direction", "links")), strict=True
    ):
        start = origin if direction == "to-hub" else str(homes[hub])
        if (start, ids) not in paths:
            nodes = [start]
            for link in ids.split(";") if ids else ():
                nodes.append(ends[link][nodes[-1]])
            paths[start, ids] = nodes
        found.append(paths[start, ids])
    return found


def link_gbps(plan: "Plan") -> pd.DataFrame:
    """Load of every link in each direction in every period, Gbps.

    Returns
    -------
    DataFrame
        Indexed by ``link`` and ``direction`` (``forward``: from source to target,
        ``backward``), one column a period.
    """
    scenario, routes = plan.scenario, plan.routes
    links = scenario.links
    hops = pd.DataFrame(
        {
            "route": np.arange(len(routes)),
            "link": [ids.split(";") if ids else [] for ids in routes["links"]],
            "start": [nodes[:-1] for nodes in route_nodes(plan)],
        }
    ).explode(["link", "start"])
    hops = hops[hops["link"].notna()]
    number = positions(links.index, hops["link"])
    source = links["source"].to_numpy(object)[number]
    backward = source != hops["start"].to_numpy(object)
    arc = number + len(links) * backward
    route = hops["route"].to_numpy(int)
    factors = profile_factors(scenario.profiles, scenario.periods)
    period = positions(scenario.periods.index, routes["period"])
    profile = positions(factors.index, routes["profile"])
    gbps = routes["gbps"].to_numpy(float)
    fixed = period[route] < 0
    by_profile = np.zeros((2 * len(links), len(factors)))
    np.add.at(by_profile, (arc[fixed], profile[route[fixed]]), gbps[route[fixed]])
    load = by_profile @ factors.to_numpy(float)
    single = ~fixed
    np.add.at(load, (arc[single], period[route[single]]), gbps[route[single]])
    index = pd.MultiIndex.from_product(
        [["forward", "backward"], links.index], names=["direction", "link"]
    )
    frame = pd.DataFrame(load, index, scenario.periods.index)
    return frame.swaplevel()
