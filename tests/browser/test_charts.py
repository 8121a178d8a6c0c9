"""Charts in a real browser: a click on a bar, a drag over several, and an axis that is not cut."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from bench.harness.lakehouse import Lakehouse
from spotifyweb.accounts.models import Listener
from tests.browser.conftest import Opened
from tests.support.reference_listens import counted_listens, listens_of

pytestmark = pytest.mark.browser
MONTHS = "/trends/?step=month&by=plays"
LISTENING = "[data-chart='chart-listening']"
HALF_MONTH = 15.2 * 86_400  # between a bar and the edge of the plot, in seconds
RIGHT_EDGE = """host => {
    const canvas = host.querySelector("canvas"), { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(width - 2, 0, 2, height).data;
    return pixels.some((value, index) => index % 4 === 3 && value > 0);
}"""


def days_of(page: Page) -> list[int]:
    """The first day of each bar, in seconds."""
    expect(page.locator(f"{LISTENING} canvas")).to_be_visible()
    days: list[int] = page.evaluate(
        "JSON.parse(document.getElementById('chart-listening').textContent).x"
    )
    return days


def at(page: Page, days: list[int], index: int) -> tuple[float, float]:
    """The middle of a bar, in pixels of the window."""
    box = page.locator(f"{LISTENING} .u-over").bounding_box()
    assert box
    first, last = days[0] - HALF_MONTH, days[-1] + HALF_MONTH
    share = (days[index] - first) / (last - first)
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def month_of(seconds: int) -> tuple[str, str]:
    first = datetime.fromtimestamp(seconds, UTC).date()
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return str(first), str(last)


def test_a_click_on_a_bar_leads_to_its_plays(
    house: Lakehouse, kavya: Listener, opened: Opened
) -> None:
    plays = Counter(f"{one.local_at:%Y-%m}" for one in listens_of(counted_listens(house), "kavya"))
    page = opened(MONTHS, kavya)
    days = days_of(page)
    index = next(i for i, day in enumerate(days) if plays[month_of(day)[0][:7]])
    first, last = month_of(days[index])
    page.mouse.click(*at(page, days, index))
    page.wait_for_url(f"**/history/?from={first}&to={last}")
    shown = set()
    expect(page.locator(".history__row").first).to_be_visible()
    for day in page.locator(".history__day").all():
        shown.add(date.fromisoformat(day.get_attribute("data-day") or ""))
    assert {f"{day:%Y-%m}" for day in shown} == {first[:7]}


@pytest.mark.slow
def test_a_drag_over_bars_selects_their_days(kavya: Listener, opened: Opened) -> None:
    page = opened(MONTHS, kavya)
    days = days_of(page)
    page.mouse.move(*at(page, days, 1))
    page.mouse.down()
    page.mouse.move(*at(page, days, 2), steps=5)
    page.mouse.move(*at(page, days, 3), steps=5)
    page.mouse.up()
    page.wait_for_url("**/trends/?*from=*")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["from"], query["to"]) == ([month_of(days[1])[0]], [month_of(days[3])[1]])
    assert query["step"] == ["month"]  # of the page that it was
    assert days_of(page) == days[1:4]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_no_label_is_cut_at_the_right(kavya: Listener, opened: Opened, size: str) -> None:
    page = opened(MONTHS, kavya, size=size)
    days = days_of(page)
    assert all(first < last for first, last in pairwise(days))
    for chart in page.locator("[data-chart]").all():
        assert not chart.evaluate(RIGHT_EDGE)


def test_the_rank_of_an_artist_is_drawn_and_stands_in_a_table(
    kavya: Listener, opened: Opened
) -> None:
    page = opened("/artist/?name=Artist+3", kavya)
    expect(page.locator("[data-chart='chart-ranks'] canvas")).to_be_visible()
    page.get_by_text("Rank per month as a table").focus()
    page.keyboard.press("Enter")
    rows = page.locator("[data-chart='chart-ranks'] + script + details td.number")
    expect(rows.first).to_contain_text("#")
