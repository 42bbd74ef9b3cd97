"""All tables of a scenario, in the order of the data dictionary."""

from siting.tables.demand import (
    ACCELERATORS,
    CURRENT,
    PERIODS,
    PLACEMENT_COSTS,
    PROFILES,
    WORKLOADS,
)
from siting.tables.places import HUBS, LINKS, NODES, RTT, SIDES, TRANSFER_PRICES
from siting.tables.schema import by_name
from siting.tables.supply import (
    CARBON_FACTORS,
    CERTIFICATES,
    HUB_PERIODS,
    SOURCES,
    TARIFFS,
)

TABLES = by_name(
    (
        HUBS,
        WORKLOADS,
        PERIODS,
        TARIFFS,
        HUB_PERIODS,
        CARBON_FACTORS,
        CERTIFICATES,
        NODES,
        LINKS,
        TRANSFER_PRICES,
        RTT,
        PROFILES,
        ACCELERATORS,
        PLACEMENT_COSTS,
        CURRENT,
        SOURCES,
    )
)

__all__ = ["SIDES", "TABLES"]
