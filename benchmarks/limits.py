"""How far from what the machine can do at all: reading the file, passing the costs."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

TURNS = 3


def physical(folder: Path) -> dict[str, float]:
    """Measure the least that a solver of this case must do.

    Parameters
    ----------
    folder : Path
        The case.

    Returns
    -------
    dict of str to float
        Workloads; seconds of reading their file once into memory, and of one pass over
        their costs at ten hubs.
    """
    path = folder / "workloads.parquet"
    rows = pq.read_metadata(path).num_rows
    cost = np.random.default_rng(1).random((rows, 10))
    return {
        "workloads": rows,
        "read_s": _best(lambda: pq.read_table(path)),
        "pass_s": _best(lambda: cost.min(axis=1)),
    }


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TURNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
