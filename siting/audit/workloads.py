"""Least worth of every workload under given prices: its cheapest hub, paths, hours.

Workloads of one kind have the same choices. What a choice is worth to one of them is
affine in its *features*: 1, its data rates, the rate it is billed for, its rent.
"""

import numpy as np
import pandas as pd

from siting.audit.accounts import placement_cost
from siting.audit.bound import Prices, path_costs, policy_worth
from siting.audit.draws import MOST_CELLS
from siting.audit.own_green import OwnGreen
from siting.audit.reserve import Reserve
from siting.audit.world import FLAT, GB_PER_GBPS_HOUR, MOVABLE, World, alike

Floats = np.ndarray
BASE, TO, FROM, BILLED, RENT = range(5)


def workload_value(prices: Prices) -> float:
    """Sum over workloads of their least worth.

    Parameters
    ----------
    prices : Prices

    Returns
    -------
    float
    """
    world = prices.world
    extra = placement_cost(world)
    frame = world.scenario.workloads
    rent = frame["accelerator_cny_per_mw_year"].to_numpy(float)
    one = np.ones(len(rent))
    rates = (world.to_rate, world.from_rate, world.billed)
    features = np.column_stack([one, *rates, rent])
    green = OwnGreen.of(prices)
    total = 0.0
    for members in kinds_of(prices, extra):
        some = members[world.mean_mw[members] > 0]
        if len(some):
            total += _kind_value(prices, extra, some, features, green)
    return total


def kinds_of(prices: Prices, extra: pd.Series) -> list[np.ndarray]:
    """Group workloads that have the same choices, but for what green is worth.

    Parameters
    ----------
    prices : Prices
    extra : Series
        Placement costs; a workload that has one is a kind of its own.

    Returns
    -------
    list of ndarray of int
    """
    world, policy = prices.world, prices.world.policy
    frame = world.scenario.workloads
    own = np.zeros(len(frame), bool)
    own[extra.index.to_numpy(int) // len(world.hubs)] = True
    own |= (world.manner != FLAT) & prices.stay.named
    named = [limit.workload for limit in (*policy.placement_min, *policy.placement_max)]
    named += [limit.workload for limit in policy.green_min]
    own |= frame["id"].isin(named).to_numpy()
    kind = alike(
        world.reach,
        world.of_class,
        world.profile,
        world.manner,
        frame["window"],
        world.burst,
        np.where(own, np.arange(len(frame)), -1),
    )
    order = np.argsort(kind, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(kind[order])) + 1)


def _kind_value(
    prices: Prices,
    extra: pd.Series,
    members: np.ndarray,
    features: Floats,
    green: OwnGreen,
) -> float:
    """Least worth of all workloads of one kind, each taking its own best choice."""
    world = prices.world
    first = int(members[0])
    draw = _draw_worth(prices, extra, first)
    flat = world.manner[first] == FLAT
    periods = green.periods if flat else len(world.hours)
    step = max(1, MOST_CELLS // (len(world.hubs) * periods))
    parts = [members[start : start + step] for start in range(0, len(members), step)]
    if flat:
        return sum(
            _flat_value(prices, some, features[some], draw, green) for some in parts
        )
    reserve = None
    if world.manner[first] == MOVABLE:
        reserve = Reserve.of(world, prices.multipliers.reserve, members)
    return sum(
        _timed_value(prices, some, features[some], draw, green, reserve)
        for some in parts
    )


def _unserved_worth(prices: Prices) -> float:
    """Worth of one MWh that is not served."""
    price, weights = prices.world.settings.unserved_cny_per_mwh, prices.weights
    return np.inf if price is None else weights.unserved + weights.cost * price


def _staged_worth(prices: Prices, members: np.ndarray) -> tuple[Floats, Floats]:
    """Give the TB of datasets of workloads, and the worth of one TB at each hub."""
    world = prices.world
    dataset = world.scenario.workloads["dataset_tb"].to_numpy(float)[members]
    per_gb = world.staging_per_gb[world.origin[int(members[0])]]
    return dataset, 1000.0 * prices.weights.cost * per_gb


def _flat_value(
    prices: Prices,
    members: np.ndarray,
    features: Floats,
    draw: Floats,
    green: OwnGreen,
) -> float:
    """Least worth of workloads that follow their profile."""
    world = prices.world
    first = int(members[0])
    factor = world.factor[world.profile[first]]
    slope = np.einsum("htf,t->hf", draw, factor)
    slope += _held_worth(prices, first) * factor.max()
    slope += _flat_paths(prices, first)
    open_ = world.admissible(members[:1])[0]
    size = world.it_mw[members]
    spare = float(world.hours @ factor) * _unserved_worth(prices)
    dataset, staged = _staged_worth(prices, members)
    each = features @ slope.T
    if not green.nothing:
        each += green.following(members, factor)
    each[:, ~open_] = np.inf
    here = prices.stay.named[members]
    total = sum(
        _settled_value(prices, int(members[i]), dataset[i], each[i], staged, spare)
        for i in np.flatnonzero(here)
    )
    worth = size[:, None] * each
    if dataset.any():
        worth += dataset[:, None] * staged
    best = np.minimum(worth.min(axis=1), size * spare)
    return float(total + best[~here].sum())


def _timed_value(
    prices: Prices,
    members: np.ndarray,
    features: Floats,
    draw: Floats,
    green: OwnGreen,
    reserve: Reserve | None,
) -> float:
    """Least worth of workloads with schedules."""
    world = prices.world
    first = int(members[0])
    slope = draw + _paths(prices, first, timed=True)
    hubs, periods, kinds = slope.shape
    timed = (features @ slope.reshape(-1, kinds).T).reshape(-1, hubs, periods)
    if not green.nothing:
        timed += green.by_hour(members)
    held = features @ _held_worth(prices, first).T
    dataset, staged = _staged_worth(prices, members)
    mean = staged * (dataset / world.mean_mw[members])[:, None]
    rows = prices.stay.rows.get(first, np.zeros(0, int))
    settled = prices.stay.stay.hub[rows]
    mean[:, settled] = prices.stay.staged[rows]
    mean[:, settled] -= prices.stay.kept[rows]
    timed += mean[:, :, None] * (world.hours / world.year_hours)
    open_ = world.admissible(members[:1])[0]
    size = world.it_mw[members]
    idle = world.hours * _unserved_worth(prices)
    if reserve is None and (held < 0).any():
        return -np.inf
    timed, held = timed[:, open_], held[:, open_]
    if world.manner[first] == MOVABLE:
        factor = world.factor[world.profile[first]]
        best = _movable_worth(timed, idle, factor)
        if reserve is not None:
            # Those without rows have a blend, or nothing: both are valid.
            timed += _valid_reserve(reserve.of_members(members)[:, open_], held)
            best = np.maximum(best, _movable_worth(timed, idle, factor))
        return float(size @ best)
    fill = least_filling(world, first, timed, held).min(axis=1, initial=np.inf)
    return float(size @ np.minimum(fill, idle.sum()))


def _movable_worth(timed: Floats, idle: Floats, factor: Floats) -> Floats:
    """Least worth of a MW that may be split anew in every period."""
    best = np.minimum(timed.min(axis=1, initial=np.inf), idle)
    wanted = factor > 0
    return np.asarray(best[:, wanted] @ factor[wanted])


def _settled_value(
    prices: Prices,
    workload: int,
    dataset_tb: float,
    each: Floats,
    staged: Floats,
    spare: float,
) -> float:
    """Least worth of a workload that ``current`` names, constants left out."""
    world, stay = prices.world, prices.stay
    rows = stay.rows[workload]
    size = world.it_mw[workload]
    fresh = dataset_tb * staged
    fresh[stay.stay.hub[rows]] = stay.staged[rows] * world.mean_mw[workload]
    worth = size * each + fresh
    worth[stay.stay.hub[rows]] -= stay.kept[rows] * world.mean_mw[workload]
    return float(min(worth.min(), size * spare))


def _draw_worth(prices: Prices, extra: pd.Series, workload: int) -> Floats:
    """Worth of drawing one MW at each hub in each period, by feature; no paths."""
    world, weights = prices.world, prices.weights
    multipliers, settings = prices.multipliers, world.settings
    origin, hours = world.origin[workload], world.hours
    wan = world.wan[origin] * GB_PER_GBPS_HOUR
    kwh, kg = settings.network_kwh_per_gb, settings.network_co2_kg_per_mwh
    moved = wan * kwh * kg / 1_000_000.0 * (weights.location + weights.market)
    mean = weights.latency * np.nan_to_num(world.rtt_ms[origin])
    mean = mean + policy_worth(prices, workload)
    keys = workload * len(world.hubs) + np.arange(len(world.hubs))
    if len(extra):
        mean = mean + weights.cost * extra.reindex(keys).fillna(0.0).to_numpy(float)
    worth = np.zeros((*prices.per_mw.shape, len((BASE, TO, FROM, BILLED, RENT))))
    base = prices.per_mw + np.outer(mean / world.year_hours, hours)
    book = prices.book
    of_policy = zip(book.scopes, book.rules, multipliers.green, strict=False)
    for scope, rule, value in of_policy:
        if scope[workload] and value.any():
            base = base - value * world.energy * (world.green - rule.share)
    worth[..., BASE] = base
    worth[..., TO] = np.outer(moved, hours) + multipliers.ingress
    worth[..., FROM] = np.outer(moved, hours) + multipliers.egress
    worth[..., BILLED] = np.outer(wan * weights.cost * world.per_gb, hours)
    return worth


def _held_worth(prices: Prices, workload: int) -> Floats:
    """Worth of one reserved MW at each hub, by feature."""
    world, weights = prices.world, prices.weights
    wan = world.wan[world.origin[workload]]
    held = np.zeros((len(wan), RENT + 1))
    held[:, BILLED] = weights.cost * wan * world.per_gbps_year
    if world.settings.accelerators_in_ledger:
        held[:, RENT] = weights.cost
    if world.settings.room == "dedicated":
        held[:, BASE] = prices.multipliers.room_use
    return held


def _valid_reserve(reserve: Floats, held: Floats) -> Floats:
    """Scale multipliers of reserved power down to what holding it is worth."""
    total = reserve.sum(axis=2)
    most = np.maximum(held, 0.0)
    scale = np.divide(most, total, out=np.ones(held.shape), where=total > held)
    return np.asarray(reserve * scale[:, :, None])


def _flat_paths(prices: Prices, workload: int) -> Floats:
    """Path costs of one MW at factor 1 that follows its profile, by feature."""
    world = prices.world
    profile = int(world.profile[workload])
    if world.settings.routing == "fixed":
        costs = _paths(prices, workload, timed=False)
        return np.asarray(costs[:, profile if costs.shape[1] > 1 else 0])
    costs = _paths(prices, workload, timed=True)
    factor = world.factor[profile]
    if costs.shape[1] == 1:
        return np.asarray(costs[:, 0] * factor.sum())
    return np.asarray(np.einsum("htf,t->hf", costs, factor))


def _paths(prices: Prices, workload: int, *, timed: bool) -> Floats:
    """Path costs of one MW at each hub by profile or period and by feature.

    Hubs without a path are not admissible: their costs are 0.
    """
    world = prices.world
    origin, limit = int(world.origin[workload]), float(world.limit_ms[workload])
    costs = [
        path_costs(prices, origin, limit, *rates, timed)
        for rates in (
            (float(world.to_rate[workload] > 0), 0.0),
            (0.0, float(world.from_rate[workload] > 0)),
        )
    ]
    found = np.zeros((*costs[0].shape, RENT + 1))
    for feature, cost in zip((TO, FROM), costs, strict=True):
        found[..., feature] = np.where(np.isinf(cost), 0.0, cost)
    return found


def least_filling(world: World, workload: int, timed: Floats, held: Floats) -> Floats:
    """Least worth of a MW with its energy fixed by window: cheapest hours first.

    It is convex in what is reserved, and least where some window is filled by whole
    periods: the best of these is found by halving.

    Parameters
    ----------
    world : World
    workload : int
        Whose windows and burst they are.
    timed : ndarray of shape (members, hubs, periods)
        Worth of a MW drawn.
    held : ndarray of shape (members, hubs)
        Worth of a MW reserved.

    Returns
    -------
    ndarray of shape (members, hubs)
    """
    window, burst = world.windows(workload), float(world.burst[workload])
    filled = []
    for label in np.unique(window):
        mine = np.flatnonzero(window == label)
        rate = timed[:, :, mine] / world.hours[mine]
        order = np.argsort(rate, axis=2, kind="stable")
        rate, hours = np.take_along_axis(rate, order, axis=2), world.hours[mine][order]
        spent = np.cumsum(hours, axis=2)
        filled.append((rate, hours, spent, np.cumsum(rate * hours, axis=2)))

    def line(level: Floats) -> tuple[Floats, Floats]:
        """Give the worth at a level less its slope there times it, and the slope."""
        rest, slope = np.zeros((*held.shape, 1)), held[:, :, None].copy()
        for rate, hours, spent, paid in filled:
            whole = spent[:, :, -1:]
            # The hour that is filled last, and in part.
            last = (spent[:, :, :-1] * level < whole).sum(axis=2, keepdims=True)
            dearest = np.take_along_axis(rate, last, axis=2)
            before = np.take_along_axis(spent - hours, last, axis=2)
            slope += np.take_along_axis(paid - rate * hours, last, axis=2)
            slope -= before * dearest
            rest += whole * dearest
        return rest, slope

    levels = np.full((*held.shape, 1), burst)
    if held.any():
        knots = [spent[:, :, -1:] / spent for _, _, spent, _ in filled]
        levels = np.append(np.concatenate(knots, axis=2), levels, axis=2)
        levels = np.sort(np.clip(levels, 1.0, burst), axis=2)
    low = np.zeros((*held.shape, 1), dtype=int)
    high = np.full(low.shape, levels.shape[2] - 1)
    while (low < high).any():
        middle = (low + high) // 2
        above = np.minimum(middle + 1, high)
        between = np.take_along_axis(levels, middle, axis=2)
        between = (between + np.take_along_axis(levels, above, axis=2)) / 2
        rises = line(between)[1] >= 0.0
        high, low = np.where(rises, middle, high), np.where(rises, low, above)
    level = np.take_along_axis(levels, low, axis=2)
    rest, slope = line(level)
    return np.asarray((rest + slope * level)[:, :, 0])
