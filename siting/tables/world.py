"""The tables under check, with where each was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from siting.tables.derive import Frames
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings, Origin
from siting.words import word


@dataclass(frozen=True, eq=False)
class World:
    """Completed tables, their origins, and what was found so far.

    Parameters
    ----------
    frames
        Completed tables, rows in the order of the file.
    origins
        Where each table was read.
    given
        The tables that were given, with only their own columns.
    findings
        Takes the problems.
    """

    frames: Frames
    origins: dict[str, Origin]
    given: Mapping[str, pd.DataFrame]
    findings: Findings

    def sound(self, *names: str) -> bool:
        """Whether none of the tables is broken."""
        return not self.findings.broken & set(names)

    def known(self, name: str, column: str) -> pd.Index | None:
        """Return the values of a column, ``None`` where they cannot be known."""
        implied = name == "nodes" and name not in self.given
        if implied and not self.sound("hubs", "workloads"):
            return None
        if not self.sound(name):
            given = self.given.get(name)
            there = given is not None and len(given) and column in given.columns
            if not there or self.origins[name].slipped:
                return None
        values: pd.Index = pd.Index(self.frames[name][column].drop_duplicates())
        return values

    def has_key(self, name: str) -> bool:
        """Whether a table was given and has the columns of its key."""
        given = self.given.get(name)
        if given is None or (given.empty and not self.sound(name)):
            return False
        needed = [
            f for f in TABLES[name].fields if f.required and f.name in TABLES[name].key
        ]
        return all(field.name in given.columns for field in needed)

    def faults(self, name: str, column: str) -> NDArray[np.bool_]:
        """Whether the cell of each row was found wrong."""
        none = np.zeros(len(self.frames[name]), dtype=bool)
        return self.findings.faults.get((self.origins[name].file, column), none)

    def cells(
        self, table: str, bad: ArrayLike, column: str, message: str, remedy: str
    ) -> None:
        """Add a problem for each bad row; ``{id}`` in the message is its id."""
        self.rows(
            table,
            bad,
            column,
            lambda row: (word(message).replace("{id}", str(row["id"])), remedy),
        )

    def rows(
        self,
        table: str,
        bad: ArrayLike,
        column: str | None,
        describe: Callable[["pd.Series[str]"], tuple[str, str]],
    ) -> None:
        """Add a problem for each bad row of a table; the row itself is described."""
        frame = self.frames[table]
        mask = np.asarray(bad, dtype=bool)
        self.findings.rows(
            self.origins[table],
            mask,
            column,
            lambda position: describe(frame.iloc[position]),
        )
