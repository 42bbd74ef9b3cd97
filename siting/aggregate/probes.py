"""What each option costs per MW, under the multipliers of a solved program.

The coefficients are read off the model itself: a *probe* is a workload of 1 MW with one
data rate, run through the same constraint families as any other. Reduced costs of the
probes of a group give the cost of its options as an affine function of the rates.
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.aggregate.buckets import RENT_UNIT
from siting.lookup import number
from siting.model.arrays import Block
from siting.model.basis import carried
from siting.model.build import Kept, Model, build
from siting.model.green import green_rules
from siting.model.instance import FLAT, Instance
from siting.model.outcome import Outcome
from siting.model.tolls import Tolls

# Rates to and from the hub, GB of datasets, and rent, of the probes of a group.
PROBES = np.array(
    [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ],
    dtype=float,
)
BASE, TO, FROM, BOTH, DATA, RENT = range(len(PROBES))
COUPLING = (
    "room-use",
    "ingress",
    "egress",
    "green",
    "green-period",
    "placement-min",
    "placement-max",
    "carbon-cap",
    "certificate-use",
    "stage",
)


@dataclass(frozen=True, eq=False)
class Prices:
    """Cost of every option of every cell, by feature, in objective units.

    Attributes
    ----------
    flat : ndarray of shape (cells, hubs, features)
        Per MW at factor 1 of flat cells; inf where inadmissible.
    timed : dict of int to ndarray of shape (hubs, periods, features)
        Per MW drawn in a period, of cells with schedules.
    reserved : dict of int to ndarray of shape (hubs, features)
        Per MW reserved, of cells with schedules.
    unserved : ndarray of shape (cells, periods)
        Per MW not served in a period; inf where all must be served.
    """

    flat: np.ndarray
    timed: dict[int, np.ndarray]
    reserved: dict[int, np.ndarray]
    unserved: np.ndarray


class Prober:
    """Prices the options of cells again and again on one set of probes.

    A cell is a group, or one bucket where multipliers of its own count.

    Parameters
    ----------
    instance : Instance
        The full one.
    members : ndarray of int
        A member of each cell.
    masks : ndarray of bool of shape (cells, hubs)
    weights, kept
        Objective of the stage, and earlier ones.
    unserved : bool
        Whether demand may go unserved.
    """

    def __init__(
        self,
        instance: Instance,
        members: np.ndarray,
        masks: np.ndarray,
        weights: dict[str, float],
        kept: tuple[Kept, ...],
        *,
        unserved: bool,
    ) -> None:
        self.instance, self.members, self.masks = instance, members, masks
        self.unserved = unserved
        probe = _probe_instance(instance, members, masks)
        self.model = build(probe, None, weights, kept, unserved=True)

    def prices(self, master: Model, outcome: Outcome, tolls: Tolls) -> Prices:
        """Price every option under the multipliers of the program over buckets."""
        program = self.model.program
        dual = np.zeros(program.shape[0])
        for kind in COUPLING:
            block = program.rows.get(kind)
            if block is not None and len(block) and kind in master.program.rows:
                source = master.program.rows[kind]
                value = outcome.multipliers(source)
                before, after = _keys(master, source), _keys(self.model, block)
                matched = carried(value, 0.0, before, after)
                dual[block.slice] = -block.sign * matched
        reduced = program.cost - program.paid(dual)
        cells, hubs = self.masks.shape
        instance = self.model.instance
        kinds, draws = len(PROBES), self.model.blocks.draws
        by_probe = np.full((cells * kinds, hubs), np.inf)
        pair = draws.flat_pair
        at = (instance.pair_workload[pair], instance.pair_hub[pair])
        by_probe[at] = reduced[draws.flat]
        flat = _by_feature(by_probe.reshape(cells, kinds, hubs), self.instance)
        timed, reserved = self._scheduled(reduced)
        if master.blocks.flows is not None:
            self._add_paths(tolls, flat, timed)
        return Prices(flat, timed, reserved, self._unserved(reduced))

    def _scheduled(
        self, reduced: np.ndarray
    ) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        """Cost of a MW drawn, and of a MW reserved, of cells with schedules."""
        cells = np.flatnonzero(self.instance.manner[self.members] != FLAT)
        if not len(cells):
            return {}, {}
        instance, draws = self.model.instance, self.model.blocks.draws
        kinds, periods = len(PROBES), len(self.instance.hours)
        place = np.full(len(self.members), -1)
        place[cells] = np.arange(len(cells))
        probe = instance.pair_workload
        row = place[probe // kinds] * kinds + probe % kinds
        shape = len(cells), kinds, self.masks.shape[1]
        draw = np.full((shape[0] * kinds, shape[2], periods), np.inf)
        pair = draws.timed_pair
        draw[row[pair], instance.pair_hub[pair], draws.timed_period] = reduced[
            draws.timed
        ]
        keep = np.zeros((shape[0] * kinds, shape[2]))
        has = np.flatnonzero((draws.reserve_column >= 0) & (row >= 0))
        keep[row[has], instance.pair_hub[has]] = reduced[draws.reserve_column[has]]
        timed = _by_feature(draw.reshape(*shape, periods), self.instance)
        reserved = _by_feature(keep.reshape(shape), self.instance)
        return (
            dict(zip(cells.tolist(), timed, strict=True)),
            dict(zip(cells.tolist(), reserved, strict=True)),
        )

    def _unserved(self, reduced: np.ndarray) -> np.ndarray:
        """Cost of a MW not served in each period."""
        cells, periods = len(self.members), len(self.instance.hours)
        if not self.unserved:
            return np.full((cells, periods), np.inf)
        penalty = self.model.metrics["unserved"]
        # Every probe has one MW; its cost per MWh is the same everywhere.
        block = self.model.blocks.draws.unserved_share
        hourly = self.model.blocks.draws.unserved_mw
        per_mwh = 0.0
        for part in (block, hourly):
            if part is not None and len(part):
                energy = penalty[part.slice]
                good = np.flatnonzero(energy > 0)
                if len(good):
                    first = part.start + int(good[0])
                    per_mwh = float(reduced[first] / penalty[first])
        return np.broadcast_to(per_mwh * self.instance.hours, (cells, periods))

    def _add_paths(
        self, tolls: Tolls, flat: np.ndarray, timed: dict[int, np.ndarray]
    ) -> None:
        """Add the price of the cheapest admissible path to the rates."""
        instance = self.instance
        fixed = instance.scenario.settings.routing == "fixed"
        rates = ((TO, True, instance.to_rate), (FROM, False, instance.from_rate))
        moving = [(feature, to_hub) for feature, to_hub, rate in rates if rate.any()]
        members, count = self.members, len(self.members)
        is_flat = instance.manner[members] == FLAT
        profile, origin = instance.profile[members], instance.origin[members]
        limit = np.full(count, np.inf)
        if instance.limits.latency:
            limit = instance.rtt_limit_ms[members]
        timing = np.where(fixed & is_flat, profile, -1)
        kind = number(limit, timing, is_flat, profile)
        order, ends = np.argsort(kind, kind="stable"), np.cumsum(np.bincount(kind))
        for cells in np.split(order, ends[:-1]):
            one, when = int(cells[0]), int(timing[cells[0]])
            for feature, to_hub in moving:
                price = tolls.cheapest(float(limit[one]), to_hub, when)[origin[cells]]
                # Pairs without a path have no traffic in that direction.
                price = np.where(np.isfinite(price), price, 0.0)
                if not is_flat[one]:
                    for cell, hourly in zip(cells.tolist(), price, strict=True):
                        timed[cell][:, :, feature] += hourly
                elif fixed:
                    flat[cells, :, feature] += price[:, :, 0]
                else:
                    flat[cells, :, feature] += price @ instance.factor[profile[one]]


def _by_feature(by_probe: np.ndarray, instance: Instance) -> np.ndarray:
    """Turn costs of probes (axis 1) into slopes by feature (last axis)."""
    base = by_probe[:, BASE]
    with np.errstate(invalid="ignore"):
        to, back, both, data, rent = (
            np.nan_to_num(by_probe[:, kind] - base)
            for kind in (TO, FROM, BOTH, DATA, RENT)
        )
    billed = to + back - both if instance.tariff.bills_larger else np.zeros(to.shape)
    return np.stack([base, to - billed, back - billed, billed, data, rent], axis=-1)


def _keys(model: Model, block: Block) -> list[np.ndarray]:
    """Give what identifies each row of a block across programs."""
    keys = dict(block.keys)
    scenario = model.instance.scenario
    parts = []
    if "rule" in keys:
        subjects = [rule.subject for rule in green_rules(scenario)]
        parts.append(np.array(subjects, dtype=object)[keys.pop("rule")])
    if "owner" in keys:
        held = model.blocks.certificates
        names = held.owners.names if held else []
        parts.append(np.array(names, dtype=object)[keys.pop("owner")])
    if not keys and not parts:
        parts.append(np.arange(len(block)))
    return [*parts, *keys.values()]


def _probe_instance(
    instance: Instance, members: np.ndarray, masks: np.ndarray
) -> Instance:
    kinds = len(PROBES)
    first = np.repeat(members, kinds)
    probe = np.tile(PROBES, (len(members), 1))
    rows = instance.scenario.workloads.take(first)
    # The ids stay those of the members, so that limits know them; the index is unique.
    rows.index = pd.Index([f"probe-{i}" for i in range(len(rows))])
    rows["it_mw"] = 1.0
    rows["to_hub_gbps_per_mw"], rows["from_hub_gbps_per_mw"] = probe[:, 0], probe[:, 1]
    rows["dataset_tb"] = probe[:, 2] / 1000.0
    rows["accelerator_cny_per_mw_year"] = probe[:, 3] * RENT_UNIT
    other = copy(instance)
    other.__dict__.pop("billed_rate", None)
    other.scenario = replace(instance.scenario, workloads=rows)
    other.it_mw = np.ones(len(rows))
    other.to_rate, other.from_rate = probe[:, 0].copy(), probe[:, 1].copy()
    for name in ("origin", "rtt_limit_ms", "manner", "burst", "profile"):
        setattr(other, name, getattr(instance, name)[first])
    other.mean_mw = instance.mean_factor[other.profile]
    other.peak_mw = instance.peak_factor[other.profile]
    # Multipliers of any period may come from schedules elsewhere.
    other.peak_periods = np.arange(len(instance.hours))
    mask = np.repeat(masks, kinds, axis=0)
    other.pair_workload, other.pair_hub = np.nonzero(mask)
    return other
