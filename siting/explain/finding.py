"""The whole explanation of a scenario without a plan."""

import time
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from siting.errors import SolverFailed
from siting.explain.causes import Cause, causes
from siting.explain.conflict import irreducible
from siting.explain.limits import WORKLOAD_KINDS, Key, subject_of
from siting.explain.missing import Missing, missing
from siting.explain.pool import Pool, alike_of
from siting.explain.probe import OutOfTimeError, Probe, Timer, Verdict
from siting.explain.report import InfeasibleReport, NamedLimit
from siting.explain.suggestions import (
    ADDED,
    RELAXED,
    changes_together,
    less_demand,
    single_changes,
    smallest_first,
)
from siting.explain.words import limit_words
from siting.model.instance import Instance
from siting.optimise import Clock
from siting.scopes import ONE_WORKLOAD

if TYPE_CHECKING:
    from siting.explain.change import Change

MOST_SECONDS = 60.0


def explain_infeasible(instance: Instance, clock: Clock) -> InfeasibleReport:
    """Find out why a scenario has no plan, and what would make one possible.

    Parameters
    ----------
    instance : Instance
        With all limits.
    clock : Clock
        Of the solve; what is found within its limit, and a limit of its own, is kept.

    Raises
    ------
    SolverFailed
        If all limits can be kept after all, by the solver's accuracy.
    """
    seconds = MOST_SECONDS
    if clock.limit_s is not None:
        spent = time.perf_counter() - clock.started
        seconds = min(seconds, max(clock.limit_s - spent, 0.0))
    pool = Pool.of(instance, Clock(seconds))
    instance, timer = pool.instance, Timer(seconds)
    work = _Work(Probe(instance, timer), causes(instance))
    complete, certain = True, pool.exact
    try:
        work.run()
        certain = all(pool.proves(clash, timer) for clash in work.clashes)
    except OutOfTimeError:
        complete = False
    clashes = tuple(
        tuple(named(instance, key) for key in clash) for clash in work.clashes
    )
    alike = alike_of(instance)
    return InfeasibleReport(
        causes=tuple(work.causes),
        clashes=clashes,
        missing=work.missing,
        changes=tuple(_whose(x, alike) for x in smallest_first(work.changes)),
        reduced=work.reduced,
        complete=complete and work.reduced,
        alike=alike,
        exact=pool.exact,
        certain=certain,
    )


def _whose(change: "Change", alike: dict[str, tuple[str, ...]]) -> "Change":
    """Tell a change the workloads that it is of."""
    parts = tuple(_whose(part, alike) for part in change.parts)
    of_workload = change.kind in WORKLOAD_KINDS
    if change.kind == "green":
        of_workload = change.subject.startswith(ONE_WORKLOAD)
    names = change.members or (change.subject.removeprefix(ONE_WORKLOAD),)
    ids = tuple(chain.from_iterable(alike.get(name, (name,)) for name in names))
    whose = ids if of_workload and len(ids) > 1 else ()
    return replace(change, parts=parts, members=whose)


class _Work:
    """What is found, piece by piece."""

    def __init__(self, probe: Probe, causes: list[Cause]) -> None:
        self.probe = probe
        self.causes = causes
        self.clashes: list[tuple[Key, ...]] = []
        self.reduced = True
        self.missing: Missing | None = None
        self.changes: list[Change] = []

    def run(self) -> None:
        """Look for everything; may run out of time."""
        probe = self.probe
        verdict = probe.test(probe.limits)
        if verdict.fits:
            message = (
                "the solver finds no plan, but the limits miss one by less than its "
                "accuracy; loosen the tightest limit a little"
            )
            raise SolverFailed(message)
        clash, self.reduced = irreducible(probe, verdict)
        self.clashes.append(clash)
        self.missing = missing(probe, self.clashes[0])
        single_changes(probe, self.clashes[0], self.changes)
        if not self.changes:
            self._together(verdict)

    def _together(self, verdict: Verdict) -> None:
        for order in (ADDED, RELAXED):
            change, clashes = changes_together(self.probe, verdict, order)
            if len(self.clashes) == 1:
                self.clashes = clashes
            if change is not None:
                self.changes.append(change)
        less = less_demand(self.probe, self.missing) if self.missing else None
        if less is not None:
            self.changes.append(less)


def named(instance: Instance, key: Key) -> NamedLimit:
    """Put a limit into words."""
    kind, place = key
    row = instance.scenario.workloads.iloc[place] if kind in WORKLOAD_KINDS else None
    return NamedLimit(
        kind=kind,
        subject=subject_of(instance, key),
        workload_class="" if row is None else str(row["class"]),
        origin="" if row is None else str(row["origin"]),
        it_mw=0.0 if row is None else float(instance.it_mw[place]),
        sentence=limit_words(instance, key),
    )
