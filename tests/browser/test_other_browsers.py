"""What Firefox and Safari do and Chromium does not, brought about in Chromium.

Safari keeps whole pages for the way back and ends their sockets, Firefox keeps over a reload what a
form holds, phones zoom into small fields, and no browser has a clipboard without HTTPS.
"""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ShareLink
from tests.browser.conftest import Opened, scroll_to_next_page

pytestmark = pytest.mark.browser
NIGHT = datetime(2026, 6, 30, 15, tzinfo=UTC)
LEFT, RESTORED = (
    f"dispatchEvent(new PageTransitionEvent('{name}', {{ persisted: true }}))"
    for name in ("pagehide", "pageshow")
)
FORM_KEEPS_A_CHOICE = """
addEventListener("load", () => (document.querySelector("#filter-device").value = "Computer"));
"""
NO_CLIPBOARD = """
Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
"""
COUNT_FILES = """
addEventListener("pagehide", () => {
  sessionStorage.files = document.querySelector("input[type=file]").files.length;
});
"""
LAST_IN_VIEW = """
() => {
  const rows = [...document.querySelectorAll("[data-event]")];
  const row = rows.findLast((each) => each.getBoundingClientRect().top < innerHeight / 2);
  return [row.dataset.event, Math.round(row.getBoundingClientRect().top)];
}
"""


@pytest.fixture
def sockets(kavya: Listener, opened: Opened) -> tuple[Page, list[str]]:
    """A page, and what becomes of its sockets."""
    page, seen = opened("/about/", kavya), []

    def take(socket: WebSocketRoute) -> None:
        seen.append("opened")
        socket.on_close(lambda code, reason: seen.append("closed"))
        if seen.count("opened") == 2:
            socket.close(code=4401)  # the session has ended meanwhile

    page.route_web_socket("**/ws/now/", take)
    page.reload()
    return page, seen


def test_a_page_kept_from_before_a_logout_is_not_shown_again(
    sockets: tuple[Page, list[str]],
) -> None:
    page, seen = sockets
    page.context.clear_cookies()
    page.evaluate(LEFT)
    page.evaluate(RESTORED)
    page.wait_for_url("**/login/**")
    assert seen[:3] == ["opened", "closed", "opened"]


def test_a_reload_of_the_history_stays_at_the_play_in_view(kavya: Listener, opened: Opened) -> None:
    page = opened("/history/", kavya)
    scroll_to_next_page(page)
    page.evaluate("scrollBy(0, -700)")
    before = page.evaluate(LAST_IN_VIEW)
    page.reload()
    page.wait_for_function(f"(before) => ({LAST_IN_VIEW})().join() === before.join()", arg=before)


def test_a_reload_forgets_a_choice_that_was_not_sent(kavya: Listener, opened: Opened) -> None:
    page = opened("/trends/", kavya)
    page.add_init_script(FORM_KEEPS_A_CHOICE)
    page.reload()
    expect(page.get_by_label("Device", exact=True)).to_have_value("")


def accept_upload(route: Route) -> None:
    if route.request.method == "POST":
        route.fulfill(status=202, json={"card": "import-1"})
    else:
        route.continue_()


def test_an_upload_that_was_taken_leaves_no_file_in_the_form(
    kavya: Listener, opened: Opened
) -> None:
    page = opened("/import/", kavya)
    page.add_init_script(COUNT_FILES)
    page.reload()
    page.route("**/import/", accept_upload)
    page.locator("input[type=file]").set_input_files(
        {"name": "my_spotify_data.zip", "mimeType": "application/zip", "buffer": b"PK"}
    )
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/import/#import-1")
    page.wait_for_function("sessionStorage.files === '0'")


def test_a_menu_closes_with_escape_where_its_button_has_no_focus(
    kavya: Listener, opened: Opened
) -> None:
    page = opened("/about/", kavya)
    page.locator("summary", has_text="Your menu").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_a_link_is_copied_without_https(kavya: Listener, opened: Opened) -> None:
    ShareLink.objects.create(listener=kavya, token="shown", pages=["overview"], created_at=NIGHT)
    page = opened("/shares/", kavya)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(NO_CLIPBOARD)
    page.reload()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.evaluate("delete navigator.clipboard")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/share/shown/")


def test_a_phone_on_its_side_does_not_zoom_into_fields(kavya: Listener, opened: Opened) -> None:
    page = opened("/trends/", kavya)
    page.set_viewport_size({"width": 852, "height": 393})
    sizes = page.locator("input:not([type=checkbox]), select").evaluate_all(
        "fields => fields.map((field) => parseFloat(getComputedStyle(field).fontSize))"
    )
    assert min(sizes) >= 16
