"""Wall time and processor time of each phase of one run, and memory of a process."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Loaded before any peer, and before what peers load.
STARTED_S = time.perf_counter()
PROCESS = Path("/proc/self")
PHASES = ("load", "read", "build", "hand_over", "solve", "read_back", "write")


@dataclass
class Clock:
    """Seconds by phase: on the wall, and of all processors, children included."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what is done inside to a phase."""
        assert name in PHASES, name
        started, cpu = time.perf_counter(), used_s()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - started, used_s() - cpu)

    def add(self, name: str, seconds: float, cpu_seconds: float) -> None:
        """Add to a phase."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.cpu_seconds[name] = self.cpu_seconds.get(name, 0.0) + cpu_seconds

    def rest(self, name: str, seconds: float, cpu_seconds: float) -> None:
        """Count to a phase what a whole run took beyond those counted so far."""
        seconds -= sum(self.seconds.values())
        self.add(name, seconds, cpu_seconds - sum(self.cpu_seconds.values()))


def used_s() -> float:
    """Give the processor time of this process and of its ended children."""
    return sum(os.times()[:4])


def memory_mb(name: str) -> float:
    """Read what Linux keeps of this process: ``VmRSS``, ``VmHWM``; 0 elsewhere."""
    status = PROCESS / "status"
    if not status.exists():
        return 0.0
    lines = status.read_text(encoding="utf-8").splitlines()
    found = next(line for line in lines if line.startswith(f"{name}:"))
    return float(found.split()[1]) / 1024
