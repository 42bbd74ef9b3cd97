"""The rounds over parts: solve over atoms at home, ask the workloads where they are."""

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from siting.aggregate.blend import Blend
from siting.aggregate.buckets import alike
from siting.aggregate.oracle import Answer, Members, ask
from siting.aggregate.probes import Prices
from siting.aggregate.run import Aggregation
from siting.errors import InputError, Problem, SolverFailed
from siting.model.build import Kept, Model
from siting.model.instance import Instance
from siting.model.outcome import Outcome
from siting.parts import part as at
from siting.scenario import Scenario
from siting.sweep.cluster import ANSWER_S, some_done
from siting.words import word

logger = logging.getLogger(__name__)

MOST_ROUNDS = 20
# What is proven of all workloads, relative to the objective.
WHOLE_GAP = 5e-7
IDLE = "no Dask worker has worked for {s:.0f} s"


@dataclass
class Crew:
    """Parts on the workers of a cluster, one future each.

    Dask makes what a lost worker held anew, from the part's file on.
    """

    distributed: Any
    client: Any
    parts: list[Any]

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Let a worker do something, some time."""
        with warnings.catch_warnings():
            # What is large must be in the graph: only from there is it made anew.
            warnings.simplefilter("ignore", UserWarning)
            return self.client.submit(work, *arguments, pure=False)

    def run(self, work: Callable[..., Any], jobs: list[tuple[Any, ...]]) -> list[Any]:
        """Let workers do something for each set of arguments, and fetch what they say.

        Raises
        ------
        SolverFailed
            If workers fail, or there are none left.
        """
        try:
            futures = [self.submit(work, *job) for job in jobs]
            left = set(futures)
            while left:
                left -= some_done(self.distributed, self.client, list(left), IDLE)
            for future in futures:
                error = future.exception(timeout=ANSWER_S)
                if error is not None:
                    text = "a Dask worker failed ({kind}: {error})"
                    message = word(text, kind=type(error).__name__, error=error)
                    raise SolverFailed(message)
            found: list[Any] = self.client.gather(futures)
        except (self.distributed.CancelledError, TimeoutError, OSError) as error:
            message = word("the Dask cluster was lost ({error})", error=error)
            raise SolverFailed(message) from error
        return found

    def each(self, work: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Let every part do something with the same arguments."""
        return self.run(work, [(part, *arguments) for part in self.parts])


def loaded(
    distributed: Any, client: Any, sources: list[at.Source], named: frozenset[str]
) -> Crew:
    """Load all parts, each on a worker.

    Raises
    ------
    InputError
        With every problem of every part.
    """
    crew = Crew(distributed, client, [])
    outlines = crew.run(at.outline, [(source, named) for source in sources])
    others = [
        [rows for other, rows in enumerate(outlines) if other != here]
        for here in range(len(sources))
    ]
    for source, rows in zip(sources, others, strict=True):
        known = [frame for frame in rows if frame is not None]
        joined = pd.concat(known, ignore_index=True) if known else pd.DataFrame()
        crew.parts.append(crew.submit(at.load, source, joined))
    problems = [found for part in crew.each(at.is_part) for found in part]
    if not problems:
        problems = _twice(crew)
    if problems:
        distinct: dict[tuple[Any, ...], Problem] = {}
        for one in problems:
            # Of common tables every part tells the same, but for names that are near.
            distinct.setdefault((one.file, one.row, one.column, one.message), one)
        raise InputError(distinct.values())
    return crew


def _twice(crew: Crew) -> list[Problem]:
    """Find ids that are in two parts, a share of them at a time."""
    problems = []
    count = len(crew.parts)
    for number in range(count):
        found = np.sort(np.concatenate(crew.each(at.hashes, number, count)))
        again = np.unique(found[1:][found[1:] == found[:-1]])
        if not len(again):
            continue
        rows = pd.concat(crew.each(at.named_like, again), ignore_index=True)
        first = rows.drop_duplicates("id").set_index("id")
        for row in rows[rows.duplicated("id")].itertuples():
            where = f"{first.loc[row.id, 'file']}:{first.loc[row.id, 'row']}"
            message = word(
                "'{words}' is there already, in line {line}", words=row.id, line=where
            )
            remedy = word(
                "Give each row its own {columns}, or delete one.", columns="id"
            )
            problems.append(Problem(str(row.file), int(row.row), "id", message, remedy))
    return problems


def joined(base: Scenario, rows: list[at.Rows]) -> Instance:
    """Make the instance in which every atom of every part is a workload."""
    workloads = pd.concat([part.workloads for part in rows])
    current = pd.concat([part.current for part in rows], ignore_index=True)
    scenario = replace(base, workloads=workloads, current=current.iloc[:0])
    instance = Instance(scenario)
    instance.scenario = replace(scenario, current=current)
    instance.billed_rate = np.concatenate([part.billed_rate for part in rows])
    return instance


@dataclass(eq=False)
class Spread(Aggregation):
    """Atoms of all parts, whose workloads are asked on a cluster.

    Attributes
    ----------
    crew : Crew
    ends : ndarray of int of shape (parts,)
        Where the atoms of each part end.
    asked : list of Asked
        What each part was asked last.
    """

    crew: Crew = field(kw_only=True)
    base: Scenario = field(kw_only=True)
    ends: np.ndarray = field(kw_only=True)
    asked: list[at.Asked] = field(default_factory=list, kw_only=True)

    def stage(
        self, weights: dict[str, float], kept: tuple[Kept, ...]
    ) -> tuple[Model, Outcome, float]:
        """Refine buckets and atoms until one stage is proven for all workloads."""
        for turn in range(MOST_ROUNDS):
            model, outcome, _ = super().stage(weights, kept)
            cells = self.cells()
            prober = self.prober(cells, weights, kept)
            prices = self.prices(prober, model, outcome)
            blends = self.blends.of_cell if self.blends else {}
            self.asked = [_asked(cell, prices, blends) for cell in self.split(cells)]
            jobs = list(zip(self.crew.parts, self.asked, strict=True))
            value = np.concatenate(self.crew.run(at.value, jobs))
            nothing = np.zeros(len(value))
            answer = Answer(value, nothing.astype(int), nothing)
            bound, _ = self.bound(model, outcome, answer)
            size = max(1.0, abs(outcome.objective))
            gap = (outcome.objective - bound) / size
            logger.info("parts, round %d: %d atoms, gap %.2e", turn, len(value), gap)
            members = Members.of(cells, len(prober.members))
            alone = ask(self.instance, self.groups, members, prices, blends).value
            loose = alone - value > self.target * size / (2 * len(value))
            if gap <= WHOLE_GAP or not loose.any() or turn == MOST_ROUNDS - 1:
                break
            self.cut(jobs, loose)
        return model, outcome, bound

    def loosened(self, bucket: np.ndarray) -> Self:
        """Give the same, with a crew of its own, where demand may go unserved."""
        return replace(super().loosened(bucket), crew=replace(self.crew))

    def follow(self, other: Aggregation, bucket: np.ndarray) -> None:
        """Go on from the atoms of another one as they are, or as they were for it."""
        if isinstance(other, Spread) and len(bucket) == len(other.bucket):
            self.crew, self.ends = other.crew, other.ends
            self.instance, self.groups = other.instance, other.groups
        super().follow(other, bucket)

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        """Split values of atoms by part."""
        return np.split(values, self.ends[:-1])

    def cut(self, jobs: list[tuple[Any, at.Asked]], loose: np.ndarray) -> None:
        """Cut atoms on the workers, and take the new ones for the old."""
        crew, old = self.crew, self.crew.parts
        crew.parts = [
            crew.submit(at.finer, *job, mask)
            for job, mask in zip(jobs, self.split(loose), strict=True)
        ]
        above = crew.run(at.parents, list(zip(crew.parts, old, strict=True)))
        begin = np.concatenate([[0], self.ends[:-1]])
        parent = np.concatenate([a + b for a, b in zip(above, begin, strict=True)])
        self.bucket = self.bucket[parent]
        self.ends = np.cumsum([len(part) for part in above])
        self.instance = joined(self.base, crew.each(at.rows))
        self.groups = alike(self.instance)


def _asked(cell: np.ndarray, prices: Prices, blends: dict[int, Blend]) -> at.Asked:
    """Take the cells of one part out of all."""
    used, own = np.unique(cell, return_inverse=True)

    def some(of_cell: dict[int, Any]) -> dict[int, Any]:
        places = enumerate(used.tolist())
        return {here: of_cell[there] for here, there in places if there in of_cell}

    here = Prices(
        prices.flat[used],
        some(prices.timed),
        some(prices.reserved),
        prices.unserved[used],
    )
    return at.Asked(own, here, some(blends))
