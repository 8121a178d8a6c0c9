"""Invented plays, skips and likes as records of the log.

Written out by hand for speed, a million are nothing unusual; a test holds each against the event
in `spotifyweb.events` that it stands for, id and all.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha1

import orjson

from spotifyweb import events
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.listeners.habits import PLAY_MIN_MS, TrackListen
from spotifyweb.sandbox.listeners.likes import Like
from spotifyweb.sandbox.listeners.podcast_listens import EpisodeListen

Record = tuple[str, bytes]
SOURCE = "simulation"
DAY_MS = 86_400_000
NAMESPACE = events.NAMESPACE.bytes
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def heard_records(user_id: str, heard: list[TrackListen]) -> tuple[list[Record], list[Record]]:
    """The plays and the skips among them. One loop, because calls would cost more than the work."""
    plays: list[Record] = []
    skips: list[Record] = []
    for one in heard:
        track, ms_played = one.track, one.ended_ms - one.started_ms
        done = one.reason_end == "trackdone"
        is_play = done or ms_played >= PLAY_MIN_MS
        kind, records = ("play", plays) if is_play else ("skip", skips)
        device_type, device_name = one.device
        context = f'"context":"{one.context}",' if one.context else ""
        records.append(
            (
                user_id,
                f'{{"event_id":"{event_id(user_id, kind, track.track_id, one.ended_ms)}",'
                f'"event_type":"{kind}","user_id":"{user_id}",'
                f'"played_at":"{moment(one.ended_ms)}",{_track_fields(track)},'
                f'"device_type":"{device_type}","device_name":"{device_name}",{context}'
                f'"started_at":"{moment(one.started_ms)}","ms_played":{ms_played},'
                f'"skipped":{"false" if done else "true"},'
                f'"reason_start":"{one.reason_start}","reason_end":"{one.reason_end}",'
                f'"shuffle":{"true" if one.shuffle else "false"}}}'.encode(),
            )
        )
    return plays, skips


def episode_records(user_id: str, heard: list[EpisodeListen]) -> tuple[list[Record], list[Record]]:
    """The plays and the skips among episodes and chapters, named as the live API names them."""
    plays: list[Record] = []
    skips: list[Record] = []
    for one in heard:
        kind, records = (events.Play, plays) if one.is_play else (events.Skip, skips)
        show = one.episode.show
        event = kind(
            user_id=user_id,
            played_at=at(one.ended_ms),
            track_id=one.episode.episode_id,
            track_name=one.episode.name,
            artist_id=show.show_id,
            artist_name=show.name,
            album_id=show.show_id,
            album_name=show.name,
            duration_ms=one.episode.duration_ms,
            content_type="chapter" if show.is_book else "episode",
            device_type=one.device[0],
            device_name=one.device[1],
            context=f"spotify:show:{show.show_id}",
            started_at=at(one.started_ms),
            ms_played=one.ms_played,
            skipped=one.reason_end != "trackdone",
            reason_start=one.reason_start,
            reason_end=one.reason_end,
            source=SOURCE,
        )
        records.append((user_id, orjson.dumps(event.to_json())))
    return plays, skips


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)


def like_records(user_id: str, likes: Iterator[Like]) -> list[Record]:
    return [
        (
            user_id,
            f'{{"event_id":"{event_id(user_id, "like", one.track.track_id, one.added_ms)}",'
            f'"event_type":"like","user_id":"{user_id}","device_type":null,'
            f'"played_at":"{moment(one.added_ms)}",{_track_fields(one.track)}}}'.encode(),
        )
        for one in likes
    ]


@cache
def _track_fields(track: Track) -> str:
    fields = {
        "track_id": track.track_id,
        "track_name": track.name,
        "artist_id": track.album.artist.artist_id,
        "artist_name": track.album.artist.name,
        "album_id": track.album.album_id,
        "album_name": track.album.name,
        "duration_ms": track.duration_ms,
        "content_type": "track",
        "isrc": track.isrc,
        "source": SOURCE,
        "schema_version": events.SCHEMA_VERSION,
    }
    return orjson.dumps(fields).decode()[1:-1]


def event_id(user_id: str, kind: str, track_id: str, at_ms: int) -> str:
    """The UUIDv5 of `events.Event.event_id`, without building a UUID."""
    key = f"{user_id}|{kind}|{track_id}|{at_ms}".encode()
    h = sha1(NAMESPACE + key, usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


def moment(at_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    day, ms = divmod(at_ms, DAY_MS)
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{_date(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{ms:03}Z"


@cache
def _date(days: int) -> str:
    return date.fromordinal(EPOCH_ORDINAL + days).isoformat()
