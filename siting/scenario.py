"""A scenario: settings, policy and tables, checked and frozen."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.allocator import memory_given_back
from siting.errors import InputError, Problem
from siting.policy import check_policy
from siting.settings import Policy, Settings, as_mapping, parse, write_toml
from siting.tables.bases import resolve_bases
from siting.tables.checks import check
from siting.tables.collect import (
    POLICY_FILE,
    SETTINGS_FILE,
    Given,
    check_directory,
    from_folder,
    from_frames,
)
from siting.tables.derive import completed, derive
from siting.tables.dictionary import TABLES
from siting.tables.findings import Findings, Origin
from siting.tables.follow import following
from siting.tables.held import Held
from siting.tables.megawatts import demand_mw
from siting.tables.ordering import in_order, of_arguments
from siting.tables.save import save_scenario
from siting.tables.shape import keyed
from siting.tables.toml import Keys, read_toml
from siting.tables.world import World
from siting.tables.write import write_table
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan


@dataclass(frozen=True)
class _Origin:
    """What a scenario was made of, before defaults that hang on other input."""

    given: Given
    settings: Settings


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """Settings, policy and tables of one case, checked, with every default filled.

    Make one with :meth:`from_tables` or :meth:`load`. Every table of the data
    dictionary is a data frame; those with an id are indexed by it and keep the column.
    A table that was written to in place is refused where the scenario is used; change a
    copy of it, and give that to :meth:`replace`.
    """

    settings: Settings
    policy: Policy
    hubs: pd.DataFrame
    workloads: pd.DataFrame
    periods: pd.DataFrame
    tariffs: pd.DataFrame
    hub_periods: pd.DataFrame
    carbon_factors: pd.DataFrame
    certificates: pd.DataFrame
    nodes: pd.DataFrame
    links: pd.DataFrame
    transfer_prices: pd.DataFrame
    rtt: pd.DataFrame
    profiles: pd.DataFrame
    accelerators: pd.DataFrame
    placement_costs: pd.DataFrame
    current: pd.DataFrame
    sources: pd.DataFrame
    boundaries: str | None
    warnings: tuple[Problem, ...]
    _origin: _Origin
    _held: Held = field(init=False)

    def __post_init__(self) -> None:
        """Hold the tables, to tell whether they are written to later."""
        object.__setattr__(self, "_held", Held(self.tables))

    def __getstate__(self) -> dict[str, Any]:
        """Travel without what is held."""
        return {name: x for name, x in self.__dict__.items() if name != "_held"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Hold the tables anew."""
        self.__dict__.update(state)
        self.__post_init__()

    @classmethod
    @memory_given_back()
    def from_tables(
        cls,
        *,
        settings: Mapping[str, Any] | Settings | None = None,
        policy: Mapping[str, Any] | Policy | None = None,
        boundaries: str | None = None,
        **tables: Any,
    ) -> "Scenario":
        """Make a scenario of tables.

        Parameters
        ----------
        settings, policy
            What ``scenario.toml`` and ``policy.toml`` hold.
        boundaries
            GeoJSON text of outlines for maps.
        **tables
            Data frames, lists of dicts or dicts of lists, by name of the table;
            ``hubs`` and ``workloads`` are needed.

        Raises
        ------
        InputError
            With every problem found.
        """
        findings = Findings()
        given = from_frames(tables, findings)
        given.boundaries = boundaries
        return _build(
            given,
            _keys(settings, "settings", findings),
            _keys(policy, "policy", findings),
            findings,
        )

    @classmethod
    @memory_given_back()
    def load(
        cls, path: str | Path, workloads: str | Path | None = None, **settings: Any
    ) -> "Scenario":
        """Read a scenario from its directory.

        Parameters
        ----------
        path
            The directory.
        workloads
            A workload set of the directory, or a file; ``None``: the default set.
        **settings
            Settings that go before those of ``scenario.toml``.

        Raises
        ------
        InputError
            With every problem found in all files.
        """
        findings = Findings()
        given, keys, policy = _read(Path(path), workloads, settings, findings)
        try:
            return _build(given, keys, policy, findings)
        except InputError as error:
            raise InputError(
                of_arguments(error.problems, SETTINGS_FILE, settings)
            ) from None

    @classmethod
    @memory_given_back()
    def load_part(
        cls, path: str | Path, part: Path, others: pd.DataFrame, **settings: Any
    ) -> "Scenario":
        """Read a scenario with one part of its workloads.

        Parameters
        ----------
        path
            The scenario's directory.
        part
            A file of workloads in it.
        others
            Some rows of the other parts, typed: with them all names are known that the
            other tables speak of. They are not kept.
        **settings
            As in :meth:`load`.

        Raises
        ------
        InputError
            With every problem found but those of other parts.
        """
        findings = Findings()
        given, keys, policy = _read(Path(path), part, settings, findings)
        keys = dataclasses.replace(keys, values={**keys.values, "workloads": ""})
        own = given.tables.get("workloads")
        if own is None:
            return _build(given, keys, policy, findings)
        given.tables["workloads"] = pd.concat([own, others], ignore_index=True)
        file = given.origins["workloads"].file
        for place, bad in findings.faults.items():
            if place[0] == file:
                findings.faults[place] = np.append(bad, np.zeros(len(others), bool))
        try:
            scenario = _build(given, keys, policy, findings)
        except InputError as error:
            last = len(own) + 1
            raise InputError(
                found
                for found in of_arguments(error.problems, SETTINGS_FILE, settings)
                if found.file != file or found.row is None or found.row <= last
            ) from None
        given.tables["workloads"] = own
        return dataclasses.replace(
            scenario, workloads=scenario.workloads.iloc[: len(own)]
        )

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name, in the order of the data dictionary."""
        return {name: getattr(self, name) for name in TABLES}

    def check_unwritten(self) -> None:
        """Raise an input error if a table was written to in place.

        What is solved then would be neither what was checked nor what is saved.
        """
        self._held.check(
            self.tables,
            "Change a copy of it, and give that to `scenario.replace`.",
        )

    def without_workloads(self) -> "Scenario":
        """Return the same but for the workloads, of which there are none."""
        origin = self._origin
        tables = {k: v for k, v in origin.given.tables.items() if k != "workloads"}
        given = dataclasses.replace(origin.given, tables=tables)
        return dataclasses.replace(
            self,
            workloads=self.workloads.iloc[:0],
            _origin=dataclasses.replace(origin, given=given),
        )

    def save_workloads(self, stem: Path) -> None:
        """Write the workloads as they were given, as Parquet."""
        given = self._origin.given.tables["workloads"]
        write_table(given, TABLES["workloads"], stem, "parquet")

    def save(
        self, path: str | Path, *, format: str = "csv", overwrite: bool = False
    ) -> Path:
        """Write the scenario as a directory and return its path.

        It is written beside its place and renamed, so it is never half there.

        Parameters
        ----------
        path
            The directory; it may not exist, or be empty.
        format
            Of the tables: ``csv`` or ``parquet``.
        overwrite
            Whether a scenario that is there may be replaced.

        Raises
        ------
        InputError
            If the place is taken or cannot be written.
        """
        self.check_unwritten()
        texts = {
            SETTINGS_FILE: write_toml(self.settings),
            POLICY_FILE: write_toml(self.policy),
        }
        title = (self.settings.name, self.settings.title)
        given = self._origin.given
        return save_scenario(Path(path), given, texts, title, format, overwrite)

    def replace(self, **changes: Any) -> "Scenario":
        """Return a scenario with other tables, settings, policy or boundaries.

        In a table that was there before, a cell that was left blank and still has the
        value which followed from others counts as blank: after
        ``links["length_km"] *= 2`` in a copy of ``scenario.links`` the delay follows
        from the new length, and ``pue_new`` follows ``pue``. Rows are known by their
        key. Tables for :meth:`from_tables` are taken as they are.

        Parameters
        ----------
        **changes
            As in :meth:`from_tables`; ``None`` takes a table away.

        Raises
        ------
        InputError
            With every problem found.

        Examples
        --------
        >>> case = Scenario.from_tables(
        ...     hubs={"id": ["a"], "it_capacity_mw": [9.0], "pue": [1.4]},
        ...     workloads={"id": ["w"], "class": ["c"], "origin": ["a"], "it_mw": [1]},
        ... )
        >>> case.replace(hubs=case.hubs.assign(pue=1.2)).hubs["pue_new"].item()
        1.2
        """
        self.check_unwritten()
        return self.replaced(changes, follow=True)

    def replaced(self, changes: dict[str, Any], *, follow: bool) -> "Scenario":
        """Return a scenario with changes, told whether what followed still does.

        Parameters
        ----------
        changes
            As in :meth:`replace`.
        follow
            Whether cells that have the value which followed from others are blank.

        Raises
        ------
        InputError
            With every problem found.
        """
        findings = Findings()
        changes = dict(changes)
        settings = _keys(
            changes.pop("settings", self._origin.settings), "settings", findings
        )
        policy = _keys(changes.pop("policy", self.policy), "policy", findings)
        old = self._origin.given
        boundaries = changes.pop("boundaries", old.boundaries)
        given = from_frames({**old.tables, **changes}, findings)
        for name in changes.keys() & given.tables.keys() if follow else ():
            full, before = getattr(self, name), old.tables.get(name)
            table = following(TABLES[name], given.tables[name], full, before)
            if table is None:
                del given.tables[name]
            else:
                given.tables[name] = table
        given.boundaries, given.documents = boundaries, old.documents
        return _build(given, settings, policy, findings)

    def with_settings(self, **changes: Any) -> "Scenario":
        """Return a scenario with some settings changed.

        >>> from siting import load
        >>> load("china").with_settings(rtt_factor=1.5).settings.rtt_factor
        1.5

        Raises
        ------
        InputError
            With every problem found; for ``workloads``, which is the name of the set
            that was loaded.
        """
        if "workloads" in changes:
            message = "another workload set is no change of a setting"
            remedy = "Load the set instead: siting.load(REGION, workloads=...)."
            raise InputError([Problem("workloads", None, None, message, remedy)])
        return self.replace(settings={**as_mapping(self._origin.settings), **changes})

    def with_current(self, plan: "Plan") -> "Scenario":
        """Return a scenario in which things run where a plan has them.

        The table ``current`` becomes the plan's placement; workloads and hubs that the
        scenario does not have are left out.

        Parameters
        ----------
        plan
            Of this scenario or of another one.
        """
        rows = plan.placement[["workload", "hub", "share"]]
        known = rows["workload"].isin(self.workloads.index)
        known &= rows["hub"].isin(self.hubs.index)
        return self.replace(current=rows[known].reset_index(drop=True))

    def __repr__(self) -> str:
        """Return one line: how large the case is."""
        return (
            f"Scenario({self.settings.name or 'unnamed'}: "
            f"{len(self.workloads):,} workloads, {len(self.hubs):,} hubs, "
            f"{len(self.periods):,} periods)"
        )

    def _repr_html_(self) -> str:
        from siting.report.card import scenario_card

        return scenario_card(self)

    def equals(self, other: object) -> bool:
        """Whether another scenario has the same settings, policy and tables."""
        if not isinstance(other, Scenario):
            return False
        same = (
            self.settings == other.settings
            and self.policy == other.policy
            and self.boundaries == other.boundaries
        )
        return same and all(
            getattr(self, name).equals(getattr(other, name)) for name in TABLES
        )

    @property
    def it_mw(self) -> "pd.Series[float]":
        """IT load in MW of each workload at profile factor 1."""
        return self._it_mw.copy(deep=False)

    @cached_property
    def _it_mw(self) -> "pd.Series[float]":
        return demand_mw(
            self.workloads, self.accelerators, self.settings.hours_per_year
        )


def _read(
    folder: Path,
    workloads: str | Path | None,
    settings: dict[str, Any],
    findings: Findings,
) -> tuple[Given, Keys, Keys]:
    """Read tables, settings and policy of a directory."""
    check_directory(folder)
    keys = read_toml(folder / SETTINGS_FILE, SETTINGS_FILE, findings)
    policy = read_toml(folder / POLICY_FILE, POLICY_FILE, findings)
    default = settings.get("workloads", keys.values.get("workloads", ""))
    given, chosen = from_folder(folder, workloads, str(default), findings)
    values = {"name": folder.resolve().name, **keys.values, **settings}
    if workloads is not None:
        values["workloads"] = chosen
    return given, dataclasses.replace(keys, values=values), policy


def _keys(value: object, file: str, findings: Findings) -> Keys:
    if value is None:
        return Keys({}, file)
    if isinstance(value, Settings | Policy):
        return Keys(as_mapping(value), file)
    if isinstance(value, Mapping):
        return Keys(value, file)
    message = word(
        "{file} may not be of type {name}", file=file, name=type(value).__name__
    )
    findings.add(file, message, "Give a dict.")
    return Keys({}, file)


def _build(
    given: Given, settings_keys: Keys, policy_keys: Keys, findings: Findings
) -> Scenario:
    asked = parse(Settings, settings_keys, findings)
    policy = parse(Policy, policy_keys, findings)
    frames = completed(given.tables)
    derive(
        frames,
        given.tables,
        hours_per_year=asked.hours_per_year,
        propagation_ms_per_km=asked.propagation_ms_per_km,
        hop_ms=asked.hop_ms,
    )
    bases = resolve_bases(
        frames,
        asked.transfer_basis,
        asked.tariff_basis,
        asked.carbon_year,
        settings_keys,
        findings,
    )
    settings = dataclasses.replace(asked, **bases)
    origins = {name: given.origins.get(name, Origin(name)) for name in frames}
    world = World(frames, origins, given.tables, findings)
    readable = settings_keys.file not in findings.broken
    hours = settings.hours_per_year if readable else None
    check(world, hours, bases, settings.metro_km)
    check_policy(policy, policy_keys, world)
    if findings.problems:
        raise InputError(in_order(findings.problems))
    tables = {name: keyed(frames[name], table) for name, table in TABLES.items()}
    return Scenario(
        settings=settings,
        policy=policy,
        boundaries=given.boundaries,
        warnings=tuple(findings.warnings),
        _origin=_Origin(given, asked),
        **tables,
    )
