"""The page of imports goes on by itself, and stays at the import that it tells about."""

import pytest
from playwright.sync_api import expect

from ingestion.models import HistoryImport
from tests.browser.conftest import Opened
from tests.conftest import listener

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("transactional_db")]


def test_an_import_that_ends_is_in_view_and_has_the_focus(opened: Opened) -> None:
    history = HistoryImport.objects.create(
        listener=listener("alice"), file_name="my_spotify_data.zip", path="gone"
    )
    page = opened("/import/", history.listener, size="phone")
    card = page.get_by_role("article", name="my_spotify_data.zip")
    expect(card).not_to_be_in_viewport()
    HistoryImport.objects.update(status=HistoryImport.Status.FAILED, error="Not a zip")

    expect(page.get_by_role("article", name="my_spotify_data.zip Not imported")).to_be_focused()
    expect(card.get_by_text("Not a zip")).to_be_in_viewport()
