"""Why a scenario has no plan, in a planner's words, and what would help."""

from siting.explain.change import Change as Change
from siting.explain.finding import explain_infeasible as explain_infeasible
from siting.explain.report import InfeasibleReport as InfeasibleReport
