"""Checks that the periods make up the accounting year."""

import numpy as np

from siting.tables.days import odd_days
from siting.tables.world import World
from siting.words import word

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
    text = (
        "the hours sum to {total:.10g}, {gap:.10g} fewer than hours_per_year = {year}"
    )
    remedy = (
        "Add the missing periods, or set hours_per_year = {total:.10g} in the settings."
    )
    if gap > 0:
        text = (
            "the hours sum to {total:.10g}, {gap:.10g} more than hours_per_year = "
            "{year}"
        )
        remedy = (
            "Take the extra periods away, or set hours_per_year = {total:.10g} in the "
            "settings."
        )
    year = f"{hours_per_year:.10g}"
    message = word(text, total=total, gap=abs(gap), year=year)
    days = odd_days(periods)
    if days:
        more = len(days) - _MOST_DAYS
        message += ": " + word("; ").join(days[:_MOST_DAYS])
        message += word("; and {more} more such days", more=more) if more > 0 else ""
    world.findings.add(file, message, word(remedy, total=total), column="hours")
