"""Moves and stages again, by code that shares nothing with what made them.

Demand, prices, paths and admissible hubs are the audit's; routes, room and traffic are
read from the tables of both plans.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.audit.report import Finding, Findings
from siting.audit.world import GB_PER_GBPS_HOUR, World, positions
from siting.compare.checking_stages import check_stages
from siting.compare.rows import rows_of
from siting.errors import AuditFailed
from siting.words import word

if TYPE_CHECKING:
    from siting.compare.comparison import Comparison
    from siting.compare.stages import Stages
    from siting.plan import Plan

TOLERANCE = 1e-6


@dataclass(frozen=True)
class MovesAudit:
    """Outcome of an audit of moves.

    Attributes
    ----------
    findings : tuple of Finding
    moving_cny : float
        Cost of all moves as recomputed.
    """

    findings: tuple[Finding, ...]
    moving_cny: float

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    def raise_if_wrong(self) -> None:
        """Raise if anything differs.

        Raises
        ------
        AuditFailed
            With every finding.
        """
        if self.findings:
            raise AuditFailed(str(self))

    def __str__(self) -> str:
        """Give the outcome, and each finding on a line."""
        if self.ok:
            return word(
                "The audit agrees with the moves: {cny:,.2f} CNY.",
                cny=self.moving_cny,
            )
        head = word(
            "The audit differs from the moves in {count} places:",
            count=len(self.findings),
        )
        return "\n".join([head, *map(str, self.findings)])


def audit_comparison(
    comparison: "Comparison", stages: "Stages | None" = None
) -> MovesAudit:
    """Recompute the moves, their cost and, if given, the stages.

    Parameters
    ----------
    comparison : Comparison
    stages : Stages, optional
    """
    findings = Findings(TOLERANCE)
    world = World(comparison.b.scenario)
    moves = comparison.moves
    _balance(comparison, findings)
    total = _costs(comparison, world, findings)
    claimed = np.array([comparison.moving_cny])
    fault = "Not the sum of the moves"
    findings.close("moves", ["total"], "cost_cny", claimed, np.array([total]), fault)
    known = set(world.workloads)
    wrong = ~moves["workload"].isin(known)
    findings.rows("moves", moves["workload"], wrong, "workload", "The name is unknown")
    if stages is not None:
        check_stages(comparison.a, comparison.b, world, stages, findings)
    return MovesAudit(tuple(findings.items), total)


def _balance(comparison: "Comparison", findings: Findings) -> None:
    """Shares of the old placement, less and plus the moves, are the new one's."""
    moves = comparison.moves
    left = moves.groupby(["workload", "from_hub"])["share"].sum()
    came = moves.groupby(["workload", "to_hub"])["share"].sum()
    shares = [_shares(plan) for plan in (comparison.a, comparison.b)]
    alive = set(comparison.b.scenario.workloads["id"])
    names = shares[0].index.union(shares[1].index).union(left.index).union(came.index)
    names = names[[w in alive and h != "" for w, h in names]]
    parts = [
        s.reindex(names).fillna(0.0).to_numpy(float) for s in (*shares, left, came)
    ]
    found = parts[0] - parts[2] + parts[3]
    keys = [f"{w}/{h}" for w, h in names]
    off = np.abs(found - parts[1]) > TOLERANCE * 0.01
    fault = "The moves do not lead to the share of the new plan"
    findings.differ("moves", keys, "share", found, parts[1], off, fault)
    twice = [f"{w}/{h}" for w, h in {*left.index} & {*came.index} if h != ""]
    fault = "A share comes and goes at one hub"
    findings.rows("moves", twice, np.ones(len(twice), bool), "share", fault)


def _shares(plan: "Plan") -> pd.Series:
    return plan.placement.groupby(["workload", "hub"])["share"].sum()


def _costs(comparison: "Comparison", world: World, findings: Findings) -> float:
    moves, policy = comparison.moves, world.policy
    keys = moves["workload"] + "/" + moves["from_hub"] + "/" + moves["to_hub"]
    w = positions(world.workloads, moves["workload"])
    share = moves["share"].to_numpy(float)
    kind = moves["kind"].to_numpy(object)
    dataset = world.scenario.workloads["dataset_tb"].to_numpy(float)[w]
    tb = np.where(kind == "end", 0.0, share * dataset)
    mean = share * world.mean_mw[w]
    price = np.array([_price(world, row, findings) for row in rows_of(moves)])
    _fastest(comparison, world, findings)
    transfer = tb * 1000.0 * price
    handling = np.where(kind == "move", mean * policy.move_cny_per_mw, 0.0)
    for column, ours in (
        ("it_mw", mean),
        ("reserved_mw", share * world.peak_mw[w]),
        ("dataset_tb", tb),
        ("cny_per_gb", price),
        ("transfer_cny", transfer),
        ("handling_cny", handling),
        ("cost_cny", transfer + handling),
    ):
        fault = "Not what follows from the scenario"
        findings.close("moves", keys, column, moves[column], ours, fault)
    rate = moves["headroom_gbps"].to_numpy(float) * GB_PER_GBPS_HOUR * 168.0
    with np.errstate(divide="ignore", invalid="ignore"):
        weeks = np.where(tb > 0, tb * 1000.0 / rate, 0.0)
    findings.close("moves", keys, "weeks", moves["weeks"], weeks, "Not data over rate")
    benefit = moves["benefit_cny_per_year"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        years = np.where(benefit > 0, (transfer + handling) / benefit, np.inf)
    years = np.where(np.isnan(benefit), np.nan, years)
    fault = "Not cost over benefit"
    findings.close("moves", keys, "payback_years", moves["payback_years"], years, fault)
    return float((transfer + handling).sum())


def _price(world: World, row: dict[str, Any], findings: Findings) -> float:
    """Price of a GB on the path that the row names, along links that are there."""
    if row["kind"] == "end" or str(row["to_hub"]) not in world.hubs:
        return 0.0
    key = f"{row['workload']}/{row['from_hub']}/{row['to_hub']}"
    node = dict(zip(world.hubs, world.scenario.hubs["node"], strict=True))
    start = node.get(str(row["from_hub"]), str(row["origin"]))
    end = node[str(row["to_hub"])]
    each = world.per_gb + world.per_gbps_year / (GB_PER_GBPS_HOUR * world.year_hours)
    if start == end:
        return 0.0
    if not row["nodes"]:
        return each
    nodes, names = str(row["nodes"]).split(">"), str(row["links"]).split(";")
    links = world.scenario.links
    if [nodes[0], nodes[-1]] != [start, end] or len(nodes) != len(names) + 1:
        findings.add("moves", key, "nodes", "The path does not join the hubs")
        return np.nan
    length = delay = 0.0
    for name, one, other in zip(names, nodes[:-1], nodes[1:], strict=True):
        if name not in links.index:
            findings.add(
                "moves", key, "links", word("There is no link {name}", name=name)
            )
            return np.nan
        link = links.loc[name].to_dict()
        ahead = (link["source"], link["target"]) == (one, other)
        back = (link["target"], link["source"]) == (one, other)
        if not (ahead or (back and link["direction"] != "forward")):
            findings.add(
                "moves", key, "links", word("{name} does not lead there", name=name)
            )
        at = int(links.index.get_indexer(pd.Index([name]))[0])
        length, delay = length + link["length_km"], delay + link["one_way_ms"]
        yearly = world.wave[at] / world.fill + world.toll[at]
        each += yearly / (GB_PER_GBPS_HOUR * world.year_hours)
    for column, ours in (("length_km", length), ("one_way_ms", delay)):
        got, want = np.array([float(str(row[column]))]), np.array([float(ours)])
        findings.close("moves", [key], column, got, want, "Not the sum of its links")
    local = world.settings.metro_km > 0.0 and length <= world.settings.metro_km
    return 0.0 if local else float(each)


def _fastest(comparison: "Comparison", world: World, findings: Findings) -> None:
    """Each path is the fastest, unless a link of the fastest one is full."""
    if not world.has_links:
        return
    full = set()
    for plan in (comparison.a, comparison.b):
        use = plan.links["use"].to_numpy(float)
        full |= set(plan.links.loc[use > 1.0 - TOLERANCE, "link"])
    links = world.scenario.links.index[world.network.arcs["link"].to_numpy(int)]
    nodes = world.network.nodes
    for row in rows_of(comparison.moves):
        if not row["nodes"]:
            continue
        stops = str(row["nodes"]).split(">")
        ends = [int(nodes.get_loc(stop)) for stop in (stops[0], stops[-1])]
        trip = world.network.fastest(*ends)
        if trip is None or float(row["one_way_ms"]) <= trip.one_way_ms + 1e-9:
            continue
        if not full & set(links[list(trip.arcs)]):
            key = f"{row['workload']}/{row['from_hub']}/{row['to_hub']}"
            findings.add("moves", key, "nodes", "There is a faster path with room")
