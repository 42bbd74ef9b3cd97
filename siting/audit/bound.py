r"""The proof: a lower bound on the last stage's objective from any multipliers.

For multipliers :math:`\lambda \ge 0` the Lagrangian

.. math:: L(\lambda) = \min_x \; c x + \lambda (A x - b)

separates by workload, hub, link and certificate, and is at most the cost of any plan.
Where a variable without an upper bound would take it to minus infinity, multipliers are
changed to other ones that do not: the bound holds whatever they are.
"""

from dataclasses import dataclass, replace

import numpy as np

from siting.audit.cheapest import Cheapest
from siting.audit.green import GreenBook
from siting.audit.limits import place_of, reserved_least
from siting.audit.multipliers import Multipliers, Stage, Weights
from siting.audit.network import FROM_HUB, TO_HUB
from siting.audit.stay import StayWorth, stay_worth
from siting.audit.world import World

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Prices:
    """Worth of everything a workload may use, in units of the objective.

    Attributes
    ----------
    world : World
    book : GreenBook
    weights : Weights
    multipliers : Multipliers
        Changed where they were not valid.
    per_mw : ndarray of shape (hubs, periods)
        A MW of any workload: electricity, carbon, pooled room.
    fixed, timed : tuple of Cheapest
        Path costs by profile and by period, to hubs that are not local and that are;
        empty without links.
    stay : StayWorth
        Worth of staying where ``current`` has it.
    """

    world: World
    book: GreenBook
    weights: Weights
    multipliers: Multipliers
    per_mw: Floats
    fixed: tuple[Cheapest, ...]
    timed: tuple[Cheapest, ...]
    stay: StayWorth


def set_prices(
    world: World, book: GreenBook, weights: Weights, multipliers: Multipliers
) -> tuple[Prices, float]:
    """Make the multipliers valid; give prices and the part of the bound they settle.

    Parameters
    ----------
    world : World
    book : GreenBook
    weights : Weights
    multipliers : Multipliers

    Returns
    -------
    Prices
    float
        Least value of hub room, widening, lit bandwidth and certificates, with the
        constants of their limits.
    """
    multipliers, room = _settle_room(world, weights, multipliers)
    multipliers, links = _settle_links(world, weights, multipliers)
    multipliers, certificates = _settle_certificates(world, book, weights, multipliers)
    grey = 1.0 - world.green
    per_mwh = (
        weights.cost * world.price
        + weights.location * world.location
        + weights.market * grey * world.residual
        + weights.green * grey
    )
    per_mw = world.energy * per_mwh
    if world.settings.room == "pooled":
        per_mw = per_mw + multipliers.room_use
    fixed: tuple[Cheapest, ...] = ()
    timed: tuple[Cheapest, ...] = ()
    if world.has_links:
        arcs = world.network.arcs
        toll = weights.cost * world.toll[arcs["link"].to_numpy(int)][:, None]
        scarce = (multipliers.link + multipliers.lit, multipliers.link)
        both = [each[arcs["limit"].to_numpy(int)] for each in scarce]
        always = toll * world.mean_factor
        fixed = tuple(Cheapest(world, e @ world.factor.T + always) for e in both)
        hourly = toll * world.hours / world.year_hours
        timed = tuple(Cheapest(world, each + hourly) for each in both)
    churn, kept, staged = multipliers.churn, multipliers.stay, multipliers.staged
    stay = stay_worth(world, weights.cost, churn, kept, staged)
    prices = Prices(world, book, weights, multipliers, per_mw, fixed, timed, stay)
    return prices, room + links + certificates + stay.constant


def constants(world: World, stages: list[Stage], multipliers: Multipliers) -> float:
    """Give what the right sides of the remaining limits add to the bound."""
    policy = world.policy
    total = 0.0
    kept = [stage.limit for stage in stages[:-1]]
    for worth, limit in zip(multipliers.stage, kept, strict=False):
        total -= worth * limit if worth > 0 else 0.0
    if policy.carbon_cap_t is not None:
        total -= multipliers.carbon_cap * policy.carbon_cap_t
    if policy.churn_max_share is not None:
        total -= multipliers.churn * policy.churn_max_share * world.mean_mw.sum()
    for sign, rules, each in (
        (1.0, policy.placement_min, multipliers.placement_min),
        (-1.0, policy.placement_max, multipliers.placement_max),
    ):
        for rule, worth in zip(rules, each, strict=True):
            scope = world.scope(rule.workload_class, rule.origin, rule.workload)
            total += sign * worth * rule.share * world.mean_mw[scope].sum()
    flows = (("ingress", multipliers.ingress), ("egress", multipliers.egress))
    for kind, grid in flows:
        bandwidth = world.scenario.hubs[f"{kind}_gbps"].to_numpy(float)
        used = grid.sum(axis=1)
        total -= float(np.where(used > 0, bandwidth, 0.0) @ used)
    return float(total)


def usable(world: World, stages: list[Stage], multipliers: Multipliers) -> Multipliers:
    """Leave out multipliers of limits that are infinite: they are worth nothing."""
    hubs = world.scenario.hubs
    ingress = np.isfinite(hubs["ingress_gbps"].to_numpy(float))[:, None]
    egress = np.isfinite(hubs["egress_gbps"].to_numpy(float))[:, None]
    link = multipliers.link
    if world.has_links:
        finite = np.isfinite(world.headroom)
        link = link * finite[world.network.limits["link"].to_numpy(int)][:, None]
    offers = world.scenario.certificates["max_mwh"].to_numpy(float)
    kept = np.array([np.isfinite(stage.limit) for stage in stages], dtype=float)
    # The last stage is the objective, and bounded by nothing.
    kept[-1:] = 0.0
    return replace(
        multipliers,
        ingress=multipliers.ingress * ingress,
        egress=multipliers.egress * egress,
        link=link,
        certificate=multipliers.certificate * np.isfinite(offers),
        stage=multipliers.stage * kept,
    )


def _settle_room(
    world: World, weights: Weights, multipliers: Multipliers
) -> tuple[Multipliers, float]:
    """Hub room at its cheapest between what policy keeps and what can be built.

    The room that stands and what may be built are taken as they are rather than by
    their multiplier, which can only raise the bound.
    """
    frame = world.scenario.hubs
    capacity = frame["it_capacity_mw"].to_numpy(float)
    most = frame["build_max_mw"].to_numpy(float)
    hosting = frame["hosting_cny_per_mw_year"].to_numpy(float)
    new = world.on_new_side
    keep = weights.cost * (hosting + np.where(new, world.hub_annuity, 0.0))
    build = weights.cost * np.where(new, 0.0, world.hub_annuity)
    use = multipliers.room_use
    total = use.sum(axis=1) if use.ndim > 1 else use
    endless = keep + np.where(np.isfinite(capacity), build, 0.0)
    scale = _scale(total, np.where(np.isinf(capacity + most), endless, np.inf))
    use = use * (scale[:, None] if use.ndim > 1 else scale)
    slope = keep - total * scale
    least = reserved_least(world)
    value = np.full(len(frame), np.inf)
    for stop in (least, np.maximum(capacity, least), capacity + most):
        room = np.where(np.isfinite(stop), stop, least)
        extra = np.where(np.isfinite(capacity), np.maximum(room - capacity, 0.0), 0.0)
        value = np.minimum(value, slope * room + build * extra)
    return replace(multipliers, room_use=use), float(value.sum())


def _scale(used: Floats, most: Floats) -> Floats:
    """Factors of at most 1 that bring sums down to what they may be."""
    over = used > most
    most = np.maximum(most, 0.0)
    scale: Floats = np.divide(most, used, out=np.ones(len(used)), where=over)
    return scale


def _settle_links(
    world: World, weights: Weights, multipliers: Multipliers
) -> tuple[Multipliers, float]:
    if not world.has_links:
        return multipliers, 0.0
    row = world.network.limits["link"].to_numpy(int)
    count = len(world.headroom)
    annuity = weights.cost * world.link_annuity
    most = world.scenario.links["widen_max_gbps"].to_numpy(float)
    total = np.bincount(row, multipliers.link.sum(axis=1), count)
    scale = _scale(total, np.where(np.isinf(most), annuity, np.inf))
    link = multipliers.link * scale[row][:, None]
    total = total * scale
    gain = np.where(np.isinf(most), 0.0, np.minimum(0.0, annuity - total))
    widened = float(gain @ np.where(np.isinf(most), 0.0, most))
    standing = float(np.where(total > 0, world.headroom, 0.0) @ total)
    lit = np.zeros_like(multipliers.lit)
    if world.wave_priced:
        total = np.bincount(row, multipliers.lit.sum(axis=1), count)
        scale = _scale(total, weights.cost * world.wave / world.fill)
        lit = multipliers.lit * scale[row][:, None]
    return replace(multipliers, link=link, lit=lit), widened - standing


def _settle_certificates(
    world: World, book: GreenBook, weights: Weights, multipliers: Multipliers
) -> tuple[Multipliers, float]:
    """Raise what a certificate's place is worth until none is below its price."""
    offers = world.scenario.certificates
    if book.mode == "off" or not len(offers):
        return multipliers, 0.0
    price = weights.cost * offers["price_cny_per_mwh"].to_numpy(float)
    price = price + multipliers.certificate
    # Cheapest offer at each hub.
    cheapest = np.where(book.serves, price[:, None], np.inf).min(axis=0)
    period = book.mode == "period"
    residual = world.residual if period else world.mean_residual[:, None]
    saved = weights.green + weights.market * residual
    use = multipliers.certificate_use
    gain = np.zeros((len(book.owners), 1, use.shape[2]))
    for rule, worth in zip(book.rules, multipliers.green, strict=True):
        if period or not rule.every_period:
            gain[rule.owners] += worth
    need = saved[None] + gain - cheapest[None, :, None]
    use = np.maximum(use, np.where(np.isfinite(need), need, 0.0))
    most = offers["max_mwh"].to_numpy(float)
    paid = np.where(multipliers.certificate > 0, most, 0.0) @ multipliers.certificate
    return replace(multipliers, certificate_use=use), -float(paid)


def policy_worth(prices: Prices, workload: int) -> Floats:
    """Give what policy shares add to a mean MW of a workload at each hub."""
    world, worth = prices.world, prices.multipliers
    total = np.zeros(len(world.hubs))
    for sign, rules, each in (
        (-1.0, world.policy.placement_min, worth.placement_min),
        (1.0, world.policy.placement_max, worth.placement_max),
    ):
        for rule, value in zip(rules, each, strict=True):
            if value > 0:
                scope = world.scope(rule.workload_class, rule.origin, rule.workload)
                if scope[workload]:
                    place = place_of(world, rule.side, rule.hub, rule.province)
                    total += sign * value * place
    return total


def path_costs(
    prices: Prices, origin: int, limit_ms: float, to: float, back: float, timed: bool
) -> Floats:
    """Cost of routing a MW's data to and from each hub, by profile or period."""
    world = prices.world
    searches = prices.timed if timed else prices.fixed
    if not searches:
        return np.zeros((len(world.hubs), 1))
    far = world.wan[origin] > 0
    total = np.zeros((len(world.hubs), len(searches[0].column)))
    for search, some in zip(searches, (far, ~far), strict=True):
        for rate, way in ((to, TO_HUB), (back, FROM_HUB)):
            if rate > 0 and some.any():
                total[some] += rate * search.to_hubs(origin, limit_ms, way)[some]
    return total
