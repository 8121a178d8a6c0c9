"""The tick finds who is due; each of them is polled by a task of its own.

A tick looks ahead to the next one: a look due in between starts at its moment, so that the end of a
track is seen within about a second though beat ticks every five.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import LockError

from nowplaying import polling, pushing, watching
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener

TICK_SECONDS = 5
POLL_SECONDS = 40  # longer than any time-out of one look
EARLY_SECONDS = 0.2


@shared_task(name="nowplaying.tick", ignore_result=True)
def tick(**_: Any) -> int:
    """Start a poll for everybody due before the next tick; returns how many."""
    now = timezone.now()
    horizon = now + timedelta(seconds=TICK_SECONDS)
    due = Q(playback__isnull=True) | Q(playback__due_at__lt=horizon)
    found = Listener.objects.connected().filter(due).values_list("pk", "playback__due_at")
    for pk, due_at in found:
        wait_seconds = max(0.0, (due_at - now).total_seconds()) if due_at else 0.0
        poll.apply_async((pk,), countdown=wait_seconds, expires=wait_seconds + TICK_SECONDS)
    return len(found)


@shared_task(name="nowplaying.poll", ignore_result=True)
def poll(listener_pk: int, *, at_once: bool = False, **_: Any) -> bool:
    """One look at one player, unless another task is looking; says whether it looked."""
    lock = clients.redis_client().lock(f"polling:{listener_pk}", timeout=POLL_SECONDS)
    if not lock.acquire(blocking=False):
        return False
    try:
        return look(listener_pk, at_once=at_once)
    finally:
        with suppress(LockError):  # it ran out during a very slow look, and may be another's now
            lock.release()


def look(listener_pk: int, *, at_once: bool) -> bool:
    listener = Listener.objects.connected().filter(pk=listener_pk).first()
    if listener is None or not (at_once or is_due(listener_pk)):
        return False
    playback = polling.poll(
        listener,
        ask=lambda: tokens.ask(listener, lambda spotify: spotify.player(), now=timezone.now()),
        event_log=clients.event_log(),
        watched=watching.is_watched(clients.redis_client(), listener_pk),
        clock=timezone.now,
    )
    pushing.push_state(playback, now=timezone.now())
    return True


def is_due(listener_pk: int) -> bool:
    """Another task may have looked since this one was sent."""
    soon = timezone.now() + timedelta(seconds=EARLY_SECONDS)
    return not Playback.objects.filter(pk=listener_pk, due_at__gt=soon).exists()
