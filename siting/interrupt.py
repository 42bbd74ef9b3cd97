"""Lets Ctrl-C end long work that is not Python's own."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_told() -> Iterator[Callable[[], bool] | None]:
    """Give what tells whether Ctrl-C was pressed; at the end it is raised as ever.

    Python raises it only once the library that was called returns. Nothing is given,
    and all stays as it is, in other threads, which are never interrupted, and where
    somebody else attends to Ctrl-C.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield None
        return
    pressed = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed.is_set():
        raise KeyboardInterrupt
