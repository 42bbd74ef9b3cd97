"""Conversions of units against published figures."""

import math

import numpy as np
import pytest

from siting import units


def test_gpt3_training_in_gpu_hours() -> None:
    """3,640 PF-days at 312 TFLOPS and 40 % MFU are 0.700 million GPU-hours."""
    hours = units.gpu_hours_of_pf_days(3640.0, 312.0, 0.4)
    assert hours == pytest.approx(0.700e6, rel=1e-12)


def test_pf_days_of_gpt3_flops() -> None:
    """The published 3.14e23 FLOP of GPT-3 are its published 3,640 PF-days."""
    assert units.pf_days_of_flops(3.14e23) == pytest.approx(3640.0, rel=2e-3)


def test_daily_bill_in_energy() -> None:
    """50,000 USD a day at 0.08 USD/kWh are 625 MWh a day."""
    assert units.energy_mwh_of_bill(50_000.0, 0.08) == pytest.approx(625.0)


def test_volume_of_a_rate() -> None:
    """1 Gbps over an hour is 450 GB, over a year 3.942 million GB (decimal)."""
    assert units.volume_gb(1.0, 1.0) == 450.0
    assert units.volume_gb(1.0, 8760.0) == 3.942e6


@pytest.mark.parametrize(
    ("rate", "years", "factor"),
    [
        (0.08, 15.0, 0.116830),  # the shipped region's capital
        (0.05, 10.0, 0.129505),  # textbook tables of the capital recovery factor
        (0.10, 20.0, 0.117460),
        (0.0, 10.0, 0.1),  # without interest capital is spread evenly
    ],
)
def test_annuity_factor(rate: float, years: float, factor: float) -> None:
    """The capital recovery factor is that of published tables."""
    assert units.annuity_factor(rate, years) == pytest.approx(factor, abs=1e-6)


def test_annuity_pays_the_capital_back() -> None:
    """Payments of one annuity, discounted, sum to the capital."""
    payment = units.annuity_factor(0.07, 12.0)
    worth = sum(payment / 1.07**year for year in range(1, 13))
    assert worth == pytest.approx(1.0)


def test_annuity_factor_near_zero_rate_is_smooth() -> None:
    """A tiny rate gives almost the factor without interest (no cancellation)."""
    assert units.annuity_factor(1e-12, 10.0) == pytest.approx(0.1, rel=1e-9)


def test_annuity_factor_of_arrays() -> None:
    """Arrays of lives give arrays of factors."""
    factors = units.annuity_factor(0.08, np.array([10.0, 15.0]))
    assert factors == pytest.approx([0.149029, 0.116830], abs=1e-6)


def test_great_circle_of_a_quarter_meridian() -> None:
    """From the equator to the pole it is a quarter of the mean circumference."""
    distance = units.great_circle_km(0.0, 0.0, 90.0, 0.0)
    assert distance == pytest.approx(math.pi / 2.0 * 6371.0088)


def test_great_circle_beijing_shanghai() -> None:
    """Beijing to Shanghai is about 1,068 km by air."""
    distance = units.great_circle_km(39.9042, 116.4074, 31.2304, 121.4737)
    assert distance == pytest.approx(1068.0, abs=3.0)


def test_great_circle_is_symmetric_and_broadcasts() -> None:
    """Distances form a symmetric matrix; an unknown place has no distance."""
    latitude, longitude = np.array([30.0, 40.0, np.nan]), np.array([100.0, 110.0, 0.0])
    matrix = units.great_circle_km(
        latitude[:, None], longitude[:, None], latitude[None, :], longitude[None, :]
    )
    assert matrix[0, 1] == pytest.approx(matrix[1, 0])
    assert matrix[0, 0] == 0.0
    assert np.isnan(matrix[2]).all()
