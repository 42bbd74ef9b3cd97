"""Tests of the report in a real browser: filter, zoom, keys, widths, no request."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shown_plans import china_plan, hostile_plan

from siting.report.page import whole_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = (360, 1280)
CONTRAST = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = parse(getComputedStyle(document.body).backgroundColor);
  let worst = 99;
  const texts = "p, h1, h2, th, td, dt, dd, a, li, span";
  for (const one of document.querySelectorAll(texts)) {
    const style = getComputedStyle(one);
    const pair = [light(parse(style.color)), light(paper)].sort((a, b) => b - a);
    if (one.innerText && !one.matches(".dot")) {
      worst = Math.min(worst, (pair[0] + 0.05) / (pair[1] + 0.05));
    }
  }
  return worst;
}
"""
OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll("#labels text:not([hidden])")]
    .map((one) => [one.textContent, one.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([name, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4) {
      found.push(`${name} | ${other}`);
    }
  }));
  return [boxes.length, found];
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium, or skip."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    with driver.sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write pages of two plans in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    for name, plan in (("china", china_plan()), ("hostile", hostile_plan())):
        for lang in ("en", "zh"):
            page = whole_page(plan, lang)
            (folder / f"{name}-{lang}.html").write_text(page, encoding="utf-8")
    return folder


class Visit:
    """A page that was opened, with what it complained of and asked for."""

    def __init__(self, browser: Any, file: Path, width: int, **options: Any) -> None:
        size = {"width": width, "height": 800}
        self.page = browser.new_page(viewport=size, **options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())
        self.own = file.as_uri()

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *error: object) -> None:
        self.page.close()
        if not any(error):
            assert self.complaints == []
            assert self.requests == [self.own]


def shown(page: Any) -> str:
    """Give what the map says it shows."""
    return str(page.locator("#shown").inner_text()).replace("\N{NO-BREAK SPACE}", " ")


def view(page: Any) -> list[float]:
    """Give the part of the map that is seen: left, top, width, height."""
    return [float(v) for v in page.locator("#map").get_attribute("viewBox").split()]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["china", "hostile"])
def test_page_fits(browser: Any, files: Path, name: str, lang: str, width: int) -> None:
    """Tests no complaint, no request, no sideways scrolling, names apart, contrast."""
    for scheme in ("light", "dark"):
        file = files / f"{name}-{lang}.html"
        with Visit(browser, file, width, color_scheme=scheme) as page:
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
            count, overlaps = page.evaluate(OVERLAPS)
            assert count >= 3
            assert overlaps == []
            assert page.evaluate(CONTRAST) >= 4.5


def test_filter(browser: Any, files: Path) -> None:
    """Tests that class and period change loads, lines and what is said.

    Training is 630 MW, flat and all in the west; interactive inference is lowest in the
    night.
    """
    with Visit(browser, files / "china-en.html", 1280) as page:
        assert (
            shown(page)
            == "All work, mean of the year: 2,289 MW; 56 % of it in the west"
        )
        lines = page.locator("#flows g:not([hidden])")
        assert lines.count() == 60
        page.select_option("#class", label="training")
        said = "training, mean of the year: 630 MW; 100 % of it in the west"
        assert shown(page) == said
        few = lines.count()
        assert 0 < few < 60
        assert page.locator("#hubs g:not(.empty)").count() == 4
        page.locator("#slot").fill("4")
        assert page.locator("#slot-name").inner_text() == "winter 03:00"
        assert "630 MW" in shown(page)
        assert lines.count() == few
        page.select_option("#class", label="interactive")
        night = shown(page)
        page.locator("#slot").fill("0")
        assert night.startswith("interactive, winter 03:00: 3")
        assert shown(page).startswith("interactive, mean of the year: 756 MW")


def test_zoom_and_drag(browser: Any, files: Path) -> None:
    """Tests buttons, wheel and dragging; without Ctrl the wheel is the page's."""
    with Visit(browser, files / "china-en.html", 1280) as page:
        page.locator("#map").scroll_into_view_if_needed()
        whole = view(page)
        page.click("#closer")
        closer = view(page)
        assert closer[2] == pytest.approx(whole[2] / 1.5)
        box = page.locator("#map").bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 60, steps=4)
        page.mouse.up()
        moved = view(page)
        assert moved[0] == pytest.approx(
            closer[0] - 100 * closer[2] / box["width"], abs=1
        )
        page.mouse.wheel(0, 40)
        assert view(page) == moved
        page.keyboard.down("Control")
        page.mouse.wheel(0, -200)
        page.keyboard.up("Control")
        page.wait_for_function(
            f"document.getElementById('map').viewBox.baseVal.width < {moved[2] - 1}"
        )
        labels = page.evaluate(OVERLAPS)
        assert labels[1] == []
        page.click("#whole")
        assert view(page) == whole


def test_keyboard(browser: Any, files: Path) -> None:
    """Tests that all the pointer can do the keys can: move, zoom, hubs, one hub."""
    with Visit(browser, files / "china-en.html", 1280) as page:
        page.locator("#whole").focus()
        page.keyboard.press("Tab")
        focused = "document.activeElement.id || document.activeElement.ariaLabel"
        assert page.evaluate(focused) == "map"
        whole = view(page)
        page.keyboard.press("+")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
        assert view(page)[2] == pytest.approx(whole[2] / 1.5)
        page.keyboard.press("0")
        assert view(page) == whole
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "Gui'an: 499 MW"
        assert page.locator("#tip").inner_text().startswith("Gui'an\nIT load 499 MW")
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focused).startswith("Horinger")
        page.keyboard.press("Enter")
        assert "only the flows of Horinger" in shown(page)
        pressed = page.locator("#hubs [aria-pressed=true]")
        assert pressed.get_attribute("aria-label").startswith("Horinger")
        page.keyboard.press("Escape")
        assert "only" not in shown(page)
        page.keyboard.press("Tab")
        assert "Gui" not in str(page.evaluate(focused))


def test_hover(browser: Any, files: Path) -> None:
    """Tests that a hub and a line tell their facts, a hostile name as text."""
    with Visit(browser, files / "china-en.html", 1280) as page:
        page.locator("#hubs g").first.hover()
        tip = page.locator("#tip").inner_text()
        assert tip.startswith("Gui'an\n")
        assert "room 500.0 of 500.0 MW" in tip
        line = page.locator("#flows g:not([hidden]) .line").first
        x, y = line.evaluate(
            "(one) => { const p = one.getPointAtLength(one.getTotalLength() * 0.6)"
            ".matrixTransform(one.getScreenCTM()); return [p.x, p.y]; }"
        )
        page.mouse.move(x, y)
        assert " → " in page.locator("#tip").inner_text()
    with Visit(browser, files / "hostile-en.html", 360) as page:
        names = page.locator("#hubs g")
        for number in range(names.count()):
            names.nth(number).focus()
            assert page.locator("#tip strong").count() == 1
        assert page.locator("#tip script").count() == 0


def test_print_opens_what_is_folded(browser: Any, files: Path, tmp_path: Path) -> None:
    """Tests that sources and manifest are on paper though folded on the screen."""
    with Visit(browser, files / "china-en.html", 1280) as page:
        assert page.locator("details[open]").count() == 0
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("details[open]").count() == 0
        page.pdf(path=tmp_path / "report.pdf")
        assert (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") > 5


def test_map_in_a_frame(browser: Any, files: Path, tmp_path: Path) -> None:
    """Tests that the map of a notebook works inside its sandboxed frame."""
    shown_plan = china_plan().explore()
    file = tmp_path / "notebook.html"
    file.write_text(f"<meta charset=utf-8>{shown_plan._repr_html_()}", "utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#class").select_option(label="training")
    assert "630 MW" in frame.locator("#shown").inner_text()
    page.close()
    assert faults == []
