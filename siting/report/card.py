"""What a notebook shows of a scenario and of a plan."""

from html import escape
from typing import TYPE_CHECKING

from siting.report.answer import Answer
from siting.report.money import ledger
from siting.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siting.plan import Plan
    from siting.scenario import Scenario

MOST_CLASSES = 12


def plan_card(plan: "Plan") -> str:
    """Return the answer and the ledger against the baselines as HTML."""
    found = ledger(plan)
    heads = [head.text for head in found.heads]
    rows = [row.cells for row in found.rows]
    title = f"{plan.scenario.settings.heading}: {word(plan.status)}"
    return _card(title, Answer(plan).sentence(), found.caption, heads, rows)


def scenario_card(scenario: "Scenario") -> str:
    """Return what a scenario holds as HTML."""
    settings, workloads = scenario.settings, scenario.workloads
    mw = scenario.it_mw.groupby(workloads["class"], sort=False)
    table = mw.agg(["size", "sum"]).sort_values("sum", ascending=False, kind="stable")
    rows = [
        (word(str(name)), f"{size:,.0f}", f"{total:,.1f}")
        for name, size, total in table.head(MOST_CLASSES).itertuples()
    ]
    rest = table.iloc[MOST_CLASSES:]
    if len(rest):
        name = word("{count} more", count=len(rest))
        rows.append((name, f"{rest['size'].sum():,.0f}", f"{rest['sum'].sum():,.1f}"))
    whole = f"{len(workloads):,}", f"{scenario.it_mw.sum():,.1f}"
    rows.append((word("total"), *whole))
    sentence = word(
        "{workloads:,} workloads at {origins:,} origins, {hubs:,} hubs, {links:,} "
        "links, {periods:,} periods, {sources:,} sources.",
        workloads=len(workloads),
        origins=workloads["origin"].nunique(),
        hubs=len(scenario.hubs),
        links=len(scenario.links),
        periods=len(scenario.periods),
        sources=len(scenario.sources),
    )
    heads = [word("class"), word("workloads"), word("IT load, MW")]
    title = settings.heading
    return _card(title, sentence, word("Demand at profile factor 1"), heads, rows)


def _card(
    title: str,
    sentence: str,
    caption: str,
    heads: "Sequence[str]",
    rows: "Sequence[Sequence[str]]",
) -> str:
    """Write a title, a sentence and a table; every text is escaped."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr><th>{escape(first)}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return (
        f"<p><strong><bdi>{escape(title)}</bdi></strong><br>{escape(sentence)}</p>"
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
