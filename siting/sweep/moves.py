"""What moves between two plans of a scenario, by workload and hub."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.model.extract import Placed
from siting.scenario import Scenario
from siting.words import word

# Less is no move: in MW, and of a workload below 1 MW as a part of it.
ROUNDING = 1e-6
MOST_MOVES = 4
LEAST_MOVE_MW = 0.05


@dataclass(frozen=True, eq=False)
class Running:
    """Where the workloads of one plan run.

    Attributes
    ----------
    pair : ndarray of int of shape (pairs,)
        Number of the workload, times the number of hubs, plus that of the hub.
    mean_mw : ndarray of shape (pairs,)
        Never 0.
    """

    pair: np.ndarray
    mean_mw: np.ndarray

    @classmethod
    def of(cls, placed: Placed) -> "Running":
        """Take it from what every workload does."""
        used = np.flatnonzero(placed.mean_mw)
        hubs = len(placed.instance.scenario.hubs)
        pair = placed.workload[used] * hubs + placed.hub[used]
        return cls(pair, placed.mean_mw[used])


def moved(scenario: Scenario, before: Running, after: Running) -> pd.DataFrame:
    """MW that one plan has more than the other, by workload and hub.

    Parameters
    ----------
    scenario : Scenario
    before, after : Running
    """
    pair, place = np.unique(
        np.concatenate([before.pair, after.pair]), return_inverse=True
    )
    change = np.bincount(place, np.concatenate([-before.mean_mw, after.mean_mw]))
    workload, hub = np.divmod(pair, len(scenario.hubs))
    least = ROUNDING * np.minimum(1.0, scenario.it_mw.to_numpy(float)[workload])
    pick = np.flatnonzero(np.abs(change) > least)
    workload, hub = workload[pick], hub[pick]
    return pd.DataFrame(
        {
            "workload": scenario.workloads.index.to_numpy(object)[workload],
            "class": scenario.workloads["class"].to_numpy(object)[workload],
            "hub": scenario.hubs.index.to_numpy(object)[hub],
            "it_mw": change[pick],
        }
    )


def told(moves: pd.DataFrame) -> str:
    """Name the hubs that gain and lose most, and the classes that move.

    Parameters
    ----------
    moves : DataFrame
        As :func:`moved` gives them.
    """
    by_hub = moves.groupby("hub")["it_mw"].sum()
    by_hub = by_hub[by_hub.abs() >= LEAST_MOVE_MW]
    order = by_hub.abs().sort_values(ascending=False, kind="stable").index
    come_or_go = moves["it_mw"].abs().groupby([moves["class"], moves["hub"]]).sum()
    moving = come_or_go[come_or_go >= LEAST_MOVE_MW].index.unique("class")
    if not len(moving):
        # Each moves little, all together do not.
        moving = come_or_go.index.unique("class")
    classes = ", ".join(sorted(moving))
    if not len(order):
        if come_or_go.max() >= LEAST_MOVE_MW:
            return word("workloads trade places ({classes})", classes=classes)
        return word("routes, rooms or hours only")
    parts = [f"{hub} {by_hub[hub]:+,.1f} MW" for hub in order[:MOST_MOVES]]
    rest = len(order) - MOST_MOVES
    more = word(" and {rest} more", rest=rest) if rest > 0 else ""
    return f"{', '.join(parts)}{more} ({classes})"
