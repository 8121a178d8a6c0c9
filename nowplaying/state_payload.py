"""A player's state as its page says it, the same for the first paint and for the socket.

Times stand in a sentence as {since} and {until}: the script puts in the reader's own, the first
paint UTC. `age_ms` is how old the progress is: browsers' clocks are not ours.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from nowplaying.models import Kind, Playback, Trouble
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.events import from_rfc3339, rfc3339
from spotifyweb.times import time_in_utc

OVERDUE = timedelta(seconds=30)  # so long a look may take
BUILD = "newest-build"  # in the cache: a page that was away when it was published sees it is new
SHOWN = ("track_id", "track_name", "artist_name", "artist_id", "album_name", "duration_ms")
LINKS = ("content_type", "image_url", "url")
SPOKEN = {"episode": "A podcast, ", "chapter": "An audiobook, "}
WITHOUT_ITEM: dict[str, tuple[str, str]] = {  # title and the line below it
    Kind.NOTHING: ("Nothing is playing", "Start something in Spotify: this page follows."),
    Kind.AD: ("An advertisement", "The music goes on in a moment."),
    Kind.PRIVATE: ("A private session", "Nothing of it is looked at or kept."),
    Kind.UNKNOWN: ("Something without a name", "Spotify does not say what it plays."),
}
TROUBLES: dict[str, str] = {
    Trouble.UNREACHABLE: "Spotify has not answered since {since}. It is asked again by itself.",
    Trouble.BLOCKED: "Spotify asked us to wait until {until}. This is what played at {since}.",
    Trouble.BUDGET: "Today's limit of calls to Spotify is reached. The next look is at {until}.",
    Trouble.NEEDS_LOGIN: "Your consent at Spotify ran out. Your data stays; log in again to go on.",
    Trouble.REFUSED: "Spotify has refused to answer since {since}. The status page says why.",
    Trouble.LOG: "Your history cannot be written just now. What you hear waits here until it can.",
    Connection.DISCONNECTED: "You are not connected to Spotify, so nothing is looked at.",
    Connection.LOCAL: "You are not connected to Spotify, so nothing is looked at.",
}


def state_for(listener_pk: int, *, now: datetime) -> dict[str, Any] | None:
    """The state to show this listener; None for one who may not see any more."""
    listener = Listener.objects.filter(pk=listener_pk, is_active=True).first()
    if listener is None:
        return None
    playback = Playback.objects.filter(pk=listener_pk).select_related("listener").first()
    state = state_of(playback or Playback(listener=listener), now=now)
    return state | {"build_id": cache.get(BUILD)}


def fresh_state(listener_pk: int, *, now: datetime) -> dict[str, Any] | None:
    """The state for others, who are told no trouble; None when it may be old."""
    awaited = Playback.objects.filter(due_at__gt=now - OVERDUE, observed_at__isnull=False)
    playback = awaited.filter(pk=listener_pk).select_related("listener").first()
    if playback is None or trouble_of(playback) not in {"", Trouble.LOG}:
        return None
    return state_of(playback, now=now)


def state_of(playback: Playback, *, now: datetime) -> dict[str, Any]:
    """What a page shows of it."""
    item = playback.item
    title, subtitle = title_of(playback)
    trouble = trouble_of(playback)
    age = now - playback.observed_at if playback.observed_at else None
    return {
        "kind": playback.kind,
        "is_playing": playback.is_playing,
        "status": status_of(playback),
        "title": title,
        "subtitle": subtitle,
        "album": album_of(playback),
        "item": {name: item.get(name) for name in (*SHOWN, *LINKS)} if item else None,
        "progress_ms": playback.progress_ms,
        "age_ms": max(0, int(age.total_seconds() * 1000)) if age else 0,
        "device_type": playback.device_type,
        "device_name": playback.device_name,
        "started_at": told(playback.started_at),
        "observed_at": told(playback.observed_at),
        "changed_at": told(playback.changed_at),
        "trouble": trouble,
        "trouble_words": TROUBLES.get(trouble, ""),
        "due_at": told(playback.due_at),
    }


def status_of(playback: Playback) -> str:
    if playback.item is None:
        return ""
    how = "playing" if playback.is_playing else "paused"
    words = SPOKEN.get(playback.item.get("content_type") or "", "") + how
    return words[0].upper() + words[1:]


def title_of(playback: Playback) -> tuple[str, str]:
    if playback.item is None:
        return WITHOUT_ITEM.get(playback.kind, WITHOUT_ITEM[Kind.UNKNOWN])
    return playback.item.get("track_name") or "", playback.item.get("artist_name") or ""


def album_of(playback: Playback) -> str:
    """Where it is not just the name of the show once more."""
    item = playback.item or {}
    album = item.get("album_name") or ""
    return "" if album == item.get("artist_name") else album


def trouble_of(playback: Playback) -> str:
    """The account's own trouble, wherever it was noticed, before the player's."""
    connection = playback.listener.connection
    return playback.trouble if connection == Connection.CONNECTED else connection


def told(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def in_utc(words: str, playback: dict[str, Any], *, now: datetime) -> str:
    """The sentence of a trouble for a page without its script."""
    since, until = (
        time_in_utc(from_rfc3339(moment), now=now) if moment else "the start"
        for moment in (playback["observed_at"], playback["due_at"])
    )
    return words.format(since=since, until=until)


def position_ms(state: dict[str, Any]) -> int | None:
    """Where the item is by now, as the script goes on to show it."""
    if state["progress_ms"] is None:
        return None
    moved = state["age_ms"] if state["is_playing"] else 0
    length = (state["item"] or {}).get("duration_ms") or state["progress_ms"] + moved
    return int(min(state["progress_ms"] + moved, length))


def painted(state: dict[str, Any]) -> dict[str, Any]:
    """What a template shows of it, complete without a script."""
    at_ms = position_ms(state)
    return {
        "state": state,
        "item": state["item"],
        "position_ms": at_ms or 0,
        "position": minutes(at_ms),
        "length": minutes((state["item"] or {}).get("duration_ms")),
    }


def minutes(ms: int | None) -> str:
    return "" if ms is None else f"{ms // 60_000}:{ms // 1000 % 60:02}"
