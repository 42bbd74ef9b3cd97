"""Runs on a Dask cluster."""

import pickle
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from siting import __version__
from siting.errors import InputError, Problem, SolverFailed
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
# How often to look whether workers still work, and how long an answer may travel.
LOOK_S = 10.0
ANSWER_S = 60
_ADDRESS = re.compile(
    r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):([0-9]{1,5})"
)
MOST_PORT = 65535
IDLE = "no Dask worker has worked for {s:.0f} s; what is done is kept: resume"


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
    with client_of(distributed, cluster) as client:
        ready(client)
        try:
            yield from _solved(distributed, client, study, deal)
        except (distributed.CancelledError, OSError) as error:
            text = "the Dask cluster was lost ({error}); what is done is kept: resume"
            message = word(text, error=error)
            raise SolverFailed(message) from error


def _solved(
    distributed: Any, client: Any, study: Study, deal: Deal
) -> Iterator[Finished]:
    """Keep the cluster busy until nothing is left."""
    held = _held(distributed, client, study)
    out: dict[Any, Job] = {}
    while deal.left or out:
        workers = max(1, sum(client.nthreads().values()))
        while deal.left and len(out) < AHEAD * workers:
            job = deal.next(workers, len(out))
            if not job:
                break
            out[client.submit(_solve, held, job, pure=False)] = job
        for future in some_done(distributed, client, list(out)):
            yield _answer(future, deal, out.pop(future))


def _answer(future: Any, deal: Deal, job: Job) -> Finished:
    """Fetch what a worker found; what was lost on the way is dealt out again."""
    try:
        error = future.exception(timeout=ANSWER_S)
        finished: Finished = [] if error else future.result(timeout=ANSWER_S)
    except TimeoutError as late:
        error = late
    future.release()
    if error is not None:
        return deal.lost(job, f"{type(error).__name__}: {error}")
    deal.done(finished)
    return finished


def some_done(
    distributed: Any, client: Any, out: list[Any], text: str = IDLE
) -> set[Any]:
    """Wait until some futures are done.

    Parameters
    ----------
    distributed : module
    client : distributed.Client
    out : list of Future
    text : str
        What is told if no worker works.

    Raises
    ------
    SolverFailed
        If no worker has worked for long.
    """
    idle_s = 0.0
    while idle_s < WAIT_FOR_WORKERS_S:
        try:
            # A wait is one of the current client, which may be the user's own.
            with client.as_current():
                found: set[Any] = distributed.wait(out, LOOK_S, "FIRST_COMPLETED").done
            return found
        except TimeoutError:
            busy = any(client.processing().values())
            idle_s = 0.0 if busy else idle_s + LOOK_S
    raise SolverFailed(word(text, s=idle_s))


def check_address(cluster: Any) -> None:
    """Refuse a text that is no address, which a client would long wait for.

    Parameters
    ----------
    cluster : str or distributed.Client

    Raises
    ------
    InputError
        If scheme, host or port are not what they should be.
    """
    if not isinstance(cluster, str) or cluster.startswith("inproc://"):
        return
    found = _ADDRESS.fullmatch(cluster)
    if not found or not 0 < int(found[1]) <= MOST_PORT:
        message = word("'{cluster}' is no address of a scheduler", cluster=cluster)
        remedy = "Write SCHEME://HOST:PORT, for instance tcp://10.0.0.1:8786."
        raise InputError([Problem("dask", None, None, message, remedy)])


def client_of(distributed: Any, cluster: Any) -> AbstractContextManager[Any]:
    """Connect to a cluster, or take a client as it is.

    Raises
    ------
    SolverFailed
        If there is no cluster.
    """
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


def ready(client: Any) -> None:
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


def _held(distributed: Any, client: Any, study: Study) -> Any:
    """Bring the study to the cluster once; a lost copy is made anew."""
    payload = pickle.dumps(study)
    if len(payload) > MOST_IN_GRAPH:
        payload = client.scatter(payload, broadcast=True, timeout=ANSWER_S)
    held = client.submit(_received, payload, pure=False)
    some_done(distributed, client, [held])
    error = held.exception(timeout=ANSWER_S)
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
