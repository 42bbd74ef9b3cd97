"""Tests of places: overwriting loses nothing, and no half result gets its place."""

import shutil
import threading
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.errors import InputError
from siting.folders import NEW, finished, new_file, new_folder, stop_writing
from siting.plan import Plan
from tests import hand_plan

OTHERS = (".git/config", "notes.txt", "old/figure.png", "link")


@pytest.fixture
def plan() -> Plan:
    """Return a plan that was worked out by hand."""
    return hand_plan.two_hubs()


def listing(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def add(folder: Path, name: str) -> None:
    """Put a file of someone else, or a link, into a folder."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if name == "link":
        path.symlink_to(folder.parent, target_is_directory=True)
    else:
        path.write_text("mine", encoding="utf-8")


@pytest.mark.parametrize("kind", ["plan", "scenario", "export"])
@pytest.mark.parametrize("other", OTHERS)
def test_overwriting_loses_no_file_of_others(
    kind: str, other: str, plan: Plan, tmp_path: Path
) -> None:
    """Proves that a folder with anything else in it stays; it was removed whole."""
    place = tmp_path / "out"
    save = {
        "plan": lambda: plan.save(place, overwrite=True),
        "scenario": lambda: plan.scenario.save(place, overwrite=True),
        "export": lambda: plan.to_csv(place, overwrite=True),
    }[kind]
    save()
    save()
    for litter in (".DS_Store", "Thumbs.db", "desktop.ini"):
        add(place, litter)
    save()
    add(place, other)
    before = listing(place)
    with pytest.raises(InputError, match=other.replace(".", r"\.")):
        save()
    assert listing(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_workload_sets_are_not_lost(tmp_path: Path) -> None:
    """Proves that no set goes; else one came back as workloads.csv, others never."""
    folder = siting.regions.new(tmp_path / "mine", "china")
    shutil.copy(folder / "workloads" / "national.csv", folder / "workloads" / "a.csv")
    before = listing(folder)
    scenario = siting.load(folder)
    with pytest.raises(InputError, match=r"'workloads/a\.csv'"):
        scenario.save(folder, overwrite=True)
    assert listing(folder) == before


def test_documents_and_layers_are_not_lost(plan: Plan, tmp_path: Path) -> None:
    """Proves that a README no one brings back, or bytes that are no text, stay."""
    saved = plan.scenario.save(tmp_path / "case")
    (saved / "README.md").write_text("years of notes", encoding="utf-8")
    with pytest.raises(InputError, match=r"README\.md"):
        plan.scenario.save(saved, overwrite=True)
    siting.Scenario.load(saved).save(saved, overwrite=True)
    assert (saved / "README.md").read_text(encoding="utf-8") == "years of notes"
    (saved / "README.pdf").write_bytes(b"%PDF\xff\xfe")
    with pytest.raises(InputError, match=r"README\.pdf"):
        siting.Scenario.load(saved).save(saved, overwrite=True)


def test_a_manifest_of_others_is_no_plan(plan: Plan, tmp_path: Path) -> None:
    """Proves that another tool's manifest and checksums are not taken for a plan's."""
    (tmp_path / "manifest.json").write_text('{"format": "photos"}', encoding="utf-8")
    (tmp_path / "checksums.txt").write_text("0  manifest.json\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"checksums\.txt"):
        plan.save(tmp_path, overwrite=True)


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "notes.txt", "figure.png", "scenario/notes.md", "._hubs.csv"],
)
def test_a_plan_is_read_whatever_lies_beside_it(
    name: str, plan: Plan, tmp_path: Path
) -> None:
    """Proves that a file of others does not make a plan unusable, as it did."""
    plan.save(tmp_path / "out")
    add(tmp_path / "out", name)
    assert Plan.load(tmp_path / "out") == plan


@pytest.mark.parametrize("name", ["sources.csv", "boundaries.geojson"])
def test_what_would_be_read_must_be_listed(
    name: str, plan: Plan, tmp_path: Path
) -> None:
    """Proves that an added table is refused; else it would pass as proven."""
    plan.save(tmp_path / "out")
    (tmp_path / "out" / "scenario" / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=f"scenario/{name}: The file is not"):
        Plan.load(tmp_path / "out")


def test_audit_names_other_files(plan: Plan, tmp_path: Path) -> None:
    """Proves that the audit says what it has not looked at, hidden files apart."""
    plan.save(tmp_path / "out")
    add(tmp_path / "out", "notes.txt")
    add(tmp_path / "out", ".hidden")
    result = CliRunner().invoke(app, ["audit", str(tmp_path / "out")])
    assert "note: files that are no part of the plan" in result.stderr
    assert "notes.txt" in result.stderr
    assert "hidden" not in result.stderr


def test_nothing_is_written_into_a_plan(plan: Plan, tmp_path: Path) -> None:
    """Proves that a plan's folder holds only the plan, whatever writes."""
    place = tmp_path / "out"
    plan.save(place)
    before = listing(place)
    for write in (
        lambda: plan.to_json(place / "plan.json"),
        lambda: plan.to_csv(place / "scenario" / "csv"),
        lambda: plan.save(place / "again"),
        lambda: plan.scenario.save(place / "mine"),
        lambda: siting.regions.new(place / "new"),
        lambda: siting.solve(plan.scenario, lp_path=place / "model.lp"),
    ):
        with pytest.raises(InputError, match="inside the saved plan"):
            write()
    assert listing(place) == before


def test_places_are_checked_before_solving(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that no plan is lost to a path; it was found wrong after solving."""
    monkeypatch.setattr(import_module("siting.solve"), "Instance", None)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="Not a directory"):
        siting.solve(plan.scenario, lp_path=tmp_path / "file" / "model.lp")
    with pytest.raises(InputError, match="a folder in this place"):
        siting.solve(plan.scenario, mps_path=tmp_path)
    same = tmp_path / "model"
    with pytest.raises(InputError, match="would have the same place"):
        siting.solve(plan.scenario, lp_path=same, mps_path=same)


def test_stopping_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Proves that what another thread writes goes away when the process ends."""
    begun, go = threading.Event(), threading.Event()
    trouble = []

    def write() -> None:
        try:
            with new_file(tmp_path / "file.csv", overwrite=False) as beside:
                beside.write_text("half", encoding="utf-8")
                begun.set()
                go.wait(30)
        except InputError as error:
            trouble.append(error)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    assert begun.wait(30)
    with stop_writing():
        assert list(tmp_path.iterdir()) == []
    go.set()
    thread.join(30)
    assert list(tmp_path.iterdir()) == []
    assert trouble


def test_what_got_its_place_is_remembered(tmp_path: Path) -> None:
    """Proves that a stopped command can say what it has written."""
    token = finished.set([])
    try:
        with new_file(tmp_path / "a.txt", overwrite=False) as beside:
            beside.write_text("a", encoding="utf-8")
        with new_folder(tmp_path / "b", NEW, overwrite=False):
            pass
        assert finished.get() == [tmp_path / "a.txt", tmp_path / "b"]
    finally:
        finished.reset(token)


def test_a_report_is_html(plan: Plan, tmp_path: Path) -> None:
    """Proves that no page of HTML is written under the name of another format."""
    with pytest.raises(InputError, match=r"no '\.pdf' file"):
        plan.report(tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []
