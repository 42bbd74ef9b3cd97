"""Runs in this process, or in worker processes on this machine."""

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from siting.allocator import memory_kept
from siting.collector import collected_seldom
from siting.errors import SolverFailed
from siting.solver import use_threads
from siting.sweep.deal import Deal, Finished, Job
from siting.sweep.study import Study

AHEAD = 2
# How often to look whether workers are alive; how long one may take to come and to go.
LOOK_S = 10.0
START_S = 300
PATIENCE_S = 5.0
KILLED = (
    "the process that solved it was killed, perhaps for want of memory; "
    "it was tried three times, the last time alone"
)
_study: Study | None = None


def here(study: Study, deal: Deal) -> Iterator[Finished]:
    """Solve one run after the other in this process."""
    while deal.left:
        finished = solve_job(study, deal.next(1, 0))
        deal.done(finished)
        yield finished


def solve_job(study: Study, job: Job) -> Finished:
    """Solve the runs of a chunk."""
    with collected_seldom(), memory_kept():
        return [(number, study.run(values)) for number, values in job]


def in_processes(study: Study, deal: Deal, workers: int) -> Iterator[Finished]:
    """Solve runs in worker processes; lost workers are replaced.

    Parameters
    ----------
    study : Study
    deal : Deal
    workers : int

    Raises
    ------
    SolverFailed
        If no worker can be started.
    """
    context = _context()
    payload = pickle.dumps(study)
    while deal.left:
        pool = ProcessPoolExecutor(workers, context, _begin, (payload,))
        try:
            _started(pool)
            yield from _drained(pool, deal, workers)
        finally:
            _end(pool)


def _all_alive(pool: ProcessPoolExecutor) -> bool:
    return all(worker.is_alive() for worker in pool._processes.values())


def _end(pool: ProcessPoolExecutor) -> None:
    """Let idle workers go, and end those that do not."""
    workers = list(pool._processes.values())
    pool.shutdown(wait=False, cancel_futures=True)
    end = time.monotonic() + PATIENCE_S
    for worker in workers:
        worker.join(max(0.0, end - time.monotonic()))
        if worker.is_alive():
            worker.kill()


def _drained(pool: ProcessPoolExecutor, deal: Deal, workers: int) -> Iterator[Finished]:
    """Keep the pool busy until nothing is left, or until it breaks."""
    out: dict[Future[Finished], Job] = {}
    broken = False
    while out or (deal.left and not broken):
        while deal.left and not broken and len(out) < AHEAD * workers:
            job = deal.next(workers, len(out))
            if not job:
                break
            try:
                out[pool.submit(_solve, job)] = job
            except BrokenProcessPool:
                broken = True
                deal.back(job)
        done = wait(out, LOOK_S, FIRST_COMPLETED).done
        if not done and not _all_alive(pool):
            # A pool that breaks while it is given work may never tell.
            for job in out.values():
                yield deal.lost(job, KILLED)
            return
        for future in done:
            job = out.pop(future)
            error = future.exception()
            if error is None:
                deal.done(future.result())
                yield future.result()
                continue
            broken |= isinstance(error, BrokenProcessPool)
            why = KILLED if isinstance(error, BrokenProcessPool) else str(error)
            yield deal.lost(job, why)


def _context() -> Any:
    """Give a way to start processes that shares no threads with this one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["siting.sweep.study"])
    return context


def _started(pool: ProcessPoolExecutor) -> None:
    """Wait for the first worker.

    Raises
    ------
    SolverFailed
        If it dies at once.
    """
    try:
        error = pool.submit(os.getpid).exception(timeout=START_S)
    except TimeoutError as late:
        error = late
    if error is not None:
        message = (
            "no worker process can be started. In a script, sweep under "
            "'if __name__ == \"__main__\":'; or use one worker"
        )
        raise SolverFailed(message) from error


def _begin(payload: bytes) -> None:
    """Prepare a worker: its study, one thread, and an end with its parent."""
    global _study
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_threads(1)
    _study = pickle.loads(payload)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Leave when the parent is killed, which no one else would tell a worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _solve(job: Job) -> Finished:
    assert _study is not None
    return solve_job(_study, job)
