"""Tests of what is said in Chinese: all of it, in its width, and only to people."""

import itertools
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

import siting
from siting.cli import app
from siting.language import of_locale
from siting.ledger import TERMS
from siting.tables.dictionary import TABLES
from siting.words import spoken, word
from tests.infeasible_cases import CASES as INFEASIBLE
from tests.infeasible_cases import Case
from tests.test_cli import SCENARIO
from tests.test_spoilt_input import CASES as SPOILT
from tests.test_spoilt_input import WARNINGS, write

CHINESE = {"LC_ALL": "zh_CN.UTF-8"}


def names_of(scenario: siting.Scenario | None = None) -> set[str]:
    """Names of tables, columns and settings, and the words in a scenario's cells."""
    found = {*TABLES, *(field.name for field in fields(siting.Settings))}
    for table in TABLES.values():
        found |= {*table.names, *(o for field in table.fields for o in field.options)}
    if scenario is not None:
        found |= {*scenario.settings.title.split(), scenario.settings.name}
        for name in TABLES:
            texts = (
                getattr(scenario, name).reset_index().select_dtypes(exclude="number")
            )
            found |= {w for c in texts for v in texts[c].astype(str) for w in v.split()}
    return found


def english(text: str, known: set[str]) -> list[str]:
    """Places with two English words that are no names, ids or quotations."""
    bare = re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"|“[^”]*”", "·", text)
    found = []
    for line in bare.splitlines():
        words = [word.strip(".,;:()") for word in line.split()]
        for pair in itertools.pairwise(words):
            if all(
                re.fullmatch(r"[A-Za-z]?[a-z]+", w) and w not in known for w in pair
            ):
                found.append(" ".join(pair))
    return found


def test_english_is_found() -> None:
    """Tests the eye of these tests: it sees a sentence and passes names by."""
    assert english("共 3 个: no plan meets it", set()) == [
        "no plan",
        "plan meets",
        "meets it",
    ]
    assert english("hubs guian pue 1.2 MW", {"hubs", "guian", "pue"}) == []


@pytest.mark.parametrize("kind", [*SPOILT, *WARNINGS])
def test_problems_in_chinese(kind: str, tmp_path: Path) -> None:
    """Tests that no fault of an input, and no remedy, is left in English."""
    folder = write(tmp_path, (SPOILT | WARNINGS)[kind][0])
    known = names_of()
    with siting.language("zh"):
        try:
            found = siting.load(folder).warnings
        except siting.InputError as error:
            found = error.problems
    for problem in found:
        if "TOML" not in problem.message:
            assert english(problem.message, known) == []
            assert re.search("[一-鿿]", problem.message)
        assert english(problem.remedy, known) == []
        assert re.search("[一-鿿]", problem.remedy)


@pytest.mark.parametrize(
    "case", {case.kinds: case for case in INFEASIBLE}.values(), ids=lambda c: c.name
)
def test_explanations_in_chinese(case: Case) -> None:
    """Tests that an explanation of what cannot be planned has no English sentence."""
    scenario = case.make()
    with siting.language("zh"), pytest.raises(siting.Infeasible) as caught:
        siting.solve(scenario, baselines=False)
    assert english(caught.value.explanation, names_of(scenario)) == []


def run(*words: object, **environment: str) -> Result:
    """Run the command line in this process."""
    return CliRunner(env=environment).invoke(app, [str(w) for w in words])


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a plan that was found under a Chinese locale; see what was said."""
    folder = tmp_path_factory.mktemp("zh")
    said = run("solve", "china", "-o", folder / "plan", **CHINESE)
    assert said.exit_code == 0, said.output
    (folder / "said.txt").write_text(said.output, encoding="utf-8")
    return folder / "plan"


def test_summary_in_chinese(plan: Path) -> None:
    """Tests that the summary says everything in Chinese, and that its columns stand."""
    text = (plan.parent / "said.txt").read_text(encoding="utf-8")
    assert english(text, names_of(siting.load("china"))) == []
    assert word("THE PLAN AND ITS BASELINES, a year", "zh") in text
    table = text.split(word("THE PLAN AND ITS BASELINES, a year", "zh"))[1]
    lines = table.split("\n\n")[0].splitlines()[1:]
    # Python's own alignment counts characters: its lines would differ by up to ten.
    assert {cell_len(line) for line in lines} == {91}
    assert len({len(line) for line in lines}) > 1


def test_a_plan_speaks_no_language(plan: Path) -> None:
    """Tests that a plan saved in Chinese equals one in English, and says either."""
    saved = siting.Plan.load(plan)
    fresh = siting.solve(siting.load("china"))
    assert all(saved.tables[name].equals(fresh.tables[name]) for name in saved.tables)
    facts = [p.manifest | {"seconds": {}, "format": ""} for p in (saved, fresh)]
    assert {k: facts[0].get(k) for k in facts[1]} == facts[1]
    notes = saved.manifest["baseline_notes"]
    assert not re.search("[一-鿿]", json.dumps(notes, ensure_ascii=False))
    assert "reach no eastern hub" in saved.summary()
    with siting.language("zh"):
        assert english(saved.summary(), names_of(saved.scenario)) == []
    assert spoken.get() == "en"


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "--lang", "zh"),
        ("explain", "--workload", "training-shanghai", "--lang", "zh"),
        (
            "explain",
            "--workload",
            "training-shanghai",
            "--hub",
            "beijing",
            "--lang",
            "zh",
        ),
        ("audit", "--lang", "zh"),
    ],
    ids=" ".join,
)
def test_answers_in_chinese(words: tuple[str, ...], plan: Path) -> None:
    """Tests that the reasons of a plan are given without an English sentence."""
    command, *options = words
    said = run(command, plan, *options)
    assert said.exit_code == 0, said.output
    assert english(said.output, names_of(siting.load("china"))) == []


def test_findings_in_chinese(plan: Path) -> None:
    """Tests that the audit of a changed plan says in Chinese what differs."""
    changed = siting.Plan.load(plan)
    for table, column in (("hubs", "energy_mwh"), ("placement", "share")):
        changed.tables[table][column] *= 1.01
    with siting.language("zh"):
        report = siting.audit(changed)
        text = str(report)
    assert not report.ok
    assert english(text, {*names_of(changed.scenario), *TERMS, "manifest"}) == []
    assert all(re.search("[一-鿿]", finding.message) for finding in report.findings)


def test_json_has_english_keys(plan: Path) -> None:
    """Tests that what machines read has the same keys in both languages."""
    told = [
        json.loads(run("audit", plan, "--json", "--lang", x).output)
        for x in ("en", "zh")
    ]
    assert told[0] == told[1]
    said = json.loads(run("check", "nowhere", "--json", **CHINESE).stdout)
    assert said["fault"] == "bad input"
    assert said["problems"][0]["message"] == "没有区域或目录“nowhere”"


def test_the_language_of_a_command(tmp_path: Path) -> None:
    """Tests that an option beats the locale, and the nearer option the farther."""
    for name, text in SCENARIO.items():
        more = 'tariff_basis = "list"\n' * (name == "scenario.toml")
        (tmp_path / name).write_text(text + more, encoding="utf-8")
    fine = {"en": "no problem found", "zh": "未发现问题"}
    for words, environment, lang in (
        ((), {"LANG": "de_DE.UTF-8"}, "en"),
        ((), {"LC_ALL": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}, "zh"),
        ((), {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (("--lang", "en"), CHINESE, "en"),
        (("--lang", "zh"), {"LC_ALL": "C"}, "zh"),
    ):
        cleared = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""} | environment
        assert fine[lang] in run("check", tmp_path, *words, **cleared).output
        assert fine[lang] in run(*words, "check", tmp_path, **cleared).output
    both = run("--lang", "en", "check", tmp_path, "--lang", "zh")
    assert fine["zh"] in both.output
    assert spoken.get() == "en"


def test_an_unknown_language_is_refused() -> None:
    """Tests the exit code and the remedy, from the command line and from Python."""
    said = run("regions", "--lang", "fr")
    assert said.exit_code == 2
    assert "It may be 'en', 'zh'." in said.output
    with pytest.raises(siting.InputError, match="not a language"):
        siting.language("fr")


def test_help_in_chinese() -> None:
    """Tests that the help of every command is said in Chinese."""
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.callback.__name__
        text = run("--lang", "zh", name, "--help").output
        assert word(str(command.callback.__doc__), "zh")[:20] in text
        frame = "Usage: siting [OPTIONS] Show this message and exit default"
        assert english(text, {*frame.split(), name}) == []


def test_locale() -> None:
    """Tests that the first variable that is set decides, as POSIX has it."""
    assert of_locale({"LC_MESSAGES": "zh_TW", "LANG": "en_GB"}) == "zh"
    assert of_locale({"LC_ALL": "en_GB", "LANG": "zh_CN"}) == "en"
    assert of_locale({}) == "en"
