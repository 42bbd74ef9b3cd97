"""Spoilt scenarios: every problem is told at once, with its place and its remedy."""

import contextlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting.errors import InputError, Problem
from siting.scenario import Scenario
from siting.tables.dictionary import TABLES

HOURS = [f"d{day}h{hour:02d}" for day in (1, 2) for hour in range(24)]
GOOD = {
    "hubs.csv": (
        "id,it_capacity_mw,latitude,longitude,grid,green_share,pue,side\n"
        "gui,100,26.6,106.7,south,0.2,1.2,west\n"
        "hangzhou,inf,30.3,120.2,east,0,1.3,east\n"
    ),
    "workloads.csv": (
        "id,class,origin,it_mw,rtt_limit_ms,profile,manner\n"
        "train,training,hangzhou,30,,,pinned\n"
        "chat,interactive,hangzhou,20,30,day,movable\n"
    ),
    "tariffs.csv": "hub,period,price_cny_per_mwh\ngui,,350\nhangzhou,,620\n",
    "carbon_factors.csv": (
        "grid,year,location_kg_per_mwh\nsouth,2022,500\neast,2022,580\n"
    ),
    "periods.csv": "id,hours,day,hour\n"
    + "".join(f"{name},182.5,{name[:2]},{name[2:]}\n" for name in HOURS),
    "profiles.csv": "profile,period,factor\n"
    + "".join(f"day,{name},1\n" for name in HOURS),
    "links.csv": "source,target,length_km\ngui,hangzhou,1500\n",
    "scenario.toml": 'name = "case"\nrtt_factor = 1.5\n',
    "policy.toml": (
        'closed_hubs = []\n[[placement_min]]\nshare = 0.3\nside = "west"\n'
        'class = "training"\n'
    ),
}

Spoil = dict[str, str | bytes | None]


def write(folder: Path, spoilt: Spoil) -> Path:
    """Write the good scenario with some files replaced or (None) left out."""
    for name, content in {**GOOD, **spoilt}.items():
        if isinstance(content, str):
            (folder / name).write_text(content, encoding="utf-8", newline="")
        elif content is not None:
            (folder / name).write_bytes(content)
    return folder


def problems(folder: Path, spoilt: Spoil) -> tuple[Problem, ...]:
    """Return what loading the spoilt scenario reports."""
    with pytest.raises(InputError) as error:
        Scenario.load(write(folder, spoilt))
    return error.value.problems


def edited(name: str, *changes: tuple[str, str]) -> Spoil:
    """Return a file of the good scenario with words replaced, each once."""
    text = GOOD[name]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {name: text}


def test_good_scenario_has_no_problem(tmp_path: Path) -> None:
    """The scenario that the others spoil is itself sound, without a warning."""
    assert Scenario.load(write(tmp_path, {})).warnings == ()


# (what is spoilt, file, row, column, words of the message, words of the remedy);
# each is the only problem of its scenario.
CASES: dict[str, tuple[Spoil, str, int | None, str | None, str, str]] = {
    "missing table": (
        {"hubs.csv": None},
        *("hubs.csv", None, None, "the table hubs is missing", "'it_capacity_mw'"),
    ),
    "misspelt table": (
        {"hub_period.csv": "hub,period\n"},
        *("hub_period.csv", None, None, "no table 'hub_period'", "'hub_periods.csv'?"),
    ),
    "table as a workbook": (
        {"rtt.xlsx": b"PK"},
        *("rtt.xlsx", None, None, ".xlsx", "rtt.csv"),
    ),
    "misspelt policy file": (
        {"polcy.toml": ""},
        *("polcy.toml", None, None, "unknown file", "'policy.toml'?"),
    ),
    "two files for a table": (
        {"links.parquet": b"PAR1"},
        *("links.csv", None, None, "2 files for the table links", "Keep one"),
    ),
    "unknown column": (
        edited("hubs.csv", ("green_share", "gren_share")),
        *("hubs.csv", 1, "gren_share", "unknown column", "'green_share'?"),
    ),
    "missing column": (
        {"tariffs.csv": "hub,period\ngui,\nhangzhou,\n"},
        *("tariffs.csv", 1, "price_cny_per_mwh", "is missing", "Add it (in CNY/MWh)"),
    ),
    "column twice": (
        edited("hubs.csv", ("green_share", "pue")),
        *("hubs.csv", 1, "pue", "there 2 times", "Keep one"),
    ),
    "blank required cell": (
        edited("hubs.csv", ("gui,100", "gui,")),
        *("hubs.csv", 2, "it_capacity_mw", "the cell is blank", "MW of IT load"),
    ),
    "not a number": (
        edited("hubs.csv", ("gui,100", "gui,many")),
        *("hubs.csv", 2, "it_capacity_mw", "'many' is not a number", "Give a number"),
    ),
    "number with a unit": (
        edited("tariffs.csv", ("gui,,350", "gui,,0.35元")),
        *("tariffs.csv", 2, "price_cny_per_mwh", "'0.35元'", "alone in CNY/MWh"),
    ),
    "per cent": (
        edited("hubs.csv", ("0.2", "20%")),
        *("hubs.csv", 2, "green_share", "'20%' is not a number", "Write 0.2 "),
    ),
    "separators of thousands": (
        edited("hubs.csv", ("gui,100", 'gui,"1,100.5"')),
        *("hubs.csv", 2, "it_capacity_mw", "'1,100.5'", "Write 1100.5"),
    ),
    "decimal comma": (
        edited("hubs.csv", ("1.2,west", '"1,2",west')),
        *("hubs.csv", 2, "pue", "'1,2'", "Write 1.2, with a decimal point"),
    ),
    "NaN": (
        edited("tariffs.csv", ("gui,,350", "gui,,NaN")),
        *("tariffs.csv", 2, "price_cny_per_mwh", "not a number", "may not be blank"),
    ),
    "negative": (
        edited("hubs.csv", ("gui,100", "gui,-100")),
        *("hubs.csv", 2, "it_capacity_mw", "-100 is negative", "Give 0 or more"),
    ),
    "share in per cent": (
        edited("hubs.csv", ("0.2", "84.57")),
        *("hubs.csv", 2, "green_share", "84.57 is above 1", "give 0.8457"),
    ),
    "PUE below 1": (
        edited("hubs.csv", ("1.2", "0.9")),
        *("hubs.csv", 2, "pue", "0.9 is below 1", "facility energy over IT energy"),
    ),
    "infinite": (
        edited("hubs.csv", ("1.2", "inf")),
        *("hubs.csv", 2, "pue", "infinite", "finite number"),
    ),
    "latitude and longitude exchanged": (
        edited("hubs.csv", ("26.6,106.7", "106.7,26.6")),
        *("hubs.csv", 2, "latitude", "106.7 is above 90", "exchanged"),
    ),
    "half a coordinate": (
        edited("hubs.csv", ("26.6,106.7", "26.6,")),
        *("hubs.csv", 2, "longitude", "but no longitude", "both or none"),
    ),
    "unknown word": (
        edited("workloads.csv", ("movable", "moveable")),
        *("workloads.csv", 3, "manner", "unknown word 'moveable'", "'movable'?"),
    ),
    "control character": (
        edited("workloads.csv", ("interactive", "inter\x07active")),
        *("workloads.csv", 3, "class", "control character", "Type the text anew"),
    ),
    "duplicated id": (
        edited("hubs.csv", ("hangzhou,inf", "gui,5,,,,,,\nhangzhou,inf")),
        *("hubs.csv", 3, "id", "'gui' is there already, in line 2", "its own id"),
    ),
    "duplicated key": (
        edited("tariffs.csv", ("gui,,350", "gui,,350\ngui,,360")),
        *("tariffs.csv", 3, None, "'gui' is there already", "hub, period"),
    ),
    "id with a separator": (
        edited("hubs.csv", ("hangzhou,inf", "a;b,5,,,,,,\nhangzhou,inf"))
        | {"tariffs.csv": GOOD["tariffs.csv"] + "a;b,,1\n"}
        | {"links.csv": GOOD["links.csv"] + "gui,a;b,1\n"},
        *("hubs.csv", 3, "id", "holds ';'", "separates ids in lists"),
    ),
    "id of a sum": (
        edited("hubs.csv", ("hangzhou,inf", "total,5,,,,,,\nhangzhou,inf"))
        | {"tariffs.csv": GOOD["tariffs.csv"] + "total,,1\n"}
        | {"links.csv": GOOD["links.csv"] + "gui,total,1\n"},
        *("hubs.csv", 3, "id", "'total' is that of a sum", "other than network and"),
    ),
    "unknown hub": (
        edited("tariffs.csv", ("hangzhou,,620", "hangzhou,,620\nhangzou,,1")),
        *("tariffs.csv", 4, "hub", "unknown hub 'hangzou'", "'hangzhou'?"),
    ),
    "unknown hub in a list": (
        edited("workloads.csv", ("manner\n", "manner,allowed_hubs\n"))
        | {
            "workloads.csv": "id,class,origin,it_mw,allowed_hubs\n"
            "train,training,gui,3,gui;hangzou\n"
        },
        *("workloads.csv", 2, "allowed_hubs", "'hangzou'", "'hangzhou'?"),
    ),
    "list separated by commas": (
        {
            "workloads.csv": "id,class,origin,it_mw,allowed_hubs\n"
            'train,training,gui,3,"gui,hangzhou"\n'
        },
        *("workloads.csv", 2, "allowed_hubs", "unknown name", "semicolons"),
    ),
    "unknown grid": (
        edited("hubs.csv", ("south", "suoth")),
        *("hubs.csv", 2, "grid", "unknown grid 'suoth'", "'south'?"),
    ),
    "unknown profile": (
        edited("workloads.csv", (",day,", ",dya,")),
        *("workloads.csv", 3, "profile", "unknown profile 'dya'", "'day'?"),
    ),
    "unknown node": (
        {
            "nodes.csv": "id\ngui\nhangzhou\n",
            "links.csv": GOOD["links.csv"] + "gui,hangzho,3\n",
        },
        *("links.csv", 3, "target", "unknown node 'hangzho'", "'hangzhou'?"),
    ),
    "unknown period": (
        {"tariffs.csv": GOOD["tariffs.csv"] + "gui,d1h24,3\n"},
        *("tariffs.csv", 4, "period", "unknown period 'd1h24'", "Did you mean 'd1h"),
    ),
    "unknown accelerator": (
        {
            "accelerators.csv": "model,tflops,tdp_w\nA100,312,400\n",
            "workloads.csv": "id,class,origin,accelerators,model\n"
            "train,training,gui,30000,A10O\n",
        },
        *("workloads.csv", 2, "model", "accelerator model 'A10O'", "'A100'?"),
    ),
    "hours of the year": (
        {"periods.csv": "".join(GOOD["periods.csv"].splitlines(True)[:-3])}
        | {"profiles.csv": "".join(GOOD["profiles.csv"].splitlines(True)[:-3])},
        *("periods.csv", None, "hours", "547.5 fewer", "hours_per_year = 8212.5"),
    ),
    "day of 23 hours": (
        {
            "periods.csv": GOOD["periods.csv"].replace("d2h02,182.5,d2,h02\n", ""),
            "profiles.csv": GOOD["profiles.csv"].replace("day,d2h02,1\n", ""),
        },
        *("periods.csv", None, "hours", "day 'd2' has 23 periods where most have 24"),
        "Add the missing periods",
    ),
    "tariff day of 23 hours": (
        {
            "tariffs.csv": "hub,period,price_cny_per_mwh\nhangzhou,,620\n"
            + "".join(f"gui,{name},350\n" for name in HOURS if name != "d1h03")
        },
        *("tariffs.csv", None, "period", "'d1h03' (day 'd1' has 23 of 24 periods)"),
        "Add rows for these periods",
    ),
    "hub without a price": (
        edited("tariffs.csv", ("hangzhou,,620\n", "")),
        *(
            "tariffs.csv",
            None,
            "period",
            "'hangzhou' has no electricity price",
            "blank period",
        ),
    ),
    "profile misses a period": (
        edited("profiles.csv", ("day,d1h05,1\n", "")),
        *("profiles.csv", None, "period", "1 of 48 periods: 'd1h05'", "Add rows"),
    ),
    "no demand": (
        edited("workloads.csv", ("hangzhou,30", "hangzhou,")),
        *("workloads.csv", 2, None, "'train' has no demand", "exactly one of"),
    ),
    "demand below any tolerance": (
        {"workloads.csv": "id,class,origin,it_mw\ntrain,training,gui,1e-9\n"},
        *("workloads.csv", None, "it_mw", "have 1e-09 MW", "between 0.001"),
    ),
    "demand beyond any tolerance": (
        {"workloads.csv": "id,class,origin,it_mw\ntrain,training,gui,1e12\n"},
        *("workloads.csv", None, "it_mw", "have 1e+12 MW", "1,000,000 MW in all"),
    ),
    "requests of a year as those of a second": (
        {
            "workloads.csv": "id,class,origin,requests_per_day,wh_per_request\n"
            "chat,training,gui,1e17,0.3\n"
        },
        *("workloads.csv", None, "requests_per_day", "1.25e+09 MW", "1,000,000 MW in"),
    ),
    "a few operations a year": (
        {
            "accelerators.csv": "model,tflops,tdp_w\nA100,312,400\n",
            "workloads.csv": "id,class,origin,flops_per_year,mfu,model\n"
            "train,training,gui,3e9,0.4,A100\n",
        },
        *("workloads.csv", None, "flops_per_year", "MW", "between 0.001"),
    ),
    "demand in two forms": (
        {
            "workloads.csv": "id,class,origin,it_mw,requests_per_day,wh_per_request\n"
            "train,training,gui,3,10,0.3\n"
        },
        *("workloads.csv", 2, None, "more than one form", "Leave one of them"),
    ),
    "demand form without its companion": (
        {"workloads.csv": "id,class,origin,requests_per_day\ntrain,training,gui,10\n"},
        *("workloads.csv", 2, "wh_per_request", "requests_per_day", "Give wh_per"),
    ),
    "PF-days on a card without TFLOPS": (
        {
            "accelerators.csv": "model,tflops,tdp_w\nA100,,400\n",
            "workloads.csv": "id,class,origin,pf_days_per_year,mfu,model\n"
            "train,training,gui,3640,0.4,A100\n",
        },
        *("accelerators.csv", 2, "tflops", "'A100'", "TFLOP/s"),
    ),
    "deferrable with a profile": (
        edited("workloads.csv", ("movable", "deferrable")),
        *("workloads.csv", 3, "profile", "deferrable and has a profile", "Blank"),
    ),
    "unknown window": (
        {
            "workloads.csv": "id,class,origin,it_mw,manner,window\n"
            "train,training,gui,10,deferrable,dya\n"
        },
        *("workloads.csv", 2, "window", "unknown window 'dya'", "'day'?"),
    ),
    "window with blank labels": (
        edited("periods.csv", (",d1,", ",,"))
        | {
            "workloads.csv": "id,class,origin,it_mw,manner,window\n"
            "train,training,gui,10,deferrable,day\n"
        },
        *("periods.csv", 2, "day", "the window of a workload", "Give the label"),
    ),
    "link to itself": (
        edited("links.csv", ("gui,hangzhou", "gui,gui,3\ngui,hangzhou")),
        *("links.csv", 2, "target", "joins node 'gui' to itself", "another node"),
    ),
    "hub cut off": (
        {
            "nodes.csv": "id\ngui\nhangzhou\nlone\n",
            "hubs.csv": GOOD["hubs.csv"]
            .replace("id,", "id,node,", 1)
            .replace("gui,100", "gui,lone,100")
            .replace("hangzhou,inf", "hangzhou,hangzhou,inf"),
        },
        *("hubs.csv", 2, "node", "hub 'gui' is cut off", "Add the missing links"),
    ),
    "limit without any RTT": (
        {
            "links.csv": None,
            "hubs.csv": "id,it_capacity_mw,side\ngui,100,west\nhangzhou,inf,east\n",
            "workloads.csv": "id,class,origin,it_mw,rtt_limit_ms\n"
            "train,training,nowhere,3,20\n",
        },
        *("workloads.csv", 2, "rtt_limit_ms", "no RTT from its origin 'nowhere'"),
        "Give links, rows of rtt, or coordinates",
    ),
    "current shares above 1": (
        {"current.csv": "workload,hub,share\nchat,gui,0.7\nchat,hangzhou,0.6\n"},
        *("current.csv", 2, "share", "sum to 1.3, above 1", "at most 1"),
    ),
    "several carbon years": (
        {"carbon_factors.csv": GOOD["carbon_factors.csv"] + "east,2023,570\n"},
        *(
            "scenario.toml",
            None,
            "carbon_year",
            "several and none",
            "one of 2022, 2023.",
        ),
    ),
    "unknown tariff basis": (
        edited("scenario.toml", ("rtt_factor = 1.5", 'tariff_basis = "list"')),
        *("scenario.toml", 2, "tariff_basis", "'list' is not in", "no choices"),
    ),
    "misspelt setting": (
        edited("scenario.toml", ("rtt_factor", "rtt_fctor")),
        *("scenario.toml", 2, "rtt_fctor", "unknown key", "'rtt_factor'?"),
    ),
    "setting of the wrong type": (
        edited("scenario.toml", ("= 1.5", '= "1.5"')),
        *("scenario.toml", 2, "rtt_factor", "'1.5' is not a number", "a number"),
    ),
    "broken TOML": (
        edited("scenario.toml", ("= 1.5", "= 1.5 ms")),
        *("scenario.toml", 2, None, "not TOML", "no units"),
    ),
    "misspelt policy key": (
        edited("policy.toml", ("closed_hubs", "closed_hub")),
        *("policy.toml", 1, "closed_hub", "unknown key", "'closed_hubs'?"),
    ),
    "policy names an unknown hub": (
        edited("policy.toml", ("= []", '= ["hangzou"]')),
        *("policy.toml", 1, "closed_hubs", "unknown hub 'hangzou'", "'hangzhou'?"),
    ),
    "policy names an unknown side": (
        edited("policy.toml", ('"west"', '"wst"')),
        *("policy.toml", 4, "placement_min[0].side", "unknown side 'wst'", "'west'?"),
    ),
    "policy names an unknown class": (
        edited("policy.toml", ('"training"', '"trainng"')),
        *("policy.toml", 5, "placement_min[0].class", "'trainng'", "'training'?"),
    ),
    "policy share in per cent": (
        edited("policy.toml", ("0.3", "30")),
        *("policy.toml", 3, "placement_min[0].share", "30 is above 1", "give 0.3"),
    ),
    "policy without a place": (
        edited("policy.toml", ('side = "west"\n', "")),
        *("policy.toml", 2, "placement_min[0]", "0 of side, hub", "exactly one"),
    ),
    "negative carbon cap": (
        edited("policy.toml", ("closed_hubs = []", "carbon_cap_t = -1.0")),
        *("policy.toml", 1, "carbon_cap_t", "-1 is negative", "0 or more"),
    ),
    "GBK": (
        {"hubs.csv": GOOD["hubs.csv"].replace("gui", "贵安").encode("gbk")},
        *("hubs.csv", 2, None, "may be in GBK", "CSV UTF-8"),
    ),
    "UTF-16": (
        {"hubs.csv": GOOD["hubs.csv"].encode("utf-16")},
        *("hubs.csv", None, None, "UTF-16", "CSV UTF-8"),
    ),
    "Excel named CSV": (
        {"hubs.csv": b"PK\x03\x04\x14\x00"},
        *("hubs.csv", None, None, "Excel workbook", "CSV UTF-8"),
    ),
    "NUL": (
        edited("hubs.csv", ("gui", "g\0ui")),
        *("hubs.csv", None, None, "not text", "CSV UTF-8"),
    ),
    "empty file": (
        {"hubs.csv": ""},
        *("hubs.csv", None, None, "empty", "column names in the first line"),
    ),
    "header alone": (
        {"hubs.csv": "id,it_capacity_mw\n"},
        *("hubs.csv", None, None, "no rows", "at least one row"),
    ),
    "blank row": (
        edited("hubs.csv", ("hangzhou,inf", "\nhangzhou,inf")),
        *("hubs.csv", 3, None, "the row is blank", "Delete the row"),
    ),
    "row of commas": (
        edited("hubs.csv", ("hangzhou,inf", ",,,,,,,\nhangzhou,inf")),
        *("hubs.csv", 3, None, "the row is blank", "Delete the row"),
    ),
    "row too long": (
        edited("hubs.csv", ("gui,100", "gui,extra,100")),
        *("hubs.csv", 2, None, "9 cells where the header has 8", "quotation marks"),
    ),
    "row too short": (
        edited("hubs.csv", ("gui,100,", "gui,")),
        *("hubs.csv", 2, None, "7 cells where the header has 8", "missing commas"),
    ),
    "stray quotation mark": (
        edited("hubs.csv", ("gui,100", 'g"ui,100')),
        *("hubs.csv", 2, None, "quotation mark", "twice"),
    ),
    "unclosed quotation mark": (
        edited("hubs.csv", ("gui,100", '"gui,100')),
        *("hubs.csv", 2, None, "not closed", "twice"),
    ),
    "semicolons": (
        {"hubs.csv": GOOD["hubs.csv"].replace(",", ";")},
        *("hubs.csv", 1, None, "separated by semicolons", "comma-separated"),
    ),
    "full-width commas": (
        {"hubs.csv": GOOD["hubs.csv"].replace(",", "，")},
        *("hubs.csv", 1, None, "separated by '，'", "comma-separated"),
    ),
    "another table's content": (
        {"hubs.csv": "word,other\n1,2\n"},
        *("hubs.csv", 1, None, "none of the columns", "needed: 'id'"),
    ),
    "broken Parquet": (
        {"hubs.csv": None, "hubs.parquet": b"PAR1 and no more"},
        *("hubs.parquet", None, None, "not sound Parquet", "Write it anew"),
    ),
    "broken GeoPackage": (
        {"hubs.csv": None, "hubs.gpkg": b"SQLite format 3\0 and no more"},
        *("hubs.gpkg", None, None, "not a sound GeoPackage", "Write it anew"),
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_reported_once(kind: str, tmp_path: Path) -> None:
    """A single fault gives a single problem, in its place, with its remedy."""
    spoilt, file, row, column, message, remedy = CASES[kind]
    found = problems(tmp_path, spoilt)
    assert len(found) == 1, "\n".join(map(str, found))
    (problem,) = found
    assert (problem.file, problem.row, problem.column) == (file, row, column)
    assert message in problem.message
    assert remedy in problem.remedy
    assert "\n" not in str(problem)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Faults in seven files, of every stage of checking, are told in one go."""
    spoilt: Spoil = {
        **edited("hubs.csv", ("0.2,1.2", "84.57,0.9"), ("hangzhou,inf", "hangzhou,x")),
        **edited("workloads.csv", ("train,training", "chat,training")),
        **edited("tariffs.csv", ("hangzhou,,620", "hangzou,,620")),
        **edited("links.csv", ("gui,hangzhou,1500", "gui,hangzhou,-1")),
        **edited("profiles.csv", ("day,d1h05,1\n", "")),
        **edited("scenario.toml", ("rtt_factor", "rtt_fctor")),
        **edited("policy.toml", ('"west"', '"wst"')),
    }
    found = {(p.file, p.row, p.column) for p in problems(tmp_path, spoilt)}
    assert found == {
        ("hubs.csv", 2, "green_share"),
        ("hubs.csv", 2, "pue"),
        ("hubs.csv", 3, "it_capacity_mw"),
        ("workloads.csv", 3, "id"),
        ("tariffs.csv", 3, "hub"),
        ("tariffs.csv", None, "period"),
        ("links.csv", 2, "length_km"),
        ("profiles.csv", None, "period"),
        ("scenario.toml", 2, "rtt_fctor"),
        ("policy.toml", 4, "placement_min[0].side"),
    }


def test_problems_print_one_to_a_line(tmp_path: Path) -> None:
    """The error reads ``file:row: column: message. remedy``, a problem a line."""
    with pytest.raises(InputError) as error:
        Scenario.load(write(tmp_path, edited("hubs.csv", ("1.2", "0.9"))))
    assert str(error.value) == (
        "hubs.csv:2: pue: 0.9 is below 1. "
        "PUE is facility energy over IT energy: give 1 or more."
    )
    assert error.value.exit_code == 2


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    """Of a thousand bad rows the first twenty are told and the rest counted."""
    rows = "".join(f"k{i},batch,gui,x,,,\n" for i in range(1000))
    found = problems(tmp_path, {"workloads.csv": GOOD["workloads.csv"] + rows})
    assert len(found) == 21
    assert "980 more rows are wrong like line 23, up to line 1003" in found[-1].message
    assert found[0].row == 4


def test_lines_are_counted_over_quoted_line_breaks(tmp_path: Path) -> None:
    """A cell of three lines moves the line numbers of the rows below it."""
    text = (
        "id,it_capacity_mw,note\r\n"
        'gui,100,"two\r\nmore, ""quoted"" lines\r\nhere"\r\n'
        "hangzhou,-1,\r\n"
    )
    found = problems(
        tmp_path, {"hubs.csv": text, "policy.toml": None, "carbon_factors.csv": None}
    )
    assert [(p.row, p.column) for p in found] == [(5, "it_capacity_mw")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('carbon_year = "2022"', "'2022' is not a whole number"),
        ("transfer_basis = 5", '5 is not a word in "quotes"'),
        ("tariff_basis = 5", '5 is not a word in "quotes"'),
    ],
)
def test_a_choice_that_cannot_be_read_was_made(
    line: str, fault: str, tmp_path: Path
) -> None:
    """Tests that a wrong choice among several is told once, and not as none."""
    prices = "".join(f"{b},{h},400\n" for b in ("l", "c") for h in ("gui", "hangzhou"))
    spoilt: Spoil = {
        "carbon_factors.csv": GOOD["carbon_factors.csv"] + "east,2023,570\n",
        "tariffs.csv": f"basis,hub,price_cny_per_mwh\n{prices}",
        "transfer_prices.csv": "basis,price_cny_per_gb\nwave,0.1\nvolume,0.2\n",
    }
    choices = {
        "carbon_year": "carbon_year = 2022",
        "transfer_basis": 'transfer_basis = "wave"',
        "tariff_basis": 'tariff_basis = "l"',
    } | {line.split(" ", 1)[0]: line}
    spoilt["scenario.toml"] = "\n".join(choices.values())
    found = problems(tmp_path, spoilt)
    assert [(p.column, p.message) for p in found] == [(line.split(" ", 1)[0], fault)]


def test_a_year_that_is_not_there(tmp_path: Path) -> None:
    """Tests that years are told as they are to be written: without quotes."""
    toml = {"scenario.toml": "carbon_year = 2030"}
    (found,) = problems(tmp_path, toml)
    assert found.message == "2030 is not in the table carbon_factors"
    assert found.remedy == "Choose carbon_year, one of 2022."


@pytest.mark.parametrize(
    "content",
    [
        os.urandom(10_000_000),
        b"\xff" * 10_000_000,
        b"word " * 2_000_000,
        b"one,two\n" * 1_250_000,
        b'"' * 10_000_001,
    ],
    ids=["random", "not UTF-8", "one line", "lines", "quotes"],
)
def test_ten_megabytes_of_garbage(content: bytes, tmp_path: Path) -> None:
    """Garbage is answered quickly and with one problem."""
    start = time.process_time()
    found = problems(tmp_path, {"hubs.csv": content})
    assert len(found) == 1
    assert found[0].file == "hubs.csv"
    assert time.process_time() - start < 5.0


def test_directory_in_place_of_a_table(tmp_path: Path) -> None:
    """A directory named like a table is a problem, not a traceback."""
    (tmp_path / "hubs.csv").mkdir()
    found = problems(tmp_path, {"hubs.csv": None})
    assert [(p.file, p.message) for p in found] == [("hubs.csv", "this is a directory")]


def test_link_to_nowhere(tmp_path: Path) -> None:
    """A symbolic link without a target is a problem, not a traceback."""
    (tmp_path / "links.csv").symlink_to(tmp_path / "gone.csv")
    (found,) = problems(tmp_path, {"links.csv": None})
    assert (found.file, found.message) == ("links.csv", "this is a link to nowhere")


def test_link_to_itself(tmp_path: Path) -> None:
    """A loop of symbolic links is a problem, not a traceback."""
    (tmp_path / "scenario.toml").symlink_to(tmp_path / "scenario.toml")
    (found,) = problems(tmp_path, {"scenario.toml": None})
    assert found.file == "scenario.toml"


def test_symbolic_link_to_a_table_is_followed(tmp_path: Path) -> None:
    """A sound symbolic link is read as the file it leads to."""
    (tmp_path / "far.txt").write_text(GOOD["links.csv"], encoding="utf-8")
    (tmp_path / "links.csv").symlink_to(tmp_path / "far.txt")
    assert len(Scenario.load(write(tmp_path, {"links.csv": None})).links) == 1


def test_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal by the system is a problem, not a traceback."""
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "hubs.csv":
            raise PermissionError(13, "Permission denied")
        if path.name == "tariffs.csv":
            raise OSError(5, "Input/output error")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = problems(tmp_path, {})
    assert [(p.file, p.message) for p in found] == [
        ("hubs.csv", "the file may not be read"),
        ("tariffs.csv", "the file cannot be read (Input/output error)"),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_does_not_hang(tmp_path: Path) -> None:
    """A named pipe is told as such, rather than waited for."""
    os.mkfifo(tmp_path / "hubs.csv")
    (found,) = problems(tmp_path, {"hubs.csv": None})
    assert found.message == "this is not a file"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("gone", "there is no such directory"),
        ("file", "this is not a directory"),
        ("x" * 5000, "the directory cannot be read"),
        ("nul\0", "the directory cannot be read"),
    ],
    ids=["gone", "file", "long", "NUL"],
)
def test_no_directory(place: str, message: str, tmp_path: Path) -> None:
    """What is no directory is a problem, not a traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as error:
        Scenario.load(tmp_path / place)
    assert message in error.value.problems[0].message


WARNINGS: dict[str, tuple[Spoil, str, str, str]] = {
    "price in CNY/kWh": (
        {"tariffs.csv": "hub,price_cny_per_mwh\ngui,0.35\nhangzhou,-0.62\n"},
        *("tariffs.csv", "as if it were in CNY/kWh", "by 1000"),
    ),
    "profile with another mean": (
        {
            "profiles.csv": GOOD["profiles.csv"].replace(",1\n", ",2\n"),
            "workloads.csv": "id,class,origin,requests_per_day,wh_per_request,profile\n"
            "train,training,gui,1e9,0.3,day\n",
        },
        *("profiles.csv", "profile 'day' has the mean 2", "mean of 1"),
    ),
    "demand of half a kilowatt": (
        {"workloads.csv": "id,class,origin,it_mw\ntrain,training,gui,0.0005\n"},
        *("workloads.csv", "have 0.0005 MW", "between 0.001 and 1,000,000"),
    ),
    "burst without effect": (
        {
            "workloads.csv": "id,class,origin,it_mw,burst\ntrain,training,gui,10,2\n",
        },
        *("workloads.csv", "burst of workload 'train' has no effect", "deferrable"),
    ),
    "two backbones": (
        {
            "nodes.csv": "id\ngui\nhangzhou\na\nb\nc\n",
            "links.csv": "source,target\ngui,a\na,b\nhangzhou,c\n",
            "workloads.csv": GOOD["workloads.csv"].replace(
                "training,hangzhou", "training,gui"
            ),
        },
        *("links.csv", "'c', 'hangzhou'", "Add the missing links"),
    ),
    "paths of no length": (
        {
            "links.csv": "source,target,one_way_ms\ngui,hangzhou,7.5\n",
            "scenario.toml": 'name = "case"\nmetro_km = 80\n',
        },
        *("links.csv", "within metro_km = 80", "Give length_km"),
    ),
    "price by km without length": (
        {
            "links.csv": "source,target,one_way_ms\ngui,hangzhou,7.5\n",
            "transfer_prices.csv": "basis,link_cny_per_gbps_km_year\nown,0.6\n",
        },
        *("links.csv", "the price by km of 'own'", "Give length_km"),
    ),
}


@pytest.mark.parametrize("kind", WARNINGS)
def test_what_only_looks_wrong_is_a_warning(kind: str, tmp_path: Path) -> None:
    """What may be meant does not stop the scenario, but is told."""
    spoilt, file, message, remedy = WARNINGS[kind]
    (warning,) = Scenario.load(write(tmp_path, spoilt)).warnings
    assert warning.file == file
    assert message in warning.message
    assert remedy in warning.remedy


FRAMES: dict[str, tuple[Callable[[], object], str]] = {
    "no data frame": (lambda: 3, "may not be of type int"),
    "text": (lambda: "hubs.csv", "may not be of type str"),
    "ragged lists": (lambda: {"id": ["a"], "it_capacity_mw": [1, 2]}, "is no table"),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_what_is_no_table(kind: str) -> None:
    """What is no table is a problem in the name of the table."""
    make, message = FRAMES[kind]
    with pytest.raises(InputError) as error:
        Scenario.from_tables(hubs=make(), workloads=[], settings={"rtt_fctor": 1})
    found = {problem.file: problem.message for problem in error.value.problems}
    assert message in found["hubs"]
    assert "rtt_fctor" in found["settings"]


def test_rows_of_data_frames_are_counted_as_lines() -> None:
    """The third row of a data frame is line 4, as if it had a header."""
    hubs = [{"id": f"h{i}", "it_capacity_mw": 5.0 - 3.0 * i} for i in range(3)]
    workloads = [{"id": "w", "class": "batch", "origin": "h0", "it_mw": 1.0}]
    with pytest.raises(InputError) as error:
        Scenario.from_tables(hub=[], hubs=hubs, workloads=workloads)
    assert [(p.file, p.row) for p in error.value.problems] == [
        ("hub", None),
        ("hubs", 4),
    ]


def documented(section: str = "# Problems") -> list[re.Pattern[str]]:
    """Return the messages of the page of errors as patterns."""
    page = Path(__file__).parents[1] / "docs" / "errors.md"
    text = page.read_text(encoding="utf-8").split(section, 1)[-1]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    messages = re.findall(r"`([^`]+)`", " ".join(rows))
    return [re.compile(re.escape(m).replace("…", ".*"), re.DOTALL) for m in messages]


@pytest.mark.parametrize("kind", CASES)
def test_each_message_is_documented(kind: str, tmp_path: Path) -> None:
    """Every kind of problem is found on the page of errors."""
    (found,) = problems(tmp_path, CASES[kind][0])
    assert any(pattern.fullmatch(found.message) for pattern in documented())


@pytest.mark.parametrize("kind", WARNINGS)
def test_each_warning_is_documented(kind: str, tmp_path: Path) -> None:
    """Every kind of warning is found on the page of errors."""
    (found,) = Scenario.load(write(tmp_path, WARNINGS[kind][0])).warnings
    patterns = documented("## Warnings")
    assert any(pattern.fullmatch(found.message) for pattern in patterns)


JUNK = st.sampled_from(
    [
        *(None, "", ";", ">", "a;b", "nan", "inf", "1e999", "{id}", "x\0", "\ud800"),
        *(10**400, -1, 1e308, True, b"x", ["a"], {"a": 1}, (1, 2), 1j, pd.NA, pd.NaT),
        *(np.array([1, 2]), pd.Timestamp("2025-01-01"), object(), "year", "movable"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_junk_in_cells_is_never_a_traceback(data: st.DataObject) -> None:
    """Whatever the cells, settings and policy hold: a scenario, or an InputError."""
    cells = st.one_of(st.sampled_from(["a", "b", 1]), JUNK)
    tables: dict[str, Any] = {}
    for name, table in TABLES.items():
        if table.required or data.draw(st.booleans()):
            count = data.draw(st.integers(0, 3))
            names = data.draw(st.lists(st.sampled_from(table.names), unique=True))
            tables[name] = [{n: data.draw(cells) for n in names} for _ in range(count)]
    keys = st.sampled_from(["pue", "carbon_year", "new_sides", "rtt_factor", 3])
    limits = st.lists(st.dictionaries(st.sampled_from(["share", "side", "hub"]), cells))
    tables["settings"] = data.draw(st.dictionaries(keys, JUNK, max_size=2))
    tables["policy"] = {"placement_min": data.draw(limits | JUNK)}
    with contextlib.suppress(InputError):
        Scenario.from_tables(**tables)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damaged_files_are_never_a_traceback(
    data: st.DataObject, tmp_path: Path
) -> None:
    """Bytes cut out of a file or put into it: a scenario, or an InputError."""
    name = data.draw(st.sampled_from(sorted(GOOD)))
    text = GOOD[name].encode()
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    patch = data.draw(st.text(st.sampled_from(",;\"\n\r\t\0'[]=9-aé"), max_size=6))
    content = text[:start] + patch.encode() + text[stop:]
    with contextlib.suppress(InputError):
        Scenario.load(write(tmp_path, {name: content}))
