"""Derived columns of the tables hubs, links, emissions, ledger and baselines."""

import numpy as np
import pandas as pd

from siting.audit.accounts import Accounts
from siting.audit.compared import check_compared
from siting.audit.draws import Decisions
from siting.audit.report import FLOOR, Findings
from siting.audit.traffic import Traffic
from siting.audit.world import World
from siting.ledger import PLANS, TERMS
from siting.plan import Plan

Floats = np.ndarray


def check_columns(
    plan: Plan,
    world: World,
    decisions: Decisions,
    traffic: Traffic,
    accounts: Accounts,
    findings: Findings,
) -> tuple[str, ...]:
    """Compare every derived column of these tables with the audit's own figures.

    Returns
    -------
    tuple of str
        Columns of baselines that are there.
    """
    hubs = hub_columns(world, decisions, traffic)
    # What is left of two large figures has their rounding.
    sizes = {"idle_mw": np.nan_to_num(hubs["it_capacity_mw"], posinf=0.0)}
    _table(plan.hubs, "hubs", "hub", hubs, findings, sizes)
    table = plan.hubs
    left = table["it_capacity_mw"] + table["build_mw"] - table["room_mw"]
    findings.exact("hubs", table["hub"], "idle_mw", table["idle_mw"], left)
    links = link_columns(world, decisions, traffic)
    _table(plan.links, "links", "link", links, findings)
    sizes = {"market_t": np.abs(accounts.gross_t)}
    ours = accounts.emissions
    _table(plan.emissions, "emissions", "subject", ours, findings, sizes)
    _ledger(plan, accounts, findings)
    measures = baseline_measures(plan, world, decisions, accounts)
    _baselines(plan, measures, accounts, findings)
    return check_compared(plan, world, list(measures), findings)


def hub_columns(world: World, decisions: Decisions, traffic: Traffic) -> pd.DataFrame:
    """Give the table ``hubs`` as it follows from the decisions."""
    frame, draws = world.scenario.hubs, decisions.draws
    power = draws.by_hub_period()
    energy = power * world.energy
    capacity = frame["it_capacity_mw"].to_numpy(float)
    return pd.DataFrame(
        {
            "hub": world.hubs,
            "side": frame["side"].to_numpy(object),
            "it_capacity_mw": capacity,
            "idle_mw": capacity + decisions.build_mw - decisions.room_mw,
            "it_mw": power @ world.hours / world.year_hours,
            "energy_mwh": energy.sum(axis=1),
            "green_mwh": (energy * world.green).sum(axis=1),
            "electricity_cny": (energy * world.price).sum(axis=1),
            "ingress_peak_gbps": traffic.ingress.max(axis=1),
            "egress_peak_gbps": traffic.egress.max(axis=1),
        }
    )


def link_columns(world: World, decisions: Decisions, traffic: Traffic) -> pd.DataFrame:
    """Give the table ``links`` as it follows from the decisions."""
    frame = world.scenario.links
    peak = pd.Series(traffic.load.max(axis=1, initial=0.0))
    by_link = peak.groupby(world.network.limits["link"]).max()
    most = by_link.reindex(range(len(frame))).to_numpy(float)
    room = world.headroom + decisions.widen_gbps
    bounded = np.isfinite(room) & (room > 0)
    each = _each_way(world, traffic)
    return pd.DataFrame(
        {
            "link": world.network.links,
            "source": frame["source"].to_numpy(object),
            "target": frame["target"].to_numpy(object),
            "headroom_gbps": world.headroom,
            "forward_peak_gbps": each[0],
            "backward_peak_gbps": each[1],
            "use": np.divide(most, room, out=np.full(len(most), np.nan), where=bounded),
        }
    )


def _each_way(world: World, traffic: Traffic) -> tuple[Floats, Floats]:
    """Largest flow of each direction, on shared links too."""
    arcs = world.network.arcs
    arc_peak = traffic.arc_peak
    links = len(world.network.links)
    forward, backward = np.zeros(links), np.zeros(links)
    way = (arcs["way"] == "forward").to_numpy()
    link = arcs["link"].to_numpy(int)
    forward[link[way]] = arc_peak[way]
    backward[link[~way]] = arc_peak[~way]
    return forward, backward


def _table(
    frame: pd.DataFrame,
    table: str,
    key: str,
    expected: pd.DataFrame,
    findings: Findings,
    sizes: dict[str, Floats] | None = None,
) -> None:
    """Compare a table that has one row for each name, in any order."""
    names = frame[key].astype(object)
    wanted = expected[key].astype(object)
    findings.rows(table, names, names.duplicated(), key, "The row is there twice")
    findings.rows(table, names, ~names.isin(wanted), key, "The name is unknown")
    findings.rows(table, wanted, ~wanted.isin(names), key, "The row is missing")
    known = frame[names.isin(wanted) & ~names.duplicated()]
    ours = expected.set_index(key).loc[known[key].astype(object)]
    for column in ours.columns:
        if ours[column].dtype.kind == "f":
            fault = "Not what follows from the decisions"
            found = known[column].to_numpy(float)
            want = ours[column].to_numpy(float)
            size = None
            if sizes and column in sizes:
                by_name = pd.Series(sizes[column], index=wanted)
                size = by_name.loc[ours.index].to_numpy(float)
            findings.close(table, known[key], column, found, want, fault, size)
        else:
            wrong = known[column].to_numpy(object) != ours[column].to_numpy(object)
            findings.rows(table, known[key], wrong, column, "Not the scenario's value")


def _ledger(plan: Plan, accounts: Accounts, findings: Findings) -> None:
    ledger = plan.ledger
    if list(ledger["term"]) != [*TERMS, "total"]:
        fault = "The terms are not those of the ledger, in its order"
        findings.add("ledger", "", "term", fault)
        return
    ours = [*accounts.ledger.values(), accounts.measures["cost"]]
    findings.close(
        "ledger",
        ledger["term"],
        "plan",
        ledger["plan"],
        np.array(ours),
        "Not what follows from the decisions",
    )
    for name in PLANS:
        values = ledger[name].to_numpy(float)
        if np.isnan(values).any() and not np.isnan(values).all():
            fault = "The column is blank in part"
            findings.add("ledger", "", name, fault)
        terms, total = values[:-1], values[-1:]
        size = np.abs(np.nan_to_num(terms)).max()
        fault = "The terms do not add up to the total"
        findings.close(
            "ledger", ["total"], name, total, terms.sum(keepdims=True), fault, size
        )


def baseline_measures(
    plan: Plan, world: World, decisions: Decisions, accounts: Accounts
) -> dict[str, float]:
    """Measures of the plan itself that the table ``baselines`` repeats."""
    draws, hours = decisions.draws, world.year_hours
    emissions = accounts.emissions
    total = {column: emissions[column].to_numpy()[-1] for column in emissions}
    at_hubs = emissions[~emissions["subject"].isin(_SUMS)]
    energy = float(at_hubs["energy_mwh"].sum())
    green = float(total["green_mwh"] + total["certificate_mwh"])
    mean = draws.mean_mw
    side = world.scenario.hubs["side"].to_numpy(object)
    west = (side == "west")[draws.hub]
    east = side == "east"
    capacity = world.scenario.hubs["it_capacity_mw"].to_numpy(float)
    idle = capacity + decisions.build_mw - decisions.room_mw
    measures = {
        "cost_cny": accounts.measures["cost"],
        **{f"ledger:{term}": value for term, value in accounts.ledger.items()},
        "energy_mwh": energy,
        "location_t": float(total["location_t"]),
        "market_t": float(total["market_t"]),
        "green_share": _ratio(green, energy),
        "unserved_mw": decisions.unserved_mwh / hours,
        "mean_rtt_ms": _ratio(accounts.measures["latency"], float(mean.sum())),
        "west_share": _ratio(float(mean[west].sum()), float(mean.sum())),
        "east_it_mw": float(mean[east[draws.hub]].sum()),
        "east_reserved_mw": float(decisions.room_mw[east].sum()),
        "east_idle_mw": float(idle[east].sum()),
        "gap": plan.gap,
    }
    mine = world.of_class[draws.workload]
    placed = np.bincount(mine, mean, len(world.classes))
    western = np.bincount(mine, mean * west, len(world.classes))
    for name, part, whole in zip(world.classes, western, placed, strict=True):
        measures[f"west_share:{name}"] = _ratio(float(part), float(whole))
    return measures


_SUMS = ("network", "total")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _baselines(
    plan: Plan, measures: dict[str, float], accounts: Accounts, findings: Findings
) -> None:
    table = plan.baselines
    keys = table["measure"]
    findings.rows("baselines", keys, keys.duplicated(), "", "The row is there twice")
    found = table["plan"].to_numpy(float)
    expected = np.array([measures.get(key, np.nan) for key in keys], float)
    money = np.array([key == "cost_cny" or key.startswith("ledger:") for key in keys])
    terms = np.abs(list(accounts.ledger.values())).max()
    # What is left of large figures that cancel out has their rounding.
    size = np.where(money, FLOOR * terms, findings.tolerance)
    size[keys == "market_t"] = accounts.gross_t[-1]
    known = keys.isin(list(measures)).to_numpy(bool) & ~np.isnan(expected)
    with np.errstate(invalid="ignore"):
        off = np.abs(found - expected)
    wrong = ~(off <= findings.tolerance * np.maximum(size, np.abs(expected)))
    wrong &= found != expected
    fault = "Not what follows from the decisions"
    wrong &= known
    findings.differ("baselines", keys, "plan", found, expected, wrong, fault)
    names = keys[money].str.removeprefix("ledger:").replace("cost_cny", "total")
    ledger = plan.ledger.drop_duplicates("term").set_index("term").reindex(names)
    for plan_name in PLANS[1:]:
        findings.close(
            "baselines",
            keys[money],
            plan_name,
            table.loc[money, plan_name].to_numpy(float),
            ledger[plan_name].to_numpy(float),
            "Not the ledger's value",
        )
