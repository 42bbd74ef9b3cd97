"""Tests of the start that runs of a sweep share: it gives what a solve gives."""

import dataclasses
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sweeping import scenario, tables

import siting
from siting.model.instance import Instance
from siting.settings import GreenLimit, PlacementLimit, ReservedLimit
from siting.sweep.inputs import POLICY, SETTING, find_input
from siting.sweep.run import study_of
from siting.sweep.study import AMOUNTS, Study

# What replaces a setting or a key of the policy; numbers of tables are scaled.
OTHER: dict[str, Any] = {
    "discount_rate": 0.02,
    "life_years": 5.0,
    "link_life_years": 4.0,
    "unserved_cny_per_mwh": 9000.0,
    "accelerators_in_ledger": True,
    "network_kwh_per_gb": 0.9,
    "network_co2_kg_per_mwh": 900.0,
    "pue": "new",
    "room": "pooled",
    "certificates": "year",
    "new_sides": ("west",),
    "carbon_price_cny_per_t": 250.0,
    "carbon_accounting": "market",
    "carbon_cap_t": 170_000.0,
    "placement_min": (PlacementLimit(share=0.6, side="east"),),
    "placement_max": (PlacementLimit(share=0.1, hub="far"),),
    "green_min": (GreenLimit(share=0.55),),
    "reserved_min": (ReservedLimit(hub="east", mw=45.0),),
}
NAMES = [f"{table}.{column}" for table in AMOUNTS for column in sorted(AMOUNTS[table])]


@cache
def rich() -> siting.Scenario:
    """Give the small scenario with something in every table that may vary."""
    plain = tables()
    hubs = plain["hubs"].assign(
        ingress_gbps=90.0, egress_gbps=90.0, pue_new=[1.25, 1.18, 1.1]
    )
    links = plain["links"].assign(utilisation=0.2, toll_cny_per_gbps_year=3000.0)
    workloads = plain["workloads"].assign(
        model="", accelerator_cny_per_mw_year=[4e5, 0.0, 1e5], green_share_min=0.1
    )
    other = {"class": "batch", "origin": "east", "manner": "movable"}
    forms = [
        {"id": "cards", "accelerators": 900.0, "utilisation": 0.8},
        {"id": "days", "pf_days_per_year": 9e4, "utilisation": 0.8, "mfu": 0.4},
        {"id": "flops", "flops_per_year": 6e24, "utilisation": 0.8, "mfu": 0.4},
    ]
    forms = [{**other, **form, "model": "card"} for form in forms]
    forms += [{**other, "id": "asks", "requests_per_day": 2e8, "wh_per_request": 0.3}]
    workloads = pd.concat([workloads, pd.DataFrame(forms)], ignore_index=True)
    return scenario(
        hubs=hubs,
        links=links,
        workloads=workloads,
        accelerators=[
            {"model": "card", "tflops": 900.0, "tdp_w": 700.0, "server_overhead": 0.5}
        ],
        hub_periods=[{"hub": "far", "period": "noon", "pue": 1.3, "green_share": 0.2}],
        certificates=[{"id": "c", "price_cny_per_mwh": 30.0, "max_mwh": 90_000.0}],
        placement_costs=[{"workload": "mail", "hub": "far", "cny_per_mw_year": 5e5}],
        transfer_prices=[
            {
                "basis": "lease",
                "price_cny_per_gb": 0.01,
                "price_cny_per_gbps_month": 900.0,
                "fill": 0.8,
                "link_cny_per_gbps_year": 200.0,
                "link_cny_per_gbps_km_year": 3.0,
            }
        ],
        settings={
            "transfer_basis": "lease",
            "certificates": "period",
            "network_kwh_per_gb": 0.1,
            "network_co2_kg_per_mwh": 500.0,
            "unserved_cny_per_mwh": 30_000.0,
        },
        policy={"carbon_price_cny_per_t": 60.0, "green_min": [{"share": 0.3}]},
    )


def changed(before: siting.Scenario, name: str) -> siting.Scenario:
    """Change one amount, checked and derived as if it were read so."""
    table, _, column = name.partition(".")
    if table == SETTING:
        return before.replace(settings={column: OTHER[column]})
    if table == POLICY:
        return before.replace(policy={column: OTHER[column]})
    return Study(before, (find_input(before, f"{name}*"),)).scenario_at((factor(name),))


def factor(name: str) -> float:
    """Give by how much a number of a table is scaled: shares stay below 1."""
    return 0.8 if name.endswith("utilisation") else 1.25


def same(one: Any, other: Any) -> bool:
    """Whether two results hold the same, whatever they are made of."""
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, pd.DataFrame | pd.Index):
        return bool(one.equals(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if dataclasses.is_dataclass(one) and not isinstance(one, siting.Scenario):
        return same(vars(one), vars(other))
    return bool(one == other)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_put_in_are_those_of_a_fresh_start(name: str) -> None:
    """Tests that every kept result of an instance hears of every amount.

    Without dropping what hangs on an amount, a result that was asked for before keeps
    the old value: room on the new sides stayed sunk in every run after the first.
    """
    before = rich()
    after = changed(before, name)
    kept = [k for k, v in vars(Instance).items() if isinstance(v, cached_property)]
    start, fresh = Instance(before), Instance(after)
    for result in kept:
        getattr(start, result)
    found = start.revalued(after)
    told = {"energy", "settled", *kept}
    assert [n for n in told if not same(getattr(found, n), getattr(fresh, n))] == []


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n.partition(".")[0] not in (SETTING, POLICY)]
)
def test_a_shared_start_gives_what_a_solve_gives(name: str) -> None:
    """Tests the cost of a run from a shared start against the same scenario solved."""
    before = rich()
    study = Study(before, (find_input(before, f"{name}*"),))
    assert study._start([]).instance is not None
    figures, _ = study.run((factor(name),))
    plan = siting.solve(study.scenario_at((factor(name),)), baselines=False)
    assert figures["cost_cny"] == pytest.approx(plan.cost_cny, rel=1e-7)


def test_new_sides_vary_from_a_shared_start() -> None:
    """Tests that room on a new side carries its annuity in each run of a sweep.

    10 MW cost 10 x 8760 x 600 = 52.56 M CNY in the east; in the west 35.04 M, and
    10,000 kW x 20,000 CNY x 0.1168 = 23.37 M more where its room is new. Had the second
    run kept what the first one asked for, it would cost 35.04 M and stay in the west.
    """
    given = siting.Scenario.from_tables(
        hubs=[
            {"id": "a", "node": "n", "side": "east", "it_capacity_mw": 20.0},
            {"id": "b", "node": "n", "side": "west", "it_capacity_mw": 20.0}
            | {"capex_cny_per_kw": 20_000.0},
        ],
        workloads=[{"id": "w", "class": "c", "origin": "n", "it_mw": 10.0}],
        tariffs=[
            {"hub": "a", "price_cny_per_mwh": 600.0},
            {"hub": "b", "price_cny_per_mwh": 400.0},
        ],
    )
    design = {"new_sides": ["", "west"], "power-price": [1.0, 1.1]}
    found = siting.sweep(given, design)
    assert study_of(given, siting.Design.grid(design)).shared
    expected = [35.04e6, 38.544e6, 52.56e6, 57.816e6]
    assert found.runs["cost_cny"].tolist() == pytest.approx(expected, rel=1e-9)
    for number in range(4):
        plan = siting.solve(found.scenario(number), baselines=False)
        assert siting.audit(plan).ok
        assert plan.cost_cny == pytest.approx(expected[number], rel=1e-9)


@pytest.mark.parametrize("objective", ["latency", "carbon-location"])
def test_the_objective_of_a_run_where_nothing_costs(objective: str) -> None:
    """Tests that a run's objective is the plan's own, where no cost follows it."""
    parts = tables()
    for name in ("tariffs", "transfer_prices"):
        del parts[name]
    for name in ("hubs", "links"):
        prices = [column for column in parts[name] if "cny" in column]
        parts[name] = parts[name].drop(columns=prices)
    case = siting.Scenario.from_tables(**{**parts, "settings": {}})
    found = siting.sweep(case, {"demand": [1.0]}, objective=objective)
    wanted = siting.solve(case, objective=objective).manifest["objective"]
    assert wanted > 1
    assert found.runs["objective"].tolist() == pytest.approx([wanted])


@pytest.mark.parametrize("swapped", [False, True])
def test_inputs_of_the_same_cells_keep_their_order(swapped: bool) -> None:
    """Tests that one that fills a blank is put in where the design has it.

    By hand: PUE is 1.4 at one cell and blank, hence 1.1, at the other. Scaled first
    and set then, both are what is set; the other way round both are their product.
    """
    parts = tables()
    parts["hubs"]["pue_new"] = [np.nan, 1.1, np.nan]
    parts["hub_periods"] = pd.DataFrame(
        {"hub": ["east", "west"], "period": ["noon", "night"]}
        | {"pue": [1.4, np.nan], "green_share": [np.nan, 0.5]}
    )
    parts["settings"] = {"transfer_basis": "lease", "pue": "new"}
    case = siting.Scenario.from_tables(**parts)
    grid = {"hub_periods.pue*": [1.0, 1.5], "hub_periods.pue=": [1.2, 1.3]}
    grid = dict(reversed(grid.items())) if swapped else grid
    found = siting.sweep(case, siting.Design.grid(grid))
    for number, row in found.runs.iterrows():
        own = found.scenario(number)
        factor = row["hub_periods.pue*"] if swapped else 1.0
        wanted = factor * row["hub_periods.pue"]
        assert own.hub_periods["pue"].tolist() == pytest.approx([wanted, wanted])
        plan = siting.solve(own)
        assert row["cost_cny"] == pytest.approx(plan.cost_cny, rel=1e-9)
