"""The limits that a planner knows by name, and which of them a scenario has."""

import numpy as np

from siting.lookup import position
from siting.model.green import green_rules
from siting.model.instance import Instance

Key = tuple[str, int]
"""Kind of a limit and the position of its subject in the table it stands in."""

Limits = frozenset[Key]

# Limits on amounts: each may give way by some MW, Gbps, MWh, t or share.
SOFT = (
    "room",
    "ingress",
    "egress",
    "link",
    "certificate",
    "green",
    "carbon-cap",
    "placement-min",
    "placement-max",
    "churn",
    "demand",
)
# Limits on who may go where.
REACH = ("latency", "regions", "closed")
LEAST_ROOM = "reserved-min"

# Limits whose subject is a workload.
WORKLOAD_KINDS = ("demand", "latency", "regions")

# A demand that is left out cannot help to keep any of these.
HARMLESS = ("room", "ingress", "egress", "link", "demand", LEAST_ROOM, *REACH)


def limits_of(instance: Instance) -> Limits:
    """Give every limit of a scenario that is finite."""
    scenario = instance.scenario
    hubs, links, policy = scenario.hubs, scenario.links, scenario.policy
    found: list[Key] = []

    def add(kind: str, places: np.ndarray) -> None:
        found.extend((kind, int(place)) for place in np.flatnonzero(places))

    add("room", np.isfinite(hubs["it_capacity_mw"].to_numpy(float)))
    add("ingress", np.isfinite(hubs["ingress_gbps"].to_numpy(float)))
    add("egress", np.isfinite(hubs["egress_gbps"].to_numpy(float)))
    if len(links):
        add("link", np.isfinite(instance.headroom_gbps))
    if scenario.settings.certificates != "off":
        most = scenario.certificates["max_mwh"].to_numpy(float)
        add("certificate", np.isfinite(most))
    add("green", np.ones(len(green_rules(scenario)), dtype=bool))
    add("carbon-cap", np.array([policy.carbon_cap_t is not None]))
    add("placement-min", np.ones(len(policy.placement_min), dtype=bool))
    add("placement-max", np.ones(len(policy.placement_max), dtype=bool))
    moves = policy.churn_max_share is not None and not scenario.current.empty
    add("churn", np.array([moves]))
    # Where demand has a price, any of it may go unserved.
    must = scenario.settings.unserved_cny_per_mwh is None
    add("demand", np.full(len(scenario.workloads), must))
    add("latency", np.isfinite(instance.rtt_limit_ms))
    add("regions", confined(instance))
    add("closed", closed(instance))
    add(LEAST_ROOM, least_room_mw(instance) > 0)
    return frozenset(found)


def confined(instance: Instance) -> np.ndarray:
    """Workloads (mask) that may not go everywhere."""
    frame = instance.scenario.workloads
    columns = (
        "allowed_hubs",
        "allowed_sides",
        "allowed_provinces",
        "excluded_hubs",
    )
    lists = [frame[name].map(len).to_numpy(int) > 0 for name in columns]
    return np.asarray(np.any(lists, axis=0))


def closed(instance: Instance) -> np.ndarray:
    """Hubs (mask) that are closed, in their table or by policy."""
    hubs = instance.scenario.hubs
    by_policy = hubs.index.isin(instance.scenario.policy.closed_hubs)
    return np.asarray(by_policy | ~hubs["open"].to_numpy(bool))


def least_room_mw(instance: Instance) -> np.ndarray:
    """Room that the policy keeps open, by hub."""
    hubs = instance.scenario.hubs.index
    least = np.zeros(len(hubs))
    for floor in instance.scenario.policy.reserved_min:
        place = position(hubs, floor.hub)
        least[place] = max(least[place], floor.mw)
    return least


def most_room_mw(instance: Instance) -> np.ndarray:
    """Room that stands or may be built, by hub."""
    hubs = instance.scenario.hubs
    standing = hubs["it_capacity_mw"].to_numpy(float)
    return np.asarray(standing + hubs["build_max_mw"].to_numpy(float))


def subject_of(instance: Instance, key: Key) -> str:
    """Give the id of what a limit is about, as in the table of limits."""
    kind, place = key
    scenario = instance.scenario
    if kind in ("room", "ingress", "egress", "closed", LEAST_ROOM):
        return str(scenario.hubs.index[place])
    if kind == "link":
        return str(scenario.links.index[place])
    if kind == "certificate":
        return str(scenario.certificates.index[place])
    if kind in WORKLOAD_KINDS:
        return str(scenario.workloads.index[place])
    if kind == "green":
        return green_rules(scenario)[place].subject
    return str(place) if kind in ("placement-min", "placement-max") else ""


def size_of(instance: Instance, key: Key) -> float:
    """Give the amount of a soft limit in its own unit."""
    kind, place = key
    scenario = instance.scenario
    policy = scenario.policy
    if kind in ("room", "closed"):
        return float(scenario.hubs["it_capacity_mw"].iloc[place])
    if kind in ("ingress", "egress"):
        return float(scenario.hubs[f"{kind}_gbps"].iloc[place])
    if kind == "link":
        return float(instance.headroom_gbps[place])
    if kind == "certificate":
        return float(scenario.certificates["max_mwh"].iloc[place])
    if kind == "green":
        return green_rules(scenario)[place].share
    if kind == "carbon-cap":
        return float(policy.carbon_cap_t or 0.0)
    if kind == "placement-min":
        return policy.placement_min[place].share
    if kind == "placement-max":
        return policy.placement_max[place].share
    if kind == "churn":
        return float(policy.churn_max_share or 0.0)
    if kind == LEAST_ROOM:
        return float(least_room_mw(instance)[place])
    return float(instance.it_mw[place])
