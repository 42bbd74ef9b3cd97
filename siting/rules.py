"""Placements by a rule: where work runs today, and the nearest hub with room."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from siting.lookup import first_of, positions
from siting.model.admissible import admissible
from siting.model.instance import Instance

# So many workloads are looked at together.
AT_ONCE = 65_536
# Parts of a workload, or of a hub's room, that are rounding.
ROUNDING = 1e-12
# Longer than any RTT that is known.
UNKNOWN_MS = 1e12


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of workloads at hubs.

    Attributes
    ----------
    workload, hub : ndarray of int of shape (rows,)
        Sorted, each pair once.
    share : ndarray of shape (rows,)
    """

    workload: np.ndarray
    hub: np.ndarray
    share: np.ndarray

    @classmethod
    def of(
        cls, workload: np.ndarray, hub: np.ndarray, share: np.ndarray, hubs: int
    ) -> Self:
        """Sum rows of the same workload and hub; nothing is left out."""
        some = share > 0
        code, row = np.unique(workload[some] * hubs + hub[some], return_inverse=True)
        total = np.bincount(row, share[some], minlength=len(code))
        return cls(code // hubs, code % hubs, total)

    def of_pairs(self, instance: Instance) -> np.ndarray:
        """Give the share of each pair of an instance."""
        hubs = len(instance.scenario.hubs)
        code = instance.pair_workload * hubs + instance.pair_hub
        share = np.zeros(len(code))
        share[np.searchsorted(code, self.workload * hubs + self.hub)] = self.share
        return share


def nearest(instance: Instance, later: np.ndarray) -> Shares:
    """Place every workload at the nearest hub with room.

    Those of the strictest RTT limit choose first, then those of the larger peak, then
    in the order of the table. Room is what stands, then what may be built; it is
    counted by peaks.

    Parameters
    ----------
    instance : Instance
    later : ndarray of bool of shape (hubs,)
        Hubs that are taken only where no other one has room of the kind.
    """
    nothing = np.zeros(0, dtype=int)
    given = Shares(nothing, nothing, nothing.astype(float))
    return _filled(instance, *admissible(instance), later, given)


def today(instance: Instance) -> tuple[Shares, list[str]]:
    """Place every workload where it runs now, else at home, else at the nearest hub.

    Returns
    -------
    Shares
    list of str
        Workloads that may not run where they are said to.
    """
    scenario = instance.scenario
    names, hubs = scenario.workloads.index, scenario.hubs
    group, masks = admissible(instance)
    lost: set[str] = set()
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    placed = np.zeros(len(instance.it_mw), dtype=bool)

    def put(workload: np.ndarray, hub: np.ndarray, share: np.ndarray) -> None:
        there = np.asarray(masks[group[workload], hub])
        rows.append((workload[there], hub[there], share[there]))
        placed[workload[there]] = True
        lost.update(names[workload[~there]])

    current = scenario.current[scenario.current["share"] > 0]
    put(
        positions(names, current["workload"]),
        positions(hubs.index, current["hub"]),
        current["share"].to_numpy(float),
    )
    home = scenario.workloads["home_hub"].to_numpy(object)
    named = np.flatnonzero((home != "") & ~placed)
    put(named, positions(hubs.index, home[named]), np.ones(len(named)))
    own = np.logical_and(masks, (hubs["kind"] == "home").to_numpy())
    stays = np.flatnonzero(own.any(axis=1)[group] & ~placed)
    rtt = _rtt_ms(instance)[instance.origin[first_of(group)]]
    closest = np.where(own, rtt, np.inf).argmin(axis=1)
    put(stays, closest[group[stays]], np.ones(len(stays)))
    workload, hub, share = (np.concatenate(part) for part in zip(*rows, strict=True))
    given = Shares.of(workload, hub, share, len(hubs))
    anywhere = np.zeros(len(hubs), dtype=bool)
    return _filled(instance, group, masks, anywhere, given), sorted(lost)


def _rtt_ms(instance: Instance) -> np.ndarray:
    """RTT by origin and hub; where nobody knows it, it is the longest."""
    rtt = instance.reach.rtt_ms
    return np.where(np.isnan(rtt), UNKNOWN_MS, rtt)


def _options(
    instance: Instance, group: np.ndarray, masks: np.ndarray, later: np.ndarray
) -> np.ndarray:
    """Order what each group may choose: standing room of hubs, then room to build.

    Returns
    -------
    ndarray of int of shape (groups, 2 hubs)
        A hub's standing room has its number, and what may be built there that and the
        count of hubs; -1: nothing more.
    """
    count = masks.shape[1]
    rtt = _rtt_ms(instance)[instance.origin[first_of(group)]]
    options = np.full((len(masks), 2 * count), -1)
    for row, mask in enumerate(masks):
        hubs = np.flatnonzero(mask)
        ranked = hubs[np.lexsort((hubs, rtt[row, hubs], later[hubs]))]
        options[row, : 2 * len(hubs)] = np.append(ranked, ranked + count)
    return options


def _filled(
    instance: Instance,
    group: np.ndarray,
    masks: np.ndarray,
    later: np.ndarray,
    given: Shares,
) -> Shares:
    """Place what is not placed yet: whole runs of workloads until some room is full."""
    hubs = instance.scenario.hubs
    count, peak = len(hubs), instance.peak_mw
    options = _options(instance, group, masks, later)
    standing = hubs["it_capacity_mw"].to_numpy(float)
    used = np.bincount(given.hub, given.share * peak[given.workload], minlength=count)
    most = np.append(standing, hubs["build_max_mw"].to_numpy(float))
    space = np.append(np.maximum(standing - used, 0.0), most[count:])
    left = 1.0 - np.bincount(given.workload, given.share, minlength=len(peak))
    order = np.lexsort((-peak, instance.rtt_limit_ms))
    order = order[(left[order] > ROUNDING) & (options[group[order], 0] >= 0)]
    nothing = ROUNDING * np.where(np.isfinite(most), most, 0.0)
    rows = [(given.workload, given.hub, given.share)]
    # What takes no room goes to the first choice.
    idle = order[peak[order] == 0]
    rows.append((idle, options[group[idle], 0], left[idle]))
    order = order[peak[order] > 0]
    begin = 0
    while begin < len(order):
        space[space <= nothing] = 0.0
        there = (options >= 0) & (space[options] > 0)
        choice = options[np.arange(len(options)), there.argmax(axis=1)]
        choice[~there.any(axis=1)] = -1
        some = order[begin : begin + AT_ONCE]
        to, need = choice[group[some]], peak[some] * left[some]
        end = _first_over(to, need, space)
        whole = np.flatnonzero(to[:end] >= 0)
        rows.append((some[whole], to[whole], left[some[whole]]))
        space -= np.bincount(to[whole], need[whole], minlength=2 * count)
        begin += end
        if end < len(some):
            # The one that does not fit takes what is left, and chooses anew.
            part = left[some[end]] * max(space[to[end]], 0.0) / need[end]
            rows.append((some[[end]], to[[end]], np.array([part])))
            left[some[end]] -= part
            space[to[end]] = 0.0
    workload, option, share = (np.concatenate(p) for p in zip(*rows, strict=True))
    return Shares.of(workload, option % count, share, count)


def _first_over(to: np.ndarray, need: np.ndarray, space: np.ndarray) -> int:
    """Find the first that finds its choice full; the number of all if there is none."""
    order = np.argsort(to, kind="stable")
    chosen, total = to[order], np.cumsum(need[order])
    begin = np.flatnonzero(np.append(True, chosen[1:] != chosen[:-1]))
    size = np.diff(np.append(begin, len(chosen)))
    total -= np.repeat(total[begin] - need[order][begin], size)
    over = (chosen >= 0) & (total > space[chosen] * (1.0 + ROUNDING))
    return int(order[over].min(initial=len(to)))
