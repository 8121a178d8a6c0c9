"""Conversions between Spotify's answer, a snapshot, the stored row and events."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from nowplaying.models import Kind, Playback
from nowplaying.play_detection import FinishedListen, PlayerSnapshot, TrackedItem
from spotifyweb.events import Play, PlaybackChange, Skip, counts_as_play
from spotifyweb.spotify.payloads import Player

PAUSED_FIELDS = (
    *("kind", "is_playing", "item", "item_key", "progress_ms", "heard_ms"),
    *("device_type", "device_name", "context", "started_at", "observed_at"),
)


def snapshot_of(playing: Player | None, *, observed_at: datetime) -> PlayerSnapshot:
    """Return what Spotify answered as a snapshot; of a private session only that it is one."""
    if playing is None or playing.is_private:
        kind = Kind.NOTHING if playing is None else Kind.PRIVATE
        return PlayerSnapshot(
            observed_at=observed_at,
            kind=kind,
            key=None,
            is_playing=False,
            progress_ms=None,
            duration_ms=None,
        )
    return PlayerSnapshot(
        observed_at=observed_at,
        kind=playing.kind if playing.kind in Kind.values else Kind.UNKNOWN,
        key=playing.key,
        is_playing=playing.is_playing,
        progress_ms=playing.progress_ms,
        duration_ms=(playing.item or {}).get("duration_ms"),
    )


def load_item(playback: Playback) -> TrackedItem | None:
    """Return the item that the row tracks; None for a row that was never filled."""
    if playback.observed_at is None:
        return None
    paused = paused_row(playback)
    return replace(item_of_row(playback), paused_item=item_of_row(paused) if paused else None)


def item_of_row(playback: Playback) -> TrackedItem:
    assert playback.observed_at is not None
    snapshot = PlayerSnapshot(
        observed_at=playback.observed_at,
        kind=playback.kind,
        key=playback.item_key or None,
        is_playing=playback.is_playing,
        progress_ms=playback.progress_ms,
        duration_ms=(playback.item or {}).get("duration_ms"),
    )
    started_at = playback.started_at or playback.observed_at
    return TrackedItem(snapshot=snapshot, started_at=started_at, heard_ms=playback.heard_ms)


def update_row(playback: Playback, item: TrackedItem, playing: Player | None) -> None:
    """Write the tracked item into the row; the caller saves it."""
    if item.paused_item is None or playback.held is None:
        playback.held = dump_paused(playback) if item.paused_item else None
    snapshot = item.snapshot
    visible = None if playing is None or playing.is_private else playing
    playback.kind, playback.is_playing, playback.item_key = (
        snapshot.kind,
        snapshot.is_playing,
        snapshot.key or "",
    )
    playback.progress_ms, playback.heard_ms = snapshot.progress_ms, item.heard_ms
    playback.started_at, playback.observed_at = item.started_at, snapshot.observed_at
    playback.item = item_json(visible) if visible and visible.item else None
    playback.device_type = (visible and visible.device_type) or ""
    playback.device_name = (visible and visible.device_name) or ""
    playback.context = (visible and visible.context) or ""


def dump_paused(playback: Playback) -> dict[str, Any]:
    """Return the row's fields of its item as JSON."""
    values = {name: getattr(playback, name) for name in PAUSED_FIELDS}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def paused_row(playback: Playback) -> Playback | None:
    """Return the row as it was before the silence it shows; None where no item is paused."""
    if playback.held is None:
        return None
    times = {name: datetime.fromisoformat(playback.held[name]) for name in PAUSED_FIELDS[-2:]}
    return Playback(listener=playback.listener, **playback.held | times)


def item_json(playing: Player) -> dict[str, Any]:
    return {**(playing.item or {}), "image_url": playing.image_url, "url": playing.url}


def event_fields(playback: Playback) -> dict[str, Any]:
    """Return the fields of every event of this row's item."""
    item = {
        name: value
        for name, value in (playback.item or {}).items()
        if name not in {"image_url", "url"}
    }
    return {
        **item,
        "user_id": playback.listener.user_id,
        "device_type": playback.device_type or None,
        "device_name": playback.device_name or None,
        "context": playback.context or None,
        "source": "player",
    }


def listen_event(playback: Playback, listen: FinishedListen) -> Play:
    """Return the listen that ended as a play or a skip.

    `playback` still has its item, or has it paused.
    """
    playback = paused_row(playback) or playback
    kind = Play if counts_as_play(listen.heard_ms, reason_end=listen.reason_end) else Skip
    return kind(
        **event_fields(playback),
        played_at=listen.ended_at,
        started_at=listen.started_at,
        ms_played=listen.heard_ms,
        skipped=listen.reason_end == "fwdbtn",
        reason_end=listen.reason_end,
    )


def change_event(playback: Playback) -> PlaybackChange:
    """Return the event of the item that `playback` has just changed to."""
    assert playback.started_at is not None
    return PlaybackChange(
        **event_fields(playback),
        played_at=playback.started_at,
        detected_at=playback.observed_at,
        is_playing=playback.is_playing,
        progress_ms=playback.progress_ms,
    )
