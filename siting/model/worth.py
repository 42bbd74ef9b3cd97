"""Tables of limits and multipliers, as ``docs/plan.md`` describes them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.lookup import position, positions
from siting.model.arrays import dot
from siting.model.build import Kept, weigh
from siting.model.extract import emissions_table, pair_energy_mwh
from siting.model.green import green_rules, scope
from siting.model.instance import MOVABLE
from siting.model.outcome import Outcome
from siting.model.policy import share_place
from siting.model.polish import Decisions

OF_PAIRS = ("reserve", "certificate-use", "stay", "staged")
DUAL_COLUMNS = ["kind", "subject", "hub", "direction", "period", "value"]
LIMIT_COLUMNS = [
    "kind",
    "subject",
    "direction",
    "period",
    "unit",
    "limit",
    "used",
    "slack",
    "worth",
]


def duals_table(
    decisions: Decisions, outcome: Outcome, *, reserve: bool = True
) -> pd.DataFrame:
    """Multipliers above 0 of every coupling limit.

    Of reserved MW, those of movable workloads alone: what is best for a schedule that
    may burst, what it reserves included, is known in closed form.

    Parameters
    ----------
    decisions : Decisions
    outcome : Outcome
    reserve : bool
        Whether those of reserved MW are wanted.
    """
    parts: dict[str, list[np.ndarray]] = {column: [] for column in DUAL_COLUMNS}
    for kind in decisions.model.program.rows:
        namer = _NAMERS.get(kind)
        if namer is None or (kind == "reserve" and not reserve):
            continue
        block = decisions.model.program.rows[kind]
        value = outcome.multipliers(block)
        shown = value > 0
        if kind == "reserve":
            owner = decisions.model.instance.pair_workload[block.keys["pair"]]
            shown &= decisions.model.instance.manner[owner] == MOVABLE
        pick = np.flatnonzero(shown)
        keys = {name: values[pick] for name, values in block.keys.items()}
        words: dict[str, object] = {**namer(decisions, keys, pick)}
        words["kind"] = "green" if kind == "green-period" else kind
        for column in DUAL_COLUMNS[:-1]:
            cells = np.asarray(words.get(column, ""), dtype=object)
            parts[column].append(np.broadcast_to(cells, pick.shape))
        parts["value"].append(value[pick])
    return pd.DataFrame({name: np.concatenate(part) for name, part in parts.items()})


Keys = dict[str, np.ndarray]
Words = dict[str, np.ndarray]


def _labels(decisions: Decisions, period: np.ndarray) -> np.ndarray:
    index = decisions.model.instance.scenario.periods.index.to_numpy(object)
    return np.asarray(np.append(index, "")[period], dtype=object)


def _hubs(decisions: Decisions, hub: np.ndarray) -> np.ndarray:
    index = decisions.model.instance.scenario.hubs.index.to_numpy(object)
    return np.asarray(index[hub], dtype=object)


def _name_hub(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    words = {"subject": _hubs(decisions, keys["hub"])}
    if "period" in keys:
        words["period"] = _labels(decisions, keys["period"])
    return words


def _name_pair(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    instance = decisions.model.instance
    workloads = instance.scenario.workloads.index.to_numpy(object)
    return {
        "subject": workloads[instance.pair_workload[keys["pair"]]],
        "hub": _hubs(decisions, instance.pair_hub[keys["pair"]]),
        "period": _labels(decisions, keys["period"]),
    }


def _name_link(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    instance = decisions.model.instance
    links = instance.scenario.links.index.to_numpy(object)
    return {
        "subject": links[instance.backbone.row_link[keys["row"]]],
        "direction": instance.backbone.row_direction[keys["row"]],
        "period": _labels(decisions, keys["period"]),
    }


def _name_green(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    rules = green_rules(decisions.model.instance.scenario)
    subjects = np.array([rule.subject for rule in rules], dtype=object)
    return {
        "subject": subjects[keys["rule"]],
        "period": _labels(decisions, keys["period"]),
    }


def _name_use(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    held = decisions.model.blocks.certificates
    names = np.array(held.owners.names if held else [], dtype=object)
    return {
        "subject": names[keys["owner"]],
        "hub": _hubs(decisions, keys["hub"]),
        "period": _labels(decisions, keys["period"]),
    }


def _name_offer(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    offers = decisions.model.instance.scenario.certificates.index.to_numpy(object)
    return {"subject": offers[keys["offer"]]}


def _name_row(decisions: Decisions, keys: Keys, _: np.ndarray) -> Words:
    workloads = decisions.model.instance.scenario.workloads.index.to_numpy(object)
    hub = _hubs(decisions, keys["hub"])
    return {"subject": workloads[keys["workload"]], "hub": hub}


def _name_number(_: Decisions, __: Keys, pick: np.ndarray) -> Words:
    return {"subject": pick.astype(str).astype(object)}


def _name_nothing(_: Decisions, __: Keys, ___: np.ndarray) -> Words:
    return {}


_NAMERS: dict[str, Callable[[Decisions, Keys, np.ndarray], Words]] = {
    "room": _name_hub,
    "room-use": _name_hub,
    "reserve": _name_pair,
    "ingress": _name_hub,
    "egress": _name_hub,
    "link": _name_link,
    "lit": _name_link,
    "green": _name_green,
    "green-period": _name_green,
    "certificate-use": _name_use,
    "certificate": _name_offer,
    "carbon-cap": _name_nothing,
    "stay": _name_row,
    "staged": _name_row,
    "churn": _name_nothing,
    "placement-min": _name_number,
    "placement-max": _name_number,
    "stage": _name_number,
}

_UNITS = {
    "cost": "CNY",
    "carbon-location": "t",
    "carbon-market": "t",
    "green": "MWh",
    "latency": "MW·ms",
    "unserved": "MWh",
}


@dataclass(frozen=True)
class _Rows:
    """Collects limits, with what the table of duals says that they are worth.

    Attributes
    ----------
    decisions : Decisions
    worth : dict
        By kind, subject, direction and period.
    total : dict
        By kind and subject.
    priced : dict
        Periods in which a limit has a worth, by kind, subject and direction.
    found : list of tuple
        Rows of the table.
    """

    decisions: Decisions
    worth: dict[tuple[str, ...], float] = field(default_factory=dict)
    total: dict[tuple[str, str], float] = field(
        default_factory=lambda: defaultdict(float)
    )
    priced: dict[tuple[str, ...], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    found: list[tuple[object, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, decisions: Decisions, duals: pd.DataFrame) -> "_Rows":
        rows = cls(decisions)
        plain = duals[~duals["kind"].isin(OF_PAIRS)]
        keys = zip(*(plain[name] for name in LIMIT_COLUMNS[:4]), strict=True)
        for key, value in zip(keys, plain["value"].tolist(), strict=True):
            kind, subject, _, period = key
            rows.worth[key] = value
            rows.total[kind, subject] += value
            if period:
                rows.priced[key[:3]].append(period)
        return rows

    def add(
        self,
        kind: str,
        subject: str,
        unit: str,
        limit: float,
        used: float,
        *,
        least: bool = False,
        worth: float | None = None,
    ) -> None:
        """Add a limit over the year."""
        if worth is None:
            worth = self.worth.get((kind, subject, "", ""), 0.0)
        slack = used - limit if least else limit - used
        row = (kind, subject, "", "", unit, limit, used, slack, worth)
        self.found.append(row)

    def add_periods(
        self,
        kind: str,
        subject: str,
        direction: str,
        unit: str,
        limit: np.ndarray,
        used: np.ndarray,
        *,
        least: bool = False,
    ) -> None:
        """Add the tightest period of a limit and those that have a worth."""
        labels = self.decisions.model.instance.scenario.periods.index
        slack = used - limit if least else limit - used
        chosen = {int(np.argmin(slack))}
        key = (kind, subject, direction)
        if key in self.priced:
            chosen |= set(positions(labels, self.priced[key]).tolist())
        for at in sorted(chosen):
            worth = self.worth.get((*key, labels[at]), 0.0)
            self.found.append(
                (
                    *(kind, subject, direction, labels[at], unit),
                    *(float(limit[at]), float(used[at]), float(slack[at]), worth),
                )
            )


def limits_table(
    decisions: Decisions,
    duals: pd.DataFrame,
    weights: dict[str, float],
    kept: tuple[Kept, ...],
) -> pd.DataFrame:
    """Every finite limit with its use and worth."""
    rows = _Rows.of(decisions, duals)
    money = weights.get("cost", 0.0)
    for number, earlier in enumerate(kept):
        multiplier = rows.worth.get(("stage", str(number), "", ""), 0.0)
        money += multiplier * earlier.weights.get("cost", 0.0)
    _hub_limits(rows, money)
    _link_limits(rows, money)
    _green_limits(rows)
    _policy_limits(rows)
    _stage_limits(rows, kept)
    return pd.DataFrame(rows.found, columns=LIMIT_COLUMNS)


def _hub_limits(rows: _Rows, money: float) -> None:
    decisions = rows.decisions
    instance = decisions.model.instance
    scenario = instance.scenario
    hubs = scenario.hubs
    capacity = hubs["it_capacity_mw"].to_numpy(float)
    room, build = decisions.room_mw, decisions.build_mw
    annuity = np.where(instance.on_new_side, 0.0, instance.hub_annuity)
    for at, hub in enumerate(hubs.index):
        if np.isfinite(capacity[at]):
            rows.add(
                "room", hub, "MW", float(capacity[at]), float(room[at] - build[at])
            )
    most = hubs["build_max_mw"].to_numpy(float)
    for at in np.flatnonzero((most > 0) & np.isfinite(most)).tolist():
        hub = hubs.index[at]
        worth = max(rows.total["room", hub] - money * float(annuity[at]), 0.0)
        rows.add("build", hub, "MW", float(most[at]), float(build[at]), worth=worth)
    floor: dict[str, float] = {}
    for least in scenario.policy.reserved_min:
        floor[least.hub] = max(floor.get(least.hub, 0.0), least.mw)
    hosting = hubs["hosting_cny_per_mw_year"].to_numpy(float)
    yearly = hosting + np.where(instance.on_new_side, instance.hub_annuity, 0.0)
    for hub, mw in floor.items():
        at = position(hubs.index, hub)
        reduced = money * float(yearly[at]) + rows.total["room", hub]
        worth = max(reduced - rows.total["room-use", hub], 0.0)
        rows.add(
            "reserved-min", hub, "MW", mw, float(room[at]), least=True, worth=worth
        )
    workload = instance.pair_workload
    for kind, rate in (("ingress", instance.to_rate), ("egress", instance.from_rate)):
        bandwidth = hubs[f"{kind}_gbps"].to_numpy(float)
        bound = np.flatnonzero(np.isfinite(bandwidth))
        if not len(bound):
            continue
        used = decisions.hub_sums(rate[workload])
        for at in bound.tolist():
            most_gbps = np.full(used.shape[1], bandwidth[at])
            rows.add_periods(kind, hubs.index[at], "", "Gbps", most_gbps, used[at])


def _link_limits(rows: _Rows, money: float) -> None:
    decisions = rows.decisions
    instance = decisions.model.instance
    links, backbone = instance.scenario.links, instance.backbone
    room = instance.headroom_gbps + decisions.widen_gbps
    for row in np.argsort(backbone.row_link, kind="stable").tolist():
        link = int(backbone.row_link[row])
        if np.isfinite(room[link]):
            used = decisions.load_gbps[row]
            limit = np.full(len(used), room[link])
            direction = str(backbone.row_direction[row])
            rows.add_periods("link", links.index[link], direction, "Gbps", limit, used)
    most = links["widen_max_gbps"].to_numpy(float)
    for at in np.flatnonzero((most > 0) & np.isfinite(most)).tolist():
        name = links.index[at]
        spare = rows.total["link", name] - money * float(instance.link_annuity[at])
        used_gbps = float(decisions.widen_gbps[at])
        rows.add(
            "widen", name, "Gbps", float(most[at]), used_gbps, worth=max(spare, 0.0)
        )


def _green_limits(rows: _Rows) -> None:
    decisions = rows.decisions
    instance = decisions.model.instance
    energy, held = instance.energy, decisions.model.blocks.certificates
    rules = green_rules(instance.scenario)
    facility_pair = pair_energy_mwh(decisions) if rules else np.zeros(0)
    for rule in rules:
        member = np.isin(instance.pair_workload, rule.members).astype(float)
        facility = decisions.hub_sums(member) * energy.facility_mwh_per_mw
        green = (facility * energy.green_share).sum(axis=0)
        certified = np.zeros(len(instance.hours))
        yearly = 0.0
        if held is not None:
            keys, mwh = held.columns.keys, decisions.values[held.columns.slice]
            ours = np.unique(held.owners.of_workload[rule.members])
            mine = np.isin(keys["owner"], ours)
            named = mine & (keys["period"] >= 0)
            np.add.at(certified, keys["period"][named], mwh[named])
            yearly = float(mwh[mine & (keys["period"] < 0)].sum())
        if rule.every_period:
            limit = rule.share * facility.sum(axis=0)
            used = green + certified
            rows.add_periods("green", rule.subject, "", "MWh", limit, used, least=True)
        else:
            total = float(facility_pair[member > 0].sum())
            got = float(green.sum() + certified.sum()) + yearly
            rows.add("green", rule.subject, "MWh", rule.share * total, got, least=True)
    if held is None:
        return
    offers = instance.scenario.certificates
    retired = np.bincount(
        held.columns.keys["offer"],
        decisions.values[held.columns.slice],
        minlength=len(offers),
    )
    most = offers["max_mwh"].to_numpy(float)
    for at in np.flatnonzero(np.isfinite(most)).tolist():
        limit = float(most[at])
        rows.add("certificate", offers.index[at], "MWh", limit, float(retired[at]))


def _policy_limits(rows: _Rows) -> None:
    decisions = rows.decisions
    instance = decisions.model.instance
    scenario = instance.scenario
    policy = scenario.policy
    if policy.carbon_cap_t is not None:
        total = emissions_table(decisions).iloc[-1]
        used = float(total[f"{policy.carbon_accounting}_t"])
        rows.add("carbon-cap", "", "t", policy.carbon_cap_t, used)
    stay = decisions.model.blocks.stay
    if (
        stay is not None
        and stay.moved is not None
        and policy.churn_max_share is not None
    ):
        most = policy.churn_max_share * float(instance.mean_mw.sum())
        used = float(decisions.values[stay.moved.slice].sum())
        rows.add("churn", "", "MW", most, used)
    for kind, limits in (
        ("placement-min", policy.placement_min),
        ("placement-max", policy.placement_max),
    ):
        for number, limit in enumerate(limits):
            members = scope(
                scenario, limit.workload_class, limit.origin, limit.workload
            )
            place = share_place(scenario, limit)
            inside = members[instance.pair_workload] & place[instance.pair_hub]
            rows.add(
                kind,
                str(number),
                "MW",
                limit.share * float(instance.mean_mw[members].sum()),
                float(decisions.mean_mw[inside].sum()),
                least=kind == "placement-min",
            )


def _stage_limits(rows: _Rows, kept: tuple[Kept, ...]) -> None:
    decisions = rows.decisions
    for number, earlier in enumerate(kept):
        used = dot(weigh(decisions.model.metrics, earlier.weights), decisions.values)
        names = list(earlier.weights)
        unit = _UNITS[names[0]] if len(names) == 1 else ""
        rows.add("stage", str(number), unit, earlier.limit, used)
