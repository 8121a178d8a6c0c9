"""Suppressed events: what listeners erased and no import or fetch may bring back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from spotifyweb.accounts.models import Listener
from spotifyweb.events import Event
from spotifyweb.lake import Suppression
from spotifyweb.lake.suppression import COLUMNS
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest

Row = dict[str, Any]


def active_suppressions() -> list[Suppression]:
    """Return every listener's suppressions: erased accounts, and requests that are not lifted."""
    accounts = [
        Suppression(user_id=account.user_id, source=account.source, before=account.before)
        for account in ErasedAccount.objects.all()
    ]
    return accounts + [
        suppression_of(erasure) for erasure in active_requests().select_related("listener")
    ]


def last_account_erasure() -> datetime | None:
    """Return when an account was last erased for good: since then nothing here names its owner."""
    accounts = ErasureRequest.objects.exclude(kind__in=ErasureRequest.SUPPRESSING)
    erased_at: datetime | None = accounts.aggregate(at=Max("second_pass_at"))["at"]
    return erased_at


def active_requests() -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(
        kind__in=ErasureRequest.SUPPRESSING, lifted_at=None, listener__isnull=False
    )


def suppression_of(erasure: ErasureRequest) -> Suppression:
    """Return what a request for a play, a period or a source suppresses."""
    assert erasure.listener is not None, "it is deleted with its listener"
    return Suppression(
        user_id=erasure.listener.user_id,
        source=erasure.source,
        since=erasure.since,
        until=erasure.until,
        began=erasure.began,
        device_started_at=erasure.device_started_at,
        salt=erasure.salt,
        items=frozenset(erasure.items),
    )


def pending_suppressions(listener: Listener) -> list[Suppression]:
    """Return what the published build still holds and pages must not show any more."""
    requests = active_requests().filter(listener=listener, done_at=None)
    return [suppression_of(erasure) for erasure in requests]


def suppression_filter(listener: Listener) -> Callable[[Event], bool]:
    """Return a predicate for the listener's events that must not reach the event log."""
    suppressions = [
        suppression_of(erasure) for erasure in active_requests().filter(listener=listener)
    ]
    return lambda event: any(erased.matches(_event_row(event)) for erased in suppressions)


def _event_row(event: Event) -> Row:
    return {name: getattr(event, name, None) for name in COLUMNS}


def unsuppressed_rows(rows: Sequence[Row], suppressions: Sequence[Suppression]) -> list[Row]:
    """Return rows of gold or silver that are not erased, or reported by another source too."""
    return [
        row
        for row in rows
        if not any(erased.matches(_as_event_row(row)) for erased in suppressions)
    ]


def _as_event_row(row: Row) -> Row:
    sources = row.get("sources") or row.get("source")
    return {
        **row,
        "track_id": row.get("release_track_id") or row.get("track_id"),  # as in events
        "event_type": row.get("event_type") or "play",
        "source": sources,
        "played_at": row["ended_at"],
        "ms_played": row.get("heard_ms"),
    }
