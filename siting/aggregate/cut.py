"""Buckets are cut where their members want different things."""

import numpy as np

from siting.aggregate.buckets import Alike
from siting.aggregate.oracle import Answer
from siting.lookup import first_of, number
from siting.model.instance import FLAT, MOVABLE, Instance

CUTS = np.array([0.0, 0.2, 1.0])
HALVES = np.array([0.0, 0.5, 1.0])


def cut(
    instance: Instance,
    groups: Alike,
    bucket: np.ndarray,
    answer: Answer,
    loose: np.ndarray,
) -> np.ndarray:
    """Cut buckets by what their members would do.

    Parameters
    ----------
    instance : Instance
    groups : Alike
    bucket : ndarray of int of shape (workloads,)
    answer : Answer
    loose : ndarray of bool of shape (workloads,)
        Members of the buckets to be cut.

    Returns
    -------
    ndarray of int of shape (workloads,)
        Numbers in the order of first appearance.
    """
    flat = instance.manner == FLAT
    parts = number(bucket, np.where(loose, answer.best + 1, 0))
    count = int(bucket.max()) + 1
    # Those that all want the same are cut in the middle.
    split = np.bincount(bucket[first_of(parts)], minlength=count)[bucket] > 1
    # Near the break-point finer than far from it, for it will still move.
    near = np.where(loose & flat, answer.margin, 0.0)
    slices = _slices(parts, near, instance.it_mw, loose & flat)
    moved = groups.features.sum(axis=1)
    apart = loose & ~flat & ~(split & (instance.manner == MOVABLE))
    # By count, so that a bucket of two always falls apart.
    halves = _slices(parts, moved, np.ones(len(parts)), apart, HALVES)
    return number(parts, slices, halves)


def _slices(
    bucket: np.ndarray,
    key: np.ndarray,
    weight: np.ndarray,
    which: np.ndarray,
    cuts: np.ndarray = CUTS,
) -> np.ndarray:
    """Give the slice of each member when its bucket is cut by a key.

    Members of one key value stay together.
    """
    result = np.zeros(len(bucket), dtype=int)
    some = np.flatnonzero(which)
    if not len(some):
        return result
    order = some[np.lexsort((key[some], bucket[some]))]
    group, value, mass = bucket[order], key[order], weight[order]
    change = np.flatnonzero(np.diff(group)) + 1
    begin = np.concatenate([[0], change])
    total = np.add.reduceat(mass, begin)
    size = np.diff(np.concatenate([begin, [len(group)]]))
    before = np.cumsum(mass) - mass
    before -= np.repeat(before[begin], size)
    part = before / np.maximum(np.repeat(total, size), 1e-300)
    same = np.concatenate([[False], (np.diff(value) == 0) & (np.diff(group) == 0)])
    lead = np.maximum.accumulate(np.where(same, 0, np.arange(len(part))))
    result[order] = np.searchsorted(cuts, part[lead], side="right")
    return result
