"""Tests that a sweep that is killed goes on where it stopped."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sweeping import PATIENCE_S, repeatable, scenario

import siting
from siting import Design
from siting.errors import InputError
from siting.sweep import files
from siting.sweep.dataset import MANIFEST
from siting.sweep.lock import LOCK
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


def test_hubs_stay_what_they_were(tmp_path: Path) -> None:
    """Tests that figures by hub are there for all runs or for none."""
    few, many = {"demand": [0.9]}, {"demand": [0.9, 1.0]}
    for hubs in (False, True):
        out = tmp_path / str(hubs)
        siting.sweep(scenario(), few, out, hubs=hubs)
        told = f"hubs = {str(hubs).lower()}"
        with pytest.raises(InputError, match=told):
            siting.sweep(scenario(), many, out, hubs=not hubs, resume=True)
        assert json.loads((out / MANIFEST).read_text())["hubs"] == hubs


def test_a_small_sweep_grows(tmp_path: Path) -> None:
    """Tests that runs of few, which share no start, are runs of many as well."""
    few, many = (Design.monte_carlo(SPREADS, count, 4) for count in (3, 6))
    siting.sweep(scenario(), few, tmp_path / "out")
    found = siting.sweep(scenario(), many, tmp_path / "out", resume=True)
    plain = siting.sweep(scenario(), many)
    assert found.runs["run"].tolist() == plain.runs["run"].tolist()
    costs = (one.runs["cost_cny"].tolist() for one in (found, plain))
    assert next(costs) == pytest.approx(next(costs), rel=1e-9, nan_ok=True)


def crossed(draws: int) -> Design:
    """Give a grid times draws: with more draws, later runs have other numbers."""
    grid = Design.grid({"transfer_basis": ["lease", "volume"]})
    return grid * Design.monte_carlo({"demand": "0.5:0.9"}, draws, 0)


def rows_of(found: Sweep) -> list[tuple[object, ...]]:
    """Give the values of a sweep's runs, which have their numbers."""
    assert found.runs["number"].tolist() == list(range(len(found.runs)))
    return list(found.runs[list(found.names)].itertuples(index=False, name=None))


def test_numbers_are_those_of_the_design_that_has_grown(tmp_path: Path) -> None:
    """Tests that every run has the number of its row, for every reader."""
    out = tmp_path / "out"
    siting.sweep(scenario(), crossed(4), out, hubs=True)
    found = siting.sweep(scenario(), crossed(8), out, hubs=True, resume=True)
    assert rows_of(found) == list(crossed(8).rows)
    assert rows_of(Sweep.load(out)) == list(crossed(8).rows)
    assert sorted(pd.read_parquet(out)["number"]) == list(range(16))
    assert found.hubs is not None
    assert found.hubs["run"].drop_duplicates().tolist() == found.runs["run"].tolist()
    assert found.scenario(4).settings.transfer_basis == "lease"
    assert found.scenario(8).settings.transfer_basis == "volume"
    turned = Design(found.names, crossed(8).rows[::-1])
    again = siting.sweep(scenario(), turned, out, hubs=True, resume=True)
    assert rows_of(again) == list(turned.rows)


@pytest.mark.parametrize("settled", [False, True])
def test_all_numbers_are_new_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """Tests a kill before and after the rename that makes the new numbers count."""
    out = tmp_path / "out"
    before = siting.sweep(scenario(), crossed(4), out).runs
    assert parts(out) > 1

    step = "_place" if settled else "write_part"
    work = getattr(files, step)

    def killed(*given: Any) -> None:
        if any(out.glob("_renumbered" if settled else "._renumbered/*")):
            raise KeyboardInterrupt
        work(*given)

    monkeypatch.setattr(files, step, killed)
    turned = Design(crossed(4).names, crossed(4).rows[::-1])
    with pytest.raises(KeyboardInterrupt):
        siting.sweep(scenario(), turned, out, resume=True)
    monkeypatch.undo()
    order = before["run"].tolist()
    assert Sweep.load(out).runs["run"].tolist() == (order[::-1] if settled else order)
    found = siting.sweep(scenario(), turned, out, resume=True)
    assert rows_of(found) == list(turned.rows)
    assert {path.name for path in out.iterdir()} == {
        *(f"part-{n + 1:06}.parquet" for n in range(parts(out))),
        *(LOCK, MANIFEST),
    }


def test_two_sweeps_on_one_folder(tmp_path: Path) -> None:
    """Tests that a second writer is refused while the first lives, and no longer.

    Otherwise both lose runs of the other: their parts have the same names.
    """
    folder, out = scenario().save(tmp_path / "case"), tmp_path / "out"
    case = siting.load(folder)
    with started(folder, out) as process:
        wait_for_parts(out, 1)
        with pytest.raises(InputError, match="another sweep writes"):
            siting.sweep(case, design(), out, hubs=True, resume=True)
        process.kill()
        process.wait(timeout=PATIENCE_S)
    refused: list[str] = []

    def second(_: object) -> None:
        if not refused:
            with pytest.raises(InputError) as told:
                siting.sweep(case, design(), out, hubs=True, resume=True)
            refused.append(str(told.value))

    found = siting.sweep(case, design(), out, hubs=True, resume=True, progress=second)
    assert "another sweep writes" in refused[0]
    assert found.runs["run"].is_unique
    assert len(found.runs) == RUNS


def test_where_there_are_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Tests that a sweep goes on without, and finds out what another has done."""
    fcntl = pytest.importorskip("fcntl", reason="no such locks here")

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    out, grid = tmp_path / "out", {"demand": [0.9, 1.0, 1.1]}
    assert len(siting.sweep(scenario(), grid, out).runs) == 3
    assert "one sweep only" in caplog.text
    kept = next(out.glob("part-*.parquet"))
    shutil.copy(kept, out / "part-000099.parquet")
    with pytest.raises(InputError, match="rows of 3 runs"):
        siting.sweep(scenario(), grid, out, resume=True)

    def lost(_: object) -> None:
        for path in (tmp_path / "new").glob("part-000001.parquet"):
            path.unlink()

    with pytest.raises(InputError, match="and should of 3"):
        siting.sweep(scenario(), grid, tmp_path / "new", progress=lost)


@pytest.mark.parametrize("name", ["part-000001.parquet", "part-x.parquet"])
def test_a_damaged_part(tmp_path: Path, name: str) -> None:
    """Tests that it is named with a remedy, and that the remedy helps."""
    out, grid = tmp_path / "out", {"demand": [0.9, 1.0, 1.1]}
    before = siting.sweep(scenario(), grid, out)
    (out / name).write_text("junk")
    with pytest.raises(InputError, match=rf"{name}' cannot be read"):
        Sweep.load(out)
    with pytest.raises(InputError, match=r"Take the file away"):
        siting.sweep(scenario(), grid, out, resume=True)
    (out / name).unlink()
    after = siting.sweep(scenario(), grid, out, resume=True)
    pd.testing.assert_frame_equal(
        repeatable(after.runs), repeatable(before.runs), check_exact=True
    )


def test_a_damaged_manifest(tmp_path: Path) -> None:
    """Tests that a folder that does not say what it holds is left alone."""
    siting.sweep(scenario(), {"demand": [0.9]}, tmp_path / "out")
    for text in ("{", "[]", "{}"):
        (tmp_path / "out" / MANIFEST).write_text(text)
        with pytest.raises(InputError, match="something else"):
            siting.sweep(scenario(), {"demand": [0.9]}, tmp_path / "out", resume=True)


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
