"""The tick finds who is due; each of them is polled by a task of its own.

A tick looks ahead to the next one: a look due in between starts at its moment. A look that makes
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

from nowplaying import live_pages, metrics, outbox, poller
from nowplaying.models import Overtaken, Playback
from nowplaying.poll_settings import TICK_SECONDS, Pace
from spotifyweb import clients, locks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.quota import Quota
from spotifyweb.times import time_in_utc

LOCK_SECONDS = 15  # renewed while the look lasts
EARLY_SECONDS = 0.2


@shared_task(name="nowplaying.tick", ignore_result=True)
def tick(**_: Any) -> int:
    """Start a poll for everybody due before the next tick; returns how many."""
    now = timezone.now()
    metrics.note_tick(clients.redis_client(), now=now)
    due = Playback.objects.due(by=now + timedelta(seconds=TICK_SECONDS), now=now)
    wanted = Listener.objects.connected().filter(Q(playback__isnull=True) | Q(playback__in=due))
    found = wanted.values_list("pk", "playback__due_at")
    for pk, due_at in found:
        send(pk, due_at or now, now=now)
    if Playback.objects.owing().exists():
        pay.apply_async(expires=TICK_SECONDS)
    return len(found)


def send(listener_pk: int, due_at: datetime, *, now: datetime) -> None:
    """A poll at that moment, worthless after the tick that follows."""
    wait_seconds = min(TICK_SECONDS, max(0.0, (due_at - now).total_seconds()))
    poll.apply_async((listener_pk,), countdown=wait_seconds, expires=wait_seconds + TICK_SECONDS)


@shared_task(name="nowplaying.poll", ignore_result=True)
def poll(listener_pk: int, *, at_once: bool = False, **_: Any) -> bool:
    """One look at one player, unless another task is looking; says whether it looked."""
    try:
        with locks.held(f"polling:{listener_pk}", LOCK_SECONDS):
            playback = look(listener_pk, at_once=at_once)
    except (locks.Held, Overtaken):
        return False
    if playback is not None:
        follow_up(playback)
    return playback is not None


def look(listener_pk: int, *, at_once: bool) -> Playback | None:
    listener = Listener.objects.connected().filter(pk=listener_pk).first()
    if listener is None or not (at_once or is_due(listener_pk)):
        return None
    playback = poller.poll(
        listener,
        ask=lambda: tokens.ask(listener, lambda spotify: spotify.player(), now=timezone.now()),
        event_log=clients.event_log(),
        cache=clients.redis_client(),
        watched=live_pages.is_watched(clients.redis_client(), listener_pk),
        clock=timezone.now,
        pace=pace_for(listener),
    )
    live_pages.push_state(playback, now=timezone.now())
    outbox.pay_unless_away(playback, clients.event_log(), clients.redis_client())
    return playback


def pace_for(listener: Listener) -> Pace:
    """Return how often to look at this listener's player: less when their calls run low."""
    pace: Pace = settings.NOW_PLAYING
    is_low = clients.spotify_quota().is_low(listener.user_id, now=timezone.now())
    return pace.sparing() if is_low else pace


def follow_up(playback: Playback) -> None:
    """The look that the next tick would send too late."""
    now = timezone.now()
    if playback.due_at < now + timedelta(seconds=TICK_SECONDS):
        send(playback.listener_id, playback.due_at, now=now)


def is_due(listener_pk: int) -> bool:
    """Another task may have looked since this one was sent."""
    if not Playback.objects.filter(pk=listener_pk).exists():
        return True
    now = timezone.now()
    soon = now + timedelta(seconds=EARLY_SECONDS)
    return Playback.objects.filter(pk=listener_pk).due(by=soon, now=now).exists()


@shared_task(name="nowplaying.pay", ignore_result=True)
def pay(**_: Any) -> int:
    """Append what the log did not take when it happened; no look waits for this."""
    try:
        with locks.held("paying the log"):
            return outbox.pay_all(clients.event_log(), clients.redis_client())
    except locks.Held:
        return 0


@shared_task(name="nowplaying.keep_counts", ignore_result=True)
def keep_counts(**_: Any) -> int:
    """Today's counts of calls from Valkey into the database; returns how many rows."""
    return metrics.store_calls(clients.spotify_quota(), now=timezone.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    accepted: bool
    message: str


def request_poll(
    listener: Listener, *, quota: Quota, now: datetime, holds: timedelta
) -> PollRequest:
    """Send a look unless Spotify must not be asked; the message is for the listener."""
    if listener.connection != Connection.CONNECTED:
        return PollRequest(accepted=False, message="Log in with Spotify again to see what plays.")
    blocked_until = quota.blocked_until("player")
    if blocked_until and blocked_until > now:
        until = time_in_utc(blocked_until, now=now)
        return PollRequest(accepted=False, message=f"Spotify asked us to wait until {until}.")
    if not quota.has_room("player", user_id=listener.user_id, now=now):
        return PollRequest(accepted=False, message="Today's limit of calls to Spotify is reached.")
    if Playback.objects.filter(listener=listener, observed_at__gt=now - holds).exists():
        return PollRequest(accepted=True, message="This is from a moment ago.")
    poll.apply_async((listener.pk,), {"at_once": True}, expires=10)
    return PollRequest(accepted=True, message="Looking…")
