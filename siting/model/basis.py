"""Carrying the basis of one program over to the next, which is much like it.

Rows and columns are recognised by what they are about. A bucket that was cut hands its
statuses down; of those that follow their profile each starts where it would go at the
old prices, and only one of each former bucket stays split, so that the start is close
to a vertex.
"""

from dataclasses import dataclass

import numpy as np

from siting.lookup import number
from siting.model.arrays import Block
from siting.model.build import Model
from siting.model.outcome import AT_LOWER, BASIC, Basis, Outcome


@dataclass(frozen=True, eq=False)
class Descent:
    """Where the workloads of a program come from.

    Attributes
    ----------
    parent : ndarray of int of shape (workloads,)
        Workload of the former program that each was part of.
    cost : ndarray of shape (workloads, hubs)
        Of a MW at the former prices; inf where inadmissible.
    """

    parent: np.ndarray
    cost: np.ndarray

    @property
    def eldest(self) -> np.ndarray:
        """Mask of the one of each parent's workloads that is nearest to moving."""
        two = np.partition(self.cost, min(1, self.cost.shape[1] - 1), axis=1)[:, :2]
        with np.errstate(invalid="ignore"):
            margin = np.nan_to_num(two[:, -1] - two[:, 0], nan=np.inf)
        order = np.lexsort((margin, self.parent))
        lead = np.zeros(len(order), dtype=bool)
        ordered = self.parent[order]
        lead[order[np.append(True, ordered[1:] != ordered[:-1])]] = True
        return lead


class Warmth:
    """The basis of the program solved last."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self.basis: Basis | None = None
        self.descent: Descent | None = None

    def keep(self, model: Model, outcome: Outcome) -> None:
        """Remember how a program ended."""
        if outcome.basis is not None:
            self.model, self.basis, self.descent = model, outcome.basis, None

    def start(self, model: Model) -> Basis | None:
        """Give the basis that a program starts from; None for the first one."""
        old, basis = self.model, self.basis
        if old is None or basis is None:
            return None
        columns = np.full(model.program.shape[1], AT_LOWER, dtype=np.int8)
        rows = np.full(model.program.shape[0], BASIC, dtype=np.int8)
        for target, known, was, now in (
            (columns, basis.columns, old.program.columns, model.program.columns),
            (rows, basis.rows, old.program.rows, model.program.rows),
        ):
            for kind, block in now.items():
                if kind in was and len(was[kind]) and len(block):
                    parent = self.descent.parent if self.descent else None
                    before = keys_of(old, was[kind])
                    after = keys_of(model, block, parent)
                    held = known[was[kind].slice]
                    target[block.slice] = carried(
                        held, target[block.start], before, after
                    )
        if self.descent is not None:
            self._settle(model, columns, self.descent)
        return Basis(columns, rows, self.descent is None)

    def _settle(self, model: Model, columns: np.ndarray, descent: Descent) -> None:
        """Start workloads that follow their profile at their cheapest hub."""
        draws, instance = model.blocks.draws, model.instance
        workload = instance.pair_workload[draws.flat_pair]
        hub = instance.pair_hub[draws.flat_pair]
        inherited = columns[draws.flat]
        basic = np.bincount(workload, inherited == BASIC, minlength=len(descent.parent))
        split = (descent.eldest & (basic > 1))[workload]
        chosen = descent.cost.argmin(axis=1)[workload] == hub
        alone = np.where(chosen, BASIC, AT_LOWER)
        columns[draws.flat] = np.where(split, inherited, alone)


def keys_of(
    model: Model, block: Block, parent: np.ndarray | None = None
) -> list[np.ndarray]:
    """Give what each member of a block is about, in terms of two programs.

    Parameters
    ----------
    model : Model
    block : Block
        Of rows or columns.
    parent : ndarray of int of shape (workloads,), optional
        Workload of the other program that each was part of.
    """
    instance = model.instance
    found = []
    for name, key in block.keys.items():
        if name == "bundle":
            numbers = [group.number for group in model.blocks.groups]
            found.append(np.array(numbers, dtype=int)[key])
        elif name in ("pair", "workload"):
            who = instance.pair_workload[key] if name == "pair" else key
            found.append(who if parent is None else parent[who])
            if name == "pair":
                found.append(instance.pair_hub[key])
        else:
            found.append(key)
    return found or [np.arange(len(block))]


def carried(
    known: np.ndarray,
    default: float,
    was: list[np.ndarray],
    now: list[np.ndarray],
) -> np.ndarray:
    """Look up what is known by what the members are about."""
    both = [np.concatenate(pair) for pair in zip(was, now, strict=True)]
    code = number(*both)
    table = np.full(int(code.max()) + 1, default, dtype=known.dtype)
    table[code[: len(known)]] = known
    return np.asarray(table[code[len(known) :]])
