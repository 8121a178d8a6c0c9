"""Nothing that is in view moves while the parts of a page arrive over a slow network."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route

from nowplaying.models import Kind, Playback
from nowplaying.state_payload import state_of
from spotifyweb.accounts.models import Listener
from tests.browser.conftest import Opened
from tests.browser.test_now_page import ITEM, suggestion

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ["/", "/search/?q=song", "/top/?kind=tracks", "/recommendations/", "/now/", "/history/"]
PAGES += ["/search/?q=zzzz"]  # short, so that its footer is in view
SLOW = {  # a weak mobile network: a page and its scripts take a second each, in pieces
    "offline": False,
    "latency": 40,  # ms
    "downloadThroughput": 150_000,  # bytes a second
    "uploadThroughput": 150_000,
}
LATE_SECONDS = 0.02  # for each cover and each answer, one after the other
A_WHILE = timedelta(seconds=10)  # "10 seconds ago" is wider than "9 seconds ago"
PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\0\0\0!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
# https://web.dev/articles/cls: what moved, as a share of the screen; nobody has typed or pressed
OBSERVE = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      const moved = shift.sources.map(({ node }) => node?.className || node?.nodeName);
      shifts.push([shift.value, ...moved]);
    }
  }).observe({ type: "layout-shift", buffered: true });
"""

IN_VIEW = """() => {
  const { x, y } = document.querySelector("#nowbar strong").getBoundingClientRect();
  return Boolean(document.elementFromPoint(x + 1, y + 1)?.closest("#nowbar"));
}"""


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_nothing_moves_while_a_page_arrives(kavya: Listener, opened: Opened, size: str) -> None:
    item = ITEM | {"duration_ms": 200_000, "image_url": suggestion(1)["image_url"]}
    seen = {"observed_at": timezone.now() - A_WHILE, "due_at": timezone.now(), "progress_ms": 0}
    playback = Playback.objects.create(
        listener=kavya, kind=Kind.TRACK, is_playing=True, item=item, **seen
    )
    page = opened("/robots.txt", kavya, size=size)
    slow_down(page)
    message = {"type": "state", "state": state_of(playback, now=timezone.now())}
    page.route_web_socket("**/ws/now/", lambda socket: socket.send(json.dumps(message)))
    site = page.url.removesuffix("/robots.txt")
    moved = {}
    for address in PAGES:
        page.goto(site + address, wait_until="networkidle")
        shifts = page.evaluate("shifts")
        if sum(share for share, *_ in shifts) >= 0.01:
            moved[address] = shifts
        if address != "/now/":
            assert page.evaluate(IN_VIEW), f"the now-playing bar is covered on {address}"
    assert not moved


def slow_down(page: Page) -> None:
    """Let bytes trickle, covers and suggestions come late, and nothing be in the cache."""
    answer = json.dumps({"recommendations": [suggestion(number) for number in range(10)]})

    def late(route: Route) -> None:
        time.sleep(LATE_SECONDS)
        is_cover = route.request.resource_type == "image"
        route.fulfill(
            body=PIXEL if is_cover else answer,
            content_type="image/gif" if is_cover else "application/json",
        )

    page.add_init_script(OBSERVE)
    page.route("https://**/image/**", late)
    page.route(f"**/api/v1/recommendations/{ITEM['track_id']}*", late)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.send("Network.emulateNetworkConditions", SLOW)
