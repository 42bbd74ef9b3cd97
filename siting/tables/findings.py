"""Collects problems, the first rows of one kind and a count of the rest."""

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.errors import Problem
from siting.words import word

MOST_ROWS = 20

Positions = NDArray[np.intp]
Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Origin:
    """Where a table was read.

    Parameters
    ----------
    file
        Name of the file, or of the table for a data frame.
    lines
        Line number of each row; ``None``: position + 2.
    ragged
        Whether a row had too few or too many cells, so that its cells may have
        slipped; nothing more is said of such rows.
    parts
        Of a table in several files: first position and name of each.
    """

    file: str
    lines: Lines | None = None
    ragged: NDArray[np.bool_] | None = None
    parts: tuple[tuple[int, str], ...] = ()

    @property
    def slipped(self) -> bool:
        """Whether some rows are ragged."""
        return self.ragged is not None and bool(self.ragged.any())

    def line(self, position: int) -> int:
        """Return the line number of a row."""
        if self.parts:
            return position - self._part(position)[0] + 2
        return position + 2 if self.lines is None else int(self.lines[position])

    def file_of(self, position: int) -> str:
        """Return the file of a row."""
        return self._part(position)[1] if self.parts else self.file

    def where(self, position: int) -> str:
        """Return the line of a row, with its file where there are several."""
        line = str(self.line(position))
        return f"{self.file_of(position)}:{line}" if self.parts else line

    def _part(self, position: int) -> tuple[int, str]:
        return self.parts[bisect.bisect(self.parts, position, key=lambda p: p[0]) - 1]


@dataclass
class Findings:
    """Problems and warnings found so far.

    Parameters
    ----------
    problems
        What makes the input wrong.
    warnings
        What is allowed, but looks like a mistake.
    broken
        Tables that could not be read as a whole: nothing is derived from them.
    faults
        By file and column, the rows whose cell is wrong.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    faults: dict[tuple[str, str], NDArray[np.bool_]] = field(default_factory=dict)

    def add(
        self,
        file: str,
        message: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add one problem."""
        self.problems.append(Problem(file, row, column, message, remedy))

    def warn(
        self,
        file: str,
        message: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add one warning."""
        self.warnings.append(Problem(file, row, column, message, remedy))

    def rows(
        self,
        origin: Origin,
        bad: NDArray[np.bool_],
        column: str | None,
        describe: Callable[[int], tuple[str, str]],
    ) -> None:
        """Add a problem for each bad row, the first ones in words.

        Parameters
        ----------
        origin
            Where the rows come from.
        bad
            Whether each row is bad.
        column
            The column at fault.
        describe
            Message and remedy for the row at a position.
        """
        if origin.ragged is not None:
            bad = bad & ~origin.ragged
        positions: Positions = np.flatnonzero(bad)
        if column is not None and len(positions):
            place = (origin.file, column)
            self.faults[place] = bad | self.faults.get(place, np.zeros_like(bad))
        for position in positions[:MOST_ROWS].tolist():
            message, remedy = describe(position)
            file, line = origin.file_of(position), origin.line(position)
            self.problems.append(Problem(file, line, column, message, remedy))
        rest = len(positions) - MOST_ROWS
        if rest > 0:
            shown = origin.where(int(positions[MOST_ROWS - 1]))
            last = origin.where(int(positions[-1]))
            self.add(
                origin.file,
                word(
                    "{rest} more rows are wrong like line {shown}, up to line {last}",
                    rest=rest,
                    shown=shown,
                    last=last,
                ),
                "Mend them likewise.",
                column=column,
            )
