"""Warns of sources that are told of nothing: an unknown table, hub or basis."""

import pandas as pd

from siting.errors import suggestion
from siting.tables.bases import bases_of
from siting.tables.dictionary import TABLES
from siting.tables.world import World
from siting.words import word

# What sources may tell of beside tables.
_OTHERS = ("settings", "policy")


def warn_of_sources(world: World) -> None:
    """Warn of the first row of ``sources`` for each unknown table, hub and basis."""
    if "sources" not in world.given or not world.sound("sources"):
        return
    sources = world.frames["sources"]
    known = [*TABLES, *_OTHERS]
    for name, rows in sources.groupby("table", sort=False):
        if name and name not in known:
            message = word("unknown table '{name}'", name=name)
            remedy = suggestion(str(name), known, "tables")
            _warn(world, int(rows.index[0]), "table", message, remedy)
    _warn_of_bases(world, sources)
    hubs = world.known("hubs", "id")
    if hubs is None:
        return
    keys = sources.loc[sources["table"] == "hubs", "key"].drop_duplicates()
    seen = {"", "*", *hubs}
    for row, key in keys.items():
        for name in key.split("|"):
            if name not in seen:
                seen.add(name)
                message = word("unknown {what} '{given}'", what=word("hub"), given=name)
                remedy = suggestion(name, hubs, "hubs")
                _warn(world, int(str(row)), "key", message, remedy)


def _warn_of_bases(world: World, sources: pd.DataFrame) -> None:
    named = sources[sources["basis"] != ""].drop_duplicates(["table", "basis"])
    for name, rows in named.groupby("table", sort=False):
        known = _bases(world, str(name))
        if known is None:
            continue
        for row, basis in rows["basis"].items():
            if basis not in known:
                what = word("basis")
                message = word("unknown {what} '{given}'", what=what, given=basis)
                remedy = suggestion(basis, known, "bases")
                _warn(world, int(str(row)), "basis", message, remedy)


def _bases(world: World, name: str) -> list[str] | None:
    """Return the bases of a table; ``None`` where it is not there or not sound."""
    if name in _OTHERS:
        return []
    table = TABLES.get(name)
    if table is None or world.frames[name].empty or not world.sound(name):
        return None
    return list(bases_of(table, world.frames[name]).unique())


def _warn(world: World, row: int, column: str, message: str, remedy: str) -> None:
    origin = world.origins["sources"]
    file, line = origin.file_of(row), origin.line(row)
    world.findings.warn(file, message, remedy, row=line, column=column)
