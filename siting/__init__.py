"""Siting: which computing workload runs in which data-centre hub, with proof.

A :class:`Scenario` is read with :func:`load`, a :class:`Plan` is found with
:func:`solve` and checked, without the solver, with :func:`audit`. Everything is
imported when it is first used, so ``import siting`` costs nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from siting.collector import collected_seldom

if TYPE_CHECKING:
    from siting import plot as plot
    from siting import regions as regions
    from siting.audit import audit as audit
    from siting.claims import claims as claims
    from siting.compare import compare as compare
    from siting.errors import AuditFailed as AuditFailed
    from siting.errors import Infeasible as Infeasible
    from siting.errors import InputError as InputError
    from siting.errors import SitingError as SitingError
    from siting.errors import SolverFailed as SolverFailed
    from siting.given import baseline_plan as baseline_plan
    from siting.language import language as language
    from siting.parts.run import solve_parts as solve_parts
    from siting.plan import Plan as Plan
    from siting.regions import load as load
    from siting.scenario import Scenario as Scenario
    from siting.settings import GreenLimit as GreenLimit
    from siting.settings import PlacementLimit as PlacementLimit
    from siting.settings import Policy as Policy
    from siting.settings import ReservedLimit as ReservedLimit
    from siting.settings import Settings as Settings
    from siting.solve import solve as solve
    from siting.sweep import Design as Design
    from siting.sweep import Sweep as Sweep
    from siting.sweep import sweep as sweep
    from siting.sweep.pareto import pareto as pareto

__version__ = "0.1.0"

_HOME = {
    "AuditFailed": "siting.errors",
    "Design": "siting.sweep",
    "GreenLimit": "siting.settings",
    "Infeasible": "siting.errors",
    "InputError": "siting.errors",
    "PlacementLimit": "siting.settings",
    "Plan": "siting.plan",
    "Policy": "siting.settings",
    "ReservedLimit": "siting.settings",
    "Scenario": "siting.scenario",
    "Settings": "siting.settings",
    "SitingError": "siting.errors",
    "SolverFailed": "siting.errors",
    "Sweep": "siting.sweep",
    "audit": "siting.audit",
    "baseline_plan": "siting.given",
    "claims": "siting.claims",
    "compare": "siting.compare",
    "language": "siting.language",
    "load": "siting.regions",
    "pareto": "siting.sweep",
    "solve": "siting.solve",
    "solve_parts": "siting.parts.run",
    "sweep": "siting.sweep",
}
_MODULES = ("plot", "regions")
__all__ = [*_HOME]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"siting.{name}")
    if name not in _HOME:
        message = f"module 'siting' has no attribute '{name}'"
        raise AttributeError(message)
    with collected_seldom():
        value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    own = {name for name in globals() if name.startswith("__")}
    return sorted({*own, *_HOME, *_MODULES})


class _Package(ModuleType):
    """Keeps ``siting.solve`` the function once the module of that name is loaded."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
