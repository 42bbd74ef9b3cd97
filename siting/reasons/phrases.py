"""Limits and rates in a planner's words."""

import numpy as np

from siting.lookup import position
from siting.model.instance import MOVABLE
from siting.reasons.limits import Limit
from siting.reasons.probe import Rates
from siting.reasons.rebuild import Study
from siting.scopes import ONE_WORKLOAD
from siting.words import names_of, word

UNITS = {
    "cost": "CNY",
    "carbon-location": "t CO2",
    "carbon-market": "t CO2",
    "green": "MWh of power that is not green",
    "latency": "MW·ms",
    "unserved": "MWh not served",
}


def objective_unit(weights: dict[str, float]) -> str:
    """Name the unit of an objective."""
    names = list(weights)
    if len(names) == 1 and weights[names[0]] == 1:
        return word(UNITS[names[0]])
    parts = " + ".join(f"{w:g} {name}" for name, w in weights.items())
    return word("points of {parts}", parts=parts)


def amount(value: float) -> str:
    """Write an amount with as many digits as it needs."""
    if np.isinf(value):
        return word("any amount")
    size = abs(value)
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text not in ("-0", "") else "0"


def thing(study: Study, limit: Limit) -> str:
    """Name what a limit is of, after its unit."""
    scenario = study.instance.scenario
    kind, subject = limit.kind, limit.subject
    if kind in ("link", "widen"):
        row = scenario.links.loc[subject]
        names = names_of(scenario.nodes)
        name = f"{names[row['source']]!s}-{names[row['target']]!s}"
        if kind == "link":
            return name
        return word("that {name} may be widened by", name=name)
    if kind == "unserved":
        return word("of {name}", name=study.placed.called(subject, "name"))
    if kind == "certificate":
        return word("of certificates {name}", name=subject)
    if kind in ("carbon-cap", "churn"):
        return word("of CO2" if kind == "carbon-cap" else "that may leave its hub")
    number = int(subject) + 1 if subject.isdecimal() else 0
    if kind == "green":
        whose = word("limit {key} no. {number}", key="green_min", number=number)
        if limit.of_one:
            whose = study.placed.called(subject.removeprefix(ONE_WORKLOAD))
        return word("of green power that {whose} asks for", whose=whose)
    if kind in ("placement-min", "placement-max"):
        text = "that limit {key} no. {number} allows"
        if kind == "placement-min":
            text = "that limit {key} no. {number} asks for"
        return word(text, key=kind.replace("-", "_"), number=number)
    if kind == "stage":
        return word("that stage {number} of the objective may give up", number=number)
    return word(_AT_HUB[kind], name=names_of(scenario.hubs)[subject])


_AT_HUB = {
    "room": "of room at {name}",
    "build": "that may be built at {name}",
    "reserved-min": "that must be kept open at {name}",
    "ingress": "into {name}",
    "egress": "out of {name}",
}


def untold_sentence(study: Study, limit: Limit) -> str:
    """Say that the solver gives no worth of a limit."""
    unit = limit.unit or word("unit")
    text = "What one {unit} {what} is worth is not known: the solver gives no answer."
    return word(text, unit=unit, what=thing(study, limit))


def worth_sentence(
    study: Study, limit: Limit, rates: Rates, unique: bool, least: float, most: float
) -> str:
    """Say what a limit is worth, and over which of its values.

    Parameters
    ----------
    study : Study
    limit : Limit
    rates : Rates
    unique : bool
        Whether a unit less costs what a unit more is worth.
    least, most : float
        Values of the limit over which the rates hold.
    """
    money, unit = objective_unit(study.weights), limit.unit or word("unit")
    per = word("{money} a year", money=money)
    gain, loss = amount(rates.more), amount(rates.less)
    what = thing(study, limit)
    up = word("up to {amount} {unit}", amount=amount(most), unit=unit)
    down = word("down to {amount} {unit}", amount=amount(least), unit=unit)
    up = word("however much") if np.isinf(most) else up
    down = word("however much") if np.isinf(least) else down
    if limit.kind == "unserved":
        text = "Leaving one MWh {what} unserved would save {gain} {money}, {up}."
        workload = position(study.instance.scenario.workloads.index, limit.subject)
        if study.instance.manner[workload] == MOVABLE:
            text = (
                "Leaving one MWh {what} unserved, spread over the year as its demand, "
                "would save {gain} {money}, {up}."
            )
        return word(text, what=what, gain=gain, money=money, up=up)
    lower = limit.sense < 0
    looser, tighter = (down, up) if lower else (up, down)
    start = word("One more {unit} {what}", unit=unit, what=what)
    if lower:
        start = word("One {unit} {what} less", unit=unit, what=what)
    if rates.more == 0:
        text = word("{start} is worth nothing", start=start)
        if unique:
            needed = word("it may grow to {most} {unit}", most=amount(most), unit=unit)
            if not lower and least > 0:
                needed = word("{least} {unit} would do", least=amount(least), unit=unit)
            elif not lower:
                needed = word("none of it is needed")
            return word("{text}; {needed}.", text=text, needed=needed)
    else:
        text = "{start} is worth {gain} {per}, {looser}"
        text = word(text, start=start, gain=gain, per=per, looser=looser)
    if unique:
        end = "one more costs as much, {tighter}."
        if not lower:
            end = "one less costs as much, {tighter}."
    elif np.isinf(rates.less):
        end = "with any more no plan would fit."
        if not lower:
            end = "with any less no plan would fit."
    else:
        end = "one more costs {loss} {per}, {tighter}."
        if not lower:
            end = "one less costs {loss} {per}, {tighter}."
    end = word(end, loss=loss, per=per, tighter=tighter)
    return word("{text}; {end}", text=text, end=end)
