"""The moves in weeks: what moves when, and what every week takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.compare.ground import SAME_SHARE, Ground
from siting.compare.loads import Loads
from siting.compare.moves import HOURS_PER_WEEK
from siting.compare.rows import rows_of
from siting.compare.schedule import Run, Step, Week
from siting.compare.tasks import Work
from siting.errors import InputError, Problem, suggestion
from siting.units import GB_PER_GBPS_HOUR
from siting.words import word

STEP_COLUMNS = [
    "stage",
    "kind",
    "workload",
    "from_hub",
    "to_hub",
    "part",
    "share",
    "it_mw",
    "reserved_mw",
    "dataset_tb",
    "transfer_cny",
    "from_share_after",
    "to_share_after",
    "nodes",
    "links",
]
MOST_TRIES = 1000

Needs = dict[tuple[str, int], float]


@dataclass(frozen=True, eq=False)
class Stages:
    """Moves in stages of a week each.

    Attributes
    ----------
    table : DataFrame
        Every step; see ``docs/compare.md``.
    hubs : DataFrame
        Room by stage and hub: at its start, with what arrives, and the limit.
    links : DataFrame
        Rows of bandwidth that data cross in a stage: running, moving, limit.
    complete : bool
        Whether the new placement is reached.
    needed : DataFrame
        Temporary room (MW) or bandwidth (Gbps) that would let all moves go through;
        empty if the stages are complete, or only too many.
    hours_per_week, link_share : float
        As asked for.
    spare_mw, spare_gbps : dict
        As asked for.
    workloads : frozenset of str
        Those of the new scenario; others have ended.
    """

    table: pd.DataFrame
    hubs: pd.DataFrame
    links: pd.DataFrame
    complete: bool
    needed: pd.DataFrame
    hours_per_week: float
    link_share: float
    spare_mw: dict[str, float]
    spare_gbps: dict[str, float]
    workloads: frozenset[str]

    @property
    def count(self) -> int:
        """Number of stages."""
        return int(self.hubs["stage"].max()) if len(self.hubs) else 0

    def __str__(self) -> str:
        """Say how many weeks it takes, or what is missing."""
        moves = self.table[self.table["share"] > 0]
        parked = moves.loc[moves["kind"] == "park", "reserved_mw"].sum()
        head = word(
            "{count} stage{plural} of {hours:g} hours: {mw:,.1f} MW of room and "
            "{tb:,.1f} TB in {steps} steps; moving the data costs {cny:,.0f} CNY",
            count=self.count,
            plural="s" * (self.count != 1),
            hours=self.hours_per_week,
            mw=moves["reserved_mw"].sum(),
            tb=moves["dataset_tb"].sum(),
            steps=len(moves),
            cny=moves["transfer_cny"].sum(),
        )
        if parked:
            head += word("; {mw:,.1f} MW go by way of a hub with spare room", mw=parked)
        if self.complete:
            end = ". The new placement is reached; no stage breaks a limit."
            return head + word(end)
        lines = [head + word(". The new placement is not reached.")]
        if self.needed.empty:
            lines.append(word("There are more stages than were allowed."))
        for row in rows_of(self.needed):
            text = "It needs {amount:,.6g} Gbps of bandwidth on {name}."
            if row["unit"] == "MW":
                text = "It needs {amount:,.6g} MW of temporary room at {name}."
            lines.append(word(text, amount=row["amount"], name=row["name"]))
        return "\n".join(lines)


def make_stages(
    ground: Ground,
    loads: Loads,
    work: Work,
    *,
    link_share: float = 1.0,
    hours_per_week: float = 168.0,
    spare_mw: Mapping[str, float] | float = 0.0,
    spare_gbps: Mapping[str, float] | None = None,
    most_weeks: int = 520,
) -> Stages:
    """Put the pieces of work into stages.

    Parameters
    ----------
    ground, loads, work
        What is moved, and on what.
    link_share : float
        Part of the bandwidth left that moving data may take.
    hours_per_week : float
    spare_mw : mapping of hub to MW, or MW at every hub
        Temporary room.
    spare_gbps : mapping of link to Gbps, optional
        Temporary bandwidth, in every direction.
    most_weeks : int
    """
    if not 0 < link_share <= 1 or not 0 < hours_per_week <= HOURS_PER_WEEK:
        message = word(
            "link share {link_share:g} or hours a week {hours_per_week:g} is wrong",
            link_share=link_share,
            hours_per_week=hours_per_week,
        )
        remedy = "Give a share above 0 and up to 1, and above 0 and up to 168 hours."
        raise InputError([Problem("stages", None, None, message, remedy)])
    hubs = ground.hubs
    rooms = (
        dict(spare_mw)
        if isinstance(spare_mw, Mapping)
        else dict.fromkeys(hubs, float(spare_mw))
        if spare_mw
        else {}
    )
    rows = _rows(loads)
    bands = dict(spare_gbps or {})
    for given, known, what in ((rooms, hubs, "hubs"), (bands, rows, "links")):
        unknown = [name for name in given if name not in known]
        if unknown:
            remedy = suggestion(unknown[0], [str(name) for name in known], what)
            message = word(
                "unknown name '{unknown}' in the spare {what}",
                unknown=unknown[0],
                what=word(what),
            )
            raise InputError([Problem("stages", None, None, message, remedy)])

    def start(more: Needs) -> Run:
        places = hubs.get_indexer(pd.Index(list(rooms), dtype=object)).tolist()
        mw = dict(zip(places, rooms.values(), strict=True))
        gbps = {row: v for name, v in bands.items() for row in rows[name]}
        for (kind, place), amount in more.items():
            target = mw if kind == "room" else gbps
            target[place] = target.get(place, 0.0) + amount
        return Run.of(
            ground,
            loads,
            work,
            link_share=link_share,
            hours=hours_per_week,
            spare_mw=mw,
            spare_gbps=gbps,
        )

    run = start({})
    complete = run.run(most_weeks)
    steps, weeks = list(run.steps), list(run.weeks)
    needed: Needs = {}
    if not complete and len(weeks) < most_weeks:
        limits = run.limit_mw.copy(), run.limit_gbps.copy()
        needed = _needed(run, start, most_weeks)
        run.limit_mw, run.limit_gbps = limits
    return Stages(
        _table(ground, steps),
        _hubs_table(ground, run, weeks),
        _links_table(loads, run, weeks, link_share, hours_per_week),
        complete,
        _needed_table(ground, loads, needed),
        hours_per_week,
        link_share,
        rooms,
        bands,
        frozenset(map(str, ground.workloads)),
    )


def _rows(loads: Loads) -> dict[str, list[int]]:
    """Rows of bandwidth by the name that a planner gives."""
    found: dict[str, list[int]] = {}
    for row in range(len(loads.limit_gbps)):
        kind, subject, _ = loads.name(row)
        name = subject if kind == "link" else f"{kind} {subject}"
        found.setdefault(name, []).append(row)
    return found


def _needed(run: Run, start: Callable[[Needs], Run], most_weeks: int) -> Needs:
    """Find temporary room or bandwidth with which the stages come to their end."""
    needs: Needs = {}
    for _ in range(MOST_TRIES):
        lack = run.missing()
        if lack is None:
            return needs
        kind, place, amount = lack
        needs[kind, place] = needs.get((kind, place), 0.0) + amount * (1.0 + 1e-9)
        limits = run.limit_mw if kind == "room" else run.limit_gbps
        limits[place] += amount * (1.0 + 1e-9)
        if run.run(len(run.weeks) + most_weeks):
            break
    # Given from the start it may be used in another way, and need a little more.
    again = start(needs)
    if again.run(most_weeks) or len(again.weeks) >= most_weeks:
        return needs
    for _ in range(MOST_TRIES):
        lack = again.missing()
        if lack is None:
            break
        kind, place, amount = lack
        needs[kind, place] = needs.get((kind, place), 0.0) + amount * (1.0 + 1e-9)
        again = start(needs)
        if again.run(most_weeks) or len(again.weeks) >= most_weeks:
            break
    return needs


def _needed_table(ground: Ground, loads: Loads, needs: Needs) -> pd.DataFrame:
    rows = []
    for (kind, place), amount in sorted(needs.items()):
        if kind == "room":
            rows.append(("room", str(ground.hubs[place]), "MW", amount))
        else:
            what, subject, _ = loads.name(place)
            name = subject if what == "link" else f"{what} {subject}"
            rows.append((what, name, "Gbps", amount))
    table = pd.DataFrame(rows, columns=["kind", "name", "unit", "amount"])
    largest = table.groupby(["kind", "name", "unit"], as_index=False)[["amount"]].max()
    return pd.DataFrame(largest)


def _table(ground: Ground, steps: list[Step]) -> pd.DataFrame:
    """Every step with the shares it leaves behind; these end at the new plan's."""
    names = ground.workloads
    share: dict[tuple[int, str], float] = {}
    goal: dict[tuple[int, str], float] = {}
    for plan, held in ((ground.old, share), (ground.new, goal)):
        pairs = ground.pairs(plan)
        for w, name, part in zip(
            pairs.workload, pairs.hub_name, pairs.share, strict=True
        ):
            held[int(w), str(name)] = float(part)
    rows: list[tuple[object, ...]] = []
    instance = ground.instance

    def after(w: int, name: str, change: float) -> float:
        if not name:
            return float("nan")
        value = share.get((w, name), 0.0) + change
        wanted = goal.get((w, name), 0.0)
        share[w, name] = wanted if abs(value - wanted) <= SAME_SHARE else value
        return share[w, name]

    for step in steps:
        w = step.task.workload
        for leg in step.task.legs:
            moved = leg.share * step.part
            same = leg.source_name == leg.target_name
            left = after(w, leg.source_name, 0.0 if same else -moved)
            came = after(w, leg.target_name, 0.0 if same else moved)
            rows.append(
                (
                    *(step.stage, leg.kind, names[w], leg.source_name, leg.target_name),
                    *(step.part, moved, moved * instance.mean_mw[w]),
                    *(moved * instance.peak_mw[w], leg.gb * step.part / 1000.0),
                    *(leg.gb * step.part * leg.cny_per_gb, left, came),
                    *(leg.nodes, leg.links),
                )
            )
    last = steps[-1].stage if steps else 1
    for key in sorted({*share, *goal}):
        wanted, now = goal.get(key, 0.0), share.get(key, 0.0)
        if now != wanted and abs(now - wanted) <= SAME_SHARE:
            left = after(key[0], key[1], wanted - now)
            row = (last, "rounding", names[key[0]], key[1], key[1], 1.0)
            rows.append((*row, 0.0, 0.0, 0.0, 0.0, 0.0, left, left, "", ""))
    return pd.DataFrame(rows, columns=STEP_COLUMNS)


def _hubs_table(ground: Ground, run: Run, weeks: list[Week]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "stage": week.stage,
                "hub": ground.hubs.to_numpy(object),
                "before_mw": week.room_before.max(axis=1, initial=0.0),
                "peak_mw": week.room_peak.max(axis=1, initial=0.0),
                "limit_mw": run.limit_mw,
            }
        )
        for week in weeks
    ]
    columns = ["stage", "hub", "before_mw", "peak_mw", "limit_mw"]
    return pd.concat(frames, ignore_index=True) if frames else _empty(columns)


def _links_table(
    loads: Loads, run: Run, weeks: list[Week], link_share: float, hours: float
) -> pd.DataFrame:
    columns = [
        "stage",
        "kind",
        "subject",
        "direction",
        "running_gbps",
        "moving_gbps",
        "limit_gbps",
        "moved_tb",
    ]
    rows = []
    for week in weeks:
        for row in np.flatnonzero(week.moving > 0).tolist():
            rate = float(week.moving[row]) * link_share
            running = float(week.running[row].max(initial=0.0))
            moved_tb = rate * hours * GB_PER_GBPS_HOUR / 1000.0
            limit = float(run.limit_gbps[row])
            rows.append((week.stage, *loads.name(row), running, rate, limit, moved_tb))
    return pd.DataFrame(rows, columns=columns) if rows else _empty(columns)


def _empty(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in columns})
