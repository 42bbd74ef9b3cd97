"""How it is counted, where the figures come from, and how the plan came about."""

import hashlib
from typing import TYPE_CHECKING, Any

from siting.export.cover import GRADES, mapping
from siting.fingerprint import table_hash
from siting.report.reasons import Names
from siting.report.table import Row, Table, few, heads
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

HASHES = "scenario_sha256"
PUE = {"stock": "as the hubs stand", "new": "of new rooms"}
ROOM = {
    "dedicated": "every workload owns its peak",
    "pooled": "what is drawn together counts",
}
ACCOUNTING = {"location": "location-based", "market": "market-based"}


def accounting(plan: "Plan", lang: str) -> Table:
    """Return the choices behind every comparison."""
    settings, policy = plan.scenario.settings, plan.scenario.policy

    def say(english: str, **values: object) -> str:
        return word(english, lang, **values)

    sides = few([say(side) for side in settings.new_sides], lang)
    capital = say("standing rooms are sunk")
    if sides:
        capital = say("standing rooms are paid for in: {sides}", sides=sides)
    annuity = say(
        "{capital}; new capital {rate} % over {years} years",
        capital=capital,
        rate=f"{100 * settings.discount_rate:g}",
        years=f"{settings.life_years:g}",
    )
    carbon = say("no year stated")
    if settings.carbon_year:
        carbon = say("factors of {year}", year=settings.carbon_year)
    if policy.carbon_price_cny_per_t:
        price = f"{policy.carbon_price_cny_per_t:g}"
        how = say(ACCOUNTING[policy.carbon_accounting])
        carbon = say(
            "{factors}; {price} CNY/t, {how}", factors=carbon, price=price, how=how
        )
    lost = say("not allowed")
    if settings.unserved_cny_per_mwh is not None:
        lost = say("{price} CNY/MWh", price=f"{settings.unserved_cny_per_mwh:,.0f}")
    rtt = say(
        "2 × one-way × {factor} + {access} ms",
        factor=f"{settings.rtt_factor:g}",
        access=f"{settings.rtt_access_ms:g}",
    )
    if len(plan.scenario.rtt):
        count = len(plan.scenario.rtt)
        rtt = say("{rtt}; measured for {count} pairs", rtt=rtt, count=count)
    told = {
        "transfer price": say(settings.transfer_basis or "none: transfer is free"),
        "power price": say(settings.tariff_basis or "the only basis given"),
        "capital": annuity,
        "carbon factors": carbon,
        "certificates": say(settings.certificates),
        "PUE": say(PUE[settings.pue]),
        "room": say(ROOM[settings.room]),
        "round trip": rtt,
        "demand not served": lost,
    }
    rows = tuple(Row((say(name), text)) for name, text in told.items())
    found = plan.manifest.get("baseline_notes") or []
    notes = found.values() if isinstance(found, dict) else found
    told_heads = heads([say("what"), say("how")], "", "long")
    caption = say("How it is counted")
    return Table(caption, told_heads, rows, tuple(map(str, notes)))


def grades(plan: "Plan", lang: str) -> str:
    """Count the statements of the sources by grade, in one sentence."""
    counts = plan.scenario.sources["grade"].value_counts()
    if counts.empty:
        return word("The scenario names no sources.", lang)
    told = [
        f"{grade} ({word(words, lang)}) {counts.get(grade, 0):,}"
        for grade, words in GRADES.items()
    ]
    return word(
        "Statements in the sources by grade: {told}.", lang, told=few(told, lang)
    )


def sources(plan: "Plan", lang: str) -> Table:
    """Return every statement about where a figure comes from."""
    names = Names(plan, lang)
    rows = []
    for row in plan.scenario.sources.to_dict("records"):
        year = row["year"]
        cells = (
            str(row["column"]),
            names.keys(str(row["table"]), str(row["key"])),
            f"{_text(row['value'])} {_text(row['unit'])}".strip(),
            str(row["grade"]),
            _text(int(year) if isinstance(year, float) and year == year else year),
            _text(row["source"]),
            _text(row["note"]),
        )
        rows.append(Row((str(row["table"]), *cells)))
    texts = ("table", "column", "of", "value", "grade", "year", "source", "note")
    kinds = ("short", "short", "", "", "short", "short", "long", "long")
    return Table(
        word("Sources", lang),
        heads([word(text, lang) for text in texts], *kinds),
        tuple(rows),
    )


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def fingerprints(plan: "Plan") -> dict[str, str]:
    """Hash every table of the plan: equal for equal content."""
    return {name: table_hash(table) for name, table in plan.tables.items()}


def plan_hash(plan: "Plan") -> str:
    """Return one hash for the tables of a plan and its scenario."""
    digest = hashlib.sha256()
    # Both have tables of the same name.
    parts = {"plan": fingerprints(plan), "scenario": plan.manifest.get(HASHES) or {}}
    for part, hashes in parts.items():
        for name, value in hashes.items():
            digest.update(f"{part}.{name}={value}\n".encode())
    return digest.hexdigest()


def manifest(plan: "Plan", lang: str) -> Table:
    """Return how the plan came about, and hashes of all that it holds."""
    given = {k: v for k, v in plan.manifest.items() if k != "baseline_notes"}
    given |= {"plan_sha256": fingerprints(plan), "sha256": plan_hash(plan)}
    rows = []
    for line in mapping(given):
        key, value = line.cells
        rows.append(Row((str(key), str(value))))
    texts = heads([word("key", lang), word("value", lang)], "short", "long")
    return Table(word("Manifest", lang), texts, tuple(rows))
