"""The tick finds who is due; each of them is polled by a task of its own.

A tick plans ahead to the next one: a poll due in between starts at its moment. A poll that makes
the next one due before the tick after it sends that one itself, so that the end of a track is seen
within about a second though beat ticks seldom. Whichever comes second finds nothing due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from nowplaying import live_pages, metrics, outbox, poller
from nowplaying.models import Playback, StaleUpdate
from nowplaying.poll_interval import TICK_SECONDS, PollIntervals
from spotifyweb import clients, locks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.accounts.timezones import zone_of
from spotifyweb.spotify.quota import Quota
from spotifyweb.text import time_in_zone

LOCK_SECONDS = 6  # renewed while the poll lasts; that of a killed one is gone with the next tick
EARLY_SECONDS = 0.2


@shared_task(name="nowplaying.tick", ignore_result=True)
def tick(**_: Any) -> int:
    """Start a poll for everybody due before the next tick; returns how many."""
    now = timezone.now()
    metrics.record_tick(clients.redis_client(), now=now)
    due = Playback.objects.due(by=now + timedelta(seconds=TICK_SECONDS), now=now)
    listeners = Listener.objects.connected().filter(Q(playback__isnull=True) | Q(playback__in=due))
    found = listeners.values_list("pk", "playback__due_at")
    for pk, due_at in found:
        send_poll(pk, due_at or now, now=now)
    if Playback.objects.with_pending_events().exists():
        relay_events.apply_async(expires=TICK_SECONDS)
    return len(found)


def send_poll(listener_pk: int, due_at: datetime, *, now: datetime) -> None:
    """Send a poll for that moment; it expires after the tick that follows."""
    wait_seconds = min(TICK_SECONDS, max(0.0, (due_at - now).total_seconds()))
    poll.apply_async((listener_pk,), countdown=wait_seconds, expires=wait_seconds + TICK_SECONDS)


@shared_task(name="nowplaying.poll", ignore_result=True)
def poll(listener_pk: int, *, at_once: bool = False, **_: Any) -> bool:
    """Poll one player, unless another task does; returns whether it did."""
    try:
        with locks.lock(f"polling:{listener_pk}", LOCK_SECONDS):
            playback = poll_player(listener_pk, at_once=at_once)
    except (locks.LockHeld, StaleUpdate):
        return False
    if playback is not None:
        schedule_next(playback)
    return playback is not None


def poll_player(listener_pk: int, *, at_once: bool) -> Playback | None:
    listener = Listener.objects.connected().filter(pk=listener_pk).first()
    if listener is None or not (at_once or is_due(listener_pk)):
        return None
    cache, began = clients.redis_client(), timezone.now()
    playback = poller.poll(
        listener,
        ask=lambda: tokens.call_spotify(
            listener, lambda spotify: spotify.player(), now=timezone.now()
        ),
        event_log=clients.event_log(),
        cache=cache,
        watched=live_pages.is_watched(cache, listener_pk),
        clock=timezone.now,
        intervals=poll_intervals_of(listener),
    )
    has_changed = playback.changed_at is not None and playback.changed_at >= began
    if has_changed or live_pages.is_watched(cache, listener_pk):
        live_pages.push_state(playback, now=timezone.now())
    outbox.relay_unless_down(playback, clients.event_log(), cache)
    return playback


def poll_intervals_of(listener: Listener) -> PollIntervals:
    """Return how often to poll this listener's player: less when their calls run low."""
    intervals: PollIntervals = settings.NOW_PLAYING
    is_low = clients.spotify_quota().is_low(listener.user_id, now=timezone.now())
    return intervals.sparing() if is_low else intervals


def schedule_next(playback: Playback) -> None:
    """Send the poll that the next tick would send too late."""
    now = timezone.now()
    if playback.due_at < now + timedelta(seconds=TICK_SECONDS):
        send_poll(playback.listener_id, playback.due_at, now=now)


def is_due(listener_pk: int) -> bool:
    """Return whether a poll is still due: another task may have made it meanwhile."""
    if not Playback.objects.filter(pk=listener_pk).exists():
        return True
    now = timezone.now()
    soon = now + timedelta(seconds=EARLY_SECONDS)
    return Playback.objects.filter(pk=listener_pk).due(by=soon, now=now).exists()


@shared_task(name="nowplaying.pay", ignore_result=True)
def relay_events(**_: Any) -> int:
    """Append events that the log did not take when they happened; no poll waits for this."""
    try:
        with locks.lock("paying the log"):
            return outbox.relay_all(clients.event_log(), clients.redis_client())
    except locks.LockHeld:
        return 0


@shared_task(name="nowplaying.keep_counts", ignore_result=True)
def store_calls(**_: Any) -> int:
    """Store today's counts of calls from Valkey in the database; returns how many rows."""
    return metrics.store_calls(clients.spotify_quota(), now=timezone.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    accepted: bool
    message: str


def request_poll(
    listener: Listener, *, quota: Quota, now: datetime, holds: timedelta
) -> PollRequest:
    """Send a poll unless Spotify must not be asked; the message is for the listener."""
    if listener.connection != Connection.CONNECTED:
        return PollRequest(accepted=False, message=gettext("Log in with Spotify again."))
    blocked_until = quota.blocked_until("player")
    if blocked_until and blocked_until > now:
        until = time_in_zone(blocked_until, zone_of(listener), now=now)
        return PollRequest(
            accepted=False,
            message=gettext("Spotify asked us to wait until %(until)s.") % {"until": until},
        )
    if not quota.has_room("player", user_id=listener.user_id, now=now):
        return PollRequest(
            accepted=False, message=gettext("Today's limit of Spotify requests is reached.")
        )
    if Playback.objects.filter(listener=listener, observed_at__gt=now - holds).exists():
        return PollRequest(accepted=True, message=gettext("Already up to date."))
    poll.apply_async((listener.pk,), {"at_once": True}, expires=10)
    return PollRequest(accepted=True, message=gettext("Refreshing…"))
