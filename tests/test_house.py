"""Tests of the house: layout, imports, documents, packaging."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import siting
from siting.cli import app

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "siting").rglob("*.py"))
MOST_LINES = 500
ARRAYS = r"ndarray|Floats|Ints|DataFrame|Series"

# A file imports only from files above it (and from its own package).
ORDER = (
    "words",
    "errors",
    "folders",
    "language",
    "extras",
    "outermost",
    "collector",
    "allocator",
    "interrupt",
    "versions",
    "units",
    "tables",
    "periods",
    "settings",
    "policy",
    "scenario",
    "arguments",
    "regions",
    "fingerprint",
    "lookup",
    "backbone",
    "latency",
    "energy",
    "curves",
    "ledger",
    "plan_files",
    "wording",
    "names",
    "scopes",
    "plan",
    "audit",
    "statements",
    "savings",
    "summary",
    "model",
    "solver",
    "decompose",
    "optimise",
    "aggregate",
    "compare",
    "explain",
    "rules",
    "baselines",
    "solve",
    "given",
    "reasons",
    "export",
    "sweep",
    "parts",
    "breakeven",
    "claims",
    "plot",
    "report",
    "cli",
)
# Imported when called: a method of the class above is written in the file below.
LATE = {
    ("scenario", "report"),
    *(
        ("plan", name)
        for name in ("summary", "reasons", "breakeven", "export", "plot", "report")
    ),
}
OUTSIDE_ORDER = ("__init__", "__main__")

# Brackets keep these patterns from finding themselves.
WORKPLACE = r"/[w]ork/|/[r]oot/|\.\./[s]hared|\.[l]ibrary"
REGISTRIES = r"[p]ypi\.org|[p]ythonhosted|[n]pmjs|crates\.[i]o"
UNFINISHED = r"\b([T]ODO|[F]IXME|[X]XX)\b|[N]otImplementedError|except [E]xception\b"
TEXTS = (".py", ".md", ".toml", ".json", ".ipynb", ".csv")
FOLDERS = ("siting", "tests", "docs", "regions", "notebooks", "benchmarks")


def layer(path: Path) -> str:
    """Name of a source file's place in the order."""
    return path.relative_to(ROOT / "siting").with_suffix("").parts[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """Places in the order that a file imports from, type checking left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            if node.module == "siting":
                names = {alias.name for alias in node.names}
                yield from names & set(ORDER)
            elif (node.module or "").startswith("siting."):
                yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
            yield from (n.split(".")[1] for n in names if n.startswith("siting."))
        yield from imported(node)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_import_order(path: Path) -> None:
    """Tests that a file imports only from files above it."""
    here = layer(path)
    if here in OUTSIDE_ORDER:
        return
    assert here in ORDER, f"give '{here}' its place in ORDER"
    for other in imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert other in ORDER, f"give '{other}' its place in ORDER"
        allowed = ORDER.index(other) <= ORDER.index(here) or (here, other) in LATE
        assert allowed, f"{here} imports {other}, which is below it"


def public(function: ast.FunctionDef) -> bool:
    """Whether a function is part of an interface and no overload of one."""
    marks = [ast.unparse(mark) for mark in function.decorator_list]
    return not function.name.startswith("_") and "overload" not in marks


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_size_and_documentation(path: Path) -> None:
    """Tests that files are short and public definitions documented and annotated."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    tree = ast.parse(text)
    assert text == "" or ast.get_docstring(tree), "no docstring"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for scope in (tree, *(node for node in classes if node.name[0] != "_")):
        for node in scope.body:
            if isinstance(node, ast.FunctionDef) and public(node):
                assert ast.get_docstring(node), f"{node.name} has no docstring"
                assert node.returns is not None, f"{node.name} has no return type"
                arguments = [*node.args.args, *node.args.kwonlyargs]
                bare = [a.arg for a in arguments if a.annotation is None]
                assert not set(bare) - {"self", "cls"}, f"{node.name}: {bare}"


def texts() -> list[Path]:
    """All text files of the project, data included."""
    inside = (path for name in FOLDERS for path in (ROOT / name).rglob("*"))
    files = [path for path in (*inside, *ROOT.glob("*")) if path.suffix in TEXTS]
    return [path for path in (*files, *(ROOT / ".ci").glob("*")) if path.is_file()]


def test_what_holds_arrays_is_not_compared_by_value() -> None:
    """A record of arrays or tables is equal to itself alone.

    To compare two of them cell by cell would raise, as an array has no truth; and a
    method for it takes time to make in every process.
    """
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
            made = [
                d for d in map(ast.unparse, node.decorator_list) if "dataclass" in d
            ]
            held = any(re.search(ARRAYS, ast.unparse(f.annotation)) for f in fields)
            if held and made and "eq=False" not in made[0]:
                found.append(f"{path.name}: {node.name}")
    assert found == []


def test_nothing_forbidden() -> None:
    """Tests that no file names a workplace or a registry, or is unfinished."""
    found = []
    for path in texts():
        patterns = f"{WORKPLACE}|{REGISTRIES}"
        if path.suffix == ".py":
            patterns += f"|{UNFINISHED}"
        for match in re.finditer(patterns, path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(ROOT)}: {match.group()}")
    assert found == []


def readme_commands() -> list[str]:
    """Return the two commands of the README."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("python3 -m venv ")]


def test_readme_commands_are_what_ci_runs() -> None:
    """Tests that the README's commands are the agreed ones, taken from it by CI."""
    setup = "python3 -m venv .venv && .venv/bin/python -m pip install -q"
    assert readme_commands() == [
        f"{setup} . && .venv/bin/siting solve china --output plan",
        f'{setup} ".[test]" && .venv/bin/python -m pytest -q',
    ]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "grep '^python3 -m venv ' \"$here/README.md\"" in ci
    assert 'bash -euo pipefail -c "${commands[0]}"' in ci
    assert 'bash -euo pipefail -c "${commands[1]}"' in ci


def test_the_package_names_what_is_public() -> None:
    """Tests that ``help``, ``dir`` and a star give the functions, and no internals.

    In a process of its own, as names that were used once are there anyway.
    """
    script = (
        "import siting, pydoc; early = dir(siting); text = pydoc.plaintext.document("
        "siting); ns = {}; exec('from siting import *', ns); "
        "print(sorted(set(ns) - {'__builtins__'}) == sorted(siting.__all__), "
        "'solve(' in text, 'class Scenario' in text, set(siting.__all__) <= set(early),"
        " [n for n in early if n in ('sys', 'import_module', 'collected_seldom')])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout.strip() == "True True True True []", run.stderr


def test_ci_tries_the_lowest_releases() -> None:
    """Tests that every dependency is pinned at its lower bound, and toured so by CI.

    Without it a bound may promise a release with which an audit dies, as it did with
    pandas 3.0.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lowest = [sys.executable, ROOT / ".ci" / "lowest.py"]
    pins = subprocess.run(lowest, capture_output=True, text=True, check=True).stdout
    bounds = [need.split(",")[0] for need in project["dependencies"]]
    assert pins.splitlines() == [bound.replace(">=", "==") for bound in bounds]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ".ci/lowest.py" in ci
    assert ".ci/tour.py" in ci


def test_readme_script(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tests that the README's script runs as it stands."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "README.md", "exec"), {})
    assert "WHAT THE PLAN SAVES" in capsys.readouterr().out
    assert (tmp_path / "my-plan" / "manifest.json").is_file()


def test_links_of_the_documents() -> None:
    """Tests that every relative link of a page leads to a file."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_index_names_every_page() -> None:
    """Tests that docs/README.md links to all pages beside it."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\((\w+\.md)\)", index))


def test_every_command_and_option_is_documented() -> None:
    """Tests that docs/cli.md and the README name what the command line has."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        assert f"`siting {name}" in page
        assert f"`siting {name}" in readme
        section = page.split(f"## `siting {name}")[1].split("\n## ")[0]
        options = [o for p in command.params for o in p.opts if o.startswith("--")]
        missing = {option for option in options if option not in section}
        # Said once for all commands, at the top.
        assert missing <= {"--help", "--lang"}, name
    assert "Every command takes `--lang en|zh`" in page


def run_python(code: str) -> str:
    """Run code in a new interpreter and return what it prints."""
    command = [sys.executable, "-c", code]
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=240
    )
    return result.stdout.strip()


@pytest.mark.parametrize("module", ["siting", "siting.cli"])
def test_import_is_light(module: str) -> None:
    """Tests that neither the package nor its help loads a heavy library."""
    heavy = "{'geopandas', 'pandas', 'numpy', 'networkx', 'pulp', 'highspy'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    assert run_python(code) == "[]"


def test_the_mathematics_name_the_code() -> None:
    """Tests that each name of code in docs/mathematics.md is defined where it leads."""
    page = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
    named = re.findall(r"\[`(\w+)`\]\(\.\./(siting/\S+\.py)\)", page)
    lost = [
        f"{name} in {file}"
        for name, file in named
        if not re.search(
            rf"^(def|class) {name}\b", (ROOT / file).read_text("utf-8"), re.M
        )
    ]
    assert lost == []
    built = (ROOT / "siting" / "model" / "build.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(add_\w+)\(", built)) - {"add_rows", "add_columns"} <= {
        *(name for name, _ in named),
        "add_entries",
    }


def test_the_reference_has_every_public_name() -> None:
    """Tests that docs/reference.md documents every public name, and no other."""
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto\w+:: siting\.(\w+)$", page, re.MULTILINE)
    package = (ROOT / "siting" / "__init__.py").read_text(encoding="utf-8")
    assert sorted(named) == sorted(re.findall(r"import \w+ as (\w+)", package))


def test_public_names() -> None:
    """Tests that every public name can be reached, and others are refused."""
    for name in ("load", "solve", "audit", "Scenario", "Plan", "Settings", "Policy"):
        assert callable(getattr(siting, name))
    for name in ("Infeasible", "InputError", "AuditFailed", "SolverFailed"):
        assert issubclass(getattr(siting, name), siting.SitingError)
    assert siting.regions.__name__ == "siting.regions"
    assert siting.plot.__name__ == "siting.plot"
    assert {"load", "solve", "regions", "plot"} <= set(dir(siting))
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        _ = siting.sovle


def test_a_function_is_not_hidden_by_its_module() -> None:
    """Tests that siting.solve is callable though siting/solve.py was loaded first."""
    code = (
        "import siting, siting.solve, siting.audit; "
        "print(callable(siting.solve), callable(siting.audit))"
    )
    assert run_python(code) == "True True"


def test_wheel_has_the_regions(tmp_path: Path) -> None:
    """Tests that the wheel carries regions and pages, but no derivation of regions."""
    builder = pytest.importorskip("hatchling.builders.wheel")
    wheel = next(
        builder.WheelBuilder(str(ROOT)).build(
            directory=str(tmp_path), versions=["standard"]
        )
    )
    names = zipfile.ZipFile(wheel).namelist()
    assert "siting/py.typed" in names
    assert "siting/report/templates/report.html" in names
    assert "siting/_regions/china/hubs.csv" in names
    assert not [name for name in names if "/derive/" in name or "/facts/" in name]
    assert not [name for name in names if name.startswith("regions/")]
