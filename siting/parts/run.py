"""From a scenario whose workloads lie in parts to a proven plan, on a cluster."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from siting.aggregate.atoms import SLICES
from siting.aggregate.buckets import alike
from siting.aggregate.expand import OF_WORKLOADS, of_workloads
from siting.errors import Infeasible, InputError, Problem, SolverFailed
from siting.explain import explain_infeasible
from siting.extras import require
from siting.fingerprint import fingerprint
from siting.model.extract import Placed
from siting.model.objective import has_costs, parse_stages
from siting.model.worth import duals_table
from siting.optimise import Clock, NoPlanFits, Result
from siting.parts import part as at
from siting.parts.spread import Spread, joined, loaded
from siting.plan import Plan, new_plan, write_manifest
from siting.plan_files import SCENARIO, write_table
from siting.regions import find
from siting.solve import Progress, compared_with, plan_of
from siting.sweep.cluster import check_address, client_of, ready
from siting.tables.collect import POLICY_FILE, table_files
from siting.tables.datapackage import PACKAGE_FILE, describe_folder
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings
from siting.tables.read import parts_of, read_file
from siting.tables.toml import read_toml
from siting.words import spoken, word

# A group is cut into so many atoms in every part, however many there are.
LEAST_SLICES = 16


def solve_parts(
    scenario: str | Path,
    output: str | Path,
    dask: Any,
    *,
    objective: str | Iterable[str] = "cost",
    time_limit_s: float | None = None,
    baselines: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Plan:
    """Solve a scenario whose workloads no machine holds, and write its plan.

    Parameters
    ----------
    scenario : str or path
        The directory, with a folder ``workloads.parquet`` of Parquet files.
    output : str or path
        Where to write the plan; workers must see both directories under these names.
    dask : str or distributed.Client
        Address of a Dask scheduler, or a client.
    objective, time_limit_s, baselines, progress
        As in :func:`siting.solve`.
    overwrite : bool
        Whether a plan that is there may be replaced.
    **settings
        Settings that go before those of ``scenario.toml``.

    Returns
    -------
    Plan
        In which every bucket of workloads stands as one, under the name of its first
        member. Its sums, bound and gap are those of the plan written.

    Raises
    ------
    InputError
        With every problem of every part, or if the place is taken.
    Infeasible
        If no plan fits all limits.
    SolverFailed
        If there is no cluster, it is lost, or the time is over.
    """
    tell, clock = progress or (lambda _: None), Clock(time_limit_s)
    check_address(dask)
    folder = find(scenario).absolute()
    files = _files(folder)
    slices = max(LEAST_SLICES, SLICES // len(files))
    sources = [
        at.Source(folder, f, settings, slices, spoken.get(), f.stat().st_mtime_ns)
        for f in files
    ]
    distributed = require("distributed", "dask")
    with (
        new_plan(output, overwrite=overwrite) as place,
        client_of(distributed, dask) as client,
    ):
        ready(client)
        tell("loading the parts")
        started = time.perf_counter()
        crew = loaded(distributed, client, sources, _named(folder))
        (base,) = crew.run(at.common, [(crew.parts[0],)])
        rows = crew.each(at.rows)
        instance = joined(base, rows)
        groups = alike(instance)
        clock.add("parts", started)
        work = Spread(
            *(instance, groups, groups.of_workload.copy(), clock),
            base.settings.unserved_cny_per_mwh is not None,
            crew=crew,
            base=base,
            ends=np.cumsum([len(part.workloads) for part in rows]),
        )
        plan, result = _solved(work, objective, clock, tell, baselines=baselines)
        tell("writing the tables")
        _write(work, plan, result, place)
    return plan


def _solved(
    work: Spread,
    objective: str | Iterable[str],
    clock: Clock,
    tell: Progress,
    *,
    baselines: bool,
) -> tuple[Plan, Result]:
    """Solve over atoms, and make the plan of the buckets."""
    settings = work.base.settings
    costs = has_costs(work.instance)
    stages = parse_stages(objective, unserved=work.unserved, costs=costs)
    tell("finding the optimum")
    try:
        result = work.optimise(stages, tie_break=settings.tie_break == "latency")
    except NoPlanFits:
        tell("asking why no plan fits")
        found = Infeasible(explain_infeasible(work.instance, clock))
        note = "Workloads that are nearly alike are told as one, named after the first."
        found.explanation = f"{word(note)}\n{found.explanation}"
        found.args = (found.explanation,)
        raise found from None
    buckets = result.model.instance
    compared = []
    if baselines:
        compared = compared_with(work.instance, clock, tell, large=True)
    duals = duals_table(result.decisions, result.outcome)
    options = {
        "solver": "HiGHS",
        "method": "aggregated",
        "time_limit_s": clock.limit_s,
        "tie_break": settings.tie_break,
    }
    scenario = buckets.scenario
    plan = plan_of(scenario, stages, options, result, duals, compared, clock)
    return plan, result


def _write(work: Spread, plan: Plan, result: Result, place: Path) -> None:
    """Write what is of them all here, and what is of single workloads on the workers.

    Raises
    ------
    SolverFailed
        If a worker cannot.
    """
    work.base.save(place / SCENARIO, format="parquet")
    (place / SCENARIO / "workloads.parquet").mkdir()
    own = {}
    for name, table in plan.tables.items():
        if name in at.PLACED or name in OF_WORKLOADS:
            (place / f"{name}.parquet").mkdir()
        if name in OF_WORKLOADS:
            mask = of_workloads(name, table)
            own[name] = table[mask].reset_index(drop=True)
            rest = table[~mask].reset_index(drop=True)
            write_table(rest, place / f"{name}.parquet", "part-00000", ".parquet")
        elif name not in at.PLACED:
            write_table(table, place, name, ".parquet")
    done = work.crew.submit(at.kept, (Placed.of(result.decisions), own))
    parts = zip(work.crew.parts, work.split(work.bucket), work.asked, strict=True)
    jobs = [
        (part, place, f"part-{number:05}", bucket, asked, done)
        for number, (part, bucket, asked) in enumerate(parts, start=1)
    ]
    for trouble in work.crew.run(at.write, jobs):
        if trouble:
            raise SolverFailed(trouble)
    package = describe_folder(place / SCENARIO)
    (place / SCENARIO / PACKAGE_FILE).write_text(package, encoding="utf-8")
    known = fingerprint(work.base)
    write_manifest(plan.manifest | {"scenario_sha256": known}, place)


def _files(folder: Path) -> list[Path]:
    """Give the parts of the workloads.

    Raises
    ------
    InputError
        If there are none, or what would not fit them.
    """
    found = parts_of(folder / "workloads.parquet")
    problems = []
    if not found:
        message = "the workloads are not in parts"
        remedy = "Make it a folder of Parquet files, or solve without a cluster."
        problems.append(Problem("workloads.parquet", None, None, message, remedy))
    for path in table_files(folder):
        whole = path.stem == "workloads" and path.is_file()
        if path.stem == "current" or (found and whole):
            message = "the workloads are in parts, and this is a table of them all"
            remedy = "Take it away; home_hub says where a workload runs today."
            problems.append(Problem(path.name, None, None, message, remedy))
    if problems:
        raise InputError(problems)
    return found


def _named(folder: Path) -> frozenset[str]:
    """Give the workloads that a limit or a price names."""
    policy = read_toml(folder / POLICY_FILE, POLICY_FILE, Findings()).values
    names: set[str] = set()
    for section in ("placement_min", "placement_max", "green_min"):
        limits = policy.get(section, [])
        if isinstance(limits, list):
            found = (limit for limit in limits if isinstance(limit, dict))
            names |= {str(limit.get("workload", "")) for limit in found}
    for path in table_files(folder):
        if path.stem == "placement_costs":
            table = TABLES["placement_costs"]
            records = read_file(path, path.name, table, Findings())
            if records is not None and "workload" in records.frame:
                names |= set(records.frame["workload"].astype(str))
    return frozenset(names)
