"""Checks that prices, carbon factors and profiles cover every period."""

from collections.abc import Iterable, Sequence

import pandas as pd

from siting.tables.days import missing_in_words
from siting.tables.world import World
from siting.words import word

_KWH_PRICE = 2.0
_MOST_SUBJECTS = 20


def check_tariffs(world: World, basis: str) -> None:
    """Report hubs without a price in some period, under the chosen basis."""
    needed = ("tariffs", "hubs", "periods")
    if "tariffs" not in world.given or not world.sound(*needed):
        return
    tariffs = world.frames["tariffs"]
    if tariffs.empty:
        return
    counted = tariffs[tariffs["basis"].isin(["", basis])]
    general = counted["basis"] == ""
    file = world.origins["tariffs"].file
    twice: Iterable[str] = ()
    if general.any() and not general.all():
        keys = ["hub", "period"]
        both = counted[~general].merge(counted.loc[general, keys], on=keys)
        twice = both["hub"].unique()[:_MOST_SUBJECTS]
    for hub in twice:
        message = word(
            "hub '{hub}' has a price under basis '{basis}' and under "
            "every basis for the same period",
            hub=hub,
            basis=basis,
        )
        world.findings.add(file, message, "Keep one of them.", column="basis")
    what = word("electricity price")
    if basis:
        what = word("electricity price under basis '{basis}'", basis=basis)
    hubs = world.frames["hubs"]["id"].tolist()
    _uncovered(world, "tariffs", counted, "hub", hubs, what)
    prices = tariffs["price_cny_per_mwh"].dropna()
    if prices.abs().gt(0).any() and prices.abs().lt(_KWH_PRICE).all():
        world.findings.warn(
            file,
            word(
                "every price is below {most:g} CNY/MWh in size, as if it were in "
                "CNY/kWh",
                most=_KWH_PRICE,
            ),
            "Multiply prices in CNY/kWh by 1000.",
            column="price_cny_per_mwh",
        )


def check_carbon(world: World, year: int | None) -> None:
    """Report grids without a carbon factor in some period of the chosen year."""
    needed = ("carbon_factors", "hubs", "periods")
    if "carbon_factors" not in world.given or not world.sound(*needed):
        return
    factors = world.frames["carbon_factors"]
    counted = factors[factors["year"].isna()]
    if year is not None:
        counted = factors[factors["year"].isna() | (factors["year"] == year)]
    used = world.frames["hubs"]["grid"]
    rated = set(factors["grid"])
    known = [grid for grid in used.unique() if grid and grid in rated]
    what = word("factor")
    if year is not None:
        what = word("factor of {year}", year=year)
    _uncovered(world, "carbon_factors", counted, "grid", known, what)


def check_profiles(world: World) -> None:
    """Report profiles that do not name every period."""
    if "profiles" not in world.given or not world.sound("profiles", "periods"):
        return
    profiles = world.frames["profiles"]
    names = [name for name in profiles["profile"].unique() if name]
    _uncovered(world, "profiles", profiles, "profile", names, word("factor"))


def _uncovered(
    world: World,
    table: str,
    rows: pd.DataFrame,
    column: str,
    subjects: Sequence[str],
    what: str,
) -> None:
    periods = world.frames["periods"]
    file = world.origins[table].file
    general = set(rows.loc[rows["period"] == "", column])
    if general.issuperset(subjects):
        return
    single = rows[rows["period"].isin(periods["id"]) & ~rows[column].isin(general)]
    distinct = single[[column, "period"]].drop_duplicates()
    counts = distinct[column].value_counts()
    short = [
        subject
        for subject in subjects
        if subject not in general and counts.get(subject, 0) < len(periods)
    ]
    for subject in short[:_MOST_SUBJECTS]:
        have = set(distinct.loc[distinct[column] == subject, "period"])
        missing = [period for period in periods["id"] if period not in have]
        if not have:
            message = word(
                "{column} '{subject}' has no {what}",
                column=word(column),
                subject=subject,
                what=what,
            )
            remedy = _blank_or_each(table)
        else:
            words = missing_in_words(missing, periods)
            message = word(
                "{column} '{subject}' has no {what} in {lacking} of {count} "
                "periods: {words}",
                column=word(column),
                subject=subject,
                what=what,
                lacking=len(missing),
                count=len(periods),
                words=words,
            )
            remedy = "Add rows for these periods."
        world.findings.add(file, message, remedy, column="period")
    if len(short) > _MOST_SUBJECTS:
        rest = len(short) - _MOST_SUBJECTS
        message = word(
            "{rest} more {column}s have no {what} in some period",
            rest=rest,
            column=word(column),
            what=what,
        )
        world.findings.add(file, message, "Mend them likewise.", column="period")


def _blank_or_each(table: str) -> str:
    if table == "profiles":
        return "Add a row for it, one for each period."
    return "Add a row for it, with a blank period, or one for each period."
