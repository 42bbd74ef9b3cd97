"""Demand, admissible hubs, reserved room and the columns of placement."""

import numpy as np
import pandas as pd

from siting.audit.draws import Decisions
from siting.audit.report import Findings
from siting.audit.world import BURST, FLAT, MOVABLE, World
from siting.plan import Plan
from siting.words import word


def check_placement(
    plan: Plan, world: World, decisions: Decisions, findings: Findings
) -> None:
    """Check what is placed where, and the derived columns beside it."""
    _admissible(world, decisions, findings)
    _unserved(plan, world, decisions, findings)
    _firm(world, decisions, findings)
    _windows(world, decisions, findings)
    _reserved(world, decisions, findings)
    _columns(plan, world, decisions, findings)


def _admissible(world: World, decisions: Decisions, findings: Findings) -> None:
    open_ = world.admissible(decisions.pair_workload)
    wrong = ~open_[np.arange(len(open_)), decisions.pair_hub]
    fault = "The hub is not admissible: closed, not allowed, or beyond the RTT limit"
    findings.rows("placement", decisions.pair_keys, wrong, "hub", fault)


def _unserved(
    plan: Plan, world: World, decisions: Decisions, findings: Findings
) -> None:
    if world.settings.unserved_cny_per_mwh is None and len(plan.unserved):
        keys = plan.unserved[["workload", "period"]]
        wrong = plan.unserved["it_mw"].to_numpy(float) > findings.tolerance
        findings.rows("unserved", keys, wrong, "it_mw", "All demand must be served")


def _shares(world: World, decisions: Decisions) -> np.ndarray:
    """Sum of the shares of each workload."""
    return np.bincount(decisions.pair_workload, decisions.share, len(world.workloads))


def _firm(world: World, decisions: Decisions, findings: Findings) -> None:
    """Demand is met: by shares and one unserved share, or in every period."""
    count, times = len(world.workloads), len(world.periods)
    served = _shares(world, decisions)
    lost_mwh = np.bincount(
        decisions.unserved_workload,
        decisions.unserved_mw * world.hours[decisions.unserved_period],
        count,
    )
    need_mwh = world.mean_mw * world.year_hours
    some = need_mwh > 0
    lost = np.divide(lost_mwh, need_mwh, out=np.zeros(count), where=some)
    fixed = some & (world.manner != MOVABLE)
    wrong = fixed & (np.abs(served + lost - 1.0) > findings.tolerance)
    findings.differ(
        "placement",
        world.workloads,
        "share",
        served + lost,
        np.ones(count),
        wrong,
        "Shares placed and not served do not sum to 1",
    )
    # One unserved share holds for all periods of a split that is firm for the year.
    pinned = world.manner[decisions.unserved_workload] != MOVABLE
    w, t = decisions.unserved_workload, decisions.unserved_period
    demand = world.it_mw[w] * world.factor[world.profile[w], t]
    expected = np.where(pinned, lost[w] * demand, decisions.unserved_mw)
    keys = _at(world, w, t)
    fault = "The unserved share of the workload differs between periods"
    findings.close(
        "unserved", keys, "it_mw", decisions.unserved_mw, expected, fault, demand
    )
    moving = np.flatnonzero((world.manner == MOVABLE) & some)
    place = np.full(count, -1)
    place[moving] = np.arange(len(moving))
    draws = decisions.draws
    got = np.zeros((len(moving), times))
    mine = place[draws.workload] >= 0
    where = (place[draws.workload[mine]], draws.period[mine])
    np.add.at(got, where, draws.amount[mine])
    mine = place[w] >= 0
    np.add.at(got, (place[w[mine]], t[mine]), decisions.unserved_mw[mine])
    need = world.it_mw[moving, None] * world.factor[world.profile[moving]]
    off = np.abs(got - need) > findings.tolerance * np.maximum(
        need.max(axis=1, keepdims=True, initial=0.0), 1.0
    )
    rows, columns = np.nonzero(off)
    findings.differ(
        "schedule",
        _at(world, moving[rows], columns),
        "it_mw",
        got[rows, columns],
        need[rows, columns],
        np.ones(len(rows), bool),
        "Power placed and not served does not meet demand in the period",
    )


def _at(world: World, workload: np.ndarray, period: np.ndarray) -> "pd.Series[str]":
    """Name workloads in periods."""
    names = world.workloads[workload].astype(object)
    return pd.Series(names + "/" + world.periods[period], dtype=object)


def _windows(world: World, decisions: Decisions, findings: Findings) -> None:
    """Deferrable workloads: energy in each window, and most power."""
    draws, pair_workload = decisions.draws, decisions.pair_workload
    it_mw = world.it_mw[pair_workload]
    bursting = world.manner[pair_workload] == BURST
    labels = world.scenario.workloads["window"].to_numpy(object)[pair_workload]
    # Schedules without a row in placement are noted where they are read.
    drawn = np.flatnonzero(draws.pair >= 0)
    for label in np.unique(labels[bursting].astype(str)):
        pairs = np.flatnonzero(bursting & (labels == label))
        window = world.windows(int(pair_workload[pairs[0]]))
        hours = np.bincount(window, world.hours)
        place = np.full(len(pair_workload), -1)
        place[pairs] = np.arange(len(pairs))
        mine = drawn[place[draws.pair[drawn]] >= 0]
        pair, period = draws.pair[mine], draws.period[mine]
        got = np.bincount(
            place[pair] * len(hours) + window[period],
            draws.amount[mine] * world.hours[period],
            minlength=len(pairs) * len(hours),
        ).reshape(len(pairs), len(hours))
        size = it_mw[pairs, None] * hours
        need = decisions.share[pairs, None] * size
        off = np.abs(got - need) > findings.tolerance * np.maximum(1.0, size)
        rows, columns = np.nonzero(off)
        findings.differ(
            "schedule",
            [
                f"{world.workloads[pair_workload[pairs[row]]]}/"
                f"{world.hubs[decisions.pair_hub[pairs[row]]]}/{label} {number}"
                for row, number in zip(rows, columns, strict=True)
            ],
            "it_mw",
            got[rows, columns],
            need[rows, columns],
            np.ones(len(rows), bool),
            "The energy in the window is not the share's",
        )
        most = (world.burst[pair_workload] * it_mw * decisions.share)[pair]
        keys = pd.DataFrame(
            {
                "workload": world.workloads[draws.workload[mine]],
                "hub": world.hubs[draws.hub[mine]],
                "period": world.periods[period],
            }
        )
        fault = "Power is above burst times the mean"
        findings.most("schedule", keys, "it_mw", draws.amount[mine], most, fault)


def _reserved(world: World, decisions: Decisions, findings: Findings) -> None:
    workload, keys = decisions.pair_workload, decisions.pair_keys
    flat = world.manner[workload] == FLAT
    draws = decisions.draws
    need = np.where(flat, decisions.share * world.peak_mw[workload], 0.0)
    timed = ~draws.flat & (draws.pair >= 0)
    np.maximum.at(need, draws.pair[timed], draws.amount[timed])
    low = decisions.reserved_mw < need - findings.tolerance * np.maximum(1.0, need)
    found = decisions.reserved_mw
    fault = "Less is reserved than the peak"
    findings.differ("placement", keys, "reserved_mw", found, need, low, fault)
    findings.close(
        "placement",
        keys,
        "reserved_mw",
        found,
        np.where(flat & ~low, need, found),
        "A share that is firm for the year reserves its peak",
    )


def _columns(
    plan: Plan, world: World, decisions: Decisions, findings: Findings
) -> None:
    table, keys = plan.placement.iloc[decisions.pair_row], decisions.pair_keys
    workload, hub = decisions.pair_workload, decisions.pair_hub
    for column, names, number in (
        ("class", world.classes, world.of_class),
        ("origin", world.origins, world.origin),
    ):
        wrong = table[column].array != names.take(number[workload]).array
        findings.rows(
            "placement",
            keys,
            wrong,
            column,
            word("Not the workload's {column}", column=column),
        )
    draws = decisions.draws
    mean = draws.by_pair(draws.mean_mw, len(workload))
    energy = draws.by_pair(draws.year(world.energy), len(workload))
    demand = world.mean_mw[workload]
    share = np.divide(mean, demand, out=np.zeros(len(mean)), where=demand > 0)
    timed = (world.manner[workload] != FLAT) & (demand > 0)
    share = np.where(timed, share, decisions.share)
    rtt = world.rtt_ms[world.origin[workload], hub]
    for column, expected, what in (
        ("share", share, "Not the mean power drawn over the mean demanded"),
        ("it_mw", mean, "Not the mean power drawn"),
        ("energy_mwh", energy, "Not the facility energy of the year"),
        ("rtt_ms", rtt, "Not the RTT of the fastest path"),
    ):
        findings.close("placement", keys, column, table[column], expected, what)
