"""The way from the poller to the open pages, on whichever web process they hang."""

import hashlib
from datetime import datetime

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache

from nowplaying import telling
from nowplaying.models import Playback

BUILDS = "builds"  # the group of all pages: a build is everybody's


def group_of(listener_pk: int) -> str:
    """The channel group of all of one listener's pages."""
    return f"listener-{listener_pk}"


def session_group(session_key: str | None) -> str:
    """The key itself is a secret; its hash names the group."""
    return f"session-{hashlib.sha256((session_key or '').encode()).hexdigest()[:32]}"


def push_state(playback: Playback, *, now: datetime) -> None:
    """To every open page of that listener."""
    message = {"type": "playback.state", "state": telling.state_of(playback, now=now)}
    async_to_sync(get_channel_layer().group_send)(group_of(playback.listener_id), message)


def push_build(build_id: str) -> None:
    """To every open page of everybody, and to others when they come back: read the numbers anew."""
    cache.set(telling.BUILD, build_id, timeout=None)
    message = {"type": "build.published", "build_id": build_id}
    async_to_sync(get_channel_layer().group_send)(BUILDS, message)


def close_pages(group: str) -> None:
    """The listener logged out or disconnected Spotify: their sockets end."""
    async_to_sync(get_channel_layer().group_send)(group, {"type": "pages.close"})
