"""Routes on the graph, flow conservation, and the loads of links and hubs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.audit.draws import Decisions, known, once, positive
from siting.audit.network import FROM_HUB, TO_HUB, Trip
from siting.audit.report import Findings
from siting.audit.world import World, alike, firsts, positions
from siting.plan import Plan

Floats = np.ndarray
COMMODITY = ["origin", "hub", "direction", "rtt_limit_ms", "profile", "period"]


@dataclass(frozen=True, eq=False)
class Traffic:
    """Flows in every period.

    Attributes
    ----------
    load, far : ndarray of shape (flow limits, periods)
        Gbps, in the rows of ``Network.limits``; of it what is not local.
    arc_peak, arc_mean : ndarray
        Largest and hour-weighted mean flow of each arc, Gbps.
    ingress, egress : ndarray of shape (hubs, periods)
        Gbps.
    """

    load: Floats
    far: Floats
    arc_peak: Floats
    arc_mean: Floats
    ingress: Floats
    egress: Floats


def check_traffic(
    plan: Plan, world: World, decisions: Decisions, findings: Findings
) -> Traffic:
    """Check routes and conservation of flow; give the loads that follow."""
    draws = decisions.draws
    ingress = draws.by_hub_period(world.to_rate)
    egress = draws.by_hub_period(world.from_rate)
    if not world.has_links:
        if len(plan.routes):
            fault = "There are routes, but the scenario has no links"
            findings.add("routes", message=fault)
        load = np.zeros((0, len(world.periods)))
        return Traffic(load, load, np.zeros(0), np.zeros(0), ingress, egress)
    routes = plan.routes
    keys = routes[[*COMMODITY[:3], "nodes", "period"]]
    once(findings, "routes", routes[[*COMMODITY, "nodes", "links"]])
    origin = known(findings, "routes", keys, routes, "origin", world.origins)
    hub = known(findings, "routes", keys, routes, "hub", world.hubs)
    gbps = positive(findings, "routes", keys, routes, "gbps")
    direction = routes["direction"].to_numpy(object)
    way = np.isin(direction, [TO_HUB, FROM_HUB])
    findings.rows("routes", keys, ~way, "direction", "The name is unknown")
    blank = (routes["period"] == "").to_numpy()
    period = positions(world.periods, routes["period"])
    lost = (period < 0) & ~blank
    findings.rows("routes", keys, lost, "period", "The name is unknown")
    profile = positions(world.profiles, routes["profile"])
    odd = blank & (profile < 0)
    findings.rows("routes", keys, odd, "profile", "The name is unknown")
    good = (origin >= 0) & (hub >= 0) & way & ~lost & ~odd
    trips = _trips(world, routes, keys, origin, hub, good, findings)
    _route_columns(world, routes, keys, origin, hub, trips, good, findings)
    _flow_columns(world, routes, keys, gbps, profile, period, good, findings)
    _conservation(world, decisions, routes[good], gbps[good], findings)
    arc_load = _arc_loads(world, gbps, profile, period, blank, trips)
    paid = np.where(good, gbps * world.wan[origin, hub], 0.0)
    arc_far = _arc_loads(world, paid, profile, period, blank, trips)
    limit = world.network.arcs["limit"].to_numpy(int)
    load, far = np.zeros((2, len(world.network.limits), len(world.periods)))
    np.add.at(load, limit, arc_load)
    np.add.at(far, limit, arc_far)
    return Traffic(
        load,
        far,
        arc_load.max(axis=1, initial=0.0),
        arc_load @ world.hours / world.year_hours,
        ingress,
        egress,
    )


def _trips(
    world: World,
    routes: pd.DataFrame,
    keys: pd.DataFrame,
    origin: np.ndarray,
    hub: np.ndarray,
    good: np.ndarray,
    findings: Findings,
) -> list[Trip | None]:
    """Walk each distinct route once."""
    walked: dict[tuple[object, ...], Trip] = {}
    trips: list[Trip | None] = []
    faults: dict[str, list[bool]] = {}
    columns = ["direction", "nodes", "links"]
    rows = routes[columns].itertuples(index=False, name=None)
    for number, (direction, nodes, links) in enumerate(rows):
        if not good[number]:
            trips.append(None)
            continue
        ends = (int(origin[number]), int(hub[number]))
        key = (*ends, direction, nodes, links)
        if key not in walked:
            start = int(world.origin_node[ends[0]])
            end = int(world.hub_node[ends[1]])
            if direction == FROM_HUB:
                start, end = end, start
            walked[key] = world.network.follow(nodes, links, start, end)
        trip = walked[key]
        trips.append(trip)
        if trip.fault:
            marks = faults.setdefault(trip.fault, [False] * len(routes))
            marks[number] = True
    for fault, marks in faults.items():
        findings.rows("routes", keys, np.array(marks), "nodes", fault)
    return trips


def _route_columns(
    world: World,
    routes: pd.DataFrame,
    keys: pd.DataFrame,
    origin: np.ndarray,
    hub: np.ndarray,
    trips: list[Trip | None],
    good: np.ndarray,
    findings: Findings,
) -> None:
    sound = np.array([t is not None and not t.fault for t in trips], bool)
    km = np.array([t.length_km if t else np.nan for t in trips])
    delay = np.array([t.one_way_ms if t else np.nan for t in trips])
    to_hub = (routes["direction"] == TO_HUB).to_numpy()
    rtt = world.path_rtt(origin, hub, delay, to_hub)
    table, names = routes[sound], keys[sound]
    limit = table["rtt_limit_ms"].to_numpy(float)
    findings.close(
        "routes", names, "length_km", table["length_km"], km[sound], "Not its length"
    )
    findings.close(
        "routes", names, "rtt_ms", table["rtt_ms"], rtt[sound], "Not the route's RTT"
    )
    late = rtt[sound] > limit + findings.tolerance
    fault = "The route is slower than its limit"
    findings.differ("routes", names, "rtt_ms", rtt[sound], limit, late, fault)


def _flow_columns(
    world: World,
    routes: pd.DataFrame,
    keys: pd.DataFrame,
    gbps: Floats,
    profile: np.ndarray,
    period: np.ndarray,
    good: np.ndarray,
    findings: Findings,
) -> None:
    fixed = (routes["period"] == "").to_numpy()
    part = world.hours[period] / world.year_hours
    mean = gbps * np.where(fixed, world.mean_factor[profile], part)
    peak = gbps * np.where(fixed, world.peak_factor[profile], 1.0)
    table, names = routes[good], keys[good]
    fault = "Not the hour-weighted mean"
    findings.close("routes", names, "gbps_mean", table["gbps_mean"], mean[good], fault)
    fault = "Not the largest flow"
    findings.close("routes", names, "gbps_peak", table["gbps_peak"], peak[good], fault)


def _conservation(
    world: World,
    decisions: Decisions,
    routes: pd.DataFrame,
    gbps: Floats,
    findings: Findings,
) -> None:
    """Check that a commodity's flows add up to the rate × power placed."""
    draws = decisions.draws
    w = draws.workload
    kind = (world.origin, world.limit_ms, world.profile)
    number = alike(*(each[w] for each in kind), draws.hub, draws.period)
    first = firsts(number)
    origin, limit_ms, profile = (each[w[first]] for each in kind)
    timed = ~draws.flat[first] | (world.settings.routing == "by-period")
    parts = []
    for direction, rate in ((TO_HUB, world.to_rate), (FROM_HUB, world.from_rate)):
        moved = np.bincount(number, draws.amount * rate[w], len(first))
        fixed = pd.DataFrame(
            {
                "origin": origin,
                "hub": draws.hub[first],
                "direction": direction,
                "rtt_limit_ms": limit_ms,
                "profile": profile,
                "period": draws.period[first],
                "flow": moved,
            }
        )
        fixed = fixed[moved > 0]
        parts.append(_by_period(world, fixed, timed[moved > 0]))
    need = pd.concat(parts, ignore_index=True)
    need["origin"] = world.origins[need["origin"]]
    need["hub"] = world.hubs[need["hub"]]
    names = np.append(world.profiles, "")
    need["profile"] = names[need["profile"].to_numpy(int)]
    names = np.append(world.periods, "")
    need["period"] = names[need["period"].to_numpy(int)]
    listed = routes[COMMODITY].astype({c: object for c in COMMODITY if c[:3] != "rtt"})
    found = listed.assign(flow=gbps).groupby(COMMODITY)["flow"].sum()
    wanted = need.groupby(COMMODITY)["flow"].sum()
    both = pd.concat([found, wanted], axis=1, keys=["found", "wanted"]).fillna(0.0)
    got, due = both["found"].to_numpy(float), both["wanted"].to_numpy(float)
    off = np.abs(got - due) > findings.tolerance * np.maximum(1.0, due)
    keys = pd.Series(["/".join(map(str, key)) for key in both.index], dtype=object)
    fault = "The flows do not add up to the data rate of the power placed"
    findings.differ("routes", keys, "gbps", got, due, off, fault)


def _by_period(world: World, flows: pd.DataFrame, timed: np.ndarray) -> pd.DataFrame:
    """Repeat flat flows whose routes differ by period for each period."""
    fixed = flows[~timed]
    single = flows[timed & (flows["period"] >= 0).to_numpy()].assign(profile=-1)
    spread = flows[timed & (flows["period"] < 0).to_numpy()]
    count = len(world.periods)
    each = spread.loc[spread.index.repeat(count)].copy()
    each["period"] = np.tile(np.arange(count), len(spread))
    factor = world.factor[each["profile"].to_numpy(int), each["period"].to_numpy(int)]
    each["flow"] *= factor
    return pd.concat([fixed, single, each.assign(profile=-1)])


def _arc_loads(
    world: World,
    gbps: Floats,
    profile: np.ndarray,
    period: np.ndarray,
    blank: np.ndarray,
    trips: list[Trip | None],
) -> Floats:
    """Load of each arc in each period."""
    lengths = [len(trip.arcs) if trip else 0 for trip in trips]
    row = np.repeat(np.arange(len(trips)), lengths)
    arc = np.array([a for trip in trips if trip for a in trip.arcs], dtype=int)
    arcs, profiles = len(world.network.arcs), len(world.profiles)
    periods = len(world.periods)
    fixed = blank[row]
    cell = arc[fixed] * profiles + profile[row[fixed]]
    flow = np.bincount(cell, gbps[row[fixed]], arcs * profiles)
    load = flow.reshape(arcs, profiles) @ world.factor
    cell = arc[~fixed] * periods + period[row[~fixed]]
    flow = np.bincount(cell, gbps[row[~fixed]], arcs * periods)
    return np.asarray(load + flow.reshape(arcs, periods))
