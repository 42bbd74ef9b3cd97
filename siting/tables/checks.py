"""All checks across the tables, in the order in which problems are told."""

from collections.abc import Mapping
from typing import Any

from siting.tables.coverage import check_carbon, check_profiles, check_tariffs
from siting.tables.forms import check_demand
from siting.tables.hours import check_hours
from siting.tables.network import check_network, warn_without_length
from siting.tables.provenance import warn_of_sources
from siting.tables.references import check_keys, check_references
from siting.tables.world import World


def check(
    world: World,
    hours_per_year: float | None,
    bases: Mapping[str, Any],
    metro_km: float,
) -> None:
    """Report everything that is wrong between rows and between tables.

    Parameters
    ----------
    world
        Completed tables and their origins.
    hours_per_year
        From the settings; ``None`` where they could not be read.
    bases
        The bases and the year that are chosen, where they are settled.
    metro_km
        From the settings.
    """
    check_keys(world)
    check_references(world)
    if hours_per_year is not None:
        check_hours(world, hours_per_year)
    if "tariff_basis" in bases:
        check_tariffs(world, bases["tariff_basis"])
    if "carbon_year" in bases:
        check_carbon(world, bases["carbon_year"])
    check_profiles(world)
    check_demand(world, hours_per_year)
    check_network(world)
    warn_without_length(world, metro_km, bases.get("transfer_basis", ""))
    warn_of_sources(world)
