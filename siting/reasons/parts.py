"""What a column of the program costs, by part: power, room, transfer, limits."""

from dataclasses import dataclass

import numpy as np

from siting.model.outcome import Outcome
from siting.reasons.rebuild import ROOM_LEAST, Study

PLAIN = (
    "power",
    "hosting",
    "capital",
    "transfer",
    "staging",
    "moving",
    "carbon",
    "accelerators",
    "placement",
    "unserved",
    "other",
)
SCARCE = ("room", "bandwidth", "links", "green", "cap", "policy")
PARTS = (*PLAIN, *SCARCE)
NUMBER = {name: number for number, name in enumerate(PARTS)}

_TERMS = {
    "electricity": "power",
    "hosting": "hosting",
    "capacity": "capital",
    "transfer": "transfer",
    "staging": "staging",
    "moving": "moving",
    "carbon": "carbon",
    "accelerators": "accelerators",
    "placement": "placement",
    "unserved": "unserved",
}
_ROWS = {
    "ingress": "bandwidth",
    "egress": "bandwidth",
    "green": "green",
    "green-period": "green",
    "certificate-use": "green",
    "carbon-cap": "cap",
    "placement-min": "policy",
    "placement-max": "policy",
    "stay": "moving",
    "staged": "staging",
}


@dataclass(frozen=True, eq=False)
class ColumnParts:
    """Price of a unit of every column under the multipliers of all limits.

    Rows of the workload itself (demand, windows, traffic) are left out.

    Attributes
    ----------
    money : float
        What one CNY counts in the objective.
    values : ndarray of shape (parts, columns)
    room_shares : ndarray of shape (parts, hubs)
        What the price of a MW of room at a hub consists of; adds up to 1.
    spare_room : ndarray of shape (hubs,)
        What a MW of room costs beyond what the periods in use pay; inf where there is
        none and none can be built.
    """

    money: float
    values: np.ndarray
    room_shares: np.ndarray
    spare_room: np.ndarray

    def room(self, hub: np.ndarray, price: np.ndarray) -> np.ndarray:
        """Split a price of room at hubs into its parts."""
        return np.asarray(self.room_shares[:, hub] * price)


def column_parts(study: Study, outcome: Outcome) -> ColumnParts:
    """Split what every column costs.

    Parameters
    ----------
    study : Study
    outcome : Outcome
        Of the study's program.
    """
    model, program = study.model, study.model.program
    weights = dict(study.weights)
    kept_worth = outcome.multipliers(program.rows["stage"])
    for kept, worth in zip(study.kept, kept_worth, strict=True):
        for name, weight in kept.weights.items():
            weights[name] = weights.get(name, 0.0) + float(worth) * weight
    money = weights.pop("cost", 0.0)
    values = np.zeros((len(PARTS), len(program.lower)))
    for term, part in _TERMS.items():
        if term in model.terms:
            values[NUMBER[part]] += money * model.terms[term]
    for name, weight in weights.items():
        values[NUMBER["other"]] += weight * model.metrics[name]
    duals = outcome.row_duals.copy()
    shares, spare = _rooms(study, outcome, money, duals)
    column = program.owner
    charge = -program.value * duals[program.index]
    for kind, part in _ROWS.items():
        block = program.rows.get(kind)
        if block is not None and len(block):
            mine = (program.index >= block.start) & (program.index < block.stop)
            values[NUMBER[part]] += np.bincount(
                column[mine], charge[mine], minlength=len(program.lower)
            )
    use = program.rows["room-use"]
    mine = (program.index >= use.start) & (program.index < use.stop)
    room = program.columns["room"]
    mine &= (column < room.start) | (column >= room.stop)
    hub = use.keys["hub"][program.index[mine] - use.start]
    for number in np.flatnonzero(shares.any(axis=1)).tolist():
        values[number] += np.bincount(
            column[mine],
            charge[mine] * shares[number, hub],
            minlength=len(program.lower),
        )
    return ColumnParts(money, values, shares, spare)


def _rooms(
    study: Study, outcome: Outcome, money: float, duals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Price room where none is in use; give its parts, and what is not paid for yet.

    A hub that nobody uses may have any price of room up to what room costs there; the
    latter is what somebody would have to pay. ``duals`` is changed in place.
    """
    instance, program = study.instance, study.model.program
    hubs = instance.scenario.hubs
    hosting = money * hubs["hosting_cny_per_mw_year"].to_numpy(float)
    annuity = money * instance.hub_annuity
    capacity = hubs["it_capacity_mw"].to_numpy(float)
    can_build = hubs["build_max_mw"].to_numpy(float) > 0
    built = outcome.values[program.columns["build"].slice] > 0
    scarce = np.zeros(len(hubs))
    block = program.rows["room"]
    scarce[block.keys["hub"]] = outcome.multipliers(block)
    new = instance.on_new_side
    none = capacity <= 0
    scarce = np.where(none & can_build & ~new, np.maximum(scarce, annuity), scarce)
    price = hosting + np.where(new, annuity, 0.0) + scarce
    use = program.rows["room-use"]
    paid = np.bincount(use.keys["hub"], outcome.multipliers(use), minlength=len(hubs))
    kept_open = np.zeros(len(hubs), dtype=bool)
    kept_open[program.rows[ROOM_LEAST].keys["hub"]] = True
    spare = np.where(kept_open, 0.0, np.maximum(price - paid, 0.0))
    if instance.scenario.settings.room == "dedicated":
        # All periods are one here, so that the row bears it.
        duals[use.slice] += spare[use.keys["hub"]]
        paid, spare = paid + spare, np.zeros(len(hubs))
    total = paid + spare
    keep = np.minimum(total, hosting)
    rest = total - keep
    capital = np.where(new | built | none, np.minimum(rest, annuity), 0.0)
    shares = np.zeros((len(PARTS), len(hubs)))
    for name, amount in (
        ("hosting", keep),
        ("capital", capital),
        ("room", rest - capital),
    ):
        shares[NUMBER[name]] = np.divide(
            amount, total, out=np.zeros(len(hubs)), where=total > 0
        )
    return shares, np.where(none & ~can_build, np.inf, spare)
