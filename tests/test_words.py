"""Tests of the languages: the catalogue is whole, and nothing English is left."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pandas as pd

import siting
from siting.cli import app
from siting.export import heads
from siting.given import STATUS
from siting.ledger import TERMS
from siting.model.outcome import Status
from siting.plan_files import TABLES
from siting.plot import axis
from siting.reasons.barred import REASONS
from siting.reasons.why import CHOSEN, PRICE, REASON_OF_PART, TIE
from siting.savings import NAMES
from siting.tables.places import SIDES
from siting.words import CATALOGUE

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "siting").rglob("*.py"))
TEMPLATES = sorted((ROOT / "siting").rglob("*.html"))
SAID = re.compile(r"""say\((["'])(.*?)\1[,)]""")
SAYING = ("word", "say", "note")
# Two words of English with what may stand between them, and no type hint.
ENGLISH = re.compile(r"(?![\w.]+\[.*\]).*[A-Za-z}'\".,;:] [A-Za-z{'\"(]", re.DOTALL)
# Endings and verbs that Chinese does not inflect.
ENGLISH_ONLY = {"plural", "verb"}
# Texts for programs and programmers.
QUIET_CALLS = ("logger", "re", "cast")
QUIET_KEYWORDS = ("loc", "textcoords", "xycoords")
QUIET_FILES = ("plot/fonts.py", "export/document.py", "sweep/distributions.py")
QUIET = {"bad input", "operating system", "axes fraction", "upper left"}
# Units, what only programs read, and what Python shows of an object.
FILLED = {
    *("{} min", "{} h {} min", "siting {}", "ingress {}", "egress {}", "profile {}"),
    *("+proj=laea {}", "module 'siting' has no attribute '{}'"),
    "Plan({}: {} workloads, {} hubs, {}, {} M CNY a year)",
    "Scenario({}: {} workloads, {} hubs, {} periods)",
}
COLUMNS = {
    *(
        "key",
        "source",
        "target",
        "capacity_kind",
        "length_km",
        "one_way_ms",
        "peak_gbps",
    ),
    *(column for columns in TABLES.values() for column in columns),
}


def quiet(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node whose texts are no texts for people."""
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.JoinedStr():
            yield from node.values
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="split")):
            yield node.func.value
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if (
            name in QUIET_CALLS
        ):
            yield from node.args
        case ast.keyword(arg=name) if name in QUIET_KEYWORDS:
            yield node.value


def literals(path: Path) -> Iterator[tuple[str, bool]]:
    """Texts of a source file for people, and whether each is said where it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed, said = set(), set()
    for node in ast.walk(tree):
        passed |= {id(part) for part in quiet(node)}
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in SAYING:
                text = node.args[0]
                both = isinstance(text, ast.IfExp)
                said |= {id(t) for t in ((text.body, text.orelse) if both else (text,))}
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in passed:
            yield node.value, id(node) in said


def every_literal() -> dict[str, set[str]]:
    """Texts of the whole source, and those among them that must have Chinese."""
    found: dict[str, set[str]] = {"all": set(), "due": set()}
    for path in SOURCES:
        loud = not path.as_posix().endswith(QUIET_FILES)
        for text, said in literals(path):
            found["all"].add(text)
            if text in QUIET or {*text.split()} <= COLUMNS:
                continue
            if said or (loud and ENGLISH.match(text)):
                found["due"].add(text)
    for path in TEMPLATES:
        texts = {text for _, text in SAID.findall(path.read_text(encoding="utf-8"))}
        found["all"] |= texts
        found["due"] |= texts
    helps = {str(command.callback.__doc__) for command in app.registered_commands}
    return {name: texts | helps for name, texts in found.items()}


def vocabulary() -> set[str]:
    """Words that stand in tables and are said when they are shown."""
    found = {words for words, *_ in (*heads.HEADS.values(), *heads.SPECIAL.values())}
    found |= {words for words, _ in axis.METRICS.values()}
    found |= {*TERMS, *NAMES.values(), *REASONS, *SIDES, CHOSEN, TIE, PRICE, STATUS}
    found |= {*REASON_OF_PART.values(), *(str(status) for status in Status)}
    return found - {""}


def places(text: str) -> set[str]:
    """Names that stand in the braces of a text."""
    return {str(name) for _, name, _, _ in Formatter().parse(text) if name is not None}


def chinese() -> dict[str, str]:
    """Give the catalogue, whose files say nothing twice."""
    found: dict[str, str] = {}
    for path in (CATALOGUE / "zh").glob("*.json"):
        texts = json.loads(path.read_text(encoding="utf-8"))
        assert not set(found) & set(texts), path.name
        found |= texts
    return found


def test_every_text_has_chinese() -> None:
    """Tests that nothing a person may read is missing from the catalogue."""
    due = every_literal()["due"] | vocabulary()
    assert sorted(due - set(chinese()) - {""}) == []


def test_no_text_of_the_catalogue_is_unused() -> None:
    """Tests that the catalogue has no text that the source no longer says."""
    words = set(siting.load("china").workloads["class"])
    for table, column in (
        ("periods", "day"),
        ("tariffs", "basis"),
        ("transfer_prices", "basis"),
    ):
        words |= set(pd.read_csv(ROOT / "regions" / "china" / f"{table}.csv")[column])
    assert sorted(set(chinese()) - every_literal()["all"] - words) == []


def test_places_agree() -> None:
    """Tests that a Chinese text names the same values as the English one."""
    for english, text in chinese().items():
        assert places(english) - ENGLISH_ONLY == places(text), english
        assert english == text or re.search(
            r"[\u4e00-\u9fff，。；：（）“”、…·/]", text
        ), text


def test_no_text_is_filled_in_before_it_is_said() -> None:
    """Tests that texts with values are said by word(), where Chinese can be found."""
    words = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]{3,} {}|{} [a-z]{3,}")
    filled = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (getattr(part, "value", None) for part in node.values)
                text = "".join(p if isinstance(p, str) else "{}" for p in parts)
                filled += [(path.name, text)] * bool(words.search(text))
    assert [pair for pair in filled if pair[1] not in FILLED] == []


def test_the_glossary_is_the_catalogue() -> None:
    """Tests that one term has one translation, and that the glossary has every head."""
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row] for row in rows]
    pairs = [row[:2] if len(row) == 4 else row[1:] for row in cells]
    texts = chinese()
    # A limit's size has a head of its own, and a term of the ledger its own name.
    own = {"limit", "placement"}
    wrong = [p for p in pairs if p[0] not in own and texts.get(p[0], p[1]) != p[1]]
    assert wrong == []
    known = {english for english, _ in pairs}
    assert {words for words, *_ in heads.HEADS.values()} <= known
    assert len(pairs) > 150


def test_the_readme_is_the_same_in_both_languages() -> None:
    """Tests that both have the same chapters, rows, scripts and links."""
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "README.zh.md")
    )
    for pattern in (r"^(#+) ", r"^(\|) ", r"^(- )", r"^```.*?^```", r"`siting \w+"):
        found = [re.findall(pattern, text, re.M | re.S) for text in (english, chinese)]
        assert found[0] == found[1], pattern
    links = [set(re.findall(r"\]\(([^)]+)\)", text)) for text in (english, chinese)]
    pictures = {"docs/images/china-map.png", "docs/images/china-placement.zh.png"}
    assert links[0] ^ links[1] == pictures | {"README.md", "README.zh.md"}
