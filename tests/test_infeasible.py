"""Tests of the explanation of scenarios without a plan."""

import dataclasses
import itertools
import json
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.explain import Change, explain_infeasible
from siting.explain.change import drafted
from siting.explain.report import InfeasibleReport, NamedLimit
from siting.explain.words import safe
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import Clock, NoPlanFits, optimise
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
) -> siting.Scenario:
    """Keep some limits and lift all others; ``part`` of a demand that is not kept."""
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
    left = [name for name in workloads.index if part.get(name, 1.0) > 0]
    if not left:
        # A scenario needs some workload: one that next to nothing is asked of.
        left = [str(workloads.index[0])]
        workloads[["it_mw", "accelerators"]] = scenario.workloads[
            ["it_mw", "accelerators"]
        ].mul(1e-6)
        workloads["class"] = "idle"
        workloads["rtt_limit_ms"] = np.inf
        workloads[["to_hub_gbps_per_mw", "from_hub_gbps_per_mw"]] = 0.0
    workloads = workloads.loc[left]
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
    return dataclasses.replace(
        scenario,
        policy=policy,
        hubs=hubs,
        workloads=workloads,
        links=links,
        certificates=offers,
        current=current,
    )


def holds(scenario: siting.Scenario, limits: Iterable[NamedLimit]) -> bool:
    """Whether limits can be kept together, all others being absent.

    A demand that is absent may be served in part: some parts are tried.
    """
    limits = list(limits)
    kept = {(limit.kind, limit.subject) for limit in limits}
    free = [w for w in scenario.workloads.index if ("demand", w) not in kept]
    if scenario.settings.unserved_cny_per_mwh is not None:
        # No demand has to be served, and each counts in shares as it is.
        free = []
    parts = (0.0, 1.0) if SHARED & {limit.kind for limit in limits} else (0.0,)
    for chosen in itertools.product(parts, repeat=len(free)):
        rest = stripped(scenario, kept, dict(zip(free, chosen, strict=True)))
        if feasible(rest):
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
            assert not feasible(drafted(scenario, (most,)).unchecked()), part.sentence


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cause(case: Case) -> None:
    """Tests that a cause is found, named, irreducible and can be mended."""
    scenario = case.make()
    started = time.process_time()
    report = explained(scenario)
    assert time.process_time() - started < MOST_SECONDS
    assert report.complete
    text = report.text()
    assert not JARGON.search(text), JARGON.search(text)
    lower = text.lower()
    assert [word for word in case.words if word.lower() not in lower] == [], text
    found = {limit.kind for clash in report.clashes for limit in clash}
    assert case.kinds <= found, text
    if scenario.settings.unserved_cny_per_mwh is not None:
        assert "demand" not in found, text
    for clash in report.clashes:
        assert not holds(scenario, clash), text
        for limit in clash:
            others = [other for other in clash if other != limit]
            assert holds(scenario, others), f"{limit.sentence} is needless\n{text}"
    assert report.changes, text
    check_changes(scenario, report.changes)
    json.dumps(report.to_dict(), allow_nan=False)


def china(**changes: object) -> siting.Scenario:
    """Return the shipped region with some tables changed."""
    return siting.load("china").replace(**changes)


def crowded_shanghai() -> siting.Scenario:
    """Return China with a Shanghai that needs more than is near."""
    scenario = siting.load("china")
    hubs, workloads = scenario.hubs.copy(), scenario.workloads.copy()
    hubs.loc[["shanghai", "hangzhou"], "it_capacity_mw"] = 20.0
    hubs.loc[["yrd_demo", "home-nanjing"], "it_capacity_mw"] = 5.0
    near = (workloads["origin"] == "shanghai-pop") & np.isfinite(
        workloads["rtt_limit_ms"]
    )
    workloads.loc[near, "rtt_limit_ms"] = 5.0
    workloads.loc[near, "it_mw"] *= 3.0
    return scenario.replace(hubs=hubs, workloads=workloads)


def cut_off_lhasa() -> siting.Scenario:
    """Return China with Lhasa's home site closed."""
    hubs = siting.load("china").hubs.copy()
    hubs.loc["home-lhasa", "open"] = False
    return china(hubs=hubs)


REGION = [
    (crowded_shanghai, "interactive-shanghai;shanghai;hangzhou;5 ms;MW more room"),
    (cut_off_lhasa, "realtime-lhasa;home-lhasa is closed;10 ms;home-lhasa opened"),
    (
        lambda: china(policy={"green_min": [{"share": 0.9, "class": "training"}]}),
        "90 %;84.57 %;class training",
    ),
    (lambda: china(policy={"carbon_cap_t": 7e6}), "7,000,000 t;tianfu;MW more room"),
]


@pytest.mark.parametrize(("make", "words"), REGION)
def test_china(make: Callable[[], siting.Scenario], words: str) -> None:
    """Tests explanations at the size of a country."""
    scenario = make()
    started = time.process_time()
    report = explained(scenario)
    assert time.process_time() - started < MOST_SECONDS
    assert report.complete
    text = report.text()
    assert not JARGON.search(text)
    assert [word for word in words.split(";") if word not in text] == [], text
    (clash,) = report.clashes
    assert not holds_alone(scenario, clash)
    for limit in clash if len(clash) < 10 else clash[::8]:
        others = [other for other in clash if other != limit]
        assert holds_alone(scenario, others), limit.sentence
    first = {change.kind: change for change in reversed(report.changes)}
    check_changes(scenario, first.values())


def holds_alone(scenario: siting.Scenario, limits: Iterable[NamedLimit]) -> bool:
    """Whether limits can be kept together, absent demands being left out."""
    kept = {(limit.kind, limit.subject) for limit in limits}
    free = [w for w in scenario.workloads.index if ("demand", w) not in kept]
    return feasible(stripped(scenario, kept, dict.fromkeys(free, 0.0)))


def test_command_line(tmp_path: Path) -> None:
    """Tests the exit code, the text and the structured form of the command."""
    CASES[1].make().save(tmp_path / "case")
    words = ["solve", str(tmp_path / "case"), "-o", str(tmp_path / "plan")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 3
    assert result.stdout == ""
    for text in ("infeasible: no plan", "room at amber: 4 MW", "chat within 5 ms"):
        assert text in result.stderr
    assert not (tmp_path / "plan").exists()
    facts = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (facts["fault"], facts["exit_code"]) == ("infeasible", 3)
    kinds = [limit["kind"] for limit in facts["report"]["conflict"]]
    assert kinds == ["demand", "room", "latency"]
    changes = facts["report"]["changes"]
    room = next(change for change in changes if change["kind"] == "room")
    assert (room["subject"], room["unit"], room["now"]) == ("amber", "MW", 4.0)
    assert room["needed"] == pytest.approx(9.0)


def test_report_without_time() -> None:
    """Tests that causes are told even if there is no time for more."""
    instance = Instance(CASES[0].make())
    report = explain_infeasible(instance, Clock(limit_s=0.0))
    assert not report.complete
    assert "chat" in report.text()
    assert report.clashes == ()
    assert report.conflict == ()


def test_words_alone() -> None:
    """Tests that the error may carry words instead of a report."""
    error = siting.Infeasible("nothing fits")
    assert (error.explanation, error.report) == ("nothing fits", None)
    assert siting.Infeasible.exit_code == 3


@pytest.mark.parametrize(
    ("value", "amount", "up", "text"),
    [
        (9.0, 5.0, True, "9"),
        (21.59321, 1.59321, True, "21.594"),
        (0.58333333, 0.41666, False, "0.5833"),
        (10_364_156.2, 3_364_156.2, True, "10,364,157"),
        (float("inf"), 1.0, True, "unlimited"),
    ],
)
def test_rounding_is_safe(value: float, amount: float, up: bool, text: str) -> None:
    """Tests that a written value suffices when it is typed in."""
    assert safe(value, amount, up=up) == text
