"""What runs where it is: what left its hub, and datasets that lie there already."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.audit.draws import Decisions
from siting.audit.world import World, positions, recovery

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Stay:
    """The table ``current`` as positions and shares.

    Attributes
    ----------
    workload, hub, share : ndarray
        By row of ``current``.
    """

    world: World
    workload: np.ndarray
    hub: np.ndarray
    share: Floats

    @property
    def code(self) -> np.ndarray:
        """Number of each row's pair of workload and hub."""
        return np.asarray(self.workload * len(self.world.hubs) + self.hub)

    @cached_property
    def mean_mw(self) -> Floats:
        """Mean MW demanded that each row has."""
        return np.asarray(self.share * self.world.mean_mw[self.workload])

    @property
    def price(self) -> float:
        """Yearly price of a MW that leaves its hub, CNY."""
        world = self.world
        years = recovery(world.settings.discount_rate, world.policy.move_life_years)
        return world.policy.move_cny_per_mw * years

    @property
    def counts(self) -> bool:
        """Whether what leaves has a price or a limit."""
        policy = self.world.policy
        limited = policy.churn_max_share is not None
        return bool(len(self.share)) and (policy.move_cny_per_mw > 0 or limited)

    @cached_property
    def staging_cny_per_mw(self) -> Floats:
        """Price of staging a mean MW's dataset at each row's hub, CNY."""
        world, w = self.world, self.workload
        dataset = world.scenario.workloads["dataset_tb"].to_numpy(float)[w] * 1000.0
        price = dataset * world.staging_per_gb[world.origin[w], self.hub]
        mean = world.mean_mw[w]
        none = np.zeros(len(mean))
        return np.asarray(np.divide(price, mean, out=none, where=mean > 0))


def stay_of(world: World) -> Stay:
    """Read the table ``current``."""
    current = world.scenario.current
    return Stay(
        world,
        positions(world.workloads, current["workload"]),
        positions(world.hubs, current["hub"]),
        current["share"].to_numpy(float),
    )


def moved_mw(world: World, decisions: Decisions) -> float:
    """Mean MW that are not where ``current`` has them; 0 where that does not count."""
    stay = stay_of(world)
    if not stay.counts:
        return 0.0
    draws = decisions.draws
    pair = draws.workload * len(world.hubs) + draws.hub
    there = pd.Series(draws.mean_mw).groupby(pair).sum().reindex(stay.code)
    left = stay.mean_mw - there.fillna(0.0).to_numpy(float)
    return float(np.maximum(left, 0.0).sum())


def not_there(
    world: World, workload: np.ndarray, hub: np.ndarray, part: Floats
) -> Floats:
    """Part of each pair's dataset that does not lie at the hub already."""
    stay = stay_of(world)
    if not len(stay.share):
        return part
    here = pd.Series(stay.share, stay.code).reindex(workload * len(world.hubs) + hub)
    return np.asarray(np.maximum(part - here.fillna(0.0).to_numpy(float), 0.0))


@dataclass(frozen=True, eq=False)
class StayWorth:
    """Valid multipliers of the rows of ``current``.

    Attributes
    ----------
    stay : Stay
    kept, staged : ndarray
        By row: of a mean MW kept, and of one staged.
    rows : dict of int to ndarray
        Rows of each workload.
    """

    stay: Stay
    kept: Floats
    staged: Floats
    rows: dict[int, np.ndarray]

    @cached_property
    def named(self) -> np.ndarray:
        """Workloads that ``current`` names."""
        mask = np.zeros(len(self.stay.world.workloads), bool)
        mask[self.stay.workload] = True
        return mask

    @property
    def constant(self) -> float:
        """What the right sides add to the bound."""
        stay = self.stay
        return float((self.kept - self.staged) @ stay.mean_mw)


def stay_worth(
    world: World, cost: float, churn: float, kept: Floats, staged: Floats
) -> StayWorth:
    """Make multipliers valid: none above what leaving, or staging, costs.

    Parameters
    ----------
    world : World
    cost : float
        Weight of money.
    churn : float
        Multiplier of the churn limit.
    kept, staged : ndarray
        Multipliers as read, by row of ``current``.
    """
    stay = stay_of(world)
    rows = pd.Series(stay.workload).groupby(stay.workload).indices
    return StayWorth(
        stay,
        np.minimum(kept, cost * stay.price + churn if stay.counts else 0.0),
        np.minimum(staged, cost * stay.staging_cny_per_mw),
        {int(str(w)): np.asarray(places) for w, places in rows.items()},
    )
