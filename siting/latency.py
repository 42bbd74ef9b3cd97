r"""Round-trip times between origins and hubs, and which hubs are within reach.

.. math:: \mathrm{RTT}(p) = 2 f \sum_{a \in p} d_a + c

with :math:`d_a` the one-way optical delay of an arc, :math:`f` the network factor and
:math:`c` the access constant. A measured value replaces the RTT of the fastest path of
its pair; slower paths take the modelled difference on top.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.backbone import Backbone, Path
from siting.lookup import positions
from siting.scenario import Scenario
from siting.units import great_circle_km

TOLERANCE_MS = 1e-9


@dataclass(frozen=True, eq=False)
class Reach:
    """Delays of every pair of an origin and a hub; arrays of shape (origins, hubs).

    Attributes
    ----------
    origins : Index
        Node ids that are the origin of some workload.
    to_ms, from_ms
        One-way delay of the fastest path to and from the hub; inf where there is none.
    km
        Length of the fastest path to the hub (from it, where only that exists); nan
        where unknown.
    measured_ms
        Measured RTT; nan where there is none.
    rtt_ms
        RTT of the fastest path; nan where unknown.
    same_node : ndarray of bool
    """

    origins: pd.Index
    to_ms: np.ndarray
    from_ms: np.ndarray
    km: np.ndarray
    measured_ms: np.ndarray
    rtt_ms: np.ndarray
    same_node: np.ndarray
    rtt_factor: float
    rtt_access_ms: float
    metro_km: float
    has_links: bool
    _most: dict[tuple[float, bool], np.ndarray] = field(default_factory=dict)

    @property
    def wide_area(self) -> np.ndarray:
        """Where moving data is paid for: pairs that are not local."""
        if self.metro_km <= 0:
            return ~self.same_node
        near = np.nan_to_num(self.km, nan=np.inf) <= self.metro_km
        return np.asarray(~(self.same_node | near))

    def most_one_way_ms(self, rtt_limit_ms: float, *, to_hub: bool) -> np.ndarray:
        """Largest one-way delay of a path that keeps within an RTT limit."""
        key = (rtt_limit_ms, to_hub)
        if key not in self._most:
            self._most[key] = self._most_one_way_ms(rtt_limit_ms, to_hub=to_hub)
        return self._most[key]

    def _most_one_way_ms(self, rtt_limit_ms: float, *, to_hub: bool) -> np.ndarray:
        fastest = self.to_ms if to_hub else self.from_ms
        limit = rtt_limit_ms + TOLERANCE_MS
        if np.isinf(limit):
            return np.full(fastest.shape, np.inf)
        known = ~np.isnan(self.measured_ms)
        slack = np.where(known, limit - self.measured_ms, limit - self.rtt_access_ms)
        if self.rtt_factor == 0:
            return np.where(slack >= 0, np.inf, -np.inf)
        base = np.where(known & np.isfinite(fastest), fastest, 0.0)
        return base + slack / (2.0 * self.rtt_factor)

    def within(self, rtt_limit_ms: float, *, to_hub: bool) -> np.ndarray:
        """Pairs that have some path in this direction within the limit."""
        if not self.has_links:
            if np.isinf(rtt_limit_ms):
                return np.ones(self.rtt_ms.shape, dtype=bool)
            known = np.nan_to_num(self.rtt_ms, nan=np.inf)
            return np.asarray(known <= rtt_limit_ms + TOLERANCE_MS)
        fastest = self.to_ms if to_hub else self.from_ms
        most = self.most_one_way_ms(rtt_limit_ms, to_hub=to_hub)
        return np.asarray(np.isfinite(fastest) & (fastest <= most))

    def path_rtt_ms(self, origin: int, hub: int, path: Path, *, to_hub: bool) -> float:
        """RTT of one path of a pair."""
        measured = self.measured_ms[origin, hub]
        if np.isnan(measured):
            return 2.0 * path.one_way_ms * self.rtt_factor + self.rtt_access_ms
        fastest = (self.to_ms if to_hub else self.from_ms)[origin, hub]
        return float(
            measured + 2.0 * self.rtt_factor * (path.one_way_ms - float(fastest))
        )


def reach(scenario: Scenario, backbone: Backbone) -> Reach:
    """Derive delays for every origin and hub of a scenario.

    Parameters
    ----------
    scenario : Scenario
    backbone : Backbone

    Returns
    -------
    Reach
    """
    hubs, settings = scenario.hubs, scenario.settings
    origins = pd.Index(scenario.workloads["origin"].unique())
    start = positions(backbone.nodes, origins)
    end = positions(backbone.nodes, hubs["node"])
    same = start[:, None] == end[None, :]
    measured = np.full(same.shape, np.nan)
    rows = positions(origins, scenario.rtt["origin"])
    columns = positions(hubs.index, scenario.rtt["hub"])
    known = (rows >= 0) & (columns >= 0)
    measured[rows[known], columns[known]] = scenario.rtt.loc[known, "rtt_ms"]
    has_links = len(scenario.links) > 0
    if has_links:
        to_ms, to_km = _fastest(backbone, start, end, inward=False)
        from_ms, from_km = _fastest(backbone, start, end, inward=True)
        km = np.where(np.isfinite(to_ms), to_km, from_km)
        one_way = np.where(np.isfinite(to_ms), to_ms, from_ms)
        one_way = np.where(np.isfinite(one_way), one_way, np.nan)
    else:
        km = _great_circle(scenario, origins)
        km[same] = 0.0
        one_way = km * settings.propagation_ms_per_km
        to_ms = from_ms = np.nan_to_num(one_way, nan=0.0)
    modelled = 2.0 * one_way * settings.rtt_factor + settings.rtt_access_ms
    return Reach(
        origins=origins,
        to_ms=to_ms,
        from_ms=from_ms,
        km=km,
        measured_ms=measured,
        rtt_ms=np.where(np.isnan(measured), modelled, measured),
        same_node=same,
        rtt_factor=settings.rtt_factor,
        rtt_access_ms=settings.rtt_access_ms,
        metro_km=settings.metro_km,
        has_links=has_links,
    )


def _fastest(
    backbone: Backbone, start: np.ndarray, end: np.ndarray, *, inward: bool
) -> tuple[np.ndarray, np.ndarray]:
    delay = np.full((len(start), len(end)), np.inf)
    km = np.full((len(start), len(end)), np.nan)
    for row, node in enumerate(start.tolist()):
        paths = backbone.fastest(node, inward=inward)
        for column, other in enumerate(end.tolist()):
            if other in paths:
                delay[row, column] = paths[other].one_way_ms
                km[row, column] = paths[other].length_km
    return delay, km


def _great_circle(scenario: Scenario, origins: pd.Index) -> np.ndarray:
    columns = ["latitude", "longitude"]
    nodes = scenario.nodes[columns].astype(float)
    start = nodes.loc[origins].to_numpy()
    own = scenario.hubs[columns].to_numpy(float)
    at_node = nodes.loc[scenario.hubs["node"]].to_numpy()
    end = np.where(np.isnan(own), at_node, own)
    return np.asarray(
        great_circle_km(
            start[:, None, 0], start[:, None, 1], end[None, :, 0], end[None, :, 1]
        )
    )
