"""Prices, PUE, green shares and carbon factors of hubs by period."""

from typing import Any

import numpy as np
import pytest

import siting
from siting.energy import HubEnergy, hub_energy

PERIODS = [{"id": "p", "hours": 6000.0}, {"id": "q", "hours": 2760.0}]


def energy(hubs: list[dict[str, Any]], **tables: Any) -> HubEnergy:
    """Energy of hubs in two periods."""
    return hub_energy(
        siting.Scenario.from_tables(
            hubs=[{"it_capacity_mw": 1.0} | hub for hub in hubs],
            periods=PERIODS,
            workloads=[{"id": "w", "class": "c", "origin": "o", "it_mw": 1.0}],
            **tables,
        )
    )


def test_electricity_is_free_without_tariffs() -> None:
    """Without a table every price is 0."""
    assert energy([{"id": "a"}]).price_cny_per_mwh.tolist() == [[0.0, 0.0]]


def test_rows_with_a_period_go_before() -> None:
    """A row with a period goes before one without, wherever it stands in the table."""
    found = energy(
        [{"id": "a"}, {"id": "b"}],
        tariffs=[
            {"hub": "a", "period": "q", "price_cny_per_mwh": -30.0},
            {"hub": "a", "price_cny_per_mwh": 400.0},
            {"hub": "b", "period": "p", "price_cny_per_mwh": 1.0},
            {"hub": "b", "period": "q", "price_cny_per_mwh": 2.0},
        ],
    )
    assert found.price_cny_per_mwh.tolist() == [[400.0, -30.0], [1.0, 2.0]]


def test_only_the_chosen_basis_counts() -> None:
    """Rows of other bases are left out, rows of every basis are kept."""
    tariffs = [
        {"basis": "list", "hub": "a", "price_cny_per_mwh": 700.0},
        {"basis": "contract", "hub": "a", "price_cny_per_mwh": 400.0},
        {"hub": "b", "price_cny_per_mwh": 300.0},
    ]
    hubs = [{"id": "a"}, {"id": "b"}]
    found = energy(hubs, tariffs=tariffs, settings={"tariff_basis": "contract"})
    assert found.price_cny_per_mwh[:, 0].tolist() == [400.0, 300.0]
    found = energy(hubs, tariffs=tariffs, settings={"tariff_basis": "list"})
    assert found.price_cny_per_mwh[:, 0].tolist() == [700.0, 300.0]


def test_pue_and_green_share_by_period() -> None:
    """``hub_periods`` replaces single values, under either PUE setting."""
    hubs = [{"id": "a", "pue": 1.4, "pue_new": 1.2, "green_share": 0.3}]
    rows = [
        {"hub": "a", "period": "p", "pue": 1.5},
        {"hub": "a", "period": "q", "green_share": 0.9},
    ]
    found = energy(hubs, hub_periods=rows)
    assert found.pue.tolist() == [[1.5, 1.4]]
    assert found.green_share.tolist() == [[0.3, 0.9]]
    found = energy(hubs, hub_periods=rows, settings={"pue": "new"})
    assert found.pue.tolist() == [[1.5, 1.2]]
    assert found.facility_mwh_per_mw.tolist() == [[9000.0, 3312.0]]


def test_carbon_factors_of_a_year_and_period() -> None:
    """Factors of the chosen year go before those of every year; blank grids emit none.

    The residual factor is the location-based one where it is not given.
    """
    found = energy(
        [{"id": "a", "grid": "g", "green_share": 0.5}, {"id": "b"}],
        carbon_factors=[
            {"grid": "g", "year": 2025, "location_kg_per_mwh": 500.0},
            {"grid": "g", "location_kg_per_mwh": 900.0, "residual_kg_per_mwh": 950.0},
            {"grid": "g", "year": 2024, "location_kg_per_mwh": 600.0},
            {
                "grid": "g",
                "year": 2025,
                "period": "q",
                "location_kg_per_mwh": 100.0,
                "residual_kg_per_mwh": 800.0,
            },
        ],
        settings={"carbon_year": 2025},
    )
    assert found.location_kg_per_mwh.tolist() == [[500.0, 100.0], [0.0, 0.0]]
    assert found.residual_kg_per_mwh.tolist() == [[500.0, 800.0], [0.0, 0.0]]
    assert found.location_t_per_mw[0].tolist() == pytest.approx([3000.0, 276.0])
    assert found.market_t_per_mw[0].tolist() == pytest.approx([1500.0, 1104.0])
    assert not np.any(found.market_t_per_mw[1])
