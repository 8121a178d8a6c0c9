"""A real Chromium against the pages; tests are skipped with a line where there is none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.harness.lakehouse import Lakehouse
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from tests.conftest import listener
from tests.dbt.conftest import house as house
from tests.support.login import session_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files_for_the_live_server() -> None:
    """The live server starts before any single test's fixtures could say so."""
    django_settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed after each module: Playwright's loop runs in this thread while it is open, and Django
    takes our plain code for asynchronous as long.
    """
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: the pages were not looked at in a browser")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def kavya(
    house: Lakehouse, settings: Any, chromium: Browser, transactional_db: None
) -> Iterator[Listener]:
    """Somebody with plays, on the published build of the house."""
    settings.WAREHOUSE_URL = f"duckdb:///{house.warehouse}"
    clients.warehouse.cache_clear()
    yield listener("kavya", timezone="Asia/Kolkata")
    clients.warehouse().close()
    clients.warehouse.cache_clear()


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, live_server: Any) -> Iterator[Opened]:
    """Opens an address as somebody, or as a stranger, at a size and in a theme."""
    contexts = []

    def open_page(
        address: str,
        somebody: Listener | None = None,
        *,
        size: str = "desktop",
        theme: Any = "light",
        scripts: bool = True,
    ) -> Page:
        context = chromium.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            color_scheme=theme,
            java_script_enabled=scripts,
            service_workers="block",  # test_installation.py has them
        )
        contexts.append(context)
        if somebody:
            cookie = {"name": "sessionid", "value": session_of(somebody), "url": live_server.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{live_server.url}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def scroll_to_next_page(page: Page) -> int:
    """Scroll an open history until its address is the next page's; return how many rows it had."""
    rows = page.locator(".history__row")
    first = rows.count()
    page.mouse.wheel(0, 20_000)
    expect(rows.nth(first)).to_be_attached()
    page.mouse.wheel(0, 20_000)  # what came next stands below what is in view
    page.wait_for_url("**/history/?before=*", wait_until="commit")
    return first
