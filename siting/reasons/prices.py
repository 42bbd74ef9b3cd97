"""What each workload would cost at each hub, and what it costs where it runs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.lookup import positions
from siting.model.instance import BURST, FLAT, MOVABLE
from siting.model.outcome import Outcome
from siting.reasons.hours import Fill, fill_demand, fill_windows
from siting.reasons.parts import NUMBER, PARTS, ColumnParts, column_parts
from siting.reasons.rebuild import Study
from siting.reasons.routes import PathPrices, path_prices

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class PairPrices:
    """Prices of a mean MW of IT load over a year, in units of the objective.

    Attributes
    ----------
    share : ndarray of shape (pairs,)
        Of the workload's demand that runs there.
    here : ndarray of shape (parts, pairs)
        What one more MW would cost there.
    now : ndarray of shape (parts, pairs)
        What that MW costs where the workload runs, in the same hours.
    full : ndarray of bool
        Pairs where nothing fits.
    """

    share: Floats
    here: Floats
    now: Floats
    full: np.ndarray

    @property
    def excess(self) -> Floats:
        """How much dearer a MW would be; inf where nothing fits."""
        more = self.here.sum(axis=0) - self.now.sum(axis=0)
        return np.where(self.full, np.inf, more)


def pair_prices(study: Study, outcome: Outcome) -> PairPrices:
    """Price all admissible pairs of a plan.

    Parameters
    ----------
    study : Study
    outcome : Outcome
        Of the study's program; its multipliers are those of the limits.
    """
    return _Pricing(study, outcome).prices()


class _Pricing:
    def __init__(self, study: Study, outcome: Outcome) -> None:
        self.study, self.instance, self.outcome = study, study.instance, outcome
        self.parts: ColumnParts = column_parts(study, outcome)
        instance = self.instance
        self.paths: dict[bool, PathPrices] = {True: self._paths(to_hub_pays=True)}
        lit = (instance.tariff.link_cny_per_gbps_year > 0).any()
        self.paths[False] = self._paths(to_hub_pays=False) if lit else self.paths[True]
        self.to_hub_pays = instance.to_rate >= instance.from_rate
        self.workload, self.hub = instance.pair_workload, instance.pair_hub
        self.manner = instance.manner[self.workload]
        self.pair_count = len(self.workload)
        self.share = self._shares()
        self.lost = self._lost()

    def _paths(self, *, to_hub_pays: bool) -> PathPrices:
        money = self.parts.money
        return path_prices(self.study, self.outcome, money, to_hub_pays=to_hub_pays)

    def _code(self, table: pd.DataFrame) -> np.ndarray:
        """Pairs that rows name; the number of pairs where one is not admissible."""
        scenario, count = self.instance.scenario, len(self.instance.scenario.hubs)
        code = self.workload * count + self.hub
        wanted = positions(scenario.workloads.index, table["workload"]) * count
        wanted = wanted + positions(scenario.hubs.index, table["hub"])
        at = np.searchsorted(code, wanted)
        there = np.append(code, -1)[np.minimum(at, self.pair_count)] == wanted
        return np.where(there, at, self.pair_count)

    def _shares(self) -> Floats:
        table = self.study.placed.placement
        share = np.zeros(self.pair_count + 1)
        share[self._code(table)] = table["share"]
        return share[:-1]

    def _lost(self) -> Floats:
        """MW not served, by workload and period."""
        scenario, table = self.instance.scenario, self.study.placed.unserved
        lost = np.zeros((len(self.instance.it_mw), len(self.instance.hours)))
        row = positions(scenario.workloads.index, table["workload"])
        when = positions(scenario.periods.index, table["period"])
        lost[row, when] = table["it_mw"]
        return lost

    def prices(self) -> PairPrices:
        """Price flat pairs, then those with a schedule of their own."""
        here = np.zeros((len(PARTS), self.pair_count))
        now = np.zeros((len(PARTS), self.pair_count))
        flat = np.flatnonzero(self.manner == FLAT)
        here[:, flat] = self._flat(flat)
        timed = np.flatnonzero(self.manner != FLAT)
        if len(timed):
            self._timed(timed, here, now)
        self._reference(here, now)
        return PairPrices(
            self.share, here, now, np.isinf(self.parts.spare_room)[self.hub]
        )

    def _flat(self, pair: np.ndarray) -> Floats:
        instance = self.instance
        workload = self.workload[pair]
        share = self.study.model.program.columns["share"]
        column = np.full(self.pair_count, -1)
        column[share.keys["pair"]] = share.positions
        total = self.parts.values[:, column[pair]].copy()
        spare = np.nan_to_num(self.parts.spare_room, posinf=0.0)[self.hub[pair]]
        total += self.parts.room(self.hub[pair], spare * instance.peak_mw[workload])
        factor = instance.factor[instance.profile[workload]]
        for to_hub, rate in ((True, instance.to_rate), (False, instance.from_rate)):
            moved = rate[workload] * instance.it_mw[workload]
            owner, prices = self._route_prices(pair, to_hub)
            for name, price in prices.items():
                fixed = ~self.study.traffic.timed[owner]
                yearly = np.where(fixed, price[:, 0], (price * factor).sum(axis=1))
                total[NUMBER[name]] += np.where(owner >= 0, moved * yearly, 0.0)
        mean = instance.mean_mw[workload]
        unknown = np.full(total.shape, np.nan)
        return np.asarray(np.divide(total, mean, out=unknown, where=mean > 0))

    def _route_prices(
        self, pair: np.ndarray, to_hub: bool
    ) -> tuple[np.ndarray, dict[str, Floats]]:
        """Bundle of each pair, and the parts of its price of a Gbps by period."""
        owner = self.paths[True].owner[to_hub][pair]
        if not len(self.study.traffic):
            return owner, {}
        pays = self.to_hub_pays[self.workload[pair]][:, None]
        there, back = self.paths[True], self.paths[False]
        return owner, {
            "transfer": np.where(pays, there.transfer[owner], back.transfer[owner]),
            "links": np.where(pays, there.links[owner], back.links[owner]),
        }

    def _timed(self, pair: np.ndarray, here: Floats, now: Floats) -> None:
        """Price the cheapest hours of movable and bursting workloads."""
        instance, program = self.instance, self.study.model.program
        hours, count = instance.hours, len(instance.hours)
        workload, hub = self.workload[pair], self.hub[pair]
        shape = (len(PARTS), len(pair), count)
        draw = self.parts.values[:, program.columns["draw"].slice].reshape(shape).copy()
        for to_hub, rate in ((True, instance.to_rate), (False, instance.from_rate)):
            owner, prices = self._route_prices(pair, to_hub)
            moved = np.where(owner >= 0, rate[workload], 0.0)[:, None]
            for name, price in prices.items():
                draw[NUMBER[name]] += moved * price
        held = np.zeros((len(PARTS), len(pair)))
        if "reserved" in program.columns:
            held = self.parts.values[:, program.columns["reserved"].slice].copy()
        spare = np.nan_to_num(self.parts.spare_room, posinf=0.0)[hub]
        held += self.parts.room(hub, spare)
        movable = self.manner[pair] == MOVABLE
        if movable.any():
            self._movable(pair, movable, draw, held, here, now)
        burst = np.flatnonzero(self.manner[pair] == BURST)
        for number in burst.tolist():
            own = int(workload[number])
            fill = fill_windows(
                draw[:, number].sum(axis=0),
                float(held[:, number].sum()),
                hours,
                instance.windows_of(own),
                float(instance.burst[own]),
            )
            here[:, pair[number]] = _priced(fill, draw[:, number], held[:, number])

    def _movable(
        self,
        pair: np.ndarray,
        movable: np.ndarray,
        draw: Floats,
        held: Floats,
        here: Floats,
        now: Floats,
    ) -> None:
        instance = self.instance
        placed = self._scheduled(pair)
        program = self.study.model.program
        alloted = np.zeros(placed.shape)
        if "reserved" in program.columns:
            worth = self.outcome.multipliers(program.rows["reserve"])
            alloted = worth.reshape(placed.shape)
        total = held.sum(axis=0)
        split = np.divide(held, total, out=np.zeros(held.shape), where=total > 0)
        price = instance.scenario.settings.unserved_cny_per_mwh
        idle = np.zeros(len(PARTS))
        if price is not None:
            idle[NUMBER["unserved"]] = self.parts.money * price
            idle[NUMBER["other"]] = self._unserved_weight()
        for own in np.unique(self.workload[pair[movable]]).tolist():
            mine = np.flatnonzero(self.workload[pair] == own)
            whole = draw[:, mine] + split[:, mine, None] * alloted[mine]
            weight = placed[mine]
            served = weight.sum(axis=0) + self.lost[own]
            average = (whole * weight).sum(axis=1)
            average += idle[:, None] * self.lost[own] * instance.hours
            average = np.divide(
                average, served, out=np.zeros(average.shape), where=served > 0
            )
            wanted = served > 0
            if not wanted.any():
                here[:, pair[mine]] = np.nan
                continue
            extra = draw[:, mine].sum(axis=0) - average.sum(axis=0)
            for number, more in zip(mine.tolist(), extra, strict=True):
                fill = fill_demand(
                    np.where(wanted, more, np.inf), float(total[number]), instance.hours
                )
                here[:, pair[number]] = _priced(fill, draw[:, number], held[:, number])
                now[:, pair[number]] = average @ fill.draw

    def _scheduled(self, pair: np.ndarray) -> Floats:
        """MW of pairs by period, as the plan's schedule says."""
        table, scenario = self.study.placed.schedule, self.instance.scenario
        when = positions(scenario.periods.index, table["period"])
        place = np.full(self.pair_count + 1, len(pair))
        place[pair] = np.arange(len(pair))
        placed = np.zeros((len(pair) + 1, len(self.instance.hours)))
        row = place[self._code(table)]
        placed[row, when] = table["it_mw"]
        return placed[:-1]

    def _unserved_weight(self) -> float:
        weight = self.study.weights.get("unserved", 0.0)
        rows = self.study.model.program.rows["stage"]
        worth = self.outcome.multipliers(rows)
        for kept, value in zip(self.study.kept, worth, strict=True):
            weight += float(value) * kept.weights.get("unserved", 0.0)
        return weight

    def _reference(self, here: Floats, now: Floats) -> None:
        """Price a MW where a workload runs: mean of its hubs and what is not served."""
        instance = self.instance
        still = np.flatnonzero(self.manner != MOVABLE)
        total = np.zeros((len(PARTS), len(instance.it_mw)))
        placed = still[self.share[still] > 0]
        for part in range(len(PARTS)):
            total[part] = np.bincount(
                self.workload[placed],
                self.share[placed] * here[part, placed],
                minlength=total.shape[1],
            )
        price = instance.scenario.settings.unserved_cny_per_mwh
        if price is not None:
            mean = self.lost @ instance.hours
            gone = np.divide(
                mean, instance.mean_mw, out=np.zeros(len(mean)), where=mean > 0
            )
            total[NUMBER["unserved"]] += gone * self.parts.money * price
            total[NUMBER["other"]] += gone * self._unserved_weight()
        now[:, still] = total[:, self.workload[still]]


def _priced(fill: Fill, draw: Floats, held: Floats) -> Floats:
    return np.asarray(draw @ fill.draw + held * fill.held)
