"""Somebody watches how their erasure goes on."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from spotifyweb.accounts.models import Listener
from spotifyweb.privacy.models import ErasureRequest
from tests.browser.conftest import Opened
from tests.browser.page_checks import cut_off, minded_by_axe

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_the_steps_come_in_by_themselves(kavya: Listener, opened: Opened) -> None:
    page = opened("/", kavya, size="phone", theme="dark")
    page.get_by_role("link", name="Delete play").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete this play?")
    page.get_by_role("button", name="Delete play").click()
    expect(page.get_by_text("Queued")).to_be_visible()
    assert [*cut_off(page), *minded_by_axe(page)] == []

    erasure = ErasureRequest.objects.get()
    erasure.record_step("log", {"records not stored yet": 1}, at=timezone.now())

    expect(
        page.get_by_role("listitem").filter(has_text="records not stored yet: 1")
    ).to_be_visible()
    page.reload()
    expect(page.get_by_text("Being erased", exact=True)).to_be_visible()
