"""Erasure requests: to close an account, or to erase a play, a period or a source.

A worker executes a request (`execution`). From its creation on, the sink drops its events and the
listener's own lists hide them.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import current_app
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from spotifyweb import signals
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.privacy import execution, registry
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from spotifyweb.privacy.preview import Preview

log = logging.getLogger(__name__)


class Retention(models.TextChoices):
    """What stays of a listener who disconnects."""

    KEEP = "keep", _("Keep everything")
    SPOTIFY = "spotify", _("Erase what came from Spotify")
    EVERYTHING = "everything", _("Erase everything")


def submit(preview: Preview) -> ErasureRequest:
    """Save the request that was previewed: it suppresses at once, and a worker executes it."""
    preview.request.save()
    _enqueue(preview.request)
    return preview.request


def close_account(listener: Listener, choice: Retention, *, now: datetime) -> ErasureRequest | None:
    """Disconnect the listener and request their erasure; returns None where everything is kept."""
    erasure = disconnect(listener, choice, now=now)
    log.info("listener %s disconnected: %s", listener.pk, choice)
    if erasure is not None:
        _enqueue(erasure)
    return erasure


def close_account_now(
    listener: Listener, choice: Retention, *, clock: Callable[[], datetime]
) -> dict[str, int]:
    """Disconnect and erase without a worker; returns what was removed, in words."""
    erasure = disconnect(listener, choice, now=clock())
    if erasure is None:
        return {}
    execution.first_pass(erasure, clock=clock)
    return erasure.removed


def disconnect(listener: Listener, choice: Retention, *, now: datetime) -> ErasureRequest | None:
    """Disconnect and close open pages before a worker begins; a failing receiver stops nothing."""
    erasure = _disconnect(listener, choice, now=now)
    signals.listener_disconnected.send_robust(
        sender=Listener, listener=listener, keeps_history=choice == Retention.KEEP
    )
    return erasure


@transaction.atomic
def _disconnect(listener: Listener, choice: Retention, *, now: datetime) -> ErasureRequest | None:
    tokens, _ = Token.objects.filter(listener=listener).delete()
    listener.connection = Connection.DISCONNECTED
    listener.consented_at = None
    erasure = None
    if choice != Retention.KEEP:
        listener.image_url = listener.spotify_id = ""
        is_all = choice == Retention.EVERYTHING
        erasure = ErasureRequest.objects.create(
            kind=choice, asked_at=now, listener=None if is_all else listener
        )
        erasure.record_step("account", {"Spotify tokens": tokens}, at=now)
        for source in ("",) if is_all else registry.spotify_sources():
            _record_erased_account(listener.user_id, erasure, source=source, before=now)
    if choice == Retention.EVERYTHING:
        listener.is_active = False
    listener.save()
    return erasure


def _record_erased_account(
    user_id: str, erasure: ErasureRequest, *, source: str, before: datetime
) -> None:
    ErasedAccount.objects.update_or_create(
        user_id=user_id, source=source, defaults={"before": before, "request": erasure}
    )


def lift_suppression(erasure: ErasureRequest, *, now: datetime) -> None:
    """Allow what was erased again: by an import, or where Spotify still returns it."""
    erasure.lifted_at, erasure.items, erasure.salt = now, [], ""
    erasure.save(update_fields=["lifted_at", "items", "salt"])
    signals.suppression_lifted.send(sender=Listener, listener=erasure.listener)


def _enqueue(erasure: ErasureRequest) -> None:
    """Queue the execution; without a broker the next round of the schedule resumes it."""
    try:
        current_app.send_task("accounts.erase", kwargs={"order_pk": erasure.pk})
    except OperationalError as error:
        log.warning("erasure request %s was not queued; it waits: %s", erasure.pk, error)
