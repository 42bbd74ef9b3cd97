"""Causes in green power, carbon and policy shares that show before solving."""

from collections.abc import Iterator

import numpy as np

from siting.explain.words import (
    figure,
    green_words,
    limit_words,
    names,
    percent,
)
from siting.model.green import GreenRule, green_rules, scope
from siting.model.instance import BURST, FLAT, Instance
from siting.model.policy import share_place
from siting.scopes import place_words, scope_words
from siting.settings import PlacementLimit
from siting.units import GB_PER_GBPS_HOUR
from siting.words import word

CLOSE = 1e-9
HALVINGS = 60

Parts = tuple[str, tuple[str, ...], str]


def supply_causes(instance: Instance, *, unserved: bool) -> Iterator[Parts]:
    """Give kind, subjects and sentence of each cause."""
    if not unserved:
        yield from _green(instance)
        yield from _carbon(instance)
    yield from _shares(instance, unserved=unserved)


def _best(instance: Instance, per_mw: np.ndarray) -> np.ndarray:
    """Least sum over the year that each workload can reach, whatever the others do.

    ``per_mw`` is what one MW drawn counts, by pair and period. A workload without any
    admissible hub counts nothing.
    """
    workload = instance.pair_workload
    manner = instance.manner[workload]
    factor = instance.factor[instance.profile[workload]]
    drawn = factor * instance.it_mw[workload, None]
    by_pair = (per_mw * drawn).sum(axis=1)
    burst = manner == BURST
    if burst.any():
        # Energy may lie in any period: the cheapest hour is as low as it gets.
        hourly = (per_mw[burst] / instance.hours).min(axis=1)
        by_pair[burst] = hourly * (drawn[burst] @ instance.hours)
    best = np.zeros(len(instance.it_mw))
    least = np.full(len(best), np.inf)
    np.minimum.at(least, workload, by_pair)
    reached = np.isfinite(least)
    best[reached] = least[reached]
    movable = np.unique(workload[(manner != FLAT) & ~burst])
    for place in movable.tolist():
        mine = workload == place
        best[place] = (per_mw[mine].min(axis=0) * drawn[mine][0]).sum()
    return best


def _green(instance: Instance) -> Iterator[Parts]:
    settings = instance.scenario.settings
    if settings.certificates != "off" and len(instance.scenario.certificates):
        return
    for number, rule in enumerate(green_rules(instance.scenario)):
        if _excess_mwh(instance, rule, rule.share) >= -CLOSE:
            continue
        low, high = 0.0, rule.share
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            if _excess_mwh(instance, rule, middle) >= 0:
                low = middle
            else:
                high = middle
        words = green_words(instance, number)
        ids = instance.scenario.workloads.index[rule.members]
        yield (
            "green",
            tuple(str(name) for name in ids),
            word(
                "A green share of {share} is asked for {words}, but the hubs "
                "that may be used give {low} at most, and certificates are "
                "not in use.",
                share=percent(rule.share),
                words=words,
                low=percent(low),
            ),
        )


def _excess_mwh(instance: Instance, rule: GreenRule, share: float) -> float:
    """Green energy above a share, as much as there can be."""
    energy = instance.energy
    per_mw = energy.facility_mwh_per_mw * (share - energy.green_share)
    pair = np.isin(instance.pair_workload, rule.members)
    if not pair.any():
        return 0.0
    per_pair = np.where(pair[:, None], per_mw[instance.pair_hub], 0.0)
    if not rule.every_period:
        return -float(_best(instance, per_pair).sum())
    # In each period the greenest hub open to any of the workloads.
    reached = np.unique(instance.pair_hub[pair])
    greenest = (energy.green_share[reached] - share).max(axis=0)
    drawn = np.zeros(len(instance.hours))
    for place in rule.members.tolist():
        if instance.manner[place] != BURST:
            drawn += instance.it_mw[place] * instance.factor[instance.profile[place]]
    return float(np.where(drawn > 0, greenest, 0.0).min())


def _carbon(instance: Instance) -> Iterator[Parts]:
    policy = instance.scenario.policy
    cap = policy.carbon_cap_t
    market = policy.carbon_accounting == "market"
    certificates = instance.scenario.settings.certificates != "off"
    if cap is None or (market and certificates):
        return
    energy, settings = instance.energy, instance.scenario.settings
    per_mw = energy.market_t_per_mw if market else energy.location_t_per_mw
    t_per_gb = settings.network_kwh_per_gb * settings.network_co2_kg_per_mwh / 1e6
    rate = (instance.to_rate + instance.from_rate)[instance.pair_workload]
    moved = GB_PER_GBPS_HOUR * t_per_gb * rate * instance.pair_wide_area
    per_pair = per_mw[instance.pair_hub] + moved[:, None] * instance.hours
    least = float(_best(instance, per_pair).sum())
    if least > cap * (1.0 + CLOSE) + CLOSE:
        yield (
            "carbon",
            (),
            word(
                "{limit}: even with every workload at the cleanest hub it may use the "
                "plan emits {least} t, {more} t more.",
                limit=limit_words(instance, ("carbon-cap", 0)).capitalize(),
                least=figure(least),
                more=figure(least - cap),
            ),
        )


def _shares(instance: Instance, *, unserved: bool) -> Iterator[Parts]:
    policy = instance.scenario.policy
    for limit in policy.placement_min:
        most, _ = _reachable(instance, limit)
        if most < limit.share - CLOSE:
            yield (
                "shares",
                _ids(instance, limit),
                word(
                    "At least {share} of {scope} are asked {place}, "
                    "but only {most} may go there.",
                    share=percent(limit.share),
                    scope=scope_words(limit),
                    place=place_words(limit),
                    most=percent(most),
                ),
            )
        yield from _no_room(instance, limit)
        for other in policy.placement_max:
            alike = _scope(limit) == _scope(other)
            inside = alike and _contains(instance, other, limit)
            if inside and limit.share > other.share + CLOSE:
                yield (
                    "shares",
                    _ids(instance, limit),
                    word(
                        "At least {share} of {scope} are asked {place}, "
                        "and at most {allowed} allowed {elsewhere}.",
                        share=percent(limit.share),
                        scope=scope_words(limit),
                        place=place_words(limit),
                        allowed=percent(other.share),
                        elsewhere=place_words(other),
                    ),
                )
    if not unserved:
        for limit in policy.placement_max:
            _, forced = _reachable(instance, limit)
            if forced > limit.share + CLOSE:
                yield (
                    "shares",
                    _ids(instance, limit),
                    word(
                        "At most {share} of {scope} are allowed {place}, "
                        "but {forced} may go nowhere else.",
                        share=percent(limit.share),
                        scope=scope_words(limit),
                        place=place_words(limit),
                        forced=percent(forced),
                    ),
                )
    yield from _more_than_all(instance)


def _no_room(instance: Instance, limit: PlacementLimit) -> Iterator[Parts]:
    """Less room in a place than a share asks for."""
    members = scope(
        instance.scenario, limit.workload_class, limit.origin, limit.workload
    )
    wanted = limit.share * float(instance.mean_mw[members].sum())
    hubs = instance.scenario.hubs
    room = (hubs["it_capacity_mw"] + hubs["build_max_mw"]).to_numpy(float)
    have = float(room[share_place(instance.scenario, limit)].sum())
    if wanted > have * (1.0 + CLOSE) + CLOSE:
        yield (
            "shares",
            _ids(instance, limit),
            word(
                "At least {share} of {scope}, {wanted} MW, are asked "
                "{place}, where {have} MW stand or may be built.",
                share=percent(limit.share),
                scope=scope_words(limit),
                wanted=figure(wanted),
                place=place_words(limit),
                have=figure(have),
            ),
        )


def _more_than_all(instance: Instance) -> Iterator[Parts]:
    """Least shares of one scope in places apart that sum to more than the whole."""
    policy = instance.scenario.policy
    by_scope: dict[tuple[str, str, str], list[PlacementLimit]] = {}
    for limit in policy.placement_min:
        by_scope.setdefault(_scope(limit), []).append(limit)
    for limits in by_scope.values():
        places = [share_place(instance.scenario, limit) for limit in limits]
        total = sum(limit.share for limit in limits)
        if len(limits) > 1 and np.sum(places, axis=0).max() <= 1 and total > 1 + CLOSE:
            words = [f"{percent(x.share)} {place_words(x)}" for x in limits]
            yield (
                "shares",
                _ids(instance, limits[0]),
                word(
                    "Of {scope} at least {words} are asked, {total} in all.",
                    scope=scope_words(limits[0]),
                    words=names(words),
                    total=percent(total),
                ),
            )


def _scope(limit: PlacementLimit) -> tuple[str, str, str]:
    return limit.workload_class, limit.origin, limit.workload


def _contains(
    instance: Instance, larger: PlacementLimit, smaller: PlacementLimit
) -> bool:
    scenario = instance.scenario
    inside = share_place(scenario, smaller) & ~share_place(scenario, larger)
    return not inside.any()


def _ids(instance: Instance, limit: PlacementLimit) -> tuple[str, ...]:
    mask = scope(instance.scenario, *_scope(limit))
    return tuple(str(name) for name in instance.scenario.workloads.index[mask])


def _reachable(instance: Instance, limit: PlacementLimit) -> tuple[float, float]:
    """Share of a limit's scope that may go to its place, and that must."""
    members = scope(instance.scenario, *_scope(limit))
    inside = share_place(instance.scenario, limit)[instance.pair_hub]
    may = np.zeros(len(members), dtype=bool)
    may[instance.pair_workload[inside]] = True
    else_where = np.zeros(len(members), dtype=bool)
    else_where[instance.pair_workload[~inside]] = True
    mean = instance.mean_mw
    whole = float(mean[members].sum())
    if whole <= 0:
        return 1.0, 0.0
    must = may & ~else_where
    return (
        float(mean[members & may].sum()) / whole,
        float(mean[members & must].sum()) / whole,
    )
