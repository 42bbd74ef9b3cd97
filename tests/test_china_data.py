"""The shipped data of China: totals, consistency, sources, and the rebuild."""

import itertools
import subprocess
import sys
import tomllib
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from siting.scenario import Scenario
from siting.statements import in_use
from siting.tables.datapackage import describe_folder

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "regions" / "china"
CLUSTERS = {
    "zhangjiakou", "yrd_demo", "wuhu", "shaoguan", "tianfu",
    "chongqing", "horinger", "guian", "qingyang", "zhongwei",
}  # fmt: skip
METROS = {
    "beijing": 650.0,
    "shanghai": 600.0,
    "hangzhou": 330.0,
    "guangzhou": 240.0,
    "shenzhen": 240.0,
}
REGIONS = {
    **dict.fromkeys(("BJ", "TJ", "HE"), "jjj"),
    **dict.fromkeys(("SH", "JS", "ZJ", "AH"), "yrd"),
    **dict.fromkeys(("GD", "SC", "CQ", "NM", "GZ", "GS", "NX"), "hubs"),
}
KEYS = {
    "accelerators": "model",
    "carbon_factors": "grid",
    "profiles": "profile",
    "tariffs": "hub",
    "transfer_prices": "basis",
}
# Columns that name a row, or that say which of several rows holds.
NAMING = {
    "carbon_factors": {"year"},
    "profiles": {"period"},
    "tariffs": {"basis", "period"},
}


def read(name: str) -> pd.DataFrame:
    """Read a table of the pack."""
    return pd.read_csv(PACK / f"{name}.csv", keep_default_na=False, na_values=[""])


def facts(name: str) -> pd.DataFrame:
    """Read a table of facts."""
    path = PACK / "facts" / f"{name}.csv"
    return pd.read_csv(path, keep_default_na=False, dtype=str)


@pytest.fixture(scope="module")
def hubs() -> pd.DataFrame:
    """Return the hubs by id."""
    return read("hubs").set_index("id")


@pytest.fixture(scope="module")
def national() -> pd.DataFrame:
    """Return the national demand with its province."""
    workloads = read("workloads/national")
    province = read("nodes").set_index("id")["province"]
    return workloads.assign(province=workloads["origin"].map(province))


@pytest.fixture(scope="module")
def graph() -> nx.Graph:
    """Return the backbone."""
    return nx.from_pandas_edgelist(read("links"), "source", "target", edge_attr=True)


@pytest.mark.parametrize("workloads", ["national", "chatgpt"])
def test_pack_loads_without_problems(workloads: str) -> None:
    """Both workload sets pass every check of the loader."""
    scenario = Scenario.load(PACK, workloads=workloads)
    assert scenario.warnings == ()
    assert scenario.settings.tariff_basis == "contract"
    assert scenario.settings.transfer_basis == "leased-wave"
    assert scenario.settings.carbon_year == 2022


def test_descriptor_is_current() -> None:
    """The data package describes the tables as they are."""
    text = (PACK / "datapackage.json").read_text(encoding="utf-8")
    assert text == describe_folder(PACK)


def test_rebuild_is_byte_identical(tmp_path: Path) -> None:
    """The derivation reproduces every shipped table."""
    script = PACK / "derive" / "build.py"
    subprocess.run(
        [sys.executable, str(script), str(tmp_path)], check=True, timeout=240
    )
    built = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    shipped = {
        path.relative_to(PACK)
        for pattern in ("*.csv", "*.toml", "workloads/*.csv")
        for path in PACK.glob(pattern)
    }
    assert set(built) == shipped
    for name in built:
        assert (tmp_path / name).read_bytes() == (PACK / name).read_bytes(), name


def test_documented_assumptions_are_those_used() -> None:
    """The table in the documentation is the one the derivation prints."""
    script = PACK / "derive" / "build.py"
    command = [sys.executable, str(script), "--assumptions"]
    table = subprocess.run(command, check=True, capture_output=True, timeout=240).stdout
    document = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
    assert table.decode("utf-8").replace("\r\n", "\n") in document


def test_total_and_class_demand(national: pd.DataFrame) -> None:
    """2,289 MW in all, 1,576 MW of it AI, split as decided."""
    total = national["it_mw"].sum()
    assert total == pytest.approx(1.46e6 * 0.6272 * 2.5 / 1000, abs=0.01)
    by_class = national.groupby("class")["it_mw"].sum()
    ai = by_class[["training", "interactive", "realtime"]]
    assert ai.sum() == pytest.approx(1576, abs=0.01)
    assert (ai / ai.sum()).tolist() == pytest.approx([0.40, 0.48, 0.12], abs=1e-5)
    assert by_class["batch"] / by_class["backup"] == pytest.approx(2, abs=1e-4)


def test_regional_demand(national: pd.DataFrame) -> None:
    """Regions have the shares of the racks in use."""
    region = national["province"].map(REGIONS).fillna("rest")
    share = national.groupby(region)["it_mw"].sum() / national["it_mw"].sum()
    expected = {"jjj": 0.215, "yrd": 0.245, "hubs": 0.255, "rest": 0.285}
    assert share.to_dict() == pytest.approx(expected, abs=1e-5)
    assert national["province"].nunique() == 31


def test_demand_inside_a_region_follows_gdp_and_gdp_a_head(
    national: pd.DataFrame,
) -> None:
    """Provinces of one region stand as GDP squared over people."""
    table = facts("provinces").set_index(["id", "variable"])["value"]
    load = national.groupby("province")["it_mw"].sum()
    for one, other in (("BJ", "TJ"), ("JS", "AH"), ("GD", "NX"), ("SD", "XZ")):
        weight = [
            float(table[code, "gdp"]) ** 2 / float(table[code, "population"])
            for code in (one, other)
        ]
        assert load[one] / load[other] == pytest.approx(weight[0] / weight[1], rel=1e-3)


def test_latency_limits_and_rates(national: pd.DataFrame) -> None:
    """Each class has the decided limit and data rates."""
    columns = ["rtt_limit_ms", "to_hub_gbps_per_mw", "from_hub_gbps_per_mw"]
    rules = national.groupby("class")[columns].agg(["min", "max"])
    expected = {
        "training": (np.inf, 0.10, 0.05),
        "batch": (np.inf, 4.0, 1.0),
        "interactive": (30.0, 0.4, 0.4),
        "realtime": (10.0, 16.0, 4.0),
        "backup": (np.inf, 50.0, 0.5),
    }
    for name, values in expected.items():
        for column, value in zip(columns, values, strict=True):
            assert rules.loc[name, column].tolist() == [value, value]


def test_cluster_and_metro_room(hubs: pd.DataFrame) -> None:
    """Ten clusters sum to 3,650 MW; what is being built is not room."""
    clusters = hubs[hubs["kind"] == "cluster"]
    assert set(clusters.index) == CLUSTERS
    assert clusters["it_capacity_mw"].sum() == pytest.approx(3650)
    metros = hubs[hubs["kind"] == "metro"]["it_capacity_mw"]
    assert metros.to_dict() == METROS
    assert hubs.loc["wuhu", "it_capacity_mw"] < hubs.loc["wuhu", "build_max_mw"]


def test_green_contracts(hubs: pd.DataFrame) -> None:
    """Only three hubs have a known green contract."""
    green = hubs.loc[hubs["green_share"] > 0, "green_share"].to_dict()
    assert green == {"zhangjiakou": 0.33, "horinger": 0.8457, "qingyang": 0.65}


def test_ids_are_distinct(hubs: pd.DataFrame) -> None:
    """Hubs, nodes and provinces never share an id."""
    nodes = read("nodes")
    ids = [*hubs.index, *nodes["id"], *nodes["province"].unique()]
    assert len(ids) == len(set(ids))


def test_today_fits_into_the_rooms(hubs: pd.DataFrame, national: pd.DataFrame) -> None:
    """Where load runs today there is room for its peak, and it may be there."""
    peak = read("profiles")["factor"].max()
    load = national["it_mw"] * np.where(national["profile"] == "inference", peak, 1.0)
    used = load.groupby(national["home_hub"]).sum()
    assert (used <= hubs["it_capacity_mw"].reindex(used.index)).all()
    served = hubs["serves"].reindex(national["home_hub"]).fillna("").to_numpy()
    assert ((served == "") | (served == national["origin"].to_numpy())).all()


def test_every_origin_is_served_within_ten_ms(
    hubs: pd.DataFrame, national: pd.DataFrame, graph: nx.Graph
) -> None:
    """An origin far from every hub has a home site; the others a hub within metro."""
    home = dict(zip(hubs["serves"].fillna(""), hubs["node"], strict=True))
    shared = hubs.loc[hubs["kind"] != "home", "node"]
    for origin in national["origin"].unique():
        km = nx.single_source_dijkstra_path_length(graph, origin, weight="length_km")
        near = min(km[node] for node in shared) <= 100
        assert near != (origin in home), origin


def test_periods_make_a_year() -> None:
    """Typical days sum to 8,760 hours, every month once."""
    periods = read("periods")
    assert periods["hours"].sum() == 8760
    assert periods.groupby("day")["hour"].apply(list).map(len).eq(24).all()
    months = periods.drop_duplicates("day")["months"].astype(str).str.split(";")
    assert sorted(int(month) for month in months.explode()) == list(range(1, 13))
    assert 4 <= len(months) <= 6


def test_profile_has_mean_one_and_the_stated_peak() -> None:
    """Demand at factor 1 is the mean."""
    hours = read("periods").set_index("id")["hours"]
    for _, rows in read("profiles").groupby("profile"):
        factor = rows.set_index("period")["factor"]
        assert (factor * hours).sum() / 8760 == pytest.approx(1, abs=1e-12)
        assert factor.max() == pytest.approx(1.37)


def mean_prices(basis: str) -> "pd.Series[float]":
    """Hour-weighted mean price of each hub in CNY/MWh."""
    tariffs = read("tariffs").query("basis == @basis")
    hours = read("periods").set_index("id")["hours"]
    paid = tariffs["price_cny_per_mwh"] * tariffs["period"].map(hours)
    return paid.groupby(tariffs["hub"]).sum() / 8760


def test_contract_means_are_the_quotes() -> None:
    """The time-of-use shape leaves the quoted mean alone."""
    table = facts("hubs").query("variable == 'dc_electricity_price'")
    quotes = table.set_index("id")["value"].astype(float) * 1000
    mean = mean_prices("contract")
    assert (mean[quotes.index] - quotes).abs().max() < 0.01
    assert quotes["horinger"] == 330
    assert len(quotes) == 15


def test_list_prices_agree_with_the_notices_read() -> None:
    """Flat list prices lie within 5 per cent of three notices, demand charge off."""
    table = facts("provinces").query("variable == 'agency_tariff_flat'")
    notices = table.set_index(["id", "note"])["value"].astype(float)
    flat = (mean_prices("list") - 45) / 1000
    assert flat["shanghai"] == pytest.approx(notices["SH", "220kV+ two-part"], rel=0.05)
    assert flat["hangzhou"] == pytest.approx(
        notices["ZJ", "220kV+ two-part large industry"], rel=0.05
    )


def test_shaoguan_gets_the_discount_of_northern_guangdong() -> None:
    """The cross-subsidy inside Guangdong is 0.1133 CNY/kWh wide."""
    mean = mean_prices("list")
    assert mean["guangzhou"] - mean["shaoguan"] > 113.3
    assert mean["guangzhou"] - mean["shaoguan"] < 116


@pytest.mark.parametrize(
    ("source", "target", "change"), [("SH", "SC", -0.785), ("BJ", "NM", 0.235)]
)
def test_carbon_moves_of_2021(source: str, target: str, change: float) -> None:
    """Moves that published work reports keep their sign and size."""
    factors = read("carbon_factors").query("year == 2021").set_index("grid")
    location = factors["location_kg_per_mwh"]
    assert location[target] / location[source] - 1 == pytest.approx(change, abs=5e-4)


def test_carbon_factors_cover_all_provinces() -> None:
    """Both years, 31 provinces, residual mix never below the grid's."""
    factors = read("carbon_factors")
    assert factors.groupby("year")["grid"].nunique().to_dict() == {2021: 31, 2022: 31}
    assert (factors["residual_kg_per_mwh"] >= factors["location_kg_per_mwh"]).all()


def test_backbone_is_connected_and_modelled_as_calibrated(graph: nx.Graph) -> None:
    """One network; each corridor 4.9 us a km and 0.10 ms."""
    assert nx.is_connected(graph)
    assert set(read("nodes")["id"]) == set(graph)
    links = read("links")
    modelled = links["length_km"] * 0.0049 + 0.10
    assert (links["one_way_ms"] - modelled).abs().max() < 1e-3


def test_delays_against_published_figures(hubs: pd.DataFrame, graph: nx.Graph) -> None:
    """Inter-hub mean 9.7 ms one way; single routes as the facts say."""
    delay = dict(nx.all_pairs_dijkstra_path_length(graph, weight="one_way_ms"))
    one_hub = {frozenset(("yrd_demo", "wuhu")), frozenset(("tianfu", "chongqing"))}
    pairs = [
        pair
        for pair in itertools.combinations(sorted(CLUSTERS), 2)
        if frozenset(pair) not in one_hub
    ]
    node = hubs["node"]
    values = [delay[node[one]][node[other]] for one, other in pairs]
    assert len(values) == 43
    assert np.mean(values) == pytest.approx(9.7, abs=0.01)
    assert max(values) < 17.1
    assert delay["zhongwei-dc"]["beijing-pop"] == pytest.approx(8.4, abs=0.05)
    assert delay["zhongwei-dc"]["shanghai-pop"] < 15
    assert delay["shaoguan-dc"]["guangzhou-pop"] == pytest.approx(1.46, abs=0.01)


def test_lit_capacity_is_part_of_the_fibre() -> None:
    """Lit and widening together make whole systems of 32 Tbps."""
    links = read("links")
    full = links["capacity_gbps"] + links["widen_max_gbps"]
    assert (full % 32000 == 0).all()
    assert (links["capacity_gbps"] < links["widen_max_gbps"]).all()
    assert (links["utilisation"] == 0.16).all()


def test_transfer_bases_span_three_orders() -> None:
    """An own wave of 1,500 km costs 0.0006 CNY/GB, the cloud list price 0.48."""
    prices = read("transfer_prices").set_index("basis")
    wave = prices.loc["own-wave"]
    lit = 3 * wave["link_cny_per_gbps_year"] + 1500 * wave["link_cny_per_gbps_km_year"]
    own = lit / wave["fill"] / (450 * 8760)
    assert own == pytest.approx(0.0006, abs=0.00005)
    assert prices.loc["cloud-list", "price_cny_per_gb"] / own > 500


def test_chatgpt_set_has_the_published_fleet() -> None:
    """30,382 cards, and GPT-3 trainings of 3,640 PF-days."""
    workloads = read("workloads/chatgpt")
    assert workloads["accelerators"].sum() == 30382
    assert (workloads["pf_days_per_year"].dropna() % 3640 == 0).all()
    mean = Scenario.load(PACK, workloads="chatgpt").it_mw
    fleet = mean.drop("gpt3-training").sum()
    assert fleet == pytest.approx(30382 * 400 * 1.45 / 1e6)


def test_every_value_has_a_source() -> None:
    """Each filled cell of each table is covered by a row of sources.csv."""
    sources = read("sources")
    assert sources["grade"].isin(["A", "B", "C"]).all()
    assert sources["source"].notna().all()
    tables = [path.stem for path in PACK.glob("*.csv") if path.stem != "sources"]
    bare = []
    for name in [*tables, "workloads/national", "workloads/chatgpt"]:
        table, short = read(name), name.split("/")[0]
        key = KEYS.get(short, "id")
        own = sources[sources["table"] == short]
        for column in table.columns:
            if column == key or column in NAMING.get(short, set()):
                continue
            rows = own[own["column"].isin([column, "*"])]
            named = set("|".join(rows["key"]).split("|"))
            filled = set(table.loc[table[column].notna(), key].astype(str))
            if "*" not in named and filled - named:
                bare.append((name, column, sorted(filled - named)[:3]))
    assert bare == []


def test_prices_and_factors_have_sources_of_their_own() -> None:
    """Each basis of the tariffs and each year of the factors is stated by itself.

    Counted by hand in the table: of contract prices 2 A, 6 B, 1 C, of list prices 1 C,
    of each year's factors 1 A, 2 C. With one basis and one year the grades in use are
    14 A, 22 B, 69 C.
    """
    sources = read("sources")
    graded = sources.fillna({"basis": ""}).groupby(["table", "basis"])["grade"]
    told = {key: "".join(sorted(grades)) for key, grades in graded}
    assert {key: told[key] for key in told if key[1]} == {
        ("tariffs", "contract"): "AABBBBBBC",
        ("tariffs", "list"): "C",
        ("carbon_factors", "2021"): "ACC",
        ("carbon_factors", "2022"): "ACC",
    }
    assert {("tariffs", ""), ("carbon_factors", "")} & set(told) == set()
    hubs = set(read("hubs")["id"])
    contract = sources[sources["basis"] == "contract"]
    assert set("|".join(contract["key"]).split("|")) == hubs
    used = in_use(Scenario.load(PACK))["grade"].value_counts()
    assert used.to_dict() == {"A": 14, "B": 22, "C": 69}


def test_every_source_names_something_shipped() -> None:
    """No source is left over from a value that is gone."""
    sources = read("sources")
    settings = tomllib.loads((PACK / "scenario.toml").read_text(encoding="utf-8"))
    known = {"settings": set(settings)}
    for table in sources["table"].unique():
        if table == "settings":
            continue
        names = [table] if table != "workloads" else [
            "workloads/national", "workloads/chatgpt"
        ]  # fmt: skip
        frames = [read(name) for name in names]
        key = KEYS.get(table, "id")
        known[table] = {str(value) for frame in frames for value in frame[key]}
    for row in sources.itertuples():
        keys = set(str(row.key).split("|")) - {"*"}
        assert keys <= known[str(row.table)], row


def test_settings_have_sources() -> None:
    """Every figure among the settings is graded."""
    settings = tomllib.loads((PACK / "scenario.toml").read_text(encoding="utf-8"))
    rows = read("sources").query("table == 'settings'")
    named = set("|".join(rows["key"]).split("|"))
    assert set(settings) - {"name", "title"} <= named


def test_outline_is_small_and_covers_the_provinces() -> None:
    """31 provinces with ISO codes in a file of moderate size."""
    geopandas = pytest.importorskip("geopandas")
    outline = geopandas.read_file(PACK / "boundaries.geojson")
    assert set(outline["id"]) == set(read("nodes")["province"])
    assert (outline["iso_3166_2"] == "CN-" + outline["id"]).all()
    assert outline.is_valid.all()
    assert (PACK / "boundaries.geojson").stat().st_size < 200_000


def test_facts_stay_small() -> None:
    """The collected facts are text, and little of it."""
    size = sum(path.stat().st_size for path in (PACK / "facts").iterdir())
    assert size < 1_200_000
