"""Through every page at two sizes, in two themes: no error, nothing cut off, nothing axe minds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import WebSocketRoute, expect

from ingestion.models import Gap
from nowplaying import state_payload
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ShareLink
from tests.browser.conftest import Opened, scroll_to_next_page
from tests.browser.page_checks import cut_off, listen_for_errors, minded_by_axe, squeezed

WIDER = "document.documentElement.scrollWidth > innerWidth"
NIGHT = datetime(2026, 6, 30, 15, tzinfo=UTC)
pytestmark = pytest.mark.browser
JOURNEY = [
    "/",
    "/history/",
    "/history/?q=song&skips=1&on=2026-06-30",
    "/history/?q=nothing-of-this-name",
    "/trends/",
    "/top/",
    "/top/?kind=tracks&by=time",
    "/artist/?name=Artist+3",
    "/search/?q=song",
    "/year/2026/",
    "/devices/",
    "/habits/",
    "/podcasts/",
    "/compare/",
    "/house/",
    "/coverage/",
    "/rules/",
    "/corrections/",
    "/shares/",
    "/export/",
    "/about/",
    "/merged/",
    "/merged/?show=apart",
    "/data/",
    "/api/docs/",
    "/import/",
    "/settings/",
    "/settings/messages/",
    "/settings/disconnect/",
    "/privacy/",
    "/data/erase/?what=source&source=account_data",
]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_every_page(kavya: Listener, opened: Opened, size: str, theme: str) -> None:
    with_gaps(kavya)
    share = ShareLink.objects.create(listener=kavya, pages=["year", "trends"], created_at=NIGHT)
    page = opened("/about/", kavya, size=size, theme=theme)
    errors = listen_for_errors(page)
    wrong: list[str] = []
    for address in [*JOURNEY, f"/share/{share.token}/", f"/share/{share.token}/trends/"]:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + address)
        page.wait_for_load_state("load")
        problems = [*minded_by_axe(page), *cut_off(page), *squeezed(page)]
        wrong += [f"{address}: {problem}" for problem in problems]
    assert not wrong, "\n".join(wrong)
    assert not errors, errors


def test_names_to_exclude_are_looked_up_while_one_types(kavya: Listener, opened: Opened) -> None:
    page = opened("/rules/", kavya)
    others = page.locator('#rule-names option:not([value*="Song 1"])')
    expect(others).not_to_have_count(0)
    page.get_by_label("Name").press_sequentially("song 1")
    expect(others).to_have_count(0)
    expect(page.locator("#rule-names option")).not_to_have_count(0)


def test_strangers_land_on_a_welcome(opened: Opened, db: None) -> None:
    page = opened("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Every play")
    assert not minded_by_axe(page)


def test_charts_are_drawn_and_can_be_read(kavya: Listener, opened: Opened) -> None:
    page = opened("/trends/?step=month", kavya)
    expect(page.locator(".chart canvas")).to_have_count(4)
    page.get_by_text("Listening time per month as a table").click()
    expect(page.get_by_role("cell", name="min").first).to_be_visible()


def test_choosing_a_filter_changes_the_address(kavya: Listener, opened: Opened) -> None:
    page = opened("/", kavya)
    page.get_by_label("Device", exact=True).select_option("Computer")
    page.wait_for_url("**/?device=Computer")
    page.locator(".site-nav summary", has_text="Trends").click()
    page.get_by_role("link", name="Over time").click()
    page.wait_for_url("**/trends/?device=Computer")
    expect(page.get_by_label("Device", exact=True)).to_have_value("Computer")
    page.go_back()
    page.go_back()
    page.wait_for_url(lambda url: url.endswith("/"))
    expect(page.get_by_label("Device", exact=True)).to_have_value("")


def test_a_name_without_spaces_is_no_wider_than_the_screen(kavya: Listener, opened: Opened) -> None:
    name = "Name" * 40
    page = opened(f"/history/?q={name[:100]}", kavya, size="phone")
    assert not page.evaluate(WIDER)
    page.goto(page.url.split("/history/")[0] + "/artist/?name=Artist+3")
    for part in ("h1", "label[for=filter-device]"):
        page.locator(part).evaluate(f"part => part.textContent = '{name}'")
    assert not page.evaluate(WIDER)


def test_typed_dates_are_sent_when_typing_has_paused(kavya: Listener, opened: Opened) -> None:
    page = opened("/", kavya)
    page.clock.install(time=datetime(2026, 4, 5, tzinfo=UTC))
    page.reload()
    page.clock.pause_at(datetime(2026, 4, 5, 1, tzinfo=UTC))  # a slow machine is no pause
    first, last = (page.get_by_label(name, exact=True) for name in ("From", "To"))
    first.focus()
    page.keyboard.type("03082026")
    expect(first).to_have_value("2026-03-08")
    page.clock.run_for(800)
    last.focus()
    page.keyboard.type("0404")
    page.clock.run_for(2000)  # half a date is not sent, nor is the other one without it
    assert page.url.endswith("/")
    page.keyboard.type("2026")
    expect(last).to_have_value("2026-04-04")
    page.clock.run_for(1000)
    page.wait_for_url("**/?from=2026-03-08&to=2026-04-04")


def test_the_theme_is_remembered(kavya: Listener, opened: Opened) -> None:
    page = opened("/", kavya, theme="light")
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")


def test_a_keyboard_is_enough(kavya: Listener, opened: Opened) -> None:
    page = opened("/", kavya)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator("summary", has_text="More filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Source")).to_be_visible()
    page.get_by_label("Source").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Source")).to_be_hidden()


def test_a_track_is_joined_with_the_keyboard_and_undone(kavya: Listener, opened: Opened) -> None:
    page = opened("/artist/?name=Artist+3", kavya, size="phone")
    page.locator(".card:has(#tracks-title) a.media__title").first.click()
    page.get_by_label("Same track as").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the link in the help text
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert not [*minded_by_axe(page), *cut_off(page)]
    page.locator("main").get_by_role("link", name="Corrections").click()
    assert not [*minded_by_axe(page), *cut_off(page)]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No corrections.")).to_be_visible()


def test_search_answers_while_one_types(kavya: Listener, opened: Opened) -> None:
    page = opened("/settings/", kavya)
    page.keyboard.press("/")
    page.keyboard.type("song")
    results = page.locator(".site-search__results")
    expect(results.get_by_role("link").first).to_be_visible()
    assert not minded_by_axe(page)
    links = results.get_by_role("link")
    page.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#site-search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(results).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=song")


def test_menus_open_and_close_with_the_keyboard(kavya: Listener, opened: Opened) -> None:
    page = opened("/about/", kavya)
    page.locator(".site-tools summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Exclusions")).to_be_visible()
    assert not minded_by_axe(page, still=False)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Exclusions")).to_be_hidden()


def test_the_menu_stays_in_its_place_on_a_page_that_is_wider(
    kavya: Listener, opened: Opened
) -> None:
    page = opened("/about/", kavya)
    page.set_viewport_size({"width": 1920, "height": 900})
    menu = page.get_by_role("navigation", name="Main menu")
    place = menu.bounding_box()
    menu.get_by_role("link", name="Discover").click()
    page.wait_for_url("**/recommendations/")
    assert menu.bounding_box() == place


def test_a_phone_reaches_every_page_from_its_bar(kavya: Listener, opened: Opened) -> None:
    page = opened("/about/", kavya, size="phone")
    bar = page.locator(".tab-bar")
    expect(bar.get_by_role("link", name="History")).to_be_visible()
    bar.locator("summary").click()
    assert not [*minded_by_axe(page, still=False), *cut_off(page)]
    bar.get_by_role("link", name="Compare").click()
    page.wait_for_url("**/compare/")


@pytest.mark.slow
def test_the_history_goes_on_while_one_scrolls(kavya: Listener, opened: Opened) -> None:
    page = opened("/history/", kavya)
    first = scroll_to_next_page(page)
    rows = page.locator(".history__row")
    events = rows.evaluate_all("rows => rows.map((row) => row.dataset.event)")
    assert len(set(events)) == len(events) > first
    days = page.locator(".history__day").evaluate_all("days => days.map((day) => day.dataset.day)")
    assert days == sorted(set(days), reverse=True)
    assert not [*minded_by_axe(page), *cut_off(page)]
    page.reload()
    expect(page.get_by_role("link", name="Newer", exact=True)).to_be_visible()


def test_the_menu_of_a_play_opens_with_the_keyboard(kavya: Listener, opened: Opened) -> None:
    page = opened("/history/", kavya, size="phone")
    assert not minded_by_axe(page)  # once open, it covers a part of the button below
    row = page.locator(".history__row").first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_role("link", name="Delete play")).to_be_visible()
    assert not cut_off(page)
    page.keyboard.press("Escape")
    expect(row.get_by_role("link", name="Delete play")).to_be_hidden()


def test_a_build_that_was_missed_is_taken_up_by_the_next_socket(
    kavya: Listener, opened: Opened
) -> None:
    page, sockets, builds = opened("/about/", kavya), [], ["first"]
    state = state_payload.state_for(kavya.pk, now=NIGHT) or {}

    def speak(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        told = state | {"item": {}, "title": builds[-1], "build_id": builds[-1]}
        socket.send(json.dumps({"type": "state", "state": told}))

    page.add_init_script("Math.random = () => 0")  # no wait is longer than it must be
    page.route_web_socket("**/ws/now/", speak)
    page.goto(page.url.replace("/about/", "/"))
    expect(page.locator("#nowbar strong")).to_have_text("first")
    page.evaluate("for (const fact of document.querySelectorAll('.facts dd')) fact.append('old')")
    builds.append("second")
    sockets[-1].close(code=1011)
    expect(page.locator(".facts")).not_to_contain_text("old")


def with_gaps(listener: Listener) -> None:
    """One of each state, so that every legend is looked at."""
    for days, fields in enumerate(({}, {"reason": "full_page"}, {"status": "filled"})):
        at = NIGHT + timedelta(days=3 * days)
        said = {"reason": "offline", "starts_at": at, "ends_at": at + timedelta(hours=9)}
        Gap.objects.create(listener=listener, **(said | fields))
