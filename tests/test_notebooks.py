"""Tests of the notebooks as files; CI executes them in an environment of their own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Cells of a notebook of one kind."""
    book = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in book["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stripped(path: Path) -> None:
    """Tests that no output, no count and no random id is kept in a notebook."""
    book = json.loads(path.read_text(encoding="utf-8"))
    assert set(book["metadata"]) == {"kernelspec", "language_info"}
    for number, cell in enumerate(book["cells"]):
        assert cell["id"] == f"cell-{number:02d}"
        assert cell["metadata"] == {}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_conclusions_are_computed(path: Path) -> None:
    """Tests that a notebook ends in a computed conclusion, and checks itself.

    A figure of the result in the text would go stale with the data: the text has none
    with a unit of money, emissions or percent.
    """
    text = "".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert not re.search(r"\d\s?(%|M CNY|CNY|kt|Mt|MWh)", text)
    code = ["".join(cell["source"]) for cell in cells(path, "code")]
    assert any('Markdown(\n    f"' in source for source in code[-3:])
    assert any(re.search(r"^assert ", source, re.MULTILINE) for source in code)


def test_the_documents_list_them() -> None:
    """Tests that docs/notebooks.md names the notebooks that are there, in order."""
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(\.\./notebooks/(\S+?)\)", page)
    assert NOTEBOOKS
    assert named == [path.name for path in NOTEBOOKS]
