"""The three claims about moving training west."""

from typing import Any

import numpy as np
import pandas as pd

from siting.breakeven.rates import route_has_price
from siting.claims import grades
from siting.claims.accountings import Accounting
from siting.claims.claim import Claim
from siting.claims.flips import RANGES, Flip, flip_of
from siting.claims.movers import ALONE, MARGIN, Movers
from siting.claims.verdicts import HOLDS, OUTSIDE, summed_up
from siting.model.instance import Instance
from siting.scenario import Scenario

BELONGS = "Training belongs in the west."
NETWORK_LESS = "Moving training west costs far less on the network than the difference in IDC cost."
GREENER = "It is greener, and serves the companies' ESG targets."


def moving_claims(
    scenario: Scenario,
    movers: Movers,
    accountings: list[Accounting],
    figures: pd.DataFrame,
) -> list[Claim]:
    """Judge the claims about moving.

    Parameters
    ----------
    scenario : Scenario
    movers : Movers
    accountings : list of Accounting
        The scenario's own first.
    figures : DataFrame
        Rows of :func:`siting.claims.verdicts.figures_of`.
    """
    flips = _flips(scenario, movers, accountings)
    own = [flip for label, flip in flips if label == accountings[0].label]
    money = grades.grades_of(scenario, grades.MONEY)
    belongs = figures[figures["against"] == OUTSIDE]
    told = tuple(_turn(flip) for flip in own)
    others = _other_transfers(flips, accountings[0].label)
    return [
        _claim(
            "training-west",
            BELONGS,
            belongs,
            "belongs",
            _why_belongs(belongs),
            money,
            (*told, *others),
            flips,
        ),
        _claim(
            "network-less",
            NETWORK_LESS,
            figures,
            "network_less",
            _why_network(figures),
            money,
            (*_ratios(figures), *told[:1]),
            flips,
        ),
        _claim(
            "greener",
            GREENER,
            figures,
            "greener",
            _why_greener(figures),
            grades.grades_of(scenario, grades.CARBON),
            _grid_factor(figures),
            [],
        ),
    ]


def _flips(
    scenario: Scenario, movers: Movers, accountings: list[Accounting]
) -> list[tuple[str, Flip]]:
    """Break-evens: all parameters as the scenario counts, transfer in every way."""
    found = []
    own = accountings[0].label
    for mode in (ALONE, MARGIN):
        for parameter in RANGES:
            flip = flip_of(scenario, parameter, movers, mode)
            if flip is not None:
                found.append((own, flip))
    for accounting in accountings[1:]:
        if route_has_price(Instance(accounting.scenario)):
            # Each price would need its own paths; the ratio of the figures tells it.
            continue
        flip = flip_of(accounting.scenario, "transfer-price", movers, ALONE)
        if flip is not None:
            found.append((accounting.label, flip))
    return found


def _claim(
    key: str,
    statement: str,
    rows: pd.DataFrame,
    column: str,
    reason: str,
    counts: dict[str, int],
    turns: tuple[str, ...],
    flips: list[tuple[str, Flip]],
) -> Claim:
    return Claim(
        key=key,
        statement=statement,
        verdict=summed_up(rows[column]),
        verdict_here=summed_up(rows.loc[rows["own"], column]),
        reason=reason,
        figures=records(rows.assign(verdict=rows[column])),
        break_even=turns,
        turns=[
            {
                "accounting": label,
                "mode": flip.mode,
                "parameter": flip.parameter,
                "unit": flip.unit,
                "value": flip.value,
                "base": None if flip.base is None else _finite(flip.base),
                "pays_below": flip.pays_below,
            }
            for label, flip in flips
        ],
        grades=counts,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; numbers that are not finite become None."""
    return [
        {
            str(key): _finite(value) if isinstance(value, float) else value
            for key, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def _turn(flip: Flip) -> str:
    if flip.value is None:
        return f"{flip.parameter}, training {flip.mode}: {flip.text}"
    where = "up to" if flip.pays_below else "from"
    now = ""
    if flip.base is not None and np.isfinite(flip.base):
        now = f" (now {flip.base:,.4g})"
    return (
        f"{flip.parameter}, training {flip.mode}: the west is the cheaper place {where} "
        f"{flip.text}{now}"
    )


def _other_transfers(flips: list[tuple[str, Flip]], own: str) -> tuple[str, ...]:
    told = [
        f"{label} {flip.value:,.4g}"
        for label, flip in flips
        if label != own and flip.value is not None
    ]
    if not told:
        return ()
    return (
        "transfer price in multiples of its own basis, training alone, counted "
        f"otherwise: {'; '.join(told)}",
    )


def _numbers(rows: pd.DataFrame) -> pd.DataFrame:
    return (
        rows[rows["net_saving_cny"].notna()] if "net_saving_cny" in rows else rows[:0]
    )


def _why_belongs(rows: pd.DataFrame) -> str:
    told = _numbers(rows)
    own = told[told["own"]]
    if own.empty:
        return (
            "no plan keeps training out of the west, or sends it there, in the limits"
        )
    parts = [
        f"{mode} it saves {net / 1e6:,.1f} M CNY a year ({100 * share:.1f} % of what "
        "training pays for power outside the west)"
        for mode, net, share in own[
            ["mode", "net_saving_cny", "net_share_of_power"]
        ].itertuples(index=False)
    ]
    lost = told[told["belongs"] != HOLDS]
    text = f"training {'; '.join(parts)}, against the best place outside the west"
    if len(lost):
        names = "; ".join(
            dict.fromkeys(
                f"{label} ({mode}: {100 * share:.1f} %)"
                for label, mode, share in lost[
                    ["accounting", "mode", "net_share_of_power"]
                ].itertuples(index=False)
            )
        )
        text += f". Not clearly under: {names}"
    return text


def _why_network(rows: pd.DataFrame) -> str:
    own = _numbers(rows)
    own = own[own["own"]]
    if own.empty:
        return "no plan sends training west within the limits"
    parts = [
        f"{mode}, against {against}: network {network / 1e6:+,.1f} M CNY for "
        f"{idc / 1e6:,.1f} saved on power and room"
        for mode, against, network, idc in own[
            ["mode", "against", "network_extra_cny", "idc_saving_cny"]
        ].itertuples(index=False)
    ]
    return "; ".join(parts)


def _why_greener(rows: pd.DataFrame) -> str:
    own = _numbers(rows)
    own = own[own["own"]]
    if own.empty:
        return "no plan sends training west within the limits"
    parts = [
        f"{mode}, against {against}: {100 * location:+.1f} % location-based, "
        f"{100 * market:+.1f} % market-based"
        for mode, against, location, market in own[
            ["mode", "against", "location_change_share", "market_change_share"]
        ].itertuples(index=False)
    ]
    return f"emissions of training, {'; '.join(parts)}"


def _ratios(rows: pd.DataFrame) -> tuple[str, ...]:
    """At which multiple the network takes all of what today's IDCs would save."""
    told = _numbers(rows)
    told = told[(told["against"] == "today") & (told["network_extra_cny"] > 0)]
    told = told[told["idc_saving_cny"] > 0]
    parts = [
        f"{label} {idc / network:,.4g}"
        for label, idc, network in told[
            ["accounting", "idc_saving_cny", "network_extra_cny"]
        ].itertuples(index=False)
    ]
    if not parts:
        return ()
    return (
        "against today, with the placement as it is, the network would take the whole "
        f"difference at so many times its cost: {'; '.join(parts)}",
    )


def _grid_factor(rows: pd.DataFrame) -> tuple[str, ...]:
    """Multiple of the western factors at which location-based emissions stay even."""
    told = _numbers(rows)
    told = told[told["own"] & (told["mode"] == ALONE)]
    parts = []
    for against, change, emitted in told[
        ["against", "location_change_t", "mover_location_t"]
    ].itertuples(index=False):
        if emitted > 0:
            even = 1.0 - change / emitted
            parts.append(f"{even:,.3g} times against {against}")
    if not parts:
        return ()
    return (
        "location-based, training alone, even if the western grids it uses had so many "
        f"times their factor: {'; '.join(parts)}",
    )
