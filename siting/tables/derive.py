"""Fills what hangs on other tables or on the settings: periods, nodes, links."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from siting.tables.dictionary import TABLES
from siting.tables.shape import complete

Frames = dict[str, pd.DataFrame]


def completed(tables: Mapping[str, pd.DataFrame]) -> Frames:
    """Return every table with every column; missing tables have no rows."""
    return {
        name: complete(tables[name], table) if name in tables else nothing(name).copy()
        for name, table in TABLES.items()
    }


@cache
def nothing(name: str) -> pd.DataFrame:
    """Return a table without rows."""
    return complete(pd.DataFrame(index=range(0)), TABLES[name])


def single_period(hours: float) -> pd.DataFrame:
    """Return the table of one period ``year``."""
    return complete(pd.DataFrame({"id": ["year"], "hours": [hours]}), TABLES["periods"])


def link_ids(links: pd.DataFrame) -> "pd.Series[str]":
    """Return the ids of links; a blank one is made of source and target.

    Parallel links without an id are numbered from the second on: ``a-b``, ``a-b#2``.
    """
    blank = links["id"] == ""
    if not blank.any():
        return links["id"]
    made = links["source"] + "-" + links["target"]
    number = made[blank].groupby(made[blank]).cumcount() + 1
    suffix = ("#" + number.astype("str")).where(number > 1, "")
    ids = links["id"].copy()
    ids[blank] = made[blank] + suffix
    return ids


def link_delays(
    links: pd.DataFrame, propagation_ms_per_km: float, hop_ms: float
) -> "pd.Series[float]":
    """Return one-way delays; a blank one follows from the length."""
    modelled = links["length_km"] * propagation_ms_per_km + hop_ms
    return links["one_way_ms"].fillna(modelled)


def implied_nodes(hubs: pd.DataFrame, workloads: pd.DataFrame) -> pd.DataFrame:
    """Return the nodes that hubs and workloads name, with the place of their hub."""
    at_hubs = hubs.drop_duplicates("node")
    columns = ["province", "side", "latitude", "longitude"]
    known = pd.DataFrame({"id": at_hubs["node"], **{c: at_hubs[c] for c in columns}})
    origins = pd.Series(workloads["origin"].unique(), dtype="str")
    other = origins[~origins.isin(known["id"]) & (origins != "")]
    named = pd.concat([known, pd.DataFrame({"id": other})], ignore_index=True)
    for name in ("province", "side"):
        named[name] = named[name].fillna("").astype("str")
    return complete(named.astype({"id": "str"}), TABLES["nodes"])


def derive(
    frames: Frames,
    given: Mapping[str, pd.DataFrame],
    *,
    hours_per_year: float,
    propagation_ms_per_km: float,
    hop_ms: float,
) -> None:
    """Fill in place what the settings and other tables imply.

    Parameters
    ----------
    frames
        Completed tables.
    given
        The tables that were given.
    hours_per_year, propagation_ms_per_km, hop_ms
        From the settings.
    """
    if "periods" not in given:
        frames["periods"] = single_period(hours_per_year)
    if "nodes" not in given:
        frames["nodes"] = implied_nodes(frames["hubs"], frames["workloads"])
    links = frames["links"]
    links["id"] = link_ids(links)
    links["one_way_ms"] = link_delays(links, propagation_ms_per_km, hop_ms)
    links["one_way_ms"] = links["one_way_ms"].astype(np.float64)
