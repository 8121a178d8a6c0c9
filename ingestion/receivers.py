"""What the pipeline does when a listener logs in or another app comes across tracks."""

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.dispatch import receiver
from django.utils import timezone
from kombu.exceptions import OperationalError

from ingestion.fetch import catalogue
from ingestion.models import Cursor, MessageAddress
from spotifyweb import signals
from spotifyweb.accounts import token_store
from spotifyweb.accounts.models import Listener
from spotifyweb.signals import listener_connected
from spotifyweb.spotify.payloads import TrackDetails

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)


@receiver(listener_connected)
def fetch_after_login(listener: Listener, **_: object) -> None:
    """Ask a worker to fetch, unless it did so just now. A broker that is down stops no login."""
    fresh_from = timezone.now() - FRESH
    if Cursor.objects.filter(listener=listener, fetched_at__gt=fresh_from).exists():
        return
    arguments = {"listener_pk": listener.pk, "at_once": True}
    try:
        current_app.send_task("ingestion.produce_listener", kwargs=arguments)
    except OperationalError as error:
        log.warning("could not queue a fetch for the login of listener %s: %s", listener.pk, error)


@receiver(signals.keys_rotated)
def rotate_addresses(**_: object) -> int:
    """Encrypt the listeners' addresses for messages with the first key."""
    addresses = list(MessageAddress.objects.all())
    for address in addresses:
        address.encrypted = token_store.rotate(address.encrypted)
        address.save(update_fields=["encrypted"])
    return len(addresses)


@receiver(signals.tracks_seen)
def store_seen_tracks(tracks: list[TrackDetails], now: datetime, **_: object) -> None:
    """Store tracks that another app came across: they cost no call."""
    catalogue.store_tracks(tracks, now=now)
