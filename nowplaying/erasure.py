"""A part of a history leaves the player's row: what it owes the log, and what it shows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from nowplaying.models import Playback
from nowplaying.snapshots import held_by
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Erased

STAYS = ("listener_id", "due_at", "trouble", "trouble_since", "trouble_count", "version")


@transaction.atomic
def forget_state(listener: Listener, erased: Erased) -> int:
    """How many events it owed, and one for what is shown where that began in that part."""
    row = Playback.objects.select_for_update().filter(listener=listener).first()
    if row is None:
        return 0
    owed = [one for one in row.outbox if not erased.covers(_event(one))]
    count = len(row.outbox) - len(owed)
    if any(erased.covers(one) for one in _shown(row)):
        _show_nothing(row, owed=owed)
        return 1 + count
    if count:
        row.outbox = owed
        row.store()
    return count


@transaction.atomic
def end_state(listener: Listener, *, keeps_owed: bool) -> None:
    """The listener is looked at no more."""
    row = Playback.objects.select_for_update().filter(listener=listener).first()
    if row is not None:
        _show_nothing(row, owed=row.outbox if keeps_owed else [])


def _show_nothing(row: Playback, *, owed: list[dict[str, Any]]) -> None:
    """Until the next look fills it anew; one that is on its way is overtaken."""
    stays = {name: getattr(row, name) for name in STAYS}
    Playback(**stays, outbox=owed).store()


def _shown(row: Playback) -> Iterator[dict[str, Any]]:
    """The item that plays, and one that may go on after a silence."""
    for state in filter(None, (row, held_by(row))):
        if state.item and state.started_at:
            about = {"event_type": "playback", "source": "player", "played_at": state.started_at}
            yield {**state.item, **about}


def _event(told: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: datetime.fromisoformat(told[name])
        for name in ("played_at", "started_at")
        if told.get(name)
    }
    return {**told, **times}
