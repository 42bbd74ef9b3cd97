"""The parameters of a break-even: what a value of each makes of a scenario."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from siting.energy import hub_energy
from siting.errors import InputError, Problem, suggestion
from siting.model.instance import Instance
from siting.scenario import Scenario
from siting.units import KW_PER_MW, annuity_factor

WEST, EAST, HOME = "west", "east", "home"
NEARLY_NOTHING = 1e-6
LINK_PRICE_LEAST = 1e-3
MOST_CARBON_PRICE = 2000.0
TRANSFER_PRICES = (
    "price_cny_per_gb",
    "price_cny_per_gbps_month",
    "link_cny_per_gbps_year",
    "link_cny_per_gbps_km_year",
)


@dataclass(frozen=True)
class Axis:
    """One parameter of a scenario, and the scenario at each of its values.

    Attributes
    ----------
    parameter : str
    label : str
        Its name in a sentence.
    unit : str
    base : float
        Its value in the scenario as it is; NaN where there is none.
    low, high : float
        Default range.
    change : callable
        Tables, settings or policy of the scenario at a value.
    amount : callable
        A value with its unit, for a reader.
    least : float
        Values below are solved here: at nothing, paths and prices cease to be defined.
    knots : tuple of float
        Values where the cost of a given plan stops being linear.
    """

    parameter: str
    label: str
    unit: str
    base: float
    low: float
    high: float
    scenario: Scenario = field(repr=False)
    change: Callable[[float], dict[str, Any]] = field(repr=False)
    amount: Callable[[float], str] = field(repr=False)
    least: float = -np.inf
    knots: tuple[float, ...] = ()

    def at(self, value: float) -> Scenario:
        """Give the scenario at a value, checked as any other."""
        return self.scenario.replace(**self.change(value))

    def instance(self, value: float) -> Instance:
        """Give the numbers of the scenario at a value."""
        changes = self.change(max(value, self.least))
        return Instance(dataclasses.replace(self.scenario, **changes))

    def factor(self, value: float) -> float:
        """Give a value as a multiple of what the scenario has."""
        return value / self.base if self.base else np.nan

    def within(self, low: float | None, high: float | None) -> "Axis":
        """Give the axis with another range.

        Raises
        ------
        InputError
            If the range is empty, or the parameter may not be so low.
        """
        least = min(self.low, self.high)
        low = self.low if low is None else float(low)
        if 0.0 <= low < least:
            low = least
        high = self.high if high is None else float(high)
        endless = np.isinf(high) and not np.isinf(self.high)
        if not (np.isfinite(low) and low < high) or endless:
            raise refused(
                f"the range from {low:g} to {high:g} is empty",
                "Give a low value below the high one, in " + self.unit + ".",
            )
        if low < 0 and least >= 0:
            raise refused(
                f"{self.label} cannot be {low:g} {self.unit}", "Give 0 or more."
            )
        return dataclasses.replace(self, low=low, high=high)


def refused(message: str, remedy: str) -> InputError:
    """Build the error of a break-even that cannot be asked."""
    return InputError([Problem("break-even", None, None, message, remedy)])


def axis_of(
    scenario: Scenario, parameter: str, mask: "np.ndarray | None" = None
) -> Axis:
    """Make the axis of a parameter.

    Parameters
    ----------
    scenario : Scenario
    parameter : str
        A key of :data:`PARAMETERS`.
    mask : ndarray of bool, optional
        Workloads in scope, for the parameters of workloads; all if not given.

    Raises
    ------
    InputError
        If the parameter is not known, or the scenario has nothing of the kind.
    """
    if parameter not in PARAMETERS:
        message = f"there is no parameter '{parameter}'"
        raise refused(message, suggestion(parameter, PARAMETERS, "parameters"))
    if parameter in WORKLOAD_PARAMETERS:
        if mask is None:
            mask = np.ones(len(scenario.workloads), dtype=bool)
        return WORKLOAD_PARAMETERS[parameter](scenario, mask)
    return COST_PARAMETERS[parameter](scenario)


def is_linear(parameter: str) -> bool:
    """Whether a plan's cost is linear in a parameter, whatever the plan."""
    return parameter in COST_PARAMETERS


def side_mask(scenario: Scenario, side: str) -> np.ndarray:
    """Hubs of a side."""
    return np.asarray((scenario.hubs["side"] == side).to_numpy(bool))


def _west(scenario: Scenario) -> np.ndarray:
    west = side_mask(scenario, WEST)
    if not west.any():
        raise refused(
            "no hub of this scenario is in the west",
            "Give hubs a side in the column 'side' of hubs.",
        )
    return west


def mean_side(scenario: Scenario, side: str) -> np.ndarray:
    """Hubs that stand for a side: home sites only where it has nothing else."""
    inside = side_mask(scenario, side)
    proper = inside & (scenario.hubs["kind"] != HOME).to_numpy(bool)
    return proper if proper.any() else inside


def price_gap(scenario: Scenario) -> float:
    """Mean power price of eastern hubs less that of western ones, CNY/MWh.

    A plain mean over hubs, hour-weighted; NaN where a side has no hub.
    """
    east, west = mean_side(scenario, EAST), mean_side(scenario, WEST)
    if not (east.any() and west.any()):
        return np.nan
    energy = hub_energy(scenario)
    mean = energy.price_cny_per_mwh @ energy.hours / energy.hours.sum()
    return float(mean[east].mean() - mean[west].mean())


def _times(label: str) -> Callable[[float], str]:
    return lambda value: f"{value:.6g} times {label}"


def _transfer_price(scenario: Scenario) -> Axis:
    basis = scenario.settings.transfer_basis
    prices = scenario.transfer_prices
    columns = list(TRANSFER_PRICES)
    if not basis or not (prices.loc[basis, columns].astype(float) > 0).any():
        raise refused(
            "moving data is free in this scenario: there is no transfer price to vary",
            "Give transfer_prices and choose a basis with a price.",
        )

    by_link = prices.loc[basis, columns[2:]].astype(float).any()
    # Of links that cost next to nothing the cheapest cannot be told.
    low = LINK_PRICE_LEAST if by_link else 0.0

    def change(value: float) -> dict[str, Any]:
        table = prices.copy()
        table.loc[basis, columns] = prices.loc[basis, columns].astype(float) * value
        return {"transfer_prices": table}

    def amount(value: float) -> str:
        volume, reserved, link, link_km = (
            float(prices.loc[basis, name]) * value for name in columns
        )
        parts = (
            (volume, "CNY/GB"),
            (reserved, "CNY per Gbps and month"),
            (link, "CNY per lit Gbps, link and year"),
            (link_km, "CNY per lit Gbps, km and year"),
        )
        told = " + ".join(f"{price:,.6g} {unit}" for price, unit in parts if price)
        return f"{value:.6g} times {basis} ({told or 'free'})"

    return Axis(
        "transfer-price",
        "the transfer price",
        f"times {basis}",
        1.0,
        low,
        100.0,
        scenario,
        change,
        amount,
        least=max(low, NEARLY_NOTHING),
    )


def _power_gap(scenario: Scenario) -> Axis:
    west, gap = _west(scenario), price_gap(scenario)
    if np.isnan(gap):
        raise refused(
            "no hub of this scenario is in the east: there is no gap to vary",
            "Give hubs a side in the column 'side' of hubs.",
        )
    if abs(gap) < NEARLY_NOTHING:
        raise refused(
            "east and west pay the same mean power price: there is no gap to vary",
            "Vary another parameter, or give tariffs that differ.",
        )
    energy = hub_energy(scenario)
    price = energy.price_cny_per_mwh
    east_mean = price[mean_side(scenario, EAST)].mean(axis=0)
    basis, tariffs = scenario.settings.tariff_basis, scenario.tariffs
    names = scenario.hubs.index[west]
    old = tariffs["hub"].isin(names) & tariffs["basis"].isin(["", basis])
    kept = tariffs[~old]
    rows = pd.DataFrame(
        {
            "basis": basis,
            "hub": np.repeat(names.to_numpy(object), price.shape[1]),
            "period": np.tile(scenario.periods.index.to_numpy(object), len(names)),
        }
    )

    def change(value: float) -> dict[str, Any]:
        part = value / gap
        new = east_mean - part * (east_mean - price[west])
        filled = rows.assign(price_cny_per_mwh=new.ravel())
        if kept.empty:
            return {"tariffs": filled[tariffs.columns]}
        return {"tariffs": pd.concat([kept, filled], ignore_index=True)}

    low, high = sorted((-0.5 * gap, 2.0 * gap))
    return Axis(
        "power-gap",
        "the power-price gap between east and west",
        "CNY/MWh",
        gap,
        low,
        high,
        scenario,
        change,
        lambda value: f"{value:,.6g} CNY/MWh",
    )


def _carbon_price(scenario: Scenario) -> Axis:
    policy = scenario.policy
    accounting = policy.carbon_accounting

    def change(value: float) -> dict[str, Any]:
        return {"policy": dataclasses.replace(policy, carbon_price_cny_per_t=value)}

    return Axis(
        "carbon-price",
        f"the carbon price ({accounting}-based)",
        "CNY/t",
        policy.carbon_price_cny_per_t,
        0.0,
        max(MOST_CARBON_PRICE, 2.0 * policy.carbon_price_cny_per_t),
        scenario,
        change,
        lambda value: f"{value:,.6g} CNY/t",
    )


def _hosting(scenario: Scenario) -> Axis:
    west, hubs = _west(scenario), scenario.hubs
    price = hubs["hosting_cny_per_mw_year"].to_numpy(float)
    mean = float(price[mean_side(scenario, WEST)].mean())
    if not price[west].any():
        raise refused(
            "hosting in the west is free: there is no price to vary",
            "Give hosting_cny_per_mw_year in hubs.",
        )

    def change(value: float) -> dict[str, Any]:
        new = np.where(west, price * value, price)
        return {"hubs": hubs.assign(hosting_cny_per_mw_year=new)}

    return Axis(
        "hosting",
        "the hosting price in the west",
        "times the west's hosting",
        1.0,
        0.0,
        10.0,
        scenario,
        change,
        lambda value: (
            f"{value:.6g} times the west's hosting ({value * mean:,.6g} CNY per MW "
            "and year)"
        ),
    )


def _west_capital(scenario: Scenario) -> Axis:
    """Charge a share of the annuity on standing western room.

    From 0 (sunk) to 1 (new) the rest stays on what is built, so that built room bears
    its whole annuity; above 1 all western room bears a multiple of it.
    """
    west, hubs, settings = _west(scenario), scenario.hubs, scenario.settings
    crf = annuity_factor(settings.discount_rate, settings.life_years)
    capex = hubs["capex_cny_per_kw"].to_numpy(float)
    hosting = hubs["hosting_cny_per_mw_year"].to_numpy(float)
    if not capex[west].any():
        raise refused(
            "western room has no capital cost: there is nothing to vary",
            "Give capex_cny_per_kw in hubs.",
        )
    mean = float((capex * KW_PER_MW * crf)[mean_side(scenario, WEST)].mean())
    sides = tuple(side for side in settings.new_sides if side != WEST)

    def change(value: float) -> dict[str, Any]:
        standing = hosting + value * capex * KW_PER_MW * crf
        built = capex * max(1.0 - value, 0.0)
        table = hubs.assign(
            hosting_cny_per_mw_year=np.where(west, standing, hosting),
            capex_cny_per_kw=np.where(west, built, capex),
        )
        return {
            "hubs": table,
            "settings": dataclasses.replace(settings, new_sides=sides),
        }

    return Axis(
        "west-capital",
        "the part of its capital that western room carries",
        "times the annuity",
        1.0 if WEST in settings.new_sides else 0.0,
        0.0,
        3.0,
        scenario,
        change,
        lambda value: (
            f"{value:.6g} times the annuity ({value * mean:,.6g} CNY per MW and year)"
        ),
        knots=(1.0,),
    )


def _certificate_price(scenario: Scenario) -> Axis:
    offers = scenario.certificates
    price = offers["price_cny_per_mwh"].to_numpy(float)
    if scenario.settings.certificates == "off" or not price.any():
        raise refused(
            "no certificates are bought in this scenario: there is no price to vary",
            "Set certificates to 'year' or 'period' and give offers with a price.",
        )

    def change(value: float) -> dict[str, Any]:
        return {"certificates": offers.assign(price_cny_per_mwh=price * value)}

    return Axis(
        "certificate-price",
        "the price of green certificates",
        "times the offers",
        1.0,
        0.0,
        100.0,
        scenario,
        change,
        _times("the offers' price"),
    )


def _data_rate(scenario: Scenario, mask: np.ndarray) -> Axis:
    workloads = scenario.workloads
    columns = ["to_hub_gbps_per_mw", "from_hub_gbps_per_mw"]
    rates = workloads[columns].to_numpy(float)
    if not rates[mask].any():
        raise refused(
            "the workloads in question move no data: there is no rate to vary",
            "Give to_hub_gbps_per_mw or from_hub_gbps_per_mw in workloads.",
        )

    def change(value: float) -> dict[str, Any]:
        new = np.where(mask[:, None], rates * value, rates)
        table = workloads.assign(**dict(zip(columns, new.T, strict=True)))
        return {"workloads": table}

    told = ""
    if len(np.unique(rates[mask], axis=0)) == 1:
        to, from_ = rates[mask][0]
        told = f"{to:g} to and {from_:g} from the hub"

    def amount(value: float) -> str:
        if not told:
            return f"{value:.6g} times the data rates"
        to, from_ = rates[mask][0] * value
        return (
            f"{value:.6g} times the data rate ({to:.6g} Gbps per MW to the hub and "
            f"{from_:.6g} from it)"
        )

    return Axis(
        "data-rate",
        "the data rate",
        "times the data rate",
        1.0,
        0.1,
        10.0,
        scenario,
        change,
        amount,
        least=NEARLY_NOTHING,
    )


def _latency_limit(scenario: Scenario, mask: np.ndarray) -> Axis:
    workloads = scenario.workloads
    limit = workloads["rtt_limit_ms"].to_numpy(float)
    finite = mask & np.isfinite(limit)
    moved = finite if finite.any() else mask
    held = np.unique(limit[moved])

    def change(value: float) -> dict[str, Any]:
        return {
            "workloads": workloads.assign(rtt_limit_ms=np.where(moved, value, limit))
        }

    return Axis(
        "latency-limit",
        "the latency limit",
        "ms",
        float(held[0]) if len(held) == 1 and np.isfinite(held[0]) else np.nan,
        0.0,
        np.inf,
        scenario,
        change,
        lambda value: f"{value:.6g} ms",
    )


COST_PARAMETERS: dict[str, Callable[[Scenario], Axis]] = {
    "transfer-price": _transfer_price,
    "power-gap": _power_gap,
    "carbon-price": _carbon_price,
    "hosting": _hosting,
    "west-capital": _west_capital,
    "certificate-price": _certificate_price,
}
WORKLOAD_PARAMETERS: dict[str, Callable[[Scenario, np.ndarray], Axis]] = {
    "data-rate": _data_rate,
    "latency-limit": _latency_limit,
}
PARAMETERS = (*COST_PARAMETERS, *WORKLOAD_PARAMETERS)
