"""Hubs: ten national clusters, five eastern metros, home sites."""

import math

import pandas as pd
from common import GRADES, Sources, facts, side_of, value, variable

TEN = [
    "zhangjiakou",
    "yrd_demo",
    "wuhu",
    "shaoguan",
    "tianfu",
    "chongqing",
    "horinger",
    "guian",
    "qingyang",
    "zhongwei",
]
METROS = ["beijing", "shanghai", "hangzhou", "guangzhou", "shenzhen"]
PROVINCE = {
    "zhangjiakou": "HE",
    "yrd_demo": "SH",
    "wuhu": "AH",
    "shaoguan": "GD",
    "tianfu": "SC",
    "chongqing": "CQ",
    "horinger": "NM",
    "guian": "GZ",
    "qingyang": "GS",
    "zhongwei": "NX",
    "beijing": "BJ",
    "shanghai": "SH",
    "hangzhou": "ZJ",
    "guangzhou": "GD",
    "shenzhen": "GD",
}


def published_room(raw: pd.DataFrame) -> dict[str, float]:
    """Standing IT MW where it was published: racks in operation or compute.

    The larger of the two, because standard racks undercount halls for accelerators.
    What is under construction is not room.
    """
    racks = variable(raw, "racks_in_operation") * value("rack_kw") / 1000
    compute = variable(raw, "compute_total") / value("pflops_per_mw")
    room = {
        hub: float(pd.Series([racks.get(hub), compute.get(hub)]).max())
        for hub in (
            "zhangjiakou",
            "shaoguan",
            "chongqing",
            "horinger",
            "qingyang",
            "zhongwei",
        )
    }
    room["guian"] = float(variable(raw, "it_mw_est")["guian"])
    return room


def cluster_room(raw: pd.DataFrame) -> pd.Series:
    """Ten clusters that sum to all their racks; those without a figure share."""
    total = value("racks_million") * 1e6 * value("rack_kw") / 1000
    room = published_room(raw)
    unknown = [hub for hub in TEN if hub not in room]
    rest = (total - sum(room.values())) / len(unknown)
    return pd.Series({hub: room.get(hub, rest) for hub in TEN})


def planned_room(raw: pd.DataFrame, room: pd.Series) -> dict[str, tuple[float, str]]:
    """Room that published plans add, with the variable it was read from."""
    racks_2025 = variable(raw, "racks_planned_2025") * value("rack_kw") / 1000
    racks_2030 = variable(raw, "racks_planned_2030") * value("rack_kw") / 1000
    building = variable(raw, "racks_under_construction") * value("rack_kw") / 1000
    servers = variable(raw, "servers_planned") * value("server_kw") / 1000
    project = variable(raw, "it_mw_planned_single_project")
    target = variable(raw, "compute_target_2027") / value("pflops_per_mw")
    return {
        "wuhu": (building["wuhu"], "racks_under_construction"),
        "shaoguan": (racks_2025["shaoguan"] - room["shaoguan"], "racks_planned_2025"),
        "guian": (racks_2025["guian"] - room["guian"], "racks_planned_2025"),
        "qingyang": (racks_2030["qingyang"] - room["qingyang"], "racks_planned_2030"),
        "zhongwei": (project["zhongwei"], "it_mw_planned_single_project"),
        "horinger": (servers["ulanqab"], "servers_planned"),
        "tianfu": (target["tianfu"], "compute_target_2027"),
    }


def national_hubs(nodes: pd.DataFrame) -> pd.DataFrame:
    raw = facts("hubs")
    first = raw.drop_duplicates("id").set_index("id").loc[[*TEN, *METROS]]
    room = pd.concat([cluster_room(raw), pd.Series(value("metro_room_mw"))])
    plans = planned_room(raw, room)
    cap, stock = variable(raw, "pue_cap"), variable(raw, "pue_operational")
    green = variable(raw, "green_share_reported") / 100
    bandwidth = published_bandwidth(raw)
    hubs = pd.DataFrame(
        {
            "id": first.index,
            "name": first["name_en"],
            "name_zh": first["name_zh"],
            "node": [f"{hub.replace('_', '-')}-dc" for hub in TEN]
            + [f"{hub}-pop" for hub in METROS],
            "side": first["side"],
            "province": [PROVINCE[hub] for hub in first.index],
            "kind": first["kind"],
            "latitude": variable(raw, "lat").loc[first.index],
            "longitude": variable(raw, "lon").loc[first.index],
            "it_capacity_mw": room.loc[first.index].round(1),
            "build_max_mw": [
                round(float(plans[hub][0]), 1) if hub in plans else 0.0
                for hub in first.index
            ],
            "pue": stock.loc[first.index],
            "pue_new": cap.loc[first.index],
            "green_share": [
                round(float(green.get(hub, 0.0)), 4) for hub in first.index
            ],
            "ingress_gbps": [bandwidth.get(hub, math.nan) for hub in first.index],
            "serves": "",
        }
    )
    missing = set(hubs["node"]) - set(nodes["id"])
    if missing:
        message = f"hubs at unknown nodes: {sorted(missing)}"
        raise ValueError(message)
    return hubs.reset_index(drop=True)


def published_bandwidth(raw: pd.DataFrame) -> dict[str, float]:
    """Bandwidth out of a hub, where it was published; elsewhere the links limit."""
    return {
        "zhongwei": float(variable(raw, "internet_egress")["zhongwei"]),
        "guian": float(variable(raw, "province_egress")["guian"]),
    }


def home_sites(
    origins: pd.DataFrame, nodes: pd.DataFrame, own_peak_mw: pd.Series
) -> pd.DataFrame:
    """A site of its own for each origin that has no hub at its own place."""
    alone = origins[origins["place"].str.startswith("home-")]
    place = nodes.set_index("id").loc[alone["origin"]].reset_index()
    need = own_peak_mw.loc[alone["origin"]]
    return pd.DataFrame(
        {
            "id": alone["place"].to_numpy(),
            "name": place["name"] + " (home site)",
            "name_zh": place["name_zh"] + "（本地机房）",
            "node": place["id"],
            "side": place["province"].map(side_of),
            "province": place["province"],
            "kind": "home",
            "latitude": place["latitude"],
            "longitude": place["longitude"],
            "it_capacity_mw": [math.ceil(mw * 10) / 10 for mw in need],
            "build_max_mw": 0.0,
            "pue": value("home_pue"),
            "pue_new": value("home_pue_new"),
            "green_share": 0.0,
            "ingress_gbps": math.nan,
            "serves": place["id"],
        }
    )


def finish(hubs: pd.DataFrame) -> pd.DataFrame:
    """Columns that are the same everywhere, in the order of the data dictionary."""
    hubs = hubs.assign(
        capex_cny_per_kw=value("capex_cny_per_kw"),
        hosting_cny_per_mw_year=value("hosting_cny_per_mw_year"),
        grid=hubs["province"],
        egress_gbps=hubs["ingress_gbps"],
    )
    order = [
        "id",
        "name",
        "name_zh",
        "node",
        "side",
        "province",
        "kind",
        "latitude",
        "longitude",
        "it_capacity_mw",
        "build_max_mw",
        "capex_cny_per_kw",
        "hosting_cny_per_mw_year",
        "pue",
        "pue_new",
        "grid",
        "green_share",
        "ingress_gbps",
        "egress_gbps",
        "serves",
    ]
    return hubs[order]


def register(sources: Sources, hubs: pd.DataFrame) -> None:
    raw = facts("hubs")
    homes = "|".join(hubs.loc[hubs["kind"] == "home", "id"])
    room = cluster_room(raw)
    plans = planned_room(raw, room)

    def row_of(hub: str, name: str) -> pd.Series:
        rows = raw[(raw["id"] == hub) & (raw["variable"] == name)]
        return rows.iloc[0]

    for hub in (*TEN, *METROS):
        for column, name in (
            ("latitude", "lat"),
            ("longitude", "lon"),
            ("pue", "pue_operational"),
            ("pue_new", "pue_cap"),
        ):
            row = row_of(hub, name)
            wanted = column == "pue" and row["note"] in ("plan", "province target")
            grade = "C" if wanted else GRADES[row["confidence"]]
            if column == "pue" and grade == "A":
                # What was read is the PUE of one site of the hub.
                grade = "B"
            sources.fact("hubs", column, row, key=hub, grade=grade)
    for column in ("latitude", "longitude"):
        sources.add("hubs", column, "GeoNames (CC BY 4.0)", "A", key=homes)
    sources.assumed("hubs", "pue", "home_pue", key=homes)
    sources.assumed("hubs", "pue_new", "home_pue_new", key=homes)
    register_room(sources, raw, homes, plans)
    sources.assumed("hubs", "capex_cny_per_kw", "capex_cny_per_kw")
    sources.assumed("hubs", "hosting_cny_per_mw_year", "hosting_cny_per_mw_year")
    for hub in ("zhangjiakou", "qingyang", "horinger"):
        row = row_of(hub, "green_share_reported")
        grade = "B" if hub == "zhangjiakou" else "C"
        sources.fact("hubs", "green_share", row, key=hub, grade=grade)
    rest = [
        hub for hub in hubs["id"] if hub not in ("zhangjiakou", "qingyang", "horinger")
    ]
    sources.add(
        "hubs",
        "green_share",
        "no contract known: none counted",
        "C",
        key="|".join(rest),
        value=0,
        note="renewable minimums and policy targets are not purchases",
    )
    for hub, name in (("zhongwei", "internet_egress"), ("guian", "province_egress")):
        for column in ("ingress_gbps", "egress_gbps"):
            sources.fact("hubs", column, row_of(hub, name), key=hub)
    for column in ("ingress_gbps", "egress_gbps"):
        sources.add(
            "hubs",
            column,
            "not published: no limit but the links at the site",
            "C",
            key="|".join(hub for hub in hubs["id"] if hub not in ("zhongwei", "guian")),
            note="Shaoguan: 13 x 400G to the Greater Bay Area read, the total not",
        )
    for column, source in (
        ("name", "NDRC replies on the hubs; GeoNames"),
        ("name_zh", "NDRC replies on the hubs; GeoNames"),
        ("node", "by construction"),
        ("province", "administrative division"),
        (
            "grid",
            "the province's carbon factor; the demonstration zone takes Shanghai's",
        ),
        ("kind", "by construction"),
        ("serves", "by construction: a home site serves its own origin"),
        ("side", "national plan (hubs), three-region convention (home sites)"),
    ):
        sources.add("hubs", column, source, "A")


def register_room(
    sources: Sources,
    raw: pd.DataFrame,
    homes: str,
    plans: dict[str, tuple[float, str]],
) -> None:
    def row_of(hub: str, name: str) -> pd.Series:
        return raw[(raw["id"] == hub) & (raw["variable"] == name)].iloc[0]

    read_from = {
        "zhangjiakou": "racks_in_operation",
        "shaoguan": "racks_in_operation",
        "chongqing": "racks_in_operation",
        "horinger": "racks_in_operation",
        "qingyang": "compute_total",
        "zhongwei": "compute_total",
        "guian": "it_mw_est",
    }
    for hub, name in read_from.items():
        rule = {
            "racks_in_operation": "x 2.5 kW a rack",
            "compute_total": "/ 500 PFLOPS a MW",
        }
        sources.fact(
            "hubs",
            "it_capacity_mw",
            row_of(hub, name),
            key=hub,
            grade="B" if name == "racks_in_operation" else "C",
            note=rule.get(name, ""),
        )
    sources.add(
        "hubs",
        "it_capacity_mw",
        "derived: 1.46 M racks x 2.5 kW = 3,650 MW less the seven clusters with a "
        "figure, shared equally",
        "C",
        key="yrd_demo|wuhu|tianfu",
        unit="MW",
        year=2024,
        note="Wuhu: the 600,000 racks (1,500 MW) under construction are not room",
    )
    sources.assumed(
        "hubs", "it_capacity_mw", "metro_room_mw", key="|".join(METROS), unit="MW"
    )
    sources.add(
        "hubs",
        "it_capacity_mw",
        "by construction: peak of the origin's own workloads, rounded up to 0.1 MW",
        "C",
        key=homes,
        unit="MW",
    )
    for hub, (_, name) in plans.items():
        owner = "ulanqab" if name == "servers_planned" else hub
        sources.fact(
            "hubs",
            "build_max_mw",
            row_of(owner, name),
            key=hub,
            grade="C",
            note="a plan turned into MW, less what stands",
        )
    sources.add(
        "hubs",
        "build_max_mw",
        "no published plan read: no room to build",
        "C",
        key="zhangjiakou|yrd_demo|chongqing|" + "|".join(METROS) + "|" + homes,
        value=0,
    )
