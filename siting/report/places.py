"""Where the work runs: classes and hubs as tables."""

from typing import TYPE_CHECKING

import numpy as np

from siting.report.table import Row, Table, figure, heads
from siting.words import names_of, word

if TYPE_CHECKING:
    from siting.plan import Plan

MOST_HUBS = 60


def classes(plan: "Plan") -> Table:
    """Return load, part in the west, delay and hubs of every class."""
    placed = plan.placement
    side = plan.scenario.hubs["side"]
    table = placed.assign(
        west=placed["it_mw"].where(placed["hub"].map(side) == "west", 0.0),
        delay=placed["rtt_ms"].fillna(0.0) * placed["it_mw"],
    )
    table = table.groupby("class", sort=False).agg(
        {"it_mw": "sum", "west": "sum", "delay": "sum", "hub": "nunique"}
    )
    table = table.sort_values("it_mw", ascending=False, kind="stable")
    rows = []
    for name, part in table.iterrows():
        mw = float(part["it_mw"])
        cells = (
            figure(mw, 1),
            figure(100 * part["west"] / mw if mw else np.nan, 1),
            figure(part["delay"] / mw if mw else np.nan, 1),
            figure(part["hub"], 0),
        )
        rows.append(Row((word(str(name)), *cells)))
    texts = [
        word("class"),
        word("mean IT load, MW"),
        word("in the west, %"),
        word("mean round trip, ms"),
        word("hubs"),
    ]
    caption = word("What runs where, by class")
    return Table(caption, heads(texts, ""), tuple(rows))


def hubs(plan: "Plan") -> Table:
    """Return load, room, power and emissions of the hubs with any load."""
    names = names_of(plan.scenario.hubs)
    carbon = plan.emissions.set_index("subject")[["location_t", "market_t"]]
    table = plan.hubs.join(carbon, on="hub")
    table = table[(table["it_mw"] > 0) | (table["room_mw"] > 0)]
    table = table.sort_values("it_mw", ascending=False, kind="stable")
    rows = []
    for hub in table.head(MOST_HUBS).to_dict("records"):
        energy = hub["energy_mwh"] or np.nan
        cells = (
            word(hub["side"]) if hub["side"] else "–",
            figure(hub["it_mw"], 1),
            figure(hub["room_mw"], 1),
            figure(hub["it_capacity_mw"] + hub["build_mw"], 1),
            figure(hub["energy_mwh"] / 1e3, 0),
            figure(hub["electricity_cny"] / energy, 0),
            figure(100 * hub["green_mwh"] / energy, 1),
            figure(hub["location_t"] / 1e3, 1),
            figure(hub["market_t"] / 1e3, 1),
        )
        rows.append(Row((str(names[hub["hub"]]), *cells)))
    texts = [
        word("hub"),
        word("side"),
        word("mean IT load, MW"),
        word("room paid for, MW"),
        word("of room, MW"),
        word("energy, GWh"),
        word("power price, CNY/MWh"),
        word("green power, %"),
        word("CO2, location-based, kt"),
        word("CO2, market-based, kt"),
    ]
    notes = []
    if len(table) > MOST_HUBS:
        rest = len(table) - MOST_HUBS
        notes = [word("{count} smaller hubs left out", count=rest)]
    caption = word("Hubs with load")
    return Table(caption, heads(texts, "", "short"), tuple(rows), tuple(notes))
