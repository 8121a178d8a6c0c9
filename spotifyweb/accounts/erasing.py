"""Erasing: somebody who leaves, and a play, a period or a source of somebody who stays.

What is asked becomes an order; a worker carries it out (`carrying_out`). From the moment of asking
nothing of it lands any more, and readers of the listener's own lists do not see it.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from celery import current_app
from django.db import models, transaction
from kombu.exceptions import OperationalError

from spotifyweb.accounts import carrying_out, signals
from spotifyweb.accounts.models import Connection, Erasure, Listener, Order, Token
from spotifyweb.accounts.previewing import Preview

log = logging.getLogger(__name__)

FROM_SPOTIFY = ("player", "recently_played", "saved_tracks")  # sources that came through the API


class Choice(models.TextChoices):
    KEEP = "keep", "Keep everything"
    SPOTIFY = "spotify", "Erase what came from Spotify"
    EVERYTHING = "everything", "Erase everything"


def ask(preview: Preview) -> Order:
    """Give the order that was looked at: its mark is in force at once, a worker does the rest."""
    preview.order.save()
    send(preview.order)
    return preview.order


def leave(listener: Listener, choice: Choice, *, now: datetime) -> Order | None:
    """Disconnect, and order what was chosen; None where everything is kept."""
    order = depart(listener, choice, now=now)
    log.info("listener %s left: %s", listener.pk, choice)
    if order is not None:
        send(order)
    return order


def leave_at_once(
    listener: Listener, choice: Choice, *, clock: Callable[[], datetime]
) -> dict[str, int]:
    """The same without a worker; returns what was removed, in words."""
    order = depart(listener, choice, now=clock())
    if order is None:
        return {}
    carrying_out.perform(order, clock=clock)
    counts: Counter[str] = Counter()
    for step in order.steps.values():
        counts.update(step["counts"])
    return dict(counts)


def depart(listener: Listener, choice: Choice, *, now: datetime) -> Order | None:
    """Pages close before a worker begins; where they cannot be told, leaving goes on."""
    order = disconnected(listener, choice, now=now)
    keeps_history = choice == Choice.KEEP
    signals.departed.send_robust(sender=Listener, listener=listener, keeps_history=keeps_history)
    return order


@transaction.atomic
def disconnected(listener: Listener, choice: Choice, *, now: datetime) -> Order | None:
    tokens, _ = Token.objects.filter(listener=listener).delete()
    listener.connection = Connection.DISCONNECTED
    listener.consented_at = None
    order = None
    if choice != Choice.KEEP:
        listener.image_url = listener.spotify_id = ""
        is_all = choice == Choice.EVERYTHING
        order = Order.objects.create(
            kind=choice, asked_at=now, listener=None if is_all else listener
        )
        order.note("account", {"Spotify tokens": tokens}, at=now)
        for source in ("",) if is_all else FROM_SPOTIFY:
            remember(listener.user_id, order, source=source, before=now)
    if choice == Choice.EVERYTHING:
        listener.is_active = False
    listener.save()
    return order


def remember(user_id: str, order: Order, *, source: str, before: datetime) -> None:
    Erasure.objects.update_or_create(
        user_id=user_id, source=source, defaults={"before": before, "order": order}
    )


def lift(order: Order, *, now: datetime) -> None:
    """What the mark kept out may come again: by an import, or where Spotify still tells it."""
    order.lifted_at, order.items, order.salt = now, [], ""
    order.save(update_fields=["lifted_at", "items", "salt"])
    signals.mark_lifted.send(sender=Listener, listener=order.listener)


def send(order: Order) -> None:
    """Ask a worker; without a broker the next round takes it up."""
    try:
        current_app.send_task("accounts.erase", kwargs={"order_pk": order.pk})
    except OperationalError as error:
        log.warning("order %s waits for the next round: %s", order.pk, error)
