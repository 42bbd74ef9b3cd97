"""The answer first: one sentence and a few large figures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.export.heads import HEADS
from siting.plot.pen import CARBON, amount, unit_of
from siting.report.money import unlike
from siting.report.table import figure
from siting.savings import (
    LEAST_MW,
    NETWORK,
    POWER_AND_ROOM,
    measures_of,
    percent_less,
)
from siting.statements import weak_green_text
from siting.summary import counted
from siting.wording import Money
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

# Class and measure of its share in the west, what it is called, and where some of it is
# not served: the share is that of what is placed.
WEST = (
    ("training", "west_share:training", "training", "training that is served"),
    ("", "west_share", "all work", "all work that is served"),
)
MEASURES = {"location_t": "CO2, location-based", "market_t": "CO2, market-based"}


@dataclass(frozen=True)
class Figure:
    """A large figure with what it is and what to hold it against."""

    label: str
    value: str
    unit: str = ""
    note: str = ""


class Answer:
    """A plan against the first of its baselines, mostly ``today``.

    Parameters
    ----------
    plan : Plan

    Attributes
    ----------
    base : str
        The baseline; "" without any.
    """

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._measures = measures_of(plan)
        bases = [b for b in self._measures if b not in ("plan", "upper_bound")]
        self.base = str(bases[0]) if bases else ""
        amounts = [plan.cost_cny]
        if self.base:
            amounts.append(self._value("cost_cny", self.base))
        self._money = Money(amounts)

    def _value(self, measure: str, plan: str = "plan") -> float:
        rows = self._measures[self._measures.index == measure]
        return float(rows[plan].iloc[0]) if len(rows) else np.nan

    def _less(self, measure: str) -> float:
        """How much less than the baseline, in per cent."""
        before = self._value(measure, self.base) if self.base else np.nan
        return percent_less(before, self._value(measure))

    @property
    def unit(self) -> str:
        """Unit of money."""
        return word(self._money.unit)

    @property
    def base_name(self) -> str:
        """Words for the baseline."""
        return word(HEADS[self.base][0]) if self.base else ""

    def sentence(self) -> str:
        """Say the result in one sentence."""
        cost = self._amount(self._plan.cost_cny)
        text = word("The work costs {cost} {unit} a year", cost=cost, unit=self.unit)
        saved = self._less("cost_cny")
        if np.isfinite(saved):
            less = word(
                "{share} % less than with everything where it is today"
                if self.base == "today"
                else "{share} % less than: {base}",
                share=figure(saved, 1),
                base=self.base_name,
            )
            more = word(
                "{share} % more than with everything where it is today"
                if self.base == "today"
                else "{share} % more than: {base}",
                share=figure(-saved, 1),
                base=self.base_name,
            )
            told = less if saved >= 0 else more
            text = word("{what}, {more}", what=text, more=told)
        west = self._west()
        if west is not None:
            subject, share = west[0], figure(west[1], 0)
            where = word(
                "{share} % of {subject} runs in the west", share=share, subject=subject
            )
            text = word("{what}; {more}", what=text, more=where)
        lost = self._value("unserved_mw")
        if lost > LEAST_MW:
            missing = word("{amount} MW is not served", amount=amount(lost))
            text = word("{what}; {more}", what=text, more=missing)
        # A number and its unit stay on one line.
        whole = word("{sentence}.", sentence=text)
        return whole.replace(" %", "\N{NO-BREAK SPACE}%")

    def _west(self) -> tuple[str, float, float] | None:
        """Subject, and its share in the west in the plan and the baseline, per cent."""
        for of_class, measure, whole, served in WEST:
            share = 100.0 * self._value(measure)
            sides = set(self._plan.hubs["side"])
            if np.isfinite(share) and "west" in sides and len(sides) > 1:
                before = self._value(measure, self.base) if self.base else np.nan
                subject = whole if self._all_served(of_class) else served
                return word(subject), share, 100.0 * before
        return None

    def _all_served(self, of_class: str = "") -> bool:
        """Whether no work is left unserved, of one class or of all."""
        lost = self._plan.unserved
        if of_class:
            classes = self._plan.scenario.workloads["class"]
            lost = lost[lost["workload"].map(classes) == of_class]
        return not (lost["it_mw"] > LEAST_MW).any()

    def unlike(self) -> str:
        """Say that the baseline serves another amount of work; "" if it does not."""
        return unlike(self._measures, self.base) if self.base else ""

    def counted(self) -> str:
        """Say by which accounting the figures hold."""
        return counted(self._plan.scenario)

    def doubt(self) -> str:
        """Say how sure the market-based figure is; "" where nothing is to be said."""
        return weak_green_text(self._plan)

    def figures(self) -> list[Figure]:
        """Give the large figures that there are."""
        found = [self._cost(), self._saving(), self._western(), self._network()]
        found += [self._carbon(measure) for measure in MEASURES]
        return [one for one in found if one is not None]

    def _cost(self) -> Figure:
        gap = self._plan.gap
        note = word("state: {state}", state=word(self._plan.status))
        if np.isfinite(gap):
            percent = f"{round(100 * gap, 9) + 0.0:.2g}"
            note = word("proven to a gap of {gap} %", gap=percent)
        cost = self._amount(self._plan.cost_cny)
        unit = word("{unit} a year", unit=self.unit)
        return Figure(word("Cost"), cost, unit, note)

    def _saving(self) -> Figure | None:
        saved = self._less("cost_cny")
        if not np.isfinite(saved):
            return None
        before = self._value("cost_cny", self.base)
        note = word(
            "{saved} of {cost} {unit} a year",
            saved=self._amount(before - self._plan.cost_cny),
            cost=self._amount(before),
            unit=self.unit,
        )
        label = word("Saving against: {base}", base=self.base_name)
        return Figure(label, figure(saved, 1), "%", note)

    def _amount(self, amount_cny: float) -> str:
        return amount(amount_cny / self._money.divisor)

    def _signed(self, amount_cny: float) -> str:
        text = self._amount(amount_cny)
        return f"+{text}" if amount_cny > 0 else text

    def _western(self) -> Figure | None:
        west = self._west()
        if west is None:
            return None
        subject, share, before = west
        label = word("In the west: {subject}", subject=subject)
        notes = []
        whole = 100.0 * self._value("west_share")
        if np.isfinite(self._value(WEST[0][1])) and np.isfinite(whole):
            of_all = "of all work {share} %"
            if not self._all_served():
                of_all = "of all work that is served {share} %"
            notes.append(word(of_all, share=figure(whole, 1)))
        if np.isfinite(before):
            text = figure(before, 1)
            notes.append(f"{self.base_name} {text} %")
        note = word("; ").join(notes)
        return Figure(label, figure(share, 1), "%", note)

    def _network(self) -> Figure | None:
        if not self.base or self.unlike():
            return None
        network = self._more(NETWORK)
        room = self._more(POWER_AND_ROOM)
        note = word(
            "against {room} {unit} for power and room (compared with: {base})",
            room=self._signed(room),
            unit=self.unit,
            base=self.base_name,
        )
        label = word("More for the network")
        a_year = word("{unit} a year", unit=self.unit)
        return Figure(label, self._signed(network), a_year, note)

    def _more(self, terms: tuple[str, ...]) -> float:
        return float(
            sum(
                np.nan_to_num(self._value(f"ledger:{term}"))
                - np.nan_to_num(self._value(f"ledger:{term}", self.base))
                for term in terms
            )
        )

    def _carbon(self, measure: str) -> Figure | None:
        mass = self._value(measure)
        if not np.isfinite(mass):
            return None
        amounts = [mass]
        if self.base:
            amounts.append(self._value(measure, self.base))
        divisor, unit = unit_of(pd.Series(amounts), CARBON)
        digits = 0 if divisor == 1.0 else 2
        notes = []
        less = self._less(measure)
        if np.isfinite(less):
            sign = "+" if less < 0 else ""
            notes.append(f"{sign}{figure(-less, 1)} %")
            text = figure(amounts[1] / divisor, digits)
            notes.append(f"{self.base_name} {text} {word(unit)}")
        note = word("; ").join(notes)
        label = word(MEASURES[measure])
        value = figure(mass / divisor, digits)
        return Figure(label, value, word("{unit} a year", unit=word(unit)), note)
