"""What a scenario implies, by the audit's own formulas: prices, factors, reach."""

import math
from functools import cached_property

import numpy as np
import pandas as pd

from siting.audit.network import FROM_HUB as FROM
from siting.audit.network import TO_HUB as TO
from siting.audit.network import Network
from siting.scenario import Scenario
from siting.units import great_circle_km

GB_PER_GBPS_HOUR = 450.0
RTT_TOLERANCE_MS = 2e-9
FLAT, MOVABLE, BURST = range(3)

Floats = np.ndarray


class World:
    """Hubs by rows and periods by columns, workloads in the scenario's order.

    Attributes
    ----------
    hubs, workloads, periods, origins, profiles : Index
        Names, which give every position used here.
    hours : ndarray
    energy : ndarray of shape (hubs, periods)
        Facility MWh of one MW of IT load over the period.
    price, green, location, residual : ndarray of shape (hubs, periods)
        CNY, contracted green share, t and t (of what is not contracted) per MWh.
    factor : ndarray of shape (profiles, periods)
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.settings, self.policy = scenario.settings, scenario.policy
        self.hubs = pd.Index(scenario.hubs["id"].astype(object))
        self.workloads = pd.Index(scenario.workloads["id"])
        self.periods = pd.Index(scenario.periods["id"].astype(object))
        self.hours = scenario.periods["hours"].to_numpy(float)
        self.year_hours = float(self.hours.sum())
        self.network = Network(scenario)
        self._energy()
        self._demand()
        self._transfer()

    def _energy(self) -> None:
        scenario, settings = self.scenario, self.settings
        hubs = scenario.hubs
        names, periods = self.hubs, self.periods
        pue = hubs["pue"] if settings.pue == "stock" else hubs["pue_new"]
        special = scenario.hub_periods
        self.pue = _spread(special, "hub", "pue", names, periods, pue)
        self.energy = self.pue * self.hours
        self.green = _spread(
            special, "hub", "green_share", names, periods, hubs["green_share"]
        )
        tariffs = scenario.tariffs
        basis = settings.tariff_basis
        tariffs = tariffs[tariffs["basis"].isin(["", basis])]
        # A row of the basis itself goes before one of every basis.
        tariffs = tariffs.sort_values("basis", key=lambda b: b != "", kind="stable")
        zeros = pd.Series(0.0, index=names)
        self.price = _spread(tariffs, "hub", "price_cny_per_mwh", names, periods, zeros)
        factors = scenario.carbon_factors
        if settings.carbon_year is not None:
            ours = factors["year"].isna() | (factors["year"] == settings.carbon_year)
            factors = factors[ours]
        factors = factors.sort_values("year", na_position="first", kind="stable")
        grids = pd.Index(pd.unique(hubs["grid"].astype(object)))
        nothing = pd.Series(0.0, index=grids)
        place = positions(grids, hubs["grid"])
        self.location, self.residual = (
            _spread(factors, "grid", column, grids, periods, nothing)[place] / 1000.0
            for column in ("location_kg_per_mwh", "residual_kg_per_mwh")
        )
        self.mean_residual = self.residual @ self.hours / self.year_hours

    def _demand(self) -> None:
        frame = self.scenario.workloads
        self.it_mw = self.scenario.it_mw.to_numpy(float)
        # As arrays: a Series would look for attributes among its million names.
        movable, deferrable = (
            (frame["manner"] == name).to_numpy() for name in ("movable", "deferrable")
        )
        self.burst = frame["burst"].to_numpy(float)
        bursts = deferrable & (self.burst > 1.0)
        timed = len(self.hours) > 1
        self.manner = np.select(
            [movable & timed, bursts & timed], [MOVABLE, BURST], FLAT
        )
        self.to_rate = frame["to_hub_gbps_per_mw"].to_numpy(float)
        self.from_rate = frame["from_hub_gbps_per_mw"].to_numpy(float)
        self.limit_ms = frame["rtt_limit_ms"].to_numpy(float)
        self.of_class, self.classes = pd.factorize(frame["class"])
        self.origin, self.origins = pd.factorize(frame["origin"])
        self.profile, self.profiles = pd.factorize(frame["profile"])
        ones = pd.Series(1.0, index=self.profiles)
        self.factor = _spread(
            self.scenario.profiles,
            "profile",
            "factor",
            self.profiles,
            self.periods,
            ones,
        )
        self.mean_factor = self.factor @ self.hours / self.year_hours
        self.peak_factor = self.factor.max(axis=1)
        self.mean_mw = self.it_mw * self.mean_factor[self.profile]
        self.peak_mw = self.it_mw * self.peak_factor[self.profile]

    def _transfer(self) -> None:
        links = self.scenario.links
        basis = self.settings.transfer_basis
        self.per_gb = self.per_gbps_year = 0.0
        self.fill, self.wave_priced = 1.0, False
        self.wave = np.zeros(len(links))
        larger, included = False, False
        if basis:
            prices = self.scenario.transfer_prices
            row = prices[prices["basis"] == basis].to_dict("records")[0]
            self.fill = float(row["fill"])
            self.per_gb = float(row["price_cny_per_gb"])
            monthly = float(row["price_cny_per_gbps_month"])
            self.per_gbps_year = 12.0 * monthly / self.fill
            flat = float(row["link_cny_per_gbps_year"])
            by_km = float(row["link_cny_per_gbps_km_year"])
            self.wave = flat + by_km * links["length_km"].to_numpy(float)
            self.wave_priced = flat > 0 or by_km > 0
            larger = bool(row["billing"] == "max")
            included = bool(row["includes_widening"])
        self.billed = (
            np.maximum(self.to_rate, self.from_rate)
            if larger
            else self.to_rate + self.from_rate
        )
        settings = self.settings
        capital = links["widen_cny_per_gbps"].to_numpy(float)
        yearly = recovery(settings.discount_rate, settings.link_life_years)
        self.link_annuity = capital * (0.0 if included else yearly)
        capital = self.scenario.hubs["capex_cny_per_kw"].to_numpy(float) * 1000.0
        self.hub_annuity = capital * recovery(
            settings.discount_rate, settings.life_years
        )
        side = self.scenario.hubs["side"]
        away = (self.scenario.hubs["kind"] != "home").to_numpy()
        self.on_new_side = side.isin(settings.new_sides).to_numpy() & away
        self.toll = links["toll_cny_per_gbps_year"].to_numpy(float)
        capacity = links["capacity_gbps"].to_numpy(float)
        free = 1.0 - links["utilisation"].to_numpy(float)
        self.headroom = np.where(np.isinf(capacity), np.inf, capacity * free)

    @property
    def has_links(self) -> bool:
        """Whether there is a backbone to route on."""
        return len(self.scenario.links) > 0

    @cached_property
    def hub_node(self) -> np.ndarray:
        """Position of the node each hub sits at."""
        return np.asarray(self.network.nodes.get_indexer(self.scenario.hubs["node"]))

    @cached_property
    def origin_node(self) -> np.ndarray:
        """Position of the node of each origin."""
        return np.asarray(self.network.nodes.get_indexer(self.origins))

    @cached_property
    def same_node(self) -> np.ndarray:
        """Pairs of origin and hub at one node."""
        return np.asarray(np.equal.outer(self.origin_node, self.hub_node))

    @cached_property
    def fastest(self) -> dict[str, Floats]:
        """One-way delay of the fastest path by direction (inf: none), and its km."""
        shape = self.same_node.shape
        if not self.has_links:
            km = np.where(self.same_node, 0.0, self._great_circle())
            delay = km * self.settings.propagation_ms_per_km
            return {TO: delay, FROM: delay, "km": km}
        found = {TO: np.full(shape, np.inf), FROM: np.full(shape, np.inf)}
        km = np.full(shape, np.nan)
        for o, node in enumerate(self.origin_node.tolist()):
            for h, hub in enumerate(self.hub_node.tolist()):
                there = self.network.fastest(node, hub)
                back = self.network.fastest(hub, node)
                if back:
                    found[FROM][o, h], km[o, h] = back.one_way_ms, back.length_km
                if there:
                    found[TO][o, h], km[o, h] = there.one_way_ms, there.length_km
        return {**found, "km": km}

    def _great_circle(self) -> Floats:
        places = ["latitude", "longitude"]
        nodes = self.scenario.nodes[places].to_numpy(float)
        start = nodes[self.origin_node]
        hubs = self.scenario.hubs[places].to_numpy(float)
        end = np.where(np.isnan(hubs), nodes[self.hub_node], hubs)
        return np.asarray(
            great_circle_km(
                start[:, :1], start[:, 1:], end[:, 0][None, :], end[:, 1][None, :]
            )
        )

    @cached_property
    def measured(self) -> Floats:
        """Measured RTT by origin and hub, nan where there is none."""
        table = self.scenario.rtt.drop_duplicates(["origin", "hub"], keep="last")
        wide = table.pivot(index="origin", columns="hub", values="rtt_ms")
        return wide.reindex(index=self.origins, columns=self.hubs).to_numpy(float)

    @cached_property
    def rtt_ms(self) -> Floats:
        """RTT of the fastest path by origin and hub, nan where unknown."""
        there, back = self.fastest[TO], self.fastest[FROM]
        delay = np.where(np.isfinite(there), there, back)
        settings = self.settings
        modelled = 2.0 * settings.rtt_factor * delay + settings.rtt_access_ms
        modelled = np.where(np.isfinite(modelled), modelled, np.nan)
        return np.where(np.isnan(self.measured), modelled, self.measured)

    @cached_property
    def wan(self) -> Floats:
        """1 where moving data between origin and hub is paid for, 0 where local."""
        km = self.fastest["km"]
        most = self.settings.metro_km
        near = (km <= most) & (most > 0)
        return np.where(self.same_node | near, 0.0, 1.0)

    def path_rtt(
        self, origin: np.ndarray, hub: np.ndarray, delay: Floats, to_hub: np.ndarray
    ) -> Floats:
        """RTT of paths of this one-way delay, measured values counted."""
        settings, measured = self.settings, self.measured[origin, hub]
        fastest = np.where(
            to_hub, self.fastest[TO][origin, hub], self.fastest[FROM][origin, hub]
        )
        twice = 2.0 * settings.rtt_factor
        modelled = twice * delay + settings.rtt_access_ms
        with np.errstate(invalid="ignore"):
            slower = measured + twice * (delay - fastest)
        return np.where(np.isnan(measured), modelled, slower)

    def reachable(self, limit_ms: float, way: str) -> np.ndarray:
        """Pairs of origin and hub with a path in this direction within the limit."""
        if not self.has_links:
            known = np.where(np.isnan(self.rtt_ms), np.inf, self.rtt_ms)
            return known <= limit_ms + RTT_TOLERANCE_MS
        delay = self.fastest[way]
        origins, hubs = delay.shape
        origin = np.repeat(np.arange(origins), hubs).reshape(delay.shape)
        hub = np.tile(np.arange(hubs), (origins, 1))
        rtt = self.path_rtt(origin, hub, delay, np.full(delay.shape, way == TO))
        return np.asarray(np.isfinite(delay) & (rtt <= limit_ms + RTT_TOLERANCE_MS))

    def admissible(self, workloads: np.ndarray) -> np.ndarray:
        """Tell for each of these workloads and each hub whether it may be there."""
        return np.asarray(self._masks[self.reach[workloads]])

    @cached_property
    def reach(self) -> np.ndarray:
        """Number that workloads with the same paths and hubs have in common."""
        frame = self.scenario.workloads
        rules = ("allowed_hubs", "allowed_sides", "allowed_provinces", "excluded_hubs")
        return alike(
            self.origin,
            self.limit_ms,
            self.to_rate > 0,
            self.from_rate > 0,
            *(frame[rule] for rule in rules),
        )

    @cached_property
    def _masks(self) -> np.ndarray:
        masks = [self._mask(workload) for workload in firsts(self.reach).tolist()]
        return np.array(masks, bool).reshape(-1, len(self.hubs))

    def _mask(self, workload: int) -> np.ndarray:
        """Hubs that one workload may be placed at."""
        hubs = self.scenario.hubs
        row = self.scenario.workloads.iloc[workload]
        origin, limit = self.origin[workload], self.limit_ms[workload]
        to, back = self.to_rate[workload] > 0, self.from_rate[workload] > 0
        name = self.origins[origin]
        serves = np.array([not only or name in only for only in hubs["serves"]], bool)
        mask = serves & hubs["open"].to_numpy(bool)
        mask &= ~self.hubs.isin(self.policy.closed_hubs)
        if to or not back:
            mask &= self.reachable(limit, TO)[origin]
        if back:
            mask &= self.reachable(limit, FROM)[origin]
        for column, ids in (
            ("id", row["allowed_hubs"]),
            ("side", row["allowed_sides"]),
            ("province", row["allowed_provinces"]),
        ):
            if len(ids):
                mask &= hubs[column].isin(list(ids)).to_numpy()
        mask &= ~self.hubs.isin(list(row["excluded_hubs"]))
        return np.asarray(mask)

    @cached_property
    def staging_per_gb(self) -> Floats:
        """Price of moving one GB on the fastest path, by origin and hub; 0 if local."""
        gb_per_gbps = GB_PER_GBPS_HOUR * self.year_hours
        price = np.full(self.wan.shape, self.per_gb + self.per_gbps_year / gb_per_gbps)
        each = (self.wave / self.fill + self.toll) / gb_per_gbps
        if each.any():
            link = self.network.arcs["link"].to_numpy(int)
            for o, node in enumerate(self.origin_node.tolist()):
                for h, hub in enumerate(self.hub_node.tolist()):
                    trip = self.network.fastest(node, hub)
                    if trip:
                        price[o, h] += each[link[list(trip.arcs)]].sum()
        return np.asarray(price * self.wan)

    def windows(self, workload: int) -> np.ndarray:
        """Give the number of each period's window, for a deferrable workload."""
        label = self.scenario.workloads["window"].iloc[workload]
        if label == "year":
            return np.zeros(len(self.periods), dtype=int)
        return np.asarray(pd.factorize(self.scenario.periods[label])[0])

    def scope(self, workload_class: str, origin: str, workload: str) -> np.ndarray:
        """Tell which workloads a policy limit is about."""
        mask = np.ones(len(self.workloads), dtype=bool)
        if workload_class:
            mask &= (self.classes == workload_class)[self.of_class]
        if origin:
            mask &= (self.origins == origin)[self.origin]
        if workload:
            mask &= np.asarray(self.workloads == workload)
        return mask


def positions(names: pd.Index, column: pd.Series) -> np.ndarray:
    """Positions of a column's names; -1 where one is not known."""
    cells = column.array
    start = np.ones(len(cells), bool)
    start[1:] = cells[1:] != cells[:-1]
    heads, run = cells[start], np.cumsum(start) - 1
    if len(heads) == len(names) and (names == heads).all():
        # In the order of the scenario, a million names need no looking up.
        return np.asarray(run)
    code, known = pd.factorize(heads)
    if not len(known):
        return np.full(len(cells), -1)
    return np.asarray(names.get_indexer(pd.Index(known))[code][run])


def alike(*columns: "np.ndarray | pd.Series") -> np.ndarray:
    """Give rows that are alike the same number, from 0 as they first appear."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        code, known = pd.factorize(column)
        if (code != code[:1]).any():
            # A missing cell has code -1.
            number = pd.factorize(number * (len(known) + 1) + code)[0]
    return number


def firsts(number: np.ndarray) -> np.ndarray:
    """Row in which each number of :func:`alike` appears first."""
    return pd.Series(number).drop_duplicates().index.to_numpy()


def _spread(
    rows: pd.DataFrame,
    key: str,
    column: str,
    keys: pd.Index,
    periods: pd.Index,
    default: pd.Series,
) -> Floats:
    """Lay rows out by key and period: a named period goes before a blank one."""
    rows = rows[rows[column].notna()]
    blank = rows["period"] == ""
    general = rows[blank].drop_duplicates(key, keep="last").set_index(key)[column]
    base = general.reindex(keys).to_numpy(float)
    base = np.where(np.isnan(base), default.to_numpy(float), base)
    single = rows[~blank].drop_duplicates([key, "period"], keep="last")
    wide = single.pivot(index=key, columns="period", values=column)
    grid = wide.reindex(index=keys, columns=periods).to_numpy(float)
    return np.where(np.isnan(grid), base[:, None], grid)


def recovery(rate: float, years: float) -> float:
    """Yearly payment for one unit of capital."""
    if rate == 0.0:
        return 1.0 / years
    grown = math.expm1(years * math.log1p(rate))
    return rate * (grown + 1.0) / grown
