"""Marks: what listeners had erased and must not come back, as the lake understands it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from spotifyweb.accounts.models import Erasure, Listener, Order
from spotifyweb.events import Event
from spotifyweb.lake import Suppression
from spotifyweb.lake.suppression import COLUMNS

Row = dict[str, Any]


def in_force() -> list[Suppression]:
    """Of everybody: what those who left had erased, and the marks that were not lifted."""
    gone = [
        Suppression(user_id=one.user_id, source=one.source, before=one.before)
        for one in Erasure.objects.all()
    ]
    return gone + [of(order) for order in marks().select_related("listener")]


def marks() -> QuerySet[Order]:
    return Order.objects.filter(kind__in=Order.MARKS, lifted_at=None, listener__isnull=False)


def of(order: Order) -> Suppression:
    """What a mark keeps out."""
    assert order.listener is not None, "a mark goes with its listener"
    return Suppression(
        user_id=order.listener.user_id,
        source=order.source,
        since=order.since,
        until=order.until,
        began=order.began,
        device_started_at=order.device_started_at,
        salt=order.salt,
        items=frozenset(order.items),
    )


def being_erased(listener: Listener) -> list[Suppression]:
    """What is still in the published build and must not be shown any more."""
    return [of(order) for order in marks().filter(listener=listener, done_at=None)]


def keeper_out(listener: Listener) -> Callable[[Event], bool]:
    """Whether an event of theirs is kept out: then it need not reach the log at all."""
    erased = [of(order) for order in marks().filter(listener=listener)]
    return lambda event: any(one.matches(_of_event(event)) for one in erased)


def _of_event(event: Event) -> Row:
    return {name: getattr(event, name, None) for name in COLUMNS}


def without(rows: Sequence[Row], erased: Sequence[Suppression]) -> list[Row]:
    """Rows of gold or silver without the erased ones; those told by another source too stay."""
    return [row for row in rows if not any(one.matches(_told(row)) for one in erased)]


def _told(row: Row) -> Row:
    sources = row.get("sources") or row.get("source")
    return {
        **row,
        "track_id": row.get("release_track_id") or row.get("track_id"),  # as events name it
        "event_type": row.get("event_type") or "play",
        "source": sources,
        "played_at": row["ended_at"],
        "ms_played": row.get("heard_ms"),
    }
