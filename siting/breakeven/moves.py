"""What moves between two placements, and how much of a scope is where."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.breakeven.axes import WEST, refused
from siting.errors import suggestion
from siting.model.instance import Instance
from siting.scenario import Scenario

LEAST_MW = 1e-6
SHOWN = 3
NOT_SERVED = "(not served)"


@dataclass(frozen=True)
class Scope:
    """The workloads that a break-even is about.

    Attributes
    ----------
    name : str
        For a sentence.
    mask : ndarray of bool, by workload
    whole : bool
        Whether it is everything.
    """

    name: str
    mask: np.ndarray
    whole: bool


def scope_of(
    scenario: Scenario, workload: str | None, workload_class: str | None
) -> Scope:
    """Find the workloads in scope.

    Raises
    ------
    InputError
        For an unknown workload or class, or for both at once.
    """
    frame = scenario.workloads
    if workload is not None and workload_class is not None:
        raise refused("a workload and a class are both given", "Give one of them.")
    if workload is not None:
        if workload not in frame.index:
            message = f"there is no workload '{workload}'"
            raise refused(message, suggestion(workload, frame.index, "workloads"))
        return Scope(workload, np.asarray(frame.index == workload), False)
    if workload_class is not None:
        classes = frame["class"]
        if workload_class not in set(classes):
            message = f"there is no class '{workload_class}'"
            raise refused(message, suggestion(workload_class, classes, "classes"))
        mask = (classes == workload_class).to_numpy(bool)
        return Scope(f"class {workload_class}", mask, False)
    return Scope("the whole plan", np.ones(len(frame), dtype=bool), True)


@dataclass(frozen=True)
class Placed:
    """Mean MW of the pairs of an instance."""

    instance: Instance
    mean_mw: np.ndarray

    def of(self, scope: Scope) -> "pd.Series[float]":
        """MW of the scope by workload and hub (positions), those above 0."""
        instance = self.instance
        pick = scope.mask[instance.pair_workload] & (self.mean_mw > LEAST_MW)
        index = pd.MultiIndex.from_arrays(
            [instance.pair_workload[pick], instance.pair_hub[pick]],
            names=["workload", "hub"],
        )
        return pd.Series(self.mean_mw[pick], index=index)

    def share(self, scope: Scope, side: str = WEST) -> float:
        """Share of the scope's MW placed on a side; NaN if none is placed."""
        instance = self.instance
        there = (instance.scenario.hubs["side"] == side).to_numpy(bool)
        inside = scope.mask[instance.pair_workload]
        total = float(self.mean_mw[inside].sum())
        west = float(self.mean_mw[inside & there[instance.pair_hub]].sum())
        return west / total if total > LEAST_MW else np.nan


def moves(before: Placed, after: Placed, scope: Scope) -> pd.DataFrame:
    """List what moves from where to where.

    Returns
    -------
    DataFrame
        ``workload, class, from_hub, to_hub, it_mw``.
    """
    change = after.of(scope).sub(before.of(scope), fill_value=0.0)
    change = change[change.abs() > LEAST_MW].sort_index()
    scenario = before.instance.scenario
    hubs = [*scenario.hubs.index, NOT_SERVED]
    names, classes = scenario.workloads.index, scenario.workloads["class"]
    rows: list[tuple[str, str, str, str, float]] = []
    for workload, deltas in change.groupby(level="workload", sort=True):
        place = int(str(workload))
        hub = deltas.index.get_level_values("hub").to_numpy()
        for source, target, mw in _matched(hub, deltas.to_numpy(), len(hubs) - 1):
            rows.append(
                (names[place], classes.iloc[place], hubs[source], hubs[target], mw)
            )
    columns = ["workload", "class", "from_hub", "to_hub", "it_mw"]
    return pd.DataFrame(rows, columns=columns)


def _matched(
    hub: np.ndarray, delta: np.ndarray, nowhere: int
) -> list[tuple[int, int, float]]:
    """Match hubs that lose with hubs that gain, in the order of the table."""
    lost = [(int(h), -float(d)) for h, d in zip(hub, delta, strict=True) if d < 0]
    gained = [(int(h), float(d)) for h, d in zip(hub, delta, strict=True) if d > 0]
    spare = sum(mw for _, mw in lost) - sum(mw for _, mw in gained)
    if spare > LEAST_MW:
        gained.append((nowhere, spare))
    elif spare < -LEAST_MW:
        lost.append((nowhere, -spare))
    matched = []
    while lost and gained:
        (source, out), (target, into) = lost[0], gained[0]
        mw = min(out, into)
        if mw > LEAST_MW:
            matched.append((source, target, mw))
        lost[0], gained[0] = (source, out - mw), (target, into - mw)
        if lost[0][1] <= LEAST_MW:
            lost.pop(0)
        if gained[0][1] <= LEAST_MW:
            gained.pop(0)
    return matched


def net_moves(table: pd.DataFrame) -> pd.DataFrame:
    """Cancel exchanges within a class: what a class as a whole moves between hubs.

    Parameters
    ----------
    table : DataFrame
        As of :func:`moves`.

    Returns
    -------
    DataFrame
        ``class, from_hub, to_hub, it_mw``, the largest first.
    """
    rows: list[tuple[str, str, str, float]] = []
    for name, part in table.groupby("class", sort=True):
        gained = part.groupby("to_hub")["it_mw"].sum()
        lost = part.groupby("from_hub")["it_mw"].sum()
        delta = gained.sub(lost, fill_value=0.0).sort_index()
        hubs = delta.index.to_numpy(object)
        place = np.arange(len(hubs))
        for source, target, mw in _matched(place, delta.to_numpy(), -1):
            rows.append((str(name), hubs[source], hubs[target], mw))
    found = pd.DataFrame(rows, columns=["class", "from_hub", "to_hub", "it_mw"])
    return found.sort_values("it_mw", ascending=False, kind="stable", ignore_index=True)


def told(net: pd.DataFrame, most: int = SHOWN) -> str:
    """Say in one line what moves: the largest moves by class and hubs."""
    if net.empty:
        return "origins change places"
    parts = [
        f"{name} {mw:,.4g} MW from {source} to {target}"
        for name, source, target, mw in net.head(most).itertuples(index=False)
    ]
    more = len(net) - most
    if more > 0:
        parts.append(f"{more} more ({float(net['it_mw'].iloc[most:].sum()):,.4g} MW)")
    return "; ".join(parts)
