"""Tables: reading each kind of file, cells, defaults, and the descriptor."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from frictionless import Package
from shapely.geometry import LineString, Point

from siting import regions
from siting.errors import InputError
from siting.scenario import Scenario
from siting.tables.dictionary import TABLES
from siting.tables.schema import Kind

WORKLOADS = "id,class,origin,it_mw\ntrain,training,a,3\n"
HUBS = "id,it_capacity_mw\na,10\nb,20\n"


def load(folder: Path, **files: str | bytes) -> Scenario:
    """Write files (``hubs_csv`` for ``hubs.csv``) and load the scenario."""
    texts = {"hubs_csv": HUBS, "workloads_csv": WORKLOADS, **files}
    for name, content in texts.items():
        stem, _, suffix = name.rpartition("_")
        data = content if isinstance(content, bytes) else content.encode()
        if data:
            (folder / f"{stem}.{suffix}").write_bytes(data)
    return Scenario.load(folder)


def tables(**changes: Any) -> Scenario:
    """Make a scenario of small tables."""
    given: dict[str, Any] = {
        "hubs": [{"id": "a", "it_capacity_mw": 10}, {"id": "b", "it_capacity_mw": 5}],
        "workloads": [{"id": "w", "class": "batch", "origin": "a", "it_mw": 1.0}],
    }
    return Scenario.from_tables(**{**given, **changes})


@pytest.fixture(params=[0, 100], ids=["at once", "record by record"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read CSV as if the files were long, and as they are."""
    monkeypatch.setattr("siting.tables.csvfile._FEW_ROWS", request.param)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "content",
    [
        HUBS.encode("utf-8-sig"),
        HUBS.replace("\n", "\r\n").encode(),
        HUBS.replace("\n", "\r").encode(),
        HUBS.rstrip().encode(),
        (HUBS + "\n\n").encode(),
        b"\n" + HUBS.encode(),
        HUBS.replace("a,10", ' a , "10"').replace(' "10"', '"10"').encode(),
        b'"id","it_capacity_mw"\n"a","10"\n"b","20"\n',
    ],
    ids=["BOM", "CRLF", "CR", "no end", "blank end", "blank start", "spaces", "quotes"],
)
def test_flavours_of_csv(content: bytes, tmp_path: Path) -> None:
    """What spreadsheets and editors make of a CSV file is read alike."""
    hubs = load(tmp_path, hubs_csv=content).hubs
    assert hubs["it_capacity_mw"].to_dict() == {"a": 10.0, "b": 20.0}


@pytest.mark.usefixtures("reader")
def test_quoted_cells(tmp_path: Path) -> None:
    """Commas, quotation marks and line breaks inside quotes belong to the cell."""
    text = 'id,it_capacity_mw,name\na,10,"x, ""y""\nz"\nb,20,\n'
    names = load(tmp_path, hubs_csv=text).hubs["name"]
    assert names.to_dict() == {"a": 'x, "y"\nz', "b": "b"}


def test_single_column_with_blank_end(tmp_path: Path) -> None:
    """A table of one column is read, blank lines at its end left out."""
    nodes = load(tmp_path, nodes_csv="id\na\nb\n\n").nodes
    assert nodes.index.tolist() == ["a", "b"]


def test_parquet_keeps_lists_and_types(tmp_path: Path) -> None:
    """Parquet may hold lists for ids, and real booleans and integers."""
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "it_capacity_mw": [10, 20],
            "open": [True, None],
            "serves": [["a"], []],
        }
    )
    frame.to_parquet(tmp_path / "hubs.parquet")
    hubs = load(tmp_path, hubs_csv="").hubs
    assert hubs["serves"].tolist() == [("a",), ()]
    assert hubs["open"].tolist() == [True, True]
    assert hubs["it_capacity_mw"].dtype == np.float64


def test_geopackage_points_give_coordinates(tmp_path: Path) -> None:
    """Points of a GeoPackage are the coordinates, whatever their projection."""
    frame = geopandas.GeoDataFrame(
        {"id": ["a", "b"], "it_capacity_mw": [10.0, 20.0]},
        geometry=[Point(106.7, 26.6), Point(120.2, 30.3)],
        crs=4326,
    )
    frame.to_crs(3857).to_file(tmp_path / "hubs.gpkg", driver="GPKG")
    hubs = load(tmp_path, hubs_csv="").hubs
    assert hubs["longitude"].tolist() == pytest.approx([106.7, 120.2])
    assert hubs["latitude"].tolist() == pytest.approx([26.6, 30.3])


def test_geopackage_lines_are_left_out(tmp_path: Path) -> None:
    """The course of a link is not needed; its columns are read."""
    frame = geopandas.GeoDataFrame(
        {"source": ["a"], "target": ["b"], "length_km": [3.0]},
        geometry=[LineString([(0, 0), (1, 1)])],
        crs=4326,
    )
    frame.to_file(tmp_path / "links.gpkg", driver="GPKG", layer="links")
    assert load(tmp_path).links["length_km"].tolist() == [3.0]


def test_large_file_in_a_few_seconds(tmp_path: Path) -> None:
    """A hundred thousand workloads are read and checked by whole arrays."""
    count = 100_000
    frame = pd.DataFrame(
        {"id": [f"w{i}" for i in range(count)], "class": "batch", "origin": "a"}
    ).assign(it_mw=np.linspace(0.1, 0.2, count))
    frame.to_csv(tmp_path / "workloads.csv", index=False)
    scenario = load(tmp_path, workloads_csv="")
    assert scenario.it_mw.to_numpy().tolist() == frame["it_mw"].tolist()


@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame({"id": ["a", "b"], "it_capacity_mw": [1, 2]}),
        pd.DataFrame({"it_capacity_mw": [1, 2]}, index=pd.Index(["a", "b"], name="id")),
        [{"id": "a", "it_capacity_mw": 1}, {"id": "b", "it_capacity_mw": "2"}],
        {"id": ["a", "b"], "it_capacity_mw": [1.0, 2.0]},
    ],
    ids=["frame", "indexed frame", "list of dicts", "dict of lists"],
)
def test_kinds_of_tables_in_memory(given: object) -> None:
    """Frames, lists of dicts and dicts of lists make the same table."""
    assert tables(hubs=given).hubs["it_capacity_mw"].tolist() == [1.0, 2.0]


def test_a_given_frame_is_not_shared() -> None:
    """Changing a frame after the scenario was made changes nothing in it."""
    hubs = pd.DataFrame({"id": ["a"], "it_capacity_mw": [1.0]})
    scenario = tables(hubs=hubs)
    hubs.loc[0, "it_capacity_mw"] = 99.0
    assert scenario.hubs.loc["a", "it_capacity_mw"] == 1.0
    assert scenario.replace().hubs.loc["a", "it_capacity_mw"] == 1.0


@pytest.mark.parametrize("word", ["true", "TRUE", "Yes", "1", 1, 1.0, True])
def test_yes(word: object) -> None:
    """All words for yes are true."""
    hubs = [{"id": "a", "it_capacity_mw": 1, "open": word}]
    assert tables(hubs=hubs).hubs["open"].tolist() == [True]


@pytest.mark.parametrize("word", ["false", "FALSE", "No", "0", 0, 0.0, False])
def test_no(word: object) -> None:
    """All words for no are false."""
    hubs = [{"id": "a", "it_capacity_mw": 1, "open": word}]
    assert tables(hubs=hubs).hubs["open"].tolist() == [False]


@pytest.mark.parametrize("cell", ["a;b", "a; b;", ["a", "b"], ("a", "b")])
def test_lists_of_ids(cell: object) -> None:
    """Lists of ids may be text, lists or tuples."""
    row = {"id": "w", "class": "batch", "origin": "a", "it_mw": 1.0}
    workloads = [{**row, "allowed_hubs": cell}, {**row, "id": "v"}]
    found = tables(workloads=workloads).workloads["allowed_hubs"]
    assert found.tolist() == [("a", "b"), ()]


def test_defaults_are_those_of_the_schema() -> None:
    """Every column that was not given holds the default of the dictionary."""
    hubs = tables().hubs
    for field in TABLES["hubs"].fields:
        value = hubs.loc["a", field.name]
        if field.copies:
            assert value == hubs.loc["a", field.copies]
        elif field.default is not None:
            assert value == field.default
    assert hubs.loc["a", "pue_new"] == 1.0
    assert hubs.loc["a", "ingress_gbps"] == np.inf


def test_blank_columns_take_no_memory() -> None:
    """Columns that were not given are one cell each, until somebody writes to them.

    Each would take 4 MB and more; a write to the cell would change all rows, or fail.
    """
    count = 500_000
    workloads = {"id": np.arange(count), "class": "c", "origin": "a", "it_mw": 1.0}
    frame = tables(workloads=pd.DataFrame(workloads)).workloads
    for field in TABLES["workloads"].fields:
        if field.name in workloads or field.copies:
            continue
        cells = frame[field.name].reset_index(drop=True)
        assert cells.iloc[-1] == field.blank or np.isnan(field.blank)
        taken = cells.to_numpy().strides[0] * count
        if field.kind is Kind.TEXT:
            taken = pa.table({"words": cells})["words"].get_total_buffer_size()
        assert taken < 2 * count, field.name
    frame.loc[frame.index[0], "burst"] = 2.0
    frame.loc[frame["id"] == "1", ["burst", "mfu"]] = 3.0
    frame.loc[frame.index[2], "window"] = "day"
    assert frame["burst"].head(3).tolist() == [2.0, 3.0, 1.0]
    assert frame["window"].head(3).tolist() == ["year", "year", "day"]
    assert tables().workloads["burst"].tolist() == [1.0]


def test_new_rooms_have_the_pue_of_standing_rooms() -> None:
    """A blank ``pue_new`` is that row's ``pue``; a given one stays."""
    hubs = [
        {"id": "a", "it_capacity_mw": 1, "pue": 1.4, "pue_new": None},
        {"id": "b", "it_capacity_mw": 1, "pue": 1.5, "pue_new": 1.1},
    ]
    assert tables(hubs=hubs).hubs["pue_new"].tolist() == [1.4, 1.1]


def test_every_table_has_its_columns_and_types() -> None:
    """Tables that are not given have no rows, but the columns and dtypes."""
    scenario = tables()
    for name, table in TABLES.items():
        frame = getattr(scenario, name)
        assert list(frame.columns) == list(table.names)
        for field in table.fields:
            dtype = frame[field.name].dtype
            if field.kind is Kind.NUMBER:
                assert dtype == np.float64
            elif field.kind is Kind.FLAG:
                assert pd.api.types.is_bool_dtype(dtype)
            else:
                assert pd.api.types.is_object_dtype(
                    dtype
                ) or pd.api.types.is_string_dtype(dtype)


def test_keys_are_the_index_and_stay_columns() -> None:
    """Tables with an id are indexed by it; sorting by the column still works."""
    hubs = tables().hubs
    assert hubs.index.tolist() == hubs["id"].tolist() == ["a", "b"]
    assert hubs.sort_values("id", ascending=False).index.tolist() == ["b", "a"]


def test_notes_and_labels_are_kept() -> None:
    """Columns that start with note, and labels of periods, stay as text."""
    periods = [{"id": "t", "hours": 8760, "week": 7, "day": 1.0}]
    hubs = [{"id": "a", "it_capacity_mw": 1, "note_room": "seen"}]
    scenario = tables(hubs=hubs, periods=periods)
    assert scenario.periods.loc["t", ["week", "day"]].tolist() == ["7", "1"]
    assert scenario.hubs.loc["a", "note_room"] == "seen"


def test_links_get_ids_and_delays() -> None:
    """Parallel links are numbered; a delay follows from length and settings."""
    links = [
        {"source": "a", "target": "b", "length_km": 100.0},
        {"source": "a", "target": "b", "length_km": 200.0, "one_way_ms": 9.0},
    ]
    scenario = tables(links=links, settings={"hop_ms": 0.1})
    assert scenario.links.index.tolist() == ["a-b", "a-b#2"]
    assert scenario.links["one_way_ms"].tolist() == pytest.approx([0.59, 9.0])


def test_nodes_and_periods_are_implied() -> None:
    """Without the tables: the hubs' and origins' nodes, and one period, the year."""
    hubs = [{"id": "a", "node": "n", "it_capacity_mw": 1}]
    hubs[0] |= {"latitude": 30.0, "longitude": 100.0, "side": "west"}
    scenario = tables(hubs=hubs, settings={"hours_per_year": 8784})
    assert scenario.nodes.index.tolist() == ["n", "a"]
    assert scenario.nodes.loc["n", "latitude"] == 30.0
    assert scenario.nodes["transit"].all()
    assert scenario.periods["hours"].to_dict() == {"year": 8784.0}


def test_descriptor_fits_the_data(tmp_path: Path) -> None:
    """The descriptor of a shipped region is valid, and its data fit it."""
    folder = regions.new(tmp_path / "mine")
    package = Package(str(folder / "datapackage.json"))
    assert {"hubs", "tariffs", "workloads-national"} <= set(package.resource_names)
    for name in ("hubs", "nodes", "links", "periods", "carbon_factors"):
        report = package.get_resource(name).validate()
        assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])[:3]


def test_descriptor_has_units_and_sources(tmp_path: Path) -> None:
    """Fields carry units and descriptions, the package its sources and licence."""
    sources = [{"table": "hubs", "key": "*", "column": "pue", "source": "A report"}]
    saved = tables(sources=sources).save(tmp_path / "case")
    (saved / "LICENCE.md").write_text("# Some licence\n\nText.", encoding="utf-8")
    copy = regions.new(tmp_path / "copy", source=saved)
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    assert package["sources"] == [{"title": "A report"}]
    assert package["licenses"] == [{"path": "LICENCE.md", "title": "Some licence"}]
    hubs = next(part for part in package["resources"] if part["name"] == "hubs")
    fields = {field["name"]: field for field in hubs["schema"]["fields"]}
    assert fields["it_capacity_mw"]["unit"] == "MW of IT load"
    assert fields["it_capacity_mw"]["constraints"] == {"required": True, "minimum": 0.0}
    assert hubs["schema"]["primaryKey"] == ["id"]


def test_schema_is_the_data_dictionary() -> None:
    """Every column of the schema is named in the data dictionary."""
    text = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    for name, table in TABLES.items():
        section = text.split(f"### {name} ", 1)[1].split("\n### ", 1)[0]
        missing = [field for field in table.names if f"`{field}`" not in section]
        assert missing == []


@pytest.mark.parametrize("nothing", [[], {}, pd.DataFrame()], ids=["[]", "{}", "frame"])
def test_an_empty_table_is_no_fault(nothing: Any) -> None:
    """Proves that no rows are no fault of an optional table; columns were asked for."""
    scenario = tables(sources=nothing, certificates=nothing, rtt=nothing)
    assert scenario.equals(tables())
    with pytest.raises(InputError, match="hubs: the table has no rows"):
        tables(hubs=nothing)


def test_keys_in_the_index_are_columns() -> None:
    """Proves that what groupby and set_index leave is found; it was said to be missing.

    Levels of another name are no columns of the table, and go.
    """
    rows = [
        {"hub": "a", "period": "", "price_cny_per_mwh": 300.0, "run": 1},
        {"hub": "b", "period": "", "price_cny_per_mwh": 400.0, "run": 1},
    ]
    plain = pd.DataFrame(rows).drop(columns="run")
    expected = tables(tariffs=plain)
    assert tables(tariffs=plain.set_index("hub")).equals(expected)
    joined = pd.DataFrame(rows).set_index(["run", "hub", "period"])
    assert tables(tariffs=joined).tariffs.equals(expected.tariffs)


def test_points_of_a_table_without_coordinates() -> None:
    """Proves that geometry adds no columns a table does not have."""
    rows = {"source": ["a"], "target": ["b"], "length_km": [100.0]}
    frame = geopandas.GeoDataFrame(rows, geometry=[Point(1, 2)], crs=4326)
    assert tables(links=frame).equals(tables(links=pd.DataFrame(rows)))


def test_sources_of_nothing_are_warned_of() -> None:
    """Proves that a misspelt table or hub is told; it passed without a word."""
    sources = [
        {"table": "hubs", "key": "a|bb", "column": "pue"},
        {"table": "hubz", "key": "a"},
        {"table": "settings", "key": "rtt_factor"},
        {"table": "hubs", "key": "*"},
    ]
    told = [str(warning) for warning in tables(sources=sources).warnings]
    assert told == [
        "sources:3: table: unknown table 'hubz'. Did you mean 'hubs'?",
        "sources:2: key: unknown hub 'bb'. Did you mean 'b'?",
    ]


def test_sources_of_no_basis_are_warned_of() -> None:
    """Proves that a basis or a year no row has is told once; blank is every one."""
    sources = [
        {"table": "tariffs", "key": "*", "basis": "contract"},
        {"table": "tariffs", "key": "*", "basis": "lst"},
        {"table": "tariffs", "key": "a", "basis": "lst"},
        {"table": "carbon_factors", "key": "*", "basis": "2022"},
        {"table": "carbon_factors", "key": "*", "basis": "2029"},
        {"table": "hubs", "key": "*", "basis": "list"},
        {"table": "rtt", "key": "*", "basis": "list"},
        {"table": "settings", "key": "rtt_factor", "basis": "list"},
        {"table": "hubs", "key": "*"},
    ]
    scenario = tables(
        sources=sources,
        tariffs=[
            {"basis": basis, "hub": hub, "price_cny_per_mwh": 300.0}
            for basis in ("contract", "list")
            for hub in ("a", "b")
        ],
        carbon_factors=[
            {"grid": "g", "year": 2022, "location_kg_per_mwh": 500.0},
            {"grid": "h", "location_kg_per_mwh": 500.0},
        ],
        settings={"tariff_basis": "contract"},
    )
    assert [str(warning) for warning in scenario.warnings] == [
        "sources:3: basis: unknown basis 'lst'. Did you mean 'list'?",
        "sources:6: basis: unknown basis '2029'. Did you mean '2022'?",
        "sources:7: basis: unknown basis 'list'. There are no bases here.",
        "sources:9: basis: unknown basis 'list'. There are no bases here.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hubs": [{"id": "a", "it_capacity_mw": 1, "zzz": 1}]}, "'zzz'. Delete the"),
        (
            {"hubs": [{"id": "a", "it_capacity_mw": 1, "side": "eest"}]},
            "Did you mean 'east'",
        ),
        (
            {"hubs": [{"id": "a", "it_capacity_mw": 1, "green_share": 1.5}]},
            "A share lies from 0 to 1.",
        ),
        (
            {"tariffs": [{"hub": "a", "price_cny_per_mwh": 300.0}] * 2},
            "'a' is there already",
        ),
        (
            {
                "workloads": [
                    {
                        "id": "w",
                        "class": "batch",
                        "origin": "ambre",
                        "it_mw": 1,
                        "rtt_limit_ms": 5,
                    }
                ],
                "hubs": [{"id": "amber", "it_capacity_mw": 10}],
            },
            "Did you mean 'amber'? Give links",
        ),
    ],
)
def test_remedies_fit(changes: dict[str, Any], words: str) -> None:
    """Proves that remedies speak of what is there, not of what is not."""
    with pytest.raises(InputError) as caught:
        tables(**changes)
    assert words in str(caught.value)
