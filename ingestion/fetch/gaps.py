"""Gaps: periods in which plays may be missing.

A fetch that fails for hours, a lapsed consent or a full page opens a gap. A later page that
overlaps what is known, or an import that covers it wholly, fills it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from ingestion.models import OUTAGE, Cursor, Gap
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify import errors

Period = tuple[datetime, datetime]  # first and last moment


def record_failure(cursor: Cursor, error: Exception, *, now: datetime) -> None:
    """Open or extend a gap once fetches have failed, or will fail, for hours."""
    since = cursor.known_until
    waits = timedelta(seconds=getattr(error, "retry_after_seconds", 0))
    quiet = now + waits - (cursor.fetched_at or now)
    if since is None or (quiet < OUTAGE and not isinstance(error, errors.NeedsLogin)):
        return
    _save_gap(cursor, since, now, gap_reason(error), Gap.Status.POSSIBLE)


@transaction.atomic
def extend_lapsed_gaps(*, now: datetime) -> None:
    """Extend the gaps of listeners who have to log in again; nobody fetches for them meanwhile.

    A login waits for this transaction, so that the page which it fetches finds the gap.
    """
    plays = Cursor.objects.filter(stream=Cursor.Stream.RECENTLY_PLAYED)
    lapsed = plays.filter(listener__connection=Connection.NEEDS_LOGIN)
    for cursor in lapsed.select_related("listener").select_for_update():
        if since := cursor.known_until:
            _save_gap(cursor, since, now, Gap.Reason.NEEDS_LOGIN, Gap.Status.POSSIBLE)


def record_page(cursor: Cursor, *, oldest: datetime | None, now: datetime) -> None:
    """Fill or open gaps by a fetched page; call it before the cursor moves.

    `oldest` is the time of the page's oldest play where the page was full, else None.
    """
    since = cursor.known_until
    if since is None:
        cursor.known_since = oldest or now
        return
    was_out = cursor.is_out(now=now)
    possible = Gap.objects.filter(
        listener=cursor.listener, starts_at=since, status=Gap.Status.POSSIBLE
    )
    if oldest is None or oldest <= since:
        filled = possible.update(status=Gap.Status.FILLED, ends_at=now)
        if was_out and not filled:
            _save_gap(cursor, since, now, Gap.Reason.OFFLINE, Gap.Status.FILLED)
    elif not possible.update(ends_at=oldest):
        reason = Gap.Reason.OFFLINE if was_out else Gap.Reason.FULL_PAGE
        _save_gap(cursor, since, oldest, reason, Gap.Status.POSSIBLE)


def fill_from_import(listener: Listener, covered: Iterable[Period]) -> int:
    """Mark gaps that an import covers wholly as filled; return how many.

    A gap that is covered in part stays open: what is missing may lie in the rest.
    """
    possible = Gap.objects.filter(listener=listener, status=Gap.Status.POSSIBLE)
    return sum(
        possible.filter(starts_at__gte=first_at, ends_at__lte=last_at).update(
            status=Gap.Status.FILLED
        )
        for first_at, last_at in covered
    )


def gap_reason(error: Exception) -> Gap.Reason:
    """Return the reason that a fetch's error stands for."""
    if isinstance(error, errors.NeedsLogin):
        return Gap.Reason.NEEDS_LOGIN
    return Gap.Reason.BLOCKED if isinstance(error, errors.RateLimited) else Gap.Reason.OFFLINE


def _save_gap(
    cursor: Cursor, starts_at: datetime, ends_at: datetime, reason: Gap.Reason, status: Gap.Status
) -> None:
    Gap.objects.update_or_create(
        listener=cursor.listener,
        starts_at=starts_at,
        reason=reason,
        defaults={"ends_at": ends_at, "status": status},
    )
