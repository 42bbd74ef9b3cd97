"""What allocators do with freed memory: give it back, or keep it for the next run."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from siting.outermost import Outermost, Undo


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Let Arrow take memory from the system's allocator, until the work is done.

    Its own allocators are no faster here, and keep a multiple of what tables take.
    """
    with _SYSTEM.needed():
        try:
            yield
        finally:
            give_back()


def give_back() -> None:
    """Give the system what has been freed, so that no later peak stands upon it."""
    pa.system_memory_pool().release_unused()


@contextmanager
def memory_kept() -> Iterator[None]:
    """Let the C library keep what is freed, until the work is done.

    Runs of a sweep take and free arrays of the same sizes again and again. Given back
    to the system in between, each of their pages is cleared anew: a tenth of a run, and
    more where workers wait for the same memory. Without glibc nothing changes.
    """
    with _KEPT.needed():
        yield


def _keep() -> Undo:
    """Raise the sizes from which glibc maps arrays on their own, and gives back."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is None or not hasattr(library, "mallopt"):
        return lambda: None
    library.mallopt(_MMAP_THRESHOLD, _MOST_KEPT)
    library.mallopt(_TRIM_THRESHOLD, _MOST_KEPT)

    def undo() -> None:
        for parameter, size in _usual().items():
            library.mallopt(parameter, size)
        library.malloc_trim(0)

    return undo


def _usual() -> dict[int, int]:
    """Give the sizes that glibc would have.

    Told nothing, it raises them with the arrays that are freed, which it does no more
    once it was told something: then what it rises to is the nearest.
    """
    names = {_MMAP_THRESHOLD: "MMAP", _TRIM_THRESHOLD: "TRIM"}
    told = {key: os.environ.get(f"MALLOC_{n}_THRESHOLD_") for key, n in names.items()}
    if any(told.values()):
        # What is no number glibc leaves out as well.
        sizes = {key: size or "" for key, size in told.items()}
        return {
            key: min(int(size), _MOST_KEPT) if size.isdecimal() else _LEAST_KEPT
            for key, size in sizes.items()
        }
    return {_MMAP_THRESHOLD: _FREED_AT_MOST, _TRIM_THRESHOLD: 2 * _FREED_AT_MOST}


def _take_from_system() -> Undo:
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    return lambda: pa.set_memory_pool(pool)


_SYSTEM = Outermost(_take_from_system)
_KEPT = Outermost(_keep)
# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LEAST_KEPT, _FREED_AT_MOST, _MOST_KEPT = 2**17, 2**25, 2**30
