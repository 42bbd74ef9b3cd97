"""From buckets back to workloads: every member does its part of what its bucket does.

All that is summed over workloads (room, traffic, energy, money) is linear in their
parts, so it is the same for the buckets and is taken from them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.aggregate.blend import RESERVE, Blends
from siting.aggregate.pieces import Pieces
from siting.lookup import repeated
from siting.model.extract import Placed
from siting.model.instance import Instance
from siting.scopes import ONE_WORKLOAD

# Tables of a plan that have rows of single workloads: what names the workload, and
# what each member of a bucket has its part of.
OF_WORKLOADS: dict[str, tuple[str, tuple[str, ...]]] = {
    "duals": ("subject", ()),
    "limits": ("subject", ("limit", "used", "slack")),
    "certificates": ("owner", ("mwh",)),
}


@dataclass(frozen=True, eq=False)
class Expansion:
    """How the workloads of an instance hang on the buckets.

    Attributes
    ----------
    instance, small : Instance
        Of the workloads, and of the buckets.
    bucket : ndarray of int of shape (workloads,)
    part : ndarray of shape (workloads,)
        Part of the bucket's demand.
    cut : Pieces or None
        Where the workloads are pieces of others.
    blends : Blends or None
        Multipliers of what movable workloads reserve.
    """

    instance: Instance
    small: Instance
    bucket: np.ndarray
    part: np.ndarray
    cut: Pieces | None = None
    blends: Blends | None = None

    @classmethod
    def of(
        cls,
        instance: Instance,
        small: Instance,
        bucket: np.ndarray,
        cut: Pieces | None = None,
        blends: Blends | None = None,
    ) -> "Expansion":
        """Share every bucket among its members by demand."""
        total = np.bincount(bucket, instance.it_mw)[bucket]
        size = np.bincount(bucket)[bucket]
        part = np.divide(instance.it_mw, total, out=1.0 / size, where=total > 0)
        return cls(instance, small, bucket, part, cut, blends)

    def placed(self, buckets: Placed) -> Placed:
        """Place every workload as its bucket is placed.

        Parameters
        ----------
        buckets : Placed
            Of the program over buckets.
        """
        used = np.flatnonzero((buckets.share > 0) | (buckets.reserved_mw > 0))
        workload, place = self._rows(buckets.workload[used])
        source = used[place]
        part = self.part[workload]
        timed = np.full(len(buckets.share), -1)
        timed[buckets.timed] = np.arange(len(buckets.timed))
        own = np.flatnonzero(timed[source] >= 0)
        order = np.argsort(buckets.unserved_workload, kind="stable")
        lost, at = self._rows(buckets.unserved_workload[order])
        placed = Placed(
            instance=self.instance,
            workload=workload,
            hub=buckets.hub[source],
            share=buckets.share[source],
            mean_mw=buckets.mean_mw[source] * part,
            reserved_mw=buckets.reserved_mw[source] * part,
            energy_mwh=buckets.energy_mwh[source] * part,
            timed=own,
            schedule_mw=buckets.schedule_mw[timed[source[own]]] * part[own, None],
            unserved_workload=lost,
            unserved_mw=buckets.unserved_mw[order[at]] * self.part[lost, None],
        )
        return self.cut.joined(placed) if self.cut is not None else placed

    def _rows(self, bucket: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Repeat rows of buckets, in ascending order, for all members.

        Returns
        -------
        workload, row : ndarray of int
            Sorted by workload.
        """
        count = np.bincount(bucket, minlength=len(self.small.it_mw))
        begin = np.cumsum(count) - count
        workload, within = repeated(count[self.bucket])
        return workload, begin[self.bucket[workload]] + within

    def members(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Give every workload the rows that a table has of its bucket.

        Parameters
        ----------
        name : str
            One of :data:`OF_WORKLOADS`.
        table : DataFrame
            Names buckets by their first members, as ``workload:ID``. Multipliers of
            reserved MW are not taken from it.
        """
        if "kind" in table:
            table = table[table["kind"] != RESERVE]
        parts = [table[~of_workloads(name, table)], self._spread(name, table)]
        if name == "duals" and self.blends is not None:
            parts.append(self.blends.rows(self.instance))
        filled = [part for part in parts if len(part)]
        joined: pd.DataFrame = pd.concat(filled or parts[:1], ignore_index=True)
        return joined

    def _spread(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of the members of buckets."""
        column, amounts = OF_WORKLOADS[name]
        rows = table[of_workloads(name, table)]
        if rows.empty:
            return rows
        ids = rows[column].str.removeprefix(ONE_WORKLOAD)
        # Rows name no pieces, which share the id of what they were cut from.
        entire = np.flatnonzero(self.small.profile_period[self.small.profile] < 0)
        known = self.small.scenario.workloads["id"].to_numpy(object)[entire]
        place = pd.Index(known).get_indexer(pd.Index(ids.to_numpy(object)))
        bucket = entire[place]
        order = np.argsort(bucket, kind="stable")
        member, at = self._rows(bucket[order])
        expanded: pd.DataFrame = rows.iloc[order[at]].reset_index(drop=True)
        names = self.instance.scenario.workloads["id"].to_numpy(object)[member]
        expanded[column] = ONE_WORKLOAD + names
        for amount in amounts:
            expanded[amount] *= self.part[member]
        return expanded


def of_workloads(name: str, table: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row of a table is one of a workload rather than of them all."""
    named = table[OF_WORKLOADS[name][0]].str.startswith(ONE_WORKLOAD)
    if "kind" in table:
        named &= table["kind"].isin(["green", "certificate-use"])
        named |= table["kind"] == RESERVE
    return named
