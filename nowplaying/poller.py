"""Look at one listener's player, and keep what it says.

    pay what is owed ─▶ ask Spotify ─▶ save state and outbox together ─▶ push ─▶ append ─▶ note

Killed anywhere, the next look appends what the outbox still holds: the same events by their ids.
A log that is away stops no look. A look that another one overtook (its call hung, its lock ran
out) changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis

from nowplaying import outbox, play_detection, poll_interval, snapshots
from nowplaying.models import Playback, Trouble
from nowplaying.poll_settings import PACE, Pace
from spotifyweb import clients, news
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Event
from spotifyweb.spotify import errors, payloads

log = logging.getLogger(__name__)


def poll(
    listener: Listener,
    *,
    ask: Callable[[], dict[str, Any] | None],
    event_log: EventLog,
    cache: "redis.Redis",
    watched: bool,
    clock: Callable[[], datetime],
    pace: Pace = PACE,
) -> Playback:
    """One look; `ask` answers Spotify's player, and its SpotifyError becomes a state of the row.

    What the look found is owed to the log. Raises Overtaken when another look was kept while
    Spotify was asked.
    """
    playback, _ = Playback.objects.get_or_create(listener=listener, defaults={"due_at": clock()})
    outbox.pay_unless_away(playback, event_log, cache)
    try:
        playing = payloads.playing(ask())
    except errors.SpotifyError as error:
        note_trouble(playback, error, now=clock())
    else:
        take(playback, playing, watched=watched, now=clock(), pace=pace)
    return playback


def take(
    playback: Playback,
    playing: payloads.Playing | None,
    *,
    watched: bool,
    now: datetime,
    pace: Pace = PACE,
) -> None:
    """The answer into the row and its outbox, in one transaction."""
    look = snapshots.look_at(playing, observed_at=now)
    step = play_detection.step(snapshots.kept(playback), look, end_margin=pace.end_margin)
    owed: list[Event] = []
    if step.finished:
        owed.append(snapshots.listen_event(playback, step.finished))
    is_other = step.is_new_item or changed_face(playback, look)
    snapshots.keep(playback, step.now, playing)
    if step.is_new_item:
        owed.append(snapshots.change_event(playback))
    quiet = poll_interval.is_quiet(step.now)
    playback.quiet_looks = playback.quiet_looks + 1 if quiet else 0
    playback.changed_at = now if is_other else playback.changed_at
    playback.due_at = poll_interval.next_due(
        step.now,
        watched=watched,
        quiet_looks=playback.quiet_looks,
        seen_at=playback.changed_at,
        pace=pace,
    )
    end_trouble(playback, now=now)
    outbox.owe(playback, owed)
    playback.store()
    if step.is_new_item and playing and playing.track and playback.item:
        news.tracks_seen.send_robust(sender=Playback, tracks=[playing.track], now=now)
    if step.is_new_item and playing and not playing.is_private:
        clients.spotify_quota().note_odd("player", playing.odd)


def changed_face(playback: Playback, look: play_detection.Look) -> bool:
    """The page must change though the item did not: paused, resumed, an ad, silence."""
    return (playback.kind, playback.is_playing) != (look.kind, look.is_playing)


def end_trouble(playback: Playback, *, now: datetime) -> None:
    """Spotify has answered; what may be left is what the log did not take of earlier looks."""
    trouble = Trouble.LOG if playback.outbox else ""
    if playback.trouble != trouble:
        playback.trouble, playback.changed_at = trouble, now
        playback.trouble_since = now if trouble else None
    playback.trouble_count = 0


def note_trouble(playback: Playback, error: errors.SpotifyError, *, now: datetime) -> None:
    """The row says since when its state may be old, and why; the next look waits accordingly."""
    wait_seconds = error.retry_after_seconds if isinstance(error, errors.RateLimited) else None
    playback.due_at = poll_interval.after_trouble(
        now, times=playback.trouble_count, wait_seconds=wait_seconds
    )
    if playback.trouble != trouble_of(error):
        playback.changed_at = now
    playback.trouble = trouble_of(error)
    if playback.trouble_count == 0:
        playback.trouble_since = playback.observed_at or now
    playback.trouble_count += 1
    playback.store()
    log.info("player of %s: %s", playback.listener_id, error)


def trouble_of(error: errors.SpotifyError) -> Trouble:
    if isinstance(error, errors.BudgetSpent):
        return Trouble.BUDGET
    if isinstance(error, errors.RateLimited):
        return Trouble.BLOCKED
    if isinstance(error, errors.NeedsLogin):
        return Trouble.NEEDS_LOGIN
    if isinstance(error, errors.Unavailable | errors.BadAnswer | errors.TokenExpired):
        return Trouble.UNREACHABLE
    return Trouble.REFUSED
