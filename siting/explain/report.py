"""The report on a scenario without a plan, as text and as plain values."""

from dataclasses import asdict, dataclass

from siting.explain.causes import Cause
from siting.explain.change import Change
from siting.explain.missing import Missing
from siting.explain.words import figure, names

MOST_CAUSES = 8
MOST_CHANGES = 10
MOST_OF_A_KIND = 3
MOST_LINES = 24


@dataclass(frozen=True)
class NamedLimit:
    """A limit as a planner knows it.

    Attributes
    ----------
    kind, subject : str
        As in :class:`~siting.explain.change.Change`.
    workload_class, origin : str
        Of a workload's own limits, else "".
    it_mw : float
        What the workload draws, else 0.
    sentence : str
    """

    kind: str
    subject: str
    workload_class: str
    origin: str
    it_mw: float
    sentence: str


@dataclass(frozen=True)
class InfeasibleReport:
    """Why a scenario has no plan, and what would make one possible.

    Attributes
    ----------
    causes : tuple of Cause
        What shows before solving.
    conflict : tuple of NamedLimit
        Limits that cannot hold together; without any one of them the others can.
    clashes : tuple of tuple of NamedLimit
        All conflicts that were found, apart from each other; the first is
        ``conflict``.
    missing : Missing or None
        Demand that cannot be placed; None if leaving it out would not help.
    changes : tuple of Change
        Each alone makes a plan possible; the smallest first.
    reduced : bool
        Whether there was time to reduce the conflicts to the end.
    complete : bool
        Whether there was time for everything.
    """

    causes: tuple[Cause, ...]
    clashes: tuple[tuple[NamedLimit, ...], ...]
    missing: Missing | None
    changes: tuple[Change, ...]
    reduced: bool
    complete: bool

    @property
    def conflict(self) -> tuple[NamedLimit, ...]:
        """Limits of the first conflict."""
        return self.clashes[0] if self.clashes else ()

    def text(self) -> str:
        """Return the report as lines of text."""
        lines: list[str] = []
        if self.causes:
            lines += ["Seen before solving:"]
            lines += [f"  - {cause.sentence}" for cause in self.causes[:MOST_CAUSES]]
            more = len(self.causes) - MOST_CAUSES
            lines += [f"  - and {more} more of this kind."] if more > 0 else []
        for number, clash in enumerate(self.clashes):
            again = "Apart from that, these" if number else "These"
            rest = "without any one the others can:"
            if not self.reduced:
                rest = "some of them may not be needed for that:"
            lines += [f"{again} cannot hold together; {rest}"]
            lines += [f"  - {words}" for words in _grouped(clash)]
        if self.missing is not None:
            lines += ["What is missing, with all other limits kept:"]
            lines += [f"  - {self.missing.sentence}"]
        if self.changes:
            lines += ["Any one of these changes makes a plan possible:"]
            shown = _shown(self.changes)
            lines += [f"  {n}. {c.sentence}" for n, c in enumerate(shown, 1)]
            more = len(self.changes) - len(shown)
            lines += [f"  ({more} more in the report)"] if more else []
        else:
            lines += ["No change that makes a plan possible was found."]
        if not self.complete:
            lines += ["The time was over before everything was looked at."]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "causes": [asdict(cause) for cause in self.causes],
            "conflict": [asdict(limit) for limit in self.conflict],
            "clashes": [[asdict(x) for x in clash] for clash in self.clashes],
            "missing": None if self.missing is None else asdict(self.missing),
            "changes": [change.to_dict() for change in self.changes],
            "reduced": self.reduced,
            "complete": self.complete,
        }


def _shown(changes: tuple[Change, ...]) -> list[Change]:
    """Choose what is shown: the smallest, but not too many of one kind."""
    count: dict[str, int] = {}
    first: list[Change] = []
    rest: list[Change] = []
    for change in changes:
        count[change.kind] = count.get(change.kind, 0) + 1
        (first if count[change.kind] <= MOST_OF_A_KIND else rest).append(change)
    chosen = [*first, *rest][:MOST_CHANGES]
    return [change for change in changes if change in chosen]


def _grouped(clash: tuple[NamedLimit, ...]) -> list[str]:
    """Word a conflict; where many workloads are in it, class by class."""
    if len(clash) <= MOST_LINES:
        return [limit.sentence for limit in clash]
    lines = []
    demands = [limit for limit in clash if limit.kind == "demand"]
    for word in dict.fromkeys(limit.workload_class for limit in demands):
        mine = [limit for limit in demands if limit.workload_class == word]
        load = figure(sum(limit.it_mw for limit in mine))
        lines.append(
            f"{len(mine)} workloads of class {word} ({load} MW: "
            f"{names(limit.subject for limit in mine)}) must be served"
        )
    for kind, what in (("latency", "latency limit"), ("regions", "allowed places")):
        mine = [limit for limit in clash if limit.kind == kind]
        if len(mine) > 4:
            subjects = names(limit.subject for limit in mine)
            lines.append(f"the {what} of {len(mine)} workloads: {subjects}")
        else:
            lines += [limit.sentence for limit in mine]
    rest = ("demand", "latency", "regions")
    return lines + [limit.sentence for limit in clash if limit.kind not in rest]
