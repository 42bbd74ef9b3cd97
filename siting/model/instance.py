"""A scenario as numbers: everything the constraints need, as whole arrays."""

from copy import copy
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from siting.backbone import Backbone
from siting.energy import HubEnergy, hub_energy
from siting.latency import Reach, reach
from siting.lookup import positions
from siting.model.admissible import admissible
from siting.scenario import Scenario
from siting.units import GB_PER_GBPS_HOUR, annuity_factor

FLAT, MOVABLE, BURST = 0, 1, 2
MANNERS = pd.Index(["pinned", "movable", "deferrable"])


@dataclass(frozen=True)
class Limits:
    """Which limits are kept; the upper bound and the baselines lift some."""

    latency: bool = True
    regions: bool = True
    room: bool = True
    building: bool = True
    bandwidth: bool = True
    links: bool = True
    widening: bool = True
    green: bool = True
    carbon: bool = True
    shares: bool = True
    reserved: bool = True

    @classmethod
    def none(cls) -> "Limits":
        """No limit at all."""
        return cls(**{field.name: False for field in fields(cls)})


@dataclass(frozen=True, eq=False)
class Tariff:
    """The transfer basis in use.

    Attributes
    ----------
    cny_per_gb, cny_per_gbps_year
        On volume and on reserved bandwidth (fill counted).
    fill
        Mean use of lit bandwidth.
    bills_larger
        Whether the larger direction is billed rather than both.
    link_cny_per_gbps_year
        Yearly price of a lit Gbps on each link.
    includes_widening
    """

    cny_per_gb: float
    cny_per_gbps_year: float
    fill: float
    bills_larger: bool
    link_cny_per_gbps_year: np.ndarray
    includes_widening: bool


# Kept results that hang on neither amounts nor prices; all others are found anew.
_OF_PLACES = {"pair_workload", "pair_hub", "peak_periods", "_windows"}


class Instance:
    """Numbers of one scenario.

    Pairs are the admissible combinations of workload and hub, sorted by workload.

    Parameters
    ----------
    scenario : Scenario
    limits : Limits
        Limits that are kept; latency and regions decide which pairs exist.
    """

    def __init__(self, scenario: Scenario, limits: Limits | None = None) -> None:
        self.scenario = scenario
        self.limits = limits or Limits()
        self.preferred: np.ndarray | None = None
        self.energy: HubEnergy = hub_energy(scenario)
        self.backbone = Backbone(scenario)
        self.reach: Reach = reach(scenario, self.backbone)
        nodes = self.backbone.nodes
        self.origin_node: list[int] = positions(nodes, self.reach.origins).tolist()
        self.hub_node: list[int] = positions(nodes, scenario.hubs["node"]).tolist()
        self.hours = self.energy.hours
        self.year_hours = float(self.hours.sum())
        self.settled = _settled(scenario)
        self._workloads()

    def relaxed(self, limits: Limits) -> "Instance":
        """Give the same scenario with other limits kept."""
        other = copy(self)
        other.limits = limits
        other.__dict__.pop("pair_workload", None)
        other.__dict__.pop("pair_hub", None)
        return other

    def restricted(self, keep: np.ndarray) -> "Instance":
        """Give the same scenario with only the pairs in the mask ``keep``."""
        other = copy(self)
        other.pair_workload = self.pair_workload[keep]
        other.pair_hub = self.pair_hub[keep]
        return other

    def preferring(self, hubs: np.ndarray) -> "Instance":
        """Give the same scenario, where workloads use some hubs only, if they can.

        Parameters
        ----------
        hubs : ndarray of bool of shape (hubs,)
        """
        other = self.relaxed(self.limits)
        other.preferred = hubs
        return other

    def adjusted(self, scenario: Scenario) -> "Instance":
        """Give the same numbers under other limits on who may go where.

        Parameters
        ----------
        scenario : Scenario
            The same but for RTT limits, regions, open hubs and green shares.
        """
        other = copy(self)
        other.scenario = scenario
        other.rtt_limit_ms = scenario.workloads["rtt_limit_ms"].to_numpy(float)
        other._pairs()
        return other

    def revalued(self, scenario: Scenario) -> "Instance":
        """Give the same pairs, paths and delays with other amounts and prices.

        Parameters
        ----------
        scenario : Scenario
            The same but for numbers that decide neither delays nor who may go where.
        """
        pairs, peaks = (self.pair_workload, self.pair_hub), self.peak_periods
        other = copy(self)
        for name, result in vars(Instance).items():
            if isinstance(result, cached_property) and name not in _OF_PLACES:
                other.__dict__.pop(name, None)
        other.scenario = scenario
        other.energy = hub_energy(scenario)
        other.settled = _settled(scenario)
        other._workloads()
        other.pair_workload, other.pair_hub = pairs
        other.peak_periods = peaks
        return other

    def _workloads(self) -> None:
        workloads = self.scenario.workloads
        self.it_mw = self.scenario.it_mw.to_numpy(float)
        self.origin = positions(self.reach.origins, workloads["origin"])
        self.to_rate = workloads["to_hub_gbps_per_mw"].to_numpy(float)
        self.from_rate = workloads["from_hub_gbps_per_mw"].to_numpy(float)
        self.rtt_limit_ms = workloads["rtt_limit_ms"].to_numpy(float)
        manner = positions(MANNERS, workloads["manner"])
        bursts = (manner == BURST) & (workloads["burst"].to_numpy(float) > 1)
        self.manner = np.where(manner == MOVABLE, MOVABLE, FLAT).astype(np.int8)
        self.manner[bursts] = BURST
        if len(self.hours) == 1:
            # There is nothing to move between.
            self.manner[:] = FLAT
        self.burst = workloads["burst"].to_numpy(float)
        profiles = pd.Index(workloads["profile"].unique())
        self.profiles = profiles
        self.profile = positions(profiles, workloads["profile"])
        factor = np.ones((len(profiles), len(self.hours)))
        rows = self.scenario.profiles
        rows = rows[rows["profile"].isin(profiles)]
        when = positions(self.scenario.periods.index, rows["period"])
        factor[positions(profiles, rows["profile"]), when] = rows["factor"]
        self.factor = factor
        # The one period of a profile that stands for a piece of another; else -1.
        self.profile_period = np.full(len(profiles), -1)
        self.mean_factor = factor @ self.hours / self.year_hours
        self.peak_factor = factor.max(axis=1)

    @cached_property
    def mean_mw(self) -> np.ndarray:
        """Mean IT load of each workload."""
        return np.asarray(self.it_mw * self.mean_factor[self.profile])

    @cached_property
    def peak_mw(self) -> np.ndarray:
        """Largest IT load of each workload in any period."""
        return np.asarray(self.it_mw * self.peak_factor[self.profile])

    @cached_property
    def pair_workload(self) -> np.ndarray:
        """Workload of each admissible pair, in ascending order."""
        return self._pairs()[0]

    @cached_property
    def pair_hub(self) -> np.ndarray:
        """Hub of each admissible pair."""
        return self._pairs()[1]

    @property
    def open_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Workload and hub of the pairs that could be offered, and not only are."""
        pairs: tuple[np.ndarray, np.ndarray] | None = self.__dict__.get("_open")
        return pairs or (self.pair_workload, self.pair_hub)

    @property
    def narrowed(self) -> bool:
        """Whether pairs that could be offered are left out."""
        return len(self.open_pairs[0]) > len(self.pair_workload)

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Find the pairs, decided once for workloads that are alike."""
        group, masks = admissible(self)
        workload, hub = np.nonzero(masks[group])
        self.__dict__["pair_workload"], self.__dict__["pair_hub"] = workload, hub
        return workload, hub

    @cached_property
    def tariff(self) -> Tariff:
        """The transfer basis in use."""
        basis = self.scenario.settings.transfer_basis
        links = len(self.scenario.links)
        if not basis:
            return Tariff(0.0, 0.0, 1.0, False, np.zeros(links), False)
        row = self.scenario.transfer_prices.loc[basis].to_dict()
        fill = float(row["fill"])
        km = self.scenario.links["length_km"].to_numpy(float)
        per_link = row["link_cny_per_gbps_year"] + row["link_cny_per_gbps_km_year"] * km
        return Tariff(
            cny_per_gb=float(row["price_cny_per_gb"]),
            cny_per_gbps_year=float(row["price_cny_per_gbps_month"]) * 12.0 / fill,
            fill=fill,
            bills_larger=bool(row["billing"] == "max"),
            link_cny_per_gbps_year=np.broadcast_to(per_link, (links,)).astype(float),
            includes_widening=bool(row["includes_widening"]),
        )

    @cached_property
    def billed_rate(self) -> np.ndarray:
        """Gbps per MW that are billed, by workload."""
        if self.tariff.bills_larger:
            return np.asarray(np.maximum(self.to_rate, self.from_rate))
        return np.asarray(self.to_rate + self.from_rate)

    @cached_property
    def hub_annuity(self) -> np.ndarray:
        """Annuity of new room, CNY per MW and year, by hub."""
        settings = self.scenario.settings
        factor = annuity_factor(settings.discount_rate, settings.life_years)
        capex = self.scenario.hubs["capex_cny_per_kw"].to_numpy(float)
        return np.asarray(capex * 1000.0 * factor)

    @cached_property
    def link_annuity(self) -> np.ndarray:
        """Annuity of widening, CNY per Gbps and year, by link."""
        settings = self.scenario.settings
        factor = annuity_factor(settings.discount_rate, settings.link_life_years)
        capex = self.scenario.links["widen_cny_per_gbps"].to_numpy(float)
        if self.tariff.includes_widening:
            return np.zeros(len(capex))
        return np.asarray(capex * factor)

    @cached_property
    def on_new_side(self) -> np.ndarray:
        """Hubs whose standing room carries its annuity; home sites never do."""
        sides = list(self.scenario.settings.new_sides)
        hubs = self.scenario.hubs
        return np.asarray(hubs["side"].isin(sides) & (hubs["kind"] != "home"))

    @cached_property
    def headroom_gbps(self) -> np.ndarray:
        """Capacity not in use by others, by link."""
        links = self.scenario.links
        capacity = links["capacity_gbps"].to_numpy(float)
        free = 1.0 - links["utilisation"].to_numpy(float)
        endless = np.isinf(capacity)
        return np.where(endless, np.inf, np.where(endless, 0.0, capacity) * free)

    @cached_property
    def toll_cny_per_gbps_year(self) -> np.ndarray:
        """Toll of each link."""
        return self.scenario.links["toll_cny_per_gbps_year"].to_numpy(float)

    @property
    def pair_wide_area(self) -> np.ndarray:
        """1 where moving the pair's data is paid for, else 0."""
        wide = self.reach.wide_area[self.origin[self.pair_workload], self.pair_hub]
        return np.asarray(wide, dtype=float)

    @cached_property
    def staging_cny_per_gb(self) -> np.ndarray:
        """Price of moving a GB on the fastest path, by origin and hub."""
        reach, tariff = self.reach, self.tariff
        gb_year = GB_PER_GBPS_HOUR * self.year_hours
        price = np.full(
            reach.rtt_ms.shape,
            tariff.cny_per_gb + tariff.cny_per_gbps_year / gb_year,
        )
        per_link = tariff.link_cny_per_gbps_year / tariff.fill
        per_link = per_link + self.toll_cny_per_gbps_year
        if np.any(per_link > 0):
            for row, node in enumerate(self.origin_node):
                paths = self.backbone.fastest(node)
                for column, other in enumerate(self.hub_node):
                    if other in paths:
                        crossed = self.backbone.arc_link[list(paths[other].arcs)]
                        price[row, column] += per_link[crossed].sum() / gb_year
        return np.where(reach.wide_area, price, 0.0)

    @cached_property
    def peak_periods(self) -> np.ndarray:
        """Periods that no other period dominates in every profile.

        A sum of flat draws with non-negative weights is largest in one of these.
        """
        columns = np.unique(self.factor.T, axis=0, return_index=True)[1]
        columns = columns[np.argsort(-self.factor[:, columns].sum(axis=0))]
        kept = np.zeros(len(columns), dtype=int)
        count = 0
        for column in columns.tolist():
            rivals = self.factor[:, kept[:count]]
            if not np.any(np.all(rivals >= self.factor[:, [column]], axis=0)):
                kept[count] = column
                count += 1
        return np.sort(kept[:count])

    def windows_of(self, workload: int) -> np.ndarray:
        """Give the number of the window that each period is in."""
        return self._windows[self.scenario.workloads["window"].iloc[workload]]

    def windows_of_all(self, workloads: np.ndarray) -> np.ndarray:
        """Give the number of the window that each period is in, of some workloads.

        Parameters
        ----------
        workloads : ndarray of int

        Returns
        -------
        ndarray of int of shape (workloads, periods)
        """
        labels = self.scenario.workloads["window"].take(workloads).to_list()
        found = [self._windows[label] for label in labels]
        return np.array(found, dtype=int).reshape(len(workloads), len(self.hours))

    @cached_property
    def _windows(self) -> dict[str, np.ndarray]:
        """Numbers of the windows of each period, by what makes the windows."""
        periods = self.scenario.periods
        found = {"year": np.zeros(len(self.hours), dtype=int)}
        # What runs evenly may name a window that there is not.
        for label in self.scenario.workloads["window"].unique():
            if label in periods and label not in found:
                found[label] = np.asarray(pd.factorize(periods[label])[0])
        return found


def _settled(scenario: Scenario) -> pd.DataFrame:
    """Rows of ``current``, if moving or staging makes them count."""
    policy = scenario.policy
    counts = policy.move_cny_per_mw > 0 or policy.churn_max_share is not None
    counts = counts or bool((scenario.workloads["dataset_tb"] > 0).any())
    return scenario.current if counts else scenario.current.iloc[:0]
