"""Tests of what a few movable workloads prove for all that lie between them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_decompose import far_and_near

import siting
from siting.aggregate import curves
from siting.aggregate.blend import Blend, between, line_of
from siting.aggregate.buckets import Alike
from siting.aggregate.curves import Curve, add_knots
from siting.aggregate.oracle import held_costs, hourly_costs
from siting.decompose import Scheduler
from siting.model.instance import Instance

HUBS, PERIODS = 4, 6


def crowd(count: int, **columns: object) -> siting.Scenario:
    """Movable workloads with data rates of their own, in room of their own."""
    scenario = far_and_near(32.0, count=count)
    random = np.random.default_rng(count)
    frame = scenario.workloads.reset_index(drop=True)
    rate = random.lognormal(-0.5, 0.8, count)
    return scenario.replace(workloads=frame.assign(to_hub_gbps_per_mw=rate, **columns))


def curve_of(seed: int, count: int = 60) -> Curve:
    """Make a curve at random prices."""
    random = np.random.default_rng(seed)
    instance = Instance(crowd(count))
    instance.factor = random.uniform(0.2, 2.0, (1, PERIODS))
    instance.profile = np.zeros(count, dtype=int)
    rates = instance.to_rate[:, None]
    who, nothing = np.arange(count), np.zeros(0, dtype=int)
    groups = Alike(0 * who, nothing, nothing, rates, np.array([1]))
    hourly = random.uniform(0.0, 9.0, (HUBS, PERIODS, 6))
    held = random.uniform(0.0, 9.0, (HUBS, 6))
    curve = Curve(instance, groups, who)
    curve.price(hourly, held, np.full(PERIODS, np.inf))
    return curve


def exact(curve: Curve) -> np.ndarray:
    """Least cost of each member, found one by one."""
    scheduler = Scheduler(np.arange(HUBS), curve.factor)
    cost = hourly_costs(curve.features, curve.kinds, curve.hourly)
    held = held_costs(curve.features, curve.kinds, curve.held)
    return np.array(
        [scheduler.cheapest(*each, None).cost for each in zip(cost, held, strict=True)]
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_few_knots_prove_nearly_all(seed: int) -> None:
    """Tests sixty workloads against the optimum of each.

    The multipliers of the knots, blended, lose no more than is allowed; each knot's
    alone, taken for those around it, lose more than a hundred times as much.
    """
    curve = curve_of(seed)
    best = exact(curve)
    allowed = 1e-4 * float(best @ curve.mw)
    add_knots({0: curve}, allowed)
    assert len(curve.knots) < len(curve.mw) / 2
    blend = curve.blend()
    worth = blend.at(curve.features)
    held = held_costs(curve.features, curve.kinds, curve.held)
    assert (worth.sum(axis=2) <= held * (1 + 1e-9)).all()
    cost = hourly_costs(curve.features, curve.kinds, curve.hourly)
    proven = (cost + worth).min(axis=1) @ curve.factor
    assert (proven <= best + 1e-7 * best).all()
    lost = float((best - proven) @ curve.mw)
    assert lost <= allowed
    place = curve.place[curve.knots]
    nearest = np.abs(curve.place[:, None] - place).argmin(axis=1)
    alone = blend.worth[nearest]
    scale = np.minimum(1.0, held / np.maximum(alone.sum(axis=2), 1e-12))
    constant = (cost + scale[:, :, None] * alone).min(axis=1) @ curve.factor
    assert float((best - constant) @ curve.mw) > 100 * lost


def test_edges_lie_where_the_schedules_cross() -> None:
    """Tests that the knot named is that of the cheaper schedule of two."""
    curve = curve_of(1)
    add_knots({0: curve}, 1e-3 * float(exact(curve) @ curve.mw))
    knot = curve.blend().knot(curve.features)
    planes = curve.tangent[:, :1] + curve.tangent[:, 1:] @ curve.features.T
    right = np.searchsorted(curve.place[curve.knots], curve.place)
    left = np.maximum(right - 1, 0)
    two = np.array([planes[left, range(60)], planes[right, range(60)]])
    assert planes[knot, range(60)] == pytest.approx(two.min(axis=0))


@example([0.0, 5e-324], 1.0)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(-9, 9))
def test_a_place_lies_between_its_knots(knots: list[float], place: float) -> None:
    """Tests that a place is put together again from the knots around it."""
    known = np.sort(np.array(knots))
    left, right, part = between(known, np.array([place]))
    found = (1 - part) * known[left] + part * known[right]
    assert found[0] == pytest.approx(np.clip(place, known[0], known[-1]))


def test_features_on_a_line_are_told_from_others() -> None:
    """Tests rates in one ratio, all alike, none, and rates that differ freely."""
    rate = np.array([1.0, 3.0, 2.0])
    for features in (
        np.column_stack([rate, 0.5 * rate + 1.0]),
        np.column_stack([5 - rate, rate]),
        np.ones((3, 2)),
        np.ones((3, 0)),
    ):
        assert line_of(features)[1]
    direction, line = line_of(np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 1.0]]))
    assert not line
    assert (direction > 0).all()


def test_rows_are_kept_of_those_at_knots_and_next_to_them() -> None:
    """Tests knots at 2 and 5: there is one at 2, and those around 5 are at 4 and 7."""
    blend = Blend(
        np.ones(1), np.array([2.0, 5.0]), np.ones((2, 1, 1)), np.ones(1), True
    )
    near = blend.near(np.array([[1.0], [7.0], [2.0], [4.0], [3.0], [9.0]]))
    assert near.tolist() == [False, True, True, True, False, False]


@pytest.mark.parametrize("kind", ["one rate", "two rates", "rent"])
def test_many_are_proven_by_few(kind: str) -> None:
    """Tests a crowd over buckets against all of them one by one.

    On one line, few workloads have multipliers in the plan, and all are proven by
    them; where rates or rents differ freely, each has its own.
    """
    scenario = crowd(240)
    frame = scenario.workloads.reset_index(drop=True)
    random = np.random.default_rng(7)
    if kind == "two rates":
        other = random.lognormal(-1.0, 0.8, len(frame))
        scenario = scenario.replace(workloads=frame.assign(from_hub_gbps_per_mw=other))
    if kind == "rent":
        rent = random.uniform(0.0, 900.0, len(frame))
        dear = frame.assign(accelerator_cny_per_mw_year=rent)
        scenario = scenario.replace(workloads=dear)
        scenario = scenario.with_settings(accelerators_in_ledger=True)
    plain = siting.solve(scenario, method="plain", baselines=False)
    large = siting.solve(scenario, method="aggregated", baselines=False)
    report = siting.audit(large)
    report.raise_if_wrong()
    assert large.cost_cny == pytest.approx(plain.cost_cny, rel=1e-6)
    assert report.gap <= 1e-6
    named = large.duals.loc[large.duals["kind"] == "reserve", "subject"].nunique()
    if kind == "one rate":
        assert 2 <= named < 60
        # With half of the rows the proof is worse, but a proof.
        rows = large.duals[large.duals["kind"] == "reserve"]
        known = sorted(rows["subject"].unique())[::2]
        fewer = large.duals[~large.duals["subject"].isin(known)]
        worse = siting.audit(replace(large, duals=fewer.reset_index(drop=True)))
        assert report.bound - worse.bound > 1e-6 * report.bound
        assert worse.bound > 0.99 * report.bound
    else:
        assert named > 200


@pytest.mark.parametrize("manner", ["pinned", "movable", "deferrable"])
def test_rents_differ_among_those_that_are_alike(manner: str) -> None:
    """Tests rents from 0 to 900 CNY a MW in the ledger.

    All alike took the rent of one of them: the bound was above the objective, by 2 to
    4 % in the cases tried.
    """
    rent = np.linspace(0.0, 900.0, 40)
    later = {"burst": 1.5, "profile": ""} if manner == "deferrable" else {}
    scenario = crowd(40, accelerator_cny_per_mw_year=rent, manner=manner, **later)
    scenario = scenario.with_settings(accelerators_in_ledger=True)
    found = []
    for method in ("plain", "aggregated"):
        plan = siting.solve(scenario, method=method, baselines=False)
        siting.audit(plan).raise_if_wrong()
        found.append(plan.cost_cny)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_a_knot_without_multipliers_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests a workload whose cheapest hub asks nothing for what is reserved.

    All its multipliers are 0; a table that leaves these out would not tell that a knot
    is there, and those around it would be blended past it.
    """
    monkeypatch.setattr(curves, "MOST_CELLS", 50)
    curve = curve_of(0)
    free = curve.held.copy()
    free[0] = 0.0
    hourly = curve.hourly.copy()
    hourly[0] = 0.0
    curve.price(hourly, free, np.full(PERIODS, np.inf))
    assert curve.worth.any(axis=(1, 2)).all()
    assert (
        curve.worth.sum(axis=2)
        <= held_costs(curve.features[curve.knots], curve.kinds, free)
    ).all()
