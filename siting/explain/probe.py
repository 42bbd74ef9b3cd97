"""Asking whether some of the limits can be kept together, over all admissible paths."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siting.errors import SolverFailed
from siting.explain.change import Change, drafted
from siting.explain.draft import Draft
from siting.explain.elastic import elastic, extended, without_least_room
from siting.explain.limits import (
    HARMLESS,
    LEAST_ROOM,
    REACH,
    SOFT,
    Key,
    Limits,
    limits_of,
    size_of,
    subject_of,
)
from siting.model.build import Model, build
from siting.model.instance import Instance
from siting.model.outcome import Outcome, Status
from siting.model.pricing import add_paths
from siting.model.tolls import Tolls
from siting.model.traffic import Traffic
from siting.solver import solve_program
from siting.words import word

# Limits are compared as shares of their own size.
FITS = 1e-8
ROUNDS = 200


class OutOfTimeError(Exception):
    """The time for an explanation is over."""


class Timer:
    """Counts down what an explanation may take.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.perf_counter() + seconds

    def left(self) -> float:
        """Give the seconds left.

        Raises
        ------
        OutOfTimeError
            If there are none.
        """
        left = self._end - time.perf_counter()
        if left <= 0:
            raise OutOfTimeError
        return left

    def late(self, share: float) -> bool:
        """Whether more than a share of the time is over."""
        return self._end - time.perf_counter() < (1.0 - share) * self._seconds


@dataclass(frozen=True)
class Situation:
    """A scenario with some limits on who may go where lifted.

    Attributes
    ----------
    traffic : Traffic or None
        Its known paths grow with every question.
    """

    instance: Instance
    traffic: Traffic | None


@dataclass(frozen=True, eq=False)
class Verdict:
    """The answer to one question.

    Attributes
    ----------
    fits : bool
    support : frozenset of Key
        Limits that already contradict each other; empty if all fit.
    given_way : dict of Key to float
        By how much each limit gives way.
    """

    fits: bool
    support: Limits
    given_way: dict[Key, float]
    model: Model
    outcome: Outcome


class Probe:
    """Answers questions about the limits of one scenario.

    Parameters
    ----------
    instance : Instance
    timer : Timer
    """

    def __init__(self, instance: Instance, timer: Timer) -> None:
        self.instance = instance
        self.timer = timer
        self.limits = limits_of(instance)
        self._soft = tuple(sorted(key for key in self.limits if key[0] in SOFT))
        self._column = {key: i for i, key in enumerate(self._soft)}
        sizes = np.array([size_of(instance, key) for key in self._soft])
        usual = max(float(instance.peak_mw.sum()), 1e-6)
        self._scale = np.where(sizes > 0, sizes, usual)
        kinds = np.array([kind for kind, _ in self._soft])
        self._is_demand = kinds == "demand"
        # Columns of demand are the share that is left out.
        self._scale[self._is_demand] = 1.0
        self._situations: dict[object, Situation] = {}
        self._proofs: list[tuple[float, np.ndarray]] = []

    def situation(
        self, kept: Limits, changes: tuple[Change, ...] = (), *, whole: bool = True
    ) -> Situation:
        """Give the scenario where only some limits say who may go where.

        Parameters
        ----------
        kept : frozenset of Key
        changes : tuple of Change
            Made after that; of limits on who may go where, or of green shares.
        whole : bool
            Whether workloads whose demand is not kept stay in.
        """
        lifted = frozenset(k for k in self.limits - kept if k[0] in REACH)
        out: Limits = frozenset()
        if not whole and all(kind in HARMLESS for kind, _ in kept):
            out = frozenset(k for k in self.limits - kept if k[0] == "demand")
        routed = any(kind == "link" for kind, _ in kept)
        name = (lifted, out, routed, changes)
        if name not in self._situations:
            self._situations[name] = self._situation(lifted, out, changes, routed)
        return self._situations[name]

    def _situation(
        self, lifted: Limits, out: Limits, changes: tuple[Change, ...], routed: bool
    ) -> Situation:
        instance = self.instance
        if lifted:
            draft = Draft(instance.scenario)
            for kind in REACH:
                keys = [key for key in lifted if key[0] == kind]
                if keys:
                    draft.lift(kind, [subject_of(instance, key) for key in keys])
            instance = instance.adjusted(draft.unchecked())
        if changes:
            draft = drafted(instance.scenario, changes)
            instance = instance.adjusted(draft.unchecked())
        if out:
            places = [place for _, place in out]
            instance = instance.restricted(~np.isin(instance.pair_workload, places))
        traffic = Traffic.of(instance) if routed else Traffic.nothing()
        return Situation(instance, traffic if len(traffic) else None)

    def changed(self, situation: Situation, change: Change) -> Situation:
        """Give a situation with another green share; the known paths are shared."""
        draft = drafted(situation.instance.scenario, (change,))
        instance = situation.instance.adjusted(draft.unchecked())
        return Situation(instance, situation.traffic)

    def may_suffice(self, key: Key) -> bool:
        """Whether no proof so far rules out that one limit alone is to blame.

        A proof says that the limits must give way by so much in sum, each counted with
        a weight; a limit that may give way by its whole size at most can be too small.
        """
        if key not in self._column:
            return True
        at = self._column[key]
        most = 1.0 if key[0] == "demand" else np.inf
        return all(
            weight[at] > 0 and most * weight[at] >= needed * (1.0 - 1e-6)
            for needed, weight in self._proofs
        )

    def test(self, kept: Limits, situation: Situation | None = None) -> Verdict:
        """Ask whether limits can be kept together, all others being absent."""
        situation = situation or self.situation(kept, whole=False)
        cost = np.zeros(len(self._soft))
        upper = np.where(self._is_demand, 1.0, np.inf)
        here = [self._column[key] for key in kept if key in self._column]
        cost[here] = 1.0 / self._scale[here]
        lower = np.zeros(len(cost))
        for _ in range(ROUNDS):
            model, outcome = self._solve(situation, kept, cost, lower, upper)
            if outcome.status is not Status.OPTIMAL:
                message = word(
                    "the solver ended without an answer ({status})",
                    status=outcome.status,
                )
                raise SolverFailed(message)
            if outcome.objective <= FITS:
                return Verdict(True, frozenset(), {}, model, outcome)
            if not add_paths(Tolls(model, outcome, 0.0)):
                support = self._support(kept, model, outcome, cost)
                return Verdict(
                    False, support, self._given_way(model, outcome), model, outcome
                )
        message = "the paths of the backbone did not settle"
        raise SolverFailed(message)

    def least(
        self,
        weights: Mapping[Key, float],
        kept: Limits,
        situation: Situation | None = None,
        *,
        below: bool = False,
    ) -> Verdict | None:
        """Find by how little some limits must give way for all others to be kept.

        Parameters
        ----------
        weights : mapping of Key to float
            What counts of each limit that may give way.
        kept : frozenset of Key
            Limits that are kept; those in neither are absent.
        situation : Situation, optional
        below : bool
            Whether a limit may also be tightened.

        Returns
        -------
        Verdict or None
            None if the limits in ``kept`` cannot be kept whatever gives way.
        """
        situation = situation or self.situation(kept | set(weights))
        cost = np.zeros(len(self._soft))
        upper = np.where(self._is_demand, 1.0, np.inf)
        lower = np.zeros(len(cost))
        for key in kept - set(weights):
            if key in self._column:
                upper[self._column[key]] = 0.0
        for key, weight in weights.items():
            cost[self._column[key]] = weight
            if below:
                lower[self._column[key]] = -np.inf
        hard = kept - set(weights)
        opened = False
        for _ in range(ROUNDS):
            model, outcome = self._solve(situation, hard, cost, lower, upper)
            if outcome.status is not Status.OPTIMAL:
                if opened or not self.test(hard, situation).fits:
                    return None
                opened = True
                continue
            if not add_paths(Tolls(model, outcome, 0.0)):
                given = self._given_way(model, outcome)
                return Verdict(False, frozenset(), given, model, outcome)
        message = "the paths of the backbone did not settle"
        raise SolverFailed(message)

    def _solve(
        self,
        situation: Situation,
        kept: Limits,
        cost: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
    ) -> tuple[Model, Outcome]:
        model = build(situation.instance, situation.traffic, {"unserved": 1.0})
        added = elastic(model, self._soft)
        program = extended(model.program, added, cost, lower, upper)
        program = without_least_room(model, program, kept)
        outcome = solve_program(program, time_limit_s=self.timer.left())
        if outcome.status is Status.TIME_LIMIT:
            raise OutOfTimeError
        return model, outcome

    def _given_way(self, model: Model, outcome: Outcome) -> dict[Key, float]:
        amount = outcome.values[len(model.program.lower) :]
        return {key: float(amount[i]) for key, i in self._column.items() if amount[i]}

    def _support(
        self, kept: Limits, model: Model, outcome: Outcome, cost: np.ndarray
    ) -> Limits:
        """Limits that the proof of the contradiction rests on."""
        first = len(model.program.lower)
        weight = cost - outcome.reduced_costs[first:]
        largest = np.abs(weight * self._scale).max(initial=0.0)
        bears = np.abs(weight * self._scale) > 1e-9 * largest
        self._proofs.append((outcome.objective, np.where(cost > 0, weight, 0.0)))
        room = outcome.reduced_costs[model.program.columns["room"].slice]
        support = set()
        for key in kept:
            kind, place = key
            if kind in SOFT:
                needed = bool(bears[self._column[key]])
            else:
                needed = kind != LEAST_ROOM or bool(room[place] > 0)
            if needed:
                support.add(key)
        return frozenset(support)


def placed_mw(model: Model, values: np.ndarray) -> np.ndarray:
    """Mean MW that each pair draws."""
    instance, draws = model.instance, model.blocks.draws
    part = np.broadcast_to(
        instance.hours / instance.year_hours,
        (len(instance.scenario.hubs), len(instance.hours)),
    )
    columns = len(model.program.lower)
    drawn = draws.yearly(part, columns) * values[:columns]
    count = len(instance.pair_workload)
    flat = np.bincount(draws.flat_pair, drawn[draws.flat], minlength=count)
    timed = np.bincount(draws.timed_pair, drawn[draws.timed], minlength=count)
    return np.asarray(flat + timed)
