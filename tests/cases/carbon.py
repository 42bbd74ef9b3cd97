"""Siting by carbon within measured round-trip times, and the answer by hand tools."""

import itertools
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from scipy import optimize

CLASSES = ("realtime", "interactive", "training")


@dataclass(frozen=True)
class CarbonCase:
    """Sites with a grid factor and a PUE, and a measured matrix of round trips.

    Attributes
    ----------
    rtt_ms : ndarray of shape (origins, sites)
        nan where nothing was measured.
    factor_kg_per_mwh, pue, capacity_mw : ndarray of shape (sites,)
    demand_mw : ndarray of shape (origins, classes)
    limit_ms : ndarray of shape (classes,)
    """

    rtt_ms: np.ndarray
    factor_kg_per_mwh: np.ndarray
    pue: np.ndarray
    capacity_mw: np.ndarray
    demand_mw: np.ndarray
    limit_ms: np.ndarray

    def tables(self) -> dict[str, Any]:
        """Tables of the scenario: no links, one period, ``rtt`` alone."""
        origins, sites = self.rtt_ms.shape
        return {
            "hubs": [
                {
                    "id": f"h{s}",
                    "it_capacity_mw": float(self.capacity_mw[s]),
                    "pue": float(self.pue[s]),
                    "grid": f"g{s}",
                }
                for s in range(sites)
            ],
            "carbon_factors": [
                {"grid": f"g{s}", "location_kg_per_mwh": float(factor)}
                for s, factor in enumerate(self.factor_kg_per_mwh)
            ],
            "rtt": [
                {"origin": f"o{o}", "hub": f"h{s}", "rtt_ms": float(self.rtt_ms[o, s])}
                for o, s in itertools.product(range(origins), range(sites))
                if np.isfinite(self.rtt_ms[o, s])
            ],
            "workloads": [
                {
                    "id": f"o{o} {CLASSES[c]}",
                    "class": CLASSES[c],
                    "origin": f"o{o}",
                    "it_mw": float(self.demand_mw[o, c]),
                    "rtt_limit_ms": float(limit),
                }
                for o in range(origins)
                for c, limit in enumerate(self.limit_ms)
            ],
        }

    @property
    def t_per_mw(self) -> np.ndarray:
        """Tonnes a year of one MW at each site."""
        return np.asarray(8760.0 * self.pue * self.factor_kg_per_mwh / 1000.0)

    @property
    def reach(self) -> np.ndarray:
        """Whether an origin and class may use a site, by (origin, class, site)."""
        known = np.where(np.isfinite(self.rtt_ms), self.rtt_ms, inf)
        within = known[:, None, :] <= self.limit_ms[:, None]
        return within | np.isinf(self.limit_ms)[:, None]

    def best_whole(self) -> float:
        """Least carbon if each workload goes to one site, by trying all choices."""
        demand = self.demand_mw.ravel()
        reach = self.reach.reshape(len(demand), -1)
        options = [np.flatnonzero(row) for row in reach]
        best = inf
        for choice in itertools.product(*options):
            used = np.bincount(choice, demand, minlength=len(self.capacity_mw))
            if (used <= self.capacity_mw + 1e-9).all():
                best = min(best, float(demand @ self.t_per_mw[list(choice)]))
        return best

    def best_split(self) -> float:
        """Least carbon as a transport program, by scipy."""
        demand = self.demand_mw.ravel()
        reach = self.reach.reshape(len(demand), -1)
        row, site = np.nonzero(reach)
        placed = (row == np.arange(len(demand))[:, None]).astype(float)
        used = (site == np.arange(len(self.capacity_mw))[:, None]).astype(float)
        answer = optimize.linprog(
            self.t_per_mw[site],
            A_ub=used,
            b_ub=self.capacity_mw,
            A_eq=placed,
            b_eq=demand,
            method="highs",
        )
        assert answer.status == 0, answer.message
        return float(answer.fun)


def made_case() -> CarbonCase:
    """Six sites and four origins with round numbers."""
    return CarbonCase(
        rtt_ms=np.array(
            [
                [2.0, 18.0, 34.0, 41.0, 27.5, np.nan],
                [16.0, 3.0, 29.0, 38.0, 30.0, 52.0],
                [31.0, 27.0, 2.5, 22.0, 44.0, 19.0],
                [44.0, 36.0, 24.0, 1.5, np.nan, 9.5],
            ]
        ),
        factor_kg_per_mwh=np.array([598.0, 561.0, 423.0, 128.0, 677.0, 389.0]),
        pue=np.array([1.45, 1.4, 1.35, 1.25, 1.15, 1.2]),
        capacity_mw=np.array([40.0, 35.0, 30.0, 25.0, 60.0, 20.0]),
        demand_mw=np.array(
            [[6.0, 9.0, 12.0], [5.0, 8.0, 10.0], [4.0, 7.0, 9.0], [3.0, 6.0, 8.0]]
        ),
        limit_ms=np.array([10.0, 30.0, inf]),
    )
