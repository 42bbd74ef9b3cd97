"""Scenarios: demand, saving, loading, replacing; periods; the shipped regions."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting import periods, regions
from siting.errors import InputError
from siting.fingerprint import fingerprint, table_hash
from siting.scenario import Scenario
from siting.solve import solve
from siting.sweep import sweep
from siting.tables.dictionary import TABLES

HUBS = [{"id": "a", "it_capacity_mw": 10}, {"id": "b", "it_capacity_mw": np.inf}]
ROW = {"class": "training", "origin": "a"}


def make(**changes: Any) -> Scenario:
    """Make a small scenario."""
    workloads = [{"id": "w", **ROW, "it_mw": 1.0}]
    return Scenario.from_tables(**{"hubs": HUBS, "workloads": workloads, **changes})


def test_five_demand_forms() -> None:
    """Each form gives the MW of a hand calculation.

    400 W cards with 30 % of server overhead: 1,000 cards at 80 % draw 0.416 MW; GPT-3's
    700,000 GPU-hours draw 364 MWh, so 0.04155 MW over a year; 1e9 requests of 0.3 Wh a
    day are 300 MWh a day, 12.5 MW.
    """
    card = {"model": "A100"}
    workloads = [
        {"id": "mw", **ROW, "it_mw": 3.5},
        {"id": "cards", **ROW, **card, "accelerators": 1000, "utilisation": 0.8},
        {"id": "days", **ROW, **card, "pf_days_per_year": 3640, "mfu": 0.4},
        {"id": "flops", **ROW, **card, "flops_per_year": 3640 * 8.64e19, "mfu": 0.4},
        {"id": "asks", **ROW, "requests_per_day": 1e9, "wh_per_request": 0.3},
    ]
    cards = [{"model": "A100", "tflops": 312, "tdp_w": 400, "server_overhead": 1.3}]
    demand = make(workloads=workloads, accelerators=cards).it_mw
    year = 700_000 * 400 * 1.3 / 1e6 / 8760
    assert demand.to_dict() == pytest.approx(
        {"mw": 3.5, "cards": 0.416, "days": year, "flops": year, "asks": 12.5}
    )


def test_zero_demand_is_a_demand() -> None:
    """A workload of 0 MW has its demand given."""
    assert make(workloads=[{"id": "w", **ROW, "it_mw": 0}]).it_mw.tolist() == [0.0]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_shipped_region_round_trips(form: str, tmp_path: Path) -> None:
    """Saving and loading gives an equal scenario, in both formats."""
    scenario = regions.load("china")
    saved = scenario.save(tmp_path / "deep" / "case", format=form)
    assert Scenario.load(saved).equals(scenario)
    assert (saved / "datapackage.json").is_file()
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["case"]


WORDS = st.text(
    st.characters(exclude_categories=["C"], exclude_characters=";>"), max_size=8
).map(str.strip)
IDS = st.lists(WORDS.filter(bool), min_size=1, max_size=4, unique=True)
# Tables of results sum over hubs under two names, which no hub may have.
HUB_IDS = IDS.filter({"network", "total"}.isdisjoint)
POSITIVE = st.floats(min_value=0.0, allow_infinity=False, allow_nan=False)
# Four workloads of it stay within the demand that a solver can tell.
DEMAND_MW = st.floats(min_value=1e-3, max_value=1e8)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_scenario_round_trips(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever words and floats the cells hold, they read back exactly, and hash so."""
    names = data.draw(HUB_IDS)
    form = data.draw(st.sampled_from(["csv", "parquet"]))
    hubs = [
        {
            "id": name,
            "name": data.draw(WORDS),
            "note": data.draw(WORDS),
            "it_capacity_mw": data.draw(POSITIVE | st.just(np.inf)),
            "capex_cny_per_kw": data.draw(POSITIVE),
            "latitude": data.draw(st.floats(-90, 90)),
            "longitude": data.draw(st.floats(-180, 180)),
            "open": data.draw(st.booleans()),
            "serves": data.draw(st.lists(st.sampled_from(names), unique=True)),
        }
        for name in names
    ]
    workloads = [
        {
            "id": name,
            "class": data.draw(WORDS.filter(bool)),
            "origin": data.draw(st.sampled_from(names)),
            "it_mw": data.draw(DEMAND_MW),
            "allowed_hubs": data.draw(st.lists(st.sampled_from(names), unique=True)),
        }
        for name in data.draw(IDS)
    ]
    scenario = Scenario.from_tables(
        hubs=hubs,
        workloads=workloads,
        settings={"name": data.draw(WORDS), "rtt_factor": data.draw(POSITIVE)},
        policy={"closed_hubs": data.draw(st.lists(st.sampled_from(names)))},
        boundaries=data.draw(st.none() | WORDS),
    )
    saved = scenario.save(tmp_path_factory.mktemp("case") / "s", format=form)
    loaded = Scenario.load(saved)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(scenario, name))
    assert loaded.equals(scenario)
    assert fingerprint(loaded) == fingerprint(scenario)


def test_a_hash_sees_cells_and_not_their_layout() -> None:
    """One letter, place or sign changes a hash; pieces and -0.0 do not."""
    table = regions.load("china").hubs
    table = table.assign(serves=[("a", "b"), *table["serves"].iloc[1:]])
    whole = table_hash(table)
    pieces = [table.iloc[:3], table.iloc[3:4], table.iloc[4:]]
    assert table_hash(pd.concat(pieces)) == whole
    assert table_hash(pd.concat(pieces).iloc[1:]) == table_hash(table.iloc[1:])
    longitude = table["longitude"] * 0.0
    assert table_hash(table.assign(longitude=longitude)) == table_hash(
        table.assign(longitude=-longitude)
    )
    names = [name for name in table.columns if table[name].dtype == "str"]
    assert {"id", "name", "side"} <= set(names)
    for name in names:
        first, second, *rest = table[name]
        letters = f"{first}{second}"
        moved = [letters[: len(first) + 1], letters[len(first) + 1 :], *rest]
        for cells in (
            moved,
            [f"{first}x", second, *rest],
            [second, f"{first}x", *rest],
        ):
            other = table.assign(**{name: pd.Series(cells, table.index, dtype="str")})
            assert other.equals(table) == (table_hash(other) == whole), name
    for cell in ((), ("a",), ("a;b",), ("b", "a")):
        other = table.assign(serves=[cell, *table["serves"].iloc[1:]])
        assert table_hash(other) != whole
    dearer = table.assign(capex_cny_per_kw=table["capex_cny_per_kw"] * (1 + 1e-15))
    assert table_hash(dearer) != whole
    assert table_hash(table.rename(columns={"side": "Side"})) != whole


def test_a_change_makes_scenarios_unequal() -> None:
    """Equality sees settings, policy, tables and boundaries."""
    scenario = make()
    assert scenario.equals(make())
    assert not scenario.equals(scenario.with_settings(rtt_factor=2.0))
    assert not scenario.equals(scenario.replace(policy={"closed_hubs": ["a"]}))
    assert not scenario.equals(scenario.replace(hubs=HUBS[:1]))
    assert not scenario.equals(scenario.replace(boundaries="{}"))
    assert not scenario.equals("scenario")


def test_replace_checks_again() -> None:
    """A replaced table is checked against the others, and derived ones follow."""
    scenario = make()
    workloads = [{"id": "v", **ROW, "origin": "c", "it_mw": 2.0}]
    assert scenario.replace(workloads=workloads).nodes.index.tolist() == ["a", "b", "c"]
    with pytest.raises(InputError, match="unknown hub 'd'"):
        scenario.replace(current=[{"workload": "w", "hub": "d", "share": 1.0}])
    with pytest.raises(InputError, match="the table hubs is missing"):
        scenario.replace(hubs=None)


TWO_HUBS = {
    "hubs": [
        {"id": "a", "it_capacity_mw": 10.0, "pue": 1.4, "grid": "E"},
        {"id": "b", "it_capacity_mw": 10.0, "pue": 1.2, "grid": "W"},
    ],
    "links": [
        {"source": "a", "target": "b", "length_km": 1000.0},
        {"source": "a", "target": "b", "length_km": 900.0, "one_way_ms": 7.0},
    ],
    "carbon_factors": [
        {"grid": "E", "location_kg_per_mwh": 500.0},
        {"grid": "W", "location_kg_per_mwh": 600.0, "residual_kg_per_mwh": 700.0},
    ],
}


@pytest.mark.parametrize(
    ("table", "column", "follower"),
    [
        ("links", "length_km", "one_way_ms"),
        ("carbon_factors", "location_kg_per_mwh", "residual_kg_per_mwh"),
        ("hubs", "pue", "pue_new"),
    ],
)
def test_what_follows_still_does_in_an_edited_table(
    table: str, column: str, follower: str
) -> None:
    """A column of a scenario's own table is changed as a sweep changes it.

    Without it cells that were filled count as given: a link ten times as long would
    keep its delay. What was given (row 2) stays; rows that are left out or moved do
    not mislead.
    """
    scenario = make(**TWO_HUBS)
    frame = getattr(scenario, table).copy()
    frame[column] *= 1.5
    runs = sweep(scenario, {f"{table}.{column}*": [1.5]})
    swept = runs.scenario(0)
    changed = scenario.replace(**{table: frame})
    assert changed.equals(swept)
    turned = scenario.replace(**{table: frame.iloc[::-1]})
    got = getattr(turned, table)[follower].to_numpy()[::-1]
    assert got.tolist() == getattr(changed, table)[follower].tolist()
    if table == "links":
        assert changed.links["one_way_ms"].tolist() == [1500 * 0.0049, 7.0]


def test_a_sweep_holds_what_it_sets() -> None:
    """A delay that is set to what it was stays while the length changes.

    In a sweep that is asked for; were it taken as blank, the point of the grid would
    not be what its row says.
    """
    scenario = make(**TWO_HUBS)
    pairs = {"links.length_km*": [2.0], "links.one_way_ms*": [1.0]}
    held = sweep(scenario, pairs).scenario(0)
    assert held.links["one_way_ms"].tolist() == scenario.links["one_way_ms"].tolist()


def test_settings_still_count_after_a_table_was_handed_back() -> None:
    """Delays follow the settings, and tables that were not given still are not.

    Without it ``replace(links=scenario.links)`` would make ``hop_ms`` and
    ``hours_per_year`` of no effect, or wrong.
    """
    scenario = make(**TWO_HUBS)
    same = scenario.replace(
        links=scenario.links, periods=scenario.periods, nodes=scenario.nodes
    )
    assert same.equals(scenario)
    other = same.with_settings(hop_ms=1.0, hours_per_year=8784.0)
    assert other.links["one_way_ms"].tolist() == [1000 * 0.0049 + 1.0, 7.0]
    assert other.periods["hours"].tolist() == [8784.0]


def write_cell(scenario: Scenario) -> None:
    """Change one number."""
    scenario.hubs.loc["a", "pue"] = 5.0


def write_word(scenario: Scenario) -> None:
    """Change one word."""
    scenario.hubs.loc["a", "name"] = "other"


def add_column(scenario: Scenario) -> None:
    """Add a column."""
    scenario.hubs["new"] = 1


def move_index(scenario: Scenario) -> None:
    """Give rows other names."""
    scenario.hubs.index = pd.Index(["b", "a"])


@pytest.mark.parametrize("write", [write_cell, write_word, add_column, move_index])
def test_a_table_that_was_written_to_is_refused(write: Any, tmp_path: Path) -> None:
    """A scenario is what was checked, and what is solved is what is saved.

    Without it a solve would use the new cell, while ``replace`` and ``save`` used the
    old one. Sent to another process, a scenario is held anew.
    """
    sent = pickle.loads(pickle.dumps(make()))
    for scenario in (make(), sent, make().with_settings(title="t")):
        scenario.check_unwritten()
        write(scenario)
        for use in (
            lambda s=scenario: solve(s),
            lambda s=scenario: s.save(tmp_path / "s"),
            lambda s=scenario: s.replace(policy={}),
            lambda s=scenario: s.with_settings(title="u"),
        ):
            with pytest.raises(InputError, match=r"^hubs: .*in place.*scenario\.repl"):
                use()


def test_power_is_handed_out_as_a_copy() -> None:
    """What is written to the MW that were handed out stays without effect."""
    scenario = make()
    handed = scenario.it_mw
    handed.loc["w"] = 100.0
    assert scenario.it_mw.tolist() == [1.0]


def test_save_refuses_a_taken_place(tmp_path: Path) -> None:
    """Nothing that is there is overwritten unless it is a scenario and asked for."""
    scenario = make()
    other = tmp_path / "other"
    other.mkdir()
    scenario.save(other)  # an empty directory is no obstacle
    with pytest.raises(InputError, match="there is a scenario already"):
        scenario.save(other)
    changed = scenario.with_settings(rtt_factor=2.0)
    assert Scenario.load(changed.save(other, overwrite=True)).equals(changed)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(InputError, match="no part of a saved scenario"):
        scenario.save(precious, overwrite=True)
    assert (precious / "thesis.txt").read_text(encoding="utf-8") == "years"
    with pytest.raises(InputError, match="there is a file in this place"):
        scenario.save(precious / "thesis.txt", overwrite=True)
    with pytest.raises(InputError, match="cannot be written"):
        scenario.save(precious / "thesis.txt" / "case")
    with pytest.raises(InputError, match="unknown format 'xlsx'"):
        scenario.save(tmp_path / "new", format="xlsx")


def test_another_workload_set_is_no_setting() -> None:
    """Changing the label alone is refused; it named a set that was not solved."""
    with pytest.raises(InputError, match=r"siting\.load\(REGION, workloads"):
        make().with_settings(workloads="chatgpt")


def test_save_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves the old scenario as it was, and no rests beside it."""
    scenario = make()
    saved = scenario.save(tmp_path / "case")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(InputError, match="No space left on device"):
        scenario.with_settings(rtt_factor=2.0).save(saved, overwrite=True)
    assert Scenario.load(saved).equals(scenario.with_settings(name=""))
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_the_folder_names_the_scenario(tmp_path: Path) -> None:
    """Without a name in the settings the scenario has that of its folder."""
    saved = make().save(tmp_path / "case")
    (saved / "scenario.toml").unlink()
    assert Scenario.load(saved).settings.name == "case"


def test_documents_travel_with_the_data(tmp_path: Path) -> None:
    """README and LICENCE of a scenario are kept when it is changed and saved."""
    saved = make().save(tmp_path / "one")
    (saved / "LICENCE").write_text("Free data", encoding="utf-8")
    again = Scenario.load(saved).with_settings(rtt_factor=2.0).save(tmp_path / "two")
    assert (again / "LICENCE").read_text(encoding="utf-8") == "Free data"
    assert "Free data" in (again / "datapackage.json").read_text(encoding="utf-8")


def test_workload_sets(tmp_path: Path) -> None:
    """A set is chosen by setting, by argument or as a file of one's own."""
    saved = make().save(tmp_path / "case")
    sets = saved / "workloads"
    sets.mkdir()
    own = tmp_path / "own.csv"
    shutil.copy(saved / "workloads.csv", own)
    (saved / "workloads.csv").rename(sets / "base.csv")
    text = "id,class,origin,it_mw\nbig,training,a,9\n"
    (sets / "large.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="several workload sets"):
        Scenario.load(saved)
    assert Scenario.load(saved, "large").workloads.index.tolist() == ["big"]
    chosen = Scenario.load(saved, "base")
    assert chosen.workloads.index.tolist() == ["w"]
    assert Scenario.load(saved, own).workloads.index.tolist() == ["w"]
    with pytest.raises(InputError, match="Did you mean 'large'"):
        Scenario.load(saved, "lagre")
    with pytest.raises(InputError, match="there is no file"):
        Scenario.load(saved, tmp_path / "gone.csv")
    (sets / "large.csv").write_text(text.replace("9", "-9"), encoding="utf-8")
    with pytest.raises(InputError, match=r"workloads/large\.csv:2: it_mw: -9"):
        Scenario.load(saved, "large")


def test_regions() -> None:
    """Regions are loaded by name, with settings of one's own."""
    assert "china" in regions.available()
    scenario = regions.load("china", rtt_factor=1.5)
    assert scenario.settings.rtt_factor == 1.5
    with pytest.raises(InputError, match="Did you mean 'china'"):
        regions.load("chnia")


def test_new_copies_only_the_scenario(tmp_path: Path) -> None:
    """A copy of a region loads alike and holds nothing of how it was derived."""
    folder = regions.new(tmp_path / "mine", source="china")
    assert Scenario.load(folder).equals(regions.load("china"))
    names = {path.name for path in folder.iterdir()}
    assert {"datapackage.json", "workloads", "hubs.csv"} <= names
    assert not names & {"derive", "derivation", "facts"}
    with pytest.raises(InputError, match="is not empty"):
        regions.new(folder)
    with pytest.raises(InputError, match="no region and no directory 'mars'"):
        regions.new(tmp_path / "other", source="mars")


def test_profile_factors_and_windows() -> None:
    """Factors lie in the order of the periods; windows are groups of one label."""
    table = [
        {"id": "d1", "hours": 4000, "season": "dry"},
        {"id": "w1", "hours": 760, "season": "wet"},
        {"id": "d2", "hours": 4000, "season": "dry"},
    ]
    shape = {"d2": 3.0, "w1": 2.0, "d1": 1.0}
    profiles = [{"profile": "p", "period": k, "factor": v} for k, v in shape.items()]
    workloads = [
        {"id": "flat", **ROW, "it_mw": 1.0},
        {"id": "shaped", **ROW, "it_mw": 1.0, "profile": "p"},
    ]
    scenario = make(workloads=workloads, profiles=profiles, periods=table)
    factors = periods.demand_factors(
        scenario.workloads, scenario.profiles, scenario.periods
    )
    assert factors.loc["flat"].tolist() == [1.0, 1.0, 1.0]
    assert factors.loc["shaped"].tolist() == [1.0, 2.0, 3.0]
    assert periods.hours_of(scenario.periods).sum() == 8760.0
    assert periods.window_groups(scenario.periods, "season").tolist() == [0, 1, 0]
    assert periods.window_groups(scenario.periods, "year").tolist() == [0, 0, 0]


def test_single_year() -> None:
    """One period stands for the whole year."""
    assert periods.single_year(8784.0)["hours"].to_dict() == {"year": 8784.0}
