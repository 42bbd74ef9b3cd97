"""Tests that buckets and the whole programme have the same optimum."""

import pytest
from agreement import verdict


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6, 12])
def test_both_ways_agree(seed: int) -> None:
    """Tests random scenarios of all features, two of them short of room."""
    assert verdict(seed).agrees
