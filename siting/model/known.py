"""Paths known so far, of all traffic that programs over one network have asked for."""

from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from siting.backbone import Path
from siting.lookup import repeated
from siting.model.instance import Instance

# Origin, RTT limit, whether to the hub, profile (-1: free in every period), and hub.
Key = tuple[int, float, bool, int, int]


@dataclass(frozen=True, eq=False)
class Crossed:
    """Arcs of all known paths, end to end.

    Attributes
    ----------
    first : ndarray of int of shape (known bundles,)
        Number of the first path of each bundle.
    count : ndarray of int of shape (known bundles,)
    length : ndarray of int of shape (paths,)
    arcs : ndarray of int of shape (sum of the lengths,)
    """

    first: np.ndarray
    count: np.ndarray
    length: np.ndarray
    arcs: np.ndarray

    @classmethod
    def of(cls, known: list[list[Path]]) -> Self:
        """List the arcs of the paths of all bundles."""
        count = np.fromiter(map(len, known), int, len(known))
        paths = [path.arcs for paths in known for path in paths]
        length = np.fromiter(map(len, paths), int, len(paths))
        arcs = np.fromiter(chain.from_iterable(paths), int, int(length.sum()))
        return cls(np.cumsum(count) - count, count, length, arcs)

    def arcs_of(self, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the arcs of some paths: which of those asked for, and the arc."""
        turn, step = repeated(self.length[path])
        begin = np.cumsum(self.length) - self.length
        return turn, self.arcs[begin[path[turn]] + step]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of the arcs over each path."""
        path = np.repeat(np.arange(len(self.length)), self.length)
        return np.bincount(path, values[self.arcs], minlength=len(self.length))


class Known:
    """The paths of all bundles that were met so far, in programs over any pairs."""

    def __init__(self) -> None:
        self._number: dict[Key, int] = {}
        self._paths: list[list[Path]] = []
        self._most_ms: list[float] = []
        self._crossed: Crossed | None = None

    def numbers(self, instance: Instance, keys: list[Key]) -> np.ndarray:
        """Give bundles their numbers; new ones begin with their fastest path."""
        for key in keys:
            if key not in self._number:
                self._begin(instance, key)
        return np.fromiter(map(self._number.__getitem__, keys), int, len(keys))

    def _begin(self, instance: Instance, key: Key) -> None:
        origin, rtt_limit_ms, to_hub, _, hub = key
        reach, paths = instance.reach, list[Path]()
        most = reach.most_one_way_ms(rtt_limit_ms, to_hub=to_hub)
        if reach.has_links:
            start = instance.origin_node[origin]
            fastest = instance.backbone.fastest(start, inward=not to_hub)
            paths.append(fastest[instance.hub_node[hub]])
        self._number[key] = len(self._paths)
        self._paths.append(paths)
        self._most_ms.append(float(most[origin, hub]))
        self._crossed = None

    def paths(self, number_: int) -> tuple[Path, ...]:
        """Give the paths of a bundle."""
        return tuple(self._paths[number_])

    def most_one_way_ms(self, number_: int) -> float:
        """Give the largest delay that the paths of a bundle may have."""
        return self._most_ms[number_]

    def add(self, number_: int, path: Path) -> bool:
        """Add a path to a bundle; tell whether it is new."""
        if any(known.arcs == path.arcs for known in self._paths[number_]):
            return False
        self._paths[number_].append(path)
        self._crossed = None
        return True

    @property
    def crossed(self) -> Crossed:
        """Arcs of all paths known so far."""
        if self._crossed is None:
            self._crossed = Crossed.of(self._paths)
        return self._crossed

    def copied(self, counts: dict[int, int] | None = None) -> "Known":
        """Give the same, to which others add paths of their own.

        Parameters
        ----------
        counts : dict of int to int, optional
            How many of the first paths some bundles keep.
        """
        copy, counts = Known(), counts or {}
        copy._number = dict(self._number)
        copy._paths = [
            paths[: counts.get(place)] for place, paths in enumerate(self._paths)
        ]
        copy._most_ms = list(self._most_ms)
        return copy
