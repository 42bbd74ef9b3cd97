"""Carbon of the plan and its baselines, under both accountings."""

from typing import TYPE_CHECKING

import numpy as np

from siting.export.heads import HEADS
from siting.plan_files import PLANS
from siting.plot.canvas import (
    BLUE,
    ORANGE,
    break_ticks,
    finish,
    is_wide,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import CARBON, Pen, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan


def draw_carbon(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
) -> "Axes":
    """Draw location- and market-based emissions side by side.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}

    Returns
    -------
    Axes
    """
    ax = new_axes(ax, size)
    pen = Pen.of(lang)
    measures = plan.baselines.set_index("measure")[list(PLANS)]
    both = measures.reindex(["location_t", "market_t"]).dropna(axis=1, how="all")
    if both.empty:
        total = plan.emissions[plan.emissions["subject"] == "total"]
        both = total[["location_t", "market_t"]].sum().rename("plan").to_frame()
    divisor, unit = unit_of(both.to_numpy(float), CARBON)
    places = np.arange(len(both.columns))
    for row, offset, colour, text in (
        ("location_t", -0.2, ORANGE, "location-based"),
        ("market_t", 0.2, BLUE, "market-based"),
    ):
        values = both.loc[row].to_numpy(float) / divisor
        ax.bar(places + offset, values, 0.38, color=colour, label=pen.say(text))
        told = _alike(values)
        for place, value in zip(places, values, strict=True):
            ax.annotate(
                told[place],
                (place + offset, value),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=(0.85 if is_wide(ax) else 0.7) * text_size(ax),
            )
    names = [pen.say(HEADS[str(name)][0]) for name in both.columns]
    ax.set_xticks(places, names)
    ax.set_ylabel(pen.say("{unit} of CO2 a year", unit=pen.say(unit)))
    ax.margins(y=0.12)
    plain(ax, grid="y", numbers="y")
    legend(ax, pen)
    year = plan.scenario.settings.carbon_year
    below = pen.say("Carbon factors of {year}", year=year) if year else ""
    title(ax, pen, pen.say("Carbon under both accountings"), below)
    finish(ax, pen)
    break_ticks(ax, pen, names)
    return ax


def _alike(values: np.ndarray) -> list[str]:
    """Write values that stand side by side with as many decimals as the largest."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    digits = max(0, 2 - int(np.floor(np.log10(largest)))) if largest else 0
    return ["–" if value != value else f"{value:,.{digits}f}" for value in values]
