r"""Traffic on the backbone: flows on admissible paths and the load of every link.

.. math::

   \sum_{p \in P(o,h,L)} y_{khp} = \sum_{w \in k} \mathrm{rate}_w x_{wh}, \qquad
   \sum_{k,h,p \ni a} y_{khpt} \le \mathrm{headroom}_e + \mathrm{widen}_e, \qquad
   \mathrm{lit}_e \cdot \mathrm{fill} \ge \sum_{k,h,p \ni a} y_{khpt}

A commodity gathers workloads of one origin, RTT limit, direction and timing. Under
fixed timing (pinned workloads of one profile) a path's flow follows the profile;
otherwise it is free in every period. Paths are generated as prices call for them
(:mod:`siting.model.pricing`).
"""

from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from siting.backbone import Path
from siting.lookup import first_of, number, repeated
from siting.model.arrays import Block, Builder
from siting.model.instance import FLAT, Instance
from siting.model.placement import Draws


@dataclass(frozen=True)
class Commodity:
    """Traffic that shares its admissible paths.

    Attributes
    ----------
    origin : int
        Position among the origins.
    rtt_limit_ms : float
    to_hub : bool
    profile : int
        Profile of its flow; -1: free in every period.
    """

    origin: int
    rtt_limit_ms: float
    to_hub: bool
    profile: int


@dataclass(eq=False)
class Bundle:
    """A commodity towards one hub, with the paths known so far.

    Attributes
    ----------
    pairs : ndarray of int
        Pairs of workload and hub whose traffic it is.
    paths : list of Path
    number : int
        Its place among all that were known when it was made; -1 where nobody counts.
    """

    commodity: Commodity
    hub: int
    pairs: np.ndarray
    most_one_way_ms: float
    paths: list[Path] = field(default_factory=list)
    number: int = -1


# Bundles by what tells them apart: commodity and hub, as plain numbers.
Known = dict[tuple[int, float, bool, int, int], Bundle]


@dataclass(frozen=True, eq=False)
class Crossed:
    """Arcs of all known paths, end to end.

    Attributes
    ----------
    first : ndarray of int of shape (bundles,)
        Number of the first path of each bundle.
    length : ndarray of int of shape (paths,)
    arcs : ndarray of int of shape (sum of the lengths,)
    """

    first: np.ndarray
    length: np.ndarray
    arcs: np.ndarray

    @classmethod
    def of(cls, groups: list[Bundle]) -> "Crossed":
        """List the arcs of the paths known so far."""
        counts = np.array([len(g.paths) for g in groups], dtype=int)
        paths = [path.arcs for group in groups for path in group.paths]
        length = np.array([len(arcs) for arcs in paths], dtype=int)
        arcs = np.fromiter(chain.from_iterable(paths), int, int(length.sum()))
        return cls(np.cumsum(counts) - counts, length, arcs)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of the arcs over each path."""
        path = np.repeat(np.arange(len(self.length)), self.length)
        return np.bincount(path, values[self.arcs], minlength=len(self.length))


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


def bundles(instance: Instance, known: Known | None = None) -> list[Bundle]:
    """Group the traffic of all pairs, each group with its fastest path.

    Parameters
    ----------
    instance : Instance
    known : dict, optional
        Bundles of programs over other pairs of the same hubs and links. Their paths
        are shared, and what is new is added.
    """
    if known is None:
        known = {}
    fixed = instance.scenario.settings.routing == "fixed"
    workload = instance.pair_workload
    timing = np.where(
        fixed & (instance.manner[workload] == FLAT), instance.profile[workload], -1
    )
    limit = instance.rtt_limit_ms if instance.limits.latency else np.inf
    limit = np.broadcast_to(limit, instance.rtt_limit_ms.shape)
    result: list[Bundle] = []
    for to_hub, rate in ((True, instance.to_rate), (False, instance.from_rate)):
        moving = np.flatnonzero(rate[workload] > 0)
        if not len(moving):
            continue
        origin, most = instance.origin[workload[moving]], limit[workload[moving]]
        profile, hub = timing[moving], instance.pair_hub[moving]
        group = number(origin, most, profile, hub)
        first = first_of(group)
        ends = np.cumsum(np.bincount(group, minlength=len(first)))
        order = moving[np.argsort(group, kind="stable")]
        begin = 0
        for home, most_ms, shape, place, end in zip(
            *(part[first].tolist() for part in (origin, most, profile, hub)),
            ends.tolist(),
            strict=True,
        ):
            key = (home, most_ms, to_hub, shape, place)
            pairs, begin = order[begin:end], end
            like = known.get(key)
            if like is None:
                bundle = _bundle(instance, Commodity(*key[:4]), place, pairs)
                bundle.number = len(known)
                known[key] = bundle
            else:
                bundle = Bundle(
                    *(like.commodity, place, pairs),
                    *(like.most_one_way_ms, like.paths, like.number),
                )
            result.append(bundle)
    return result


def _bundle(
    instance: Instance, commodity: Commodity, hub: int, pairs: np.ndarray
) -> Bundle:
    reach, backbone = instance.reach, instance.backbone
    most = reach.most_one_way_ms(commodity.rtt_limit_ms, to_hub=commodity.to_hub)
    bundle = Bundle(commodity, hub, pairs, float(most[commodity.origin, hub]))
    if reach.has_links:
        start = instance.origin_node[commodity.origin]
        fastest = backbone.fastest(start, inward=not commodity.to_hub)
        bundle.paths.append(fastest[instance.hub_node[hub]])
    return bundle


def add_routing(
    builder: Builder, instance: Instance, draws: Draws, groups: list[Bundle]
) -> Flows:
    """Add flows on the known paths, link loads, widening and lit bandwidth."""
    crossed = Crossed.of(groups)
    columns, balance = _flows(builder, instance, draws, groups)
    path = crossed.first[columns.keys["bundle"]] + columns.keys["path"]
    load = _loads(instance, groups, columns, crossed, path)
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
    builder: Builder, instance: Instance, draws: Draws, groups: list[Bundle]
) -> tuple[Block, Block]:
    count_t = len(instance.hours)
    every = np.arange(count_t)
    timed = np.array([g.commodity.profile < 0 for g in groups], dtype=bool)
    sizes = np.where(timed, count_t, 1)
    base = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    row_group = np.repeat(np.arange(len(groups)), sizes)
    row_period = np.concatenate(
        [every if t else np.array([-1]) for t in timed] or [np.zeros(0, int)]
    )
    balance = builder.add_rows(
        "balance",
        int(base[-1]),
        lambda i: f"{_name(instance, groups[row_group[i]])}|{row_period[i]}",
        lower=0.0,
        upper=0.0,
        bundle=row_group,
        period=row_period,
    )
    path_counts = np.array([len(g.paths) for g in groups], dtype=int)
    counts = path_counts * sizes
    bundle, within = repeated(counts)
    period = np.where(timed[bundle], within % count_t, -1)
    path = np.where(timed[bundle], within // count_t, within)
    columns = builder.add_columns(
        "flow",
        len(bundle),
        lambda i: f"{_name(instance, groups[bundle[i]])}|{path[i]}|{period[i]}",
        bundle=bundle,
        path=path,
        period=period,
    )
    rows = balance.start + base[bundle] + np.maximum(period, 0)
    builder.add_entries(rows, columns.positions, 1.0)
    share_of = np.full(len(instance.pair_workload), -1)
    share_of[draws.flat_pair] = draws.flat
    group_of = {True: share_of * 0 - 1, False: share_of * 0 - 1}
    for place, group in enumerate(groups):
        group_of[group.commodity.to_hub][group.pairs] = place
    for to_hub, rate in ((True, instance.to_rate), (False, instance.from_rate)):
        owner = group_of[to_hub]
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


def _name(instance: Instance, group: Bundle) -> str:
    origin = instance.reach.origins[group.commodity.origin]
    hub = instance.scenario.hubs.index[group.hub]
    arrow = "to" if group.commodity.to_hub else "from"
    return f"{origin}|{arrow}|{hub}|{group.commodity.rtt_limit_ms:g}"


@dataclass(frozen=True, eq=False)
class Load:
    """Coefficients of the load of capacity rows in the periods that count."""

    periods: np.ndarray
    row: np.ndarray
    position: np.ndarray
    column: np.ndarray
    value: np.ndarray


def _loads(
    instance: Instance,
    groups: list[Bundle],
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
    column, step = repeated(crossed.length[path])
    begin = np.cumsum(crossed.length) - crossed.length
    flat_arcs = crossed.arcs[begin[path[column]] + step]
    capacity_row = instance.backbone.arc_row[flat_arcs]
    profile = np.array([g.commodity.profile for g in groups], dtype=int)
    fixed = period[column] < 0
    # Profiles of a single period are common.
    drawn = np.nonzero(instance.factor[:, periods])
    count = np.bincount(drawn[0], minlength=len(instance.factor))
    shape = profile[bundle[column[fixed]]]
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
    return Load(
        periods,
        np.concatenate(rows),
        np.concatenate(positions),
        np.concatenate(cols),
        np.concatenate(values),
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
    rows, entry, row = _link_rows(builder, instance, load, limited, "link")
    link = instance.backbone.row_link[rows.keys["row"]]
    builder.add_entries(rows.positions, widen.positions[link], -1.0)
    builder.add_entries(row, load.column[entry], load.value[entry])
    return widen


def _lit(builder: Builder, instance: Instance, load: Load, priced: np.ndarray) -> Block:
    links = instance.scenario.links
    lit = builder.add_columns("lit", len(links), lambda i: str(links.index[i]))
    rows, entry, row = _link_rows(builder, instance, load, priced, "lit")
    link = instance.backbone.row_link[rows.keys["row"]]
    builder.add_entries(rows.positions, lit.positions[link], instance.tariff.fill)
    builder.add_entries(row, load.column[entry], -load.value[entry])
    return lit


def _link_rows(
    builder: Builder, instance: Instance, load: Load, wanted: np.ndarray, kind: str
) -> tuple[Block, np.ndarray, np.ndarray]:
    """Rows for the loaded (capacity row, period) of wanted links.

    Returns the block, and for each wanted load entry its number and its row.
    """
    backbone = instance.backbone
    entry = np.flatnonzero(wanted[backbone.row_link[load.row]])
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
