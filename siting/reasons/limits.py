"""Every limit of a plan as rows of its program, with what it may be."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.lookup import position
from siting.model.build import Model
from siting.model.green import green_rules, scope
from siting.model.instance import MOVABLE
from siting.reasons.probe import Rows
from siting.reasons.rebuild import BUILD_MOST, ROOM_LEAST, WIDEN_MOST, Study

KINDS = (
    *("room", "build", "reserved-min", "ingress", "egress", "link", "widen"),
    *("green", "certificate", "carbon-cap", "placement-min", "placement-max"),
    *("churn", "stage", "unserved"),
)
LEAST = ("reserved-min", "green", "placement-min")
BY_PERIOD = ("ingress", "egress", "link", "green")


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes
    ----------
    kind, subject, direction, unit : str
        As in the plan's table ``limits``; a limit of both directions is one.
    value, used : float
    low, high : float
        What its value may be.
    rows : callable
        Rows of a model, and how much the bounds of each rise with the limit's value.
    """

    kind: str
    subject: str
    direction: str
    unit: str
    value: float
    used: float
    low: float
    high: float
    rows: Rows = field(repr=False)

    @property
    def sense(self) -> float:
        """1 for an upper limit, -1 for a lower one."""
        return -1.0 if self.kind in LEAST else 1.0

    @property
    def of_one(self) -> bool:
        """Whether it is about a single workload by itself."""
        return self.kind == "green" and not self.subject.isdecimal()

    @property
    def spare(self) -> float:
        """What is not used of it."""
        return self.sense * (self.value - self.used)


def limits_of(study: Study, table: pd.DataFrame) -> Iterator[Limit]:
    """Give every limit of a plan that is in its table.

    Parameters
    ----------
    study : Study
    table : DataFrame
        The plan's table ``limits``.
    """
    merged = table.groupby(["kind", "subject"], sort=False)
    rules = green_rules(study.instance.scenario)
    green = {rule.subject: number for number, rule in enumerate(rules)}
    for (kind, subject), rows in merged:
        if kind == "stage" and int(str(subject)) >= study.number:
            continue
        yield _limit(study, str(kind), str(subject), rows, green)


def _limit(
    study: Study, kind: str, subject: str, rows: pd.DataFrame, green: dict[str, int]
) -> Limit:
    """Join the rows of a limit that holds in several periods or directions."""
    tightest = rows.iloc[int(rows["slack"].argmin())]
    value, used = float(tightest["limit"]), float(tightest["used"])
    low, high = 0.0, np.inf
    direction = str(tightest["direction"])
    if kind == "link":
        headroom = study.instance.headroom_gbps
        link = position(study.instance.scenario.links.index, subject)
        value = float(headroom[link])
        used = value - float(tightest["slack"])
        if rows["direction"].nunique() > 1:
            direction = "both"
    elif kind in ("green", "stage"):
        low = -np.inf
    elif kind in ("placement-min", "placement-max"):
        high = _demand_of(study, kind, int(subject))
    elif kind == "churn":
        high = float(study.instance.mean_mw.sum())
    find = _rows_of(study, kind, subject, green)
    return Limit(
        kind, subject, direction, str(tightest["unit"]), value, used, low, high, find
    )


def _demand_of(study: Study, kind: str, number: int) -> float:
    scenario = study.instance.scenario
    policy = scenario.policy
    listed = policy.placement_min if kind == "placement-min" else policy.placement_max
    limit = listed[number]
    members = scope(scenario, limit.workload_class, limit.origin, limit.workload)
    return float(study.instance.mean_mw[members].sum())


def _rows_of(study: Study, kind: str, subject: str, green: dict[str, int]) -> Rows:
    """Give the function that finds a limit's rows."""
    scenario = study.instance.scenario
    if kind == "link":
        return _link_rows(study, position(scenario.links.index, subject))
    if kind == "green":
        return _keyed(("green", "green-period"), "rule", green[subject])
    if kind in ("placement-min", "placement-max", "stage"):
        return _numbered(kind, int(subject))
    if kind in ("carbon-cap", "churn"):
        return _numbered(kind, 0)
    if kind == "widen":
        at = position(scenario.links.index, subject)
        return _keyed((WIDEN_MOST,), "link", at)
    if kind == "certificate":
        at = position(scenario.certificates.index, subject)
        return _keyed((kind,), "offer", at)
    name = {"build": BUILD_MOST, "reserved-min": ROOM_LEAST}.get(kind, kind)
    return _keyed((name,), "hub", position(scenario.hubs.index, subject))


def _keyed(kinds: tuple[str, ...], key: str, at: int) -> Rows:
    def find(model: Model) -> tuple[np.ndarray, np.ndarray]:
        blocks = [model.program.rows[k] for k in kinds if k in model.program.rows]
        found = [b.positions[b.keys[key] == at] for b in blocks if len(b)]
        rows = np.concatenate(found) if found else np.zeros(0, dtype=int)
        return rows, np.ones(len(rows))

    return find


def _numbered(kind: str, number: int) -> Rows:
    def find(model: Model) -> tuple[np.ndarray, np.ndarray]:
        return np.array([model.program.rows[kind].start + number]), np.ones(1)

    return find


def _link_rows(study: Study, link: int) -> Rows:
    row_link = study.instance.backbone.row_link

    def find(model: Model) -> tuple[np.ndarray, np.ndarray]:
        block = model.program.rows.get("link")
        if block is None:
            return np.zeros(0, dtype=int), np.zeros(0)
        rows = block.positions[row_link[block.keys["row"]] == link]
        return rows, np.ones(len(rows))

    return find


def must_serve(study: Study) -> Iterator[Limit]:
    """Where all demand must be served: nothing of any workload may be left out."""
    instance = study.instance
    scenario = instance.scenario
    if scenario.settings.unserved_cny_per_mwh is not None:
        return
    for at in np.flatnonzero(instance.mean_mw > 0).tolist():
        energy = float(instance.mean_mw[at]) * instance.year_hours
        name = str(scenario.workloads.index[at])
        find = _demand_rows(study, at, energy)
        yield Limit("unserved", name, "", "MWh", 0.0, 0.0, 0.0, energy, find)


def _demand_rows(study: Study, workload: int, energy: float) -> Rows:
    movable = study.instance.manner[workload] == MOVABLE

    def find(model: Model) -> tuple[np.ndarray, np.ndarray]:
        program = model.program
        block = program.rows["demand-period" if movable else "demand"]
        rows = block.positions[block.keys["workload"] == workload]
        return rows, -program.row_lower[rows] / energy

    return find
