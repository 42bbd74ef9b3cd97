"""Periods of the year: hours, demand by period, typical days and windows."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.tables.derive import single_period
from siting.tables.dictionary import TABLES
from siting.tables.shape import keyed

Floats = NDArray[np.float64]
YEAR = "year"


def single_year(hours: float) -> pd.DataFrame:
    """Return the table of periods that holds one period, ``year``."""
    return keyed(single_period(hours), TABLES["periods"])


def hours_of(periods: pd.DataFrame) -> Floats:
    """Return the hours of each period."""
    return periods["hours"].to_numpy(dtype=np.float64)


def profile_factors(profiles: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Return the factor of each profile in each period.

    Parameters
    ----------
    profiles, periods
        Tables of a scenario.

    Returns
    -------
    DataFrame
        One row a profile, one column a period; the profile "" is flat.
    """
    flat = pd.DataFrame(1.0, index=pd.Index([""]), columns=periods.index)
    if profiles.empty:
        return flat
    wide = profiles.pivot(index="profile", columns="period", values="factor")
    shapes = wide.reindex(columns=periods.index)
    return pd.concat([flat, shapes.rename_axis(None, axis=0)])


def demand_factors(
    workloads: pd.DataFrame, profiles: pd.DataFrame, periods: pd.DataFrame
) -> pd.DataFrame:
    """Return the demand factor of each workload in each period.

    This has workloads times periods cells; for many workloads use
    :func:`profile_factors` and the column ``profile``.
    """
    factors = profile_factors(profiles, periods)
    return factors.loc[workloads["profile"]].set_axis(workloads.index, axis=0)


def window_groups(periods: pd.DataFrame, window: str) -> NDArray[np.intp]:
    """Return the number of the window that each period belongs to.

    Parameters
    ----------
    periods
        Table of a scenario.
    window
        ``year``: all periods are one window; else a label column.
    """
    if window == YEAR:
        return np.zeros(len(periods), dtype=np.intp)
    return pd.factorize(periods[window].to_numpy(dtype=object))[0]
