"""Tests of the report: whole, true, escaped, and the same for equal plans."""

import builtins
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shown_plans import HOSTILE, bare_plan, china_plan, hostile_plan, plain_plan
from typer.testing import CliRunner

import siting
from siting.cli import app
from siting.curves import hub_it_mw
from siting.names import Names
from siting.reasons.inputs import input_moves
from siting.reasons.rebuild import Study
from siting.reasons.slopes import Slopes
from siting.report.answer import Answer
from siting.report.atlas import MOST_SLOTS, atlas
from siting.report.money import carbon, savings
from siting.report.page import map_page, whole_page
from siting.report.provenance import plan_hash, sources
from siting.report.reasons import limits, rejected
from siting.report.subjects import INPUTS, RECORDS, input_words, limit_words
from siting.words import word

FETCHES = ("src", "srcset", "srcdoc", "href", "action", "data", "poster", "ping")
RUNNER = CliRunner()


class Reader(HTMLParser):
    """Collects tags and visible words of a page, and complains of open ends."""

    ALONE = ("meta", "input", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Expect the last tag that was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if self.open and self.open[-1] not in ("style", "script", "title"):
            self.words.append(data)


def seen(page: str) -> str:
    """Give the visible text of a page."""
    return " ".join(" ".join(Reader(page).words).split())


def test_the_answer_comes_first() -> None:
    """Tests that sentence and figures say what the ledger says.

    The plan of the region costs 14,512 M CNY, today's 19,079: 23.9 % less.
    """
    plan = china_plan()
    answer = Answer(plan)
    sentence = answer.sentence().replace("\N{NO-BREAK SPACE}", " ")
    assert sentence == (
        "The work costs 14,512 M CNY a year, 23.9 % less than with everything where it "
        "is today; 100 % of training runs in the west."
    )
    told = {figure.label: figure.value for figure in answer.figures()}
    assert told == {
        "Cost": "14,512",
        "Saving against: today": "23.9",
        "In the west: training": "100.0",
        "More for the network": "+581",
        "CO2, location-based": "14.23",
        "CO2, market-based": "12.69",
    }


def test_how_sure_the_figures_are() -> None:
    """Tests that estimates of green power are named, and no value is only a unit.

    The many factors of a profile have no value of their own, nor has a statement about
    many hubs.
    """
    plan = china_plan()
    assert "97 % of the contracted green energy" in Answer(plan).doubt()
    assert Answer(plan).doubt() in carbon(plan).notes
    values = {row.cells[3] for row in sources(plan).rows}
    assert "–" in values
    applies = {row.cells[2] for row in sources(plan).rows if row.cells[0] == "tariffs"}
    assert {"all (list)", "Horinger (contract)"} <= applies
    assert {"CNY/kWh", "ratio", "degrees", "MW"}.isdisjoint(values)
    shape = plan.decided_by().query("table == 'profiles'")
    assert shape["value"].isna().all()


def test_what_is_left_out_is_left_out() -> None:
    """Tests a plan without baselines, sides, places and links."""
    plan = bare_plan()
    answer = Answer(plan)
    assert answer.sentence() == "The work costs 0 CNY a year."
    assert [figure.label for figure in answer.figures()][:1] == ["Cost"]
    assert savings(plan) is None
    assert atlas(plan) is None
    page = whole_page(plan)
    assert 'id="map"' not in page
    assert "NaN" not in page
    assert "nan" not in seen(page).split()
    with pytest.raises(siting.InputError, match="No hub has coordinates"):
        map_page(plan)


def test_savings_and_even_price() -> None:
    """Tests network, power and room against today, and where the answer flips."""
    table = savings(china_plan())
    assert table is not None
    today = dict(zip((h.text for h in table.heads), table.rows[0].cells, strict=True))
    network = float(today["network, more, M CNY"])
    room = float(today["power and room, less, M CNY"].replace(",", ""))
    even = float(today["even at this many times the network's price"])
    assert even == pytest.approx(room / network, abs=0.005)
    saved = float(today["cost saved, M CNY"].replace(",", ""))
    assert saved == pytest.approx(room - network, abs=0.11)


def test_reasons_are_those_of_the_plan() -> None:
    """Tests that limits and reasons agree with what the plan answers itself."""
    plan = china_plan()
    table = limits(plan)
    assert len(table.rows) == int((plan.limits["worth"] > 0).sum())
    assert {row.cells[1] for row in table.rows} >= {"Horinger", "Gui'an"}
    clusters, homes = rejected(plan)
    found = plan.why_not(by="class")
    assert len(clusters.rows) + len(homes.rows) == found["hub"].nunique()
    row = next(r for r in clusters.rows if r.cells[0] == "Beijing metro")
    assert row.cells[1] == "too dear +218"
    assert "runs here" in row.cells


def everything(**settings: Any) -> siting.Plan:
    """Give a plan with a value of every kind of input, and names that are no ids."""
    hubs = [
        {"id": f"h{n}", "name": f"Park {n}", "name_zh": f"园{n}", "node": f"n{n}"}
        | {"side": side, "grid": "g", "green_share": 0.5, "it_capacity_mw": 9.0}
        | {"build_max_mw": 5.0, "capex_cny_per_kw": 9.0, "pue": 1.2, "pue_new": 1.1}
        | {"hosting_cny_per_mw_year": 9.0, "ingress_gbps": 90.0, "egress_gbps": 90.0}
        for n, side in enumerate(("east", "west"))
    ]
    forms = [
        {"it_mw": 1.0, "manner": "deferrable", "burst": 2.0, "profile": ""},
        {"accelerators": 100.0, "model": "card", "utilisation": 0.9},
        {"pf_days_per_year": 9.0, "model": "card", "mfu": 0.4},
        {"flops_per_year": 1e22, "model": "card", "mfu": 0.4},
        {"requests_per_day": 1e6, "wh_per_request": 1.0},
    ]
    work = {"class": "training", "origin": "n0", "profile": "p"}
    work |= {"to_hub_gbps_per_mw": 1.0, "from_hub_gbps_per_mw": 1.0, "dataset_tb": 1.0}
    work |= {"accelerator_cny_per_mw_year": 9.0, "green_share_min": 0.1}
    link = {"id": "l", "source": "n0", "target": "n1", "length_km": 100.0}
    link |= {"capacity_gbps": 90.0, "utilisation": 0.1, "widen_max_gbps": 9.0}
    link |= {"widen_cny_per_gbps": 9.0, "toll_cny_per_gbps_year": 9.0}
    price = {"price_cny_per_gb": 0.1, "price_cny_per_gbps_month": 9.0, "fill": 0.5}
    waves = {"link_cny_per_gbps_year": 9.0, "link_cny_per_gbps_km_year": 9.0}
    scope = {"class": "training", "share": 0.1}
    offer = {"id": "c", "grid": "g", "price_cny_per_mwh": 9.0, "max_mwh": 1e6}
    scenario = siting.Scenario.from_tables(
        hubs=hubs,
        workloads=[
            {"id": f"w{n}", "name": f"Work {n}", **work, **form}
            for n, form in enumerate(forms)
        ],
        nodes=[{"id": "n0", "name": "City"}, {"id": "n1", "name": "Steppe"}],
        links=[link],
        profiles=[{"profile": "p", "period": "t", "factor": 1.0}],
        periods=[{"id": "t", "hours": 8760.0, "day": "d"}],
        tariffs=[{"hub": hub["id"], "price_cny_per_mwh": 300.0} for hub in hubs],
        hub_periods=[{"hub": "h0", "period": "t", "pue": 1.3, "green_share": 0.4}],
        accelerators=[
            {"model": "card", "tflops": 900.0, "tdp_w": 700.0, "server_overhead": 1.4}
        ],
        carbon_factors=[
            {"grid": "g", "location_kg_per_mwh": 500.0, "residual_kg_per_mwh": 600.0}
        ],
        certificates=[offer],
        transfer_prices=[{"basis": "lease", **price, **waves}],
        placement_costs=[{"workload": "w0", "hub": "h0", "cny_per_mw_year": 9.0}],
        current=[{"workload": "w0", "hub": "h0", "share": 1.0}],
        policy={
            "carbon_price_cny_per_t": 9.0,
            "carbon_cap_t": 1e6,
            "move_cny_per_mw": 9.0,
            "churn_max_share": 0.9,
            "placement_min": [scope | {"hub": "h1"}],
            "placement_max": [{"workload": "w0", "share": 0.9, "side": "west"}],
            "green_min": [scope | {"every_period": True}, {"origin": "n0"} | scope],
            "reserved_min": [{"hub": "h0", "mw": 1.0}],
        },
        settings={
            "accelerators_in_ledger": True,
            "certificates": "year",
            "network_kwh_per_gb": 0.01,
            "network_co2_kg_per_mwh": 500.0,
            "unserved_cny_per_mwh": 9e4,
            **settings,
        },
    )
    return siting.solve(scenario, baselines=False)


def test_every_input_has_words() -> None:
    """Tests that no input is told by its column or unit, and no word lacks an input."""
    found = set()
    for pue in ("stock", "new"):
        for moves in input_moves(Slopes(Study(everything(pue=pue)))):
            named = moves.table in RECORDS
            keys = {key.split("[")[0] for key in moves.key} if named else {moves.column}
            found |= {(moves.table, key, moves.unit) for key in keys}
    several = {(table, "*") for table in RECORDS}
    assert {row[:2] for row in found} == set(INPUTS) - several
    left = re.compile("CNY|card|day|year|ratio|share|IT load")
    with siting.language("zh"):
        assert [row for row in found if left.search(word(row[2]))] == []


def test_inputs_and_limits_are_told_by_names() -> None:
    """Tests that the report names work, places and what limits of the policy are about.

    They are known to the plan by ids, and by numbers in their lists.
    """
    plan = everything()
    names = Names(plan.scenario)
    for keys, told in (
        (("workloads", "it_mw", "w0"), ("IT load demanded", "Work 0")),
        (("workloads", "it_mw", "w0|w1"), ("IT load demanded", "Work 0, Work 1")),
        (("settings", "value", "life_years"), ("life of rooms", "all")),
        (
            ("policy", "share", "placement_min[0]"),
            ("least share of placement", "class training at Park 1"),
        ),
        (("policy", "mw", "reserved_min[0]"), ("room kept open", "Park 0")),
    ):
        assert input_words(names, *keys) == told
    for kind, subject, words in (
        ("placement-max", "0", "Work 0 on side west"),
        ("green", "0", "class training in every period"),
        ("green", "1", "class training from City"),
        ("green", "workload:w3", "Work 3"),
        ("unserved", "w1", "Work 1"),
        ("room", "h1", "Park 1"),
        ("link", "l", "City – Steppe"),
        ("stage", "0", "cost"),
        ("carbon-cap", "", "–"),
    ):
        assert limit_words(plan, kind, subject) == words
    with siting.language("zh"):
        assert limit_words(plan, "placement-min", "0") == "训练 类任务 位于 园1"
    subjects = {(row["kind"], row["subject"]) for row in plan.limits.to_dict("records")}
    assert all(limit_words(plan, *one) not in ("0", "1") for one in subjects)


@pytest.mark.parametrize("make", [china_plan, plain_plan, hostile_plan])
def test_map_adds_up(make: Any) -> None:
    """Tests that the map's loads are the plan's, in the mean and in each period."""
    plan = make()
    data = atlas(plan).data  # type: ignore[union-attr]
    mean = np.zeros(len(data["hubs"]))
    by_period = np.zeros((len(data["hubs"]), len(data["slots"])))
    for _, hub, _, mw, shape in data["flows"]:
        mean[hub] += mw
        by_period[hub] += mw * np.array(data["shapes"][shape])
    expected = plan.hubs["it_mw"].to_numpy()
    np.testing.assert_allclose(mean, expected, atol=1e-3 * expected.sum())
    np.testing.assert_allclose(
        by_period, hub_it_mw(plan).to_numpy(), rtol=2e-3, atol=2e-3
    )
    for origin, x, y, hub, _ in data["pairs"]:
        assert isinstance(origin, str)
        assert 0 <= x <= 1000
        assert y >= 0
        assert 0 <= hub < len(data["hubs"])


def test_many_periods_become_hours() -> None:
    """Tests that a year of hours is shown as the hours of the mean day."""
    hours = range(MOST_SLOTS + 8)
    scenario = siting.Scenario.from_tables(
        hubs=[{"id": "h", "node": "n", "it_capacity_mw": 9.0}],
        nodes=[{"id": "n", "latitude": 1.0, "longitude": 2.0}],
        workloads=[
            {"id": "w", "class": "c", "origin": "n", "it_mw": 1.0, "profile": "p"}
        ],
        periods=[{"id": f"p{i}", "hours": 1.0, "hour": i % 24} for i in hours],
        profiles=[
            {"profile": "p", "period": f"p{i}", "factor": 2.0 if i % 24 == 5 else 0.5}
            for i in hours
        ],
        settings={"hours_per_year": float(len(hours))},
    )
    found = atlas(siting.solve(scenario, baselines=False))
    assert found is not None
    assert found.slots == [f"{hour:02d}:00" for hour in range(24)]
    ((_, _, _, mw, shape),) = found.data["flows"]
    assert mw * found.data["shapes"][shape][5] == pytest.approx(2.0, rel=1e-3)
    assert mw * found.data["shapes"][shape][6] == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", [china_plan, hostile_plan])
def test_page_is_closed(make: Any, lang: str) -> None:
    """Tests that a page is well formed, and no name became markup or an address."""
    page = whole_page(make(), lang)
    reader = Reader(page)
    assert {tag for tag, _ in reader.tags} <= {
        *("html", "head", "meta", "style", "title", "body", "header", "main", "nav"),
        *("p", "h1", "h2", "dl", "dt", "dd", "div", "span", "ul", "li", "a", "section"),
        *("label", "select", "option", "input", "output", "button", "svg", "path", "g"),
        *("noscript", "script", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("bdi", "details", "summary", "code", "circle"),
    }
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "map-data"}, {}]
    attributes = [name for _, found in reader.tags for name in found]
    assert not [name for name in attributes if name.startswith("on")]
    targets = [found[n] for _, found in reader.tags for n in found if n in FETCHES]
    assert targets
    assert all(str(target).startswith("#") for target in targets)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert not re.search(r"url\(|@import|image-set", style)
    policy = next(a["content"] for t, a in reader.tags if "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_hostile_names_are_shown() -> None:
    """Tests that names are on the page as text, and in the map's data as they are."""
    page = whole_page(hostile_plan())
    text = seen(page)
    for name in HOSTILE[:-1]:
        assert " ".join(name.split()) in text
    data = json.loads(re.findall(r'id="map-data">(.*?)</script>', page, re.S)[0])
    assert {hub["name"] for hub in data["hubs"]} == {name.strip() for name in HOSTILE}


def test_hash_follows_the_content(tmp_path: Path) -> None:
    """Tests one hash for equal plans however saved, another where a digit differs."""
    plan = plain_plan()
    expected = plan_hash(plan)
    for form in ("csv", "parquet"):
        plan.save(tmp_path / form, format=form)
        loaded = siting.Plan.load(tmp_path / form)
        assert plan_hash(loaded) == expected
    hubs = plan.hubs.copy()
    hubs.loc[0, "it_mw"] = np.nextafter(hubs.loc[0, "it_mw"], np.inf)
    assert plan_hash(replace(plan, hubs=hubs)) != expected
    place = tmp_path / "report.html"
    siting.Plan.load(tmp_path / "csv").report(place)
    assert f'<meta name="plan-sha256" content="{expected}">' in place.read_text("utf-8")


def test_equal_plans_have_equal_pages() -> None:
    """Tests that nothing of the time or place of writing is in a page."""
    assert whole_page(plain_plan(), "zh") == whole_page(plain_plan(), "zh")


def test_a_plan_placed_by_a_rule_has_a_report() -> None:
    """Tests that what is not optimal says so and gives no reasons."""
    plan = siting.baseline_plan(plain_plan().scenario, "nearest")
    page = whole_page(plan)
    assert 'id="limits"' not in page
    assert "Reasons are left out" in page


def test_command(tmp_path: Path) -> None:
    """Tests what the command writes, refuses and says."""
    plain_plan().save(tmp_path / "plan")
    place = tmp_path / "plan-report.html"
    done = RUNNER.invoke(app, ["report", str(tmp_path / "plan"), "--json"])
    assert json.loads(done.stdout) == {"ok": True, "written": str(place)}
    before = place.read_bytes()
    again = RUNNER.invoke(app, ["report", str(tmp_path / "plan"), "--lang", "zh"])
    assert again.exit_code == 2
    assert place.read_bytes() == before
    args = ["report", str(tmp_path / "plan"), "--lang", "zh", "--overwrite"]
    assert RUNNER.invoke(app, args).exit_code == 0
    assert '<html lang="zh-Hans">' in place.read_text(encoding="utf-8")
    for wrong, remedy in (
        (["report", str(tmp_path)], "siting solve --output"),
        (["report", str(tmp_path / "plan"), "--lang", "fr"], "'en', 'zh'"),
        (["report", str(tmp_path / "plan"), "-o", str(tmp_path)], "another place"),
    ):
        refused = RUNNER.invoke(app, wrong)
        assert refused.exit_code == 2
        assert remedy in refused.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"plan", place.name}


def test_without_jinja2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests one clear message, and that cards need nothing."""
    real = builtins.__import__

    def bare(name: str, *args: Any, **options: Any) -> Any:
        if name == "jinja2":
            raise ModuleNotFoundError(name, name="jinja2")
        return real(name, *args, **options)

    def gone(name: str) -> Any:
        return bare(name)

    monkeypatch.setattr("siting.extras.import_module", gone)
    with pytest.raises(siting.InputError, match=r"siting\[report\]"):
        plain_plan().report(tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(builtins, "__import__", bare)
    assert "<table>" in plain_plan()._repr_html_()


@pytest.mark.parametrize("make", [china_plan, plain_plan, bare_plan, hostile_plan])
def test_cards(make: Any) -> None:
    """Tests that scenario and plan show themselves, escaped and short."""
    plan = make()
    for shown in (plan, plan.scenario):
        card = shown._repr_html_()
        assert Reader(card).tags
        assert "<script" not in card
        assert len(card) < 20_000
    total = f"{plan.scenario.it_mw.sum():,.1f}"
    assert total in plan.scenario._repr_html_()


def test_explore() -> None:
    """Tests that the map stands in a frame that cannot reach the notebook."""
    shown = hostile_plan().explore(lang="zh")._repr_html_()
    ((tag, attributes),) = Reader(shown).tags
    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts"
    inner = str(attributes["srcdoc"])
    assert inner == map_page(hostile_plan(), "zh")
    assert 'id="map-data"' in inner
