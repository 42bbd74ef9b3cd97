"""Where a workload would cost no more: proven by solving again."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from siting.reasons.forced import Forced, forced_together
from siting.reasons.prices import PairPrices, pair_prices
from siting.reasons.probe import NotMoved
from siting.reasons.rebuild import Study

SAME = 1e-9
# Part of what a workload costs that is none, where a tie is proven.
PROOF = 1e-5


@dataclass(frozen=True, eq=False)
class Ties:
    """Pairs where nothing runs though prices at the margin make them no dearer.

    Such prices are those of one set of multipliers; where there are several, a pair may
    be dearer all the same.

    Attributes
    ----------
    prices : PairPrices
        Pairs that turned out dearer have those of multipliers that show it.
    tied : ndarray of bool, of shape (pairs,)
        It is proven that some could run there at the same cost.
    unfit : ndarray of bool, of shape (pairs,)
        It is proven that nothing fits.
    """

    prices: PairPrices
    tied: np.ndarray
    unfit: np.ndarray


def no_dearer(prices: PairPrices) -> np.ndarray:
    """Pairs where nothing runs, and that prices make no dearer."""
    size = np.abs(prices.now).sum(axis=0)
    level = prices.excess <= SAME * np.maximum(size, 1.0)
    return np.asarray((prices.share <= 0) & level)


_SETTLED: WeakKeyDictionary[Study, dict[int | None, Ties]] = WeakKeyDictionary()


def settle(study: Study, crowd: int | None = None) -> Ties:
    """Price all pairs, and solve again for those that would be no dearer.

    What was found for a study is kept.

    Parameters
    ----------
    study : Study
    crowd : int, optional
        Whose pairs are asked about; by default those of all.
    """
    known = _SETTLED.setdefault(study, {})
    if crowd not in known:
        known[crowd] = known[None] if None in known else _settle(study, crowd)
    return known[crowd]


def _settle(study: Study, crowd: int | None) -> Ties:
    """Force all pairs that would be no dearer at once.

    Those that get some at no cost are ties, and the rest is asked again. Where nothing
    is free any more, no pair left is a tie.
    """
    prices = pair_prices(study, study.outcome)
    tied = np.zeros(len(prices.share), dtype=bool)
    unfit = np.zeros(len(prices.share), dtype=bool)
    asked = no_dearer(prices)
    if crowd is not None:
        asked &= study.instance.pair_workload == crowd
    left = np.flatnonzero(asked)
    while len(left):
        try:
            forced = forced_together(study, left)
        except NotMoved:
            break
        if forced.outcome is None:
            unfit[left] = True
            prices = replace(prices, full=prices.full | unfit)
            break
        if forced.rate > 0:
            dearer = pair_prices(study, forced.outcome)
            here, now = prices.here.copy(), prices.now.copy()
            here[:, left], now[:, left] = dearer.here[:, left], dearer.now[:, left]
            prices = replace(prices, here=here, now=now)
            break
        proven = left[_proven(study, prices, left, forced)]
        if not len(proven):
            break
        tied[proven] = True
        left = np.setdiff1d(left, proven)
    return Ties(prices, tied, unfit)


def _proven(
    study: Study, prices: PairPrices, pairs: np.ndarray, forced: Forced
) -> np.ndarray:
    """Pairs with so much of the sum that rounding cannot have paid for it."""
    mean = study.instance.mean_mw[study.instance.pair_workload[pairs]]
    cost = np.abs(prices.now[:, pairs]).sum(axis=0) * mean
    paid = study.live.noise * forced.shares.sum()
    return np.asarray(forced.shares * PROOF * np.maximum(cost, 1.0) > paid)
