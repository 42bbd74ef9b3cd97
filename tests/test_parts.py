"""Tests of scenarios whose workloads lie in parts, and of solving them on a cluster."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sweeping import local_cluster, tables
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.errors import InputError, SolverFailed
from siting.parts import run
from siting.parts.part import Part, Source, load
from siting.tables.datapackage import describe_folder

COUNT = 160
POLICY = """
[[placement_min]]
workload = "w150"
hub = "east"
share = 0.5

[[placement_max]]
class = "rare"
side = "west"
share = 0.5

[[green_min]]
workload = "w3"
share = 0.35
"""


def case(folder: Path, parts: int = 3, policy: str = "") -> Path:
    """Write a scenario whose workloads lie in parts; one class is in the last alone."""
    random = np.random.default_rng(1)
    given = tables()
    kinds = given["workloads"]
    frame = kinds.iloc[random.integers(0, len(kinds), COUNT)].reset_index(drop=True)
    frame["id"] = [f"w{number}" for number in range(COUNT)]
    frame.loc[COUNT - 5 :, "class"] = "rare"
    frame["green_share_min"] = np.where(frame.index % 40 == 4, 0.35, 0.0)
    size = random.lognormal(0.0, 1.0, COUNT)
    frame["it_mw"] = 60.0 * size / size.sum()
    for name in ("to_hub_gbps_per_mw", "from_hub_gbps_per_mw"):
        frame[name] = random.lognormal(-1.0, 1.0, COUNT)
    siting.Scenario.from_tables(**given | {"workloads": frame}).save(folder)
    (folder / "workloads.csv").unlink()
    (folder / "workloads.parquet").mkdir()
    for number, rows in enumerate(np.array_split(np.arange(COUNT), parts)):
        frame.iloc[rows].to_parquet(part(folder, number))
    if policy:
        (folder / "policy.toml").write_text(policy, encoding="utf-8")
    return folder


def part(folder: Path, number: int) -> Path:
    """Give the file of one part."""
    return folder / "workloads.parquet" / f"part.{number}.parquet"


def change(folder: Path, number: int, row: int, column: str, value: object) -> str:
    """Change one cell of one part; give the file and line in which problems name it."""
    path = part(folder, number)
    frame = pd.read_parquet(path).reset_index(drop=True)
    cells = frame[column].astype(object)
    cells[row] = value
    frame[column] = cells.astype(str)
    frame.to_parquet(path)
    return f"{path.relative_to(folder).as_posix()}:{row + 2}: {column}: "


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, Any]]:
    """Give the address of a cluster of two workers and a client."""
    reason = "distributed (the extra siting[dask]) is not installed"
    distributed = pytest.importorskip("distributed", reason=reason)
    with local_cluster(distributed) as found:
        yield found


def same_as_whole(folder: Path, found: siting.Plan, place: Path) -> siting.Plan:
    """Check a plan over parts against that of the joined table; give it whole."""
    plain = siting.solve(siting.load(folder), method="plain", baselines=False)
    assert found.cost_cny == pytest.approx(plain.cost_cny, rel=1e-6)
    report = siting.audit(place)
    report.raise_if_wrong()
    assert abs(report.gap) <= 1e-6
    assert report.bound == pytest.approx(found.manifest["bound"], rel=1e-6)
    whole = siting.Plan.load(place)
    assert list(whole.placement["workload"].unique()) == [
        f"w{number}" for number in range(COUNT)
    ]
    share = whole.placement.groupby("workload")["share"].sum()
    np.testing.assert_allclose(share, 1.0, rtol=1e-9)
    drawn = whole.placement.groupby("hub")["it_mw"].sum()
    hubs = found.hubs.set_index("hub")["it_mw"]
    pd.testing.assert_series_equal(
        drawn.reindex(hubs.index, fill_value=0.0), hubs, rtol=1e-9
    )
    return whole


@pytest.mark.filterwarnings("ignore")
def test_parts_give_the_optimum_of_the_whole(
    tmp_path: Path, cluster: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests three parts on two workers, one of which is killed once all is loaded.

    Groups are cut in two, so that without finer atoms the optimum is out of reach, and
    without loading a part anew there is no answer.
    """
    monkeypatch.setattr(run, "SLICES", 2)
    monkeypatch.setattr(run, "LEAST_SLICES", 2)
    folder, place = case(tmp_path / "case"), tmp_path / "plan"
    address, client = cluster
    pids: list[int] = []

    def kill(phase: str) -> None:
        if phase == "finding the optimum":
            pids.extend(client.run(os.getpid).values())
            os.kill(pids[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    found = siting.solve_parts(folder, place, address, baselines=False, progress=kill)
    assert pids
    assert len(found.scenario.workloads) < COUNT
    whole = same_as_whole(folder, found, place)
    assert len(whole.schedule)
    package = json.loads((place / "scenario" / "datapackage.json").read_text())
    (paths,) = (r["path"] for r in package["resources"] if r["name"] == "workloads")
    assert paths == [f"workloads.parquet/part-{n:05}.parquet" for n in (1, 2, 3)]


@pytest.mark.filterwarnings("ignore")
def test_limits_may_name_what_is_in_one_part(
    tmp_path: Path, cluster: tuple[str, Any]
) -> None:
    """Tests limits on two workloads and a class; other parts would not know them."""
    folder = case(tmp_path / "case", policy=POLICY)
    place = tmp_path / "plan"
    found = siting.solve_parts(folder, place, cluster[1], baselines=False)
    whole = same_as_whole(folder, found, place)
    shares = whole.placement.set_index(["workload", "hub"])["share"]
    assert shares["w150", "east"] >= 0.5 - 1e-9
    greens = whole.limits.loc[whole.limits["kind"] == "green", "subject"]
    assert {"0", *(f"workload:w{number}" for number in (4, 44, 84, 124))} == set(greens)


def told(work: Any) -> list[str]:
    """Give the problems that something tells."""
    with pytest.raises(InputError) as caught:
        work()
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.filterwarnings("ignore")
def test_problems_of_all_parts_are_told_at_once(
    tmp_path: Path, cluster: tuple[str, Any]
) -> None:
    """Tests three wrong rows in three parts: the same is told as on one machine."""
    folder = case(tmp_path / "case")
    wrong = [
        change(folder, 0, 5, "it_mw", "lots"),
        change(folder, 1, 7, "origin", "nowhere"),
        change(folder, 2, 0, "manner", "sometimes"),
    ]
    spread = told(lambda: siting.solve_parts(folder, tmp_path / "plan", cluster[1]))
    assert all(line.startswith(at) for line, at in zip(spread, wrong, strict=True))
    assert sorted(spread) == sorted(told(lambda: siting.load(folder)))
    assert not (tmp_path / "plan").exists()


@pytest.mark.filterwarnings("ignore")
def test_ids_are_unique_over_parts(tmp_path: Path, cluster: tuple[str, Any]) -> None:
    """Tests that an id of the first part is not taken in the third one."""
    folder = case(tmp_path / "case")
    place = change(folder, 2, 3, "id", "w7")
    (line,) = told(lambda: siting.solve_parts(folder, tmp_path / "plan", cluster[1]))
    assert line.startswith(f"{place}'w7' is there already")
    assert "workloads.parquet/part.0.parquet:9" in line
    assert [line] == told(lambda: siting.load(folder))


@pytest.mark.filterwarnings("ignore")
def test_what_does_not_fit_is_explained(
    tmp_path: Path, cluster: tuple[str, Any]
) -> None:
    """Tests a tenth of the room: the report is there, and no plan is left behind."""
    folder = case(tmp_path / "case")
    hubs = pd.read_csv(folder / "hubs.csv")
    hubs["it_capacity_mw"], hubs["build_max_mw"] = hubs["it_capacity_mw"] / 10, 0.0
    hubs.to_csv(folder / "hubs.csv", index=False)
    with pytest.raises(siting.Infeasible, match="told as one") as caught:
        siting.solve_parts(folder, tmp_path / "plan", cluster[1])
    assert caught.value.report is not None
    assert "room" in caught.value.explanation
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_a_table_in_parts_is_one_table(tmp_path: Path) -> None:
    """Tests that parts are read as the file that they were cut from."""
    folder = case(tmp_path / "case")
    joined = siting.load(folder)
    paths = sorted((folder / "workloads.parquet").iterdir())
    whole = pd.concat(map(pd.read_parquet, paths), ignore_index=True)
    assert joined.equals(joined.replace(workloads=whole))
    assert list(joined.workloads.index) == [f"w{number}" for number in range(COUNT)]
    package = json.loads(describe_folder(folder))
    (paths,) = (r["path"] for r in package["resources"] if r["name"] == "workloads")
    assert paths == [f"workloads.parquet/part.{number}.parquet" for number in range(3)]


def test_what_cannot_be_in_parts(tmp_path: Path) -> None:
    """Tests that all that stands in the way is told before a cluster is asked."""
    folder = case(tmp_path / "case")
    for path in (folder / "workloads.parquet").iterdir():
        path.unlink()
    (line,) = told(lambda: siting.load(folder))
    assert "holds no Parquet files" in line
    (folder / "current.csv").write_text("workload,hub,share\n", encoding="utf-8")
    lines = told(lambda: siting.solve_parts(folder, tmp_path / "plan", "tcp://x:1"))
    assert ["not in parts" in lines[0], "a table of them all" in lines[1]] == [True] * 2


def test_a_part_that_has_changed_is_not_loaded_anew(tmp_path: Path) -> None:
    """Tests a file that is older than at the start; its atoms would be others."""
    folder = case(tmp_path / "case")
    file = part(folder, 0)
    now = file.stat().st_mtime_ns
    source = Source(folder, file, {}, 8, "en", now)
    rest = pd.read_parquet(part(folder, 2))
    assert isinstance(load(source, rest), Part)
    with pytest.raises(SolverFailed, match="has changed"):
        load(replace(source, changed_ns=now - 1), rest)


def test_options_that_do_not_go_with_parts() -> None:
    """Tests that the command tells all of them at once, with exit code 2."""
    words = ["solve", "china", "--dask", "tcp://x:1", "--lp", "a.lp", "--solver", "X"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    for option in ("--lp", "--solver", "--output"):
        assert f"{option}: " in result.stderr


@pytest.mark.filterwarnings("ignore")
def test_the_command(tmp_path: Path, cluster: tuple[str, Any]) -> None:
    """Tests that the command writes a plan that the command audit agrees with."""
    folder, place = case(tmp_path / "case", parts=2), tmp_path / "plan"
    words = ["solve", str(folder), "--dask", cluster[0], "-o", str(place), "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["gap"] <= 1e-6
    assert facts["audit"] is None
    assert CliRunner().invoke(app, ["audit", str(place)]).exit_code == 0
