"""Mira of the sandbox, logged in; her player, and a clock that moves when a test says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from nowplaying import polling
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import Grant
from tests.sandbox_server import MIRA, Sandbox

EVENING = datetime(2026, 5, 1, 18, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The poller without Celery: one listener, looked at whenever a look is due."""

    sandbox: Sandbox
    listener: Listener

    def now(self) -> datetime:
        return self.sandbox.world.clock.now()

    def poll(self, *, watched: bool = False) -> Playback:
        return polling.poll(
            self.listener,
            ask=lambda: tokens.ask(self.listener, lambda one: one.player(), now=self.now()),
            event_log=clients.event_log(),
            cache=clients.redis_client(),
            watched=watched,
            clock=self.now,
        )

    def poll_when_due(self, until: datetime, *, watched: bool = False) -> int:
        """Move the clock from look to look; returns how many there were."""
        looks = 0
        while self.now() < until:
            due_at = self.poll(watched=watched).due_at
            looks += 1
            self.sandbox.clock(now=min(due_at, until).isoformat())
        return looks


@pytest.fixture
def watch(db: None, sandbox_settings: Sandbox) -> Callable[[str], Watch]:
    def of(account_id: str = MIRA) -> Watch:
        sandbox_settings.clock(now=EVENING.isoformat(), speed=0)
        answer = sandbox_settings.log_in(account_id)
        listener = Listener.objects.create(
            user_id=account_id, display_name=account_id, connection=Connection.CONNECTED
        )
        grant = Grant(
            access_token=answer["access_token"],
            refresh_token=answer["refresh_token"],
            scope=answer["scope"],
            expires_in_seconds=answer["expires_in"],
        )
        tokens.store(listener, grant, now=EVENING)
        return Watch(sandbox=sandbox_settings, listener=listener)

    return of


@pytest.fixture
def mira(watch: Callable[[str], Watch]) -> Watch:
    return watch(MIRA)
