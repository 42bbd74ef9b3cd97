"""Atoms: many workloads that are nearly alike, on which most rounds are spent.

What is best for an atom's mean is best for all its members but those that lie on the
other side of a break-point, so what a few atoms lose is of second order in their width.
The last rounds ask the workloads themselves.
"""

import numpy as np

from siting.aggregate.buckets import Alike
from siting.lookup import number

# From so many workloads on, atoms save more than they cost.
MANY = 200_000
# Slices of each group, shared among the features that vary; fewer of many groups.
SLICES = 512
MOST_ATOMS = 200_000
SAMPLE = 100_000


def atoms(groups: Alike, slices: int | None = None) -> np.ndarray:
    """Give numbers to the slices of each group by rates and datasets.

    Parameters
    ----------
    groups : Alike
    slices : int, optional
        Of each group, shared among the features that vary.

    Returns
    -------
    ndarray of int of shape (workloads,)
        Numbers in the order of first appearance.
    """
    varying = [key for key in groups.features.T if np.ptp(key) > 0]
    slices = min(slices or SLICES, max(4, MOST_ATOMS // len(groups.first)))
    each = max(2, round(slices ** (1 / max(1, len(varying)))))
    parts = [groups.of_workload]
    for key in varying:
        sample = key[:: max(1, len(key) // SAMPLE)]
        edges = np.quantile(sample, np.linspace(0, 1, each + 1)[1:-1])
        parts.append(np.searchsorted(edges, key))
    return number(*parts)
