"""What it costs, exactly, to force some of a workload to a hub."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.model.build import Model
from siting.model.outcome import Outcome
from siting.reasons.live import Weights
from siting.reasons.pieces import Point
from siting.reasons.probe import NotMoved, Probe
from siting.reasons.rebuild import Study

Floats = np.ndarray
# What is less of a workload is none: limits are kept no more exactly.
LEAST_SHARE = 1e-6
FURTHER = 4.0


def forced_rate(study: Study, pair: int) -> tuple[float, float]:
    """Find how fast the objective rises when mean MW are forced to a pair.

    Parameters
    ----------
    study : Study
    pair : int
        Number of an admissible pair where nothing runs.

    Returns
    -------
    float
        Objective units per mean MW; inf if nothing fits.
    float
        MW up to which that rate holds.
    """
    pairs = np.array([pair])
    most = float(_mean_mw(study, pairs)[0])
    probe = _probe(study, lambda model: _drawn(model, pairs)[:2], most, max(most, 1e-3))
    try:
        piece = probe.tightening(Point(0.0, study.outcome.objective, 0.0))
    finally:
        probe.close()
    return piece.slope, piece.to


@dataclass(frozen=True, eq=False)
class Forced:
    """Pairs to which some is forced, no matter to which of them.

    Attributes
    ----------
    rate : float
        How fast the objective rises with the sum of their shares; inf if nothing fits.
    outcome : Outcome or None
        With as little forced there as counts; where that costs nothing, with as much as
        costs nothing, or about a quarter of it.
    shares : ndarray of shape (pairs,)
        What runs there in it.
    """

    rate: float
    outcome: Outcome | None
    shares: Floats


def forced_together(study: Study, pairs: np.ndarray) -> Forced:
    """Force a sum of shares to several pairs at once.

    No pair's own rate is below that of the sum; where that is nothing, pairs with some
    of it cost no more.

    Parameters
    ----------
    study : Study
    pairs : ndarray of int
        Numbers of admissible pairs where nothing runs.
    """

    def shares(model: Model) -> Weights:
        columns, mw, place = _drawn(model, pairs)
        return columns, mw / mean[place]

    mean, count = _mean_mw(study, pairs), len(pairs)
    probe = _probe(study, shares, float(count), 1.0)
    try:
        rate, outcome = _as_long_as_free(probe, float(count))
    finally:
        probe.close()
    if outcome is None:
        return Forced(rate, None, np.zeros(count))
    columns, mw, place = _drawn(study.model, pairs)
    placed = np.bincount(place, mw * outcome.values[columns], minlength=count)
    return Forced(rate, outcome, placed / mean)


def _as_long_as_free(probe: Probe, most: float) -> tuple[float, Outcome | None]:
    """Rate of the first share that is forced; where it is none, force more and more.

    Each step starts from the optimum of the last, which is near: the largest sum of all
    would take as long as the program itself.
    """
    share, free = LEAST_SHARE, None
    while True:
        outcome = probe.easily(-share)
        if outcome is None and free is not None:
            return 0.0, free
        if outcome is None:
            try:
                outcome = probe.outcome(-share)
            except NotMoved:
                if -probe.limit() > LEAST_SHARE:
                    raise
                return np.inf, None
        rate = -probe.slope(outcome)
        if rate > 0:
            return (rate, outcome) if free is None else (0.0, free)
        if share >= most:
            return 0.0, outcome
        share, free = min(FURTHER * share, most), outcome


def _probe(
    study: Study, placed: Callable[[Model], Weights], most: float, size: float
) -> Probe:
    nothing = np.zeros(0, dtype=int)

    def rows(_: Model) -> Weights:
        return nothing, np.zeros(0)

    return Probe(study, rows, -1.0, -most, 0.0, size, placed)


def _mean_mw(study: Study, pairs: np.ndarray) -> Floats:
    """Mean MW of the workloads of pairs."""
    instance = study.instance
    return np.asarray(instance.mean_mw[instance.pair_workload[pairs]])


def _drawn(model: Model, pairs: np.ndarray) -> tuple[np.ndarray, Floats, np.ndarray]:
    """Columns that draw for pairs, the mean MW of a unit of each, and whose it is."""
    instance, draws = model.instance, model.blocks.draws
    place = np.full(len(instance.pair_workload), -1)
    place[pairs] = np.arange(len(pairs))
    flat = place[draws.flat_pair] >= 0
    timed = place[draws.timed_pair] >= 0
    pair = np.concatenate([draws.flat_pair[flat], draws.timed_pair[timed]])
    mean = instance.mean_mw[instance.pair_workload[draws.flat_pair[flat]]]
    part = instance.hours / instance.year_hours
    return (
        np.concatenate([draws.flat[flat], draws.timed[timed]]),
        np.concatenate([mean, part[draws.timed_period[timed]]]),
        place[pair],
    )
