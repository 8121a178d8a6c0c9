"""What a person saved to their library: tracks they loved while they played, newest first."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from spotifyweb.events import to_ms
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.listeners.habits import TrackListen, listens_on
from spotifyweb.sandbox.listeners.people import Person

LIBRARY_DEPTH = timedelta(days=730)


class Like(NamedTuple):
    track: Track
    added_ms: int  # whole seconds, as Spotify's added_at


def likes(person: Person, start: datetime, end: datetime, *, seed: int) -> Iterator[Like]:
    """Yield every like in [start, end), oldest first; a track may be liked again later."""
    start_ms, end_ms = to_ms(start), to_ms(end)
    day, last = start.astimezone(person.zone).date() - timedelta(days=1), end.astimezone(UTC).date()
    while day <= last + timedelta(days=1):
        yield from (
            like for like in likes_on(seed, person, day) if start_ms <= like.added_ms < end_ms
        )
        day += timedelta(days=1)


@lru_cache(maxsize=20_000)
def likes_on(seed: int, person: Person, day: date) -> tuple[Like, ...]:
    return tuple(likes_during(listens_on(seed, person, day)))


def likes_during(heard: Iterable[TrackListen]) -> Iterator[Like]:
    """Yield the likes given during these listens, each at half of its track."""
    for listen in heard:
        if listen.liked:
            yield Like(listen.track, (listen.started_ms + listen.ended_ms) // 2000 * 1000)


def library(person: Person, now: datetime, *, seed: int) -> list[Like]:
    """Return the tracks saved at that moment, newest first, each with its latest like."""
    latest: dict[str, Like] = {}
    for like in likes(person, now - LIBRARY_DEPTH, now, seed=seed):
        latest[like.track.track_id] = like
    return sorted(latest.values(), key=lambda like: like.added_ms, reverse=True)
