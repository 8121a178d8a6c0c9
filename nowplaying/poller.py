"""Poll one listener's player and store what it says.

    relay the outbox ─▶ ask Spotify ─▶ save state and outbox together ─▶ push ─▶ relay ─▶ record

Killed anywhere, the next poll appends what the outbox still holds: the same events by their ids.
A log that is down stops no poll. A poll that another one overtook (its call hung, its lock ran
out) changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis

from nowplaying import outbox, play_detection, poll_interval, snapshots
from nowplaying.models import Playback, PlayerProblem
from nowplaying.poll_interval import DEFAULTS, PollIntervals
from spotifyweb import clients, signals
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Event
from spotifyweb.spotify import errors, payloads
from spotifyweb.telemetry import logs, traces

log = logging.getLogger(__name__)


def poll(
    listener: Listener,
    *,
    ask: Callable[[], dict[str, Any] | None],
    event_log: EventLog,
    cache: "redis.Redis",
    watched: bool,
    clock: Callable[[], datetime],
    intervals: PollIntervals = DEFAULTS,
) -> Playback:
    """Poll once; `ask` answers Spotify's player, and its SpotifyError becomes a state of the row.

    New events are queued in the outbox. Raises StaleUpdate when another poll was stored while
    Spotify was asked.
    """
    playback, _ = Playback.objects.get_or_create(listener=listener, defaults={"due_at": clock()})
    playback.listener = listener  # as loaded: a stored row would ask for it again
    with logs.bind(listener=logs.listener_hash(listener.user_id)):
        outbox.relay_unless_down(playback, event_log, cache)
        with traces.span("poll the player") as event_ids:
            try:
                playing = payloads.player(ask())
            except errors.SpotifyError as error:
                record_error(playback, error, now=clock())
            else:
                apply_snapshot(playback, playing, watched=watched, now=clock(), intervals=intervals)
            event_ids += [row["event_id"] for row in playback.outbox]
    return playback


def apply_snapshot(
    playback: Playback,
    playing: payloads.Player | None,
    *,
    watched: bool,
    now: datetime,
    intervals: PollIntervals = DEFAULTS,
) -> None:
    """Store the answer in the row and its outbox, in one transaction."""
    snapshot = snapshots.snapshot_of(playing, observed_at=now)
    step = play_detection.transition(
        snapshots.load_item(playback), snapshot, end_margin=intervals.end_margin
    )
    events: list[Event] = []
    if step.finished:
        events.append(snapshots.listen_event(playback, step.finished))
    is_other = step.is_new_item or has_display_changed(playback, snapshot)
    snapshots.update_row(playback, step.item, playing)
    if step.is_new_item:
        events.append(snapshots.change_event(playback))
    quiet = poll_interval.is_quiet(step.item)
    playback.quiet_looks = playback.quiet_looks + 1 if quiet else 0
    playback.changed_at = now if is_other else playback.changed_at
    playback.due_at = poll_interval.next_due(
        step.item,
        watched=watched,
        quiet_looks=playback.quiet_looks,
        seen_at=playback.changed_at,
        intervals=intervals,
    )
    clear_problem(playback, now=now)
    outbox.enqueue(playback, events)
    playback.store()
    if step.is_new_item and playing and playing.track and playback.item:
        signals.tracks_seen.send_robust(sender=Playback, tracks=[playing.track], now=now)
    if step.is_new_item and playing and not playing.is_private:
        clients.spotify_quota().count_invalid("player", playing.invalid)


def has_display_changed(playback: Playback, snapshot: play_detection.PlayerSnapshot) -> bool:
    """Return whether the page must change though the item did not: paused, resumed, ad, silence."""
    return (playback.kind, playback.is_playing) != (snapshot.kind, snapshot.is_playing)


def clear_problem(playback: Playback, *, now: datetime) -> None:
    """Clear the problem, for Spotify has answered; an event log that is down may be left."""
    problem = PlayerProblem.LOG if playback.outbox else ""
    if playback.trouble != problem:
        playback.trouble, playback.changed_at = problem, now
        playback.trouble_since = now if problem else None
    playback.trouble_count = 0


def record_error(playback: Playback, error: errors.SpotifyError, *, now: datetime) -> None:
    """Store why the state may be old and since when; the next poll waits accordingly."""
    wait_seconds = error.retry_after_seconds if isinstance(error, errors.RateLimited) else None
    playback.due_at = poll_interval.retry_at(
        now, times=playback.trouble_count, wait_seconds=wait_seconds
    )
    if playback.trouble != problem_of(error):
        playback.changed_at = now
    playback.trouble = problem_of(error)
    if playback.trouble_count == 0:
        playback.trouble_since = playback.observed_at or now
    playback.trouble_count += 1
    playback.store()
    log.info("player of %s: %s", playback.listener_id, error)


def problem_of(error: errors.SpotifyError) -> PlayerProblem:
    if isinstance(error, errors.BudgetSpent):
        return PlayerProblem.BUDGET
    if isinstance(error, errors.RateLimited):
        return PlayerProblem.BLOCKED
    if isinstance(error, errors.NeedsLogin):
        return PlayerProblem.NEEDS_LOGIN
    if isinstance(error, errors.Unavailable | errors.BadAnswer | errors.TokenExpired):
        return PlayerProblem.UNREACHABLE
    return PlayerProblem.REFUSED
