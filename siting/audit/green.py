"""Green limits, who owns certificates, and what may be certified where."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.audit.draws import Decisions, known, once, positive
from siting.audit.report import Findings
from siting.audit.world import World
from siting.plan import Plan

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class GreenRule:
    """A least green share.

    Attributes
    ----------
    subject : str
        Number in the policy, or ``workload:ID``.
    share : float
    every_period : bool
    owners : ndarray of int
        Owners whose certificates count.
    """

    subject: str
    share: float
    every_period: bool
    owners: np.ndarray


class GreenBook:
    """Owners and rules of a scenario.

    Attributes
    ----------
    owners : Index
        ``workload:ID`` or ``class:NAME``.
    owner : ndarray of int
        Of each workload.
    alone : ndarray of bool
        Workloads whose certificates are their own.
    rules : list of GreenRule
        Those of the policy first, then those of single workloads.
    scopes : ndarray of bool of shape (rules of the policy, workloads)
    single : ndarray of int
        Workloads that have a rule of their own, in the order of these.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        frame, policy = world.scenario.workloads, world.policy
        least = frame["green_share_min"].to_numpy(float)
        alone = least > 0
        for limit in policy.green_min:
            if limit.workload or limit.origin:
                alone = alone | world.scope(
                    limit.workload_class, limit.origin, limit.workload
                )
        self.alone = alone
        count = len(world.classes)
        number = np.where(alone, count + np.arange(len(frame)), world.of_class)
        self.owner, used = pd.factorize(number)
        self.owners = pd.Index(
            [
                f"class:{world.classes[n]}"
                if n < count
                else f"workload:{world.workloads[n - count]}"
                for n in used.tolist()
            ],
            dtype=object,
        )
        self.scopes = np.zeros((len(policy.green_min), len(frame)), bool)
        self.rules: list[GreenRule] = []
        for number_, limit in enumerate(policy.green_min):
            scope = world.scope(limit.workload_class, limit.origin, limit.workload)
            self.scopes[number_] = scope
            # An owner's workloads are all in a scope or all outside.
            owners = np.unique(self.owner[scope])
            every = limit.every_period
            self.rules.append(GreenRule(str(number_), limit.share, every, owners))
        self.single = np.flatnonzero(least > 0)
        always = frame["green_every_period"].to_numpy(bool)[self.single].tolist()
        names = world.workloads[self.single].tolist()
        shares = least[self.single].tolist()
        # One row each.
        owners = self.owner[self.single][:, None]
        for name, share, strict, own in zip(names, shares, always, owners, strict=True):
            self.rules.append(GreenRule(f"workload:{name}", share, strict, own))

    @property
    def mode(self) -> str:
        """How certificates are matched: ``off``, ``year`` or ``period``."""
        return self.world.settings.certificates

    @cached_property
    def serves(self) -> np.ndarray:
        """Hubs that each offer serves."""
        offer = self.world.scenario.certificates["grid"].to_numpy(object)[:, None]
        grid = self.world.scenario.hubs["grid"].to_numpy(object)[None, :]
        return np.asarray((offer == "") | (offer == grid))


@dataclass(frozen=True, eq=False)
class Retired:
    """Certificates retired, by positions.

    Attributes
    ----------
    offer, hub, owner : ndarray of int
    period : ndarray of int
        -1 in mode ``year``.
    mwh, market_t : ndarray
        Energy, and the market-based emissions it takes away.
    """

    offer: np.ndarray
    hub: np.ndarray
    owner: np.ndarray
    period: np.ndarray
    mwh: Floats
    market_t: Floats


def read_certificates(plan: Plan, book: GreenBook, findings: Findings) -> Retired:
    """Read the certificates of a plan and check names and grids."""
    world, table = book.world, plan.certificates
    keys = table[["certificate", "hub", "owner", "period"]]
    once(findings, "certificates", keys)
    offers = pd.Index(world.scenario.certificates["id"].astype(object))
    offer = known(findings, "certificates", keys, table, "certificate", offers)
    hub = known(findings, "certificates", keys, table, "hub", world.hubs)
    owner = known(findings, "certificates", keys, table, "owner", book.owners)
    mwh = positive(findings, "certificates", keys, table, "mwh")
    period = world.periods.get_indexer(table["period"].astype(object))
    yearly = book.mode != "period"
    wrong = (table["period"] != "").to_numpy() if yearly else period < 0
    fault = "The period must be blank" if yearly else "The name is unknown"
    findings.rows("certificates", keys, wrong, "period", fault)
    if book.mode == "off":
        fault = "The scenario has no certificates"
        findings.rows("certificates", keys, np.full(len(table), True), "mwh", fault)
    good = (offer >= 0) & (hub >= 0) & (owner >= 0) & ~wrong
    away = np.zeros(len(table), bool)
    away[good] = ~book.serves[offer[good], hub[good]]
    fault = "The offer does not serve the hub's grid"
    findings.rows("certificates", keys, away, "hub", fault)
    period = np.where(yearly, -1, period)[good]
    offer, hub, owner, mwh = offer[good], hub[good], owner[good], mwh[good]
    factor = world.mean_residual[hub] if yearly else world.residual[hub, period]
    return Retired(offer, hub, owner, period, mwh, mwh * factor)


def check_certificates(
    book: GreenBook, decisions: Decisions, retired: Retired, findings: Findings
) -> None:
    """No more is certified than what an owner draws that is not green already."""
    if not len(retired.mwh):
        return
    world, draws = book.world, decisions.draws
    grey = world.energy * (1.0 - world.green)
    hubs = len(world.hubs)
    place, cell = np.unique(retired.owner * hubs + retired.hub, return_inverse=True)
    of_entry = book.owner[draws.workload] * hubs + draws.hub
    at = np.minimum(np.searchsorted(place, of_entry), len(place) - 1)
    at = np.where(place[at] == of_entry, at, -1)
    if book.mode == "period":
        room = draws.by_group_period(grey, at, len(place))
        used = np.zeros_like(room)
        np.add.at(used, (cell, retired.period), retired.mwh)
    else:
        room = draws.by_group(grey, at, len(place))[:, None]
        used = np.bincount(cell, retired.mwh, len(place))[:, None]
    rows, columns = np.nonzero(used > 0)
    where = place[rows]
    keys = [
        f"{world.hubs[hub]}/{book.owners[owner]}"
        for hub, owner in zip(where % hubs, where // hubs, strict=True)
    ]
    fault = "More is certified than the owner's energy that is not green"
    used, room = used[rows, columns], room[rows, columns]
    findings.most("certificates", keys, "mwh", used, room, fault)
