"""Positions of names in an index."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def positions(index: "pd.Index[str]", names: Iterable[str]) -> np.ndarray:
    """Position of each name in an index; -1 where it is not there."""
    wanted = pd.Index(np.asarray(names, dtype=object))
    return np.asarray(index.get_indexer(wanted))


def position(index: "pd.Index[str]", name: str) -> int:
    """Position of one name that is in the index once."""
    return int(index.get_indexer(pd.Index([name], dtype=object))[0])
