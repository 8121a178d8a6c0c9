"""Corrections by hand: tracks or artists that are one, or that are not, for one listener.

A track is named by any of its ids, an artist by any spelling of its name. Builds apply corrections
to the listener's own tables; what the household counts together stays as it is.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import Correction
from spotifyweb.lake import Suppression
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row, Warehouse, WarehouseError

log = logging.getLogger(__name__)

KNOWN = {
    "track": """
        select mine.release_track_id as subject, mine.track_id as own,
            releases.track_id as shared
        from gold.user_releases as mine
        inner join gold.releases as releases
            on releases.release_track_id = mine.release_track_id
        where mine.user_id = ? and mine.release_track_id = ?
    """,
    "artist": """
        select distinct releases.artist_spelling as subject, mine.artist_name as own,
            releases.folded_artist_name as shared
        from gold.user_releases as played
        inner join gold.releases as releases
            on releases.release_track_id = played.release_track_id
        left join silver.silver_own_artists as corrected
            on corrected.user_id = played.user_id
            and corrected.artist_spelling = releases.artist_spelling
        inner join gold.user_artists as mine
            on mine.user_id = played.user_id
            and mine.artist_name = coalesce(corrected.artist_name, releases.artist_name)
        where played.user_id = ?
            and (releases.folded_artist_name = ? or mine.folded_artist_name = ?)
    """,
}
EVENTS = """
    select {name} as name, events.event_type, events.track_id, events.track_name,
        events.artist_name, events.source, events.played_at, events.started_at, events.ms_played,
        events.duration_ms
    from silver.silver_events as events
    inner join gold.releases as releases on releases.release_track_id = events.track_id
    where events.user_id = ? and {name} in ({marks})
"""
NAMED = """
    select release_track_id, track_name, artist_name, album_name from gold.releases
    where release_track_id in ({marks})
"""
NAME = {"track": "events.track_id", "artist": "releases.artist_spelling"}


class NotKnown(Exception):
    """No such track or artist of this listener, or nothing to join or split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One correction in words, and whether the published build applies it."""

    correction: Correction
    subject: str
    other: str
    is_applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a listener asks for; `other` only of a join."""

    kind: str
    action: str
    subject: str
    other: str = ""


def record(listener: Listener, wish: Wish, *, warehouse: Warehouse, now: datetime) -> None:
    """Join two tracks or artists, or split one off; safe to repeat. Raises NotKnown."""
    if wish.kind not in Correction.Kind.values or not wish.subject:
        raise NotKnown("Choose a track or an artist.")
    if wish.action not in Correction.Action.values:
        raise NotKnown(f"“{wish.action}” is neither join nor split.")
    if wish.action == Correction.Action.SPLIT:
        split(listener, wish.kind, wish.subject, warehouse=warehouse, now=now)
    else:
        if not wish.other:
            raise NotKnown(f"Choose the {wish.kind} it is the same as.")
        join(listener, wish.kind, wish.subject, wish.other, warehouse=warehouse, now=now)


def join(
    listener: Listener, kind: str, subject: str, other: str, *, warehouse: Warehouse, now: datetime
) -> None:
    """Make two tracks or artists one; safe to repeat. Raises NotKnown."""
    one, two = (_known(listener, kind, name, warehouse) for name in (subject, other))
    if one["shared"] == two["shared"]:  # they were one before somebody split them
        splits = listener.corrections.filter(kind=kind, action=Correction.Action.SPLIT)
        if not splits.filter(subject__in=(one["subject"], two["subject"])).delete()[0]:
            raise NotKnown(f"These two already count as one {kind}.")
        return
    first, second = sorted((one["subject"], two["subject"]))
    _record(listener, kind, Correction.Action.JOIN, first, second, now=now)


def split(
    listener: Listener, kind: str, subject: str, *, warehouse: Warehouse, now: datetime
) -> None:
    """Let a release or a spelling stand alone; safe to repeat. Raises NotKnown."""
    known = _known(listener, kind, subject, warehouse, exactly=True)
    joins = listener.corrections.filter(kind=kind, action=Correction.Action.JOIN)
    named = known["subject"]
    joined = joins.filter(subject=named) | joins.filter(other=named)
    if not joined.delete()[0]:
        _record(listener, kind, Correction.Action.SPLIT, named, "", now=now)


def undo(listener: Listener, correction_id: int) -> bool:
    """Take a correction back; whether there was such a one of theirs."""
    deleted, _ = Correction.objects.filter(listener=listener, pk=correction_id).delete()
    return deleted > 0


def listed(listener: Listener, warehouse: Warehouse) -> list[Listed]:
    """The newest first."""
    found = list(Correction.objects.filter(listener=listener))
    ids = {name for one in found if one.kind == "track" for name in (one.subject, one.other)}
    names = _names(warehouse, sorted(ids - {""}))
    as_of = warehouse.rows("select as_of from gold.build_info")[0]["as_of"] if found else None
    return [
        Listed(
            correction=one,
            subject=names.get(one.subject, one.subject),
            other=names.get(one.other, one.other),
            is_applied=as_of is not None and one.decided_at <= as_of,
        )
        for one in found
    ]


def spellings(warehouse: Warehouse, user_id: str, artist_name: str) -> list[str]:
    """How the listener's sources spell that artist, and those that are joined to it."""
    name = fold_name(artist_name)
    rows = warehouse.rows(KNOWN["artist"], [user_id, name, name])
    return sorted({row["subject"] for row in rows if row["own"] == artist_name})


def forget(listener: Listener, erased: Iterable[Suppression], *, warehouse: Warehouse) -> int:
    """Drop corrections of what was erased; returns how many. Safe to repeat."""
    found, erased = list(Correction.objects.filter(listener=listener)), list(erased)
    if any(not one.source and one.until is None for one in erased):
        doomed = found
    else:
        doomed = [one for one in found if _is_gone(one, erased, warehouse)]
    Correction.objects.filter(pk__in=[one.pk for one in doomed]).delete()
    return len(doomed)


def _is_gone(correction: Correction, erased: list[Suppression], warehouse: Warehouse) -> bool:
    """Whether no play is left of one that it names. A restore has no build yet to ask."""
    names = [name for name in (correction.subject, correction.other) if name]
    sql = EVENTS.format(name=NAME[correction.kind], marks=", ".join("?" for _ in names))
    try:
        rows = warehouse.rows(sql, [correction.listener.user_id, *names])
    except WarehouseError as error:
        log.warning("events of a correction could not be read: %s", error)
        return any(one.until is None for one in erased)  # of a whole source: gone, to be sure
    left = [row for row in rows if not any(one.matches(row) for one in erased)]
    return {row["name"] for row in left} != set(names)


def _known(
    listener: Listener, kind: str, name: str, warehouse: Warehouse, *, exactly: bool = False
) -> Row:
    """The track or artist of theirs that is meant, as sources name it."""
    user_id, wanted = listener.user_id, fold_name(name)
    params = [name] if kind == "track" else [wanted, wanted]
    rows = warehouse.rows(KNOWN[kind], [user_id, *params])
    exact = [row for row in rows if row["subject"] == name]
    if not exact and (exactly or not rows):
        raise NotKnown(f"You haven't played the {kind} “{name}”.")
    return exact[0] if exact else min(rows, key=lambda row: str(row["subject"]))


def _record(
    listener: Listener, kind: str, action: str, subject: str, other: str, *, now: datetime
) -> None:
    Correction.objects.get_or_create(
        listener=listener,
        kind=kind,
        action=action,
        subject=subject,
        other=other,
        defaults={"decided_at": now},
    )


def _names(warehouse: Warehouse, ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = warehouse.rows(NAMED.format(marks=", ".join("?" for _ in ids)), ids)
    return {
        row["release_track_id"]: " · ".join(
            row[name] for name in ("track_name", "artist_name", "album_name") if row[name]
        )
        for row in rows
    }
