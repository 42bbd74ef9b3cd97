"""Checks of workloads: demand forms, deferrable windows, where they run today."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import quoted, suggestion
from siting.tables.megawatts import demand_mw
from siting.tables.world import World
from siting.words import word

_FORMS: dict[str, tuple[str, ...]] = {
    "it_mw": (),
    "accelerators": ("model",),
    "pf_days_per_year": ("model", "mfu"),
    "flops_per_year": ("model", "mfu"),
    "requests_per_day": ("wh_per_request",),
}
_NEED_TFLOPS = ("pf_days_per_year", "flops_per_year")
_SHARE_TOLERANCE = 1e-9
# Demand in all for which plans are known to be proven; and beyond which they are not.
_SURE_MW, _POSSIBLE_MW = (1e-3, 1e6), (1e-6, 1e9)


def check_demand(world: World, hours_per_year: float | None) -> None:
    """Report everything that is wrong with workloads beyond single cells.

    Parameters
    ----------
    world
        Completed tables and their origins.
    hours_per_year
        From the settings; ``None`` where they could not be read.
    """
    if world.sound("workloads"):
        _check_forms(world)
        _check_deferrable(world)
        _check_totals(world)
        if hours_per_year is not None:
            _check_size(world, hours_per_year)
    if "current" in world.given and world.sound("current"):
        _check_current(world)


def _check_forms(world: World) -> None:
    workloads = world.frames["workloads"]
    given = {
        form: workloads[form].notna().to_numpy() | world.faults("workloads", form)
        for form in _FORMS
    }
    count = np.sum(list(given.values()), axis=0)
    world.rows(
        "workloads",
        count == 0,
        None,
        lambda row: (
            word("workload '{id}' has no demand", id=row["id"]),
            word("Give exactly one of {forms}.", forms=quoted(list(_FORMS))),
        ),
    )
    world.rows(
        "workloads",
        count > 1,
        None,
        lambda row: (
            word(
                "workload '{id}' has its demand in more than one form: {form}",
                id=row["id"],
                form=quoted([form for form in _FORMS if not pd.isna(row[form])]),
            ),
            "Leave one of them and blank the others.",
        ),
    )
    one = count == 1
    for form, companions in _FORMS.items():
        for name in companions:
            cells = workloads[name]
            blank = (cells == "") if name == "model" else cells.isna()
            message = word(
                "the cell is blank, but {form} of workload '{{id}}' needs it", form=form
            )
            bad = one & given[form] & blank.to_numpy()
            bad &= ~world.faults("workloads", name)
            remedy = word("Give {name}.", name=name)
            world.cells("workloads", bad, name, message, remedy)
    _check_tflops(world, one & np.any([given[form] for form in _NEED_TFLOPS], axis=0))


def _check_tflops(world: World, used: NDArray[np.bool_]) -> None:
    if not world.sound("accelerators"):
        return
    cards = world.frames["accelerators"]
    models = set(world.frames["workloads"].loc[used, "model"])
    bad = cards["model"].isin(models) & cards["tflops"].isna()
    world.rows(
        "accelerators",
        bad,
        "tflops",
        lambda row: (
            word(
                "the cell is blank, but a workload turns FLOPs on '{model}' to MW",
                model=row["model"],
            ),
            "Give its dense BF16/FP16 peak in TFLOP/s.",
        ),
    )


def _check_deferrable(world: World) -> None:
    workloads = world.frames["workloads"]
    deferrable = workloads["manner"] == "deferrable"
    world.rows(
        "workloads",
        deferrable & (workloads["profile"] != ""),
        "profile",
        lambda row: (
            word("workload '{id}' is deferrable and has a profile", id=row["id"]),
            "Blank the profile: deferrable work is flat over its window.",
        ),
    )
    idle = (workloads["burst"] > 1.0) & ~deferrable
    for name in workloads.loc[idle, "id"].head(1):
        world.findings.warn(
            world.origins["workloads"].file,
            word(
                "burst of workload '{name}' has no effect: it is not deferrable",
                name=name,
            ),
            "Set manner to deferrable, or blank the cell.",
            column="burst",
        )
    if not world.sound("periods"):
        return
    periods = world.frames["periods"]
    labels = [name for name in periods.columns if name not in ("id", "hours")]
    used = [name for name in labels if (periods[name] != "").any()]
    strange = deferrable & ~workloads["window"].isin(["year", *used])
    world.rows(
        "workloads",
        strange,
        "window",
        lambda row: (
            word(
                "unknown window '{window}': no such label in periods",
                window=row["window"],
            ),
            suggestion(row["window"], ["year", *used], "windows"),
        ),
    )
    for name in sorted(set(workloads.loc[deferrable, "window"]) & set(used)):
        message = word(
            "the cell is blank, but '{name}' is the window of a workload", name=name
        )
        remedy = "Give the label of the window this period belongs to."
        world.cells("periods", periods[name] == "", name, message, remedy)


def _check_totals(world: World) -> None:
    """Warn where a profile changes the work of a year that was given as a total."""
    if not world.sound("profiles", "periods"):
        return
    workloads, profiles = world.frames["workloads"], world.frames["profiles"]
    totals = list(_FORMS)[2:]
    shaped = workloads[totals].notna().any(axis=1) & (workloads["profile"] != "")
    if not shaped.any() or profiles.empty:
        return
    hours = world.frames["periods"].drop_duplicates("id").set_index("id")["hours"]
    weight = profiles["period"].map(hours)
    summed = (profiles["factor"] * weight).groupby(profiles["profile"]).sum()
    means = summed / weight.groupby(profiles["profile"]).sum()
    for name, mean in means.items():
        users = workloads.loc[shaped & (workloads["profile"] == name), "id"]
        if len(users) and not np.isclose(mean, 1.0, rtol=1e-3):
            world.findings.warn(
                world.origins["profiles"].file,
                word(
                    "profile '{name}' has the mean {mean:.4g}, so the work of "
                    "{users} is that many times what was given",
                    name=name,
                    mean=mean,
                    users=quoted(users.tolist(), most=3),
                ),
                "Scale its factors to a mean of 1.",
                column="factor",
            )


def _check_size(world: World, hours_per_year: float) -> None:
    """Refuse demand that the tolerances of a solver cannot tell from none or no end."""
    if not world.sound("accelerators"):
        return
    workloads = world.frames["workloads"]
    cards = world.frames["accelerators"].drop_duplicates("model").set_index("model")
    # What cannot be worked out is told of by other checks.
    total = float(demand_mw(workloads, cards, hours_per_year).sum())
    if total == 0 or _SURE_MW[0] <= total <= _SURE_MW[1]:
        return
    file = world.origins["workloads"].file
    message = word("all workloads together have {total:.4g} MW", total=total)
    remedy = word(
        "Give demand that comes to between {least:g} and {most:,.0f} MW in all: "
        "figures of a plan are known to about a millionth of a MW.",
        least=_SURE_MW[0],
        most=_SURE_MW[1],
    )
    possible = _POSSIBLE_MW[0] <= total <= _POSSIBLE_MW[1]
    tell = world.findings.warn if possible else world.findings.add
    given = [form for form in _FORMS if workloads[form].notna().any()]
    tell(file, message, remedy, column=given[0] if len(given) == 1 else None)


def _check_current(world: World) -> None:
    current = world.frames["current"]
    total = current.groupby("workload", sort=False)["share"].transform("sum")
    over = (total > 1.0 + _SHARE_TOLERANCE) & ~current.duplicated("workload")
    sums = dict(zip(current["workload"], total, strict=True))
    world.rows(
        "current",
        over,
        "share",
        lambda row: (
            word(
                "the shares of workload '{workload}' sum to {sums:.6g}, above 1",
                workload=row["workload"],
                sums=sums[row["workload"]],
            ),
            "Lower them until they sum to at most 1.",
        ),
    )
