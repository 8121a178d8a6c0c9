"""The coverage ledger: periods in which plays may be missing, and whether it turned out so.

A gap starts where we stop knowing (`Cursor.known_until`). It is possible while nobody looks; the
first page that reaches back to there fills it, one that does not leaves it, ending at the page's
oldest play. An archive that tells of all of it fills it later.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from ingestion.history_import.covering import Span
from ingestion.models import OUTAGE, Cursor, Gap
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify import errors


def after_failure(cursor: Cursor, error: Exception, *, now: datetime) -> None:
    """A fetch failed: note a gap once it was so, or will be so, for hours."""
    since = cursor.known_until
    waits = timedelta(seconds=getattr(error, "retry_after_seconds", 0))
    quiet = now + waits - (cursor.fetched_at or now)
    if since is None or (quiet < OUTAGE and not isinstance(error, errors.NeedsLogin)):
        return
    _open(cursor, since, now, reason_of(error), Gap.Status.POSSIBLE)


@transaction.atomic
def while_lapsed(*, now: datetime) -> None:
    """Nobody fetches for those who have to log in again: their gaps grow until they do.

    A login waits for this, so that the page which it brings finds the gap.
    """
    plays = Cursor.objects.filter(stream=Cursor.Stream.RECENTLY_PLAYED)
    lapsed = plays.filter(listener__connection=Connection.NEEDS_LOGIN)
    for cursor in lapsed.select_related("listener").select_for_update():
        if since := cursor.known_until:
            _open(cursor, since, now, Gap.Reason.NEEDS_LOGIN, Gap.Status.POSSIBLE)


def after_page(cursor: Cursor, *, oldest: datetime | None, now: datetime) -> None:
    """A page came; `oldest` is its oldest play where the page was full, else None.

    Call it before the cursor is moved.
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
            _open(cursor, since, now, Gap.Reason.OFFLINE, Gap.Status.FILLED)
    elif not possible.update(ends_at=oldest):
        reason = Gap.Reason.OFFLINE if was_out else Gap.Reason.FULL_PAGE
        _open(cursor, since, oldest, reason, Gap.Status.POSSIBLE)


def after_import(listener: Listener, covered: Iterable[Span]) -> int:
    """An archive told of these stretches whole; returns how many gaps that filled.

    A gap that it tells of in part stays: what is missing may lie in the rest.
    """
    possible = Gap.objects.filter(listener=listener, status=Gap.Status.POSSIBLE)
    return sum(
        possible.filter(starts_at__gte=span.first_at, ends_at__lte=span.last_at).update(
            status=Gap.Status.FILLED
        )
        for span in covered
    )


def reason_of(error: Exception) -> Gap.Reason:
    if isinstance(error, errors.NeedsLogin):
        return Gap.Reason.NEEDS_LOGIN
    return Gap.Reason.BLOCKED if isinstance(error, errors.RateLimited) else Gap.Reason.OFFLINE


def _open(
    cursor: Cursor, starts_at: datetime, ends_at: datetime, reason: Gap.Reason, status: Gap.Status
) -> None:
    Gap.objects.update_or_create(
        listener=cursor.listener,
        starts_at=starts_at,
        reason=reason,
        defaults={"ends_at": ends_at, "status": status},
    )
