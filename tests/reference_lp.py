"""The complete program of ``docs/mathematics.md``, written down naively.

Nothing here is shared with the package but the scenario as read: every simple path is
enumerated with networkx, every variable is a PuLP variable, every constraint a loop.
CBC solves it. Slow and plain, so that it can be compared with the page by eye.
"""

import warnings
from dataclasses import dataclass
from math import asin, cos, inf, isfinite, isnan, radians, sin, sqrt
from typing import Any

import networkx as nx
import pulp

from siting import Scenario

TO_HUB, FROM_HUB = "to-hub", "from-hub"
LATENCY_TOLERANCE_MS = 1e-9
# What flows on (link, direction, period).
Terms = dict[tuple[str, str, str], list[Any]]


@dataclass(frozen=True)
class Way:
    """A simple path: its arcs (link id, direction), delay and length."""

    arcs: tuple[tuple[str, str], ...]
    one_way_ms: float
    km: float


class ReferenceInfeasible(Exception):
    """CBC finds no plan."""


class Reference:
    """The program of a scenario; :meth:`solve` minimises a weighted sum of metrics."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.settings = scenario.settings
        self.policy = scenario.policy
        self.hubs = rows_by_id(scenario.hubs)
        self.workloads = rows_by_id(scenario.workloads)
        self.links = rows_by_id(scenario.links)
        self.hours = {t: float(v) for t, v in scenario.periods["hours"].items()}
        self.year = sum(self.hours.values())
        self.problem = pulp.LpProblem("reference", pulp.LpMinimize)
        self.counter = 0
        # PuLP adds a column of its own to an empty objective, and CBC then balks.
        self.nothing = self.variable(0.0)
        self._derive_energy()
        self._derive_demand()
        self._derive_paths()
        self._derive_tariff()
        self._place()
        self._rooms()
        self._route()
        self._certify()
        self._green()
        self._metrics()
        self._choices()

    # -- derived data ---------------------------------------------------------------

    def _derive_energy(self) -> None:
        scenario, settings = self.scenario, self.settings
        self.price, self.pue, self.green = {}, {}, {}
        self.location, self.residual = {}, {}
        tariffs = scenario.tariffs.to_dict("records")
        tariffs = [r for r in tariffs if r["basis"] in ("", settings.tariff_basis)]
        overrides = scenario.hub_periods.to_dict("records")
        factors = scenario.carbon_factors.to_dict("records")
        for h, hub in self.hubs.items():
            for t in self.hours:
                fitting = [
                    r for r in tariffs if r["hub"] == h and r["period"] in ("", t)
                ]
                fitting.sort(key=lambda r: r["period"])
                self.price[h, t] = fitting[-1]["price_cny_per_mwh"] if fitting else 0.0
                self.pue[h, t] = hub["pue" if settings.pue == "stock" else "pue_new"]
                self.green[h, t] = hub["green_share"]
                for row in overrides:
                    if row["hub"] == h and row["period"] == t:
                        if not isnan(row["pue"]):
                            self.pue[h, t] = row["pue"]
                        if not isnan(row["green_share"]):
                            self.green[h, t] = row["green_share"]
                fitting = [
                    r
                    for r in factors
                    if r["grid"] == hub["grid"]
                    and r["period"] in ("", t)
                    and (isnan(r["year"]) or r["year"] == settings.carbon_year)
                ]
                fitting.sort(key=lambda r: (r["period"] != "", not isnan(r["year"])))
                known = bool(hub["grid"]) and bool(fitting)
                chosen = fitting[-1] if known else {}
                self.location[h, t] = chosen.get("location_kg_per_mwh", 0.0)
                self.residual[h, t] = chosen.get("residual_kg_per_mwh", 0.0)

    def facility(self, h: str, t: str) -> float:
        """MWh of facility energy of one MW of IT load over a period."""
        return self.hours[t] * self.pue[h, t]

    def _derive_demand(self) -> None:
        self.it_mw = {w: float(v) for w, v in self.scenario.it_mw.items()}
        shapes = {
            (r["profile"], r["period"]): r["factor"]
            for r in self.scenario.profiles.to_dict("records")
        }
        self.factor = {
            (p, t): shapes.get((p, t), 1.0)
            for p in {w["profile"] for w in self.workloads.values()}
            for t in self.hours
        }
        self.demand, self.mean, self.peak = {}, {}, {}
        for w, row in self.workloads.items():
            for t in self.hours:
                self.demand[w, t] = self.it_mw[w] * self.factor[row["profile"], t]
            total = sum(self.hours[t] * self.demand[w, t] for t in self.hours)
            self.mean[w] = total / self.year
            self.peak[w] = max(self.demand[w, t] for t in self.hours)

    def _derive_paths(self) -> None:
        nodes = rows_by_id(self.scenario.nodes)
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(nodes)
        for e, link in self.links.items():
            graph.add_edge(link["source"], link["target"], key=(e, "forward"))
            if link["direction"] != "forward":
                graph.add_edge(link["target"], link["source"], key=(e, "backward"))
        measured = {
            (r["origin"], r["hub"]): r["rtt_ms"]
            for r in self.scenario.rtt.to_dict("records")
        }
        self.ways: dict[tuple[str, str, str], list[Way]] = {}
        self.rtt: dict[tuple[str, str], float] = {}
        self.wan: dict[tuple[str, str], int] = {}
        self.fastest: dict[tuple[str, str], Way | None] = {}
        self.measured = measured
        origins = {w["origin"] for w in self.workloads.values()}
        for o in origins:
            for h, hub in self.hubs.items():
                if self.links:
                    self._with_links(graph, nodes, o, h, hub["node"])
                else:
                    self._without_links(nodes, o, h, hub)

    def _with_links(
        self, graph: nx.MultiDiGraph, nodes: dict[str, Any], o: str, h: str, at: str
    ) -> None:
        settings = self.settings
        self.ways[o, h, TO_HUB] = self._ways(graph, nodes, o, at)
        self.ways[o, h, FROM_HUB] = self._ways(graph, nodes, at, o)
        there, back = self.ways[o, h, TO_HUB], self.ways[o, h, FROM_HUB]
        best = next(iter(there or back), None)
        self.fastest[o, h] = there[0] if there else None
        if (o, h) in self.measured:
            self.rtt[o, h] = self.measured[o, h]
        elif best is not None:
            self.rtt[o, h] = (
                2 * best.one_way_ms * settings.rtt_factor + settings.rtt_access_ms
            )
        local = o == at or (best is not None and self._in_metro(best.km))
        self.wan[o, h] = 0 if local else 1

    def _in_metro(self, km: float) -> bool:
        return self.settings.metro_km > 0 and km <= self.settings.metro_km

    def _ways(
        self, graph: nx.MultiDiGraph, nodes: dict[str, Any], start: str, end: str
    ) -> list[Way]:
        """Give all simple paths over transit nodes, the fastest first."""
        if start == end:
            return [Way((), 0.0, 0.0)]
        found = []
        for edges in nx.all_simple_edge_paths(graph, start, end):
            if all(nodes[v]["transit"] for _, v, _ in edges[:-1]):
                arcs = tuple(key for _, _, key in edges)
                delay = sum(self.links[e]["one_way_ms"] for e, _ in arcs)
                km = sum(self.links[e]["length_km"] for e, _ in arcs)
                found.append(Way(arcs, delay, km))
        return sorted(found, key=lambda way: (way.one_way_ms, len(way.arcs)))

    def _without_links(
        self, nodes: dict[str, Any], o: str, h: str, hub: dict[str, Any]
    ) -> None:
        settings = self.settings
        at = hub if not isnan(hub["latitude"]) else nodes[hub["node"]]
        km = 0.0 if o == hub["node"] else haversine_km(nodes[o], at)
        if (o, h) in self.measured:
            self.rtt[o, h] = self.measured[o, h]
        elif not isnan(km):
            delay = km * settings.propagation_ms_per_km
            self.rtt[o, h] = 2 * delay * settings.rtt_factor + settings.rtt_access_ms
        self.wan[o, h] = 0 if o == hub["node"] or self._in_metro(km) else 1
        self.fastest[o, h] = Way((), 0.0, 0.0)

    def way_rtt_ms(self, o: str, h: str, direction: str, way: Way) -> float:
        """Round trip over a path."""
        factor = self.settings.rtt_factor
        if (o, h) in self.measured:
            fastest = self.ways[o, h, direction][0].one_way_ms
            return self.measured[o, h] + 2 * factor * (way.one_way_ms - fastest)
        return 2 * way.one_way_ms * factor + self.settings.rtt_access_ms

    def admissible_ways(
        self, o: str, h: str, limit: float, direction: str
    ) -> list[Way]:
        """Paths within an RTT limit."""
        return [
            way
            for way in self.ways[o, h, direction]
            if self.way_rtt_ms(o, h, direction, way) <= limit + LATENCY_TOLERANCE_MS
        ]

    def admissible(self, w: str, h: str) -> bool:
        """Whether a workload may go to a hub."""
        row, hub = self.workloads[w], self.hubs[h]
        o, limit = row["origin"], row["rtt_limit_ms"]
        barred = (
            not hub["open"]
            or h in self.policy.closed_hubs
            or (hub["serves"] and o not in hub["serves"])
            or (row["allowed_hubs"] and h not in row["allowed_hubs"])
            or (row["allowed_sides"] and hub["side"] not in row["allowed_sides"])
            or (
                row["allowed_provinces"]
                and hub["province"] not in row["allowed_provinces"]
            )
            or h in row["excluded_hubs"]
        )
        if barred:
            return False
        if not self.links:
            known = self.rtt.get((o, h), inf)
            return not isfinite(limit) or known <= limit + LATENCY_TOLERANCE_MS
        needed = []
        if row["to_hub_gbps_per_mw"] > 0 or row["from_hub_gbps_per_mw"] == 0:
            needed.append(TO_HUB)
        if row["from_hub_gbps_per_mw"] > 0:
            needed.append(FROM_HUB)
        return all(self.admissible_ways(o, h, limit, d) for d in needed)

    def _derive_tariff(self) -> None:
        basis = self.settings.transfer_basis
        blank = {
            "price_cny_per_gb": 0.0,
            "price_cny_per_gbps_month": 0.0,
            "billing": "sum",
            "fill": 1.0,
            "link_cny_per_gbps_year": 0.0,
            "link_cny_per_gbps_km_year": 0.0,
            "includes_widening": False,
        }
        offers = rows_by_id(self.scenario.transfer_prices)
        self.tariff = offers[basis] if basis else blank

    def link_price(self, e: str) -> float:
        """CNY per lit Gbps and year on a link."""
        km = self.links[e]["length_km"]
        per_km = self.tariff["link_cny_per_gbps_km_year"]
        return self.tariff["link_cny_per_gbps_year"] + per_km * km

    def billed(self, w: str) -> float:
        """Gbps per MW that are paid."""
        row = self.workloads[w]
        rates = (row["to_hub_gbps_per_mw"], row["from_hub_gbps_per_mw"])
        return max(rates) if self.tariff["billing"] == "max" else sum(rates)

    # -- variables and constraints ----------------------------------------------------

    def variable(self, upper: float = inf) -> pulp.LpVariable:
        """Make a variable from 0 to ``upper``."""
        self.counter += 1
        top = upper if isfinite(upper) else None
        return pulp.LpVariable(f"v{self.counter}", 0, top)

    def _place(self) -> None:
        self.x, self.s, self.r, self.u = {}, {}, {}, {}
        priced = self.settings.unserved_cny_per_mwh is not None
        self.pairs = [
            (w, h) for w in self.workloads for h in self.hubs if self.admissible(w, h)
        ]
        for w, h in self.pairs:
            self.s[w, h] = self.variable()
            self.r[w, h] = self.variable()
            for t in self.hours:
                self.x[w, h, t] = self.variable()
        for w, row in self.workloads.items():
            hubs = [h for v, h in self.pairs if v == w]
            whole = self.variable(1.0) if priced else 0.0
            for t in self.hours:
                self.u[w, t] = self.demand[w, t] * whole
            if row["manner"] == "movable":
                for t in self.hours:
                    self.u[w, t] = self.variable() if priced else 0.0
                    drawn = pulp.lpSum(self.x[w, h, t] for h in hubs)
                    self.problem += drawn + self.u[w, t] == self.demand[w, t]
            else:
                self.problem += pulp.lpSum(self.s[w, h] for h in hubs) + whole == 1
            for h in hubs:
                self._manner(w, h, row)

    def _manner(self, w: str, h: str, row: dict[str, Any]) -> None:
        problem = self.problem
        if row["manner"] == "pinned":
            problem += self.r[w, h] == self.peak[w] * self.s[w, h]
            for t in self.hours:
                problem += self.x[w, h, t] == self.demand[w, t] * self.s[w, h]
            return
        for t in self.hours:
            problem += self.r[w, h] >= self.x[w, h, t]
        if row["manner"] == "movable":
            return
        periods = self.scenario.periods
        windows: dict[str, list[str]] = {}
        for t in self.hours:
            label = "" if row["window"] == "year" else periods[row["window"]][t]
            windows.setdefault(label, []).append(t)
        for members in windows.values():
            energy = pulp.lpSum(self.hours[t] * self.x[w, h, t] for t in members)
            hours = sum(self.hours[t] for t in members)
            problem += energy == self.it_mw[w] * hours * self.s[w, h]
        for t in self.hours:
            most = row["burst"] * self.it_mw[w]
            problem += self.x[w, h, t] <= most * self.s[w, h]

    def _rooms(self) -> None:
        self.room, self.build = {}, {}
        for h, hub in self.hubs.items():
            self.room[h] = self.variable()
            self.build[h] = self.variable(hub["build_max_mw"])
            here = [w for w, g in self.pairs if g == h]
            if self.settings.room == "dedicated":
                self.problem += self.room[h] >= pulp.lpSum(self.r[w, h] for w in here)
            for t in self.hours:
                drawn = pulp.lpSum(self.x[w, h, t] for w in here)
                if self.settings.room == "pooled":
                    self.problem += self.room[h] >= drawn
                for column, limit in (
                    ("to_hub_gbps_per_mw", hub["ingress_gbps"]),
                    ("from_hub_gbps_per_mw", hub["egress_gbps"]),
                ):
                    if isfinite(limit):
                        traffic = pulp.lpSum(
                            self.workloads[w][column] * self.x[w, h, t] for w in here
                        )
                        self.problem += traffic <= limit
            if isfinite(hub["it_capacity_mw"]):
                self.problem += self.room[h] - self.build[h] <= hub["it_capacity_mw"]
        for floor in self.policy.reserved_min:
            self.problem += self.room[floor.hub] >= floor.mw

    def _route(self) -> None:
        """Flows on every admissible path, link capacity, lit bandwidth."""
        self.widen, self.lit = {}, {}
        arcs = [
            (e, d, t)
            for e in self.links
            for d in ("forward", "backward")
            for t in self.hours
        ]
        terms: Terms = {key: [] for key in arcs}
        paid: Terms = {key: [] for key in arcs}
        if self.links:
            self._flows(terms, paid)
        load = {key: pulp.lpSum(parts) for key, parts in terms.items()}
        far = {key: pulp.lpSum(parts) for key, parts in paid.items()}
        for e, link in self.links.items():
            self.widen[e] = self.variable(link["widen_max_gbps"])
            self.lit[e] = self.variable()
            head_room = link["capacity_gbps"] * (1 - link["utilisation"])
            for t in self.hours:
                for amount in self._limited(load, e, t):
                    if isfinite(link["capacity_gbps"]):
                        self.problem += amount <= head_room + self.widen[e]
                for amount in self._limited(far, e, t):
                    if self.link_price(e) > 0:
                        self.problem += self.lit[e] * self.tariff["fill"] >= amount
        self.toll = pulp.lpSum(
            self.links[e]["toll_cny_per_gbps_year"] * self.hours[t] / self.year * amount
            for (e, _, t), amount in load.items()
        )

    def _limited(self, load: dict[tuple[str, str, str], Any], e: str, t: str) -> Any:
        """Give the loads of a link that a capacity holds for."""
        forward, backward = load[e, "forward", t], load[e, "backward", t]
        kind = self.links[e]["direction"]
        if kind == "shared":
            return [forward + backward]
        return [forward] if kind == "forward" else [forward, backward]

    def _flows(self, terms: Terms, paid: Terms) -> None:
        carried: dict[tuple[Any, ...], list[str]] = {}
        for w, h in self.pairs:
            row = self.workloads[w]
            flat = row["manner"] == "pinned" or (
                row["manner"] == "deferrable" and row["burst"] == 1
            )
            fixed = flat and self.settings.routing == "fixed"
            timing = row["profile"] if fixed else None
            for direction, rate in (
                (TO_HUB, row["to_hub_gbps_per_mw"]),
                (FROM_HUB, row["from_hub_gbps_per_mw"]),
            ):
                if rate > 0:
                    key = (row["origin"], row["rtt_limit_ms"], direction, timing, h)
                    carried.setdefault(key, []).append(w)
        for (o, limit, direction, timing, h), members in carried.items():
            ways = self.admissible_ways(o, h, limit, direction)
            column = direction.replace("-", "_") + "_gbps_per_mw"
            rate = {w: self.workloads[w][column] for w in members}
            if timing is not None:
                flows = [self.variable() for _ in ways]
                self.problem += pulp.lpSum(flows) == pulp.lpSum(
                    rate[w] * self.it_mw[w] * self.s[w, h] for w in members
                )
                for way, flow in zip(ways, flows, strict=True):
                    for e, d in way.arcs:
                        for t in self.hours:
                            amount = self.factor[timing, t] * flow
                            terms[e, d, t].append(amount)
                            paid[e, d, t] += [amount] * self.wan[o, h]
                continue
            for t in self.hours:
                flows = [self.variable() for _ in ways]
                self.problem += pulp.lpSum(flows) == pulp.lpSum(
                    rate[w] * self.x[w, h, t] for w in members
                )
                for way, flow in zip(ways, flows, strict=True):
                    for e, d in way.arcs:
                        terms[e, d, t].append(flow)
                        paid[e, d, t] += [flow] * self.wan[o, h]

    def _owner(self, w: str) -> str:
        row = self.workloads[w]
        named = row["green_share_min"] > 0
        for limit in self.policy.green_min:
            if limit.workload or limit.origin:
                named = named or self._in_scope(w, limit)
        return f"workload:{w}" if named else f"class:{row['class']}"

    def _in_scope(self, w: str, limit: Any) -> bool:
        row = self.workloads[w]
        return (
            limit.workload_class in ("", row["class"])
            and limit.origin in ("", row["origin"])
            and limit.workload in ("", w)
        )

    def _certify(self) -> None:
        self.certificates: dict[tuple[str, str, str, str], pulp.LpVariable] = {}
        mode = self.settings.certificates
        offers = rows_by_id(self.scenario.certificates)
        if mode == "off" or not offers:
            return
        times = list(self.hours) if mode == "period" else [""]
        members: dict[tuple[str, str], list[str]] = {}
        for w, h in self.pairs:
            members.setdefault((h, self._owner(w)), []).append(w)
        for (h, owner), workloads in members.items():
            for time in times:
                held = []
                for c, offer in offers.items():
                    if offer["grid"] in ("", self.hubs[h]["grid"]):
                        self.certificates[c, h, owner, time] = self.variable()
                        held.append(self.certificates[c, h, owner, time])
                energy = pulp.lpSum(
                    self.facility(h, t) * (1 - self.green[h, t]) * self.x[w, h, t]
                    for w in workloads
                    for t in self.hours
                    if time in ("", t)
                )
                self.problem += pulp.lpSum(held) <= energy
        for c, offer in offers.items():
            if isfinite(offer["max_mwh"]):
                bought = [v for key, v in self.certificates.items() if key[0] == c]
                self.problem += pulp.lpSum(bought) <= offer["max_mwh"]

    def _green(self) -> None:
        for w, row in self.workloads.items():
            if row["green_share_min"] > 0:
                self._green_limit(
                    [w], row["green_share_min"], every=row["green_every_period"]
                )
        for limit in self.policy.green_min:
            scope = [w for w in self.workloads if self._in_scope(w, limit)]
            self._green_limit(scope, limit.share, every=limit.every_period)

    def _green_limit(self, scope: list[str], share: float, *, every: bool) -> None:
        owners = {self._owner(w) for w in scope}
        for groups in [[t] for t in self.hours] if every else [list(self.hours)]:
            supply = pulp.lpSum(
                self.facility(h, t) * (self.green[h, t] - share) * self.x[w, h, t]
                for w, h in self.pairs
                if w in scope
                for t in groups
            )
            counted = pulp.lpSum(
                variable
                for (_, _, owner, time), variable in self.certificates.items()
                if owner in owners and (time in groups or (time == "" and not every))
            )
            self.problem += supply + counted >= 0

    # -- ledger and objectives --------------------------------------------------------

    def _emissions(self, accounting: str) -> Any:
        settings = self.settings
        total = []
        for (w, h, t), x in self.x.items():
            energy = self.facility(h, t)
            kg = energy * self.location[h, t]
            if accounting == "market":
                kg = energy * (1 - self.green[h, t]) * self.residual[h, t]
            row = self.workloads[w]
            rate = row["to_hub_gbps_per_mw"] + row["from_hub_gbps_per_mw"]
            gb = self.wan[row["origin"], h] * 450 * self.hours[t] * rate
            network_mwh = gb * settings.network_kwh_per_gb / 1000
            kg += network_mwh * settings.network_co2_kg_per_mwh
            total.append(kg / 1000 * x)
        if accounting == "market":
            for (_, h, _, time), amount in self.certificates.items():
                residual = self.residual[h, time] if time else self._mean_residual(h)
                total.append(-residual / 1000 * amount)
        return pulp.lpSum(total)

    def _mean_residual(self, h: str) -> float:
        parts = [self.hours[t] * self.residual[h, t] for t in self.hours]
        return sum(parts) / self.year

    def staging_price(self, o: str, h: str) -> float:
        """CNY of moving a GB once on the fastest path."""
        tariff = self.tariff
        way = self.fastest[o, h]
        links = sum(
            self.link_price(e) / tariff["fill"]
            + self.links[e]["toll_cny_per_gbps_year"]
            for e, _ in (way.arcs if way else ())
        )
        reserved = tariff["price_cny_per_gbps_month"] * 12 / tariff["fill"]
        return tariff["price_cny_per_gb"] + (reserved + links) / (450 * self.year)

    def _ledger(self) -> dict[str, Any]:
        settings, tariff = self.settings, self.tariff
        life = crf(settings.discount_rate, settings.life_years)
        link_life = crf(settings.discount_rate, settings.link_life_years)
        extra = {
            (r["workload"], r["hub"]): r["cny_per_mw_year"]
            for r in self.scenario.placement_costs.to_dict("records")
        }
        cost: dict[str, list[Any]] = {}

        def add(term: str, price: float, amount: Any) -> None:
            if price:
                cost.setdefault(term, []).append(price * amount)

        for (w, h, t), x in self.x.items():
            add("electricity", self.facility(h, t) * self.price[h, t], x)
            add("placement", extra.get((w, h), 0.0) * self.hours[t] / self.year, x)
            wan = self.wan[self.workloads[w]["origin"], h]
            volume = wan * 450 * self.hours[t] * self.billed(w)
            add("transfer", volume * tariff["price_cny_per_gb"], x)
            if self.mean[w] > 0:
                gb = wan * self.workloads[w]["dataset_tb"] * 1000 / self.mean[w]
                once = gb * self.staging_price(self.workloads[w]["origin"], h)
                add("staging", once * self.hours[t] / self.year, x)
        for (w, h), r in self.r.items():
            row = self.workloads[w]
            wan = self.wan[row["origin"], h]
            monthly = tariff["price_cny_per_gbps_month"]
            yearly = monthly * 12 / tariff["fill"]
            add("transfer", wan * self.billed(w) * yearly, r)
            if settings.accelerators_in_ledger:
                add("accelerators", row["accelerator_cny_per_mw_year"], r)
        for h, hub in self.hubs.items():
            add("hosting", hub["hosting_cny_per_mw_year"], self.room[h])
            new = hub["side"] in settings.new_sides
            annuity = hub["capex_cny_per_kw"] * 1000 * life
            add("capacity", annuity, self.room[h] if new else self.build[h])
        for e, link in self.links.items():
            if self.link_price(e) > 0:
                add("transfer", self.link_price(e), self.lit[e])
            if not tariff["includes_widening"]:
                yearly = link["widen_cny_per_gbps"] * link_life
                add("widening", yearly, self.widen[e])
        add("transfer", 1.0, self.toll)
        offers = rows_by_id(self.scenario.certificates)
        for (c, _, _, _), amount in self.certificates.items():
            add("certificates", offers[c]["price_cny_per_mwh"], amount)
        carbon = self._emissions(self.policy.carbon_accounting)
        add("carbon", self.policy.carbon_price_cny_per_t, carbon)
        add("unserved", settings.unserved_cny_per_mwh or 0.0, self._unserved())
        return {term: pulp.lpSum(parts) for term, parts in cost.items()}

    def _unserved(self) -> Any:
        return pulp.lpSum(self.hours[t] * mw for (_, t), mw in self.u.items())

    def _metrics(self) -> None:
        self.ledger = self._ledger()
        not_green = [
            self.facility(h, t) * (1 - self.green[h, t]) * x
            for (_, h, t), x in self.x.items()
        ]
        not_green += [-1 * amount for amount in self.certificates.values()]
        latency = [
            self.hours[t]
            / self.year
            * self.rtt.get((self.workloads[w]["origin"], h), 0)
            * x
            for (w, h, t), x in self.x.items()
        ]
        self.metrics = {
            "cost": pulp.lpSum(self.ledger.values()),
            "carbon-location": self._emissions("location"),
            "carbon-market": self._emissions("market"),
            "green": pulp.lpSum(not_green),
            "latency": pulp.lpSum(latency),
            "unserved": self._unserved(),
        }

    def _choices(self) -> None:
        """Carbon cap and policy shares."""
        policy = self.policy
        if policy.carbon_cap_t is not None:
            emitted = self.metrics[f"carbon-{policy.carbon_accounting}"]
            self.problem += emitted <= policy.carbon_cap_t
        for limits, sign in ((policy.placement_min, 1), (policy.placement_max, -1)):
            for limit in limits:
                scope = [w for w in self.workloads if self._in_scope(w, limit)]
                places = [
                    h
                    for h, hub in self.hubs.items()
                    if limit.hub in ("", h)
                    and limit.side in ("", hub["side"])
                    and limit.province in ("", hub["province"])
                ]
                placed = pulp.lpSum(
                    self.hours[t] / self.year * x
                    for (w, h, t), x in self.x.items()
                    if w in scope and h in places
                )
                due = limit.share * sum(self.mean[w] for w in scope)
                self.problem += sign * placed >= sign * due

    # -- solving ----------------------------------------------------------------------

    def weighted(self, weights: dict[str, float]) -> Any:
        """Weighted sum of metrics."""
        return pulp.lpSum(value * self.metrics[name] for name, value in weights.items())

    def gross(self, weights: dict[str, float]) -> float:
        """Sum of the sizes of a metric's parts after a solve, signs left out."""
        parts = self.weighted(weights).items()
        return float(sum(abs(factor * (v.value() or 0.0)) for v, factor in parts))

    def keep(self, weights: dict[str, float], limit: float) -> None:
        """Let later solves keep a weighted sum of metrics within a limit."""
        self.problem += self.weighted(weights) <= limit

    def solve(self, weights: dict[str, float]) -> float:
        """Minimise a weighted sum of metrics with CBC.

        Raises
        ------
        ReferenceInfeasible
        """
        goal = self.weighted(weights)
        scale = max((abs(v) for v in goal.values()), default=1.0) or 1.0
        self.problem.setObjective(goal * (1.0 / scale) + self.nothing)
        self.problem.solve(cbc())
        if self.problem.status == pulp.LpStatusInfeasible:
            raise ReferenceInfeasible
        assert self.problem.status == pulp.LpStatusOptimal
        return float(pulp.value(goal) or 0.0)


def cbc() -> Any:
    """CBC as PuLP brings it; PuLP announces on every use that it will go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pulp.PULP_CBC_CMD(msg=False)


def rows_by_id(frame: Any) -> dict[str, dict[str, Any]]:
    """Rows of an indexed table as dicts."""
    return dict(zip(frame.index, frame.to_dict("records"), strict=True))


def crf(rate: float, years: float) -> float:
    """Capital recovery factor."""
    return 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)


def haversine_km(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Great-circle distance of two places on a sphere of 6371.0088 km."""
    lat_one, lat_other = radians(one["latitude"]), radians(other["latitude"])
    across = sin((lat_other - lat_one) / 2) ** 2
    turn = radians(other["longitude"] - one["longitude"])
    across += cos(lat_one) * cos(lat_other) * sin(turn / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(min(across, 1.0)))
