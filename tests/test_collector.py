"""The garbage collector is left alone during a solve, and as it was after it."""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pipelines import ONE_HUB, solved

import siting
from siting.collector import MOST_YOUNG, collected_seldom


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    """Give the other tests the collector that they had."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_solve_collects_seldom() -> None:
    """Proves: inside a solve ``MOST_YOUNG`` new objects come before a collection.

    Sensitivity: without it each look would see the 700 of before.
    """
    gc.set_threshold(700, 10, 10)
    seen = []
    scenario = siting.Scenario.from_tables(**ONE_HUB)
    plan = solved(scenario, progress=lambda _: seen.append(gc.get_threshold()))
    siting.audit(plan).raise_if_wrong()
    assert set(seen) == {(MOST_YOUNG, 10, 10)}
    assert gc.get_threshold() == (700, 10, 10)


def test_the_collector_is_as_it_was_after_a_failure() -> None:
    """Proves: thresholds are put back where the work ends with an error.

    Sensitivity: without that, whatever runs next would collect seldom too.
    """
    gc.set_threshold(700, 10, 10)
    with pytest.raises(siting.InputError):
        solved(siting.Scenario.from_tables(**ONE_HUB), objective="csot")
    assert gc.get_threshold() == (700, 10, 10)


def test_the_last_of_several_threads_puts_it_back() -> None:
    """Proves: thresholds stay while any thread works, and then are as they were.

    Sensitivity: each thread by itself would put back what another had set, and leave
    the program with a collector that it never asked for.
    """
    gc.set_threshold(700, 10, 10)
    first, second = collected_seldom(), collected_seldom()
    with ThreadPoolExecutor(2) as pool:
        pool.submit(first.__enter__).result()
        pool.submit(second.__enter__).result()
        pool.submit(first.__exit__, None, None, None).result()
        assert gc.get_threshold() == (MOST_YOUNG, 10, 10)
        pool.submit(second.__exit__, None, None, None).result()
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("young", [0, 10 * MOST_YOUNG])
def test_a_collector_that_rests_more_stays_so(young: int) -> None:
    """Proves: one that is off (0), or runs even more seldom, is left as it is.

    Sensitivity: set to ``MOST_YOUNG``, it would run more often than was asked for.
    """
    gc.set_threshold(young, 10, 10)
    with collected_seldom():
        assert gc.get_threshold() == (young, 10, 10)
