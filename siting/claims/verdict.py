"""Claims and their verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pandas as pd


class Verdict(StrEnum):
    """What the data say about a claim."""

    HOLDS = "holds"
    FAILS = "fails"
    DEPENDS = "depends on the accounting"
    OPEN = "cannot be told"


def over(answers: Sequence[bool | None]) -> Verdict:
    """Join the answers under every accounting, those left out that cannot be told.

    >>> over([True, False])
    <Verdict.DEPENDS: 'depends on the accounting'>
    >>> over([True, None])
    <Verdict.HOLDS: 'holds'>
    """
    told = [answer for answer in answers if answer is not None]
    if not told:
        return Verdict.OPEN
    if all(told):
        return Verdict.HOLDS
    return Verdict.DEPENDS if any(told) else Verdict.FAILS


@dataclass(frozen=True, eq=False)
class Claim:
    """One claim with what the data say about it.

    Attributes
    ----------
    name : str
        A word for it: ``training-west``, ``power-dearer``, ...
    statement : str
    verdict : Verdict
    figures : DataFrame
        One row an accounting, with ``holds``: None where it cannot be told.
    break_even : DataFrame
        Values at which the answer flips: ``accounting, input, unit, value, text``.
    notes : tuple of str
        What the figures mean, in sentences.
    examples : DataFrame
        Routes on which it fails or holds most; empty for most claims.
    """

    name: str
    statement: str
    verdict: Verdict
    figures: pd.DataFrame = field(repr=False)
    break_even: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    examples: pd.DataFrame = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "name": self.name,
            "statement": self.statement,
            "verdict": str(self.verdict),
            "figures": self.figures.to_dict("records"),
            "break_even": self.break_even.to_dict("records"),
            "notes": list(self.notes),
            "examples": self.examples.to_dict("records"),
        }


@dataclass(frozen=True)
class Claims:
    """All claims about a scenario.

    Attributes
    ----------
    title : str
        Of the scenario.
    claims : tuple of Claim
    """

    title: str
    claims: tuple[Claim, ...]

    def __getitem__(self, name: str) -> Claim:
        """Give a claim by its name."""
        return {claim.name: claim for claim in self.claims}[name]

    @property
    def table(self) -> pd.DataFrame:
        """One row a claim: ``name, statement, verdict``."""
        rows = [(c.name, c.statement, str(c.verdict)) for c in self.claims]
        return pd.DataFrame(rows, columns=["name", "statement", "verdict"])

    def summary(self) -> str:
        """Tell every claim with verdict, figures and break-even."""
        from siting.claims.phrases import told

        return told(self)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {"title": self.title, "claims": [c.to_dict() for c in self.claims]}
