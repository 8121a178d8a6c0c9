"""A part of a history leaves the player's row: what it owes the log, and what it shows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from nowplaying.looking import held_by
from nowplaying.models import Playback
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Erased


@transaction.atomic
def forget_state(listener: Listener, erased: Erased) -> int:
    """How many events it owed, and the row itself where what plays began in that part.

    The next look makes the row anew.
    """
    row = Playback.objects.select_for_update().filter(listener=listener).first()
    if row is None:
        return 0
    if any(erased.covers(one) for one in _shown(row)):
        row.delete()
        return 1 + len(row.outbox)
    owed = [one for one in row.outbox if not erased.covers(_event(one))]
    count = len(row.outbox) - len(owed)
    if count:
        row.outbox = owed
        row.store()
    return count


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
