"""Judging every claim."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from siting.arguments import check_arguments
from siting.breakeven.find import class_flips
from siting.breakeven.parameter import GAP
from siting.breakeven.pieces import HALF, west_share
from siting.claims.runs import Placed, Runs, accountings, place, training_of
from siting.claims.sides import exceeds, green_figures, price_figures, routes
from siting.claims.verdict import Claim, Claims, Verdict, over
from siting.errors import Infeasible, InputError, Problem
from siting.explain import explain_infeasible
from siting.model import extract
from siting.model.instance import Instance
from siting.optimise import Clock, NoPlanFits
from siting.scenario import Scenario
from siting.words import word

FAR_LESS = 1.0 / 3.0
MUCH = 0.5
# Emissions that differ by a smaller part are the same.
SAME = 1e-3
TRANSFER = "transfer-price"
SHARES = (
    (FAR_LESS, "network's price that takes a third of it"),
    (1.0, "network's price that takes all of it"),
)
NONE = pd.DataFrame()


def claims(
    scenario: Scenario, *, progress: Callable[[str], None] | None = None
) -> Claims:
    """Put the claims about moving computing west to the test.

    Parameters
    ----------
    scenario : Scenario
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    Claims
        With verdict, figures under each accounting, and break-even values.

    Raises
    ------
    InputError
        If the scenario has no hubs in the east or none in the west.
    Infeasible
        If no plan fits all limits.
    """
    check_arguments(scenario)
    tell = progress or (lambda _: None)
    sides = set(scenario.hubs["side"])
    if not {"east", "west"} <= sides:
        message = word("the claims are about east and west, and one of them has no hub")
        remedy = word("Give hubs a side, east or west.")
        raise InputError([Problem("hubs", None, "side", message, remedy)])
    training = training_of(scenario)
    runs: list[Runs] = []
    try:
        for accounting in accountings(scenario):
            tell(word("placing everything under {name}", name=accounting.name))
            runs.append(place(accounting, training))
    except NoPlanFits:
        raise Infeasible(explain_infeasible(Instance(scenario), Clock())) from None
    tell(word("finding what would flip the answers"))
    judged = (
        _training_west(runs),
        _dearer(scenario),
        _less_green(scenario),
        _less_room(runs[0]),
        _network(runs),
        _greener(scenario, runs),
    )
    return Claims(scenario.settings.heading, judged)


def _training_west(runs: list[Runs]) -> Claim:
    rows, flips = [], []
    for run in runs:
        share = west_share(run.free.decisions, run.training)
        row = {"accounting": run.accounting.name, "holds": bool(share >= HALF)}
        row |= {"west_share": share}
        row |= {"saving_alone_cny": _less(run.east, run.alone)}
        row |= {"saving_margin_cny": _less(run.kept, run.free)}
        row |= {"unserved_mw": run.free.apart_mw(run.east, run.alone, run.kept)}
        rows.append(row)
        if run.accounting.transfer == runs[0].accounting.transfer:
            flips += [flip for name in (TRANSFER, GAP) for flip in _flips(run, name)]
    figures = pd.DataFrame(rows)
    return Claim(
        "training-west",
        "Training belongs in the west.",
        over(figures["holds"][figures["west_share"].notna()].tolist()),
        figures,
        _evens(flips),
        (
            "It holds where most of the training that is served is in the west at "
            "least cost.",
            "The saving is that of letting training go west: alone, all else in the "
            "east or at home; and at the margin, all else free to go.",
        ),
        NONE,
    )


def _flips(run: Runs, parameter: str) -> list[tuple[str, str, str, float]]:
    """Find where training changes side."""
    scenario = run.accounting.scenario
    if parameter == TRANSFER and not run.accounting.transfer:
        return []
    try:
        values = class_flips(scenario, parameter, run.training)
    except InputError:
        # A price of nothing cannot be scaled.
        return []
    unit = "times today's" if parameter == TRANSFER else "times today's gap"
    return [(run.accounting.name, parameter, unit, value) for value in values]


def _evens(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["accounting", "input", "unit", "value"])


def _less(one: Placed | None, other: Placed | None) -> float:
    if one is None or other is None or one.apart_mw(other):
        return np.nan
    return one.cost_cny - other.cost_cny


def _dearer(scenario: Scenario) -> Claim:
    figures = price_figures(scenario)
    even = [
        (row["accounting"], "western power price", "CNY/MWh more", gap)
        for row in figures.to_dict("records")
        if np.isfinite(gap := row["east"] - row["west"])
    ]
    return Claim(
        "power-dearer",
        "Power is dearer in the east.",
        over(figures["holds"].tolist()),
        figures,
        _evens(even),
        ("Means by hours and room; _it: per MWh of IT energy, cooling included.",),
        NONE,
    )


def _less_green(scenario: Scenario) -> Claim:
    figures = green_figures(scenario)
    even = [
        (row["accounting"], "western emissions of a MWh", "times today's", ratio)
        for row in figures.to_dict("records")
        if row["west"] > 0 and np.isfinite(ratio := row["east"] / row["west"])
    ]
    known = figures[["east", "west"]].to_numpy(float).any()
    return Claim(
        "power-less-green",
        "Power is less green in the east.",
        over(figures["holds"].tolist()) if known else Verdict.OPEN,
        figures,
        _evens(even),
        (
            "kg CO2 of a MWh drawn; location-based: of the grid; market-based: of what "
            "is not contracted as green, at the residual mix.",
        ),
        NONE,
    )


def _less_room(run: Runs) -> Claim:
    """Compare the eastern room that training takes with what would be left."""
    notes = [
        "It holds where training, kept in the east, takes at least half of the room "
        "there that other work leaves and low-latency work could grow into.",
    ]
    figures, even = NONE, _evens([])
    if run.east is not None and run.training.any():
        row = _room_taken(run, run.east)
        figures = pd.DataFrame([row])
        more = row["training_mw"] / MUCH - row["idle_without_mw"]
        if not np.isfinite(more):
            notes.append("Eastern room has no end here, so that nothing takes half.")
        elif not row["unserved_mw"]:
            name = str(row["accounting"])
            even = _evens([(name, "change of eastern room", "MW", more)])
    return Claim(
        "less-room",
        "In the east, training takes the room of low-latency work.",
        over(figures["holds"].tolist()) if len(figures) else Verdict.OPEN,
        figures,
        even,
        tuple(notes),
        NONE,
    )


def _room_taken(run: Runs, east: Placed) -> dict[str, Any]:
    """Figures of the room that training takes in the east, and whether it is much."""
    found = east.decisions
    instance = found.model.instance
    mine = run.training[instance.pair_workload]
    near = np.isfinite(instance.rtt_limit_ms)[instance.pair_workload]
    hubs = instance.scenario.hubs
    large = ((hubs["side"] == "east") & (hubs["kind"] != "home")).to_numpy()
    inside = large[instance.pair_hub]
    taken = float(found.reserved_mw[inside & mine].sum())
    room = hubs["it_capacity_mw"].to_numpy(float) + found.build_mw - found.room_mw
    left = float(room[large].sum()) + taken
    unserved = run.free.apart_mw(east)
    holds: bool | None = None
    if left > 0:
        # Work that is not served would take more of the room, and leave less.
        much = taken >= MUCH * left
        holds = True if much else None if unserved else False
    return {
        "accounting": word("nothing moved west"),
        "holds": holds,
        "training_mw": taken,
        "low_latency_mw": float(found.reserved_mw[inside & near].sum()),
        "idle_with_mw": left - taken,
        "idle_without_mw": left,
        "unserved_mw": unserved,
    }


def _network(runs: list[Runs]) -> Claim:
    rows, even = [], []
    for run in runs:
        name = run.accounting.name
        if run.east is None:
            continue
        for subject, other in (("training", run.moved), ("all that pays", run.free)):
            if other is None:
                continue
            more = other.network_cny - run.east.network_cny
            less = run.east.room_cny - other.room_cny
            unserved = other.apart_mw(run.east)
            holds = None if unserved else bool(less > 0 and more <= FAR_LESS * less)
            row: dict[str, Any] = {"accounting": name, "holds": holds}
            row |= {"moved": subject}
            row |= {"network_more_cny": more, "room_less_cny": less}
            told = less > 0 and not unserved
            row |= {"ratio": more / less if told else np.nan}
            rows.append(row | {"unserved_mw": unserved})
            if subject == "training" and more > 0 and told:
                for share, what in SHARES:
                    even.append((name, what, "times today's", share * less / more))
    figures = pd.DataFrame(rows)
    judged = figures[figures["moved"] == "training"] if rows else figures
    return Claim(
        "network-costs-less",
        "The network for it costs far less than is saved on power and room.",
        over(judged["holds"].tolist()) if len(judged) else Verdict.OPEN,
        figures,
        _evens(even),
        (
            "Training is moved west whatever it costs, all else stays in the east or "
            "at home; far less: at most a third. For comparison, all that is moved at "
            "least cost.",
        ),
        NONE,
    )


def _greener(scenario: Scenario, runs: list[Runs]) -> Claim:
    rows, even = [], []
    for run in runs:
        if run.east is None:
            continue
        unserved = run.free.apart_mw(run.east)
        alike = run.moved is not None and not run.moved.apart_mw(run.east)
        for basis, what in (("location", "location-based"), ("market", "market-based")):
            name = f"{word(what)}, {run.accounting.name}"
            before = run.east.measures[f"{basis}_t"]
            after = run.free.measures[f"{basis}_t"]
            holds = None if unserved else exceeds(before * (1.0 - SAME), after)
            row: dict[str, Any] = {"accounting": name, "holds": holds}
            row |= {"east_t": before, "plan_t": after}
            row["training_moved_t"] = np.nan
            if run.moved is not None and alike:
                row["training_moved_t"] = run.moved.measures[f"{basis}_t"]
            rows.append(row | {"unserved_mw": run.east.apart_mw(run.free, run.moved)})
            west = _of_west(run.free, basis) - _of_west(run.east, basis)
            if west > 0 and before > 0 and not unserved:
                times = (before - after + west) / west
                power = "western emissions of a MWh"
                even.append((name, power, "times today's", times))
    figures = pd.DataFrame(rows)
    known = len(figures) and figures["east_t"].any()
    return Claim(
        "greener",
        "Computing in the west is greener.",
        over(figures["holds"].tolist()) if known else Verdict.OPEN,
        figures,
        _evens(even),
        (
            "Emissions of a year: nothing moved west, at least cost, and with training "
            "alone moved west. It holds where the plan emits less by a thousandth or "
            "more.",
        ),
        routes(scenario),
    )


def _of_west(placed: Placed, basis: str) -> float:
    """Emissions of western hubs, t a year."""
    table = extract.emissions_table(placed.decisions)
    hubs = placed.decisions.model.instance.scenario.hubs
    west = hubs.index[hubs["side"] == "west"]
    return float(table.loc[table["subject"].isin(west), f"{basis}_t"].sum())
