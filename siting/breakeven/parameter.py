r"""Parameters of a break-even: what a value changes, and how plans follow it.

The *power-price gap* :math:`g` moves every western price towards the eastern mean of
its period, weighted by standing room:
:math:`p(g) = \bar p^{east} + g\,(p - \bar p^{east})`: 1 is today, and at 0 western
power costs what eastern power costs in the mean. Eastern prices stay as they are.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from siting.backbone import Backbone
from siting.energy import hub_energy
from siting.errors import InputError, Problem, nearest
from siting.latency import reach
from siting.lookup import positions
from siting.scenario import Scenario
from siting.sweep.change import quickly, wholly
from siting.sweep.inputs import TABLE, Input, find_input
from siting.sweep.names import ADD, ALIASES, SCALE, SET, Name, split
from siting.tables.dictionary import TABLES
from siting.words import word

GAP, LATENCY, RATE = "power-price-gap", "rtt-limit", "data-rate"
PLACE = "break-even"
MONEY = frozenset(
    {
        "tariffs.price_cny_per_mwh",
        "hubs.hosting_cny_per_mw_year",
        "hubs.capex_cny_per_kw",
        "transfer_prices.price_cny_per_gb",
        "transfer_prices.price_cny_per_gbps_month",
        "transfer_prices.link_cny_per_gbps_year",
        "transfer_prices.link_cny_per_gbps_km_year",
        "certificates.price_cny_per_mwh",
        "placement_costs.cny_per_mw_year",
        "workloads.accelerator_cny_per_mw_year",
        "links.widen_cny_per_gbps",
        "policy.carbon_price_cny_per_t",
        "policy.move_cny_per_mw",
    }
)
RATES = frozenset({"workloads.to_hub_gbps_per_mw", "workloads.from_hub_gbps_per_mw"})
RANGES = {
    "transfer-price": (0.0, 1000.0),
    "carbon-price": (0.0, 2000.0),
    GAP: (0.0, 2.0),
    RATE: (0.1, 10.0),
}
USUAL_FACTORS = (0.0, 10.0)
Change = Callable[[float], Scenario]


class Kind(StrEnum):
    """How the best plan follows a parameter."""

    PRICE = "price"
    RATE = "rate"
    LATENCY = "latency"


@dataclass(frozen=True, eq=False)
class Parameter:
    """One input, or several that move together.

    Attributes
    ----------
    name, unit : str
    kind : Kind
    today : float
        Its value in the scenario; NaN where there are several.
    low, high : float
        The range in question.
    quick, whole : callable
        Give the scenario at a value: with only the bounds checked, or as read anew.
    places : ndarray
        Delays at which a latency limit opens another hub, in ascending order.
    """

    name: str
    unit: str
    kind: Kind
    today: float
    low: float
    high: float
    quick: Change
    whole: Change
    places: np.ndarray


def find_parameter(
    scenario: Scenario, name: str, low: float | None, high: float | None
) -> Parameter:
    """Find what a name stands for.

    Parameters
    ----------
    scenario : Scenario
    name : str
        ``power-price-gap``, ``rtt-limit`` (in ms), or an input as a sweep names it.
    low, high : float, optional
        The range; by default the usual one of the parameter.

    Raises
    ------
    InputError
        For an unknown name, an input that is not a price, or a range that is none.
    """
    try:
        found = _named(scenario, name)
    except InputError as error:
        told = (dataclasses.replace(one, file=PLACE) for one in error.problems)
        raise InputError(told) from None
    none_usual = low is None and np.isnan(found.low)
    none_usual |= high is None and np.isnan(found.high)
    low = found.low if low is None else low
    high = found.high if high is None else high
    if none_usual:
        raise refused(name, "no range is usual for this", "Give both its ends.")
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        message = word("from {low:g} to {high:g} is not a range", low=low, high=high)
        raise refused(name, message, "Give a lowest value and a higher one.")
    if found.kind is Kind.RATE and low <= 0:
        raise refused(name, "a data rate has to stay above 0", "Start above 0.")
    for value in (low, high):
        try:
            found.quick(value)
        except InputError as error:
            reason = error.problems[0].message
            message = word(
                "the value {value:g} is not allowed ({reason})",
                value=value,
                reason=reason,
            )
            remedy = "Give another range: low and high, or --from and --to."
            raise refused(name, message, remedy) from None
    return dataclasses.replace(found, low=float(low), high=float(high))


def refused(name: str, message: str, remedy: str) -> InputError:
    """Make the error of a parameter that cannot be had."""
    return InputError([Problem(PLACE, None, name, message, remedy)])


def _named(scenario: Scenario, name: str) -> Parameter:
    """Find what a name stands for, with its usual range."""
    parts = split(name)
    base = parts.base.replace("_", "-")
    if base == GAP:
        if parts.text.replace("_", "-") != GAP:
            message = word("{name} is one number", name=GAP)
            raise refused(name, message, word("Write {base}.", base=GAP))
        return _gap(scenario)
    if base == LATENCY:
        return _latency(scenario, parts)
    return _input(scenario, _known(scenario, name))


def _input(scenario: Scenario, item: Input) -> Parameter:
    if item.touches <= MONEY:
        kind = Kind.PRICE
    elif item.touches <= RATES:
        kind = Kind.RATE
    else:
        message = "this is neither a price, nor a data rate, nor a latency limit"
        remedy = (
            "Name a price (transfer-price, carbon-price, power-price.west, ...), "
            "power-price-gap, data-rate or rtt-limit; siting sweep varies any other "
            "input."
        )
        raise refused(item.name, message, remedy)
    today = _today(scenario, item)
    if item.sign == SCALE:
        low, high = RANGES.get(split(item.name).base, USUAL_FACTORS)
        unit, now = "times today's", 1.0
        if kind is Kind.RATE:
            low, high = RANGES[RATE]
        if not np.any(today):
            raise refused(item.name, "it is 0, and 0 times anything is 0", "Set it.")
    else:
        low, high = RANGES.get(item.name, (np.nan, np.nan))
        unit = _unit(item)
        now = float(today[0]) if item.sign == SET and len(set(today)) == 1 else np.nan
        now = now if item.sign == SET else 0.0
    return Parameter(
        item.name,
        unit,
        kind,
        now,
        low,
        high,
        lambda value: quickly(scenario, [(item, value)]),
        lambda value: wholly(scenario, [(item, value)]),
        np.zeros(0, dtype=int),
    )


def _today(scenario: Scenario, item: Input) -> np.ndarray:
    """Values that are there, blank ones left out."""
    if item.kind == TABLE:
        frame = getattr(scenario, item.target)[list(item.columns)]
        values = frame.iloc[item.rows].to_numpy(float).ravel()
        return np.asarray(values[np.isfinite(values)])
    return np.array([float(getattr(getattr(scenario, item.kind), item.target))])


def _unit(item: Input) -> str:
    if item.kind != TABLE:
        return "CNY/t" if item.target == "carbon_price_cny_per_t" else "CNY/MW"
    return str(TABLES[item.target].field(item.columns[0]).unit)


def _gap(scenario: Scenario) -> Parameter:
    hubs = scenario.hubs
    west = (hubs["side"] == "west").to_numpy()
    east = (hubs["side"] == "east").to_numpy()
    price, mean = eastern_mean(scenario)
    if not west.any() or not east.any():
        message = "there is no gap without hubs in the east and in the west"
        raise refused(GAP, message, "Use power-price to scale prices.")
    names, periods = hubs.index[west], scenario.periods.index
    kept = scenario.tariffs[~scenario.tariffs["hub"].isin(names)]

    def tariffs(value: float) -> pd.DataFrame:
        moved = mean + value * (price[west] - mean)
        if moved.min() < 0:
            text = "western power would cost less than nothing at {value:g}"
            message = word(text, value=value)
            raise refused(GAP, message, "Give a narrower range.")
        rows = pd.DataFrame(
            {
                "basis": "",
                "hub": np.repeat(names.to_numpy(object), len(periods)),
                "period": np.tile(periods.to_numpy(object), len(names)),
                "price_cny_per_mwh": moved.ravel(),
            }
        )
        return pd.concat([kept, rows], ignore_index=True)[scenario.tariffs.columns]

    def quick(value: float) -> Scenario:
        return dataclasses.replace(scenario, tariffs=tariffs(value))

    def whole(value: float) -> Scenario:
        return scenario.replace(tariffs=tariffs(value))

    below = np.maximum(mean - price[west], 0.0)
    low, high = RANGES[GAP]
    # At which the first western price would be nothing.
    ends = np.divide(
        np.broadcast_to(mean, below.shape),
        below,
        out=np.full(below.shape, np.inf),
        where=below > 0,
    )
    high = min(high, np.floor(float(ends.min()) * 100.0) / 100.0)
    none = np.zeros(0, dtype=int)
    return Parameter(
        GAP, "times today's gap", Kind.PRICE, 1.0, low, high, quick, whole, none
    )


def eastern_mean(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Give the price of every hub, and its eastern mean, by period.

    The mean is weighted by standing room, that of home sites left out.
    """
    price = hub_energy(scenario).price_cny_per_mwh
    room = side_room(scenario, "east")
    return price, room @ price / max(room.sum(), 1e-300)


def side_room(scenario: Scenario, side: str) -> np.ndarray:
    """Give the room by which hubs of a side count in its means, 0 elsewhere."""
    hubs = scenario.hubs
    inside = (hubs["side"] == side).to_numpy()
    large = inside & (hubs["kind"] != "home").to_numpy()
    inside = large if large.any() else inside
    room = np.where(inside, hubs["it_capacity_mw"].to_numpy(float), 0.0)
    room = np.where(np.isfinite(room), room, 0.0)
    return room if room.sum() > 0 else inside.astype(float)


def _known(scenario: Scenario, name: str) -> Input:
    """Find an input; a name that is none may be a misspelt one of ours."""
    try:
        return find_input(scenario, name)
    except InputError:
        near = nearest(split(name).base, [*ALIASES, GAP])
        if near == GAP:
            message = word("there is no input '{text}'", text=name)
            remedy = word("Did you mean '{match}'?", match=near)
            raise refused(name, message, remedy) from None
        raise


def _latency(scenario: Scenario, name: Name) -> Parameter:
    """Give the limit itself, in ms."""
    shown = name.text.rstrip(SET + SCALE + ADD)
    if name.sign not in ("", SET):
        message = "a limit on the delay is followed in ms"
        raise refused(name.text, message, word("Write {base}.", base=shown))
    item = find_input(scenario, f"{shown}{SET}")
    rows = np.asarray(item.rows)
    limits = scenario.workloads["rtt_limit_ms"].to_numpy(float)[rows]
    today = float(limits[0]) if len(set(limits.tolist())) == 1 else np.nan
    delays = reach(scenario, Backbone(scenario))
    origins = scenario.workloads["origin"].iloc[rows].unique()
    found = delays.rtt_ms[positions(delays.origins, origins)]
    places = np.unique(found[np.isfinite(found)])
    if len(places) < 2:
        message = "all hubs are equally far away, as far as is known"
        raise refused(shown, message, "Give links, or the table rtt.")
    return Parameter(
        shown,
        "ms",
        Kind.LATENCY,
        today,
        float(places[0]),
        float(np.floor(places[-1]) + 1.0),
        lambda value: quickly(scenario, [(item, value)]),
        lambda value: wholly(scenario, [(item, value)]),
        places,
    )
