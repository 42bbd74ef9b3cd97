"""The benchmark: every peer on every case, interleaved, each run in its own process."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.case import Size, write
from benchmarks.limits import physical
from benchmarks.peers import PEERS
from benchmarks.report import publish

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
# Beyond this a run that does not end by itself is ended.
GRACE_S = 30.0
FULL = {
    "workloads": [Size(10**n) for n in range(3, 7)],
    "hubs": [Size(10_000, hubs) for hubs in (20, 50)],
    "periods": [Size(300, 10, periods) for periods in (24, 72, 288)],
    "draws": [Size(10_000, draw=draw) for draw in range(1, 7)],
}
QUICK = {
    "workloads": [Size(1000), Size(3000)],
    "hubs": [Size(500, 20)],
    "periods": [Size(20, 10, 24)],
    "draws": [Size(1000, draw=draw) for draw in (1, 2)],
}
# What siting alone can do at that size or in that form.
ALONE = {
    "workloads": [Size(30_000), Size(300_000), Size(3_000_000)],
    "hubs": [Size(10_000, hubs) for hubs in (100, 200)],
    "links": [Size(10_000, links=links) for links in (30, 100, 300, 1000)],
    "periods": [
        *(Size(100_000, 10, periods, "pinned") for periods in (8, 24, 72, 288)),
        *(Size(10_000, 10, periods) for periods in (8, 24, 72)),
        *(Size(1_000, 10, periods, "mixed") for periods in (8, 24, 72)),
        *(Size(100_000, 10, periods, "mixed") for periods in (24, 72)),
        Size(100_000, 10, 72, "bursting"),
        *(Size(1_000, 10, periods, "owned") for periods in (24, 72)),
        Size(10_000, 10, 24, "owned"),
    ],
    "draws": [Size(100_000, 10, 72, "mixed", draw=draw) for draw in (1, 2, 3)],
}
# Draws that are no larger than others tell nothing of the growth.
USUAL = [name for name in ALONE if name != "draws"]
# What siting does alone may take so many times as long.
PATIENCE = 4
IN_MEMORY = 10_000_000


def run(peer: str, folder: Path, limit_s: float, memory_gb: float) -> dict[str, Any]:
    """Run a peer on a case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.one", peer, str(folder)]
    command += [str(limit_s), str(memory_gb)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s + GRACE_S,
        )
    except subprocess.TimeoutExpired:
        return {"status": "time"}
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode == 0 and last.startswith("{"):
        found: dict[str, Any] = json.loads(last)
        return found
    if done.returncode < 0 or "MemoryError" in done.stderr or "alloc" in done.stderr:
        return {"status": "memory"}
    return {"status": "failed", "reason": done.stderr.strip().rpartition("\n")[2]}


def main() -> None:
    """Read the options, run everything, write table and plot."""
    options = _options()
    there = [peer for peer in PEERS if peer.is_there]
    for peer in PEERS:
        if not peer.is_there:
            print(f"{peer.name}: left out, {peer.needs} is not installed")
    names = [p.name for p in there if not options.peers or p.name in options.peers]
    cases = QUICK if options.quick else FULL
    limit = options.limit
    jobs = [(series, size, names, limit) for series in cases for size in cases[series]]
    if not options.quick:
        more = PATIENCE * limit
        jobs += [(s, size, names[:1], more) for s in ALONE for size in ALONE[s]]
    jobs = [
        job
        for job in jobs
        if job[0] in options.series and job[1].workloads <= options.largest
    ]
    if not jobs:
        sys.exit("No case is left: take more of --series, or a larger --largest.")
    rows: list[dict[str, Any]] = []
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for series, size, peers, limit_s in jobs:
            folder = write(size, Path(place) / str(size))
            lost = {row["peer"] for row in rows if given_up(row, series, size)}
            for turn in range(options.repeats):
                for peer in peers:
                    if peer in lost:
                        continue
                    found = run(peer, folder, limit_s, options.memory)
                    head = {"series": series, **asdict(size), "peer": peer}
                    rows.append({**head, "turn": turn, **found})
                    if found["status"] == "optimal":
                        told = f"{found['wall_s']:.2f} s"
                    else:
                        told = f"{found['status']} {found.get('reason', '')}"
                        lost.add(peer)
                    print(f"{size} {peer}: {told}", flush=True)
            text = json.dumps(rows, indent=1)
            (options.output / "runs.json").write_text(text + "\n", encoding="utf-8")
            shutil.rmtree(folder)
        bounds = {}
        growing = [size for series, size, *_ in jobs if series == "workloads"]
        if growing:
            largest = max(growing, key=lambda size: size.workloads)
            bounds = physical(write(largest, Path(place) / "largest"))
    memory = {}
    if growing and options.largest * 10 >= IN_MEMORY and not options.quick:
        print(f"{IN_MEMORY:.0e} workloads in memory", flush=True)
        memory = _in_memory()
    runs = pd.json_normalize(rows)
    publish(runs, bounds, memory, _conditions(options), options.output)
    print(f"written to {options.output}")


def _in_memory() -> dict[str, float]:
    """Solve the case that is never written in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", str(IN_MEMORY)]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def given_up(row: dict[str, Any], series: str, size: Size) -> bool:
    """Whether a run of a smaller case of the series and draw was not solved."""
    here = (size.workloads, size.hubs, size.periods)
    there = (row["workloads"], row["hubs"], row["periods"])
    same = (row["series"], row["draw"]) == (series, size.draw)
    bad = same and row["status"] != "optimal"
    return bad and all(a <= b for a, b in zip(there, here, strict=True))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="small sizes, about a minute")
    add("--output", type=Path, default=HERE / "results", help="folder of the results")
    add("--repeats", type=int, help="runs of each, of which the median counts")
    add("--limit", type=float, help="seconds a run may take")
    add("--memory", type=float, default=8.0, help="GB a run may take")
    add("--largest", type=float, default=1e6, help="workloads of the largest case")
    add("--clock", choices=["wall", "cpu"], default="wall", help="what counts")
    add("--peers", nargs="*", help="names of those that take part")
    told = "which cases; all but draws, unless told"
    add("--series", nargs="+", choices=list(ALONE), default=USUAL, help=told)
    found = parser.parse_args()
    found.limit = found.limit or (5.0 if found.quick else 600.0)
    found.repeats = found.repeats or (1 if found.quick else 3)
    return found


def _conditions(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "clock": options.clock,
        "load at the end": round(os.getloadavg()[0], 1),
        "limit of a run": f"{options.limit:g} s, {options.memory:g} GB",
        "repeats": options.repeats,
    }


if __name__ == "__main__":
    main()
