"""The report on a scenario without a plan, as text and as plain values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain

from siting.explain.causes import Cause
from siting.explain.change import Change
from siting.explain.missing import Missing
from siting.explain.words import figure, names
from siting.words import word

MOST_CAUSES = 8
MOST_CLASHES = 3
MOST_CHANGES = 10
MOST_OF_A_KIND = 3
MOST_LINES = 16
UNCERTAIN = (
    "Workloads that differ in their data rates alone were placed together here: apart, "
    "they may miss these limits by less."
)
LESS_MAY_DO = (
    "Workloads that differ in their data rates alone were placed together for this: "
    "apart, a little less may do."
)


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
    alike : dict of str to tuple of str
        Workloads that are alike are explained as one under the id of the first: ids of
        all of them, where there is more than one.
    exact : bool
        Whether all workloads of one id have the same data rates, or rates do not
        matter. Else the changes suffice, but a little less may do.
    certain : bool
        Whether it is proven that the limits of each conflict clash, where ``exact`` is
        false.
    """

    causes: tuple[Cause, ...]
    clashes: tuple[tuple[NamedLimit, ...], ...]
    missing: Missing | None
    changes: tuple[Change, ...]
    reduced: bool
    complete: bool
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    exact: bool = True
    certain: bool = True

    @property
    def conflict(self) -> tuple[NamedLimit, ...]:
        """Limits of the first conflict."""
        return self.clashes[0] if self.clashes else ()

    def text(self) -> str:
        """Return the report as lines of text."""
        lines: list[str] = []
        if self.causes:
            lines += [word("Seen before solving:")]
            lines += [f"  - {cause.sentence}" for cause in self.causes[:MOST_CAUSES]]
            more = len(self.causes) - MOST_CAUSES
            if more > 0:
                lines += ["  - " + word("and {count} more of this kind.", count=more)]
        for number, clash in enumerate(self.clashes[:MOST_CLASHES]):
            head = "These cannot hold together; {rest}"
            if number:
                head = "Apart from that, these cannot hold together; {rest}"
            rest = word("without any one the others can:")
            if not self.reduced:
                rest = word("some of them may not be needed for that:")
            lines += [word(head, rest=rest)]
            lines += [f"  - {words}" for words in _grouped(clash, self.alike)]
        more = len(self.clashes) - MOST_CLASHES
        if more > 0:
            lines += [word("More such conflicts in the report: {count}.", count=more)]
        if not self.certain:
            lines += [word(UNCERTAIN)]
        if self.missing is not None:
            lines += [word("What is missing, with all other limits kept:")]
            lines += [f"  - {self.missing.sentence}"]
        if self.changes:
            lines += [word("Any one of these changes makes a plan possible:")]
            shown = _shown(self.changes)
            lines += [f"  {n}. {c.sentence}" for n, c in enumerate(shown, 1)]
            more = len(self.changes) - len(shown)
            if more:
                lines += ["  " + word("({count} more in the report)", count=more)]
            if not self.exact:
                lines += [word(LESS_MAY_DO)]
        else:
            lines += [word("No change that makes a plan possible was found.")]
        if not self.complete:
            lines += [word("The time was over before everything was looked at.")]
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
            "alike": {name: len(ids) for name, ids in self.alike.items()},
            "exact": self.exact,
            "certain": self.certain,
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


def _grouped(
    clash: tuple[NamedLimit, ...], alike: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Word a conflict; where many workloads are in it, class by class."""
    if len(clash) <= MOST_LINES:
        return [limit.sentence for limit in clash]

    def ids(limits: list[NamedLimit]) -> list[str]:
        found = (alike.get(x.subject, (x.subject,)) for x in limits)
        return list(chain.from_iterable(found))

    lines = []
    demands = [limit for limit in clash if limit.kind == "demand"]
    for name in dict.fromkeys(limit.workload_class for limit in demands):
        mine = [limit for limit in demands if limit.workload_class == name]
        load = figure(sum(limit.it_mw for limit in mine))
        lines.append(
            word(
                "{count} workloads of class {name} ({load} MW: {subjects}) must be "
                "served",
                count=f"{len(ids(mine)):,}",
                name=name,
                load=load,
                subjects=names(ids(mine)),
            )
        )
    texts = {
        "latency": "the latency limit of {count} workloads: {subjects}",
        "regions": "the allowed places of {count} workloads: {subjects}",
    }
    for kind, text in texts.items():
        mine = [limit for limit in clash if limit.kind == kind]
        if len(mine) > 4:
            count, subjects = f"{len(ids(mine)):,}", names(ids(mine))
            lines.append(word(text, count=count, subjects=subjects))
        else:
            lines += [limit.sentence for limit in mine]
    rest = ("demand", "latency", "regions")
    return lines + [limit.sentence for limit in clash if limit.kind not in rest]
