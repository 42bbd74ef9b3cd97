"""How sure the inputs are that decide a claim."""

from siting.scenario import Scenario

Inputs = tuple[tuple[str, str], ...]

MONEY: Inputs = (
    ("tariffs", "price_cny_per_mwh"),
    ("hubs", "pue"),
    ("hubs", "it_capacity_mw"),
    ("hubs", "hosting_cny_per_mw_year"),
    ("hubs", "capex_cny_per_kw"),
    ("transfer_prices", "*"),
    ("workloads", "it_mw"),
    ("workloads", "to_hub_gbps_per_mw"),
    ("workloads", "from_hub_gbps_per_mw"),
    ("workloads", "dataset_tb"),
    ("settings", "discount_rate"),
    ("settings", "life_years"),
)
CARBON: Inputs = (
    ("carbon_factors", "*"),
    ("hubs", "pue"),
    ("hubs", "green_share"),
    ("settings", "network_kwh_per_gb"),
    ("settings", "network_co2_kg_per_mwh"),
)
POWER: Inputs = (("tariffs", "price_cny_per_mwh"), ("hubs", "pue"))
GREEN: Inputs = (("hubs", "green_share"), ("carbon_factors", "*"))
ROOM: Inputs = (
    ("hubs", "it_capacity_mw"),
    ("workloads", "it_mw"),
    ("workloads", "rtt_limit_ms"),
    ("links", "length_km"),
    ("links", "one_way_ms"),
    ("profiles", "factor"),
)


def grades_of(scenario: Scenario, inputs: Inputs) -> dict[str, int]:
    """Count the statements on some inputs by grade.

    A statement on every column of a table counts for each of them.
    """
    sources = scenario.sources
    counts = dict.fromkeys(("A", "B", "C"), 0)
    if sources.empty:
        return counts
    columns: dict[str, set[str]] = {}
    for table, column in inputs:
        columns.setdefault(table, set()).add(column)
    for table, wanted in columns.items():
        rows = sources[sources["table"] == table]
        if "*" not in wanted:
            # Settings have their key in the column 'key'.
            place = rows["key"] if table == "settings" else rows["column"]
            rows = rows[place.isin([*wanted, "*"])]
        for grade, count in rows["grade"].value_counts().items():
            counts[str(grade)] = counts.get(str(grade), 0) + int(count)
    return counts


def told(counts: dict[str, int]) -> str:
    """Say how many of the inputs are estimates."""
    total = sum(counts.values())
    if not total:
        return "the scenario names no sources for the inputs that decide this"
    listed = ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
    return (
        f"{counts['C']} of {total} source statements on the inputs that decide this "
        f"are C-graded estimates ({listed})"
    )
