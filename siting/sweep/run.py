"""The sweep: a design over a scenario, solved run by run."""

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting import __version__
from siting.arguments import check_arguments
from siting.errors import InputError, Problem
from siting.fingerprint import fingerprint
from siting.scenario import Scenario
from siting.sweep.change import check_values
from siting.sweep.cluster import check_address, on_cluster
from siting.sweep.columns import in_columns
from siting.sweep.dataset import FORMAT, Dataset
from siting.sweep.deal import Deal, Finished
from siting.sweep.design import SAMPLES, Design, design_of, is_whole
from siting.sweep.inputs import entwined, find_input
from siting.sweep.processes import here, in_processes
from siting.sweep.records import OPTIMAL, hub_schema, schema_of
from siting.sweep.result import Sweep
from siting.sweep.study import Study
from siting.words import word

SHARED_FROM = 4


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes
    ----------
    done, total : int
        Runs, those of earlier sessions included.
    faults : int
        Runs of this session without an optimum.
    seconds_left : float or None
        Estimate; None before the first run is done.
    """

    done: int
    total: int
    faults: int
    seconds_left: float | None


def sweep(
    scenario: Scenario,
    design: object,
    out: str | Path | None = None,
    *,
    workers: int | None = 1,
    dask: Any = None,
    resume: bool = False,
    baselines: bool = False,
    hubs: bool = False,
    objective: str | Iterable[str] = "cost",
    samples: int = SAMPLES,
    seed: int = 0,
    time_limit_s: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Sweep:
    """Solve a scenario for many values of its inputs.

    Parameters
    ----------
    scenario : Scenario
    design : Design, mapping, DataFrame or path
        Inputs by name and their values: a mapping of names to lists (a grid) or to
        distributions such as ``"0.8:1.2"`` (drawn by Latin hypercube), a table with a
        column an input, a :class:`siting.Design`, or a TOML file. See
        ``docs/sweeps.md``.
    out : path, optional
        Folder of the dataset; without it results are in memory only.
    workers : int or None
        Processes; None: one for each core.
    dask : str or distributed.Client, optional
        A Dask cluster instead of processes.
    resume : bool
        Whether to take up a sweep that was stopped; what is done is not repeated.
    baselines, hubs : bool
        Whether to work out what each plan is compared with (several times the work),
        and to keep figures by hub.
    objective : str or iterable of str
        As for :func:`siting.solve`.
    samples, seed : int
        Of a mapping with distributions.
    time_limit_s : float, optional
        For each run.
    progress : callable, optional
        Told of every chunk that is done.

    Returns
    -------
    Sweep

    Raises
    ------
    InputError
        For an input that is not there, a value of the wrong kind, or a folder that
        holds something else or in which another sweep writes.
    SolverFailed
        If workers cannot be started or the cluster is lost.
    """
    if not isinstance(objective, str) and isinstance(objective, Iterable):
        objective = list(objective)
    check_arguments(scenario, objective=objective, time_limit_s=time_limit_s)
    if workers is not None and not is_whole(workers, least=1):
        message = word("'{text}' is no number of workers", text=workers)
        remedy = "Give 1 or more, or None for one on each core."
        raise InputError([Problem("workers", None, None, message, remedy)])
    check_address(dask)
    plan = design_of(design, samples, seed)
    study = study_of(scenario, plan, objective, baselines, hubs, time_limit_s)
    plan = in_columns(plan)
    ids = plan.ids(code_of(scenario, study))
    schema = schema_of(scenario, plan, baselines=baselines)
    folder = None if out is None else Path(out)
    dataset = Dataset(folder, schema, hub_schema() if hubs else None)
    manifest = _manifest(scenario, plan, study)
    with dataset.opened(manifest, ids, resume=resume) as settled:
        study.shared = settled["shared"]
        todo = [number for number, run in enumerate(ids) if run not in dataset.done]
        deal = Deal(plan.rows, todo)
        count = min(workers or os.cpu_count() or 1, max(1, len(todo)))
        if dask is not None and todo:
            batches = on_cluster(study, deal, dask)
        elif count > 1:
            batches = in_processes(study, deal, count)
        else:
            batches = here(study, deal)
        _collect(batches, dataset, plan, ids, progress)
        runs, by_hub = dataset.frames()
    return Sweep(plan.names, runs, by_hub, folder, study)


def study_of(
    scenario: Scenario,
    design: Design,
    objective: str | Iterable[str] = "cost",
    baselines: bool = False,
    hubs: bool = False,
    time_limit_s: float | None = None,
) -> Study:
    """Find the inputs of a design, and check their values.

    Raises
    ------
    InputError
        With the nearest name for an input that is not there.
    """
    from siting.model.objective import parse_stages

    problems: list[Problem] = []
    inputs = []
    for place, name in enumerate(design.names):
        try:
            found = find_input(scenario, name)
            check_values(scenario, found, [row[place] for row in design.rows])
            inputs.append(found)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    words = objective if isinstance(objective, str) else tuple(objective)
    parse_stages(words, unserved=False)
    inputs = entwined(inputs)
    slow = [place for place, item in enumerate(inputs) if not item.quick]
    starts = {tuple(row[place] for place in slow) for row in design.rows}
    shared = len(slow) < len(inputs) and len(design) >= SHARED_FROM * len(starts)
    return Study(scenario, tuple(inputs), words, baselines, hubs, time_limit_s, shared)


def code_of(scenario: Scenario, study: Study) -> str:
    """Give a code of everything a run's figures hang on, apart from its values."""
    settings = dataclasses.replace(scenario.settings, name="", title="", workloads="")
    found = fingerprint(dataclasses.replace(scenario, settings=settings))
    found.pop("sources", None)
    options = [study.objective, study.baselines, study.time_limit_s]
    text = json.dumps([found, options], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(scenario: Scenario, design: Design, study: Study) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": 1,
        "siting": __version__,
        "scenario": scenario.settings.name,
        "inputs": list(design.names),
        "runs": len(design),
        "objective": study.objective,
        "baselines": study.baselines,
        "hubs": study.hubs,
        "shared": study.shared,
    }


def _collect(
    batches: Iterator[Finished],
    dataset: Dataset,
    design: Design,
    ids: list[str],
    progress: Callable[[Progress], None] | None,
) -> None:
    """Write runs as they come in."""
    started = time.perf_counter()
    before, faults = len(dataset.done), 0
    for finished in batches:
        rows, hubs = [], []
        for number, (figures, by_hub) in finished:
            values = dict(zip(design.names, design.rows[number], strict=True))
            rows.append({"run": ids[number], "number": number, **values, **figures})
            hubs += [{"run": ids[number], **row} for row in by_hub]
            faults += figures["status"] != OPTIMAL
        dataset.add(rows, hubs)
        if progress is not None:
            done = len(dataset.done)
            spent = time.perf_counter() - started
            left = len(ids) - done
            rate = (done - before) / spent
            seconds = left / rate if rate else None
            progress(Progress(done, len(ids), faults, seconds))
