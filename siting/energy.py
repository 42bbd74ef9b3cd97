"""Price, PUE, green share and carbon factors by hub and period."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.lookup import positions
from siting.scenario import Scenario
from siting.units import KG_PER_T

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class HubEnergy:
    """What a megawatt-hour means at each hub in each period.

    Attributes
    ----------
    hours : ndarray of shape (periods,)
    price_cny_per_mwh, pue, green_share, location_kg_per_mwh, residual_kg_per_mwh
        Arrays of shape (hubs, periods), in the order of the scenario's tables.
    """

    hours: Floats
    price_cny_per_mwh: Floats
    pue: Floats
    green_share: Floats
    location_kg_per_mwh: Floats
    residual_kg_per_mwh: Floats

    @property
    def facility_mwh_per_mw(self) -> Floats:
        """Facility energy of one MW of IT load over each period, MWh."""
        return np.asarray(self.pue * self.hours)

    @property
    def location_t_per_mw(self) -> Floats:
        """Location-based emissions of one MW of IT load over each period, t."""
        kilograms = self.facility_mwh_per_mw * self.location_kg_per_mwh
        return np.asarray(kilograms / KG_PER_T)

    @property
    def market_t_per_mw(self) -> Floats:
        """Market-based emissions of one MW of IT load over each period, t."""
        not_green = self.facility_mwh_per_mw * (1.0 - self.green_share)
        return np.asarray(not_green * self.residual_kg_per_mwh / KG_PER_T)


def hub_energy(scenario: Scenario) -> HubEnergy:
    """Resolve tariffs, PUE, green supply and carbon factors for every hub and period.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    HubEnergy
        Arrays in the order of ``scenario.hubs`` and ``scenario.periods``.
    """
    hubs, periods = scenario.hubs, scenario.periods
    shape = (len(hubs), len(periods))
    stock = hubs["pue"] if scenario.settings.pue == "stock" else hubs["pue_new"]
    tariffs, factors = tariffs_in_use(scenario), factors_in_use(scenario)
    price = np.zeros(shape)
    _lay(price, tariffs, "hub", "price_cny_per_mwh", hubs.index, periods.index)
    pue = np.tile(stock.to_numpy(float)[:, None], (1, shape[1]))
    green = np.tile(hubs["green_share"].to_numpy(float)[:, None], (1, shape[1]))
    for array, column in ((pue, "pue"), (green, "green_share")):
        rows = scenario.hub_periods
        rows = rows[rows[column].notna()]
        _lay(array, rows, "hub", column, hubs.index, periods.index)
    grids = pd.Index(hubs["grid"].unique())
    by_grid = {name: np.zeros((len(grids), shape[1])) for name in _FACTORS}
    for name, array in by_grid.items():
        _lay(array, factors, "grid", name, grids, periods.index)
    place = positions(grids, hubs["grid"])
    return HubEnergy(
        hours=periods["hours"].to_numpy(float),
        price_cny_per_mwh=price,
        pue=pue,
        green_share=green,
        location_kg_per_mwh=by_grid["location_kg_per_mwh"][place],
        residual_kg_per_mwh=by_grid["residual_kg_per_mwh"][place],
    )


def tariffs_in_use(scenario: Scenario) -> pd.DataFrame:
    """Return the tariffs under the chosen basis; those of every basis come first."""
    tariffs = scenario.tariffs
    tariffs = tariffs[tariffs["basis"].isin(["", scenario.settings.tariff_basis])]
    # What comes last goes before the rest.
    return tariffs.sort_values("basis", kind="stable")


def factors_in_use(scenario: Scenario) -> pd.DataFrame:
    """Return the carbon factors of the chosen year; those of every year come first."""
    factors, year = scenario.carbon_factors, scenario.settings.carbon_year
    if year is None:
        return factors
    factors = factors[factors["year"].isna() | (factors["year"] == year)]
    return factors.sort_values("year", na_position="first", kind="stable")


_FACTORS = ("location_kg_per_mwh", "residual_kg_per_mwh")


def _lay(
    array: Floats,
    rows: pd.DataFrame,
    key: str,
    column: str,
    keys: pd.Index,
    periods: pd.Index,
) -> None:
    """Write rows into ``array``: those of every period first, single periods over."""
    position = positions(keys, rows[key])
    values = rows[column].to_numpy(float)
    named = rows["period"].to_numpy(object) != ""
    known = position >= 0
    general = known & ~named
    array[position[general], :] = values[general, None]
    single = known & named
    when = positions(periods, rows.loc[single, "period"])
    array[position[single], when] = values[single]
