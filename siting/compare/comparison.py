"""Two plans side by side."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.compare import difference
from siting.compare.ground import Ground, Pairs
from siting.compare.loads import Loads
from siting.compare.moves import Shifts, moves_table, shifts
from siting.compare.rows import rows_of
from siting.compare.stages import Stages, make_stages
from siting.compare.tasks import work_of
from siting.plan import Plan

if TYPE_CHECKING:
    from siting.compare.checking import MovesAudit

TABLES = (
    "inputs",
    "accounting",
    "ledger",
    "emissions",
    "limits",
    "by_place",
    "placement",
    "moves",
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """How plan ``b`` differs from plan ``a``, and how to get there.

    Every difference is b - a. Moves are priced under the scenario of ``b``; ledgers and
    emissions are each plan's own, and like for like only where their scenarios agree.
    The tables are described in ``docs/compare.md``.

    Attributes
    ----------
    a, b : Plan
        The old plan and the new one.
    """

    a: Plan
    b: Plan

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Inputs that differ."""
        return difference.inputs(self.a, self.b)

    @property
    def accounting(self) -> pd.DataFrame:
        """Inputs by which the plans' own ledgers are counted differently."""
        return difference.accounting(self.inputs)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Ledgers side by side, each counted under its own plan's scenario."""
        return difference.ledger(self.a, self.b)

    @cached_property
    def emissions(self) -> pd.DataFrame:
        """Energy and emissions side by side, each under its own plan's scenario."""
        return difference.emissions(self.a, self.b)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Limits side by side."""
        return difference.limits(self.a, self.b)

    @cached_property
    def placement(self) -> pd.DataFrame:
        """Placements side by side."""
        return difference.placement(self.a, self.b)

    @cached_property
    def by_place(self) -> pd.DataFrame:
        """Mean MW by class and side, side by side."""
        return difference.by_place(self.a, self.b)

    @property
    def transfer_basis(self) -> str:
        """Basis under which moving data is priced; "" where it is free."""
        return self.b.scenario.settings.transfer_basis

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.a, self.b)

    @cached_property
    def _pairs(self) -> tuple[Pairs, Pairs]:
        return self._ground.pairs(self.a), self._ground.pairs(self.b)

    @cached_property
    def _loads(self) -> Loads:
        return Loads(self._ground, *self._pairs)

    @cached_property
    def _shifts(self) -> Shifts:
        return shifts(self._ground, *self._pairs)

    @cached_property
    def moves(self) -> pd.DataFrame:
        """What moves from ``a`` to ``b``: where, how much, what it costs and earns."""
        return moves_table(self._ground, *self._pairs, self._loads, self._shifts)

    @property
    def moving_cny(self) -> float:
        """Cost of all moves, once."""
        return float(self.moves["cost_cny"].sum())

    def stages(
        self,
        *,
        link_share: float = 1.0,
        hours_per_week: float = 168.0,
        spare_mw: Mapping[str, float] | float = 0.0,
        spare_gbps: Mapping[str, float] | None = None,
        most_weeks: int = 520,
    ) -> Stages:
        """Put the moves into weeks in which no hub and no link is overfull.

        Parameters
        ----------
        link_share : float
            Part of the bandwidth left that moving data may take.
        hours_per_week : float
            Hours in which data may be moved.
        spare_mw : mapping of hub to MW, or MW at every hub
            Temporary room beside what stands and what the new plan builds.
        spare_gbps : mapping of link to Gbps, optional
            Temporary bandwidth.
        most_weeks : int
            Stages after which it is given up.

        Returns
        -------
        Stages
            Complete, or with what they need to be so.

        Raises
        ------
        InputError
            For unknown names, or a share that is none.
        """
        work = work_of(self._ground, self._pairs, self._loads, self._shifts, self.moves)
        return make_stages(
            self._ground,
            self._loads,
            work,
            link_share=link_share,
            hours_per_week=hours_per_week,
            spare_mw=spare_mw,
            spare_gbps=spare_gbps,
            most_weeks=most_weeks,
        )

    def audit(self, stages: Stages | None = None) -> "MovesAudit":
        """Recompute moves, their cost and the stages with code of its own.

        Parameters
        ----------
        stages : Stages, optional
            Checked too: that they replay to ``b``, and that no stage breaks a limit.
        """
        from siting.compare.checking import audit_comparison

        return audit_comparison(self, stages)

    def summary(self, stages: Stages | None = None) -> str:
        """Describe the differences in plain text.

        Parameters
        ----------
        stages : Stages, optional
            Told at the end.
        """
        from siting.compare.text import text_of

        return text_of(self, stages)

    def to_dict(self, stages: Stages | None = None) -> dict[str, Any]:
        """Give everything in lists and plain values; ``None`` for what is no number.

        Parameters
        ----------
        stages : Stages, optional
        """
        found: dict[str, Any] = {name: records(getattr(self, name)) for name in TABLES}
        found["transfer_basis"] = self.transfer_basis
        found["moving_cny"] = self.moving_cny
        if stages is not None:
            found["stages"] = {
                "complete": stages.complete,
                "count": stages.count,
                "hours_per_week": stages.hours_per_week,
                "link_share": stages.link_share,
                "steps": records(stages.table),
                "hubs": records(stages.hubs),
                "links": records(stages.links),
                "needed": records(stages.needed),
            }
        return found


def compare(a: Plan, b: Plan) -> Comparison:
    """Compare two plans of the same scenario or of different ones.

    Parameters
    ----------
    a, b : Plan
        The old plan and the new one.

    Returns
    -------
    Comparison
    """
    return Comparison(a, b)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table as dicts that JSON can hold."""
    return [
        {key: _plain(value) for key, value in row.items()} for row in rows_of(table)
    ]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
