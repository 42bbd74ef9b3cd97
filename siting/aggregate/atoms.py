r"""Atoms: many workloads that are nearly alike, on which most rounds are spent.

What is best for an atom's mean is best for all its members but those that lie on the
other side of a break-point, so what a few atoms lose is of second order in their width:
where :math:`f` MW lie on a unit of the rate and break-points lie anywhere, atoms of
width :math:`w` lose :math:`\int f w^2`. Of all ways to make so many it is least for

.. math:: w \propto f^{-1/3}

so that what is large, or spread wide, is cut finer. The last rounds ask the workloads
themselves.
"""

import numpy as np

from siting.aggregate.buckets import Alike
from siting.lookup import number

# From so many workloads on, atoms save more than they cost.
MANY = 200_000
# Slices of a group on average, shared among the features that vary; fewer of many.
SLICES = 512
MOST_ATOMS = 200_000
SAMPLE = 1_000_000


def atoms(groups: Alike, mean_mw: np.ndarray, slices: int | None = None) -> np.ndarray:
    """Give numbers to the slices of each group by rates and datasets.

    Parameters
    ----------
    groups : Alike
    mean_mw : ndarray of shape (workloads,)
        Demand.
    slices : int, optional
        Of a group on average, shared among the features that vary.

    Returns
    -------
    ndarray of int of shape (workloads,)
        Numbers in the order of first appearance.
    """
    varying = [key for key in groups.features.T if np.ptp(key) > 0]
    count = len(groups.first)
    slices = min(slices or SLICES, max(4, MOST_ATOMS // count))
    each = max(2.0, slices ** (1 / max(1, len(varying))))
    parts = [
        _slices(groups.of_workload, key, mean_mw, (each - 1) * count) for key in varying
    ]
    return number(groups.of_workload, *parts)


def _slices(
    group: np.ndarray, key: np.ndarray, mean_mw: np.ndarray, cuts: float
) -> np.ndarray:
    """Give the slice of each workload when all groups are cut so many times in all."""
    low, high = key.min(), key.max()
    # Groups one after the other, each of length below 1.
    place = group + (key - low) / ((high - low) * (1 + 1e-9))
    some, mass = place, mean_mw
    if len(place) > SAMPLE:
        # At random, for any step would miss some of what lies in order.
        chosen = np.random.default_rng(0).integers(len(place), size=SAMPLE)
        some, mass = place[chosen], mean_mw[chosen]
    order = np.argsort(some, kind="stable")
    some, mass = some[order], mass[order]
    apart = np.where(np.diff(np.floor(some)) == 0, np.diff(some), 0.0)
    # How many atoms should lie between two of the sample, but for a factor.
    worth = np.cbrt(mass[1:] * apart**2)
    # There is room for one cut only between two.
    worth = np.cumsum(np.minimum(worth, worth.sum() / cuts))
    if not len(worth) or worth[-1] <= 0:
        return np.zeros(len(place), dtype=int)
    made = np.floor(worth * (cuts / worth[-1]))
    edges = some[1:][np.diff(made, prepend=0.0) > 0]
    return np.asarray(np.searchsorted(edges, place, side="right"))
