"""Buckets of workloads that are alike, and the small instance they make."""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.lookup import first_of, number, positions
from siting.model.admissible import admissible
from siting.model.instance import Instance

# What the cost of an option hangs on: each has a slope, beside a base.
FEATURES = ("base", "to-hub", "from-hub", "billed", "dataset", "rent")
# Rent of accelerators is of another size than data rates.
RENT_UNIT = 1e6


@dataclass(frozen=True, eq=False)
class Alike:
    """Workloads that differ in demand, data rates, datasets and rent alone.

    Attributes
    ----------
    of_workload : ndarray of int of shape (workloads,)
    first : ndarray of int
        A member of each group.
    masks : ndarray of bool of shape (groups, hubs)
        Hubs that are admissible for the group.
    features : ndarray of shape (workloads, kinds)
        Rates, GB of datasets and rent (if it counts) per MW, of the kinds that occur.
    kinds : ndarray of int
        Which of :data:`FEATURES` they are.
    """

    of_workload: np.ndarray
    first: np.ndarray
    masks: np.ndarray
    features: np.ndarray
    kinds: np.ndarray


def alike(instance: Instance) -> Alike:
    """Group the workloads of an instance by all but demand and features."""
    frame = instance.scenario.workloads
    reachable, masks = admissible(instance)
    group = number(
        reachable,
        frame["class"],
        instance.rtt_limit_ms,
        instance.manner,
        instance.profile,
        instance.burst,
        frame["window"],
        frame["green_share_min"].to_numpy(float),
        frame["green_every_period"].to_numpy(bool),
        _named(instance),
    )
    first = first_of(group)
    datasets, per_mw = frame["dataset_tb"].to_numpy(float), np.zeros(0)
    if datasets.any():
        per_mw = np.zeros(len(datasets))
        some = instance.it_mw > 0
        np.divide(datasets * 1000.0, instance.it_mw, out=per_mw, where=some)
    billed = instance.billed_rate if instance.tariff.bills_larger else np.zeros(0)
    rent = np.zeros(0)
    if instance.scenario.settings.accelerators_in_ledger:
        rent = frame["accelerator_cny_per_mw_year"].to_numpy(float) / RENT_UNIT
    parts = dict(
        zip(
            FEATURES[1:],
            (instance.to_rate, instance.from_rate, billed, per_mw, rent),
            strict=True,
        )
    )
    occur = [name for name, values in parts.items() if values.any()]
    features = np.empty((len(group), len(occur)), order="F")
    for place, name in enumerate(occur):
        features[:, place] = parts[name]
    kinds = np.array([FEATURES.index(name) for name in occur], dtype=int)
    return Alike(group, first, masks[reachable[first]], features, kinds)


def _named(instance: Instance) -> np.ndarray:
    """Give workloads that some limit or price names a number of their own."""
    scenario = instance.scenario
    policy = scenario.policy
    names = {limit.workload for limit in policy.placement_min}
    names |= {limit.workload for limit in policy.placement_max}
    names |= {limit.workload for limit in policy.green_min}
    names |= set(scenario.placement_costs["workload"])
    code = np.zeros(len(instance.it_mw), dtype=int)
    if names:
        place = np.flatnonzero(scenario.workloads["id"].isin(list(names)))
        code[place] = 1 + np.arange(len(place))
    return code


def small(instance: Instance, groups: Alike, bucket: np.ndarray) -> Instance:
    """Make the instance in which every bucket is one workload.

    Parameters
    ----------
    instance : Instance
    groups : Alike
    bucket : ndarray of int of shape (workloads,)
        Each within one group.

    Returns
    -------
    Instance
        Its workloads are the buckets, named after their first members. Where they run
        today is left out.
    """
    first = first_of(bucket)
    count = len(first)
    it_mw = np.bincount(bucket, instance.it_mw, minlength=count)
    size = np.bincount(bucket, minlength=count)
    empty = it_mw <= 0

    def mean(values: np.ndarray) -> np.ndarray:
        if not values.any():
            return np.zeros(count)
        weighed = np.bincount(bucket, values * instance.it_mw, minlength=count)
        plain = np.bincount(bucket, values, minlength=count) / size
        return np.asarray(np.where(empty, plain, weighed / np.where(empty, 1.0, it_mw)))

    frame = instance.scenario.workloads
    rent = mean(frame["accelerator_cny_per_mw_year"].to_numpy(float))
    datasets = np.bincount(bucket, frame["dataset_tb"].to_numpy(float), minlength=count)
    rows = frame.take(first)
    # Pieces of workloads share their words.
    for name in rows.select_dtypes("category"):
        rows[name] = rows[name].astype(rows[name].cat.categories.dtype)
    rows["it_mw"] = it_mw
    rows["accelerator_cny_per_mw_year"] = rent
    rows["dataset_tb"] = datasets
    rows["to_hub_gbps_per_mw"] = mean(instance.to_rate)
    rows["from_hub_gbps_per_mw"] = mean(instance.from_rate)
    other = copy(instance)
    rows["home_hub"] = ""
    other.scenario = replace(
        instance.scenario, workloads=rows, current=instance.scenario.current.iloc[:0]
    )
    other.it_mw = np.asarray(it_mw)
    other.to_rate = rows["to_hub_gbps_per_mw"].to_numpy(float)
    other.from_rate = rows["from_hub_gbps_per_mw"].to_numpy(float)
    other.billed_rate = mean(instance.billed_rate)
    for name in ("origin", "rtt_limit_ms", "manner", "burst", "profile"):
        setattr(other, name, getattr(instance, name)[first])
    other.mean_mw = it_mw * instance.mean_factor[other.profile]
    other.peak_mw = it_mw * instance.peak_factor[other.profile]
    mask = groups.masks[groups.of_workload[first]]
    other.pair_workload, other.pair_hub = np.nonzero(mask)
    return other


def offering(small: Instance, offered: np.ndarray) -> Instance:
    """Give the same buckets with some of their hubs only.

    Parameters
    ----------
    small : Instance
    offered : ndarray of bool of shape (buckets, hubs)
    """
    pairs = small.pair_workload, small.pair_hub
    other = small.restricted(offered[pairs])
    other.__dict__["_open"] = pairs
    return other


def today(instance: Instance, bucket: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    """Say where buckets run today, by the demand of their members.

    Parameters
    ----------
    instance : Instance
    bucket : ndarray of int of shape (workloads,)
    rows : DataFrame
        Workloads of the small instance.

    Returns
    -------
    DataFrame
        As the table ``current``.
    """
    scenario = instance.scenario
    frame = scenario.workloads
    known = scenario.current[["workload", "hub", "share"]]
    # As an array: a Series would look for attributes among its million names.
    homes = np.flatnonzero((frame["home_hub"] != "").to_numpy())
    if known.empty and not len(homes):
        return known
    homes = homes[~frame.index[homes].isin(known["workload"])]
    at_home = pd.DataFrame(
        {
            "workload": frame.index[homes],
            "hub": frame["home_hub"].to_numpy(object)[homes],
            "share": 1.0,
        }
    )
    today = pd.concat([known, at_home], ignore_index=True)
    member = positions(frame.index, today["workload"])
    mw = today["share"].to_numpy(float) * instance.it_mw[member]
    today["bucket"], today["mw"] = bucket[member], mw
    total = today.groupby(["bucket", "hub"], sort=True, as_index=False)["mw"].sum()
    demand = rows["it_mw"].to_numpy(float)[total["bucket"]]
    share = np.divide(total["mw"], demand, out=np.zeros(len(total)), where=demand > 0)
    names = rows.index.to_numpy(object)[total["bucket"]]
    return pd.DataFrame({"workload": names, "hub": total["hub"], "share": share})
