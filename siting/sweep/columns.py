"""The type of an input's column, and its values as that type holds them.

Values are brought to the type before anything is solved, so that a run is solved with
what its row tells.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from siting.sweep.design import Design

MOST_WHOLE = 2**63 - 1


def kind_of(values: Sequence[Any]) -> pa.DataType:
    """Give the type that holds all values of an input; what is None counts for none."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return pa.bool_()
    if any(isinstance(value, str) for value in known):
        return pa.string()
    if known and all(
        isinstance(value, int) and abs(value) <= MOST_WHOLE for value in known
    ):
        return pa.int64()
    return pa.float64()


def in_columns(design: Design) -> Design:
    """Give a design whose values have the types of their columns.

    Parameters
    ----------
    design : Design
        With values that :func:`siting.sweep.change.check_values` lets pass.
    """
    if not design.names:
        return design
    columns = [_held(column) for column in zip(*design.rows, strict=True)]
    return Design(design.names, tuple(zip(*columns, strict=True)))


def _held(values: tuple[Any, ...]) -> list[Any]:
    if kind_of(values) == pa.float64():
        return [None if value is None else float(value) for value in values]
    return list(values)
