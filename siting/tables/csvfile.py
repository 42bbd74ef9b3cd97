"""Reads a CSV file as text, with line numbers; says what is wrong with its form."""

import csv
import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.tables.findings import Findings, Lines, Origin
from siting.words import word

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PARQUET = b"PAR1"
_SQLITE = b"SQLite format 3"
_LONGEST_HEADER = 20_000
# Up to here reading record by record is the faster way.
_FEW_ROWS = 100
_AS_UTF8 = "Save it as 'CSV UTF-8 (comma delimited)'."
_AS_CSV = "Open it in a spreadsheet and save it as 'CSV UTF-8 (comma delimited)'."


@dataclass(frozen=True, eq=False)
class Records:
    """Cells of a table as read.

    Parameters
    ----------
    frame
        One column a name; text from CSV.
    origin
        File and line numbers.
    """

    frame: pd.DataFrame
    origin: Origin


@dataclass(frozen=True)
class _Layout:
    """Where the records of a file start, and how many cells each has."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: Lines
    cells: NDArray[np.int64]


def read_csv(data: bytes, file: str, findings: Findings) -> Records | None:
    """Return the records of a CSV file, or ``None`` if it is no such file.

    Parameters
    ----------
    data
        Content of the file.
    file
        Its name in problems.
    findings
        Takes the problems.
    """
    body = data.removeprefix(_BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    fault = _not_text(data, body) or _not_csv(body)
    if fault:
        findings.add(file, fault[0], fault[1], row=fault[2])
        return None
    layout = _layout(body, file, findings)
    if layout is None:
        return None
    header = _header(body, layout)
    width = len(header)
    blank = _blank_records(body, layout)
    if blank[0]:
        remedy = "Write the column names in the first line."
        findings.add(file, "the first line holds no column names", remedy, row=1)
        return None
    inner = blank.copy()
    filled = np.flatnonzero(~blank)
    inner[filled[-1] + 1 :] = False
    ragged = (layout.cells != width) & ~blank
    findings.rows(
        Origin(file, layout.lines),
        inner,
        None,
        lambda _: ("the row is blank", "Delete the row."),
    )
    _say_ragged(file, layout, ragged, width, findings)
    keep = ~blank
    keep[0] = False
    if ragged.any() or width == 1 or len(keep) <= _FEW_ROWS:
        frame = _slow(body, layout, keep, width)
    else:
        frame = _fast(body, layout, keep, width)
    frame.columns = pd.Index(header)
    return Records(frame, Origin(file, layout.lines[keep], ragged[keep]))


def _not_text(data: bytes, body: bytes) -> tuple[str, str, int | None] | None:
    """Return what is wrong with the bytes, the remedy and the line."""
    if not data.strip():
        return "the file is empty", "Write the column names in the first line.", None
    if data.startswith(_EXCEL):
        return "the file is an Excel workbook, not CSV", _AS_CSV, None
    if data.startswith(_PARQUET):
        return "the file is Parquet, not CSV", "Rename it to end in .parquet.", None
    if data.startswith(_SQLITE):
        return "the file is a GeoPackage, not CSV", "Rename it to end in .gpkg.", None
    if data.startswith(_UTF16):
        return "the file is in UTF-16, not UTF-8", _AS_UTF8, None
    if b"\0" in data:
        return "the file is not text", _AS_UTF8, None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        try:
            body.decode("gb18030")
        except UnicodeDecodeError:
            return "the file is not text in UTF-8", _AS_UTF8, line
        return "the file is not in UTF-8, but may be in GBK", _AS_UTF8, line
    return None


def _not_csv(body: bytes) -> tuple[str, str, int | None] | None:
    first = body.lstrip(b"\n").split(b"\n", 1)[0]
    if len(first) > _LONGEST_HEADER:
        message = "the first line is too long to be column names"
        return message, "Write the column names in the first line.", 1
    text = first.decode("utf-8")
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("，", "'，'")):
        if separator in text and "," not in text:
            message = word(
                "columns are separated by {name}, not by commas", name=word(name)
            )
            return message, "Save it as comma-separated CSV.", 1
    return None


def _layout(body: bytes, file: str, findings: Findings) -> _Layout | None:
    """Find the records by whole-array operations; quoted cells may hold anything."""
    if not body.endswith(b"\n"):
        body += b"\n"
    codes = np.frombuffer(body, dtype=np.uint8)
    newline = codes == ord("\n")
    comma = codes == ord(",")
    line_ends = np.flatnonzero(newline)
    if b'"' in body:
        quote = codes == ord('"')
        inside = (np.cumsum(quote, dtype=np.uint8) & 1).astype(bool)
        stray = _stray_quote(codes, quote, inside)
        if stray >= 0:
            findings.add(
                file,
                "a quotation mark stands inside a cell or is not closed",
                'Enclose the whole cell in " and write each " in it twice.',
                row=int(np.searchsorted(line_ends, stray)) + 1,
            )
            return None
        newline &= ~inside
        comma &= ~inside
    ends = np.flatnonzero(newline)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lines = np.searchsorted(line_ends, starts) + 1
    commas = np.flatnonzero(comma)
    cells = np.searchsorted(commas, ends) - np.searchsorted(commas, starts) + 1
    first = int(np.argmax(ends > starts))
    return _Layout(starts[first:], ends[first:], lines[first:], cells[first:])


def _stray_quote(
    codes: NDArray[np.uint8], quote: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> int:
    """Return where a quotation mark neither starts nor ends a cell, -1 if nowhere."""
    at = np.flatnonzero(quote)
    opening = at[inside[at]]
    closing = at[~inside[at]]
    edge = np.isin(np.arange(256), [ord(","), ord("\n"), ord('"')])
    before = np.where(opening > 0, codes[opening - 1], ord(","))
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    stray = np.concatenate([opening[~edge[before]], closing[~edge[after]]])
    if len(stray) == 0 and len(at) % 2:
        stray = at[-1:]
    return int(stray.min()) if len(stray) else -1


def _header(body: bytes, layout: _Layout) -> list[str]:
    text = body[int(layout.starts[0]) : int(layout.ends[0])].decode("utf-8")
    return [name.strip() for name in next(csv.reader(io.StringIO(text)))]


def _blank_records(body: bytes, layout: _Layout) -> NDArray[np.bool_]:
    """Whether a record holds nothing but commas and spaces."""
    codes = np.frombuffer(body, dtype=np.uint8)
    void = np.isin(np.arange(256), [ord(c) for c in ', \t\n"'])
    return ~np.logical_or.reduceat(~void[codes], layout.starts)


def _say_ragged(
    file: str,
    layout: _Layout,
    ragged: NDArray[np.bool_],
    width: int,
    findings: Findings,
) -> None:
    origin = Origin(file, layout.lines)

    def describe(position: int) -> tuple[str, str]:
        cells = int(layout.cells[position])
        message = word(
            "the row has {cells} cells where the header has {width}",
            cells=cells,
            width=width,
        )
        if cells > width:
            return message, 'Enclose a cell that holds a comma in "quotation marks".'
        return message, "Add the missing commas; a blank cell still needs its comma."

    findings.rows(origin, ragged, None, describe)


def _fast(
    body: bytes, layout: _Layout, keep: NDArray[np.bool_], width: int
) -> pd.DataFrame:
    if not keep.any():
        return pd.DataFrame("", index=[], columns=range(width), dtype=object)
    frame = pd.read_csv(
        io.BytesIO(body[int(layout.ends[0]) + 1 :]),
        header=None,
        names=list(range(width)),
        index_col=False,
        dtype=object,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8",
        low_memory=False,
    )
    if len(frame) == len(keep) - 1:
        return frame[keep[1:]].reset_index(drop=True)
    return _slow(body, layout, keep, width)


def _slow(
    body: bytes, layout: _Layout, keep: NDArray[np.bool_], width: int
) -> pd.DataFrame:
    """Read record by record; short rows are filled, long ones cut."""
    rows: list[list[str]] = []
    starts, ends = layout.starts[keep].tolist(), layout.ends[keep].tolist()
    for start, end in zip(starts, ends, strict=True):
        text = body[start:end].decode("utf-8")
        row = next(csv.reader(io.StringIO(text, newline="")))
        rows.append((row + [""] * width)[:width])
    return pd.DataFrame(rows, columns=range(width), dtype=object)
