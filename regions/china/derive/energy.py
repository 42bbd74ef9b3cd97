"""Tariffs under two bases, carbon factors, certificates."""

import numpy as np
import pandas as pd
from common import ASSUMPTIONS, GRADES, Sources, facts, value, variable
from seasons import Season, hourly

AREA_OF_PROVINCE = {"NM": "蒙西", "HE": "河北南网"}
AREA_OF_HUB = {"zhangjiakou": "冀北"}
# An older quote is one of other years: well known at most (grade B).
OLDEST_QUOTE = "2024"


def components(provinces: pd.DataFrame) -> pd.DataFrame:
    """Benchmark, transmission charge and funds by province (CNY/kWh), gaps filled."""
    table = pd.DataFrame(
        {
            "coal": variable(provinces, "coal_benchmark_price"),
            "td": variable(provinces, "td_energy_charge_220kV_two_part"),
            "funds": variable(provinces, "government_funds"),
        }
    )
    for province, name in (("HI", "neighbours_hainan"), ("XZ", "neighbours_tibet")):
        mean = table.loc[value(name)].mean()
        table.loc[province] = table.loc[province].fillna(mean)
    return table


def list_prices(
    hub: str,
    province: str,
    parts: pd.DataFrame,
    multiplier: np.ndarray,
    floating: str,
) -> np.ndarray:
    """List price (CNY/kWh) of each period: only the floating part takes the shape."""
    coal, td, funds = parts.loc[province, ["coal", "td", "funds"]]
    if hub == "zhangjiakou":
        coal, td = value("jibei_coal"), value("jibei_td")
    td += value("td_adjustment").get(hub, 0.0)
    purchase = coal * value("loss_factor")
    flat = purchase + value("system_cost") + td + funds
    base = {
        "purchase": coal,
        "retail without funds": flat - funds,
        "retail": flat,
        "purchase and transmission": coal + td,
        "purchase with loss": purchase,
    }[floating]
    return base * multiplier + (flat - base) + value("demand_charge")


def floating_part(text: str) -> str:
    """What the notice lets float, in one of five words."""
    if text.startswith("charged on the flat retail price"):
        return "retail without funds"
    if text.startswith("whole retail"):
        return "retail"
    if text.startswith("energy and T&D"):
        return "purchase and transmission"
    if text.startswith("energy, capacity"):
        return "purchase with loss"
    return "purchase"


def tariff_table(
    hubs: pd.DataFrame,
    periods: pd.DataFrame,
    seasons: list[Season],
    multipliers: dict[str, np.ndarray],
    provinces: pd.DataFrame,
) -> pd.DataFrame:
    """Basis `contract`: the list shape scaled to the quoted mean; `list`: as it reads.

    Without a quote the contract price is the flat list price plus demand charge.
    """
    parts = components(provinces)
    name_zh = provinces.drop_duplicates("id").set_index("id")["name_zh"]
    floats = facts("tou_windows").drop_duplicates("area_zh").set_index("area_zh")
    quotes = variable(facts("hubs"), "dc_electricity_price")
    hours = periods["hours"].to_numpy(dtype=float)
    frames = []
    for hub in hubs.itertuples():
        area = AREA_OF_HUB.get(
            hub.id, AREA_OF_PROVINCE.get(hub.province, name_zh[hub.province])
        )
        shape = np.concatenate(
            [hourly(multipliers[area], season) for season in seasons]
        )
        floating = floating_part(floats.loc[area, "floating_base"])
        listed = list_prices(hub.id, hub.province, parts, shape, floating)
        flat = list_prices(hub.id, hub.province, parts, np.ones(1), floating)[0]
        quote = quotes.get(hub.id, round(float(flat), 4))
        contract = listed * quote * hours.sum() / (listed @ hours)
        frames += [
            pd.DataFrame(
                {
                    "basis": basis,
                    "hub": hub.id,
                    "period": periods["id"],
                    "price_cny_per_mwh": (price * 1000).round(3),
                }
            )
            for basis, price in (("contract", contract), ("list", listed))
        ]
    return pd.concat(frames).sort_values(["basis", "hub"], kind="stable")


def carbon_table(provinces: pd.DataFrame) -> pd.DataFrame:
    """Location factor as published; residual mix scaled by the nation's ratio.

    The nation's factor without market-traded non-fossil power over the plain factor:
    what the grid mix becomes once the power sold as green is taken out.
    """
    frames = []
    for year in ("2021", "2022"):
        factor = variable(provinces, "grid_co2_factor", year)
        plain = factor.pop("CN")
        factor["XZ"] = factor[value("neighbours_tibet")].mean()
        if year == "2022":
            without = variable(provinces, "grid_co2_factor_excl_market_nonfossil")["CN"]
        else:
            without = value("national_excluding_market_2021")
        frames.append(
            pd.DataFrame(
                {
                    "grid": factor.index,
                    "year": year,
                    "location_kg_per_mwh": (factor * 1000).round(1).to_numpy(),
                    "residual_kg_per_mwh": (factor * 1000 * without / plain)
                    .round(1)
                    .to_numpy(),
                }
            )
        )
    return pd.concat(frames)


def certificate_table() -> pd.DataFrame:
    """The bulk of the market; the dearest of the three kinds traded in 2025."""
    prices = facts("prices")
    row = prices[prices["item"] == "GEC 2025 centralised wind/PV"].iloc[0]
    return pd.DataFrame(
        [{"id": "gec-2025", "grid": "", "price_cny_per_mwh": float(row["value"])}]
    )


def register(sources: Sources, hubs: pd.DataFrame, provinces: pd.DataFrame) -> None:
    raw = facts("hubs")
    quotes = raw[raw["variable"] == "dc_electricity_price"].set_index("id")
    estimate = ASSUMPTIONS["retail_formula"].source
    for hub in hubs.itertuples():
        if hub.id in quotes.index and "formula" not in quotes.loc[hub.id, "source"]:
            quote = quotes.loc[hub.id]
            grade = GRADES[quote["confidence"]]
            if quote["year"] < OLDEST_QUOTE:
                grade = max(grade, "B")
            sources.fact(
                "tariffs",
                "price_cny_per_mwh",
                quote,
                key=hub.id,
                basis="contract",
                grade=grade,
            )
        else:
            sources.add(
                "tariffs",
                "price_cny_per_mwh",
                estimate,
                "C",
                key=hub.id,
                basis="contract",
                unit="CNY/kWh",
                year="2026",
                note="time-of-use shape scaled to this mean",
            )
    sources.add(
        "tariffs",
        "price_cny_per_mwh",
        estimate,
        "C",
        basis="list",
        unit="CNY/kWh",
        year="2026",
        note=(
            "shape from the provinces' time-of-use notices (windows grade A, "
            "multipliers A or B; Henan, Hubei, Tibet C: medians); "
            "Hainan and Tibet partly from neighbours"
        ),
    )
    for _, row in provinces[provinces["variable"] == "grid_co2_factor"].iterrows():
        if row["id"] != "CN" and GRADES.get(row["confidence"]):
            sources.fact(
                "carbon_factors",
                "location_kg_per_mwh",
                row.where(row.index != "note", ""),
                key=row["id"],
                basis=row["year"],
                value="",
            )
    for year in ("2021", "2022"):
        sources.assumed(
            "carbon_factors",
            "location_kg_per_mwh",
            "neighbours_tibet",
            key="XZ",
            basis=year,
            unit="kg/MWh",
            note="MEE publishes no factor for Tibet",
        )
        sources.add(
            "carbon_factors",
            "residual_kg_per_mwh",
            "derived: provincial factor x national factor without market-traded "
            "non-fossil power / national factor (MEE/NBS 2021: 0.5942 / 0.5568; "
            "2022: 0.5856 / 0.5366)",
            "C",
            basis=year,
            unit="kg/MWh",
            year=year,
            note="the nation's ratio for every province: too low where hydro is sold",
        )
    prices = facts("prices")
    row = prices[prices["item"] == "GEC 2025 centralised wind/PV"].iloc[0]
    sources.fact("certificates", "price_cny_per_mwh", row, key="gec-2025")
