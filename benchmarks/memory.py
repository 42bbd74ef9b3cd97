"""A case that is never written: how long the solver takes for ten million workloads."""

import json
import sys
import time

import pyarrow as pa

from benchmarks.case import Size, tables
from benchmarks.clock import PROCESS, memory_mb, used_s


def solved_in_memory(workloads: int) -> dict[str, float]:
    """Draw a case and solve it, without reading, tables or writing.

    Parameters
    ----------
    workloads : int

    Returns
    -------
    dict of str to float
        Wall and processor seconds from the scenario to proven decisions, the gap, and
        the memory that the process held before and, at most, meanwhile.
    """
    import siting
    from siting.aggregate.run import optimise_large
    from siting.model.instance import Instance
    from siting.model.objective import parse_stages
    from siting.optimise import Clock, value_of

    scenario = siting.Scenario.from_tables(**tables(Size(workloads)))
    # What was drawn is gone, but Arrow would keep its memory.
    pa.default_memory_pool().release_unused()
    before = memory_mb("VmRSS")
    if before:
        # From here on the kernel counts the peak anew.
        (PROCESS / "clear_refs").write_text("5")
    started, cpu = time.perf_counter(), used_s()
    stages = parse_stages("cost", unserved=False)
    result, _ = optimise_large(Instance(scenario), stages, clock=Clock())
    wall, cpu = time.perf_counter() - started, used_s() - cpu
    objective = value_of(result)
    return {
        "workloads": workloads,
        "wall_s": wall,
        "cpu_s": cpu,
        "gap": (objective - result.bound) / objective,
        "before_mb": before,
        "peak_mb": memory_mb("VmHWM"),
    }


if __name__ == "__main__":
    print(json.dumps(solved_in_memory(int(float(sys.argv[1])))))
