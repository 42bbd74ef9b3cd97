"""A scenario of any size whose linear programme every peer can express.

The backbone is a tree, so that each origin has one path to each hub: what others write
down by hand is then the whole programme, and all optima are comparable. Loads follow
laws of heavy tails, every workload has a data rate of its own, uplinks of the regions
and the carbon cap bind.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

ORIGINS = 31
REGIONS = 6
DEMAND_MW = 3000.0
YEAR_HOURS = 8760.0
ROOM_OVER_DEMAND = 1.35
# Room of one's own holds peaks that do not coincide.
OWN_ROOM_OVER_POOLED = 1.5
UPLINK_OF_TRAFFIC = 0.055
CARBON_OF_MEAN = 0.96
# Class, share of the workloads, limit of the RTT, typical Gbps per MW.
CLASSES = (
    ("training", 0.15, np.inf, 0.05),
    ("batch", 0.25, np.inf, 0.2),
    ("backup", 0.15, np.inf, 1.0),
    ("interactive", 0.30, 45.0, 0.4),
    ("realtime", 0.15, 30.0, 0.6),
)
BATCH_ROWS = 1_000_000


@dataclass(frozen=True)
class Size:
    """How large a case is.

    Attributes
    ----------
    workloads, hubs, periods : int
    manner : str
        ``movable``, ``pinned`` (each class with its own profile), ``mixed`` (the
        classes run in all three manners), ``bursting`` (training may burst, the
        others are pinned, and everything has room of its own) or ``owned`` (movable,
        and everything has room of its own).
    links : int
        Links beyond those of the tree, which give a choice of paths: only siting can
        express these, and workloads that are mixed, bursting or owned.
    draw : int
        Which of the cases of that size: the same draw gives the same one.
    """

    workloads: int
    hubs: int = 10
    periods: int = 1
    manner: str = "movable"
    links: int = 0
    draw: int = 1

    def __str__(self) -> str:
        manner = "" if self.manner == "movable" else f"-{self.manner}"
        links = f"-e{self.links}" if self.links else ""
        draw = f"-d{self.draw}" if self.draw > 1 else ""
        return f"w{self.workloads}-h{self.hubs}-t{self.periods}{links}{manner}{draw}"


def tables(size: Size) -> dict[str, object]:
    """Draw a case."""
    draw = np.random.default_rng([size.draw, size.hubs, size.periods])
    hub_ids = [f"hub{h:03d}" for h in range(size.hubs)]
    region_of_hub = np.arange(size.hubs) % REGIONS
    west = region_of_hub >= REGIONS // 2
    room = draw.uniform(0.5, 1.5, size.hubs) * np.where(west, 1.4, 1.0)
    owned = size.manner in ("bursting", "owned")
    over = ROOM_OVER_DEMAND * (OWN_ROOM_OVER_POOLED if owned else 1.0)
    room *= over * DEMAND_MW / room.sum()
    hubs = pd.DataFrame(
        {
            "id": hub_ids,
            "side": np.where(west, "west", "east"),
            "it_capacity_mw": room,
            "pue": draw.uniform(1.15, 1.5, size.hubs),
            "grid": hub_ids,
        }
    )
    factor = draw.uniform(300.0, 800.0, size.hubs)
    carbon = pd.DataFrame({"grid": hub_ids, "location_kg_per_mwh": factor})
    workloads = _workloads(size)
    mean = float((factor * hubs["pue"] * room).sum() / room.sum())
    cap_t = CARBON_OF_MEAN * mean * DEMAND_MW * YEAR_HOURS / 1000.0
    settings = {"name": str(size), "tie_break": "none"}
    found: dict[str, object] = {
        "hubs": hubs,
        "workloads": workloads,
        "carbon_factors": carbon,
        "policy": {"carbon_cap_t": cap_t},
        "settings": settings,
    }
    price = np.where(west, 330.0, 560.0) * draw.uniform(0.85, 1.15, size.hubs)
    hours = np.arange(size.periods)
    wave = 1 + 0.35 * np.sin(2 * np.pi * (hours[None, :] % 24) / 24 + draw.uniform())
    wave = wave * draw.uniform(0.9, 1.1, (size.hubs, size.periods))
    periods = [f"p{t:03d}" for t in range(size.periods)]
    found["tariffs"] = pd.DataFrame(
        {
            "hub": np.repeat(hub_ids, size.periods),
            "period": np.tile(periods, size.hubs),
            "price_cny_per_mwh": (price[:, None] * wave).ravel(),
        }
    )
    found["periods"] = pd.DataFrame(
        {"id": periods, "hours": YEAR_HOURS / size.periods}
        | {"day": [f"d{t // 24}" for t in hours]}
    )
    names = [name for name, *_ in CLASSES]
    shape = 1 + 0.4 * np.sin(
        2 * np.pi * (hours[None, :] / 24 + np.arange(len(names))[:, None] / 5)
    )
    shape /= shape.mean(axis=1, keepdims=True)
    found["profiles"] = pd.DataFrame(
        {
            "profile": np.repeat(names, size.periods),
            "period": np.tile(periods, len(names)),
            "factor": shape.ravel() if size.periods > 1 else 1.0,
        }
    )
    if size.periods > 1 and not owned:
        settings["room"] = "pooled"
    traffic = float(workloads["it_mw"] @ workloads["to_hub_gbps_per_mw"])
    found |= _backbone(size, draw, hub_ids, region_of_hub, traffic)
    return found


def _workloads(size: Size) -> pd.DataFrame:
    draw = np.random.default_rng([size.draw, size.workloads])
    share = np.array([part for _, part, *_ in CLASSES])
    kind = draw.choice(len(CLASSES), size.workloads, p=share)
    it_mw = draw.lognormal(0.0, 1.2, size.workloads)
    limit = np.array([limit for *_, limit, _ in CLASSES])
    typical = np.array([rate for *_, rate in CLASSES])
    names = np.array([name for name, *_ in CLASSES], dtype=object)
    cities = np.array([f"city{o:02d}" for o in range(ORIGINS)], dtype=object)
    # In one period there is nowhere to move to.
    same = "movable" if size.manner == "owned" else size.manner
    same = "pinned" if size.periods == 1 else same
    manner = np.full(len(CLASSES), same, object)
    profile = names.copy()
    bursts = size.manner in ("mixed", "bursting")
    if bursts:
        other = "movable" if size.manner == "mixed" else "pinned"
        manner[:] = ["deferrable", other, "pinned", other, "pinned"]
        profile[manner == "deferrable"] = ""
    frame = pd.DataFrame(
        {
            "id": np.char.add("w", np.arange(size.workloads).astype("U8")),
            "class": names[kind],
            "origin": cities[draw.integers(0, ORIGINS, len(kind))],
            "manner": manner[kind],
            "profile": profile[kind],
            "it_mw": it_mw * DEMAND_MW / it_mw.sum(),
            "rtt_limit_ms": limit[kind],
            "to_hub_gbps_per_mw": typical[kind] * draw.lognormal(0.0, 0.7, len(kind)),
        }
    )
    if bursts:
        frame["burst"] = np.where(frame["manner"] == "deferrable", 2.0, 1.0)
        frame["window"] = np.where(frame["manner"] == "deferrable", "day", "year")
    return frame


def _backbone(
    size: Size,
    draw: np.random.Generator,
    hub_ids: list[str],
    region_of_hub: np.ndarray,
    traffic_gbps: float,
) -> dict[str, pd.DataFrame]:
    """Cities and hubs hang on regions, regions on one exchange."""
    cities = [f"city{o:02d}" for o in range(ORIGINS)]
    regions = [f"region{r}" for r in range(REGIONS)]
    uplink = [(name, "exchange") for name in regions]
    access = [(name, regions[o % REGIONS]) for o, name in enumerate(cities)]
    access += [
        (name, regions[r]) for name, r in zip(hub_ids, region_of_hub, strict=True)
    ]
    far = draw.uniform(400.0, 1500.0, REGIONS)
    near = draw.uniform(50.0, 400.0, len(access))
    links = pd.DataFrame([*uplink, *access], columns=["source", "target"])
    links["id"] = [f"link{e:03d}" for e in range(len(links))]
    links["length_km"] = np.concatenate([far, near])
    room = UPLINK_OF_TRAFFIC * traffic_gbps * draw.uniform(0.9, 1.3, REGIONS)
    links["capacity_gbps"] = np.concatenate([room, np.full(len(access), np.inf)])
    if size.links:
        cross = [draw.choice(cities, 2, replace=False) for _ in range(size.links)]
        more = pd.DataFrame(cross, columns=["source", "target"])
        more["id"] = [f"cross{e:04d}" for e in range(size.links)]
        more["length_km"] = draw.uniform(100.0, 1500.0, size.links)
        more["capacity_gbps"] = traffic_gbps * 0.2 / size.links
        links = pd.concat([links, more], ignore_index=True)
    links["toll_cny_per_gbps_year"] = 150.0 * links["length_km"]
    nodes = pd.DataFrame({"id": [*regions, "exchange", *cities, *hub_ids]})
    return {"links": links, "nodes": nodes}


def write(size: Size, folder: "Path") -> "Path":
    """Write a case as a scenario, its workloads as one Parquet file."""
    import siting

    found = tables(size)
    workloads = found.pop("workloads")
    assert isinstance(workloads, pd.DataFrame)
    few = workloads.groupby(["class", "origin"], as_index=False).head(1)
    siting.Scenario.from_tables(**found, workloads=few).save(folder, overwrite=True)
    (folder / "workloads.csv").unlink()
    workloads.to_parquet(folder / "workloads.parquet", row_group_size=BATCH_ROWS)
    return folder
