"""Spares long work the walks of the garbage collector over all that lives."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from siting.outermost import Outermost, Undo

MOST_YOUNG = 50_000


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Collect garbage once in very many new objects, until the work is done.

    The libraries alone hold some hundred thousand objects, which every full collection
    visits, and neither loading them nor a solve leaves many cycles behind. A collector
    that was switched off stays so.
    """
    with _SELDOM.needed():
        yield


def _collect_seldom() -> Undo:
    young, *older = gc.get_threshold()
    gc.set_threshold(max(young, MOST_YOUNG) if young else 0, *older)
    return lambda: gc.set_threshold(young, *older)


_SELDOM = Outermost(_collect_seldom)
