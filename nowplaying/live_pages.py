"""Pages that are open: messages to them on whichever web process they hang, and whose they are.

Presence is a key in Valkey per listener that an open socket renews and a closed one lets run out.
"""

import hashlib
from datetime import datetime
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache

from nowplaying import state_payload
from nowplaying.models import Playback

BUILDS = "builds"  # the group of all pages: a build is everybody's
PRESENCE_KEY = "watched:{}"
PRESENCE_SECONDS = 40


def group_of(listener_pk: int) -> str:
    """Return the channel group of all of one listener's pages."""
    return f"listener-{listener_pk}"


def session_group(session_key: str | None) -> str:
    """Return the channel group of a session, by a hash: the key itself is a secret."""
    return f"session-{hashlib.sha256((session_key or '').encode()).hexdigest()[:32]}"


def push_state(playback: Playback, *, now: datetime) -> None:
    """Send the state to every open page of that listener."""
    state = state_payload.state_of(playback, now=now)
    _send(group_of(playback.listener_id), "playback.state", state=state)


def push_play(listener_pk: int) -> None:
    """Tell every open page of that listener that a play ended."""
    _send(group_of(listener_pk), "play.recorded")


def push_build(build_id: str) -> None:
    """Tell every open page, and others when they come back, to read the numbers anew."""
    cache.set(state_payload.BUILD_KEY, build_id, timeout=None)
    _send(BUILDS, "build.published", build_id=build_id)


def close_pages(group: str) -> None:
    """Close the sockets of a group: the listener logged out or disconnected Spotify."""
    _send(group, "pages.close")


def _send(group: str, kind: str, **values: Any) -> None:
    """Send a message to the sockets of a group, each of which has a method of that name."""
    async_to_sync(get_channel_layer().group_send)(group, {"type": kind, **values})


def renew_presence(client: "redis.Redis", listener_pk: int) -> bool:
    """Renew the presence; True when nobody was watching before, so that a poll is due at once."""
    was_watched = client.set(PRESENCE_KEY.format(listener_pk), 1, ex=PRESENCE_SECONDS, get=True)
    return was_watched is None


def is_watched(client: "redis.Redis", listener_pk: int) -> bool:
    return bool(client.exists(PRESENCE_KEY.format(listener_pk)))
