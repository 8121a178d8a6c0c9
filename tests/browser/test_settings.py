"""Settings in a browser: what a phone must not cut off."""

from datetime import UTC, datetime

import pytest

from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser


def test_a_token_can_be_revoked_on_a_phone(kavya: Listener, opened: Opened) -> None:
    now = datetime(2026, 6, 30, tzinfo=UTC)
    api_tokens.create(kavya, name="Kitchen display", scopes=ApiToken.Scope.values, now=now)
    page = opened("/settings/", kavya, size="phone")
    button = page.get_by_role("button", name="Revoke").bounding_box()
    assert button and button["x"] + button["width"] <= 390
