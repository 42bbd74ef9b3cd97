"""One limit that moves: the objective as a function of it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from siting.errors import SolverFailed
from siting.model.build import Model
from siting.model.outcome import Outcome, Status
from siting.reasons.live import Weights
from siting.reasons.pieces import Piece, Point, first_piece
from siting.reasons.rebuild import Study
from siting.words import word

Rows = Callable[[Model], tuple[np.ndarray, np.ndarray]]
EDGE = 1e-9
FAR = 1e6
# Distances that are tried first, beside the size; and what is too near for that, beside
# all that the limit may move.
NEARBY, TOO_NEAR = (1e-3, 1e-2, 1e-1), 1e-4


class NotMoved(SolverFailed):
    """The solver gives no answer with a limit moved."""


@dataclass(frozen=True)
class Rates:
    """What a limit is worth, and how far.

    All in units of the objective per unit by which the limit is loosened.

    Attributes
    ----------
    more : float
        Gain for a unit more.
    less : float
        Loss for a unit less; inf where there can be none.
    up, down : float
        How far the limit can be loosened, and tightened, at these rates.
    """

    more: float
    less: float
    up: float
    down: float


class Probe:
    """A limit of a study, moved by ``loosened`` units.

    Parameters
    ----------
    study : Study
    rows : callable
        Gives the rows of a model that are the limit, and by how much the bounds of each
        rise when the limit's value grows by one.
    sense : float
        1 for an upper limit, -1 for a lower one.
    tightest, loosest : float
        Ends of what the limit may be, as loosening (at most 0, at least 0).
    size : float
        What is small is measured by it.
    least : callable, optional
        Gives columns of a model with weights whose sum is at least the limit's value.
    """

    def __init__(
        self,
        study: Study,
        rows: Rows,
        sense: float,
        tightest: float,
        loosest: float,
        size: float,
        least: Callable[[Model], Weights] | None = None,
    ) -> None:
        self.study, self.rows, self.sense = study, rows, sense
        self.tightest, self.loosest, self.size = tightest, loosest, size
        self.least = least
        self._version = -1
        self._hold()

    def _hold(self) -> None:
        if self._version != self.study.version:
            positions, amounts = self.rows(self.study.model)
            least = self.least(self.study.model) if self.least else None
            self.study.live.hold(positions, amounts, least)
            self._version = self.study.version

    def close(self) -> None:
        """Take the limit out of the solver's hands."""
        self.study.live.release()

    def _solve(self, ends: Callable[[], tuple[float, float]], aim: float) -> Outcome:
        while True:
            self._hold()
            outcome = self.study.live.solve(*ends(), aim=aim)
            if outcome.status is not Status.OPTIMAL:
                return outcome
            money = 0.0 if aim else self.study.money(outcome)
            if not self.study.price(outcome, money):
                return outcome

    def _ends(self, loosened: float) -> tuple[float, float]:
        """Values of the handle: nothing looser, all that is tighter."""
        ends = (self.sense * self.tightest, self.sense * loosened)
        return (min(ends), max(ends))

    def value(self, loosened: float) -> Point:
        """Give the objective with the limit loosened (tightened, if below 0).

        Raises
        ------
        NotMoved
            If the limit cannot be so tight, or the solver gives no answer.
        """
        return self._made(loosened, self.outcome(loosened))

    def outcome(self, loosened: float) -> Outcome:
        """Give the optimum with the limit loosened (tightened, if below 0).

        Raises
        ------
        NotMoved
            If the limit cannot be so tight, or the solver gives no answer.
        """
        outcome = self._moved(loosened)
        if outcome is None:
            text = word("a limit could not be moved: the solver finds no plan")
            raise NotMoved(text)
        return outcome

    def easily(self, loosened: float) -> Outcome | None:
        """Give the same; None where there is none over the paths known so far."""
        outcome = self._solve(lambda: self._ends(loosened), 0.0)
        return outcome if outcome.status is Status.OPTIMAL else None

    def _moved(self, loosened: float) -> Outcome | None:
        outcome = self._solve(lambda: self._ends(loosened), 0.0)
        if outcome.status is Status.INFEASIBLE:
            # There may be, over paths that are not known yet.
            self.limit()
            return self.easily(loosened)
        return outcome if outcome.status is Status.OPTIMAL else None

    def _made(self, loosened: float, outcome: Outcome) -> Point:
        return Point(loosened, outcome.objective, self.slope(outcome))

    def _tightened(self, loosened: float, outcome: Outcome) -> Point:
        return Point(-loosened, outcome.objective, -self.slope(outcome))

    def slope(self, outcome: Outcome) -> float:
        """Give the slope of the objective at an optimum, at most 0."""
        return self._some(self.sense * float(outcome.reduced_costs[-1]))

    def _some(self, rate: float) -> float:
        """Give a slope; what is within the solver's accuracy is none."""
        return rate if rate * self.size < -self.study.live.noise else 0.0

    def start(self) -> Point:
        """Give the objective with the limit as it is."""
        positions, amounts = self.rows(self.study.model)
        outcome = self.study.outcome
        rate = self.sense * float(amounts @ outcome.row_duals[positions])
        return Point(0.0, outcome.objective, self._some(rate))

    def limit(self) -> float:
        """Find how far the limit can be tightened at all (as loosening, at most 0)."""
        outcome = self._solve(lambda: self._ends(0.0), self.sense)
        # There is a plan with the limit as it is.
        if outcome.status in (Status.UNBOUNDED, Status.INFEASIBLE):
            return -math.inf
        if outcome.status is not Status.OPTIMAL:
            message = word(
                "a limit could not be tightened ({status})", status=outcome.status
            )
            raise NotMoved(message)
        return min(self.sense * float(outcome.values[-1]), 0.0)

    def rates(self, spare: float) -> Rates:
        """Find the worth of more and of less, and how far each holds.

        Parameters
        ----------
        spare : float
            What is known not to be used of the limit.
        """
        start = self.start()
        free = start.slope == 0.0 or spare > EDGE * self.size
        up = Piece(0.0, self.loosest) if free else self._loosening(start)
        down = self.tightening(start, spare if spare > EDGE * self.size else 0.0)
        return Rates(abs(up.slope), abs(down.slope), up.to, down.to)

    def _loosening(self, start: Point) -> Piece:
        """Find the rate of loosening, and how far it holds."""

        def farther() -> Iterator[Point]:
            for distance in self._nearby(self.loosest):
                yield self.value(distance)
            yield self.value(self.loosest)

        noise = self.study.live.noise
        return first_piece(self.value, start, farther(), self.size, noise)

    def _nearby(self, most: float) -> list[float]:
        """Distances that are tried before the end of what a limit may be.

        They are solved at once from where the limit is, while the way to the end and
        back may be long.
        """
        least = 0.0 if math.isinf(most) else TOO_NEAR * most
        distances = [part * self.size for part in NEARBY]
        return [distance for distance in distances if least < distance < most]

    def tightening(self, start: Point, spare: float = 0.0) -> Piece:
        """Find the rate of tightening, and how far it holds.

        Parameters
        ----------
        start : Point
            The objective with the limit as it is, with the slope of a tangent.
        spare : float
            Before this is gone nothing happens.
        """
        if self.tightest == 0.0:
            return Piece(math.inf, 0.0)
        ends: dict[float, float] = {}

        def tightened(at: float) -> Point:
            return self._tightened(-at, self.outcome(-at))

        def farther() -> Iterator[Point]:
            for distance in self._nearby(-self.tightest - spare):
                outcome = self._moved(-(spare + distance))
                if outcome is None:
                    break
                yield self._tightened(-(spare + distance), outcome)
            end = -self.limit()
            if end - spare > EDGE * self.size:
                edge = self._edge(spare + FAR * self.size if math.isinf(end) else end)
                ends[edge.at] = end
                yield edge

        first = Point(spare, start.value, 0.0 if spare else -start.slope)
        noise = self.study.live.noise
        piece = first_piece(tightened, first, farther(), self.size, noise)
        piece = Piece(piece.slope, ends.get(piece.to, piece.to))
        if not spare:
            return piece
        return Piece(0.0, spare if piece.slope > 0 else piece.to)

    def _edge(self, end: float) -> Point:
        """Give the objective as tight as can be.

        At the very edge the solver may find no plan, by rounding.
        """
        for step in (0.0, EDGE, 1e-7, 1e-6):
            at = step * self.size - end
            outcome = self._moved(at)
            if outcome is not None:
                return self._tightened(at, outcome)
        text = word("a limit could not be tightened: the solver finds no plan")
        raise NotMoved(text)
