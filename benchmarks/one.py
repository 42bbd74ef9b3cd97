"""One run in a process of its own: solves a case by one peer and prints JSON."""

import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.clock import STARTED_S, Clock, memory_mb, used_s
from benchmarks.peers import PEERS


def main(name: str, folder: str, limit_s: str, memory_gb: str) -> None:
    """Run a peer and print what it found, or why it did not."""
    most = int(float(memory_gb) * 1e9)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    peer = next(peer for peer in PEERS if peer.name == name)
    # pandas loads it when it first reads a file, which every peer has it do.
    import_module("pyarrow.dataset")
    clock = Clock()
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as place:
        try:
            out = Path(place) / "out"
            answer = peer.solve(Path(folder), out, clock, float(limit_s))
            found |= asdict(answer) | {"status": "optimal"}
        except TimeoutError:
            found["status"] = "time"
        except MemoryError:
            found["status"] = "memory"
        except LookupError as error:
            found |= {"status": "cannot", "reason": str(error)}
    # Not ru_maxrss of the process itself, which begins with that of its parent. That of
    # a solver's process begins with ours, so that it counts where it is the larger.
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    wall_s, cpu_s = time.perf_counter() - STARTED_S, used_s()
    clock.rest("load", wall_s, cpu_s)
    found |= {"wall": clock.seconds, "cpu": clock.cpu_seconds}
    found |= {"peak_mb": max(memory_mb("VmHWM"), child_mb)}
    found |= {"wall_s": wall_s, "cpu_s": cpu_s}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
