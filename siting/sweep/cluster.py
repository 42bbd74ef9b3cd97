"""Runs on a Dask cluster."""

import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from siting import __version__
from siting.errors import SolverFailed
from siting.extras import require
from siting.solver import use_threads
from siting.sweep.deal import Deal, Finished, Job
from siting.sweep.processes import solve_job
from siting.sweep.study import Study
from siting.words import word

AHEAD = 3
# What is larger is spread over the workers rather than kept by the scheduler.
MOST_IN_GRAPH = 8 * 2**20
WAIT_FOR_WORKERS_S = 300


def on_cluster(study: Study, deal: Deal, cluster: Any) -> Iterator[Finished]:
    """Solve runs on a Dask cluster, which reruns those of lost workers.

    Parameters
    ----------
    study : Study
    deal : Deal
    cluster : str or distributed.Client
        Address of the scheduler, or a client.

    Raises
    ------
    InputError
        If ``distributed`` is not installed.
    SolverFailed
        If there is no cluster, or it is lost.
    """
    distributed = require("distributed", "dask")
    with _client(distributed, cluster) as client:
        _ready(client)
        held = _held(client, study)
        out: dict[Any, Job] = {}
        queue = distributed.as_completed(loop=client.loop)
        while deal.left or out:
            workers = max(1, sum(client.nthreads().values()))
            while deal.left and len(out) < AHEAD * workers:
                job = deal.next(workers, len(out))
                if not job:
                    break
                future = client.submit(_solve, held, job, pure=False)
                out[future] = job
                queue.add(future)
            future = next(queue)
            job = out.pop(future)
            if future.status in ("cancelled", "lost"):
                message = "the Dask cluster was lost; what is done is kept: resume"
                raise SolverFailed(message)
            error = future.exception()
            finished = future.result() if error is None else []
            future.release()
            if error is None:
                deal.done(finished)
                yield finished
            else:
                yield deal.lost(job, f"{type(error).__name__}: {error}")


def _client(distributed: Any, cluster: Any) -> AbstractContextManager[Any]:
    if not isinstance(cluster, str):
        return nullcontext(cluster)
    try:
        client: AbstractContextManager[Any] = distributed.Client(
            cluster, set_as_default=False
        )
    except (OSError, ValueError) as error:
        message = word(
            "there is no Dask cluster at '{cluster}' ({error})",
            cluster=cluster,
            error=error,
        )
        raise SolverFailed(message) from error
    return client


def _ready(client: Any) -> None:
    """Make sure that there are workers, and that they run this version.

    Raises
    ------
    SolverFailed
        If not.
    """
    try:
        client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS_S)
        found = set(client.run(_version).values())
    except TimeoutError as error:
        message = word(
            "no Dask worker came within {seconds} s", seconds=WAIT_FOR_WORKERS_S
        )
        raise SolverFailed(message) from error
    except ImportError as error:
        message = word(
            "siting is not installed on a Dask worker ({error})", error=error
        )
        raise SolverFailed(message) from error
    if found != {__version__}:
        others = ", ".join(sorted(found - {__version__}))
        message = word(
            "Dask workers run siting {others}, this is {version}",
            others=others,
            version=__version__,
        )
        raise SolverFailed(message)


def _version() -> str:
    return __version__


def _held(client: Any, study: Study) -> Any:
    """Bring the study to the cluster once; a lost copy is made anew."""
    payload = pickle.dumps(study)
    if len(payload) > MOST_IN_GRAPH:
        payload = client.scatter(payload, broadcast=True)
    held = client.submit(_received, payload, pure=False)
    error = held.exception()
    if error is not None:
        message = word("a Dask worker cannot read the scenario ({error})", error=error)
        raise SolverFailed(message)
    return held


def _received(payload: bytes) -> Study:
    use_threads(1)
    study: Study = pickle.loads(payload)
    return study


def _solve(study: Study, job: Job) -> Finished:
    use_threads(1)
    return solve_job(study, job)
