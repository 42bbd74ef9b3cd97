"""Tests of plans: equality, saving whole or not at all, loading, damage."""

import errno
import inspect
import json
import re
import shutil
from pathlib import Path
from typing import Any

import hand_plan
import numpy as np
import pandas as pd
import pytest

from siting import plan_files
from siting.errors import InputError
from siting.plan import Plan

FORMATS = ["csv", "parquet"]


def changed(plan: Plan, **changes: Any) -> Plan:
    """Give the plan with other tables or another manifest."""
    parts = {"scenario": plan.scenario, "manifest": plan.manifest, **plan.tables}
    return Plan(**(parts | changes))


def listing(folder: Path) -> list[str]:
    """Every file and directory under a folder."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*"))


@pytest.fixture
def plan() -> Plan:
    """Give a plan with routes, links and multipliers."""
    return hand_plan.three_nodes()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", list(hand_plan.ALL))
def test_a_saved_plan_is_loaded_equal(name: str, format: str, tmp_path: Path) -> None:
    """Tests that tables, manifest and scenario come back as they were."""
    plan = hand_plan.ALL[name]()
    assert plan.save(tmp_path / "out", format=format) == tmp_path / "out"
    loaded = Plan.load(tmp_path / "out")
    assert loaded == plan
    for table, frame in plan.tables.items():
        pd.testing.assert_frame_equal(getattr(loaded, table), frame)


def test_a_plan_and_its_scenario_are_told_in_a_line(plan: Plan) -> None:
    """In a session a plan shows in one line what it is.

    Without it ``repr`` was every table in full, 12,600 characters of them.
    """
    shown = f"{plan!r} {plan.scenario!r}"
    assert "\n" not in shown
    assert re.fullmatch(
        r"Plan\(hand: \d+ workloads, \d hubs, optimal, [\d.,e-]+ M CNY a year\) "
        r"Scenario\(hand: \d+ workloads, \d hubs, \d periods\)",
        shown,
    )


def test_methods_say_what_they_take() -> None:
    """Tests that an editor can show, and a type checker check, every argument.

    Without it a misspelt option would come to light in an inner function.
    """
    for name, method in inspect.getmembers(Plan, inspect.isfunction):
        if not name.startswith("_"):
            kinds = {p.kind for p in inspect.signature(method).parameters.values()}
            assert inspect.Parameter.VAR_KEYWORD not in kinds, name


def test_a_table_that_was_written_to_is_not_saved(plan: Plan, tmp_path: Path) -> None:
    """What is saved is what was solved.

    Without it a column that no plan has would be written, and the folder could not be
    loaded.
    """
    plan.placement["new"] = 1
    with pytest.raises(InputError, match=r"^placement: .*in place"):
        plan.save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_floats_and_texts_are_exact(format: str, tmp_path: Path) -> None:
    """Tests numbers that short formats lose, and texts that look like other things."""
    values = [0.1 + 0.2, 1e-300, 1 / 3, -0.0, np.inf, np.nan, 2.0**53 + 2, 5e-324]
    texts = ["01", "NA", "nan", "", 'a "b", c', "line\nbreak", "1e3", " x "]
    rows = [("w", hub, text, v) for hub, text, v in zip("abcdefgh", texts, values)]  # noqa: B905
    plan = changed(hand_plan.two_hubs(), schedule=hand_plan.table("schedule", *rows))
    plan.save(tmp_path / "out", format=format)
    schedule = Plan.load(tmp_path / "out").schedule
    assert list(schedule["period"]) == texts
    found = schedule["it_mw"].to_numpy()
    assert [x.hex() for x in found.tolist()] == [float(v).hex() for v in values]


def test_equality_sees_every_part(plan: Plan) -> None:
    """Tests that a change of a table, the manifest or the scenario is seen."""
    assert plan == hand_plan.three_nodes()
    assert plan != changed(plan, hubs=plan.hubs.assign(room_mw=11.0))
    assert plan != changed(plan, manifest=plan.manifest | {"status": "time-limit"})
    assert plan != changed(plan, scenario=plan.scenario.with_settings(rtt_factor=2.0))
    assert plan != hand_plan.two_hubs()
    assert plan != "plan"
    with pytest.raises(TypeError, match="unhashable"):
        hash(plan)


def test_tables_are_copied_and_normalised(plan: Plan) -> None:
    """Tests that a caller's frame is brought to columns, dtypes and index, and kept."""
    given = plan.hubs[plan.hubs.columns[::-1]].set_index(pd.Index([7]))
    other = changed(plan, hubs=given)
    assert other == plan
    given.loc[7, "room_mw"] = 99.0
    assert other == plan
    with pytest.raises(ValueError, match="missing columns \\['room_mw'\\]"):
        changed(plan, hubs=plan.hubs.drop(columns="room_mw"))
    with pytest.raises(ValueError, match="unknown \\['extra'\\]"):
        changed(plan, hubs=plan.hubs.assign(extra=1))


def test_manifest_is_plain_json(plan: Plan) -> None:
    """Tests that numpy values, tuples and infinities are made plain."""
    said = {"bound": -np.inf, "gap": np.float64(0.5), "options": {"stages": (1, 2)}}
    other = changed(plan, manifest=said)
    assert other.manifest["bound"] is None
    assert other.manifest["options"] == {"stages": [1, 2]}
    assert other.gap == 0.5
    assert np.isnan(changed(plan, manifest={}).gap)
    assert changed(plan, manifest={}).status == ""


def test_figures_of_a_plan() -> None:
    """Tests cost, gap and status."""
    plan = hand_plan.two_hubs()
    assert plan.cost_cny == 1_926_000.0
    assert plan.gap == 0.0
    assert plan.status == "optimal"


def test_only_a_plan_is_ever_replaced(plan: Plan, tmp_path: Path) -> None:
    """Tests what is refused, and that it stays as it was."""
    place = tmp_path / "out"
    place.mkdir()
    plan.save(place)
    with pytest.raises(InputError, match="a plan already"):
        plan.save(place)
    other = hand_plan.two_hubs()
    other.save(place, overwrite=True)
    assert Plan.load(place) == other
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_text("cat")
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(place)
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "manifest.json").write_text("{}")
    for name, words in {
        "photos": r"no part of a saved plan: 'cat\.png'",
        "file": "there is a file in this place",
        "link": "there is a link in this place",
        "json": r"no part of a saved plan: 'manifest\.json'",
    }.items():
        with pytest.raises(InputError, match=words):
            plan.save(tmp_path / name, overwrite=True)
    assert (tmp_path / "photos" / "cat.png").read_text() == "cat"
    assert Plan.load(place) == other
    names = {"out", "photos", "file", "link", "json"}
    assert {file.name for file in tmp_path.iterdir()} == names


def test_parents_are_made_and_formats_checked(plan: Plan, tmp_path: Path) -> None:
    """Tests a place in a new directory, and an unknown format."""
    plan.save(tmp_path / "a" / "b")
    assert Plan.load(tmp_path / "a" / "b") == plan
    with pytest.raises(InputError, match="Use csv or parquet"):
        plan.save(tmp_path / "c", format="xlsx")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
def test_nothing_is_half_written(
    fault: BaseException,
    overwrite: bool,
    plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests a full disk and an interrupt in the middle of writing."""
    if overwrite:
        hand_plan.two_hubs().save(tmp_path / "out")
    before = listing(tmp_path)

    def write(frame: pd.DataFrame, folder: Path, name: str, suffix: str) -> None:
        if name == "links":
            raise fault
        plan_files.write_table(frame, folder, name, suffix)

    monkeypatch.setattr("siting.plan.write_table", write)
    expected = InputError if isinstance(fault, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        plan.save(tmp_path / "out", overwrite=overwrite)
    assert listing(tmp_path) == before
    if overwrite:
        assert Plan.load(tmp_path / "out") == hand_plan.two_hubs()


def test_a_failed_swap_puts_the_old_plan_back(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that the plan that was there stays if the new one cannot be renamed."""
    place = tmp_path / "out"
    hand_plan.two_hubs().save(place)
    before = listing(tmp_path)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == place and not self.name.endswith(".old"):
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        plan.save(place, overwrite=True)
    assert listing(tmp_path) == before


def test_every_missing_file_is_named(plan: Plan, tmp_path: Path) -> None:
    """Tests that each file of a plan is missed, and all of them at once."""
    place = tmp_path / "out"
    plan.save(place)
    names = [*(f"{name}.csv" for name in plan.tables), "scenario/hubs.csv"]
    for name in names:
        (place / name).unlink()
    with pytest.raises(InputError) as caught:
        Plan.load(place)
    text = str(caught.value)
    for name in names:
        assert name in text
    with pytest.raises(InputError, match="no such directory"):
        Plan.load(tmp_path / "nowhere")
    shutil.rmtree(place / "scenario")
    with pytest.raises(InputError, match="scenario"):
        Plan.load(place)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("hubs.csv", "50.0", "fifty", "hubs.csv:2: it_capacity_mw: 'fifty' is not"),
        ("hubs.csv", "room_mw", "raum_mw", "hubs.csv:1: The columns are hub, side"),
        ("routes.csv", "a>c,direct", "a>c", "routes.csv"),
        ("manifest.json", "{", "[", "manifest.json: The file cannot be read"),
        ("manifest.json", "siting-plan", "other", "does not say format"),
        ("manifest.json", '"format_version": 1', '"format_version": 9', "version 9"),
        ("scenario/scenario.toml", "1.5", "fast", "scenario.toml"),
        ("scenario/links.csv", "direct", "dir\x00", "links"),
    ],
)
def test_damage_gives_problems(
    file: str, old: str, new: str, words: str, plan: Plan, tmp_path: Path
) -> None:
    """Tests that damaged files are named, without a traceback of another error."""
    plan.save(tmp_path)
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1))
    for verify in (True, False):
        with pytest.raises(InputError) as caught:
            Plan.load(tmp_path, verify=verify)
        assert words in str(caught.value)


def test_checksums_are_compared(plan: Plan, tmp_path: Path) -> None:
    """Tests a change that can be read, and a lost list."""
    plan.save(tmp_path)
    text = (tmp_path / "hubs.csv").read_text()
    (tmp_path / "hubs.csv").write_text(text.replace("50.0", "51.0"))
    with pytest.raises(InputError) as caught:
        Plan.load(tmp_path)
    assert "hubs.csv: The file differs from its checksum" in str(caught.value)
    assert Plan.load(tmp_path, verify=False).hubs["it_capacity_mw"][0] == 51.0
    (tmp_path / "checksums.txt").unlink()
    with pytest.raises(InputError, match=r"checksums\.txt"):
        Plan.load(tmp_path)


def test_bytes_that_are_no_text(plan: Plan, tmp_path: Path) -> None:
    """Tests files that hold no UTF-8, and a damaged Parquet file."""
    plan.save(tmp_path / "csv")
    for name in ("hubs.csv", "manifest.json", "checksums.txt"):
        place = tmp_path / name
        shutil.copytree(tmp_path / "csv", place)
        (place / name).write_bytes(b"\xff\xfe\xfa")
        with pytest.raises(InputError, match=name):
            Plan.load(place)
    plan.save(tmp_path / "parquet", format="parquet")
    (tmp_path / "parquet" / "hubs.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"hubs\.parquet"):
        Plan.load(tmp_path / "parquet", verify=False)


def test_a_table_in_two_formats_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Tests that it is not guessed which file counts."""
    plan.save(tmp_path)
    plan.hubs.to_parquet(tmp_path / "hubs.parquet")
    with pytest.raises(InputError, match="there twice"):
        Plan.load(tmp_path, verify=False)


def test_checksums_are_sorted_and_readable_by_others(
    plan: Plan, tmp_path: Path
) -> None:
    """Tests the form of the list: digest, two spaces, path."""
    plan.save(tmp_path)
    lines = (tmp_path / "checksums.txt").read_text().splitlines()
    names = [line[66:] for line in lines]
    assert names == sorted(names)
    assert set(names) >= {"manifest.json", "hubs.csv", "scenario/scenario.toml"}
    for line in lines:
        assert line == f"{plan_files.sha256(tmp_path / line[66:])}  {line[66:]}"
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["format"] == "siting-plan"


def test_an_empty_table_is_told(plan: Plan, tmp_path: Path) -> None:
    """Proves that a table without a line is called so, not one of no columns."""
    plan.save(tmp_path)
    (tmp_path / "placement.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"placement\.csv: The file is empty"):
        Plan.load(tmp_path, verify=False)
