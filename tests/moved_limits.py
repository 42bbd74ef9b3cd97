"""Scenarios with one limit changed, and what solving them anew says."""

import dataclasses
import math
from typing import Any

import siting
from siting.model.build import Kept
from siting.model.instance import Instance
from siting.model.pricing import add_cheapest_paths
from siting.model.routing import network_matters
from siting.model.traffic import Traffic
from siting.optimise import Clock, NoPlanFits, Run
from siting.reasons.rebuild import study

COLUMNS = {
    "room": ("hubs", "it_capacity_mw"),
    "build": ("hubs", "build_max_mw"),
    "ingress": ("hubs", "ingress_gbps"),
    "egress": ("hubs", "egress_gbps"),
    "widen": ("links", "widen_max_gbps"),
    "certificate": ("certificates", "max_mwh"),
}
LEAST = ("reserved-min", "placement-min")


def changed(
    scenario: siting.Scenario, kind: str, subject: str, limit: float, value: float
) -> siting.Scenario | None:
    """Give a limit another value in the tables; None where it has no place there."""
    if kind in COLUMNS or kind == "link":
        table, column = COLUMNS.get(kind, ("links", "capacity_gbps"))
        frame = getattr(scenario, table).copy()
        if kind == "link":
            value = value / (1.0 - float(frame["utilisation"][subject]))
        frame[column] = frame[column].astype(float)
        frame.loc[subject, column] = value
        return dataclasses.replace(scenario, **{table: frame})
    change: dict[str, Any] = {}
    policy = scenario.policy
    if kind == "carbon-cap":
        change["carbon_cap_t"] = value
    elif kind == "churn":
        change["churn_max_share"] = value / float(Instance(scenario).mean_mw.sum())
    elif kind == "reserved-min":
        change["reserved_min"] = tuple(
            dataclasses.replace(least, mw=value) if least.hub == subject else least
            for least in policy.reserved_min
        )
    elif kind in ("placement-min", "placement-max"):
        name = kind.replace("-", "_")
        limits = list(getattr(policy, name))
        old = limits[int(subject)]
        share = old.share * value / limit
        if not 0 <= share <= 1:
            return None
        limits[int(subject)] = dataclasses.replace(old, share=share)
        change[name] = tuple(limits)
    else:
        return None
    policy = dataclasses.replace(policy, **change)
    return dataclasses.replace(scenario, policy=policy)


def deciding(plan: siting.Plan) -> tuple[tuple[Kept, ...], dict[str, float], float]:
    """Stages before the deciding one as they were kept, its objective and value."""
    number = study(plan).number
    stages = plan.manifest["options"]["stages"]
    reached = plan.manifest["stages"]
    kept = tuple(
        Kept(stage["weights"], found["limit"])
        for stage, found in zip(stages[:number], reached[:number], strict=True)
    )
    return kept, stages[number]["weights"], float(reached[number]["value"])


def objective(
    scenario: siting.Scenario, kept: tuple[Kept, ...], weights: dict[str, float]
) -> float:
    """Best value of one stage, from scratch; inf if no plan fits."""
    instance = Instance(scenario)
    traffic = Traffic.of(instance)
    matters = network_matters(instance)
    if matters:
        add_cheapest_paths(instance, traffic)
    run = Run(instance, traffic, matters, Clock(), None, None)
    try:
        return run.stage(weights, kept)[1].objective
    except NoPlanFits:
        return math.inf


def faults(plan: siting.Plan, table: Any, accuracy: float = 1e-6) -> list[str]:
    """Where a worth does not say what solving with the limit moved says."""
    kept, weights, base = deciding(plan)
    noise = 1e-10 * max(1.0, abs(base))
    found = []
    for row in table.to_dict("records"):
        kind, subject, limit = row["kind"], row["subject"], row["limit"]
        if changed(plan.scenario, kind, subject, limit, limit) is None:
            continue
        size = max(1.0, abs(limit))
        for side, edge in ((-1, row["from"]), (1, row["to"])):
            looser = (side > 0) != (kind in LEAST)
            rate = -row["worth"] if looser else row["worth_of_less"]
            end = edge if math.isfinite(edge) else limit + side * 3.0 * size
            places = [(end, True), (limit + 0.4 * (end - limit), True)]
            # A share of all demand, and nothing at all, are as far as limits go.
            last = edge == 0 or (looser and kind.startswith("placement"))
            if math.isfinite(edge) and not last:
                places.append((edge + side * 1e-3 * size, False))
            for place, inside in places:
                far = abs(place - limit)
                if far < 1e-9 * size:
                    continue
                other = changed(plan.scenario, kind, subject, limit, place)
                if other is None:
                    # No share is beyond all demand.
                    assert kind.startswith("placement")
                    continue
                move = objective(other, kept, weights) - base
                told = rate * far
                if inside:
                    # At the very edge of what fits a solver may find nothing.
                    edge_fits = place != end or math.isfinite(move)
                    right = not edge_fits or abs(move - told) <= (
                        accuracy * abs(told) + noise
                    )
                elif math.isinf(told):
                    right = math.isinf(move)
                else:
                    right = move - told > 1e-8 * abs(told) + 1e-2 * noise
                if not right:
                    found.append(f"{kind} {subject} at {place}: {move}, not {told}")
    return found
