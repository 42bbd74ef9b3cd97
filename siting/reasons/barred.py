"""Why a hub is out of the question for a workload, whatever it costs."""

import numpy as np

from siting.model.instance import Instance

REASONS = ("", "closed", "serves", "region", "latency")


def barred(instance: Instance) -> np.ndarray:
    """Give the first reason that bars each workload from each hub.

    Parameters
    ----------
    instance : Instance

    Returns
    -------
    ndarray of object, of shape (workloads, hubs)
        ``closed``, ``serves`` (the hub serves other origins), ``region`` (the workload
        may not go there), ``latency`` (no path, or none within the limit); "" where it
        may run.
    """
    scenario = instance.scenario
    hubs, workloads = scenario.hubs, scenario.workloads
    closed = ~hubs["open"].to_numpy(bool)
    closed |= hubs.index.isin(scenario.policy.closed_hubs)
    serves = np.array(
        [
            [not only or origin in only for only in hubs["serves"]]
            for origin in instance.reach.origins
        ]
    ).reshape(-1, len(hubs))[instance.origin]
    allowed = np.ones((len(workloads), len(hubs)), dtype=bool)
    for column, known in (
        ("allowed_hubs", hubs["id"]),
        ("allowed_sides", hubs["side"]),
        ("allowed_provinces", hubs["province"]),
        ("excluded_hubs", hubs["id"]),
    ):
        words = workloads[column].to_numpy(object)
        for row in np.flatnonzero([len(word) > 0 for word in words]).tolist():
            named = known.isin(list(words[row])).to_numpy()
            allowed[row] &= ~named if column == "excluded_hubs" else named
    may = np.zeros(allowed.shape, dtype=bool)
    may[instance.pair_workload, instance.pair_hub] = True
    number = np.select(
        [may, np.broadcast_to(closed, may.shape), ~serves, ~allowed], [0, 1, 2, 3], 4
    )
    return np.asarray(np.array(REASONS, dtype=object)[number])
