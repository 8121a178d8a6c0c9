"""What the rows of players owe the event log, also while it is away.

Events are saved with the state before the log is asked, appended in their order, and leave the row
after its acks: killed in between, the same events are appended again, by the same ids. Once the log
was found away looks go on without it, and one task tries it for all of them until it is back.
"""

import logging
from collections.abc import Iterable

import orjson
import redis

from nowplaying.models import Playback
from spotifyweb import recent_listens
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.events import TYPES, Event

log = logging.getLogger(__name__)

LONGEST = 500  # events of one listener: half a day of music
AWAY = "nowplaying:log_away"
AWAY_SECONDS = 120  # after the last try, which itself may take thirty


def owe(playback: Playback, events: Iterable[Event]) -> None:
    """Beyond the longest the oldest stay: Spotify's own list still tells of the newest plays."""
    owed = playback.outbox + [event.to_json() for event in events]
    playback.outbox, left_out = owed[:LONGEST], owed[LONGEST:]
    if left_out:
        log.warning("player of %s: no room for %d events", playback.pk, len(left_out))


def pay_unless_away(playback: Playback, event_log: EventLog, cache: "redis.Redis") -> None:
    if playback.outbox and not cache.exists(AWAY):
        pay(playback, event_log, cache)


def pay(playback: Playback, event_log: EventLog, cache: "redis.Redis") -> bool:
    """Append what is owed; False when the log is away, and the rest stays in the row."""
    owed, paid = playback.outbox, 0
    try:
        for row in owed:
            event = TYPES[row["event_type"]]
            paid += event_log.append(event.topic, [(row["user_id"], orjson.dumps(row))])
    except LogError as error:
        cache.set(AWAY, 1, ex=AWAY_SECONDS)
        log.warning("player of %s: %d events wait: %s", playback.pk, len(owed) - paid, error)
    else:
        cache.delete(AWAY)
    recent_listens.note(cache, owed[:paid])
    playback.outbox = owed[paid:]
    # The version stays: a look that is on its way is not overtaken by this, it owes them once more.
    same = Playback.objects.filter(pk=playback.pk, version=playback.version)
    same.update(outbox=playback.outbox)
    return not playback.outbox


def pay_all(event_log: EventLog, cache: "redis.Redis") -> int:
    """Until the log is found away; returns how many rows owe nothing any more."""
    count = 0
    for playback in Playback.objects.owing().order_by("?"):  # no row stands before all others
        if not pay(playback, event_log, cache):
            break
        count += 1
    return count
