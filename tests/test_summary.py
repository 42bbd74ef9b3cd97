"""Tests of the summary's figures and sentences, on tables made by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.language import language
from siting.plan_files import PLANS, TABLES
from siting.settings import Policy, Settings
from siting.summary import text_summary
from siting.wording import WIDTH

HOURS = pd.Series({"day": 4000.0, "night": 4760.0})


def table(name: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return a plan's table with some rows."""
    return pd.DataFrame(list(rows), columns=list(TABLES[name]))


def made_plan(*baselines: tuple[Any, ...], **tables: pd.DataFrame) -> Any:
    """Return what the summary reads of a plan."""
    cost = next((row[2] for row in baselines if row[0] == "cost_cny"), 0.0)
    scenario = SimpleNamespace(
        settings=tables.pop("settings", Settings(name="tiny", title="Tiny")),
        policy=Policy(),
        it_mw=pd.Series([8.0, 3.0]),
        workloads=range(2),
        hubs=range(2),
        rtt=range(5),
        periods=pd.DataFrame({"hours": HOURS}),
        sources=tables.pop("sources", pd.DataFrame({"grade": [], "table": []})),
    )
    parts = {name: table(name) for name in TABLES} | tables
    parts["baselines"] = table("baselines", *baselines)
    manifest = {"options": {"stages": [{"weights": {"cost": 1}}]}, "seconds": {}}
    return SimpleNamespace(
        scenario=scenario,
        manifest=manifest,
        status="optimal",
        cost_cny=cost,
        gap=0.0,
        **parts,
    )


def money(measure: str, *values: float) -> tuple[Any, ...]:
    """Return a row of baselines, in CNY from M CNY."""
    return (measure, "CNY", *(1e6 * value for value in values))


FULL = (
    money("cost_cny", 80, 100, 95, 96, 90, 70),
    money("ledger:electricity", 50, 80, 76, 77, 71, 45),
    money("ledger:hosting", 18, 19, 18, 18, 18, 18),
    money("ledger:transfer", 12, 1, 1, 1, 1, 7),
    money("ledger:staging", *[0] * 6),
    ("location_t", "t", 110.0, 100.0, 100.0, 100.0, 100.0, 90.0),
    ("west_share", "share", 0.5, 0, 0, 0, 0, 0.7),
    ("west_share:training", "share", 0.9, 0, 0, 0, 0, 1.0),
    ("unserved_mw", "MW", 0, 0, 0, 2.5, 0, 0),
)


def test_comparison_and_savings() -> None:
    """Tests that savings and shares are those of the table, in readable units."""
    text = text_summary(made_plan(*FULL))
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    row = next(line for line in lines if line.startswith("cost, M CNY"))
    assert row.split()[3:] == ["80.0", "100.0", "95.0", "96.0", "90.0", "70.0"]
    assert "staging" not in text.split("WHAT THE PLAN SAVES")[0]
    savings = text.split("WHAT THE PLAN SAVES")[1]
    today = next(line for line in savings.splitlines() if line.startswith("  today"))
    assert today.split() == ["today", "20.0", "20.0", "-10", "-10.0", "0", "-"]
    assert "'east nearest' serves 2.5 MW less than the plan" in text
    told = " ".join(text.split())
    assert "'east nearest': cannot be told, as it serves 2.5 MW less than the" in told
    (net,) = (line for line in lines if line.startswith("net saving"))
    assert net.split()[2:] == ["20.0", "15.0", "-", "10.0"]
    assert "saves more than 30.0 M CNY (30.0 %) against 'today'" in text
    assert "reaches 66.7 % of that" in text
    assert "  training, %" in text


@pytest.mark.parametrize(
    ("electricity", "transfer", "words"),
    [
        ((50, 80), (12, 2), "takes 33.3 % of what power and room save, so it pays"),
        ((50, 80), (12, 2), "even at 3 times the network's price"),
        ((50, 55), (12, 2), "does not pay by itself"),
        ((50, 55), (2, 12), "saves 5.0 M CNY on power and room, 10.0 on network"),
        ((60, 55), (2, 12), "10.0 M CNY less network for 5.0 more power and room"),
        ((60, 55), (12, 2), "a network is not worth it"),
        ((50, 50), (2, 2), "no difference"),
    ],
)
def test_verdict(
    electricity: tuple[float, float], transfer: tuple[float, float], words: str
) -> None:
    """Tests the sentence for every way the two sums can lie."""
    nothing = [np.nan] * (len(PLANS) - 2)
    plan = made_plan(
        money("cost_cny", electricity[0] + transfer[0], sum(electricity), *nothing),
        money("ledger:electricity", *electricity, *nothing),
        money("ledger:transfer", *transfer, *nothing),
    )
    assert words in " ".join(text_summary(plan).split())


def test_without_baselines() -> None:
    """Tests that a plan alone is told from its ledger, without comparisons."""
    nothing = [np.nan] * 5
    rows = [("electricity", 9e3, *nothing), ("total", 9e3, *nothing)]
    text = text_summary(made_plan(ledger=table("ledger", *rows)))
    assert "cost, CNY" in text
    assert "9,000.0" in text
    assert "WHAT THE PLAN SAVES" not in text


def test_not_served() -> None:
    """Tests that unserved demand is averaged over hours, and named."""
    unserved = table("unserved", ("chat", "day", 2.19), ("backup", "night", 1.84))
    placement = table("placement", ("chat", "interactive", "o", "h", *[1.0] * 5))
    text = text_summary(made_plan(*FULL, unserved=unserved, placement=placement))
    assert "NOT SERVED: 2.00 MW in the mean, 2 workloads, 1 of them not at all" in text
    assert "backup: 1.00 MW (none of it is placed)" in text


def test_limits_are_sorted_by_what_they_hold() -> None:
    """Tests that limits with a price are shown, the weightiest first."""
    limits = table(
        "limits",
        ("room", "steppe", "", "", "MW", 12, 12, 0, 5.0),
        ("link", "a>b", "forward", "day", "Gbps", 400, 400, 0, 2.0),
        ("room", "harbour", "", "", "MW", 20, 3, 17, 0.0),
    )
    text = text_summary(made_plan(*FULL, limits=limits))
    assert text.index("link a>b forward day, Gbps") < text.index("room steppe, MW")
    assert "room harbour" not in text
    assert "nothing has a price" in text_summary(made_plan(*FULL))


def test_accounting_and_grades() -> None:
    """Tests that the choices and the grades are told."""
    settings = Settings(
        name="tiny", transfer_basis="lease", new_sides=("west",), rtt_factor=1.5
    )
    sources = pd.DataFrame(
        {
            "table": ["settings", "settings", "policy", "settings"],
            "key": "*",
            "column": "value",
            "basis": "",
            "grade": ["A", "C", "C", "B"],
        }
    )
    text = text_summary(made_plan(*FULL, settings=settings, sources=sources))
    for words in (
        "lease",
        "carried by standing room in: west; sunk elsewhere",
        "2 x one-way x 1.5 + 1 ms",
        "1 A (read), 1 B (well known), 2 C (estimate)",
        "C-graded by table: settings 1, policy 1.",
        "The workloads name no source",
        "not allowed",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("matched", "words"),
    [("off", "绿证：不启用"), ("year", "按全年匹配"), ("period", "按时段匹配")],
)
def test_how_certificates_are_matched(matched: str, words: str) -> None:
    """Tests that the setting is not told as the word for the number of a year."""
    settings = Settings(certificates=matched)
    with language("zh"):
        told = text_summary(made_plan(*FULL, settings=settings))
    (line,) = (x for x in told.splitlines() if x.strip().startswith("绿证"))
    assert words.removeprefix("绿证：") in line
    assert "年份" not in line
