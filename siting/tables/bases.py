"""Settles which transfer price, tariff rows and carbon factors count."""

from collections.abc import Sequence
from typing import Any

from siting.errors import quoted, suggestion
from siting.tables.derive import Frames
from siting.tables.findings import Findings
from siting.tables.toml import Keys
from siting.words import word


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
        known = [word for word in frames[table][column].unique() if word]
        choice = _choice(key, table, known, asked, keys, findings)
        if choice is not None:
            resolved[key] = choice
    known = [str(int(year)) for year in years if float(year).is_integer()]
    asked = "" if carbon_year is None else str(carbon_year)
    year = _choice("carbon_year", "carbon_factors", known, asked, keys, findings)
    if year is not None:
        resolved["carbon_year"] = int(year) if year else None
    return resolved


def _choice(
    key: str,
    table: str,
    known: Sequence[str],
    asked: str,
    keys: Keys,
    findings: Findings,
) -> str | None:
    """Return the choice; ``None`` where there is none."""
    if {table, keys.file} & findings.broken:
        return None
    if not asked:
        if len(known) > 1:
            message = word(
                "the table {table} holds several and none is chosen", table=table
            )
            remedy = word("Choose {key}, one of {known}.", key=key, known=quoted(known))
            findings.add(keys.file, message, remedy, column=key)
            return None
        return known[0] if len(known) == 1 else ""
    if asked not in known:
        message = word(
            "'{asked}' is not in the table {table}", asked=asked, table=table
        )
        remedy = suggestion(asked, known, "choices")
        findings.add(keys.file, message, remedy, row=keys.line(key), column=key)
        return None
    return asked
