"""Putting the claims to the test."""

from collections.abc import Callable

import pandas as pd

from siting.breakeven.axes import EAST, WEST, refused, side_mask
from siting.breakeven.priced import Pool
from siting.claims.accountings import SUNK, Accounting, accountings
from siting.claims.claim import Claim
from siting.claims.eastern import DEARER, LESS_GREEN, LESS_ROOM, eastern_claims
from siting.claims.movers import (
    ALONE,
    MARGIN,
    Movers,
    movers_of,
    outcomes,
)
from siting.claims.moving import BELONGS, GREENER, NETWORK_LESS, moving_claims
from siting.claims.report import Claims
from siting.claims.routes import routes_table
from siting.claims.verdicts import figures_of
from siting.errors import suggestion
from siting.scenario import Scenario
from siting.solve import solve

TRAINING = "training"
MOVING = (
    ("training-west", BELONGS),
    ("network-less", NETWORK_LESS),
    ("greener", GREENER),
)
EASTERN = (
    ("dearer-power", DEARER),
    ("less-green-power", LESS_GREEN),
    ("less-room", LESS_ROOM),
)

Tell = Callable[[str], None]


def claims(
    scenario: Scenario,
    *,
    workload_class: str = TRAINING,
    progress: Tell | None = None,
) -> Claims:
    """Put the claims for moving training west to the test.

    Parameters
    ----------
    scenario : Scenario
    workload_class : str
        The class that would move.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    Claims
        With a verdict, figures and break-evens for each; a claim that the scenario
        cannot answer is *not applicable*, and says why.

    Raises
    ------
    InputError
        For an unknown class.
    Infeasible
        If the scenario has no plan at all.
    """
    tell = progress or (lambda _: None)
    classes = scenario.workloads["class"]
    unknown = workload_class not in set(classes)
    if unknown and workload_class != TRAINING:
        message = f"there is no class '{workload_class}'"
        raise refused(message, suggestion(workload_class, classes, "classes"))
    tell("finding the best plan and its baselines")
    plan = solve(scenario)
    found, notes = accountings(scenario)
    has_west = bool(side_mask(scenario, WEST).any())
    has_east = bool(side_mask(scenario, EAST).any())
    movers = movers_of(scenario, workload_class) if has_west else None
    why = _why_not(movers, workload_class, has_west=has_west, unknown=unknown)
    judged: list[Claim] = []
    figures, routes = pd.DataFrame(), pd.DataFrame()
    if why or movers is None:
        judged += [Claim.not_applicable(key, text, why) for key, text in MOVING]
    else:
        figures = _figures(found, movers, tell)
        routes = routes_table(scenario, movers)
        tell("looking for break-evens")
        judged += moving_claims(scenario, movers, found, figures)
    tell("comparing east and west")
    if has_east and has_west:
        judged += eastern_claims(scenario, found, movers)
    else:
        side = "east" if has_west else "west"
        missing = f"no hub of this scenario is in the {side}"
        judged += [Claim.not_applicable(key, text, missing) for key, text in EASTERN]
    settings = scenario.settings
    title = settings.title or settings.name or "the scenario"
    return Claims(
        title=f"The claims, put to the test on {title}",
        accounting=_told(scenario, found),
        claims=tuple(judged),
        figures=figures,
        routes=routes,
        baselines=plan.baselines,
        notes=tuple(notes),
    )


def _why_not(
    movers: Movers | None, workload_class: str, *, has_west: bool, unknown: bool
) -> str:
    """Say why nothing can be moved west; blank if something can."""
    if unknown:
        return f"no workload is of class {workload_class}"
    if not has_west:
        return "no hub of this scenario is in the west"
    if movers is None:
        return "where workloads run today cannot be carried by the links"
    if not movers.mask.any():
        return f"no {workload_class} runs outside the west today"
    return ""


def _figures(found: list[Accounting], movers: Movers, tell: Tell) -> pd.DataFrame:
    """Solve every accounting alone, and those one step from the own at the margin."""
    own, tables = found[0], []
    pools: dict[str, Pool] = {}
    for accounting in found:
        tell(f"counting with {accounting.label}")
        steps = sum(
            getattr(accounting, name) != getattr(own, name)
            for name in ("capital", "transfer", "tariff")
        )
        modes = (ALONE, MARGIN) if steps <= 1 else (ALONE,)
        pool = pools.setdefault(accounting.transfer, Pool())
        plans = outcomes(accounting.scenario, movers, modes, pool)
        tables.append(figures_of(accounting, plans))
    return pd.concat(tables, ignore_index=True)


def _told(scenario: Scenario, found: list[Accounting]) -> str:
    settings, own = scenario.settings, found[0]
    capital = (
        "standing western room is sunk capital"
        if own.capital == SUNK
        else "standing western room carries its annuity (new capital)"
    )
    year = settings.carbon_year
    return (
        f"The scenario counts: {own.label} ({capital}); power prices "
        f"{own.tariff or 'of the only basis'}; transfer {own.transfer or 'free'}; carbon "
        f"factors {f'of {year}' if year else 'of no stated year'}, location- and "
        f"market-based side by side; certificates {settings.certificates}; PUE "
        f"{settings.pue}; room {settings.room}. Counted in {len(found)} ways in all "
        "(capital, transfer basis, tariff basis)."
    )
