"""The input values a plan's cost may hang on, and how to change all of a kind."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.energy import hub_energy
from siting.model.instance import Instance
from siting.reasons.keys import ALL, HUB, LINK, OFFER, WORKLOAD
from siting.reasons.slopes import Change, Slopes
from siting.scenario import Scenario
from siting.tables.dictionary import TABLES

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Moves:
    """Values of one column, with how the objective moves with each.

    Attributes
    ----------
    table, column, unit : str
    key : list of str
    value : ndarray
    move : ndarray
        Change of the objective for a value that grows by its own size.
    """

    table: str
    column: str
    unit: str
    key: list[str]
    value: Floats
    move: Floats


def input_moves(slopes: Slopes) -> Iterator[Moves]:
    """Give every kind of input value that moves the objective smoothly."""
    instance = slopes.study.instance
    yield from _hub_moves(slopes, instance)
    yield from _grid_moves(slopes, instance)
    yield from _workload_moves(slopes, instance)
    yield from _link_moves(slopes, instance)
    yield from _transfer_moves(slopes, instance)
    yield from _offer_moves(slopes, instance)
    yield from _settings_moves(slopes, instance)
    yield from _policy_moves(slopes, instance)


def scaled(table: str, column: str) -> Change:
    """Give the change of all values of a column."""

    def change(scenario: Scenario, factor: float) -> Scenario:
        frame = getattr(scenario, table)
        return _with(scenario, table, frame.assign(**{column: frame[column] * factor}))

    return change


def _replaced(record: Any, name: str, value: object) -> Any:
    return dataclasses.replace(record, **{name: value})


def _with(scenario: Scenario, name: str, value: object) -> Scenario:
    """Replace a part without checking it; demand stays what it was."""
    other: Scenario = _replaced(scenario, name, value)
    other.__dict__["_it_mw"] = scenario.it_mw
    return other


def _matters(values: "pd.Series[float]") -> bool:
    numbers = values.to_numpy(float)
    return bool((np.isfinite(numbers) & (numbers != 0)).any())


def _unit(table: str, column: str) -> str:
    return TABLES[table].field(column).unit


def _column(
    slopes: Slopes, table: str, column: str, about: str, keys: "pd.Index[str]"
) -> Iterator[Moves]:
    """Move a column of a table that has one row for each of its keys."""
    values = getattr(slopes.study.instance.scenario, table)[column]
    if _matters(values):
        move = slopes.along(scaled(table, column), about, len(keys))
        found = values.to_numpy(float)
        yield Moves(table, column, _unit(table, column), list(keys), found, move)


def _hub_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    scenario, energy = instance.scenario, instance.energy
    hubs = scenario.hubs.index
    names = list(hubs)
    if len(scenario.tariffs):
        column = "price_cny_per_mwh"
        mean = energy.price_cny_per_mwh @ instance.hours / instance.year_hours
        move = slopes.along(scaled("tariffs", column), HUB, len(hubs))
        yield Moves("tariffs", column, _unit("tariffs", column), names, mean, move)
    pue = "pue" if scenario.settings.pue == "stock" else "pue_new"
    for column in (
        pue,
        "hosting_cny_per_mw_year",
        "capex_cny_per_kw",
        "it_capacity_mw",
        "build_max_mw",
        "green_share",
        "ingress_gbps",
        "egress_gbps",
    ):
        yield from _column(slopes, "hubs", column, HUB, hubs)
    special = scenario.hub_periods
    hours = special["period"].map(scenario.periods["hours"])
    for column in ("pue", "green_share"):
        if len(special) and _matters(special[column]):
            move = slopes.along(scaled("hub_periods", column), HUB, len(hubs))
            # Of the table's own rows: other periods have the values of the hubs.
            values = special[column]
            long = hours.where(values.notna())
            total = (values * long).groupby(special["hub"]).sum()
            mean = (total / long.groupby(special["hub"]).sum()).reindex(hubs)
            unit = _unit("hub_periods", column)
            found = mean.to_numpy(float)
            yield Moves("hub_periods", column, unit, names, found, move)


def _grid_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    scenario = instance.scenario
    grid, grids = pd.factorize(scenario.hubs["grid"])
    for column in ("location_kg_per_mwh", "residual_kg_per_mwh"):
        if not len(scenario.carbon_factors):
            return
        by_hub = slopes.along(scaled("carbon_factors", column), HUB, len(grid))
        values = getattr(hub_energy(scenario), column)
        mean = values @ instance.hours / instance.year_hours
        first = pd.Series(mean).groupby(grid).first().to_numpy(float)
        move = np.bincount(grid, by_hub, minlength=len(grids))
        unit = _unit("carbon_factors", column)
        yield Moves("carbon_factors", column, unit, list(grids), first, move)


FORMS: dict[str, dict[str, float]] = {
    "it_mw": {},
    "accelerators": {"utilisation": 1.0},
    "pf_days_per_year": {"mfu": -1.0},
    "flops_per_year": {"mfu": -1.0},
    "requests_per_day": {"wh_per_request": 1.0},
}
"""Forms of demand, with the power of other columns in each."""


def _more_demand(scenario: Scenario, factor: float) -> Scenario:
    other = dataclasses.replace(scenario)
    other.__dict__["_it_mw"] = scenario.it_mw * factor
    return other


def _more_burst(scenario: Scenario, factor: float) -> Scenario:
    """Scale bursts; a workload without one stays without."""
    burst = scenario.workloads["burst"]
    changed = burst.where(burst <= 1.0, burst * factor)
    return _with(scenario, "workloads", scenario.workloads.assign(burst=changed))


def _workload_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    scenario = instance.scenario
    frame = scenario.workloads
    count = len(frame)
    demand = slopes.along(_more_demand, WORKLOAD, count)
    for form, others in FORMS.items():
        given = frame[form].notna().to_numpy()
        if given.any():
            for column, power in {form: 1.0, **others}.items():
                yield _some(frame, column, given, power * demand)
    yield from _demand_factors(instance, demand)
    for column in (
        "to_hub_gbps_per_mw",
        "from_hub_gbps_per_mw",
        "dataset_tb",
        "accelerator_cny_per_mw_year",
        "green_share_min",
    ):
        used = scenario.settings.accelerators_in_ledger or column[:3] != "acc"
        if used:
            yield from _column(slopes, "workloads", column, WORKLOAD, frame.index)
    bursts = (frame["burst"] > 1.0).to_numpy()
    if bursts.any():
        move = slopes.along(_more_burst, WORKLOAD, count)
        yield _some(frame, "burst", bursts, move)
    extra = scenario.placement_costs
    if len(extra) and _matters(extra["cny_per_mw_year"]):
        column = "cny_per_mw_year"
        move = slopes.along(scaled("placement_costs", column), WORKLOAD, count)
        value = extra.groupby("workload")[column].mean().reindex(frame.index)
        unit = _unit("placement_costs", column)
        names = list(frame.index)
        yield Moves("placement_costs", column, unit, names, value.to_numpy(float), move)


def _some(frame: pd.DataFrame, column: str, given: np.ndarray, move: Floats) -> Moves:
    unit = _unit("workloads", column)
    value = frame[column].to_numpy(float)[given]
    return Moves(
        "workloads", column, unit, list(frame.index[given]), value, move[given]
    )


def _demand_factors(instance: Instance, demand: Floats) -> Iterator[Moves]:
    """Profiles as a whole, and the data of accelerators."""
    scenario = instance.scenario
    frame = scenario.workloads
    profile = frame["profile"].to_numpy(object)
    if (profile != "").any():
        moves = pd.Series(demand).groupby(profile).sum().drop("", errors="ignore")
        names = [str(name) for name in moves.index]
        # A profile has as many values as periods: no single one is told.
        many = np.full(len(names), np.nan)
        yield Moves("profiles", "factor", "ratio", names, many, moves.to_numpy(float))
    by_cards = frame["accelerators"].notna().to_numpy()
    by_work = frame["pf_days_per_year"].notna() | frame["flops_per_year"].notna()
    model = frame["model"].to_numpy(object)
    for column, counts in (
        ("tdp_w", by_cards | by_work.to_numpy()),
        ("server_overhead", by_cards | by_work.to_numpy()),
        ("tflops", by_work.to_numpy()),
    ):
        if counts.any():
            sign = -1.0 if column == "tflops" else 1.0
            moves = sign * pd.Series(demand[counts]).groupby(model[counts]).sum()
            value = scenario.accelerators[column].reindex(moves.index)
            yield Moves(
                "accelerators",
                column,
                _unit("accelerators", column),
                [str(name) for name in moves.index],
                value.to_numpy(float),
                moves.to_numpy(float),
            )


def _link_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    links = instance.scenario.links
    capital = ("widen_max_gbps", "widen_cny_per_gbps")
    for column in ("capacity_gbps", "utilisation", *capital):
        if len(links):
            yield from _column(slopes, "links", column, LINK, links.index)
    column = "toll_cny_per_gbps_year"
    if len(links) and _matters(links[column]):
        # A path crosses many links: their tolls are moved together.
        move = slopes.along(scaled("links", column), ALL, 1)
        mean = np.array([links[column].mean()])
        yield Moves("links", column, _unit("links", column), ["*"], mean, move)


def _transfer_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    basis = instance.scenario.settings.transfer_basis
    if not basis:
        return
    row = instance.scenario.transfer_prices.loc[[basis]]
    for column in (
        "price_cny_per_gb",
        "price_cny_per_gbps_month",
        "link_cny_per_gbps_year",
        "link_cny_per_gbps_km_year",
        "fill",
    ):
        if _matters(row[column]):
            move = slopes.along(scaled("transfer_prices", column), ALL, 1)
            unit = _unit("transfer_prices", column)
            value = row[column].to_numpy(float)
            yield Moves("transfer_prices", column, unit, [basis], value, move)


def _offer_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    offers = instance.scenario.certificates
    if not len(offers) or instance.scenario.settings.certificates == "off":
        return
    for column in ("price_cny_per_mwh", "max_mwh"):
        yield from _column(slopes, "certificates", column, OFFER, offers.index)


SETTINGS = {
    "network_kwh_per_gb": "kWh/GB",
    "network_co2_kg_per_mwh": "kg CO2/MWh",
    "discount_rate": "share",
    "life_years": "years",
    "link_life_years": "years",
    "unserved_cny_per_mwh": "CNY/MWh",
}
POLICY = {
    "carbon_price_cny_per_t": "CNY/t",
    "carbon_cap_t": "t",
    "move_cny_per_mw": "CNY/MW",
    "move_life_years": "years",
    "churn_max_share": "share",
}
LISTS = {
    "placement_min": ("share", "share"),
    "placement_max": ("share", "share"),
    "green_min": ("share", "share"),
    "reserved_min": ("mw", "MW"),
}


def _settings_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    for part, names in (("settings", SETTINGS), ("policy", POLICY)):
        record = getattr(instance.scenario, part)
        for name, unit in names.items():
            value = getattr(record, name, None)
            if value:
                move = slopes.along(_one(part, name), ALL, 1)
                yield Moves(part, "value", unit, [name], np.array([value]), move)


def _one(part: str, name: str) -> Change:
    def change(scenario: Scenario, factor: float) -> Scenario:
        record = getattr(scenario, part)
        value = getattr(record, name) * factor
        return _with(scenario, part, _replaced(record, name, value))

    return change


def _policy_moves(slopes: Slopes, instance: Instance) -> Iterator[Moves]:
    policy = instance.scenario.policy
    for name, (field, unit) in LISTS.items():
        for number, limit in enumerate(getattr(policy, name)):
            value = float(getattr(limit, field))
            if value:
                move = slopes.along(_listed(name, number, field), ALL, 1)
                key = f"{name}[{number}]"
                yield Moves("policy", field, unit, [key], np.array([value]), move)


def _listed(name: str, number: int, field: str) -> Change:
    def change(scenario: Scenario, factor: float) -> Scenario:
        policy = scenario.policy
        limits = list(getattr(policy, name))
        value = getattr(limits[number], field) * factor
        limits[number] = _replaced(limits[number], field, value)
        changed = _replaced(policy, name, tuple(limits))
        return _with(scenario, "policy", changed)

    return change
