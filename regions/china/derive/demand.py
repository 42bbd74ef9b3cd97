"""The national demand, step by step, and the two workload sets."""

import math

import networkx as nx
import pandas as pd
from common import Sources, facts, value, variable
from network import HUB_REGIONS

CLASSES = ("training", "batch", "interactive", "realtime", "backup")
EASTERN_REGIONS = ("jjj", "yrd", "gba")
# Cards of a rented server, its rent (CNY a month) and its chip, per class.
RENTED = {"training": ("8 x H100", "H100"), "interactive": ("8 x H20", "H20")}


def totals() -> pd.Series:
    """Step 1: mean IT MW by class, from racks in use and national AI compute."""
    racks_mw = (
        value("racks_million")
        * 1e6
        * value("rack_utilisation")
        * value("rack_kw")
        / 1000
    )
    ai_mw = value("ai_compute_eflops") * 1000 / value("pflops_per_mw")
    rest_mw = racks_mw - ai_mw
    return pd.Series(
        {
            "training": ai_mw * value("training_share_of_ai"),
            "batch": rest_mw * value("batch_share_of_rest"),
            "interactive": ai_mw * value("interactive_share_of_ai"),
            "realtime": ai_mw * value("realtime_share_of_ai"),
            "backup": rest_mw * (1 - value("batch_share_of_rest")),
        }
    )


def province_shares(provinces: pd.DataFrame) -> pd.Series:
    """Step 2: regions as the racks in use; inside a region GDP x GDP a head."""
    gdp = variable(provinces, "gdp").drop("CN", errors="ignore")
    people = variable(provinces, "population").reindex(gdp.index)
    weight = gdp * gdp / people
    region = pd.Series("rest", index=gdp.index)
    region[list(HUB_REGIONS["jjj"])] = "jjj"
    region[list(HUB_REGIONS["yrd"])] = "yrd"
    others = [code for name, codes in HUB_REGIONS.items() for code in codes]
    region[[code for code in others if region[code] == "rest"]] = "hubs"
    share = region.map(lambda name: value(f"region_share_{name}"))
    return share * weight / weight.groupby(region).transform("sum")


def origin_table(provinces: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Step 3: a province's share split between its capital's PoP and its metros.

    The metro takes its own GDP x GDP a head, the capital stands for all the rest.
    """
    share = province_shares(provinces)
    gdp = variable(provinces, "gdp").drop("CN", errors="ignore")
    people = variable(provinces, "population").reindex(gdp.index)
    cities = facts("cities")
    city_gdp, city_people = variable(cities, "gdp"), variable(cities, "population")
    city_province = cities.drop_duplicates("id").set_index("id")["province"]
    pops = nodes[nodes["id"].str.endswith("-pop")].copy()
    pops["city"] = pops["id"].str.removesuffix("-pop")
    transit_only = {"xuzhou", "ulanqab"}
    rows = []
    for pop in pops.itertuples():
        if pop.city in transit_only:
            continue
        inside = city_province[city_province == pop.province].index
        if pop.city in inside:
            own_gdp, own_people = city_gdp[pop.city], city_people[pop.city]
        else:
            own_gdp = gdp[pop.province] - city_gdp[inside].sum()
            own_people = people[pop.province] - city_people[inside].sum()
        rows.append(
            {
                "city": pop.city,
                "origin": pop.id,
                "province": pop.province,
                "name": pop.name,
                "weight": own_gdp * own_gdp / own_people,
                "population": own_people,
            }
        )
    origins = pd.DataFrame(rows)
    inside_province = origins.groupby("province")["weight"].transform("sum")
    origins["share"] = (
        origins["province"].map(share) * origins["weight"] / inside_province
    )
    return origins


def places(origins: pd.DataFrame, hubs: pd.DataFrame, graph: nx.Graph) -> pd.DataFrame:
    """Where an origin's load runs today.

    `place`: the hub at its own place (no farther than metro_km of fibre, metros before
    clusters), else its home site. `training_place`: in the three eastern hub regions
    an origin without a hub of its own trains in the nearest metro of its region.
    """
    metro = hubs["kind"] == "metro"
    region = {code: name for name in EASTERN_REGIONS for code in HUB_REGIONS[name]}
    own, training = [], []
    for origin in origins.itertuples():
        km = nx.single_source_dijkstra_path_length(
            graph, origin.origin, weight="length_km"
        )
        ranked = hubs.assign(km=hubs["node"].map(km), cluster=~metro)
        near = ranked[ranked["km"] <= value("metro_km")]
        near = near.sort_values(["cluster", "km"], kind="stable")
        place = near["id"].iloc[0] if len(near) else f"home-{origin.city}"
        mine = region.get(origin.province)
        metros = ranked[metro & (ranked["province"].map(region) == mine)]
        own.append(place)
        elsewhere = place.startswith("home-") and mine is not None
        training.append(metros.sort_values("km")["id"].iloc[0] if elsewhere else place)
    return origins.assign(place=own, training_place=training)


def rent_per_mw() -> dict[str, float]:
    """Yearly rent of the accelerators of one MW of IT load, by class."""
    prices = facts("prices")
    chips = accelerator_table().set_index("model")
    rents = {}
    for workload_class, (server, model) in RENTED.items():
        rows = prices[prices["item"].str.startswith(server)]
        month = rows["value"].astype(float).min()
        kw = 8 * chips.loc[model, "tdp_w"] * value("server_overhead") / 1000
        rents[workload_class] = round(month * 12 * 1000 / kw, -5)
    rents["realtime"] = rents["interactive"]
    return rents


def dataset_tb_per_mw() -> float:
    """One corpus and one full training state per cluster of the stated size."""
    h800 = accelerator_table().set_index("model").loc["H800", "tdp_w"]
    cluster_mw = value("training_cluster_cards") * h800 * value("server_overhead") / 1e6
    return (value("corpus_tb") + value("state_tb")) / cluster_mw


def national(origins: pd.DataFrame) -> pd.DataFrame:
    total, rents = totals(), rent_per_mw()
    rows = []
    for workload_class in CLASSES:
        rule = value(f"class_{workload_class}")
        for origin in origins.itertuples():
            it_mw = round(float(total[workload_class] * origin.share), 4)
            training = workload_class == "training"
            rows.append(
                {
                    "id": f"{workload_class}-{origin.city}",
                    "name": f"{origin.name}: {workload_class}",
                    "class": workload_class,
                    "origin": origin.origin,
                    "manner": rule["manner"],
                    "it_mw": it_mw,
                    "profile": rule["profile"],
                    "rtt_limit_ms": rule["rtt_limit_ms"],
                    "to_hub_gbps_per_mw": rule["to_hub"],
                    "from_hub_gbps_per_mw": rule["from_hub"],
                    "window": "year" if training else "",
                    "burst": 1.0 if training else math.nan,
                    "dataset_tb": (
                        round(it_mw * dataset_tb_per_mw(), 1) if training else math.nan
                    ),
                    "accelerator_cny_per_mw_year": rents.get(workload_class, math.nan),
                    "home_hub": origin.training_place if training else origin.place,
                }
            )
    return pd.DataFrame(rows)


def chatgpt(origins: pd.DataFrame) -> pd.DataFrame:
    """One GPT-3 training site and the inference fleet of January 2023, in China."""
    numbers = facts("workloads_facts")

    def fact(item: str, metric: str) -> float:
        hit = numbers[(numbers["item"] == item) & (numbers["metric"] == metric)]
        return float(hit["value"].iloc[0])

    fleet = int(fact("ChatGPT Jan 2023", "A100 needed"))
    exact = fleet * origins["population"] / origins["population"].sum()
    cards = exact.astype(int)
    left = (exact - cards).sort_values(ascending=False, kind="stable")
    cards[left.index[: fleet - int(cards.sum())]] += 1
    chat, train = value("class_interactive"), value("class_training")
    runs = value("gpt3_runs_per_year")
    home = origins.set_index("city")["place"]
    training = {
        "id": "gpt3-training",
        "name": f"GPT-3 training, {runs} runs a year",
        "class": "training",
        "origin": "beijing-pop",
        "manner": train["manner"],
        "model": "A100",
        "pf_days_per_year": runs * fact("GPT-3 175B", "training compute"),
        "mfu": value("mfu"),
        "rtt_limit_ms": train["rtt_limit_ms"],
        "to_hub_gbps_per_mw": train["to_hub"],
        "from_hub_gbps_per_mw": train["from_hub"],
        "window": "year",
        "burst": 1.0,
        "dataset_tb": value("corpus_tb") + value("state_tb"),
        "home_hub": home["beijing"],
    }
    inference = [
        {
            "id": f"chat-{origin.city}",
            "name": f"{origin.name}: ChatGPT inference",
            "class": "interactive",
            "origin": origin.origin,
            "manner": chat["manner"],
            "model": "A100",
            "accelerators": int(count),
            "utilisation": value("chat_utilisation"),
            "profile": chat["profile"],
            "rtt_limit_ms": chat["rtt_limit_ms"],
            "to_hub_gbps_per_mw": chat["to_hub"],
            "from_hub_gbps_per_mw": chat["from_hub"],
            "home_hub": origin.place,
        }
        for origin, count in zip(origins.itertuples(), cards, strict=True)
    ]
    table = pd.DataFrame([training, *inference])
    table["accelerators"] = table["accelerators"].astype("Int64")
    order = [
        "id",
        "name",
        "class",
        "origin",
        "manner",
        "accelerators",
        "model",
        "utilisation",
        "pf_days_per_year",
        "mfu",
        "profile",
        "rtt_limit_ms",
        "to_hub_gbps_per_mw",
        "from_hub_gbps_per_mw",
        "window",
        "burst",
        "dataset_tb",
        "home_hub",
    ]
    return table[order]


def accelerator_table() -> pd.DataFrame:
    short = {
        "A100 SXM 80GB": "A100",
        "H100 SXM": "H100",
        "H800 SXM": "H800",
        "H20 96GB": "H20",
        "H200 SXM": "H200",
        "B200 SXM": "B200",
        "B300 SXM": "B300",
        "Ascend 910B": "Ascend-910B",
        "Ascend 910C": "Ascend-910C",
        "MLU590": "MLU590",
    }
    columns = {
        "bf16_dense": "tflops",
        "tdp": "tdp_w",
        "memory": "memory_gb",
        "mem_bw": "memory_gb_per_s",
    }
    raw = facts("accelerators")
    raw = raw[raw["accelerator"].isin(short) & raw["parameter"].isin(columns)]
    wide = raw.assign(number=raw["value"].astype(float)).pivot(
        index="accelerator", columns="parameter", values="number"
    )
    wide = wide.reindex(list(short))[list(columns)].rename(columns=columns)
    wide.insert(0, "model", [short[name] for name in wide.index])
    wide.insert(3, "server_overhead", value("server_overhead"))
    wide.insert(
        1,
        "vendor",
        raw.drop_duplicates("accelerator").set_index("accelerator")["vendor"],
    )
    return wide.reset_index(drop=True)


def register_accelerators(sources: Sources) -> None:
    raw = facts("accelerators")
    table = accelerator_table()
    names = {"Ascend-910B": "Ascend 910B", "Ascend-910C": "Ascend 910C"}
    columns = {
        "tflops": "bf16_dense",
        "tdp_w": "tdp",
        "memory_gb": "memory",
        "memory_gb_per_s": "mem_bw",
    }
    for row in table.itertuples():
        begin = names.get(row.model, row.model)
        for column, parameter in columns.items():
            match = raw[
                (raw["accelerator"].str.split(" SXM| 96GB").str[0] == begin)
                & (raw["parameter"] == parameter)
            ]
            if len(match):
                sources.fact("accelerators", column, match.iloc[0], key=row.model)
    sources.assumed("accelerators", "server_overhead", "server_overhead")
    sources.add("accelerators", "vendor", "the maker's name", "A")


def register(sources: Sources, workloads: pd.DataFrame, chat: pd.DataFrame) -> None:
    sources.assumed(
        "workloads",
        "it_mw",
        "racks_million",
        grade="C",
        unit="MW",
        value="",
        source=(
            "derived: 1.46 M racks x 62.72 % x 2.5 kW = 2,289 MW (NDA, March 2024); AI "
            "1,576 MW = 788 EFLOPS / 500 PFLOPS per MW; class shares; regions as racks "
            "in use (CAICT, end of 2023); inside by GDP x GDP a head (NBS 2023)"
        ),
        note="total grade B, split by class and place grade C",
    )
    for workload_class in CLASSES:
        name = f"class_{workload_class}"
        both = pd.concat([workloads, chat])
        ids = both.loc[both["class"] == workload_class, "id"]
        for column in ("rtt_limit_ms", "to_hub_gbps_per_mw", "from_hub_gbps_per_mw"):
            unit = "ms" if column == "rtt_limit_ms" else "Gbps per MW"
            sources.assumed("workloads", column, name, key="|".join(ids), unit=unit)
    for column in ("name", "class", "origin", "profile", "model"):
        sources.add("workloads", column, "by construction of the set", "A")
    for column in ("manner", "window", "burst"):
        sources.add(
            "workloads",
            column,
            "choice: training may wait inside a year, without idle accelerators",
            "C",
        )
    sources.assumed("workloads", "dataset_tb", "corpus_tb", unit="TB", value="")
    sources.add(
        "workloads",
        "accelerator_cny_per_mw_year",
        "SMM computing rents September 2026 (second-hand): 8 x H100 90,000 and 8 x H20 "
        "46,000 CNY a month, over TDP x overhead",
        "C",
        unit="CNY per MW and year",
        year="2026-09",
        note="the H20 rent contains cabinet power: do not add electricity to it",
    )
    sources.add(
        "workloads",
        "home_hub",
        "rule: the hub at the origin's own place (within metro_km, metros first), "
        "else its home site; training of the eastern hub regions in a metro",
        "C",
    )
    numbers = facts("workloads_facts")
    for item, metric, column in (
        ("GPT-3 175B", "training compute", "pf_days_per_year"),
        ("ChatGPT Jan 2023", "A100 needed", "accelerators"),
    ):
        row = numbers[(numbers["item"] == item) & (numbers["metric"] == metric)].iloc[0]
        split = "12 runs a year" if column[0] == "p" else "split by population"
        sources.fact("workloads", column, row, grade="C", note=split)
    sources.assumed("workloads", "mfu", "mfu")
    sources.assumed("workloads", "utilisation", "chat_utilisation")
