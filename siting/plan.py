"""A plan: the tables of a solved scenario, saved whole or not at all."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import pandas as pd

from siting.allocator import memory_given_back
from siting.errors import InputError, Problem
from siting.folders import MANIFEST, PLAN_FORMAT, new_folder
from siting.plan_files import (
    PLAN,
    SCENARIO,
    TABLES,
    check_files,
    normalise,
    read_table,
    write_checksums,
    write_table,
)
from siting.scenario import Scenario
from siting.tables.held import Held
from siting.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from siting.breakeven import BreakEven
    from siting.plot import Figures
    from siting.reasons import Why, WhyNot
    from siting.report import Explorer

FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A solved scenario.

    The tables are described in ``docs/plan.md``. Those given are copied and brought to
    the columns and dtypes of that page, so that a saved and loaded plan is equal.

    Attributes
    ----------
    scenario : Scenario
        The scenario as solved.
    manifest : dict
        How the plan came about: versions, options, status, objective, bound, seconds.
    placement, schedule, unserved, routes, hubs, links, certificates : DataFrame
        What is decided.
    ledger, emissions, limits, duals, baselines : DataFrame
        What follows from it.
    """

    scenario: Scenario
    manifest: dict[str, Any]
    placement: pd.DataFrame
    schedule: pd.DataFrame
    unserved: pd.DataFrame
    routes: pd.DataFrame
    hubs: pd.DataFrame
    links: pd.DataFrame
    certificates: pd.DataFrame
    ledger: pd.DataFrame
    emissions: pd.DataFrame
    limits: pd.DataFrame
    duals: pd.DataFrame
    baselines: pd.DataFrame
    _held: Held = field(init=False)

    def __post_init__(self) -> None:
        """Copy tables and manifest in the form in which they are loaded."""
        for name in TABLES:
            object.__setattr__(self, name, normalise(name, getattr(self, name)))
        marked = {
            "format": PLAN_FORMAT,
            "format_version": FORMAT_VERSION,
        } | self.manifest
        plain = json.loads(json.dumps(_finite(marked), allow_nan=False))
        object.__setattr__(self, "manifest", plain)
        object.__setattr__(self, "_held", Held(self.tables))

    def __getstate__(self) -> dict[str, Any]:
        """Travel without what is held."""
        return {name: x for name, x in self.__dict__.items() if name != "_held"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Hold the tables anew."""
        self.__dict__.update(state, _held=Held({name: state[name] for name in TABLES}))

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name, in the order of ``docs/plan.md``."""
        return {name: getattr(self, name) for name in TABLES}

    @property
    def cost_cny(self) -> float:
        """Total of the ledger, CNY a year."""
        total = self.ledger.loc[self.ledger["term"] == "total", "plan"]
        return float(total.sum())

    @property
    def gap(self) -> float:
        """Relative distance of the last stage's objective from its proven bound."""
        gap = self.manifest.get("gap")
        return math.nan if gap is None else float(gap)

    @property
    def status(self) -> str:
        """``optimal``, or why the solver stopped."""
        return str(self.manifest.get("status", ""))

    def summary(self) -> str:
        """Describe the plan, its baselines and its accounting in plain text."""
        from siting.summary import text_summary

        return text_summary(self)

    def worth(
        self, kinds: "str | Iterable[str] | None" = None, *, binding: bool = False
    ) -> pd.DataFrame:
        """Tell what every limit is worth, and how far; see ``docs/reasons.md``."""
        from siting.reasons import worth

        return worth(self, kinds, binding=binding)

    def why(self, workload: str) -> "Why":
        """Tell where a workload runs, and why there rather than elsewhere."""
        from siting.reasons import why

        return why(self, workload)

    @overload
    def why_not(
        self, workload: str, hub: str, *, by: str = ..., exact: bool | None = ...
    ) -> "WhyNot": ...
    @overload
    def why_not(
        self,
        workload: str | None = ...,
        hub: None = ...,
        *,
        by: str = ...,
        exact: bool | None = ...,
    ) -> pd.DataFrame: ...
    @overload
    def why_not(
        self,
        workload: None = ...,
        hub: str | None = ...,
        *,
        by: str = ...,
        exact: bool | None = ...,
    ) -> pd.DataFrame: ...
    def why_not(
        self,
        workload: str | None = None,
        hub: str | None = None,
        *,
        by: str = "pair",
        exact: bool | None = None,
    ) -> "WhyNot | pd.DataFrame":
        """Tell why a workload does not run at a hub; of all pairs without names."""
        from siting.reasons import why_not

        return why_not(self, workload, hub, by=by, exact=exact)

    def decided_by(
        self, top: int | None = None, *, by: str = "value", grade: str | None = None
    ) -> pd.DataFrame:
        """Rank the input values by how much of the objective hangs on each."""
        from siting.reasons import decided_by

        return decided_by(self, top, by=by, grade=grade)

    def break_even(
        self,
        parameter: str,
        low: float | None = None,
        high: float | None = None,
        *,
        progress: "Callable[[str], None] | None" = None,
    ) -> "BreakEven":
        """Find where workloads, classes or the plan change side, as one input grows."""
        from siting.breakeven import break_even

        return break_even(self, parameter, low, high, progress=progress)

    @property
    def plot(self) -> "Figures":
        """Figures of the plan: ``plan.plot.map()``; see ``docs/figures.md``."""
        from siting.plot import Figures

        return Figures(self)

    def export(
        self,
        path: str | Path,
        to: str,
        *,
        lang: str | None = None,
        overwrite: bool = False,
        exact: bool = False,
    ) -> None:
        """Write the plan in a format of ``docs/exports.md``."""
        from siting.export import export

        export(self, path, to, lang=lang, overwrite=overwrite, exact=exact)

    def to_excel(
        self, path: str | Path, *, lang: str | None = None, overwrite: bool = False
    ) -> None:
        """Write a workbook: a sheet a table, a cover with provenance."""
        self.export(path, "xlsx", lang=lang, overwrite=overwrite)

    def to_csv(
        self, path: str | Path, *, exact: bool = False, overwrite: bool = False
    ) -> None:
        """Write a folder of CSV for spreadsheets, or (``exact``) for programs."""
        self.export(path, "csv", exact=exact, overwrite=overwrite)

    def to_parquet(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write a folder of Parquet files."""
        self.export(path, "parquet", overwrite=overwrite)

    def to_geopackage(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write hubs, origins, links, flows and routes as a GeoPackage."""
        self.export(path, "gpkg", overwrite=overwrite)

    def to_geojson(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write a folder of GeoJSON, a file a layer."""
        self.export(path, "geojson", overwrite=overwrite)

    def to_graphml(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the backbone with its loads as GraphML."""
        self.export(path, "graphml", overwrite=overwrite)

    def to_pypsa(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write a folder of CSV files that PyPSA reads."""
        self.export(path, "pypsa", overwrite=overwrite)

    def to_json(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write plan and scenario as one JSON document with a schema."""
        self.export(path, "json", overwrite=overwrite)

    def report(
        self, path: str | Path, *, lang: str | None = None, overwrite: bool = False
    ) -> None:
        """Write one page of HTML that works offline; see ``docs/report.md``."""
        from siting.report import write_report

        write_report(self, path, lang=lang, overwrite=overwrite)

    def explore(self, lang: str | None = None) -> "Explorer":
        """Return an interactive map for notebooks."""
        from siting.report import explore

        return explore(self, lang)

    def __repr__(self) -> str:
        """Return one line: what is planned, and what it costs."""
        scenario = self.scenario
        return (
            f"Plan({scenario.settings.name or 'unnamed'}: "
            f"{len(scenario.workloads):,} workloads, {len(scenario.hubs):,} hubs, "
            f"{self.status}, {self.cost_cny / 1e6:,.6g} M CNY a year)"
        )

    def _repr_html_(self) -> str:
        from siting.report.card import plan_card

        return plan_card(self)

    def equals(self, other: "Plan") -> bool:
        """Tell whether two plans have equal scenarios, manifests and tables.

        Parameters
        ----------
        other : Plan

        Returns
        -------
        bool
        """
        return (
            self.manifest == other.manifest
            and all(t.equals(other.tables[name]) for name, t in self.tables.items())
            and self.scenario.equals(other.scenario)
        )

    def __eq__(self, other: object) -> bool:
        """Compare scenario, manifest and all tables."""
        return self.equals(other) if isinstance(other, Plan) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @memory_given_back()
    def save(
        self, path: str | Path, *, format: str = "csv", overwrite: bool = False
    ) -> Path:
        """Save the plan as a directory, whole or not at all, and return its path.

        Parameters
        ----------
        path : str or Path
            The directory to be made.
        format : {"csv", "parquet"}
            Of the tables.
        overwrite : bool
            Replace the plan that is there. Only files of a plan are ever replaced.

        Raises
        ------
        InputError
            If the place is taken, or cannot be written, or if a table of the plan was
            written to in place: it is no longer what was solved.
        """
        if format not in ("csv", "parquet"):
            raise _refused(format, "The format is unknown", "Use csv or parquet.")
        self._held.check(self.tables, "Change a copy of it; the plan stays as solved.")
        with new_plan(path, overwrite=overwrite) as folder:
            self.scenario.save(folder / SCENARIO, format=format)
            for name, table in self.tables.items():
                write_table(table, folder, name, f".{format}")
            write_manifest(self.manifest, folder)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path, *, verify: bool = True) -> Self:
        """Load a saved plan.

        Parameters
        ----------
        path : str or Path
            Its directory.
        verify : bool
            Compare every file with its checksum first.

        Returns
        -------
        Plan
            Equal to the one that was saved.

        Raises
        ------
        InputError
            With every file that is missing, damaged or unreadable.
        """
        folder = Path(path)
        if not folder.is_dir():
            fault, remedy = "There is no such directory", "Name a saved plan."
            raise _refused(folder, fault, remedy)
        manifest, problems = _read_manifest(folder)
        if not problems and verify:
            problems += check_files(folder)
        tables = {}
        for name in TABLES:
            tables[name], faults = read_table(folder, name)
            problems += faults
        scenario = None
        try:
            scenario = Scenario.load(folder / SCENARIO)
        except InputError as error:
            problems += error.problems
        if problems or scenario is None:
            raise InputError(problems)
        return cls(scenario=scenario, manifest=manifest, **tables)


@contextmanager
def new_plan(path: str | Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a folder to write a plan in; it gets checksums and its place at the end.

    Parameters
    ----------
    path : str or Path
        The place.
    overwrite : bool
        Whether a plan that is there may be replaced.

    Raises
    ------
    InputError
        If the place is taken, or cannot be written.
    """
    with new_folder(path, PLAN, overwrite=overwrite) as folder:
        yield folder
        write_checksums(folder)


def write_manifest(manifest: dict[str, Any], folder: Path) -> None:
    """Write how a plan came about."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def _finite(value: Any) -> Any:
    """Replace numbers that JSON cannot hold by null, all through the manifest."""
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item"):
        return _finite(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _read_manifest(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    remedy = "Restore the file; a plan directory is made by saving a plan."
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        fault = word("There is no {file}: the directory is not a plan", file=MANIFEST)
        return {}, [Problem(MANIFEST, None, None, fault, remedy)]
    except (OSError, ValueError) as error:
        fault = word("The file cannot be read: {error}", error=error)
        return {}, [Problem(MANIFEST, None, None, fault, remedy)]
    if not isinstance(manifest, dict) or manifest.get("format") != PLAN_FORMAT:
        fault = word("The file does not say format {format!r}", format=PLAN_FORMAT)
        return {}, [Problem(MANIFEST, None, None, fault, remedy)]
    if manifest.get("format_version") != FORMAT_VERSION:
        fault = word(
            "Format version {version} is not known here",
            version=manifest.get("format_version"),
        )
        advice = word(
            "This release reads format version {version}.", version=FORMAT_VERSION
        )
        return {}, [Problem(MANIFEST, None, None, fault, advice)]
    return manifest, []


def _refused(place: object, message: str, remedy: str) -> InputError:
    return InputError([Problem(str(place), None, None, message, remedy)])
