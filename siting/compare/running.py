"""What running a workload at a hub costs in a year, as far as it is its own."""

from dataclasses import dataclass

import numpy as np

from siting.compare.ground import Ground, Pairs
from siting.plan import Plan
from siting.units import GB_PER_GBPS_HOUR

ROWS_AT_ONCE = 4_000_000


def yearly_cny(
    ground: Ground, plan: Plan, pairs: Pairs, workload: np.ndarray, hub: np.ndarray
) -> np.ndarray:
    """Yearly cost of a workload's whole share at a hub, by the new scenario's prices.

    Power, room, transfer on the fastest path, carbon and placement costs. Room that is
    built, certificates and widening belong to no single workload and are left out.

    Parameters
    ----------
    ground : Ground
    plan : Plan
        Whose schedules count.
    pairs : Pairs
        Its placement.
    workload, hub : ndarray of int
        Of each cost wanted; nan for a hub of -1.
    """
    result = np.full(len(workload), np.nan)
    known = np.flatnonzero(hub >= 0)
    step = max(1, ROWS_AT_ONCE // len(ground.periods))
    hubs = len(ground.hubs)
    code = pairs.workload * hubs + pairs.hub
    order = np.argsort(code, kind="stable")
    for start in range(0, len(known), step):
        some = known[start : start + step]
        w, h = workload[some], hub[some]
        at = np.searchsorted(code[order], w * hubs + h)
        place = order[np.minimum(at, len(order) - 1)]
        mine = Pairs(w, h, pairs.hub_name[place], pairs.share[place])
        draw, reserved = ground.draws(plan, mine)
        result[some] = _costs(ground, w, h, draw, reserved)
    return result


def _costs(
    ground: Ground, w: np.ndarray, h: np.ndarray, draw: np.ndarray, reserved: np.ndarray
) -> np.ndarray:
    instance = ground.instance
    scenario, energy, tariff = instance.scenario, instance.energy, instance.tariff
    policy, settings = scenario.policy, scenario.settings
    price = energy.facility_mwh_per_mw * energy.price_cny_per_mwh
    total = (draw * price[h]).sum(axis=1)
    room = scenario.hubs["hosting_cny_per_mw_year"].to_numpy(float)
    room = room + np.where(instance.on_new_side, instance.hub_annuity, 0.0)
    total += room[h] * reserved
    origin = instance.origin[w]
    wide = instance.reach.wide_area[origin, h].astype(float)
    mean = draw @ instance.hours / instance.year_hours
    billed = instance.billed_rate[w] * wide
    gb_year = GB_PER_GBPS_HOUR * instance.year_hours
    total += billed * tariff.cny_per_gb * gb_year * mean
    total += billed * tariff.cny_per_gbps_year * reserved
    total += _on_links(ground, w, h, mean, reserved)
    if policy.carbon_price_cny_per_t:
        local = policy.carbon_accounting == "location"
        per_mw = energy.location_t_per_mw if local else energy.market_t_per_mw
        emitted = (draw * per_mw[h]).sum(axis=1)
        rate = instance.to_rate[w] + instance.from_rate[w]
        network = settings.network_kwh_per_gb * settings.network_co2_kg_per_mwh / 1e6
        emitted += wide * rate * gb_year * mean * network
        total += policy.carbon_price_cny_per_t * emitted
    extra = scenario.placement_costs
    if len(extra):
        keys = list(zip(extra["workload"], extra["hub"], strict=True))
        known = dict(zip(keys, extra["cny_per_mw_year"], strict=True))
        names = zip(ground.workloads[w], ground.hubs[h], strict=True)
        total += mean * np.array([known.get(name, 0.0) for name in names])
    return np.asarray(total)


def _on_links(
    ground: Ground,
    w: np.ndarray,
    h: np.ndarray,
    mean: np.ndarray,
    reserved: np.ndarray,
) -> np.ndarray:
    """Own waves and tolls on the fastest path there and the one back.

    What crosses a link both ways fills a shared one with its sum, any other with the
    larger direction.
    """
    instance = ground.instance
    wave = instance.tariff.link_cny_per_gbps_year / instance.tariff.fill
    toll = instance.toll_cny_per_gbps_year
    total = np.zeros(len(w))
    if not (np.any(wave > 0) or np.any(toll > 0)):
        return total
    known: dict[tuple[int, int], _Crossed] = {}
    for number, (one, hub) in enumerate(zip(w.tolist(), h.tolist(), strict=True)):
        ends = instance.origin_node[instance.origin[one]], instance.hub_node[hub]
        if ends not in known:
            known[ends] = _Crossed.between(ground, *ends)
        links = known[ends]
        to, back = instance.to_rate[one], instance.from_rate[one]
        lit = wave[links.there].sum() * to + wave[links.back].sum() * back
        lit += wave[links.shared].sum() * (to + back)
        lit += wave[links.duplex].sum() * max(to, back)
        both = [*links.shared, *links.duplex]
        paid = toll[[*links.there, *both]].sum() * to
        paid += toll[[*links.back, *both]].sum() * back
        total[number] = lit * reserved[number] + paid * mean[number]
    return total


@dataclass(frozen=True)
class _Crossed:
    """Links that two paths cross, by what of the traffic they carry."""

    there: list[int]
    back: list[int]
    shared: list[int]
    duplex: list[int]

    @classmethod
    def between(cls, ground: Ground, start: int, end: int) -> "_Crossed":
        """Find the links of the fastest path there and of the one back."""
        backbone = ground.instance.backbone
        paths = ground.node_path(start, end), ground.node_path(end, start)
        rows = [{backbone.arc_row[a] for a in p.arcs} if p else set() for p in paths]
        there, back = ({int(backbone.row_link[r]) for r in some} for some in rows)
        shared = {int(backbone.row_link[row]) for row in rows[0] & rows[1]}
        both = there & back
        groups = there - both, back - both, shared, both - shared
        return cls(*(sorted(group) for group in groups))
