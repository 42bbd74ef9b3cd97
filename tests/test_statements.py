"""Tests of which statements count, and of what rests on grade C."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from pipelines import solved

import siting
from siting.language import language
from siting.statements import in_use, weak_green, weak_green_text

HUBS = [
    {"id": "calm", "node": "n", "it_capacity_mw": 6.0, "green_share": 0.75},
    {"id": "windy", "name_zh": "风", "node": "n", "it_capacity_mw": 4.0},
]
WORK = [{"id": "w", "class": "c", "origin": "n", "it_mw": 10.0}]


def stated(table: str, key: str, column: str, grade: str) -> dict[str, str]:
    """Return a row of sources."""
    return {"table": table, "key": key, "column": column, "grade": grade}


def plan(*sources: dict[str, str], **tables: Any) -> siting.Plan:
    """Solve ten MW that fill both hubs, one of them three quarters green."""
    given = {"hubs": HUBS, "workloads": WORK, "sources": list(sources) or None}
    return solved(siting.Scenario.from_tables(**given, **tables))


def test_green_of_grade_c() -> None:
    """Shares by period go before those of a hub; hubs come by green energy.

    The calm hub draws 6 MW and is 75 % green, the windy one 4 MW and 25 %: 4.5 and 1 MW
    of green power, of which only the windy hub's is an estimate.
    """
    windy = [{"hub": "windy", "period": "year", "green_share": 0.25}]
    found = weak_green(
        plan(
            stated("hubs", "*", "green_share", "B"),
            stated("hub_periods", "windy", "green_share", "C"),
            hub_periods=windy,
        )
    )
    assert found is not None
    assert found.share == pytest.approx(1.0 / 5.5)
    assert found.hubs == ("windy",)
    all_weak = weak_green(
        plan(
            stated("hubs", "*", "*", "C"),
            stated("hub_periods", "*", "*", "C"),
            hub_periods=windy,
        )
    )
    assert all_weak is not None
    assert (all_weak.share, all_weak.hubs) == (pytest.approx(1.0), ("calm", "windy"))


def test_green_is_told_in_both_languages() -> None:
    """The summary and the sentence name share and hubs; without grade C, nothing."""
    weak = plan(stated("hubs", "calm", "green_share", "C"))
    text = "100 % of the contracted green energy rests on shares of grade C (calm)"
    assert text in " ".join(weak.summary().split())
    with language("zh"):
        assert "C 级（calm）" in weak_green_text(weak)
    assert weak_green_text(plan(stated("hubs", "calm", "green_share", "B"))) == ""
    assert weak_green_text(plan()) == ""


def test_only_figures_in_use_count() -> None:
    """Names, unused cards, other price bases and absent rows are not figures in use."""
    sources = [
        stated("hubs", "*", "name", "A"),
        stated("hubs", "calm|windy", "pue", "B"),
        stated("hubs", "gone", "pue", "A"),
        stated("hubs", "*", "latitude", "C"),
        stated("workloads", "*", "mfu", "A"),
        stated("workloads", "*", "it_mw", "C"),
        stated("accelerators", "A100", "tdp_w", "A"),
        stated("transfer_prices", "lease", "fill", "C"),
        stated("transfer_prices", "list", "price_cny_per_gb", "A"),
        stated("tariffs", "*", "*", "A"),
        stated("settings", "discount_rate", "value", "C"),
    ]
    scenario = siting.Scenario.from_tables(
        hubs=HUBS,
        workloads=WORK,
        accelerators=[{"model": "A100", "tdp_w": 400.0}],
        transfer_prices=[
            {"basis": "lease", "price_cny_per_gbps_month": 9.0, "fill": 0.5},
            {"basis": "list", "price_cny_per_gb": 9.0},
        ],
        settings={"transfer_basis": "lease"},
        links=[{"id": "l", "source": "n", "target": "m"}],
        nodes=[{"id": "n"}, {"id": "m"}],
        sources=sources,
    )
    told = in_use(scenario)[["table", "column"]].agg(".".join, axis=1).tolist()
    assert told == [
        "hubs.pue",
        "workloads.it_mw",
        "transfer_prices.fill",
        "settings.value",
    ]


def test_a_stranger_s_workloads_have_no_source(tmp_path: Path) -> None:
    """What a region says of its own workloads is not said of a file from elsewhere.

    A shipped set named by its path stays the region's own.
    """
    own = tmp_path / "mine.csv"
    own.write_text(
        "id,class,origin,it_mw\na,training,beijing-pop,100\n", encoding="utf-8"
    )
    mine = siting.load("china", own)
    assert "workloads" not in set(mine.sources["table"])
    assert len(mine.sources) > 100
    decided = solved(mine).decided_by(by="source").set_index(["table", "column"])
    assert decided.loc[("workloads", "it_mw"), ["grade", "source"]].tolist() == ["", ""]
    assert decided.loc[("tariffs", "price_cny_per_mwh"), "grade"] != ""
    assert "The workloads name no source" in solved(mine).summary()
    saved = mine.save(tmp_path / "saved")
    assert "workloads" not in set(siting.load(saved).sources["table"])

    region = tmp_path / "region"
    siting.regions.new(region)
    inside = siting.load(region, region / "workloads" / "chatgpt.csv")
    assert "workloads" in set(inside.sources["table"])
    shutil.copy(region / "workloads" / "chatgpt.csv", tmp_path / "copy.csv")
    outside = siting.load(region, tmp_path / "copy.csv")
    assert "workloads" not in set(outside.sources["table"])
