"""Tests of names to positions, and of rows that are alike."""

import numpy as np
import pytest

from siting.lookup import number


@pytest.mark.parametrize("missing", [np.nan, None])
def test_cells_without_a_value_are_alike(missing: object) -> None:
    """Rows with a blank cell are numbered apart from all others.

    Without it a blank would take the number of the row before it in another column.
    """
    first = np.array([0.0, missing, 1.0, 0.0, missing], dtype=object)
    second = np.array(["a", "b", "a", "b", "b"], dtype=object)
    assert number(first, second).tolist() == [0, 1, 2, 3, 1]
