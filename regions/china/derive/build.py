"""Derive the whole pack from facts/*.csv and assumptions.toml.

Run as ``python regions/china/derive/build.py [DIRECTORY]``; without a directory the
tables of the pack itself are written. The outline is made apart, by boundaries.py.
``--assumptions`` prints the table of docs/assumptions.md instead.
"""

import sys
from pathlib import Path

import demand
import energy
import network
import pandas as pd
import seasons
import sites
from common import ASSUMPTIONS, Assumption, Sources, facts, value, write

PACK = Path(__file__).resolve().parent.parent


def transfer_prices(sources: Sources) -> pd.DataFrame:
    prices, costs = facts("prices"), network.wave_costs()
    cloud = prices[prices["item"] == "Alibaba Cloud CDT inter-region, gold link"].iloc[
        0
    ]
    wave = prices[prices["item"].str.startswith("Long-haul OTN/wave")].iloc[0]
    sources.fact("transfer_prices", "price_cny_per_gb", cloud, key="cloud-list")
    sources.fact("transfer_prices", "price_cny_per_gbps_month", wave, key="leased-wave")
    for column in ("link_cny_per_gbps_year", "link_cny_per_gbps_km_year"):
        sources.assumed(
            "transfer_prices",
            column,
            "wave_capex_cny",
            key="own-wave",
            unit="CNY per lit Gbps and year",
            value="",
            note=(
                "annuity of 8 % over 5 years + 30 % operation: 0.0006 CNY/GB over "
                "1,500 km and three corridors at half fill"
            ),
        )
    sources.assumed("transfer_prices", "fill", "fill", key="leased-wave|own-wave")
    sources.add(
        "transfer_prices",
        "billing",
        "cloud: the sending side pays, so both directions; waves are duplex",
        "A",
    )
    sources.add(
        "transfer_prices",
        "includes_widening",
        "by construction: the own-wave price is the amortised widening",
        "A",
    )
    rows = [
        {
            "basis": "cloud-list",
            "price_cny_per_gb": float(cloud["value"]),
            "billing": "sum",
        },
        {
            "basis": "leased-wave",
            "price_cny_per_gbps_month": float(wave["value"]),
            "billing": "max",
            "fill": value("fill"),
        },
        {
            "basis": "own-wave",
            "billing": "max",
            "fill": value("fill"),
            "link_cny_per_gbps_year": costs["year_per_link"],
            "link_cny_per_gbps_km_year": costs["year_per_km"],
            "includes_widening": "true",
        },
    ]
    order = [
        "basis",
        "price_cny_per_gb",
        "price_cny_per_gbps_month",
        "billing",
        "fill",
        "link_cny_per_gbps_year",
        "link_cny_per_gbps_km_year",
        "includes_widening",
    ]
    return pd.DataFrame(rows)[order]


def peak_mw(workloads: pd.DataFrame, profile_peak: float) -> pd.Series:
    """Peak MW of each workload (of the ChatGPT set: its inference fleet)."""
    if "it_mw" in workloads:
        mean = workloads["it_mw"]
    else:
        chips = demand.accelerator_table().set_index("model")
        card_mw = chips.loc["A100", "tdp_w"] * value("server_overhead") / 1e6
        mean = workloads["accelerators"].fillna(0).astype(float) * card_mw
    return mean.where(workloads["profile"] != "inference", mean * profile_peak)


def check_today(hubs: pd.DataFrame, workloads: pd.DataFrame, peak: pd.Series) -> None:
    """Raise unless today's plan fits into the rooms."""
    used = peak.groupby(workloads["home_hub"]).sum()
    room = hubs.set_index("id")["it_capacity_mw"].reindex(used.index)
    if not (used <= room).all():
        message = f"today's plan does not fit: {used[~(used <= room)].to_dict()}"
        raise ValueError(message)


def settings(provinces: pd.DataFrame, sources: Sources) -> str:
    entries: dict[str, tuple[object, str]] = {
        "rtt_factor": (value("rtt_factor"), "rtt_factor"),
        "rtt_access_ms": (value("rtt_access_ms"), "rtt_access_ms"),
        "propagation_ms_per_km": (
            value("propagation_ms_per_km"),
            "propagation_ms_per_km",
        ),
        "hop_ms": (value("hop_ms"), "hop_ms"),
        "metro_km": (value("metro_km"), "metro_km"),
        "network_kwh_per_gb": (value("network_kwh_per_gb"), "network_kwh_per_gb"),
        "discount_rate": (value("discount_rate"), "discount_rate"),
        "life_years": (value("life_years"), "life_years"),
        "link_life_years": (value("wave_life_years"), "wave_life_years"),
    }
    for key, (_, name) in entries.items():
        sources.assumed("settings", "value", name, key=key)
    co2 = network.national_factor(provinces) * 1000
    national = provinces[
        (provinces["id"] == "CN")
        & (provinces["variable"] == "grid_co2_factor")
        & (provinces["year"] == "2022")
    ].iloc[0]
    sources.fact("settings", "value", national, key="network_co2_kg_per_mwh")
    lines = [
        "# Settings of the pack; every key is explained in docs/data.md,",
        "# every figure in docs/assumptions.md.",
        'name = "china"',
        'title = "China: ten national clusters, five eastern metros"',
        'workloads = "national"',
        "hours_per_year = 8760",
        *(f"{key} = {number}" for key, (number, _) in entries.items()),
        f"network_co2_kg_per_mwh = {co2:.1f}",
        'tariff_basis = "contract"     # or "list"',
        'transfer_basis = "leased-wave"  # or "own-wave", "cloud-list"',
        "carbon_year = 2022            # or 2021",
        "",
    ]
    choices = "hours_per_year|tariff_basis|transfer_basis|carbon_year|workloads"
    sources.add("settings", "value", "choice of the default case", "A", key=choices)
    return "\n".join(lines)


POLICY = """\
# No limit by default.
carbon_price_cny_per_t = 0.0
carbon_accounting = "location"
closed_hubs = []

# What the plan "East Data, West Computing" (东数西算) asks for, as limits to switch
# on; targets are not facts.

# [[placement_min]]     # a share of the training load goes west
# share = 0.6           # 60 % of new compute in the hubs by 2025
# side = "west"
# class = "training"

# [[green_min]]         # new data centres of the hubs: 80 % green (NDRC 2025 No. 669)
# share = 0.8
# class = "training"
"""


def assumption_line(entry: Assumption) -> str:
    shown = entry.value
    if isinstance(shown, dict):
        shown = ", ".join(f"{key} {item}" for key, item in shown.items() if item != "")
    elif isinstance(shown, list):
        shown = ", ".join(map(str, shown))
    elif isinstance(shown, float):
        shown = f"{shown:.6g}"
    span = "" if entry.low is None else f"{entry.low:g} to {entry.high:g}"
    source = entry.source + (f" ({entry.note})" if entry.note else "")
    cells = (entry.name, shown, span, entry.unit, entry.grade, entry.year, source)
    return "| " + " | ".join(map(str, (*cells, entry.enters))) + " |"


def assumption_table() -> str:
    """The table of docs/assumptions.md."""
    head = "| name | value | range | unit | grade | year | source | enters |"
    lines = [head, "|" + "---|" * 8, *map(assumption_line, ASSUMPTIONS.values())]
    return "\n".join(lines) + "\n"


def build(out: Path) -> None:
    sources = Sources()
    provinces = facts("provinces")
    multipliers = seasons.multipliers()
    days = seasons.find_seasons(multipliers)
    periods = seasons.period_table(days)
    profiles = seasons.profile_table(periods)
    seasons.register(sources)

    backbone = network.build(provinces, sources)
    hubs = sites.national_hubs(backbone["nodes"])
    origins = demand.origin_table(provinces, backbone["nodes"])
    origins = demand.places(origins, hubs, network.graph(backbone["links"]))
    workloads = demand.national(origins)
    chat = demand.chatgpt(origins)
    profile_peak = float(profiles["factor"].max())
    peak, chat_peak = (peak_mw(table, profile_peak) for table in (workloads, chat))
    own = peak.groupby(workloads["origin"]).sum()
    own = own.combine(chat_peak.groupby(chat["origin"]).sum(), max)
    homes = sites.home_sites(origins, backbone["nodes"], own)
    hubs = sites.finish(pd.concat([hubs, homes], ignore_index=True))
    check_today(hubs, workloads, peak)
    check_today(hubs, chat, chat_peak)

    tables = {
        "hubs": hubs,
        "periods": periods,
        "profiles": profiles,
        "tariffs": energy.tariff_table(hubs, periods, days, multipliers, provinces),
        "carbon_factors": energy.carbon_table(provinces),
        "certificates": energy.certificate_table(),
        "accelerators": demand.accelerator_table(),
        "transfer_prices": transfer_prices(sources),
        "workloads/national": workloads,
        "workloads/chatgpt": chat,
        **backbone,
    }
    sites.register(sources, hubs)
    energy.register(sources, hubs, provinces)
    demand.register(sources, workloads, chat)
    demand.register_accelerators(sources)
    scenario = settings(provinces, sources)
    for name, table in tables.items():
        write(table, out / f"{name}.csv")
    write(sources.frame(), out / "sources.csv")
    (out / "scenario.toml").write_text(scenario, encoding="utf-8", newline="\n")
    (out / "policy.toml").write_text(POLICY, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--assumptions"]:
        sys.stdout.write(assumption_table())
    else:
        build(Path(sys.argv[1]) if len(sys.argv) > 1 else PACK)
