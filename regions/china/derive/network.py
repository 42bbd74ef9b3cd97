"""Backbone: PoPs, corridors, lit capacity, the price of waves, path lengths."""

import networkx as nx
import pandas as pd
from common import GRADES, Sources, facts, side_of, value, variable

HUB_REGIONS = {
    "jjj": ("BJ", "TJ", "HE"),
    "yrd": ("SH", "JS", "ZJ", "AH"),
    "gba": ("GD",),
    "chengyu": ("SC", "CQ"),
    "inner-mongolia": ("NM",),
    "guizhou": ("GZ",),
    "gansu": ("GS",),
    "ningxia": ("NX",),
}


def node_id(raw: str, role: str) -> str:
    """PoPs end in -pop and cluster sites in -dc, so no node is called like a hub."""
    name = raw.removesuffix("_city").replace("_", "-")
    return f"{name}-dc" if role == "hub-cluster" else f"{name}-pop"


def read_nodes(provinces: pd.DataFrame) -> pd.DataFrame:
    raw = facts("backbone_nodes")
    code = provinces.drop_duplicates("name_en").set_index("name_en")["id"]
    # The demonstration zone lies in three provinces; its power is Shanghai's.
    province = raw["province"].str.split("/").str[0].map(code)
    nodes = pd.DataFrame(
        {
            "id": [node_id(*pair) for pair in zip(raw["id"], raw["role"], strict=True)],
            "name": raw["name_en"],
            "name_zh": raw["name_zh"],
            "province": province,
            "side": province.map(side_of),
            "latitude": raw["lat"].astype(float),
            "longitude": raw["lon"].astype(float),
            "transit": "true",
            "raw": raw["id"],
        }
    )
    return nodes.set_index("raw", drop=True)


def read_links(nodes: pd.DataFrame) -> pd.DataFrame:
    raw = facts("backbone_links")
    source, target = raw["src"].map(nodes["id"]), raw["dst"].map(nodes["id"])
    return pd.DataFrame(
        {
            "id": source.str.removesuffix("-pop")
            + "--"
            + target.str.removesuffix("-pop"),
            "source": source,
            "target": target,
            "length_km": raw["fibre_km"].astype(float),
            "one_way_ms": raw["latency_one_way_ms"].astype(float),
            "systems": raw["systems_32T"].astype(int),
        }
    )


def lit_waves(nodes: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Lit 400G waves per fibre system, by corridor.

    The bandwidth of a hub region leaves it over the corridors that cross its border.
    Where a region's own figure was published, it is spread over the systems of its
    border; what remains of the nation's is spread over the borders of the other
    regions, and that is the rule everywhere else. A corridor between two regions (or
    inside one) takes the lower of the two.
    """
    province = nodes.set_index("id")["province"]
    source, target = links["source"].map(province), links["target"].map(province)
    systems = {
        name: int(links.loc[source.isin(codes) != target.isin(codes), "systems"].sum())
        for name, codes in HUB_REGIONS.items()
    }
    hubs = facts("hubs")
    gbps = {
        "guizhou": variable(hubs, "province_egress")["guian"],
        "ningxia": variable(hubs, "internet_egress")["zhongwei"],
    }
    wave = value("wave_gbps")
    left = value("inter_hub_tbps") * 1000 - sum(gbps.values())
    border = sum(count for name, count in systems.items() if name not in gbps)
    general = round(left / border / wave)
    own = {
        code: round(gbps[name] / systems[name] / wave)
        for name in gbps
        for code in HUB_REGIONS[name]
    }
    ends = [side.map(lambda code: own.get(code, general)) for side in (source, target)]
    return pd.concat(ends, axis=1).min(axis=1)


def wave_costs() -> dict[str, float]:
    """Capital of a lit Gbps, split into a part per corridor and a part per km."""
    ports = value("port_pair_cny") / value("wave_gbps") / value("corridors_per_wave")
    line = (value("wave_capex_cny") - value("port_pair_cny")) / value("wave_gbps")
    rate, years = value("discount_rate"), value("wave_life_years")
    yearly = rate / (1 - (1 + rate) ** -years) * (1 + value("wave_opex"))
    per_km = line / value("wave_km")
    return {
        "capital_per_link": round(ports, 2),
        "capital_per_km": round(per_km, 4),
        "year_per_link": round(ports * yearly, 2),
        "year_per_km": round(per_km * yearly, 4),
    }


def graph(links: pd.DataFrame) -> nx.Graph:
    return nx.from_pandas_edgelist(
        links, "source", "target", edge_attr=["length_km", "one_way_ms"]
    )


def build(provinces: pd.DataFrame, sources: Sources) -> dict[str, pd.DataFrame]:
    nodes = read_nodes(provinces)
    raw_links = read_links(nodes)
    waves = lit_waves(nodes, raw_links)
    costs = wave_costs()
    lit = raw_links["systems"] * waves * value("wave_gbps")
    full = raw_links["systems"] * value("system_tbps") * 1000
    links = raw_links.drop(columns="systems").assign(
        direction="duplex",
        capacity_gbps=lit,
        utilisation=value("utilisation"),
        widen_max_gbps=full - lit,
        widen_cny_per_gbps=(
            costs["capital_per_link"] + costs["capital_per_km"] * raw_links["length_km"]
        ).round(1),
    )
    register(sources, waves)
    return {"nodes": nodes.reset_index(drop=True), "links": links}


def register(sources: Sources, waves: pd.Series) -> None:
    for column in ("latitude", "longitude"):
        for _, row in facts("backbone_nodes").iterrows():
            sources.add(
                "nodes",
                column,
                row["source"],
                GRADES[row["confidence"]],
                key=node_id(row["id"], row["role"]),
                unit="degrees",
                year=row["year"],
            )
    sources.add("nodes", "name", "GeoNames and the NDRC replies on the hubs", "A")
    sources.add("nodes", "name_zh", "GeoNames and the NDRC replies on the hubs", "A")
    sources.add(
        "nodes",
        "province",
        "administrative division; ISO 3166-2:CN suffix",
        "A",
        note="the demonstration zone counts as Shanghai",
    )
    sources.add(
        "nodes",
        "side",
        "three-region convention of the National Bureau of Statistics",
        "B",
        note="hubs keep the side of the national plan: Wuhu is an eastern hub",
    )
    sources.add(
        "nodes",
        "transit",
        "choice: every PoP and cluster site passes waves through optically",
        "C",
    )
    for column in ("source", "target"):
        sources.add(
            "links",
            column,
            "own reading of the national trunk-cable grid",
            "C",
            year=2024,
            note="no public fibre map was found",
        )
    sources.add("links", "direction", "a wave carries both directions", "B")
    sources.assumed("links", "length_km", "route_factor", unit="km", value="")
    sources.assumed(
        "links",
        "one_way_ms",
        "route_factor",
        unit="ms",
        value="",
        note="length x 0.0049 ms/km + 0.10 ms; single routes up to 25 % low",
    )
    sources.assumed(
        "links",
        "capacity_gbps",
        "inter_hub_tbps",
        grade="C",
        unit="Gbps",
        value="",
        source=(
            "derived: 751 Tbps of inter-hub bandwidth (CAICT Q1 2024) over the fibre "
            f"systems on the hub regions' borders = {waves.max()} lit 400G waves a "
            "system; Guizhou 61 Tbps (2025) = 8, Ningxia 12.4 Tbps (2022) = 3; 1 to 6 "
            "systems a corridor by its class"
        ),
        note="systems per corridor are a judgement; what is lit, not what is possible",
    )
    sources.assumed(
        "links", "utilisation", "utilisation", note="used on every corridor"
    )
    sources.assumed(
        "links",
        "widen_max_gbps",
        "system_tbps",
        grade="C",
        unit="Gbps",
        value="",
        note="32 Tbps a system less what is lit; systems are a judgement",
    )
    sources.assumed(
        "links",
        "widen_cny_per_gbps",
        "wave_capex_cny",
        unit="CNY/Gbps",
        value="",
        note=(
            "300 CNY/Gbps a corridor (ports) + 1.9 CNY/Gbps and km (line system); "
            "fractions of a wave are possible in the programme"
        ),
    )


def national_factor(table: pd.DataFrame, year: str = "2022") -> float:
    return float(variable(table, "grid_co2_factor", year)["CN"])
