"""The outbox: events of players that wait for the event log, also while it is down.

Events are saved with the state before the log is asked, appended in their order, and leave the row
when the log has synced them to disk: killed in between, or after a power cut, the same events are
appended again, by the same ids. Once the log was found down polling goes on without it, and one
task tries it for all until it is back.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import redis

from nowplaying import live_pages
from nowplaying.models import Playback
from spotifyweb import recent_listens
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.events import TYPES, Event
from spotifyweb.telemetry import logs, traces

log = logging.getLogger(__name__)

MAX_EVENTS = 500  # events of one listener: half a day of music
LOG_DOWN = "nowplaying:log_away"
LOG_DOWN_SECONDS = 120  # after the last try, which itself may take thirty


def enqueue(playback: Playback, events: Iterable[Event]) -> None:
    """Queue events in the row; the caller saves it.

    Beyond MAX_EVENTS the oldest stay: Spotify's own list still has the newest plays.
    """
    pending = playback.outbox + [event.to_json() for event in events]
    playback.outbox, left_out = pending[:MAX_EVENTS], pending[MAX_EVENTS:]
    for row in left_out:
        with logs.bind(event_id=row["event_id"]):
            log.warning("player of %s: no room for an event", playback.pk)


def relay_unless_down(playback: Playback, event_log: EventLog, cache: "redis.Redis") -> None:
    if playback.outbox and not cache.exists(LOG_DOWN):
        relay(playback, event_log, cache)


def relay(playback: Playback, event_log: EventLog, cache: "redis.Redis") -> bool:
    """Append pending events to the log; False when it is down, and the rest stays in the row."""
    pending = playback.outbox
    with traces.span("append to the event log") as event_ids:
        event_ids += [row["event_id"] for row in pending]
        appended, error = _append(pending, event_log)
    if error:
        cache.set(LOG_DOWN, 1, ex=LOG_DOWN_SECONDS)
        log.warning("player of %s: %d events wait: %s", playback.pk, len(pending) - appended, error)
    else:
        cache.delete(LOG_DOWN)
    recent_listens.record(cache, pending[:appended])
    playback.outbox = pending[appended:]
    # The version stays: this makes no poll that is running stale, it queues them once more.
    same = Playback.objects.filter(pk=playback.pk, version=playback.version)
    same.update(outbox=playback.outbox)
    if any(row["event_type"] == "play" for row in pending[:appended]):
        live_pages.push_play(playback.listener_id)
    return not playback.outbox


def _append(pending: Sequence[dict[str, Any]], event_log: EventLog) -> tuple[int, LogError | None]:
    """Append events; returns how many are on disk, and the error that kept the others from it."""
    count, failure = 0, None
    try:
        for row in pending:
            topic = TYPES[row["event_type"]].topic
            count += event_log.append(topic, [(row["user_id"], orjson.dumps(row))])
    except LogError as error:
        failure = error
    try:
        if count:
            event_log.sync()
    except LogError as error:
        return 0, failure or error
    return count, failure


def relay_all(event_log: EventLog, cache: "redis.Redis") -> int:
    """Append every listener's pending events to the event log.

    Stops at the first failed append; later events stay queued. Returns the number of listeners
    whose outbox is empty afterwards.
    """
    count = 0
    pending = Playback.objects.with_pending_events()
    for playback in pending.order_by("?"):  # no row stands before all others
        if not relay(playback, event_log, cache):
            break
        count += 1
    return count
