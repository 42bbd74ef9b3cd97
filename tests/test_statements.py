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


def stated(
    table: str, key: str, column: str, grade: str, basis: str = ""
) -> dict[str, str]:
    """Return a row of sources."""
    named = {"table": table, "key": key, "column": column, "basis": basis}
    return named | {"grade": grade}


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


def test_green_of_grade_c_is_told_period_by_period() -> None:
    """Proves: only the periods in which a share is replaced rest on its statement.

    6 MW at 0.75 for 1,000 h and at 0.5 for 500 h are 4,500 and 1,500 MWh; the share of
    the second period is known. Without the split all of it passed for known. The plan
    places work of a profile and movable work: 2 MW that doubles, 4 MW that halves.
    """
    loads = [
        {"id": "w", "class": "c", "origin": "n", "it_mw": 2.0, "profile": "twice"},
        {"id": "m", "class": "c", "origin": "n", "it_mw": 4.0, "profile": "half"},
    ]
    loads[1]["manner"] = "movable"
    scenario = siting.Scenario.from_tables(
        hubs=[{**HUBS[0], "it_capacity_mw": 8.0}],
        workloads=loads,
        periods=[{"id": "a", "hours": 1000.0}, {"id": "b", "hours": 500.0}],
        profiles=[
            {"profile": "twice", "period": "a", "factor": 1.0},
            {"profile": "twice", "period": "b", "factor": 2.0},
            {"profile": "half", "period": "a", "factor": 1.0},
            {"profile": "half", "period": "b", "factor": 0.5},
        ],
        hub_periods=[{"hub": "calm", "period": "b", "green_share": 0.5}],
        settings={"hours_per_year": 1500.0},
        sources=[
            stated("hubs", "*", "*", "C"),
            stated("hub_periods", "*", "*", "A"),
        ],
    )
    optimum = solved(scenario)
    assert optimum.hubs["green_mwh"].tolist() == pytest.approx([6000.0])
    found = weak_green(optimum)
    assert found is not None
    assert (found.share, found.hubs) == (pytest.approx(4500.0 / 6000.0), ("calm",))


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


def priced(**settings: Any) -> siting.Scenario:
    """Give tariffs of two bases and factors of two years, and statements about each."""
    bases = {"contract": 300.0, "list": 500.0}
    return siting.Scenario.from_tables(
        hubs=[{**hub, "grid": "g"} for hub in HUBS],
        workloads=WORK,
        tariffs=[
            {"basis": basis, "hub": hub["id"], "price_cny_per_mwh": price}
            for basis, price in bases.items()
            for hub in HUBS
        ],
        carbon_factors=[
            {"grid": "g", "year": year, "location_kg_per_mwh": 500.0}
            for year in (2021, 2022)
        ],
        sources=[
            stated("tariffs", "calm", "*", "A", "contract"),
            stated("tariffs", "*", "*", "B", "contract"),
            stated("tariffs", "*", "price_cny_per_mwh", "C", "list"),
            stated("carbon_factors", "g", "*", "A", "2021"),
            stated("carbon_factors", "*", "*", "B", "2022"),
            stated("carbon_factors", "*", "residual_kg_per_mwh", "C"),
            stated("hubs", "*", "pue", "A", "list"),
            stated("settings", "discount_rate", "value", "A", "list"),
        ],
        policy={"carbon_price_cny_per_t": 100.0},
        settings={"tariff_basis": "contract", "carbon_year": 2022} | settings,
    )


@pytest.mark.parametrize(
    ("settings", "told", "prices", "factor"),
    [
        ({}, ["A contract", "B contract", "B 2022", "C "], ["A", "B"], "B"),
        ({"tariff_basis": "list"}, ["C list", "B 2022", "C "], ["C", "C"], "B"),
        ({"carbon_year": 2021}, ["A contract", "B contract", "A 2021", "C "],
         ["A", "B"], "A"),
    ],
)  # fmt: skip
def test_statements_are_about_their_basis(
    settings: dict[str, Any], told: list[str], prices: list[str], factor: str
) -> None:
    """Proves: of a basis or a year that is not chosen, nothing counts or gives a grade.

    Tariffs are named by their hub. Without it: contract prices lent their grades to
    list prices, and statements about hubs' tariffs were not counted at all.
    """
    scenario = priced(**settings)
    used = in_use(scenario)
    assert used[["grade", "basis"]].agg(" ".join, axis=1).tolist() == told
    decided = solved(scenario).decided_by().set_index(["table", "key"])
    found = [decided.loc[("tariffs", hub), "grade"] for hub in ("calm", "windy")]
    assert [str(grade) for grade in found] == prices
    assert decided.loc[("carbon_factors", "g"), "grade"] == factor


def test_a_statement_about_every_basis_comes_after_one_about_this() -> None:
    """Proves: without a basis it is about every one; the hub still goes before `*`.

    Prices that are of every basis themselves take no statement about one.
    """
    sources = [
        stated("tariffs", "*", "*", "A"),
        stated("tariffs", "*", "*", "B", "contract"),
        stated("tariffs", "windy", "*", "C"),
    ]

    def grades(*bases: str) -> list[str]:
        tariffs = [
            {"basis": basis, "hub": hub["id"], "price_cny_per_mwh": 300.0}
            for hub, basis in zip(HUBS, bases, strict=True)
        ]
        decided = plan(*sources, tariffs=tariffs).decided_by()
        return [
            str(decided.set_index(["table", "key"]).loc[("tariffs", hub), "grade"])
            for hub in ("calm", "windy")
        ]

    assert grades("contract", "contract") == ["B", "C"]
    assert grades("", "contract") == ["A", "C"]


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
