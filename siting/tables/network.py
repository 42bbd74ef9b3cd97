"""Checks of hubs, nodes and links: coordinates, loops, and what is cut off."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from siting.errors import nearest, quoted
from siting.tables.world import World
from siting.words import word


def check_network(world: World) -> None:
    """Report half coordinates, loops, nodes cut off, and limits without an RTT."""
    for name in ("hubs", "nodes"):
        if name in world.given and world.sound(name):
            _check_coordinates(world, name)
    if "links" in world.given and world.sound("links"):
        links = world.frames["links"]
        world.rows(
            "links",
            (links["source"] == links["target"]) & (links["source"] != ""),
            "target",
            lambda row: (
                word("the link joins node '{source}' to itself", source=row["source"]),
                "Give another node, or delete the row.",
            ),
        )
    if not world.sound("links", "hubs", "workloads", "nodes"):
        return
    if len(world.frames["links"]):
        _check_connection(world)
    elif world.sound("rtt"):
        _check_latency(world)


def _check_coordinates(world: World, name: str) -> None:
    frame = world.frames[name]
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        bad = frame[one].isna() & frame[other].notna() & ~world.faults(name, one)
        message = word("'{{id}}' has a {other} but no {one}", other=other, one=one)
        world.cells(name, bad, one, message, "Give both or none.")


def _check_connection(world: World) -> None:
    """Report hubs no origin can reach, and origins that reach no hub."""
    links, nodes = world.frames["links"], world.frames["nodes"]
    hubs, workloads = world.frames["hubs"], world.frames["workloads"]
    parts = _parts(nodes["id"], links["source"], links["target"])
    sites, origins = set(hubs["node"].unique()), set(workloads["origin"].unique())
    lone_hub, lone_origin = (
        column.isin({n for p in parts if len(p) == 1 or not p & met for n in p})
        for column, met in ((hubs["node"], origins), (workloads["origin"], sites))
    )
    world.rows(
        "hubs",
        lone_hub,
        "node",
        lambda row: (
            word(
                "hub '{id}' is cut off: no link leads from its node '{node}' "
                "to any origin",
                id=row["id"],
                node=row["node"],
            ),
            "Add the missing links (of capacity 0 if there are none), or give another "
            "node.",
        ),
    )
    world.rows(
        "workloads",
        lone_origin,
        "origin",
        lambda row: (
            word(
                "workload '{id}' is cut off: no link leads from its origin "
                "'{origin}' to any hub",
                id=row["id"],
                origin=row["origin"],
            ),
            _near(world, row["origin"])
            + word(
                "Add the missing links (of capacity 0 if there are none), or give "
                "another origin."
            ),
        ),
    )
    islands = [p for p in parts if len(p) > 1 and p & sites and p & origins]
    if len(islands) > 1:
        _warn_islands(world, islands)


def _near(world: World, origin: str) -> str:
    """Ask whether a place that the hubs and links know was meant by an origin."""
    ends = (world.frames["links"][end] for end in ("source", "target"))
    known = pd.concat([world.frames["hubs"]["node"], *ends])
    match = nearest(origin, known[known != origin])
    return word("Did you mean '{match}'?", match=match) + " " if match else ""


def _parts(nodes: Iterable[str], *ends: Iterable[str]) -> list[set[str]]:
    """Return the sets of nodes that links join."""
    parts = {node: {node} for node in nodes}
    for one, other in zip(*ends, strict=True):
        part, far = (parts.setdefault(node, {node}) for node in (one, other))
        if part is not far:
            part |= far
            parts |= dict.fromkeys(far, part)
    return list({id(part): part for part in parts.values()}.values())


def _warn_islands(world: World, islands: list[set[str]]) -> None:
    mainland = max(islands, key=len)
    for island in islands:
        if island is not mainland:
            world.findings.warn(
                world.origins["links"].file,
                word(
                    "{island} have hubs and origins, but no link to the rest of "
                    "the backbone",
                    island=quoted(sorted(island), most=4),
                ),
                "Add the missing links, if there are any.",
            )


def warn_without_length(world: World, metro_km: float, basis: str) -> None:
    """Say that links without a length make moving data free, where lengths count.

    Parameters
    ----------
    world
        Completed tables and their origins.
    metro_km
        Paths no longer than this are local.
    basis
        Transfer basis that is chosen.
    """
    given = world.given.get("links")
    if given is None or given.empty or "length_km" in given.columns:
        return
    prices = world.frames["transfer_prices"]
    chosen = prices.loc[prices["basis"] == basis, "link_cny_per_gbps_km_year"]
    if metro_km > 0:
        message = word(
            "links have no length: every path is local, within metro_km = {km:g}, and "
            "moving data costs nothing",
            km=metro_km,
        )
        remedy = "Give length_km, or set metro_km to 0."
    elif (chosen > 0).any():
        message = word(
            "links have no length: the price by km of '{basis}' counts for nothing",
            basis=basis,
        )
        remedy = "Give length_km."
    else:
        return
    world.findings.warn(
        world.origins["links"].file, message, remedy, column="length_km"
    )


def _check_latency(world: World) -> None:
    """Report latency limits where, without links, no RTT can be known."""
    workloads, hubs = world.frames["workloads"], world.frames["hubs"]
    limited = np.isfinite(workloads["rtt_limit_ms"])
    if not limited.any():
        return
    known = _origins_with_rtt(world, hubs)
    world.rows(
        "workloads",
        limited & ~workloads["origin"].isin(known) & (workloads["origin"] != ""),
        "rtt_limit_ms",
        lambda row: (
            word(
                "workload '{id}' has a limit, but no RTT from its origin "
                "'{origin}' to any hub can be known: there are no links, no "
                "row of rtt and no coordinates",
                id=row["id"],
                origin=row["origin"],
            ),
            _near(world, row["origin"])
            + word(
                "Give links, rows of rtt, or coordinates of the origin and the hubs."
            ),
        ),
    )


def _origins_with_rtt(world: World, hubs: pd.DataFrame) -> set[str]:
    nodes = world.frames["nodes"]
    placed = set(nodes.loc[nodes["latitude"].notna(), "id"])
    hub_placed = hubs["latitude"].notna().any() or hubs["node"].isin(placed).any()
    known = set(world.frames["rtt"]["origin"]) | set(hubs["node"])
    return known | placed if hub_placed else known
