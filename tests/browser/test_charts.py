"""What charts.js draws and says of numbers written by hand, on a page without a server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
STATIC = Path(__file__).parents[2] / "static"
DAY = 86_400
FIRST = 1_767_225_600  # 1 January 2026
PAGE = """
<style>
  :root {{ --series-1: rgb(10, 20, 30); --series-2: rgb(200, 0, 0); --series-3: rgb(0, 0, 200);
    --ink-faint: rgb(90, 90, 90); --line: rgb(230, 230, 230); }}
  body {{ margin: 0; font-family: sans-serif; }}
  .chart {{ width: {width}px; height: 200px; position: relative; }}
</style>
<div class="chart" data-chart="numbers" data-state="waiting"></div>
<script type="application/json" id="numbers">{numbers}</script>
"""
# Every text of an axis and every colour that covers an area, as uPlot and charts.js draw them.
WATCH_THE_CANVAS = """
  window.texts = [];
  window.filled = [];
  window.dashed = [];
  const { fillText, fillRect, strokeRect } = CanvasRenderingContext2D.prototype;
  Object.assign(CanvasRenderingContext2D.prototype, {
    fillText(words, ...rest) { texts.push(words); return fillText.call(this, words, ...rest); },
    fillRect(...box) {
      if (this.fillStyle instanceof CanvasPattern) filled.push(box);
      return fillRect.apply(this, box);
    },
    strokeRect(...box) { dashed.push(box); return strokeRect.apply(this, box); },
  });
"""
Drawn = Callable[..., Page]


def numbers(**changes: Any) -> dict[str, Any]:
    series = {"label": "Plays", "unit": "plays", "ink": 1, "values": [3, 1200, None, 7]}
    days = [FIRST + n * DAY for n in range(4)]
    return {"kind": "bars", "step": "day", "x": days, "series": [series], "bands": [], **changes}


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1000, "height": 600})
    page.add_init_script(WATCH_THE_CANVAS)
    yield page
    page.close()


@pytest.fixture
def drawn(blank: Page) -> Drawn:
    def draw(width: int = 800, **changes: Any) -> Page:
        blank.mouse.move(990, 590)
        blank.goto("about:blank")
        blank.set_content(PAGE.format(numbers=json.dumps(numbers(**changes)), width=width))
        blank.add_script_tag(path=STATIC / "vendor/uplot/uPlot.iife.min.js")
        blank.add_script_tag(path=STATIC / "js/charts.js")
        blank.wait_for_timeout(50)
        return blank

    return draw


def texts(page: Page) -> list[str]:
    return [str(text) for text in page.evaluate("texts")]


def boxes(page: Page, kind: str) -> list[list[float]]:
    """Places of bands, each once however often it was drawn."""
    return [list(box) for box in dict.fromkeys(map(tuple, page.evaluate(kind)))]


def point_at(page: Page, share: float) -> str:
    """The box beside the pointer, as lines."""
    box = page.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + share * box["width"], box["y"] + 50)
    page.wait_for_timeout(50)
    return "\n".join(page.locator(".chart__tip > *").all_text_contents())


def test_days_stand_below_with_the_year_where_it_changes(drawn: Drawn) -> None:
    page = drawn(x=[FIRST + n * DAY for n in range(-1, 3)])
    below = texts(page)
    assert {"31 Dec", "2025", "1 Jan", "2026", "2 Jan", "3 Jan"} <= set(below)
    assert below.count("2026") == below.count("1 Jan")


def test_months_are_named_without_a_day(drawn: Drawn) -> None:
    below = texts(drawn(step="month", x=[FIRST + n * 31 * DAY for n in range(4)]))
    assert {"Jan", "Feb", "Mar", "Apr"} <= set(below)


@pytest.mark.parametrize(
    ("unit", "values", "label"),
    [
        ("plays", [10, 20_000, 5, 1], "20k"),
        ("plays", [10, 900, 5, 1], "500"),
        ("minutes", [0, 100, 5, 1], "60 m"),
        ("minutes", [0, 1200, 5, 1], "10 h"),
        ("share", [0.2, 0.9, 0.1, 0], "50 %"),
    ],
)
def test_the_axis_has_the_unit_of_the_numbers(
    drawn: Drawn, unit: str, values: list[float], label: str
) -> None:
    series = {"label": "It", "unit": unit, "ink": 1, "values": values}
    assert label in texts(drawn(series=[series]))


def test_a_narrow_chart_has_fewer_dates(drawn: Drawn) -> None:
    many: dict[str, Any] = {"x": [FIRST + n * DAY for n in range(40)]}
    many["series"] = [{**numbers()["series"][0], "values": [1] * 40}]
    wide, narrow = (
        {text for text in texts(drawn(width, **many)) if text.endswith((" Jan", " Feb"))}
        for width in (900, 300)
    )
    assert len(narrow) < len(wide) < 40
    assert "1 Jan" in narrow & wide


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("plays", 1200, "1,200 plays"),
        ("plays", None, "–"),
        ("minutes", 59, "59 min"),
        ("minutes", 125, "2 h 5 min"),
        ("share", 0.05, "5.0 %"),
        ("share", 0.5, "50 %"),
    ],
)
def test_the_pointer_reads_a_value_in_its_unit(
    drawn: Drawn, unit: str, value: float | None, words: str
) -> None:
    series = {"label": "It", "unit": unit, "ink": 1, "values": [value, 0, 0, 0]}
    assert point_at(drawn(series=[series]), 0.1) == f"Thu, 1 Jan 2026\n{words}"


def test_several_series_are_read_by_name_and_a_week_as_one(drawn: Drawn) -> None:
    series = [
        {"label": name, "unit": "plays", "ink": ink, "values": [ink, 0, 0, 0]}
        for ink, name in enumerate(("Phone", "Car"), start=1)
    ]
    weeks = [FIRST + n * 7 * DAY for n in range(4)]
    page = drawn(kind="stack", step="week", x=weeks, series=series)
    assert point_at(page, 0.1) == "week of 1 Jan 2026\nPhone: 1 plays\nCar: 2 plays"


def test_the_box_goes_with_the_pointer_and_stays_inside(drawn: Drawn) -> None:
    page = drawn()
    tip = page.locator(".chart__tip")
    assert tip.is_hidden()
    point_at(page, 0.95)
    box, chart = tip.bounding_box(), page.locator(".chart").bounding_box()
    assert box and chart and box["x"] + box["width"] <= chart["x"] + chart["width"]
    page.mouse.move(5, 500)
    page.wait_for_timeout(50)
    assert tip.is_hidden()


def test_open_gaps_are_striped_and_filled_ones_dashed_where_they_are(drawn: Drawn) -> None:
    band = {"first": FIRST + DAY, "last": FIRST + 2 * DAY, "label": "offline", "is_open": True}
    filled = {**band, "first": FIRST + 3 * DAY, "last": FIRST + 3 * DAY + 1, "is_open": False}
    before = {**band, "first": FIRST - 99 * DAY, "last": FIRST - 98 * DAY}
    page = drawn(bands=[band, filled, before])
    [stripes], [dashes] = boxes(page, "filled"), boxes(page, "dashed")
    plot = page.evaluate(
        "(() => { const o = document.querySelector('.u-over'); return o.clientWidth })()"
    )
    assert stripes[2] == pytest.approx(plot / 4, abs=1)  # one of four days
    assert dashes[2] == 3  # a second is still seen
    assert dashes[0] > stripes[0] + stripes[2]
    assert point_at(page, 0.4) == "Fri, 2 Jan 2026\n1,200 plays\nat least: offline"
    assert point_at(page, 0.9) == "Sun, 4 Jan 2026\n7 plays\noffline"


def test_a_chart_follows_the_width_of_its_place(drawn: Drawn) -> None:
    page = drawn(800)
    canvas = page.locator(".chart canvas")
    assert canvas.evaluate("it => it.clientWidth") == 800
    page.locator(".chart").evaluate("it => (it.style.width = '320px')")
    page.wait_for_function("document.querySelector('.chart canvas').clientWidth === 320")


def test_another_theme_draws_the_chart_once_more(drawn: Drawn) -> None:
    page = drawn()
    page.evaluate("texts.length = 0; dispatchEvent(new Event('themechange'))")
    page.wait_for_function("texts.includes('1 Jan')")
    assert page.locator(".chart canvas").count() == 1
    assert page.locator(".chart__tip").count() == 1


def test_nothing_is_drawn_of_no_numbers(drawn: Drawn) -> None:
    page = drawn(x=[], series=[])
    assert page.locator(".chart").evaluate("it => it.childElementCount") == 0
    assert page.locator(".chart").get_attribute("data-state") == "waiting"
    assert drawn().locator(".chart").get_attribute("data-state") is None


def test_a_chart_takes_no_step_of_the_keyboard(drawn: Drawn) -> None:
    """Its numbers stand in the table beside it, which is what keys and readers reach."""
    page = drawn()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
