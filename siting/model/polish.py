"""From solver values to decisions that hold exactly.

A solver keeps limits to its tolerance. Here shares are made to sum to one, flows to the
traffic placed, and everything that follows from them (reserved MW, room, build-out,
widening, lit bandwidth) is set to the least that carries them.
"""

from dataclasses import dataclass

import numpy as np

from siting.model.arrays import LinearProgram
from siting.model.build import Model
from siting.model.instance import FLAT, MOVABLE, Instance
from siting.model.stay import settle
from siting.model.traffic import Traffic

NOTHING = 1e-10
# Relative to the capacity: what the solver's tolerance leaves over it is neither new
# room nor a wider link.
DUST = 2e-7


@dataclass(frozen=True, eq=False)
class Decisions:
    """A placement with all that follows from it.

    Attributes
    ----------
    share, mean_mw, reserved_mw : ndarray of shape (pairs,)
    timed_pairs : ndarray of int
        Pairs with a schedule of their own.
    schedule_mw : ndarray of shape (timed pairs, periods)
    unserved_mw : ndarray of shape (workloads with any, periods)
    unserved_workload : ndarray of int
    room_mw, build_mw : ndarray of shape (hubs,)
    flow_bundle, flow_path, flow_period, flow_gbps : ndarray
        Flow of each path; period -1: at factor 1 of the profile.
    arc_gbps : ndarray of shape (arcs, periods)
    load_gbps : ndarray of shape (capacity rows, periods)
    widen_gbps, lit_gbps : ndarray of shape (links,)
    values : ndarray of shape (columns,)
        The decisions as values of the program's columns.
    """

    model: Model
    traffic: Traffic
    share: np.ndarray
    mean_mw: np.ndarray
    reserved_mw: np.ndarray
    timed_pairs: np.ndarray
    schedule_mw: np.ndarray
    unserved_workload: np.ndarray
    unserved_mw: np.ndarray
    room_mw: np.ndarray
    build_mw: np.ndarray
    flow_bundle: np.ndarray
    flow_path: np.ndarray
    flow_period: np.ndarray
    flow_gbps: np.ndarray
    arc_gbps: np.ndarray
    load_gbps: np.ndarray
    widen_gbps: np.ndarray
    lit_gbps: np.ndarray
    values: np.ndarray

    def hub_sums(self, pair_factor: np.ndarray) -> np.ndarray:
        """Sum of draw times a factor of the pair, by hub and period."""
        instance = self.model.instance
        shape = (len(instance.scenario.hubs), len(instance.profiles))
        by_profile = np.zeros(shape)
        is_flat = np.ones(len(self.share), dtype=bool)
        is_flat[self.timed_pairs] = False
        flat = np.flatnonzero(is_flat)
        workload = instance.pair_workload[flat]
        amount = instance.it_mw[workload] * self.share[flat] * pair_factor[flat]
        place = (instance.pair_hub[flat], instance.profile[workload])
        np.add.at(by_profile, place, amount)
        total = by_profile @ instance.factor
        timed = self.timed_pairs
        np.add.at(
            total,
            instance.pair_hub[timed],
            self.schedule_mw * pair_factor[timed, None],
        )
        return np.asarray(total)


def polish(model: Model, values: np.ndarray, traffic: Traffic) -> Decisions:
    """Turn solver values into decisions.

    Parameters
    ----------
    model : Model
    values : ndarray of shape (columns,)
    traffic : Traffic
        All traffic; where routes decide nothing each bundle has its fastest path.
    """
    instance, draws = model.instance, model.blocks.draws
    columns = model.program.columns
    x = np.maximum(values, 0.0)
    pairs = len(instance.pair_workload)
    share = np.zeros(pairs)
    block = columns["share"]
    share[block.keys["pair"]] = x[block.slice]
    missing = np.zeros(len(instance.it_mw))
    if draws.unserved_share is not None:
        missing[draws.unserved_share.keys["workload"]] = x[draws.unserved_share.slice]
    whole = instance.manner[instance.pair_workload] != MOVABLE
    share, missing = _shares(instance, share, missing, whole)
    timed_pairs, schedule, gone = _schedules(model, x, share)
    x[block.slice] = share[block.keys["pair"]]
    if draws.unserved_share is not None:
        x[draws.unserved_share.slice] = missing[draws.unserved_share.keys["workload"]]
    if draws.unserved_mw is not None:
        x[draws.unserved_mw.slice] = gone.ravel()
    x[columns["draw"].slice] = schedule.ravel()
    mean = share * instance.mean_mw[instance.pair_workload]
    mean[timed_pairs] = schedule @ instance.hours / instance.year_hours
    demand = instance.mean_mw[instance.pair_workload[timed_pairs]]
    share[timed_pairs] = np.divide(
        mean[timed_pairs], demand, out=np.zeros(len(demand)), where=demand > 0
    )
    reserved = share * instance.peak_mw[instance.pair_workload]
    reserved[timed_pairs] = schedule.max(axis=1, initial=0.0)
    if "reserved" in columns:
        x[columns["reserved"].slice] = reserved[columns["reserved"].keys["pair"]]
    settle(model.blocks.stay, instance, mean, x)
    _cover(model.program, x)
    lost, unserved = _unserved(instance, missing, gone)
    partial = Decisions(
        model=model,
        traffic=traffic,
        share=share,
        mean_mw=mean,
        reserved_mw=reserved,
        timed_pairs=timed_pairs,
        schedule_mw=schedule,
        unserved_workload=lost,
        unserved_mw=unserved,
        values=x,
        **_no_network(instance),
    )
    room, build = _room(partial)
    x[columns["room"].slice] = room
    x[columns["build"].slice] = build
    partial.room_mw[:] = room
    partial.build_mw[:] = build
    return _with_flows(partial)


def _no_network(instance: Instance) -> dict[str, np.ndarray]:
    hubs, links = len(instance.scenario.hubs), len(instance.scenario.links)
    whole = np.zeros(0, dtype=int)
    return {
        "room_mw": np.zeros(hubs),
        "build_mw": np.zeros(hubs),
        "flow_bundle": whole,
        "flow_path": whole,
        "flow_period": whole,
        "flow_gbps": np.zeros(0),
        "arc_gbps": np.zeros((len(instance.backbone.arc_row), len(instance.hours))),
        "load_gbps": np.zeros((len(instance.backbone.row_link), len(instance.hours))),
        "widen_gbps": np.zeros(links),
        "lit_gbps": np.zeros(links),
    }


def _shares(
    instance: Instance, share: np.ndarray, missing: np.ndarray, whole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Drop dust, and make the shares of each workload sum to one."""
    share = np.where(share > NOTHING, share, 0.0)
    missing = np.where(missing > NOTHING, missing, 0.0)
    total = missing + np.bincount(
        instance.pair_workload[whole], share[whole], minlength=len(missing)
    )
    total[total == 0] = 1.0
    return (
        np.where(whole, share / total[instance.pair_workload], 0.0),
        missing / total,
    )


def _schedules(
    model: Model, x: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Schedules that meet demand in each period and energy in each window."""
    instance, draws = model.instance, model.blocks.draws
    count = len(instance.hours)
    timed = np.flatnonzero(instance.manner[instance.pair_workload] != FLAT)
    schedule = x[model.program.columns["draw"].slice].reshape(len(timed), count)
    movable = np.flatnonzero(instance.manner == MOVABLE)
    demand = instance.it_mw[movable, None] * instance.factor[instance.profile[movable]]
    gone = np.zeros(demand.shape)
    if draws.unserved_mw is not None:
        gone = x[draws.unserved_mw.slice].reshape(demand.shape)
    schedule = np.where(schedule > NOTHING, schedule, 0.0)
    gone = np.where(gone > NOTHING, gone, 0.0)
    place = np.full(len(instance.it_mw), -1)
    place[movable] = np.arange(len(movable))
    row = place[instance.pair_workload[timed]]
    free = row >= 0
    total = gone.copy()
    np.add.at(total, row[free], schedule[free])
    scale = np.divide(demand, total, out=np.zeros(demand.shape), where=total > 0)
    schedule[free] *= scale[row[free]]
    for number in np.flatnonzero(~free).tolist():
        workload = instance.pair_workload[timed[number]]
        window = instance.windows_of(int(workload))
        done = np.bincount(window, schedule[number] * instance.hours)
        due = np.bincount(window, instance.hours) * instance.it_mw[workload]
        due = due * share[timed[number]]
        ratio = np.divide(due, done, out=np.zeros(len(due)), where=done > 0)
        schedule[number] *= ratio[window]
    return timed, schedule, gone * scale


def _unserved(
    instance: Instance, missing: np.ndarray, gone: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    whole = np.flatnonzero(missing > 0)
    demand = instance.it_mw[whole, None] * instance.factor[instance.profile[whole]]
    movable = np.flatnonzero(instance.manner == MOVABLE)
    some = gone.any(axis=1)
    return (
        np.concatenate([whole, movable[some]]),
        np.concatenate([demand * missing[whole, None], gone[some]]),
    )


def _cover(program: LinearProgram, x: np.ndarray) -> None:
    """Take back certificates beyond the energy that they may cover, by rounding."""
    columns = program.columns.get("certificate")
    if columns is None or not len(columns):
        return
    rows = program.rows["certificate-use"]
    over = np.maximum(program.activity(x), 0.0)
    entry = np.flatnonzero(
        (program.owner >= columns.start)
        & (program.owner < columns.stop)
        & (program.index >= rows.start)
        & (program.index < rows.stop)
    )
    row, column = program.index[entry], program.owner[entry]
    held = np.bincount(row, x[column], minlength=len(over))
    kept = np.ones(len(over))
    np.divide(held - over, held, out=kept, where=held > 0)
    x[column] *= np.maximum(kept[row], 0.0)


def _room(decisions: Decisions) -> tuple[np.ndarray, np.ndarray]:
    instance = decisions.model.instance
    hubs = instance.scenario.hubs
    if instance.scenario.settings.room == "pooled":
        ones = np.ones(len(decisions.share))
        need = decisions.hub_sums(ones).max(axis=1, initial=0.0)
    else:
        need = np.bincount(
            instance.pair_hub, decisions.reserved_mw, minlength=len(hubs)
        )
    room = np.maximum(
        need,
        decisions.model.program.lower[decisions.model.program.columns["room"].slice],
    )
    if not instance.limits.room:
        return room, np.zeros(len(hubs))
    capacity = hubs["it_capacity_mw"].to_numpy(float)
    return room, _beyond(room, capacity)


def _beyond(amount: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Give what has to be added to a capacity."""
    over = amount - capacity
    return np.where(over > DUST * np.maximum(capacity, 1.0), over, 0.0)


def _with_flows(decisions: Decisions) -> Decisions:
    """Scale flows to the traffic placed, and size the links for them."""
    model = decisions.model
    instance, flows = model.instance, model.blocks.flows
    if not len(instance.scenario.links):
        return decisions
    traffic = decisions.traffic
    if flows is not None:
        keys = flows.columns.keys
        bundle, path, period = keys["bundle"], keys["path"], keys["period"]
        gbps = decisions.values[flows.columns.slice].copy()
    else:
        # The fastest path takes it all.
        bundle, period = traffic.slots(len(instance.hours))
        path, gbps = np.zeros(len(bundle), dtype=int), np.ones(len(bundle))
    count = len(instance.hours)
    at = np.maximum(period, 0)
    due = _traffic(decisions)
    gbps = np.where(gbps > NOTHING, gbps, 0.0)
    code = bundle * count + at
    total = np.bincount(code, gbps, minlength=len(traffic) * count)
    # Traffic so small that its flow fell under the tolerance takes the first path.
    first = (path == 0) & (total[code] == 0)
    gbps = np.where(first, 1.0, gbps)
    total = np.bincount(code, gbps, minlength=len(traffic) * count)
    gbps = gbps * due[bundle, at] / np.where(total[code] > 0, total[code], 1.0)
    arc_gbps = _load(instance, traffic, bundle, path, period, gbps)
    load, peak = _on_links(instance, arc_gbps)
    widen = _beyond(peak, instance.headroom_gbps)
    if not instance.limits.links:
        widen = np.zeros(len(peak))
    # Local traffic needs no bandwidth that is lit.
    wide, lit_peak = traffic.wide_area(instance)[bundle], peak
    priced = instance.tariff.link_cny_per_gbps_year > 0
    if priced.any() and not wide.all():
        far = np.where(wide, gbps, 0.0)
        far_gbps = _load(instance, traffic, bundle, path, period, far)
        _, lit_peak = _on_links(instance, far_gbps)
    lit = np.where(priced, lit_peak / instance.tariff.fill, 0.0)
    if flows is not None:
        decisions.values[flows.columns.slice] = gbps
        if flows.widen is not None:
            decisions.values[flows.widen.slice] = widen
        if flows.lit is not None:
            decisions.values[flows.lit.slice] = lit
    changes = {
        "flow_bundle": bundle,
        "flow_path": path,
        "flow_period": period,
        "flow_gbps": gbps,
        "arc_gbps": arc_gbps,
        "load_gbps": load,
        "widen_gbps": widen,
        "lit_gbps": lit,
    }
    return Decisions(**(decisions.__dict__ | changes))


def _on_links(
    instance: Instance, arc_gbps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Load of every capacity row in every period, and the largest of each link."""
    load = np.zeros((len(instance.backbone.row_link), len(instance.hours)))
    np.add.at(load, instance.backbone.arc_row, arc_gbps)
    peak = np.zeros(len(instance.scenario.links))
    np.maximum.at(peak, instance.backbone.row_link, load.max(axis=1, initial=0.0))
    return load, peak


def _traffic(decisions: Decisions) -> np.ndarray:
    """Gbps of each bundle by period; under fixed timing at factor 1, in column 0."""
    instance, traffic = decisions.model.instance, decisions.traffic
    due = np.zeros((len(traffic), len(instance.hours)))
    pairs, number = traffic.pairs, traffic.bundle
    inward, fixed = traffic.to_hub[number], ~traffic.timed[number]
    workload = instance.pair_workload[pairs]
    rate = np.where(inward, instance.to_rate[workload], instance.from_rate[workload])
    # A profile of zeros moves nothing, whatever its shares are.
    it_mw = np.where(instance.mean_mw[workload] > 0, instance.it_mw[workload], 0.0)
    placed = it_mw * decisions.share[pairs] * rate
    due[:, 0] = np.bincount(number[fixed], placed[fixed], minlength=len(traffic))
    if fixed.all():
        return due
    row = np.full(len(decisions.share), -1)
    row[decisions.timed_pairs] = np.arange(len(decisions.timed_pairs))
    flat = np.flatnonzero(~fixed & (row[pairs] < 0))
    by_profile = np.zeros((len(traffic), len(instance.profiles)))
    place = (number[flat], instance.profile[workload[flat]])
    np.add.at(by_profile, place, placed[flat])
    due += by_profile @ instance.factor
    timed = np.flatnonzero(~fixed & (row[pairs] >= 0))
    drawn = decisions.schedule_mw[row[pairs[timed]]]
    np.add.at(due, number[timed], rate[timed, None] * drawn)
    return due


def _load(
    instance: Instance,
    traffic: Traffic,
    bundle: np.ndarray,
    path: np.ndarray,
    period: np.ndarray,
    gbps: np.ndarray,
) -> np.ndarray:
    """Load of every arc in every period."""
    arcs = len(instance.backbone.arc_row)
    by_profile = np.zeros((arcs, len(instance.profiles)))
    load = np.zeros((arcs, len(instance.hours)))
    some = np.flatnonzero(gbps)
    flow, arc = traffic.crossing(bundle[some], path[some])
    flow = some[flow]
    fixed = period[flow] < 0
    profile = traffic.profile[bundle[flow]]
    np.add.at(by_profile, (arc[fixed], profile[fixed]), gbps[flow[fixed]])
    np.add.at(load, (arc[~fixed], period[flow[~fixed]]), gbps[flow[~fixed]])
    return np.asarray(load + by_profile @ instance.factor)
