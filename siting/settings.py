"""Settings and policy of a scenario: what they are, how they are read and written."""

import copy
import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, TypeVar

import numpy as np

from siting.errors import InputError, one_of, suggestion
from siting.tables.cells import share_remedy
from siting.tables.dictionary import SIDES
from siting.tables.findings import Findings
from siting.tables.toml import Keys, toml_value
from siting.words import word

_Record = TypeVar("_Record")


def _key(default: Any, meaning: str, **traits: Any) -> Any:
    """Return a dataclass field that carries the rules for its key."""
    return field(default=default, metadata={"meaning": meaning, **traits})


@dataclass(frozen=True)
class Settings:
    """Settings of a scenario, as in ``scenario.toml``.

    Raises
    ------
    InputError
        With every value that may not be.
    """

    name: str = _key("", "Name; the folder's name where blank.")
    title: str = _key("", "Title.")
    workloads: str = _key("", "The default workload set.")
    hours_per_year: float = _key(8760.0, "Hours of the accounting year.", above=0.0)
    rtt_factor: float = _key(1.0, "Network factor on the optical delay.", least=0.0)
    rtt_access_ms: float = _key(1.0, "Added once to every modelled RTT.", least=0.0)
    propagation_ms_per_km: float = _key(0.0049, "One-way optical delay.", least=0.0)
    hop_ms: float = _key(0.0, "One-way delay of each link crossed.", least=0.0)
    metro_km: float = _key(0.0, "A path no longer than this is local.", least=0.0)
    transfer_basis: str = _key("", "Basis of the transfer price.")
    routing: str = _key(
        "fixed", "Whether path splits may differ.", options=("fixed", "by-period")
    )
    network_kwh_per_gb: float = _key(0.0, "Energy of moving a gigabyte.", least=0.0)
    network_co2_kg_per_mwh: float = _key(0.0, "Its carbon factor.", least=0.0)
    tariff_basis: str = _key("", "Which tariff rows count.")
    carbon_year: int | None = _key(None, "Which carbon factors count.")
    pue: str = _key("stock", "Which PUE counts.", options=("stock", "new"))
    room: str = _key("dedicated", "Who owns room.", options=("dedicated", "pooled"))
    new_sides: tuple[str, ...] = _key(
        (), "Sides whose standing room carries its annuity.", options=SIDES
    )
    discount_rate: float = _key(0.08, "Of every annuity.", least=0.0, most=1.0)
    life_years: float = _key(15.0, "Of hub room.", above=0.0)
    link_life_years: float = _key(10.0, "Of widened links.", above=0.0)
    certificates: str = _key(
        "off", "How certificates are matched.", options=("off", "year", "period")
    )
    unserved_cny_per_mwh: float | None = _key(
        None, "Price of demand not served.", least=0.0
    )
    accelerators_in_ledger: bool = _key(False, "Whether accelerators are charged.")
    tie_break: str = _key(
        "latency", "Which of the optimal plans.", options=("latency", "none")
    )

    def __post_init__(self) -> None:
        """Check every value."""
        _check(self, "settings")

    @property
    def heading(self) -> str:
        """What stands above results: the title, else the name."""
        return self.title or self.name or word("unnamed")


_SHARE = {"least": 0.0, "most": 1.0, "required": True}


@dataclass(frozen=True)
class PlacementLimit:
    """Least or most share of the scope's mean IT MW that is placed somewhere."""

    share: float = _key(0.0, "Share.", **_SHARE)
    side: str = _key("", "Side.")
    hub: str = _key("", "Hub.")
    province: str = _key("", "Province.")
    workload_class: str = _key("", "Class in scope.")
    origin: str = _key("", "Origin in scope.")
    workload: str = _key("", "Workload in scope.")


@dataclass(frozen=True)
class GreenLimit:
    """Least green share of the facility energy of the scope."""

    share: float = _key(0.0, "Share.", **_SHARE)
    workload_class: str = _key("", "Class in scope.")
    origin: str = _key("", "Origin in scope.")
    workload: str = _key("", "Workload in scope.")
    every_period: bool = _key(False, "In every period rather than over the year.")


@dataclass(frozen=True)
class ReservedLimit:
    """A site kept open: at least so much room is paid for."""

    hub: str = _key("", "Hub.", required=True)
    mw: float = _key(0.0, "MW of room.", least=0.0, required=True)


@dataclass(frozen=True)
class Policy:
    """Limits that are a choice, as in ``policy.toml``.

    Limits of a list are :class:`PlacementLimit`, :class:`GreenLimit` and
    :class:`ReservedLimit`, or dicts with the keys of the file.

    Raises
    ------
    InputError
        With every value that may not be.
    """

    carbon_price_cny_per_t: float = _key(0.0, "A ledger term.", least=0.0)
    carbon_accounting: str = _key(
        "location", "Of the price and the cap.", options=("location", "market")
    )
    carbon_cap_t: float | None = _key(None, "Most emissions.", least=0.0)
    closed_hubs: tuple[str, ...] = _key((), "Hubs not used.")
    placement_min: tuple[PlacementLimit, ...] = _key((), "", record=PlacementLimit)
    placement_max: tuple[PlacementLimit, ...] = _key((), "", record=PlacementLimit)
    green_min: tuple[GreenLimit, ...] = _key((), "", record=GreenLimit)
    reserved_min: tuple[ReservedLimit, ...] = _key((), "", record=ReservedLimit)
    move_cny_per_mw: float = _key(
        0.0, "One-off price of a MW that leaves its current hub.", least=0.0
    )
    move_life_years: float = _key(5.0, "Years over which it is spread.", above=0.0)
    churn_max_share: float | None = _key(
        None, "Most of the mean MW that may leave its hub.", least=0.0, most=1.0
    )

    def __post_init__(self) -> None:
        """Check every value; limits given as dicts become what they are."""
        _check(self, "policy")


def key_of(attribute: str) -> str:
    """Return the TOML key of an attribute (``class`` is a reserved word)."""
    return "class" if attribute == "workload_class" else attribute


def parse(
    kind: type[_Record],
    keys: Keys,
    findings: Findings,
    section: str = "",
    number: int = 0,
) -> _Record:
    """Return settings or policy from keys and values; problems go to the findings.

    Parameters
    ----------
    kind
        :class:`Settings`, :class:`Policy` or one of the limits.
    keys
        What was given.
    findings
        Takes the problems.
    section, number
        Place of a limit in its list.
    """
    # What is wrong is among the findings; what is left of it need not be sound.
    return unchecked(kind(), **_values(kind, keys, findings, section, number))


def _check(record: Settings | Policy, name: str) -> None:
    """Check the values of a record by themselves, and store them as they are kept."""
    findings = Findings()
    values = _values(type(record), Keys(as_mapping(record), name), findings)
    if findings.problems:
        raise InputError(findings.problems)
    for attribute, value in values.items():
        object.__setattr__(record, attribute, value)


def unchecked(record: _Record, **changes: Any) -> _Record:
    """Return a record with other values, of which none is looked at."""
    changed = copy.copy(record)
    for attribute, value in changes.items():
        object.__setattr__(changed, attribute, value)
    return changed


def _values(
    kind: type[_Record],
    keys: Keys,
    findings: Findings,
    section: str = "",
    number: int = 0,
) -> dict[str, Any]:
    """Return the values of a record by attribute; see :func:`parse`."""
    fields = {key_of(f.name): f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    where = f"{section}[{number}]" if section else ""
    for key, value in keys.values.items():
        key = str(key)
        column = f"{where}.{key}" if where else key
        line = keys.line(key, section, number)
        if key not in fields:
            message = word("unknown key '{key}'", key=key)
            # The attribute has another name than the key.
            remedy = suggestion(key_of(key), fields, "keys")
            findings.add(keys.file, message, remedy, row=line, column=column)
            continue
        entry = fields[key]
        if "record" in entry.metadata:
            values[entry.name] = _records(entry, key, value, keys, findings)
            continue
        fault, good = _checked(entry, value)
        if fault:
            findings.add(keys.file, fault[0], fault[1], row=line, column=column)
        else:
            values[entry.name] = good
    for key, entry in fields.items():
        if entry.metadata.get("required") and key not in keys.values:
            line = keys.line("", section, number)
            column = f"{where}.{key}" if where else key
            remedy = word("Give {key} = ..., {wanted}.", key=key, wanted=_wanted(entry))
            findings.add(
                keys.file, "the key is missing", remedy, row=line, column=column
            )
    return values


def _records(
    entry: "dataclasses.Field[Any]",
    key: str,
    value: object,
    keys: Keys,
    findings: Findings,
) -> tuple[Any, ...]:
    kind = entry.metadata["record"]
    if not isinstance(value, Sequence) or isinstance(value, str | Mapping):
        remedy = word("Write each of them under its own line [[{key}]].", key=key)
        findings.add(
            keys.file, "this is not a list", remedy, row=keys.line(key), column=key
        )
        return ()
    found: list[Any] = []
    for number, entry_value in enumerate(value):
        whole = isinstance(entry_value, kind)
        item: Any = _mapping(entry_value) if whole else entry_value
        if not isinstance(item, Mapping):
            column, remedy = f"{key}[{number}]", "Give keys and values, as in a table."
            findings.add(keys.file, "this is not a table", remedy, column=column)
            continue
        inner = Keys(item, keys.file, keys.text)
        found.append(parse(kind, inner, findings, key, number))
        if kind is PlacementLimit:
            _one_place(inner, key, number, findings)
    return tuple(found)


def _one_place(keys: Keys, key: str, number: int, findings: Findings) -> None:
    values = [keys.values.get(name) for name in ("side", "hub", "province")]
    places = [v for v in values if v is not None and not (isinstance(v, str) and not v)]
    if len(places) != 1:
        findings.add(
            keys.file,
            word("{count} of side, hub and province are given", count=len(places)),
            "Give exactly one of them.",
            row=keys.line("", key, number),
            column=f"{key}[{number}]",
        )


def _kind(entry: "dataclasses.Field[Any]") -> str:
    text = (
        entry.type
        if isinstance(entry.type, str)
        else getattr(entry.type, "__name__", str(entry.type))
    )
    return str(entry.type) if "|" in str(entry.type) else text


def _wanted(entry: "dataclasses.Field[Any]") -> str:
    kind = _kind(entry)
    if kind.startswith("float"):
        return "a number"
    if kind.startswith("int"):
        return "a whole number"
    if kind.startswith("bool"):
        return "true or false"
    return "a list of words" if kind.startswith("tuple") else 'a word in "quotes"'


def _checked(
    entry: "dataclasses.Field[Any]", value: Any
) -> tuple[tuple[str, str] | None, Any]:
    """Return what is wrong with a value and its remedy, or the value as stored."""
    kind, options = _kind(entry), entry.metadata.get("options", ())
    wrong = (
        word("{value!r} is not {wanted}", value=value, wanted=_wanted(entry)),
        word("Give {wanted}.", wanted=_wanted(entry)),
    )
    if value is None and "None" in kind:
        return None, None
    if kind.startswith("bool"):
        flag = isinstance(value, bool | np.bool_)
        return (None, bool(value)) if flag else (wrong, None)
    if kind.startswith(("float", "int")):
        return _checked_number(entry, kind, value, wrong)
    if kind.startswith("tuple"):
        listed = isinstance(value, list | tuple)
        if not listed or not all(isinstance(given, str) for given in value):
            return wrong, None
        words = tuple(dict.fromkeys(value))
    elif isinstance(value, str):
        words = (value,)
    else:
        return wrong, None
    for given in words:
        if options and given not in options:
            return (
                word("unknown word '{given}'", given=given),
                one_of(given, options),
            ), None
    return None, words if kind.startswith("tuple") else words[0]


def _checked_number(
    entry: "dataclasses.Field[Any]", kind: str, value: Any, wrong: tuple[str, str]
) -> tuple[tuple[str, str] | None, Any]:
    if isinstance(value, bool) or not isinstance(value, Real):
        return wrong, None
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        return (
            word("{value} is not a finite number", value=value),
            "Give a finite number.",
        ), None
    rules = entry.metadata
    if kind.startswith("int"):
        return (None, int(value)) if value.is_integer() else (wrong, None)
    if "above" in rules and value <= rules["above"]:
        bound = f"{rules['above']:g}"
        return (
            word("{value:.10g} is not above {bound}", value=value, bound=bound),
            word("Give more than {bound}.", bound=bound),
        ), None
    if "least" in rules and value < rules["least"]:
        return (word("{value:.10g} is negative", value=value), "Give 0 or more."), None
    if "most" in rules and value > rules["most"]:
        return (
            word("{value:.10g} is above {most:.10g}", value=value, most=rules["most"]),
            share_remedy(value),
        ), None
    return None, value


def _mapping(record: Any) -> Any:
    """Return a record as keys and values, blank ones left out; others as they are."""
    if not dataclasses.is_dataclass(record):
        return record
    values = {
        key_of(f.name): getattr(record, f.name) for f in dataclasses.fields(record)
    }
    return {key: value for key, value in values.items() if value not in ("", None)}


def as_mapping(record: Settings | Policy) -> dict[str, Any]:
    """Return settings or policy as the keys and values of their file."""
    values = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
    values = {key: value for key, value in values.items() if value is not None}
    for key, value in values.items():
        if key in ("placement_min", "placement_max", "green_min", "reserved_min"):
            listed = isinstance(value, list | tuple)
            values[key] = [_mapping(item) for item in value] if listed else value
    return values


def write_toml(record: Settings | Policy) -> str:
    """Return settings or policy as TOML that reads back as the same."""
    values = as_mapping(record)
    tables = {key: value for key, value in values.items() if isinstance(value, list)}
    lines = [
        f"{key} = {toml_value(value)}"
        for key, value in values.items()
        if key not in tables
    ]
    for key, items in tables.items():
        for item in items:
            lines += ["", f"[[{key}]]"]
            lines += [f"{name} = {toml_value(value)}" for name, value in item.items()]
    return "\n".join(lines) + "\n"
