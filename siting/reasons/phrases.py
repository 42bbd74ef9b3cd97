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
    """Name what one unit of a limit is."""
    scenario = study.instance.scenario
    kind, subject, unit = limit.kind, limit.subject, limit.unit
    if kind in ("link", "widen"):
        row = scenario.links.loc[subject]
        ends = scenario.nodes.loc[[row["source"], row["target"]], "name"]
        name = "-".join(str(end) for end in ends)
        return f"{unit} {name}" if kind == "link" else f"{unit} to be widened {name}"
    if kind == "unserved":
        return f"MWh of {scenario.workloads.loc[subject, 'name']} left unserved"
    if kind == "certificate":
        return f"MWh of certificates {subject}"
    if kind in ("carbon-cap", "churn"):
        return "t of CO2" if kind == "carbon-cap" else "MW that may move"
    if kind == "green":
        whose = subject.removeprefix("workload:")
        if whose == subject:
            whose = f"the policy's green share no. {int(subject) + 1}"
        return f"MWh of green power for {whose}"
    if kind in ("placement-min", "placement-max"):
        word = "asked for" if kind == "placement-min" else "allowed"
        return f"MW {word} by {kind.replace('-', '_')} no. {int(subject) + 1}"
    if kind == "stage":
        return f"{unit or 'point'} allowed to stage {int(subject) + 1} of the objective"
    name = str(scenario.hubs.loc[subject, "name"])
    words = {
        "room": f"MW of room at {name}",
        "build": f"MW that may be built at {name}",
        "reserved-min": f"MW that must be kept open at {name}",
        "ingress": f"Gbps into {name}",
        "egress": f"Gbps out of {name}",
    }
    return words[kind]


def worth_sentence(
    study: Study, limit: Limit, rates: Rates, unique: bool, least: float, most: float
) -> str:
    """Say what a limit is worth in one sentence, or two where it is not unique."""
    money = objective_unit(study.weights)
    what, unit = thing(study, limit), limit.unit
    lower = limit.sense < 0
    monthly = unit == "Gbps" and money == "CNY"
    per, divisor = (f"{money} a month", 12.0) if monthly else (f"{money} a year", 1.0)
    if limit.kind == "unserved":
        per = money
    step, edge = ("less", least) if lower else ("more", most)
    if limit.kind == "unserved":
        step, edge = "", most
    one = f"One {step} {what}".replace("  ", " ")
    rate = amount(rates.more / divisor)
    bound = "down to" if lower else "up to"
    if rates.more > 0:
        text = f"{one} is worth {rate} {per}, {_until(bound, edge, unit)}."
        other = least if not lower else most
        if unique and rates.down > 0:
            back = "up to" if lower else "down to"
            text = text[:-1] + f", and {back} {amount(other)} {unit}."
    else:
        edge = most if lower else least
        back = "up to" if lower else "down to"
        text = f"{one} is worth nothing, nor would less cost anything "
        text += f"{back} {amount(edge)} {unit}."
        if lower:
            text = text.replace("nor would less", "nor would more")
        if not unique or rates.down == 0:
            text = f"{one} is worth nothing."
    if not unique:
        turn = "more" if lower else "less"
        if np.isinf(rates.less):
            return f"{text} There can be none {turn}: no plan would fit."
        loss = amount(rates.less / divisor)
        far = most if lower else least
        back = "up to" if lower else "down to"
        return f"{text} One {turn} costs {loss} {per}, {_until(back, far, unit)}."
    return text


def _until(word: str, edge: float, unit: str) -> str:
    if np.isinf(edge):
        return "however much"
    return f"{word} {amount(edge)} {unit}"
