"""The producer: from Spotify to the event log, what each connected listener played and liked.

Every fetch overlaps the one before, and a cursor moves only after the log has synced to disk: an
interrupted fetch is repeated and yields the same event ids. The cursor remembers recently listed
ids, so a fetch without news appends nothing and triggers no build.
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

from ingestion.fetch import catalogue, gaps
from ingestion.models import Cursor, Run, Stage
from ingestion.operations import runs
from spotifyweb import clients, events, locks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.privacy import suppression
from spotifyweb.spotify import errors, fields, payloads
from spotifyweb.spotify.client import SpotifyClient, next_page
from spotifyweb.telemetry import traces

FULL_PAGE = 50
MAX_REMEMBERED = 500  # ids of events, and digests of invalid rows, that a cursor remembers
TOPIC_OF: dict[str, str] = {
    Cursor.Stream.RECENTLY_PLAYED: events.Play.topic,
    Cursor.Stream.LIKES: events.Like.topic,
}
LIKES_PAGES = 40  # in one run, 2,000 likes: a large library is crawled over several hours
FETCH_ERRORS = (errors.SpotifyError, payloads.PayloadError, LogError)

Counts = Counter[str]


def fetch_safely(listener: Listener, *, log: EventLog, now: datetime) -> Run:
    """Fetch for one of several listeners; a failure stays in the returned run."""
    work = partial(fetch, listener=listener, log=log, now=now)
    return runs.run_safely(Stage.PRODUCE, listener.user_id, work, now=now)


def fetch(run: Run, *, listener: Listener, log: EventLog, now: datetime) -> None:
    """Fetch plays, then likes, counted in the run.

    A failure of the plays does not stop the likes.
    """
    counts: Counts = Counter()
    run.counts = counts
    failure: Exception | None = None
    with locks.lock(f"produce:{listener.pk}"):
        for stream in (fetch_plays, fetch_likes):
            try:
                stream(listener, counts, log=log, now=now)
            except FETCH_ERRORS as error:
                failure = failure or error
                if isinstance(error, errors.NeedsLogin):
                    break
    if failure:
        raise failure


def fetch_plays(listener: Listener, counts: Counts, *, log: EventLog, now: datetime) -> None:
    """Append those of the last 50 plays that no recent page listed.

    Some are older than known plays: devices that were offline report late.
    """
    with stream_cursor(listener, Cursor.Stream.RECENTLY_PLAYED, log=log, now=now) as cursor:
        with traces.span("fetch recently played") as event_ids:
            body = tokens.call_spotify(listener, lambda spotify: spotify.recently_played(), now=now)
            page = payloads.recent_plays(body, user_id=listener.user_id)
            known = set(cursor.page)
            fresh = [play for play in page.events if play.event_id not in known]
            event_ids += [play.event_id for play in fresh]
        append_page(log, fresh, page, cursor=cursor, counts=counts, now=now)
        gaps.record_page(cursor, oldest=oldest_of_full_page(page), now=now)
        cursor.reached_at = newest_time(cursor.reached_at, page.events, now=now)
        cursor.page = merge_recent(cursor.page, [play.event_id for play in page.events])


def fetch_likes(listener: Listener, counts: Counts, *, log: EventLog, now: datetime) -> None:
    """Append likes since the last fetch, newest first, and continue the first crawl.

    A like that was taken back is not noticed: Spotify keeps no trace of it.
    """
    with stream_cursor(listener, Cursor.Stream.LIKES, log=log, now=now) as cursor:
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
    """Walk the pages until one holds a known like.

    The cursor moves at the end only, so an interrupted walk leaves no hole.
    """
    known, known_from, recent = (
        set(cursor.page),
        complete_until(cursor, now=now),
        list[events.Like](),
    )
    for body in spotify.saved_tracks():
        page = payloads.saved_tracks(body, user_id=cursor.listener.user_id)
        late = likes_since(known_from, page)
        fresh = [like for like in late if like.event_id not in known]
        append_page(log, fresh, page, cursor=cursor, counts=counts, now=now)
        recent += late
        if len(fresh) < len(page.events):
            break
    cursor.reached_at = newest_time(cursor.reached_at, recent, now=now)
    cursor.page = merge_recent(cursor.page, [like.event_id for like in recent])


def _crawl_likes(
    spotify: SpotifyClient, *, cursor: Cursor, counts: Counts, log: EventLog, now: datetime
) -> None:
    """Walk the whole library, saving the cursor after each page so that the crawl can continue.

    It resumes one page early: likes taken back meanwhile shift the rest.
    """
    offset = max(0, (cursor.crawl_offset or 0) - FULL_PAGE)
    pages = spotify.saved_tracks(offset=offset)
    for body in islice(pages, LIKES_PAGES):
        page = payloads.saved_tracks(body, user_id=cursor.listener.user_id)
        append_page(log, page.events, page, cursor=cursor, counts=counts, now=now)
        offset += len(page.events) + len(page.invalid)
        cursor.reached_at = newest_time(cursor.reached_at, page.events, now=now)
        cursor.crawl_offset = offset if next_page(body) else None
        late = likes_since(complete_until(cursor, now=now), page)
        cursor.page = merge_recent(cursor.page, [like.event_id for like in late])
        log.sync()
        cursor.save()


@contextmanager
def stream_cursor(
    listener: Listener, stream: str, *, log: EventLog, now: datetime
) -> Iterator[Cursor]:
    """Yield the stream's cursor and save it when the block succeeds, else only its error."""
    cursor, _ = Cursor.objects.get_or_create(listener=listener, stream=stream)
    try:
        yield cursor
        log.sync()
    except FETCH_ERRORS as error:
        cursor.refresh_from_db()
        cursor.error = runs.describe_error(error)
        cursor.save(update_fields=["error"])
        if stream == Cursor.Stream.RECENTLY_PLAYED:
            gaps.record_failure(cursor, error, now=now)
        raise
    cursor.fetched_at, cursor.error = now, ""
    cursor.save()


def append_page(
    log: EventLog,
    fresh: list[events.Play] | list[events.Like],
    page: payloads.Page[events.Play] | payloads.Page[events.Like],
    *,
    cursor: Cursor,
    counts: Counts,
    now: datetime,
) -> None:
    """Append the page's fresh events to the log, and store its track details in the catalogue."""
    is_erased = suppression.suppression_filter(cursor.listener)
    retained = [event for event in fresh if not is_erased(event)]
    for topic in {event.topic for event in retained}:
        records = [(event.user_id, orjson.dumps(event.to_json())) for event in retained]
        with traces.span("append to the event log", topic=topic) as event_ids:
            event_ids += [event.event_id for event in retained]
            counts[topic.removeprefix("user_")] += log.append(topic, records)
    ids = {event.track_id for event in fresh}
    counts["tracks"] += catalogue.store_tracks(
        [details for details in page.tracks if details.track_id in ids], now=now
    )
    reasons = [reason for event in retained for reason in page.partial.get(event.event_id, [])]
    counts["odd"] += len(reasons)
    clients.spotify_quota().count_invalid(cursor.stream, reasons)
    append_invalid_rows(log, page.invalid, cursor=cursor, counts=counts)


def append_invalid_rows(
    log: EventLog, invalid: list[tuple[str, fields.Body]], *, cursor: Cursor, counts: Counts
) -> None:
    """Append rows that could not be read to the dead-letter topic, as received.

    Spotify lists such a row for days; the cursor remembers those already appended.
    """
    rows = {
        row_fingerprint(letter): (letter, reason) for letter, reason in map(to_dead_letter, invalid)
    }
    new = [row for known, row in rows.items() if known not in cursor.odd]
    if new:
        topic = events.dead_letter_topic(TOPIC_OF[cursor.stream])
        counts["odd"] += log.append(topic, [(cursor.listener.user_id, letter) for letter, _ in new])
        clients.spotify_quota().count_invalid(cursor.stream, [reason for _, reason in new])
    cursor.odd = merge_recent(cursor.odd, list(rows))


def merge_recent(known: list[str], seen: list[str]) -> list[str]:
    """Return the newest MAX_REMEMBERED of both lists, the most recently seen last."""
    return list(dict.fromkeys([*seen, *reversed(known)]))[:MAX_REMEMBERED][::-1]


def to_dead_letter(invalid: tuple[str, fields.Body]) -> tuple[bytes, str]:
    """Return the row as plain ASCII, which takes whatever Spotify's JSON held, and the reason."""
    reason, item = invalid
    return json.dumps({"reason": reason, "item": item}, sort_keys=True).encode(), reason


def row_fingerprint(letter: bytes) -> str:
    return hashlib.sha256(letter).hexdigest()[:32]


def complete_until(cursor: Cursor, *, now: datetime) -> datetime | None:
    """Return the time before which every like is in the log; later ones may still appear.

    None where that is unknown: earlier versions believed a like of the future.
    """
    if cursor.reached_at is None or cursor.reached_at > now:
        return None
    return cursor.reached_at - timedelta(seconds=settings.PRODUCE_OVERLAP_SECONDS)


def likes_since(moment: datetime | None, page: payloads.Page[events.Like]) -> list[events.Like]:
    """Return likes from that time on.

    Older ones move up the list when newer ones are taken back.
    """
    return [like for like in page.events if moment is None or like.played_at >= moment]


def newest_time(
    reached_at: datetime | None, found: list[events.Play] | list[events.Like], *, now: datetime
) -> datetime | None:
    """Return the later of both; never an earlier time, as Spotify's list is sometimes hours old.

    A time of the future counts as now: programs set dates of likes, and clocks differ.
    """
    moments = [event.played_at for event in found] + ([reached_at] if reached_at else [])
    return min(max(moments), now) if moments else None


def oldest_of_full_page(page: payloads.Page[events.Play]) -> datetime | None:
    """Return the time of a full page's oldest play; None where Spotify has no more plays."""
    if len(page.events) + len(page.invalid) < FULL_PAGE:
        return None
    return min((play.played_at for play in page.events), default=None)
