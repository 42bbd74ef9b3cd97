"""Putting the program together."""

from dataclasses import dataclass

import numpy as np

from siting.model.arrays import Builder, LinearProgram
from siting.model.green import add_certificates, add_green
from siting.model.hubs import add_hubs
from siting.model.instance import Instance
from siting.model.objective import (
    Blocks,
    ledger_terms,
    metrics,
    reserves,
)
from siting.model.placement import add_placement
from siting.model.policy import add_carbon_cap, add_shares
from siting.model.routing import add_routing
from siting.model.stay import add_stay
from siting.model.traffic import Traffic


@dataclass(frozen=True)
class Kept:
    """An earlier stage that must be kept.

    Attributes
    ----------
    weights : dict of str to float
    limit : float
        Largest value of the weighted sum.
    """

    weights: dict[str, float]
    limit: float


@dataclass(frozen=True, eq=False)
class Model:
    """A program with the meaning of its parts.

    Attributes
    ----------
    program : LinearProgram
        With the objective of its stage as cost.
    terms : dict of str to ndarray
        Every ledger term by column.
    metrics : dict of str to ndarray
        Every objective by column.
    """

    instance: Instance
    program: LinearProgram
    blocks: Blocks
    terms: dict[str, np.ndarray]
    metrics: dict[str, np.ndarray]


def weigh(values: dict[str, np.ndarray], weights: dict[str, float]) -> np.ndarray:
    """Weighted sum of objectives."""
    return np.asarray(sum(w * values[name] for name, w in weights.items()))


def build(
    instance: Instance,
    traffic: Traffic | None,
    weights: dict[str, float],
    kept: tuple[Kept, ...] = (),
    *,
    elastic_links: bool = False,
    unserved: bool | None = None,
    matrix: bool = True,
) -> Model:
    """Build the program of one stage.

    Parameters
    ----------
    instance : Instance
    traffic : Traffic or None
        With the paths known so far; None where routes decide nothing.
    weights : dict of str to float
        Objective of the stage.
    kept : tuple of Kept
        Earlier stages.
    elastic_links : bool
        Let links carry more than they can, and minimise just that.
    unserved : bool, optional
        Whether demand may go unserved; by default where the scenario prices it.
    matrix : bool
        Whether the coefficients are wanted; without them nothing can be solved.
    """
    builder = Builder(matrix=matrix)
    scenario = instance.scenario
    if unserved is None:
        unserved = scenario.settings.unserved_cny_per_mwh is not None
    draws = add_placement(
        builder, instance, unserved=unserved, reserve=reserves(instance)
    )
    rooms = add_hubs(builder, instance, draws)
    flows = None
    if traffic is None:
        traffic = Traffic.nothing()
    else:
        flows = add_routing(builder, instance, draws, traffic)
    certificates = add_certificates(builder, instance, draws)
    stay = add_stay(builder, instance, draws)
    blocks = Blocks(draws, rooms, traffic, flows, certificates, stay)
    if instance.limits.green:
        add_green(builder, instance, draws, certificates)
    if instance.limits.shares:
        add_shares(builder, instance, draws)
    if instance.limits.carbon:
        add_carbon_cap(builder, instance, blocks)
    terms = ledger_terms(builder, instance, blocks)
    values = metrics(builder, instance, blocks, terms)
    rows = builder.add_rows(
        "stage", len(kept), lambda i: str(i), upper=np.array([k.limit for k in kept])
    )
    for place, earlier in enumerate(kept):
        weight = weigh(values, earlier.weights)
        column = np.flatnonzero(weight)
        builder.add_entries(rows.start + place, column, weight[column])
    cost = weigh(values, weights)
    if elastic_links and "link" in builder.rows:
        cost = _elastic(builder)
    return Model(instance, builder.finish(cost), blocks, terms, values)


def _elastic(builder: Builder) -> np.ndarray:
    """Let every link row be exceeded, at a cost of 1 a Gbps."""
    rows = builder.rows["link"]
    over = builder.add_columns("over", len(rows), rows.label)
    builder.add_entries(rows.positions, over.positions, -1.0)
    cost = np.zeros(builder.column_count)
    cost[over.slice] = 1.0
    return cost
