"""The poller without Celery: one listener, looked at whenever a look is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nowplaying import outbox, poller
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import Grant
from tests.support.sandbox_server import Sandbox


@dataclass(frozen=True, kw_only=True)
class Watch:
    sandbox: Sandbox
    listener: Listener

    @classmethod
    def begin(cls, sandbox: Sandbox, account_id: str) -> "Watch":
        """Log somebody in; the sandbox's clock is everybody's."""
        answer = sandbox.log_in(account_id)
        listener = Listener.objects.create(
            user_id=account_id, display_name=account_id, connection=Connection.CONNECTED
        )
        grant = Grant(
            access_token=answer["access_token"],
            refresh_token=answer["refresh_token"],
            scope=answer["scope"],
            expires_in_seconds=answer["expires_in"],
        )
        watch = cls(sandbox=sandbox, listener=listener)
        tokens.store(listener, grant, now=watch.now())
        return watch

    def now(self) -> datetime:
        return self.sandbox.state.clock.now()

    def poll(self, *, watched: bool = False, **doors: Any) -> Playback:
        """One look as a task makes it; `doors` may replace how Spotify is asked, and the log."""
        doors = {"event_log": clients.event_log(), "cache": clients.redis_client(), **doors}
        ask = doors.pop("ask", self.ask)
        look = poller.poll(self.listener, ask=ask, **doors, watched=watched, clock=self.now)
        outbox.relay_unless_down(look, **doors)
        return look

    def ask(self) -> dict[str, Any] | None:
        return tokens.call_spotify(self.listener, lambda one: one.player(), now=self.now())

    def poll_when_due(self, until: datetime, *, watched: bool = False) -> int:
        """Move the clock from look to look; returns how many there were."""
        looks = 0
        while self.now() < until:
            due_at = self.poll(watched=watched).due_at
            looks += 1
            self.sandbox.clock(now=min(due_at, until).isoformat())
        return looks
