"""Who comes in with Spotify sees their plays soon, not only after the next full hour."""

import logging
from datetime import timedelta

from celery import current_app
from django.dispatch import receiver
from django.utils import timezone
from kombu.exceptions import OperationalError

from ingestion.models import Cursor
from spotifyweb.accounts.models import Listener
from spotifyweb.signals import listener_connected

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)


@receiver(listener_connected)
def welcome(listener: Listener, **_: object) -> None:
    """Ask a worker to fetch, unless it was done just now. A broker that is away stops nobody."""
    fresh_from = timezone.now() - FRESH
    if Cursor.objects.filter(listener=listener, fetched_at__gt=fresh_from).exists():
        return
    order = {"listener_pk": listener.pk, "at_once": True}
    try:
        current_app.send_task("ingestion.produce_listener", kwargs=order)
    except OperationalError as error:
        log.warning("nothing was fetched for the new login of %s: %s", listener.pk, error)
