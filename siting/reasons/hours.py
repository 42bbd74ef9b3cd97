"""The cheapest hours of one mean MW that may choose when it runs."""

from dataclasses import dataclass

import numpy as np

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Fill:
    """MW drawn in each period, and MW held, for one mean MW over the year."""

    draw: Floats
    held: float


def fill_demand(price: Floats, held_price: float, hours: Floats) -> Fill:
    """Take over one mean MW of a movable workload, in the hours that cost least.

    With ``k`` hours the MW held is the year over ``k``, so that more hours mean less to
    hold: the best number of hours has the least price per hour of both together.

    Parameters
    ----------
    price : ndarray
        Of a MW in each period, over what it costs now; inf where there is no demand.
    held_price : float
        Of a MW held all year.
    hours : ndarray
    """
    order = np.argsort(price / hours, kind="stable")
    spent = np.cumsum(hours[order])
    with np.errstate(invalid="ignore"):
        mean = (held_price + np.cumsum(price[order])) / spent
    best = int(np.argmin(np.where(np.isnan(mean), np.inf, mean)))
    level = float(hours.sum()) / float(spent[best])
    draw = np.zeros(len(hours))
    draw[order[: best + 1]] = level
    return Fill(draw, level)


def fill_windows(
    price: Floats, held_price: float, hours: Floats, window: np.ndarray, burst: float
) -> Fill:
    """Draw one mean MW in the cheapest hours of each window, at most ``burst`` MW.

    The cost is convex in the MW held; it is least at a level at which some window is
    filled by whole periods.

    Parameters
    ----------
    price : ndarray
        Of a MW in each period.
    held_price : float
        Of a MW held all year.
    hours : ndarray
    window : ndarray of int
        Window of each period.
    burst : float
        Most MW.
    """
    order = np.lexsort((price / hours, window))
    spent = np.cumsum(hours[order])
    first = np.searchsorted(window[order], np.arange(window.max() + 1))
    before = np.where(first > 0, spent[first - 1], 0.0)[window[order]]
    total = np.bincount(window, hours)[window[order]]
    levels = np.unique(np.clip(total / (spent - before), 1.0, burst))
    levels = np.union1d(levels, [1.0, burst])

    def drawn(level: float) -> Floats:
        left = total - (spent - before - hours[order]) * level
        draw = np.zeros(len(hours))
        draw[order] = np.clip(left / hours[order], 0.0, level)
        return draw

    def cost(level: float) -> float:
        return float(price @ drawn(level)) + held_price * level

    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        if cost(float(levels[middle])) <= cost(float(levels[middle + 1])):
            high = middle
        else:
            low = middle + 1
    level = float(levels[low])
    return Fill(drawn(level), level)
