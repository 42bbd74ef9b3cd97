"""Constants and conversions of units, each tied to a published figure by a test."""

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_KM = 6371.0088
GB_PER_GBPS_HOUR = 450.0
MONTHS_PER_YEAR = 12.0
HOURS_PER_YEAR = 8760.0
HOURS_PER_DAY = 24.0
GB_PER_TB = 1000.0
KG_PER_T = 1000.0
KW_PER_MW = 1000.0
KWH_PER_MWH = 1000.0
W_PER_MW = 1.0e6
SECONDS_PER_HOUR = 3600.0
TFLOPS_PER_PFLOPS = 1000.0
FLOPS_PER_TFLOPS = 1.0e12


@overload
def annuity_factor(rate: float, years: float) -> float: ...
@overload
def annuity_factor(rate: float, years: NDArray[np.float64]) -> NDArray[np.float64]: ...
def annuity_factor(
    rate: float, years: float | NDArray[np.float64]
) -> float | NDArray[np.float64]:
    """Return the capital recovery factor: the yearly payment for one unit of capital.

    Parameters
    ----------
    rate
        Yearly rate of discount, as a share.
    years
        Life in years.

    Examples
    --------
    >>> round(annuity_factor(0.08, 15), 6)
    0.11683
    """
    if rate == 0.0:
        return 1.0 / years
    if isinstance(years, np.ndarray):
        return -rate / np.expm1(-years * math.log1p(rate))
    return -rate / math.expm1(-years * math.log1p(rate))


def volume_gb(rate_gbps: float, hours: float) -> float:
    """Return the volume in decimal gigabytes of a data rate held for some hours.

    >>> volume_gb(1.0, 8760.0)
    3942000.0
    """
    return rate_gbps * hours * GB_PER_GBPS_HOUR


def great_circle_km(
    latitude_a: ArrayLike,
    longitude_a: ArrayLike,
    latitude_b: ArrayLike,
    longitude_b: ArrayLike,
) -> NDArray[np.float64]:
    """Return great-circle distances in km (haversine); coordinates in degrees.

    The arguments are broadcast against each other; a coordinate that is not known
    (NaN) gives a distance that is not known.
    """
    phi_a = np.radians(np.asarray(latitude_a, dtype=float))
    phi_b = np.radians(np.asarray(latitude_b, dtype=float))
    half_phi = (phi_b - phi_a) / 2.0
    lambda_a = np.radians(np.asarray(longitude_a, dtype=float))
    lambda_b = np.radians(np.asarray(longitude_b, dtype=float))
    half_lambda = (lambda_b - lambda_a) / 2.0
    chord = (
        np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    )
    angle = 2.0 * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return np.asarray(EARTH_RADIUS_KM * angle, dtype=np.float64)


@overload
def gpu_hours_of_pf_days(pf_days: float, tflops: float, mfu: float) -> float: ...
@overload
def gpu_hours_of_pf_days(
    pf_days: NDArray[np.float64],
    tflops: NDArray[np.float64],
    mfu: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def gpu_hours_of_pf_days(
    pf_days: float | NDArray[np.float64],
    tflops: float | NDArray[np.float64],
    mfu: float | NDArray[np.float64],
) -> float | NDArray[np.float64]:
    """Return accelerator hours for PFLOP/s-days of training.

    Parameters
    ----------
    pf_days
        Days at one PFLOP/s of useful work.
    tflops
        Peak of one accelerator in TFLOP/s.
    mfu
        Model FLOPs utilisation, the share of the peak that does useful work.

    Examples
    --------
    >>> round(gpu_hours_of_pf_days(3640.0, 312.0, 0.4))
    700000
    """
    return pf_days * HOURS_PER_DAY * TFLOPS_PER_PFLOPS / (tflops * mfu)


@overload
def pf_days_of_flops(flops: float) -> float: ...
@overload
def pf_days_of_flops(flops: NDArray[np.float64]) -> NDArray[np.float64]: ...
def pf_days_of_flops(
    flops: float | NDArray[np.float64],
) -> float | NDArray[np.float64]:
    """Return PFLOP/s-days for a number of floating-point operations.

    >>> round(pf_days_of_flops(3.14e23))
    3634
    """
    pflop = TFLOPS_PER_PFLOPS * FLOPS_PER_TFLOPS
    return flops / (pflop * SECONDS_PER_HOUR * HOURS_PER_DAY)


def energy_mwh_of_bill(bill: float, price_per_kwh: float) -> float:
    """Return the energy in MWh that a bill pays for at a price for a kWh.

    >>> round(energy_mwh_of_bill(50_000.0, 0.08), 6)
    625.0
    """
    return bill / price_per_kwh / KWH_PER_MWH
