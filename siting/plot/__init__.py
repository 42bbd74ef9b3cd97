"""Figures of a plan: one file a figure, axes in, axes out, nothing shown.

``plan.plot`` has those of one plan; :func:`pareto` and :func:`break_even` draw tables.
Nothing here touches pyplot.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from siting.breakeven import BreakEven
    from siting.plan import Plan


class Figures:
    """The figures of a plan.

    Each takes ``ax`` (a new picture is made without), ``lang`` (``en`` or ``zh``) and
    ``size`` (of a new picture: ``slide`` or ``column``), and returns the axes;
    ``.figure.savefig("plan.png")`` saves the picture.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan

    def map(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw hubs and the work that moves to them over outlines.

        See :func:`siting.plot.map.draw_map`.
        """
        from siting.plot.map import draw_map

        return draw_map(self._plan, ax, lang, **options)

    def ledger(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw the ledger from a baseline to the plan.

        See :func:`siting.plot.ledger.draw_ledger`.
        """
        from siting.plot.ledger import draw_ledger

        return draw_ledger(self._plan, ax, lang, **options)

    def placement(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw the hubs of each class from east to west.

        See :func:`siting.plot.placement.draw_placement`.
        """
        from siting.plot.placement import draw_placement

        return draw_placement(self._plan, ax, lang, **options)

    def day(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw load, green supply and price hour by hour.

        See :func:`siting.plot.day.draw_day`.
        """
        from siting.plot.day import draw_day

        return draw_day(self._plan, ax, lang, **options)

    def links(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw the most loaded links.

        See :func:`siting.plot.links.draw_links`.
        """
        from siting.plot.links import draw_links

        return draw_links(self._plan, ax, lang, **options)

    def prices(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw what a little more of each limit is worth.

        See :func:`siting.plot.prices.draw_prices`.
        """
        from siting.plot.prices import draw_prices

        return draw_prices(self._plan, ax, lang, **options)

    def carbon(
        self, ax: "Axes | None" = None, lang: str | None = None, **options: Any
    ) -> "Axes":
        """Draw emissions under both accountings beside those of the baselines.

        See :func:`siting.plot.carbon.draw_carbon`.
        """
        from siting.plot.carbon import draw_carbon

        return draw_carbon(self._plan, ax, lang, **options)

    def compare(
        self,
        other: "Plan",
        ax: "Axes | None" = None,
        lang: str | None = None,
        **options: Any,
    ) -> "Axes":
        """Draw the hubs whose load differs most from that in another plan.

        See :func:`siting.plot.compare.draw_compare`.
        """
        from siting.plot.compare import draw_compare

        return draw_compare(self._plan, other, ax, lang, **options)

    def break_even(
        self,
        parameter: str,
        ax: "Axes | None" = None,
        lang: str | None = None,
        *,
        low: float | None = None,
        high: float | None = None,
        **options: Any,
    ) -> "Axes":
        """Draw western shares over an input, with the values at which they change.

        See :func:`siting.plot.even.draw_break_even`, and ``docs/reasons.md`` for the
        parameters.
        """
        found = self._plan.break_even(parameter, low=low, high=high)
        return break_even(found, ax, lang, **options)


def pareto(
    points: "pd.DataFrame",
    ax: "Axes | None" = None,
    lang: str | None = None,
    **options: Any,
) -> "Axes":
    """Draw a Pareto front with its break-points.

    See :func:`siting.plot.front.draw_pareto`.
    """
    from siting.plot.front import draw_pareto

    return draw_pareto(points, ax, lang, **options)


def break_even(
    points: "pd.DataFrame | BreakEven",
    ax: "Axes | None" = None,
    lang: str | None = None,
    **options: Any,
) -> "Axes":
    """Draw lines over a parameter, or what ``plan.break_even`` found, and its flips.

    See :func:`siting.plot.even.draw_break_even`.
    """
    from siting.plot.even import draw_break_even

    return draw_break_even(points, ax, lang, **options)
