"""The program with limits that may give way, each by one amount of its own."""

from dataclasses import dataclass, replace

import numpy as np

from siting.explain.limits import LEAST_ROOM, Key
from siting.model.arrays import LinearProgram
from siting.model.build import Model
from siting.model.green import scope

# Rows of the program that belong to a limit, and the key that says to which one.
_ROWS = (
    ("room", "room", "hub"),
    ("ingress", "ingress", "hub"),
    ("egress", "egress", "hub"),
    ("link", "link", "row"),
    ("certificate", "certificate", "offer"),
    ("green", "green", "rule"),
    ("green-period", "green", "rule"),
    ("carbon-cap", "carbon-cap", ""),
    ("placement-min", "placement-min", ""),
    ("placement-max", "placement-max", ""),
    ("churn", "churn", ""),
)


@dataclass(frozen=True, eq=False)
class Elastic:
    """Columns that let limits give way.

    Attributes
    ----------
    first : int
        Position of the first of these columns.
    row, column, value : ndarray
        Their coefficients; ``column`` counts from 0.
    """

    first: int
    row: np.ndarray
    column: np.ndarray
    value: np.ndarray


def elastic(model: Model, soft: tuple[Key, ...]) -> Elastic:
    """Find where the limits stand in a program.

    Parameters
    ----------
    model : Model
    soft : tuple of Key
        Limits on amounts, one column each.
    """
    instance, rows = model.instance, model.program.rows
    by_kind: dict[str, list[tuple[int, int]]] = {}
    for number, (kind, subject) in enumerate(soft):
        by_kind.setdefault(kind, []).append((subject, number))
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(row: np.ndarray, column: np.ndarray, value: np.ndarray) -> None:
        known = (column >= 0) & (value != 0)
        parts.append((row[known], column[known], value[known]))

    for block_kind, kind, key in _ROWS:
        block = rows.get(block_kind)
        if block is None or kind not in by_kind:
            continue
        place = block.keys[key] if key else np.arange(len(block))
        if kind == "link":
            place = instance.backbone.row_link[place]
        size = np.ones(len(block))
        if block_kind == "green-period":
            size = instance.hours[block.keys["period"]] / instance.year_hours
        column = _columns(by_kind[kind], place)
        add(block.positions, column, -block.sign * size)
    if "demand" in by_kind:
        demands = by_kind["demand"]
        for name in ("demand", "demand-period"):
            block = rows[name]
            place = block.keys["workload"]
            part: np.ndarray = np.ones(len(block))
            if name == "demand-period":
                profile, period = instance.profile[place], block.keys["period"]
                part = instance.it_mw[place] * instance.factor[profile, period]
            add(block.positions, _columns(demands, place), part)
        for where, place, size in _shares_of_demand(model):
            add(where, _columns(demands, place), size)
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return Elastic(len(model.program.lower), *joined)


def _columns(members: list[tuple[int, int]], place: np.ndarray) -> np.ndarray:
    """Column of each place, -1 where there is none."""
    of_place = np.full(max(place.max(initial=0), max(members)[0]) + 1, -1)
    places, columns = np.array(members).T
    of_place[places] = columns
    return np.asarray(of_place[place])


def _shares_of_demand(
    model: Model,
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Find what a demand adds to limits that are shares of the demand."""
    instance, rows = model.instance, model.program.rows
    scenario = instance.scenario
    policy = scenario.policy
    found = []
    for kind, limits in (
        ("placement-min", policy.placement_min),
        ("placement-max", policy.placement_max),
    ):
        if kind not in rows:
            continue
        for number, limit in enumerate(limits):
            mask = scope(scenario, limit.workload_class, limit.origin, limit.workload)
            place = np.flatnonzero(mask)
            row = np.full(len(place), rows[kind].start + number)
            found.append((row, place, limit.share * instance.mean_mw[place]))
    if "churn" in rows:
        place = np.arange(len(scenario.workloads))
        row = np.full(len(place), rows["churn"].start)
        share = policy.churn_max_share or 0.0
        found.append((row, place, share * instance.mean_mw))
    if "stay" in rows:
        block = rows["stay"]
        size = model.program.row_lower[block.slice]
        found.append((block.positions, block.keys["workload"], size))
    return found


def extended(
    program: LinearProgram,
    added: Elastic,
    cost: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
) -> LinearProgram:
    """Add the columns to a program whose own cost is left out."""
    order = np.lexsort((added.row, added.column))
    counts = np.bincount(added.column, minlength=len(cost))
    ends = program.start[-1] + np.cumsum(counts)
    return replace(
        program,
        cost=np.concatenate([np.zeros(added.first), cost]),
        lower=np.concatenate([program.lower, lower]),
        upper=np.concatenate([program.upper, upper]),
        start=np.concatenate([program.start, ends]).astype(np.int32),
        index=np.concatenate([program.index, added.row[order]]).astype(np.int32),
        value=np.concatenate([program.value, added.value[order]]),
    )


def without_least_room(
    model: Model, program: LinearProgram, kept: frozenset[Key]
) -> LinearProgram:
    """Let go of the room kept open at hubs whose limit is not kept."""
    block = model.program.columns["room"]
    lower = program.lower.copy()
    kept_hubs = [place for kind, place in kept if kind == LEAST_ROOM]
    free = np.ones(len(block), dtype=bool)
    free[kept_hubs] = False
    lower[block.start + np.flatnonzero(free)] = 0.0
    return replace(program, lower=lower)
