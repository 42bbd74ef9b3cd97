"""Tests of the exports: each is read back with the library of the tool it is for."""

import contextlib
import csv
import dataclasses
import json
import sys
from pathlib import Path

import hand_plan
import highspy
import jsonschema
import networkx as nx
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from shown_plans import bare_plan, china_plan, plain_plan
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.cli.exporting import wanted
from siting.curves import hub_it_mw, link_gbps, periods_table
from siting.export import FORMATS, export
from siting.export.document import SCHEMA_FILE, document, schema
from siting.export.excel import MOST_CHARACTERS, legible
from siting.export.flat import guard
from siting.export.heads import HEADS, head
from siting.export.program import stage_texts
from siting.plan_files import TABLES

PLANS = {"china": china_plan, "small": plain_plan, "bare": bare_plan}


@pytest.fixture(scope="module", params=PLANS)
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[siting.Plan, Path]:
    """Write a plan in every format."""
    plan = PLANS[request.param]()
    folder = tmp_path_factory.mktemp("exports")
    for name, form in FORMATS.items():
        export(plan, folder / form.place, name)
    return plan, folder


def test_nothing_is_left_beside(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that only the exports themselves are in the folder."""
    _, folder = exported
    there = {path.name for path in folder.iterdir()}
    assert there == {form.place for form in FORMATS.values()}


def test_excel(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that every table is a sheet with frozen head, units and all rows."""
    plan, folder = exported
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert book.sheetnames == ["cover", *TABLES, "sources", "columns"]
    for name, table in plan.tables.items():
        sheet = book[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.max_row == max(len(table) + 1, 1)
        heads = [cell.value for cell in sheet[1]]
        assert heads[-1] == head(name, table.columns[-1])
    hubs = book["hubs"]
    heads = [cell.value for cell in hubs[1]]
    place = heads.index("mean IT load, MW")
    values = [row[place].value for row in hubs.iter_rows(min_row=2)]
    assert values == pytest.approx(plan.hubs["it_mw"].tolist())
    assert hubs.cell(2, place + 1).number_format == "#,##0.00"
    cover = {row[0].value: row[1].value for row in book["cover"].iter_rows()}
    assert cover["cost of the year, CNY"] == pytest.approx(plan.cost_cny)
    assert cover["versions.siting"] == siting.__version__


def test_no_cell_of_a_workbook_reads_minus_zero(tmp_path: Path) -> None:
    """Tests that what rounding leaves below zero is written as zero."""
    plan = china_plan()
    hubs = plan.hubs.assign(idle_mw=-5e-14)
    manifest = plan.manifest | {"gap": -1e-16}
    other = dataclasses.replace(plan, hubs=hubs, manifest=manifest)
    other.to_excel(tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx", read_only=True)
    for sheet in ("cover", "hubs"):
        for row in book[sheet].iter_rows(values_only=True):
            numbers = [v for v in row if isinstance(v, int | float)]
            assert not any(-1e-6 < v < 0 for v in numbers), (sheet, row)


def test_excel_in_chinese(tmp_path: Path) -> None:
    """Tests that heads, words and hub names of the workbook are Chinese."""
    china_plan().to_excel(tmp_path / "plan.xlsx", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    heads = [cell.value for cell in book["hubs"][1]]
    assert heads[:3] == ["枢纽", "枢纽名称", "区位"]
    names = {row[1].value for row in book["hubs"].iter_rows(min_row=2)}
    assert "和林格尔集群" in names
    assert book["ledger"]["A2"].value == "电费"


def test_excel_unlimited(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that unlimited is a word and unknown is blank."""
    plan, folder = exported
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for row, value in enumerate(plan.hubs["it_capacity_mw"], 2):
        cell = book["hubs"].cell(
            row, list(plan.hubs.columns).index("it_capacity_mw") + 2
        )
        assert cell.value == ("unlimited" if np.isinf(value) else value)


def test_texts_a_workbook_cannot_hold() -> None:
    """Tests that control characters and endless texts are made harmless."""
    assert legible("a\x07b\uffff") == "a\ufffdb\ufffd"
    assert len(legible("x" * 40_000)) == MOST_CHARACTERS


def test_csv_and_parquet(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that flat files hold every value in full."""
    plan, folder = exported
    for name, table in plan.tables.items():
        read = pq.read_table(folder / "parquet" / f"{name}.parquet").to_pandas()
        pd.testing.assert_frame_equal(read, table, check_dtype=False)
        with (folder / "csv" / f"{name}.csv").open(
            encoding="utf-8-sig", newline=""
        ) as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == list(table.columns)
        assert len(rows) == len(table) + 1
        for column, kind in TABLES[name].items():
            cells = [row[rows[0].index(column)] for row in rows[1:]]
            if kind == "number":
                numbers = [float(cell) if cell else np.nan for cell in cells]
                np.testing.assert_array_equal(numbers, table[column])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("-5", "-5"),
        ("+1.5e3", "+1.5e3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_guard(text: str, written: str) -> None:
    """Tests that only what a spreadsheet would run gets an apostrophe."""
    assert guard(text) == written


def test_geopackage(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that every layer has its rows, places and system of coordinates."""
    plan, folder = exported
    file = folder / "plan.gpkg"
    kinds = dict(pyogrio.list_layers(file))
    assert kinds == {
        "hubs": "Point",
        "origins": "Point",
        "links": "LineString",
        "flows": "LineString",
        "routes": "LineString",
    }
    hubs = pyogrio.read_dataframe(file, layer="hubs")
    assert hubs.crs.to_epsg() == 4326
    assert list(hubs["hub"]) == list(plan.scenario.hubs.index)
    assert hubs["it_mw"].sum() == pytest.approx(plan.hubs["it_mw"].sum())
    flows = pyogrio.read_dataframe(file, layer="flows")
    assert flows["it_mw"].sum() == pytest.approx(plan.placement["it_mw"].sum())
    routes = pyogrio.read_dataframe(file, layer="routes")
    assert len(routes) == len(plan.routes)
    links = pyogrio.read_dataframe(file, layer="links")
    assert len(links) == len(plan.links)


def test_routes_end_where_they_say() -> None:
    """Tests that the line of a route runs from sender to receiver."""
    plan = china_plan()
    from siting.export.layers import hub_places, node_places, routes_layer

    routes = routes_layer(plan)
    drawn = routes[routes.geometry.notna()]
    assert len(drawn) > 100
    nodes, hubs = node_places(plan.scenario), hub_places(plan.scenario)
    row = drawn[drawn["direction"] == "to-hub"].iloc[0]
    assert row.geometry.coords[0] == tuple(nodes.loc[row["origin"]])
    end = nodes.loc[plan.scenario.hubs.loc[row["hub"], "node"]]
    assert row.geometry.coords[-1] == tuple(end)
    assert hubs.notna().all().all()


def test_geojson(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that each layer is a feature collection in longitude and latitude."""
    plan, folder = exported
    for name in ("hubs", "origins", "links", "flows", "routes"):
        text = (folder / "geojson" / f"{name}.geojson").read_text(encoding="utf-8")
        found = json.loads(text, parse_constant=pytest.fail)
        assert set(found) == {"type", "features"}
        for feature in found["features"]:
            assert set(feature) == {"type", "geometry", "properties"}
            if feature["geometry"] and feature["geometry"]["type"] == "Point":
                longitude, latitude = feature["geometry"]["coordinates"]
                assert -180 <= longitude <= 180
                assert -90 <= latitude <= 90
    hubs = pyogrio.read_dataframe(folder / "geojson" / "hubs.geojson")
    assert len(hubs) == len(plan.hubs)


def test_graphml(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that the backbone keeps parallel links, directions and loads."""
    plan, folder = exported
    graph = nx.read_graphml(folder / "backbone.graphml", force_multigraph=True)
    assert graph.is_directed()
    assert set(graph.nodes) == set(plan.scenario.nodes.index)
    way = plan.scenario.links["direction"]
    assert graph.number_of_edges() == len(way) + (way != "forward").sum()
    loads = {
        key: data["peak_gbps"] for *_, key, data in graph.edges(keys=True, data=True)
    }
    for row in plan.links.to_dict("records"):
        assert loads[f"{row['link']}:forward"] == row["forward_peak_gbps"]


def test_json(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that the document fits the published schema and holds the plan."""
    plan, folder = exported
    found = json.loads(
        (folder / "plan.json").read_text(encoding="utf-8"), parse_constant=pytest.fail
    )
    published = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.Draft202012Validator(published).validate(found)
    assert found["manifest"] == plan.manifest
    assert found["scenario"]["settings"]["name"] == plan.scenario.settings.name
    for name, table in plan.tables.items():
        assert len(found["tables"][name]) == len(table)


def test_the_schema_is_that_of_the_tables() -> None:
    """Tests that the published schema follows the dictionaries, and refuses."""
    published = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert published == schema()
    wrong = document(bare_plan())
    wrong["tables"]["hubs"][0]["it_mw"] = "much"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, published)


def test_pypsa_folder(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that names agree across the files and power is balanced everywhere."""
    plan, folder = exported
    read = {
        path.stem: pd.read_csv(path, index_col=0, dtype={0: str})
        for path in (folder / "pypsa").glob("*.csv")
    }
    buses, links, loads = (read[name] for name in ("buses", "links", "loads"))
    for frame, columns in ((links, ("bus0", "bus1")), (loads, ("bus",))):
        for column in columns:
            assert set(frame[column]) <= set(buses.index)
    assert set(read["generators"]["carrier"]) <= set(read["carriers"].index)
    assert read["snapshots"]["objective"].sum() == pytest.approx(
        plan.scenario.periods["hours"].sum()
    )
    balance = pd.DataFrame(0.0, read["snapshots"].index, buses.index)
    flow = read["links-p0"]
    series = read["links-efficiency"]
    ratio = pd.DataFrame(1.0, balance.index, links.index)
    ratio[series.columns] = series
    for column, sign, amount in (("bus0", -1, flow), ("bus1", 1, flow * ratio)):
        balance += sign * _by_bus(amount, links[column], buses.index)
    balance += _by_bus(read["generators-p"], read["generators"]["bus"], buses.index)
    balance -= _by_bus(read["loads-p_set"], loads["bus"], buses.index)
    assert np.abs(balance.to_numpy()).max() < 1e-6
    hours = read["snapshots"]["objective"]
    cost = read["generators-p"] * read["generators-marginal_cost"]
    electricity = plan.ledger.set_index("term").loc["electricity", "plan"]
    assert (cost.sum(axis=1) @ hours) == pytest.approx(electricity)


def _by_bus(amount: pd.DataFrame, bus: pd.Series, buses: pd.Index) -> pd.DataFrame:
    sums = amount.T.groupby(bus.reindex(amount.columns)).sum().T
    return sums.reindex(columns=buses, fill_value=0.0)


# PyPSA 1.4 calls pandas 3.1 in a manner that it is to lose.
@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
def test_pypsa_reads_it(exported: tuple[siting.Plan, Path]) -> None:
    """Tests that PyPSA itself reads the folder, where it is installed."""
    pypsa = pytest.importorskip("pypsa")
    plan, folder = exported
    options = getattr(getattr(pypsa, "options", None), "api", None)
    told = contextlib.nullcontext()
    if hasattr(options, "legacy_string_dtype"):
        # Newer versions warn until they are told which type words shall have.
        told = pypsa.option_context("api.legacy_string_dtype", False)
    with told:
        network = pypsa.Network(str(folder / "pypsa"))
    assert len(network.generators) == len(plan.hubs)


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_program(exported: tuple[siting.Plan, Path], kind: str) -> None:
    """Tests that another reader finds the plan's optimum in the file."""
    plan, folder = exported
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(folder / f"plan.{kind}")) == highspy.HighsStatus.kOk
    solver.run()
    found = solver.getObjectiveValue()
    assert found == pytest.approx(plan.manifest["objective"], rel=1e-6)


@pytest.mark.parametrize(
    "objective",
    ["cost", ("carbon-location:1%", "cost"), "cost=1+latency=20.5", "green"],
)
def test_the_stages_of_a_program(objective: str | tuple[str, ...]) -> None:
    """Tests that a plan's stages are written so that they are read as they were."""
    scenario = bare_plan().scenario.with_settings(unserved_cny_per_mwh=1000.0)
    plan = siting.solve(scenario, objective=objective, baselines=False)
    again = siting.solve(scenario, objective=stage_texts(plan), baselines=False)
    assert again.manifest["options"]["stages"] == plan.manifest["options"]["stages"]


def test_curves_add_up() -> None:
    """Tests that the curves by period are those the plan's sums come from."""
    for plan in (china_plan(), plain_plan()):
        hours = plan.scenario.periods["hours"]
        mean = hub_it_mw(plan) @ hours / hours.sum()
        told = plan.hubs.set_index("hub")["it_mw"]
        pd.testing.assert_series_equal(mean, told, check_names=False)
        table = periods_table(plan)
        energy = (table["facility_mw"] * table["hours"]).sum()
        assert energy == pytest.approx(plan.hubs["energy_mwh"].sum())
        peak = link_gbps(plan).max(axis=1).xs("forward", level="direction")
        links = plan.links.set_index("link")["forward_peak_gbps"]
        np.testing.assert_allclose(peak, links.reindex(peak.index), atol=1e-9)


def test_an_export_is_not_replaced_unasked(tmp_path: Path) -> None:
    """Tests that only exports are replaced, and only if that is asked for."""
    plan = bare_plan()
    for name, form in FORMATS.items():
        place = tmp_path / form.place
        export(plan, place, name)
        with pytest.raises(siting.InputError, match="already"):
            export(plan, place, name)
        export(plan, place, name, overwrite=True)
    other = tmp_path / "mine"
    other.mkdir()
    (other / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(siting.InputError, match="no export has written"):
        export(plan, other, "csv", overwrite=True)
    assert (other / "letter.txt").is_file()
    with pytest.raises(siting.InputError, match="there is a folder in this place"):
        export(plan, other, "json", overwrite=True)


def test_a_failed_export_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that what was there stays, and nothing half is left."""
    plan = bare_plan()
    plan.to_csv(tmp_path / "csv")
    plan.to_json(tmp_path / "plan.json")
    before = sorted(path.name for path in tmp_path.rglob("*"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("siting.export.flat.write_mark", full)
    monkeypatch.setattr("siting.export.document.write_json", full)
    with pytest.raises(siting.InputError, match="No space left on device"):
        plan.to_csv(tmp_path / "csv", overwrite=True)
    with pytest.raises(siting.InputError, match="No space left on device"):
        plan.to_json(tmp_path / "plan.json", overwrite=True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "csv" / "hubs.csv").is_file()


def test_methods_of_the_plan(tmp_path: Path) -> None:
    """Tests that each method writes its format."""
    plan = bare_plan()
    plan.to_excel(tmp_path / "a.xlsx")
    plan.to_csv(tmp_path / "csv", exact=True)
    plan.to_parquet(tmp_path / "parquet")
    plan.to_geopackage(tmp_path / "a.gpkg")
    plan.to_geojson(tmp_path / "geojson")
    plan.to_graphml(tmp_path / "a.graphml")
    plan.to_pypsa(tmp_path / "pypsa")
    plan.to_json(tmp_path / "a.json")
    plan.export(tmp_path / "a.lp", "lp")
    assert len(list(tmp_path.iterdir())) == 9
    assert not (tmp_path / "csv" / "hubs.csv").read_bytes().startswith(b"\xef")
    with pytest.raises(siting.InputError, match="Did you mean 'xlsx'"):
        plan.export(tmp_path / "b.xlsx", "xslx")
    with pytest.raises(siting.InputError, match="not a language"):
        plan.to_excel(tmp_path / "b.xlsx", lang="fr")


def test_only_csv_is_asked_for_exact(tmp_path: Path) -> None:
    """An option of another format is refused in words, and nothing is written."""
    plan = hand_plan.two_hubs()
    with pytest.raises(siting.InputError, match="no exact form of gpkg"):
        plan.export(tmp_path / "plan.gpkg", "gpkg", exact=True)
    assert not list(tmp_path.iterdir())


def test_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that one message says what to install, and `all` goes on without."""
    plan = bare_plan()
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(siting.InputError, match=r'pip install "siting\[xlsx\]"'):
        plan.to_excel(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
    formats, left_out = wanted(["all"])
    assert "xlsx" not in formats
    assert "siting[xlsx]" in left_out["xlsx"]
    with pytest.raises(siting.InputError):
        wanted(["all", "xlsx"])


def test_command(tmp_path: Path) -> None:
    """Tests the command with all formats, its messages and its exit codes."""
    bare_plan().save(tmp_path / "plan")
    run = CliRunner().invoke
    done = run(app, ["export", str(tmp_path / "plan"), "--to", "all", "--json"])
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert len(report["written"]) == len(FORMATS)
    assert all(Path(path).exists() for path in report["written"])
    assert Path(report["written"][0]).parent == tmp_path / "plan-export"
    again = run(app, ["export", str(tmp_path / "plan"), "--to", "json"])
    assert again.exit_code == 2
    more = ["--to", "json", "--to", "csv", "-o", str(tmp_path / "x"), "--lang", "zh"]
    assert run(app, ["export", str(tmp_path / "plan"), *more]).exit_code == 0
    assert {p.name for p in (tmp_path / "x").iterdir()} == {"plan.json", "csv"}
    for wrong in (
        ["export", str(tmp_path), "--to", "json"],
        ["export", str(tmp_path / "plan"), "--to", "pdf"],
        ["export", str(tmp_path / "plan"), "--to", "json", "--lang", "fr"],
    ):
        assert run(app, wrong).exit_code == 2


def test_stopped_between_two_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that Ctrl-C says what is written; it said nothing was, beside a rest."""
    bare_plan().save(tmp_path / "plan")

    def stop(value: object, path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr("siting.export.document.write_json", stop)
    words = ["export", str(tmp_path / "plan"), "--to", "csv", "--to", "json"]
    done = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "x")])
    assert done.exit_code == 130
    assert f"only '{tmp_path / 'x' / 'csv'}' was written" in done.stderr
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["csv"]


def test_every_column_has_a_head() -> None:
    """Tests that no table has a column without words for a reader."""
    for columns in TABLES.values():
        assert set(columns) <= set(HEADS)
