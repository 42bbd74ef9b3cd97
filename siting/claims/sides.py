"""What sets the sides apart before anything is placed: power, green power, routes."""

import dataclasses

import numpy as np
import pandas as pd

from siting.breakeven.parameter import side_room
from siting.energy import hub_energy
from siting.scenario import Scenario
from siting.words import word

MOST_ROUTES = 3


def price_figures(scenario: Scenario) -> pd.DataFrame:
    """Mean price of power on both sides, by tariff basis, CNY/MWh.

    Means are weighted by hours and standing room, home sites left out; ``east_it`` and
    ``west_it`` are per MWh of IT energy, cooling included.
    """
    rows = []
    for basis in tariff_bases(scenario):
        changed = dataclasses.replace(scenario.settings, tariff_basis=basis)
        case = dataclasses.replace(scenario, settings=changed)
        energy = hub_energy(case)
        hours = energy.hours / energy.hours.sum()
        price = energy.price_cny_per_mwh @ hours
        of_it = (energy.price_cny_per_mwh * energy.pue) @ hours
        east, west = (_mean(case, price, side) for side in ("east", "west"))
        name = word("prices: {basis}", basis=basis or word("as given"))
        row = {"accounting": name, "holds": exceeds(east, west)}
        row |= {"east": east, "west": west}
        row |= {f"{s}_it": _mean(case, of_it, s) for s in ("east", "west")}
        rows.append(row)
    return pd.DataFrame(rows)


def tariff_bases(scenario: Scenario) -> list[str]:
    """Name the bases that prices of power are given on, the scenario's own first."""
    own = scenario.settings.tariff_basis
    others = [str(name) for name in scenario.tariffs["basis"].unique() if name]
    return list(dict.fromkeys([own, *others]))


def green_figures(scenario: Scenario) -> pd.DataFrame:
    """Emissions of a MWh drawn on both sides, under both accountings, kg CO2."""
    location, market = _kg_per_mwh(scenario)
    energy = hub_energy(scenario)
    green = energy.green_share @ (energy.hours / energy.hours.sum())
    rows = []
    for name, kg in (("location-based", location), ("market-based", market)):
        east, west = (_mean(scenario, kg, side) for side in ("east", "west"))
        row = {"accounting": word(name), "holds": exceeds(east, west)}
        row |= {"east": east, "west": west}
        row |= {f"{s}_green": _mean(scenario, green, s) for s in ("east", "west")}
        rows.append(row)
    return pd.DataFrame(rows)


def routes(scenario: Scenario) -> pd.DataFrame:
    """Change of the emissions of a MWh of IT energy between hubs of both sides.

    The routes from an eastern hub to a western one that raise location-based emissions
    most, and those that lower them most; home sites are left out.
    """
    hubs = scenario.hubs
    energy = hub_energy(scenario)
    hours = energy.hours.sum()
    location = energy.location_t_per_mw.sum(axis=1) / hours
    market = energy.market_t_per_mw.sum(axis=1) / hours
    large = (hubs["kind"] != "home").to_numpy()
    east = np.flatnonzero((hubs["side"] == "east").to_numpy() & large)
    west = np.flatnonzero((hubs["side"] == "west").to_numpy() & large)
    one, other = (grid.ravel() for grid in np.meshgrid(east, west, indexing="ij"))
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame(
            {
                "from_hub": hubs.index.to_numpy(object)[one],
                "to_hub": hubs.index.to_numpy(object)[other],
                "location_change": location[other] / location[one] - 1.0,
                "market_change": market[other] / market[one] - 1.0,
            }
        )
    table = table[np.isfinite(table["location_change"])]
    table = table.sort_values("location_change", ascending=False, kind="stable")
    ends = table.drop(index=table.index[MOST_ROUTES:-MOST_ROUTES])
    return pd.DataFrame(ends.reset_index(drop=True))


def _kg_per_mwh(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    energy = hub_energy(scenario)
    hours = energy.hours / energy.hours.sum()
    market = energy.residual_kg_per_mwh * (1.0 - energy.green_share)
    return energy.location_kg_per_mwh @ hours, market @ hours


def exceeds(one: float, other: float) -> bool:
    """Tell whether a figure is larger by more than rounding."""
    return bool(one > other + 1e-9 * max(abs(one), abs(other)))


def _mean(scenario: Scenario, values: np.ndarray, side: str) -> float:
    room = side_room(scenario, side)
    return float(room @ values / room.sum()) if room.sum() else np.nan
