"""Who may come in."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from bench.harness.sandbox_client import MIRA, THEO, YUKI, Sandbox
from spotifyweb.accounts.models import Connection, Listener
from tests.support import login


@pytest.fixture
def house(db: None, sandbox_settings: Sandbox, settings: Any) -> Sandbox:
    """An instance with credentials of its own: not everybody may come in."""
    settings.SANDBOX = False
    return sandbox_settings


def test_the_first_to_log_in_is_the_admin(house: Sandbox) -> None:
    login.log_in(Client(), house, MIRA)

    first = Listener.objects.get(user_id=MIRA)
    assert first.is_staff and first.is_superuser
    assert not first.has_usable_password()


def test_the_next_one_is_not_allowed_and_leaves_no_trace(house: Sandbox) -> None:
    login.log_in(Client(), house, MIRA)

    answer = login.log_in(Client(), house, THEO)

    assert (answer.status_code, login.problem_name(answer)) == (403, "not-allowed-here")
    assert THEO in answer.content.decode()
    assert Listener.objects.count() == 1


@pytest.mark.parametrize("listed", [THEO, "theo-okonjo", "*"])
def test_the_setting_allows_by_either_id_or_all(house: Sandbox, settings: Any, listed: str) -> None:
    settings.SPOTIFY_ALLOWED_LISTENERS = [MIRA, listed]
    login.log_in(Client(), house, MIRA)

    login.log_in(Client(), house, THEO)

    theo = Listener.objects.get(user_id=THEO)
    assert theo.connection == Connection.CONNECTED
    assert not theo.is_staff


def test_a_list_keeps_strangers_from_becoming_the_first(house: Sandbox, settings: Any) -> None:
    settings.SPOTIFY_ALLOWED_LISTENERS = [MIRA]

    assert login.problem_name(login.log_in(Client(), house, THEO)) == "not-allowed-here"
    login.log_in(Client(), house, MIRA)

    assert Listener.objects.get(user_id=MIRA).is_superuser


def test_the_admin_allows_by_command(house: Sandbox) -> None:
    login.log_in(Client(), house, MIRA)
    call_command("allow_listener", THEO)

    login.log_in(Client(), house, THEO)

    assert Listener.objects.get(user_id=THEO).connection == Connection.CONNECTED


def test_a_friend_on_the_list_who_is_quicker_is_no_admin(house: Sandbox, settings: Any) -> None:
    settings.SPOTIFY_ALLOWED_LISTENERS = [MIRA, THEO]

    login.log_in(Client(), house, THEO)
    login.log_in(Client(), house, MIRA)

    assert list(Listener.objects.filter(is_superuser=True).values_list("user_id")) == [(MIRA,)]


def test_nobody_is_allowed_by_command_before_there_is_an_admin(house: Sandbox) -> None:
    with pytest.raises(CommandError, match="no admin yet"):
        call_command("allow_listener", THEO)
    assert not Listener.objects.exists()


def test_an_admin_named_by_command_is_the_only_one(house: Sandbox) -> None:
    call_command("allow_listener", MIRA, admin=True)

    assert login.problem_name(login.log_in(Client(), house, THEO)) == "not-allowed-here"
    call_command("allow_listener", THEO)
    login.log_in(Client(), house, THEO)

    assert list(Listener.objects.filter(is_superuser=True).values_list("user_id")) == [(MIRA,)]


def test_who_was_disallowed_stays_out(house: Sandbox, settings: Any) -> None:
    settings.SPOTIFY_ALLOWED_LISTENERS = ["*"]
    login.log_in(Client(), house, MIRA)
    login.log_in(Client(), house, THEO)
    Listener.objects.filter(user_id=THEO).update(is_active=False)

    assert login.problem_name(login.log_in(Client(), house, THEO)) == "not-allowed-here"


def test_nobody_becomes_admin_because_the_admin_left(house: Sandbox, settings: Any) -> None:
    settings.SPOTIFY_ALLOWED_LISTENERS = ["*"]
    login.log_in(Client(), house, MIRA)
    login.log_in(Client(), house, THEO)
    Listener.objects.get(user_id=MIRA).delete()

    login.log_in(Client(), house, YUKI)

    assert not Listener.objects.filter(is_superuser=True).exists()


def test_with_credentials_of_spotify_nobody_of_the_sandbox_stays_admin(
    db: None, sandbox_settings: Sandbox, settings: Any
) -> None:
    browser = Client()
    login.log_in(browser, sandbox_settings, MIRA)
    assert browser.get("/admin/status/").status_code == 200

    settings.SANDBOX = False
    call_command("prepare")

    assert browser.get("/admin/status/").status_code == 302
    assert not Listener.objects.filter(is_staff=True).exists()
    login.log_in(Client(), sandbox_settings, THEO)
    assert Listener.objects.get(user_id=THEO).is_superuser


def test_in_the_sandbox_everybody_is_allowed(db: None, sandbox_settings: Sandbox) -> None:
    login.log_in(Client(), sandbox_settings, MIRA)
    login.log_in(Client(), sandbox_settings, THEO)

    assert Listener.objects.connected().count() == 2


def test_a_local_listener_is_connected_when_they_log_in(
    db: None, sandbox_settings: Sandbox
) -> None:
    local = Listener.objects.local(MIRA)

    login.log_in(Client(), sandbox_settings, MIRA)

    local.refresh_from_db()
    assert local.connection == Connection.CONNECTED
    assert local.display_name == "Mira Solberg"
    assert local.is_superuser  # nobody had ever logged in


def test_a_local_listener_is_never_taken_over_by_a_mere_name(
    db: None, sandbox_settings: Sandbox
) -> None:
    local = Listener.objects.local("mira.solberg")

    login.log_in(Client(), sandbox_settings, MIRA)

    local.refresh_from_db()
    assert local.connection == Connection.LOCAL


def test_who_logged_in_before_account_ids_existed_stays_the_same_listener(
    db: None, sandbox_settings: Sandbox
) -> None:
    earlier = Listener.objects.create(
        user_id="mira.solberg", spotify_id="mira.solberg", connection=Connection.NEEDS_LOGIN
    )

    login.log_in(Client(), sandbox_settings, MIRA)

    earlier.refresh_from_db()
    assert earlier.connection == Connection.CONNECTED
    assert Listener.objects.count() == 1
