"""Which hub, workload, link or offer each column and row of a program is about."""

import numpy as np

from siting.model.build import Model

HUB, WORKLOAD, LINK, OFFER, PAIR, ALL = (
    "hub",
    "workload",
    "link",
    "offer",
    "pair",
    "all",
)
_OWN = {HUB: ("room", "build"), LINK: ("widen", "lit")}


def column_keys(model: Model, about: str) -> np.ndarray:
    """Give the number of what each column is about; -1 where it is of another kind."""
    keys = np.full(len(model.program.lower), 0 if about == ALL else -1)
    if about == ALL:
        return keys
    for name, block in model.program.columns.items():
        if name in _OWN.get(about, ()):
            keys[block.slice] = np.arange(len(block))
        else:
            keys[block.slice] = _of_keys(model, block.keys, about, len(block))
    return keys


def row_keys(model: Model, about: str) -> np.ndarray:
    """Give the number of what each row is about; -1 where it is of another kind."""
    keys = np.full(len(model.program.row_lower), 0 if about == ALL else -1)
    if about == ALL:
        return keys
    for name, block in model.program.rows.items():
        if about == LINK and name in ("link", "lit"):
            backbone = model.instance.backbone
            keys[block.slice] = backbone.row_link[block.keys["row"]]
        else:
            keys[block.slice] = _of_keys(model, block.keys, about, len(block))
    return keys


def _of_keys(
    model: Model, keys: dict[str, np.ndarray], about: str, count: int
) -> np.ndarray:
    if about in keys:
        return keys[about]
    if "pair" in keys and about in (HUB, WORKLOAD):
        instance = model.instance
        of = instance.pair_hub if about == HUB else instance.pair_workload
        return np.where(keys["pair"] >= 0, of[keys["pair"]], -1)
    if about == HUB and "bundle" in keys:
        return np.asarray(model.blocks.traffic.hub[keys["bundle"]])
    return np.full(count, -1)
