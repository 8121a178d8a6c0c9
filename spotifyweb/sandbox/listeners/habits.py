"""What each person listens to and when: deterministic for each seed, person and local day.

The imitated API and `manage.py simulate` both read this, so that history and live state agree.
A day is made on its own, so a window costs only its days.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from spotifyweb.events import counts_as_play, to_ms
from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.listeners import podcast_listens, sessions
from spotifyweb.sandbox.listeners.people import Device, Person
from spotifyweb.sandbox.listeners.podcast_listens import EpisodeListen
from spotifyweb.sandbox.listeners.sessions import Session
from spotifyweb.sandbox.listeners.taste import Taste, taste


class TrackListen(NamedTuple):
    """One track, from its start to the moment the person let go of it. A tuple, for speed."""

    track: Track
    started_ms: int
    ended_ms: int
    reason_start: str
    reason_end: str
    device: Device
    context: str | None
    shuffle: bool
    liked: bool

    @property
    def ms_played(self) -> int:
        return self.ended_ms - self.started_ms

    @property
    def is_play(self) -> bool:
        return counts_as_play(self.ms_played, reason_end=self.reason_end)


def listens(person: Person, start: datetime, end: datetime, *, seed: int) -> Iterator[TrackListen]:
    """Yield the listens to music that ended in [start, end), oldest first."""
    start_ms, end_ms = to_ms(start), to_ms(end)
    for day in _days(person, start, end):
        for heard in listens_on(seed, person, day):
            if start_ms <= heard.ended_ms < end_ms:
                yield heard


def history(
    person: Person, start: datetime, end: datetime, *, seed: int
) -> tuple[list[TrackListen], list[EpisodeListen]]:
    """Return the listens to music and to episodes that ended in [start, end), oldest first."""
    start_ms, end_ms = to_ms(start), to_ms(end)
    music, podcasts = list[TrackListen](), list[EpisodeListen]()
    for day in _days(person, start, end):
        heard = listens_on(seed, person, day)
        music += [listen for listen in heard if start_ms <= listen.ended_ms < end_ms]
        evening = episode_listens_on(seed, person, day, heard)
        podcasts += [listen for listen in evening if start_ms <= listen.ended_ms < end_ms]
    return music, podcasts


def episode_listens_on(
    seed: int, person: Person, day: date, heard: list[TrackListen]
) -> list[EpisodeListen]:
    """Return the listens to episodes after the music of that day; none on a day without."""
    if not heard:
        return []
    last = heard[-1]
    return podcast_listens.listens_after_music(
        seed, person, day, ended_ms=last.ended_ms, device=last.device
    )


def listen_at(person: Person, now: datetime, *, seed: int) -> TrackListen | EpisodeListen | None:
    """Return the listen that goes on at that moment, None in silence."""
    now_ms = to_ms(now)
    for day in _days(person, now, now):
        music = cached_listens_on(seed, person, day)
        everything: list[TrackListen | EpisodeListen] = [
            *music,
            *episode_listens_on(seed, person, day, music),
        ]
        for heard in everything:
            if heard.started_ms <= now_ms < heard.ended_ms:
                return heard
    return None


def _days(person: Person, start: datetime, end: datetime) -> Iterator[date]:
    day = start.astimezone(person.zone).date() - timedelta(days=1)  # a night runs past midnight
    last = end.astimezone(person.zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def listens_on(seed: int, person: Person, day: date) -> list[TrackListen]:
    """Return the listens to music in the sessions that began on that local day."""
    rng = seeds.rng(seed, person.account_id, day.toordinal())
    mood = taste(seed, person, day.year, day.month)
    heard: list[TrackListen] = []
    for session in sessions.on_day(rng, person, day):
        _play_session(rng, person, mood, session, heard)
    return heard


cached_listens_on = lru_cache(maxsize=256)(listens_on)


def _play_session(
    rng: Random, person: Person, mood: Taste, session: Session, heard: list[TrackListen]
) -> None:
    """Append a session's listens, track after track. In one piece for speed: millions are made."""
    chance, at, ends = rng.random, session.starts_ms, session.ends_ms
    track, context = mood.draw(rng), None
    album_run = chance() < person.album_rate
    shuffle = not album_run and chance() < 0.4
    queue: list[Track] = track.album.tracks[:] if album_run else []
    context = _context(rng, person, track, album_run)
    reason_start = "clickrow"
    while at < ends:
        if queue:
            track = queue.pop(0)
        elif chance() >= person.repeat_rate:
            track = mood.draw(rng)
        stops, reason_end = at + track.duration_ms, "trackdone"
        if (luck := chance()) < person.skip_rate:
            stops, reason_end = at + _left_after(luck / person.skip_rate, track), "fwdbtn"
        if stops > ends and chance() < 0.5:
            stops, reason_end = max(ends, at + 1000), "endplay"
        if stops > ends and person.always_on:
            stops, reason_end = max(ends, at + 1000), "endplay"
        liked = reason_end == "trackdone" and chance() < 0.012
        heard.append(
            TrackListen(
                track, at, stops, reason_start, reason_end, session.device, context, shuffle, liked
            )
        )
        at = stops + int(chance() * 900)
        reason_start = "trackdone" if reason_end == "trackdone" else "fwdbtn"
        if album_run and not queue:
            album_run, context = False, None


def _left_after(luck: float, track: Track) -> int:
    """Return after how many ms a track is skipped: mostly within seconds, some in its middle."""
    if luck < 0.7:
        return 1200 + int(luck * 35_000)
    return int(track.duration_ms * (0.2 + 0.7 * (luck - 0.7) / 0.3))


def _context(rng: Random, person: Person, track: Track, album_run: bool) -> str | None:
    if album_run:
        return f"spotify:album:{track.album.album_id}"
    luck = rng.random()
    if luck < 0.35:
        number = rng.randint(0, 4)
        return f"spotify:playlist:{seeds.base62('playlist', person.account_id, number)}"
    if luck < 0.55:
        return f"spotify:artist:{track.album.artist.artist_id}"
    if luck < 0.8:
        return f"spotify:user:{person.spotify_id}:collection"
    return None
