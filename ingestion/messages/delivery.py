"""Delivery: what is due, each message once; an address that fails is tried again after an hour."""

import logging
from datetime import datetime, timedelta

import apprise
from django.views.decorators.debug import sensitive_variables

from ingestion.messages import addresses, notices, summary
from ingestion.models import MessageAddress, SentMessage
from ingestion.operations import alerts
from spotifyweb.accounts import token_store

log = logging.getLogger(__name__)

PAUSE = timedelta(hours=1)
KEPT = timedelta(days=400)  # longer than a consent lasts


def send_due(*, now: datetime) -> int:
    """Send all that is due to the admin and to listeners; return how many messages went out."""
    sent = alerts.notify_pending(now=now) + _send_summary(now=now)
    working = MessageAddress.objects.exclude(failed_at__gt=now - PAUSE)
    for address in working.filter(listener__is_active=True).select_related("listener"):
        sent += _send_notices(address, now=now)
    SentMessage.objects.filter(sent_at__lt=now - KEPT).delete()
    return sent


def _send_summary(*, now: datetime) -> int:
    notice = summary.daily_summary(now=now)
    if notice is None or _is_sent(notice) or alerts.is_quiet_hour(now=now):
        return 0
    if not alerts.send(notice.title, notice.text, is_firing=False):
        return 0
    SentMessage.objects.create(key=notice.key, sent_at=now)
    return 1


def _send_notices(address: MessageAddress, *, now: datetime) -> int:
    count = 0
    for notice in notices.notices(address, now=now):
        if _is_sent(notice):
            continue
        if not send(address, notice.title, notice.text):
            address.failed_at = now
            address.save(update_fields=["failed_at"])
            break
        SentMessage.objects.create(listener=address.listener, key=notice.key, sent_at=now)
        count += 1
    if count and address.failed_at:
        address.failed_at = None
        address.save(update_fields=["failed_at"])
    return count


def _is_sent(notice: notices.Notice) -> bool:
    return SentMessage.objects.filter(key=notice.key).exists()


@sensitive_variables("url", "plugin")
def send(address: MessageAddress, title: str, text: str) -> bool:
    """Send a message to a listener's address; return whether the service took it.

    The host is checked again: its name may lead elsewhere by now.
    """
    try:
        url = token_store.decrypt(address.encrypted)
        plugin, _ = addresses.open_address(url)
    except (token_store.KeyLost, addresses.AddressRefused) as error:
        log.warning("no message to listener %s: %s", address.listener_id, error)
        return False
    return bool(plugin.notify(body=text, title=title, notify_type=apprise.NotifyType.INFO))
