r"""Placing demand: shares and megawatts of every admissible pair.

Pinned: :math:`x_{wht} = D_{wt} s_{wh}`, :math:`\sum_h s_{wh} + u'_w = 1`.

Movable: :math:`\sum_h x_{wht} + u_{wt} = D_{wt}`, :math:`r_{wh} \ge x_{wht}`.

Deferrable with burst :math:`\beta > 1`: :math:`\sum_h s_{wh} + u'_w = 1`,
:math:`\sum_{t \in W} \tau_t x_{wht} = s_{wh} m_w \sum_{t \in W} \tau_t`,
:math:`x_{wht} \le r_{wh} \le \beta m_w s_{wh}`; without a price or limit on what is
reserved, :math:`x_{wht} \le \beta m_w s_{wh}`.
"""

from dataclasses import dataclass

import numpy as np

from siting.lookup import repeated
from siting.model.arrays import Block, Builder
from siting.model.instance import BURST, FLAT, MOVABLE, Instance


@dataclass(frozen=True, eq=False)
class Draws:
    """The columns that draw IT power.

    A flat column is the share of a pair; it draws ``it_mw * factor[t]`` in period t.
    A timed column is the MW of a pair in one period.

    Attributes
    ----------
    flat_pair, timed_pair : ndarray of int
        Pair of each column.
    timed_period : ndarray of int
        Period of each timed column.
    share : Block or None
        Share columns of flat pairs (first) and of bursting pairs.
    flat, timed : ndarray of int
        Column positions.
    reserve_column, reserve_mw
        Column whose value times ``reserve_mw`` is the reserved MW of each pair; -1
        where the pair reserves nothing.
    """

    instance: Instance
    flat_pair: np.ndarray
    flat: np.ndarray
    timed_pair: np.ndarray
    timed_period: np.ndarray
    timed: np.ndarray
    reserve_column: np.ndarray
    reserve_mw: np.ndarray
    unserved_share: Block | None
    unserved_mw: Block | None

    def yearly(
        self,
        per_mw: np.ndarray,
        columns: int,
        pair_factor: np.ndarray | float = 1.0,
    ) -> np.ndarray:
        """Sum a weight over the year for every column.

        Parameters
        ----------
        per_mw : ndarray of shape (hubs, periods)
            Weight of one MW drawn at a hub in a period.
        columns : int
            Columns of the program.
        pair_factor : ndarray of shape (pairs,) or float

        Returns
        -------
        ndarray of shape (columns,)
        """
        instance = self.instance
        factor = np.broadcast_to(pair_factor, instance.pair_workload.shape)
        result = np.zeros(columns)
        by_profile = instance.factor @ per_mw.T
        workload = instance.pair_workload[self.flat_pair]
        hub = instance.pair_hub[self.flat_pair]
        result[self.flat] = (
            instance.it_mw[workload]
            * by_profile[instance.profile[workload], hub]
            * factor[self.flat_pair]
        )
        timed_hub = instance.pair_hub[self.timed_pair]
        result[self.timed] = (
            per_mw[timed_hub, self.timed_period] * factor[self.timed_pair]
        )
        return result

    def means(self, columns: int, pair_factor: np.ndarray | float = 1.0) -> np.ndarray:
        """Mean MW of every column, times a factor of its pair.

        Parameters
        ----------
        columns : int
            Columns of the program.
        pair_factor : ndarray of shape (pairs,) or float
        """
        hours, hubs = self.instance.hours, len(self.instance.scenario.hubs)
        part = np.broadcast_to(hours / self.instance.year_hours, (hubs, len(hours)))
        return self.yearly(part, columns, pair_factor)

    def entries(
        self, periods: np.ndarray, pair_factor: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Draw of every column in some periods, times a factor of its pair.

        Returns
        -------
        position, pair, column, value : ndarray
            ``position`` counts within ``periods``; zeros are left out.
        """
        instance = self.instance
        pick = np.flatnonzero(pair_factor[self.flat_pair] != 0)
        pair = self.flat_pair[pick]
        workload = instance.pair_workload[pair]
        factor = instance.factor[:, periods]
        profile, position = np.nonzero(factor)
        count = np.bincount(profile, minlength=len(factor))
        begin, each = np.cumsum(count) - count, count[instance.profile[workload]]
        row, entry = repeated(each)
        entry += begin[instance.profile[workload]][row]
        position, profile = position[entry], profile[entry]
        draw = (instance.it_mw[workload] * pair_factor[pair])[row]
        draw *= factor[profile, position]
        place = np.full(len(instance.hours), -1)
        place[periods] = np.arange(len(periods))
        timed_at = place[self.timed_period]
        wanted = (timed_at >= 0) & (pair_factor[self.timed_pair] != 0)
        return (
            np.concatenate([position, timed_at[wanted]]),
            np.concatenate([pair[row], self.timed_pair[wanted]]),
            np.concatenate([self.flat[pick][row], self.timed[wanted]]),
            np.concatenate([draw, pair_factor[self.timed_pair[wanted]]]),
        )

    def columns_of_workloads(self) -> list[np.ndarray]:
        """Columns that draw for each workload."""
        column = np.concatenate([self.flat, self.timed])
        pair = np.concatenate([self.flat_pair, self.timed_pair])
        workload = self.instance.pair_workload[pair]
        order = np.argsort(workload, kind="stable")
        ends = np.searchsorted(
            workload[order], np.arange(len(self.instance.it_mw)), side="right"
        )
        return np.split(column[order], ends[:-1])

    @property
    def has_timed(self) -> bool:
        """Whether any draw may differ from its profile."""
        return len(self.timed) > 0

    @property
    def periods(self) -> np.ndarray:
        """Periods in which a sum of draws can be largest."""
        if self.has_timed:
            return np.arange(len(self.instance.hours))
        return self.instance.peak_periods


def add_placement(
    builder: Builder, instance: Instance, *, unserved: bool, reserve: bool
) -> Draws:
    """Add shares, draws, reserved MW and the demand rows.

    Parameters
    ----------
    builder : Builder
    instance : Instance
    unserved : bool
        Whether demand may go unserved.
    reserve : bool
        Whether timed pairs need a reserved MW of their own.
    """
    workloads = instance.scenario.workloads.index
    hubs = instance.scenario.hubs.index
    periods = instance.scenario.periods.index
    manner = instance.manner[instance.pair_workload]
    flat_pair = np.flatnonzero(manner == FLAT)
    burst_pair = np.flatnonzero(manner == BURST)
    timed_pairs = np.flatnonzero(manner != FLAT)
    count_t = len(instance.hours)

    def pair_name(pair: int) -> str:
        workload, hub = instance.pair_workload[pair], instance.pair_hub[pair]
        return f"{workloads[workload]}|{hubs[hub]}"

    share_pair = np.concatenate([flat_pair, burst_pair])
    share = builder.add_columns(
        "share", len(share_pair), lambda i: pair_name(share_pair[i]), pair=share_pair
    )
    timed_pair = np.repeat(timed_pairs, count_t)
    timed_period = np.tile(np.arange(count_t), len(timed_pairs))
    draw = builder.add_columns(
        "draw",
        len(timed_pair),
        lambda i: f"{pair_name(timed_pair[i])}|{periods[timed_period[i]]}",
        pair=timed_pair,
        period=timed_period,
    )
    reserve_column = np.full(len(manner), -1)
    reserve_mw = np.ones(len(manner))
    reserve_column[flat_pair] = share.positions[: len(flat_pair)]
    reserve_mw[flat_pair] = instance.peak_mw[instance.pair_workload[flat_pair]]
    if reserve:
        block = builder.add_columns(
            "reserved",
            len(timed_pairs),
            lambda i: pair_name(timed_pairs[i]),
            pair=timed_pairs,
        )
        reserve_column[timed_pairs] = block.positions
        rows = builder.add_rows(
            "reserve",
            len(timed_pair),
            lambda i: f"{pair_name(timed_pair[i])}|{periods[timed_period[i]]}",
            lower=0.0,
            pair=timed_pair,
            period=timed_period,
        )
        builder.add_entries(rows.positions, np.repeat(block.positions, count_t), 1.0)
        builder.add_entries(rows.positions, draw.positions, -1.0)
    unserved_share, unserved_mw = _demand(builder, instance, share, draw, unserved)
    if len(burst_pair):
        owned = share.positions[len(flat_pair) :]
        drawn = draw.positions.reshape(-1, count_t)[manner[timed_pairs] == BURST]
        _windows(builder, instance, burst_pair, owned, drawn)
        limited = reserve_column[burst_pair][:, None] if reserve else drawn
        _bursts(builder, instance, burst_pair, owned, limited)
    return Draws(
        instance=instance,
        flat_pair=flat_pair,
        flat=share.positions[: len(flat_pair)],
        timed_pair=timed_pair,
        timed_period=timed_period,
        timed=draw.positions,
        reserve_column=reserve_column,
        reserve_mw=reserve_mw,
        unserved_share=unserved_share,
        unserved_mw=unserved_mw,
    )


def _demand(
    builder: Builder, instance: Instance, share: Block, draw: Block, unserved: bool
) -> tuple[Block | None, Block | None]:
    workloads = instance.scenario.workloads.index
    periods = instance.scenario.periods.index
    count_t = len(instance.hours)
    whole = np.flatnonzero(instance.manner != MOVABLE)
    timed = np.flatnonzero(instance.manner == MOVABLE)
    number = np.full(len(instance.manner), -1)
    number[whole] = np.arange(len(whole))
    number[timed] = np.arange(len(timed))
    rows = builder.add_rows(
        "demand",
        len(whole),
        lambda i: str(workloads[whole[i]]),
        lower=1.0,
        upper=1.0,
        workload=whole,
    )
    workload = instance.pair_workload[share.keys["pair"]]
    builder.add_entries(rows.start + number[workload], share.positions, 1.0)
    demand = (instance.it_mw[timed, None] * instance.factor[instance.profile[timed]])[
        :, :
    ].ravel()
    each = np.repeat(timed, count_t)
    when = np.tile(np.arange(count_t), len(timed))
    by_period = builder.add_rows(
        "demand-period",
        len(each),
        lambda i: f"{workloads[each[i]]}|{periods[when[i]]}",
        lower=demand,
        upper=demand,
        workload=each,
        period=when,
    )
    drawn = instance.pair_workload[draw.keys["pair"]]
    movable = instance.manner[drawn] == MOVABLE
    row = by_period.start + number[drawn] * count_t + draw.keys["period"]
    builder.add_entries(row[movable], draw.positions[movable], 1.0)
    if not unserved:
        return None, None
    missing = builder.add_columns(
        "unserved",
        len(whole),
        lambda i: str(workloads[whole[i]]),
        workload=whole,
    )
    builder.add_entries(rows.positions, missing.positions, 1.0)
    by_hour = builder.add_columns(
        "unserved-period",
        len(each),
        lambda i: f"{workloads[each[i]]}|{periods[when[i]]}",
        workload=each,
        period=when,
    )
    builder.add_entries(by_period.positions, by_hour.positions, 1.0)
    return missing, by_hour


def _windows(
    builder: Builder,
    instance: Instance,
    burst_pair: np.ndarray,
    owned: np.ndarray,
    drawn: np.ndarray,
) -> None:
    """Add the energy of each window; ``owned``: shares, ``drawn``: MW by period."""
    workload = instance.pair_workload[burst_pair]
    window = instance.windows_of_all(workload)
    counts = window.max(axis=1) + 1
    base = np.concatenate([[0], np.cumsum(counts)])
    pair_of_row = np.repeat(burst_pair, counts)
    rows = builder.add_rows(
        "window",
        int(base[-1]),
        lambda i: f"{pair_of_row[i]}|{i}",
        lower=0.0,
        upper=0.0,
        pair=pair_of_row,
    )
    row = rows.start + base[:-1, None] + window
    hours = np.broadcast_to(instance.hours, drawn.shape)
    builder.add_entries(row, drawn, hours)
    size = instance.it_mw[workload][:, None]
    builder.add_entries(row, owned[:, None], -size * hours)


def _bursts(
    builder: Builder,
    instance: Instance,
    burst_pair: np.ndarray,
    owned: np.ndarray,
    limited: np.ndarray,
) -> None:
    """Limit columns, one a bursting pair or one a period, to its largest power."""
    scenario, count = instance.scenario, limited.shape[1]
    pair = np.repeat(burst_pair, count)
    workload = instance.pair_workload[pair]

    def name(row: int) -> str:
        owner = scenario.workloads.index[workload[row]]
        hub = scenario.hubs.index[instance.pair_hub[pair[row]]]
        period = f"|{scenario.periods.index[row % count]}" if count > 1 else ""
        return f"{owner}|{hub}{period}"

    # A basis is handed on row by row, by these keys.
    keys = {"pair": pair}
    if count > 1:
        keys["period"] = np.tile(np.arange(count), len(burst_pair))
    most = builder.add_rows("burst", limited.size, name, upper=0.0, **keys)
    builder.add_entries(most.positions, limited.ravel(), 1.0)
    limit = instance.burst[workload] * instance.it_mw[workload]
    builder.add_entries(most.positions, np.repeat(owned, count), -limit)
