"""The cover of a workbook: the result, how it is counted, where it comes from."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from siting.statements import in_use
from siting.wording import Money
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

GRADES = {"A": "read in a source", "B": "well known", "C": "estimate"}
CONTENTS = {
    "placement": "what runs where",
    "schedule": "movable and deferrable work by period",
    "unserved": "demand that is not served",
    "routes": "paths on the backbone",
    "hubs": "room, energy and bill of every hub",
    "links": "load of every link",
    "certificates": "green certificates retired",
    "ledger": "cost of the plan and of its baselines",
    "emissions": "emissions under both accountings",
    "limits": "every limit, its use and its worth",
    "duals": "multipliers that prove the optimum",
    "baselines": "measures of the plan and of its baselines",
    "sources": "where the figures come from and how sure they are",
    "columns": "which column of the files stands under which head",
}


@dataclass(frozen=True)
class Line:
    """One line of the cover: its cells, and the sheet the first one leads to."""

    cells: tuple[Any, ...] = ()
    bold: bool = False
    sheet: str = ""


def cover(plan: "Plan") -> list[Line]:
    """Return the lines of the cover."""
    settings = plan.scenario.settings
    lines = [
        Line((settings.heading,), bold=True),
        Line((word("name of the scenario"), settings.name)),
        Line((word("state"), word(plan.status))),
        Line((word("cost of the year, CNY"), plan.cost_cny)),
        Line((word("gap to the proven bound"), plan.gap)),
        Line(),
    ]
    for title, part in (
        ("Sheets", _sheets()),
        ("Plan and baselines", _baselines(plan)),
        ("How it is counted: settings", mapping(asdict(settings))),
        ("How it is counted: policy", mapping(asdict(plan.scenario.policy))),
        ("How sure the figures are", _grades(plan)),
        ("Manifest: how the plan came about", mapping(plan.manifest)),
    ):
        lines += [Line((word(title),), bold=True), *part, Line()]
    return lines


def _sheets() -> Iterator[Line]:
    for name, text in CONTENTS.items():
        yield Line((name, word(text)), sheet=name)


def _baselines(plan: "Plan") -> Iterator[Line]:
    totals = plan.ledger[plan.ledger["term"] == "total"]
    for name in totals.columns[1:]:
        amounts = totals[name].dropna()
        if len(amounts):
            total = float(amounts.iloc[0])
            money = Money([total])
            short = f"{money.text(total)} {money.unit}"
            yield Line((word(_plan_name(str(name))), total, short))


def _plan_name(name: str) -> str:
    from siting.export.heads import HEADS

    return HEADS[name][0]


def _grades(plan: "Plan") -> Iterator[Line]:
    if plan.scenario.sources.empty:
        yield Line((word("The scenario names no sources."),))
        return
    counts = in_use(plan.scenario)["grade"].value_counts()
    for grade, text in GRADES.items():
        if grade in counts:
            yield Line((f"{grade}: {word(text)}", int(counts[grade])))


def mapping(values: Any, key: str = "") -> Iterator[Line]:
    """Lay nested keys out, one value a line."""
    if isinstance(values, dict) and values:
        for name, value in values.items():
            yield from mapping(value, f"{key}.{name}" if key else str(name))
    elif isinstance(values, list | tuple) and any(
        isinstance(value, dict) for value in values
    ):
        for number, value in enumerate(values):
            yield from mapping(value, f"{key}[{number}]")
    elif isinstance(values, list | tuple):
        yield Line((key, "; ".join(map(str, values))))
    else:
        yield Line((key, "" if values is None or values == {} else values))
