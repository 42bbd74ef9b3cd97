"""Tests of the command line: exit codes, messages, machine output, no half work."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import siting
from siting.cli import app
from siting.cli.values import gather_settings, parse_capital, parse_setting
from siting.cli.waiting import Waiting
from siting.errors import InputError, SolverFailed

SCENARIO = {
    "scenario.toml": 'name = "tiny"\ntitle = "Two hubs"\n',
    "hubs.csv": (
        "id,side,it_capacity_mw,capex_cny_per_kw,hosting_cny_per_mw_year,pue,grid\n"
        "harbour,east,20,20000,700000,1.4,coast\n"
        "steppe,west,12,20000,600000,1.2,plain\n"
    ),
    "workloads.csv": (
        "id,class,origin,it_mw,rtt_limit_ms,to_hub_gbps_per_mw,home_hub\n"
        "training,training,harbour,8,,0.1,harbour\n"
        "chat,interactive,harbour,3,5,0.4,harbour\n"
    ),
    "tariffs.csv": (
        "basis,hub,price_cny_per_mwh\n"
        "list,harbour,700\nlist,steppe,400\n"
        "contract,harbour,650\ncontract,steppe,300\n"
    ),
    "carbon_factors.csv": (
        "grid,year,location_kg_per_mwh,residual_kg_per_mwh\n"
        "coast,2023,600,650\nplain,2023,700,720\n"
    ),
    "rtt.csv": "origin,hub,rtt_ms\nharbour,harbour,1\nharbour,steppe,30\n",
}
TARIFF = ["--tariff-basis", "list"]
OF_LIST = ["--set", "tariff_basis=list"]


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Folder of a scenario with two hubs and two bases of the power price."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in SCENARIO.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(*words: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def solve(folder: Path, *words: object) -> Result:
    """Solve a scenario on its list prices."""
    return run("solve", folder, *TARIFF, *words)


def refused(result: Result, exit_code: int, *texts: str) -> None:
    """Check that a command ended as it should, with a message and no traceback."""
    assert result.exit_code == exit_code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    for text in texts:
        assert text in result.stderr


def nothing_left(folder: Path) -> None:
    """Check that no temporary file or folder is left beside the scenario."""
    assert [path.name for path in folder.iterdir()] == ["tiny"]


def test_solve_shows_audits_and_saves(scenario: Path, tmp_path: Path) -> None:
    """Tests the whole way: solve, summary, audit, save, and audit again."""
    result = solve(scenario, "-o", tmp_path / "plan")
    assert result.exit_code == 0, result.output
    for text in ("Two hubs", "WHAT THE PLAN SAVES", "audited: the plan agrees"):
        assert text in result.stdout
    assert f"saved: {tmp_path / 'plan'}" in result.stdout
    assert result.stderr == ""
    again = run("audit", tmp_path / "plan")
    assert again.exit_code == 0, again.output
    assert "the plan agrees" in again.stdout


def test_solve_without_output_saves_nothing(scenario: Path, tmp_path: Path) -> None:
    """Tests that a plan is only shown where no folder is named."""
    result = solve(scenario, "--no-audit", "--no-baselines")
    assert result.exit_code == 0, result.output
    assert "not audited" in result.stdout
    assert "not saved" in result.stdout
    nothing_left(tmp_path)


def test_quiet(scenario: Path, tmp_path: Path) -> None:
    """Tests that --quiet shows nothing where nothing is wrong."""
    result = solve(scenario, "--quiet", "-o", tmp_path / "plan")
    assert (result.exit_code, result.output) == (0, "")


def test_solve_json(scenario: Path, tmp_path: Path) -> None:
    """Tests that --json writes one object with the figures, and nothing else."""
    result = solve(scenario, "--json", "-o", tmp_path / "plan")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["ok"] is True
    assert facts["status"] == "optimal"
    assert facts["gap"] == pytest.approx(0.0, abs=1e-6)
    assert facts["contracted_green_of_grade_c"] is None
    assert facts["audit"]["ok"] is True
    assert facts["output"] == str(tmp_path / "plan")
    costs = facts["baselines"]["cost_cny"]
    assert costs["plan"] == pytest.approx(facts["cost_cny"])
    assert costs["upper_bound"] <= costs["plan"] + 1e-6 <= costs["today"] + 2e-6
    # Training (8 MW) goes west, chat (3 MW) stays within its 5 ms.
    electricity = 8760 * (8 * 1.2 * 400 + 3 * 1.4 * 700)
    hosting = 8 * 600_000 + 3 * 700_000
    assert facts["cost_cny"] == pytest.approx(electricity + hosting)


def test_options_change_the_accounting(scenario: Path) -> None:
    """Tests that capital, basis and settings reach the ledger and the summary."""
    result = solve(scenario, "--capital", "new", "--set", "life_years=20")
    assert result.exit_code == 0, result.output
    assert "carried by standing room in: west" in result.stdout
    assert "over 20 years" in result.stdout
    contract = run("solve", scenario, "--tariff-basis", "contract", "--pue", "new")
    assert "power price:  contract" in contract.stdout


def test_all_problems_at_once(scenario: Path, tmp_path: Path) -> None:
    """Tests that spoilt input is told as a whole, with places and remedies."""
    hubs = SCENARIO["hubs.csv"].replace("1.4", "0.9").replace("20,20000", "many,20000")
    (scenario / "hubs.csv").write_text(hubs, encoding="utf-8")
    workloads = SCENARIO["workloads.csv"].replace("training,harbour", "training,harbor")
    (scenario / "workloads.csv").write_text(workloads, encoding="utf-8")
    for result in (solve(scenario, "-o", tmp_path / "plan"), run("check", scenario)):
        refused(result, 2, "hubs.csv:2: pue", "hubs.csv:2: it_capacity_mw")
        assert result.stdout == ""
    nothing_left(tmp_path)


def test_problems_as_json(scenario: Path) -> None:
    """Tests that --json holds every problem with its place and remedy."""
    hubs = SCENARIO["hubs.csv"].replace("1.4", "0.9").replace("1.2", "x")
    (scenario / "hubs.csv").write_text(hubs, encoding="utf-8")
    result = solve(scenario, "--json")
    assert result.exit_code == 2
    report = json.loads(result.stdout)
    assert (report["ok"], report["exit_code"]) == (False, 2)
    rows = {(p["file"], p["row"], p["column"]) for p in report["problems"]}
    assert rows >= {("hubs.csv", 2, "pue"), ("hubs.csv", 3, "pue")}
    assert all(problem["remedy"] for problem in report["problems"])


def test_missing_choice_of_basis(scenario: Path) -> None:
    """Tests that several bases without a choice are refused, naming the bases."""
    refused(run("solve", scenario), 2, "list", "contract")


def test_misspelt_region() -> None:
    """Tests that the nearest region is named."""
    refused(run("solve", "chnia"), 2, "chnia", "china")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--set", "pue"], "KEY=VALUE"),
        (["--set", "peu=new"], "Did you mean 'pue'?"),
        (["--set", "life_years=long"], "is not a number"),
        (["--set", "accelerators_in_ledger=perhaps"], "neither yes nor no"),
        (["--set", "pue=new", "--pue", "new"], "given twice"),
        (["--room", "poled"], "pooled"),
        (["--capital", "old"], "SIDE=new"),
        (["--capital", "wset=new"], "west"),
        (["--objective", "costs"], "cost"),
        (["--solver", "HIGS"], "HiGHS"),
        (["--workloads", "nothing-like-it"], "nothing-like-it"),
    ],
)
def test_bad_options(scenario: Path, words: list[str], text: str) -> None:
    """Tests that the value of an option is refused as a fault in a file is."""
    refused(solve(scenario, *words), 2, text)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["--transfer-basis", "leased"], "--transfer-basis: 'leased'"),
        (["--carbon-year", "1999"], "--carbon-year: 1999"),
        (["--room", "poled"], "--room: unknown word 'poled'"),
        (["--capital", "wset=new"], "--capital: unknown word 'wset'"),
        (["--set", "routing=fixd"], "--set: routing: unknown word 'fixd'"),
        (["--workloads", "natoinal"], "--workloads: unknown workload set"),
    ],
)
def test_a_fault_is_told_where_it_was_typed(words: list[str], place: str) -> None:
    """Tests that an option is named, not the line of the file that it overrides."""
    result = run("solve", "china", *words)
    refused(result, 2, place)
    assert "scenario.toml" not in result.stderr
    with pytest.raises(siting.InputError, match=r"^room: unknown word"):
        siting.load("china", room="poled")


def test_unknown_option_and_command() -> None:
    """Tests that usage errors are bad input too."""
    refused(run("solve", "--outptu", "x"), 2, "--output")
    refused(run("sovle"), 2, "solve")


def test_infeasible_is_explained(scenario: Path, tmp_path: Path) -> None:
    """Tests that a scenario without a plan ends with 3 and says why."""
    text = SCENARIO["workloads.csv"].replace("harbour,3,5", "harbour,30,5")
    (scenario / "workloads.csv").write_text(text, encoding="utf-8")
    result = solve(scenario, "-o", tmp_path / "plan")
    refused(result, 3, "infeasible", "chat (30 MW from harbour)", "at harbour")
    nothing_left(tmp_path)
    report = json.loads(solve(scenario, "--json").stdout)
    assert (report["exit_code"], report["fault"]) == (3, "infeasible")
    assert "chat" in report["message"]


def raising(error: BaseException) -> Any:
    """Return a function that raises."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_solver_failed(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a solver's failure ends with 5 and leaves nothing."""
    solving = import_module("siting.solve")
    monkeypatch.setattr(solving, "solve", raising(SolverFailed("out of time")))
    refused(solve(scenario, "-o", tmp_path / "plan"), 5, "out of time")
    nothing_left(tmp_path)


def test_interrupted(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that Ctrl-C while solving or saving leaves nothing half written."""
    with monkeypatch.context() as patch:
        patch.setattr(
            import_module("siting.solve"), "solve", raising(KeyboardInterrupt())
        )
        refused(solve(scenario, "-o", tmp_path / "plan"), 130, "nothing was written")
    nothing_left(tmp_path)
    plans = import_module("siting.plan")
    monkeypatch.setattr(plans, "write_checksums", raising(KeyboardInterrupt()))
    refused(solve(scenario, "-o", tmp_path / "plan"), 130, "nothing was written")
    nothing_left(tmp_path)


def test_full_disk(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a disk that fills up while saving is one line and leaves nothing."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(import_module("siting.plan"), "write_checksums", raising(full))
    result = solve(scenario, "-o", tmp_path / "plan")
    refused(result, 2, "No space left on device")
    nothing_left(tmp_path)


def test_unwritable_place_is_found_before_solving(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that nothing is solved for a folder that cannot be written."""
    monkeypatch.setattr(
        import_module("siting.solve"), "solve", raising(AssertionError("solved"))
    )
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkdtemp", raising(denied))
        refused(solve(scenario, "-o", tmp_path / "plan"), 2, "Permission denied")
    below_a_file = scenario / "hubs.csv" / "plan"
    refused(solve(scenario, "-o", below_a_file), 2, "Not a directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is locked for the superuser")
def test_read_only_folder(scenario: Path, tmp_path: Path) -> None:
    """Tests that a read-only folder is refused with one line."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    refused(solve(scenario, "-o", locked / "plan"), 2, "Permission denied")


def test_output_that_exists(scenario: Path, tmp_path: Path) -> None:
    """Tests that only a plan is ever replaced, and only when asked to."""
    plan, other, file = tmp_path / "plan", tmp_path / "other", tmp_path / "file"
    assert solve(scenario, "-o", plan).exit_code == 0
    refused(solve(scenario, "-o", plan), 2, "--overwrite")
    assert solve(scenario, "-o", plan, "--overwrite").exit_code == 0
    other.mkdir()
    (other / "diary.txt").write_text("dear diary")
    refused(solve(scenario, "-o", other, "--overwrite"), 2, "'diary.txt'")
    file.write_text("")
    refused(solve(scenario, "-o", file, "--overwrite"), 2, "there is a file in")
    (tmp_path / "empty").mkdir()
    assert solve(scenario, "-o", tmp_path / "empty").exit_code == 0


@pytest.mark.parametrize("command", ["solve", "claims", "sweep"])
def test_a_workload_set_by_setting(command: str, scenario: Path) -> None:
    """Proves that --set workloads=SET chooses the set; it ended in a traceback."""
    sets = scenario / "workloads"
    sets.mkdir()
    (scenario / "workloads.csv").rename(sets / "base.csv")
    vary = ["--grid", "pue=stock"] * (command == "sweep")
    result = run(command, scenario, *vary, "--set", "workloads=bas")
    refused(result, 2, "--set: workloads: ", "unknown workload set", "'base'")
    both = ["--set", "workloads=base", "--workloads", "base"]
    refused(run(command, scenario, *vary, *both), 2, "given twice")


def test_warnings_are_told(scenario: Path) -> None:
    """Proves that solve and sweep say what is odd, as check does; for machines too."""
    text = "basis,hub,price_cny_per_mwh\nlist,harbour,0.7\nlist,steppe,0.4\n"
    (scenario / "tariffs.csv").write_text(text, encoding="utf-8")
    words = "every price is below"
    for command in (["solve"], ["sweep", "--grid", "pue=stock"]):
        chosen = [command[0], scenario, *command[1:], *OF_LIST]
        result = run(*chosen)
        assert words in result.stderr, result.output
        assert words not in run(*chosen, "--quiet").stderr
        report = json.loads(run(*chosen, "--json").stdout)
        assert words in report["warnings"][0]["message"]


def test_misspelt_options_are_told_in_json(scenario: Path) -> None:
    """Proves that a machine gets its one object; it got nothing."""
    for words in (
        ["solve", scenario, "--json", "--carbon-year", "x"],
        ["solve", scenario, "--json", "--nope"],
        ["compare", "a", "--json"],
    ):
        result = run(*words)
        assert result.exit_code == 2
        report = json.loads(result.stdout)
        assert report["exit_code"] == 2
        assert report["problems"][0]["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are POSIX")
def test_output_that_takes_nothing(scenario: Path, tmp_path: Path) -> None:
    """Proves that a closed pipe and a full disk end without a traceback."""
    root = Path(__file__).parents[1]
    line = [sys.executable, "-m", "siting", "solve", str(scenario), *OF_LIST]
    plan = tmp_path / "plan"
    with subprocess.Popen(
        [*line, "-o", str(plan)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=root,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=60) == 141
    assert told == b""
    assert (plan / "manifest.json").is_file()
    if not Path("/dev/full").exists():
        return
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*line, "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=root,
        )
    assert ended.returncode == 2
    assert ended.stderr == "error: no space left on device.\n"


@pytest.mark.parametrize(
    "words",
    [["sweep", "--grid", "pue=stock"], ["sweep", "--pareto", "cost,carbon-location"]],
)
def test_sweeps_check_their_place_first(
    words: list[str], scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that nothing is solved for a place below a file, and no file is named."""
    monkeypatch.setattr("siting.regions.load", raising(AssertionError("read")))
    below = scenario / "hubs.csv" / "out"
    result = run(words[0], scenario, *words[1:], "-o", below)
    refused(result, 2, "it cannot be written", str(below))


def test_a_plan_is_no_scenario(scenario: Path, tmp_path: Path) -> None:
    """Proves that the scenario of a plan is pointed to; else its tables were blamed."""
    plan = tmp_path / "plan"
    assert solve(scenario, "-o", plan, "--no-audit").exit_code == 0
    refused(run("check", plan), 2, "this is a saved plan", str(plan / "scenario"))
    new = run("new", tmp_path / "new", "--from", plan)
    refused(new, 2, "this is a saved plan")
    source = scenario / "hubs.csv"
    refused(run("new", tmp_path / "new", "--from", source), 2, f"{source}: this is not")
    shutil.copytree(plan, tmp_path / "other")
    (tmp_path / "other" / "placement.csv").write_text("", encoding="utf-8")
    result = run("compare", plan, tmp_path / "other")
    refused(result, 2, str(tmp_path / "other" / "placement.csv"))


def test_version_language_and_colour(
    scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves --version, help in the language named behind it, and NO_COLOR."""
    assert run("--version").stdout == f"siting {siting.__version__}\n"
    assert "核验" in run("solve", "--help", "--lang", "zh").stdout
    assert "核验" in run("solve", "--help", "--lang=zh").stdout
    red = CliRunner().invoke(app, ["check", "nowhere"], color=True)
    assert "\x1b[" in red.stderr
    monkeypatch.setenv("NO_COLOR", "1")
    plain = CliRunner().invoke(app, ["check", "nowhere"], color=True)
    assert "\x1b[" not in plain.stderr


def test_the_solver_in_any_case(scenario: Path) -> None:
    """Proves that highs is HiGHS; it was answered with a list without a guess."""
    assert solve(scenario, "--solver", "highs", "--no-audit").exit_code == 0
    refused(solve(scenario, "--solver", "hihgs"), 2, "Did you mean 'HiGHS'?")


def test_model_files(scenario: Path, tmp_path: Path) -> None:
    """Tests that the model is written where asked, never over another file."""
    lp, mps = tmp_path / "model.lp", tmp_path / "model.mps"
    assert solve(scenario, "--lp", lp, "--mps", mps).exit_code == 0
    assert "Subject To" in lp.read_text()
    assert "ROWS" in mps.read_text()
    refused(solve(scenario, "--lp", lp), 2, "there is a file already")
    refused(solve(scenario, "--lp", scenario, "--overwrite"), 2, "a folder in")
    assert solve(scenario, "--lp", lp, "--overwrite").exit_code == 0


def test_audit_of_a_changed_plan(scenario: Path, tmp_path: Path) -> None:
    """Tests that a changed figure ends with 4, and the place is told."""
    plan = tmp_path / "plan"
    assert solve(scenario, "-o", plan).exit_code == 0
    ledger = plan / "ledger.csv"
    lines = ledger.read_text().splitlines()
    term, value, rest = lines[1].split(",", 2)
    lines[1] = f"{term},{float(value) + 1000},{rest}"
    ledger.write_text("\n".join(lines) + "\n")
    refused(run("audit", plan), 4, "ledger.csv", "checksum", "electricity")
    result = run("audit", plan, "--json")
    assert result.exit_code == 4
    report = json.loads(result.stdout)
    assert report["ok"] is False
    assert any("electricity" in finding for finding in report["findings"])


def test_audit_of_what_is_no_plan(scenario: Path, tmp_path: Path) -> None:
    """Tests that a folder that is no plan, or is not there, is bad input."""
    refused(run("audit", scenario), 2, "there is no plan", "siting solve --output")
    refused(run("audit", tmp_path / "nowhere"), 2, "nowhere")
    report = json.loads(run("audit", scenario, "--json").stdout)
    assert report["exit_code"] == 2


def test_check(scenario: Path) -> None:
    """Tests that a good scenario is confirmed with its size."""
    (scenario / "scenario.toml").write_text('tariff_basis = "list"\n')
    result = run("check", scenario)
    assert result.exit_code == 0, result.output
    assert "no problem found" in result.stdout
    assert "11.0 MW" in result.stdout
    report = json.loads(run("check", scenario, "--json").stdout)
    assert report["rows"]["hubs"] == 2
    assert report["it_mw"] == pytest.approx(11.0)


def test_new_makes_a_scenario_of_your_own(scenario: Path, tmp_path: Path) -> None:
    """Tests that a region is copied whole, and nothing is overwritten."""
    copy = tmp_path / "mine" / "copy"
    assert run("new", copy, "--from", scenario).exit_code == 0
    assert {path.name for path in copy.iterdir()} >= set(SCENARIO)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    refused(run("new", copy, "--from", scenario), 2, "not empty")
    refused(run("new", tmp_path / "b", "--from", "chnia"), 2, "china")
    assert not (tmp_path / "b").exists()


def test_new_from_the_shipped_region(tmp_path: Path) -> None:
    """Tests that what ``new`` makes passes ``check``."""
    assert run("new", tmp_path / "mine").exit_code == 0
    result = run("check", tmp_path / "mine")
    assert result.exit_code == 0, result.output


def test_regions_and_versions() -> None:
    """Tests the two lists, for people and for machines."""
    assert "china" in run("regions").stdout
    assert "china" in json.loads(run("regions", "--json").stdout)
    assert "highspy" in run("versions").stdout
    found = json.loads(run("versions", "--json").stdout)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


def test_values_of_settings() -> None:
    """Tests that every kind of setting is read as its own type."""
    assert parse_setting("pue = new") == ("pue", "new")
    assert parse_setting("life_years=20") == ("life_years", 20.0)
    assert parse_setting("carbon_year=2023") == ("carbon_year", 2023)
    assert parse_setting("accelerators_in_ledger=yes")[1] is True
    assert parse_setting("new_sides=west, central")[1] == ("west", "central")
    assert parse_setting("unserved_cny_per_mwh=none")[1] is None
    assert parse_setting("unserved_cny_per_mwh=5000")[1] == 5000.0


def test_values_of_capital() -> None:
    """Tests the three forms of --capital."""
    assert parse_capital("sunk") == ()
    assert parse_capital("new") == ("west",)
    assert parse_capital("west=new, east=sunk,central=new") == ("west", "central")
    assert gather_settings({"pue": None}, "new", []) == {"new_sides": ("west",)}
    with pytest.raises(InputError, match="sunk, new"):
        parse_capital("west")


def test_waiting_hands_back_results_and_errors() -> None:
    """Tests that work in a thread returns and raises as a call would."""
    told: list[str] = []
    waiting = Waiting(quiet=True)
    assert waiting.run("x", lambda tell: (tell("y"), told.append("z"), 7)[2]) == 7
    assert told == ["z"]
    with pytest.raises(ValueError, match="no"):
        waiting.run("x", raising(ValueError("no")))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_interrupt_while_the_solver_runs() -> None:
    """Tests that Ctrl-C ends at once though the solver's thread goes on."""
    code = (
        "import signal, time\n"
        # A background job starts with Ctrl-C ignored, and so do its programs.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from siting.cli.door import guard\n"
        "from siting.cli.waiting import Waiting\n"
        "def work(tell):\n"
        "    print('started', flush=True)\n"
        "    time.sleep(60)\n"
        "with guard():\n"
        "    Waiting(quiet=True).run('solving', work)\n"
    )
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "nothing was written" in stderr
    assert "Traceback" not in stderr
