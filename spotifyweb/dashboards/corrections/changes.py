"""Corrections by hand: tracks or artists that one listener joins or splits.

A track is named by any of its ids, an artist by any spelling of its name. Builds apply corrections
to the listener's own tables; the household's statistics ignore them.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import Correction
from spotifyweb.dashboards.stats import overview
from spotifyweb.lake import Suppression
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row, Warehouse, WarehouseError, placeholders

log = logging.getLogger(__name__)

FIND_ITEM = {
    "track": """
        select played.release_track_id as subject, played.track_id as corrected,
            releases.track_id as shared
        from gold.user_releases as played
        inner join gold.releases as releases
            on releases.release_track_id = played.release_track_id
        where played.user_id = ? and played.release_track_id = ?
    """,
    "artist": """
        with named as (
            select releases.release_track_id, releases.artist_spelling, releases.folded_artist_name,
                coalesce(renamed.corrected_name, releases.artist_name) as artist_name
            from gold.releases as releases
            left join gold.corrections as renamed
                on renamed.user_id = ? and renamed.kind = 'artist'
                and renamed.name = releases.artist_spelling
        )
        select distinct named.artist_spelling as subject, known.artist_name as corrected,
            named.folded_artist_name as shared
        from gold.user_artists as known
        inner join named on named.artist_name = known.artist_name
        where known.user_id = ?
            and (named.folded_artist_name = ? or known.folded_artist_name = ?)
            and named.release_track_id in (
                select played.release_track_id from gold.user_releases as played
                where played.user_id = ?
            )
    """,
}
EVENTS = """
    select {name} as name, events.event_type, events.track_id, events.track_name,
        events.artist_name, events.source, events.played_at, events.started_at, events.ms_played,
        events.duration_ms
    from gold.observations as events
    inner join gold.releases as releases on releases.release_track_id = events.track_id
    where events.user_id = ? and {name} in ({placeholders})
"""
TRACK_NAMES = """
    select release_track_id, track_name, artist_name, album_name from gold.releases
    where release_track_id in ({placeholders})
"""
NAME_COLUMN = {"track": "events.track_id", "artist": "releases.artist_spelling"}


class UnknownItem(Exception):
    """No such track or artist of this listener, or nothing to join or split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDetails:
    """A correction with names, and whether the published build applies it."""

    correction: Correction
    subject: str
    other: str
    is_applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedCorrection:
    """A requested join or split; `other` is empty for a split."""

    kind: str
    action: str
    subject: str
    other: str = ""


def record(
    listener: Listener, requested: RequestedCorrection, *, warehouse: Warehouse, now: datetime
) -> None:
    """Join two tracks or artists, or split one off; safe to repeat. Raises UnknownItem."""
    if requested.kind not in Correction.Kind.values or not requested.subject:
        raise UnknownItem(gettext("Choose a track or an artist."))
    if requested.action not in Correction.Action.values:
        raise UnknownItem(gettext("The action must be join or split."))
    if requested.action == Correction.Action.SPLIT:
        split(listener, requested.kind, requested.subject, warehouse=warehouse, now=now)
    else:
        if not requested.other:
            raise UnknownItem(gettext("Choose what it is the same as."))
        join(
            listener,
            requested.kind,
            requested.subject,
            requested.other,
            warehouse=warehouse,
            now=now,
        )


def join(
    listener: Listener, kind: str, subject: str, other: str, *, warehouse: Warehouse, now: datetime
) -> None:
    """Join two tracks or artists; safe to repeat. Raises UnknownItem."""
    left, right = (_find_item(listener, kind, name, warehouse) for name in (subject, other))
    if left["shared"] == right["shared"]:  # they were one before the listener split them
        splits = listener.corrections.filter(kind=kind, action=Correction.Action.SPLIT)
        if not splits.filter(subject__in=(left["subject"], right["subject"])).delete()[0]:
            raise UnknownItem(gettext("These two already count as one."))
        return
    first, second = sorted((left["subject"], right["subject"]))
    _record(listener, kind, Correction.Action.JOIN, first, second, now=now)


def split(
    listener: Listener, kind: str, subject: str, *, warehouse: Warehouse, now: datetime
) -> None:
    """Split off a release or a spelling; safe to repeat. Raises UnknownItem."""
    item = _find_item(listener, kind, subject, warehouse, exactly=True)
    joins = listener.corrections.filter(kind=kind, action=Correction.Action.JOIN)
    name = item["subject"]
    joined = joins.filter(subject=name) | joins.filter(other=name)
    if not joined.delete()[0]:
        _record(listener, kind, Correction.Action.SPLIT, name, "", now=now)


def undo(listener: Listener, correction_id: int) -> bool:
    """Undo a correction; return whether the listener had such a one."""
    deleted, _ = Correction.objects.filter(listener=listener, pk=correction_id).delete()
    return deleted > 0


def list_corrections(listener: Listener, warehouse: Warehouse) -> list[CorrectionDetails]:
    """Return the corrections of a listener, newest first."""
    corrections = list(Correction.objects.filter(listener=listener))
    tracks = [correction for correction in corrections if correction.kind == "track"]
    ids = {track_id for track in tracks for track_id in (track.subject, track.other)}
    names = _track_names(warehouse, sorted(ids - {""}))
    as_of = overview.build_as_of(warehouse) if corrections else None
    return [
        CorrectionDetails(
            correction=correction,
            subject=names.get(correction.subject, correction.subject),
            other=names.get(correction.other, correction.other),
            is_applied=as_of is not None and correction.decided_at <= as_of,
        )
        for correction in corrections
    ]


def spellings(warehouse: Warehouse, user_id: str, artist_name: str) -> list[str]:
    """Return the spellings of an artist in the listener's sources, joined ones included."""
    rows = warehouse.rows(FIND_ITEM["artist"], _find_params("artist", user_id, artist_name))
    return sorted({row["subject"] for row in rows if row["corrected"] == artist_name})


def delete_erased(
    listener: Listener, erased: Iterable[Suppression], *, warehouse: Warehouse
) -> int:
    """Delete corrections of erased items; return how many. Safe to repeat."""
    corrections, erased = list(Correction.objects.filter(listener=listener)), list(erased)
    is_all = any(suppression.is_whole for suppression in erased)
    outdated = [
        correction.pk
        for correction in corrections
        if is_all or _is_erased(correction, erased, warehouse)
    ]
    Correction.objects.filter(pk__in=outdated).delete()
    return len(outdated)


def _is_erased(correction: Correction, erased: list[Suppression], warehouse: Warehouse) -> bool:
    """Return whether no play is left of an item that it names."""
    names = [name for name in (correction.subject, correction.other) if name]
    sql = EVENTS.format(name=NAME_COLUMN[correction.kind], placeholders=placeholders(names))
    try:
        rows = warehouse.rows(sql, [correction.listener.user_id, *names])
    except WarehouseError as error:
        log.warning("could not read the events of a correction: %s", error)
        # After a restore there is no build to ask; a whole erased source counts as gone.
        return any(suppression.until is None for suppression in erased)
    left = [row for row in rows if not any(suppression.matches(row) for suppression in erased)]
    return {row["name"] for row in left} != set(names)


def _find_item(
    listener: Listener, kind: str, name: str, warehouse: Warehouse, *, exactly: bool = False
) -> Row:
    """Return the track or artist of the listener that a name means. Raises UnknownItem."""
    rows = warehouse.rows(FIND_ITEM[kind], _find_params(kind, listener.user_id, name))
    exact = [row for row in rows if row["subject"] == name]
    if not exact and (exactly or not rows):
        raise UnknownItem(gettext("You have no plays of “%(name)s”.") % {"name": name})
    return exact[0] if exact else min(rows, key=lambda row: str(row["subject"]))


def _find_params(kind: str, user_id: str, name: str) -> list[object]:
    if kind == "track":
        return [user_id, name]
    folded = fold_name(name)
    return [user_id, user_id, folded, folded, user_id]


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


def _track_names(warehouse: Warehouse, ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = warehouse.rows(TRACK_NAMES.format(placeholders=placeholders(ids)), ids)
    return {
        row["release_track_id"]: " · ".join(
            row[name] for name in ("track_name", "artist_name", "album_name") if row[name]
        )
        for row in rows
    }
