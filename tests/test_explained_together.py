"""Tests that workloads that are alike are explained as one, and truly."""

import json
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from agreement import multiplied
from random_scenario import draw

import siting
from siting.explain import explain_infeasible, pool
from siting.explain.limits import subject_of
from siting.explain.pool import Pool
from siting.explain.probe import Probe, Timer
from siting.explain.report import InfeasibleReport
from siting.model.instance import Instance
from siting.model.objective import Stage
from siting.optimise import Clock, NoPlanFits, optimise
from tests.infeasible_cases import CASES

COPIES = 300
POOLED = {"room", "link", "ingress", "egress", "carbon-cap", "green", "certificate"}


class Apart(Pool):
    """Every workload on its own."""

    @classmethod
    def of(cls, instance: Instance, clock: Clock) -> Pool:
        """Leave the workloads as they are."""
        return cls(instance, instance, np.arange(len(instance.it_mw)), exact=True)


def apart(scenario: siting.Scenario) -> InfeasibleReport:
    """Explain over the programme of all workloads."""
    with mock.patch("siting.explain.finding.Pool", Apart):
        return explain_infeasible(Instance(scenario), Clock())


def fits(scenario: siting.Scenario) -> bool:
    """Whether a scenario has a plan, over the programme of all workloads."""
    try:
        optimise(Instance(scenario), [Stage({"cost": 1.0})])
    except NoPlanFits:
        return False
    return True


def crowd() -> siting.Scenario:
    """Return the second case of the explanations with 300 chats instead of one."""
    scenario = CASES[1].make()
    frame = scenario.workloads.reset_index(drop=True)
    chat = frame[frame["id"] == "chat"]
    chats = pd.concat([chat] * COPIES, ignore_index=True)
    chats["id"] = [f"chat{number:03d}" for number in range(COPIES)]
    chats["it_mw"] = chat["it_mw"].iloc[0] / COPIES
    rest = frame[frame["id"] != "chat"]
    return scenario.replace(workloads=pd.concat([rest, chats], ignore_index=True))


def test_a_crowd_is_explained_as_one() -> None:
    """Tests 300 alike chats of 6 MW in all: what is said of one chat of 6 MW holds.

    The hub near enough has 4 MW and the peak is 1.5 times 6 MW: 5 MW of room are
    missing, or 10/3 MW at factor 1. One by one no chat could make a plan possible.
    """
    single = explain_infeasible(Instance(CASES[1].make()), Clock())
    scenario = crowd()
    with pytest.raises(siting.Infeasible) as caught:
        siting.solve(scenario, method="aggregated")
    report = caught.value.report
    assert report is not None
    assert report.exact
    assert report.certain
    assert report.missing is not None
    assert report.missing.it_mw == pytest.approx(10.0 / 3.0)
    kinds = [limit.kind for limit in single.conflict]
    assert [limit.kind for limit in report.conflict] == kinds
    amounts = {change.kind: change.amount for change in single.changes}
    assert amounts["room"] == pytest.approx(5.0)
    assert {change.kind for change in report.changes} == set(amounts)
    for change in report.changes:
        assert change.amount == pytest.approx(amounts[change.kind], rel=1e-6)
        assert len(change.members) in (0, COPIES)
        assert fits(change.apply(scenario)), change.sentence
    who = "300 workloads of class interactive from o (chat000, chat001 and 298 more)"
    text = report.text()
    assert f"{who}, 6 MW, 9 MW at the peak, must be served" in text
    assert f"a latency limit of 8.84 instead of 5 ms for {who}" in text
    assert f"3.333 MW of {who[:-42]}" in text
    assert len(text.splitlines()) < 15
    facts = json.dumps(report.to_dict())
    assert facts.count("chat") < 60, "it names all 300"
    assert report.to_dict()["alike"] == {"chat000": COPIES}


def test_a_limit_wrong_for_a_class_is_one_change() -> None:
    """Tests five origins of a class whose latency limit none of them can keep.

    The one change is the round trip of the farthest; one by one there would be five.
    """
    origins = {f"n{number}": 100.0 * (1 + number) for number in range(5)}
    scenario = siting.Scenario.from_tables(
        hubs=[{"id": "hub", "node": "h", "it_capacity_mw": 100.0}],
        nodes=[{"id": node} for node in ["h", *origins]],
        links=[
            {"id": f"to-{node}", "source": node, "target": "h", "length_km": length_km}
            for node, length_km in origins.items()
        ],
        workloads=[
            {"id": f"{node}-{copy}", "origin": node, "it_mw": 1.0 + copy}
            | {"class": "fast", "rtt_limit_ms": 0.1, "to_hub_gbps_per_mw": 1.0}
            for node in origins
            for copy in range(2)
        ],
    )
    report = explain_infeasible(Instance(scenario), Clock())
    (change,) = [change for change in report.changes if change.kind == "latency"]
    assert sorted(change.members) == sorted(scenario.workloads.index)
    assert change.to_dict()["workloads"] == len(change.members)
    assert "10 workloads of class fast from n4, n3" in change.sentence
    plan = siting.solve(change.apply(scenario))
    siting.audit(plan).raise_if_wrong()
    farthest = plan.placement.set_index("workload")["rtt_ms"]["n4-0"]
    assert farthest == plan.placement["rtt_ms"].max()
    assert change.needed == pytest.approx(farthest)
    assert len(report.clashes) < len(origins)


@pytest.mark.parametrize(("capacity_gbps", "proven"), [(1.0, False), (0.05, True)])
def test_a_clash_of_means_is_not_taken_for_proven(
    capacity_gbps: float, proven: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that sets of unlike rates that clash are asked for again with less traffic.

    Of 2 MW one has to go over the link, at 5.05 Gbps by the mean of 0.1 and 10. Apart,
    0.1 Gbps suffice: more than 0.05, less than 1.
    """
    scenario = siting.Scenario.from_tables(
        hubs=[
            {"id": "near", "node": "o", "it_capacity_mw": 1.0},
            {"id": "far", "node": "f", "it_capacity_mw": 1.0},
        ],
        nodes=[{"id": "o"}, {"id": "f"}],
        links=[
            {"id": "of", "source": "o", "target": "f", "length_km": 100.0}
            | {"capacity_gbps": capacity_gbps}
        ],
        workloads=[
            {"id": name, "class": "c", "origin": "o", "it_mw": 1.0}
            | {"to_hub_gbps_per_mw": rate}
            for name, rate in {"low": 0.1, "high": 10.0}.items()
        ],
    )
    monkeypatch.setattr(pool, "MOST_SETS", 0)
    monkeypatch.setattr(pool, "fit", lambda _: False)
    found = Pool.of(Instance(scenario), Clock())
    assert not found.exact
    probe = Probe(found.instance, Timer(60.0))
    assert not probe.test(probe.limits).fits
    assert found.proves(tuple(probe.limits), Timer(60.0)) == proven
    assert fits(scenario) != proven


def short(seed: int) -> siting.Scenario:
    """Draw a scenario of workloads that are alike, short of room or of links."""
    scenario, _ = draw(seed)
    scenario = scenario.replace(current=scenario.current.iloc[:0])
    scenario = multiplied(scenario, seed).with_settings(unserved_cny_per_mwh=None)
    if seed % 2:
        hubs = scenario.hubs.reset_index(drop=True)
        less = hubs["it_capacity_mw"] * 0.3
        return scenario.replace(hubs=hubs.assign(it_capacity_mw=less))
    links = scenario.links.reset_index(drop=True)
    less = links["capacity_gbps"] * 0.1
    narrow = links.assign(capacity_gbps=less, widen_max_gbps=0.0)
    return scenario.replace(links=narrow)


@pytest.mark.parametrize("most_sets", [200, 0])
@pytest.mark.parametrize("seed", [2, 8, 12, 20, 27, 29])
def test_together_and_apart(
    seed: int, most_sets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that sets miss as much as workloads, and that what is told is true.

    Without sets that are cut to fit, those of unlike rates miss more.
    """
    monkeypatch.setattr(pool, "MOST_SETS", most_sets)
    scenario = short(seed)
    instance = Instance(scenario)
    together, alone = explain_infeasible(instance, Clock()), apart(scenario)
    assert together.missing is not None
    assert alone.missing is not None
    assert together.missing.it_mw == pytest.approx(alone.missing.it_mw, rel=1e-6)
    needed = {(c.kind, c.subject): c.amount for c in alone.changes if c.kind in POOLED}
    for change in together.changes:
        assert fits(change.apply(scenario)), change.sentence
        least = needed.get((change.kind, change.subject))
        if least is not None and together.exact:
            assert change.amount == pytest.approx(least, rel=1e-6)
        elif least is not None:
            assert change.amount >= least * (1.0 - 1e-6)
    assert together.certain
    probe = Probe(instance, Timer(60.0))
    for clash in together.clashes:
        told = set()
        for limit in clash:
            start = "workload:" * limit.subject.startswith("workload:")
            name = limit.subject.removeprefix("workload:")
            ids = together.alike.get(name, (name,))
            told |= {(limit.kind, f"{start}{one}") for one in ids}
        kept = {k for k in probe.limits if (k[0], subject_of(instance, k)) in told}
        assert not probe.test(frozenset(kept)).fits, [x.sentence for x in clash]
