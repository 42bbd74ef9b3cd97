"""IT load that demand stands for, in whichever form it is given."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.units import (
    FLOPS_PER_TFLOPS,
    HOURS_PER_DAY,
    SECONDS_PER_HOUR,
    W_PER_MW,
    gpu_hours_of_pf_days,
)

Floats = NDArray[np.float64]


def demand_mw(
    workloads: pd.DataFrame, accelerators: pd.DataFrame, hours_per_year: float
) -> "pd.Series[float]":
    """Return the IT load in MW that each workload's demand form stands for.

    Parameters
    ----------
    workloads, accelerators
        Tables of a scenario.
    hours_per_year
        Hours over which a year's work is spread.
    """
    given = workloads["it_mw"]
    if not given.isna().any():
        return given.astype(np.float64)
    cards = accelerators.reindex(workloads["model"].to_numpy(dtype=object))
    card_mw = (
        cards["tdp_w"].to_numpy(np.float64)
        * cards["server_overhead"].to_numpy(np.float64)
        / W_PER_MW
    )
    tflops = cards["tflops"].to_numpy(np.float64)

    def cells(name: str) -> Floats:
        return workloads[name].to_numpy(dtype=np.float64)

    gpu_hours = gpu_hours_of_pf_days(cells("pf_days_per_year"), tflops, cells("mfu"))
    flop_hours = cells("flops_per_year") / (
        FLOPS_PER_TFLOPS * tflops * cells("mfu") * SECONDS_PER_HOUR
    )
    watt_hours = cells("requests_per_day") * cells("wh_per_request")
    forms = (
        cells("it_mw"),
        cells("accelerators") * cells("utilisation") * card_mw,
        gpu_hours * card_mw / hours_per_year,
        flop_hours * card_mw / hours_per_year,
        watt_hours / HOURS_PER_DAY / W_PER_MW,
    )
    total = forms[0].copy()
    for form in forms[1:]:
        total = np.where(np.isnan(total), form, total)
    return pd.Series(total, index=workloads.index, name="it_mw")
