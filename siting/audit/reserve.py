r"""Multipliers of reserved MW of movable workloads, those without rows included.

One that lies between two others, :math:`f = (1 - \theta) f_1 + \theta f_2` in its data
rates, datasets and rent, takes the blend :math:`(1 - \theta) \mu_1 + \theta \mu_2` of
their multipliers. That is as good as any, for the bound holds whatever they are.
"""

from dataclasses import dataclass

import numpy as np

from siting.audit.world import World

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Reserve:
    """Multipliers of workloads that have the same choices.

    Attributes
    ----------
    place : ndarray of shape (members,)
        Where each lies among the others.
    members : ndarray of int
        Ascending.
    knots : ndarray of shape (knots,)
        Where those with rows lie, ascending.
    grids : ndarray of shape (knots, hubs, periods)
        Their multipliers.
    own : dict of int to ndarray of shape (hubs, periods)
        Multipliers by workload.
    """

    place: Floats
    members: np.ndarray
    knots: Floats
    grids: Floats
    own: dict[int, Floats]

    @classmethod
    def of(
        cls, world: World, reserve: dict[int, Floats], members: np.ndarray
    ) -> "Reserve | None":
        """Sort those with rows by where they lie; None where none has any.

        Parameters
        ----------
        world : World
        reserve : dict of int to ndarray of shape (hubs, periods)
            By workload.
        members : ndarray of int
            Ascending.
        """
        known = np.array([w for w in members.tolist() if w in reserve], dtype=int)
        if not len(known):
            return None
        place = _places(world, members)
        knots = place[np.searchsorted(members, known)]
        order = np.argsort(knots, kind="stable")
        grids = np.array([reserve[w] for w in known[order].tolist()])
        return cls(place, members, knots[order], grids, reserve)

    def of_members(self, some: np.ndarray) -> Floats:
        """Multipliers of some of the workloads, by hub and period."""
        place = self.place[np.searchsorted(self.members, some)]
        above = np.clip(np.searchsorted(self.knots, place), 0, len(self.knots) - 1)
        below = np.maximum(above - 1, 0)
        width = self.knots[above] - self.knots[below]
        theta = np.ones(len(some))
        np.divide(place - self.knots[below], width, out=theta, where=width > 0)
        theta = np.clip(theta, 0.0, 1.0)[:, None, None]
        found = self.grids[below] * (1.0 - theta) + self.grids[above] * theta
        for row, workload in enumerate(some.tolist()):
            if workload in self.own:
                found[row] = self.own[workload]
        return np.asarray(found)


def _places(world: World, members: np.ndarray) -> Floats:
    """Where workloads lie: by what they differ in the most."""
    frame = world.scenario.workloads
    peak = world.peak_mw[members]
    dataset = frame["dataset_tb"].to_numpy(float)[members]
    dataset = np.divide(dataset, peak, out=np.zeros(len(peak)), where=peak > 0)
    rent = np.zeros(len(members))
    if world.settings.accelerators_in_ledger:
        rent = frame["accelerator_cny_per_mw_year"].to_numpy(float)[members]
    rates = (each[members] for each in (world.to_rate, world.from_rate, world.billed))
    kinds = np.array([*rates, dataset, rent])
    largest = np.abs(kinds).max(axis=1)
    spread = np.ptp(kinds, axis=1) / np.where(largest > 0, largest, 1.0)
    return np.asarray(kinds[spread.argmax()])
