"""Says in words which periods are missing: which day is short of which hour."""

from collections.abc import Sequence

import pandas as pd

from siting.errors import quoted
from siting.words import word


def missing_in_words(missing: Sequence[str], periods: pd.DataFrame) -> str:
    """Return which periods are missing, and which days are thereby short.

    Parameters
    ----------
    missing
        Ids of periods.
    periods
        Completed table of periods.
    """
    text = f"{quoted(list(missing), most=5)}"
    lost = periods[periods["id"].isin(missing)]
    days = lost.loc[lost["day"] != "", "day"].unique()
    if not 0 < len(days) <= 3:
        return text
    parts = []
    for day in days:
        whole = int((periods["day"] == day).sum())
        short = whole - int((lost["day"] == day).sum())
        parts.append(
            word(
                "day '{day}' has {short} of {whole} periods",
                day=day,
                short=short,
                whole=whole,
            )
        )
    return f"{text} ({'; '.join(parts)})"


def odd_days(periods: pd.DataFrame) -> list[str]:
    """Return which days have fewer or more periods than most days.

    >>> table = pd.DataFrame({"day": list("aabbc"), "hour": list("01010")})
    >>> odd_days(table)
    ["day 'c' has 1 period where most have 2 (no hour '1')"]
    """
    labelled = periods[periods["day"] != ""]
    counts = labelled.groupby("day", sort=False).size()
    if len(counts) < 2:
        return []
    usual = int(counts.mode().max())
    hours = labelled["hour"].value_counts()
    common = [
        str(hour) for hour in hours.index if hour and 2 * hours[hour] >= len(counts)
    ]
    texts = []
    for day, count in counts[counts != usual].items():
        present = set(labelled.loc[labelled["day"] == day, "hour"])
        absent = [hour for hour in common if hour not in present]
        text = word(
            "day '{day}' has {count} period{plural} where most have {usual}",
            day=day,
            count=count,
            plural="s" * (count != 1),
            usual=usual,
        )
        if absent and count < usual:
            text += word(" (no hour {absent})", absent=quoted(absent, most=3))
        texts.append(text)
    return texts
