r"""Multipliers of what movable workloads reserve, blended between a few of them.

A workload whose features lie between those of two others, :math:`f = (1 - \theta) f_1 +
\theta f_2`, has between their costs and prices of a reserved MW. So the blend of valid
multipliers is valid,

.. math::

   \sum_t \bigl((1 - \theta) \mu^1_{ht} + \theta \mu^2_{ht}\bigr) \le
   (1 - \theta) R^1_h + \theta R^2_h = R_h

and proves at least the blend of what the two prove. A few *knots* thus stand for all
workloads that are alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.model.green import singled_out
from siting.model.instance import Instance

RESERVE = "reserve"
SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Blend:
    """Multipliers of reserved MW at the knots of one cell.

    Attributes
    ----------
    direction : ndarray of shape (kinds,)
        Along it the features say where a workload lies.
    place : ndarray of shape (knots,)
        Where the knots lie, ascending.
    worth : ndarray of shape (knots, hubs, periods)
    edges : ndarray of shape (knots - 1,)
        Where, between two knots, the schedule of the next one becomes the cheaper.
    line : bool
        Whether the features of all lie on one line; else a knot serves itself alone.
    """

    direction: np.ndarray
    place: np.ndarray
    worth: np.ndarray
    edges: np.ndarray
    line: bool

    def at(self, features: np.ndarray) -> np.ndarray:
        """Multipliers of some workloads.

        Parameters
        ----------
        features : ndarray of shape (workloads, kinds)

        Returns
        -------
        ndarray of shape (workloads, hubs, periods)
        """
        left, right, part = between(self.place, features @ self.direction)
        part = part[:, None, None]
        return np.asarray((1.0 - part) * self.worth[left] + part * self.worth[right])

    def knot(self, features: np.ndarray) -> np.ndarray:
        """Find the knot whose schedule is the cheapest, by workload."""
        return np.asarray(np.searchsorted(self.edges, features @ self.direction))

    def near(self, features: np.ndarray) -> np.ndarray:
        """Tell which of some workloads (mask) lie at a knot, or next to one."""
        if not self.line:
            return np.ones(len(features), dtype=bool)
        place = features @ self.direction
        order = np.argsort(place, kind="stable")
        at = np.searchsorted(place[order], self.place)
        found = np.zeros(len(place), dtype=bool)
        last = max(len(place) - 1, 0)
        here = np.minimum(at, last)
        exact = (at <= last) & (place[order][here] == self.place)
        found[order[here]] = True
        found[order[np.maximum(at - 1, 0)[~exact]]] = True
        return found


@dataclass(frozen=True, eq=False)
class Blends:
    """Multipliers of what movable workloads reserve.

    Attributes
    ----------
    cell : ndarray of int of shape (workloads,)
    of_cell : dict of int to Blend
        Of the cells whose workloads are movable and reserve at a price.
    features : ndarray of shape (workloads, kinds)
    """

    cell: np.ndarray
    of_cell: dict[int, Blend]
    features: np.ndarray

    def rows(self, instance: Instance) -> pd.DataFrame:
        """Rows of the table ``duals``: of the knots, or of those next to one.

        All have their rows that have other multipliers of their own, or whose
        features do not lie on one line.

        Parameters
        ----------
        instance : Instance
        """
        scenario, own = instance.scenario, singled_out(instance.scenario)
        order, features = np.argsort(self.cell, kind="stable"), self.features
        begins, ends = (
            np.searchsorted(self.cell[order], list(self.of_cell), side)
            for side in ("left", "right")
        )
        found = [np.zeros((3, 0), dtype=int)]
        values = [np.zeros(0)]
        for blend, begin, end in zip(self.of_cell.values(), begins, ends, strict=True):
            some = order[begin:end]
            kept = some[blend.near(features[some]) | own[some]]
            worth = blend.at(features[kept])
            row, hub, period = np.nonzero(worth > 0)
            found.append(np.array([kept[row], hub, period]))
            values.append(worth[row, hub, period])
        workload, hub, period = np.concatenate(found, axis=1)
        return pd.DataFrame(
            {
                "kind": RESERVE,
                "subject": scenario.workloads["id"].to_numpy(object)[workload],
                "hub": scenario.hubs.index.to_numpy(object)[hub],
                "direction": "",
                "period": scenario.periods.index.to_numpy(object)[period],
                "value": np.concatenate(values),
            }
        )


def between(
    knots: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Knots that enclose some places, and how far each is on its way to the second.

    Parameters
    ----------
    knots : ndarray of shape (knots,)
        Ascending.
    place : ndarray of shape (places,)
        Those beyond the ends are taken to be there.
    """
    right = np.clip(np.searchsorted(knots, place), 0, len(knots) - 1)
    left = np.maximum(right - 1, 0)
    width = knots[right] - knots[left]
    part = np.ones(len(place))
    # Within first: beside a width that is next to nothing the rest would overflow.
    within = np.clip(place, knots[left], knots[right]) - knots[left]
    np.divide(within, width, out=part, where=width > 0)
    return left, right, part


def line_of(features: np.ndarray) -> tuple[np.ndarray, bool]:
    """Choose a direction along which workloads differ.

    Parameters
    ----------
    features : ndarray of shape (workloads, kinds)

    Returns
    -------
    direction : ndarray of shape (kinds,)
    line : bool
        Whether it says all, because the features lie on one line.
    """
    kinds = features.shape[1]
    direction = np.zeros(kinds)
    if not kinds:
        return direction, True
    size = np.abs(features).max(axis=0, initial=0.0)
    size[size == 0] = 1.0
    spread = np.ptp(features, axis=0) / size
    direction[spread.argmax()] = 1.0
    place = features @ direction
    if spread.max() <= SAME:
        return direction, True
    low, high = features[place.argmin()], features[place.argmax()]
    part = (place - place.min()) / np.ptp(place)
    away = np.abs(features - (low + part[:, None] * (high - low))).max(axis=0)
    if (away <= SAME * size).all():
        return direction, True
    # Of no simple ratio, so that no two lie at one place.
    return np.sqrt(np.arange(kinds) + 2.0) / size, False
