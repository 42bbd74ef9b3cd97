"""What a megawatt-hour that moves west does to emissions, route by route."""

import numpy as np
import pandas as pd

from siting.breakeven.axes import WEST, mean_side, side_mask
from siting.claims.movers import Movers
from siting.energy import hub_energy
from siting.scenario import Scenario

LEAST_MW = 1e-6


def routes_table(scenario: Scenario, movers: Movers) -> pd.DataFrame:
    """Give every route from where the movers run to a western hub.

    Returns
    -------
    DataFrame
        ``from_hub, from_province, from_grid, it_mw, to_hub, to_grid,
        location_equal_energy, location_with_pue, market_with_pue, raises_location``:
        relative changes of emissions per unit of energy, and per unit of IT energy.
    """
    energy, hubs = hub_energy(scenario), scenario.hubs
    hours = energy.hours / energy.hours.sum()
    factor = energy.location_kg_per_mwh @ hours
    location = (energy.pue * energy.location_kg_per_mwh) @ hours
    market = (
        energy.pue * (1.0 - energy.green_share) * energy.residual_kg_per_mwh
    ) @ hours
    it_mw = scenario.it_mw.to_numpy(float) * movers.mask
    drawn = it_mw @ movers.today
    start = np.flatnonzero(~side_mask(scenario, WEST) & (drawn > LEAST_MW))
    start = start[np.argsort(-drawn[start], kind="stable")]
    end = np.flatnonzero(mean_side(scenario, WEST))
    one, other = np.repeat(start, len(end)), np.tile(end, len(start))
    column = {name: hubs[name].to_numpy(object) for name in ("province", "grid")}
    names = hubs.index.to_numpy(object)
    equal = _change(factor, one, other)
    return pd.DataFrame(
        {
            "from_hub": names[one],
            "from_province": column["province"][one],
            "from_grid": column["grid"][one],
            "it_mw": drawn[one],
            "to_hub": names[other],
            "to_grid": column["grid"][other],
            "location_equal_energy": equal,
            "location_with_pue": _change(location, one, other),
            "market_with_pue": _change(market, one, other),
            "raises_location": equal > 0,
        }
    )


def _change(factor: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Relative change of a factor; NaN from a factor of 0."""
    before = factor[one]
    return np.divide(
        factor[other] - before, before, out=np.full(len(one), np.nan), where=before > 0
    )
