"""Tests of what a schedule that may burst costs at its best, and of many of them."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import siting
from benchmarks.case import Size, tables
from siting.aggregate.oracle import burst_costs
from siting.aggregate.run import optimise_large
from siting.audit.workloads import least_filling
from siting.decompose import Filling, Pool, solve_by_schedules
from siting.decompose.solve import _Search
from siting.model.build import build
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.model.traffic import Traffic
from siting.optimise import Clock
from siting.reasons.hours import fill_windows
from siting.solver import solve_program

MANY = 60


def solved_apart(
    hours: np.ndarray,
    window: np.ndarray,
    burst: float,
    cost: np.ndarray,
    held: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what solver, audit and explanations make of the same prices."""
    some: Any = SimpleNamespace(
        hours=hours,
        burst=np.array([burst]),
        windows_of=lambda _: window,
        windows=lambda _: window,
    )
    each = np.empty(held.shape)
    for place in np.ndindex(held.shape):
        fill = fill_windows(cost[place], held[place], hours, window, burst)
        each[place] = cost[place] @ fill.draw + held[place] * fill.held
    solver = burst_costs(some, 0, cost, held)
    return solver, least_filling(some, 0, cost, held), each


@pytest.mark.parametrize(
    ("held", "worth"), [(0.0, 2000.0), (1500.0, 5000.0), (2500.0, 6500.0)]
)
def test_what_is_reserved_follows_its_price(held: float, worth: float) -> None:
    """Tests a MW that costs 100 in ten hours and 300 in ten others, burst 2.

    With one MW reserved it costs 1000 + 3000, with two 2000 in the cheap hours: the
    second MW is worth 2000. At 1500 a MW, 2000 + 3000 are least; at 2500, 4000 + 2500.
    Reserved for nothing, or always in full, it would cost 2000 or 7000 there.
    """
    hours = np.array([10.0, 10.0])
    cost = np.array([[[1000.0, 3000.0]]])
    found = solved_apart(hours, np.array([0, 0]), 2.0, cost, np.array([[held]]))
    assert [values.item() for values in found] == pytest.approx([worth] * 3)


@pytest.mark.parametrize(
    ("held", "drawn", "worth"),
    [
        (0.0, [2.0, 0.0], 100.0),
        (1500.0, [2.0, 0.0], 250.0),
        (2500.0, [1.0, 1.0], 325.0),
    ],
)
def test_what_a_window_is_worth_pays_for_what_is_reserved(
    held: float, drawn: list[float], worth: float
) -> None:
    """Tests the schedules of the same MW, and what a MWh more of its window costs.

    Cheap hours that earn 10 x (250 - 100) pay for a MW at 1500; at 2500 it takes
    10 x (325 - 100) + 10 x (325 - 300). What the last hour costs, 100 or 300, would
    pay for nothing or too little, and the duals prove less than the cost.
    """
    hours, window = np.array([10.0, 10.0]), np.array([0, 0])
    found = Filling.of(
        np.array([[1000.0, 3000.0]]), np.array([held]), hours, window, 2.0
    )
    assert found.drawn.tolist() == [drawn]
    assert found.worth == pytest.approx(worth)
    if held:
        assert found.total == pytest.approx(worth * hours.sum())


@pytest.mark.parametrize("equal", [True, False], ids=["equal hours", "unequal hours"])
@pytest.mark.parametrize("seed", range(8))
def test_three_ways_to_fill_windows_agree(seed: int, equal: bool) -> None:
    """Tests random prices, negative ones and ties among them, in several windows.

    Slopes summed from the top, halving between the knots, and one by one: each is
    written apart. With the smallest or the largest reserve for all, they would differ.
    """
    random = np.random.default_rng(seed)
    count = 12
    hours = np.full(count, 3.0) if equal else random.uniform(1.0, 9.0, count)
    window = np.sort(random.integers(0, 3, count))
    window = np.unique(window, return_inverse=True)[1]
    burst = float(random.choice([1.3, 2.0, 20.0]))
    shape = (5, 4)
    cost = random.integers(-3, 9, (*shape, count)) * hours
    held = np.where(random.random(shape) < 0.2, 0.0, random.uniform(0.0, 80.0, shape))
    solver, audit, each = solved_apart(hours, window, burst, cost, held)
    assert solver == pytest.approx(each)
    assert audit == pytest.approx(each)


def many_bursting(**settings: object) -> siting.Scenario:
    """Sixty workloads that may burst, each with a data rate of its own, in own room."""
    rates = np.linspace(0.1, 3.0, MANY)
    price = {("near", "t0"): 500.0, ("near", "t1"): 520.0}
    price |= {("far", "t0"): 200.0, ("far", "t1"): 420.0}
    return siting.Scenario.from_tables(
        hubs=[
            {"id": "near", "node": "o", "it_capacity_mw": 100.0, "pue": 1.0},
            {"id": "far", "node": "f", "it_capacity_mw": 50.0, "pue": 1.0}
            | {"hosting_cny_per_mw_year": 900.0},
        ],
        tariffs=[
            {"hub": hub, "period": period, "price_cny_per_mwh": value}
            for (hub, period), value in price.items()
        ],
        workloads=[
            {"id": f"w{number}", "origin": "o", "it_mw": 1.0, "class": "training"}
            | {"manner": "deferrable", "burst": 2.0, "to_hub_gbps_per_mw": rate}
            for number, rate in enumerate(rates)
        ],
        periods=[{"id": period, "hours": 10.0} for period in ("t0", "t1")],
        nodes=[{"id": node} for node in "of"],
        links=[
            {"id": "of", "source": "o", "target": "f", "length_km": 10.0}
            | {"capacity_gbps": 30.0, "toll_cny_per_gbps_year": 500.0}
        ],
        settings={"name": "many", "hours_per_year": 20.0} | settings,
    )


@pytest.mark.parametrize("room", ["dedicated", "pooled"])
def test_schedules_by_generation_prove_the_optimum(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests values, duals and reduced costs of the whole program.

    Without multipliers of their own for burst and reserve, draws in cheap hours would
    have costs below 0; with the average cost as what a window is worth, dear hours.
    """
    monkeypatch.setattr("siting.decompose.solve.MANY_ROWS", 0)
    instance = Instance(many_bursting(room=room))
    model = build(instance, Traffic.of(instance), {"cost": 1.0})
    program = model.program
    found = solve_by_schedules(model, Pool(), lambda: None)
    whole = solve_program(program)
    assert found is not None
    assert found.objective == pytest.approx(whole.objective, rel=1e-9)
    proven = program.proven(found.row_duals, found.reduced_costs)
    assert proven == pytest.approx(whole.objective, rel=1e-9)
    free = np.isinf(program.upper)
    assert found.reduced_costs[free].min() > -1e-6
    assert np.abs(found.reduced_costs * found.values)[free].max() < 1e-3
    sums = program.activity(found.values)
    assert (sums >= program.row_lower - 1e-6).all()
    assert (sums <= program.row_upper + 1e-6).all()


@pytest.mark.parametrize("manner", ["bursting", "mixed"])
def test_no_schedule_is_added_twice(
    manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that schedules sought at several duals are told apart.

    Where two duals have one cheapest schedule, it would be a column twice; and there
    are as many as places if only one of the duals was asked.
    """
    monkeypatch.setattr("siting.decompose.solve.MANY_ROWS", 0)
    turns: list[list[Any]] = []

    def ask(search: _Search, best: Any, outcome: Any) -> Any:
        best, found = asked(search, best, outcome)
        turns.append(found)
        return best, found

    asked = _Search.ask
    monkeypatch.setattr(_Search, "ask", ask)
    scenario = siting.Scenario.from_tables(**tables(Size(300, 6, 12, manner)))
    plan = siting.solve(scenario, method="plain", baselines=False)
    siting.audit(plan).raise_if_wrong()
    known = [
        [(place, one.level, one.draw.tobytes()) for place, one in turn]
        for turn in turns
    ]
    assert all(len(set(turn)) == len(turn) for turn in known)
    assert any(len({place for place, *_ in turn}) < len(turn) for turn in known)


def test_few_buckets_prove_many_bursting_workloads() -> None:
    """Tests that workloads that reserve room do not each become a bucket.

    With multipliers of the reserved MW for each bucket, the bounds met with 44 buckets
    of the sixty workloads, and in larger cases with one for each.
    """
    scenario = many_bursting()
    plan = siting.solve(scenario, method="aggregated", baselines=False)
    siting.audit(plan).raise_if_wrong()
    plain = siting.solve(scenario, method="plain", baselines=False)
    siting.audit(plain).raise_if_wrong()
    assert plan.cost_cny == pytest.approx(plain.cost_cny, rel=1e-6)
    assert not (plan.duals["kind"] == "reserve").any()
    stages = [Stage({"cost": 1.0})]
    _, expansion = optimise_large(Instance(scenario), stages, clock=Clock(None))
    used = plan.placement.groupby("workload")["hub"].agg(set)
    assert {"near"} in used.to_list()
    assert {"far"} in used.to_list()
    assert len(expansion.small.it_mw) < MANY / 3


@pytest.mark.parametrize(("room", "rows"), [("dedicated", 1), ("pooled", 2)])
def test_rows_of_bursts_are_told_apart_by_their_keys(room: str, rows: int) -> None:
    """Tests that each pair has a row, or one a period, and no two have the same keys.

    A basis is handed on by these keys: known by their pair alone, rows of pooled room
    were mixed up, and programs that start from one took five times as long.
    """
    instance = Instance(many_bursting(room=room))
    block = build(instance, Traffic.of(instance), {"cost": 1.0}).program.rows["burst"]
    keys = np.column_stack(list(block.keys.values()))
    assert len(keys) == rows * len(instance.pair_workload)
    assert len(np.unique(keys, axis=0)) == len(keys)


def test_a_plan_by_interior_point_is_a_vertex(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a program over all hubs, by interior point, ends where limits cross.

    Left inside, with values near their bounds put there, shares did not sum to 1 and
    draws were above the burst by up to 1e-4: the audit named six places.
    """
    monkeypatch.setattr("siting.solver.INTERIOR_ROWS", 0)
    monkeypatch.setattr("siting.decompose.solve.MANY_ROWS", np.inf)
    scenario = siting.Scenario.from_tables(**tables(Size(300, 6, 12, "mixed")))
    plan = siting.solve(scenario, baselines=False, method="plain")
    assert siting.audit(plan).ok
    assert abs(plan.gap) < 1e-9
