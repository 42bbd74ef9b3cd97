"""One part of the workloads: what is done by the worker that holds it.

A part is never changed but followed by the next one, so that what a lost worker held
can be made again, step by step, on another.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from siting.aggregate.atoms import atoms
from siting.aggregate.blend import Blend, Blends
from siting.aggregate.buckets import Alike, alike, small, today
from siting.aggregate.cut import cut
from siting.aggregate.expand import OF_WORKLOADS, Expansion
from siting.aggregate.oracle import Answer, Members, ask
from siting.aggregate.probes import Prices
from siting.errors import InputError, Problem, SolverFailed
from siting.language import language
from siting.lookup import first_of
from siting.model import extract
from siting.model.extract import Placed
from siting.model.instance import Instance
from siting.plan_files import SCENARIO, normalise, write_table
from siting.scenario import Scenario
from siting.solver import use_threads
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings
from siting.tables.read import read_file
from siting.tables.shape import typed
from siting.words import word

PLACED = ("placement", "schedule", "unserved")


@dataclass(frozen=True)
class Source:
    """Where a part is, and how it is to be read.

    Attributes
    ----------
    folder : Path
        The scenario's directory.
    file : Path
        The part's file.
    settings : dict
        Settings that go before those of the scenario.
    slices : int
        How finely its groups are cut into atoms.
    lang : str
        Language of what is told.
    changed_ns : int
        When the file was last changed.
    """

    folder: Path
    file: Path
    settings: dict[str, object]
    slices: int
    lang: str
    changed_ns: int


@dataclass(frozen=True, eq=False)
class Part:
    """Workloads of one part, in atoms."""

    source: Source
    instance: Instance
    groups: Alike
    atom: np.ndarray


@dataclass(frozen=True, eq=False)
class Rows:
    """Atoms as workloads.

    Attributes
    ----------
    workloads, current : DataFrame
    billed_rate : ndarray of shape (atoms,)
    """

    workloads: pd.DataFrame
    current: pd.DataFrame
    billed_rate: np.ndarray


@dataclass(frozen=True, eq=False)
class Asked:
    """What the workloads are asked.

    Attributes
    ----------
    cell : ndarray of int of shape (atoms,)
        Of the cells that are priced here.
    prices : Prices
    blends : dict of int to Blend
        Multipliers of what movable workloads reserve.
    """

    cell: np.ndarray
    prices: Prices
    blends: dict[int, Blend]


def outline(source: Source, named: frozenset[str]) -> pd.DataFrame | None:
    """Give one row for each class and origin, and those of workloads that are named.

    Nothing is judged yet; None where the file cannot be read as workloads.
    """
    table, findings = TABLES["workloads"], Findings()
    records = read_file(source.file, source.file.name, table, findings)
    if records is None:
        return None
    frame = typed(records, table, findings)
    if not {"id", "origin", "class"} <= set(frame.columns):
        return None
    first = ~frame.duplicated(["class", "origin"])
    return frame[first | frame["id"].isin(named)]


def load(source: Source, others: pd.DataFrame) -> Part | tuple[Problem, ...]:
    """Read and check a part; what is wrong with it comes back as problems.

    Raises
    ------
    SolverFailed
        If the file is not what it was: when a lost part is loaded anew.
    """
    use_threads(1)
    with language(source.lang):
        try:
            if source.file.stat().st_mtime_ns != source.changed_ns:
                text = "'{file}' has changed since the start"
                raise SolverFailed(word(text, file=source.file))
            scenario = Scenario.load_part(
                source.folder, source.file, others, **source.settings
            )
            instance = Instance(scenario)
        except InputError as error:
            return error.problems
    groups = alike(instance)
    return Part(
        source, instance, groups, atoms(groups, instance.mean_mw, source.slices)
    )


def is_part(found: Part | tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Give the problems of what was loaded."""
    return () if isinstance(found, Part) else found


def common(part: Part) -> Scenario:
    """Give all but the workloads."""
    return part.instance.scenario.without_workloads()


def rows(part: Part) -> Rows:
    """Make a workload of every atom."""
    found = small(part.instance, part.groups, part.atom)
    frame = found.scenario.workloads
    current = today(part.instance, part.atom, frame)
    return Rows(frame, current, found.billed_rate)


def hashes(part: Part, number: int, count: int) -> np.ndarray:
    """Give the hashes of the ids that fall to one of so many shares."""
    found = _hashes(part)
    return np.asarray(found[found % np.uint64(count) == number])


def named_like(part: Part, wanted: np.ndarray) -> pd.DataFrame:
    """Give file, row and id of the workloads with these hashes."""
    place = np.flatnonzero(np.isin(_hashes(part), wanted))
    ids = part.instance.scenario.workloads.index.to_numpy(object)[place]
    return pd.DataFrame({"id": ids, "row": place + 2, "file": _file(part.source)})


def _hashes(part: Part) -> np.ndarray:
    ids = part.instance.scenario.workloads["id"].to_numpy(object)
    return np.asarray(pd.util.hash_array(ids, categorize=False))


def _file(source: Source) -> str:
    return source.file.relative_to(source.folder).as_posix()


def value(part: Part, asked: Asked) -> np.ndarray:
    """Give the least cost of each atom's workloads, each where it is best."""
    return np.bincount(part.atom, _answer(part, asked).value)


def finer(part: Part, asked: Asked, loose: np.ndarray) -> Part:
    """Cut atoms (mask) by what their workloads would do."""
    answer = _answer(part, asked)
    members = loose[part.atom]
    atom = cut(part.instance, part.groups, part.atom, answer, members)
    return replace(part, atom=atom)


def parents(new: Part, old: Part) -> np.ndarray:
    """Give the atom that each new one was cut from."""
    return np.asarray(old.atom[first_of(new.atom)])


def _answer(part: Part, asked: Asked) -> Answer:
    use_threads(1)
    members = Members.of(asked.cell[part.atom], len(asked.prices.flat))
    return ask(part.instance, part.groups, members, asked.prices, asked.blends)


def kept(done: tuple[Placed, dict[str, pd.DataFrame]]) -> object:
    """Keep on a worker what others will ask it for."""
    return done


def write(
    part: Part,
    folder: Path,
    name: str,
    bucket_of: np.ndarray,
    asked: Asked,
    done: tuple[Placed, dict[str, pd.DataFrame]],
) -> str:
    """Write the part of a plan that is of single workloads.

    Parameters
    ----------
    part : Part
    folder : Path
        Of the plan.
    name : str
        Of the files.
    bucket_of : ndarray of shape (atoms,)
    asked : Asked
        What the workloads were asked last.
    done : tuple of Placed and dict of str to DataFrame
        What the buckets do, and their rows of :data:`OF_WORKLOADS`.

    Returns
    -------
    str
        Why it could not be written; nothing if it was.
    """
    (placed, tables), bucket = done, bucket_of[part.atom]
    whole = placed.instance.it_mw[bucket]
    own = part.instance.it_mw
    share = np.divide(own, whole, out=np.zeros(len(own)), where=whole > 0)
    blends = Blends(asked.cell[part.atom], asked.blends, part.groups.features)
    expansion = Expansion(part.instance, placed.instance, bucket, share, blends=blends)
    mine = expansion.placed(placed)
    frames = {
        "placement": extract.placement_table(mine),
        "schedule": extract.schedule_table(mine),
        "unserved": extract.unserved_table(mine),
    }
    for table in OF_WORKLOADS:
        frames[table] = expansion.members(table, tables[table])
    try:
        for table, frame in frames.items():
            tidy = normalise(table, frame)
            write_table(tidy, folder / f"{table}.parquet", name, ".parquet")
        stem = folder / SCENARIO / "workloads.parquet" / name
        part.instance.scenario.save_workloads(stem)
    except OSError as error:
        with language(part.source.lang):
            return word(
                "a worker cannot write in '{folder}' ({error})",
                folder=folder,
                error=error,
            )
    return ""
