"""Schema of the tables about electricity and carbon, and of the sources."""

from siting.tables.schema import Table, number, share, text

TARIFFS = Table(
    "tariffs",
    "Electricity prices by hub and period.",
    (
        text("basis", "Basis of the price; blank: every basis."),
        text("hub", "Hub.", required=True, refers="hubs"),
        text("period", "Period; blank: every period.", refers="periods"),
        number("price_cny_per_mwh", "CNY/MWh", "Price.", required=True, least=None),
    ),
    key=("basis", "hub", "period"),
    subject="hub",
    basis="basis",
)

HUB_PERIODS = Table(
    "hub_periods",
    "Values of a hub in single periods.",
    (
        text("hub", "Hub.", required=True, refers="hubs"),
        text("period", "Period.", required=True, refers="periods"),
        number("pue", "ratio", "PUE in the period.", least=1.0),
        share("green_share", "Contracted green share in the period."),
    ),
    key=("hub", "period"),
)

CARBON_FACTORS = Table(
    "carbon_factors",
    "Carbon factors of electricity by grid.",
    (
        text("grid", "Grid.", required=True),
        number("year", "year", "Year; blank: every year.", whole=True),
        text("period", "Period; blank: every period.", refers="periods"),
        number(
            "location_kg_per_mwh",
            "kg CO2/MWh",
            "Location-based factor.",
            required=True,
        ),
        number(
            "residual_kg_per_mwh",
            "kg CO2/MWh",
            "Market-based factor of power that no contract covers.",
            copies="location_kg_per_mwh",
        ),
    ),
    key=("grid", "year", "period"),
    basis="year",
)

CERTIFICATES = Table(
    "certificates",
    "Offers of green certificates.",
    (
        text("id", "Id of the offer.", required=True),
        text("grid", "Grid it serves; blank: any.", refers="carbon_factors.grid"),
        number("price_cny_per_mwh", "CNY/MWh", "Price.", required=True),
        number(
            "max_mwh",
            "MWh",
            "Most that can be bought.",
            default=float("inf"),
            infinite=True,
        ),
    ),
    key=("id",),
    indexed=True,
)

SOURCES = Table(
    "sources",
    "Where each value comes from.",
    (
        text("table", "Table of the value.", required=True),
        text("key", "Key of the row, joined by `|`; `*`: all rows."),
        text("basis", "Basis of a tariff, year of a carbon factor; blank: every one."),
        text("column", "Column of the value; `*`: all columns."),
        text("value", "The value."),
        text("unit", "Its unit."),
        text("source", "Where it was read."),
        text("year", "Year of the value."),
        text(
            "grade",
            "A: read in a source, B: well known, C: estimate.",
            options=("A", "B", "C"),
        ),
        text("note", "Remark."),
    ),
)
