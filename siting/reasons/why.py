"""Why a workload runs where it runs, and why not at the other hubs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem, suggestion
from siting.lookup import position
from siting.reasons.barred import barred
from siting.reasons.parts import NUMBER, PARTS, PLAIN, SCARCE
from siting.reasons.prices import PairPrices
from siting.reasons.rebuild import Study, study
from siting.reasons.ties import Ties, no_dearer, settle
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

CHOSEN, TIE, PRICE, ROOM = "chosen", "tie", "price", "room"
UNFIT, UNDECIDED = "nothing fits", "undecided"
REASON_OF_PART = {
    "room": ROOM,
    "bandwidth": "bandwidth",
    "links": "bandwidth",
    "green": "green",
    "cap": "carbon",
    "policy": "policy",
}
COLUMNS = ["workload", "class", "hub", "reason", "share", "rtt_ms", "rtt_limit_ms"]


@dataclass(frozen=True, eq=False)
class Reasons:
    """All pairs of a crowd of workloads and a hub.

    Attributes
    ----------
    reason : ndarray of object, of shape (crowds, hubs)
    pair : ndarray of int, of shape (crowds, hubs)
        Number of the admissible pair; -1: barred.
    """

    study: Study
    prices: PairPrices
    reason: np.ndarray
    pair: np.ndarray

    @property
    def kwh(self) -> float:
        """IT energy of one mean MW over the year, kWh."""
        return self.study.instance.year_hours * 1000.0

    @property
    def unit(self) -> str:
        """Unit of a price per kWh."""
        return price_unit(self.study)


def price_unit(held: Study) -> str:
    """Name the unit of a price per kWh of IT energy."""
    return "CNY/kWh" if held.weights == {"cost": 1.0} else "objective units/kWh"


def reasons_of(plan: "Plan", apart: int | None = None) -> Reasons:
    """Find the reason of every pair.

    Parameters
    ----------
    plan : Plan
    apart : int, optional
        A workload that is gathered with no other.
    """
    held = study(plan, apart)
    instance, placed = held.instance, held.placed
    # Of crowds there are many more ties than one workload has.
    one = apart is not None and placed.gathers
    ties = settle(held, int(placed.crowd[apart]) if one else None)
    prices = ties.prices
    reason = barred(instance)
    pair = np.full(reason.shape, -1)
    at = (instance.pair_workload, instance.pair_hub)
    pair[at] = np.arange(len(prices.share))
    reason[at] = _reasons(ties)
    return Reasons(held, prices, reason, pair)


def _reasons(ties: Ties) -> np.ndarray:
    """Reason of every admissible pair.

    A pair that would be dearer even if every scarce limit cost nothing is too dear. Any
    other is kept out by the limit whose worth speaks most against it.
    """
    prices = ties.prices
    more = prices.here - prices.now
    plain = more[: len(PLAIN)].sum(axis=0)
    scarce = more[len(PLAIN) :]
    names = np.array([REASON_OF_PART[part] for part in SCARCE], dtype=object)
    by_limit = names[np.argmax(np.nan_to_num(scarce, nan=-np.inf), axis=0)]
    return np.asarray(
        np.select(
            [
                prices.share > 0,
                ties.unfit,
                prices.full,
                np.isnan(prices.excess),
                ties.tied,
                no_dearer(prices),
                plain > 0,
            ],
            [CHOSEN, UNFIT, ROOM, "no demand", TIE, UNDECIDED, PRICE],
            by_limit,
        ),
        dtype=object,
    )


def reason_table(
    reasons: Reasons, names: "pd.Index[str]", crowds: np.ndarray, hubs: np.ndarray
) -> pd.DataFrame:
    """Give one row for every workload and hub, with prices in CNY/kWh of IT energy.

    Parameters
    ----------
    reasons : Reasons
    names : Index
        Of the workloads.
    crowds : ndarray of int of shape (workloads,)
        Whose figures are those of each workload.
    hubs : ndarray of int
    """
    instance, prices = reasons.study.instance, reasons.prices
    scenario = instance.scenario
    crowd, hub = np.repeat(crowds, len(hubs)), np.tile(hubs, len(crowds))
    pair = reasons.pair[crowd, hub]
    there = pair >= 0
    classes = scenario.workloads["class"].to_numpy(object)
    table = pd.DataFrame(
        {
            "workload": np.repeat(names.to_numpy(object), len(hubs)),
            "class": classes[crowd],
            "hub": scenario.hubs.index.to_numpy(object)[hub],
            "reason": reasons.reason[crowd, hub],
            "share": np.where(there, prices.share[pair] if len(prices.share) else 0, 0),
            "rtt_ms": instance.reach.rtt_ms[instance.origin[crowd], hub],
            "rtt_limit_ms": instance.rtt_limit_ms[crowd],
        }
    )
    table["too_dear"] = _spread(prices.excess / reasons.kwh, pair)
    table["price"] = _spread(prices.here.sum(axis=0) / reasons.kwh, pair)
    for part in PARTS:
        more = (prices.here - prices.now)[NUMBER[part]] / reasons.kwh
        table[part] = _spread(more, pair)
    table.loc[table["reason"].isin([CHOSEN, TIE]), "too_dear"] = 0.0
    return table


def _spread(values: np.ndarray, pair: np.ndarray) -> np.ndarray:
    return np.asarray(np.append(values, np.nan)[pair])


def class_table(reasons: Reasons) -> pd.DataFrame:
    """Give the dominant reason of every hub and class, by the MW demanded.

    Columns ``hub, class, reason, part`` (of the MW whose origins the hub serves) and
    ``too_dear`` (least of the class).
    """
    instance = reasons.study.instance
    scenario = instance.scenario
    crowds, hubs = np.arange(len(instance.mean_mw)), np.arange(len(scenario.hubs))
    table = reason_table(reasons, scenario.workloads.index, crowds, hubs)
    table = table[["class", "hub", "reason", "too_dear"]]
    table["mw"] = np.repeat(instance.mean_mw, len(hubs))
    keys = ["hub", "class"]
    # That a hub serves others only counts where it serves nobody of the class.
    served = table["reason"] != "serves"
    some = served.groupby([table[key] for key in keys]).transform("any")
    table = table[served | ~some]
    # Where any of a class runs, that is what there is to say.
    by_reason = table.groupby([*keys, "reason"], sort=False)["mw"].sum().reset_index()
    by_reason["first"] = by_reason["reason"] == CHOSEN
    by_reason = by_reason.sort_values(["first", "mw"], ascending=False, kind="stable")
    best = by_reason.drop_duplicates(keys).set_index(keys)
    total = table.groupby(keys, sort=False)["mw"].sum()
    least = table[table["too_dear"].notna()].groupby(keys)["too_dear"].min()
    result = best.reindex(total.index)[["reason"]]
    result["part"] = (best["mw"].reindex(total.index) / total).fillna(0.0)
    result["too_dear"] = least.reindex(total.index)
    return result.reset_index()


@dataclass(frozen=True)
class WhyNot:
    """Why a workload does not run at a hub.

    Attributes
    ----------
    workload, hub : str
    reason : str
        ``chosen``, ``tie``, ``closed``, ``serves``, ``region``, ``latency``, ``room``,
        ``bandwidth``, ``green``, ``carbon``, ``policy``, ``price``, ``nothing fits``,
        ``undecided`` or ``no demand``.
    too_dear : float
        What a kWh of IT energy would cost more than where it runs now; nan where the
        hub is out of the question, inf where nothing fits.
    per_mw : float
        The same for a mean MW over the year: how fast the objective rises when some is
        forced there.
    split : dict of str to float
        Of ``too_dear``: more by each part.
    exact : bool
        Whether ``per_mw`` was found by solving again rather than from the prices alone.
    holds_to_mw : float
        Up to how many MW that rate holds; nan if not asked for.
    rtt_ms, rtt_limit_ms : float
    """

    workload: str
    hub: str
    reason: str
    too_dear: float
    per_mw: float
    split: dict[str, float]
    exact: bool
    holds_to_mw: float
    rtt_ms: float
    rtt_limit_ms: float
    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False)
class Why:
    """Where a workload runs, and why there.

    Attributes
    ----------
    workload : str
    text : str
    table : DataFrame
        Admissible hubs, cheapest first: share, RTT, price of a kWh and its parts.
    """

    workload: str
    text: str = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        return self.text


def find_workload(plan: "Plan", name: str) -> int:
    """Find a workload's position.

    Raises
    ------
    InputError
        With the nearest name.
    """
    return _find(plan.scenario.workloads.index, name, "workloads")


def find_hub(plan: "Plan", name: str) -> int:
    """Find a hub's position.

    Raises
    ------
    InputError
        With the nearest name.
    """
    return _find(plan.scenario.hubs.index, name, "hubs")


def _find(index: "pd.Index[str]", name: str, what: str) -> int:
    at = position(index, name)
    if at < 0:
        message = word(
            "there is no '{name}' among the {what}", name=name, what=word(what)
        )
        remedy = suggestion(name, index, what)
        raise InputError([Problem(what, None, None, message, remedy)])
    return at
