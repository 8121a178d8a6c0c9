"""Erasure from the player's row: events in its outbox, and the item it shows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from nowplaying.models import Playback
from nowplaying.snapshots import paused_row
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Suppression

KEPT_FIELDS = ("listener_id", "due_at", "trouble", "trouble_since", "trouble_count", "version")


@transaction.atomic
def erase_from_state(listener: Listener, erased: Suppression) -> int:
    """Erase events and items that `erased` covers. Returns their number."""
    row = Playback.objects.select_for_update().filter(listener=listener).first()
    if row is None:
        return 0
    outbox = [event for event in row.outbox if not erased.matches(_with_times(event))]
    count = len(row.outbox) - len(outbox)
    if any(erased.matches(item) for item in _visible_items(row)):
        _reset(row, outbox=outbox)
        return 1 + count
    if count:
        row.outbox = outbox
        row.store()
    return count


@transaction.atomic
def clear_state(listener: Listener, *, keeps_outbox: bool) -> None:
    """Show nothing of this listener any more; what waits for the log may stay."""
    row = Playback.objects.select_for_update().filter(listener=listener).first()
    if row is not None:
        _reset(row, outbox=row.outbox if keeps_outbox else [])


def _reset(row: Playback, *, outbox: list[dict[str, Any]]) -> None:
    """Empty the row until the next poll; one that is running becomes stale."""
    kept = {name: getattr(row, name) for name in KEPT_FIELDS}
    Playback(**kept, outbox=outbox).store()


def _visible_items(row: Playback) -> Iterator[dict[str, Any]]:
    """Yield the item that plays, and one that may go on after a silence."""
    for state in filter(None, (row, paused_row(row))):
        if state.item and state.started_at:
            about = {"event_type": "playback", "source": "player", "played_at": state.started_at}
            yield {**state.item, **about}


def _with_times(event: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: datetime.fromisoformat(event[name])
        for name in ("played_at", "started_at")
        if event.get(name)
    }
    return {**event, **times}
