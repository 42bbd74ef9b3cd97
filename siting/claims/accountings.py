"""The ways of counting under which a claim is put to the test."""

from collections.abc import Iterator
from dataclasses import dataclass

from siting.breakeven.axes import WEST
from siting.errors import InputError
from siting.scenario import Scenario

SUNK, NEW = "sunk", "new"


@dataclass(frozen=True)
class Accounting:
    """One way of counting money.

    Attributes
    ----------
    capital : {"sunk", "new"}
        Whether standing western room carries its annuity.
    transfer, tariff : str
        Bases; blank where the scenario has none.
    own : bool
        Whether the scenario itself counts so.
    scenario : Scenario
        Counted so.
    """

    capital: str
    transfer: str
    tariff: str
    own: bool
    scenario: Scenario

    @property
    def label(self) -> str:
        """All of it in a few words."""
        words = (f"{self.capital} capital", self.transfer, self.tariff)
        return ", ".join(word for word in words if word)


def accountings(scenario: Scenario) -> tuple[list[Accounting], list[str]]:
    """Give every combination of capital, transfer basis and tariff basis.

    Returns
    -------
    list of Accounting
        That of the scenario first.
    list of str
        Bases that could not be used, and why.
    """
    found, notes = [], []
    for capital, transfer, tariff in _combinations(scenario):
        settings = scenario.settings
        sides = tuple(side for side in settings.new_sides if side != WEST)
        if capital == NEW:
            sides = (*sides, WEST)
        own = (capital, transfer, tariff) == _own(scenario)
        if own:
            found.insert(0, Accounting(capital, transfer, tariff, True, scenario))
            continue
        try:
            other = scenario.with_settings(
                new_sides=sides, transfer_basis=transfer, tariff_basis=tariff
            )
        except InputError as error:
            first = error.problems[0].message
            notes.append(
                f"not counted: {capital} capital, {transfer}, {tariff}: {first}"
            )
            continue
        found.append(Accounting(capital, transfer, tariff, False, other))
    return found, notes


def _own(scenario: Scenario) -> tuple[str, str, str]:
    settings = scenario.settings
    capital = NEW if WEST in settings.new_sides else SUNK
    return capital, settings.transfer_basis, settings.tariff_basis


def _combinations(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    own = _own(scenario)
    hubs = scenario.hubs
    capex = hubs.loc[hubs["side"] == WEST, "capex_cny_per_kw"]
    capitals = [SUNK, NEW] if (capex > 0).any() else [own[0]]
    transfers = list(scenario.transfer_prices.index) or [own[1]]
    bases = scenario.tariffs["basis"]
    tariffs = sorted(set(bases[bases != ""])) or [own[2]]
    for capital in capitals:
        for transfer in transfers:
            for tariff in tariffs:
                yield capital, str(transfer), str(tariff)
