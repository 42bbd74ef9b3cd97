"""Says in words which periods are missing: which day is short of which hour."""

from collections.abc import Sequence

import pandas as pd

from siting.errors import quoted


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
        parts.append(f"day '{day}' has {short} of {whole} periods")
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
        word = "period" if count == 1 else "periods"
        text = f"day '{day}' has {count} {word} where most have {usual}"
        if absent and count < usual:
            text += f" (no hour {quoted(absent, most=3)})"
        texts.append(text)
    return texts
