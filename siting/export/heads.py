"""Heads of a plan's tables for people: words and units in place of column names."""

import pandas as pd

from siting.plan_files import TABLES
from siting.words import names_of, word

# column: words, unit, number format of a spreadsheet
HEADS: dict[str, tuple[str, str, str]] = {
    "workload": ("workload", "", ""),
    "class": ("class", "", ""),
    "origin": ("origin", "", ""),
    "origin_name": ("name of the origin", "", ""),
    "hub": ("hub", "", ""),
    "hub_name": ("name of the hub", "", ""),
    "side": ("side", "", ""),
    "period": ("period", "", ""),
    "profile": ("profile", "", ""),
    "direction": ("direction", "", ""),
    "share": ("share", "%", "0.0%"),
    "it_mw": ("mean IT load", "MW", "#,##0.00"),
    "reserved_mw": ("room owned", "MW", "#,##0.00"),
    "energy_mwh": ("facility energy of the year", "MWh", "#,##0"),
    "rtt_ms": ("round trip", "ms", "0.00"),
    "rtt_limit_ms": ("largest round trip", "ms", "0.00"),
    "nodes": ("nodes passed", "", ""),
    "links": ("links used", "", ""),
    "length_km": ("length", "km", "#,##0.0"),
    "gbps": ("flow", "Gbps", "#,##0.00"),
    "gbps_mean": ("mean flow", "Gbps", "#,##0.00"),
    "gbps_peak": ("peak flow", "Gbps", "#,##0.00"),
    "it_capacity_mw": ("standing room", "MW", "#,##0.0"),
    "room_mw": ("room paid for", "MW", "#,##0.0"),
    "build_mw": ("room built", "MW", "#,##0.0"),
    "idle_mw": ("room left free", "MW", "#,##0.0"),
    "green_mwh": ("contracted green power", "MWh", "#,##0"),
    "electricity_cny": ("electricity bill of the year", "CNY", "#,##0"),
    "ingress_peak_gbps": ("peak inbound", "Gbps", "#,##0.00"),
    "egress_peak_gbps": ("peak outbound", "Gbps", "#,##0.00"),
    "link": ("link", "", ""),
    "source": ("from", "", ""),
    "target": ("to", "", ""),
    "headroom_gbps": ("head-room", "Gbps", "#,##0.0"),
    "widen_gbps": ("widened by", "Gbps", "#,##0.0"),
    "lit_gbps": ("lit bandwidth", "Gbps", "#,##0.0"),
    "forward_peak_gbps": ("peak load forward", "Gbps", "#,##0.00"),
    "backward_peak_gbps": ("peak load backward", "Gbps", "#,##0.00"),
    "use": ("peak load over head-room", "%", "0.0%"),
    "certificate": ("certificate", "", ""),
    "owner": ("owner", "", ""),
    "mwh": ("energy", "MWh", "#,##0"),
    "term": ("cost of the year", "", ""),
    "plan": ("plan", "", "#,##0.00"),
    "today": ("today", "", "#,##0.00"),
    "nearest": ("nearest hub", "", "#,##0.00"),
    "east_nearest": ("all east, nearest", "", "#,##0.00"),
    "east_optimal": ("all east, optimal", "", "#,##0.00"),
    "upper_bound": ("no limits at all", "", "#,##0.00"),
    "subject": ("subject", "", ""),
    "certificate_mwh": ("green certificates", "MWh", "#,##0"),
    "location_t": ("CO2, location-based", "t", "#,##0"),
    "market_t": ("CO2, market-based", "t", "#,##0"),
    "kind": ("kind", "", ""),
    "unit": ("unit", "", ""),
    "limit": ("limit", "", "#,##0.00"),
    "used": ("used", "", "#,##0.00"),
    "slack": ("left", "", "#,##0.00"),
    "worth": ("worth of one unit more", "", "#,##0.00"),
    "value": ("value", "", "#,##0.00"),
    "measure": ("measure", "", ""),
}
SPECIAL = {
    ("schedule", "it_mw"): ("IT load", "MW", "#,##0.00"),
    ("unserved", "it_mw"): ("IT load not served", "MW", "#,##0.00"),
    ("emissions", "energy_mwh"): ("energy of the year", "MWh", "#,##0"),
    **{
        ("ledger", name): (*HEADS[name][:1], "CNY", "#,##0")
        for name in TABLES["ledger"]
        if name != "term"
    },
}
SPOKEN = ("class", "side", "direction", "term", "kind", "measure")
"""Columns whose words a person reads in his own language."""


def parts(table: str, column: str) -> tuple[str, str, str]:
    """Return words, unit and number format of a column's head."""
    known = HEADS.get(column, (column, "", ""))
    return SPECIAL.get((table, column), known)


def head(table: str, column: str) -> str:
    """Return the head of a column, with its unit.

    Parameters
    ----------
    table, column : str
        As in ``docs/plan.md``.

    Examples
    --------
    >>> head("hubs", "room_mw")
    'room paid for, MW'
    """
    words, unit, _ = parts(table, column)
    text = word(words)
    if not unit:
        return text
    return word("{what}, {unit}", what=text, unit=word(unit))


def spoken(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the words of its fixed vocabulary in a language."""
    out = frame.copy()
    for column in SPOKEN:
        if column in out.columns:
            told = {text: _compound(text) for text in out[column].unique()}
            out[column] = out[column].map(told)
    return out


def _compound(text: str) -> str:
    """Say ``ledger:electricity`` word by word; names of the user stay."""
    return ":".join(word(part) for part in text.split(":"))


def with_names(
    frame: pd.DataFrame, hubs: pd.DataFrame, nodes: pd.DataFrame
) -> pd.DataFrame:
    """Return a table with the names of hubs and origins beside their ids."""
    out = frame.copy()
    for column, known in (("hub", hubs), ("origin", nodes)):
        if column in out.columns:
            names = out[column].map(names_of(known)).fillna("").astype(str)
            place = list(out.columns).index(column)
            out.insert(place + 1, f"{column}_name", names)
    return out
