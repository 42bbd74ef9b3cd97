r"""Worth of a MW to the workload that draws it: own green limits and certificates.

With :math:`\mu_{wt}` the multiplier of the least green share :math:`\sigma_w` of one
workload, :math:`\nu_{oht}` what a place for a certificate of its owner is worth,
:math:`e_{ht}` the energy of a MW and :math:`g_{ht}` its green share, drawing it costs

.. math:: -\mu_{wt}\, e_{ht} (g_{ht} - \sigma_w) - \nu_{oht}\, e_{ht} (1 - g_{ht})

more. Workloads of one kind differ in this, so it is worked out for all of them at once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siting.audit.bound import Prices
from siting.audit.green import GreenBook
from siting.audit.world import World

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class OwnGreen:
    """Multipliers by workload.

    Attributes
    ----------
    share, year : ndarray of shape (workloads,)
        Least green share, and the multiplier of one that holds over the year.
    row : ndarray of int of shape (workloads,)
        Row of those that hold in every period, -1 for others.
    by_period : ndarray of shape (rows, periods)
    use : ndarray of shape (owners, hubs, 1 or periods)
        What a place for a certificate is worth; no rows without certificates.
    """

    world: World
    book: GreenBook
    share: Floats
    year: Floats
    row: np.ndarray
    by_period: Floats
    use: Floats

    @classmethod
    def of(cls, prices: Prices) -> "OwnGreen":
        """Lay the multipliers out by workload."""
        world, book = prices.world, prices.book
        count = len(world.workloads)
        share, year, row = np.zeros(count), np.zeros(count), np.full(count, -1)
        rows: list[Floats] = []
        first = len(book.scopes)
        values = prices.multipliers.green[first:]
        own = zip(book.single.tolist(), book.rules[first:], values, strict=True)
        for workload, rule, value in own:
            if not value.any():
                continue
            share[workload] = rule.share
            if rule.every_period:
                row[workload] = len(rows)
                rows.append(value)
            else:
                year[workload] = value[0]
        by_period = np.array(rows).reshape(-1, len(world.periods))
        use = prices.multipliers.certificate_use
        return cls(world, book, share, year, row, by_period, use)

    @cached_property
    def nothing(self) -> bool:
        """Whether it is 0 for all."""
        return not (self.year.any() or len(self.by_period) or self.use.any())

    @property
    def periods(self) -> int:
        """Cells that a workload takes at a hub, where it follows its profile."""
        return self.use.shape[2] if len(self.use) else 1

    def following(self, members: np.ndarray, factor: Floats) -> Floats:
        """Give it for workloads that follow a profile.

        Parameters
        ----------
        members : ndarray of int
        factor : ndarray of shape (periods,)

        Returns
        -------
        ndarray of shape (members, hubs)
            For one MW at factor 1.
        """
        world = self.world
        energy = world.energy * factor
        green = energy * world.green
        share, year = self.share[members, None], self.year[members, None]
        worth = year * (share * energy.sum(axis=1) - green.sum(axis=1))
        row = self.row[members]
        some = row >= 0
        value = self.by_period[row[some]]
        worth[some] += share[some] * (value @ energy.T) - value @ green.T
        if len(self.use):
            grey = energy - green
            use = self.use[self.book.owner[members]]
            if use.shape[2] == 1:
                grey = grey.sum(axis=1, keepdims=True)
            worth -= np.einsum("mht,ht->mh", use, grey)
        return np.asarray(worth)

    def by_hour(self, members: np.ndarray) -> Floats:
        """Give it for workloads that have schedules.

        Parameters
        ----------
        members : ndarray of int

        Returns
        -------
        ndarray of shape (members, hubs, periods)
            For one MW drawn in a period.
        """
        world = self.world
        row = self.row[members]
        value = np.repeat(self.year[members, None], len(world.periods), axis=1)
        value[row >= 0] = self.by_period[row[row >= 0]]
        share = self.share[members, None, None]
        worth = value[:, None] * world.energy * (share - world.green)
        if len(self.use):
            grey = world.energy * (1.0 - world.green)
            worth -= self.use[self.book.owner[members]] * grey
        return np.asarray(worth)
