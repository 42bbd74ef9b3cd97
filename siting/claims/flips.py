"""At which price, gap, capital or rate it stops paying to send the movers west."""

from dataclasses import dataclass

from siting.breakeven.axes import Axis, axis_of
from siting.breakeven.lines import crossing
from siting.breakeven.rates import priced_rate, route_has_price
from siting.breakeven.stretches import pieces_of, priced_along
from siting.claims.movers import GO, STAY, Movers
from siting.errors import InputError
from siting.model.instance import Instance
from siting.optimise import NoPlanFits
from siting.scenario import Scenario

# Parameter, low and high; the gap is in multiples of the scenario's.
RANGES = {
    "transfer-price": (0.0, 1e4),
    "power-gap": (-2.0, 3.0),
    "west-capital": (0.0, 5.0),
    "data-rate": (0.0, 1e5),
}


@dataclass(frozen=True)
class Flip:
    """A break-even between all movers in the west and none of them.

    Attributes
    ----------
    parameter, mode, unit : str
    value, base : float or None
        None: the answer is the same all over the range, or cannot be told.
    pays_below : bool
        Whether the west pays below the value.
    text : str
        The value for a reader.
    """

    parameter: str
    mode: str
    unit: str
    value: float | None
    base: float | None
    pays_below: bool
    text: str


def flip_of(
    scenario: Scenario, parameter: str, movers: Movers, mode: str
) -> Flip | None:
    """Find where sending the movers west stops, or begins, to pay.

    None where the parameter does not apply to the scenario.
    """
    try:
        axis = axis_of(scenario, parameter, movers.mask)
    except InputError:
        return None
    low, high = RANGES[parameter]
    if parameter == "power-gap":
        low, high = sorted((low * axis.base, high * axis.base))
    axis = axis.within(low, high)
    if parameter == "data-rate" and route_has_price(Instance(scenario)):
        return None
    found = None
    try:
        for piece in pieces_of(axis):
            found = _crossing(axis, piece, movers, mode)
            if found is not None:
                break
    except NoPlanFits:
        return None
    if found is None:
        text = f"no change from {axis.amount(axis.low)} to {axis.amount(axis.high)}"
        return Flip(parameter, mode, axis.unit, None, axis.base, False, text)
    value, at_low = found
    return Flip(
        parameter, mode, axis.unit, value, axis.base, at_low > 0, axis.amount(value)
    )


def _crossing(
    axis: Axis, piece: tuple[float, float], movers: Movers, mode: str
) -> tuple[float, float] | None:
    fix = movers.fix(mode)

    def stays(instance: Instance) -> Instance:
        return movers.limited(instance, STAY, mode)

    def goes(instance: Instance) -> Instance:
        return movers.limited(instance, GO, mode)

    if axis.parameter == "data-rate":
        stay, go = (priced_rate(axis, of, fix) for of in (stays, goes))
        return crossing(stay.solve, go.solve, stay.low, stay.high)
    stay, go = (priced_along(axis, *piece, of, fix=fix) for of in (stays, goes))
    return crossing(stay.solve, go.solve, *piece)
