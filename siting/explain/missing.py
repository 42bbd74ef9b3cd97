"""How much demand cannot be placed: whose, at which hubs and links, and when."""

from dataclasses import dataclass

import numpy as np

from siting.explain.limits import Key, subject_of
from siting.explain.probe import Probe, Verdict
from siting.explain.words import (
    MOST_NAMES,
    figure,
    green_words,
    names,
    percent,
    periods_words,
    who,
)
from siting.model.green import green_rules
from siting.model.instance import Instance
from siting.words import word

LEAST_SHARE = 1e-7
PREFERRED = 1e-3
BEARS = 1e-9


@dataclass(frozen=True)
class Missing:
    """Demand that cannot be served while every other limit is kept.

    Attributes
    ----------
    it_mw : float
        In sum, at profile factor 1.
    workloads : dict of str to float
        MW of each workload.
    places : tuple of str
        Hubs and links that are full.
    periods : tuple of str
        When; empty for the whole year.
    sentence : str
    """

    it_mw: float
    workloads: dict[str, float]
    places: tuple[str, ...]
    periods: tuple[str, ...]
    sentence: str


def missing(probe: Probe, conflict: tuple[Key, ...]) -> Missing | None:
    """Find the least demand to leave out; None if that would not help.

    Parameters
    ----------
    probe : Probe
    conflict : tuple of Key
        Demands in it are left out rather than others.
    """
    instance = probe.instance
    demands = [key for key in probe.limits if key[0] == "demand"]
    chosen = set(conflict)
    weights = {
        key: instance.it_mw[key[1]] * (1.0 if key in chosen else 1.0 + PREFERRED)
        for key in demands
        if instance.it_mw[key[1]] > 0
    }
    verdict = probe.least(weights, probe.limits)
    if verdict is None:
        return None
    lost = {
        key[1]: share * float(instance.it_mw[key[1]])
        for key, share in verdict.given_way.items()
        if share > LEAST_SHARE and instance.it_mw[key[1]] > 0
    }
    if not lost:
        return None
    hubs, links, periods = _full(verdict)
    at_peak = not len(periods)
    if at_peak:
        periods = _peaks(instance, list(lost))
    order = sorted(lost, key=lambda w: -lost[w])
    index = instance.scenario.workloads.index
    times = instance.scenario.periods.index
    return Missing(
        it_mw=sum(lost.values()),
        workloads={str(index[w]): lost[w] for w in order},
        places=(*hubs, *links),
        periods=tuple(str(times[t]) for t in periods),
        sentence=_sentence(instance, lost, chosen, (hubs, links), periods, at_peak),
    )


def _full(verdict: Verdict) -> tuple[list[str], list[str], np.ndarray]:
    """Hubs and links where one more unit would help, and in which periods."""
    instance, program = verdict.model.instance, verdict.model.program
    scenario = instance.scenario
    hubs: list[str] = []
    links: list[str] = []
    when = np.zeros(len(instance.hours), dtype=bool)
    for kind in ("room", "room-use", "ingress", "egress", "link", "green-period"):
        block = program.rows.get(kind)
        if block is None:
            continue
        worth = verdict.outcome.multipliers(block)
        bears = worth > BEARS * max(float(worth.max(initial=0.0)), 1e-6)
        if kind == "link":
            at = instance.backbone.row_link[block.keys["row"][bears]]
            links += [str(name) for name in scenario.links.index[at]]
        elif kind in ("room", "ingress", "egress"):
            at = block.keys["hub"][bears]
            hubs += [str(name) for name in scenario.hubs.index[at]]
        if "period" in block.keys:
            period = block.keys["period"][bears]
            when[period[period >= 0]] = True
    return list(dict.fromkeys(hubs)), list(dict.fromkeys(links)), np.flatnonzero(when)


def _peaks(instance: Instance, workloads: list[int]) -> np.ndarray:
    """Periods in which the demand that is missing is largest."""
    shapes = np.unique(instance.profile[workloads])
    when = np.zeros(len(instance.hours), dtype=bool)
    for factor in instance.factor[shapes]:
        if np.ptp(factor) > 0:
            when |= factor >= factor.max() * (1.0 - 1e-9)
    return np.flatnonzero(when)


def _sentence(
    instance: Instance,
    lost: dict[int, float],
    conflict: set[Key],
    places: tuple[list[str], list[str]],
    periods: np.ndarray,
    at_peak: bool,
) -> str:
    hubs, links = places
    chosen = sorted(lost, key=lambda w: -lost[w])
    mw = figure(sum(lost.values()))
    sentence = word(
        "{mw} MW of {who} cannot be placed",
        mw=mw,
        who=who(instance, chosen, MOST_NAMES),
    )
    conditions = word(", ").join(_conditions(instance, chosen, conflict))
    if conditions:
        sentence = word(
            "{sentence} {conditions}", sentence=sentence, conditions=conditions
        )
    full = []
    if hubs:
        together = "{hubs} together" if len(hubs) > 1 else "{hubs}"
        full.append(word(together, hubs=names(hubs)))
    if links:
        plural = "s" * (len(links) > 1)
        full.append(word("the link{plural} {links}", plural=plural, links=names(links)))
    if full:
        text = "; {full} {verb} room or bandwidth for it"
        if not links:
            text = "; {full} {verb} room for it"
        elif not hubs:
            text = "; {full} {verb} bandwidth for it"
        verb = "lacks" if len(hubs) + len(links) == 1 else "lack"
        sentence += word(text, full=word(" and ").join(full), verb=verb)
        when = periods_words(instance, periods)
        if when:
            sentence += word(" at the peak {when}" if at_peak else " {when}", when=when)
    return word("{message}.", message=sentence)


def _conditions(instance: Instance, places: list[int], conflict: set[Key]) -> list[str]:
    """Limits, other than room and links, under which it cannot be placed."""
    policy = instance.scenario.policy
    words = []
    limits = {instance.rtt_limit_ms[w] for w in places if ("latency", w) in conflict}
    if limits:
        words.append(
            word("within {limits} ms", limits=names(map(figure, sorted(limits))))
        )
    if any(("regions", w) in conflict for w in places):
        words.append(word("where it may run"))
    for kind, place in sorted(conflict):
        if kind == "green":
            share = green_rules(instance.scenario)[place].share
            part = green_words(instance, place)
            words.append(
                word(
                    "with {share} green power for {part}",
                    share=percent(share),
                    part=part,
                )
            )
        elif kind == "carbon-cap":
            words.append(
                word("under {cap} t of carbon", cap=figure(policy.carbon_cap_t or 0.0))
            )
        elif kind == "closed":
            hub = subject_of(instance, (kind, place))
            words.append(word("while {hub} is closed", hub=hub))
        elif kind in ("placement-min", "placement-max", "churn"):
            words.append(word("under the shares of the policy"))
    return list(dict.fromkeys(words))
