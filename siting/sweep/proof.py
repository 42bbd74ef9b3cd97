r"""How far a front is proven.

The best plan under a price :math:`\mu_k` of the second objective proves a bound
:math:`b_k` for all plans, :math:`f_1 + \mu_k f_2 \ge b_k`. Together these are a line
from below,

.. math:: f_1 \ge \max_k \, (b_k - \mu_k f_2)

and the lines between the corners that were found are one from above. No plan can be
better than the front by more than the largest distance of both.
"""

import numpy as np

# Share of a weighted sum that is no distance.
ROUNDING = 1e-9

Bound = tuple[float, float]


def distance(first: np.ndarray, second: np.ndarray, bounds: list[Bound]) -> float:
    """Give the most by which a plan's first objective may be below the front.

    Parameters
    ----------
    first, second : ndarray of shape (corners,)
        By the first objective.
    bounds : list of tuple of float
        Prices, and what is proven for all plans under them; one at a price of 0.
    """
    price, bound = _envelope(bounds)
    kinks = np.diff(bound) / np.diff(price)
    # Both lines have their kinks there, and from one to the next they are straight.
    inside = (kinks > second[-1]) & (kinks < second[0])
    at = np.concatenate([second, kinks[inside]])
    below = np.searchsorted(-kinks, -at)
    least = bound[below] - price[below] * at
    above = np.interp(at, second[::-1], first[::-1])
    # With more of the second objective than any corner has, only the first counts.
    apart = np.append(above - least, first[0] - bound[0])
    size = np.append(np.abs(bound[below]), abs(bound[0]))
    return float(apart[apart > ROUNDING * np.maximum(1.0, size)].max(initial=0.0))


def _envelope(bounds: list[Bound]) -> tuple[np.ndarray, np.ndarray]:
    """Give the prices and bounds that are the best ones somewhere, by the price."""
    kept: list[Bound] = []
    for price, bound in sorted(bounds):
        while kept and (
            kept[-1][0] == price or (len(kept) > 1 and _hides(kept[-2:], price, bound))
        ):
            kept.pop()
        kept.append((price, bound))
    prices, values = np.array(kept).T
    return prices, values


def _hides(last: list[Bound], price: float, bound: float) -> bool:
    """Whether the line before and a steeper one leave nothing to the one between."""
    (low, low_bound), (middle, middle_bound) = last
    part = (middle - low) / (price - low)
    return middle_bound <= low_bound + part * (bound - low_bound)
