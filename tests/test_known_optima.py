"""Known optima of others' problems, found through the public interface alone.

The small examples are those of the documentation of PuLP ("A Transportation Problem"
and the examples beside it) and of networkx (the docstrings named). The published cases
are read from the folder that the environment variable ``SITING_CASES`` names.
"""

import csv
import itertools
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from cases.carbon import made_case
from cases.flows import flow_tables, read_canad, read_sndlib
from cases.topology import path_tables, read_topology
from cases.transport import Warehouses, read_warehouses, transport_tables
from cases.year import made_year
from pipelines import solved
from scipy import optimize

import siting

BEER_DEMAND = {"1": 500.0, "2": 900.0, "3": 1800.0, "4": 200.0, "5": 700.0}
BEER_COST = {"A": (2, 4, 5, 2, 1), "B": (3, 1, 3, 2, 3), "C": (0, 0, 0, 0, 0)}


def audited(tables: dict[str, Any], **options: Any) -> siting.Plan:
    """Solve tables and audit the plan."""
    plan = solved(siting.Scenario.from_tables(**tables), **options)
    siting.audit(plan).raise_if_wrong()
    return plan


def carbon_t(plan: siting.Plan) -> float:
    """Location-based emissions of a plan."""
    return float(plan.emissions.set_index("subject").loc["total", "location_t"])


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def beer(**supply: float) -> dict[str, Any]:
    """Tables of PuLP's breweries and bars."""
    cost = {
        (brewery, bar): float(price)
        for brewery in supply
        for bar, price in zip(BEER_DEMAND, BEER_COST[brewery], strict=True)
    }
    return transport_tables(supply, BEER_DEMAND, cost)


@pytest.mark.parametrize(
    ("supply", "expected"),
    [
        ({"A": 1000.0, "B": 4000.0}, 8600.0),  # BeerDistributionProblem
        ({"A": 1000.0, "B": 4000.0, "C": 100.0}, 8300.0),  # CompetitorExtension
    ],
)
def test_transport_example_of_pulp(supply: dict[str, float], expected: float) -> None:
    """PuLP's transport example costs what its documentation prints."""
    plan = audited(beer(**supply))
    assert plan.cost_cny == pytest.approx(expected, rel=1e-9)
    served = plan.placement.groupby("workload")["it_mw"].sum()
    assert served.to_dict() == pytest.approx(BEER_DEMAND)


def test_transport_example_cut_short_is_infeasible() -> None:
    """With brewery B cut to 3,000 crates the example has no plan, and 100 lack."""
    with pytest.raises(siting.Infeasible):
        audited(beer(A=1000.0, B=3000.0))


def test_computer_plants_of_pulp() -> None:
    """The best set of plants, each with its fixed cost, costs 228,100.

    PuLP's ComputerPlantProblem decides which plants to open; here every set of plants
    is a scenario with the others closed by policy.
    """
    supply = {"SF": 1700.0, "LA": 2000.0, "Phoenix": 1700.0, "Denver": 2000.0}
    fixed = {"SF": 70000.0, "LA": 70000.0, "Phoenix": 65000.0, "Denver": 70000.0}
    demand = {"SD": 1700.0, "Barstow": 1000.0, "Tucson": 1500.0, "Dallas": 1200.0}
    unit = {
        "SF": (5, 3, 2, 6),
        "LA": (4, 7, 8, 10),
        "Phoenix": (6, 5, 3, 8),
        "Denver": (9, 8, 6, 5),
    }
    cost = {
        (plant, store): float(price)
        for plant, prices in unit.items()
        for store, price in zip(demand, prices, strict=True)
    }
    scenario = siting.Scenario.from_tables(**transport_tables(supply, demand, cost))
    totals = {}
    for count in (3, 4):
        for opened in itertools.combinations(supply, count):
            closed = [plant for plant in supply if plant not in opened]
            plan = solved(scenario.replace(policy={"closed_hubs": closed}))
            totals[opened] = plan.cost_cny + sum(fixed[plant] for plant in opened)
    best = min(totals, key=lambda opened: totals[opened])
    assert best == ("SF", "LA", "Phoenix")
    assert totals[best] == pytest.approx(228100.0)
    short = scenario.replace(policy={"closed_hubs": ["SF", "LA"]})
    with pytest.raises(siting.Infeasible):
        solved(short)


NX_DIAMOND = [("a", "b", 3, 4), ("a", "c", 6, 10), ("b", "d", 1, 9), ("c", "d", 2, 5)]
NX_SIMPLEX = [
    ("p", "q", 7, 5),
    ("p", "a", 1, 4),
    ("q", "d", 2, 3),
    ("t", "q", 1, 2),
    ("a", "t", 2, 4),
    ("d", "w", 3, 4),
    ("t", "w", 4, 1),
]


@pytest.mark.parametrize(
    ("demand", "arcs", "expected"),
    [
        ({"a": -5.0, "d": 5.0}, NX_DIAMOND, 24.0),  # nx.min_cost_flow_cost
        (
            {"p": -4.0, "q": 2.0, "a": -2.0, "d": -1.0, "t": 2.0, "w": 3.0},
            NX_SIMPLEX,
            37.0,
        ),  # nx.network_simplex
    ],
)
def test_min_cost_flow_of_networkx(
    demand: dict[str, float], arcs: list[Any], expected: float
) -> None:
    """The cost of the flow is the one in networkx's documentation."""
    plan = audited(flow_tables(demand, arcs))
    assert plan.cost_cny == pytest.approx(expected, rel=1e-9)
    assert plan.hubs["room_mw"].tolist() == pytest.approx(
        [amount for amount in demand.values() if amount > 0]
    )


def test_maximum_flow_of_networkx() -> None:
    """With unserved demand priced, what is served is the maximum flow, 3."""
    arcs = [
        ("x", "a", 0.0, 3.0),
        ("x", "b", 0.0, 1.0),
        ("a", "c", 0.0, 3.0),
        ("b", "c", 0.0, 5.0),
        ("b", "d", 0.0, 4.0),
        ("d", "e", 0.0, 2.0),
        ("c", "y", 0.0, 2.0),
        ("e", "y", 0.0, 3.0),
    ]
    tables = flow_tables({"x": -10.0, "y": 10.0}, arcs)
    plan = audited({**tables, "settings": {"unserved_cny_per_mwh": 1.0}})
    assert plan.placement["it_mw"].sum() == pytest.approx(3.0)
    assert plan.unserved["it_mw"].sum() == pytest.approx(7.0)
    assert plan.cost_cny == pytest.approx(7.0 * 8760.0)


# -- the OR-Library -----------------------------------------------------------------

WAREHOUSES = (
    "cap71",
    "cap72",
    "cap73",
    "cap74",
    "cap101",
    "cap102",
    "cap103",
    "cap104",
)


def transport_cost(case: Warehouses) -> float:
    """Least cost of the transport problem with every warehouse open, by scipy."""
    places, customers = case.whole_cost.shape
    per_place = np.kron(np.eye(places), case.demand[None, :])
    per_customer = np.kron(np.ones((1, places)), np.eye(customers))
    answer = optimize.linprog(
        case.whole_cost.ravel(),
        A_ub=per_place,
        b_ub=case.capacity,
        A_eq=per_customer,
        b_eq=np.ones(customers),
        method="highs",
    )
    assert answer.status == 0
    return float(answer.fun)


def best_opening(case: Warehouses) -> np.ndarray:
    """Which warehouses are open at the optimum with fixed costs, by scipy."""
    places, customers = case.whole_cost.shape
    per_place = np.kron(np.eye(places), case.demand[None, :])
    per_customer = np.kron(np.ones((1, places)), np.eye(customers))
    served = np.eye(places * customers)
    opening = np.kron(np.eye(places), np.ones((customers, 1)))
    answer = optimize.milp(
        np.concatenate([case.whole_cost.ravel(), case.fixed_cost]),
        constraints=[
            optimize.LinearConstraint(
                np.hstack([per_place, -np.diag(case.capacity)]), ub=0.0
            ),
            optimize.LinearConstraint(
                np.hstack([per_customer, np.zeros((customers, places))]), 1.0, 1.0
            ),
            optimize.LinearConstraint(np.hstack([served, -opening]), ub=0.0),
        ],
        integrality=np.repeat([0, 1], [places * customers, places]),
        bounds=optimize.Bounds(0.0, 1.0),
    )
    assert answer.status == 0
    return np.asarray(answer.x[-places:] > 0.5)


@pytest.mark.parametrize("name", WAREHOUSES)
def test_warehouses_of_the_or_library(published: Path, name: str) -> None:
    """Serving all customers costs what scipy finds, with all warehouses open.

    With the warehouses of the published optimum open, their fixed costs and the plan's
    ledger sum to the published value.
    """
    case = read_warehouses(published / "orlib_cap" / f"{name}.txt")
    plan = audited(case.tables(np.ones(len(case.capacity), dtype=bool)))
    assert plan.cost_cny == pytest.approx(transport_cost(case), rel=1e-9)
    optima = {
        row["instance"]: float(row["published_optimum"])
        for row in rows(published / "orlib_cap" / "optima.csv")
    }
    opened = best_opening(case)
    plan = audited(case.tables(opened))
    total = plan.cost_cny + case.fixed_cost[opened].sum()
    assert total == pytest.approx(optima[name], rel=1e-8)


# -- flows with several goods -------------------------------------------------------


@pytest.mark.parametrize("name", ["r01.1", "r04.1"])
def test_canad_flow(published: Path, name: str) -> None:
    """The multicommodity flow without fixed costs costs the reference value."""
    folder = published / "canad_mcnd"
    (expected,) = (
        float(row["min_cost_mcf_lp_no_fixed_cost"])
        for row in rows(folder / "optima.csv")
        if row["instance"] == name
    )
    plan = audited(read_canad(folder / f"{name}.dow"))
    assert plan.cost_cny == pytest.approx(expected, rel=1e-9)


def test_canad_infeasible(published: Path) -> None:
    """Instance r01.7 has no flow: its links are too narrow."""
    tables = read_canad(published / "canad_mcnd" / "r01.7.dow")
    with pytest.raises(siting.Infeasible):
        audited(tables)


def sndlib_reference(published: Path, name: str) -> dict[str, str]:
    """Give the reference values of a network."""
    found = rows(published / "sndlib" / "lp_reference.csv")
    return next(row for row in found if row["network"] == name)


@pytest.mark.parametrize("name", ["polska", "nobel-us"])
def test_sndlib_hops(published: Path, name: str) -> None:
    """The least hop-weighted flow is the reference's, at capacity and without limits.

    The demands are undirected, so links are ``shared``; with ``duplex`` links nobel-us
    would need 10,492 hops only, as without limits.
    """
    reference = sndlib_reference(published, name)
    path = published / "sndlib" / f"{name}.txt"
    tables = read_sndlib(path, float(reference["kappa"]))
    assert len(tables["links"]) == int(reference["links"])
    assert len(tables["workloads"]) == int(reference["demands"])
    expected = float(reference["min_cost_hops_at_kappa"])
    assert audited(tables).cost_cny == pytest.approx(expected, rel=1e-9)
    free = audited(read_sndlib(path, inf))
    expected = float(reference["uncapacitated_hops"])
    assert free.cost_cny == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["polska", "nobel-us"])
def test_sndlib_concurrent_flow(published: Path, name: str) -> None:
    """Links of 1/λ times their size carry all demands, a little less does not."""
    reference = sndlib_reference(published, name)
    needed = 1.0 / float(reference["max_concurrent_flow_lambda_at_kappa1"])
    path = published / "sndlib" / f"{name}.txt"
    audited(read_sndlib(path, needed * (1 + 1e-5)))
    with pytest.raises(siting.Infeasible):
        audited(read_sndlib(path, needed * (1 - 1e-4)))


# -- paths --------------------------------------------------------------------------


def test_paths_of_chinanet(published: Path) -> None:
    """Paths, lengths and delays on ChinaNet are those of the reference."""
    folder = published / "topology_zoo"
    expected = rows(folder / "paths_reference.csv")
    graph = read_topology(folder / "Chinanet.gml")
    pairs = [(row["src"], row["dst"]) for row in expected]
    plan = audited(path_tables(graph, pairs))
    routes = plan.routes.set_index(["origin", "hub"])
    for row in expected:
        route = routes.loc[(row["src"], f"hub {row['dst']}")]
        assert route["nodes"] == row["path"]
        assert route["length_km"] == pytest.approx(
            float(row["shortest_path_km"]), abs=1e-3
        )
        one_way = float(row["one_way_ms_at_200km_per_ms"])
        assert route["rtt_ms"] == pytest.approx(2 * one_way, abs=2e-4)


@pytest.mark.parametrize("name", ["Chinanet", "Cernet"])
def test_fastest_paths_of_whole_backbones(published: Path, name: str) -> None:
    """The RTT of every pair is what networkx's Dijkstra says; parallel links count."""
    graph = read_topology(published / "topology_zoo" / f"{name}.gml")
    hubs = ["Beijing", "Shanghai", "Guangzhou"]
    pairs = [
        (start, end)
        for end in hubs
        for start in nx.node_connected_component(graph, end)
    ]
    plan = audited(path_tables(graph, pairs))
    assert len(plan.placement) == len(pairs)
    found = plan.placement.set_index(["origin", "hub"])["rtt_ms"]
    for end in hubs:
        lengths = nx.single_source_dijkstra_path_length(graph, end, weight="km")
        for start, km in lengths.items():
            assert found[start, f"hub {end}"] == pytest.approx(2 * km / 200.0)


# -- cases like those of planners ----------------------------------------------------


def test_least_carbon_within_measured_round_trips() -> None:
    """Least carbon with a measured matrix alone is that of a transport program.

    The room of the cleanest site has a worth, that of the dirtiest none. What follows
    the first stage may give up a millionth.
    """
    case = made_case()
    plan = audited(case.tables(), objective="carbon-location")
    least = plan.manifest["stages"][0]["value"]
    assert least == pytest.approx(case.best_split(), rel=1e-9)
    assert carbon_t(plan) == pytest.approx(least, rel=1.1e-6)
    limits = {"realtime": 10.0, "interactive": 30.0, "training": inf}
    slow = plan.placement["rtt_ms"] > plan.placement["class"].map(limits)
    assert not slow.any()
    weighed = audited(case.tables(), objective="cost=1+carbon-location=1")
    assert carbon_t(weighed) == pytest.approx(case.best_split(), rel=1e-9)
    worth = weighed.limits.set_index(["kind", "subject"])["worth"]
    assert worth["room", "h3"] > 0
    assert worth["room", "h4"] == 0


def test_least_carbon_by_enumeration() -> None:
    """Where room is ample the least carbon is the best of all whole placements."""
    case = made_case()
    small = replace(
        case,
        rtt_ms=case.rtt_ms[:2],
        capacity_mw=np.full(6, 100.0),
        demand_mw=case.demand_mw[:2],
    )
    plan = audited(small.tables(), objective="carbon-location")
    least = plan.manifest["stages"][0]["value"]
    assert least == pytest.approx(small.best_whole(), rel=1e-9)
    assert carbon_t(plan) == pytest.approx(least, rel=1.1e-6)
    weighed = audited(small.tables(), objective="cost=1+carbon-location=1")
    assert weighed.placement["share"].tolist() == [1.0] * 6


def test_realtime_out_of_reach_is_named() -> None:
    """A limit below every measured value is infeasible, and the workload is named."""
    case = made_case()
    tables = case.tables()
    tables["workloads"][0]["rtt_limit_ms"] = 1.0
    with pytest.raises(siting.Infeasible, match="o0 realtime"):
        audited(tables, objective="carbon-location")


@pytest.mark.parametrize("hours", [336])
def test_hours_of_five_sites(hours: int) -> None:
    """Movable and deferrable work over the hours costs what scipy finds.

    Room is pooled, energy of deferrable work is fixed each day with bursts of 4, and
    some prices are negative.
    """
    year = made_year(hours)
    assert (year.price < 0).any()
    plan = audited(year.tables())
    assert plan.cost_cny == pytest.approx(year.least_cost(), rel=1e-9)
    drawn = plan.schedule.groupby(["hub", "period"])["it_mw"].sum()
    room = plan.hubs.set_index("hub")["room_mw"]
    peak = drawn.groupby("hub").max()
    assert peak.to_dict() == pytest.approx(room[room > 0].to_dict())


def test_published_units() -> None:
    """Demand forms reproduce published pairs of figures.

    3,640 PF-days on A100 at 312 TFLOPS and 40 % are 0.70 million GPU-hours; 13 million
    requests a day at 48.08 Wh are 625 MWh a day, 50,000 USD at 0.08 USD/kWh.
    """
    a100 = {"model": "a100", "tflops": 312.0, "tdp_w": 400.0, "server_overhead": 1.5}
    work = {"class": "training", "origin": "n"}
    scenario = siting.Scenario.from_tables(
        hubs=[{"id": "h", "it_capacity_mw": inf}],
        accelerators=[a100],
        workloads=[
            {"id": "gpt3", "pf_days_per_year": 3640.0, "model": "a100", "mfu": 0.4}
            | work,
            {"id": "flops", "flops_per_year": 3640 * 86400e15, "model": "a100"}
            | {"mfu": 0.4}
            | work,
            {"id": "cards", "accelerators": 30000.0, "model": "a100"} | work,
            {"id": "chat", "requests_per_day": 13e6, "wh_per_request": 625e6 / 13e6}
            | work,
        ],
    )
    plan = solved(scenario)
    mwh = plan.placement.set_index("workload")["energy_mwh"]
    assert mwh["gpt3"] == pytest.approx(700000 * 600e-6)
    assert mwh["flops"] == pytest.approx(mwh["gpt3"])
    assert mwh["cards"] == pytest.approx(30000 * 600e-6 * 8760)
    assert mwh["chat"] == pytest.approx(625.0 * 365)
