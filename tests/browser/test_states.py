"""Pages without numbers, which say why: too many requests, a build, an import, a fault."""

from typing import Any

import pytest

from ingestion.models import HistoryImport
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import request
from spotifyweb.monitoring import upgrade
from spotifyweb.warehouse import SchemaMismatch
from tests.browser.conftest import Opened
from tests.browser.page_checks import cut_off, minded_by_axe
from tests.conftest import listener

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STATES = {  # heading -> what the page meets
    "Too many requests": None,
    "Rebuilding your statistics": SchemaMismatch("no column heard_ms"),
    "Statistics are temporarily unavailable": SchemaMismatch("no column of_a_very_long_name" * 9),
    "Importing your history": request.NoPlays("alice"),
    "No plays yet": request.NoPlays("alice"),
}


@pytest.fixture
def alice(transactional_db: None) -> Listener:
    return listener("alice", is_staff=True)


def test_each_state_is_a_page_that_fits_and_says_what_to_do(
    alice: Listener, opened: Opened, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "0/hour"}
    for heading, error in STATES.items():
        if error:
            monkeypatch.setattr(request, "read_scope", refuse(error))
        if heading.startswith("Importing"):
            HistoryImport.objects.create(listener=alice, status="running")
        if heading.startswith("No plays"):
            HistoryImport.objects.all().delete()
        is_rebuilding = heading.startswith("Rebuilding")
        rebuild = upgrade.Rebuild(done=47, total=120, minutes=2) if is_rebuilding else None
        monkeypatch.setattr(upgrade, "pending_rebuild", lambda _, found=rebuild: found)
        page = opened("/" if error else "/callback/", alice, size="phone", theme="dark")
        assert page.get_by_role("heading", level=1).inner_text().replace("\n", " ") == heading
        assert page.locator("main .button").count()
        assert not [*minded_by_axe(page), *cut_off(page)], heading
        page.context.close()


def refuse(error: Exception) -> Any:
    def refusing(*_: Any, **__: Any) -> None:
        raise error

    return refusing
