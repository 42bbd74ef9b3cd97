"""The least by which one limit on an amount must give way, all others kept."""

import math

import numpy as np

from siting.explain.change import Change
from siting.explain.limits import (
    LEAST_ROOM,
    Key,
    Limits,
    most_room_mw,
    size_of,
    subject_of,
)
from siting.explain.phrases import phrase
from siting.explain.probe import FITS, Probe, Verdict
from siting.explain.words import UNITS
from siting.model.green import green_rules, scope
from siting.model.instance import Instance

SETTLED = 1e-11
TINY_SHARE = 1e-9
STEPS = 40


def soft_change(probe: Probe, key: Key, kept: Limits, margin: float) -> Change | None:
    """Find the smallest change of one limit on an amount that suffices.

    Parameters
    ----------
    probe : Probe
    key : Key
    kept : frozenset of Key
        All limits that are kept, this one or not.
    margin : float
        Share by which the amount is rounded up.

    Returns
    -------
    Change or None
        None if the others contradict each other even without this one.
    """
    kind, place = key
    instance = probe.instance
    size = size_of(instance, key)
    others = kept - {key}
    if kind == LEAST_ROOM:
        if not probe.test(others, probe.situation(others)).fits:
            return None
        return made(instance, key, size - float(most_room_mw(instance)[place]), margin)
    if kind == "green":
        share = _green_share(probe, key, others)
        return None if share is None else made(instance, key, size - share, margin)
    verdict = probe.least({key: 1.0}, others)
    if verdict is None:
        return None
    amount = verdict.given_way.get(key, 0.0)
    if kind in ("placement-min", "placement-max", "churn"):
        amount /= float(instance.mean_mw[_members(instance, key)].sum())
    if kind == "demand":
        amount *= size
    return made(instance, key, amount, margin)


def made(instance: Instance, key: Key, amount: float, margin: float) -> Change | None:
    """Word a change by an amount; None where nothing or too much would change."""
    kind, _ = key
    size = size_of(instance, key)
    if amount <= 0:
        return None
    raised = amount * (1.0 + margin)
    needed = _moved(kind, size, raised)
    unit = UNITS[kind]
    per_unit = 100.0 if unit == "%" else 1.0
    change = Change(
        kind=kind,
        subject=subject_of(instance, key),
        unit="share" if unit == "%" else unit,
        now=size,
        needed=needed,
        amount=abs(needed - size),
        sentence=phrase(
            instance,
            key,
            size * per_unit,
            _moved(kind, size, amount) * per_unit,
            amount * per_unit,
        ),
    )
    return change if change.amount > 0 else None


def _moved(kind: str, size: float, amount: float) -> float:
    """Give a limit the value that it has after a change."""
    if kind in ("placement-min", "green", "demand", LEAST_ROOM):
        needed = max(size - amount, 0.0)
        return 0.0 if kind == "demand" and needed <= FITS * size else needed
    needed = size + amount
    return min(needed, 1.0) if kind in ("placement-max", "churn") else needed


def _members(instance: Instance, key: Key) -> np.ndarray:
    """Workloads (mask) whose mean load a share of the policy is counted in."""
    kind, place = key
    policy = instance.scenario.policy
    if kind == "churn":
        return np.ones(len(instance.mean_mw), dtype=bool)
    limits = policy.placement_min if kind == "placement-min" else policy.placement_max
    limit = limits[place]
    words = (limit.workload_class, limit.origin, limit.workload)
    return scope(instance.scenario, *words)


def _green_share(probe: Probe, key: Key, others: Limits) -> float | None:
    """Find the largest green share that can be reached.

    The share is a ratio of two sums. For a trial share the program finds the placement
    that exceeds it most; the share of that placement is the next trial. The trials
    rise to the largest share and stop there (Dinkelbach).
    """
    instance = probe.instance
    share = size_of(instance, key)
    subject = subject_of(instance, key)
    situation = probe.situation(others | {key})
    for step in range(STEPS):
        trial = Change("green", subject, "", 0.0, max(share, TINY_SHARE), 0.0, "")
        verdict = probe.least(
            {key: 1.0}, others, probe.changed(situation, trial), below=True
        )
        if verdict is None:
            return None
        reached = min(_reached(verdict, key[1]), 1.0)
        if step and reached - share <= SETTLED:
            break
        share = reached
    return max(share, 0.0)


def _reached(verdict: Verdict, rule_number: int) -> float:
    """Green share of a placement; the least of all periods where each counts."""
    model, values = verdict.model, verdict.outcome.values
    instance, program = model.instance, model.program
    rule = green_rules(instance.scenario)[rule_number]
    own = values[: len(program.lower)]
    facility = instance.energy.facility_mwh_per_mw
    member = np.isin(instance.pair_workload, rule.members).astype(float)
    draws = model.blocks.draws
    block = program.rows["green-period" if rule.every_period else "green"]
    mine = block.positions[block.keys["rule"] == rule_number]
    every_row = np.zeros(len(program.row_lower))
    np.add.at(every_row, program.index, program.value * own[program.owner])
    activity = every_row[mine]
    if not rule.every_period:
        energy = np.array([float(draws.yearly(facility, len(own), member) @ own)])
    else:
        every = np.arange(len(instance.hours))
        position, pair, column, value = draws.entries(every, member)
        mwh = value * facility[instance.pair_hub[pair], position] * own[column]
        energy = np.bincount(position, mwh, minlength=len(every))
    used = energy > 0
    if not used.any():
        return math.inf
    return float((activity[used] / energy[used]).min()) + rule.share
