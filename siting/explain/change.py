"""A change that would make a plan possible."""

import math
from dataclasses import dataclass, field

from siting.explain.draft import Draft
from siting.scenario import Scenario


@dataclass(frozen=True)
class Change:
    """The smallest change of one limit, or of several together, that suffices.

    Attributes
    ----------
    kind : str
        ``room``, ``ingress``, ``egress``, ``link``, ``latency``, ``regions``,
        ``closed``, ``serves``, ``green``, ``certificate``, ``carbon-cap``,
        ``placement-min``, ``placement-max``, ``reserved-min``, ``churn``, ``demand``,
        or ``together``.
    subject : str
        Id of the hub, link, workload or offer; of a policy limit its number from 0; of
        a green share ``workload:ID`` or its number.
    unit : str
    now, needed : float or str
        Value of the limit, and the value that suffices; hubs and origins are joined
        by ``;``. Of a link it is the head-room.
    amount : float
        How far they are apart, in the unit; rounded up by a billionth.
    sentence : str
    parts : tuple of Change
        Of ``together``: changes that suffice only all at once.
    members : tuple of str
        Ids of all workloads to change, where ``subject`` is the first of several that
        are alike; amounts in MW are of all of them.
    """

    kind: str
    subject: str
    unit: str
    now: float | str
    needed: float | str
    amount: float
    sentence: str
    parts: "tuple[Change, ...]" = ()
    members: tuple[str, ...] = field(default=(), repr=False)

    def apply(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the change made.

        Parameters
        ----------
        scenario : Scenario
            The one that has no plan.
        """
        return drafted(scenario, (self,)).made()

    def to_dict(self) -> dict[str, object]:
        """Return the change as plain values."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "unit": self.unit,
            "now": self.now,
            # An endless limit is no number in JSON.
            "needed": None if self.needed == math.inf else self.needed,
            "amount": None if self.amount == math.inf else self.amount,
            "sentence": self.sentence,
            "workloads": len(self.members),
            "parts": [part.to_dict() for part in self.parts],
        }


def drafted(scenario: Scenario, changes: tuple[Change, ...]) -> Draft:
    """Collect changes of a scenario."""
    draft = Draft(scenario)
    single = [part for change in changes for part in change.parts or (change,)]
    # A workload may be left out only after all else is said about it.
    single.sort(key=lambda part: part.kind == "demand")
    for part in single:
        draft.change(part.kind, part.subject, part.needed, part.members)
    return draft
