"""Tests of the explanation of scenarios without a plan."""

import dataclasses
import itertools
import json
import re
import time
from collections.abc import Iterable

import numpy as np
import pytest

import siting
from siting.explain import Change
from siting.explain.report import InfeasibleReport, NamedLimit
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import NoPlanFits, optimise
from tests.infeasible_cases import CASES, Case

JARGON = re.compile(
    r"\b(rows?|columns?|duals?|basis|slack|iis|lp|solver|constraints?|variables?|"
    r"infeasib\w*|elastic|simplex|nan|inf|relax\w*|bounds?|farkas)\b",
    re.IGNORECASE,
)
SHARED = {"green", "placement-min", "placement-max", "churn", "carbon-cap"}
LISTS = ("allowed_hubs", "allowed_sides", "allowed_provinces", "excluded_hubs")
MOST_SECONDS = 20.0


def feasible(scenario: siting.Scenario) -> bool:
    """Whether a scenario has a plan."""
    try:
        optimise(Instance(scenario), [Stage({"cost": 1.0})])
    except NoPlanFits:
        return False
    return True


def explained(scenario: siting.Scenario) -> InfeasibleReport:
    """Solve a scenario that has no plan and return the report."""
    with pytest.raises(siting.Infeasible) as caught:
        siting.solve(scenario, baselines=False)
    report = caught.value.report
    assert report is not None
    assert caught.value.explanation == str(caught.value) == report.text()
    return report


def stripped(
    scenario: siting.Scenario, kept: set[tuple[str, str]], part: dict[str, float]
) -> siting.Scenario | None:
    """Keep some limits and lift all others; ``part`` of a demand that is not kept.

    None if no workload is left.
    """
    hubs, links = scenario.hubs.copy(), scenario.links.copy()
    workloads, offers = scenario.workloads.copy(), scenario.certificates.copy()
    for hub, kind in itertools.product(hubs.index, ("room", "ingress", "egress")):
        if (kind, hub) not in kept:
            name = "it_capacity_mw" if kind == "room" else f"{kind}_gbps"
            hubs.loc[hub, name] = np.inf
    for hub in hubs.index:
        if ("closed", hub) not in kept:
            hubs.loc[hub, "open"] = True
    for link in links.index:
        if ("link", link) not in kept:
            links.loc[link, "capacity_gbps"] = np.inf
    for offer in offers.index:
        if ("certificate", offer) not in kept:
            offers.loc[offer, "max_mwh"] = np.inf
    for name in workloads.index:
        if ("latency", name) not in kept:
            workloads.loc[name, "rtt_limit_ms"] = np.inf
        if ("green", f"workload:{name}") not in kept:
            workloads.loc[name, "green_share_min"] = 0.0
        for column in LISTS:
            if ("regions", name) not in kept:
                workloads.at[name, column] = ()
        for form in ("it_mw", "accelerators"):
            workloads.loc[name, form] *= part.get(name, 1.0)
    workloads = workloads[[part.get(n, 1.0) > 0 for n in workloads.index]]
    if workloads.empty:
        return None
    policy = scenario.policy

    def numbered(kind: str, limits: Iterable[object]) -> tuple[object, ...]:
        chosen = [x for n, x in enumerate(limits) if (kind, str(n)) in kept]
        return tuple(x for x in chosen if concerned(x))

    def concerned(limit: object) -> bool:
        name = getattr(limit, "workload_class", "")
        return not name or bool((workloads["class"] == name).any())

    policy = dataclasses.replace(
        policy,
        green_min=numbered("green", policy.green_min),
        placement_min=numbered("placement-min", policy.placement_min),
        placement_max=numbered("placement-max", policy.placement_max),
        reserved_min=tuple(
            x for x in policy.reserved_min if ("reserved-min", x.hub) in kept
        ),
        carbon_cap_t=policy.carbon_cap_t if ("carbon-cap", "") in kept else None,
        churn_max_share=policy.churn_max_share if ("churn", "") in kept else None,
        closed_hubs=tuple(h for h in policy.closed_hubs if ("closed", h) in kept),
    )
    current = scenario.current[scenario.current["workload"].isin(workloads.index)]
    tables = {"links": links} if len(links) else {}
    return scenario.replace(
        policy=policy,
        hubs=hubs,
        workloads=workloads,
        certificates=offers,
        current=current if len(current) else None,
        **tables,
    )


def holds(scenario: siting.Scenario, limits: Iterable[NamedLimit]) -> bool:
    """Whether limits can be kept together, all others being absent.

    A demand that is absent may be served in part: some parts are tried.
    """
    limits = list(limits)
    kept = {(limit.kind, limit.subject) for limit in limits}
    free = [w for w in scenario.workloads.index if ("demand", w) not in kept]
    parts = (0.0, 1.0) if SHARED & {limit.kind for limit in limits} else (0.0,)
    for chosen in itertools.product(parts, repeat=len(free)):
        rest = stripped(scenario, kept, dict(zip(free, chosen, strict=True)))
        if rest is None or feasible(rest):
            return True
    return False


def nearly(change: Change) -> Change | None:
    """Make 99.9 % of a change; None where it has no amount."""
    if isinstance(change.now, str) or not np.isfinite(float(change.needed)):
        return None
    needed = change.now + 0.999 * (float(change.needed) - change.now)
    return dataclasses.replace(change, needed=needed)


def check_changes(scenario: siting.Scenario, changes: Iterable[Change]) -> None:
    """Check that each change suffices, and that a little less does not."""
    for change in changes:
        assert feasible(change.apply(scenario)), change.sentence
        parts = change.parts or (change,)
        for number, part in enumerate(parts):
            less = nearly(part)
            if less is None:
                continue
            others = (*parts[:number], less, *parts[number + 1 :])
            most = dataclasses.replace(change, parts=others) if change.parts else less
            assert not feasible(most.apply(scenario)), part.sentence


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cause(case: Case) -> None:
    """Tests that a cause is found, named, irreducible and can be mended."""
    scenario = case.make()
    started = time.perf_counter()
    report = explained(scenario)
    assert time.perf_counter() - started < MOST_SECONDS
    assert report.complete
    text = report.text()
    assert not JARGON.search(text), JARGON.search(text)
    lower = text.lower()
    assert [word for word in case.words if word.lower() not in lower] == [], text
    found = {limit.kind for clash in report.clashes for limit in clash}
    assert case.kinds <= found, text
    for clash in report.clashes:
        assert not holds(scenario, clash), text
        for limit in clash:
            others = [other for other in clash if other != limit]
            assert holds(scenario, others), f"{limit.sentence} is needless\n{text}"
    assert report.changes, text
    check_changes(scenario, report.changes)
    json.dumps(report.to_dict(), allow_nan=False)
