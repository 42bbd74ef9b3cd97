"""Every limit of a scenario: whether a plan keeps it, and the table ``limits``."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.audit.accounts import Accounts
from siting.audit.draws import Decisions
from siting.audit.green import GreenBook, Retired
from siting.audit.green_energy import green_energy
from siting.audit.multipliers import Multipliers, Stage, Weights
from siting.audit.report import FLOOR, Findings
from siting.audit.stay import moved_mw, stay_of
from siting.audit.traffic import Traffic
from siting.audit.world import World, positions
from siting.plan import Plan
from siting.words import word

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Limit:
    """One limit, over the year (arrays of length 1) or in each period.

    Attributes
    ----------
    kind, subject, direction, unit : str
    limit, used, worth : ndarray
    size, worth_size : float
        Size of the figures that ``used`` and ``worth`` are the difference of.
    gross : float
        Size of all that is added up, or taken away, to tell whether the limit is kept.
    at_least : bool
        Whether the limit is a least value.
    by_period : bool
    """

    kind: str
    subject: str
    direction: str
    unit: str
    limit: Floats
    used: Floats
    worth: Floats
    at_least: bool = False
    by_period: bool = False
    size: float = 0.0
    worth_size: float = 0.0
    gross: float = 0.0

    @property
    def slack(self) -> Floats:
        """What is left."""
        gap = self.limit - self.used
        return np.asarray(-gap if self.at_least else gap)


@dataclass(frozen=True)
class Facts:
    """What the limits are made of."""

    world: World
    decisions: Decisions
    traffic: Traffic
    book: GreenBook
    retired: Retired
    accounts: Accounts
    stages: list[Stage]
    multipliers: Multipliers
    weights: Weights


def check_limits(plan: Plan, facts: Facts, findings: Findings) -> None:
    """Check that every limit is kept and that the table says so."""
    limits = all_limits(facts)
    names = facts.world.periods.to_numpy(object)
    for limit in limits:
        # What is the difference of large figures is known no better than they are.
        size = np.maximum(np.abs(limit.limit), np.abs(limit.used))
        size = np.maximum(size, max(1.0, limit.size, limit.gross))
        broken = limit.slack < -findings.tolerance * size
        key = _name(limit)
        keys = [f"{key}/{n}" for n in names] if limit.by_period else [key]
        fault = "The limit is not kept"
        findings.differ("limits", keys, "used", limit.used, limit.limit, broken, fault)
    _lit(facts, findings)
    _room(facts, findings)
    _table(plan, limits, names, findings)


def all_limits(facts: Facts) -> list[Limit]:
    """List every limit with a finite value."""
    limits = [*_hub_limits(facts), *_link_limits(facts), *_green_limits(facts)]
    limits += [*_policy_limits(facts), *_stage_limits(facts)]
    return [limit for limit in limits if np.isfinite(limit.limit).all()]


def _one(
    kind: str,
    subject: str,
    unit: str,
    *figures: float,
    least: bool,
    size: float = 0.0,
    worth_size: float = 0.0,
) -> Limit:
    limit, used, worth = (np.array([figure]) for figure in figures)
    return Limit(
        kind, subject, "", unit, limit, used, worth, least, False, size, worth_size
    )


def _hub_limits(facts: Facts) -> list[Limit]:
    world, decisions, worth = facts.world, facts.decisions, facts.multipliers
    frame = world.scenario.hubs
    capacity = frame["it_capacity_mw"].to_numpy(float)
    most = frame["build_max_mw"].to_numpy(float)
    money = facts.weights.cost
    annuity = money * np.where(world.on_new_side, 0.0, world.hub_annuity)
    hosting = frame["hosting_cny_per_mw_year"].to_numpy(float)
    hosting = money * (hosting + np.where(world.on_new_side, world.hub_annuity, 0.0))
    use = worth.room_use.sum(axis=1) if worth.room_use.ndim > 1 else worth.room_use
    build_worth = np.maximum(0.0, worth.room - annuity)
    kept_worth = np.maximum(0.0, hosting + worth.room - use)
    least = reserved_least(world)
    flows = (
        ("ingress", facts.traffic.ingress, worth.ingress),
        ("egress", facts.traffic.egress, worth.egress),
    )
    room, build = decisions.room_mw, decisions.build_mw
    limits = []
    for h, hub in enumerate(world.hubs):
        figures = (capacity[h], room[h] - build[h], worth.room[h])
        limits.append(_one("room", hub, "MW", *figures, least=False, size=room[h]))
        if most[h] > 0:
            figures = (most[h], build[h], build_worth[h])
            size = worth.room[h]
            limits.append(
                _one("build", hub, "MW", *figures, least=False, worth_size=size)
            )
        elif build[h] > 0:
            figures = (0.0, build[h], 0.0)
            limits.append(_one("build", hub, "MW", *figures, least=False))
        if least[h] > 0:
            figures = (least[h], room[h], kept_worth[h])
            size = hosting[h] + worth.room[h]
            limits.append(
                _one("reserved-min", hub, "MW", *figures, least=True, worth_size=size)
            )
        for kind, flow, each in flows:
            top = np.full(flow.shape[1], float(frame[f"{kind}_gbps"].iloc[h]))
            limits.append(
                Limit(kind, hub, "", "Gbps", top, flow[h], each[h], by_period=True)
            )
    return limits


def reserved_least(world: World) -> Floats:
    """Least room that policy keeps at each hub, MW."""
    least = np.zeros(len(world.hubs))
    for kept in world.policy.reserved_min:
        place = world.hubs.get_loc(kept.hub)
        least[place] = max(least[place], kept.mw)
    return least


def _link_limits(facts: Facts) -> list[Limit]:
    world, worth = facts.world, facts.multipliers
    if not world.has_links:
        return []
    widen = facts.decisions.widen_gbps
    room = world.headroom + widen
    limits = []
    rows = world.network.limits
    for row, (link, direction) in enumerate(rows.itertuples(index=False)):
        load = facts.traffic.load[row]
        limits.append(
            Limit(
                "link",
                world.network.links[link],
                direction,
                "Gbps",
                np.full(len(load), room[link]),
                load,
                worth.link[row],
                by_period=True,
            )
        )
    total = np.bincount(rows["link"], worth.link.sum(axis=1), len(widen))
    gain = np.maximum(0.0, total - facts.weights.cost * world.link_annuity)
    most = world.scenario.links["widen_max_gbps"].to_numpy(float)
    for link in np.flatnonzero((most > 0) | (widen > 0)):
        figures = (most[link], widen[link], gain[link] if most[link] > 0 else 0.0)
        name = world.network.links[link]
        size = total[link]
        limits.append(
            _one("widen", name, "Gbps", *figures, least=False, worth_size=size)
        )
    return limits


def _green_limits(facts: Facts) -> list[Limit]:
    found = []
    of_rules = green_energy(facts.book, facts.decisions.draws, facts.retired)
    for rule, worth, energy, green in zip(
        facts.book.rules, facts.multipliers.green, *of_rules, strict=True
    ):
        figures = rule.share * energy, green, worth
        subject, always = rule.subject, rule.every_period
        found.append(
            Limit(
                *("green", subject, "", "MWh", *figures),
                at_least=True,
                by_period=always,
            )
        )
    return found


def _policy_limits(facts: Facts) -> list[Limit]:
    world, worth, retired = facts.world, facts.multipliers, facts.retired
    offers = world.scenario.certificates
    used = np.bincount(retired.offer, retired.mwh, len(offers))
    limits = [
        _one("certificate", name, "MWh", *figures, least=False)
        for name, *figures in zip(
            offers["id"],
            offers["max_mwh"].to_numpy(float),
            used,
            worth.certificate,
            strict=True,
        )
        if facts.book.mode != "off"
    ]
    cap = world.policy.carbon_cap_t
    if cap is not None:
        measure = f"carbon-{world.policy.carbon_accounting}"
        figures = [cap, facts.accounts.measures[measure], worth.carbon_cap]
        size = facts.accounts.sizes[measure]
        limits.append(_one("carbon-cap", "", "t", *figures, least=False, size=size))
    churn = world.policy.churn_max_share
    if churn is not None and stay_of(world).counts:
        moved = moved_mw(world, facts.decisions)
        figures = [churn * world.mean_mw.sum(), moved, worth.churn]
        size = float(stay_of(world).mean_mw.sum())
        limits.append(_one("churn", "", "MW", *figures, least=False, size=size))
    draws = facts.decisions.draws
    mean = draws.mean_mw
    for kind, rules, each in (
        ("placement-min", world.policy.placement_min, worth.placement_min),
        ("placement-max", world.policy.placement_max, worth.placement_max),
    ):
        for number, rule in enumerate(rules):
            scope = world.scope(rule.workload_class, rule.origin, rule.workload)
            place = place_of(world, rule.side, rule.hub, rule.province)
            got = mean[scope[draws.workload] & place[draws.hub]].sum()
            figures = [rule.share * world.mean_mw[scope].sum(), got, each[number]]
            least = kind == "placement-min"
            limits.append(_one(kind, str(number), "MW", *figures, least=least))
    return limits


def place_of(world: World, side: str, hub: str, province: str) -> np.ndarray:
    """Tell which hubs a policy limit is about."""
    frame = world.scenario.hubs
    mask = np.ones(len(frame), bool)
    for column, name in (("side", side), ("id", hub), ("province", province)):
        if name:
            mask &= (frame[column] == name).to_numpy()
    return mask


UNITS = {
    "cost": "CNY",
    "carbon-location": "t",
    "carbon-market": "t",
    "green": "MWh",
    "latency": "MW·ms",
    "unserved": "MWh",
}


def _stage_limits(facts: Facts) -> list[Limit]:
    limits = []
    for number, stage in enumerate(facts.stages[:-1]):
        value = stage.value(facts.accounts.measures)
        unit = UNITS[next(iter(stage.weights))] if len(stage.weights) == 1 else ""
        figures = (stage.limit, value, facts.multipliers.stage[number])
        sizes = facts.accounts.sizes
        gross = sum(abs(w) * sizes[name] for name, w in stage.weights.items())
        size = FLOOR * gross
        one = _one("stage", str(number), unit, *figures, least=False, size=size)
        limits.append(replace(one, gross=gross))
    return limits


def _lit(facts: Facts, findings: Findings) -> None:
    """Lit bandwidth carries the load where it has a price, else it is 0."""
    world, lit = facts.world, facts.decisions.lit_gbps
    if not world.has_links:
        return
    names = pd.Series(world.network.links, dtype=object)
    if not world.wave_priced:
        fault = "The basis has no price of lit bandwidth"
        findings.rows("links", names, lit > 0, "lit_gbps", fault)
        return
    link = world.network.limits["link"].to_numpy(int)
    peak = facts.traffic.far.max(axis=1, initial=0.0)
    fault = "Load is above lit bandwidth times fill"
    room = (lit * world.fill)[link]
    findings.most("links", names[link], "lit_gbps", peak, room, fault)


def _room(facts: Facts, findings: Findings) -> None:
    """Room paid for holds what is reserved, or (pooled) drawn in every period."""
    world, decisions = facts.world, facts.decisions
    if world.settings.room == "pooled":
        need = decisions.draws.by_hub_period().max(axis=1)
    else:
        reserved = decisions.reserved_mw
        need = np.bincount(decisions.pair_hub, reserved, len(world.hubs))
    fault = "Less room is paid for than is needed"
    room = decisions.room_mw
    findings.most("hubs", list(world.hubs), "room_mw", need, room, fault)


def _table(
    plan: Plan, limits: list[Limit], periods: np.ndarray, findings: Findings
) -> None:
    """Compare the rows of the table with the limits, all of them at once."""
    table = plan.limits
    keys = table[["kind", "subject", "direction", "period"]]
    fault = "The row is there twice"
    findings.rows("limits", keys, keys.duplicated(), "", fault)
    names = [(limit.kind, limit.subject, limit.direction) for limit in limits]
    named = pd.MultiIndex.from_frame(keys.iloc[:, :3].astype(object))
    known = pd.MultiIndex.from_tuples(names, names=named.names)
    number = known.get_indexer(named) if names else np.full(len(table), -1)
    for key in named[number < 0].unique():
        findings.add("limits", str(key), "subject", "There is no such limit")
    listed = np.bincount(number[number >= 0], minlength=len(limits)) > 0
    for place in np.flatnonzero(~listed).tolist():
        limit = limits[place]
        # A bound of 0 that is kept has no row.
        if limit.kind not in ("build", "widen") or limit.limit[0] > 0:
            findings.add("limits", _name(limit), "", "The row is missing")
    some = np.flatnonzero(number >= 0)
    if len(some):
        _rows(
            table.iloc[some], keys.iloc[some], number[some], limits, periods, findings
        )


def _rows(
    table: pd.DataFrame,
    keys: pd.DataFrame,
    number: np.ndarray,
    limits: list[Limit],
    periods: np.ndarray,
    findings: Findings,
) -> None:
    """Compare rows, each with the limit of its number."""
    hourly = np.array([limit.by_period for limit in limits])[number]
    named = table["period"].astype(object)
    blank = (named == "").to_numpy()
    when = np.where(blank, 0, -1)
    when[hourly] = positions(pd.Index(periods), named[hourly])
    findings.rows("limits", keys, when < 0, "period", "The period does not fit")
    units = np.array([limit.unit for limit in limits], dtype=object)[number]
    wrong = (table["unit"] != units).to_numpy()
    for unit in dict.fromkeys(units[wrong]):
        fault = word("The unit is {unit!r}", unit=unit)
        findings.rows("limits", keys, wrong & (units == unit), "unit", fault)
    good = when >= 0
    table, keys, number, when = table[good], keys[good], number[good], when[good]
    at_least = np.array([limit.at_least for limit in limits])[number]
    left = (table["limit"] - table["used"]) * np.where(at_least, -1.0, 1.0)
    findings.exact("limits", keys, "slack", table["slack"], left)
    lengths = np.array([len(limit.limit) for limit in limits])
    first = np.cumsum(lengths) - lengths
    expected = {
        name: np.concatenate([getattr(limit, name) for limit in limits])
        for name in ("limit", "used", "slack", "worth")
    }
    place = first[number] + when
    size = np.maximum(np.abs(expected["limit"]), np.abs(expected["used"]))[place]
    size = np.maximum(size, np.array([limit.size for limit in limits])[number])
    worth_size = np.array([limit.worth_size for limit in limits])[number]
    for column, values in expected.items():
        fault = "Not what follows from the decisions"
        scale = worth_size if column == "worth" else size
        got = table[column].to_numpy(float)
        findings.close(
            *("limits", keys, column, got, values[place], fault, scale), part=number
        )
    shown = np.zeros(lengths.sum(), bool)
    shown[place] = True
    _periods_shown(limits, first, shown, np.unique(number), findings)


def _periods_shown(
    limits: list[Limit],
    first: np.ndarray,
    shown: np.ndarray,
    listed: np.ndarray,
    findings: Findings,
) -> None:
    """Rows tell of every period with a worth, and of the one of least slack."""
    for number in listed.tolist():
        limit = limits[number]
        rows = shown[first[number] : first[number] + len(limit.limit)]
        if ((limit.worth > 0) & ~rows).any():
            fault = "A period with a worth is missing"
            findings.add("limits", _name(limit), "period", fault)
        most = np.maximum(1.0, np.abs(limit.limit)).max()
        least = limit.slack.min()
        if limit.slack[rows].min() > least + findings.tolerance * most:
            fault = "The period of least slack is missing"
            findings.add("limits", _name(limit), "period", fault)


def _name(limit: Limit) -> str:
    return "/".join(p for p in (limit.kind, limit.subject, limit.direction) if p)
