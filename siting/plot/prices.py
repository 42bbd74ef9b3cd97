"""What a little more of each limit would be worth."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.language import language
from siting.plot.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    finish,
    legend,
    new_axes,
    plain,
    text_size,
    title,
)
from siting.plot.pen import CARBON, MONEY, Pen, amount, unit_of
from siting.plot.refuse import refuse
from siting.summary import numbered_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.plan import Plan

COLOURS = {
    "room": BLUE,
    "link": ORANGE,
    "ingress": SKY,
    "egress": SKY,
    "green": GREEN,
    "carbon-cap": RED,
    "placement-min": PURPLE,
    "placement-max": PURPLE,
}
ONE_PERCENT = 0.01


def draw_prices(
    plan: "Plan",
    ax: "Axes | None" = None,
    lang: str | None = None,
    *,
    size: str = "slide",
    top: int = 12,
) -> "Axes":
    """Draw what one percent more of each limit would be worth, by the shadow prices.

    A shadow price holds for a small change. Limits in MW, Gbps, t and MWh cannot share
    an axis; one percent of each can. Limits that hold in each period are added up.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
    lang : {"en", "zh"}, optional
    size : {"slide", "column"}
    top : int
        How many limits.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If no limit has a worth.
    """
    worth = _worth(plan)
    if worth.empty:
        message = "No limit of this plan has a worth"
        refuse("limits", message, "Draw a plan that a limit holds back.")
    ax = new_axes(ax, size, height=1.1)
    pen = Pen.of(lang)
    shown = worth.nlargest(top, "gain")
    divisor, unit = _unit(plan, shown["gain"])
    rows = np.arange(len(shown))
    colours = [COLOURS.get(kind, GREY) for kind in shown["kind"]]
    ax.barh(rows, shown["gain"] / divisor, 0.62, color=colours)
    for row, (gain, each, each_unit) in enumerate(
        zip(shown["gain"] / divisor, shown["worth"], shown["unit"], strict=True)
    ):
        size_each, money = _unit(plan, [each], 1.0)
        text = f"{amount(each / size_each)} {pen.say(money)}/{pen.say(each_unit)}"
        ax.annotate(
            text,
            (gain, row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=0.82 * text_size(ax),
            color=GREY,
        )
    ax.set_yticks(rows, _names(plan, pen, shown))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.32 * float(shown["gain"].max() / divisor))
    ax.set_xlabel(
        pen.say(
            "worth of 1 % more of the limit, {unit} a year; beside it the worth of one "
            "unit",
            unit=pen.say(unit),
        )
        if unit
        else pen.say("worth of 1 % more of the limit, units of the objective")
    )
    plain(ax, grid="x", numbers="x")
    legend(ax, pen, _handles(pen, list(dict.fromkeys(shown["kind"]))))
    title(ax, pen, pen.say("What holds the plan back"), _left_out(pen, worth, shown))
    return finish(ax, pen)


def _worth(plan: "Plan") -> pd.DataFrame:
    """Worth of each limit and of one percent of it, over all its periods."""
    priced = plan.limits[plan.limits["worth"] > 0]
    priced = priced.assign(gain=ONE_PERCENT * priced["worth"] * priced["limit"].abs())
    keys = ["kind", "subject", "direction", "unit"]
    return priced.groupby(keys, as_index=False, sort=False)[["worth", "gain"]].sum()


def _unit(plan: "Plan", values: Any, least: float = 10.0) -> tuple[float, str]:
    """Divisor and unit of the objective; "" where it is a sum of several metrics."""
    stages = plan.manifest.get("options", {}).get("stages", [])
    metrics = set(stages[-1].get("weights", {})) if stages else {"cost"}
    if metrics == {"cost"}:
        return unit_of(values, MONEY, least)
    if metrics in ({"carbon-location"}, {"carbon-market"}):
        return unit_of(values, CARBON, least)
    return 1.0, ""


def _names(plan: "Plan", pen: Pen, shown: pd.DataFrame) -> list[str]:
    scenario = plan.scenario
    hubs = pen.names(scenario.hubs.reindex(scenario.hubs.index), 22)
    nodes = pen.names(scenario.nodes, 10)
    ends = scenario.links[["source", "target"]]
    found = []
    for kind, subject in zip(shown["kind"], shown["subject"], strict=True):
        if kind in ("link", "widen") and subject in ends.index:
            source, target = ends.loc[subject]
            found.append(f"{nodes[str(source)]} – {nodes[str(target)]}")
        elif subject in hubs:
            found.append(hubs[str(subject)])
        else:
            with language(pen.lang):
                told = numbered_words(plan, kind, subject)
            found.append(pen.clean(told or subject or pen.say(kind), 30))
    return found


def _handles(pen: Pen, kinds: list[str]) -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=COLOURS.get(k, GREY), label=pen.say(k)) for k in kinds]


def _left_out(pen: Pen, worth: pd.DataFrame, shown: pd.DataFrame) -> str:
    rest = len(worth) - len(shown)
    return pen.say("{count} more limits have a worth", count=rest) if rest else ""
