"""What its listener had erased is not shown while the published build still holds it."""

from collections.abc import Iterator
from dataclasses import replace

from django.db import connection

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.duplicates.observations import Merged
from spotifyweb.dashboards.stats.search import Found
from spotifyweb.privacy import suppression
from spotifyweb.warehouse import Row


def kept(listener: Listener, plays: list[Row]) -> list[Row]:
    """These plays without those that are being erased."""
    return suppression.unsuppressed_rows(plays, suppression.pending_suppressions(listener))


def found(listener: Listener, found: Found) -> Found:
    return replace(found, plays=kept(listener, found.plays))


def tellings(listener: Listener, events: list[Row]) -> list[Row]:
    """These events without those that are being erased."""
    erased = suppression.pending_suppressions(listener)
    return [row for row in events if not any(one.matches(row) for one in erased)]


def merged(listener: Listener, plays: list[Merged]) -> list[Merged]:
    """Those that are still told of more than once."""
    left = [replace(one, tellings=tellings(listener, one.tellings)) for one in plays]
    return [one for one in left if len(one.tellings) > 1]


class ListenerGone(Exception):
    """The listener of a running export was erased or locked out."""


def still_theirs(listener: Listener, months: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Month by month: an export that goes on leaves out what is asked for meanwhile. Raises
    ListenerGone, so that no part is taken for the whole. Asked from a thread of its own, whose
    connection nobody else would close.
    """
    for month in months:
        try:
            if not Listener.objects.filter(pk=listener.pk, is_active=True).exists():
                raise ListenerGone("their export breaks off")
            rows = kept(listener, month)
        finally:
            if not connection.in_atomic_block:
                connection.close()
        if rows:
            yield rows
