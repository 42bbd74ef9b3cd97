"""An irreducible set of limits that cannot hold together."""

from siting.explain.limits import LEAST_ROOM, Key, Limits, size_of
from siting.explain.probe import Probe, Verdict

SHARE_OF_TIME = 0.5

# What is tried to do without, first to last: what a planner asks about first is kept.
_ORDER = (
    "certificate",
    "link",
    "ingress",
    "egress",
    LEAST_ROOM,
    "closed",
    "regions",
    "latency",
    "churn",
    "placement-max",
    "placement-min",
    "carbon-cap",
    "green",
    "room",
    "demand",
)
# Of these most are needless, so they are tried many at a time.
_MANY = ("certificate", "link", "ingress", "egress", "closed", "regions", "latency")


def irreducible(probe: Probe, verdict: Verdict) -> tuple[tuple[Key, ...], bool]:
    """Reduce limits that contradict each other until none can be left out.

    It stops before that when half of the time is over: what is left still contradicts.

    Parameters
    ----------
    probe : Probe
    verdict : Verdict
        A contradiction.

    Returns
    -------
    tuple of Key
        Without any one of them the others can be kept; all limits that are not among
        them are absent.
    bool
        Whether it was reduced to the end.
    """
    search = _Search(probe, verdict.support)
    search.leave_out_idle()
    for kind in _ORDER:
        members = sorted(
            (key for key in search.kept if key[0] == kind),
            key=lambda key: (size_of(probe.instance, key), key),
        )
        if kind in _MANY:
            search.reduce(members)
        else:
            for key in members:
                search.reduce([key])
    rank = {kind: number for number, kind in enumerate(reversed(_ORDER))}
    found = sorted(search.kept, key=lambda key: (rank[key[0]], key[1]))
    return tuple(found), search.done


class _Search:
    def __init__(self, probe: Probe, kept: Limits) -> None:
        self.probe = probe
        self.kept = kept
        self.done = True

    def leave_out_idle(self) -> None:
        """Leave out where workloads may go whose demand is not in question."""
        demands = {place for kind, place in self.kept if kind == "demand"}
        idle = [
            key
            for key in self.kept
            if key[0] in ("latency", "regions") and key[1] not in demands
        ]
        self._without(idle)

    def reduce(self, members: list[Key]) -> None:
        """Leave out as many of some limits as can be."""
        members = [key for key in members if key in self.kept]
        if members and self.probe.timer.late(SHARE_OF_TIME):
            self.done = False
            return
        if not members or self._without(members) or len(members) == 1:
            return
        half = len(members) // 2
        self.reduce(members[:half])
        self.reduce(members[half:])

    def _without(self, members: list[Key]) -> bool:
        """Leave some limits out if the others still contradict each other."""
        if not members:
            return True
        verdict = self.probe.test(self.kept - frozenset(members))
        if verdict.fits:
            return False
        self.kept = verdict.support
        return True
