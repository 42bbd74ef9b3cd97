"""Lets Arrow, which holds the words of all tables, give back what it has freed."""

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


def _take_from_system() -> Undo:
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    return lambda: pa.set_memory_pool(pool)


_SYSTEM = Outermost(_take_from_system)
