r"""Green power: least shares, and certificates.

.. math::

   \sum_{w \in S, h, t} E_{ht} (g_{ht} - q) x_{wht}
   + \sum_{a \subseteq S} \mathrm{cert}_a \ge 0

over the year or in every period. Certificates of an owner at a hub cover at most its
energy there that is not green already.
"""

from dataclasses import dataclass

import numpy as np

from siting.model.arrays import Block, Builder
from siting.model.instance import Instance
from siting.model.placement import Draws
from siting.scenario import Scenario
from siting.scopes import ONE_WORKLOAD

# A hub that is just as green as asked: what rounding leaves would be scaled up to a
# limit of its own.
EVEN = 1e-12


@dataclass(frozen=True, eq=False)
class GreenRule:
    """One least green share.

    Attributes
    ----------
    subject : str
        ``workload:ID``, or the number of the limit in the policy's list.
    share : float
    members : ndarray of int
        Positions of the workloads.
    every_period : bool
    """

    subject: str
    share: float
    members: np.ndarray
    every_period: bool


@dataclass(frozen=True, eq=False)
class Owners:
    """Who owns certificates.

    Attributes
    ----------
    names : list of str
        ``workload:ID`` or ``class:NAME``.
    of_workload : ndarray of int
    """

    names: list[str]
    of_workload: np.ndarray


@dataclass(frozen=True, eq=False)
class Certificates:
    """Certificate columns by ``offer``, ``hub``, ``owner``, ``period`` (-1: year)."""

    columns: Block
    owners: Owners


def scope(
    scenario: Scenario, workload_class: str, origin: str, workload: str
) -> np.ndarray:
    """Workloads (mask) that a limit's scope names; blank words name all."""
    frame = scenario.workloads
    mask = np.ones(len(frame), dtype=bool)
    if workload_class:
        mask &= (frame["class"] == workload_class).to_numpy()
    if origin:
        mask &= (frame["origin"] == origin).to_numpy()
    if workload:
        mask &= (frame["id"] == workload).to_numpy()
    return mask


def green_rules(scenario: Scenario) -> list[GreenRule]:
    """All least green shares: of workloads first, then of the policy."""
    own = np.flatnonzero(scenario.workloads["green_share_min"].to_numpy(float) > 0)
    rules = []
    if len(own):
        frame = scenario.workloads.iloc[own]
        for place, name, share, strict in zip(
            own.tolist(),
            frame["id"],
            frame["green_share_min"],
            frame["green_every_period"],
            strict=True,
        ):
            subject = ONE_WORKLOAD + name
            rules.append(GreenRule(subject, share, np.array([place]), bool(strict)))
    for number, limit in enumerate(scenario.policy.green_min):
        mask = scope(scenario, limit.workload_class, limit.origin, limit.workload)
        members = np.flatnonzero(mask)
        rules.append(GreenRule(str(number), limit.share, members, limit.every_period))
    return rules


def singled_out(scenario: Scenario) -> np.ndarray:
    """Workloads (mask) whose certificates are their own."""
    single = np.asarray(scenario.workloads["green_share_min"].to_numpy(float) > 0)
    for limit in scenario.policy.green_min:
        if limit.workload or limit.origin:
            single |= scope(
                scenario, limit.workload_class, limit.origin, limit.workload
            )
    return single


def owners(scenario: Scenario) -> Owners:
    """Owners of certificates: singled-out workloads, and the classes of the rest."""
    frame, single = scenario.workloads, singled_out(scenario)
    label = np.where(
        single,
        ONE_WORKLOAD + frame["id"].to_numpy(object),
        "class:" + frame["class"].to_numpy(object),
    )
    names, number = np.unique(label.astype(str), return_inverse=True)
    return Owners([str(name) for name in names], number)


def add_certificates(
    builder: Builder, instance: Instance, draws: Draws
) -> Certificates | None:
    """Add certificates of every offer, hub and owner, where they are in use."""
    scenario = instance.scenario
    mode = scenario.settings.certificates
    offers = scenario.certificates
    if mode == "off" or offers.empty:
        return None
    who = owners(scenario)
    periods = np.arange(len(instance.hours)) if mode == "period" else np.array([-1])
    grid = scenario.hubs["grid"].to_numpy(object)
    owner_of_pair = who.of_workload[instance.pair_workload]
    # Also where no pair is offered now: multipliers there say what one is worth.
    workload, place = instance.open_pairs
    held = np.unique(np.stack([place, who.of_workload[workload]]), axis=1)
    parts = []
    for number, offer in enumerate(offers["grid"]):
        fits = held[:, (offer == "") | (grid[held[0]] == offer)]
        parts.append(np.vstack([np.full(fits.shape[1], number), fits]))
    offer, hub, owner = np.concatenate(parts, axis=1)
    count = len(periods)
    offer, hub, owner = (np.repeat(a, count) for a in (offer, hub, owner))
    period = np.tile(periods, len(offer) // count if count else 0)

    def label(i: int) -> str:
        place = scenario.hubs.index[hub[i]]
        return f"{offers.index[offer[i]]}|{place}|{who.names[owner[i]]}|{period[i]}"

    columns = builder.add_columns(
        "certificate",
        len(offer),
        label,
        offer=offer,
        hub=hub,
        owner=owner,
        period=period,
    )
    _use(builder, instance, draws, columns, held, owner_of_pair, periods)
    most = offers["max_mwh"].to_numpy(float)
    bound = np.flatnonzero(np.isfinite(most))
    rows = builder.add_rows(
        "certificate",
        len(bound),
        lambda i: str(offers.index[bound[i]]),
        upper=most[bound],
        offer=bound,
    )
    place = np.full(len(offers), -1)
    place[bound] = rows.positions
    row = place[offer]
    builder.add_entries(row[row >= 0], columns.positions[row >= 0], 1.0)
    return Certificates(columns, who)


def _use(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    columns: Block,
    held: np.ndarray,
    owner_of_pair: np.ndarray,
    periods: np.ndarray,
) -> None:
    """Certificates at a hub cover at most the owner's energy that is not green."""
    hubs = instance.scenario.hubs.index
    count = len(periods)
    number = np.full((len(hubs), int(held[1].max(initial=-1)) + 1), -1)
    number[held[0], held[1]] = np.arange(held.shape[1])
    rows = builder.add_rows(
        "certificate-use",
        held.shape[1] * count,
        lambda i: f"{hubs[held[0, i // count]]}|{held[1, i // count]}|{i % count}",
        upper=0.0,
        hub=np.repeat(held[0], count),
        owner=np.repeat(held[1], count),
        period=np.tile(periods, held.shape[1]),
    )
    keys = columns.keys
    of_column = number[keys["hub"], keys["owner"]]
    at = np.maximum(keys["period"], 0)
    builder.add_entries(rows.start + of_column * count + at, columns.positions, 1.0)
    not_green = instance.energy.facility_mwh_per_mw * (1 - instance.energy.green_share)
    of_pair = number[instance.pair_hub, owner_of_pair]
    if count == 1 and periods[0] < 0:
        weight = draws.yearly(not_green, builder.column_count)
        column = np.concatenate([draws.flat, draws.timed])
        pair = np.concatenate([draws.flat_pair, draws.timed_pair])
        builder.add_entries(rows.start + of_pair[pair], column, -weight[column])
        return
    position, pair, column, value = draws.entries(
        periods, np.ones(len(instance.pair_workload))
    )
    energy = not_green[instance.pair_hub[pair], position]
    row = rows.start + of_pair[pair] * count + position
    builder.add_entries(row, column, -value * energy)


def add_green(
    builder: Builder,
    instance: Instance,
    draws: Draws,
    certificates: Certificates | None,
) -> None:
    """Add every least green share, over the year or in every period."""
    rules = green_rules(instance.scenario)
    energy = instance.energy
    yearly = [place for place, rule in enumerate(rules) if not rule.every_period]
    rows = builder.add_rows(
        "green",
        len(yearly),
        lambda i: rules[yearly[i]].subject,
        lower=0.0,
        rule=np.array(yearly, dtype=int),
        period=np.full(len(yearly), -1),
    )
    facility = energy.facility_mwh_per_mw
    if yearly:
        green_mwh = draws.yearly(facility * energy.green_share, builder.column_count)
        all_mwh = draws.yearly(facility, builder.column_count)
        columns = draws.columns_of_workloads()
    for place, rule in enumerate(rules[number] for number in yearly):
        column = np.concatenate([columns[member] for member in rule.members])
        weight = _beyond(green_mwh[column], rule.share, all_mwh[column])
        builder.add_entries(rows.start + place, column, weight)
        if certificates is not None:
            _count(builder, certificates, rule, rows.start + place)
    strict = [place for place, rule in enumerate(rules) if rule.every_period]
    count = len(instance.hours)
    every = np.arange(count)
    labels = instance.scenario.periods.index
    hourly = builder.add_rows(
        "green-period",
        len(strict) * count,
        lambda i: f"{rules[strict[i // count]].subject}|{labels[i % count]}",
        lower=0.0,
        rule=np.repeat(strict, count).astype(int),
        period=np.tile(every, len(strict)),
    )
    for place, rule in enumerate(rules[number] for number in strict):
        member = np.isin(instance.pair_workload, rule.members).astype(float)
        position, pair, column, value = draws.entries(every, member)
        per_mw = _beyond(facility * energy.green_share, rule.share, facility)
        first = hourly.start + place * count
        weight = value * per_mw[instance.pair_hub[pair], position]
        builder.add_entries(first + position, column, weight)
        if certificates is not None:
            _count(builder, certificates, rule, first)


def _beyond(green_mwh: np.ndarray, share: float, all_mwh: np.ndarray) -> np.ndarray:
    """Green energy beyond the share asked; 0 where only rounding is left of it."""
    beyond = green_mwh - share * all_mwh
    return np.where(np.abs(beyond) <= EVEN * all_mwh, 0.0, beyond)


def _count(
    builder: Builder, certificates: Certificates, rule: GreenRule, first_row: int
) -> None:
    """Count the certificates of the rule's owners towards it."""
    keys = certificates.columns.keys
    members = np.unique(certificates.owners.of_workload[rule.members])
    by_period = keys["period"] >= 0
    counts = np.isin(keys["owner"], members) & (by_period | (not rule.every_period))
    column = certificates.columns.positions[counts]
    row = first_row + (keys["period"][counts] if rule.every_period else 0)
    builder.add_entries(row, column, 1.0)
