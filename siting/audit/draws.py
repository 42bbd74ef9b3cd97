"""What the tables decide: power by workload, hub and period, without a big array."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.audit.report import Findings, Keys
from siting.audit.world import FLAT, World, positions
from siting.plan import Plan

Floats = np.ndarray
Ints = np.ndarray
# Held at once.
MOST_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Draws:
    """Power drawn, in entries: one for a flat placement, else one for each period.

    A flat entry draws ``amount`` × the factor of its profile in every period; any other
    ``amount`` in its one period.

    Attributes
    ----------
    world : World
    workload, hub : ndarray of int
    period : ndarray of int
        -1 for flat entries.
    pair : ndarray of int
        Row of the decisions' pairs that an entry belongs to, -1 for none.
    amount : ndarray
        MW.
    """

    world: World
    workload: Ints
    hub: Ints
    period: Ints
    pair: Ints
    amount: Floats

    @cached_property
    def flat(self) -> np.ndarray:
        """Which entries follow their profile."""
        return np.asarray(self.period < 0)

    def year(self, per_mw: Floats) -> Floats:
        """Sum an amount per MW, by hub and period, over the year for each entry."""
        by_profile = per_mw @ self.world.factor.T
        each = by_profile.ravel()[self._profile_at_hub]
        timed = ~self.flat
        each[timed] = per_mw[self.hub[timed], self.period[timed]]
        return np.asarray(self.amount * each)

    @cached_property
    def _profile_at_hub(self) -> Ints:
        """Number of the hub and profile of each entry."""
        profile = self.world.profile[self.workload]
        return np.asarray(self.hub * len(self.world.profiles) + profile)

    def by_hub(self, values: Floats) -> Floats:
        """Add up values of entries for each hub."""
        return np.bincount(self.hub, values, len(self.world.hubs))

    def by_hub_period(self, weight: Floats | None = None) -> Floats:
        """MW (times a weight of the workload) drawn at each hub in each period."""
        world = self.world
        amount = self.amount if weight is None else self.amount * weight[self.workload]
        shape = (len(world.hubs), len(world.profiles))
        flat = self.flat
        cell = self._profile_at_hub[flat]
        by_profile = np.bincount(cell, amount[flat], shape[0] * shape[1])
        total = by_profile.reshape(shape) @ world.factor
        count = len(world.periods)
        cell = self.hub[~flat] * count + self.period[~flat]
        single = np.bincount(cell, amount[~flat], shape[0] * count)
        return np.asarray(total + single.reshape(shape[0], count))

    def by_group(self, per_mw: Floats, group: Ints, count: int) -> Floats:
        """Add up an amount per MW over the year for groups of entries.

        Parameters
        ----------
        per_mw : ndarray of shape (hubs, periods)
        group : ndarray of int of shape (entries,)
            -1 for entries of none.
        count : int
            Groups.
        """
        some = group >= 0
        return np.bincount(group[some], self.year(per_mw)[some], count)

    def by_group_period(self, per_mw: Floats, group: Ints, count: int) -> Floats:
        """Add up an amount per MW in each period for groups of entries.

        Parameters
        ----------
        per_mw, group, count
            As in :meth:`by_group`.

        Returns
        -------
        ndarray of shape (count, periods)
        """
        world = self.world
        periods = len(world.periods)
        timed = np.flatnonzero(~self.flat & (group >= 0))
        when = self.period[timed]
        each = self.amount[timed] * per_mw[self.hub[timed], when]
        total = np.zeros((count, periods))
        np.add.at(total, (group[timed], when), each)
        flat = np.flatnonzero(self.flat & (group >= 0))
        step = max(1, MOST_CELLS // periods)
        for start in range(0, len(flat), step):
            some = flat[start : start + step]
            factor = world.factor[world.profile[self.workload[some]]]
            each = self.amount[some, None] * factor * per_mw[self.hub[some]]
            np.add.at(total, group[some], each)
        return total

    @cached_property
    def mean_mw(self) -> Floats:
        """Hour-weighted mean of each entry."""
        world = self.world
        weight = world.hours / world.year_hours
        return self.year(np.tile(weight, (len(world.hubs), 1)))

    def by_pair(self, values: Floats, count: int) -> Floats:
        """Add up values of entries for each of the decisions' pairs."""
        some = self.pair >= 0
        return np.bincount(self.pair[some], values[some], count)


@dataclass(frozen=True, eq=False)
class Decisions:
    """The primary decisions of a plan as positions and amounts.

    Attributes
    ----------
    draws : Draws
    pair_workload, pair_hub, share, reserved_mw
        Of each known row of ``placement``; ``pair_row`` is its number, ``pair_keys``
        are its keys.
    unserved_workload, unserved_period, unserved_mw
    room_mw, build_mw : ndarray
        By hub.
    widen_gbps, lit_gbps : ndarray
        By link.
    """

    draws: Draws
    pair_row: Ints
    pair_keys: Keys
    pair_workload: Ints
    pair_hub: Ints
    share: Floats
    reserved_mw: Floats
    unserved_workload: Ints
    unserved_period: Ints
    unserved_mw: Floats
    room_mw: Floats
    build_mw: Floats
    widen_gbps: Floats
    lit_gbps: Floats

    @property
    def unserved_mwh(self) -> float:
        """Energy of IT not served in the year."""
        return float(self.draws.world.hours[self.unserved_period] @ self.unserved_mw)


def read_decisions(plan: Plan, world: World, findings: Findings) -> Decisions:
    """Read the primary decisions; rows with unknown names are noted and left out."""
    placed = plan.placement
    pair_keys = keys = placed[["workload", "hub"]]
    workload = known(findings, "placement", keys, placed, "workload", world.workloads)
    hub = known(findings, "placement", keys, placed, "hub", world.hubs)
    pair = workload * len(world.hubs) + hub
    if (np.diff(pair) <= 0).any():
        # Rows in strict order are there once.
        once(findings, "placement", keys)
    good = (workload >= 0) & (hub >= 0)
    row = np.flatnonzero(good)
    pair = pair[good]
    workload, hub = workload[good], hub[good]
    share = positive(findings, "placement", keys, placed, "share")[good]
    reserved = positive(findings, "placement", keys, placed, "reserved_mw")[good]

    timed = plan.schedule
    keys = timed[["workload", "hub", "period"]]
    timed_workload = known(
        findings, "schedule", keys, timed, "workload", world.workloads
    )
    timed_hub = known(findings, "schedule", keys, timed, "hub", world.hubs)
    period = known(findings, "schedule", keys, timed, "period", world.periods)
    amount = positive(findings, "schedule", keys, timed, "it_mw")
    once(findings, "schedule", keys)
    good = (timed_workload >= 0) & (timed_hub >= 0) & (period >= 0)
    moves = (world.manner[timed_workload] != FLAT) & good
    fault = "The workload follows its share and profile and has no schedule"
    findings.rows("schedule", keys, good & ~moves, "workload", fault)
    flat = world.manner[workload] == FLAT
    own = pd.Series(np.flatnonzero(~flat), pair[~flat])
    own = own[~own.index.duplicated()]
    listed = own.reindex(timed_workload * len(world.hubs) + timed_hub, fill_value=-1)
    owner = listed.to_numpy(int)
    fault = "The workload has no row in placement for this hub"
    findings.rows("schedule", keys, moves & (owner < 0), "hub", fault)

    draws = Draws(
        world,
        np.concatenate([workload[flat], timed_workload[moves]]),
        np.concatenate([hub[flat], timed_hub[moves]]),
        np.concatenate([np.full(flat.sum(), -1), period[moves]]),
        np.concatenate([np.flatnonzero(flat), owner[moves]]),
        np.concatenate([share[flat] * world.it_mw[workload[flat]], amount[moves]]),
    )

    missing = plan.unserved
    keys = missing[["workload", "period"]]
    lost = known(findings, "unserved", keys, missing, "workload", world.workloads)
    when = known(findings, "unserved", keys, missing, "period", world.periods)
    lost_mw = positive(findings, "unserved", keys, missing, "it_mw")
    once(findings, "unserved", keys)
    good = (lost >= 0) & (when >= 0)
    links = pd.Index(world.network.links)
    return Decisions(
        draws=draws,
        pair_row=row,
        pair_keys=pair_keys.iloc[row],
        pair_workload=workload,
        pair_hub=hub,
        share=share,
        reserved_mw=reserved,
        unserved_workload=lost[good],
        unserved_period=when[good],
        unserved_mw=lost_mw[good],
        room_mw=by_name(findings, plan.hubs, "hubs", "hub", "room_mw", world.hubs),
        build_mw=by_name(findings, plan.hubs, "hubs", "hub", "build_mw", world.hubs),
        widen_gbps=by_name(findings, plan.links, "links", "link", "widen_gbps", links),
        lit_gbps=by_name(findings, plan.links, "links", "link", "lit_gbps", links),
    )


def known(
    findings: Findings,
    table: str,
    keys: Keys,
    frame: pd.DataFrame,
    column: str,
    names: pd.Index,
) -> Ints:
    """Positions of names, -1 and a finding where one is not known."""
    position = positions(names, frame[column])
    findings.rows(table, keys, position < 0, column, "The name is unknown")
    return position


def positive(
    findings: Findings, table: str, keys: Keys, frame: pd.DataFrame, column: str
) -> Floats:
    """Values of a primary column, 0 and a finding where one is below 0 or no number."""
    values = frame[column].to_numpy(float)
    wrong = ~(np.isfinite(values) & (values >= 0.0))
    findings.rows(table, keys, wrong, column, "The value must be at least 0")
    return np.where(wrong, 0.0, values)


def once(findings: Findings, table: str, keys: pd.DataFrame) -> None:
    """Note rows that are there twice."""
    findings.rows(table, keys, keys.duplicated(), "", "The row is there twice")


def by_name(
    findings: Findings,
    frame: pd.DataFrame,
    table: str,
    key: str,
    column: str,
    names: pd.Index,
) -> Floats:
    """Give a primary column in the order of names."""
    values = positive(findings, table, frame[key], frame, column)
    series = pd.Series(values, index=frame[key].astype(object))
    series = series[~series.index.duplicated()]
    return series.reindex(names).fillna(0.0).to_numpy(float)
