"""Simulated listeners: days of plays, skips and likes through the same event log.

The first five are the sandbox's accounts, so a login through the sandbox finds their history here;
the sandbox's live answers follow from the same habits.

Records are written by hand for speed, as a million are nothing unusual; a test compares each with
the event in `spotifyweb.events` that it stands for, id and all.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import orjson
from django.conf import settings
from django.db import transaction

from ingestion.models import Artist, Cursor, Track
from spotifyweb import events, signals
from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.events import PLAY_MIN_MS, event_id
from spotifyweb.sandbox.catalogue import artwork, music
from spotifyweb.sandbox.listeners import habits, likes
from spotifyweb.sandbox.listeners.habits import TrackListen
from spotifyweb.sandbox.listeners.likes import Like
from spotifyweb.sandbox.listeners.people import Person, person
from spotifyweb.sandbox.listeners.podcast_listens import EpisodeListen

APPEND_AT_ONCE = 20_000
PLAYS, SKIPS, LIKES = "user_plays", "user_skips", "user_likes"

Record = tuple[str, bytes]
SOURCE = "simulation"
DAY_MS = 86_400_000
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def simulate(
    *,
    users: int,
    days: int,
    seed: int,
    until: datetime,
    log: EventLog,
    now: datetime,
    on_progress: Callable[[int], None] = lambda _: None,
) -> dict[str, int]:
    """Append what the first `users` listeners heard in the `days` before `until`.

    The same arguments give the same events, to their ids: running it twice changes nothing.
    """
    people = [person(number) for number in range(users)]
    since = until - timedelta(days=days)
    register_listeners(people, now=now)
    tracks = fill_catalogue(seed, now=now)
    counts: Counter[str] = Counter({PLAYS: 0, SKIPS: 0, LIKES: 0})
    waiting: dict[str, list[Record]] = {PLAYS: [], SKIPS: [], LIKES: []}
    for done, member in enumerate(people, start=1):
        heard, spoken = habits.history(member, since, until, seed=seed)
        for plays, skips in (
            listen_records(member.account_id, heard),
            episode_records(member.account_id, spoken),
        ):
            waiting[PLAYS] += plays
            waiting[SKIPS] += skips
        waiting[LIKES] += like_records(member.account_id, likes.likes_during(heard))
        flush(waiting, counts, log=log, at_least=APPEND_AT_ONCE)
        on_progress(done)
    flush(waiting, counts, log=log, at_least=1)
    record_coverage(people, since, until)
    totals = {"plays": counts[PLAYS], "skips": counts[SKIPS], "likes": counts[LIKES]}
    return {"users": users, "days": days, "events": counts.total(), **totals, "tracks": tracks}


def flush(
    waiting: dict[str, list[Record]],
    counts: Counter[str],
    *,
    log: EventLog,
    at_least: int,
) -> None:
    """Append every topic's records that number at least `at_least`."""
    for topic, records in waiting.items():
        if len(records) >= at_least:
            counts[topic] += log.append(topic, records)
            records.clear()


@transaction.atomic
def record_coverage(people: list[Person], since: datetime, until: datetime) -> None:
    """Note that no play of these days is missing; earlier simulated days count where they touch."""
    ids = [member.account_id for member in people]
    for listener in Listener.objects.filter(user_id__in=ids):
        cursor, _ = Cursor.objects.get_or_create(listener=listener, stream=Cursor.Stream.SIMULATION)
        begun, reached = cursor.known_since or since, cursor.reached_at or until
        touches = since <= reached and begun <= until
        cursor.known_since = min(begun, since) if touches else since
        cursor.reached_at = max(reached, until) if touches else until
        cursor.save(update_fields=["known_since", "reached_at"])


@transaction.atomic
def register_listeners(people: list[Person], *, now: datetime) -> None:
    """Create the listeners with their time zones."""
    new = []
    for member in people:
        listener = Listener.objects.local(member.account_id)
        if listener.display_name == member.account_id:
            listener.display_name = member.display_name
            listener.save(update_fields=["display_name"])
            new.append(listener)
        if not listener.timezone:
            timezones.set_timezone(listener, member.timezone, now=now)
    signals.listeners_simulated.send(sender=Listener, listeners=new, now=now)


def fill_catalogue(seed: int, *, now: datetime) -> int:
    """Store every track of the simulated catalogue, including those that nobody played yet."""
    known = music.catalogue(seed).tracks.values()
    rows = [track_row(track, now=now) for track in known]
    Track.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["track_id"],
        update_fields=["image_url", "fetched_at"],
    )
    _fill_artists(seed, now=now)
    return len(rows)


def _fill_artists(seed: int, *, now: datetime) -> None:
    rows = [
        Artist(
            artist_id=artist.artist_id,
            artist_name=artist.name,
            image_url=settings.SANDBOX_URL + artwork.files("artist", artist.artist_id)[320],
            fetched_at=now,
        )
        for artist in music.catalogue(seed).artists
    ]
    Artist.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["artist_id"],
        update_fields=["image_url", "fetched_at"],
    )


def track_row(track: music.Track, *, now: datetime) -> Track:
    album = track.album
    return Track(
        track_id=track.track_id,
        track_name=track.name,
        artist_id=album.artist.artist_id,
        artist_name=album.artist.name,
        album_id=album.album_id,
        album_name=album.name,
        duration_ms=track.duration_ms,
        isrc=track.isrc,
        image_url=settings.SANDBOX_URL + artwork.files("album", album.album_id)[300],
        release_date=album.release_date,
        fetched_at=now,
    )


def listen_records(user_id: str, heard: list[TrackListen]) -> tuple[list[Record], list[Record]]:
    """Return plays and skips among these listens, in one loop.

    Calls would cost more than the work.
    """
    plays: list[Record] = []
    skips: list[Record] = []
    for listen in heard:
        track, ms_played = listen.track, listen.ended_ms - listen.started_ms
        done = listen.reason_end == "trackdone"
        is_play = done or ms_played >= PLAY_MIN_MS
        kind, records = ("play", plays) if is_play else ("skip", skips)
        device_type, device_name = listen.device
        context = f'"context":"{listen.context}",' if listen.context else ""
        records.append(
            (
                user_id,
                f'{{"event_id":"{event_id(user_id, kind, track.track_id, listen.ended_ms)}",'
                f'"event_type":"{kind}","user_id":"{user_id}",'
                f'"played_at":"{format_ms(listen.ended_ms)}",{_track_fields(track)},'
                f'"device_type":"{device_type}","device_name":"{device_name}",{context}'
                f'"started_at":"{format_ms(listen.started_ms)}","ms_played":{ms_played},'
                f'"skipped":{"false" if done else "true"},'
                f'"reason_start":"{listen.reason_start}","reason_end":"{listen.reason_end}",'
                f'"shuffle":{"true" if listen.shuffle else "false"}}}'.encode(),
            )
        )
    return plays, skips


def episode_records(user_id: str, heard: list[EpisodeListen]) -> tuple[list[Record], list[Record]]:
    """Return plays and skips among episodes and chapters, named as the live API names them."""
    plays: list[Record] = []
    skips: list[Record] = []
    for listen in heard:
        kind, records = (events.Play, plays) if listen.is_play else (events.Skip, skips)
        show = listen.episode.show
        event = kind(
            user_id=user_id,
            played_at=from_ms(listen.ended_ms),
            track_id=listen.episode.episode_id,
            track_name=listen.episode.name,
            artist_id=show.show_id,
            artist_name=show.name,
            album_id=show.show_id,
            album_name=show.name,
            duration_ms=listen.episode.duration_ms,
            content_type="chapter" if show.is_book else "episode",
            device_type=listen.device[0],
            device_name=listen.device[1],
            context=f"spotify:show:{show.show_id}",
            started_at=from_ms(listen.started_ms),
            ms_played=listen.ms_played,
            skipped=listen.reason_end != "trackdone",
            reason_start=listen.reason_start,
            reason_end=listen.reason_end,
            source=SOURCE,
        )
        records.append((user_id, orjson.dumps(event.to_json())))
    return plays, skips


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)


def like_records(user_id: str, likes: Iterator[Like]) -> list[Record]:
    return [
        (
            user_id,
            f'{{"event_id":"{event_id(user_id, "like", like.track.track_id, like.added_ms)}",'
            f'"event_type":"like","user_id":"{user_id}","device_type":null,'
            f'"played_at":"{format_ms(like.added_ms)}",{_track_fields(like.track)}}}'.encode(),
        )
        for like in likes
    ]


@cache
def _track_fields(track: music.Track) -> str:
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


def format_ms(at_ms: int) -> str:
    """Return a time in Unix milliseconds as RFC 3339, in UTC with milliseconds."""
    day, ms = divmod(at_ms, DAY_MS)
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{_format_date(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{ms:03}Z"


@cache
def _format_date(days: int) -> str:
    return date.fromordinal(EPOCH_ORDINAL + days).isoformat()
