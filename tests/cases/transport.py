"""Transport problems: sources are hubs, customers are workloads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Tables = dict[str, Any]


def transport_tables(
    supply: Mapping[str, float],
    demand: Mapping[str, float],
    unit_cost: Mapping[tuple[str, str], float],
) -> Tables:
    """Tables of a transport problem.

    Parameters
    ----------
    supply, demand
        Amounts, as MW.
    unit_cost
        Cost of a unit from a source (first) to a customer, as CNY per MW and year.
    """
    return {
        "hubs": [
            {"id": name, "it_capacity_mw": amount} for name, amount in supply.items()
        ],
        "workloads": [
            {"id": name, "class": "batch", "origin": f"at {name}", "it_mw": amount}
            for name, amount in demand.items()
        ],
        "placement_costs": [
            {"workload": customer, "hub": source, "cny_per_mw_year": cost}
            for (source, customer), cost in unit_cost.items()
        ],
    }


@dataclass(frozen=True)
class Warehouses:
    """An instance of the OR-Library's capacitated warehouse location.

    Attributes
    ----------
    capacity, fixed_cost : ndarray of shape (warehouses,)
    demand : ndarray of shape (customers,)
    whole_cost : ndarray of shape (warehouses, customers)
        Cost of serving all of a customer's demand.
    """

    capacity: np.ndarray
    fixed_cost: np.ndarray
    demand: np.ndarray
    whole_cost: np.ndarray

    def tables(self, opened: np.ndarray) -> Tables:
        """Tables of the transport problem with some warehouses open."""
        supply = {f"w{i}": float(self.capacity[i]) for i in np.flatnonzero(opened)}
        demand = {f"c{j}": float(mw) for j, mw in enumerate(self.demand)}
        per_unit = self.whole_cost / self.demand
        cost = {
            (f"w{i}", f"c{j}"): float(per_unit[i, j])
            for i in np.flatnonzero(opened)
            for j in range(len(self.demand))
        }
        return transport_tables(supply, demand, cost)


def read_warehouses(path: Path) -> Warehouses:
    """Read a file of the OR-Library."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=float)
    places, customers = numbers[:2].astype(int)
    pairs = numbers[2 : 2 + 2 * places].reshape(places, 2)
    rest = numbers[2 + 2 * places :].reshape(customers, 1 + places)
    return Warehouses(pairs[:, 0], pairs[:, 1], rest[:, 0], rest[:, 1:].T)
