"""Checks that the periods make up the accounting year."""

import numpy as np

from siting.tables.days import odd_days
from siting.tables.world import World

_TOLERANCE = 1e-6
_MOST_DAYS = 3


def check_hours(world: World, hours_per_year: float) -> None:
    """Report periods whose hours do not sum to the hours of the year."""
    if "periods" not in world.given or not world.sound("periods"):
        return
    periods = world.frames["periods"]
    file = world.origins["periods"].file
    if periods.empty:
        remedy = "Add periods, or remove the table: one period is then the year."
        world.findings.add(file, "the table has no rows", remedy)
        return
    total = float(periods["hours"].sum())
    if not np.isfinite(total) or abs(total - hours_per_year) <= _TOLERANCE * total:
        return
    gap = total - hours_per_year
    word = "more" if gap > 0 else "fewer"
    message = (
        f"the hours sum to {total:.10g}, {abs(gap):.10g} {word} than "
        f"hours_per_year = {hours_per_year:.10g}"
    )
    days = odd_days(periods)
    if days:
        more = len(days) - _MOST_DAYS
        message += ": " + "; ".join(days[:_MOST_DAYS])
        message += f"; and {more} more such days" if more > 0 else ""
    verb = "Take the extra periods away" if gap > 0 else "Add the missing periods"
    remedy = f"{verb}, or set hours_per_year = {total:.10g} in the settings."
    world.findings.add(file, message, remedy, column="hours")
