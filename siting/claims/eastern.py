"""The three claims about what eastern IDCs lack."""

import numpy as np
import pandas as pd

from siting.claims import grades
from siting.claims.accountings import Accounting
from siting.claims.claim import Claim
from siting.claims.east import Room, green_table, power_table, room_of
from siting.claims.movers import Movers
from siting.claims.moving import records
from siting.claims.verdicts import (
    DEPENDS,
    FAILS,
    HOLDS,
    compared,
    summed_up,
)
from siting.scenario import Scenario

DEARER = "Eastern IDCs pay dearer power."
LESS_GREEN = "Eastern IDCs have less green power."
LESS_ROOM = "Eastern IDCs that host training have less room for low-latency work."

# Relative to the east: what counts as dearer, and as dirtier.
DEARER_BY = 0.05
DIRTIER_BY = 0.02
# Of the energy: what counts as less contracted green power.
GREENER_BY = 0.02
# Demand that doubles is what room is kept for; and what counts as making a difference.
GROWTH = 2.0
DIFFERENCE = 1.1


def eastern_claims(
    scenario: Scenario, accountings: list[Accounting], movers: Movers | None
) -> list[Claim]:
    """Judge the claims about eastern hubs."""
    claims = [_dearer(scenario, accountings), _less_green(scenario)]
    why = "no training runs outside the west today"
    if movers is None or not movers.mask.any():
        return [*claims, Claim.not_applicable("less-room", LESS_ROOM, why)]
    room = room_of(scenario, movers)
    if room is None:
        why = "no work with a latency limit reaches an eastern hub"
        return [*claims, Claim.not_applicable("less-room", LESS_ROOM, why)]
    return [*claims, _less_room(scenario, room)]


def _dearer(scenario: Scenario, accountings: list[Accounting]) -> Claim:
    table = power_table(accountings)
    verdicts, parts, turns = [], [], []
    for tariff, rows in table.groupby("tariff", sort=False):
        east, west = rows.set_index("side").loc[["east", "west"]].to_dict("records")
        verdict = compared(
            east["price_cny_per_mwh"], west["price_cny_per_mwh"], DEARER_BY
        )
        verdicts.append(verdict)
        gap = east["price_cny_per_mwh"] - west["price_cny_per_mwh"]
        basis = f"{tariff}: " if tariff else ""
        parts.append(
            f"{basis}east {east['price_cny_per_mwh']:,.1f} CNY/MWh, west "
            f"{west['price_cny_per_mwh']:,.1f}; per MWh of IT energy, PUE included, "
            f"{east['price_cny_per_it_mwh']:,.1f} ({east['least']:,.0f} to "
            f"{east['most']:,.0f} by hub) and {west['price_cny_per_it_mwh']:,.1f} "
            f"({west['least']:,.0f} to {west['most']:,.0f})"
        )
        turns.append(f"{basis}it turns once the west pays {gap:,.1f} CNY/MWh more")
    own = table["tariff"].drop_duplicates().tolist().index(accountings[0].tariff)
    return Claim(
        key="dearer-power",
        statement=DEARER,
        verdict=summed_up(verdicts),
        verdict_here=verdicts[own],
        reason=f"mean over hubs, home sites left out: {'; '.join(parts)}",
        figures=records(table),
        break_even=tuple(turns),
        grades=grades.grades_of(scenario, grades.POWER),
    )


def _less_green(scenario: Scenario) -> Claim:
    table = green_table(scenario)
    east, west = table.to_dict("records")
    less = west["green_share"] - east["green_share"]
    contracted = FAILS if less <= 0 else HOLDS if less >= GREENER_BY else DEPENDS
    grid = compared(
        east["location_kg_per_mwh"], west["location_kg_per_mwh"], DIRTIER_BY
    )
    verdict = summed_up([contracted, grid])
    year = scenario.settings.carbon_year
    room = east["room_mw"]
    mwh = less * room * scenario.settings.hours_per_year
    needed = f" ({mwh:,.0f} MWh a year at full room)" if np.isfinite(mwh) else ""
    price = scenario.certificates["price_cny_per_mwh"]
    offer = ""
    if len(price):
        offer = f"; certificates are offered at {price.min():,.2f} CNY/MWh"
    turns = [
        f"by contract it turns once eastern hubs contract {100 * less:.1f} points of "
        f"their power more{needed}{offer}",
    ]
    return Claim(
        key="less-green-power",
        statement=LESS_GREEN,
        verdict=verdict,
        verdict_here=verdict,
        reason=(
            f"contracted green power, weighted by room: east "
            f"{100 * east['green_share']:.1f} %, west {100 * west['green_share']:.1f} % "
            f"({contracted}); grid factor, location-based"
            f"{f' of {year}' if year else ''}, mean over hubs: east "
            f"{east['location_kg_per_mwh']:,.0f} kg/MWh, west "
            f"{west['location_kg_per_mwh']:,.0f} ({grid}); market-based after "
            f"contracts: {east['market_kg_per_mwh']:,.0f} and "
            f"{west['market_kg_per_mwh']:,.0f}"
        ),
        figures=records(table),
        break_even=tuple(turns) if less > 0 else (),
        grades=grades.grades_of(scenario, grades.GREEN),
    )


def _less_room(scenario: Scenario, room: Room) -> Claim:
    before, after = room.growth_with, room.growth_without
    if before < 1.0:
        verdict = HOLDS
    elif before < GROWTH and after >= DIFFERENCE * before:
        verdict = DEPENDS
    else:
        verdict = FAILS
    told = f"{before:,.2f}-fold" if np.isfinite(before) else "without end"
    without = f"{after:,.2f}-fold" if np.isfinite(after) else "without end"
    return Claim(
        key="less-room",
        statement=LESS_ROOM,
        verdict=verdict,
        verdict_here=verdict,
        reason=(
            f"of {room.east_mw:,.0f} MW of room in the east {room.idle_mw:,.0f} stand "
            f"idle today and training takes {room.mover_mw:,.0f}; low-latency work in "
            f"reach of it peaks at {room.low_latency_mw:,.0f} MW and could grow {told} "
            f"with training where it is, {without} without it"
        ),
        figures=records(pd.DataFrame([room.__dict__])),
        break_even=(
            f"room runs short once low-latency work has grown {told}; with training "
            f"gone, {without}",
        ),
        grades=grades.grades_of(scenario, grades.ROOM),
    )
