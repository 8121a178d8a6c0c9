"""The websocket of a listener's pages: the current state at once, then every change.

A socket belongs to the listener of its session and to nobody else. It joins three groups: the
listener's (states, disconnecting Spotify), the session's (log-out ends only that browser) and the
builds' (new numbers for everybody). States replace each other: a page that is slow, or whose
messages were lost with Valkey, is right again with its next sign of life.
"""

import time
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from nowplaying import live_pages, state_payload
from spotifyweb import clients
from spotifyweb.rate_limits import wait_seconds

CHATTY_SECONDS = 0.5  # a page that talks more often is not answered more often
NOT_LOGGED_IN, GONE = 4401, 4403  # close codes: the page goes to the login, or stays closed
TOO_OFTEN = 4429  # the page waits longer before it tries again


class NowPlayingConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    groups: list[str] = []
    listener_pk = 0  # nobody yet
    sent_at = 0.0

    async def connect(self) -> None:
        listener = self.scope.get("user")
        if listener is None or not listener.is_authenticated or not listener.is_active:
            await self.accept()  # so that the page learns the reason
            await self.close(code=NOT_LOGGED_IN)
            return
        if await sync_to_async(wait_seconds)("socket", f"listener-{listener.pk}"):
            await self.accept()
            await self.close(code=TOO_OFTEN)
            return
        self.listener_pk = listener.pk
        self.groups = [
            live_pages.group_of(listener.pk),
            live_pages.session_group(self.scope["session"].session_key),
            live_pages.BUILDS,
        ]
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send_state()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        for group in self.groups:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, **_: Any) -> None:  # noqa: ARG002
        """Answer a heartbeat of the page with the state; its text is not read."""
        if self.listener_pk and time.monotonic() - self.sent_at > CHATTY_SECONDS:
            await self.send_state()

    async def send_state(self) -> None:
        """Send the stored state; the presence comes first, so that no later poll is missed."""
        self.sent_at = time.monotonic()
        await sync_to_async(renew_presence, thread_sensitive=False)(self.listener_pk)
        state = await database_sync_to_async(current_state)(self.listener_pk)
        if state is None:
            await self.close(code=GONE)
            return
        await self.send_json({"type": "state", "state": state})

    async def playback_state(self, message: dict[str, Any]) -> None:
        await self.send_json({"type": "state", "state": message["state"]})

    async def play_recorded(self, _: dict[str, Any]) -> None:
        await self.send_json({"type": "play"})

    async def build_published(self, message: dict[str, Any]) -> None:
        await self.send_json({"type": "build", "build_id": message["build_id"]})

    async def pages_close(self, _: dict[str, Any]) -> None:
        await self.close(code=GONE)


def current_state(listener_pk: int) -> dict[str, Any] | None:
    return state_payload.state_for(listener_pk, now=timezone.now())


def renew_presence(listener_pk: int) -> None:
    """Renew the presence; the first open page makes a poll due at once."""
    from nowplaying.tasks import poll

    if live_pages.renew_presence(clients.redis_client(), listener_pk):
        poll.apply_async((listener_pk,), {"at_once": True}, expires=5)
