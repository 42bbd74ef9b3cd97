"""Tests of which hubs buckets are offered."""

from typing import Any

import numpy as np
import pytest

import siting
from benchmarks.case import Size, tables
from siting.aggregate.buckets import alike
from siting.aggregate.offers import missing
from siting.aggregate.run import Aggregation
from siting.model.instance import Instance
from siting.optimise import Clock

INF = np.inf


def test_the_best_of_what_is_missing_is_offered() -> None:
    """Tests what buckets would rather go to, and what a MW of each would spare.

    The first goes to hub 1 at 5: hubs 0, 2 and 3 cost 4, 3 and 2, of which the best one
    is offered at a time and spares 3. The second is where it is cheapest; the
    third may be nowhere else.
    """
    cost = np.array([[4.0, 5.0, 3.0, 2.0], [1.0, 2.0, 3.0, INF], [INF, 7.0, INF, INF]])
    offered = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]], dtype=bool)
    more, forgone = missing(cost, offered)
    assert more.tolist() == [[False, False, False, True], [False] * 4, [False] * 4]
    assert forgone.tolist() == [3.0, 0.0, 0.0]
    again, forgone = missing(cost, offered | more)
    assert not again.any()
    assert not forgone.any()


def test_hubs_are_offered_as_long_as_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests that the proof is the same whether little or nothing may be forgone.

    If everything might be, each round would solve one program, and more rounds follow.
    """
    scenario = siting.Scenario.from_tables(**tables(Size(2000, 10)))
    solve, programs, worth = Aggregation.solve, [], []

    def counted(self: Aggregation, *stage: Any) -> Any:
        programs[-1] += 1
        return solve(self, *stage)

    monkeypatch.setattr(Aggregation, "solve", counted)
    for share in (0.0, 3e-3):
        monkeypatch.setattr("siting.aggregate.run.SPARED", share)
        programs.append(0)
        plan = siting.solve(scenario, baselines=False, method="aggregated")
        siting.audit(plan).raise_if_wrong()
        assert plan.gap < 1e-6
        worth.append(plan.cost_cny)
    assert worth[0] == pytest.approx(worth[1], rel=1e-6)
    assert programs[1] < programs[0]


def test_a_guess_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a bucket with a better hub keeps those it uses, others their guesses.

    The first would rather be at hub 2, and has no use for hub 0; the second wants
    nothing else and keeps all. Without anything idle the first keeps hub 0 too.
    """
    cost = np.array([[4.0, 5.0, 3.0], [1.0, 2.0, 3.0]])
    offered = np.array([[1, 1, 0], [1, 1, 0]], dtype=bool)
    used = np.array([[0, 1, 0], [1, 0, 0]], dtype=bool)
    scenario = siting.Scenario.from_tables(**tables(Size(20, 10)))
    instance = Instance(scenario)
    groups = alike(instance)

    class Two:
        it_mw = np.ones(2)

        @staticmethod
        def costs(*_: Any) -> np.ndarray:
            return cost

    monkeypatch.setattr(Aggregation, "buckets", Two())
    for idle, first in ((~used, [0, 1, 1]), (np.zeros_like(used), [1, 1, 1])):
        work = Aggregation(
            *(instance, groups, groups.of_workload, Clock(), False, []),
            offered=offered.copy(),
        )
        prices: Any = None
        assert work.offer_more(prices, groups.of_workload, 0.5, idle)
        assert work.offered is not None
        assert work.offered.astype(int).tolist() == [first, [1, 1, 0]]
        assert not work.offer_more(prices, groups.of_workload, 2.0, idle)
