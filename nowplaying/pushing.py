"""The state of a player as a page knows it, and the way to the listener's open pages."""

import hashlib
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from nowplaying.models import Playback
from spotifyweb.events import rfc3339

SHOWN = ("track_id", "track_name", "artist_name", "artist_id", "album_name", "duration_ms")
LINKS = ("content_type", "image_url", "url")


def group_of(listener_pk: int) -> str:
    """The channel group of all of one listener's pages."""
    return f"listener-{listener_pk}"


def session_group(session_key: str | None) -> str:
    """The key itself is a secret; its hash names the group."""
    return f"session-{hashlib.sha256((session_key or '').encode()).hexdigest()[:32]}"


def state_of(playback: Playback | None, *, now: datetime) -> dict[str, Any]:
    """What a page shows. `age_ms` is how old the progress is: browsers' clocks are not ours."""
    if playback is None or playback.observed_at is None:
        return {"kind": "nothing", "is_playing": False, "item": None, "trouble": "", "age_ms": 0}
    item = playback.item
    return {
        "kind": playback.kind,
        "is_playing": playback.is_playing,
        "item": {name: item.get(name) for name in (*SHOWN, *LINKS)} if item else None,
        "progress_ms": playback.progress_ms,
        "age_ms": max(0, int((now - playback.observed_at).total_seconds() * 1000)),
        "device_type": playback.device_type,
        "device_name": playback.device_name,
        "started_at": told(playback.started_at),
        "observed_at": told(playback.observed_at),
        "changed_at": told(playback.changed_at),
        "trouble": playback.trouble,
        "trouble_since": told(playback.trouble_since),
        "due_at": told(playback.due_at),
    }


def told(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def push_state(playback: Playback, *, now: datetime) -> None:
    """To every open page of that listener, on whichever web process it hangs."""
    message = {"type": "playback.state", "state": state_of(playback, now=now)}
    async_to_sync(get_channel_layer().group_send)(group_of(playback.listener_id), message)


def close_pages(group: str) -> None:
    """The listener logged out or disconnected Spotify: their sockets end."""
    async_to_sync(get_channel_layer().group_send)(group, {"type": "pages.close"})
