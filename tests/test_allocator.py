"""Who takes memory from the system and gives it back, during the work and after it."""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pipelines import ONE_HUB, solved

import siting
from siting.allocator import (
    _TRIM_THRESHOLD,
    _usual,
    memory_given_back,
    memory_kept,
)

LARGE = 48 * 2**20
PAGE = 4096


@pytest.fixture
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


def test_the_pool_is_taken_from_the_system_inside(pool: pa.MemoryPool) -> None:
    """Proves: the one that is put back is not the one that was used."""
    with memory_given_back():
        assert pa.default_memory_pool().backend_name == "system"
    assert pa.default_memory_pool().backend_name != "system"


@pytest.mark.parametrize("told", ["65536", "64k", ""])
def test_sizes_that_the_system_was_told_do_not_end_a_sweep(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: the end of the work takes whatever the environment says.

    Sensitivity: without it a size that is no number broke off the sweep.
    """
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", told)
    with memory_kept():
        pass
    sizes = _usual()
    assert sizes[_TRIM_THRESHOLD] == {"65536": 2**16, "64k": 2**17}.get(told, 2**26)


def taken_and_freed(times: int) -> int:
    """Take and free a large array again and again; give the pages that came anew."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        bytearray(LARGE)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident() -> int:
    """Bytes that this process holds."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * PAGE


def test_runs_of_a_sweep_keep_what_they_freed() -> None:
    """Proves: inside, freed arrays are used again; afterwards they are given back.

    Sensitivity: without it each array comes from the system anew, page by page; without
    the end, programs that use siting would hold what a sweep once needed.
    """
    if sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("the C library is not glibc")
    taken_and_freed(1)
    before, anew = resident(), taken_and_freed(20)
    with memory_kept():
        kept = taken_and_freed(20)
        assert resident() > before + LARGE / 2
    assert kept < anew / 4
    assert resident() < before + LARGE / 2
    assert taken_and_freed(20) > anew / 2
