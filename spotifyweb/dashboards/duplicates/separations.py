"""Plays that were merged and were two: what a listener decided, and how far builds follow."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.duplicates import observations
from spotifyweb.dashboards.duplicates.observations import Pair
from spotifyweb.dashboards.models import Separation
from spotifyweb.lake import Suppression
from spotifyweb.warehouse import Row, Warehouse, WarehouseError

log = logging.getLogger(__name__)


class State(StrEnum):
    """waiting ──build──▶ applied ──taken back──▶ ending ──build──▶ (merged again)"""

    WAITING = "waiting"  # applies from the next build
    APPLIED = "applied"
    ENDING = "ending"  # taken back; the next build merges the two again
    GONE = "gone"  # one of the two is no longer there, so nothing is kept apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """One decision, and what was said of each of the two, the better telling first."""

    pair: Pair
    state: State
    separation: Separation | None  # none once it was taken back
    tellings: list[Row]


class NotOnePlay(Exception):
    """These two events are not told of one play of that listener."""


def separate(
    listener: Listener, ids: Iterable[str], *, warehouse: Warehouse, now: datetime
) -> Pair:
    """Keep two events apart; safe to repeat. Raises NotOnePlay, also of anybody else's events."""
    pair = observations.pair_of(ids)
    if pair is None or not _may_part(listener, pair, warehouse):
        raise NotOnePlay
    Separation.objects.get_or_create(
        listener=listener,
        first_event_id=pair[0],
        second_event_id=pair[1],
        defaults={"decided_at": now},
    )
    return pair


def _may_part(listener: Listener, pair: Pair, warehouse: Warehouse) -> bool:
    """Merged now, or parted already: then the decision may be made a second time."""
    if pair in decided(listener) or pair in observations.kept_apart(warehouse, listener.user_id):
        return True
    return observations.is_one_play(warehouse, listener.user_id, pair)


def rejoin(listener: Listener, *, separation_id: int) -> bool:
    """Take a decision back; whether there was such a one of theirs."""
    deleted, _ = Separation.objects.filter(listener=listener, pk=separation_id).delete()
    return deleted > 0


def decided(listener: Listener) -> dict[Pair, Separation]:
    """The newest first."""
    return {one.pair: one for one in Separation.objects.filter(listener=listener)}


def everything(listener: Listener, warehouse: Warehouse) -> list[tuple[Pair, State]]:
    """What was taken back and still is apart, then all decisions, the newest first."""
    wanted, applied = decided(listener), observations.kept_apart(warehouse, listener.user_id)
    ending = [(pair, State.ENDING) for pair in sorted(applied - wanted.keys())]
    standing = [(pair, State.APPLIED if pair in applied else State.WAITING) for pair in wanted]
    return ending + standing


def shown(
    listener: Listener, warehouse: Warehouse, chosen: Iterable[tuple[Pair, State]]
) -> Iterator[Parted]:
    """Some of `everything`, with the evidence."""
    chosen, wanted = list(chosen), decided(listener)
    ids = [one for pair, _ in chosen for one in pair]
    events = list(observations.events(warehouse, listener.user_id, ids).values())
    known = {row["event_id"]: row for row in pending_erasure.tellings(listener, events)}
    for pair, state in chosen:
        rows = sorted((known[one] for one in pair if one in known), key=observations.better_first)
        yield Parted(
            pair=pair,
            state=state if len(rows) == 2 else State.GONE,
            separation=wanted.get(pair),
            tellings=rows,
        )


def one(listener: Listener, warehouse: Warehouse, pair: Pair) -> Parted:
    """One decision that stands."""
    is_applied = pair in observations.kept_apart(warehouse, listener.user_id)
    state = State.APPLIED if is_applied else State.WAITING
    return next(shown(listener, warehouse, [(pair, state)]))


def forget(listener: Listener, erased: Iterable[Suppression], *, warehouse: Warehouse) -> int:
    """Drop decisions on what was erased; returns how many. Safe to repeat."""
    decisions, erased = decided(listener), list(erased)
    ids = [one for pair in decisions for one in pair]
    try:
        rows = observations.events(warehouse, listener.user_id, ids)
    except WarehouseError as error:
        log.warning("decisions on merged plays are kept, they hold ids only: %s", error)
        rows = {}
    doomed = [
        separation.pk
        for pair, separation in decisions.items()
        if any(_covers(each, rows, pair) for each in erased)
    ]
    Separation.objects.filter(pk__in=doomed).delete()
    return len(doomed)


def _covers(erased: Suppression, rows: dict[str, Row], pair: Pair) -> bool:
    is_everything = not erased.source and erased.until is None
    return is_everything or any(erased.matches(rows[one]) for one in pair if one in rows)
