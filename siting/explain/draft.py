"""Changes to a scenario, collected and then made at once."""

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd

from siting.model.green import scope
from siting.scenario import Scenario
from siting.scopes import ONE_WORKLOAD
from siting.settings import GreenLimit, PlacementLimit, Policy, unchecked

_REGIONS = ("allowed_sides", "allowed_provinces", "excluded_hubs")
_DEMAND_FORMS = (
    "it_mw",
    "accelerators",
    "pf_days_per_year",
    "flops_per_year",
    "requests_per_day",
)


class Draft:
    """A scenario with changes that are not made yet.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._frames: dict[str, pd.DataFrame] = {}
        self._policy: Policy = scenario.policy

    def made(self) -> Scenario:
        """Make the changes and check the scenario anew."""
        return self._scenario.replace(policy=self._policy, **self._frames)

    def unchecked(self) -> Scenario:
        """Make the changes without a check, for calculations only."""
        changed: dict[str, Any] = {**self._frames, "policy": self._policy}
        return dataclasses.replace(self._scenario, **changed)

    def change(
        self,
        kind: str,
        subject: str,
        needed: float | str,
        members: tuple[str, ...] = (),
    ) -> None:
        """Give one limit another value.

        Parameters
        ----------
        kind, subject : str
            The limit, as in a :class:`~siting.explain.change.Change`.
        needed : float or str
            Its new value; ids are joined by ``;``.
        members : tuple of str
            All workloads that the limit is of, where not the subject alone.
        """
        workloads = list(members) or [subject.removeprefix(ONE_WORKLOAD)]
        if isinstance(needed, str):
            found = tuple(needed.split(";")) if needed else ()
            self._open(kind, subject, workloads, found)
        elif kind == "room":
            self.set("hubs", subject, "it_capacity_mw", needed)
        elif kind in ("ingress", "egress"):
            self.set("hubs", subject, f"{kind}_gbps", needed)
        elif kind == "link":
            self._link(subject, needed)
        elif kind == "certificate":
            self.set("certificates", subject, "max_mwh", needed)
        elif kind == "latency":
            self._frame("workloads").loc[workloads, "rtt_limit_ms"] = needed
        elif kind == "demand":
            self._demand(workloads, needed)
        elif kind == "green" and subject.startswith(ONE_WORKLOAD):
            self._frame("workloads").loc[workloads, "green_share_min"] = needed
        else:
            self._limit(kind, subject, needed)

    def set(self, table: str, subject: str, column: str, value: Any) -> None:
        """Write one cell."""
        frame = self._frame(table)
        frame.at[subject, column] = value

    def lift(self, kind: str, subjects: list[str]) -> None:
        """Lift the latency limits or regions of some workloads, or open hubs."""
        if kind == "closed":
            self._open_hubs(subjects)
            return
        if kind == "latency":
            self._frame("workloads").loc[subjects, "rtt_limit_ms"] = math.inf
            return
        for name in (*_REGIONS, "allowed_hubs"):
            self._lists(subjects, name, ())

    def _lists(self, workloads: list[str], name: str, found: tuple[str, ...]) -> None:
        """Write one list of names for some workloads."""
        frame = self._frame("workloads")
        cells = frame[name].tolist()
        for place in np.flatnonzero(frame.index.isin(workloads)).tolist():
            cells[place] = found
        frame[name] = pd.Series(cells, index=frame.index, dtype=object)

    def _frame(self, table: str) -> pd.DataFrame:
        if table not in self._frames:
            self._frames[table] = getattr(self._scenario, table).copy()
        return self._frames[table]

    def _open(
        self, kind: str, subject: str, workloads: list[str], names: tuple[str, ...]
    ) -> None:
        if kind == "closed":
            self._open_hubs([subject])
        elif kind == "serves":
            self.set("hubs", subject, "serves", names)
        else:
            for column in _REGIONS:
                self._lists(workloads, column, ())
            self._lists(workloads, "allowed_hubs", names)

    def _open_hubs(self, subjects: list[str]) -> None:
        hubs = self._frame("hubs")
        hubs.loc[subjects, "open"] = True
        left = tuple(h for h in self._policy.closed_hubs if h not in subjects)
        self._policy = dataclasses.replace(self._policy, closed_hubs=left)

    def _link(self, subject: str, headroom_gbps: float) -> None:
        links = self._frame("links")
        free = 1.0 - _number(links, subject, "utilisation")
        if free > 0:
            links.at[subject, "capacity_gbps"] = headroom_gbps / free
        else:
            # Nothing of its capacity is free, whatever it is: widen it instead.
            wider = _number(links, subject, "widen_max_gbps") + headroom_gbps
            links.at[subject, "widen_max_gbps"] = wider

    def _demand(self, workloads: list[str], it_mw: float) -> None:
        if it_mw <= 0:
            self._leave_out(workloads)
            return
        factor = it_mw / float(self._scenario.it_mw[workloads].sum())
        self._frame("workloads").loc[workloads, list(_DEMAND_FORMS)] *= factor

    def _leave_out(self, workloads: list[str]) -> None:
        """Take workloads away, with what is said about them alone."""
        self._frames["workloads"] = self._frame("workloads").drop(index=workloads)
        for table in ("current", "placement_costs"):
            frame = self._frame(table)
            self._frames[table] = frame[~frame["workload"].isin(workloads)]
        rest = dataclasses.replace(self._scenario, workloads=self._frame("workloads"))

        def concerns(limit: GreenLimit | PlacementLimit) -> bool:
            words = (limit.workload_class, limit.origin, limit.workload)
            return bool(scope(rest, *words).any())

        policy = self._policy
        self._policy = dataclasses.replace(
            policy,
            green_min=tuple(filter(concerns, policy.green_min)),
            placement_min=tuple(filter(concerns, policy.placement_min)),
            placement_max=tuple(filter(concerns, policy.placement_max)),
        )

    def _limit(self, kind: str, subject: str, needed: float) -> None:
        """Change a limit of the policy."""
        policy = self._policy
        if kind == "carbon-cap":
            self._policy = unchecked(policy, carbon_cap_t=needed)
        elif kind == "churn":
            self._policy = unchecked(policy, churn_max_share=needed)
        elif kind == "reserved-min":
            floors = tuple(
                unchecked(f, mw=min(f.mw, needed)) if f.hub == subject else f
                for f in policy.reserved_min
            )
            self._policy = unchecked(policy, reserved_min=floors)
        else:
            name = {"green": "green_min"}.get(kind, kind.replace("-", "_"))
            limits = list(getattr(policy, name))
            number = int(subject)
            limits[number] = unchecked(limits[number], share=needed)
            changed: dict[str, Any] = {name: tuple(limits)}
            self._policy = unchecked(policy, **changed)


def _number(frame: pd.DataFrame, subject: str, column: str) -> float:
    cell: Any = frame.at[subject, column]
    return float(cell)
