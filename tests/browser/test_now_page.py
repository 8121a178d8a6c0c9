"""The page of what plays at four widths, with a player and suggestions set by hand."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opened
from tests.browser.page_checks import cut_off, listen_for_errors, minded_by_axe
from tests.conftest import listener

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("transactional_db")]
TITLE = "A title of a song that is neither short nor very long"
PICTURE = "0123456789abcdef01234567"
COVER = f"https://i.scdn.co/image/ab67616d00001e02{PICTURE}"
SMALL_COVER = f"https://i.scdn.co/image/ab67616d00004851{PICTURE}"
ITEM = {"track_id": "t1", "track_name": "Violet", "artist_name": "The Harbours"}
STATE = {
    "kind": "track",
    "is_playing": True,
    "status": "Playing",
    "title": "Violet",
    "subtitle": "The Harbours",
    "album": "Marble",
    "item": ITEM | {"content_type": "track", "duration_ms": 200_000, "image_url": None},
    "progress_ms": 0,
    "age_ms": 0,
    "trouble_words": "",
}
SHOW = """
state => document.dispatchEvent(
  new CustomEvent("playback", { detail: { state, receivedAt: performance.now() } }))
"""


def suggestion(number: int) -> dict[str, Any]:
    return {
        "track_id": f"s{number}",
        "track_name": TITLE,
        "artist_name": "An artist",
        "recommendation_score": 50,
        "reason": "One of your most played lately",
        "cooccurrence_score": 0.25,
        "artist_affinity": 40,
        "image_url": COVER,
        "thumbnail_url": SMALL_COVER,
    }


@pytest.fixture
def playing(opened: Opened) -> Page:
    page = opened("/about/", listener("kavya", timezone="Asia/Kolkata"))
    answer = json.dumps({"recommendations": [suggestion(number) for number in range(3)]})
    page.route("**/api/v1/recommendations/**", lambda route: give(route, answer))
    page.route("**/image/**", lambda route: route.fulfill(body="", content_type="image/jpeg"))
    page.goto(page.url.replace("/about/", "/now/"))
    page.evaluate(SHOW, STATE)
    expect(page.locator(".now-row")).to_have_count(3)
    return page


def give(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="application/json")


@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_titles_of_suggestions_have_room_at_each_width(playing: Page, width: int) -> None:
    errors = listen_for_errors(playing)
    playing.set_viewport_size({"width": width, "height": 900})
    for row in playing.locator(".now-row .media__body").all():
        room = row.evaluate("body => body.clientWidth")
        assert room > (180 if width < 500 else 350)  # it was 81 at 820
    cover = playing.locator(".now-row img").first
    expect(cover).to_have_attribute("srcset", f"{SMALL_COVER} 1x, {COVER} 2x")
    assert not cut_off(playing)
    assert not minded_by_axe(playing)
    assert not errors


def test_the_tab_names_the_track_until_nothing_plays(playing: Page) -> None:
    expect(playing).to_have_title("Violet – The Harbours · Liner")
    nothing = STATE | {"kind": "nothing", "item": None, "title": "Nothing is playing"}
    playing.evaluate(SHOW, nothing)
    expect(playing).to_have_title("Now playing · Liner")


def test_figures_for_developers_stand_under_details(playing: Page) -> None:
    figures = playing.get_by_text("cache hit rate")
    expect(figures).to_be_hidden()
    playing.get_by_text("Details", exact=True).click()
    expect(figures).to_be_visible()
    expect(playing.get_by_text(f"{TITLE}: co-occurrence 0.25, affinity 40")).to_have_count(3)


def test_without_scripts_the_page_says_what_is_missing(opened: Opened) -> None:
    page = opened("/now/", listener("kavya", timezone="Asia/Kolkata"), scripts=False)
    expect(page.get_by_role("heading", name="suggestions need JavaScript")).to_be_visible()
    expect(page.locator(".now-next")).to_be_hidden()  # 46rem are kept free for what a script brings
