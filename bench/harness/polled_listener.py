"""A listener whose player is polled without Celery, whenever a poll is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.harness.sandbox_client import Sandbox
from nowplaying import outbox, poller
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import Grant


@dataclass(frozen=True, kw_only=True)
class PolledListener:
    sandbox: Sandbox
    listener: Listener

    @classmethod
    def begin(cls, sandbox: Sandbox, account_id: str) -> "PolledListener":
        """Log a listener in; the sandbox's clock is the clock of all."""
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
        polled = cls(sandbox=sandbox, listener=listener)
        tokens.store(listener, grant, now=polled.now())
        return polled

    def now(self) -> datetime:
        return self.sandbox.state.clock.now()

    def poll(self, *, watched: bool = False, **backends: Any) -> Playback:
        """Poll once, as a task does; `backends` may replace `ask`, the event log and the cache."""
        backends = {"event_log": clients.event_log(), "cache": clients.redis_client(), **backends}
        ask = backends.pop("ask", self.ask)
        playback = poller.poll(self.listener, ask=ask, **backends, watched=watched, clock=self.now)
        outbox.relay_unless_down(playback, **backends)
        return playback

    def ask(self) -> dict[str, Any] | None:
        return tokens.call_spotify(self.listener, lambda client: client.player(), now=self.now())

    def poll_when_due(self, until: datetime, *, watched: bool = False) -> int:
        """Move the clock from poll to poll; return how many there were."""
        polls = 0
        while self.now() < until:
            due_at = self.poll(watched=watched).due_at
            polls += 1
            self.sandbox.clock(now=min(due_at, until).isoformat())
        return polls
