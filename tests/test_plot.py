"""Tests of the figures: nothing cut off, overlapping, boxed or unlabelled."""

import dataclasses
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from picture_checks import faults, texts
from shown_plans import bare_plan, china_plan, plain_plan

import siting
from siting.plot import Figures, break_even, pareto, pen
from siting.plot.earth import OUTLINE_STATUS, outlines, projection
from siting.plot.even import crossing
from siting.plot.pen import Pen, amount, shorten, unit_of
from siting.wording import pieces

ROOT = Path(__file__).parents[1]
FRONT = pd.DataFrame(
    {
        "cost_cny": [14.5e9, 14.7e9, 15.2e9, 16.4e9, 19e9],
        "carbon-location": [14.2e6, 13.6e6, 13.0e6, 12.6e6, 12.5e6],
        "break_point": [False, True, False, True, False],
    }
)
CURVE = pd.DataFrame(
    {
        "price_cny_per_gb": [0.0, 0.1, 0.2, 0.3, 0.4],
        "saving_cny": [5e9, 3e9, 1.2e9, -0.4e9, -1.9e9],
        "east_saving_cny": [6e9, 4e9, 2.1e9, 0.7e9, -0.5e9],
    }
)
OF_A_PLAN = ("map", "ledger", "placement", "day", "links", "prices", "carbon")
Draw = Callable[..., Any]


def drawings(plan: siting.Plan, names: tuple[str, ...] = OF_A_PLAN) -> dict[str, Draw]:
    """Every figure as a function of its options."""
    found: dict[str, Draw] = {name: getattr(plan.plot, name) for name in names}
    return found | {
        "compare": lambda **o: plan.plot.compare(plain_plan(), **o),
        "pareto": lambda **o: pareto(FRONT, **o),
        "break_even": lambda **o: break_even(
            CURVE, y=["saving_cny", "east_saving_cny"], **o
        ),
    }


@pytest.mark.parametrize("size", ["slide", "column"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", drawings(bare_plan()))
def test_legible(
    name: str, lang: str, size: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tests that no text of a figure is cut off or overlaps another.

    A character without a glyph would be a warning, and fail.
    """
    ax = drawings(china_plan())[name](lang=lang, size=size)
    assert faults(ax.figure) == []
    assert ax.get_title(loc="left")
    assert min(text.get_fontsize() for text in texts(ax.figure)) >= 4.8
    noise = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert noise == []


@pytest.mark.parametrize("name", [n for n in OF_A_PLAN if n != "prices"])
def test_small_plans(name: str) -> None:
    """Tests that a plan of a few places can be drawn too."""
    ax = getattr(plain_plan().plot, name)(size="column")
    assert faults(ax.figure) == []


def test_units_are_on_the_axes() -> None:
    """Tests that every figure with numbers names their unit."""
    units = re.compile(r"MW|Gbps|CNY|\bt\b|Mt|kt|%")
    for name, draw in drawings(china_plan()).items():
        ax = draw()
        labels = [one.get_xlabel() + one.get_ylabel() for one in ax.figure.axes]
        assert all(units.search(label) for label in labels if name != "map"), name


def test_axes_in_axes_out() -> None:
    """Tests that a figure is drawn into the axes given, in a grid of others."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2, 2)
    plan = china_plan()
    for ax, name in zip(grid.flat, ("map", "ledger", "day", "links"), strict=True):
        assert getattr(plan.plot, name)(ax) is ax
    assert faults(figure) == []


def test_nothing_global_is_touched() -> None:
    """Tests that neither pyplot nor matplotlib's settings are used."""
    code = (
        "import sys, matplotlib\n"
        "def settings(): return {k: matplotlib.rcParams[k] for k in KEYS}\n"
        "KEYS = [k for k in matplotlib.rcParams if k != 'backend']\n"
        "before = settings()\n"
        "import pandas as pd\n"
        "from siting.plot import pareto\n"
        "ax = pareto(pd.DataFrame({'cost_cny': [1.0, 2.0], 'market_t': [2.0, 1.0]}))\n"
        "assert ax.figure._repr_png_()[:4] == bytes([137]) + b'PNG'\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert before == settings()\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    subprocess.run(command, check=True, cwd=ROOT, timeout=240)


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that one message says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in drawings(china_plan()).values():
        with pytest.raises(siting.InputError, match=r'pip install "siting\[plot\]"'):
            draw()


def test_without_a_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a figure is English, and says why, where no font has Chinese."""
    monkeypatch.setattr(pen, "chinese_family", lambda: "")
    ax = china_plan().plot.map(lang="zh")
    told = "\n".join(text.get_text() for text in texts(ax.figure))
    assert "Horinger" in told
    assert "docs/figures.md" in told.replace("\n", " ")
    assert faults(ax.figure) == []


def test_chinese_where_there_is_a_font() -> None:
    """Tests that words and names are Chinese with a Chinese font."""
    if not pen.chinese_family():
        pytest.skip("no Chinese font on this machine")
    ax = china_plan().plot.map(lang="zh")
    told = "\n".join(text.get_text() for text in texts(ax.figure))
    assert "和林格尔集群" in told
    assert "Horinger" not in told
    assert "西部" in told


def test_what_the_map_shows() -> None:
    """Tests title, outlines with their status, circles and the flows of a class."""
    plan = china_plan()
    ax = plan.plot.map()
    share = plan.baselines.set_index("measure").loc["west_share", "plan"]
    assert f"{100 * share:.0f} %" in ax.get_title(loc="left")
    assert OUTLINE_STATUS[-30:] in ax.get_xlabel().replace("\n", " ")
    part = plan.plot.map(workload_class="training", outline_status="Reviewed map 7.")
    assert "Reviewed map 7." in part.get_xlabel().replace("\n", " ")
    assert "training" in part.get_title(loc="left")


def test_a_map_needs_places() -> None:
    """Tests that a plan without coordinates is refused in words."""
    with pytest.raises(siting.InputError, match="No hub has coordinates"):
        bare_plan().plot.map()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ledger", "no baseline"),
        ("links", "No link carries anything"),
        ("prices", "No limit of this plan has a worth"),
    ],
)
def test_what_is_not_there_is_refused(name: str, message: str) -> None:
    """Tests that a figure without content is an error with a remedy."""
    with pytest.raises(siting.InputError, match=message):
        getattr(bare_plan().plot, name)()


def test_wrong_options() -> None:
    """Tests that misspelt options are refused."""
    plan = china_plan()
    for draw, message in (
        (lambda: plan.plot.map(size="poster"), "is not a size"),
        (lambda: plan.plot.map(lang="de"), "is not a language"),
        (lambda: plan.plot.day(day="sunday"), "There is no day 'sunday'"),
        (lambda: plan.plot.ledger(baseline="yesterday"), "no baseline 'yesterday'"),
        (lambda: pareto(FRONT, x="cst_cny"), "Did you mean 'cost_cny'"),
        (lambda: pareto(FRONT[["cost_cny"]]), "too few columns"),
        (lambda: pareto(FRONT.iloc[:0]), "no points"),
        (lambda: pareto(FRONT, breaks="kink"), "no column 'kink'"),
    ):
        with pytest.raises(siting.InputError, match=message):
            draw()


@pytest.mark.parametrize("name", ["day", "placement"])
def test_a_plan_that_places_nothing_is_not_drawn(name: str) -> None:
    """Figures of what is placed say that nothing is, rather than break down."""
    plan = china_plan()
    empty = {"placement": plan.placement.iloc[:0]}
    nothing = dataclasses.replace(plan, **empty)
    with pytest.raises(siting.InputError, match="Nothing is placed"):
        getattr(nothing.plot, name)()


def test_projections_keep_areas() -> None:
    """Tests that a degree's field has its true area wherever it lies."""
    radius_km = 6371.0088
    for extent in ((73.0, 135.0, 18.0, 54.0), (-10.0, 30.0, 35.0, 70.0)):
        project = projection(extent)
        for west, south in ((extent[0], extent[2]), (extent[1] - 1, extent[3] - 1)):
            steps = np.linspace(0.0, 1.0, 50)
            ring = np.vstack(
                [
                    np.column_stack([west + steps, np.full(50, south)]),
                    np.column_stack([np.full(50, west + 1), south + steps]),
                    np.column_stack([west + 1 - steps, np.full(50, south + 1)]),
                    np.column_stack([np.full(50, west), south + 1 - steps]),
                ]
            )
            x, y = project(ring).T
            area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
            belt = np.sin(np.radians(south + 1)) - np.sin(np.radians(south))
            true = radius_km**2 * np.radians(1.0) * belt
            assert area == pytest.approx(true, rel=0.01)


def test_outlines_that_are_odd() -> None:
    """Tests that what is no polygon is left out of a map."""
    point = {"type": "Point", "coordinates": [1, 2]}
    assert outlines(None) == []
    assert outlines(json.dumps(point)) == []
    assert outlines("no json") == []
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    both = {"type": "GeometryCollection", "geometries": [point, square]}
    assert len(outlines(json.dumps(both))) == 1


def test_break_points() -> None:
    """Tests that bends are found where none are told, and crossings of zero."""
    bent = pd.DataFrame(
        {"cost_cny": [0.0, 1.0, 2.0, 3.0], "green": [0.0, 1.0, 2.0, 2.5]}
    )
    (line, marks) = pareto(bent).get_lines()[:2]
    assert len(line.get_xdata()) == 4
    assert list(marks.get_xdata()) == [2.0]
    assert crossing(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, -1.0])) == [1.0]
    assert crossing(np.array([0.0, 1.0]), np.array([1.0, 2.0])) == []


def test_a_front_that_was_found() -> None:
    """Tests that every corner of a found front is a break-point."""

    class Found:
        """What a search for a front gives."""

        points = FRONT.assign(location_t=FRONT["carbon-location"])
        first, second = "cost", "carbon-location"

    ax = pareto(Found())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["break-point"]
    assert ax.get_xlabel() == "cost, M CNY"
    assert ax.get_ylabel() == "CO2, location-based, Mt"


def test_a_break_even_that_was_found() -> None:
    """Tests that every class that changes side has a line and a name at its value.

    Batch goes east at 2 and training at 90 times today's price, backup stays: the axis
    is one of powers of ten that ends beyond 90 and not at 1,000, and names today.
    """
    values = [0.0, 2.0, 2.0, 90.0, 90.0, 1000.0]

    class Found:
        """What a break-even search gives."""

        curve = pd.DataFrame(
            {
                "value": values,
                "west_share": [0.7, 0.7, 0.6, 0.6, 0.2, 0.2],
                "west_share:batch": [1, 1, 0, 0, 0, 0],
                "west_share:training": [1, 1, 1, 1, 0, 0],
                "west_share:backup": [0, 0, 0, 0, 0, 0],
            }
        )
        points = pd.DataFrame(
            {
                "value": [2.0, 90.0, 90.0, 90.0],
                "scope": ["class", "plan", "class", "workload"],
                "subject": ["batch", "all", "training", "training-a"],
                "flips": True,
            }
        )
        flips = (2.0, 90.0)
        parameter, unit, today = "transfer-price", "times today's", 1.0
        low, high = 0.0, 1000.0

    ax = break_even(Found())
    heading = "Where classes change side: transfer-price, times today's"
    assert ax.get_title(loc="left") == heading
    told = {text.get_text().strip() for text in ax.texts}
    assert told == {"today", "batch 2", "training 90", "all work 90"}
    lines = [text.get_text() for text in ax.get_legend().get_texts()]
    assert lines == ["all work", "batch", "training"]
    assert ax.get_xscale() == "log"
    assert ax.get_xlim()[1] > 90.0
    for lang in ("en", "zh"):
        for size in ("slide", "column"):
            assert faults(break_even(Found(), lang=lang, size=size).figure) == []
    chosen = break_even(Found(), y="west_share:batch", marks=[2.0])
    assert chosen.get_title(loc="left").startswith("Even at 2")


def test_the_waterfall_adds_up() -> None:
    """Tests that the bars lead from the baseline to the plan."""
    plan = china_plan()
    ax = plan.plot.ledger(baseline="nearest")
    bars = [p for p in ax.patches if p.get_width() > 0.5]
    start, end, *steps = bars
    reached = start.get_height() + sum(bar.get_height() for bar in steps)
    assert reached == pytest.approx(end.get_height(), rel=1e-3)
    assert end.get_height() == pytest.approx(plan.cost_cny / 1e6)


def test_figures_name_their_accounting() -> None:
    """Tests that a figure of money says how it is counted, once for equal ways."""
    plan = china_plan()
    other = siting.load("china").with_settings(transfer_basis="cloud-list")
    told = "Counted so: transfer: leased-wave; power price: contract; capital: sunk"
    assert told in " ".join(plan.plot.ledger().get_xlabel().split())
    label = " ".join(plan.plot.compare(plan).get_xlabel().split())
    assert label.count("Counted so") == 1
    assert "transfer: cloud-list" in pareto(FRONT, scenario=other).get_xlabel()
    assert "核算口径" in pareto(FRONT, lang="zh", scenario=other).get_xlabel()
    unlike = dataclasses.replace(plan, scenario=other)
    label = " ".join(plan.plot.compare(unlike).get_xlabel().split())
    assert "first plan: Counted so: transfer: leased-wave" in label
    assert "second plan: Counted so: transfer: cloud-list" in label


def test_what_is_shown_adds_up() -> None:
    """Tests that steps of the ledger end where the plan's bar does, as printed.

    Terms of 5 M CNY were once left out, so that the bars missed each other by 1.8.
    """
    texts = [text.get_text() for text in china_plan().plot.ledger().texts]
    start, end, *steps = [float(t.replace(",", "").replace("−", "-")) for t in texts]
    assert start + sum(steps) == pytest.approx(end, abs=1.5)
    assert len(steps) >= 3


def test_hubs_that_do_not_differ_are_not_compared() -> None:
    """Tests that a hub without a difference has no row, so that none reads -0."""
    plan = china_plan()
    assert plan.plot.compare(plan).get_yticks().tolist() == []
    moved = plan.hubs.copy()
    moved.loc[3, "it_mw"] += 1e-9
    moved.loc[4, "it_mw"] += 2.0
    ax = plan.plot.compare(dataclasses.replace(plan, hubs=moved))
    assert [text.get_text() for text in ax.texts] == ["+2"]


def test_bars_beside_each_other_have_the_same_decimals() -> None:
    """Tests that 5.25 Mt beside 16.0 Mt is written 5.2."""
    texts = [text.get_text() for text in china_plan().plot.carbon().texts]
    assert {len(text.partition(".")[2]) for text in texts} == {1}


def test_shadow_prices_of_one_percent() -> None:
    """Tests that a bar is the worth of one percent of the limit."""
    plan = china_plan()
    room = plan.limits[(plan.limits["kind"] == "room") & (plan.limits["worth"] > 0)]
    most = (0.01 * room["worth"] * room["limit"]).max()
    ax = plan.plot.prices()
    assert max(bar.get_width() for bar in ax.patches) == pytest.approx(most / 1e6)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-5147.8, "−5,148"),
        (0.2753, "0.275"),
        (36.0, "36"),
        (15.954, "16.0"),
    ],
)
def test_amounts(value: float, text: str) -> None:
    """Tests three figures, thousands apart and a real minus sign."""
    assert amount(value) == text


def test_texts_that_fit() -> None:
    """Tests cutting, breaking and units."""
    assert shorten("和林格尔集群", 8) == "和林格…"
    assert "".join(pieces("和林，格尔 run")) == "和林，格尔 run"
    assert "林，" in pieces("和林，格尔")
    assert unit_of([3e6], {1.0: "CNY", 1e3: "k CNY", 1e6: "M CNY"}) == (1e3, "k CNY")
    assert Pen.of("en").clean("a\n  $b$") == r"a \$b\$"


def test_figures_know_their_plan() -> None:
    """Tests that the accessor of a plan has every figure."""
    assert isinstance(china_plan().plot, Figures)
    assert mpl.get_backend()
