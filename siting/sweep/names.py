"""Names of inputs: how they are written, and their friendly forms.

``transfer_basis``, ``policy.carbon_price_cny_per_t``,
``tariffs.price_cny_per_mwh[side=west]*`` or ``power-price.west``; the last sign says
whether a value replaces (``=``, the default of tables), scales (``*``, the default of
friendly names) or is added (``+``).
"""

import re
from dataclasses import dataclass

from siting.sweep.distributions import refused
from siting.words import word

SET, SCALE, ADD = "=", "*", "+"
FORM = (
    "Write a setting, policy.KEY, TABLE.COLUMN[FILTER] or a friendly name such as "
    "power-price.west; * behind it scales, + adds, = sets."
)
_NAME = re.compile(
    r"(?P<base>[A-Za-z_][\w-]*)"
    r"(?:\.(?P<part>[^\[\]*+=]+?))?"
    r"(?:\[(?P<filter>[^\]]*)\])?"
    r"(?:\.(?P<field>\w+))?"
    r"\s*(?P<sign>[*+]?=?)"
)


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    Attributes
    ----------
    text : str
        As it stands in designs and results.
    base : str
        Table, ``policy``, setting or friendly name; hyphens as in ``power-price``.
    part : str
        Column, key, or what a friendly name is narrowed to.
    filter : str
        What stands in brackets.
    field : str
        Key of a limit of the policy, as ``share`` in ``policy.green_min[0].share``.
    sign : str
        ``=``, ``*``, ``+`` or "" where none was given.
    """

    text: str
    base: str
    part: str
    filter: str
    field: str
    sign: str


@dataclass(frozen=True)
class Alias:
    """A friendly name.

    Attributes
    ----------
    table : str
        A table, or ``policy``.
    columns : tuple of str
    narrow : tuple of str
        Columns in which the word behind the point is looked for.
    sign : str
        What a value does unless said otherwise.
    """

    table: str
    columns: tuple[str, ...]
    narrow: tuple[str, ...] = ()
    sign: str = SCALE


DEMAND = (
    "it_mw",
    "accelerators",
    "pf_days_per_year",
    "flops_per_year",
    "requests_per_day",
)
TRANSFER = (
    "price_cny_per_gb",
    "price_cny_per_gbps_month",
    "link_cny_per_gbps_year",
    "link_cny_per_gbps_km_year",
)
FACTORS = ("location_kg_per_mwh", "residual_kg_per_mwh")
RATES = ("to_hub_gbps_per_mw", "from_hub_gbps_per_mw")
_HUB = ("side", "id", "province", "kind")
_WORKLOAD = ("class", "id", "origin", "manner")

ALIASES = {
    "power-price": Alias(
        "tariffs", ("price_cny_per_mwh",), ("side", "hub", "province", "season")
    ),
    "demand": Alias("workloads", DEMAND, _WORKLOAD),
    "data-rate": Alias("workloads", RATES, _WORKLOAD),
    "rtt-limit": Alias("workloads", ("rtt_limit_ms",), _WORKLOAD, SET),
    "capacity": Alias("hubs", ("it_capacity_mw",), _HUB),
    "capex": Alias("hubs", ("capex_cny_per_kw",), _HUB),
    "hosting": Alias("hubs", ("hosting_cny_per_mw_year",), _HUB),
    "transfer-price": Alias("transfer_prices", TRANSFER, ("basis",)),
    "link-capacity": Alias("links", ("capacity_gbps",), ("id", "source", "target")),
    "carbon-factor": Alias("carbon_factors", FACTORS, ("grid",)),
    "certificate-price": Alias("certificates", ("price_cny_per_mwh",), ("id", "grid")),
    "carbon-price": Alias("policy", ("carbon_price_cny_per_t",), (), SET),
    "carbon-cap": Alias("policy", ("carbon_cap_t",), (), SET),
}


def split(text: str) -> Name:
    """Take a name apart.

    Raises
    ------
    InputError
        If it is not written as a name is.

    Examples
    --------
    >>> split("tariffs.price_cny_per_mwh[side=west]*").filter
    'side=west'
    """
    found = _NAME.fullmatch(text.strip())
    if not found:
        message = word("'{text}' is not the name of an input", text=text)
        raise refused(message, FORM, text)
    base = found["base"]
    if base.replace("_", "-") in ALIASES:
        base = base.replace("_", "-")
    sign = found["sign"].rstrip("=") or ("=" if "=" in found["sign"] else "")
    parts = {key: (found[key] or "").strip() for key in ("part", "filter", "field")}
    shown = base + (f".{parts['part']}" if parts["part"] else "")
    shown += f"[{parts['filter']}]" if found["filter"] is not None else ""
    shown += f".{parts['field']}" if parts["field"] else ""
    usual = ALIASES[base].sign if base in ALIASES else SET
    shown += "" if sign == usual else sign
    return Name(shown, base, **parts, sign=sign)


def canonical(text: str) -> str:
    """Return a name as it stands in designs and results."""
    return split(text).text


def assignment(text: str, option: str) -> tuple[str, str]:
    """Split ``NAME=VALUES`` of the command line; a filter may hold ``=`` itself.

    >>> assignment("tariffs.price_cny_per_mwh[side=west]*=0.8,1", "--grid")
    ('tariffs.price_cny_per_mwh[side=west]*', '0.8,1')
    """
    found = re.fullmatch(
        r"\s*([^\[\]=]+(?:\[[^\]]*\])?[^\[\]=]*?)=(.*)", text, re.DOTALL
    )
    if not found or not found[1].strip() or not found[2].strip():
        message = word("'{text}' is not of the form NAME=VALUES", text=text)
        raise refused(message, word(FORM) + word(" Then = and its values."), option)
    return found[1].strip(), found[2].strip()
