"""One worker refreshes, nobody else waits for Spotify, and no grant is lost on its way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb import clients
from spotifyweb.accounts import token_store, tokens
from spotifyweb.accounts.models import Listener, Token
from spotifyweb.spotify import errors
from spotifyweb.spotify.oauth import Grant, SpotifyOAuth
from tests.support import login

LATER = timedelta(minutes=59, seconds=30)  # the token has half a minute left


@dataclass(frozen=True, slots=True, kw_only=True)
class Halting(SpotifyOAuth):
    """Spotify's login as it is, but that its answer waits until the test has had its turn."""

    asked: threading.Event
    go_on: threading.Event

    def refresh(self, refresh_token: str) -> Grant:
        grant = SpotifyOAuth.refresh(self, refresh_token)
        self.asked.set()
        assert self.go_on.wait(60)
        return grant


@contextmanager
def refreshing(listener: Listener) -> Iterator[None]:
    """In the block, Spotify has taken the refresh token and has not answered yet."""
    usual = clients.spotify_oauth()
    settings = {field.name: getattr(usual, field.name) for field in fields(usual)}
    halting = Halting(**settings, asked=threading.Event(), go_on=threading.Event())

    def work() -> None:
        with suppress(errors.NeedsLogin):
            tokens.access_token(listener, now=timezone.now() + LATER, oauth=halting)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert halting.asked.wait(60)
    yield
    halting.go_on.set()
    worker.join()


@pytest.mark.django_db(transaction=True)
def test_while_spotify_hangs_others_write(browser: Client, sandbox_settings: Sandbox) -> None:
    login.log_in(browser, sandbox_settings, MIRA)
    listener = Listener.objects.get(user_id=MIRA)
    with refreshing(listener):
        Listener.objects.update(display_name="written meanwhile")
    assert Listener.objects.get().display_name == "written meanwhile"
    assert Token.objects.get().refreshed_at > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_login_during_a_refresh_stays_and_a_disconnect_too(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    login.log_in(browser, sandbox_settings, MIRA)
    listener = Listener.objects.get(user_id=MIRA)
    with refreshing(listener):
        login.log_in(browser, sandbox_settings, MIRA)
        newer = token_store.decrypt(Token.objects.get().access_token)
    assert token_store.decrypt(Token.objects.get().access_token) == newer
    with refreshing(listener):
        Token.objects.all().delete()
    assert not Token.objects.exists()


def test_a_grant_that_the_database_never_saw_is_not_lost(
    mira: Listener, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, or refused by the database, right after Spotify's answer."""
    with monkeypatch.context() as broken:
        broken.setattr(tokens, "renew", Mock(side_effect=OperationalError("database is locked")))
        with pytest.raises(OperationalError):
            tokens.access_token(mira, now=timezone.now() + LATER)
    sandbox.control("calls", clear=True)

    assert tokens.access_token(mira, now=timezone.now() + LATER)

    assert sandbox.control("calls") == {}
    assert not clients.redis_client().exists(token_store.GRANT_KEY.format(mira.pk))


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_refreshes(browser: Client, sandbox_settings: Sandbox) -> None:
    login.log_in(browser, sandbox_settings, MIRA)
    listener = Listener.objects.get(user_id=MIRA)
    sandbox_settings.control("calls", clear=True)
    sandbox_settings.fault("slow", endpoint="token", count=4, seconds=0.3)
    now, start, got = timezone.now() + LATER, threading.Barrier(4), []

    def work() -> None:
        start.wait()
        got.append(tokens.access_token(listener, now=now))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(got) == 4
    assert len(set(got)) == 1
    assert sandbox_settings.control("calls") == {"token": 1}
