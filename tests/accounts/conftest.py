"""What the tests of accounts share."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.accounts.models import Listener
from tests.support import login

NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def mira(db: None, browser: Client, sandbox_settings: Sandbox) -> Listener:
    """Logged in through the sandbox, in `browser`; as the first one, the admin."""
    login.log_in(browser, sandbox_settings, MIRA, timezone="Europe/Oslo")
    return Listener.objects.get(user_id=MIRA)
