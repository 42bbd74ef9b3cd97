"""Tests of the audit: hand-computed plans agree, and every change is found."""

import ast
import itertools
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hand_plan
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from random_scenario import draw

from siting.audit import AuditReport, audit
from siting.audit.cheapest import Cheapest
from siting.audit.world import World
from siting.errors import AuditFailed, Infeasible, InputError
from siting.ledger import PLANS
from siting.plan import Plan
from siting.plan_files import TABLES, TEXT, write_checksums
from siting.scenario import Scenario
from siting.solve import solve

NAMES = list(hand_plan.ALL)


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    """Every hand-computed plan."""
    return {name: make() for name, make in hand_plan.ALL.items()}


def changed(plan: Plan, **changes: Any) -> Plan:
    """Give the plan with other tables, scenario or manifest."""
    parts = {"scenario": plan.scenario, "manifest": plan.manifest, **plan.tables}
    return Plan(**(parts | changes))


def with_cell(plan: Plan, table: str, row: int, column: str, value: object) -> Plan:
    """Give the plan with one other cell."""
    frame = getattr(plan, table).copy()
    frame.loc[row, column] = value
    return changed(plan, **{table: frame})


def found(report: AuditReport, table: str, column: str = "", words: str = "") -> bool:
    """Tell whether the audit found something at this place, in these words."""
    return any(
        finding.table == table
        and column in ("", finding.column)
        and words in finding.message
        for finding in report.findings
    )


@pytest.mark.parametrize("name", NAMES)
def test_hand_computed_plans_agree(name: str, plans: dict[str, Plan]) -> None:
    """Tests figures and proof of plans that were worked out on paper."""
    report = audit(plans[name])
    assert report.findings == ()
    assert report.ok
    report.raise_if_wrong()
    assert report.objective == pytest.approx(plans[name].cost_cny, rel=1e-12)
    assert report.bound == pytest.approx(plans[name].cost_cny, rel=1e-12)
    assert abs(report.gap) < 1e-12
    assert "agrees" in str(report)


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_saved_plans_agree(
    name: str, format: str, plans: dict[str, Plan], tmp_path: Path
) -> None:
    """Tests that a plan read from its files agrees as well."""
    plans[name].save(tmp_path / "out", format=format)
    assert str(audit(tmp_path / "out")) == str(audit(plans[name]))


def _cells() -> list[tuple[str, str]]:
    return list(itertools.product(NAMES, TABLES))


@pytest.mark.parametrize(("name", "table"), _cells())
def test_every_number_matters(name: str, table: str, plans: dict[str, Plan]) -> None:
    """Tests that no number of any table can change by a thousandth unnoticed."""
    plan = plans[name]
    frame = getattr(plan, table)
    kinds = TABLES[table].items()
    for column in [column for column, kind in kinds if kind != TEXT]:
        sizes = np.nan_to_num(frame[column].to_numpy(), posinf=0.0)
        step = 1e-5 * sizes.max(initial=1.0)
        for row, value in list(enumerate(frame[column]))[:2]:
            # A multiplier that is no longer valid is made valid by the bound itself.
            if (table, column) == ("duals", "value") and name == "two_periods":
                continue
            other = 5.0 if not np.isfinite(value) else value * 1.001 + step
            report = audit(with_cell(plan, table, row, column, other))
            assert not report.ok, (table, row, column)
            places = {finding.table for finding in report.findings}
            assert places & {table, "limits", "ledger", "hubs"}, (row, column)


@pytest.mark.parametrize(("name", "table"), _cells())
def test_every_name_matters(name: str, table: str, plans: dict[str, Plan]) -> None:
    """Tests that no text of any table can change unnoticed, and the place is named."""
    plan = plans[name]
    frame = getattr(plan, table)
    kinds = TABLES[table].items()
    for column in [column for column, kind in kinds if kind == TEXT]:
        for row, value in list(enumerate(frame[column]))[-2:]:
            report = audit(with_cell(plan, table, row, column, f"{value}x"))
            assert found(report, table), (table, row, column)


@pytest.mark.parametrize(("name", "table"), _cells())
def test_every_row_matters(name: str, table: str, plans: dict[str, Plan]) -> None:
    """Tests that a row may be neither missing nor there twice."""
    plan = plans[name]
    frame = getattr(plan, table)
    for row in range(len(frame)):
        without = frame.drop(index=row)
        assert not audit(changed(plan, **{table: without})).ok, (table, row)
        double = pd.concat([frame, frame.iloc[[row]]])
        assert not audit(changed(plan, **{table: double})).ok, (table, row)


@pytest.mark.parametrize("name", NAMES)
def test_rows_in_any_order(name: str, plans: dict[str, Plan]) -> None:
    """Tests that rows are found by their names, wherever they stand."""
    plan = plans[name]
    ordered = {"ledger", "emissions"}
    tables = {n: table.iloc[::-1] for n, table in plan.tables.items()}
    kept = {n: table for n, table in tables.items() if n not in ordered}
    report = audit(changed(plan, **kept))
    assert report.findings == ()
    double = pd.concat([tables["placement"], plan.placement.iloc[[0]]])
    twice = audit(changed(plan, **kept | {"placement": double}))
    assert found(twice, "placement", words="The row is there twice")


def _digits(text: str) -> list[int]:
    """Give a few places of digits, spread over a text."""
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    return places[:: max(1, len(places) // 2)]


@pytest.mark.parametrize("name", ["three_nodes", "green_half"])
def test_one_digit_of_any_file(
    name: str, plans: dict[str, Plan], tmp_path: Path
) -> None:
    """Tests that a changed digit of any saved file is found, and its file named."""
    folder = tmp_path / "out"
    plans[name].save(folder)
    for file in sorted(folder.rglob("*")):
        if file.is_dir():
            continue
        text = file.read_text()
        for place in _digits(text):
            digit = "1" if text[place] != "1" else "7"
            file.write_text(text[:place] + digit + text[place + 1 :])
            named = {finding.table for finding in audit(folder).findings}
            if file.name == "checksums.txt":
                assert named, place
            else:
                assert file.relative_to(folder).as_posix() in named, place
        file.write_text(text)
    assert audit(folder).ok


def test_a_digit_with_new_checksums(plans: dict[str, Plan], tmp_path: Path) -> None:
    """Tests that row and column are named where the files themselves agree."""
    plans["three_nodes"].save(tmp_path)
    text = (tmp_path / "routes.csv").read_text()
    (tmp_path / "routes.csv").write_text(text.replace("13.0,12.0,", "13.0,12.5,"))
    write_checksums(tmp_path)
    report = audit(tmp_path)
    lines = [str(finding) for finding in report.findings]
    row = "routes a/hub/to-hub/a>b>c/ gbps_mean:"
    assert any(line.startswith(row) for line in lines), lines
    assert found(report, "routes", "gbps", "do not add up")
    with pytest.raises(AuditFailed, match="gbps_mean") as caught:
        report.raise_if_wrong()
    assert caught.value.exit_code == 4


def test_files_too_many_and_too_few(plans: dict[str, Plan], tmp_path: Path) -> None:
    """Tests missing, added and unreadable files, and a place without a plan."""
    plans["two_hubs"].save(tmp_path / "out")
    (tmp_path / "out" / "more.txt").write_text("more")
    assert audit(tmp_path / "out").ok
    added = tmp_path / "out" / "scenario" / "sources.csv"
    added.write_text("table,column,source,grade\nhubs,pue,a guess,C\n")
    assert found(audit(tmp_path / "out"), "scenario/sources.csv", words="not listed")
    added.unlink()
    (tmp_path / "out" / "hubs.csv").unlink()
    report = audit(tmp_path / "out")
    assert found(report, "hubs.csv", words="missing")
    assert np.isnan(report.bound)
    (tmp_path / "out" / "scenario" / "hubs.csv").write_text("id\n")
    assert found(audit(tmp_path / "out"), "scenario/hubs.csv")
    with pytest.raises(InputError):
        audit(tmp_path)
    with pytest.raises(InputError):
        audit(tmp_path / "nowhere")


def test_the_proof_is_demanded(plans: dict[str, Plan]) -> None:
    """Tests plans whose multipliers do not prove what the manifest says."""
    plan = plans["two_hubs"]
    bare = changed(plan, duals=plan.duals[:0], limits=plan.limits.assign(worth=0.0))
    report = audit(bare)
    assert found(report, "duals", words="do not prove it")
    assert found(report, "manifest.json", "bound", "above what the multipliers prove")
    assert len(report.findings) == 2
    # Without multipliers all 10 MW take the cheap hub, whose room has no worth.
    assert report.bound == pytest.approx(10 * 1.2 * 100.0 * 1000.0)
    weak = bare.manifest | {
        "status": "time-limit",
        "bound": report.bound,
        "gap": report.gap,
    }
    assert audit(changed(bare, manifest=weak)).ok


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_holds_for_any_multipliers(name: str, plans: dict[str, Plan]) -> None:
    """Tests that random multipliers, valid or not, never lift the bound too high."""
    plan, random = plans[name], np.random.default_rng(7)
    best = plan.manifest["objective"]
    hubs = list(plan.scenario.hubs["id"])
    periods = list(plan.scenario.periods["id"])
    rows = [(k, h, "", "", "") for k in ("room", "room-use") for h in hubs]
    rows += [("reserve", "web", h, "", t) for h in hubs for t in periods]
    rows += [
        (k, e, "", d, t)
        for k in ("link", "lit")
        for e in plan.scenario.links["id"]
        for d in ("forward", "backward")
        for t in periods
    ]
    rows += [("green", "0", "", "", ""), ("carbon-cap", "", "", "", "")]
    rows += [("certificate", "offer", "", "", "")]
    rows += [("certificate-use", "class:batch", h, "", "") for h in hubs]
    for _ in range(15):
        size = 10.0 ** random.uniform(-2, 6)
        kept = [row for row in rows if random.random() < 0.5]
        values = random.uniform(0, size, len(kept))
        given = [(*row, value) for row, value in zip(kept, values, strict=True)]
        duals = hand_plan.table("duals", *given)
        report = audit(changed(plan, duals=duals))
        assert report.bound <= best * (1 + 1e-12)
        assert np.isfinite(report.bound)


Change = Callable[[Plan], Plan]


def _route(column: str, value: object, row: int = 1) -> Change:
    return lambda plan: with_cell(plan, "routes", row, column, value)


def _scenario(**changes: Any) -> Change:
    def change(plan: Plan) -> Plan:
        return changed(plan, scenario=plan.scenario.replace(**changes))

    return change


def _nodes(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b", "c"], **columns})


@pytest.mark.parametrize(
    ("change", "table", "column", "words"),
    [
        (_route("nodes", "a>b"), "routes", "nodes", "one link between"),
        (_route("nodes", "a>q>c"), "routes", "nodes", "unknown node"),
        (_route("links", "ab;zz"), "routes", "nodes", "unknown link"),
        (_route("links", "bc;ab"), "routes", "nodes", "does not run this way"),
        (_route("nodes", "c>b>a"), "routes", "nodes", "sender to the receiver"),
        (_route("direction", "from-hub"), "routes", "nodes", "sender to the receiver"),
        (_route("period", "01"), "routes", "period", "unknown"),
        (_route("gbps", -1.0), "routes", "gbps", "at least 0"),
        (_route("rtt_limit_ms", 9.0), "routes", "rtt_ms", "slower than its limit"),
        (
            _scenario(nodes=_nodes(transit=[True, False, True])),
            "routes",
            "nodes",
            "without transit",
        ),
        (
            _scenario(settings={"rtt_factor": 2.0, "hours_per_year": 1000.0}),
            "routes",
            "rtt_ms",
            "slower than its limit",
        ),
        (
            _scenario(policy={"closed_hubs": ["hub"]}),
            "placement",
            "hub",
            "not admissible",
        ),
        (
            _scenario(policy={"placement_max": [{"share": 0.5, "hub": "hub"}]}),
            "limits",
            "used",
            "not kept",
        ),
        (
            _scenario(policy={"reserved_min": [{"hub": "hub", "mw": 12.0}]}),
            "limits",
            "used",
            "not kept",
        ),
        (
            _scenario(rtt=[{"origin": "a", "hub": "hub", "rtt_ms": 5.0}]),
            "routes",
            "rtt_ms",
            "slower than its limit",
        ),
    ],
)
def test_faults_on_the_backbone(
    change: Change, table: str, column: str, words: str, plans: dict[str, Plan]
) -> None:
    """Tests wrong routes and limits that another scenario sets."""
    report = audit(change(plans["three_nodes"]))
    assert found(report, table, column, words), str(report)


def test_faults_of_demand(plans: dict[str, Plan]) -> None:
    """Tests power that is not placed, windows, bursts and schedules out of place."""
    plan = plans["two_periods"]
    low = with_cell(plan, "schedule", 0, "it_mw", 9.0)
    assert found(audit(low), "schedule", "it_mw", "does not meet demand")
    high = with_cell(plan, "placement", 1, "reserved_mw", 9.0)
    assert found(audit(high), "placement", "reserved_mw", "than the peak")
    extra = hand_plan.table("schedule", ("job", "cheap", "year", 1.0))
    odd = changed(plans["two_hubs"], schedule=extra)
    assert found(audit(odd), "schedule", "workload", "has no schedule")
    lost = hand_plan.table("unserved", ("web", "01", 1.0))
    report = audit(changed(plan, unserved=lost))
    assert found(report, "unserved", "it_mw", "must be served")
    assert found(report, "schedule", "it_mw", "does not meet demand")


def test_faults_of_certificates(plans: dict[str, Plan]) -> None:
    """Tests certificates without energy, beyond the offer, and for another grid."""
    plan = plans["green_half"]
    much = with_cell(plan, "certificates", 0, "mwh", 10_500.0)
    report = audit(much)
    assert found(report, "certificates", "mwh", "not green")
    assert found(report, "limits", "used", "not kept")
    few = with_cell(plan, "certificates", 0, "mwh", 4000.0)
    assert found(audit(few), "limits", "used", "not kept")
    offers = plan.scenario.certificates.assign(grid="south")
    factors = [
        {"grid": grid, "location_kg_per_mwh": 600, "residual_kg_per_mwh": 800}
        for grid in ("north", "south")
    ]
    other = plan.scenario.replace(certificates=offers, carbon_factors=factors)
    assert found(
        audit(changed(plan, scenario=other)), "certificates", "hub", "does not serve"
    )
    off = plan.scenario.with_settings(certificates="off")
    assert found(
        audit(changed(plan, scenario=off)), "certificates", words="no certificates"
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("objective", 1.0, "follows from the tables"),
        ("objective", None, "There is no number"),
        ("gap", 0.5, "follows from the tables"),
        ("gap", -0.5, "below 0"),
        ("bound", 2e6, "above the objective"),
        ("bound", None, "There is no bound"),
        ("options", {}, "stages of the objective are missing"),
        ("options", {"stages": []}, "differ in length"),
        ("options", {"stages": [1]}, "not understood"),
        ("options", {"stages": [{"weights": {"joy": 1}}]}, "unknown measure"),
        ("options", {"stages": [{"weights": {"cost": "x"}}]}, "not a number"),
        ("stages", [{"value": 5.0, "limit": None}], "follows from the tables"),
        ("seconds", {"solve": -1.0}, "Not a duration"),
        ("scenario_sha256", {"hubs": "12"}, "Not a SHA-256"),
        ("scenario_sha256", {"hubs": "0" * 64}, "Not that of the scenario"),
        ("scenario_sha256", {}, "The key is missing"),
        ("status", "splendid", "The status is unknown"),
    ],
)
def test_the_manifest_is_checked(
    key: str, value: object, words: str, plans: dict[str, Plan]
) -> None:
    """Tests figures of the manifest that contradict the tables or are not there."""
    plan = plans["two_hubs"]
    report = audit(changed(plan, manifest=plan.manifest | {key: value}))
    assert found(report, "manifest.json", words=words), str(report)
    kept = {name: item for name, item in plan.manifest.items() if name != key}
    missing = audit(changed(plan, manifest=kept))
    assert found(missing, "manifest.json", key, "The key is missing")


def test_earlier_stages_are_kept() -> None:
    """Tests the limit of a first stage, its multiplier, and its record."""
    plan = hand_plan.two_hubs()
    stages = [
        {"weights": {"carbon-location": 1.0}, "slack": 0.2, "slack_absolute": 0.0},
        {"weights": {"cost": 1.0}, "slack": 0.0, "slack_absolute": 0.0},
    ]
    # Least carbon is 0 t, all at the dear hub; 3600 t are in the absolute slack.
    stages[0]["slack_absolute"] = 4000.0
    reached = [{"value": 0.0, "limit": 4000.0}, {"value": 1_926_000.0, "limit": None}]
    manifest = plan.manifest | {"options": {"stages": stages}, "stages": reached}
    row = ("stage", "0", "", "", "t", 4000.0, 3600.0, 400.0, 0.0)
    limits = pd.concat([plan.limits, hand_plan.table("limits", row)])
    staged = changed(plan, manifest=manifest, limits=limits)
    report = audit(staged)
    assert report.ok, str(report)
    tight = [{"value": 0.0, "limit": 3000.0}, reached[1]]
    report = audit(changed(staged, manifest=manifest | {"stages": tight}))
    assert found(report, "manifest.json", "limit", "with its slack")
    assert found(report, "limits", "used", "not kept")


def test_cheapest_paths_are_those_of_all_paths() -> None:
    """Tests the search within an RTT limit against every simple path of the graph."""
    tried = 0
    for seed in range(20):
        scenario, _ = draw(seed)
        if not len(scenario.links):
            continue
        world = World(scenario)
        random = np.random.default_rng(seed)
        cost = random.choice([0.0, 1.0, 5.0], (len(world.network.arcs), 3))
        search = Cheapest(world, cost)
        for origin, way in itertools.product(
            range(len(world.origins)), ("to-hub", "from-hub")
        ):
            for limit in (6.0, 12.0, np.inf):
                got = search.to_hubs(origin, limit, way)
                want = _brute(world, cost, origin, limit, way)
                np.testing.assert_allclose(got, want, rtol=1e-12)
                tried += 1
    assert tried > 100


def _brute(
    world: World, cost: np.ndarray, origin: int, limit: float, way: str
) -> np.ndarray:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(world.network.nodes)))
    arcs = world.network.arcs
    for number, (tail, head) in enumerate(zip(arcs["tail"], arcs["head"], strict=True)):
        graph.add_edge(tail, head, key=number)
    best = np.full((len(world.hubs), cost.shape[1]), np.inf)
    for hub, node in enumerate(world.hub_node):
        ends = [int(world.origin_node[origin]), int(node)]
        if way == "from-hub":
            ends.reverse()
        if ends[0] == ends[1]:
            paths = [[]]
        else:
            paths = list(nx.all_simple_edge_paths(graph, *ends))
        for path in paths:
            inside = [head for _, head, _ in path[:-1]]
            keys = [key for _, _, key in path]
            delay = arcs["one_way_ms"].to_numpy()[keys].sum()
            at = (np.array([origin]), np.array([hub]), np.array([delay]))
            rtt = world.path_rtt(*at, np.array([way == "to-hub"]))[0]
            if all(world.network.transit[inside]) and rtt <= limit + 1e-9:
                best[hub] = np.minimum(best[hub], cost[keys].sum(axis=0))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_solved_plans_agree(seed: int) -> None:
    """Tests that model and audit, written apart, give equal figures and bounds."""
    scenario, objective = draw(seed)
    try:
        plan = solve(scenario, objective=objective, baselines=seed % 4 == 0)
    except Infeasible:
        pytest.skip("no plan fits the limits")
    report = audit(plan)
    assert report.ok, str(report)


def test_a_plan_of_another_scenario_differs() -> None:
    """Tests that a plan is found wrong when any input that it rests on changes."""
    plan = hand_plan.green_half()
    scenario = plan.scenario
    changes = [
        scenario.replace(tariffs=scenario.tariffs.assign(price_cny_per_mwh=101.0)),
        scenario.replace(hubs=scenario.hubs.assign(pue=1.01)),
        scenario.replace(hubs=scenario.hubs.assign(green_share=0.01)),
        scenario.replace(hubs=scenario.hubs.assign(it_capacity_mw=9.0)),
        scenario.replace(workloads=scenario.workloads.assign(it_mw=10.01)),
        scenario.replace(policy=replace(scenario.policy, carbon_cap_t=3999.0)),
        scenario.replace(policy=replace(scenario.policy, carbon_price_cny_per_t=51)),
    ]
    for other in changes:
        assert not audit(changed(plan, scenario=other)).ok


def test_nothing_of_the_model_is_imported() -> None:
    """Tests that the audit rests on no code of the model, the solver or its helpers."""
    allowed = {
        "errors",
        "units",
        "tables",
        "periods",
        "settings",
        "scenario",
        "ledger",
        "plan",
        "plan_files",
        "words",
        "audit",
        "collector",
        "allocator",
        "fingerprint",
    }
    folder = Path(str(sys.modules["siting.audit"].__file__)).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.split(".")[0] == "siting":
                    assert name.split(".")[1] in allowed, (file.name, name)


def test_the_audit_needs_no_solver() -> None:
    """Tests that importing the audit loads neither PuLP nor HiGHS."""
    code = (
        "import sys, siting.audit;"
        "sys.exit(any(name in sys.modules for name in ('pulp', 'highspy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=240)
    assert done.returncode == 0


@pytest.fixture(scope="module")
def compared() -> Plan:
    """Give a plan of least cost with all its baselines; none of them has a note."""
    hubs = [
        {"id": "a", "node": "n", "side": "east", "grid": "g", "it_capacity_mw": 20.0},
        {"id": "b", "node": "m", "side": "west", "grid": "g", "it_capacity_mw": 20.0},
    ]
    tables: dict[str, Any] = {
        "hubs": hubs,
        "nodes": [{"id": "n"}, {"id": "m"}],
        "tariffs": [
            {"hub": "a", "price_cny_per_mwh": 600.0},
            {"hub": "b", "price_cny_per_mwh": 400.0},
        ],
        "carbon_factors": [{"grid": "g", "location_kg_per_mwh": 500.0}],
        "workloads": [{"id": "w", "class": "c", "origin": "n", "it_mw": 10.0}],
        "policy": {"carbon_price_cny_per_t": 50.0},
    }
    plan = solve(Scenario.from_tables(**tables))
    report = audit(plan)
    report.raise_if_wrong()
    assert report.compared == PLANS[1:]
    assert "Baselines are consistent; they are not recomputed." in str(report)
    return plan


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("location_t", 1e9, "No placement has such a value"),
        ("ledger:carbon", 1.0, "other figures"),
        ("market_t", 1e9, "No placement has such a value"),
        ("west_share", 1.5, "No placement has such a value"),
        ("east_it_mw", 10.1, "No placement has such a value"),
        ("energy_mwh", 87_601.0, "No placement has such a value"),
        ("unserved_mw", 10.1, "No placement has such a value"),
        ("green_share", np.nan, "The measure is missing"),
    ],
)
def test_a_baseline_must_be_possible(
    compared: Plan, measure: str, value: float, words: str
) -> None:
    """Proves: figures that no placement has are found in a baseline's column.

    10 MW at PUE 1 are 87,600 MWh whatever runs where. Without it: only money counted.
    """
    table = compared.baselines
    row = int(np.flatnonzero(table["measure"] == measure)[0])
    report = audit(with_cell(compared, "baselines", row, "today", value))
    assert found(report, "baselines", "today", words), str(report)


def with_costs(plan: Plan, name: str, factor: float) -> Plan:
    """Give the plan with another cost of a baseline, in both tables alike."""
    ledger, table = plan.ledger.copy(), plan.baselines.copy()
    power = 87_600.0 * 400.0 * (factor - 1.0)
    terms = ledger["term"].isin(["placement", "total"])
    ledger.loc[terms, name] += power
    measures = table["measure"].isin(["ledger:placement", "cost_cny"])
    table.loc[measures, name] += power
    return changed(plan, ledger=ledger, baselines=table)


def test_nothing_costs_less_than_the_least(compared: Plan) -> None:
    """Proves: what has no limits is no dearer, what keeps them all no cheaper.

    Without it: the saving that a plan is said to bring would rest on nothing.
    """
    report = audit(with_costs(compared, "upper_bound", 1.001))
    assert found(report, "baselines", "upper_bound", "above that of a plan")
    report = audit(with_costs(compared, "nearest", 0.4))
    assert found(report, "baselines", "nearest", "Cheaper than a plan of least cost")


def test_a_baseline_that_is_left_out_has_a_note(compared: Plan) -> None:
    """Proves: a column may only be blank where a note says why."""
    blank = {"upper_bound": np.nan}
    bare = changed(
        compared,
        ledger=compared.ledger.assign(**blank),
        baselines=compared.baselines.assign(**blank),
    )
    assert found(audit(bare), "baselines", "upper_bound", "no note says why")
    note = {"baseline": "upper_bound", "text": "some workload has no hub at all"}
    told = compared.manifest | {"baseline_notes": [note | {"values": {}}]}
    assert audit(changed(bare, manifest=told)).ok
