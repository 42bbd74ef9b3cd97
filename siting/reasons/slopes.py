r"""How fast the objective moves with an input value.

At an optimum :math:`(x, y)` the objective moves with a value :math:`p` as the
Lagrangian does,

.. math:: \frac{dv}{dp} = \frac{\partial c}{\partial p} x
          - y \frac{\partial A}{\partial p} x + y \frac{\partial b}{\partial p}

so that the program is built anew, a little above and below, and not solved. Each column
and row belongs to a hub, workload, ..., which tells the values of a table apart. Where
neither :math:`x` nor :math:`y` is unique and :math:`A` moves, it may lie outside the
rates of either side. What earlier stages leave to later ones moves with their own best
values.
"""

from collections.abc import Callable

import numpy as np

from siting.model.build import Model, build, weigh
from siting.model.green import scope
from siting.model.outcome import Outcome
from siting.model.pricing import add_paths
from siting.model.tolls import Tolls, cny_weight
from siting.reasons.keys import WORKLOAD, column_keys, row_keys
from siting.reasons.live import LiveProgram
from siting.reasons.rebuild import Study, with_bound_rows
from siting.scenario import Scenario

STEP = 1e-4
Change = Callable[[Scenario, float], Scenario]


class Slopes:
    """Derivatives of the objective of a study's plan.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.stages = _all_stages(study)
        self.points = [self._placed(*stage) for stage in self.stages]
        self._keys: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def _placed(self, model: Model, outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """Values, and duals at the rows of the last stage's program."""
        full = self.study.model.program
        duals = np.zeros(len(full.row_lower))
        for kind, block in model.program.rows.items():
            start = full.rows[kind].start
            duals[start : start + len(block)] = outcome.row_duals[block.slice]
        return outcome.values, duals

    def along(self, change: Change, about: str, count: int) -> np.ndarray:
        """Change of the objective, for values that grow by their own size.

        Parameters
        ----------
        change : callable
            Gives the scenario with all values of a kind multiplied by a factor.
        about : str
            What tells the values apart: a word of :mod:`siting.reasons.keys`.
        count : int
            How many there are of it.

        Returns
        -------
        ndarray of shape (count,)
        """
        high = self._built(change, 1.0 + STEP)
        low = self._built(change, 1.0 - STEP)
        moves: list[np.ndarray] = []
        kept = self.study.kept
        for number, (values, duals) in enumerate(self.points):
            weights = kept[number].weights if number < len(kept) else self.study.weights
            move = (
                self._lagrangian(high, weights, values, duals, about, count)
                - self._lagrangian(low, weights, values, duals, about, count)
            ) / (2.0 * STEP)
            first = self.study.model.program.rows["stage"].start
            for earlier in range(number):
                slack = self.study.slack(earlier)
                # A row of a stage has a dual of at most 0.
                move = move + duals[first + earlier] * slack * moves[earlier]
            moves.append(move)
        return moves[-1]

    def _built(self, change: Change, factor: float) -> Model:
        study = self.study
        scenario = change(study.instance.scenario, factor)
        instance = study.instance.revalued(scenario)
        traffic = study.traffic if study.matters else None
        return with_bound_rows(build(instance, traffic, study.weights, study.kept))

    def _lagrangian(
        self,
        model: Model,
        weights: dict[str, float],
        values: np.ndarray,
        duals: np.ndarray,
        about: str,
        count: int,
    ) -> np.ndarray:
        program = model.program
        used = program.paid(duals)
        by_column = (weigh(model.metrics, weights) - used) * values
        side = np.where(duals > 0, program.row_lower, program.row_upper)
        by_row = np.where(np.isfinite(side), side, 0.0) * duals
        if about not in self._keys:
            base = self.study.model
            self._keys[about] = column_keys(base, about), row_keys(base, about)
        columns, rows = self._keys[about]
        total = np.bincount(
            columns[columns >= 0], by_column[columns >= 0], minlength=count
        )
        total = total + np.bincount(rows[rows >= 0], by_row[rows >= 0], minlength=count)
        return total + _of_scopes(model, by_row) if about == WORKLOAD else total


def _of_scopes(model: Model, by_row: np.ndarray) -> np.ndarray:
    """Parts of the workloads in limits that are shares of their demand."""
    instance, rows = model.instance, model.program.rows
    mean = instance.mean_mw
    total = np.zeros(len(mean))
    policy = instance.scenario.policy
    listed = (
        ("placement-min", policy.placement_min),
        ("placement-max", policy.placement_max),
    )
    for kind, limits in listed:
        for row, limit in zip(by_row[rows[kind].slice], limits, strict=True):
            names = limit.workload_class, limit.origin, limit.workload
            inside = np.where(scope(instance.scenario, *names), mean, 0.0)
            if inside.sum() > 0:
                total += row * inside / inside.sum()
    if "churn" in rows and mean.sum() > 0:
        total += by_row[rows["churn"].slice].sum() * mean / mean.sum()
    return total


def _all_stages(study: Study) -> list[tuple[Model, Outcome]]:
    """Solve every stage over the same paths, until none is missing in any."""
    while True:
        version = study.version
        found = []
        for number, kept in enumerate(study.kept):
            model = study.stage(number)
            outcome = LiveProgram(model.program).outcome
            money = cny_weight(model, outcome, kept.weights, study.kept[:number])
            if add_paths(Tolls(model, outcome, money)):
                study.renew()
                break
            found.append((model, outcome))
        if study.version == version:
            return [*found, (study.model, study.outcome)]
