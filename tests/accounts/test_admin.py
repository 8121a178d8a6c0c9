"""The instance's admin looks after who may come in, and sees no secret."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import Listener
from tests.accounts.conftest import NOW


@pytest.fixture
def admins(alice: Listener) -> Client:
    browser = Client()
    browser.force_login(alice)
    return browser


@pytest.mark.parametrize(
    "page",
    [
        "accounts/listener/",
        "accounts/listener/add/",
        "accounts/apitoken/",
        "privacy/erasurerequest/",
        "privacy/erasedaccount/",
    ],
)
def test_its_pages_open(admins: Client, bob: Listener, page: str) -> None:
    api_tokens.create(bob, name="Kitchen", scopes=["read:stats"], now=NOW)

    assert admins.get(f"/admin/{page}").status_code == 200


def test_somebody_is_allowed_before_they_ever_came(admins: Client) -> None:
    form = {"user_id": "aB3dE5", "display_name": "", "timezone": "", "is_active": "on"}

    admins.post("/admin/accounts/listener/add/", form)

    assert Listener.objects.get(user_id="aB3dE5").is_active


def test_somebody_is_disallowed_but_never_oneself(
    admins: Client, alice: Listener, bob: Listener
) -> None:
    form: dict[str, Any] = {"action": "disallow", "_selected_action": [alice.pk, bob.pk]}

    admins.post("/admin/accounts/listener/", form)

    assert list(Listener.objects.filter(is_active=True)) == [alice]


def test_deleting_is_left_to_erasing(admins: Client, bob: Listener) -> None:
    assert admins.post(f"/admin/accounts/listener/{bob.pk}/delete/").status_code == 403


def test_a_token_s_page_does_not_show_its_digest(admins: Client, bob: Listener) -> None:
    token = api_tokens.create(bob, name="Kitchen", scopes=["read:stats"], now=NOW)
    kept = bob.api_tokens.get()

    page = admins.get(f"/admin/accounts/apitoken/{kept.pk}/change/").content.decode()

    assert kept.digest not in page
    assert token not in page


def test_a_listener_is_erased_by_command(bob: Listener) -> None:
    call_command("erase_listener", "bob")

    assert not Listener.objects.exists()


def test_erasing_nobody_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="no listener with the id bob"):
        call_command("erase_listener", "bob")
