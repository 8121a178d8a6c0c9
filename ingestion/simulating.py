"""Invented listeners with a history: days of plays, skips and likes through the same event log.

The first five are the sandbox's cast, so whoever logs in through the sandbox finds their history
here; the sandbox's live answers come from the same habits.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from ingestion import simulated
from ingestion.models import Track
from spotifyweb import signals
from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.sandbox.catalogue import music
from spotifyweb.sandbox.listeners import habits, likes
from spotifyweb.sandbox.listeners.people import Person, person

APPEND_AT_ONCE = 20_000
PLAYS, SKIPS, LIKES = "user_plays", "user_skips", "user_likes"


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
    enrol(people, now=now)
    tracks = fill_catalogue(seed, now=now)
    counts: Counter[str] = Counter({PLAYS: 0, SKIPS: 0, LIKES: 0})
    waiting: dict[str, list[simulated.Record]] = {PLAYS: [], SKIPS: [], LIKES: []}
    for done, one in enumerate(people, start=1):
        heard, spoken = habits.history(one, since, until, seed=seed)
        for plays, skips in (
            simulated.heard_records(one.account_id, heard),
            simulated.episode_records(one.account_id, spoken),
        ):
            waiting[PLAYS] += plays
            waiting[SKIPS] += skips
        waiting[LIKES] += simulated.like_records(one.account_id, likes.likes_during(heard))
        flush(waiting, counts, log=log, at_least=APPEND_AT_ONCE)
        on_progress(done)
    flush(waiting, counts, log=log, at_least=1)
    totals = {"plays": counts[PLAYS], "skips": counts[SKIPS], "likes": counts[LIKES]}
    return {"users": users, "days": days, "events": counts.total(), **totals, "tracks": tracks}


def flush(
    waiting: dict[str, list[simulated.Record]],
    counts: Counter[str],
    *,
    log: EventLog,
    at_least: int,
) -> None:
    """Append every pile that is high enough."""
    for topic, records in waiting.items():
        if len(records) >= at_least:
            counts[topic] += log.append(topic, records)
            records.clear()


@transaction.atomic
def enrol(people: list[Person], *, now: datetime) -> None:
    """Make the listeners known here, at home in their own time zones."""
    new = []
    for one in people:
        listener = Listener.objects.local(one.account_id)
        if listener.display_name == one.account_id:
            listener.display_name = one.display_name
            listener.save(update_fields=["display_name"])
            new.append(listener)
        if not listener.timezone:
            timezones.set_timezone(listener, one.timezone, now=now)
    signals.listeners_simulated.send(sender=Listener, listeners=new, now=now)


def fill_catalogue(seed: int, *, now: datetime) -> int:
    """Every track of the invented catalogue, also those that nobody played yet."""
    known = music.catalogue(seed).tracks.values()
    rows = [row(track, now=now) for track in known]
    Track.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["track_id"],
        update_fields=["image_url", "fetched_at"],
    )
    return len(rows)


def row(track: music.Track, *, now: datetime) -> Track:
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
        image_url=f"{settings.SANDBOX_URL}/sandbox/art/{album.album_id}/300",
        release_date=album.release_date,
        fetched_at=now,
    )
