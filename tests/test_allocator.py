"""Arrow takes memory from the system during a solve, and as it did after it."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pipelines import ONE_HUB, solved

import siting
from siting.allocator import memory_given_back


@pytest.fixture(autouse=True)
def pool() -> Iterator[pa.MemoryPool]:
    """Start from a pool that is not the system's, and give the others theirs back."""
    before = pa.default_memory_pool()
    names = [name for name in pa.supported_memory_backends() if name != "system"]
    if not names:
        pytest.skip("Arrow was built with the system's allocator alone")
    other = getattr(pa, f"{names[0]}_memory_pool")()
    pa.set_memory_pool(other)
    yield other
    pa.set_memory_pool(before)


def test_a_solve_takes_memory_from_the_system(
    pool: pa.MemoryPool, tmp_path: Path
) -> None:
    """Proves: inside load and solve Arrow's pool is the system's, after it the former.

    Sensitivity: without it each look would see the other pool, which keeps what is
    freed; not put back, programs that use siting would find their pool changed.
    """
    siting.Scenario.from_tables(**ONE_HUB).save(tmp_path / "scenario")
    scenario = siting.load(tmp_path / "scenario")
    seen = []
    plan = solved(
        scenario,
        progress=lambda _: seen.append(pa.default_memory_pool().backend_name),
    )
    siting.audit(plan).raise_if_wrong()
    plan.save(tmp_path / "plan", format="parquet")
    assert set(seen) == {"system"}
    assert pa.default_memory_pool().backend_name == pool.backend_name


def test_the_pool_is_as_it_was_after_a_failure(pool: pa.MemoryPool) -> None:
    """Proves: the pool is put back where the work ends with an error.

    Sensitivity: without that, whatever runs next would use the system's too.
    """
    with pytest.raises(ZeroDivisionError), memory_given_back():
        _ = 1 / 0
    assert pa.default_memory_pool().backend_name == pool.backend_name
