"""Snapshots of listeners' decisions for the next build; each change requests a build."""

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
from spotifyweb.dashboards.models import Correction, ExclusionRule, HouseholdMember, Separation

log = logging.getLogger(__name__)

BUILD_DELAY_SECONDS = 5  # so that decisions made together need one build


@receiver(signals.snapshots_requested)
def snapshots(**_: object) -> dict[str, Iterator[dict[str, Any]]]:
    return {
        "rules": _exclusion_rules(),
        "housemates": _household_members(),
        "separations": _separations(),
        "corrections": _corrections(),
    }


def _exclusion_rules() -> Iterator[dict[str, Any]]:
    """Yield the rules that are on, hours as two numbers, so that no engine has to parse `22-6`."""
    for rule in ExclusionRule.objects.filter(is_on=True).select_related("listener").order_by("pk"):
        is_hours = rule.kind == ExclusionRule.Kind.HOURS
        first, last = conditions.parse_hours(rule.value) if is_hours else (None, None)
        yield {
            "user_id": rule.listener.user_id,
            "kind": rule.kind,
            "value": rule.value,
            "from_hour": first,
            "until_hour": last,
        }


def _household_members() -> Iterator[dict[str, Any]]:
    members = HouseholdMember.objects.filter(listener__is_active=True).order_by("pk")
    for member in members.values("joined_at", user_id=F("listener__user_id")):
        yield dict(member)


def _separations() -> Iterator[dict[str, Any]]:
    names = ("first_event_id", "second_event_id", "decided_at")
    pairs = Separation.objects.order_by("pk")
    yield from pairs.values(*names, user_id=F("listener__user_id")).iterator()


def _corrections() -> Iterator[dict[str, Any]]:
    names = ("kind", "action", "subject", "other", "decided_at")
    corrections = Correction.objects.order_by("pk")
    yield from corrections.values(*names, user_id=F("listener__user_id")).iterator()


@receiver(signals.listeners_simulated)
def join_simulated(listeners: Iterable[Listener], now: datetime, **_: object) -> None:
    """Add simulated listeners to the household in bulk, so that no build is requested."""
    members = [HouseholdMember(listener=listener, joined_at=now) for listener in listeners]
    HouseholdMember.objects.bulk_create(members, ignore_conflicts=True)


@receiver(post_save, sender=ExclusionRule)
@receiver(post_delete, sender=ExclusionRule)
@receiver(post_save, sender=HouseholdMember)
@receiver(post_delete, sender=HouseholdMember)
@receiver(post_save, sender=Correction)
@receiver(post_delete, sender=Correction)
@receiver(post_save, sender=Separation)
@receiver(post_delete, sender=Separation)
def request_build(**_: object) -> None:
    """Request a build that applies the decision."""
    transaction.on_commit(_send_transform)


def _send_transform() -> None:
    since = timezone.now().isoformat()
    try:
        current_app.send_task(
            "ingestion.transform", kwargs={"since": since}, countdown=BUILD_DELAY_SECONDS
        )
    except OperationalError as error:
        # Redis is down: the decision is stored, and a later build reads it.
        log.warning("could not request a build: %s", error)
