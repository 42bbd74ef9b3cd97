"""A plan as an Excel workbook: a cover, a sheet a table, the sources."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.export.cover import Line, cover
from siting.export.heads import head, parts, spoken, with_names
from siting.extras import require
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
WIDEST, NARROWEST, SAMPLE_ROWS = 46, 9, 200
ROUNDING = 1e-9
HEAD_FILL, HEAD_FONT = "FF0072B2", "FFFFFFFF"


class Book:
    """A workbook written row by row, whose texts stay texts."""

    def __init__(self) -> None:
        require("openpyxl", "xlsx")
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font, PatternFill

        self.book = Workbook(write_only=True)
        self._bold = Font(bold=True)
        self._head_font = Font(bold=True, color=HEAD_FONT)
        self._fill = PatternFill("solid", fgColor=HEAD_FILL)
        self._top = Alignment(wrap_text=True, vertical="top")

    def cell(self, sheet: Any, value: object, number_format: str = "") -> Any:
        """Return a cell; a text that begins like a formula or an error stays text."""
        from openpyxl.cell import WriteOnlyCell

        if isinstance(value, bool) or not isinstance(value, int | float):
            text = "" if value is None else str(value)
            cell = WriteOnlyCell(sheet, None)
            if text:
                cell.value = legible(text)
                cell.data_type = "s"
                cell.quotePrefix = text[0] in "=+-@"
            return cell
        if math.isnan(value):
            return WriteOnlyCell(sheet, None)
        if math.isinf(value):
            return self.cell(sheet, word("unlimited" if value > 0 else "-inf"))
        # What rounding leaves below zero would be shown as -0.0.
        cell = WriteOnlyCell(sheet, 0.0 if -ROUNDING < value < 0.0 else value)
        if number_format:
            cell.number_format = number_format
        return cell

    def head(self, sheet: Any, texts: Iterable[str]) -> list[Any]:
        """Return the cells of a head."""
        cells = [self.cell(sheet, text) for text in texts]
        for cell in cells:
            cell.font, cell.fill, cell.alignment = (
                self._head_font,
                self._fill,
                self._top,
            )
        return cells

    def sheet(
        self, title: str, heads: list[str], formats: list[str], frame: pd.DataFrame
    ) -> None:
        """Add a table, in several sheets if it has more rows than one can hold."""
        from openpyxl.utils import get_column_letter

        step = MOST_ROWS - 1
        for number, start in enumerate(range(0, max(len(frame), 1), step), 1):
            part = frame.iloc[start : start + step]
            name = title if number == 1 else f"{title} {number}"
            sheet = self.book.create_sheet(name)
            sheet.freeze_panes = "A2"
            for place, width in enumerate(_widths(heads, formats, part), 1):
                sheet.column_dimensions[get_column_letter(place)].width = width
            last = get_column_letter(max(len(heads), 1))
            sheet.auto_filter.ref = f"A1:{last}{len(part) + 1}"
            sheet.append(self.head(sheet, heads))
            for row in part.itertuples(index=False, name=None):
                cells = zip(row, formats, strict=True)
                sheet.append([self.cell(sheet, v, form) for v, form in cells])

    def cover(self, title: str, lines: list[Line]) -> None:
        """Add the cover: three columns, titles in bold."""
        sheet = self.book.create_sheet(title)
        for letter, width in zip("ABC", (34, 34, 80), strict=True):
            sheet.column_dimensions[letter].width = width
        for line in lines:
            cells = [self.cell(sheet, value, "#,##0.######") for value in line.cells]
            for cell in cells:
                cell.alignment = self._top
                if line.bold:
                    cell.font = self._bold
            if line.sheet and line.sheet in self.titles:
                cells[0].hyperlink = f"#'{line.sheet}'!A1"
            sheet.append(cells)

    titles: tuple[str, ...] = ()


def legible(text: str) -> str:
    """Replace what a workbook cannot hold: control characters, endless texts."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    if len(text) > MOST_CHARACTERS:
        text = f"{text[: MOST_CHARACTERS - 1]}…"
    return text


def _widths(heads: list[str], formats: list[str], frame: pd.DataFrame) -> list[float]:
    """Widths of the columns: of the longest of the first texts, within bounds."""
    widths = []
    for place, (text, form) in enumerate(zip(heads, formats, strict=True)):
        longest = max((_wide(part) for part in text.split()), default=0)
        if not form:
            sample = frame.iloc[:SAMPLE_ROWS, place].astype(str)
            longest = max([longest, *map(_wide, sample)])
        least = 14 if form.startswith("#,##0") else NARROWEST
        widths.append(float(min(max(longest + 3, least), WIDEST)))
    return widths


def _wide(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def write_excel(plan: "Plan", path: Path) -> None:
    """Write the workbook.

    Parameters
    ----------
    plan : Plan
    path : Path
        The file.

    Raises
    ------
    InputError
        If openpyxl is not installed.
    """
    book = Book()
    scenario = plan.scenario
    tables = {
        name: with_names(spoken(table), scenario.hubs, scenario.nodes)
        for name, table in plan.tables.items()
    }
    book.titles = (*tables, "sources")
    book.cover("cover", cover(plan))
    for name, table in tables.items():
        columns = [str(column) for column in table.columns]
        heads = [head(name, column) for column in columns]
        book.sheet(name, heads, [parts(name, c)[2] for c in columns], table)
    sources = scenario.sources
    heads = [word(str(column)) for column in sources.columns]
    book.sheet("sources", heads, [""] * len(heads), sources)
    book.sheet("columns", *_dictionary(tables))
    book.book.save(path)


def _dictionary(
    tables: dict[str, pd.DataFrame],
) -> tuple[list[str], list[str], pd.DataFrame]:
    """Which column of the plan's files stands under which head."""
    rows = [
        (name, head(name, str(column)), str(column))
        for name, table in tables.items()
        for column in table.columns
    ]
    heads = [word(text) for text in ("sheet", "head", "column in the files")]
    return heads, ["", "", ""], pd.DataFrame(rows, columns=heads)
