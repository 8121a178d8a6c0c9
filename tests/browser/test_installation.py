"""The site as an app: Chromium would install it, and shows a page of ours when it is away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.page_checks import listen_for_errors, minded_by_axe

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def page(chromium: Browser, live_server: Any, tmp_path: Path) -> Iterator[Page]:
    """A page of a profile that stays: a private window installs nothing."""
    context = chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=FLAGS
    )
    page = context.pages[0]
    page.goto(live_server.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    yield page
    context.close()


def test_chromium_finds_nothing_that_keeps_it_from_installing(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_without_a_network_the_offline_page_is_shown(page: Page, live_server: Any) -> None:
    errors = listen_for_errors(page)
    page.context.set_offline(True)
    page.goto(f"{live_server.url}/history/")

    expect(page.get_by_role("heading", level=1)).to_have_text("You're offline")
    assert not minded_by_axe(page)
    assert not [error for error in errors if "Content Security Policy" in error]

    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url("**/login/**")


def test_only_the_offline_page_and_its_files_are_kept(page: Page, live_server: Any) -> None:
    for address in ("/", "/privacy/", "/login/"):
        page.goto(f"{live_server.url}{address}")
    kept = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name)"
        ".then(kept => kept.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    pages = [path for path in kept if not path.startswith("/static/")]
    assert pages == ["/offline/"]
    assert len(kept) > 5
