"""Spotify to the event log: what each connected listener played and liked since the last time.

Every fetch overlaps the one before, and a cursor moves only after the log has it on disk: whatever
is interrupted is simply fetched again, as the same events by their ids. The cursor remembers which
ids Spotify listed lately, so a fetch without news appends nothing, and nothing is built for it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

import orjson
from django.conf import settings

from ingestion import catalogue, gaps, runs
from ingestion.models import Cursor, Run, Stage
from spotifyweb import clients, events, locks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.privacy import suppression
from spotifyweb.spotify import errors, fields, payloads
from spotifyweb.spotify.client import SpotifyClient, next_page

FULL_PAGE = 50
KEPT = 500  # ids of events, and prints of odd rows, that a cursor remembers
TOPIC_OF: dict[str, str] = {
    Cursor.Stream.RECENTLY_PLAYED: events.Play.topic,
    Cursor.Stream.LIKES: events.Like.topic,
}
LIKES_PAGES = 40  # in one run, 2,000 likes: a large library is crawled over several hours
TROUBLE = (errors.SpotifyError, payloads.PayloadError, LogError)

Counts = Counter[str]


def attempt(listener: Listener, *, log: EventLog, now: datetime) -> Run:
    """Fetch for one listener of several: a failure stays in their run."""
    work = partial(fetch, listener=listener, log=log, now=now)
    return runs.attempt(Stage.PRODUCE, listener.user_id, work, now=now)


def fetch(run: Run, *, listener: Listener, log: EventLog, now: datetime) -> None:
    """Plays, then likes, counted in the run; the plays' failure does not stop the likes."""
    counts: Counts = Counter()
    run.counts = counts
    failure: Exception | None = None
    with locks.lock(f"produce:{listener.pk}"):
        for stream in (fetch_plays, fetch_likes):
            try:
                stream(listener, counts, log=log, now=now)
            except TROUBLE as error:
                failure = failure or error
                if isinstance(error, errors.NeedsLogin):
                    break
    if failure:
        raise failure


def fetch_plays(listener: Listener, counts: Counts, *, log: EventLog, now: datetime) -> None:
    """Append those of the last 50 plays that no page of the last fetches listed.

    Some are older than plays already known: devices that were offline report late.
    """
    with fetching(listener, Cursor.Stream.RECENTLY_PLAYED, log=log, now=now) as cursor:
        body = tokens.call_spotify(listener, lambda spotify: spotify.recently_played(), now=now)
        page = payloads.recent_plays(body, user_id=listener.user_id)
        known = set(cursor.page)
        fresh = [play for play in page.events if play.event_id not in known]
        append(log, fresh, page, cursor=cursor, counts=counts, now=now)
        gaps.after_page(cursor, oldest=oldest_of(page), now=now)
        cursor.reached_at = newest(cursor.reached_at, page.events)
        cursor.page = remember(cursor.page, [play.event_id for play in page.events])


def fetch_likes(listener: Listener, counts: Counts, *, log: EventLog, now: datetime) -> None:
    """Append what was liked since the last time, newest first; go on with the first crawl.

    What is not liked any more is not noticed: Spotify keeps no trace of it.
    """
    with fetching(listener, Cursor.Stream.LIKES, log=log, now=now) as cursor:
        is_first = cursor.reached_at is None
        walk = partial(_likes_until_known, cursor=cursor, counts=counts, log=log, now=now)
        crawl = partial(_crawl_likes, cursor=cursor, counts=counts, log=log, now=now)
        if not is_first:
            tokens.call_spotify(listener, walk, now=now)
        if is_first or cursor.crawl_offset is not None:
            tokens.call_spotify(listener, crawl, now=now)


def _likes_until_known(
    spotify: SpotifyClient, *, cursor: Cursor, counts: Counts, log: EventLog, now: datetime
) -> None:
    """Page by page until one holds a like that is known.

    The cursor moves at the end only: a walk that was interrupted leaves no hole.
    """
    known, known_from, recent = set(cursor.page), known_before(cursor), list[events.Like]()
    for body in spotify.saved_tracks():
        page = payloads.saved_tracks(body, user_id=cursor.listener.user_id)
        late = likes_since(known_from, page)
        fresh = [like for like in late if like.event_id not in known]
        append(log, fresh, page, cursor=cursor, counts=counts, now=now)
        recent += late
        if len(fresh) < len(page.events):
            break
    cursor.reached_at = newest(cursor.reached_at, recent)
    cursor.page = remember(cursor.page, [like.event_id for like in recent])


def _crawl_likes(
    spotify: SpotifyClient, *, cursor: Cursor, counts: Counts, log: EventLog, now: datetime
) -> None:
    """Page by page through the whole library; each page moves the cursor, so it can go on.

    It begins a page earlier than it stopped, for likes taken back in the meantime shift the rest.
    """
    offset = max(0, (cursor.crawl_offset or 0) - FULL_PAGE)
    pages = spotify.saved_tracks(offset=offset)
    for body in islice(pages, LIKES_PAGES):
        page = payloads.saved_tracks(body, user_id=cursor.listener.user_id)
        append(log, page.events, page, cursor=cursor, counts=counts, now=now)
        offset += len(page.events) + len(page.invalid)
        cursor.reached_at = newest(cursor.reached_at, page.events)
        cursor.crawl_offset = offset if next_page(body) else None
        late = likes_since(known_before(cursor), page)
        cursor.page = remember(cursor.page, [like.event_id for like in late])
        log.sync()
        cursor.save()


@contextmanager
def fetching(listener: Listener, stream: str, *, log: EventLog, now: datetime) -> Iterator[Cursor]:
    """The cursor of that stream: saved when the block worked, else only with its error."""
    cursor, _ = Cursor.objects.get_or_create(listener=listener, stream=stream)
    try:
        yield cursor
        log.sync()
    except TROUBLE as error:
        cursor.refresh_from_db()
        cursor.error = runs.said(error)
        cursor.save(update_fields=["error"])
        if stream == Cursor.Stream.RECENTLY_PLAYED:
            gaps.after_failure(cursor, error, now=now)
        raise
    cursor.fetched_at, cursor.error = now, ""
    cursor.save()


def append(
    log: EventLog,
    fresh: list[events.Play] | list[events.Like],
    page: payloads.Page[events.Play] | payloads.Page[events.Like],
    *,
    cursor: Cursor,
    counts: Counts,
    now: datetime,
) -> None:
    """The fresh events of the page to the log, what it says of their tracks to the catalogue."""
    is_erased = suppression.suppression_filter(cursor.listener)
    kept = [event for event in fresh if not is_erased(event)]
    for topic in {event.topic for event in kept}:
        records = [(event.user_id, orjson.dumps(event.to_json())) for event in kept]
        counts[topic.removeprefix("user_")] += log.append(topic, records)
    ids = {event.track_id for event in fresh}
    counts["tracks"] += catalogue.keep([one for one in page.tracks if one.track_id in ids], now=now)
    reasons = [reason for event in kept for reason in page.partial.get(event.event_id, [])]
    counts["odd"] += len(reasons)
    clients.spotify_quota().count_invalid(cursor.stream, reasons)
    append_odd(log, page.invalid, cursor=cursor, counts=counts)


def append_odd(
    log: EventLog, odd: list[tuple[str, fields.Body]], *, cursor: Cursor, counts: Counts
) -> None:
    """What Spotify sent and we could not read goes to the dead letters as it came.

    Spotify lists an odd row for days: the cursor knows which are set aside already.
    """
    rows = {print_of(letter): (letter, reason) for letter, reason in map(dead_letter, odd)}
    new = [row for known, row in rows.items() if known not in cursor.odd]
    if new:
        topic = events.dead_letter_topic(TOPIC_OF[cursor.stream])
        counts["odd"] += log.append(topic, [(cursor.listener.user_id, letter) for letter, _ in new])
        clients.spotify_quota().count_invalid(cursor.stream, [reason for _, reason in new])
    cursor.odd = remember(cursor.odd, list(rows))


def remember(known: list[str], seen: list[str]) -> list[str]:
    """The newest of both, what was seen last at the end."""
    return list(dict.fromkeys([*seen, *reversed(known)]))[:KEPT][::-1]


def dead_letter(odd: tuple[str, fields.Body]) -> tuple[bytes, str]:
    """The row in plain ASCII, which takes whatever Spotify's JSON held, and the reason."""
    reason, item = odd
    return json.dumps({"reason": reason, "item": item}, sort_keys=True).encode(), reason


def print_of(letter: bytes) -> str:
    return hashlib.sha256(letter).hexdigest()[:32]


def known_before(cursor: Cursor) -> datetime | None:
    """Every like from before this moment is in the log; later ones may still show up."""
    overlap = timedelta(seconds=settings.PRODUCE_OVERLAP_SECONDS)
    return cursor.reached_at - overlap if cursor.reached_at else None


def likes_since(moment: datetime | None, page: payloads.Page[events.Like]) -> list[events.Like]:
    """Likes move up the list when newer ones are taken back: those from before are no news."""
    return [like for like in page.events if moment is None or like.played_at >= moment]


def newest(
    reached_at: datetime | None, found: list[events.Play] | list[events.Like]
) -> datetime | None:
    """Never back: Spotify's list is sometimes hours old."""
    moments = [event.played_at for event in found]
    return max([*moments, reached_at] if reached_at else moments, default=None)


def oldest_of(page: payloads.Page[events.Play]) -> datetime | None:
    """The oldest play of a full page; None where the page holds all that Spotify knows."""
    if len(page.events) + len(page.invalid) < FULL_PAGE:
        return None
    return min((play.played_at for play in page.events), default=None)
