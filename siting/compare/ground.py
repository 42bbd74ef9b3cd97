"""The new plan's scenario as numbers, and both placements on it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.backbone import Path
from siting.lookup import positions
from siting.model.instance import FLAT, Instance
from siting.plan import Plan
from siting.units import GB_PER_GBPS_HOUR

# Shares closer than this are the same placement.
SAME_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class Pairs:
    """Where a plan has the workloads of a scenario.

    Attributes
    ----------
    workload, hub : ndarray of int
        Positions in the scenario; a hub that it does not have is -1.
    hub_name : ndarray of str
    share : ndarray
    """

    workload: np.ndarray
    hub: np.ndarray
    hub_name: np.ndarray
    share: np.ndarray


class Ground:
    """What moving and running cost under the new plan's scenario.

    Parameters
    ----------
    old, new : Plan
        The old placement is read under the new scenario: its demand, prices and links.
    """

    def __init__(self, old: Plan, new: Plan) -> None:
        self.old, self.new = old, new
        self.instance = Instance(new.scenario)
        self.hubs = new.scenario.hubs.index
        self.workloads = new.scenario.workloads.index
        self.dataset_tb = new.scenario.workloads["dataset_tb"].to_numpy(float)
        self.flat = self.instance.manner == FLAT
        self._paths: dict[tuple[int, int], Path | None] = {}

    def pairs(self, plan: Plan) -> Pairs:
        """Give a plan's placement; workloads that the scenario lacks are left out."""
        table = plan.placement
        workload = positions(self.workloads, table["workload"])
        known = workload >= 0
        return Pairs(
            workload[known],
            positions(self.hubs, table["hub"][known]),
            table["hub"].to_numpy(object)[known],
            table["share"].to_numpy(float)[known],
        )

    def node_path(self, start: int, end: int) -> Path | None:
        """Fastest path between two nodes; None where there is none."""
        key = (start, end)
        if key not in self._paths:
            self._paths[key] = self.instance.backbone.fastest(start).get(end)
        return self._paths[key]

    def hub_path(self, start: int, end: int) -> Path | None:
        """Fastest path from one hub to another; None where there is none."""
        nodes = self.instance.hub_node
        return self.node_path(nodes[start], nodes[end])

    def path_price_cny_per_gb(self, path: Path | None, *, same_node: bool) -> float:
        """Price of moving a GB along a path under the basis, as staging is priced."""
        instance, tariff = self.instance, self.instance.tariff
        linked = bool(instance.scenario.links.shape[0]) and self.metro_km > 0
        near = path is not None and linked and path.length_km <= self.metro_km
        if same_node or near:
            return 0.0
        gb_year = GB_PER_GBPS_HOUR * instance.year_hours
        price = tariff.cny_per_gb + tariff.cny_per_gbps_year / gb_year
        if path is None:
            return price
        each = tariff.link_cny_per_gbps_year / tariff.fill
        each = each + instance.toll_cny_per_gbps_year
        crossed = instance.backbone.arc_link[list(path.arcs)]
        return float(price + each[crossed].sum() / gb_year)

    @property
    def metro_km(self) -> float:
        """Longest path that is local."""
        return self.instance.scenario.settings.metro_km

    def draws(self, plan: Plan, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
        """Draw by period and reserved MW of each pair at share 1.

        Schedules count where the plan's periods are those of the scenario; elsewhere
        demand is drawn as it comes.

        Returns
        -------
        draw : ndarray of shape (pairs, periods)
        reserved : ndarray of shape (pairs,)
        """
        instance = self.instance
        w = pairs.workload
        draw = instance.it_mw[w, None] * instance.factor[instance.profile[w]]
        reserved = instance.peak_mw[w].copy()
        timed = ~self.flat[w]
        same = plan.scenario.periods.index.equals(self.periods)
        if not timed.any() or not same:
            return draw, reserved
        schedule, count = plan.schedule, len(self.hubs)
        # A pair may be asked for more than once.
        code, which = np.unique(w * count + pairs.hub, return_inverse=True)
        place = positions(self.workloads, schedule["workload"]) * count
        place = place + positions(self.hubs, schedule["hub"])
        row = pd.Index(code).get_indexer(pd.Index(place))
        when = positions(self.periods, schedule["period"])
        good = (row >= 0) & (when >= 0)
        once = np.zeros((len(code), len(self.periods)))
        amount = schedule["it_mw"].to_numpy(float)
        np.add.at(once, (row[good], when[good]), amount[good])
        own = once[which.ravel()]
        # Demand may have grown since: the schedule keeps its form.
        old = positions(plan.scenario.workloads.index, self.workloads[w])
        before = plan.scenario.it_mw.to_numpy(float)[old]
        grown = np.divide(
            instance.it_mw[w], before, out=np.ones(len(w)), where=before > 0
        )
        own *= (grown / pairs.share)[:, None]
        has = timed & own.any(axis=1)
        draw[has] = own[has]
        reserved[has] = own[has].max(axis=1)
        return draw, reserved

    @property
    def periods(self) -> "pd.Index[str]":
        """Periods of the scenario."""
        return self.new.scenario.periods.index
