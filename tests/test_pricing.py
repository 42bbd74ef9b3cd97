"""Tests of which paths are missing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import siting
from siting.model.build import Model, build
from siting.model.instance import Instance
from siting.model.outcome import Outcome
from siting.model.pricing import add_paths
from siting.model.tolls import Tolls
from siting.model.traffic import Traffic
from siting.solver import solve_program

COST = {"cost": 1.0}
# The fastest path, which is known, costs 30; the other 10.
KNOWN, UNKNOWN = 30.0, 10.0


def far(unserved: float | None) -> Instance:
    """Give 1 MW with 1 Gbps, 100 CNY/MWh away, over a fast path and a cheap one."""
    ways = (("x", 100.0, KNOWN), ("y", 300.0, UNKNOWN))
    links: list[dict[str, Any]] = [{"source": node, "target": "f"} for node in "xy"]
    links += [
        {"source": "o", "target": node, "length_km": km, "toll_cny_per_gbps_year": toll}
        for node, km, toll in ways
    ]
    scenario = siting.Scenario.from_tables(
        hubs=[{"id": "far", "node": "f", "it_capacity_mw": 10.0}],
        tariffs=[{"hub": "far", "price_cny_per_mwh": 100.0}],
        nodes=[{"id": name} for name in "ofxy"],
        links=links,
        workloads=[
            {"id": "w", "class": "batch", "origin": "o", "it_mw": 1.0}
            | {"to_hub_gbps_per_mw": 1.0}
        ],
        settings={"hours_per_year": 1000.0, "unserved_cny_per_mwh": unserved},
    )
    return Instance(scenario)


def optimum(instance: Instance) -> tuple[Model, Outcome]:
    """Solve over the path that is known."""
    model = build(instance, Traffic.of(instance), COST)
    return model, solve_program(model.program)


def with_traffic_at(model: Model, outcome: Outcome, worth: float) -> Outcome:
    """Give duals as valid, and as good, in which a Gbps is worth so much."""
    assert model.blocks.flows is not None
    more = np.zeros(model.program.shape[0])
    balance = model.blocks.flows.balance.slice
    more[balance] = worth - outcome.row_duals[balance]
    result = replace(
        outcome,
        row_duals=outcome.row_duals + more,
        reduced_costs=outcome.reduced_costs - model.program.paid(more),
    )
    assert (result.reduced_costs >= 0).all()
    proven = model.program.proven(result.row_duals, result.reduced_costs)
    assert proven == pytest.approx(outcome.objective)
    return result


def test_a_path_for_traffic_that_nobody_has_is_not_missing() -> None:
    """Proves: where demand goes unserved a cheaper path is not added.

    Serving costs 100,000 CNY and leaving it 50,000. A Gbps may be worth 30, what the
    known path costs: with nothing carried, that dual proves the plan as 0 does. If the
    dual were taken at its word the path of 10 would be added.
    """
    model, outcome = optimum(far(50.0))
    for worth in (0.0, 25.0, KNOWN):
        duals = with_traffic_at(model, outcome, worth)
        assert add_paths(Tolls(model, duals, 1.0)) == 0


def test_a_path_that_draws_traffic_is_missing() -> None:
    """Proves: where the known path costs more than it spares, the other is added.

    Leaving it costs 100,020 CNY, serving it 100,030 over the known path and 100,010
    over the other. If paths were looked for only where there is traffic, it would be
    left, for 100,020.
    """
    instance = far(100.02)
    model, outcome = optimum(instance)
    assert outcome.objective == pytest.approx(100_020.0)
    duals = with_traffic_at(model, outcome, 25.0)
    assert add_paths(Tolls(model, duals, 1.0)) == 1
    plan = siting.solve(instance.scenario)
    siting.audit(plan).raise_if_wrong()
    assert plan.cost_cny == pytest.approx(100_010.0)


def test_a_path_for_traffic_that_flows_is_missing() -> None:
    """Proves: what is carried goes over the cheaper path.

    All has to be served, for 100,010 CNY. Without the path it would be 100,030.
    """
    instance = far(None)
    model, outcome = optimum(instance)
    assert outcome.objective == pytest.approx(100_030.0)
    assert add_paths(Tolls(model, outcome, 1.0)) == 1


def test_fixed_and_free_timing_have_prices_of_their_own() -> None:
    """Proves: where all periods cost the same, free traffic still has one for each.

    Without it: who asks second would get the one price of who asked first.
    """
    scenario = far(None).scenario
    scenario = scenario.replace(
        periods=[{"id": name, "hours": 500.0} for name in ("day", "night")],
        links=scenario.links.assign(toll_cny_per_gbps_year=0.0),
        tariffs=[
            {"hub": "far", "period": name, "price_cny_per_mwh": 100.0}
            for name in ("day", "night")
        ],
    )
    tolls = Tolls(*optimum(Instance(scenario)), 1.0)
    shapes = [tolls.cheapest(np.inf, True, profile)[0].shape for profile in (0, -1, 0)]
    assert shapes == [(1, 1), (1, 2), (1, 1)]
