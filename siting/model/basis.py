"""Carrying what is known of one program over to the next, which is much like it.

Rows and columns are recognised by what they are about. A basis is carried over where
columns are added or costs change; where buckets are cut, most of them are offered one
hub only, and solving what is left of the program anew is faster.
"""

import numpy as np

from siting.lookup import number
from siting.model.arrays import Block
from siting.model.build import Model
from siting.model.outcome import AT_LOWER, BASIC, Basis, Outcome


class Warmth:
    """The basis of the program solved last."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self.basis: Basis | None = None

    def keep(self, model: Model, outcome: Outcome) -> None:
        """Remember how a program ended."""
        if outcome.basis is not None:
            self.model, self.basis = model, outcome.basis

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
                    before, after = keys_of(old, was[kind]), keys_of(model, block)
                    held = known[was[kind].slice]
                    target[block.slice] = carried(
                        held, target[block.start], before, after
                    )
        return Basis(columns, rows)


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
            found.append(model.blocks.traffic.number[key])
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
