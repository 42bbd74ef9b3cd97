"""What decided a plan: input values by how much of its cost hangs on each."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem
from siting.lookup import positions
from siting.reasons.gather import Gathered
from siting.reasons.inputs import Moves, input_moves
from siting.reasons.rebuild import Study
from siting.reasons.slopes import Slopes
from siting.statements import statements_about
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

COLUMNS = [
    "table",
    "key",
    "column",
    "value",
    "unit",
    "per_percent",
    "elasticity",
    "grade",
    "source",
]
SMALL = 1e-12
OF_WORKLOADS = ("workloads", "placement_costs")


def decided_by(
    plan: "Plan",
    top: int | None = None,
    *,
    by: str = "value",
    grade: str | None = None,
) -> pd.DataFrame:
    """Rank the input values by how fast the objective moves with each.

    Parameters
    ----------
    plan : Plan
    top : int, optional
        How many; by default all that move it.
    by : {"value", "source"}
        Single values, or all values together that one row of ``sources`` is about.
    grade : str, optional
        Only values of this grade, e.g. ``C``.

    Returns
    -------
    DataFrame
        Columns as in ``docs/reasons.md``, largest move first.

    Raises
    ------
    InputError
        For fewer rows than none.
    """
    if top is not None and top < 0:
        message = word("{top} is no number of rows", top=top)
        raise InputError([Problem("top", None, None, message, "Give 0 or more.")])
    # Paths found for other questions would lead to another optimum among equal ones.
    slopes = Slopes(Study(plan))
    objective = slopes.study.outcome.objective
    parts = [_frame(moves) for moves in input_moves(slopes)]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["move"].abs() > SMALL * abs(objective)]
    found = statements_about(plan.scenario, table)
    sources = plan.scenario.sources.reset_index(drop=True)
    table["statement"] = found
    table = _of_crowds(table, slopes.study.placed)
    if by == "source":
        table = _together(table, sources)
    known = table["statement"] >= 0
    for column in ("grade", "source"):
        words = sources[column].reindex(table["statement"]).to_numpy(object)
        table[column] = np.where(known, words, "")
    table["per_percent"] = table["move"] / 100.0
    table["elasticity"] = table["move"] / objective if objective else np.nan
    if grade is not None:
        table = table[table["grade"] == grade]
    order = table["per_percent"].abs().sort_values(ascending=False, kind="stable")
    table = table.loc[order.index, COLUMNS].reset_index(drop=True)
    return table if top is None else table.head(top)


def _frame(moves: Moves) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": moves.table,
            "key": moves.key,
            "column": moves.column,
            "value": moves.value,
            "unit": moves.unit,
            "move": moves.move,
        }
    )


def _of_crowds(table: pd.DataFrame, placed: Gathered) -> pd.DataFrame:
    """Say which values stand for several workloads."""
    if not placed.gathers:
        return table
    first = placed.scenario.workloads.index
    key = table["key"].to_numpy(object).copy()
    rows = np.flatnonzero(table["table"].isin(OF_WORKLOADS))
    rows = rows[placed.size[positions(first, key[rows])] > 1]
    key[rows] = [placed.called(str(name)) for name in key[rows]]
    value = table["value"].to_numpy(float).copy()
    value[rows] = np.nan
    return table.assign(key=key, value=value)


def _together(table: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Add up the values that one statement is about; a value of its own stays."""
    own = np.where(table["statement"] >= 0, -1, np.arange(len(table)))
    keys = ["statement", "table", "column"]
    groups = table.assign(own=own).groupby([*keys, "own"], sort=False)
    result = groups.agg(
        key=("key", "first"),
        count=("key", "size"),
        value=("value", "first"),
        unit=("unit", "first"),
        move=("move", "sum"),
    ).reset_index()
    many = result["count"] > 1
    spoken = sources["key"].reindex(result["statement"]).to_numpy(object)
    result["key"] = np.where(many, spoken, result["key"])
    result.loc[many, "value"] = np.nan
    return result
