"""Five sites over the 8,760 hours of a year, and the same program written for scipy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, sparse

HOURS_A_DAY = 24
BURST = 4.0


@dataclass(frozen=True)
class Year:
    """Prices and demand by hour; room is pooled.

    Attributes
    ----------
    price : ndarray of shape (sites, hours)
        CNY/MWh, at times negative.
    pue, hosting, capacity : ndarray of shape (sites,)
    movable : ndarray of shape (workloads, hours)
        MW in every hour.
    deferrable : ndarray of shape (workloads,)
        Mean MW, fixed in every day.
    """

    price: np.ndarray
    pue: np.ndarray
    hosting: np.ndarray
    capacity: np.ndarray
    movable: np.ndarray
    deferrable: np.ndarray

    def tables(self) -> dict[str, Any]:
        """Tables of the scenario."""
        sites, hours = self.price.shape
        periods = [f"t{t:04d}" for t in range(hours)]
        hubs = [f"h{h}" for h in range(sites)]
        moving = [f"m{w}" for w in range(len(self.movable))]
        waiting = [f"d{w}" for w in range(len(self.deferrable))]
        shapes = [f"shape {name}" for name in moving]
        none = [""] * len(waiting)
        return {
            "periods": pd.DataFrame(
                {
                    "id": periods,
                    "hours": 1.0,
                    "day": [f"day {t // HOURS_A_DAY}" for t in range(hours)],
                }
            ),
            "hubs": pd.DataFrame(
                {
                    "id": hubs,
                    "it_capacity_mw": self.capacity,
                    "pue": self.pue,
                    "hosting_cny_per_mw_year": self.hosting,
                }
            ),
            "tariffs": pd.DataFrame(
                {
                    "hub": np.repeat(hubs, hours),
                    "period": np.tile(periods, sites),
                    "price_cny_per_mwh": self.price.ravel(),
                }
            ),
            "profiles": pd.DataFrame(
                {
                    "profile": np.repeat(shapes, hours),
                    "period": np.tile(periods, len(shapes)),
                    "factor": self.movable.ravel(),
                }
            ),
            "workloads": pd.DataFrame(
                {
                    "id": moving + waiting,
                    "class": "batch",
                    "origin": "n",
                    "manner": ["movable"] * len(moving) + ["deferrable"] * len(waiting),
                    "it_mw": [1.0] * len(moving) + list(self.deferrable),
                    "profile": shapes + none,
                    "window": ["year"] * len(moving) + ["day"] * len(waiting),
                    "burst": [1.0] * len(moving) + [BURST] * len(waiting),
                }
            ),
            "settings": {"room": "pooled", "hours_per_year": float(hours)},
        }

    def least_cost(self) -> float:
        """Least cost by scipy.

        Columns: MW of each workload, site and hour (movable ones first); the share of
        each deferrable workload and site; room of each site.
        """
        sites, hours = self.price.shape
        moving, waiting = len(self.movable), len(self.deferrable)
        shape = (moving + waiting, sites, hours)
        drawn = np.arange(np.prod(shape)).reshape(shape)
        share = drawn.size + np.arange(waiting * sites).reshape(waiting, sites)
        room = drawn.size + share.size + np.arange(sites)
        each = np.arange(hours)
        day = each // HOURS_A_DAY
        equal, below = _Rows(), _Rows()
        for w in range(moving):
            equal.add(self.movable[w], *((each, mw, 1.0) for mw in drawn[w]))
        for w, mw in enumerate(self.deferrable):
            equal.add(np.ones(1), (np.zeros(sites, int), share[w], 1.0))
            for h in range(sites):
                power, part = drawn[moving + w, h], np.full(hours, share[w, h])
                equal.add(np.zeros(day[-1] + 1), (day, power, 1.0), (day, part, -mw))
                below.add(
                    np.zeros(hours), (each, power, 1.0), (each, part, -BURST * mw)
                )
        for h in range(sites):
            used = [(each, mw, 1.0) for mw in drawn[:, h]]
            below.add(np.zeros(hours), *used, (each, np.full(hours, room[h]), -1.0))
        columns = drawn.size + share.size + sites
        cost, upper = np.zeros(columns), np.full(columns, np.inf)
        cost[: drawn.size] = np.tile((self.price * self.pue[:, None]).ravel(), shape[0])
        cost[room], upper[room] = self.hosting, self.capacity
        answer = optimize.linprog(
            cost,
            A_ub=below.matrix(columns),
            b_ub=below.right(),
            A_eq=equal.matrix(columns),
            b_eq=equal.right(),
            bounds=np.column_stack([np.zeros(columns), upper]),
            method="highs",
        )
        assert answer.status == 0, answer.message
        return float(answer.fun)


class _Rows:
    """Collects rows of a sparse matrix with their right-hand sides."""

    def __init__(self) -> None:
        self._right: list[np.ndarray] = []
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._count = 0

    def add(
        self, right: np.ndarray, *parts: tuple[np.ndarray, np.ndarray, float]
    ) -> None:
        """Add rows; each part names row, column and value, and repeats are summed."""
        for row, column, value in parts:
            values = np.full(len(column), value)
            self._entries.append((self._count + row, column, values))
        self._right.append(right)
        self._count += len(right)

    def matrix(self, columns: int) -> sparse.csr_array:
        """All rows as a matrix."""
        row, column, value = (
            np.concatenate(p) for p in zip(*self._entries, strict=True)
        )
        return sparse.csr_array((value, (row, column)), shape=(self._count, columns))

    def right(self) -> np.ndarray:
        """All right-hand sides."""
        return np.concatenate(self._right)


def made_year(hours: int) -> Year:
    """Make up a year: daily and yearly waves, noise, and hours of negative prices."""
    dice = np.random.default_rng(20231116)
    clock = np.arange(hours)
    sites = 5
    phase = dice.uniform(0, 24, size=(sites, 1))
    daily = 120 * np.sin(2 * np.pi * (clock - phase) / HOURS_A_DAY)
    yearly = 60 * np.sin(2 * np.pi * clock / hours + phase)
    level = np.array([[420.0], [380.0], [300.0], [260.0], [340.0]])
    price = level + daily + yearly + dice.normal(0, 60, size=(sites, hours))
    price[3] = np.where(dice.random(hours) < 0.03, -80.0, price[3])
    shape = 1 + 0.35 * np.sin(2 * np.pi * (clock - 14) / HOURS_A_DAY)
    return Year(
        price=np.round(price, 2),
        pue=np.array([1.5, 1.4, 1.25, 1.2, 1.3]),
        hosting=np.array([8e5, 7e5, 6.9e5, 6.5e5, 6e5]) * hours / 8760,
        capacity=np.array([60.0, 40.0, 30.0, 25.0, 30.0]),
        movable=np.round(np.outer([24.0, 9.0], shape), 3),
        deferrable=np.array([30.0, 12.0]),
    )
