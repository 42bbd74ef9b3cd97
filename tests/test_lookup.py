"""Tests of names to positions, and of rows that are alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.lookup import number, number_sets


@pytest.mark.parametrize("missing", [np.nan, None])
def test_cells_without_a_value_are_alike(missing: object) -> None:
    """Rows with a blank cell are numbered apart from all others.

    Without it a blank would take the number of the row before it in another column.
    """
    first = np.array([0.0, missing, 1.0, 0.0, missing], dtype=object)
    second = np.array(["a", "b", "a", "b", "b"], dtype=object)
    assert number(first, second).tolist() == [0, 1, 2, 3, 1]


@given(
    sets=st.lists(st.sets(st.tuples(st.integers(0, 2), st.floats(0, 1))), max_size=8),
    seed=st.integers(0, 99),
)
def test_equal_sets_have_one_number(
    sets: list[set[tuple[int, float]]], seed: int
) -> None:
    """Tests that owners of the same rows are told from others, in whatever order."""
    rows = [(owner, *row) for owner, some in enumerate(sets) for row in some]
    np.random.default_rng(seed).shuffle(rows)
    owner = np.array([row[0] for row in rows], dtype=int)
    place = np.array([row[1] for row in rows], dtype=int)
    part = np.array([row[2] for row in rows], dtype=float)
    found = number_sets(owner, len(sets), place, part)
    for one, mine in enumerate(sets):
        for other, its in enumerate(sets):
            assert (found[one] == found[other]) == (mine == its)
