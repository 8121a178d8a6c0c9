"""Separations: merged plays that a listener says were two, and how far builds apply them."""

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
    """How far builds apply a separation.

    waiting ──build──▶ applied ──undo──▶ ending ──build──▶ (merged again)
    """

    WAITING = "waiting"  # applies from the next build
    APPLIED = "applied"
    ENDING = "ending"  # undone; the next build merges the two again
    GONE = "gone"  # one of the two events was erased, so nothing is separated


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationDetails:
    """One separation with the observation of each play, the better source first."""

    pair: Pair
    state: State
    separation: Separation | None  # None once it was undone
    observations: list[Row]


class NotOnePlay(Exception):
    """The two events are not observations of one play of that listener."""


def separate(
    listener: Listener, ids: Iterable[str], *, warehouse: Warehouse, now: datetime
) -> Pair:
    """Separate two events; safe to repeat.

    Raises NotOnePlay, also for events of another listener.
    """
    pair = observations.event_pair(ids)
    if pair is None or not _can_separate(listener, pair, warehouse):
        raise NotOnePlay
    Separation.objects.get_or_create(
        listener=listener,
        first_event_id=pair[0],
        second_event_id=pair[1],
        defaults={"decided_at": now},
    )
    return pair


def _can_separate(listener: Listener, pair: Pair, warehouse: Warehouse) -> bool:
    """Return whether the pair is merged, or separated already, as a decision may be repeated."""
    if pair in decisions_of(listener) or pair in observations.applied_separations(
        warehouse, listener.user_id
    ):
        return True
    return observations.is_one_play(warehouse, listener.user_id, pair)


def undo(listener: Listener, *, separation_id: int) -> bool:
    """Undo a separation; return whether the listener had such a one."""
    deleted, _ = Separation.objects.filter(listener=listener, pk=separation_id).delete()
    return deleted > 0


def decisions_of(listener: Listener) -> dict[Pair, Separation]:
    """Return the separations of a listener by pair, newest first."""
    return {
        separation.pair: separation for separation in Separation.objects.filter(listener=listener)
    }


def separation_states(listener: Listener, warehouse: Warehouse) -> list[tuple[Pair, State]]:
    """Return undone separations that still apply, then all separations, newest first."""
    decisions, applied = (
        decisions_of(listener),
        observations.applied_separations(warehouse, listener.user_id),
    )
    ending = [(pair, State.ENDING) for pair in sorted(applied - decisions.keys())]
    standing = [(pair, State.APPLIED if pair in applied else State.WAITING) for pair in decisions]
    return ending + standing


def separation_details(
    listener: Listener, warehouse: Warehouse, chosen: Iterable[tuple[Pair, State]]
) -> Iterator[SeparationDetails]:
    """Yield details of some `separation_states`."""
    chosen, decisions = list(chosen), decisions_of(listener)
    ids = [event_id for pair, _ in chosen for event_id in pair]
    events = list(observations.read_events(warehouse, listener.user_id, ids).values())
    known = {row["event_id"]: row for row in pending_erasure.filter_observations(listener, events)}
    for pair, state in chosen:
        rows = sorted(
            (known[event_id] for event_id in pair if event_id in known),
            key=observations.source_rank,
        )
        yield SeparationDetails(
            pair=pair,
            state=state if len(rows) == 2 else State.GONE,
            separation=decisions.get(pair),
            observations=rows,
        )


def details_of(listener: Listener, warehouse: Warehouse, pair: Pair) -> SeparationDetails:
    """Return the details of a separation that was not undone."""
    is_applied = pair in observations.applied_separations(warehouse, listener.user_id)
    state = State.APPLIED if is_applied else State.WAITING
    return next(separation_details(listener, warehouse, [(pair, state)]))


def delete_erased(
    listener: Listener, erased: Iterable[Suppression], *, warehouse: Warehouse
) -> int:
    """Delete separations of erased events; return how many. Safe to repeat."""
    decisions, erased = decisions_of(listener), list(erased)
    ids = [event_id for pair in decisions for event_id in pair]
    try:
        rows = observations.read_events(warehouse, listener.user_id, ids)
    except WarehouseError as error:
        log.warning(
            "separations keep ids of erased events, the warehouse does not answer: %s", error
        )
        rows = {}
    outdated = [
        separation.pk
        for pair, separation in decisions.items()
        if any(_covers(suppression, rows, pair) for suppression in erased)
    ]
    Separation.objects.filter(pk__in=outdated).delete()
    return len(outdated)


def _covers(erased: Suppression, rows: dict[str, Row], pair: Pair) -> bool:
    return erased.is_whole or any(
        erased.matches(rows[event_id]) for event_id in pair if event_id in rows
    )
