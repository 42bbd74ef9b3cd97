"""Least worth of every workload under given prices: its cheapest hub, paths, hours."""

import numpy as np
import pandas as pd

from siting.audit.accounts import placement_cost
from siting.audit.bound import Prices, path_costs, policy_worth
from siting.audit.world import FLAT, GB_PER_GBPS_HOUR, MOVABLE, World

Floats = np.ndarray
# Columns that make two workloads alike but for their size.
TRAITS = [
    "class",
    "origin",
    "profile",
    "rtt_limit_ms",
    "to_hub_gbps_per_mw",
    "from_hub_gbps_per_mw",
    "window",
    "burst",
    "allowed_hubs",
    "allowed_sides",
    "allowed_provinces",
    "excluded_hubs",
    "accelerator_cny_per_mw_year",
]


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
    kinds = kinds_of(prices, extra)
    dataset = world.scenario.workloads["dataset_tb"].to_numpy(float)
    total = 0.0
    for members in kinds:
        some = members[world.mean_mw[members] > 0]
        if len(some):
            total += _kind_value(prices, extra, some, dataset[some])
    return total


def kinds_of(prices: Prices, extra: pd.Series) -> list[np.ndarray]:
    """Group workloads that are alike but for their size.

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
    own = np.isin(np.arange(len(frame)), extra.index.to_numpy(int) // len(world.hubs))
    own |= np.isin(np.arange(len(frame)), list(prices.multipliers.reserve))
    timed = world.manner != FLAT
    own |= timed & np.isin(np.arange(len(frame)), list(prices.stay.rows))
    named = [limit.workload for limit in (*policy.placement_min, *policy.placement_max)]
    named += [limit.workload for limit in policy.green_min]
    own |= frame["id"].isin(named).to_numpy()
    least = frame["green_share_min"].to_numpy(float) > 0
    if any(worth.any() for worth in prices.multipliers.green):
        own |= least
    if prices.book.mode != "off":
        # Its certificates are its own.
        own |= np.char.startswith(
            prices.book.owners.to_numpy(str)[prices.book.owner], "workload:"
        )
    traits = frame[TRAITS].reset_index(drop=True)
    traits["manner"] = world.manner
    traits["own"] = np.where(own, np.arange(len(frame)), -1)
    groups = traits.groupby(list(traits.columns), sort=False, dropna=False).indices
    return [np.asarray(members) for members in groups.values()]


def _kind_value(
    prices: Prices, extra: pd.Series, members: np.ndarray, dataset_tb: Floats
) -> float:
    """Least worth of all workloads of one kind, each taking its own best choice."""
    world, weights = prices.world, prices.weights
    first = int(members[0])
    open_ = world.admissible(members[:1])[0]
    size = world.it_mw[members]
    price = world.settings.unserved_cny_per_mwh
    worth = np.inf if price is None else weights.unserved + weights.cost * price
    idle = world.hours * worth
    draw = _draw_worth(prices, extra, first)
    factor = world.factor[world.profile[first]]
    staged = 1000.0 * weights.cost * world.staging_per_gb[world.origin[first]]
    held = _held_worth(prices, first)
    if world.manner[first] == FLAT:
        each = draw @ factor + held * factor.max() + _flat_paths(prices, first)
        each = np.where(open_, each, np.inf)
        spare = float(world.hours @ factor) * worth
        here = np.isin(members, list(prices.stay.rows))
        total = sum(
            _settled_value(prices, int(w), tb, each, staged, spare)
            for w, tb in zip(members[here], dataset_tb[here], strict=True)
        )
        size, dataset_tb = size[~here], dataset_tb[~here]
        if not dataset_tb.any():
            return float(total + size.sum() * min(each.min(), spare))
        return float(total + _by_size(size, dataset_tb, each, staged, spare))
    timed = draw + _paths(prices, first, timed=True)
    staged = staged * dataset_tb[0] / world.peak_mw[first]
    stay, rows = prices.stay, prices.stay.rows.get(first, np.zeros(0, int))
    staged[stay.stay.hub[rows]] = stay.staged[rows]
    kept = stay.kept[rows, None] * world.hours / world.year_hours
    timed[stay.stay.hub[rows]] -= kept
    if first in prices.multipliers.reserve:
        held = held + staged
        timed = timed + _valid_reserve(prices.multipliers.reserve[first], held)
    elif (held < 0).any():
        return -np.inf
    timed = np.where(open_[:, None], timed, np.inf)
    if world.manner[first] == MOVABLE:
        best = np.minimum(timed.min(axis=0), idle)
        wanted = factor > 0
        return float(size.sum() * (factor[wanted] @ best[wanted]))
    spare = float(idle.sum())
    return float(size.sum() * min(_fill_windows(world, first, timed, open_), spare))


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
    fresh[stay.stay.hub[rows]] = stay.staged[rows] * world.peak_mw[workload]
    worth = size * each + fresh
    worth[stay.stay.hub[rows]] -= stay.kept[rows] * world.mean_mw[workload]
    return float(min(worth.min(), size * spare))


def _by_size(
    size: Floats, dataset_tb: Floats, each: Floats, staged: Floats, spare: float
) -> float:
    """Workloads whose datasets are not in proportion to their size choose alone."""
    total, step = 0.0, max(1, 4_000_000 // len(each))
    for start in range(0, len(size), step):
        part = slice(start, start + step)
        worth = size[part, None] * each + dataset_tb[part, None] * staged
        total += float(np.minimum(worth.min(axis=1), size[part] * spare).sum())
    return total


def _draw_worth(prices: Prices, extra: pd.Series, workload: int) -> Floats:
    """Worth of drawing one MW at each hub in each period, paths left out."""
    world, weights = prices.world, prices.weights
    multipliers, settings = prices.multipliers, world.settings
    origin = world.origin[workload]
    to, back = world.to_rate[workload], world.from_rate[workload]
    wan = world.wan[origin]
    per_gb = weights.cost * world.billed[workload] * world.per_gb
    network_t = (
        settings.network_kwh_per_gb * settings.network_co2_kg_per_mwh / 1_000_000.0
    )
    per_gb = per_gb + (to + back) * network_t * (weights.location + weights.market)
    per_hour = wan * per_gb * GB_PER_GBPS_HOUR
    mean = weights.latency * np.nan_to_num(world.rtt_ms[origin])
    mean = mean + policy_worth(prices, workload)
    keys = workload * len(world.hubs) + np.arange(len(world.hubs))
    if len(extra):
        mean = mean + weights.cost * extra.reindex(keys).fillna(0.0).to_numpy(float)
    per_hour = per_hour + mean / world.year_hours
    worth = prices.per_mw + np.outer(per_hour, world.hours)
    worth = worth + to * multipliers.ingress + back * multipliers.egress
    book = prices.book
    for rule, value in zip(book.rules, multipliers.green, strict=True):
        if value.any() and rule.workloads[workload]:
            worth = worth - value * world.energy * (world.green - rule.share)
    if len(multipliers.certificate_use):
        use = multipliers.certificate_use[book.owner[workload]]
        worth = worth - use * world.energy * (1.0 - world.green)
    return np.asarray(worth)


def _held_worth(prices: Prices, workload: int) -> Floats:
    """Worth of one reserved MW at each hub, staging left out."""
    world, weights = prices.world, prices.weights
    wan = world.wan[world.origin[workload]]
    held = weights.cost * wan * world.billed[workload] * world.per_gbps_year
    if world.settings.accelerators_in_ledger:
        rent = world.scenario.workloads["accelerator_cny_per_mw_year"]
        held = held + weights.cost * float(rent.iloc[workload])
    if world.settings.room == "dedicated":
        held = held + prices.multipliers.room_use
    return np.asarray(held)


def _valid_reserve(reserve: Floats, held: Floats) -> Floats:
    """Scale multipliers of reserved power down to what holding it is worth."""
    total = reserve.sum(axis=1)
    over = total > held
    held = np.maximum(held, 0.0)
    scale = np.divide(held, total, out=np.ones(len(total)), where=over)
    return np.asarray(reserve * scale[:, None])


def _flat_paths(prices: Prices, workload: int) -> Floats:
    """Path costs of one MW at factor 1 that follows its profile all year."""
    world = prices.world
    profile = int(world.profile[workload])
    if world.settings.routing == "fixed":
        costs = _paths(prices, workload, timed=False)
        return np.asarray(costs[:, profile if costs.shape[1] > 1 else 0])
    costs = _paths(prices, workload, timed=True)
    factor = world.factor[profile]
    # A period without demand has no flow, wherever its paths are.
    costs = np.where(np.isinf(costs), 0.0, costs)
    if costs.shape[1] == 1:
        return np.asarray(costs[:, 0] * factor.sum())
    return np.asarray(costs @ factor)


def _paths(prices: Prices, workload: int, *, timed: bool) -> Floats:
    world = prices.world
    return path_costs(
        prices,
        int(world.origin[workload]),
        float(world.limit_ms[workload]),
        float(world.to_rate[workload]),
        float(world.from_rate[workload]),
        timed,
    )


def _fill_windows(
    world: World, workload: int, timed: Floats, open_: np.ndarray
) -> float:
    """Least worth of a MW with its energy fixed by window: cheapest hours first."""
    if not open_.any():
        return np.inf
    window = world.windows(workload)
    burst = float(world.burst[workload])
    rate = timed[open_] / world.hours
    best = np.zeros(int(open_.sum()))
    for number in np.unique(window):
        mine = np.flatnonzero(window == number)
        order = np.argsort(rate[:, mine], axis=1, kind="stable")
        hours = world.hours[mine][order]
        room = np.cumsum(hours * burst, axis=1)
        before = room - hours * burst
        taken = np.clip(world.hours[mine].sum() - before, 0.0, hours * burst)
        best += (np.take_along_axis(rate[:, mine], order, axis=1) * taken).sum(axis=1)
    return float(best.min())
