"""A plan's program once more: over all admissible paths, and open to changes."""

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import InputError, Problem
from siting.lookup import position, positions
from siting.model.arrays import Block
from siting.model.basis import Warmth
from siting.model.build import Kept, Model, build
from siting.model.instance import FLAT, Instance
from siting.model.outcome import Outcome
from siting.model.pricing import add_cheapest_paths, add_paths
from siting.model.routing import network_matters
from siting.model.tolls import Tolls
from siting.model.traffic import Traffic
from siting.reasons.gather import gathered, is_large
from siting.reasons.live import LiveProgram
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

LEAST_SLACK = 1e-5
# A program with more takes tens of minutes.
MOST_COLUMNS = 2_000_000
BUILD_MOST, WIDEN_MOST, ROOM_LEAST = "build-max", "widen-max", "room-min"


class Study:
    """The deciding stage of a plan, solved again with the earlier stages kept.

    That is the last stage, unless one before it leaves next to nothing to it: where
    carbon is least whatever it costs, money only tells equals apart, and has no rate
    at which it could be traded for anything.

    Parameters
    ----------
    plan : Plan
    apart : int, optional
        A workload that is gathered with no other.

    Attributes
    ----------
    placed : Gathered
        What the plan does with its workloads, or with crowds of them.
    instance : Instance
    number : int
        Of the stage.
    weights : dict of str to float
        Its objective.
    kept : tuple of Kept
        Earlier stages, as the manifest says.
    model : Model
        Over the paths known so far. Bounds that are limits are rows of their own:
        ``build-max``, ``widen-max``, ``room-min``.
    live : LiveProgram
    version : int
        Grows with every path that is found.
    """

    def __init__(self, plan: "Plan", apart: int | None = None) -> None:
        self.placed = gathered(plan, apart)
        self.instance = Instance(self.placed.scenario)
        _check_size(self.instance)
        stages: list[Any] = plan.manifest["options"]["stages"]
        reached: list[Any] = plan.manifest["stages"]
        self.number = _deciding(stages, reached)
        self.is_last = self.number == len(stages) - 1
        self.kept = tuple(
            Kept(stage["weights"], float(found["limit"]))
            for stage, found in zip(
                stages[: self.number], reached[: self.number], strict=True
            )
        )
        self._slacks = [
            (float(found["value"]), float(s["slack"]), float(s["slack_absolute"]))
            for s, found in zip(stages, reached, strict=True)
        ]
        self.weights: dict[str, float] = stages[self.number]["weights"]
        self.matters = network_matters(self.instance)
        self.traffic = Traffic.nothing()
        if self.matters:
            self.traffic = Traffic.of(self.instance)
            add_cheapest_paths(self.instance, self.traffic)
            _add_routes(self.instance, self.traffic, plan)
        self.version = 0
        self._warmth = Warmth()
        self._build()
        while self.price(self.live.outcome, self.money(self.live.outcome)):
            pass

    def _build(self) -> None:
        self.model = self.stage(len(self.kept))
        self.live = LiveProgram(self.model.program, self._warmth.start(self.model))
        self._warmth.keep(self.model, replace(self.outcome, basis=self.live.basis))

    def stage(self, number: int) -> Model:
        """Build the program of one stage over the paths known so far."""
        weights = [*(kept.weights for kept in self.kept), self.weights][number]
        traffic = self.traffic if self.matters else None
        return with_bound_rows(
            build(self.instance, traffic, weights, self.kept[:number])
        )

    def slack(self, number: int) -> float:
        """How much a stage's limit moves when its best value moves by one."""
        value, slack, absolute = self._slacks[number]
        return 1.0 if absolute > 0 else 1.0 + slack * float(np.sign(value))

    @property
    def outcome(self) -> Outcome:
        """The optimum."""
        return self.live.outcome

    def money(self, outcome: Outcome) -> float:
        """Give what one CNY counts in the objective."""
        worth = outcome.multipliers(self.model.program.rows["stage"])
        total = self.weights.get("cost", 0.0)
        for earlier, value in zip(self.kept, worth, strict=True):
            total += float(value) * earlier.weights.get("cost", 0.0)
        return total

    def price(self, outcome: Outcome, money: float) -> int:
        """Add paths that are missing; with any, the program is built anew."""
        added = add_paths(Tolls(self.model, outcome, money))
        if added:
            self.renew()
        return added

    def renew(self) -> None:
        """Build the program anew, over paths that were added."""
        self.version += 1
        self._build()


def size_of(instance: Instance) -> int:
    """About how many columns a program has: one for a pair, or for each period."""
    timed = instance.manner[instance.pair_workload] != FLAT
    return len(timed) + int(timed.sum()) * (len(instance.hours) - 1)


def _check_size(instance: Instance) -> None:
    count = size_of(instance)
    if count > MOST_COLUMNS:
        message = word(
            "reasons are found by solving a program over all workloads that are not "
            "alike and placed alike, and its {count:,} columns are too many",
            count=count,
        )
        remedy = word(
            "Read what limits are worth at the margin in the table limits; or explain "
            "a plan of fewer workloads or periods.",
        )
        raise InputError([Problem("plan", None, None, message, remedy)])


def _deciding(stages: list[Any], reached: list[Any]) -> int:
    """Find the first stage that leaves later ones no room for a choice."""
    for number, (stage, found) in enumerate(zip(stages, reached, strict=True)):
        free = stage["slack"] >= LEAST_SLACK or stage["slack_absolute"] > 0
        # Nothing at all (e.g. not served) is kept exactly.
        if not free and abs(float(found["value"])) > 0.0:
            return number
    return len(stages) - 1


_STUDIES: list[tuple["weakref.ref[Plan]", int | None, Study]] = []
_MOST_STUDIES = 2


def study(plan: "Plan", apart: int | None = None) -> Study:
    """Give the program of a plan; those of the last plans asked about are kept.

    Parameters
    ----------
    plan : Plan
    apart : int, optional
        A workload that is gathered with no other.

    Raises
    ------
    InputError
        If there are too many workloads that are not alike.
    """
    if not is_large(plan):
        apart = None
    for known, alone, made in _STUDIES:
        if known() is plan and alone == apart:
            return made
    made = Study(plan, apart)
    _STUDIES.insert(0, (weakref.ref(plan), apart, made))
    del _STUDIES[_MOST_STUDIES:]
    return made


def _add_routes(instance: Instance, traffic: Traffic, plan: "Plan") -> None:
    """Add the paths that the plan uses, so that the program has a solution."""
    backbone, scenario = instance.backbone, instance.scenario
    arc_of = {
        (int(link), int(tail)): arc
        for arc, (link, tail) in enumerate(
            zip(backbone.arc_link, backbone.arc_tail, strict=True)
        )
    }
    by_key: dict[tuple[object, ...], int] = {}
    for place, bundle in enumerate(traffic):
        kind = bundle.commodity
        profile = instance.profiles[kind.profile] if kind.profile >= 0 else None
        key = (kind.origin, bundle.hub, kind.to_hub, kind.rtt_limit_ms, profile)
        by_key[key] = place
    routes = plan.routes
    for row in routes[routes["links"] != ""].to_dict("records"):
        profile = None if row["period"] else row["profile"]
        key = (
            position(instance.reach.origins, row["origin"]),
            position(scenario.hubs.index, row["hub"]),
            row["direction"] == "to-hub",
            row["rtt_limit_ms"],
            profile,
        )
        if key not in by_key:
            continue
        tails = positions(backbone.nodes, row["nodes"].split(">")[:-1])
        crossed = positions(scenario.links.index, row["links"].split(";"))
        ends = zip(crossed.tolist(), tails.tolist(), strict=True)
        arcs = tuple(arc_of[end] for end in ends)
        traffic.add(by_key[key], backbone.path(arcs))


def with_bound_rows(model: Model) -> Model:
    """Turn bounds of columns that are limits into rows, so that all limits are rows."""
    program = model.program
    lower, upper = program.lower.copy(), program.upper.copy()
    blocks = dict(program.rows)
    columns: list[np.ndarray] = []
    low: list[np.ndarray] = []
    high: list[np.ndarray] = []
    count = len(program.row_lower)
    for kind, name, key in (
        (BUILD_MOST, "build", "hub"),
        (WIDEN_MOST, "widen", "link"),
        (ROOM_LEAST, "room", "hub"),
    ):
        if name not in program.columns:
            continue
        start = program.columns[name].start
        own = program.columns[name].slice
        if kind == ROOM_LEAST:
            pick = np.flatnonzero(lower[own] > 0)
            low.append(lower[start + pick])
            high.append(np.full(len(pick), np.inf))
            lower[start + pick] = 0.0
        else:
            pick = np.flatnonzero((upper[own] > 0) & np.isfinite(upper[own]))
            low.append(np.full(len(pick), -np.inf))
            high.append(upper[start + pick])
            upper[start + pick] = np.inf
        sign = -1.0 if kind == ROOM_LEAST else 1.0
        stop = count + len(pick)
        blocks[kind] = Block(kind, count, stop, lambda _: "", {key: pick}, sign)
        columns.append(start + pick)
        count = stop
    column = np.concatenate(columns)
    # A column's entries are in the order of rows, and the new rows come last.
    at = program.start[column + 1]
    row = len(program.row_lower) + np.arange(len(column))
    start = program.start + np.concatenate(
        [[0], np.cumsum(np.bincount(column, minlength=len(lower)))]
    )
    program = replace(
        program,
        lower=lower,
        upper=upper,
        row_lower=np.concatenate([program.row_lower, *low]),
        row_upper=np.concatenate([program.row_upper, *high]),
        start=start.astype(np.int32),
        index=np.insert(program.index, at, row).astype(np.int32),
        value=np.insert(program.value, at, 1.0),
        rows=blocks,
    )
    return replace(model, program=program)
