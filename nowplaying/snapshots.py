"""What Spotify answers as a look, what we keep as a listening, and what both are as events."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from nowplaying.models import Kind, Playback
from nowplaying.play_detection import Listen, Listening, Look
from spotifyweb.events import Play, PlaybackChange, Skip, counts_as_play
from spotifyweb.spotify.payloads import Playing

HELD = (
    *("kind", "is_playing", "item", "item_key", "progress_ms", "heard_ms"),
    *("device_type", "device_name", "context", "started_at", "observed_at"),
)


def look_at(playing: Playing | None, *, observed_at: datetime) -> Look:
    """A private session looks like one and holds nothing else."""
    if playing is None or playing.is_private:
        kind = Kind.NOTHING if playing is None else Kind.PRIVATE
        return Look(
            observed_at=observed_at,
            kind=kind,
            key=None,
            is_playing=False,
            progress_ms=None,
            duration_ms=None,
        )
    return Look(
        observed_at=observed_at,
        kind=playing.kind if playing.kind in Kind.values else Kind.UNKNOWN,
        key=playing.key,
        is_playing=playing.is_playing,
        progress_ms=playing.progress_ms,
        duration_ms=(playing.item or {}).get("duration_ms"),
    )


def kept(playback: Playback) -> Listening | None:
    """What the row says, None for a row that was never filled."""
    if playback.observed_at is None:
        return None
    held = held_by(playback)
    return replace(listening_of(playback), held=listening_of(held) if held else None)


def listening_of(playback: Playback) -> Listening:
    assert playback.observed_at is not None
    look = Look(
        observed_at=playback.observed_at,
        kind=playback.kind,
        key=playback.item_key or None,
        is_playing=playback.is_playing,
        progress_ms=playback.progress_ms,
        duration_ms=(playback.item or {}).get("duration_ms"),
    )
    started_at = playback.started_at or playback.observed_at
    return Listening(look=look, started_at=started_at, heard_ms=playback.heard_ms)


def keep(playback: Playback, listening: Listening, playing: Playing | None) -> None:
    """Write the listening into the row; the caller saves it."""
    if listening.held is None or playback.held is None:
        playback.held = hold(playback) if listening.held else None
    look = listening.look
    visible = None if playing is None or playing.is_private else playing
    playback.kind, playback.is_playing, playback.item_key = (
        look.kind,
        look.is_playing,
        look.key or "",
    )
    playback.progress_ms, playback.heard_ms = look.progress_ms, listening.heard_ms
    playback.started_at, playback.observed_at = listening.started_at, look.observed_at
    playback.item = item_of(visible) if visible and visible.item else None
    playback.device_type = (visible and visible.device_type) or ""
    playback.device_name = (visible and visible.device_name) or ""
    playback.context = (visible and visible.context) or ""


def hold(playback: Playback) -> dict[str, Any]:
    """What the row says of its item, as JSON."""
    values = {name: getattr(playback, name) for name in HELD}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def held_by(playback: Playback) -> Playback | None:
    """The row as it was before the silence that it shows; None where no item is held."""
    if playback.held is None:
        return None
    times = {name: datetime.fromisoformat(playback.held[name]) for name in HELD[-2:]}
    return Playback(listener=playback.listener, **playback.held | times)


def item_of(playing: Playing) -> dict[str, Any]:
    return {**(playing.item or {}), "image_url": playing.image_url, "url": playing.url}


def facts(playback: Playback) -> dict[str, Any]:
    """What every event of this row's item says."""
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


def listen_event(playback: Playback, listen: Listen) -> Play:
    """The listen that ended, as a play or as a skip; `playback` still has its item, or holds it."""
    playback = held_by(playback) or playback
    kind = Play if counts_as_play(listen.heard_ms, reason_end=listen.ended) else Skip
    return kind(
        **facts(playback),
        played_at=listen.ended_at,
        started_at=listen.started_at,
        ms_played=listen.heard_ms,
        skipped=listen.ended == "fwdbtn",
        reason_end=listen.ended,
    )


def change_event(playback: Playback) -> PlaybackChange:
    """The item that `playback` has just turned to."""
    assert playback.started_at is not None
    return PlaybackChange(
        **facts(playback),
        played_at=playback.started_at,
        detected_at=playback.observed_at,
        is_playing=playback.is_playing,
        progress_ms=playback.progress_ms,
    )
