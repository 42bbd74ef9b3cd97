"""Warns of sources that are told of nothing: an unknown table or hub."""

from siting.errors import suggestion
from siting.tables.dictionary import TABLES
from siting.tables.world import World
from siting.words import word

# What sources may tell of beside tables.
_OTHERS = ("settings", "policy")


def warn_of_sources(world: World) -> None:
    """Warn of the first row of ``sources`` for every unknown table and unknown hub."""
    if "sources" not in world.given or not world.sound("sources"):
        return
    sources = world.frames["sources"]
    known = [*TABLES, *_OTHERS]
    for name, rows in sources.groupby("table", sort=False):
        if name and name not in known:
            message = word("unknown table '{name}'", name=name)
            remedy = suggestion(str(name), known, "tables")
            _warn(world, int(rows.index[0]), "table", message, remedy)
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


def _warn(world: World, row: int, column: str, message: str, remedy: str) -> None:
    origin = world.origins["sources"]
    file, line = origin.file_of(row), origin.line(row)
    world.findings.warn(file, message, remedy, row=line, column=column)
