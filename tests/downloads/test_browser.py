"""Exports as Chromium saves them after a click."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.export import formats
from tests.downloads.conftest import break_off
from tests.downloads.listens import differences, publish_listens
from tests.support.login import session_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def test_a_click_saves_every_listen(
    page: Page, site: str, somebody: Listener, build: Path, tmp_path: Path
) -> None:
    for kind in formats.FORMATS:
        saved = clicked(page, site, somebody, kind)
        assert saved.failure() is None
        assert not differences(saved.path(), build, kind, user_id=somebody.user_id), kind


def test_an_export_that_breaks_off_is_no_finished_download(
    page: Page, site: str, kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(monkeypatch)
    for kind in ("csv", "json"):
        assert clicked(page, site, kavya, kind).failure()


@pytest.mark.long
def test_a_click_saves_430_000_listens(
    page: Page, site: str, kavya: Listener, tmp_path: Path, settings: Any
) -> None:
    build = publish_listens(tmp_path, {"kavya": 430_000, "howard": 1_000}, years=20)
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
    clients.warehouse.cache_clear()
    for kind in formats.FORMATS:
        saved = clicked(page, site, kavya, kind)
        assert saved.failure() is None
        assert not differences(saved.path(), build, kind, user_id="kavya"), kind


def clicked(page: Page, site: str, somebody: Listener, kind: str) -> Any:
    """The download that the page's own link starts."""
    cookie = {"name": "sessionid", "value": session_of(somebody), "url": site}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{site}/export/")
    with page.expect_download(timeout=120_000) as expected:
        page.locator(f"a[href='/export/listening.{kind}']").click()
    return expected.value
