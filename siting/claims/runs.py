"""What the claims are judged by: the same demand placed in five ways.

``east``: everything is in eastern hubs or stays at home, as far as it can. ``alone``:
only training may go anywhere. ``moved``: training goes west whatever it costs, the rest
is as in ``east``. ``kept``: all but training may go anywhere. ``free``: everything may.
What training contributes is not one number: alone and at the margin, after the others
took the cheap room.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.baselines import COST, east_optimal
from siting.claims.sides import tariff_bases
from siting.ledger import TERMS
from siting.model import extract
from siting.model.instance import Instance
from siting.model.polish import Decisions
from siting.optimise import Clock, optimise
from siting.savings import NETWORK, POWER_AND_ROOM, more_unserved_mw
from siting.scenario import Scenario
from siting.solve import measures
from siting.words import word

TRAINING = "training"
CAPITAL: dict[str, tuple[str, ...]] = {"sunk": (), "new": ("west",)}


@dataclass(frozen=True)
class Accounting:
    """One way of counting.

    Attributes
    ----------
    transfer : str
        Basis of the transfer price.
    capital : str
        ``sunk``; ``new``: western room has to be built; ``as set``: by the scenario.
    tariff : str
        Basis of the prices of power; empty where it is the scenario's own.
    scenario : Scenario
    """

    transfer: str
    capital: str
    tariff: str
    scenario: Scenario

    @property
    def name(self) -> str:
        """All in a few words."""
        transfer = self.transfer or word("free transfer")
        capital = word(self.capital)
        name = word("{transfer}, capital {capital}", transfer=transfer, capital=capital)
        if not self.tariff:
            return name
        return ", ".join([name, word("prices: {basis}", basis=self.tariff)])


def accountings(scenario: Scenario) -> Iterator[Accounting]:
    """Give the scenario's own way of counting, then others.

    At its basis of transfer, western room that stands already is sunk or has to be
    built, and power is paid for on every basis that has prices. On another basis of
    transfer the rest is as set.
    """
    settings = scenario.settings
    capital: dict[str, tuple[str, ...]] = dict(CAPITAL)
    if settings.new_sides not in capital.values():
        capital = {"as set": settings.new_sides, **capital}
    sides, basis = settings.new_sides, settings.transfer_basis
    own = next(name for name, new in capital.items() if new == sides)
    ways = [
        (basis, name, tariff)
        for tariff in tariff_bases(scenario)
        for name in dict.fromkeys([own, *capital])
    ]
    others = [other for other in scenario.transfer_prices.index if other != basis]
    ways += [(other, own, settings.tariff_basis) for other in others]
    for transfer, name, tariff in ways:
        changed = dataclasses.replace(
            settings,
            transfer_basis=transfer,
            new_sides=capital[name],
            tariff_basis=tariff,
        )
        case = dataclasses.replace(scenario, settings=changed)
        named = "" if tariff == settings.tariff_basis else tariff
        yield Accounting(transfer, name, named, case)


def training_of(scenario: Scenario) -> np.ndarray:
    """Tell which workloads are training: the class of that name, else what can wait.

    What has no load is none.
    """
    workloads, loaded = scenario.workloads, scenario.it_mw.to_numpy(float) > 0
    named = (workloads["class"] == TRAINING).to_numpy()
    if named.any():
        return np.asarray(named & loaded)
    return np.asarray((workloads["manner"] == "deferrable").to_numpy() & loaded)


@dataclass(frozen=True, eq=False)
class Placed:
    """One of the placements, measured.

    Attributes
    ----------
    decisions : Decisions
    ledger : Series
    measures : dict
    """

    decisions: Decisions
    ledger: "pd.Series[float]"
    measures: dict[str, float]

    @classmethod
    def of(cls, decisions: Decisions) -> "Placed":
        """Measure a placement."""
        ledger = extract.ledger_column(decisions)
        found = {name: value for (name, _), value in measures(decisions).items()}
        return cls(decisions, pd.Series(ledger.to_numpy(), [*TERMS, "total"]), found)

    @property
    def cost_cny(self) -> float:
        """Total of the ledger."""
        return float(self.ledger["total"])

    @property
    def network_cny(self) -> float:
        """Transfer, widening and staging."""
        return float(self.ledger[list(NETWORK)].sum())

    @property
    def room_cny(self) -> float:
        """Electricity, hosting and capacity."""
        return float(self.ledger[list(POWER_AND_ROOM)].sum())

    def apart_mw(self, *others: "Placed | None") -> float:
        """Largest difference of what this and other placements serve; 0 for rounding.

        Placements that serve another amount are not like for like.
        """
        mine = self.measures["unserved_mw"]
        known = [other.measures["unserved_mw"] for other in others if other is not None]
        return max((abs(more_unserved_mw(lost, mine)) for lost in known), default=0.0)


@dataclass(frozen=True, eq=False)
class Runs:
    """All placements under one accounting; None where there is none."""

    accounting: Accounting
    training: np.ndarray
    east: Placed | None
    alone: Placed | None
    moved: Placed | None
    kept: Placed | None
    free: Placed


def place(accounting: Accounting, training: np.ndarray) -> Runs:
    """Find all placements under one accounting.

    Raises
    ------
    NoPlanFits
        If no plan fits all limits.
    """
    instance, clock = Instance(accounting.scenario), Clock()
    free = optimise(instance, COST, clock=clock)
    hubs = accounting.scenario.hubs
    side = hubs["side"].to_numpy(object)[instance.pair_hub]
    home = (hubs["kind"] == "home").to_numpy()[instance.pair_hub]
    mine = training[instance.pair_workload]
    west = mine & (side == "west")
    reaches = np.zeros(len(training), dtype=bool)
    reaches[instance.pair_workload[west]] = True
    # Training that may not go west at all stays where it is.
    stays = mine & ~reaches[instance.pair_workload]
    every = np.ones(len(mine), dtype=bool)
    only_west = ~mine | west | stays

    def eastern(kept: np.ndarray, elsewhere: np.ndarray) -> Placed | None:
        within = instance.restricted(kept)
        result = east_optimal(within, clock, elsewhere=elsewhere[kept]).result
        return None if result is None else Placed.of(result.decisions)

    return Runs(
        accounting,
        training,
        eastern(every, home),
        eastern(every, home | mine),
        eastern(only_west, home | mine) if reaches.any() else None,
        eastern(every, home | ~mine),
        Placed.of(free.decisions),
    )
