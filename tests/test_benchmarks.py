"""Tests that the benchmark compares like with like."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

import siting

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import matrices, modellers  # noqa: E402 - it is beside the tests
from benchmarks.__main__ import given_up  # noqa: E402 - it is beside the tests
from benchmarks.case import Size, tables, write  # noqa: E402 - it is beside the tests
from benchmarks.clock import PHASES, Clock  # noqa: E402 - it is beside the tests
from benchmarks.program import read  # noqa: E402 - it is beside the tests
from benchmarks.report import OURS, medians  # noqa: E402 - it is beside the tests


@pytest.mark.filterwarnings("ignore:PULP_CBC_CMD is deprecated:DeprecationWarning")
@pytest.mark.parametrize("size", [Size(300), Size(100, 10, 4)], ids=str)
def test_the_peers_solve_the_same_programme(size: Size, tmp_path: Path) -> None:
    """Tests one optimum by siting, on the scenario, and by others, on the arrays.

    A limit that others left out would show: uplinks and the carbon cap bind.
    """
    folder = write(size, tmp_path / "case")
    plan = siting.solve(siting.load(folder), baselines=False)
    siting.audit(plan).raise_if_wrong()
    binds = plan.limits[plan.limits["worth"] > 0]
    assert {"carbon-cap", "link"} <= set(binds["kind"])
    program = read(folder)
    for solve, options in (
        (matrices.highs, ["choose"]),
        (matrices.linprog, []),
        (modellers.pulp, ["highs"]),
        (modellers.pulp, ["cbc"]),
    ):
        clock = Clock()
        objective, values = solve(program, clock, 60.0, *options)
        assert objective * 1000.0 == pytest.approx(plan.cost_cny, rel=1e-6)
        assert values.size == program.cost.size
        assert set(clock.seconds) <= set(PHASES)
        assert min(clock.seconds.values()) >= 0.0


def test_a_run_of_its_own(tmp_path: Path) -> None:
    """Tests what the process of a run prints, solved and out of time.

    Its memory is its own: `ru_maxrss` would begin with what this process holds.
    """
    held = b"1" * 1_000_000_000
    folder = write(Size(300), tmp_path / "case")
    command = [sys.executable, "-m", "benchmarks.one", "siting aggregated", str(folder)]
    for limit_s, status in (("60", "optimal"), ("1e-9", "time")):
        done = subprocess.run(
            [*command, limit_s, "8"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=240,
        )
        found = json.loads(done.stdout)
        assert found["status"] == status
    assert 0 < found["peak_mb"] < len(held) / 1e6


def test_draws_are_cases_of_their_own() -> None:
    """Tests that a draw can be drawn again, and that no other one stands for it.

    A median over draws, or a peer given up on one for another's sake, would hide them.
    """
    first, second = (tables(Size(40, draw=draw))["workloads"] for draw in (1, 2))
    again = tables(Size(40, draw=2))["workloads"]
    pd.testing.assert_frame_equal(second, again)
    assert not first["it_mw"].equals(second["it_mw"])
    assert str(Size(40)) != str(Size(40, draw=2))
    rows = [
        {"series": "draws", **asdict(Size(40, draw=draw)), "peer": OURS}
        | {"status": "optimal", "objective": 1.0, "gap": 0.0, "wall_s": float(draw)}
        for draw in (1, 2, 2)
    ]
    table = medians(pd.DataFrame(rows))
    assert table["runs"].tolist() == [1, 2]
    assert table["wall_s"].tolist() == [1.0, 2.0]
    failed = rows[0] | {"status": "time"}
    assert given_up(failed, "draws", Size(40))
    assert not given_up(failed, "draws", Size(40, draw=2))
