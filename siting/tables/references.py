"""Checks that keys occur once, and that ids name something that exists."""

import numpy as np
import pandas as pd

from siting.errors import quoted, suggestion
from siting.tables.dictionary import TABLES
from siting.tables.schema import Field, Kind
from siting.tables.world import World
from siting.words import word

_IN_LISTS = ("hubs", "nodes")
# Rows of a plan's emissions beside those of its hubs.
_SUMS = ("network", "total")
_IN_PATHS = ("nodes", "links")


def check_keys(world: World) -> None:
    """Report rows whose key is there already, and ids that cannot be joined."""
    for name, table in TABLES.items():
        if not table.key or not world.has_key(name):
            continue
        frame = world.frames[name]
        columns = list(table.key)
        needed = [column for column in columns if table.field(column).required]
        # To count what is distinct takes less time and memory than to mark the rest.
        if len(columns) == 1 and frame[columns[0]].is_unique:
            continue
        again = frame.duplicated(columns)
        if again.any():
            again &= ~(frame[needed] == "").any(axis=1)
        if again.any():
            _duplicates(world, name, columns, again)
    for names, mark, use in ((_IN_LISTS, ";", "lists"), (_IN_PATHS, ">", "paths")):
        for name in names:
            if not world.has_key(name):
                continue
            ids = world.frames[name]["id"]
            if mark not in "".join(ids):
                continue
            bad = ids.str.contains(mark, regex=False)
            remedy = word(
                "Choose an id without '{mark}', which separates ids in {use}.",
                mark=mark,
                use=word(use),
            )
            world.cells(
                name,
                bad,
                "id",
                word("the id '{{id}}' holds '{mark}'", mark=mark),
                remedy,
            )
    if world.has_key("hubs"):
        world.cells(
            "hubs",
            world.frames["hubs"]["id"].isin(_SUMS),
            "id",
            "the id '{id}' is that of a sum over all hubs",
            "Choose an id other than network and total.",
        )


def _duplicates(
    world: World, name: str, columns: list[str], again: "pd.Series[bool]"
) -> None:
    frame, origin = world.frames[name], world.origins[name]
    groups = frame.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    firsts = np.full(int(groups.max()) + 1, -1)
    firsts[groups[::-1]] = np.arange(len(groups))[::-1]

    def describe(position: int) -> tuple[str, str]:
        words = [_shown(frame[column].iloc[position]) for column in columns]
        line = origin.where(int(firsts[groups[position]]))
        message = word(
            "'{words}' is there already, in line {line}",
            words="|".join(part for part in words if part),
            line=line,
        )
        if len(columns) == 1:
            return message, word(
                "Give each row its own {columns}, or delete one.", columns=columns[0]
            )
        return message, word(
            "Keep one row for each {columns}.", columns=", ".join(columns)
        )

    column = columns[0] if len(columns) == 1 else None
    world.findings.rows(origin, again.to_numpy(), column, describe)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return str(value)


def check_references(world: World) -> None:
    """Report ids that are not in the table they refer to."""
    for name, table in TABLES.items():
        if name not in world.given:
            continue
        for field in table.fields:
            if field.refers and field.name in world.given[name].columns:
                _references(world, name, field)


def _references(world: World, name: str, field: Field) -> None:
    target, _, column = field.refers.partition(".")
    column = column or TABLES[target].key[0]
    known = world.known(target, column)
    if known is None:
        return
    implied = (name, field.name) in (("hubs", "node"), ("workloads", "origin"))
    if implied and "nodes" not in world.given:
        return
    cells = world.frames[name][field.name]
    where = _where(world, target, column)
    if field.kind is Kind.LIST:
        _listed(world, name, field.name, known, where)
        return
    bad = ~cells.isin(known) & (cells != "")
    world.rows(
        name,
        bad,
        field.name,
        lambda row: (
            word(
                "unknown {what} '{given}'",
                what=word(_what(field, target)),
                given=row[field.name],
            ),
            suggestion(row[field.name], known, where),
        ),
    )


def _where(world: World, target: str, column: str) -> str:
    if target == "nodes" and "nodes" not in world.given:
        return "nodes of hubs and origins"
    if column == TABLES[target].key[0] and TABLES[target].indexed:
        if target in world.given:
            return target
        return word("{table} (there is no such table)", table=target)
    if target not in world.given:
        return word(
            "{column}s (there is no table {table})", column=column, table=target
        )
    return word("{column}s in {table}", column=column, table=target)


def _what(field: Field, target: str) -> str:
    words = {
        "hubs": "hub",
        "nodes": "node",
        "periods": "period",
        "profiles": "profile",
        "carbon_factors": "grid",
        "accelerators": "accelerator model",
        "workloads": "workload",
    }
    column = field.refers.partition(".")[2]
    if target == "hubs" and column:
        return column
    return words[target]


def _listed(world: World, name: str, column: str, known: pd.Index, where: str) -> None:
    cells = world.frames[name][column].to_numpy(dtype=object)
    codes, uniques = pd.factorize(cells)
    names = set(known)
    strange = [[name for name in cell if name not in names] for cell in uniques]
    bad = np.array([bool(words) for words in strange] + [False])[codes]
    origin = world.origins[name]

    def describe(position: int) -> tuple[str, str]:
        words = strange[codes[position]]
        first = words[0]
        plural = "s" * (len(words) > 1)
        message = word("unknown name{plural}", plural=plural) + f" {quoted(words)}"
        if ";" not in first and "," in first:
            return message, "Separate several names with semicolons."
        return message, suggestion(first, known, where)

    world.findings.rows(origin, bad, column, describe)
