"""Moving shares from where they are too many to where they are too few, at least cost.

Successive shortest paths: exact for any costs, and deterministic.
"""

import numpy as np

DUST = 1e-15


def transport(supply: np.ndarray, demand: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Find the cheapest flows from supplies to demands.

    Parameters
    ----------
    supply, demand : ndarray
        Above 0, of equal sum (a difference within rounding stays unmatched).
    cost : ndarray of shape (supplies, demands)
        At least 0 and finite.

    Returns
    -------
    ndarray of shape (supplies, demands)
    """
    flow = np.zeros(cost.shape)
    if len(supply) == 1:
        flow[0] = demand
        return flow
    if len(demand) == 1:
        flow[:, 0] = supply
        return flow
    left, due = supply.astype(float), demand.astype(float)
    floor = DUST * max(1.0, float(supply.sum()))
    while (left > floor).any() and (due > floor).any():
        path, end = _cheapest(left > floor, due > floor, flow, cost)
        amount = min(left[path[0][0]], due[end])
        back = [flow[i, j] for i, j, sign in path if sign < 0]
        amount = min([amount, *back])
        for i, j, sign in path:
            flow[i, j] += sign * amount
        left[path[0][0]] -= amount
        due[end] -= amount
    return flow


Step = tuple[int, int, int]


def _cheapest(
    from_: np.ndarray, to: np.ndarray, flow: np.ndarray, cost: np.ndarray
) -> tuple[list[Step], int]:
    """Find the cheapest way to push a bit more, undoing flows where that helps."""
    reach = np.where(from_, 0.0, np.inf)
    best = np.full(cost.shape[1], np.inf)
    into, out = np.full(len(best), -1), np.full(len(reach), -1)
    back = np.where(flow > 0, -cost, np.inf)
    # Only what is clearly better replaces a step: ties would make circles.
    tie = 1e-12 * (1.0 + float(np.abs(cost).max()))
    while True:
        through = reach[:, None] + cost
        first = through.argmin(axis=0)
        least = through[first, np.arange(len(best))]
        better = least < best - tie
        best, into = np.where(better, least, best), np.where(better, first, into)
        undo = best[None, :] + back
        via = undo.argmin(axis=1)
        gain = undo[np.arange(len(via)), via]
        closer = gain < reach - tie
        if not closer.any():
            break
        reach, out = np.where(closer, gain, reach), np.where(closer, via, out)
    end = int(np.where(to, best, np.inf).argmin())
    steps: list[Step] = []
    j = end
    while True:
        i = int(into[j])
        steps.append((i, j, 1))
        if out[i] < 0:
            return steps[::-1], end
        j = int(out[i])
        steps.append((i, j, -1))
