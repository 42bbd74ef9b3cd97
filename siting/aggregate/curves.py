r"""What the schedules of movable workloads are worth, over their data rates.

The least cost :math:`V(f)` of a MW is concave in the features :math:`f` of a workload:
it is the least of many schedules, of which each costs an affine function of them. At a
*knot* it is known with its schedule and its multipliers. Between two knots the blend of
the multipliers proves a lower bound, and the cheaper of the two schedules is an upper
one. Knots are added where the two are apart the most.
"""

import numpy as np

from siting.aggregate.blend import Blend, between, line_of
from siting.aggregate.buckets import Alike
from siting.aggregate.oracle import (
    MOST_CELLS,
    Answer,
    held_costs,
    hourly_costs,
    movable_worth,
    with_reserve,
)
from siting.aggregate.probes import Prices
from siting.decompose import Scheduler
from siting.model.instance import Instance


class Curve:
    """The worth of one cell, knot by knot.

    Parameters
    ----------
    instance : Instance
        The full one.
    groups : Alike
    who : ndarray of int of shape (members,)

    Attributes
    ----------
    who : ndarray of int of shape (members,)
        Sorted by where they lie.
    place, mw : ndarray of shape (members,)
    features : ndarray of shape (members, kinds)
    knots : ndarray of int
        Positions among the members, ascending; the first and the last are knots.
    worth : ndarray of shape (knots, open hubs, periods)
        Multipliers of reserved MW at each knot.
    tangent : ndarray of shape (knots, 1 + kinds)
        What the schedule of each knot costs, by feature.
    least : ndarray of shape (members,)
        What is proven of a MW of each.
    loss : ndarray of shape (members,)
        What the cheaper schedule of the two knots around costs more, of all its MW.
    """

    def __init__(self, instance: Instance, groups: Alike, who: np.ndarray) -> None:
        features = groups.features[who]
        self.direction, self.line = line_of(features)
        place = features @ self.direction
        order = np.argsort(place, kind="stable")
        self.place, self.features = place[order], features[order]
        self.who = who[order]
        self.mw = instance.it_mw[self.who]
        self.factor = instance.factor[instance.profile[who[0]]]
        self.kinds = groups.kinds
        self.scheduler: Scheduler | None = None
        self.knots = np.unique([0, len(who) - 1])

    def price(self, hourly: np.ndarray, held: np.ndarray, missing: np.ndarray) -> None:
        """Find the schedules of all knots anew.

        Parameters
        ----------
        hourly : ndarray of shape (hubs, periods, features)
            Per MW drawn; inf at hubs that are not open.
        held : ndarray of shape (hubs, features)
            Per MW reserved.
        missing : ndarray of shape (periods,)
            Per MW not served; inf where all has to be.
        """
        self.hubs = np.flatnonzero(np.isfinite(hourly[:, 0, 0]))
        self.count = len(hourly)
        self.hourly, self.held = hourly[self.hubs], held[self.hubs]
        self.missing = missing
        if self.scheduler is None:
            self.scheduler = Scheduler(np.arange(len(self.hubs)), self.factor)
        found = [self._solve(knot) for knot in self.knots.tolist()]
        self.worth = np.array([worth for worth, *_ in found])
        self.tangent = np.array([tangent for _, tangent, _ in found])
        self.least, self.loss = np.zeros(len(self.place)), np.zeros(len(self.place))
        self.least[self.knots] = [cost for *_, cost in found]
        for left in range(len(self.knots) - 1):
            self._measure(left)

    def _solve(self, member: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Multipliers of a member, and what its schedule costs: by feature, in all."""
        assert self.scheduler is not None
        one, kinds = self.features[[member]], self.kinds
        cost = hourly_costs(one, kinds, self.hourly)[0]
        held = held_costs(one, kinds, self.held)[0]
        missing = self.missing if np.isfinite(self.missing).all() else None
        best = self.scheduler.cheapest(cost, held, missing)
        drawn, kept = self.hourly[best.hub], self.held[best.hub]
        by_feature = np.einsum("ht,htf->f", best.draw, drawn) + best.reserved @ kept
        if missing is not None:
            by_feature[0] += missing @ best.unserved
        tangent = by_feature[np.append(0, kinds)]
        worth = np.maximum(best.worth - cost, 0.0)
        if not worth.any():
            # As good, and tells a reader of the multipliers that a knot is here.
            dearest = int(held.argmax())
            worth[dearest, 0] = held[dearest]
        return worth, tangent, best.cost

    def _measure(self, left: int) -> None:
        """Measure what is lost between a knot and the next one."""
        some = slice(int(self.knots[left]) + 1, int(self.knots[left + 1]))
        count = some.stop - some.start
        step = max(1, MOST_CELLS // self.worth[0].size)
        for start in range(some.start, some.stop, step) if count else ():
            part = slice(start, min(start + step, some.stop))
            features = self.features[part]
            ends = self.place[self.knots[left : left + 2]]
            _, _, way = between(ends, self.place[part])
            way = way[:, None, None]
            worth = (1.0 - way) * self.worth[left] + way * self.worth[left + 1]
            cost = hourly_costs(features, self.kinds, self.hourly)
            held = held_costs(features, self.kinds, self.held)
            cost = with_reserve(cost, held, worth)
            self.least[part] = movable_worth(cost, self.missing, self.factor)
            above = self._planes(features, left).min(axis=0) - self.least[part]
            self.loss[part] = self.mw[part] * np.maximum(above, 0.0)

    def _planes(self, features: np.ndarray, left: int) -> np.ndarray:
        """Tell what the schedules of two knots cost some members."""
        pair = self.tangent[left : left + 2]
        return np.asarray(pair[:, :1] + pair[:, 1:] @ features.T)

    def losses(self) -> np.ndarray:
        """Tell what is lost from each knot to the next."""
        if len(self.knots) < 2:
            return np.zeros(0)
        return np.add.reduceat(self.loss, self.knots[:-1])

    def add(self, which: np.ndarray) -> None:
        """Add a knot between each of some knots (ascending) and the next."""
        for left in which[::-1].tolist():
            begin, end = int(self.knots[left]), int(self.knots[left + 1])
            member = begin + 1 + int(self.loss[begin + 1 : end].argmax())
            worth, tangent, cost = self._solve(member)
            self.knots = np.insert(self.knots, left + 1, member)
            self.worth = np.insert(self.worth, left + 1, worth, axis=0)
            self.tangent = np.insert(self.tangent, left + 1, tangent, axis=0)
            self.least[member], self.loss[member] = cost, 0.0
            self._measure(left)
            self._measure(left + 1)

    def write(self, answer: Answer) -> None:
        """Write down what the members would do."""
        answer.value[self.who] = self.mw * self.least
        answer.best[self.who] = np.searchsorted(self.edges(), self.place)

    def edges(self) -> np.ndarray:
        """Find where, between two knots, the second one's schedule is the cheaper."""
        place = self.place[self.knots]
        points = np.insert(self.features[self.knots], 0, 1.0, axis=1)
        step = np.diff(self.tangent, axis=0)
        # The second schedule costs so much more at the first knot, and so on.
        first = np.maximum((step * points[:-1]).sum(axis=1), 0.0)
        second = np.maximum(-(step * points[1:]).sum(axis=1), 0.0)
        way = np.full(len(step), 0.5)
        np.divide(first, first + second, out=way, where=first + second > 0)
        return np.asarray(place[:-1] + way * np.diff(place))

    def blend(self) -> Blend:
        """Give the multipliers of the knots."""
        worth = np.zeros((len(self.knots), self.count, self.worth.shape[2]))
        worth[:, self.hubs] = self.worth
        place = self.place[self.knots]
        return Blend(self.direction, place, worth, self.edges(), self.line)


def find_schedules(curves: dict[int, Curve], prices: Prices) -> None:
    """Find the schedules of all knots of some curves (by cell) anew."""
    for cell, curve in curves.items():
        curve.price(prices.timed[cell], prices.reserved[cell], prices.unserved[cell])


def add_knots(curves: dict[int, Curve], allowed: float) -> None:
    """Add knots until no more than so much (in objective units) is lost."""
    while True:
        losses = [curve.losses() for curve in curves.values()]
        total = sum(float(loss.sum()) for loss in losses)
        if total <= allowed:
            return
        most = allowed / (2 * sum(len(loss) for loss in losses))
        for curve, loss in zip(curves.values(), losses, strict=True):
            curve.add(np.flatnonzero(loss > most))
