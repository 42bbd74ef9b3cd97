r"""Traffic on the backbone: flows on admissible paths and the load of every link.

.. math::

   \sum_{p \in P(o,h,L)} y_{khp} = \sum_{w \in k} \mathrm{rate}_w x_{wh}, \qquad
   \sum_{k,h,p \ni a} y_{khpt} \le \mathrm{headroom}_e + \mathrm{widen}_e, \qquad
   \mathrm{lit}_e \cdot \mathrm{fill} \ge \sum_{k,h,p \ni a} \omega_{kh} y_{khpt}

A commodity gathers workloads of one origin, RTT limit, direction and timing
(:mod:`siting.model.traffic`). Under fixed timing (pinned workloads of one profile) a
path's flow follows the profile; otherwise it is free in every period. Paths are
generated as prices call for them (:mod:`siting.model.pricing`). Traffic between an
origin and a hub that are local to each other (:math:`\omega_{kh} = 0`) takes room on
links, and no bandwidth that has to be lit.
"""

from dataclasses import dataclass

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import Block, Builder
from siting.model.instance import Instance
from siting.model.known import Crossed
from siting.model.placement import Draws
from siting.model.traffic import Bundle, Traffic


@dataclass(frozen=True, eq=False)
class Flows:
    """Where the flow columns are.

    Attributes
    ----------
    columns : Block
        Flow of each (bundle, path, period); keys ``bundle``, ``path``, ``period`` (-1
        under fixed timing).
    balance : Block
        Row of each (bundle, period); those of a bundle are neighbours.
    path : ndarray of int
        Number of each column's path among those of ``crossed``.
    crossed : Crossed
    widen, lit : Block or None
    """

    columns: Block
    balance: Block
    path: np.ndarray
    crossed: Crossed
    widen: Block | None
    lit: Block | None


def network_matters(instance: Instance) -> bool:
    """Whether any link has a limit or a price, so that routes decide anything."""
    if not len(instance.scenario.links):
        return False
    limited = instance.limits.links and bool(np.isfinite(instance.headroom_gbps).any())
    priced = bool((instance.toll_cny_per_gbps_year > 0).any())
    return limited or priced or bool((instance.tariff.link_cny_per_gbps_year > 0).any())


def add_routing(
    builder: Builder, instance: Instance, draws: Draws, traffic: Traffic
) -> Flows:
    """Add flows on the known paths, link loads, widening and lit bandwidth."""
    crossed = traffic.known.crossed
    columns, balance = _flows(builder, instance, draws, traffic)
    path = traffic.path_numbers(columns.keys["bundle"], columns.keys["path"])
    load = _loads(instance, traffic, columns, crossed, path)
    limited = (
        np.isfinite(instance.headroom_gbps)
        if instance.limits.links
        else np.zeros(len(instance.headroom_gbps), dtype=bool)
    )
    widen = _capacity(builder, instance, load, limited) if limited.any() else None
    priced = instance.tariff.link_cny_per_gbps_year > 0
    lit = _lit(builder, instance, load, priced) if priced.any() else None
    return Flows(columns, balance, path, crossed, widen, lit)


def _flows(
    builder: Builder, instance: Instance, draws: Draws, traffic: Traffic
) -> tuple[Block, Block]:
    count_t = len(instance.hours)
    every = np.arange(count_t)
    timed = traffic.timed
    sizes = np.where(timed, count_t, 1)
    base = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    row_bundle, row_period = traffic.slots(count_t)
    balance = builder.add_rows(
        "balance",
        int(base[-1]),
        lambda i: f"{_name(instance, traffic[row_bundle[i]])}|{row_period[i]}",
        lower=0.0,
        upper=0.0,
        bundle=row_bundle,
        period=row_period,
    )
    counts = traffic.known.crossed.count[traffic.number] * sizes
    bundle, within = repeated(counts)
    period = np.where(timed[bundle], within % count_t, -1)
    path = np.where(timed[bundle], within // count_t, within)
    columns = builder.add_columns(
        "flow",
        len(bundle),
        lambda i: f"{_name(instance, traffic[bundle[i]])}|{path[i]}|{period[i]}",
        bundle=bundle,
        path=path,
        period=period,
    )
    rows = balance.start + base[bundle] + np.maximum(period, 0)
    builder.add_entries(rows, columns.positions, 1.0)
    share_of = np.full(len(instance.pair_workload), -1)
    share_of[draws.flat_pair] = draws.flat
    bundle_of = traffic.of_pairs(len(instance.pair_workload))
    for to_hub, rate in ((True, instance.to_rate), (False, instance.from_rate)):
        owner = bundle_of[to_hub]
        # Pairs without traffic (owner -1) find the False at the end.
        free = np.append(timed, False)[owner]
        fixed = np.flatnonzero((owner >= 0) & ~free)
        workload = instance.pair_workload[fixed]
        builder.add_entries(
            balance.start + base[owner[fixed]],
            share_of[fixed],
            -rate[workload] * instance.it_mw[workload],
        )
        factor = np.where(free, rate[instance.pair_workload], 0.0)
        position, pair, column, value = draws.entries(every, factor)
        builder.add_entries(
            balance.start + base[owner[pair]] + position, column, -value
        )
    return columns, balance


def _name(instance: Instance, bundle: Bundle) -> str:
    kind = bundle.commodity
    origin = instance.reach.origins[kind.origin]
    hub = instance.scenario.hubs.index[bundle.hub]
    arrow = "to" if kind.to_hub else "from"
    return f"{origin}|{arrow}|{hub}|{kind.rtt_limit_ms:g}"


@dataclass(frozen=True, eq=False)
class Load:
    """Coefficients of the load of capacity rows in the periods that count.

    ``wide`` tells which are of traffic that is not local.
    """

    periods: np.ndarray
    row: np.ndarray
    position: np.ndarray
    column: np.ndarray
    value: np.ndarray
    wide: np.ndarray


def _loads(
    instance: Instance,
    traffic: Traffic,
    columns: Block,
    crossed: Crossed,
    path: np.ndarray,
) -> Load:
    """Load of each capacity row by column, in the periods where it can be largest."""
    bundle, period = columns.keys["bundle"], columns.keys["period"]
    free = bool((period >= 0).any())
    periods = np.arange(len(instance.hours)) if free else instance.peak_periods
    place = np.full(len(instance.hours), -1)
    place[periods] = np.arange(len(periods))
    rows, positions, cols, values = [], [], [], []
    column, arc = crossed.arcs_of(path)
    capacity_row = instance.backbone.arc_row[arc]
    fixed = period[column] < 0
    # Profiles of a single period are common.
    drawn = np.nonzero(instance.factor[:, periods])
    count = np.bincount(drawn[0], minlength=len(instance.factor))
    shape = traffic.profile[bundle[column[fixed]]]
    entry, within = repeated(count[shape])
    use = (np.cumsum(count) - count)[shape[entry]] + within
    at = drawn[1][use]
    rows.append(capacity_row[fixed][entry])
    positions.append(at)
    cols.append(columns.start + column[fixed][entry])
    values.append(instance.factor[drawn[0][use], periods[at]])
    rows.append(capacity_row[~fixed])
    positions.append(place[period[column[~fixed]]])
    cols.append(columns.start + column[~fixed])
    values.append(np.ones(int((~fixed).sum())))
    found = np.concatenate(cols)
    return Load(
        periods,
        np.concatenate(rows),
        np.concatenate(positions),
        found,
        np.concatenate(values),
        traffic.wide_area(instance)[bundle[found - columns.start]],
    )


def _capacity(
    builder: Builder, instance: Instance, load: Load, limited: np.ndarray
) -> Block:
    links = instance.scenario.links
    most = links["widen_max_gbps"].to_numpy(float)
    widen = builder.add_columns(
        "widen",
        len(links),
        lambda i: str(links.index[i]),
        upper=most if instance.limits.widening else np.inf,
    )
    counted = limited[instance.backbone.row_link[load.row]]
    rows, entry, row = _link_rows(builder, instance, load, counted, "link")
    link = instance.backbone.row_link[rows.keys["row"]]
    builder.add_entries(rows.positions, widen.positions[link], -1.0)
    builder.add_entries(row, load.column[entry], load.value[entry])
    return widen


def _lit(builder: Builder, instance: Instance, load: Load, priced: np.ndarray) -> Block:
    links = instance.scenario.links
    lit = builder.add_columns("lit", len(links), lambda i: str(links.index[i]))
    counted = priced[instance.backbone.row_link[load.row]] & load.wide
    rows, entry, row = _link_rows(builder, instance, load, counted, "lit")
    link = instance.backbone.row_link[rows.keys["row"]]
    builder.add_entries(rows.positions, lit.positions[link], instance.tariff.fill)
    builder.add_entries(row, load.column[entry], -load.value[entry])
    return lit


def _link_rows(
    builder: Builder, instance: Instance, load: Load, counted: np.ndarray, kind: str
) -> tuple[Block, np.ndarray, np.ndarray]:
    """Rows for the (capacity row, period) of the load entries that count.

    Returns the block, and for each of these entries its number and its row.
    """
    backbone = instance.backbone
    entry = np.flatnonzero(counted)
    count = len(load.periods)
    code = load.row[entry] * count + load.position[entry]
    unique, inverse = np.unique(code, return_inverse=True)
    capacity_row, period = unique // count, load.periods[unique % count]
    links, labels = instance.scenario.links.index, instance.scenario.periods.index

    def label(i: int) -> str:
        row = capacity_row[i]
        name = links[backbone.row_link[row]]
        return f"{name}|{backbone.row_direction[row]}|{labels[period[i]]}"

    lower, upper = np.float64(0.0), np.float64(np.inf)
    if kind == "link":
        lower = np.float64(-np.inf)
        upper = instance.headroom_gbps[backbone.row_link[capacity_row]]
    rows = builder.add_rows(
        kind,
        len(unique),
        label,
        lower=lower,
        upper=upper,
        row=capacity_row,
        period=period,
    )
    return rows, entry, rows.start + inverse
