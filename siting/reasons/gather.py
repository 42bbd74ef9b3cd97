"""Workloads that are alike and placed alike, gathered into one.

A program over every workload of a large plan would take minutes to solve, again for
every limit that is moved. What all members of a crowd do in the same way is no choice
that the plan makes between them: the program over crowds has the plan among its
solutions, and no better one, for a crowd split pro rata is feasible for its members.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.aggregate.buckets import Alike, alike, small
from siting.aggregate.expand import OF_WORKLOADS, of_workloads
from siting.lookup import first_of, number, number_sets, position, positions
from siting.model.instance import Instance
from siting.scenario import Scenario
from siting.scopes import ONE_WORKLOAD
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

# From here on the program over crowds is much the faster one.
LEAST_GATHERED = 1000
DIGITS = 9
# What a statement says of a value.
SAID = ("column", "grade", "source")
# Forms in which demand is given, and what else tells what is behind it.
FORMS = ("accelerators", "pf_days_per_year", "flops_per_year", "requests_per_day")


@dataclass(frozen=True, eq=False)
class Gathered:
    """A scenario of crowds, and what a plan says of them.

    Attributes
    ----------
    scenario : Scenario
        A crowd is a workload named after its first member.
    placement, schedule, unserved, limits : DataFrame
        As the tables of the plan, without columns that are not needed here.
    crowd : ndarray of int of shape (workloads,)
    size : ndarray of int of shape (crowds,)
        How many workloads are in each.
    """

    scenario: Scenario
    placement: pd.DataFrame
    schedule: pd.DataFrame
    unserved: pd.DataFrame
    limits: pd.DataFrame
    crowd: np.ndarray
    size: np.ndarray

    @property
    def gathers(self) -> bool:
        """Whether any crowd has more than one member."""
        return len(self.size) < len(self.crowd)

    def is_apart(self, workload: int) -> bool:
        """Whether nothing else is in a workload's crowd."""
        return bool(self.size[self.crowd[workload]] == 1)

    def called(self, workload: str, column: str = "id") -> str:
        """Name a crowd by its first member and how many more there are.

        Parameters
        ----------
        workload : str
            Id of the first member.
        column : {"id", "name"}
        """
        frame = self.scenario.workloads
        more = int(self.size[position(frame.index, workload)]) - 1
        name = str(frame[column][workload])
        return (
            word("{name} and {count:,} alike", name=name, count=more) if more else name
        )


def is_large(plan: "Plan") -> bool:
    """Whether the workloads of a plan are gathered."""
    return len(plan.scenario.workloads) >= LEAST_GATHERED


def gathered(plan: "Plan", apart: int | None = None) -> Gathered:
    """Gather the workloads of a plan, if there are many.

    Parameters
    ----------
    plan : Plan
    apart : int, optional
        A workload that is a crowd of its own.
    """
    scenario = plan.scenario
    if not is_large(plan):
        tables = plan.placement, plan.schedule, plan.unserved, plan.limits
        alone = np.arange(len(scenario.workloads))
        return Gathered(scenario, *tables, alone, np.ones_like(alone))
    instance = Instance(scenario)
    groups = alike(instance)
    crowd = _crowds(plan, instance, groups, apart)
    first, size = first_of(crowd), np.bincount(crowd)
    names = scenario.workloads.index[first]
    return Gathered(
        _scenario(instance, groups, crowd),
        _sums(plan.placement, scenario, crowd, names, ["hub"]),
        _sums(plan.schedule, scenario, crowd, names, ["hub", "period"]),
        _sums(plan.unserved, scenario, crowd, names, ["period"]),
        _limits(plan.limits, scenario, crowd, names),
        crowd,
        size,
    )


def _crowds(
    plan: "Plan", instance: Instance, groups: Alike, apart: int | None
) -> np.ndarray:
    """Crowd of each workload."""
    scenario, frame = instance.scenario, instance.scenario.workloads
    count = len(frame)
    alone = np.zeros(count, dtype=int)
    settled = positions(frame.index, instance.settled["workload"].unique())
    alone[settled] = 1 + np.arange(len(settled))
    if apart is not None:
        alone[apart] = count + 1
    parts = [groups.of_workload, alone, _stated(scenario), *_placed(plan, instance)]
    if instance.tariff.bills_larger:
        parts.append(instance.to_rate >= instance.from_rate)
    parts += [frame[form].notna().to_numpy() for form in FORMS]
    if len(scenario.accelerators):
        parts.append(frame["model"].to_numpy(object))
    return _without_extremes(number(*parts), groups.features)


def _stated(scenario: Scenario) -> np.ndarray:
    """Give a number to what statements say of each workload by name."""
    index, sources = scenario.workloads.index, scenario.sources
    mine = sources[sources["table"] == "workloads"].reset_index(drop=True)
    named = mine["key"].astype(object).str.split("|").explode()
    place = positions(index, named)
    known = place >= 0
    said = mine[[*SAID]].loc[named.index[known]]
    columns = (said[name].to_numpy(object) for name in SAID)
    return number_sets(place[known], len(index), *columns)


def _without_extremes(crowd: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Set the members with the least and the largest of each feature apart.

    Costs are affine in the features: where all differ in one, these are the first to
    want something else when prices move, and what the next MW is worth hangs on them.
    """
    parts = [crowd]
    for key in features.T:
        order = np.lexsort((key, crowd))
        ends = np.flatnonzero(np.diff(crowd[order], prepend=-1, append=-1))
        for place in (ends[:-1], ends[1:] - 1):
            mark = np.zeros(len(crowd), dtype=bool)
            mark[order[place]] = True
            parts.append(mark)
    return number(*parts)


def _placed(plan: "Plan", instance: Instance) -> list[np.ndarray]:
    """Numbers for where, when and with which part each workload is placed."""
    scenario = instance.scenario
    index, hubs, when = (
        frame.index for frame in (scenario.workloads, scenario.hubs, scenario.periods)
    )
    mean = np.where(instance.mean_mw > 0, instance.mean_mw, 1.0)
    found = []
    for table, amount in (
        (plan.placement, "share"),
        (plan.schedule, "it_mw"),
        (plan.unserved, "it_mw"),
    ):
        row = positions(index, table["workload"])
        place = np.zeros(len(table), dtype=int)
        if "hub" in table:
            place += positions(hubs, table["hub"])
        if "period" in table:
            place += len(hubs) * positions(when, table["period"])
        part = table[amount].to_numpy(float)
        if amount == "it_mw":
            part = part / mean[row]
        found.append(number_sets(row, len(index), place, np.round(part, DIGITS)))
    return found


def _scenario(instance: Instance, groups: Alike, crowd: np.ndarray) -> Scenario:
    """Put the members of each crowd together."""
    scenario = instance.scenario
    merged = small(instance, groups, crowd)
    rows = merged.scenario.workloads.copy()
    demand = pd.Series(merged.it_mw, index=rows.index)
    frame = scenario.workloads
    for form in FORMS:
        given = rows[form].notna().to_numpy()
        if given.any():
            values = np.nan_to_num(frame[form].to_numpy(float))
            total = np.bincount(crowd, values)
            rows[form] = np.where(given, total, np.nan)
            rows.loc[given, "it_mw"] = np.nan
    rows["home_hub"] = frame["home_hub"].take(first_of(crowd)).to_numpy(object)
    other = replace(merged.scenario, workloads=rows, current=instance.settled)
    other.__dict__["_it_mw"] = demand
    return other


def _sums(
    table: pd.DataFrame,
    scenario: Scenario,
    crowd: np.ndarray,
    names: "pd.Index[str]",
    keys: list[str],
) -> pd.DataFrame:
    """Add up the rows of the members of each crowd; their shares are the same."""
    place = crowd[positions(scenario.workloads.index, table["workload"])]
    kept = [name for name in ("share", "it_mw") if name in table]
    how = {"share": "first", "it_mw": "sum"}
    groups = table[[*keys, *kept]].assign(workload=place).groupby(["workload", *keys])
    summed = groups.agg({name: how[name] for name in kept}).reset_index()
    summed["workload"] = names.to_numpy(object)[summed["workload"]]
    return summed


def _limits(
    table: pd.DataFrame, scenario: Scenario, crowd: np.ndarray, names: "pd.Index[str]"
) -> pd.DataFrame:
    """Add up the limits of single workloads by crowd."""
    own = of_workloads("limits", table)
    if not own.any():
        return table
    rows = table[own]
    ids = rows["subject"].str.removeprefix(ONE_WORKLOAD)
    place = crowd[positions(scenario.workloads.index, ids)]
    summed = rows.assign(subject=ONE_WORKLOAD + names.to_numpy(object)[place])
    how = dict.fromkeys(OF_WORKLOADS["limits"][1], "sum") | {"worth": "first"}
    keys = [name for name in table if name not in how]
    groups = summed.groupby(keys, sort=False, dropna=False)
    merged = groups.agg(how).reset_index()[list(table)]
    joined: pd.DataFrame = pd.concat([table[~own], merged], ignore_index=True)
    return joined
