"""The command ``explain``: why a plan is as it is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.door import guard, input_error, write_json
from siting.cli.exporting import load
from siting.cli.options import AsJson, SavedPlan
from siting.cli.waiting import Tell, Waiting

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan import Plan

Texts = list[str]
Facts = dict[str, Any]


def explain(
    plan: SavedPlan,
    workload: Annotated[
        str | None,
        typer.Option(help="Where this workload runs, and why.", metavar="ID"),
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(
            help="With --workload: why it is not there; alone: all workloads there.",
            metavar="ID",
        ),
    ] = None,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="The reason of every hub and class.")
    ] = False,
    worth: Annotated[
        bool,
        typer.Option("--worth", help="What every limit is worth, and how far."),
    ] = False,
    decided: Annotated[
        bool,
        typer.Option("--decided", help="The input values on which most hangs."),
    ] = False,
    break_even: Annotated[
        str | None,
        typer.Option(
            help="Where plans change side as this input grows, e.g. transfer-price.",
            metavar="NAME",
        ),
    ] = None,
    low: Annotated[
        float | None,
        typer.Option("--from", help="Lowest value of --break-even.", metavar="VALUE"),
    ] = None,
    high: Annotated[
        float | None,
        typer.Option("--to", help="Highest value of --break-even.", metavar="VALUE"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a plan is as it is; without options, the most important on one page."""
    asked = {"worth": worth, "why-not": why_not, "decided": decided}

    def work(tell: Tell) -> tuple[Texts, Facts]:
        found = load(plan)
        texts, facts = [], {}
        if break_even is not None:
            even = found.break_even(break_even, low=low, high=high, progress=tell)
            texts.append(even.summary(workload))
            facts["break-even"] = plain(even.to_dict())
        elif workload is not None or hub is not None:
            tell("pricing the hubs")
            text, about = _about(found, workload, hub)
            texts.append(text)
            facts["about"] = about
        chosen = [name for name, wanted in asked.items() if wanted]
        if not chosen and not texts:
            chosen = list(asked)
        for name in chosen:
            tell(_DOING[name])
            text, records = _ANSWERS[name](found, len(chosen) > 1)
            texts.append(text)
            facts[name] = records
        return texts, facts

    with guard(as_json):
        _check_break_even(break_even, hub, low, high)
        texts, facts = Waiting(quiet=as_json).run("reading the plan", work)
        if as_json:
            write_json({"ok": True, "plan": str(plan), **facts})
        else:
            typer.echo("\n\n".join(texts))


def _check_break_even(
    name: str | None, hub: str | None, low: float | None, high: float | None
) -> None:
    """Refuse options that go with --break-even only, or not with it."""
    if name is None and (low is not None or high is not None):
        remedy = "Name an input with --break-even, or leave the range out."
        message = "there is no range without --break-even"
        raise input_error(message, remedy, where="--to" if low is None else "--from")
    if name is not None and hub is not None:
        remedy = "Leave --hub out; --workload narrows the answer to one workload."
        message = "--hub does not go with --break-even"
        raise input_error(message, remedy, where="--hub")


def _about(plan: "Plan", workload: str | None, hub: str | None) -> tuple[str, Any]:
    from siting.reasons import WhyNot
    from siting.reasons.overview import hub_text

    if workload is not None and hub is None:
        found = plan.why(workload)
        return str(found), _records(found.table)
    answer = plan.why_not(workload, hub)
    if isinstance(answer, WhyNot):
        return str(answer), plain(answer.__dict__)
    return hub_text(answer, plan, str(hub)), _records(answer)


def _worth(plan: "Plan", short: bool) -> tuple[str, Any]:
    from siting.reasons.overview import TOP, worth_text
    from siting.reasons.worth import count_loose

    if not short:
        table = plan.worth()
        return worth_text(table, plan), _records(table)
    table = plan.worth(set(plan.limits["kind"]), binding=True)
    return worth_text(table, plan, TOP, count_loose(plan)), _records(table)


def _why_not(plan: "Plan", short: bool) -> tuple[str, Any]:
    import pandas as pd

    from siting.reasons.overview import classes_text

    table = plan.why_not(by="class")
    assert isinstance(table, pd.DataFrame)
    return classes_text(table), _records(table)


def _decided(plan: "Plan", short: bool) -> tuple[str, Any]:
    from siting.reasons.overview import MOST, TOP, decided_text

    table = plan.decided_by(TOP if short else MOST, by="source" if short else "value")
    return decided_text(table, plan), _records(table)


_ANSWERS = {"worth": _worth, "why-not": _why_not, "decided": _decided}
_DOING = {
    "worth": "moving the limits",
    "why-not": "pricing the hubs",
    "decided": "moving the input values",
}


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    return [plain(record) for record in table.to_dict("records")]


def plain(record: dict[Any, Any]) -> dict[str, Any]:
    """Give a record as JSON can hold it: numbers that are not finite become null."""
    return {str(key): _value(value) for key, value in record.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return plain(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
