"""Tests that hostile names go through every export and figure, whole and harmless."""

import csv
import json
from itertools import pairwise
from pathlib import Path

import networkx as nx
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from picture_checks import faults
from shown_plans import HOSTILE, hostile_plan

from siting.export import FORMATS, export
from siting.export.flat import guard
from siting.plot import break_even, pareto

NAMES = {name.strip() for name in HOSTILE}
IDS = {name.replace(";", "").replace(">", "") for name in NAMES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the hostile plan in every format."""
    place = tmp_path_factory.mktemp("hostile")
    for name, form in FORMATS.items():
        options = {"lang": "zh"}
        export(hostile_plan(), place / form.place, name, **options)
    return place


def test_no_file_escapes(folder: Path) -> None:
    """Tests that no name became a path."""
    plain = {"csv", "parquet", "geojson", "pypsa"}
    assert {p.name for p in folder.iterdir() if p.is_dir()} == plain
    files = {p.stem for p in folder.rglob("*") if p.is_file()}
    assert not files & (IDS | NAMES)


def test_excel(folder: Path) -> None:
    """Tests that every name is there as text, and no cell is a formula or an error."""
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            assert not {cell.data_type for cell in row} & {"f", "e"}
    ids = {row[0].value for row in book["hubs"].iter_rows(min_row=2)}
    assert ids == IDS
    formula = next(
        row[0] for row in book["hubs"].iter_rows(min_row=2) if row[0].value[0] == "="
    )
    assert formula.quotePrefix


def test_csv(folder: Path) -> None:
    """Tests that names come back, those that look like formulas with an apostrophe."""
    with (folder / "csv" / "hubs.csv").open(encoding="utf-8-sig", newline="") as stream:
        ids = [row["hub"] for row in csv.DictReader(stream)]
    assert set(ids) == {guard(name) for name in IDS}
    assert not [name for name in ids if name[0] in "=+@-"]


def test_exact_csv(tmp_path: Path) -> None:
    """Tests that the exact form changes nothing."""
    hostile_plan().to_csv(tmp_path / "csv", exact=True)
    read = pd.read_csv(tmp_path / "csv" / "hubs.csv", keep_default_na=False)
    assert set(read["hub"]) == IDS


def test_parquet_and_json(folder: Path) -> None:
    """Tests that names come back as they are."""
    table = pq.read_table(folder / "parquet" / "hubs.parquet")
    assert set(table["hub"].to_pylist()) == IDS
    found = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert {row["hub"] for row in found["tables"]["hubs"]} == IDS
    assert {row["id"] for row in found["scenario"]["tables"]["hubs"]} == IDS


def test_maps(folder: Path) -> None:
    """Tests that layers keep names in both map formats."""
    assert set(pyogrio.read_dataframe(folder / "plan.gpkg", layer="hubs")["hub"]) == IDS
    read = pyogrio.read_dataframe(folder / "geojson" / "hubs.geojson")
    assert set(read["hub"]) == IDS
    assert set(read["name_zh"]) == NAMES


def test_graphml(folder: Path) -> None:
    """Tests that the graph keeps names and links."""
    graph = nx.read_graphml(folder / "backbone.graphml", force_multigraph=True)
    assert set(graph.nodes) == IDS
    assert graph.number_of_edges() == 2 * len(hostile_plan().links)


def test_pypsa(folder: Path) -> None:
    """Tests that components are named by hub and workload."""
    read = pd.read_csv(folder / "pypsa" / "generators.csv", index_col=0)
    assert set(read.index) == {f"power:{name}" for name in IDS}
    prices = pd.read_csv(folder / "pypsa" / "generators-marginal_cost.csv", index_col=0)
    assert set(prices.columns) == set(read.index)
    assert len(prices) == 2


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_programs(folder: Path, kind: str) -> None:
    """Tests that the files are ones a solver reads."""
    highspy = pytest.importorskip("highspy")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(folder / f"plan.{kind}")) == highspy.HighsStatus.kOk
    solver.run()
    objective = hostile_plan().manifest["objective"]
    assert solver.getObjectiveValue() == pytest.approx(objective, rel=1e-6)


@pytest.mark.parametrize("size", ["slide", "column"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "name", ["map", "ledger", "placement", "day", "links", "carbon", "compare"]
)
def test_figures(name: str, lang: str, size: str) -> None:
    """Tests that no name breaks, boxes or overruns a figure."""
    plan = hostile_plan()
    if name == "compare":
        ax = plan.plot.compare(plan, lang=lang, size=size, names=HOSTILE[2:4])
    else:
        ax = getattr(plan.plot, name)(lang=lang, size=size)
    assert faults(ax.figure) == []
    assert ax.figure._repr_png_().startswith(b"\x89PNG")


def test_figures_of_hostile_tables() -> None:
    """Tests that names of columns are as harmless as those of hubs."""
    for one, other in pairwise(HOSTILE):
        table = pd.DataFrame({one: [1.0, 2.0, 3.0], other: [2.0, 1.0, -1.0]})
        assert faults(pareto(table, size="column").figure) == []
        assert faults(break_even(table, size="column").figure) == []
