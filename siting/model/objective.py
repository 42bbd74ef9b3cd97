r"""The ledger and the other objectives, as weights of the columns.

Each term of the ledger is one vector over the columns; the cost is their sum. The
formulas stand in ``docs/mathematics.md``; the audit computes the same terms from the
saved tables with code of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem, one_of
from siting.ledger import TERMS
from siting.lookup import positions
from siting.model.arrays import Builder
from siting.model.green import Certificates
from siting.model.hubs import Rooms
from siting.model.instance import Instance
from siting.model.placement import Draws
from siting.model.routing import Flows
from siting.model.stay import Stay, moving_cny_per_mw_year, staging_cny_per_mw
from siting.model.traffic import Traffic
from siting.units import GB_PER_GBPS_HOUR
from siting.words import word

METRICS = (
    "cost",
    "carbon-location",
    "carbon-market",
    "green",
    "latency",
    "unserved",
)
# What later stages may give up where nothing is said: next to nothing, and still more
# than a solver's tolerance.
LEAST_SLACK = 1e-8


@dataclass(frozen=True)
class Stage:
    """One stage of an objective: a weighted sum, and how far later ones may stray.

    Attributes
    ----------
    weights : dict of str to float
    slack : float
        Share of the best value that later stages may give up.
    """

    weights: dict[str, float]
    slack: float = LEAST_SLACK


def has_costs(instance: Instance) -> bool:
    """Whether anything in the ledger can cost or earn anything."""
    scenario, tariff = instance.scenario, instance.tariff
    hubs, policy = scenario.hubs, scenario.policy
    priced = (
        instance.energy.price_cny_per_mwh,
        hubs["hosting_cny_per_mw_year"].to_numpy(float),
        hubs["capex_cny_per_kw"].to_numpy(float),
        instance.toll_cny_per_gbps_year,
        tariff.link_cny_per_gbps_year,
        instance.link_annuity,
        scenario.placement_costs["cny_per_mw_year"].to_numpy(float),
        np.array(
            [
                tariff.cny_per_gb,
                tariff.cny_per_gbps_year,
                policy.carbon_price_cny_per_t,
                policy.move_cny_per_mw,
                scenario.settings.unserved_cny_per_mwh or 0.0,
                float(scenario.settings.certificates != "off"),
                float(scenario.settings.accelerators_in_ledger),
            ]
        ),
    )
    return any(bool(np.any(values)) for values in priced)


def parse_stages(
    objective: str | Iterable[str], *, unserved: bool, costs: bool = True
) -> list[Stage]:
    """Read an objective.

    Parameters
    ----------
    objective : str or iterable of str
        Each stage as ``metric``, ``metric=weight+metric=weight`` with, optionally,
        ``:1%`` (how much of its best value later stages may give up).
    unserved : bool
        Whether demand may go unserved; then least unserved comes before a first stage
        without cost.
    costs : bool
        Whether anything costs anything; then least cost ends a list without it.

    Raises
    ------
    InputError
        For an unknown metric or an unreadable weight or slack.
    """
    words = [objective] if isinstance(objective, str) else list(objective)
    problems: list[Problem] = []
    stages = [_stage(given, problems) for given in words]
    if not stages:
        problems.append(_problem("the objective is empty", "name a metric, e.g. cost"))
    if problems:
        raise InputError(problems)
    if "cost" not in stages[0].weights and unserved:
        stages.insert(0, Stage({"unserved": 1.0}))
    if costs and not any("cost" in stage.weights for stage in stages):
        stages.append(Stage({"cost": 1.0}))
    return stages


def _problem(message: str, remedy: str) -> Problem:
    return Problem("objective", None, None, message, remedy)


def _stage(given: str, problems: list[Problem]) -> Stage:
    if "," in given:
        problems.append(
            _problem(
                word("'{given}' is more than one stage", given=given),
                "give each stage by itself: --objective again, or the next of a list",
            )
        )
        return Stage({})
    body, _, slack_word = given.partition(":")
    slack = LEAST_SLACK
    if slack_word:
        match = re.fullmatch(r"\s*([0-9.eE+-]+)\s*(%?)\s*", slack_word)
        try:
            slack = float(match[1]) / (100.0 if match[2] else 1.0) if match else -1.0
        except ValueError:
            slack = -1.0
        if not 0 <= slack < np.inf:
            problems.append(
                _problem(
                    word("'{slack_word}' is not a slack", slack_word=slack_word),
                    "give a share, e.g. :1% or :0.01",
                )
            )
    weights: dict[str, float] = {}
    for part in re.split(r"\+(?=[a-z])", body):
        name, _, weight_word = part.strip().partition("=")
        if name not in METRICS:
            problems.append(
                _problem(
                    word("unknown objective '{name}'", name=name),
                    one_of(name, METRICS),
                )
            )
            continue
        try:
            weight = float(weight_word) if weight_word else 1.0
        except ValueError:
            weight = -1.0
        if not 0 < weight < np.inf:
            problems.append(
                _problem(
                    word(
                        "'{weight_word}' is not a weight of {name}",
                        weight_word=weight_word,
                        name=name,
                    ),
                    "give a number above 0",
                )
            )
        weights[name] = weights.get(name, 0.0) + weight
    return Stage(weights, slack)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The parts of the program that carry a price."""

    draws: Draws
    rooms: Rooms
    traffic: Traffic
    flows: Flows | None
    certificates: Certificates | None
    stay: Stay | None = None


def emissions(
    builder: Builder, instance: Instance, blocks: Blocks, accounting: str
) -> np.ndarray:
    """Emissions in t by column, network included, under one accounting."""
    energy, draws = instance.energy, blocks.draws
    per_mw = (
        energy.location_t_per_mw if accounting == "location" else energy.market_t_per_mw
    )
    columns = builder.column_count
    total = draws.yearly(per_mw, columns)
    settings = instance.scenario.settings
    t_per_gb = settings.network_kwh_per_gb * settings.network_co2_kg_per_mwh / 1e6
    rate = instance.to_rate + instance.from_rate
    gb_per_mwh = GB_PER_GBPS_HOUR * rate[instance.pair_workload]
    moved = instance.pair_wide_area * gb_per_mwh * t_per_gb
    hours = np.broadcast_to(instance.hours, per_mw.shape)
    total += draws.yearly(hours, columns, moved)
    if accounting == "market" and blocks.certificates is not None:
        block = blocks.certificates.columns
        residual = energy.residual_kg_per_mwh / 1000.0
        mean = residual @ instance.hours / instance.year_hours
        hub, period = block.keys["hub"], block.keys["period"]
        credit = np.where(period >= 0, residual[hub, np.maximum(period, 0)], mean[hub])
        total[block.slice] -= credit
    return total


def ledger_terms(
    builder: Builder, instance: Instance, blocks: Blocks
) -> dict[str, np.ndarray]:
    """Every ledger term in CNY a year, by column."""
    columns = builder.column_count
    scenario, draws = instance.scenario, blocks.draws
    settings, policy = scenario.settings, scenario.policy
    terms = {name: np.zeros(columns) for name in TERMS}
    energy = instance.energy
    terms["electricity"] = draws.yearly(
        energy.facility_mwh_per_mw * energy.price_cny_per_mwh, columns
    )
    hosting = scenario.hubs["hosting_cny_per_mw_year"].to_numpy(float)
    terms["hosting"][blocks.rooms.room.slice] = hosting
    annuity, new = instance.hub_annuity, instance.on_new_side
    terms["capacity"][blocks.rooms.room.slice] = np.where(new, annuity, 0.0)
    terms["capacity"][blocks.rooms.build.slice] = np.where(new, 0.0, annuity)
    terms["transfer"] = _transfer(instance, blocks, columns)
    workload = instance.pair_workload
    stay = blocks.stay
    if (scenario.workloads["dataset_tb"] > 0).any():
        terms["staging"] = _staging(instance, draws, columns, stay)
    if stay is not None and stay.moved is not None:
        terms["moving"][stay.moved.slice] = moving_cny_per_mw_year(instance)
    if settings.accelerators_in_ledger:
        rent = scenario.workloads["accelerator_cny_per_mw_year"].to_numpy(float)
        terms["accelerators"] = _on_reserved(draws, columns, rent[workload])
    if blocks.flows is not None and blocks.flows.widen is not None:
        terms["widening"][blocks.flows.widen.slice] = instance.link_annuity
    if blocks.certificates is not None:
        block = blocks.certificates.columns
        offer_price = scenario.certificates["price_cny_per_mwh"].to_numpy(float)
        terms["certificates"][block.slice] = offer_price[block.keys["offer"]]
    if policy.carbon_price_cny_per_t:
        terms["carbon"] = policy.carbon_price_cny_per_t * emissions(
            builder, instance, blocks, policy.carbon_accounting
        )
    terms["placement"] = _placement(instance, draws, columns)
    penalty = settings.unserved_cny_per_mwh
    if penalty:
        terms["unserved"] = penalty * unserved_mwh(instance, draws, columns)
    return terms


def _staging(
    instance: Instance, draws: Draws, columns: int, stay: Stay | None
) -> np.ndarray:
    """Of a mean MW placed; where ``current`` has the pair, of one beyond its share."""
    per_mw = staging_cny_per_mw(instance)
    known = stay.staged if stay is not None else None
    placed = per_mw.copy()
    if known is not None:
        placed[known.keys["pair"]] = 0.0
    result = draws.means(columns, placed)
    if known is not None:
        result[known.slice] = per_mw[known.keys["pair"]]
    return result


def _on_reserved(draws: Draws, columns: int, per_mw: np.ndarray) -> np.ndarray:
    """Spread a price per reserved MW of each pair over the columns."""
    result = np.zeros(columns)
    has = draws.reserve_column >= 0
    result[draws.reserve_column[has]] = (per_mw * draws.reserve_mw)[has]
    return result


def reserves(instance: Instance) -> bool:
    """Whether a workload's own reserved MW takes room or carries any price."""
    scenario = instance.scenario
    if scenario.settings.room != "pooled":
        return True
    rates = instance.billed_rate.any() and instance.tariff.cny_per_gbps_year > 0
    return bool(rates or scenario.settings.accelerators_in_ledger)


def _transfer(instance: Instance, blocks: Blocks, columns: int) -> np.ndarray:
    draws, tariff = blocks.draws, instance.tariff
    rate = instance.billed_rate[instance.pair_workload] * instance.pair_wide_area
    hours = np.broadcast_to(
        instance.hours, (len(instance.scenario.hubs), len(instance.hours))
    )
    volume = GB_PER_GBPS_HOUR * tariff.cny_per_gb * rate
    result = draws.yearly(hours, columns, volume)
    result += _on_reserved(draws, columns, rate * tariff.cny_per_gbps_year)
    if blocks.flows is None:
        return result
    if blocks.flows.lit is not None:
        result[blocks.flows.lit.slice] += tariff.link_cny_per_gbps_year
    block = blocks.flows.columns
    toll = instance.toll_cny_per_gbps_year
    if not (toll > 0).any():
        return result
    crossed = blocks.flows.crossed.sums(toll[instance.backbone.arc_link])
    period = block.keys["period"]
    part = np.where(
        period >= 0,
        instance.hours[np.maximum(period, 0)] / instance.year_hours,
        instance.mean_factor[blocks.traffic.profile[block.keys["bundle"]]],
    )
    result[block.slice] += crossed[blocks.flows.path] * part
    return result


def _placement(instance: Instance, draws: Draws, columns: int) -> np.ndarray:
    scenario = instance.scenario
    rows = scenario.placement_costs
    if rows.empty:
        return np.zeros(columns)
    hubs = len(scenario.hubs)
    named = pd.Index(rows["workload"].unique())
    code = positions(named, rows["workload"]) * hubs
    code = code + positions(scenario.hubs.index, rows["hub"])
    price = np.zeros((len(named) + 1) * hubs)
    price[code] = rows["cny_per_mw_year"].to_numpy(float)
    # Workloads without a row (-1) find the zeros at the end.
    workload = positions(named, scenario.workloads["id"])[instance.pair_workload]
    factor = price[workload * hubs + instance.pair_hub]
    return draws.means(columns, factor)


def unserved_mwh(instance: Instance, draws: Draws, columns: int) -> np.ndarray:
    """Give the IT energy not served, MWh by column."""
    result = np.zeros(columns)
    if draws.unserved_share is not None:
        workload = draws.unserved_share.keys["workload"]
        energy = instance.mean_mw[workload] * instance.year_hours
        result[draws.unserved_share.slice] = energy
    if draws.unserved_mw is not None:
        result[draws.unserved_mw.slice] = instance.hours[
            draws.unserved_mw.keys["period"]
        ]
    return result


def metrics(
    builder: Builder,
    instance: Instance,
    blocks: Blocks,
    terms: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Every objective by column, in the units of ``docs/mathematics.md``."""
    columns = builder.column_count
    energy, draws = instance.energy, blocks.draws
    origin = instance.origin[instance.pair_workload]
    rtt = np.nan_to_num(instance.reach.rtt_ms[origin, instance.pair_hub])
    not_green = draws.yearly(
        energy.facility_mwh_per_mw * (1.0 - energy.green_share), columns
    )
    if blocks.certificates is not None:
        not_green[blocks.certificates.columns.slice] -= 1.0
    return {
        "cost": np.sum(list(terms.values()), axis=0),
        "carbon-location": emissions(builder, instance, blocks, "location"),
        "carbon-market": emissions(builder, instance, blocks, "market"),
        "green": not_green,
        "latency": draws.means(columns, rtt),
        "unserved": unserved_mwh(instance, draws, columns),
    }
