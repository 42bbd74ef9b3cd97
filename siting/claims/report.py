"""The claims of a scenario, as tables and as a page of text."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any

import pandas as pd

from siting.claims.claim import Claim
from siting.claims.grades import told as grades_told
from siting.claims.moving import records
from siting.claims.verdicts import NOT_APPLICABLE
from siting.savings import NAMES
from siting.wording import number

WIDE = 100
ROUTES_SHOWN = 12
PLANS = ("today", "nearest", "east_nearest", "east_optimal", "plan", "upper_bound")
MEASURES = (
    ("cost_cny", "cost, M CNY a year", 1e-6, 1),
    ("location_t", "CO2 location-based, kt", 1e-3, 1),
    ("market_t", "CO2 market-based, kt", 1e-3, 1),
    ("green_share", "green power, %", 100.0, 1),
    ("west_share", "in the west, %", 100.0, 1),
)


@dataclass(frozen=True)
class Claims:
    """Claims put to the test on one scenario.

    Attributes
    ----------
    title : str
    accounting : str
        How the scenario itself counts.
    claims : tuple of Claim
    figures : DataFrame
        A row for each accounting, mode and reference; see ``docs/claims.md``.
    routes : DataFrame
        Change of emissions from where training runs to every western hub.
    baselines : DataFrame
        Measures of the plan and what it is compared with.
    notes : tuple of str
    """

    title: str
    accounting: str
    claims: tuple[Claim, ...]
    figures: pd.DataFrame
    routes: pd.DataFrame
    baselines: pd.DataFrame
    notes: tuple[str, ...]

    def __getitem__(self, key: str) -> Claim:
        """Give a claim by its key."""
        return next(claim for claim in self.claims if claim.key == key)

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdict of every claim over all accountings, by key."""
        return {claim.key: claim.verdict for claim in self.claims}

    @property
    def verdicts_here(self) -> dict[str, str]:
        """Verdict of every claim as the scenario counts, by key."""
        return {claim.key: claim.verdict_here for claim in self.claims}

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values, for JSON."""
        return {
            "title": self.title,
            "accounting": self.accounting,
            "claims": [claim.to_dict() for claim in self.claims],
            "routes": records(self.routes),
            "baselines": records(self.baselines),
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Write all claims for a reader, a hundred columns wide."""
        lines = [self.title, "=" * len(self.title), *_wrap(self.accounting), ""]
        for place, claim in enumerate(self.claims, start=1):
            lines += [*_claim(place, claim), ""]
        if len(self.figures):
            lines += [*_figures(self.figures), ""]
        if len(self.baselines):
            lines += [*_baselines(self.baselines), ""]
        if len(self.routes):
            lines += [*_routes(self.routes), ""]
        lines += [line for note in self.notes for line in _wrap(f"Note: {note}.")]
        return "\n".join(lines).rstrip()

    __str__ = text


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    filled = fill(text, WIDE, initial_indent=first, subsequent_indent=rest or first)
    return filled.split("\n")


def _claim(place: int, claim: Claim) -> list[str]:
    lines = _wrap(f"{place}. {claim.statement}", rest="   ")
    if claim.verdict == NOT_APPLICABLE:
        return [*lines, *_wrap(f"NOT APPLICABLE: {claim.reason}.", "   ")]
    verdict = f"{claim.verdict_here.upper()} as the scenario counts"
    if claim.verdict != claim.verdict_here:
        verdict += f"; {claim.verdict.upper()} over all ways of counting"
    lines += [f"   {verdict}."]
    lines += _wrap(f"{claim.reason[0].upper()}{claim.reason[1:]}.", "   ")
    for turn in claim.break_even:
        lines += _wrap(f"Break-even: {turn}.", "   > ", "     ")
    return [*lines, *_wrap(f"Grades: {grades_told(claim.grades)}.", "   > ", "     ")]


def _figures(figures: pd.DataFrame) -> list[str]:
    """Show the figures of moving training under every accounting."""
    heads = ("power, room", "network", "net", "% of", "network/", "CO2 %", "CO2 %")
    units = ("saved", "more", "saved", "power", "saved", "location", "market")
    widths = (11, 9, 9, 8, 9, 9, 8)
    blank = " " * 37
    lines = [
        "MOVING TRAINING WEST UNDER EVERY ACCOUNTING, M CNY a year",
        blank + "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True)),
        blank + "".join(f"{u:>{w}}" for u, w in zip(units, widths, strict=True)),
    ]
    columns = (
        ("idc_saving_cny", 1e-6, 1),
        ("network_extra_cny", 1e-6, 1),
        ("net_saving_cny", 1e-6, 1),
        ("net_share_of_power", 100.0, 1),
        ("network_over_idc", 1.0, 3),
        ("location_change_share", 100.0, 1),
        ("market_change_share", 100.0, 1),
    )
    for label, rows in figures.groupby("accounting", sort=False):
        own = " (as the scenario counts)" if rows["own"].any() else ""
        lines.append(f"  {label}{own}")
        for row in rows.to_dict("records"):
            name = f"    {row['mode']}, against {_short(str(row['against']))}"
            cells = [
                number(float(row.get(column, float("nan"))) * factor, decimals)
                for column, factor, decimals in columns
            ]
            line = "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
            lines.append(f"{name:<37}{line}{'' if row['all_go'] else ' (a part)'}")
    lines += _wrap(
        "alone: everything else stays where it is today; at the margin: everything else "
        "may move too; outside: the best places for training that are not in the west. "
        "Power, room: electricity, hosting, capacity; network: transfer, staging, "
        "widening. % of power: of what training pays for power before; CO2: of "
        "training's own emissions before, total change.",
        "  ",
    )
    return lines


def _short(reference: str) -> str:
    return reference if reference == "today" else "outside"


def _baselines(table: pd.DataFrame) -> list[str]:
    frame = table.set_index("measure")
    plans = [name for name in PLANS if name in frame and frame[name].notna().any()]
    heads = "".join(f"{NAMES[name]:>13}" for name in plans)
    lines = ["THE WHOLE PLAN AND WHAT IT IS COMPARED WITH", f"{'':<22}{heads}"]
    for measure, label, factor, decimals in MEASURES:
        if measure in frame.index:
            cells = [
                number(factor * frame.loc[measure, name], decimals) for name in plans
            ]
            lines.append(f"{label:<22}" + "".join(f"{cell:>13}" for cell in cells))
    if "upper_bound" in plans and "today" in plans:
        cost = frame.loc["cost_cny"]
        most = 100 * (1 - cost["upper_bound"] / cost["today"])
        now = 100 * (1 - cost["plan"] / cost["today"])
        lines += _wrap(
            f"Upper bound: with all limits off no plan saves more than {most:.1f} % "
            f"against today; the plan saves {now:.1f} %."
        )
    return lines


def _routes(routes: pd.DataFrame) -> list[str]:
    rises = routes["raises_location"]
    lines = _wrap(
        "LOCATION-BASED CO2 OF A MOVE, %: at equal energy / with PUE (! marks a move west "
        f"that raises it at equal energy: {int(rises.sum())} of {len(routes)} routes)"
    )
    hubs = list(dict.fromkeys(routes["to_hub"]))
    width = max(15, *(len(hub) + 2 for hub in hubs)) if hubs else 15
    shown = list(dict.fromkeys(routes["from_hub"]))
    per_block = max((WIDE - 26) // width, 1)
    for start in range(0, len(hubs), per_block):
        block = hubs[start : start + per_block]
        lines.append(f"{'from':<18}{'MW':>8}" + "".join(f"{h:>{width}}" for h in block))
        for source in shown[:ROUTES_SHOWN]:
            rows = routes[routes["from_hub"] == source].set_index("to_hub")
            cells = [
                f"{_percent(rows.at[hub, 'location_equal_energy'])}/"
                f"{_percent(rows.at[hub, 'location_with_pue'])}"
                f"{'!' if rows.at[hub, 'raises_location'] else ' '}"
                for hub in block
            ]
            mw = number(float(rows["it_mw"].iloc[0]), 1)
            lines.append(
                f"{source[:17]:<18}{mw:>8}" + "".join(f"{c:>{width}}" for c in cells)
            )
    if len(shown) > ROUTES_SHOWN:
        rest = len(shown) - ROUTES_SHOWN
        lines.append(f"... and {rest} more places to come from (--json: all)")
    return lines


def _percent(value: object) -> str:
    change = 100 * float(str(value))
    return "-" if change != change else f"{change:+.1f}"
