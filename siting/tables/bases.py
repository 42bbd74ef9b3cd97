"""Settles which transfer price, tariff rows and carbon factors count."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from siting.errors import quoted, unquoted
from siting.tables.derive import Frames
from siting.tables.findings import Findings
from siting.tables.schema import Kind, Table
from siting.tables.toml import Keys
from siting.words import word


def bases_of(table: Table, frame: pd.DataFrame) -> "pd.Series[str]":
    """Return the basis of each row as ``sources`` name it; "" for every basis."""
    if not table.basis:
        return pd.Series("", frame.index)
    column = frame[table.basis]
    if table.field(table.basis).kind is Kind.NUMBER:
        return column.map(lambda year: "" if math.isnan(year) else f"{year:.0f}")
    return column


def resolve_bases(
    frames: Frames,
    transfer_basis: str,
    tariff_basis: str,
    carbon_year: int | None,
    keys: Keys,
    findings: Findings,
) -> dict[str, Any]:
    """Return the three settings, the only choice where none was made.

    A setting that cannot be settled is left out.

    Parameters
    ----------
    frames
        Completed tables.
    transfer_basis, tariff_basis, carbon_year
        As the settings have them; blank: not chosen.
    keys
        The settings as read.
    findings
        Takes the problems.
    """
    years = frames["carbon_factors"]["year"].dropna().unique()
    choices = {
        "transfer_basis": ("transfer_prices", "basis", transfer_basis),
        "tariff_basis": ("tariffs", "basis", tariff_basis),
    }
    resolved: dict[str, Any] = {}
    for key, (table, column, asked) in choices.items():
        known = [name for name in frames[table][column].unique() if name]
        choice = _choice(key, table, known, asked, quoted, keys, findings)
        if choice is not None:
            resolved[key] = choice
    known = [str(int(year)) for year in years if float(year).is_integer()]
    asked = "" if carbon_year is None else str(carbon_year)
    key, table = "carbon_year", "carbon_factors"
    year = _choice(key, table, known, asked, unquoted, keys, findings)
    if year is not None:
        resolved["carbon_year"] = int(year) if year else None
    return resolved


def _choice(
    key: str,
    table: str,
    known: Sequence[str],
    asked: str,
    listed: Callable[[Sequence[str]], str],
    keys: Keys,
    findings: Findings,
) -> str | None:
    """Return the choice; ``None`` where there is none."""
    if {table, keys.file} & findings.broken:
        return None
    if any(p.file == keys.file and p.column == key for p in findings.problems):
        # One was made, which cannot be read: that is told already.
        return None
    remedy = word("There are no {what} here.", what=word("choices"))
    if known:
        remedy = word("Choose {key}, one of {known}.", key=key, known=listed(known))
    if not asked:
        if len(known) > 1:
            message = word(
                "the table {table} holds several and none is chosen", table=table
            )
            findings.add(keys.file, message, remedy, column=key)
            return None
        return known[0] if len(known) == 1 else ""
    if asked not in known:
        message = word(
            "{asked} is not in the table {table}", asked=listed([asked]), table=table
        )
        findings.add(keys.file, message, remedy, row=keys.line(key), column=key)
        return None
    return asked
