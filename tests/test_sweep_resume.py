"""Tests that a sweep that is killed goes on where it stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest
from sweeping import PATIENCE_S, repeatable, scenario

import siting
from siting import Design
from siting.errors import InputError
from siting.sweep.dataset import MANIFEST
from siting.sweep.result import Sweep

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="no such signal here"
)
SPREADS = {"demand": "0.8:4", "power-price.west": "normal(1, 0.1)"}
RUNS = 300
# A background job starts with Ctrl-C ignored, and so do the programs that it starts.
INTERRUPTIBLE = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from siting.cli import main
main()
"""


def design() -> Design:
    """Give what the killed sweeps vary; some of it has no plan."""
    return Design.monte_carlo(SPREADS, RUNS, 4)


@contextmanager
def started(
    folder: Path, out: Path, *words: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the sweep in a process group of its own, of which nothing is left."""
    drawn = [
        f"--vary={name}={spread}".replace(" ", "") for name, spread in SPREADS.items()
    ]
    command = [sys.executable, "-c", INTERRUPTIBLE, "sweep", str(folder), *drawn]
    command += [
        f"--monte-carlo={RUNS}",
        "--seed=4",
        "--hubs",
        f"--output={out}",
        *words,
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder.parent,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)


def parts(out: Path) -> int:
    """Count the parts that are there."""
    return len(list(out.glob("part-*.parquet")))


def wait_for_parts(out: Path, count: int) -> None:
    """Wait until so many parts are there."""
    end = time.monotonic() + PATIENCE_S
    while parts(out) < count:
        assert time.monotonic() < end, "no part was written"
        time.sleep(0.01)


def children(pid: int) -> set[int]:
    """Give all processes below one."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            child = int(path.parent.name)
            found |= {child} | children(child)
    return found


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_sweep_goes_on(tmp_path: Path, workers: str) -> None:
    """Tests that after two kills the dataset is that of an undisturbed sweep."""
    folder, out = scenario().save(tmp_path / "case"), tmp_path / "out"
    done: list[int] = []
    for _ in range(2):
        # Several may have been written before the first kill.
        there = parts(out)
        with started(folder, out, f"--workers={workers}", "--resume") as process:
            wait_for_parts(out, there + 1)
            below = children(process.pid) if Path("/proc").is_dir() else set()
            process.kill()
            process.wait(timeout=PATIENCE_S)
            done.append(len(Sweep.load(out).runs))
            end = time.monotonic() + PATIENCE_S
            while any(Path(f"/proc/{pid}").exists() for pid in below):
                assert time.monotonic() < end, "workers outlive their sweep"
                time.sleep(0.05)
    assert 0 < done[0] < done[1] < RUNS
    before = {path: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    (out / ".part-000099.parquet.part").write_bytes(b"half a part")
    (out / "_hubs" / "part-000099.parquet").write_bytes(b"hubs of no run")
    with started(folder, out, f"--workers={workers}", "--resume") as process:
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    assert {path: path.stat().st_mtime_ns for path in before} == before
    found = Sweep.load(out)
    plain = siting.sweep(siting.load(folder), design(), hubs=True)
    pd.testing.assert_frame_equal(
        repeatable(found.runs), repeatable(plain.runs), check_exact=True
    )
    assert found.hubs is not None
    assert plain.hubs is not None
    pd.testing.assert_frame_equal(found.hubs, plain.hubs, check_exact=True)
    assert set(found.runs["status"]) == {"optimal", "infeasible"}
    assert len(pd.read_parquet(out)) == RUNS


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    """Tests the exit code, the message, and that what is done stays."""
    folder, out = scenario().save(tmp_path / "case"), tmp_path / "out"
    with started(folder, out, "--workers=2") as process:
        wait_for_parts(out, 1)
        os.kill(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "--resume goes on" in told.decode()
    assert 0 < len(Sweep.load(out).runs) < RUNS


def test_a_finished_sweep_repeats_nothing(tmp_path: Path) -> None:
    """Tests that resuming a whole sweep writes nothing, and more runs only those."""
    case, out = scenario(), tmp_path / "out"
    few, many = (Design.monte_carlo(SPREADS, count, 4) for count in (6, 9))
    siting.sweep(case, few, out)
    before = sorted(path.name for path in out.glob("part-*.parquet"))
    again = siting.sweep(case, few, out, resume=True)
    assert sorted(path.name for path in out.glob("part-*.parquet")) == before
    more = siting.sweep(case, many, out, resume=True)
    assert more.runs["number"].tolist() == list(range(9))
    pd.testing.assert_frame_equal(more.runs.iloc[:6], again.runs)
    assert Sweep.load(out).runs.equals(more.runs)


def test_another_sweep_is_left_alone(tmp_path: Path) -> None:
    """Tests that only the same scenario, inputs and objective are taken up."""
    case, out = scenario(), tmp_path / "out"
    grid = {"demand": [0.9, 1.0]}
    siting.sweep(case, grid, out)
    with pytest.raises(InputError, match="already"):
        siting.sweep(case, grid, out)
    for other, values, options in (
        (scenario(settings={"transfer_basis": "volume"}), grid, {}),
        (case, {"demand": [0.9, 1.1]}, {}),
        (case, {"capacity": [0.9, 1.0]}, {}),
        (case, grid, {"objective": "carbon-location"}),
        (case, grid, {"baselines": True}),
    ):
        with pytest.raises(InputError, match="new folder"):
            siting.sweep(other, values, out, resume=True, **options)
    assert len(Sweep.load(out).runs) == 2
    renamed = case.with_settings(title="the same by another name")
    assert len(siting.sweep(renamed, grid, out, resume=True).runs) == 2


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    """Tests that nothing is written into a folder of something else."""
    (tmp_path / "thesis.txt").write_text("three years of work")
    for resume in (False, True):
        with pytest.raises(InputError, match="something else"):
            siting.sweep(scenario(), {"demand": [1.0]}, tmp_path, resume=resume)
    assert not (tmp_path / MANIFEST).exists()


def test_a_sweep_killed_before_its_first_part(tmp_path: Path) -> None:
    """Tests that what is left of the very beginning does not stand in the way."""
    (tmp_path / f".{MANIFEST}.part").write_text("{")
    found = siting.sweep(scenario(), {"demand": [1.0]}, tmp_path)
    assert len(found.runs) == 1
