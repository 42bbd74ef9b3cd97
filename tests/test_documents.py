"""Tests that the documents are true: messages, columns, examples, recipes."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.ledger import PLANS
from siting.plan_files import TABLES
from tests.infeasible_cases import CASES

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "docs" / "howto").glob("[a-z]*.md"))
# What the audits find is told by the tables they recompute, not by messages of input.
LEFT_OUT = ("audit/", "compare/checking", "compare/replay", "__init__.py")
MESSAGES = ("message", "fault")
# Position of the message among the arguments.
RAISED = {"Problem": 3, "SolverFailed": 0, "refuse": 0, "refused": 0, "_problem": 0}


def wording(node: ast.AST | None) -> str | None:
    """Text of a literal, with … for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "word":
        return re.sub(r"{+\w+[^}]*}+", "…", wording(node.args[0]) or "")
    if isinstance(node, ast.JoinedStr):
        return "".join(wording(part) or "…" for part in node.values)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "word":
        template = wording(node.args[0])
        return template and re.sub(r"\{[^{}]*\}", "…", template)
    return None


def assigned(node: ast.Assign) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Names and values of an assignment, one by one."""
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=True)
        else:
            yield target, node.value


def messages(path: Path) -> Iterator[str]:
    """Every literal of a file that is the message of a problem."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found: list[ast.AST | None] = []
        if isinstance(node, ast.Assign):
            for target, value in assigned(node):
                if isinstance(target, ast.Name) and target.id in MESSAGES:
                    found.append(value)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            place = RAISED.get(name)
            if place is not None and len(node.args) > place:
                found.append(node.args[place])
        yield from (text for text in map(wording, found) if text and " " in text)


def test_every_message_is_documented() -> None:
    """Tests that docs/errors.md holds every message that the source can give.

    Messages are found by reading the source: literals called ``message`` or ``fault``,
    or handed to what raises an error.
    """
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    known = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    lost = []
    for path in sorted((ROOT / "siting").rglob("*.py")):
        place = path.relative_to(ROOT / "siting").as_posix()
        if not place.startswith(LEFT_OUT):
            lost += [
                f"{place}: {text}" for text in messages(path) if not told(text, known)
            ]
    assert lost == []


def told(message: str, known: list[str]) -> bool:
    """Whether a message is one that the page has, in more or in fewer words."""
    message = message.strip()
    return any(same(message, text) or same(text, message) for text in known)


def same(text: str, pattern: str) -> bool:
    """Whether a text is what a pattern says, with … for anything."""
    pattern = re.escape(pattern).replace("…", ".*")
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def test_a_message_that_is_not_documented_is_found() -> None:
    """Tests that the test above can fail: a new message is not on the page."""
    assert not told("the hub '…' is on the moon", ["unknown hub '…'", "… is negative"])
    assert told("unknown … '…'", ["unknown hub '…'"])


def test_every_column_of_a_plan_is_documented() -> None:
    """Tests that docs/plan.md names each column of each table of a plan."""
    page = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        (row,) = (x for x in page.splitlines() if x.startswith(f"| `{name}` | `"))
        told = set(re.findall(r"\w+", row))
        assert set(columns) - told <= set(PLANS), name


def test_the_example_of_an_explanation_is_what_is_said() -> None:
    """Tests that docs/infeasible.md shows what an infeasible case is answered today."""
    page = (ROOT / "docs" / "infeasible.md").read_text(encoding="utf-8")
    shown = page.split("no plan meets all limits together.\n")[1].split("\n```")[0]
    (case,) = (case for case in CASES if case.name == "latency and room")
    with pytest.raises(siting.Infeasible) as error:
        siting.solve(case.make())
    assert str(error.value) == shown


def run(page: Path) -> None:
    """Run the scripts and commands of a page in order, in the working directory."""
    names: dict[str, object] = {}
    text = page.read_text(encoding="utf-8")
    for kind, block in re.findall(r"```(python|bash)\n(.*?)```", text, re.DOTALL):
        if kind == "python":
            exec(compile(block, page.name, "exec"), names)
            continue
        for line in block.splitlines():
            program, *words = shlex.split(line, comments=True)
            assert program == "siting"
            result = CliRunner().invoke(app, words)
            assert result.exit_code == 0, f"{line}: {result.output}"


@pytest.mark.parametrize("page", RECIPES, ids=lambda p: p.stem)
def test_recipes_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that every script and command of a recipe runs as it stands."""
    monkeypatch.chdir(tmp_path)
    run(page)
