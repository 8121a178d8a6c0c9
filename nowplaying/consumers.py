"""The websocket of a listener's pages: the current state at once, then every change.

A socket belongs to the listener of its session and to nobody else. It joins two groups: the
listener's (states, disconnecting Spotify) and the session's (log-out ends only that browser).
States replace each other, so a page that is slow may miss some: the next one is complete.
"""

from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from nowplaying import pushing, watching
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts.models import Listener

NOT_LOGGED_IN, GONE = 4401, 4403  # close codes: the page goes to the login, or stays closed


class NowPlayingConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    groups: list[str] = []

    async def connect(self) -> None:
        listener = self.scope.get("user")
        if listener is None or not listener.is_authenticated or not listener.is_active:
            await self.accept()  # so that the page learns the reason
            await self.close(code=NOT_LOGGED_IN)
            return
        self.listener_pk = listener.pk
        self.groups = [
            pushing.group_of(listener.pk),
            pushing.session_group(self.scope["session"].session_key),
        ]
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send_json(await database_sync_to_async(current_state)(listener.pk))
        await self.watch()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        for group in self.groups:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content: Any, **_: Any) -> None:  # noqa: ARG002
        """A sign of life from the page; what else it might say means nothing here."""
        if not await database_sync_to_async(may_stay)(self.listener_pk):
            await self.close(code=GONE)
            return
        await self.watch()
        await self.send_json({"type": "alive"})

    async def watch(self) -> None:
        await sync_to_async(begin_watching, thread_sensitive=False)(self.listener_pk)

    async def playback_state(self, message: dict[str, Any]) -> None:
        await self.send_json({"type": "state", "state": message["state"]})

    async def build_published(self, message: dict[str, Any]) -> None:
        await self.send_json({"type": "build", "build_id": message["build_id"]})

    async def pages_close(self, _: dict[str, Any]) -> None:
        await self.close(code=GONE)


def current_state(listener_pk: int) -> dict[str, Any]:
    playback = Playback.objects.filter(pk=listener_pk).first()
    return {"type": "state", "state": pushing.state_of(playback, now=timezone.now())}


def may_stay(listener_pk: int) -> bool:
    return Listener.objects.filter(pk=listener_pk, is_active=True).exists()


def begin_watching(listener_pk: int) -> None:
    """The first open page makes a look due at once."""
    from nowplaying.tasks import poll

    if watching.mark(clients.redis_client(), listener_pk):
        poll.apply_async((listener_pk,), {"at_once": True}, expires=5)
