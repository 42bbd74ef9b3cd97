"""Tests of programs solved by generating the schedules of movable workloads."""

import logging

import numpy as np
import pandas as pd
import pytest
from agreement import verdict
from random_scenario import draw

import siting
from siting.decompose import Pool, solve_by_schedules
from siting.decompose import solve as decompose
from siting.decompose.rest import Rest, Taken
from siting.decompose.schedule import FIRST, Scheduler
from siting.model.arrays import Builder
from siting.model.build import Model, build
from siting.model.instance import Instance
from siting.model.outcome import Status
from siting.model.traffic import Traffic
from siting.solver import solve_program, use_threads

HUBS = 12


@pytest.mark.parametrize(
    ("held", "cost", "used"), [(2.0, 6.0, 2), (4.0, 9.0, 1)], ids=["both", "one"]
)
def test_a_schedule_by_hand(held: float, cost: float, used: int) -> None:
    """Tests a MW in two periods that cost 1 and 5 at one hub, 4 and 1 at the other.

    Alone it costs 6 or 5 and what is held once; at both 2 and what is held twice. At 2
    a MW held, 6 is less than 7; at 4, 9 is less than 10.
    """
    price = np.array([[1.0, 5.0], [4.0, 1.0]])
    hubs = np.array([3, 7])
    found = Scheduler(hubs, np.ones(2)).cheapest(price, np.full(2, held), None)
    assert found.cost == pytest.approx(cost)
    assert sorted(found.hub) == ([3, 7] if used == 2 else [7])
    assert found.worth.sum() == pytest.approx(cost)


def test_what_is_dear_is_not_served() -> None:
    """Tests that a period is served only where that costs less than leaving it out."""
    price = np.array([[1.0, 5.0]])
    found = Scheduler(np.arange(1), np.ones(2)).cheapest(
        price, np.array([2.0]), np.full(2, 4.0)
    )
    assert found.cost == pytest.approx(1.0 + 2.0 + 4.0)
    assert found.draw.tolist() == [[1.0, 0.0]]
    assert found.unserved.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("drops", [False, True], ids=["all served", "may drop"])
@pytest.mark.parametrize("seed", range(5))
def test_schedules_are_the_optimum_of_the_whole(seed: int, drops: bool) -> None:
    """Tests prices that change, with more hubs than are first offered.

    The whole program over all hubs is written apart. Its optimum uses hubs that are not
    among the first, so without those that are added it would not be met.
    """
    random = np.random.default_rng(seed)
    periods = 24
    factor = random.uniform(0.0, 2.0, periods)
    scheduler, late = Scheduler(np.arange(HUBS), factor, keeps=seed > 0), 0
    for _ in range(4):
        cost = random.uniform(-1.0, 8.0, (HUBS, periods))
        held = random.uniform(0.0, 40.0, HUBS)
        missing = random.uniform(2.0, 9.0, periods) if drops else None
        found = scheduler.cheapest(cost, held, missing)
        again = scheduler.copy(keeps=True).cheapest(cost, held, missing)
        assert again.cost == pytest.approx(found.cost, rel=1e-9)
        best = whole_schedule(factor, cost, held, missing)
        assert found.cost == pytest.approx(best, rel=1e-9)
        served = found.draw.sum(axis=0) + found.unserved
        assert served == pytest.approx(factor)
        # The proof: what each period is worth, below what any hub could do for.
        assert found.worth @ factor == pytest.approx(best, rel=1e-9)
        over = np.maximum(found.worth - cost, 0.0).sum(axis=1)
        assert (over <= held + 1e-6).all()
        first = np.argsort(cost @ factor + held * factor.max())[:FIRST]
        late += not np.isin(found.hub, first).all()
    assert late


def whole_schedule(
    factor: np.ndarray, cost: np.ndarray, held: np.ndarray, missing: np.ndarray | None
) -> float:
    """Optimum over all hubs at once."""
    builder, (hubs, periods) = Builder(), cost.shape
    drawn = builder.add_columns("draw", cost.size, str)
    kept = builder.add_columns("held", hubs, str)
    demand = builder.add_rows("demand", periods, str, lower=factor, upper=factor)
    rows = builder.add_rows("reserve", cost.size, str, lower=0.0)
    builder.add_entries(np.tile(demand.positions, hubs), drawn.positions, 1.0)
    builder.add_entries(rows.positions, drawn.positions, -1.0)
    builder.add_entries(rows.positions, np.repeat(kept.positions, periods), 1.0)
    price = np.append(cost.ravel(), held)
    if missing is not None:
        lost = builder.add_columns("lost", periods, str)
        builder.add_entries(demand.positions, lost.positions, 1.0)
        price = np.append(price, missing)
    return solve_program(builder.finish(price)).objective


def all_movable(seed: int) -> siting.Scenario:
    """Draw a random scenario whose workloads may all move."""
    scenario, _ = draw(seed)
    frame = scenario.workloads.reset_index(drop=True)
    profile = frame["profile"].where(frame["profile"] != "", frame["profile"].max())
    free = frame.assign(manner="movable", profile=profile, burst=1.0)
    return scenario.replace(workloads=free)


def mostly_bursting(seed: int) -> siting.Scenario:
    """Draw a random scenario whose workloads may burst, some also move or stay."""
    scenario, _ = draw(seed)
    frame = scenario.workloads.reset_index(drop=True)
    random, count = np.random.default_rng(seed), len(frame)
    manner = random.choice(
        ["deferrable", "movable", "pinned"], count, p=[0.6, 0.2, 0.2]
    )
    bursts = manner == "deferrable"
    profile = frame["profile"].where(frame["profile"] != "", frame["profile"].max())
    burst = np.where(bursts, random.choice([1.2, 2.0, 3.0], count), 1.0)
    frame["profile"] = profile.where(~bursts, "")
    return scenario.replace(workloads=frame.assign(manner=manner, burst=burst))


def value(scenario: siting.Scenario) -> float:
    """Objective of the audited plan; inf where none fits."""
    try:
        plan = siting.solve(scenario, method="plain", baselines=False)
    except siting.Infeasible:
        return np.inf
    siting.audit(plan).raise_if_wrong()
    return float(plan.manifest["objective"])


@pytest.mark.parametrize("seed", [1, 3, 5, 9, 17, 21, 23, 33, 41, 55])
def test_the_optimum_is_that_of_the_whole_program(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests random scenarios, without a plan some, solved as a whole and by schedules.

    A schedule that was missing, or a limit kept by none of those known, would show.
    """
    scenario = all_movable(seed)
    monkeypatch.setattr(decompose, "MANY_ROWS", np.inf)
    whole = value(scenario)
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    assert value(scenario) == pytest.approx(whole, rel=1e-7)


@pytest.mark.parametrize("seed", [1, 4, 11, 16, 20, 24, 25, 32, 34, 38])
def test_the_optimum_of_bursts_is_that_of_the_whole_program(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests the same where most workloads may burst, in room of their own or pooled.

    Two have no plan. A share worth less than its cheapest schedule at a hub costs, or
    demand worth more than the cheapest share, would prove too much.
    """
    scenario = mostly_bursting(seed)
    monkeypatch.setattr(decompose, "MANY_ROWS", np.inf)
    whole = value(scenario)
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    assert value(scenario) == pytest.approx(whole, rel=1e-7)


def test_multipliers_of_certificates_are_those_of_each_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests a limit on green power by origin, which names the owners of certificates.

    The bound over all workloads took the multiplier of one owner for all that are
    alike, and the audit proved less by 6e-6 of the objective.
    """
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    assert verdict(37).agrees


# Of the hubs and the links below.
FAR, OVER_MID = 1, (1, 2)


def far_and_near(
    room_mw: float = 100.0, rate: float = 0.2, count: int = 40, **settings: object
) -> siting.Scenario:
    """Movable workloads, 50 MW; two ways to the hub that is cheap at night."""
    price = {("near", "day"): 500.0, ("near", "night"): 490.0}
    price |= {("far", "day"): 520.0, ("far", "night"): 100.0}
    sizes = np.linspace(0.5, 2.0, count) * 40 / count
    return siting.Scenario.from_tables(
        hubs=[
            {"id": hub, "node": hub, "it_capacity_mw": room_mw, "pue": 1.0}
            | {"hosting_cny_per_mw_year": 800.0}
            for hub in ("near", "far")
        ],
        tariffs=[
            {"hub": hub, "period": period, "price_cny_per_mwh": value}
            for (hub, period), value in price.items()
        ],
        workloads=[
            {"id": f"w{number}", "origin": "near", "it_mw": size, "class": "chat"}
            | {"manner": "movable", "profile": "busy"}
            | {"to_hub_gbps_per_mw": rate * (1 + number % 7)}
            for number, size in enumerate(sizes)
        ],
        periods=[{"id": period, "hours": 10.0} for period in ("day", "night")],
        profiles=[
            {"profile": "busy", "period": period, "factor": factor}
            for period, factor in (("day", 1.2), ("night", 0.8))
        ],
        nodes=[{"id": node} for node in ("near", "mid", "far")],
        links=[
            {"id": f"{source}-{target}", "source": source, "target": target}
            | {
                "length_km": 10.0,
                "capacity_gbps": room,
                "toll_cny_per_gbps_year": 300.0,
            }
            for source, target, room in (
                ("near", "far", 40.0),
                ("near", "mid", 30.0),
                ("mid", "far", 30.0),
            )
        ],
        settings={"name": "far and near", "hours_per_year": 20.0} | settings,
    )


def made(scenario: siting.Scenario) -> Model:
    """Build the program of a scenario."""
    instance = Instance(scenario)
    return build(instance, Traffic.of(instance), {"cost": 1.0})


def test_no_plan_fits_is_found_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests less room than demand: 50 MW in the mean, 60 by day, in 2 x 25 MW."""
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    outcome = solve_by_schedules(made(far_and_near(25.0)), Pool(), lambda: None)
    assert outcome is not None
    assert outcome.status is Status.INFEASIBLE


def test_duals_prove_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests values, duals and reduced costs of the whole program, limits included.

    Duals of the blocks' own rows left at 0 would leave draws with costs below 0.
    """
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    model = made(far_and_near(32.0))
    program = model.program
    found = solve_by_schedules(model, Pool(), lambda: None)
    whole = solve_program(program)
    assert found is not None
    assert found.objective == pytest.approx(whole.objective, rel=1e-9)
    free = np.isinf(program.upper)
    assert found.reduced_costs[free].min() > -1e-6
    assert np.abs(found.reduced_costs * found.values)[free].max() < 1e-3
    sums = np.bincount(
        program.index,
        program.value * found.values[program.owner],
        minlength=program.shape[0],
    )
    assert (sums >= program.row_lower - 1e-6).all()
    assert (sums <= program.row_upper + 1e-6).all()


def test_what_nobody_draws_on_is_worth_what_feeding_it_costs() -> None:
    """Tests duals of traffic that no schedule has: at 0 it would go for nothing."""
    model = made(far_and_near())
    instance, traffic = model.instance, model.blocks.traffic
    for place, bundle in enumerate(traffic):
        if bundle.hub == FAR:
            assert traffic.add(place, instance.backbone.path(OVER_MID))
    model = build(instance, traffic, {"cost": 1.0})
    rest = Rest.of(model.program, Taken.of(model))
    assert rest is not None
    assert len(rest.feeding)
    cost, nothing = rest.program.cost, np.zeros(rest.program.shape[0])
    raised = rest.tightened(cost, nothing)
    assert (raised >= 0.0).all()
    assert (raised > 0.0).any()
    over = rest.priced(cost, raised)[rest.feeding]
    assert over.min() >= 0.0
    assert (
        rest.priced(cost, raised) >= rest.priced(cost, nothing) - raised.max()
    ).all()


def test_schedules_keep_to_the_threads_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests other counts of threads, as workers of a sweep set them.

    HiGHS refuses a program whose count is not that of the threads that are there.
    """
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    try:
        for count in (1, 2, None):
            use_threads(count)
            found = solve_by_schedules(made(far_and_near()), Pool(), lambda: None)
            assert found is not None
            assert found.status is Status.OPTIMAL
    finally:
        use_threads(None)


def test_the_next_program_starts_from_the_schedules_of_the_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Tests that a program solved again asks the workloads once, at first often."""
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    model, pool, turns = made(far_and_near(rate=0.5)), Pool(), []
    for _ in range(2):
        with caplog.at_level(logging.DEBUG, "siting.decompose"):
            caplog.clear()
            assert solve_by_schedules(model, pool, lambda: None) is not None
            turns.append(len(caplog.records))
    assert turns[0] > 2
    assert turns[1] == 1


def test_duals_of_the_last_program_start_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests what duals of one program prove of another, whose workloads were cut.

    Each workload is halved: no shared limit changes, so they prove all of the optimum.
    At other prices of power they may prove too much, and are not taken for a proof.
    """
    monkeypatch.setattr(decompose, "MANY_ROWS", 0)
    scenario, pool = far_and_near(32.0, rate=0.5), Pool()
    whole = solve_by_schedules(made(scenario), pool, lambda: None)
    assert whole is not None
    frame = scenario.workloads.reset_index(drop=True)
    half = frame.assign(it_mw=frame["it_mw"] / 2)
    halves = pd.concat([half, half.assign(id=half["id"] + "b")], ignore_index=True)
    pool.descend(np.tile(np.arange(len(frame)), 2))
    for cheaper in (False, True):
        other = scenario.replace(workloads=halves)
        if cheaper:
            hubs = other.hubs.reset_index(drop=True)
            other = other.replace(hubs=hubs.assign(hosting_cny_per_mw_year=0.0))
        model = made(other)
        taken = Taken.of(model)
        rest = Rest.of(model.program, taken)
        assert rest is not None
        blocks = rest.blocks
        duals = pool.duals(model, taken)
        assert duals is not None
        row_duals, sound = rest.guessed(duals)
        assert sound is not cheaper
        if sound:
            reduced = rest.priced(rest.program.cost, row_duals)
            worth = sum(
                size
                * scheduler.cheapest(
                    reduced[blocks.draw[pairs]], reduced[blocks.reserved[pairs]], None
                ).cost
                for size, scheduler, pairs in zip(
                    blocks.it_mw,
                    pool.schedulers(blocks),
                    map(blocks.pairs, range(len(blocks))),
                    strict=True,
                )
            )
            proven = rest.program.proven(row_duals, reduced) + worth
            assert proven == pytest.approx(whole.objective, rel=1e-9)


def test_inference_that_may_move_through_the_day() -> None:
    """Tests the national plan with interactive inference that may change hubs hourly.

    37 workloads, 120 periods and some 13 hubs each: as a whole, the program was not
    solved after five minutes. Moving can only save.
    """
    scenario = siting.load("china")
    frame = scenario.workloads.reset_index(drop=True)
    chat = frame["class"] == "interactive"
    frame["manner"] = frame["manner"].where(~chat, "movable")
    pinned = siting.solve(scenario, baselines=False)
    plan = siting.solve(scenario.replace(workloads=frame), baselines=False)
    siting.audit(plan).raise_if_wrong()
    assert plan.cost_cny < 0.999 * pinned.cost_cny
    moved = plan.schedule.groupby("workload")["hub"].nunique()
    assert (moved > 1).sum() > 20
