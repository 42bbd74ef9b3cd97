"""Stages applied to a placement, step by step."""

import pandas as pd

from siting.compare.rows import rows_of
from siting.compare.stages import Stages
from siting.plan import Plan
from siting.words import word

TOLERANCE = 1e-8


class WrongStepError(ValueError):
    """A step that does not follow from the placement it is applied to."""


def replay(a: Plan, stages: Stages) -> pd.DataFrame:
    """Apply stages to a plan's placement.

    Parameters
    ----------
    a : Plan
        The old plan.
    stages : Stages

    Returns
    -------
    DataFrame
        ``workload``, ``hub``, ``share`` (above 0), sorted. Workloads that the new
        scenario does not have are not in it unless no step was made.

    Raises
    ------
    WrongStepError
        If a step takes more than there is, or leaves other shares than it says.
    """
    share = {
        (str(row["workload"]), str(row["hub"])): float(row["share"])
        for row in rows_of(a.placement[["workload", "hub", "share"]])
    }
    for step in rows_of(stages.table):
        same = step["from_hub"] == step["to_hub"]
        for hub, sign, after in (
            (step["from_hub"], -1.0, step["from_share_after"]),
            (step["to_hub"], 1.0, step["to_share_after"]),
        ):
            if not hub:
                continue
            key = (str(step["workload"]), str(hub))
            due = share.get(key, 0.0) + (0.0 if same else sign * step["share"])
            if abs(due - after) > TOLERANCE or after < 0:
                message = word(
                    "stage {stage}: {workload} would have {due:.12g} at {hub}, not "
                    "{after:.12g}",
                    stage=step["stage"],
                    workload=key[0],
                    due=due,
                    hub=key[1],
                    after=after,
                )
                raise WrongStepError(message)
            share[key] = float(after)
    ended = set(a.placement["workload"]) - stages.workloads
    rows = sorted(
        (w, h, part) for (w, h), part in share.items() if part > 0 and w not in ended
    )
    return pd.DataFrame(rows, columns=["workload", "hub", "share"])
