"""Medians, ratios, growth and a picture of what was measured."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clock import PHASES

CASE = ["series", "workloads", "hubs", "periods", "links", "manner", "draw"]
OURS = "siting aggregated"
LEAST_FOR_FIT = 3


def publish(
    runs: pd.DataFrame,
    bounds: dict[str, float],
    memory: dict[str, float],
    conditions: dict[str, Any],
    folder: Path,
) -> None:
    """Write ``results.csv``, ``results.md`` and, of several sizes, ``results.png``.

    Parameters
    ----------
    runs : DataFrame
        A row a run.
    bounds : dict
        Of :func:`benchmarks.limits.physical`; empty where no size was measured.
    memory : dict
        Of :func:`benchmarks.memory.solved_in_memory`; empty where it was not run.
    conditions : dict
    folder : Path
    """
    clock = conditions["clock"]
    table = medians(runs)
    table.to_csv(folder / "results.csv", index=False)
    by_draw = set(table["series"]) == {"draws"}
    parts = [
        "# Results by draw" if by_draw else "# Results",
        "\n".join(f"- {name}: {value}" for name, value in conditions.items()),
        "## How many times as long as siting",
        f"Whole process, {clock} time; `-`: not tried, or not solved.",
        _wide(table, f"{clock}_ratio", "{:.1f}"),
        "Once libraries are loaded:",
        _wide(table, f"{clock}_loaded_ratio", "{:.1f}"),
        "The solver call alone:",
        _wide(table, f"{clock}_solve_ratio", "{:.1f}"),
        f"## Seconds ({clock} time, whole process)",
        _wide(table, f"{clock}_s", "{:.2f}", words=True),
        "## Where the time goes (seconds)",
        _phases(table, clock),
        "## Peak memory (MB)",
        _wide(table, "peak_mb", "{:.0f}"),
        "## Objective above the proven bound (relative)",
        _wide(table, "gap_to_bound", "{:.0e}"),
        "## What siting alone was tried on (seconds, whole process)",
        _alone(table, clock),
        "## Without files: from a scenario in memory to proven decisions",
        _in_memory(memory),
        "## Growth of siting's solver call, and of its whole process",
        _growth(table, clock),
        "## Distance to what the machine can do",
        _distance(table, bounds, clock),
    ]
    text = "\n\n".join(parts) + "\n"
    (folder / "results.md").write_text(text, encoding="utf-8")
    _draw(table, clock, folder / "results.png")


def medians(runs: pd.DataFrame) -> pd.DataFrame:
    """Give the median of the runs of a peer on a case, and ratios to siting."""
    figures = ["objective", "gap", "peak_mb", "wall_s", "cpu_s"]
    figures += [f"{clock}.{phase}" for clock in ("wall", "cpu") for phase in PHASES]
    runs = runs.reindex(columns=[*CASE, "peer", "status", "reason", *figures])
    keys = [*CASE, "peer"]
    groups = runs.groupby(keys, sort=False)
    table = groups[figures].median()
    table.insert(0, "runs", groups.size())
    table.insert(1, "status", groups["status"].last())
    table["reason"] = groups["reason"].last()
    table = table.reset_index()
    solved = table["status"] == "optimal"
    for clock in ("wall", "cpu"):
        loading = table[f"{clock}.load"].fillna(0.0)
        table[f"{clock}_loaded_s"] = table[f"{clock}_s"] - loading
    ours = table[table["peer"] == OURS].set_index(CASE)
    bound = ours["objective"] * (1 - ours["gap"])
    at = pd.MultiIndex.from_frame(table[CASE])
    for clock in ("wall", "cpu"):
        for name, column in (
            ("", f"{clock}_s"),
            ("_loaded", f"{clock}_loaded_s"),
            ("_solve", f"{clock}.solve"),
        ):
            least = ours[column].reindex(at).to_numpy()
            table[f"{clock}{name}_ratio"] = (table[column] / least).where(solved)
    proven = bound.reindex(at).to_numpy()
    table["gap_to_bound"] = (table["objective"] - proven) / proven
    return table


def _name(row: Any) -> str:
    words = [f"{row.workloads:.0e}".replace("e+0", "e"), f"{row.hubs} hubs"]
    words += [f"{row.periods} periods"] if row.periods > 1 else []
    words += [f"{row.links} more links"] if row.links else []
    words += [row.manner] if row.periods > 1 else []
    words += [f"draw {row.draw}"] if row.series == "draws" else []
    return ", ".join(words)


def _wide(table: pd.DataFrame, column: str, form: str, *, words: bool = False) -> str:
    """One row a case that others were tried on, one column a peer."""
    peers = list(dict.fromkeys(table["peer"]))
    lines = []
    for _, case in table.groupby(CASE, sort=False):
        if len(case) == 1 < len(peers):
            continue
        cells = [_name(next(case.itertuples()))]
        found = case.set_index("peer")
        for peer in peers:
            status = found["status"].get(peer, "-")
            value = found[column].get(peer, np.nan)
            known = status == "optimal" and np.isfinite(value)
            odd = status if words else "-"
            cells.append(form.format(value) if known else odd)
        lines.append(cells)
    return _markdown(["case", *peers], lines)


def _phases(table: pd.DataFrame, clock: str) -> str:
    some = table["series"].isin(["workloads", "draws"])
    solved = table[(table["status"] == "optimal") & some]
    lines = [
        [_name(row), row.peer]
        + [f"{solved.at[row.Index, f'{clock}.{name}']:.2f}" for name in PHASES]
        for row in solved.itertuples()
    ]
    lines = [[cell.replace("nan", "-") for cell in line] for line in lines]
    return _markdown(["case", "peer", *PHASES], lines)


def _alone(table: pd.DataFrame, clock: str) -> str:
    """One row a case that only siting was tried on."""
    lines = []
    for _, case in table.groupby(CASE, sort=False):
        row = next(case.itertuples())
        if len(case) > 1 or row.peer != OURS:
            continue
        found = table.loc[row.Index]
        cells = [_name(row), str(row.status)]
        columns = (f"{clock}_s", f"{clock}.solve", "peak_mb", "gap")
        forms = ("{:.2f}", "{:.2f}", "{:.0f}", "{:.0e}")
        cells += [
            form.format(found[column]) if np.isfinite(found[column]) else "-"
            for form, column in zip(forms, columns, strict=True)
        ]
        lines.append(cells)
    if not lines:
        return "Not measured."
    head = ["case", "status", "whole process", "solver call", "peak, MB", "gap"]
    return _markdown(head, lines)


def _in_memory(memory: dict[str, float]) -> str:
    if not memory:
        return "Not measured."
    cells = [f"{memory['workloads']:.0e}".replace("e+0", "e")]
    cells += [f"{memory[name]:.1f}" for name in ("wall_s", "cpu_s")]
    cells += [f"{memory[name]:.0f}" for name in ("before_mb", "peak_mb")]
    cells.append(f"{memory['gap']:.0e}")
    head = ["workloads", "wall, s", "cpu, s", "MB before", "MB at most", "gap"]
    return _markdown(head, [cells])


def _growth(table: pd.DataFrame, clock: str) -> str:
    """Fit seconds to a power of what grows, all else equal."""
    ours = table[(table["peer"] == OURS) & (table["status"] == "optimal")]
    lines = []
    for series, some in ours[ours["series"].isin(CASE)].groupby("series", sort=False):
        # The form with most sizes; of workloads, hubs, ... the others stand still.
        still = [name for name in CASE[1:] if name != series]
        same = max((g for _, g in some.groupby(still)), key=len)
        sizes = same[series].to_numpy(float)
        if len(same) < LEAST_FOR_FIT or (sizes <= 0).any():
            continue
        powers = [
            np.polyfit(np.log(sizes), np.log(same[column].to_numpy(float)), 1)[0]
            for column in (f"{clock}.solve", f"{clock}_s")
        ]
        lines.append(
            [str(series), f"{sizes.min():g} to {sizes.max():g}", str(len(same))]
            + [f"{power:.2f}" for power in powers]
        )
    if not lines:
        return f"Not measured: no series has {LEAST_FOR_FIT} sizes."
    head = ["what grows", "from, to", "sizes", "power, solver call", "power, process"]
    return _markdown(head, lines)


def _distance(table: pd.DataFrame, bounds: dict[str, float], clock: str) -> str:
    largest = bounds.get("workloads", 0.0)
    ours = table[(table["peer"] == OURS) & (table["workloads"] == largest)]
    if not len(ours) or ours["status"].iloc[0] != "optimal":
        return "Not measured."
    row = ours.iloc[0]
    read, solve = row[f"{clock}.read"], row[f"{clock}.solve"]
    lines = [
        ["reading the file of workloads", f"{bounds['read_s']:.3f}", f"{read:.2f}"],
        ["one pass over costs at ten hubs", f"{bounds['pass_s']:.3f}", f"{solve:.2f}"],
    ]
    for line, least in zip(lines, (bounds["read_s"], bounds["pass_s"]), strict=True):
        line.append(f"{float(line[2]) / least:.0f}")
    head = [f"{bounds['workloads']:.0e} workloads", "least, s", "siting, s", "times"]
    return _markdown(head, lines)


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def _draw(table: pd.DataFrame, clock: str, path: Path) -> None:
    """Seconds and memory against the number of workloads, a line a peer."""
    some = table[(table["series"] == "workloads") & (table["status"] == "optimal")]
    if some.empty:
        return
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    panels = (
        (f"{clock}_s", f"whole process, {clock} seconds"),
        ("peak_mb", "peak, MB"),
    )
    for axis, (column, title) in zip(axes, panels, strict=True):
        for peer, line in some.groupby("peer", sort=False):
            line = line.sort_values("workloads")
            width = 3.0 if peer == OURS else 1.2
            axis.plot(
                line["workloads"], line[column], marker="o", label=peer, linewidth=width
            )
        axis.set(xscale="log", yscale="log", xlabel="workloads", title=title)
        axis.grid(visible=True, which="major", alpha=0.3)
    axes[0].legend(fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)
