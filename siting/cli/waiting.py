"""Long work in a thread: progress on the terminal, and Ctrl-C at any moment."""

import contextvars
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from siting.cli.door import StillRunning
from siting.words import word

SHOW_AFTER_S = 1.0

Result = TypeVar("Result")
Tell = Callable[[str], None]


class Waiting:
    """Runs work and shows what it is doing, once it takes more than a second.

    The solver holds the main thread's signals until it returns; run in a thread of
    its own it leaves Ctrl-C to the user.

    Parameters
    ----------
    quiet
        Never show anything. Nothing is shown either when standard error is not a
        terminal.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._text = ""

    def tell(self, text: str) -> None:
        """Say what is being done."""
        self._text = word(text)

    def run(self, text: str, work: Callable[[Tell], Result]) -> Result:
        """Run ``work(tell)`` and return what it returns.

        Raises
        ------
        StillRunning
            On Ctrl-C before the work is done.
        """
        self.tell(text)
        pool = ThreadPoolExecutor(max_workers=1)
        context = contextvars.copy_context()
        future: Future[Result] | None = None
        try:
            # The work may have begun before this returns.
            future = pool.submit(context.run, work, self.tell)
            self._watch(future)
            return future.result()
        except KeyboardInterrupt:
            if future is not None and future.done():
                raise
            raise StillRunning from None
        finally:
            pool.shutdown(wait=False)

    def _watch(self, future: Future[Result]) -> None:
        if wait([future], timeout=SHOW_AFTER_S).done or not self._shown:
            wait([future])
            return
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self._text)
            while not wait([future], timeout=0.2).done:
                bar.update(task, description=self._text)
