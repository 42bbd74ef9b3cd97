"""Traffic between users and hubs, gathered where it shares its admissible paths."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from siting.backbone import Path
from siting.lookup import first_of, number, repeated
from siting.model.instance import FLAT, Instance
from siting.model.known import Known

# What commodities that differ in their origin alone have in common: RTT limit,
# whether to the hub, and profile.
Kind = tuple[float, bool, int]


@dataclass(frozen=True)
class Commodity:
    """Traffic that shares its admissible paths.

    Attributes
    ----------
    origin : int
        Position among the origins.
    rtt_limit_ms : float
    to_hub : bool
    profile : int
        Profile of its flow; -1: free in every period.
    """

    origin: int
    rtt_limit_ms: float
    to_hub: bool
    profile: int


@dataclass(frozen=True, eq=False)
class Bundle:
    """A commodity towards one hub, with the paths known so far.

    Attributes
    ----------
    pairs : ndarray of int
        Pairs of workload and hub whose traffic it is.
    paths : tuple of Path
    """

    commodity: Commodity
    hub: int
    pairs: np.ndarray
    most_one_way_ms: float
    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Traffic:
    """All bundles of a program.

    Attributes
    ----------
    origin, hub, profile : ndarray of int of shape (bundles,)
        As of a :class:`Commodity`.
    rtt_limit_ms : ndarray of shape (bundles,)
    to_hub : ndarray of bool of shape (bundles,)
    pairs : ndarray of int
        Pairs of workload and hub whose traffic it is, bundle after bundle.
    bundle : ndarray of int
        Bundle of each of these pairs.
    number : ndarray of int of shape (bundles,)
        Place of each bundle among all known ones.
    known : Known
    """

    origin: np.ndarray
    rtt_limit_ms: np.ndarray
    to_hub: np.ndarray
    profile: np.ndarray
    hub: np.ndarray
    pairs: np.ndarray
    bundle: np.ndarray
    number: np.ndarray
    known: Known

    @classmethod
    def of(cls, instance: Instance, known: Known | None = None) -> Self:
        """Group the traffic of all pairs, each group with its fastest path.

        Parameters
        ----------
        instance : Instance
        known : Known, optional
            Bundles of programs over other pairs of the same hubs and links. Their
            paths are shared, and what is new is added.
        """
        known = Known() if known is None else known
        fixed = instance.scenario.settings.routing == "fixed"
        workload = instance.pair_workload
        timing = np.where(
            fixed & (instance.manner[workload] == FLAT), instance.profile[workload], -1
        )
        limit = instance.rtt_limit_ms if instance.limits.latency else np.inf
        limit = np.broadcast_to(limit, instance.rtt_limit_ms.shape)
        to_hub = np.repeat([True, False], len(workload))
        rates = (instance.to_rate[workload], instance.from_rate[workload])
        moving = np.flatnonzero(np.concatenate(rates) > 0)
        if not len(instance.scenario.links):
            moving = moving[:0]
        to_hub, pair = to_hub[moving], moving % max(1, len(workload))
        owner = workload[pair]
        parts = (
            *(instance.origin[owner], limit[owner], to_hub),
            *(timing[pair], instance.pair_hub[pair]),
        )
        bundle = number(*parts)
        first, order = first_of(bundle), np.argsort(bundle, kind="stable")
        origin, limit, to_hub, profile, hub = (part[first] for part in parts)
        keys = list(
            zip(
                *(part.tolist() for part in (origin, limit, to_hub, profile, hub)),
                strict=True,
            )
        )
        return cls(
            *(origin, limit, to_hub, profile, hub, pair[order], bundle[order]),
            *(known.numbers(instance, keys), known),
        )

    @classmethod
    def nothing(cls) -> Self:
        """Give no traffic."""
        none = np.zeros(0, dtype=int)
        some = none.astype(bool)
        return cls(none, none.astype(float), some, *(none,) * 5, Known())

    def __len__(self) -> int:
        """Give the number of bundles."""
        return len(self.hub)

    def __iter__(self) -> Iterator[Bundle]:
        """Go through the bundles."""
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> Bundle:
        """Give one bundle."""
        begin, end = self._begin[place : place + 2].tolist()
        number_ = int(self.number[place])
        return Bundle(
            self.commodity(place),
            int(self.hub[place]),
            self.pairs[begin:end],
            self.known.most_one_way_ms(number_),
            self.known.paths(number_),
        )

    @cached_property
    def _begin(self) -> np.ndarray:
        """Where the pairs of each bundle begin."""
        return np.searchsorted(self.bundle, np.arange(len(self) + 1))

    @property
    def timed(self) -> np.ndarray:
        """Which flows are free in every period (mask)."""
        return np.asarray(self.profile < 0)

    def wide_area(self, instance: Instance) -> np.ndarray:
        """Tell which bundles are not between an origin and a hub in one metro (mask).

        Parameters
        ----------
        instance : Instance
        """
        return np.asarray(instance.reach.wide_area[self.origin, self.hub])

    def slots(self, periods: int) -> tuple[np.ndarray, np.ndarray]:
        """Give bundle and period of each amount of traffic; -1: of all periods."""
        bundle, within = repeated(np.where(self.timed, periods, 1))
        return bundle, np.where(self.timed[bundle], within, -1)

    def commodity(self, place: int) -> Commodity:
        """Give what one bundle carries."""
        return Commodity(
            *(int(self.origin[place]), float(self.rtt_limit_ms[place])),
            *(bool(self.to_hub[place]), int(self.profile[place])),
        )

    def by_kind(self, some: np.ndarray) -> Iterator[tuple[Kind, np.ndarray]]:
        """Gather some bundles whose commodities differ in their origin alone."""
        columns = (self.rtt_limit_ms[some], self.to_hub[some], self.profile[some])
        for members in _gathered(some, *columns):
            kind = self.commodity(members[0])
            yield (kind.rtt_limit_ms, kind.to_hub, kind.profile), members

    def by_commodity(self, some: np.ndarray) -> Iterator[tuple[Commodity, np.ndarray]]:
        """Gather some bundles by their commodities."""
        columns = (self.rtt_limit_ms[some], self.to_hub[some], self.profile[some])
        for members in _gathered(some, self.origin[some], *columns):
            yield self.commodity(members[0]), members

    def of_pairs(self, pairs: int) -> dict[bool, np.ndarray]:
        """Give the bundle of each of so many pairs, to the hub and back; -1: none."""
        owner = {True: np.full(pairs, -1), False: np.full(pairs, -1)}
        inward = self.to_hub[self.bundle]
        for to_hub, mine in ((True, inward), (False, ~inward)):
            owner[to_hub][self.pairs[mine]] = self.bundle[mine]
        return owner

    def crossing(
        self, bundle: np.ndarray, path: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the arcs of some paths, by bundle and number within it.

        Returns
        -------
        turn, arc : ndarray of int
            Which of the paths asked for, and an arc that it crosses.
        """
        return self.known.crossed.arcs_of(self.path_numbers(bundle, path))

    def path_numbers(self, bundle: np.ndarray, path: np.ndarray) -> np.ndarray:
        """Give the numbers of some paths among all known ones."""
        return np.asarray(self.known.crossed.first[self.number[bundle]] + path)

    def add(self, place: int, path: Path) -> bool:
        """Add a path to one bundle; tell whether it is new."""
        return self.known.add(int(self.number[place]), path)

    def copied(self, counts: np.ndarray | None = None) -> Self:
        """Give the same, to which others add paths of their own.

        Parameters
        ----------
        counts : ndarray of int of shape (bundles,), optional
            How many of its first paths each bundle keeps.
        """
        kept = None
        if counts is not None:
            kept = dict(zip(self.number.tolist(), counts.tolist(), strict=True))
        return replace(self, known=self.known.copied(kept))


def _gathered(some: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
    """Split what is alike in some columns from the rest, in order of appearance."""
    if not len(some):
        return []
    code = number(*columns)
    order = np.argsort(code, kind="stable")
    return np.split(some[order], np.flatnonzero(np.diff(code[order])) + 1)
