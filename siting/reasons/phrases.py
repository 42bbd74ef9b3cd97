"""Limits and rates in a planner's words."""

import numpy as np

from siting.reasons.limits import Limit
from siting.reasons.probe import Rates
from siting.reasons.rebuild import Study

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
        return UNITS[names[0]]
    return "points of " + " + ".join(f"{w:g} {name}" for name, w in weights.items())


def amount(value: float) -> str:
    """Write an amount with as many digits as it needs."""
    if np.isinf(value):
        return "any amount"
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
        names = scenario.nodes["name"]
        name = f"{names[row['source']]!s}-{names[row['target']]!s}"
        return name if kind == "link" else f"that {name} may be widened by"
    if kind == "unserved":
        return f"of {scenario.workloads['name'][subject]!s}"
    if kind == "certificate":
        return f"of certificates {subject}"
    if kind in ("carbon-cap", "churn"):
        return "of CO2" if kind == "carbon-cap" else "that may leave its hub"
    if kind == "green":
        whose = subject.removeprefix("workload:")
        if whose == subject:
            whose = f"limit green_min no. {int(subject) + 1}"
        return f"of green power that {whose} asks for"
    if kind in ("placement-min", "placement-max"):
        word = "asks for" if kind == "placement-min" else "allows"
        return f"that limit {kind.replace('-', '_')} no. {int(subject) + 1} {word}"
    if kind == "stage":
        return f"that stage {int(subject) + 1} of the objective may give up"
    name = str(scenario.hubs.loc[subject, "name"])
    words = {
        "room": f"of room at {name}",
        "build": f"that may be built at {name}",
        "reserved-min": f"that must be kept open at {name}",
        "ingress": f"into {name}",
        "egress": f"out of {name}",
    }
    return words[kind]


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
    money, unit = objective_unit(study.weights), limit.unit or "unit"
    per, divisor = f"{money} a year", 1.0
    if unit == "Gbps" and money == "CNY":
        per, divisor = "CNY a month", 12.0
    gain, loss = amount(rates.more / divisor), amount(rates.less / divisor)
    what = thing(study, limit)
    if limit.kind == "unserved":
        text = f"Leaving one MWh {what} unserved would save {gain} {money}"
        return f"{text}, {_edge('up to', most, unit)}."
    lower = limit.sense < 0
    down, up = _edge("down to", least, unit), _edge("up to", most, unit)
    looser, tighter = (down, up) if lower else (up, down)
    second = "more" if lower else "less"
    start = f"One {unit} {what} less" if lower else f"One more {unit} {what}"
    text = f"{start} is worth {gain} {per}, {looser}"
    if rates.more == 0:
        text = f"{start} is worth nothing"
        if unique:
            needed = f"it may grow to {amount(most)} {unit}"
            if not lower:
                needed = f"{amount(least)} {unit} would do"
                needed = needed if least > 0 else "none of it is needed"
            return f"{text}; {needed}."
    if not unique:
        if np.isinf(rates.less):
            return f"{text}; with any {second} no plan would fit."
        return f"{text}; one {second} costs {loss} {per}, {tighter}."
    return f"{text}; one {second} costs as much, {tighter}."


def _edge(word: str, edge: float, unit: str) -> str:
    return "however much" if np.isinf(edge) else f"{word} {amount(edge)} {unit}"
