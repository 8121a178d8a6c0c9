"""The whole house and a real Chromium: what plays now shows itself, and changes by itself.

SCREENSHOTS=folder keeps a picture of each page before and after.
"""

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, Route, WebSocketRoute, expect

from bench.harness.instance import Instance
from bench.harness.sandbox_client import MIRA, THEO, YUKI
from tests.faults import players

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REMEMBER_TROUBLES = """
const words = document.querySelector("[data-now=trouble-words]");
window.troubles = [];
new MutationObserver(() => window.troubles.push(words.textContent))
  .observe(words, { childList: true, characterData: true, subtree: true });
"""
WATCH_THE_CARD = """
const card = document.querySelector("[data-now=card]");
const title = document.querySelector("[data-now=title]");
const position = document.querySelector("[data-now=position]");
window.highlights = 0;
card.classList.remove("is-new"); // other media would begin its other animation
card.addEventListener("animationstart", ({ target }) => (window.highlights += target === card));
window.positions = []; // what stood there when the title changed
new MutationObserver(() => window.positions.push(position.textContent))
  .observe(title, { childList: true, characterData: true, subtree: true });
"""
ASK_AGAIN = "(track) => fetch(`/api/v1/recommendations/${track}`).then((answer) => answer.json())"
UNTIL_NUMBERS = """
async () => {
  for (let n = 0; n < 300 && !(await (await fetch("/")).text()).includes("data-number"); n++)
    await new Promise((resolve) => setTimeout(resolve, 1000));
}
"""
FIRST_BUILD = '{"type": "build", "build_id": "20260101T000000Z-0000"}'
SOON = 120_000  # ms; a skip shows within 5.5 s on a machine of its own


@pytest.fixture(scope="module")
def running(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(folder=tmp_path_factory.mktemp("now") / "house")
    try:
        instance.start()
        yield instance
    finally:
        instance.stop()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(SOON)
    yield context
    context.close()


def log_in(site: Instance, context: BrowserContext, account_id: str, path: str = "/now/") -> Page:
    """As a person does it, through the sandbox's consent page."""
    page = context.new_page()
    page.goto(f"{site.url}/login/?next={path}")
    page.get_by_role("button", name="Log in with Spotify").click()
    page.locator(f"input[name=account_id][value={account_id}]").check()
    page.locator("button[value=allow]").click()
    page.wait_for_url(f"{site.url}{path}")
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def play(instance: Instance, account_id: str, *names: int) -> list[str]:
    """Start the tracks of these numbers one after the other; returns their names."""
    tracks = instance.control("tracks", limit=max(names) + 1)["tracks"]
    ids = [tracks[number]["id"] for number in names]
    instance.control("player", account_id=account_id, do="play", track_id=ids[0], queue=ids[1:])
    return [tracks[number]["name"] for number in names]


def test_a_skip_shows_without_a_reload_and_brings_its_recommendations(
    running: Instance, visit: BrowserContext
) -> None:
    first, second = play(running, MIRA, 0, 1)
    page = log_in(running, visit, MIRA)
    title = page.locator("[data-now=title]")
    expect(title).to_have_text(first, timeout=SOON)
    expect(page.locator(".now-row")).not_to_have_count(0, timeout=SOON)
    track = page.locator("[data-now=card]").get_attribute("data-track")
    assert page.evaluate(ASK_AGAIN, track)["recommendations"]
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("[data-now=cover] img")).to_have_js_property("complete", True)
    expect(page.locator(".now-row")).not_to_have_count(0, timeout=SOON)
    expect(page.locator("[data-now=figures]")).to_contain_text("cache hit rate")
    expect(page.locator("[data-now=updated]")).to_contain_text("ago")
    page.locator(".now-row").first.get_by_role("button", name="More like").click()
    expect(page.locator("[data-in-place-status]")).to_have_text("You will see more like this.")
    expect(page.locator(".now-row [aria-pressed=true]")).to_have_count(1)
    at = page.locator("[data-now=progress] progress")
    before = float(at.evaluate("bar => bar.value"))
    moved = "before => document.querySelector('[data-now=progress] progress').value > before + 500"
    page.wait_for_function(moved, arg=before)
    keep(page, "before")
    page.evaluate(WATCH_THE_CARD)
    page.emulate_media(reduced_motion="reduce")
    running.control("player", account_id=MIRA, do="set", hide_progress=True)
    running.control("player", account_id=MIRA, do="skip")
    expect(title).to_have_text(second, timeout=SOON)
    card = page.locator("[data-now=card]")
    expect(card).to_have_class("card now is-new")
    expect(card).to_have_css("outline-style", "none")  # it was lit, and is no more
    assert page.evaluate("window.highlights") == 1
    assert page.evaluate("window.positions") == [""]  # Spotify does not say it, nor does the page
    running.control("player", account_id=MIRA, do="set", hide_progress=False)
    assert page.evaluate("window.neverReloaded")
    keep(page, "after")
    running.control("player", account_id=MIRA, do="stop")
    expect(title).to_have_text("Nothing is playing", timeout=SOON)
    page.wait_for_function("window.highlights === 2")


def test_two_tabs_show_the_same_and_another_listener_sees_nothing_of_it(
    running: Instance, visit: BrowserContext, chromium: Browser
) -> None:
    [name] = play(running, MIRA, 2)
    running.control("player", account_id=THEO, do="stop")
    now = log_in(running, visit, MIRA)
    overview = visit.new_page()
    overview.goto(running.url)
    others = chromium.new_context()
    his = log_in(running, others, THEO)
    expect(now.locator("[data-now=title]")).to_have_text(name, timeout=SOON)
    expect(overview.locator("#nowbar strong")).to_have_text(name, timeout=SOON)
    expect(his.locator("[data-now=title]")).to_have_text("Nothing is playing")
    assert html.escape(name) not in his.content()
    others.close()


def test_a_logout_ends_the_socket_of_that_browser(running: Instance, visit: BrowserContext) -> None:
    play(running, MIRA, 3)
    page = log_in(running, visit, MIRA)
    expect(page.locator("[data-now=card]")).to_have_attribute("data-kind", "track", timeout=SOON)
    elsewhere = visit.new_page()
    elsewhere.goto(f"{running.url}/settings/")
    elsewhere.locator(".site-tools summary").click()
    elsewhere.get_by_role("button", name="Log out", exact=True).click()
    expect(page.locator("[data-now=trouble-words]")).to_contain_text("logged out", timeout=SOON)


def test_what_spotify_refuses_is_said_with_its_time_and_passes(
    running: Instance, visit: BrowserContext
) -> None:
    play(running, MIRA, 4)
    running.control("calls", clear=True)
    page = log_in(running, visit, MIRA)
    running.wait_for_call("recently-played")  # it is of the player's family: it would be refused
    expect(page.locator("[data-now=card]")).to_have_attribute("data-kind", "track", timeout=SOON)
    running.control("fault", kind="rate_limited", endpoint="player", count=1, retry_after=3600)
    words = page.locator("[data-now=trouble-words]")
    expect(words).to_contain_text("Spotify asked us to wait until", timeout=SOON)
    assert refreshed(page) == (429, "Spotify asked us to wait until")
    keep(page, "refused")
    with redis.Redis.from_url(running.redis_url) as valkey:  # an hour later
        valkey.delete(*valkey.scan_iter("spotify:*:blocked:*"))
    status, message = refreshed(page)
    assert status == 202
    assert message in ("Refreshing…", "Already up to date.")  # the poller may have been quicker
    expect(page.locator("[data-now=trouble]")).to_be_hidden(timeout=SOON)


def refreshed(page: Page) -> tuple[int, str]:
    """What the button got as an answer, without the time in it."""
    with page.expect_response("**/now/refresh/") as told:
        page.get_by_role("button", name="Refresh").click()
    message = told.value.json()["message"]
    expect(page.locator("[data-now=answer]")).to_contain_text(message)
    return told.value.status, re.sub(r" (\d+ \w+ \d{4}, )?\d\d:.*", "", message)


def test_a_page_without_its_socket_says_so_asks_slowly_and_comes_back(
    running: Instance, visit: BrowserContext
) -> None:
    first, second = play(running, MIRA, 6, 7)
    sockets: list[WebSocketRoute] = []
    refused: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        if refused:
            socket.close(code=1011)
        else:
            sockets.append(socket)
            socket.connect_to_server()

    visit.route_web_socket("**/ws/now/", through)
    page = log_in(running, visit, MIRA)
    title, words = page.locator("[data-now=title]"), page.locator("[data-now=trouble-words]")
    expect(title).to_have_text(first, timeout=SOON)
    refused.append(sockets[-1])
    sockets[-1].close(code=1011)
    expect(words).to_contain_text("Connection lost", timeout=SOON)
    keep(page, "lost")
    running.control("player", account_id=MIRA, do="skip")
    expect(title).to_have_text(second, timeout=SOON)  # it asks every ten seconds
    refused.clear()
    expect(page.locator("[data-now=trouble]")).to_be_hidden(timeout=SOON)


def test_a_page_from_before_any_build_asks_again(running: Instance, visit: BrowserContext) -> None:
    play(running, MIRA, 8)
    page = log_in(running, visit, MIRA)
    expect(page.locator("[data-now=card]")).to_have_attribute("data-kind", "track", timeout=SOON)
    sockets: list[WebSocketRoute] = []
    visit.route_web_socket("**/ws/now/", lambda socket: sockets.append(socket))
    expected = re.compile(r'"build_id": (null|"[^"]*")')

    def before_any_build(route: Route) -> None:
        route.fulfill(body=expected.sub('"build_id": null', route.fetch().text()))

    page.route("**/now/", before_any_build)
    with page.expect_response("**/api/v1/recommendations/**"):
        page.reload()
    page.wait_for_function("() => window.player.position() !== null")
    state = expected.sub('"build_id": null', page.locator("#now-state").inner_text())
    with page.expect_response("**/api/v1/recommendations/**"):
        for message in (f'{{"type":"state","state":{state}}}', FIRST_BUILD):
            sockets[-1].send(message)


def test_a_killed_web_process_is_noticed_and_found_again(
    running: Instance, visit: BrowserContext
) -> None:
    play(running, MIRA, 9)
    page = log_in(running, visit, MIRA)
    expect(page.locator("[data-now=card]")).to_have_attribute("data-kind", "track", timeout=SOON)
    expect(page.locator("[data-now=updated]")).to_contain_text("ago", timeout=SOON)
    page.evaluate(REMEMBER_TROUBLES)
    players.kill(running, "uvicorn")
    page.wait_for_function("() => window.troubles.some((said) => said.includes('Connection lost'))")
    expect(page.locator("[data-now=trouble]")).to_be_hidden(timeout=SOON)


def test_the_first_paint_says_what_the_script_says(running: Instance, chromium: Browser) -> None:
    [name] = play(running, MIRA, 5)
    context = chromium.new_context()
    live = log_in(running, context, MIRA)
    expect(live.locator("[data-now=title]")).to_have_text(name, timeout=SOON)
    plain = chromium.new_context(
        java_script_enabled=False, storage_state=context.storage_state()
    ).new_page()
    plain.goto(f"{running.url}/now/")
    for part in ("status", "title", "subtitle", "album", "device", "length"):
        place = f"[data-now={part}]"
        mine, theirs = (one.locator(place).inner_text().strip() for one in (plain, live))
        assert mine == theirs, part
    plain.context.close()
    context.close()


def test_the_overview_fills_itself_and_reads_itself_anew_after_a_published_build(
    running: Instance, visit: BrowserContext
) -> None:
    deaf = [True]

    def through(socket: WebSocketRoute) -> None:
        if deaf:
            socket.close(code=1011)
        else:
            socket.connect_to_server()

    visit.route_web_socket("**/ws/now/", through)
    visit.route("**/now/state/", lambda route: route.abort())
    page = log_in(running, visit, YUKI, "/")
    expect(page.get_by_role("heading", name="No plays yet")).to_be_visible()
    page.evaluate(UNTIL_NUMBERS)  # the login's own build is published
    expect(page.get_by_role("heading", name="No plays yet")).to_be_visible()
    deaf.clear()  # what was published while the page was deaf is seen all the same
    visit.unroute("**/now/state/")
    plays = page.locator("[data-number=plays]")
    expect(plays).to_be_visible(timeout=SOON)
    true = plays.inner_text()
    page.evaluate("document.querySelector('[data-number=plays]').textContent = 'old'")
    page.evaluate("window.neverReloaded = true")
    try:
        running.manage("transform")
    except AssertionError as error:
        assert "held by another run" in str(error)  # the login has asked for a build already
    expect(plays).not_to_have_text("old", timeout=3 * SOON)
    assert int(plays.inner_text().replace(",", "")) >= int(true.replace(",", ""))
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    assert page.evaluate("window.neverReloaded")
