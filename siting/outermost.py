"""Changes something of the whole process while anybody needs it, in any thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Undo = Callable[[], None]


class Outermost:
    """A change that the first who needs it makes, and the last one undoes.

    Parameters
    ----------
    change
        Makes the change, and returns what undoes it.
    """

    def __init__(self, change: Callable[[], Undo]) -> None:
        self._change = change
        self._lock = threading.Lock()
        self._inside = 0
        self._undo: Undo | None = None

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Keep the change until the work is done."""
        with self._lock:
            if self._undo is None:
                self._undo = self._change()
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside and self._undo is not None:
                    self._undo()
                    self._undo = None
