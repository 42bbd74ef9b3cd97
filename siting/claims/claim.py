"""One claim with its verdict, its figures and what would turn it."""

from dataclasses import dataclass, field
from typing import Any

from siting.claims.verdicts import NOT_APPLICABLE


@dataclass(frozen=True)
class Claim:
    """A claim put to the test.

    Attributes
    ----------
    key : str
    statement : str
    verdict : str
        Over every accounting: ``holds``, ``fails``, ``depends`` or ``not applicable``.
    verdict_here : str
        As the scenario itself counts.
    reason : str
    figures : list of dict
        Rows behind the verdict.
    break_even : tuple of str
        What would turn it.
    turns : list of dict
        The same as figures.
    grades : dict of str to int
        Source statements on the inputs that decide it, by grade.
    """

    key: str
    statement: str
    verdict: str
    verdict_here: str
    reason: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    break_even: tuple[str, ...] = ()
    turns: list[dict[str, Any]] = field(default_factory=list)
    grades: dict[str, int] = field(default_factory=dict)

    @classmethod
    def not_applicable(cls, key: str, statement: str, reason: str) -> "Claim":
        """Build a claim that the scenario cannot answer."""
        return cls(key, statement, NOT_APPLICABLE, NOT_APPLICABLE, reason)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values, for JSON."""
        return {
            "key": self.key,
            "statement": self.statement,
            "verdict": self.verdict,
            "verdict_here": self.verdict_here,
            "reason": self.reason,
            "break_even": list(self.break_even),
            "turns": self.turns,
            "grades": self.grades,
            "figures": self.figures,
        }
