"""Tokens for the background: refreshed by one, kept when none is sent, ended with the consent."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.accounts import token_store, tokens
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.spotify import errors
from tests.support import login

LATER = timedelta(minutes=59, seconds=30)  # the token has half a minute left


def test_a_good_token_is_used_as_it_is(mira: Listener, sandbox: Sandbox) -> None:
    sandbox.control("calls", clear=True)

    token = tokens.access_token(mira, now=timezone.now())

    assert token == token_store.decrypt(mira.token.access_token)
    assert sandbox.control("calls") == {}


def test_a_token_near_its_end_is_refreshed(mira: Listener) -> None:
    old = token_store.decrypt(mira.token.access_token)

    new = tokens.access_token(mira, now=timezone.now() + LATER)

    assert new != old
    assert token_store.decrypt(Token.objects.get().access_token) == new


def test_the_refresh_token_is_kept_where_spotify_sends_none(mira: Listener) -> None:
    for hour in range(1, 12):  # the sandbox rotates it sometimes, as Spotify does
        tokens.access_token(mira, now=timezone.now() + timedelta(hours=hour))

    assert token_store.decrypt(Token.objects.get().refresh_token).startswith("AQ")
    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED


def test_a_token_that_spotify_refused_is_replaced(mira: Listener) -> None:
    old = tokens.access_token(mira, now=timezone.now())

    new = tokens.access_token(mira, now=timezone.now(), refused=old)

    assert new != old
    assert tokens.access_token(mira, now=timezone.now(), refused=old) == new


def test_a_question_is_asked_again_with_a_new_token(mira: Listener, sandbox: Sandbox) -> None:
    sandbox.fault("unauthorized", endpoint="recently-played", count=1)

    page = tokens.call_spotify(mira, lambda spotify: spotify.recently_played(), now=timezone.now())

    assert len(page["items"]) == 50


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_an_ended_consent_needs_a_login_and_keeps_the_data(
    mira: Listener, sandbox: Sandbox, how: str
) -> None:
    sandbox.control("consent", account_id=MIRA, how=how)

    with pytest.raises(errors.NeedsLogin):
        tokens.access_token(mira, now=timezone.now() + LATER)

    mira.refresh_from_db()
    assert mira.connection == Connection.NEEDS_LOGIN
    assert not Token.objects.exists()
    assert mira.timezones.count() == 1
    with pytest.raises(errors.NeedsLogin):
        tokens.access_token(mira, now=timezone.now())


def test_logging_in_again_connects_again(mira: Listener, browser: Client, sandbox: Sandbox) -> None:
    sandbox.control("consent", account_id=MIRA, how="expired")
    with pytest.raises(errors.NeedsLogin):
        tokens.access_token(mira, now=timezone.now() + LATER)

    login.log_in(browser, sandbox)

    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED
    assert tokens.access_token(mira, now=timezone.now())


@pytest.mark.parametrize("fault", ["unavailable_text", "not_json", "reset", "rate_limited"])
def test_trouble_at_spotify_ends_no_consent(mira: Listener, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault(fault, endpoint="token", count=1)

    with pytest.raises(errors.SpotifyError) as caught:
        tokens.access_token(mira, now=timezone.now() + LATER)

    assert caught.value.retry
    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED


def test_who_was_disallowed_is_not_asked_for(mira: Listener) -> None:
    Listener.objects.update(is_active=False)

    with pytest.raises(errors.NeedsLogin):
        tokens.access_token(mira, now=timezone.now())


def test_keys_are_rotated_by_command(mira: Listener, settings: Any) -> None:
    before = tokens.access_token(mira, now=timezone.now())
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]

    call_command("rotate_token_keys")

    settings.TOKEN_KEYS = [new]
    assert tokens.access_token(mira, now=timezone.now()) == before


def test_rotating_without_the_old_key_says_so_and_breaks_nothing(
    mira: Listener, settings: Any
) -> None:
    old, settings.TOKEN_KEYS = settings.TOKEN_KEYS, [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="put the old key back"):
        call_command("rotate_token_keys")

    settings.TOKEN_KEYS = old
    assert tokens.access_token(mira, now=timezone.now())


def test_a_lost_key_needs_a_login(mira: Listener, settings: Any) -> None:
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(errors.NeedsLogin):
        tokens.access_token(mira, now=timezone.now())

    mira.refresh_from_db()
    assert mira.connection == Connection.NEEDS_LOGIN


def test_no_log_line_holds_a_secret(
    browser: Client,
    db: None,
    sandbox_settings: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At the levels that this house sets: spotipy would print them at DEBUG."""
    caplog.handler.setLevel(logging.DEBUG)
    for name in ("spotifyweb", "django", "spotifyweb.accounts"):
        caplog.set_level(logging.DEBUG, logger=name)
    back = login.callback_query(browser, sandbox_settings)
    browser.get("/callback/", back)
    listener = Listener.objects.get(user_id=MIRA)
    access = tokens.access_token(listener, now=timezone.now())
    refresh = token_store.decrypt(listener.token.refresh_token)
    sandbox_settings.fault("bad_gateway", endpoint="me", count=1)
    with pytest.raises(errors.Unavailable):
        tokens.call_spotify(listener, lambda spotify: spotify.me(), now=timezone.now())
    sandbox_settings.fault("unauthorized", endpoint="me", count=9)
    with pytest.raises(errors.TokenExpired):
        tokens.call_spotify(listener, lambda spotify: spotify.me(), now=timezone.now())

    said = caplog.text
    assert said
    for secret in (access, refresh, back["code"], back["state"], "sandbox-secret"):
        assert secret not in said
