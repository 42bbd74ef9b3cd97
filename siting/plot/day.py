"""The mean day: load, what of it is green power, and the price paid."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.curves import periods_table
from siting.errors import suggestion
from siting.plot.canvas import (
    BLACK,
    GREEN,
    SKY,
    finish,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import Pen, amount
from siting.plot.refuse import refuse
from siting.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan


def draw_day(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    day: str = "",
) -> "Axes":
    """Draw power drawn, contracted green power and the mean price, hour by hour.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    day : str
        One value of the label ``day`` of the periods; "": the mean over all days.
        Where periods have no hours they stand one after another.

    Returns
    -------
    Axes
        That of the power; the price has a twin.

    Raises
    ------
    InputError
        If there is no such day, or nothing is placed.
    """
    if plan.placement.empty:
        refuse("placement", "Nothing is placed", "Draw a plan that places something.")
    table = _by_hour(plan, day)
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    steps = np.arange(len(table) + 1)

    def stairs(column: str) -> np.ndarray:
        values = table[column].to_numpy(float)
        return np.append(values, values[-1])

    ax.fill_between(
        steps,
        stairs("facility_mw"),
        step="post",
        color=SKY,
        linewidth=0,
        label=pen.say("power drawn"),
    )
    ax.fill_between(
        steps,
        stairs("green_mw"),
        step="post",
        color=GREEN,
        linewidth=0,
        label=pen.say("of it green power"),
    )
    ax.set_ylim(0, 1.18 * max(float(table["facility_mw"].max()), 1e-9))
    ax.set_xlim(0, len(table))
    ax.set_ylabel(pen.say("power, MW"))
    by_hour = table.index.name == "hour"
    ax.set_xlabel(pen.say("hour of the day") if by_hour else pen.say("period"))
    _ticks(ax, pen, table, by_hour=by_hour)
    price = ax.twinx()
    (line,) = price.step(
        steps,
        stairs("price_cny_per_mwh"),
        where="post",
        color=BLACK,
        linewidth=0.12 * text_size(ax),
        label=pen.say("power price"),
    )
    top = float(np.nanmax(table["price_cny_per_mwh"], initial=0.0))
    price.set_ylim(min(0.0, float(table["price_cny_per_mwh"].min())), 1.18 * (top or 1))
    price.set_ylabel(pen.say("mean price of the power drawn, CNY/MWh"))
    plain(ax, numbers="y")
    price.spines["top"].set_visible(False)
    legend(ax, pen, [*ax.collections, line])
    title(ax, pen, _heading(pen, table, day))
    return finish(ax, pen)


def _by_hour(plan: "Plan", day: str) -> pd.DataFrame:
    """Hour-weighted means by hour of the day, or the periods as they come."""
    table = periods_table(plan)
    periods = plan.scenario.periods
    if day:
        days = (
            periods["day"] if "day" in periods.columns else pd.Series("", periods.index)
        )
        if day not in set(days):
            message = word("There is no day '{day}'", day=day)
            refuse("day", message, suggestion(day, days, "days"))
        table, periods = table[days == day], periods[days == day]
    hour = pd.to_numeric(periods.get("hour", pd.Series(index=periods.index)), "coerce")
    if hour.isna().any():
        return table
    weighted = table.drop(columns="hours").mul(table["hours"], axis=0)
    # The price is a mean over energy, not over hours.
    weighted["price_cny_per_mwh"] *= table["facility_mw"]
    sums = weighted.groupby(hour.to_numpy()).sum().rename_axis("hour")
    hours = table["hours"].groupby(hour.to_numpy()).sum()
    price = sums["price_cny_per_mwh"] / sums["facility_mw"].where(
        sums["facility_mw"] > 0
    )
    means = sums.div(hours, axis=0)
    means["price_cny_per_mwh"] = price
    return means


def _ticks(ax: "Axes", pen: Pen, table: pd.DataFrame, *, by_hour: bool) -> None:
    if by_hour:
        every = max(len(table) // 8, 1)
        places = np.arange(0, len(table) + 1, every)
        hours = table.index.to_numpy(float)
        step = hours[-1] - hours[-2] if len(hours) > 1 else 1.0
        labels = [amount(h) for h in np.append(hours, hours[-1] + step)[places]]
        ax.set_xticks(places, labels)
        return
    every = max(-(-len(table) // 6), 1)
    places = np.arange(0, len(table), every)
    names = [pen.clean(str(name), 10) for name in table.index[places]]
    ax.set_xticks(places + 0.5, names)


def _heading(pen: Pen, table: pd.DataFrame, day: str) -> str:
    if day:
        return pen.say("Power through the day: {day}", day=pen.clean(day))
    if table.index.name == "hour":
        return pen.say("Power through the mean day of the year")
    return pen.say("Power through the periods of the year")
