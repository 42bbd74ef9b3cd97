"""The rules by which figures become verdicts; ``docs/claims.md`` states them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from siting.claims.accountings import Accounting
from siting.claims.movers import ALONE, FREE, GO, MARGIN, STAY, TODAY, Outcome

HOLDS, FAILS, DEPENDS, NOT_APPLICABLE = "holds", "fails", "depends", "not applicable"

# A saving under this share of what training pays for power where it stays is none.
MATERIAL = 0.02
# "Far less" is at most this share.
FAR_LESS = 0.25
# A change of emissions under this share of training's own is none.
GREENER = 0.01
MOST = 0.5

OUTSIDE = "best place outside the west"
ROWS = ((ALONE, TODAY, "today"), (ALONE, STAY, OUTSIDE), (MARGIN, STAY, OUTSIDE))


def summed_up(verdicts: Iterable[str]) -> str:
    """Sum verdicts up: what all of them say, else that it depends."""
    told = {verdict for verdict in verdicts if verdict != NOT_APPLICABLE}
    if not told:
        return NOT_APPLICABLE
    return told.pop() if len(told) == 1 else DEPENDS


def figures_of(
    accounting: Accounting, outcomes: dict[tuple[str, str], Outcome | None]
) -> pd.DataFrame:
    """Give the figures of one accounting: a row for each mode and reference."""
    rows = []
    for mode, which, reference in ROWS:
        if (mode, STAY) not in outcomes:
            continue
        before, free = outcomes.get((mode, which)), outcomes.get((mode, FREE))
        after, whole = outcomes[mode, GO], True
        if after is None:
            after, whole = free, False
        told = {
            "accounting": accounting.label,
            "capital": accounting.capital,
            "transfer": accounting.transfer,
            "tariff": accounting.tariff,
            "own": accounting.own,
            "mode": mode,
            "against": reference,
            "all_go": whole,
        }
        rows.append(told | _figures(before, after, free, whole=whole))
    return pd.DataFrame(rows)


def _figures(
    before: Outcome | None, after: Outcome | None, free: Outcome | None, *, whole: bool
) -> dict[str, float | str]:
    if before is None or after is None:
        return dict.fromkeys(("belongs", "network_less", "greener"), NOT_APPLICABLE)
    idc = before.idc_cny - after.idc_cny
    network = after.network_cny - before.network_cny
    net = before.cost_cny - after.cost_cny
    best = net if free is None else before.cost_cny - free.cost_cny
    share = after.west_share if free is None else free.west_share
    least = MATERIAL * before.power_cny
    location = after.location_t - before.location_t
    market = after.market_t - before.market_t
    changes = [
        _part(location, before.mover_location_t),
        _part(market, before.mover_market_t),
    ]
    return {
        "idc_saving_cny": idc,
        "network_extra_cny": network,
        "net_saving_cny": net,
        "net_share_of_power": _part(net, before.power_cny),
        "network_over_idc": _part(network, idc),
        "best_saving_cny": best,
        "best_west_share": share,
        "location_change_t": location,
        "location_change_share": changes[0],
        "market_change_t": market,
        "market_change_share": changes[1],
        "mover_location_t": after.mover_location_t,
        "belongs": _belongs(net, best, share, least, whole=whole),
        "network_less": _network_less(idc, network),
        "greener": _greener(changes),
    }


def _part(value: float, of: float) -> float:
    return value / of if of else np.nan


def _belongs(
    net: float, best: float, share: float, least: float, *, whole: bool
) -> str:
    """All of it saves: holds. Most of it goes by itself and saves: depends."""
    if whole and net > 0 and net >= least:
        return HOLDS
    goes = share >= MOST and best > 0 and best >= least
    return DEPENDS if goes else FAILS


def _network_less(idc: float, network: float) -> str:
    if idc <= 0:
        # Less network may still pay for a dearer room, but that is another claim.
        return FAILS
    if network <= FAR_LESS * idc:
        return HOLDS
    return DEPENDS if network < idc else FAILS


def _greener(changes: list[float]) -> str:
    falls = [change <= -GREENER for change in changes]
    if all(falls):
        return HOLDS
    return DEPENDS if any(falls) else FAILS


def compared(east: float, west: float, least: float) -> str:
    """Whether the east has clearly more than the west, relative to the east."""
    if east - west >= least * abs(east) and east > west:
        return HOLDS
    return FAILS if east <= west else DEPENDS
