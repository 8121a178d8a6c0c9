"""Leave suppressed data that the published build still holds out of pages, API and exports."""

from collections.abc import Iterator
from dataclasses import replace

from django.db import connection

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.duplicates.observations import MergedPlay
from spotifyweb.dashboards.stats.search import SearchResults
from spotifyweb.privacy import suppression
from spotifyweb.warehouse import Row


def without_pending_erasure(listener: Listener, plays: list[Row]) -> list[Row]:
    """Return the plays without those under erasure."""
    return suppression.unsuppressed_rows(plays, suppression.pending_suppressions(listener))


def filter_search(listener: Listener, results: SearchResults) -> SearchResults:
    """Return search results without plays under erasure."""
    return replace(results, plays=without_pending_erasure(listener, results.plays))


def filter_observations(listener: Listener, events: list[Row]) -> list[Row]:
    """Return the events without those under erasure."""
    erased = suppression.pending_suppressions(listener)
    return [row for row in events if not any(pending.matches(row) for pending in erased)]


def filter_merged(listener: Listener, plays: list[MergedPlay]) -> list[MergedPlay]:
    """Return the merged plays that still have several observations."""
    left = [
        replace(play, observations=filter_observations(listener, play.observations))
        for play in plays
    ]
    return [play for play in left if len(play.observations) > 1]


class ListenerGone(Exception):
    """The listener of a running export was erased or blocked."""


def stream_allowed(listener: Listener, months: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Yield the months of an export without plays whose erasure was requested meanwhile.

    Raises ListenerGone, so that no part is taken for the whole. Runs in a thread of its own, so it
    closes the database connection itself.
    """
    for month in months:
        try:
            if not Listener.objects.filter(pk=listener.pk, is_active=True).exists():
                raise ListenerGone("the export was cancelled: its listener is gone")
            rows = without_pending_erasure(listener, month)
        finally:
            if not connection.in_atomic_block:
                connection.close()
        if rows:
            yield rows
