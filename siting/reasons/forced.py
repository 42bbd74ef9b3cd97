"""What it costs, exactly, to force some of a workload to a hub."""

import numpy as np

from siting.model.build import Model
from siting.reasons.live import Weights
from siting.reasons.pieces import Point
from siting.reasons.probe import Probe
from siting.reasons.rebuild import Study


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
    instance = study.instance
    most = float(instance.mean_mw[instance.pair_workload[pair]])
    nothing = np.zeros(0, dtype=int)

    def rows(_: Model) -> Weights:
        return nothing, np.zeros(0)

    def placed(model: Model) -> Weights:
        return _mean_mw(model, pair)

    probe = Probe(study, rows, -1.0, -most, 0.0, max(most, 1e-3), placed)
    try:
        start = Point(0.0, study.outcome.objective, 0.0)
        piece = probe.tightening(start)
    finally:
        probe.close()
    return piece.slope, piece.to


def _mean_mw(model: Model, pair: int) -> Weights:
    """Columns that draw for a pair, and the mean MW of a unit of each."""
    instance, draws = model.instance, model.blocks.draws
    flat = draws.flat[draws.flat_pair == pair]
    timed = draws.timed_pair == pair
    part = instance.hours / instance.year_hours
    workload = instance.pair_workload[pair]
    return (
        np.concatenate([flat, draws.timed[timed]]),
        np.concatenate(
            [
                np.full(len(flat), instance.mean_mw[workload]),
                part[draws.timed_period[timed]],
            ]
        ),
    )
