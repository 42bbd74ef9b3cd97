"""Lets signals, such as Ctrl-C, end long work that is not Python's own."""

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def signals_attended() -> Iterator[Callable[[], bool] | None]:
    """Give what calls the handlers of signals, and tells whether to end the work.

    Python calls them at any moment, also while a library calls back, which no exception
    may leave: the process would crash. Until the end they are called where the library
    asks; what they raise is raised at the end. Nothing is given in other threads, in
    which Python calls none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    handlers = {
        int(number): handler
        for number in signal.valid_signals()
        if callable(handler := signal.getsignal(number))
    }
    waiting: deque[tuple[int, FrameType | None]] = deque()
    raised: list[BaseException] = []

    def note(number: int, frame: FrameType | None) -> None:
        waiting.append((number, frame))

    def attend() -> bool:
        while waiting and not raised:
            number, frame = waiting.popleft()
            try:
                handlers[number](number, frame)
            except BaseException as error:
                raised.append(error)
        return bool(raised)

    for number in handlers:
        signal.signal(number, note)
    try:
        yield attend
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) is note:
                signal.signal(number, handler)
        if attend():
            raise raised[0]
