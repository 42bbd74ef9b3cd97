"""From buckets back to workloads: placements, flows and multipliers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.model.build import Kept, Model, build
from siting.model.instance import FLAT, MOVABLE, Instance
from siting.model.polish import Decisions, polish
from siting.model.routing import Bundle, Commodity, bundles


@dataclass(frozen=True)
class Expansion:
    """How the workloads of an instance hang on the buckets.

    Attributes
    ----------
    bucket : ndarray of int of shape (workloads,)
    part : ndarray of shape (workloads,)
        Part of the bucket's demand.
    """

    bucket: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, instance: Instance, bucket: np.ndarray) -> "Expansion":
        """Share every bucket among its members by demand."""
        total = np.bincount(bucket, instance.it_mw)[bucket]
        size = np.bincount(bucket)[bucket]
        part = np.divide(instance.it_mw, total, out=1.0 / size, where=total > 0)
        return cls(bucket, part)


def expand(
    instance: Instance,
    master: Decisions,
    expansion: Expansion,
    weights: dict[str, float],
    kept: tuple[Kept, ...],
    *,
    unserved: bool,
) -> Decisions:
    """Place every workload as its bucket is placed.

    Parameters
    ----------
    instance : Instance
        The full one.
    master : Decisions
        Of the program over buckets.
    expansion : Expansion
    weights, kept
        Objective of the last stage, and earlier ones.
    unserved : bool
        Whether demand may go unserved.
    """
    full = object.__new__(Instance)
    full.__dict__.update(instance.__dict__)
    source = _pairs(full, master, expansion)
    groups = bundles(full) if len(full.scenario.links) else []
    known = {_key(group): group for group in master.groups}
    for group in groups:
        group.paths[:] = known[_key(group)].paths
    flows = master.model.blocks.flows
    routed = groups if flows is not None else None
    model = build(full, routed, weights, kept, unserved=unserved, matrix=False)
    x = np.zeros(model.program.shape[1])
    share = model.program.columns["share"]
    x[share.slice] = master.share[source[share.keys["pair"]]]
    _draws(model, x, master, source, expansion)
    _unserved(model, x, master, expansion)
    if flows is not None:
        _flows(model, x, master, groups)
    if model.blocks.certificates is not None:
        _certificates(model, x, master, expansion)
    return polish(model, x, groups)


def _pairs(full: Instance, master: Decisions, expansion: Expansion) -> np.ndarray:
    """Give the full instance the pairs in use; returns the master's pair of each."""
    small = master.model.instance
    used = np.flatnonzero((master.share > 0) | (master.reserved_mw > 0))
    bucket = small.pair_workload[used]
    ends = np.searchsorted(bucket, np.arange(len(small.it_mw)), side="right")
    begins = np.concatenate([[0], ends[:-1]])
    count = (ends - begins)[expansion.bucket]
    full.pair_workload = np.repeat(np.arange(len(count)), count)
    offset = np.arange(len(full.pair_workload)) - np.repeat(
        np.cumsum(count) - count, count
    )
    source = used[begins[expansion.bucket[full.pair_workload]] + offset]
    full.pair_hub = small.pair_hub[source]
    return np.asarray(source)


def _key(group: Bundle) -> tuple[Commodity, int]:
    return group.commodity, group.hub


def _draws(
    model: Model,
    x: np.ndarray,
    master: Decisions,
    source: np.ndarray,
    expansion: Expansion,
) -> None:
    full = model.instance
    timed = np.flatnonzero(full.manner[full.pair_workload] != FLAT)
    row = np.full(len(master.share), -1)
    row[master.timed_pairs] = np.arange(len(master.timed_pairs))
    part = expansion.part[full.pair_workload[timed]]
    schedule = master.schedule_mw[row[source[timed]]] * part[:, None]
    x[model.program.columns["draw"].slice] = schedule.ravel()


def _unserved(
    model: Model, x: np.ndarray, master: Decisions, expansion: Expansion
) -> None:
    full, draws = model.instance, model.blocks.draws
    small = master.model.instance
    if draws.unserved_share is None or draws.unserved_mw is None:
        return
    missing = np.zeros((len(small.it_mw), len(full.hours)))
    missing[master.unserved_workload] = master.unserved_mw
    mean = missing @ full.hours / full.year_hours
    share = np.divide(
        mean, small.mean_mw, out=np.zeros(len(mean)), where=small.mean_mw > 0
    )
    whole = draws.unserved_share.keys["workload"]
    x[draws.unserved_share.slice] = share[expansion.bucket[whole]]
    movable = np.flatnonzero(full.manner == MOVABLE)
    gone = missing[expansion.bucket[movable]] * expansion.part[movable, None]
    x[draws.unserved_mw.slice] = gone.ravel()


def _flows(
    model: Model, x: np.ndarray, master: Decisions, groups: list[Bundle]
) -> None:
    flows = model.blocks.flows
    if flows is None:
        return
    number = {_key(group): place for place, group in enumerate(master.groups)}
    of_group = np.array([number[_key(group)] for group in groups], dtype=int)
    paths = max((len(group.paths) for group in master.groups), default=1)
    periods = len(model.instance.hours) + 1

    def code(bundle: np.ndarray, path: np.ndarray, period: np.ndarray) -> np.ndarray:
        return np.asarray((bundle * paths + path) * periods + period + 1)

    known = code(master.flow_bundle, master.flow_path, master.flow_period)
    order = np.argsort(known)
    keys = flows.columns.keys
    wanted = code(of_group[keys["bundle"]], keys["path"], keys["period"])
    place = order[np.searchsorted(known[order], wanted)]
    x[flows.columns.slice] = master.flow_gbps[place]


def _certificates(
    model: Model, x: np.ndarray, master: Decisions, expansion: Expansion
) -> None:
    """Certificates of a bucket of its own are shared among its members by demand."""
    held, small = model.blocks.certificates, master.model.blocks.certificates
    if held is None or small is None:
        return
    frame = model.instance.scenario.workloads
    names = np.array(held.owners.names, dtype=object)
    single = pd.Index("workload:" + frame["id"].to_numpy(object))
    member = single.get_indexer(pd.Index(names))
    small_id = master.model.instance.scenario.workloads["id"].to_numpy(object)
    bucket_name = "workload:" + small_id[expansion.bucket[member]]
    source = np.where(member >= 0, bucket_name, names)
    part = np.where(member >= 0, expansion.part[member], 1.0)
    owner = pd.Index(small.owners.names).get_indexer(pd.Index(source))
    known = pd.MultiIndex.from_arrays(
        [small.columns.keys[name] for name in ("offer", "hub", "owner", "period")]
    )
    keys = held.columns.keys
    wanted = pd.MultiIndex.from_arrays(
        [keys["offer"], keys["hub"], owner[keys["owner"]], keys["period"]]
    )
    place = known.get_indexer(wanted)
    amount = master.values[small.columns.slice][place]
    x[held.columns.slice] = np.where(place >= 0, amount * part[keys["owner"]], 0.0)


def expand_duals(
    duals: pd.DataFrame, instance: Instance, small: Instance, expansion: Expansion
) -> pd.DataFrame:
    """Give every workload the multipliers of its bucket."""
    ids = instance.scenario.workloads["id"].to_numpy(object)
    bucket_ids = small.scenario.workloads["id"].to_numpy(object)
    alone = np.array_equal(bucket_ids[expansion.bucket], ids)
    own = duals["kind"] == "reserve"
    named = duals["subject"].str.startswith("workload:")
    named &= duals["kind"].isin(["green", "certificate-use"])
    if alone or not (own | named).any():
        return duals
    table = pd.DataFrame({"subject": bucket_ids[expansion.bucket], "member": ids})
    parts = [duals[~(own | named)]]
    for rows, prefix in ((duals[own], ""), (duals[named], "workload:")):
        by_bucket = table.assign(subject=prefix + table["subject"])
        joined = rows.merge(by_bucket, on="subject")
        joined["subject"] = prefix + joined.pop("member")
        parts.append(joined[duals.columns])
    return pd.concat(parts, ignore_index=True)
