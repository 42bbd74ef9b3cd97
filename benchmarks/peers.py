"""Who takes part, and how a case is solved by each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.clock import Clock, used_s

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from benchmarks.program import Program

THOUSAND = 1000.0
SOME_MW = 1e-9
INSIDE = {
    "build": ("groups", "buckets", "build"),
    "solve": ("solve", "paths", "oracle"),
}


@dataclass(frozen=True)
class Answer:
    """What a run found.

    Attributes
    ----------
    objective : float
        In thousands of CNY.
    gap : float or None
        Proven by the run itself; None where it says nothing.
    """

    objective: float
    gap: float | None = None


Solve = Callable[["Path", "Path", Clock, float], Answer]


@dataclass(frozen=True)
class Peer:
    """One way to solve a case.

    Attributes
    ----------
    needs : str
        Library that must be there.
    """

    name: str
    needs: str
    solve: Solve

    @property
    def is_there(self) -> bool:
        """Whether the library is installed."""
        return find_spec(self.needs) is not None


def _siting(method: str) -> Solve:
    def solve(folder: "Path", out: "Path", clock: Clock, limit_s: float) -> Answer:
        from siting import load
        from siting import solve as solved
        from siting.errors import SolverFailed

        if method == "aggregated":
            # Loaded at its first use.
            import_module("siting.aggregate.run")
        with clock.phase("read"):
            scenario = load(folder)
        started, cpu = time.perf_counter(), used_s()
        try:
            plan = solved(
                scenario, method=method, baselines=False, time_limit_s=limit_s
            )
        except SolverFailed as error:
            raise TimeoutError from error
        wall, cpu = time.perf_counter() - started, used_s() - cpu
        found = plan.manifest
        # The rest of the call makes the tables. Processor time is known for the whole
        # call alone, and is shared out like the wall time.
        parts = {
            phase: sum(found["seconds"].get(name, 0.0) for name in names)
            for phase, names in INSIDE.items()
        }
        parts["read_back"] = wall - sum(parts.values())
        for phase, seconds in parts.items():
            clock.add(phase, seconds, cpu * seconds / wall)
        with clock.phase("write"):
            plan.save(out, format="parquet")
        return Answer(found["objective"] / THOUSAND, found["gap"])

    return solve


def _other(module: str, function: str, *options: str) -> Solve:
    """Load only what this one needs, as its users would."""

    def run(folder: "Path", out: "Path", clock: Clock, limit_s: float) -> Answer:
        from benchmarks.program import read

        solve = getattr(import_module(f"benchmarks.{module}"), function)
        with clock.phase("read"):
            program = read(folder)
        objective, values = solve(program, clock, limit_s, *options)
        with clock.phase("write"):
            _write(program, values, out)
        return Answer(objective)

    return run


def _write(program: "Program", values: "np.ndarray", out: "Path") -> None:
    """Write the placement, as any user would."""
    import numpy as np
    import pandas as pd

    mw = values[: program.cost.size].reshape(program.cost.shape)
    cell, period = np.nonzero(mw > SOME_MW)
    out.mkdir()
    pd.DataFrame(
        {"workload": program.workload[cell], "hub": program.hub[cell]}
        | {"period": period, "it_mw": mw[cell, period]}
    ).to_parquet(out / "placement.parquet")


PEERS = tuple(
    Peer(*peer)
    for peer in (
        ("siting aggregated", "siting", _siting("aggregated")),
        ("siting plain", "siting", _siting("plain")),
        ("highspy", "highspy", _other("matrices", "highs", "choose")),
        ("highspy ipm", "highspy", _other("matrices", "highs", "ipm")),
        ("SciPy linprog", "scipy", _other("matrices", "linprog")),
        ("PuLP + HiGHS", "pulp", _other("modellers", "pulp", "highs")),
        ("PuLP + CBC", "pulp", _other("modellers", "pulp", "cbc")),
        ("linopy", "linopy", _other("modellers", "linopy")),
        ("PyPSA", "pypsa", _other("modellers", "pypsa")),
        ("OR-Tools PDLP", "ortools", _other("matrices", "pdlp")),
    )
)
