"""The multipliers of a plan (table ``duals``) as arrays, and the weights they imply."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.audit.green import GreenBook
from siting.audit.report import Findings
from siting.audit.stay import stay_of
from siting.audit.world import MOVABLE, World, positions
from siting.plan import Plan

Floats = np.ndarray
MEASURES = (
    "cost",
    "carbon-location",
    "carbon-market",
    "green",
    "latency",
    "unserved",
)


@dataclass(frozen=True)
class Stage:
    """One stage of the objective, from the manifest.

    Attributes
    ----------
    weights : dict of str to float
        By measure.
    limit : float
        What later stages had to keep; inf if nothing.
    """

    weights: dict[str, float]
    limit: float

    def value(self, measures: dict[str, float]) -> float:
        """Value of the stage at these measures."""
        return sum(self.weights[name] * measures[name] for name in self.weights)


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers of all coupling limits, each at least 0.

    Attributes
    ----------
    room, room_use, ingress, egress : ndarray
        By hub, all but ``room`` and dedicated ``room_use`` also by period.
    reserve : dict of int to ndarray of shape (hubs, periods)
        By movable workload.
    link, lit : ndarray of shape (flow limits, periods)
    green : list of ndarray
        By rule: one value, or one for each period.
    certificate_use : ndarray of shape (owners, hubs, periods or 1)
    certificate : ndarray
    carbon_cap : float
    placement_min, placement_max, stage : ndarray
    churn : float
    stay, staged : ndarray
        By row of ``current``.
    """

    room: Floats
    room_use: Floats
    ingress: Floats
    egress: Floats
    reserve: dict[int, Floats]
    link: Floats
    lit: Floats
    green: list[Floats]
    certificate_use: Floats
    certificate: Floats
    carbon_cap: float
    placement_min: Floats
    placement_max: Floats
    stage: Floats
    churn: float
    stay: Floats
    staged: Floats


def read_stages(plan: Plan, findings: Findings) -> list[Stage]:
    """Read the stages of the objective; by default least cost alone."""
    options = plan.manifest.get("options")
    listed: Any = options.get("stages") if isinstance(options, dict) else None
    reached: Any = plan.manifest.get("stages")
    problem = _stage_problem(listed, reached)
    if problem:
        findings.add("manifest.json", "options", "stages", problem)
        return [Stage({"cost": 1.0}, np.inf)]
    stages = []
    for number, (given, got) in enumerate(zip(listed, reached, strict=True)):
        limit = np.inf if got["limit"] is None else float(got["limit"])
        weights = {name: float(w) for name, w in given["weights"].items()}
        stages.append(Stage(weights, limit))
        value = float(got["value"])
        absolute = float(given["slack_absolute"])
        slack = absolute if absolute > 0 else float(given["slack"]) * abs(value)
        if np.isfinite(limit):
            findings.close(
                "manifest.json",
                [f"stages/{number}"],
                "limit",
                np.array([limit]),
                np.array([value + slack]),
                "Not the value of the stage with its slack",
                max(1.0, abs(value)),
            )
    return stages


def _stage_problem(listed: Any, reached: Any) -> str:
    if not isinstance(listed, list) or not isinstance(reached, list):
        return "The stages of the objective are missing"
    if not listed or len(listed) != len(reached):
        return "The lists of stages differ in length or are empty"
    for given, got in zip(listed, reached, strict=True):
        if not isinstance(given, dict) or not isinstance(got, dict):
            return "A stage is not understood"
        weights = given.get("weights")
        if not isinstance(weights, dict) or not set(weights) <= set(MEASURES):
            return "A stage names an unknown measure"
        numbers = [
            *weights.values(),
            given.get("slack"),
            given.get("slack_absolute"),
            got.get("value"),
            0.0 if got.get("limit", "") is None else got.get("limit"),
        ]
        if not all(isinstance(number, int | float) for number in numbers):
            return "A weight, slack, value or limit of a stage is not a number"
    return ""


def read_multipliers(
    plan: Plan, book: GreenBook, stages: int, findings: Findings
) -> Multipliers:
    """Read the table ``duals``; rows that are not understood are noted and left out."""
    return _Reader(plan.duals, book, stages, findings).read()


class _Reader:
    def __init__(
        self, duals: pd.DataFrame, book: GreenBook, stages: int, findings: Findings
    ) -> None:
        self.book, self.world, self.stages = book, book.world, stages
        self.findings = findings
        keys = duals[["kind", "subject", "hub", "direction", "period"]]
        again = keys.duplicated().to_numpy()
        findings.rows("duals", keys, again, "", "The row is there twice")
        value = duals["value"].to_numpy(float)
        wrong = ~(np.isfinite(value) & (value > 0.0))
        fault = "A multiplier must be above 0"
        findings.rows("duals", keys, wrong, "value", fault)
        good = ~wrong & ~again
        self.table, self.keys = duals[good], keys[good]
        self.seen = np.zeros(len(self.table), bool)

    def read(self) -> Multipliers:
        world, book = self.world, self.book
        hubs, times, links = world.hubs, world.periods, world.network.limits
        pooled = world.settings.room == "pooled"
        policy = world.policy
        offers = pd.Index(world.scenario.certificates["id"].astype(object))
        link_names = world.network.links[links["link"]].astype(object)
        flows = pd.Index(link_names + "/" + links["direction"].astype(object))
        subjects = pd.Index([rule.subject for rule in book.rules], dtype=object)
        green = self._grid("green", subjects, times)
        for rule, row in zip(book.rules, green, strict=True):
            if (row[0] > 0 and rule.every_period) or (
                row[1:].any() and not rule.every_period
            ):
                fault = "The period does not fit the green limit"
                self.findings.add("duals", f"green/{rule.subject}", "period", fault)
        found = Multipliers(
            room=self._grid("room", hubs, None)[:, 0],
            room_use=self._trim(
                self._grid("room-use", hubs, times if pooled else None), pooled
            ),
            ingress=self._grid("ingress", hubs, times)[:, 1:],
            egress=self._grid("egress", hubs, times)[:, 1:],
            reserve=self._reserve(),
            link=self._grid("link", flows, times)[:, 1:],
            lit=self._grid("lit", flows, times)[:, 1:],
            green=[
                row[1:] if rule.every_period else row[:1]
                for rule, row in zip(book.rules, green, strict=True)
            ],
            certificate_use=self._certificate_use(),
            certificate=self._grid("certificate", offers, None)[:, 0],
            carbon_cap=self._single("carbon-cap", policy.carbon_cap_t),
            placement_min=self._numbered("placement-min", len(policy.placement_min)),
            placement_max=self._numbered("placement-max", len(policy.placement_max)),
            stage=self._numbered("stage", self.stages),
            churn=self._single("churn", policy.churn_max_share),
            stay=self._of_current("stay"),
            staged=self._of_current("staged"),
        )
        fault = "The multiplier belongs to no limit of the scenario"
        self.findings.rows("duals", self.keys, ~self.seen, "subject", fault)
        return found

    def _trim(self, grid: Floats, pooled: bool) -> Floats:
        return grid[:, 1:] if pooled else grid[:, 0]

    def _of(self, kind: str) -> np.ndarray:
        return np.asarray(self.table["kind"] == kind)

    def _grid(self, kind: str, names: pd.Index, periods: pd.Index | None) -> Floats:
        """Values by subject and period; the first column is the blank period."""
        mine = self._of(kind)
        table = self.table[mine]
        subject = table["subject"].astype(object)
        if kind in ("link", "lit"):
            subject = subject + "/" + table["direction"].astype(object)
        plain = (table["hub"] == "").to_numpy()
        if kind not in ("link", "lit"):
            plain = plain & (table["direction"] == "").to_numpy()
        row = names.get_indexer(subject)
        blank = (table["period"] == "").to_numpy()
        column = np.where(blank, 0, -1)
        count = 1
        if periods is not None:
            when = periods.get_indexer(table["period"].astype(object))
            column = np.where(blank, 0, np.where(when >= 0, when + 1, -1))
            count += len(periods)
            # Only green limits may hold over the year instead of by period.
            plain = plain & (~blank | (kind == "green"))
        good = (row >= 0) & (column >= 0) & plain
        grid = np.zeros((len(names), count))
        grid[row[good], column[good]] = table["value"].to_numpy(float)[good]
        self.seen[np.flatnonzero(mine)[good]] = True
        return grid

    def _numbered(self, kind: str, count: int) -> Floats:
        names = pd.Index([str(number) for number in range(count)], dtype=object)
        return self._grid(kind, names, None)[:, 0]

    def _single(self, kind: str, limit: float | None) -> float:
        if limit is None:
            return 0.0
        return float(self._grid(kind, pd.Index([""], dtype=object), None)[0, 0])

    def _reserve(self) -> dict[int, Floats]:
        world, mine = self.world, self._of("reserve")
        table = self.table[mine]
        workload = positions(world.workloads, table["subject"])
        hub = positions(world.hubs, table["hub"])
        period = positions(world.periods, table["period"])
        good = (workload >= 0) & (hub >= 0) & (period >= 0)
        good &= (table["direction"] == "").to_numpy()
        good &= world.manner[workload] == MOVABLE
        self.seen[np.flatnonzero(mine)[good]] = True
        value = table["value"].to_numpy(float)
        shape = (len(world.hubs), len(world.periods))
        found: dict[int, Floats] = {}
        rows = np.flatnonzero(good)
        rows = rows[np.argsort(workload[rows], kind="stable")]
        cell = hub * len(world.periods) + period
        for place in np.split(rows, np.flatnonzero(np.diff(workload[rows])) + 1):
            if len(place):
                grid = np.zeros(shape)
                grid.flat[cell[place]] = value[place]
                found[int(workload[place[0]])] = grid
        return found

    def _of_current(self, kind: str) -> Floats:
        world, mine = self.world, self._of(kind)
        table = self.table[mine]
        workload = positions(world.workloads, table["subject"])
        hub = positions(world.hubs, table["hub"])
        row = pd.Index(stay_of(world).code).get_indexer(
            pd.Index(workload * len(world.hubs) + hub)
        )
        good = (workload >= 0) & (hub >= 0) & (row >= 0)
        good &= (table["direction"] == "").to_numpy()
        good &= (table["period"] == "").to_numpy()
        self.seen[np.flatnonzero(mine)[good]] = True
        found = np.zeros(len(world.scenario.current))
        found[row[good]] = table["value"].to_numpy(float)[good]
        return found

    def _certificate_use(self) -> Floats:
        world, book = self.world, self.book
        mine = self._of("certificate-use")
        table = self.table[mine]
        owner = book.owners.get_indexer(table["subject"].astype(object))
        hub = world.hubs.get_indexer(table["hub"].astype(object))
        times = world.periods if book.mode == "period" else pd.Index([""])
        period = times.get_indexer(table["period"].astype(object))
        good = (owner >= 0) & (hub >= 0) & (period >= 0) & (book.mode != "off")
        good &= (table["direction"] == "").to_numpy()
        self.seen[np.flatnonzero(mine)[good]] = True
        # A million owners would not fit, and have no multipliers without certificates.
        owners = 0 if book.mode == "off" else len(book.owners)
        grid = np.zeros((owners, len(world.hubs), len(times)))
        value = table["value"].to_numpy(float)
        grid[owner[good], hub[good], period[good]] = value[good]
        return grid


@dataclass(frozen=True)
class Weights:
    """Worth of one unit of each measure in units of the last stage's objective.

    Earlier stages and the carbon cap count with their multipliers, and the carbon price
    is in the emissions rather than in ``cost``.
    """

    cost: float
    location: float
    market: float
    green: float
    latency: float
    unserved: float


def weights_of(world: World, stages: list[Stage], multipliers: Multipliers) -> Weights:
    """Weigh every measure: last stage, earlier stages and the carbon cap."""
    total = dict.fromkeys(MEASURES, 0.0)
    kept = np.append(multipliers.stage[:-1], 1.0)
    for stage, worth in zip(stages, kept, strict=True):
        for name, weight in stage.weights.items():
            total[name] += worth * weight
    policy = world.policy
    carbon = f"carbon-{policy.carbon_accounting}"
    total[carbon] += total["cost"] * policy.carbon_price_cny_per_t
    total[carbon] += multipliers.carbon_cap
    return Weights(*(total[name] for name in MEASURES))
