"""Axes of tables whose columns are not known beforehand: words, unit, scale."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import suggestion
from siting.export.heads import HEADS
from siting.plot.pen import CARBON, ENERGY, MONEY, Pen, unit_of
from siting.plot.refuse import refuse
from siting.words import word

if TYPE_CHECKING:
    import numpy as np

UNITS = {
    "_cny_per_mwh": "CNY/MWh",
    "_cny_per_gb": "CNY/GB",
    "_cny_per_t": "CNY/t",
    "_cny_per_kwh": "CNY/kWh",
    "_cny": "CNY",
    "_mwh": "MWh",
    "_mw": "MW",
    "_gbps": "Gbps",
    "_ms": "ms",
    "_km": "km",
    "_t": "t",
    "_share": "%",
}
METRICS = {
    "cost": ("cost", "CNY"),
    "cost_cny": ("cost", "CNY"),
    "saving_cny": ("saving", "CNY"),
    "carbon-location": ("CO2, location-based", "t"),
    "carbon-market": ("CO2, market-based", "t"),
    "green": ("green power", "MWh"),
    "latency": ("mean round trip", "MW·ms"),
    "unserved": ("IT load not served", "MWh"),
    "objective": ("cost", "CNY"),
    "not_green_mwh": ("power that is not green", "MWh"),
    "latency_mw_ms": ("round trips, weighted with load", "MW·ms"),
    "price_cny_per_gb": ("transfer price", "CNY/GB"),
    "price_cny_per_mwh": ("power price", "CNY/MWh"),
    "west_share": ("part in the west", "%"),
    "green_share": ("green power", "%"),
    "mean_rtt_ms": ("mean round trip", "ms"),
    "unserved_mw": ("IT load not served", "MW"),
}

SCALES = {"CNY": MONEY, "t": CARBON, "MWh": ENERGY}


@dataclass(frozen=True)
class Axis:
    """How a column stands on an axis."""

    label: str
    divisor: float
    words: str


def axis_of(pen: Pen, column: str, values: "np.ndarray | pd.Series[float]") -> Axis:
    """Return the label of a column with its unit, and the divisor of its values.

    Parameters
    ----------
    pen : Pen
    column : str
        Known words for a metric or a column of a plan; else its own name, whose ending
        tells the unit.
    values : array
        Which unit is easy to read depends on them.
    """
    if column in METRICS:
        words, unit = METRICS[column]
    elif column in HEADS:
        words, unit = HEADS[column][:2]
    else:
        end = next((end for end in UNITS if column.endswith(end)), "")
        unit = UNITS.get(end, "")
        words = column.removesuffix(end).replace("_", " ")
    divisor = 0.01 if unit == "%" else 1.0
    if unit in SCALES:
        divisor, unit = unit_of(values, SCALES[unit])
    text = pen.clean(pen.say(words), 40)
    label = pen.say("{what}, {unit}", what=text, unit=pen.say(unit)) if unit else text
    return Axis(label, divisor, text)


def numeric(table: pd.DataFrame, asked: list[str]) -> list[str]:
    """Return the columns asked for; for a blank one the next that holds numbers."""
    flags = [c for c in table.columns if pd.api.types.is_bool_dtype(table[c])]
    numbers = [str(c) for c in table.select_dtypes("number").columns if c not in flags]
    free = iter([name for name in numbers if name not in asked])
    found = [name or next(free, "") for name in asked]
    for name in found:
        if name not in numbers:
            message = "The table has too few columns of numbers"
            if name:
                message = word("There is no column of numbers '{name}'", name=name)
            refuse("points", message, suggestion(name, numbers, "columns of numbers"))
    return found
