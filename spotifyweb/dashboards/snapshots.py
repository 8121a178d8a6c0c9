"""What listeners decided on these pages, for the next build to read; each change asks for one."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone
from kombu.exceptions import OperationalError

from spotifyweb import signals
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions import conditions
from spotifyweb.dashboards.models import Correction, Housemate, Rule, Separation

log = logging.getLogger(__name__)

AT_ONCE_SECONDS = 5  # who decides one thing often decides another: one build for both


@receiver(signals.snapshots_requested)
def snapshots(**_: object) -> dict[str, Iterator[dict[str, Any]]]:
    return {
        "rules": _rules(),
        "housemates": _housemates(),
        "separations": _separations(),
        "corrections": _corrections(),
    }


def _rules() -> Iterator[dict[str, Any]]:
    """Those that are on; hours as two numbers, so that no engine has to read `22-6`."""
    for rule in Rule.objects.filter(is_on=True).select_related("listener").order_by("pk"):
        is_hours = rule.kind == Rule.Kind.HOURS
        first, last = conditions.hours(rule.value) if is_hours else (None, None)
        yield {
            "user_id": rule.listener.user_id,
            "kind": rule.kind,
            "value": rule.value,
            "from_hour": first,
            "until_hour": last,
        }


def _housemates() -> Iterator[dict[str, Any]]:
    mates = Housemate.objects.filter(listener__is_active=True).order_by("pk")
    for mate in mates.values("joined_at", user_id=F("listener__user_id")):
        yield dict(mate)


def _separations() -> Iterator[dict[str, Any]]:
    names = ("first_event_id", "second_event_id", "decided_at")
    pairs = Separation.objects.order_by("pk")
    yield from pairs.values(*names, user_id=F("listener__user_id")).iterator()


def _corrections() -> Iterator[dict[str, Any]]:
    names = ("kind", "action", "subject", "other", "decided_at")
    corrections = Correction.objects.order_by("pk")
    yield from corrections.values(*names, user_id=F("listener__user_id")).iterator()


@receiver(signals.listeners_simulated)
def join(listeners: Iterable[Listener], now: datetime, **_: object) -> None:
    """Invented people are of the house: a demo shows what it is. In bulk, so no build is asked."""
    mates = [Housemate(listener=listener, joined_at=now) for listener in listeners]
    Housemate.objects.bulk_create(mates, ignore_conflicts=True)


@receiver(post_save, sender=Rule)
@receiver(post_delete, sender=Rule)
@receiver(post_save, sender=Housemate)
@receiver(post_delete, sender=Housemate)
@receiver(post_save, sender=Correction)
@receiver(post_delete, sender=Correction)
@receiver(post_save, sender=Separation)
@receiver(post_delete, sender=Separation)
def ask_for_build(**_: object) -> None:
    """Numbers rest on the warehouse: a build takes up what was decided now."""
    transaction.on_commit(_send)


def _send() -> None:
    since = timezone.now().isoformat()
    try:
        current_app.send_task(
            "ingestion.transform", kwargs={"since": since}, countdown=AT_ONCE_SECONDS
        )
    except OperationalError as error:  # Redis is away: the decision stands, a later build reads it
        log.warning("no build was asked for: %s", error)
